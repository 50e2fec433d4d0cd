//! Official accounts (公众号), mini-programs (小程序) and shops (微信小店) as they are set up: one
//! shape for all three, because the platform gives them one token, one push URL and one crypto.

use serde::{Deserialize, Serialize};

/// What an app of the platform is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppKind {
    /// 公众号: followed, with a menu; pushes XML.
    OfficialAccount,
    /// 小程序: entered from a page's contact button; pushes XML or JSON.
    MiniProgram,
    /// 微信小店 in API mode: asked from a product or an order; pushes JSON or XML.
    Shop,
}

/// How pushes are protected (消息加解密方式).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// 明文模式: only token, timestamp and nonce are signed.
    Plain,
    /// 兼容模式: the plain elements and, beside them, the encrypted frame.
    Compatible,
    /// 安全模式: the encrypted frame only.
    #[default]
    Safe,
}

/// How pushes are written (数据格式).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// The only one that official accounts know.
    Xml,
    /// Keys equal the XML element names.
    Json,
}

/// An app as it is set up; absent fields are generated, or stay as they were.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppSpec {
    /// `wx…`, 18 characters.
    pub appid: Option<String>,
    /// Needed for a new app; cannot change.
    pub kind: Option<AppKind>,
    /// AppSecret.
    pub secret: Option<String>,
    /// Original id (原始 ID), `gh_…`: the ToUserName of pushes.
    pub original_id: Option<String>,
    /// What a person reads over the chat.
    pub name: Option<String>,
    /// Token of the push configuration.
    pub token: Option<String>,
    /// EncodingAESKey of the push configuration, 43 symbols.
    pub encoding_aes_key: Option<String>,
    /// Where pushes go: `http://` on a loopback host. Empty: nobody is told, and a shop's
    /// inquiries are lost.
    pub push_url: Option<String>,
    /// Plain, compatible or safe; safe for a new app.
    pub mode: Option<Mode>,
    /// XML, or JSON where the kind allows it; a new shop pushes JSON.
    pub format: Option<Format>,
    /// Whether JSON numbers come as strings, as some pushes of the platform do.
    pub numbers_as_strings: Option<bool>,
    /// Whether voice comes with its words (语音识别结果).
    pub recognition: Option<bool>,
    /// Whether the app is bound to an open platform account, so that people have a unionid.
    pub unionid: Option<bool>,
    /// The menu below an official account's chat; a list given replaces the old one.
    pub menu: Option<Vec<MenuButton>>,
    /// Paths that the app was not granted; they answer 48001.
    pub denied: Option<Vec<String>>,
    /// Addresses that may ask for tokens (IP 白名单); others are answered 40164. Empty: any.
    pub allowed_ips: Option<Vec<String>>,
    /// Mini-programs whose cards an official account may send; empty: any.
    pub linked: Option<Vec<String>>,
}

/// One button of an official account's menu.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MenuButton {
    /// What a person reads.
    pub name: String,
    /// `click`, `view`, `miniprogram`, `scancode_push`, `scancode_waitmsg`, `pic_sysphoto`,
    /// `pic_photo_or_album`, `pic_weixin` or `location_select`; empty for one that only opens others.
    pub r#type: String,
    /// What the event carries, unless the button opens a page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// The page of `view`; what an old client opens instead of `miniprogram`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// The mini-program of `miniprogram`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub appid: String,
    /// Its page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pagepath: String,
    /// The buttons that this one opens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sub_button: Vec<MenuButton>,
}

impl AppSpec {
    /// The tea house's official account, mini-program and shop. Secrets are generated when they
    /// are set up.
    pub fn demo() -> Vec<Self> {
        let app = |kind, appid: &str, original_id: &str, name: &str| Self {
            kind: Some(kind),
            appid: Some(appid.into()),
            original_id: Some(original_id.into()),
            name: Some(name.into()),
            ..Self::default()
        };
        let button = |name: &str, r#type: &str, key: &str| MenuButton {
            name: name.into(),
            r#type: r#type.into(),
            key: key.into(),
            ..MenuButton::default()
        };
        let service = MenuButton {
            name: "服务".into(),
            sub_button: vec![
                button("售后", "click", "aftersales"),
                button("人工客服", "click", "human"),
                button("扫码验真", "scancode_waitmsg", "verify"),
                button("发送门店位置", "location_select", "store"),
            ],
            ..MenuButton::default()
        };
        let mall = MenuButton {
            name: "商城".into(),
            r#type: "miniprogram".into(),
            url: "http://127.0.0.1/mall".into(),
            appid: "wxkefudemomini0001".into(),
            pagepath: "pages/index".into(),
            ..MenuButton::default()
        };
        vec![
            Self {
                menu: Some(vec![button("新茶单", "click", "new_tea"), mall, service]),
                ..app(
                    AppKind::OfficialAccount,
                    "wxkefudemooa000001",
                    "gh_kefudemooa01",
                    "溪山茶社",
                )
            },
            app(
                AppKind::MiniProgram,
                "wxkefudemomini0001",
                "gh_kefudemomn01",
                "溪山茶社商城",
            ),
            app(
                AppKind::Shop,
                "wxkefudemoshop0001",
                "gh_kefudemosp01",
                "溪山茶社小店",
            ),
        ]
    }
}

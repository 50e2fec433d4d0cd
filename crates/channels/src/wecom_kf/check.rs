//! The test of a connection: line by line what is right, and what is wrong and what to do.

use kefu_domain::setup::Connection;
use kefu_wechat::contact::GroupList;
use kefu_wechat::crypto::EncodingAesKey;
use kefu_wechat::kf::AccountList;

use super::WecomKf;
use super::fault::Miss;
use super::pace::Lane;
use crate::{Channel, Check};

/// The server's address is not on the app's list.
const ADDRESS: i64 = 60020;

impl WecomKf {
    pub(super) async fn check(&self, connection: &Connection, callback_url: &str) -> Vec<Check> {
        let mut checks = vec![keys(connection), url(connection, callback_url)];
        if let Err(miss) = self.platform.sign_in(connection).await {
            checks.push(failed("credentials", &miss));
            // Without a token nothing else can be asked.
            return checks;
        }
        checks.push(fine(
            "credentials",
            "企业ID和Secret正确",
            "Corp ID and secret are right",
        ));
        self.kf(connection, &mut checks).await;
        self.contact(connection, &mut checks).await;
        checks
    }

    async fn kf(&self, connection: &Connection, checks: &mut Vec<Check>) {
        let first = AccountList {
            offset: 0,
            limit: Some(1),
        };
        if let Err(miss) = self.platform.call(connection, Lane::Reply, &first).await {
            let key = match miss.code() {
                Some(ADDRESS) => "trusted_ip",
                _ => "kf_permission",
            };
            checks.push(failed(key, &miss));
            return;
        }
        checks.push(fine(
            "trusted_ip",
            "本服务器的IP在应用的可信IP列表中",
            "This server's address is among the app's trusted IPs",
        ));
        checks.push(fine(
            "kf_permission",
            "应用可以调用微信客服接口",
            "The app may call the WeChat kf API",
        ));
        let accounts = match self.accounts(connection).await {
            Ok(accounts) => accounts,
            Err(fault) => {
                let (zh, en) = split(&fault.failure.reason);
                checks.push(wrong("kf_accounts", zh, en));
                return;
            }
        };
        let managed = accounts.iter().filter(|account| account.managed).count();
        checks.push(if managed > 0 {
            fine(
                "kf_accounts",
                &format!("可以管理{managed}个客服账号"),
                &format!("{managed} kf accounts can be served"),
            )
        } else {
            wrong(
                "kf_accounts",
                "没有可管理的客服账号：在「微信客服 → 通过API管理微信客服账号」中把账号授权给该应用",
                "No kf account can be served: delegate accounts to the app under WeChat kf, accounts \
                 managed by API",
            )
        });
    }

    /// 客户联系, which only the codes of specialists and groups need.
    async fn contact(&self, connection: &Connection, checks: &mut Vec<Check>) {
        let first = GroupList {
            limit: 1,
            ..GroupList::default()
        };
        let asked = self.platform.call(connection, Lane::Reply, &first).await;
        checks.push(match asked {
            Ok(_) => fine(
                "contact_permission",
                "应用可以生成服务专员和粉丝群的二维码",
                "The app can make codes for specialists and fan groups",
            ),
            Err(miss) => {
                let (zh, en) = words(&miss);
                wrong(
                    "contact_permission",
                    &format!("不影响收发消息，但不能生成服务专员和粉丝群的二维码：{zh}"),
                    &format!(
                        "Messages are not affected, but no codes can be made for specialists and \
                         fan groups: {en}"
                    ),
                )
            }
        });
    }
}

fn keys(connection: &Connection) -> Check {
    let token = &connection.token;
    let plain = !token.is_empty()
        && token.len() <= 32
        && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let key = EncodingAesKey::parse(&connection.encoding_aes_key).is_ok();
    match (plain, key) {
        (true, true) => fine(
            "callback_keys",
            "回调的Token和EncodingAESKey格式正确",
            "The callback's Token and EncodingAESKey are well formed",
        ),
        (false, _) => wrong(
            "callback_keys",
            "Token应为1到32位英文或数字，且与企业微信后台一致",
            "The Token must be 1 to 32 letters or digits, the same as in the WeCom console",
        ),
        (_, false) => wrong(
            "callback_keys",
            "EncodingAESKey应为43位英文或数字，请从企业微信后台完整复制",
            "The EncodingAESKey must have 43 letters or digits; copy all of it from the WeCom console",
        ),
    }
}

/// Whether the platform could reach us there. Whether it does is told by its verification alone.
fn url(connection: &Connection, callback_url: &str) -> Check {
    let url = reqwest::Url::parse(callback_url).ok();
    let host = url
        .as_ref()
        .and_then(|url| url.host_str())
        .unwrap_or_default();
    let ours = super::picture::is_ours(host);
    let tested = connection
        .base_url
        .as_deref()
        .is_some_and(|base| !base.is_empty());
    if url.is_none() || host.is_empty() {
        wrong(
            "callback_url",
            "没有配置公网访问地址，无法生成回调URL",
            "No public address is configured, so there is no callback URL",
        )
    } else if ours && !tested {
        wrong(
            "callback_url",
            &format!("回调URL {callback_url} 是内网地址，微信服务器访问不到；请配置公网域名"),
            &format!(
                "The callback URL {callback_url} is in a private network, where WeChat cannot reach \
                 it; configure a public domain"
            ),
        )
    } else {
        fine(
            "callback_url",
            &format!(
                "把 {callback_url} 填到应用的「接收消息 → API接收 → URL」并保存，保存时平台会验证它"
            ),
            &format!(
                "Paste {callback_url} as the URL of the app's Receive Messages, API settings; the \
                 platform verifies it when it is saved"
            ),
        )
    }
}

fn failed(key: &'static str, miss: &Miss) -> Check {
    let (mut zh, mut en) = words(miss);
    if let (Some(ADDRESS), Miss::Failed(failure)) = (miss.code(), miss)
        && let Some(address) = caller(&failure.detail)
    {
        zh.push_str(&format!("：{address}"));
        en.push_str(&format!(": {address}"));
    }
    if let Some(code) = miss.code() {
        zh.push_str(&format!("（{code}）"));
        en.push_str(&format!(" ({code})"));
    }
    wrong(key, &zh, &en)
}

/// Our address as the platform saw it; nobody else can tell it behind a router.
fn caller(detail: &str) -> Option<&str> {
    let (_, rest) = detail.split_once("from ip: ")?;
    let address = rest.split([',', ' ']).next()?;
    address
        .parse::<std::net::IpAddr>()
        .is_ok()
        .then_some(address)
}

fn words(miss: &Miss) -> (String, String) {
    let reason = match miss {
        Miss::Failed(failure) => super::fault::words(failure).reason,
        Miss::Setup(fault) => fault.failure.reason.clone(),
        Miss::Held(_) => "平台正在限制调用频率，请一分钟后再试\u{1f}The platform limits calls for \
                          now; try again in a minute"
            .to_owned(),
    };
    let (zh, en) = split(&reason);
    (zh.to_owned(), en.to_owned())
}

fn split(reason: &str) -> (&str, &str) {
    reason.split_once('\u{1f}').unwrap_or((reason, reason))
}

fn fine(key: &'static str, zh: &str, en: &str) -> Check {
    Check {
        key,
        ok: true,
        text_zh: zh.to_owned(),
        text_en: en.to_owned(),
    }
}

fn wrong(key: &'static str, zh: &str, en: &str) -> Check {
    Check {
        ok: false,
        ..fine(key, zh, en)
    }
}

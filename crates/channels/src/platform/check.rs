//! Lines of a connection's test that all accounts at the platform have, and what they say.

use kefu_domain::setup::Connection;
use kefu_wechat::crypto::EncodingAesKey;

use super::Miss;
use crate::Check;

/// Codes that say that the server's address is not on the account's list.
const ADDRESS: [i64; 2] = [60020, 40164];

pub(crate) fn keys(connection: &Connection) -> Check {
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
            "Token应为1到32位英文或数字，且与平台后台一致",
            "The Token must be 1 to 32 letters or digits, the same as at the platform",
        ),
        (_, false) => wrong(
            "callback_keys",
            "EncodingAESKey应为43位英文或数字，请完整复制",
            "The EncodingAESKey must have 43 letters or digits; copy all of it",
        ),
    }
}

/// Whether the platform could reach us there. Whether it does is told by its verification alone.
pub(crate) fn url(connection: &Connection, callback_url: &str, place: (&str, &str)) -> Check {
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
                "把 {callback_url} 填到{}并保存，保存时平台会验证它",
                place.0
            ),
            &format!(
                "Paste {callback_url} as {}; the platform verifies it when it is saved",
                place.1
            ),
        )
    }
}

pub(crate) fn failed(key: &'static str, miss: &Miss) -> Check {
    let (mut zh, mut en) = words(miss);
    if miss.code().is_some_and(|code| ADDRESS.contains(&code))
        && let Miss::Failed(failure) = miss
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
    let (_, rest) = detail
        .split_once("from ip: ")
        .or_else(|| detail.split_once("invalid ip "))?;
    let address = rest.split([',', ' ']).next()?;
    address
        .parse::<std::net::IpAddr>()
        .is_ok()
        .then_some(address)
}

pub(crate) fn words(miss: &Miss) -> (String, String) {
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

pub(crate) fn split(reason: &str) -> (&str, &str) {
    reason.split_once('\u{1f}').unwrap_or((reason, reason))
}

pub(crate) fn fine(key: &'static str, zh: &str, en: &str) -> Check {
    Check {
        key,
        ok: true,
        text_zh: zh.to_owned(),
        text_en: en.to_owned(),
    }
}

pub(crate) fn wrong(key: &'static str, zh: &str, en: &str) -> Check {
    Check {
        ok: false,
        ..fine(key, zh, en)
    }
}

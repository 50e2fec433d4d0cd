//! What both ends of a callback share: made here, tried in turn, and the one face of every refusal.

use kefu_domain::setup::Connection;
use kefu_wechat::callback::{Reason, Refusal, Secrets};
use kefu_wechat::crypto::{EncodingAesKey, FrameError};
use kefu_wechat::xml::XmlError;
use secrecy::ExposeSecret;

use crate::{CallbackSecrets, Refused};

/// A token of 32 letters and digits, the longest that the platform's form takes, and a key.
pub(crate) fn callback_secrets() -> CallbackSecrets {
    let mut token = EncodingAesKey::generate(&mut rand::rng())
        .expose_secret()
        .to_owned();
    token.truncate(32);
    CallbackSecrets {
        token,
        encoding_aes_key: EncodingAesKey::generate(&mut rand::rng())
            .expose_secret()
            .to_owned(),
    }
}

/// The pairs that a callback may be signed with: the present one, and the one before it for as
/// long as the platform may still use it.
pub(crate) fn secrets(connection: &Connection) -> Result<Vec<Secrets>, Refused> {
    let now = (&connection.token, &connection.encoding_aes_key);
    let before = connection
        .previous
        .as_ref()
        .map(|(token, key)| (token, key));
    let pairs: Vec<Secrets> = std::iter::once(now)
        .chain(before)
        .filter(|(token, _)| !token.is_empty())
        .filter_map(|(token, key)| {
            Some(Secrets {
                token: token.clone().into(),
                key: EncodingAesKey::parse(key).ok()?,
                receive_id: connection.corpid.clone(),
            })
        })
        .collect();
    if pairs.is_empty() || connection.corpid.is_empty() {
        return Err(Refused::rejected(
            "这个连接没有可用的Token、EncodingAESKey或AppID（企业ID）",
            "the connection has no usable callback key",
        ));
    }
    Ok(pairs)
}

/// The oldest callback that is believed. The platform retries for seconds; a proxy that was down
/// over a long weekend may still hand its backlog over, and dedupe keys live longer than this.
const OLDEST_CALLBACK_S: i64 = 6 * 86_400;

/// Refuses what was signed too long ago; its age is a metric.
pub(crate) fn too_old(kind: &'static str, signed_at: i64, now: i64) -> Result<(), Refused> {
    let age = now.saturating_sub(signed_at);
    metrics::histogram!("kefu_callback_age_seconds", "channel" => kind).record(age.max(0) as f64);
    if age > OLDEST_CALLBACK_S {
        // Older than the keys that would tell a repetition.
        return Err(Refused::rejected(
            "推送的签名时间太旧，请检查本服务器的时间",
            format!("signed {age} s ago"),
        ));
    }
    Ok(())
}

/// Why a callback is not answered with success.
pub(crate) fn refused(refusal: Refusal) -> Refused {
    match refusal {
        Refusal::TooLarge => Refused::TooLarge,
        Refusal::Unreadable(XmlError::Forbidden) => Refused::Forbidden,
        Refusal::Rejected(rejected) => {
            let reason = rejected.reason();
            Refused::rejected(words(reason), reason.to_string())
        }
        malformed @ (Refusal::Query(_) | Refusal::Unreadable(_)) => {
            Refused::Malformed(malformed.to_string())
        }
    }
}

/// What an administrator has to compare.
fn words(reason: Reason) -> &'static str {
    match reason {
        Reason::Signature => "签名不对：平台填写的Token和这里的不一致",
        Reason::NotEncrypted => {
            "推送没有加密：平台选的是明文模式，请在平台改为安全模式，或在这里打开明文选项"
        }
        Reason::Mode => "推送的加密方式无法识别",
        Reason::Addressee => "推送的信封和内容属于两个账号",
        Reason::Frame(FrameError::Receiver) => {
            "推送属于另一个AppID（企业ID），请检查这里填写的编号"
        }
        Reason::Frame(_) => "解密失败：平台填写的EncodingAESKey和这里的不一致",
    }
}

//! Heard: when a platform last verified a callback address, last delivered, and was last refused, so
//! that the test of a connection can say what is still missing. Kept in memory: it is about the
//! set-up that is being made now.

use std::collections::HashMap;

use kefu_channels::{Check, Refused};
use kefu_domain::{ConnectionId, UnixMs};
use parking_lot::Mutex;

/// One entry for each connection that a platform called; there are no others.
#[derive(Default)]
pub(crate) struct Heard(Mutex<HashMap<ConnectionId, Last>>);

#[derive(Default, Clone)]
struct Last {
    verified: Option<UnixMs>,
    delivered: Option<UnixMs>,
    refused: Option<(UnixMs, Refused)>,
}

impl Heard {
    pub(crate) fn verified(&self, id: ConnectionId, at: UnixMs) {
        self.0.lock().entry(id).or_default().verified = Some(at);
    }

    pub(crate) fn delivered(&self, id: ConnectionId, at: UnixMs) {
        self.0.lock().entry(id).or_default().delivered = Some(at);
    }

    pub(crate) fn refused(&self, id: ConnectionId, at: UnixMs, why: Refused) {
        self.0.lock().entry(id).or_default().refused = Some((at, why));
    }

    /// What the test of a connection says of its callbacks.
    pub(crate) fn check(&self, id: ConnectionId, now: UnixMs) -> Check {
        let last = self.0.lock().get(&id).cloned().unwrap_or_default();
        let heard = last.verified.max(last.delivered);
        // What was mended since is nobody's trouble any more.
        if let Some((at, why)) = last.refused.filter(|(at, _)| Some(*at) > heard) {
            let minutes = ago(at, now);
            let (zh, en) = match &why {
                Refused::Rejected(why) => (why.zh.to_owned(), why.en.clone()),
                other => ("推送的格式不对".to_owned(), other.to_string()),
            };
            return line(
                false,
                format!("{minutes}分钟前平台的推送没有通过验证：{zh}"),
                format!("{minutes} minutes ago a callback of the platform did not verify: {en}"),
            );
        }
        match (last.delivered, last.verified) {
            (Some(at), _) => {
                let minutes = ago(at, now);
                line(
                    true,
                    format!("{minutes}分钟前收到过平台的推送"),
                    format!("The platform delivered something {minutes} minutes ago"),
                )
            }
            (None, Some(at)) => {
                let minutes = ago(at, now);
                line(
                    true,
                    format!("{minutes}分钟前平台验证过回调URL，还没有收到推送；请用手机发一句话"),
                    format!(
                        "The platform verified the callback URL {minutes} minutes ago and has \
                         delivered nothing yet; write from a phone"
                    ),
                )
            }
            (None, None) => line(
                false,
                "启动以来平台还没有访问过回调URL：请在平台保存回调配置，并用手机发一句话"
                    .to_owned(),
                "The platform has not called the callback URL since the start: save the callback \
                 settings at the platform, then write from a phone"
                    .to_owned(),
            ),
        }
    }
}

fn ago(at: UnixMs, now: UnixMs) -> i64 {
    (now - at).max(0) / 60_000
}

fn line(ok: bool, text_zh: String, text_en: String) -> Check {
    Check {
        key: "callback_seen",
        ok,
        text_zh,
        text_en,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_counts() {
        let heard = Heard::default();
        let id = ConnectionId(1);
        let check = |at| heard.check(id, at);
        assert!(!check(0).ok, "nobody called");
        let wrong = Refused::rejected("签名不对", "the signature is wrong");
        heard.refused(id, 60_000, wrong);
        let refused = check(180_000);
        assert!(
            !refused.ok && refused.text_zh.contains("2分钟前"),
            "{refused:?}"
        );
        assert!(refused.text_zh.contains("签名不对"));
        heard.verified(id, 200_000);
        assert!(check(200_000).ok, "mended");
        heard.delivered(id, 260_000);
        assert!(check(260_000).text_en.contains("delivered something"));
        assert!(!heard.check(ConnectionId(2), 0).ok, "each by itself");
    }
}

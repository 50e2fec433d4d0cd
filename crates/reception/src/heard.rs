//! Heard: when a platform verified a callback address, delivered for the first time and last, brought
//! the first message, and was last refused, so that the test of a connection can say what is still
//! missing. Kept in the store, so that a start forgets nothing; what comes all the time is written once
//! a minute.

use std::collections::HashMap;

use kefu_channels::{Check, Refused};
use kefu_domain::{BrandId, ConnectionId, UnixMs};
use kefu_store::Heard;
use parking_lot::Mutex;

use crate::{Reception, Result};

/// The line about the first message of a customer.
pub const FIRST_MESSAGE: &str = "message_seen";
/// What repeats is written so often at most.
const WRITTEN_MS: UnixMs = 60_000;

/// One entry for each connection that a platform called; there are no others.
#[derive(Default)]
pub(crate) struct Ears(Mutex<HashMap<ConnectionId, Last>>);

#[derive(Default, Clone)]
struct Last {
    heard: Heard,
    /// When it was last written.
    written_at: Option<UnixMs>,
}

/// Something was heard.
#[derive(Debug, Clone)]
pub(crate) enum News {
    /// The callback address was verified.
    Verified,
    /// A callback was delivered.
    Called,
    /// A customer's message was filed.
    Message,
    /// A callback was refused.
    Refused(Refused),
}

impl Ears {
    /// Takes it in; answers what is to be written, if anything is.
    fn take(&self, id: ConnectionId, news: News, at: UnixMs) -> Option<Heard> {
        let mut ears = self.0.lock();
        let last = ears.entry(id).or_default();
        let heard = &mut last.heard;
        let matters = match news {
            News::Verified => {
                heard.verified_at = Some(at);
                true
            }
            News::Called => {
                heard.last_call_at = Some(at);
                let first = heard.first_call_at.is_none();
                heard.first_call_at.get_or_insert(at);
                first
            }
            News::Message => {
                heard.first_message_at.is_none() && {
                    heard.first_message_at = Some(at);
                    true
                }
            }
            // Anybody can call: what they bring is not worth a row each.
            News::Refused(why) => heard.refused.replace((at, why_words(&why))).is_none(),
        };
        let stale = last
            .written_at
            .is_none_or(|written| at - written >= WRITTEN_MS);
        (matters || stale).then(|| {
            last.written_at = Some(at);
            last.heard.clone()
        })
    }

    /// Is there nothing new in another message?
    fn knows_message(&self, id: ConnectionId) -> bool {
        let ears = self.0.lock();
        ears.get(&id)
            .is_some_and(|last| last.heard.first_message_at.is_some())
    }

    fn of(&self, id: ConnectionId) -> Heard {
        let ears = self.0.lock();
        ears.get(&id)
            .map(|last| last.heard.clone())
            .unwrap_or_default()
    }

    /// As the store has it.
    fn learn(&self, id: ConnectionId, heard: Heard) {
        self.0.lock().entry(id).or_insert(Last {
            heard,
            written_at: None,
        });
    }
}

impl Reception {
    /// Something was heard of a connection's platform. That it could not be kept keeps nobody waiting.
    pub(crate) async fn hear(&self, brand: BrandId, id: ConnectionId, news: News) {
        if let Some(heard) = self.ears.take(id, news, self.now())
            && let Err(error) = self.store.keep_heard(brand, id, heard).await
        {
            tracing::warn!(%error, connection.id = %id, "what was heard of a platform was not kept");
        }
    }

    /// A customer's message was filed.
    pub(crate) async fn hear_message(&self, brand: BrandId, id: ConnectionId) {
        if !self.ears.knows_message(id) {
            self.hear(brand, id, News::Message).await;
        }
    }

    /// Reads what a brand's connections have heard.
    pub(crate) async fn remember_heard(&self, brand: BrandId) -> Result<()> {
        for (id, heard) in self.store.heard(brand).await? {
            self.ears.learn(id, heard);
        }
        Ok(())
    }

    /// What the test of a connection says of what its platform did so far.
    pub(crate) fn heard_of(&self, id: ConnectionId) -> Vec<Check> {
        heard_checks(&self.ears.of(id), self.now())
    }
}

/// Was the last that came refused? What was mended since is nobody's trouble any more.
fn is_refused(heard: &Heard) -> bool {
    let fine = heard.verified_at.max(heard.last_call_at);
    heard
        .refused
        .as_ref()
        .is_some_and(|(at, _)| Some(*at) > fine)
}

fn why_words(why: &Refused) -> String {
    match why {
        Refused::Rejected(why) => format!("{}\u{1f}{}", why.zh, why.en),
        other => format!("推送的格式不对\u{1f}{other}"),
    }
}

/// Line by line whether the platform comes to the callback address, and whether customers come with it.
#[must_use]
pub fn heard_checks(heard: &Heard, now: UnixMs) -> Vec<Check> {
    vec![callback(heard, now), message(heard, now)]
}

fn callback(heard: &Heard, now: UnixMs) -> Check {
    let line = |ok, zh, en| line("callback_seen", ok, zh, en);
    if let Some((at, why)) = heard.refused.as_ref().filter(|_| is_refused(heard)) {
        let (zh, en) = ago(*at, now);
        let (why_zh, why_en) = why.split_once('\u{1f}').unwrap_or((why, why));
        return line(
            false,
            format!("{zh}平台的推送没有通过验证：{why_zh}"),
            format!("A callback of the platform did not verify {en}: {why_en}"),
        );
    }
    match (heard.last_call_at, heard.first_call_at, heard.verified_at) {
        (Some(last), first, _) => {
            let ((last_zh, last_en), (zh, en)) = (ago(last, now), ago(first.unwrap_or(last), now));
            line(
                true,
                format!("收到过平台的推送：第一次在{zh}，最近一次在{last_zh}"),
                format!("The platform delivers: for the first time {en}, last {last_en}"),
            )
        }
        (None, _, Some(at)) => {
            let (zh, en) = ago(at, now);
            line(
                true,
                format!("{zh}平台验证过回调URL，还没有推送过"),
                format!(
                    "The platform verified the callback URL {en} and has delivered nothing yet"
                ),
            )
        }
        (None, _, None) => line(
            false,
            "平台还没有访问过回调URL：请在平台保存回调配置".to_owned(),
            "The platform has not called the callback URL yet: save the callback settings there"
                .to_owned(),
        ),
    }
}

fn message(heard: &Heard, now: UnixMs) -> Check {
    match heard.first_message_at {
        Some(at) => {
            let (zh, en) = ago(at, now);
            line(
                FIRST_MESSAGE,
                true,
                format!("{zh}收到了第一条客户消息"),
                format!("The first message of a customer came {en}"),
            )
        }
        None => line(
            FIRST_MESSAGE,
            false,
            "还没有收到过客户消息：请用手机发一句话".to_owned(),
            "No message of a customer has come yet: write from a phone".to_owned(),
        ),
    }
}

/// How long ago, in both languages.
fn ago(at: UnixMs, now: UnixMs) -> (String, String) {
    let minutes = (now - at).max(0) / 60_000;
    match minutes {
        0 => ("刚刚".to_owned(), "just now".to_owned()),
        1..120 => (format!("{minutes}分钟前"), format!("{minutes} min ago")),
        120..2_880 => {
            let hours = minutes / 60;
            (format!("{hours}小时前"), format!("{hours} hours ago"))
        }
        _ => {
            let days = minutes / 1_440;
            (format!("{days}天前"), format!("{days} days ago"))
        }
    }
}

fn line(key: &'static str, ok: bool, text_zh: String, text_en: String) -> Check {
    Check {
        key,
        ok,
        text_zh,
        text_en,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: ConnectionId = ConnectionId(1);

    fn said(ears: &Ears, at: UnixMs) -> Vec<(bool, String)> {
        let lines = heard_checks(&ears.of(ID), at);
        lines.into_iter().map(|one| (one.ok, one.text_zh)).collect()
    }

    #[test]
    fn the_last_word_counts() {
        let ears = Ears::default();
        let hears = |news: News, at| ears.take(ID, news, at).is_some();
        assert_eq!(
            said(&ears, 0).iter().map(|one| one.0).collect::<Vec<_>>(),
            [false, false],
            "nobody called"
        );
        let wrong = || News::Refused(Refused::rejected("签名不对", "the signature is wrong"));
        assert!(hears(wrong(), 60_000));
        let refused = &said(&ears, 180_000)[0];
        assert!(!refused.0 && refused.1.contains("2分钟前") && refused.1.contains("签名不对"));
        assert!(hears(News::Verified, 200_000));
        assert!(said(&ears, 200_000)[0].0, "mended");
        assert!(hears(News::Called, 260_000));
        assert!(hears(News::Message, 261_000));
        let both = said(&ears, 3 * 86_400_000);
        assert!(
            both[0].1.contains("2天前") && both[1].1.contains("第一条"),
            "{both:?}"
        );
        let other = heard_checks(&ears.of(ConnectionId(2)), 0);
        assert!(!other[0].ok, "each by itself");
    }

    #[test]
    fn what_comes_all_the_time_is_written_once_a_minute() {
        let ears = Ears::default();
        let written = |news: News, at| ears.take(ID, news, at).is_some();
        assert!(written(News::Called, 0));
        assert!(!written(News::Called, 1_000) && !written(News::Called, 59_999));
        assert!(written(News::Called, 60_000));
        // What is new is written at once.
        assert!(written(News::Message, 60_001) && !written(News::Message, 60_002));
        let wrong = || News::Refused(Refused::TooLarge);
        assert!(written(wrong(), 60_003) && !written(wrong(), 60_004));
        assert!(!written(News::Called, 60_005) && !written(wrong(), 60_006));
        assert_eq!(ears.of(ID).first_call_at, Some(0));
    }
}

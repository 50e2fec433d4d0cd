//! What a failed call means for the one who asked for it: the class, and words for people.
//!
//! Every call made here may be repeated: reads change nothing, sends carry an id of ours, a code is
//! taken once, and a second contact way harms nobody. So "may have happened" becomes "try again",
//! and whoever sends decides what a refusal means after that (see `outbound`).

use std::time::Duration;

use kefu_domain::{Failure, credit::Closed};
use kefu_wechat::client::{self, Dialect, Retry};
use kefu_wechat::kf::SendMsg;
use kefu_wechat::mp::{BusinessTyping, CustomSend, ShopSend};
use kefu_wechat::request::Request;

use super::pace::growing;
use crate::{Class, Fault};

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Miss {
    /// The connection cannot be used as it is set up.
    Setup(Fault),
    /// We keep away from the platform for so long; nothing was asked.
    Held(Duration),
    /// It was asked and did not do it, or may have.
    Failed(client::Failure),
}

/// A connection names an API address where nothing of ours may be called.
pub(super) const FORBIDDEN: (&str, &str, &str) = (
    "url_forbidden",
    "连接的 API 地址指向不允许访问的地址（内网或元数据服务），没有发出任何请求；请管理员更正",
    "The connection's API address leads to where nothing may be called (a private network, a metadata \
     service); nothing was asked, and an administrator has to correct it",
);

/// Quick tries of a busy platform; it asks for no more than three. Then it is left alone for a
/// while, because a storm of minutes must not lose what waits.
const BUSY_TRIES: u32 = 3;
const BUSY_PAUSE: Duration = Duration::from_secs(60);

impl Miss {
    /// The platform's number, if it gave one.
    pub(crate) fn code(&self) -> Option<i64> {
        match self {
            Self::Failed(failure) => failure.code,
            _ => None,
        }
    }

    /// Nothing came of it, for certain.
    pub(crate) fn certainly_not_done(&self) -> bool {
        match self {
            Self::Failed(failure) => failure.fault.certainly_not_done(),
            _ => true,
        }
    }

    /// How long until it may be tried again, at least; nothing if that is of no use.
    pub(crate) fn passes(&self) -> Option<Duration> {
        match self {
            Self::Setup(_) => None,
            Self::Held(wait) => Some(*wait),
            Self::Failed(failure) => match failure.retry() {
                Retry::Never => None,
                Retry::After(pause) => Some(pause),
                Retry::ThreeTimes | Retry::Backoff | Retry::OnlyWithKey => {
                    Some(failure.retry_after.unwrap_or_default())
                }
            },
        }
    }

    /// For the caller, after so many earlier tries.
    pub(crate) fn fault(self, attempts: u32) -> Fault {
        match self {
            Self::Setup(fault) => fault,
            Self::Held(wait) => Fault {
                class: Class::Held(millis(wait)),
                ..Fault::later(
                    0,
                    "paced",
                    "平台限制了调用频率，稍后会自动发送",
                    "The platform limits calls for now; it goes out later by itself",
                )
            },
            Self::Failed(failure) => Fault {
                class: class(&failure, attempts),
                failure: words(&failure),
                window: window(&failure),
            },
        }
    }
}

impl From<Fault> for Miss {
    fn from(fault: Fault) -> Self {
        Self::Setup(fault)
    }
}

/// What a refused message says of the customer's window. Only sends tell: the same numbers mean
/// something of the brand's own where a file goes up or a session moves, and the two dialects mean
/// different things by some. What only an administrator mends (48001, 48004, 50002 of a corp, 95003)
/// leaves the window as it is: the customer can be answered as soon as it is mended.
fn window(failure: &client::Failure) -> Option<Closed> {
    let code = failure.code?;
    Some(match (failure.dialect, failure.api) {
        (Dialect::Wecom, SendMsg::PATH) => match code {
            95002 | 95031 => Closed::Expired,
            // Where the platform's session has ended, only the customer's next words open another.
            95001 | 95013 | 95018 => Closed::Used,
            _ => return None,
        },
        (Dialect::Mp, CustomSend::PATH | ShopSend::PATH) => match code {
            45015 => Closed::Expired,
            45047 => Closed::Used,
            // Not a follower any more, on the blacklist, refuses messages, or restricted themselves.
            40003 | 43004 | 43019 | 48002 | 50002 => Closed::Left,
            _ => return None,
        },
        _ => return None,
    })
}

/// What only an administrator mends, in words: credentials, an address, a grant, an API that is banned.
/// Typing by the present path is none of it: who has only the older one is served by that.
pub(super) fn of_the_set_up(failure: &client::Failure) -> Option<String> {
    let theirs = matches!(
        failure.fault,
        client::Fault::Credentials | client::Fault::Permission
    );
    let matters = failure.api != BusinessTyping::PATH && window(failure).is_none();
    let said = theirs && matters;
    let code = failure.code.filter(|_| said)?;
    let (zh, en) = failure.dialect.words(code);
    Some(format!("{zh}（{code}）\u{1f}{en} ({code})"))
}

fn class(failure: &client::Failure, attempts: u32) -> Class {
    let asked = failure.retry_after.unwrap_or_default();
    match failure.retry() {
        Retry::Never => Class::Permanent,
        Retry::ThreeTimes if failure.code == Some(-1) && attempts + 1 >= BUSY_TRIES => {
            Class::Retry(millis(BUSY_PAUSE.max(growing(attempts))))
        }
        Retry::ThreeTimes | Retry::Backoff => Class::Retry(millis(growing(attempts))),
        Retry::After(pause) => Class::Retry(millis(pause)),
        Retry::OnlyWithKey => Class::RetrySafely(millis(growing(attempts).max(asked))),
    }
}

/// The code as the platform gives it, or one of ours, and the reason as `zh\u{1f}en`.
pub(crate) fn words(failure: &client::Failure) -> Failure {
    use client::Fault as F;
    let (code, zh, en) = match (failure.code, failure.fault) {
        (Some(code), _) => code_words(failure.dialect, code),
        (None, F::Permanent) => (
            "unfit".to_owned(),
            format!("内容不符合平台要求：{}", failure.detail),
            format!("The platform would refuse it: {}", failure.detail),
        ),
        (None, F::Unreachable) => named(
            "unreachable",
            "暂时连接不上平台，稍后会自动重试",
            "The platform cannot be reached; it will be tried again",
        ),
        (None, F::Forbidden) => named(FORBIDDEN.0, FORBIDDEN.1, FORBIDDEN.2),
        (None, F::Unknown) => named(
            "unconfirmed",
            "平台没有确认，正在用同一编号核对",
            "The platform did not confirm it; it is being checked with the same id",
        ),
        (None, F::RateLimited) => named(
            "rate_limited",
            "平台限制了调用频率，稍后会自动重试",
            "The platform limits calls; it will be tried again later",
        ),
        (None, _) => named(
            "busy",
            "平台繁忙，稍后会自动重试",
            "The platform is busy; it will be tried again",
        ),
    };
    Failure {
        code,
        reason: format!("{zh}\u{1f}{en}"),
    }
}

/// A code of the platform in words; one without words is shown as it is.
pub(crate) fn code_words(dialect: client::Dialect, code: i64) -> (String, String, String) {
    let (zh, en) = dialect.words(code);
    if dialect.knows(code) {
        return (code.to_string(), zh.to_owned(), en.to_owned());
    }
    (
        code.to_string(),
        format!("{zh}（{code}）"),
        format!("{en} ({code})"),
    )
}

fn named(code: &str, zh: &str, en: &str) -> (String, String, String) {
    (code.to_owned(), zh.to_owned(), en.to_owned())
}

fn millis(pause: Duration) -> u64 {
    u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kefu_wechat::client::Fault as Wire;

    fn failure(fault: Wire, code: Option<i64>) -> client::Failure {
        client::Failure {
            api: "cgi-bin/kf/send_msg",
            dialect: client::Dialect::Wecom,
            fault,
            code,
            detail: "95018 send msg session status invalid".to_owned(),
            retry_after: None,
        }
    }

    fn of_code(code: i64, attempts: u32) -> Fault {
        Miss::Failed(failure(Wire::of_code(code), Some(code))).fault(attempts)
    }

    #[test]
    fn what_only_people_can_mend_is_never_retried_and_said_in_two_languages() {
        let codes = [
            95001, 95002, 95003, 95013, 95018, 95030, 48001, 48002, 48007, 50002, 60020, 40091,
            40058, 45002, 95007, 40096,
        ];
        for code in codes {
            let fault = of_code(code, 0);
            assert_eq!(fault.class, Class::Permanent, "{code}");
            assert_eq!(fault.failure.code, code.to_string());
            let (zh, en) = fault.failure.reason.split_once('\u{1f}').unwrap();
            assert!(!zh.is_ascii() && en.is_ascii(), "{code}: {zh} / {en}");
        }
    }

    #[test]
    fn only_what_concerns_the_customer_closes_their_window() {
        let of = |dialect, api, code| {
            let failure = client::Failure {
                api,
                dialect,
                ..failure(Wire::of_code(code), Some(code))
            };
            Miss::Failed(failure).fault(0).closes()
        };
        let kf = |code| of(Dialect::Wecom, SendMsg::PATH, code);
        assert_eq!(kf(95001), Some(Closed::Used));
        assert_eq!(kf(95013), Some(Closed::Used));
        assert_eq!(kf(95018), Some(Closed::Used));
        assert_eq!(kf(95002), Some(Closed::Expired));
        assert_eq!(kf(95031), Some(Closed::Expired));
        // A member's id, a grant, a range, a cap: whoever set it up mends it.
        for code in [40003, 48002, 50002, 95003, 95030] {
            assert_eq!(kf(code), None, "{code}");
        }
        let code = "cgi-bin/kf/send_msg_on_event";
        assert_eq!(of(Dialect::Wecom, code, 95018), None, "costs no credit");
        assert_eq!(of(Dialect::Mp, ShopSend::PATH, 45047), Some(Closed::Used));
        assert_eq!(of(Dialect::Mp, "cgi-bin/media/upload", 48002), None);
        // An earlier try may have arrived: a person looks first.
        let mut doubtful = of_code(95001, 0);
        doubtful.class = Class::Unknown;
        assert_eq!(doubtful.closes(), None);
    }

    #[test]
    fn what_passes_is_retried_and_never_too_soon() {
        assert_eq!(of_code(45009, 0).class, Class::Retry(60_000));
        for (code, attempts, least, most) in [
            (-1, 0, 500, 1_500),
            (-1, 1, 1_000, 3_000),
            (-1, 2, 60_000, 60_000),
            (-1, 9, 60_000, 90_000),
            (45033, 5, 16_000, 48_000),
            (42001, 0, 500, 1_500),
        ] {
            match of_code(code, attempts).class {
                Class::Retry(ms) => assert!((least..=most).contains(&ms), "{code}: {ms}"),
                other => panic!("{code}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_may_have_happened_is_repeated_under_its_id() {
        let mut silent = failure(Wire::Unknown, None);
        silent.retry_after = Some(Duration::from_secs(9));
        let fault = Miss::Failed(silent).fault(0);
        assert_eq!(fault.class, Class::RetrySafely(9_000));
        assert_eq!(fault.failure.code, "unconfirmed");
    }

    #[test]
    fn a_code_without_words_is_shown_as_it_is() {
        let fault = of_code(123_456, 0);
        assert!(fault.failure.reason.contains("123456"), "{fault:?}");
    }
}

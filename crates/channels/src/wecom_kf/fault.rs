//! What a failed call means for the one who asked for it: the class, and words for people.
//!
//! Every call made here may be repeated: reads change nothing, sends carry an id of ours, a code is
//! taken once, and a second contact way harms nobody. So "may have happened" becomes "try again",
//! and whoever sends decides what a refusal means after that (see `outbound`).

use std::time::Duration;

use kefu_domain::Failure;
use kefu_wechat::client::{self, Retry};
use kefu_wechat::errors;

use super::pace::growing;
use crate::{Class, Fault};

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Miss {
    /// The connection cannot be used as it is set up.
    Setup(Fault),
    /// We keep away from the platform for so long; nothing was asked.
    Held(Duration),
    /// It was asked and did not do it, or may have.
    Failed(client::Failure),
}

/// Quick tries of a busy platform; it asks for no more than three. Then it is left alone for a
/// while, because a storm of minutes must not lose what waits.
const BUSY_TRIES: u32 = 3;
const BUSY_PAUSE: Duration = Duration::from_secs(60);

impl Miss {
    /// The platform's number, if it gave one.
    pub(super) fn code(&self) -> Option<i64> {
        match self {
            Self::Failed(failure) => failure.code,
            _ => None,
        }
    }

    /// Nothing came of it, for certain.
    pub(super) fn certainly_not_done(&self) -> bool {
        match self {
            Self::Failed(failure) => failure.fault.certainly_not_done(),
            _ => true,
        }
    }

    /// For the caller, after so many earlier tries.
    pub(super) fn fault(self, attempts: u32) -> Fault {
        match self {
            Self::Setup(fault) => fault,
            Self::Held(wait) => Fault::later(
                millis(wait),
                "paced",
                "平台限制了调用频率，稍后会自动发送",
                "The platform limits calls for now; it goes out later by itself",
            ),
            Self::Failed(failure) => Fault {
                class: class(&failure, attempts),
                failure: words(&failure),
            },
        }
    }
}

impl From<Fault> for Miss {
    fn from(fault: Fault) -> Self {
        Self::Setup(fault)
    }
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
pub(super) fn words(failure: &client::Failure) -> Failure {
    use client::Fault as F;
    let (code, zh, en) = match (failure.code, failure.fault) {
        (Some(code), _) if errors::is_known(code) => {
            let (zh, en) = errors::words(code);
            (code.to_string(), zh.to_owned(), en.to_owned())
        }
        (Some(code), _) => {
            let (zh, en) = errors::words(code);
            (
                code.to_string(),
                format!("{zh}（{code}）"),
                format!("{en} ({code})"),
            )
        }
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

fn named(code: &str, zh: &str, en: &str) -> (String, String, String) {
    (code.to_owned(), zh.to_owned(), en.to_owned())
}

fn millis(pause: Duration) -> u64 {
    u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)
}

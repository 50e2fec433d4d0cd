//! What a failed call means: who is at fault, whether to try again, whether it happened.

use std::time::Duration;

use super::Dialect;
use crate::limits::Unfit;

/// The kinds of failure, by what the caller can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The platform is busy or took too many calls at once.
    Busy,
    /// Over a published limit; calls are blocked for a minute, then for an hour.
    RateLimited,
    /// The access token was refused even after a refresh.
    Token,
    /// The corp id or the secret is wrong.
    Credentials,
    /// A switch, a grant, a range or a quota that an administrator has to mend.
    Permission,
    /// The customer has to write before anything can be sent to them.
    WindowClosed,
    /// A code or token of the callback is used, wrong or too old.
    CodeSpent,
    /// The request itself is wrong and will stay so.
    Permanent,
    /// The API's address leads to where nothing of ours may be called; nothing was sent.
    Forbidden,
    /// The platform was not reached; nothing was sent.
    Unreachable,
    /// It was sent, but no answer can be trusted: it may have happened.
    Unknown,
}

/// Who has to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The customer, by writing.
    Customer,
    /// The platform or the way to it.
    Platform,
    /// An administrator of the corp.
    Administrator,
    /// We ourselves.
    Us,
}

/// Whether and when to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It would fail again.
    Never,
    /// Soon, but at most three times in all.
    ThreeTimes,
    /// After a growing pause.
    Backoff,
    /// Not before this has passed.
    After(Duration),
    /// Only if the request carries a key of ours, so that a second one has no second effect.
    OnlyWithKey,
}

impl Fault {
    /// The fault that a code stands for.
    pub fn of_code(code: i64) -> Self {
        match code {
            -1 | 41096 | 45033 => Self::Busy,
            45009 | 45011 => Self::RateLimited,
            40001 | 40014 | 41001 | 42001 => Self::Token,
            40013 | 40091 | 40125 | 40243 | 41002 | 41004 => Self::Credentials,
            40057
            | 40164
            | 40201
            | 41045
            | 41054
            | 43009
            | 48001
            | 48002
            | 48004
            | 48006
            | 48007
            | 50001..=50003
            | 50007
            | 60011
            | 60020
            | 60021
            | 60030
            | 60031
            | 65400
            | 84074
            | 95003
            | 95011
            | 95012
            | 95015
            | 95017
            | 95023
            | 95032
            | 301002 => Self::Permission,
            43004 | 45015 | 45047 | 95001 | 95002 | 95013 | 95018 | 95031 => Self::WindowClosed,
            41050 | 41051 | 95007 => Self::CodeSpent,
            _ => Self::Permanent,
        }
    }

    /// Who has to do something about it.
    pub fn blame(self) -> Blame {
        match self {
            Self::WindowClosed => Blame::Customer,
            Self::Busy | Self::Unreachable | Self::Unknown => Blame::Platform,
            Self::Credentials | Self::Permission | Self::Forbidden => Blame::Administrator,
            Self::RateLimited | Self::Token | Self::CodeSpent | Self::Permanent => Blame::Us,
        }
    }

    /// Whether the call certainly had no effect.
    pub fn certainly_not_done(self) -> bool {
        self != Self::Unknown
    }
}

/// A call that failed. Neither token nor secret is ever in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{api}: {detail}")]
pub struct Failure {
    /// The path that was called.
    pub api: &'static str,
    /// Whose codes these are.
    pub dialect: Dialect,
    /// What it means.
    pub fault: Fault,
    /// The platform's code, if it answered with one.
    pub code: Option<i64>,
    /// What the platform or the transport said, for logs.
    pub detail: String,
    /// How long the platform asked us to wait.
    pub retry_after: Option<Duration>,
}

/// Longest `detail`.
const MAX_DETAIL: usize = 512;

impl Failure {
    pub(super) fn new(api: &'static str, fault: Fault, detail: impl Into<String>) -> Self {
        let mut detail: String = detail.into();
        crate::limits::cut_in_place(&mut detail, MAX_DETAIL);
        let detail = detail.replace(char::is_control, " ");
        Self {
            api,
            dialect: Dialect::default(),
            fault,
            code: None,
            detail,
            retry_after: None,
        }
    }

    pub(super) fn of_code(api: &'static str, code: i64, message: &str) -> Self {
        let detail = format!("{code} {message}");
        Self {
            code: Some(code),
            ..Self::new(api, Fault::of_code(code), detail)
        }
    }

    /// The same, as an answer of that API.
    pub(super) fn from(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    pub(super) fn unfit(api: &'static str, unfit: &Unfit) -> Self {
        Self::new(api, Fault::Permanent, unfit.to_string())
    }

    /// Whether and when to try again.
    pub fn retry(&self) -> Retry {
        if let Some(pause) = self.retry_after {
            return match self.fault {
                Fault::Unknown => Retry::OnlyWithKey,
                _ => Retry::After(pause),
            };
        }
        match self.fault {
            Fault::Busy => Retry::ThreeTimes,
            Fault::RateLimited => Retry::After(Duration::from_secs(60)),
            Fault::Token | Fault::Unreachable | Fault::Forbidden => Retry::Backoff,
            Fault::Unknown => Retry::OnlyWithKey,
            Fault::Credentials
            | Fault::Permission
            | Fault::WindowClosed
            | Fault::CodeSpent
            | Fault::Permanent => Retry::Never,
        }
    }

    /// For a `send_msg` whose first try may have happened: whether this refusal may be the one
    /// for a repeated `msgid`, which means that the message was sent. The platform does not name
    /// its code, so a general refusal and any code without words count.
    pub fn may_mean_repeated_msgid(&self) -> bool {
        self.code
            .is_some_and(|code| matches!(code, 40035 | 40058) || !self.dialect.knows(code))
    }
}

//! Why a verb did not happen, by what the caller can do about it.

use kefu_domain::{content::BadContent, credit::Closed, session::Refusal};
use kefu_media::MediaError;
use kefu_queue::QueueError;
use kefu_store::StoreError;

/// What a verb ends in.
pub type Result<T> = std::result::Result<T, Error>;

/// Why not. Each has a stable [`Error::code`]; nothing was stored unless it says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No such thing, or not yours.
    #[error("not found")]
    NotFound,
    /// Not allowed for this role.
    #[error("forbidden")]
    Forbidden,
    /// Wrong in itself; the text names what.
    #[error("{0}")]
    Bad(String),
    /// Over a limit of size.
    #[error("{0}")]
    TooLarge(String),
    /// The fence is old, or the session is somebody else's.
    #[error("the session is not assigned to you")]
    NotAssigned,
    /// It is answered in the platform's own client, where nothing of ours is taken meanwhile.
    #[error(
        "这位客户正在企业微信客户端里由同事接待，这里只能看，不能发\u{1f}a colleague serves this customer in the platform's own client; here it can only be read"
    )]
    ServedElsewhere,
    /// Another agent was faster.
    #[error("someone else has taken it")]
    Taken,
    /// Your limit is reached.
    #[error("your reception limit is reached")]
    AtCapacity,
    /// The customer wrote after what you saw.
    #[error("the customer wrote meanwhile")]
    ThreadMoved {
        /// The newest message.
        seq: u64,
    },
    /// The id was used for other content.
    #[error("the id was used for other content")]
    IdempotencyConflict,
    /// The session is over.
    #[error("the session has ended")]
    Ended,
    /// The customer is blocked.
    #[error("blocked")]
    Blocked,
    /// The platform takes nothing more: time.
    #[error(
        "48 小时已过，平台不允许再发，等客户再来一句\u{1f}the platform's window has closed; wait for the customer"
    )]
    WindowClosed,
    /// The customer no longer follows, refuses messages, or cannot receive any.
    #[error(
        "客户已取消关注、拒收消息或账号受限，消息发不到了；TA 重新关注或再来一句就能发\u{1f}the customer no longer follows, refuses messages or is restricted; nothing reaches them until they follow again or write"
    )]
    CustomerLeft,
    /// The platform takes nothing more: number.
    #[error(
        "平台的条数用完了，客户再来一句就能发\u{1f}all messages of the window are used; wait for the customer"
    )]
    CreditsUsed,
    /// The platform takes some of a long text's parts, not all; none was filed.
    #[error(
        "这段话要分成 {parts} 条发，平台剩下的条数不够，请缩短\u{1f}this text goes out in {parts} messages, more than the platform still takes; shorten it"
    )]
    TooManyParts {
        /// In how many it goes out.
        parts: usize,
    },
    /// The door cannot carry this type.
    #[error("the channel cannot carry `{0}`")]
    NotSendable(String),
    /// A specialist or group takes no more.
    #[error("no room there")]
    TargetFull,
    /// A specialist or group is not offered.
    #[error("not offered any more")]
    TargetGone,
    /// A unique name is taken, or the row changed.
    #[error("{0}")]
    Conflict(String),
    /// A password, token, ticket or signature is not right.
    #[error("not signed in")]
    Unauthenticated,
    /// A visitor's token is unknown or lapsed.
    #[error("the token is not valid")]
    TokenInvalid,
    /// A signed identity does not verify.
    #[error("the identity is not valid")]
    IdentityInvalid,
    /// Too often.
    #[error("too often")]
    RateLimited {
        /// Try again after.
        after_s: u32,
    },
    /// The file's type is not taken.
    #[error("this type of file is not taken")]
    UnsupportedType,
    /// An address that must not be called.
    #[error("url: {0}")]
    UrlForbidden(String),
    /// An outside party said no; the text is in words (`zh\u{1f}en`).
    #[error("{reason}")]
    Outside {
        /// Its code.
        code: String,
        /// In words.
        reason: String,
    },
    /// Not now: the store, or the outcome is unknown. Repeat with the same id.
    #[error("the store is unavailable")]
    Unavailable,
    /// No room on the disk for a file.
    #[error("no space left")]
    NoSpace,
}

impl Error {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden => "forbidden",
            Self::Bad(_) => "bad_request",
            Self::TooLarge(_) => "too_large",
            Self::UrlForbidden(_) => "url_forbidden",
            Self::NotAssigned => "not_assigned",
            Self::ServedElsewhere => "served_elsewhere",
            Self::Taken => "already_taken",
            Self::AtCapacity => "at_capacity",
            Self::ThreadMoved { .. } => "thread_moved",
            Self::IdempotencyConflict => "idempotency_conflict",
            Self::Ended => "session_ended",
            Self::Blocked => "blocked",
            Self::WindowClosed => "window_closed",
            Self::CustomerLeft => "customer_left",
            Self::CreditsUsed | Self::TooManyParts { .. } => "credits_used",
            Self::NotSendable(_) => "not_sendable",
            Self::TargetFull => "target_full",
            Self::TargetGone => "target_gone",
            Self::Conflict(_) => "conflict",
            Self::Unauthenticated => "unauthenticated",
            Self::TokenInvalid => "token_invalid",
            Self::IdentityInvalid => "identity_invalid",
            Self::RateLimited { .. } => "rate_limited",
            Self::UnsupportedType => "unsupported_type",
            Self::Outside { .. } => "outside_refused",
            Self::Unavailable => "store_unavailable",
            Self::NoSpace => "no_space",
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Refused(refusal) => refusal.into(),
            StoreError::AtCapacity => Self::AtCapacity,
            StoreError::ThreadMoved(seq) => Self::ThreadMoved { seq },
            StoreError::IdempotencyConflict => Self::IdempotencyConflict,
            StoreError::Window(Closed::Expired) => Self::WindowClosed,
            StoreError::Window(Closed::Used) => Self::CreditsUsed,
            StoreError::Window(Closed::Left) => Self::CustomerLeft,
            StoreError::Blocked => Self::Blocked,
            StoreError::Conflict(why) => Self::Conflict(why),
            StoreError::EntryMoved => {
                Self::Conflict("the customer came through another door".to_owned())
            }
            StoreError::NoSpace => {
                tracing::error!("the store has no room on its disk");
                Self::Unavailable
            }
            StoreError::Unavailable(why) | StoreError::Corrupt(why) => {
                tracing::error!(%why, "the store refused");
                Self::Unavailable
            }
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Ended => Self::Ended,
            Refusal::NotAssigned => Self::NotAssigned,
            Refusal::Taken => Self::Taken,
            Refusal::Elsewhere => Self::ServedElsewhere,
            Refusal::NotWaiting => Self::Taken,
            Refusal::Unserved => Self::Conflict(
                "这次没有人接待，或者还在接待中，不能评价\u{1f}this session goes on or was not answered; there is nothing to rate".to_owned(),
            ),
            Refusal::Nothing => Self::Conflict("nothing to do".to_owned()),
        }
    }
}

impl From<BadContent> for Error {
    fn from(bad: BadContent) -> Self {
        match bad {
            BadContent::TooLong => Self::TooLarge(bad.to_string()),
            BadContent::Type(msgtype) => Self::NotSendable(msgtype),
            other => Self::Bad(other.to_string()),
        }
    }
}

impl From<QueueError> for Error {
    fn from(error: QueueError) -> Self {
        tracing::warn!(%error, "the queue did not answer");
        Self::Unavailable
    }
}

impl From<MediaError> for Error {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::NoSpace => Self::NoSpace,
            other => {
                tracing::error!(error = %other, "a file could not be kept or read");
                Self::Unavailable
            }
        }
    }
}

impl From<kefu_channels::Fault> for Error {
    fn from(fault: kefu_channels::Fault) -> Self {
        Self::Outside {
            code: fault.failure.code,
            reason: fault.failure.reason,
        }
    }
}

//! What brands' own systems are to be told, and customers who may be away.

use kefu_domain::{BrandId, ConversationId, Failure, HookCallId, UnixMs, WebhookId};
use serde::{Deserialize, Serialize};

use super::OutboxState;

/// A customer who may not have seen the newest words of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away {
    /// The tenant.
    pub brand: BrandId,
    /// Where.
    pub conversation: ConversationId,
    /// The newest of the words.
    pub seq: u64,
    /// When the first of them was filed.
    pub since: UnixMs,
}

/// An event for one webhook of a brand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookCall {
    /// The event's id.
    pub id: HookCallId,
    /// The tenant.
    pub brand: BrandId,
    /// For which.
    pub webhook: WebhookId,
    /// Like `message.away`.
    pub event: String,
    /// JSON, as it is sent.
    pub body: String,
    /// When it was made.
    pub created_at: UnixMs,
    /// When the present round of tries began.
    pub first_at: UnixMs,
    /// Tries of this round, the one under way included.
    pub attempts: u32,
    /// `pending`, `done`, `dead`.
    pub state: OutboxState,
    /// The next try, while pending.
    pub due_at: Option<UnixMs>,
    /// The last twelve.
    pub tries: Vec<HookTry>,
    /// The store's own order.
    pub no: i64,
}

/// One try of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookTry {
    /// When it began.
    pub at: UnixMs,
    /// How long it took.
    pub ms: u32,
    /// The answer's, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it failed; `None`: taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// What follows a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookNext {
    /// Taken.
    Done,
    /// Again then.
    Retry(UnixMs),
    /// Given up.
    Dead,
}

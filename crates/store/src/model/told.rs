//! What platforms tell beside messages: events, files that still lie there, figures of a day.

use kefu_domain::{BrandId, ConnectionId, EntryPointId, MessageId, UnixMs};

/// What a platform told by a callback and is no message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The platform's id of it, unique per connection.
    pub event: String,
    /// What is to be made of it, or why nothing is; a stable word.
    pub kind: String,
    /// What it says.
    pub body: String,
}

/// A [`Kept`] event as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its number.
    pub no: i64,
    /// The tenant.
    pub brand: BrandId,
    /// Through which credentials.
    pub connection: ConnectionId,
    /// What.
    pub kept: Kept,
    /// When.
    pub at: UnixMs,
    /// How often it was taken.
    pub attempts: u32,
    /// When it is to be acted on; `None`: done, or nothing to do.
    pub due_at: Option<UnixMs>,
}

/// What was heard of the platform behind a connection: what tells whether its set-up works.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// When it last verified the callback address.
    pub verified_at: Option<UnixMs>,
    /// When it delivered something for the first time.
    pub first_call_at: Option<UnixMs>,
    /// When it did last.
    pub last_call_at: Option<UnixMs>,
    /// When the first message of a customer was filed.
    pub first_message_at: Option<UnixMs>,
    /// When something from there was last refused, and why (`zh\u{1f}en`).
    pub refused: Option<(UnixMs, String)>,
}

/// What a platform counted for an account on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamDay {
    /// The tenant.
    pub brand: BrandId,
    /// The account's door.
    pub entry_point: EntryPointId,
    /// When the day began, by the platform's clock.
    pub day: UnixMs,
    /// The member; empty: the account as a whole.
    pub userid: String,
    /// Numbers by the platform's names, as JSON.
    pub numbers: String,
    /// When it was asked.
    pub at: UnixMs,
}

/// A file that is still at its platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueFetch {
    /// The tenant.
    pub brand: BrandId,
    /// The message it belongs to.
    pub message: MessageId,
    /// The door it came through.
    pub entry_point: EntryPointId,
    /// How often it was taken, this time included.
    pub attempts: u32,
}

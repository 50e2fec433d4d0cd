//! Durable intents to tell a party outside, and what became of them.

use kefu_domain::{
    BrandId, ConversationId, EntryPointId, Failure, OutboxId, UnixMs, credit::Closed,
};
use serde::{Deserialize, Serialize};

/// An intent to tell a party outside.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRow {
    /// Its id; also the `msgid` upstream where one can be set.
    pub id: OutboxId,
    /// The tenant.
    pub brand: BrandId,
    /// The thread; rows of one thread go out in order.
    pub conversation: ConversationId,
    /// The door.
    pub entry_point: EntryPointId,
    /// The message, 0 for other kinds.
    pub seq: u64,
    /// `message`, or another kind that the channel knows.
    pub kind: String,
    /// What the channel needs beside the message, as JSON.
    pub payload: String,
    /// Tries so far.
    pub attempts: u32,
    /// What is known of them.
    pub tried: Tried,
    /// First made.
    pub created_at: UnixMs,
    /// Not after.
    pub expires_at: Option<UnixMs>,
    /// Next try.
    pub next_at: UnixMs,
    /// `pending`, `done`, `dead`, `unknown`.
    pub state: OutboxState,
    /// Of the last try.
    pub failure: Option<Failure>,
}

/// What is known of an intent's tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tried {
    /// Tries that certainly had no effect. Every other may have been taken, one that died with its
    /// process included.
    pub refused: u32,
    /// How long this system itself kept it back, in milliseconds: no part of its age.
    pub held_ms: i64,
    /// A person asked for it again under the id of a try that may have been taken.
    pub again: bool,
}

impl OutboxRow {
    /// May a try before the one under way have been taken?
    #[must_use]
    pub const fn is_doubtful(&self) -> bool {
        self.attempts.saturating_sub(1) > self.tried.refused
    }
}

/// Where an intent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// To be done.
    Pending = 0,
    /// Done.
    Done = 1,
    /// Given up; can be resent.
    Dead = 2,
    /// May have been taken; a person decides.
    Unknown = 3,
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Taken.
    Sent,
    /// Try again then.
    Retry {
        /// When.
        at: UnixMs,
        /// Why.
        failure: Failure,
        /// It certainly had no effect.
        certain: bool,
    },
    /// Not tried, because this system keeps it back until then: no try is counted, and its age does
    /// not grow meanwhile.
    Held {
        /// Until when.
        at: UnixMs,
        /// Why.
        failure: Failure,
    },
    /// Not tried: it waits for something else until then, and no try is counted.
    Later {
        /// When.
        at: UnixMs,
    },
    /// Never.
    Dead {
        /// Why.
        failure: Failure,
        /// The platform certainly did not count it: give the credit back.
        refund: bool,
    },
    /// Never, and the platform takes nothing more before the customer acts again.
    Closed {
        /// Why.
        failure: Failure,
        /// What is used up.
        spent: Closed,
    },
    /// Nobody knows.
    Unknown {
        /// Why.
        failure: Failure,
    },
}

/// A door with intents that are to go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueDoor {
    /// The tenant.
    pub brand: BrandId,
    /// The door.
    pub entry_point: EntryPointId,
    /// How many are due, as far as was counted.
    pub due: u32,
    /// When the first of the others is due; of those that are leased, when the lease ends.
    pub next_at: Option<UnixMs>,
}

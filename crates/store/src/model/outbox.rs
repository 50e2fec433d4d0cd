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

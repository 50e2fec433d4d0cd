//! An offer to add a specialist or to join a group, and how far it got.

use kefu_domain::{
    AgentId, BrandId, ConversationId, CustomerId, FanGroupId, HandoffId, SpecialistId, UnixMs,
};
use serde::{Deserialize, Serialize};

/// A handoff target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HandoffTarget {
    /// A person.
    Specialist(SpecialistId),
    /// A group.
    FanGroup(FanGroupId),
}

/// How far a handoff got. Grows only forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandoffStatus {
    /// Being prepared (its code is made at the platform).
    Preparing = 0,
    /// The card is in the thread.
    Offered = 1,
    /// The customer saw it.
    Seen = 2,
    /// The customer scanned or tapped it.
    Opened = 3,
    /// Friends with the specialist.
    Added = 4,
    /// In the group.
    Joined = 5,
    /// Its time is over.
    Expired = 6,
    /// It could not be offered.
    Failed = 7,
}

impl HandoffStatus {
    /// The word for it on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Offered => "offered",
            Self::Seen => "seen",
            Self::Opened => "opened",
            Self::Added => "added",
            Self::Joined => "joined",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }
}

/// How many handoffs got how far; those that could not be offered are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HandoffTally {
    /// Offered.
    pub offered: u32,
    /// Seen by the customer.
    pub seen: u32,
    /// Scanned or tapped.
    pub opened: u32,
    /// Friends with the specialist.
    pub added: u32,
    /// In the group.
    pub joined: u32,
}

/// What became of one agent's handoffs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandoffsOf {
    /// Who offered them; `None`: the system did.
    pub agent: Option<AgentId>,
    /// How far they got.
    pub tally: HandoffTally,
    /// How many were added or joined, by the begin of the step in which it happened.
    pub done: Vec<(UnixMs, u32)>,
}

/// What became of one target's handoffs within a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandoffsTo {
    /// Whose.
    pub target: HandoffTarget,
    /// How far those got that were offered that day.
    pub tally: HandoffTally,
    /// How many of these may still become contacts, those that are being made included.
    pub living: u32,
    /// How many became contacts of a specialist that day, whenever they were offered.
    pub added: u32,
}

/// An offer to add a specialist or to join a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handoff {
    /// Its id; `h_` and it make the `state` upstream.
    pub id: HandoffId,
    /// The tenant.
    pub brand: BrandId,
    /// The thread.
    pub conversation: ConversationId,
    /// The person.
    pub customer: CustomerId,
    /// To whom.
    pub target: HandoffTarget,
    /// Name on the card.
    pub name: String,
    /// Title on the card.
    pub title: String,
    /// Who offered it.
    pub agent: Option<AgentId>,
    /// The card's message; 0 until it is filed.
    pub seq: u64,
    /// The platform's handle of the code.
    pub config_id: Option<String>,
    /// How far it got.
    pub status: HandoffStatus,
    /// When it was offered.
    pub offered_at: UnixMs,
    /// When the customer saw it.
    pub seen_at: Option<UnixMs>,
    /// When they opened it.
    pub opened_at: Option<UnixMs>,
    /// When they added or joined.
    pub done_at: Option<UnixMs>,
    /// When it lapses.
    pub expires_at: UnixMs,
}

/// What happened to a handoff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandoffStep {
    /// Its code was made at the platform.
    Prepared {
        /// The platform's handle.
        config_id: String,
    },
    /// Its card was filed.
    Carded {
        /// The message.
        seq: u64,
    },
    /// It reached a status.
    Reached(HandoffStatus),
}

/// What became of taking a handoff's code back at its platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeStep {
    /// It is not there any more.
    Gone,
    /// It is to be tried again then.
    Later(UnixMs),
    /// It stays there.
    GivenUp,
}

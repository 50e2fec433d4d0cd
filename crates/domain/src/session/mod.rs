//! A session (接待): one service episode, its states and who holds it.
//!
//! [`Session::apply`] is the whole table of what may happen. It changes the session in memory and
//! says what that means for assignments; the store writes both in one transaction.

mod apply;
mod command;
mod reason;
#[cfg(test)]
mod tests;

use serde::{Serialize, Serializer};

use crate::{
    AgentId, BrandId, ConversationId, EntryPointId, KfAccountId, SessionId, TeamId, UnixMs,
};

pub use command::*;
pub use reason::*;

/// Our states; the numbers are WeChat kf's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum ServiceState {
    /// Opened, nobody asked for a human yet, or the customer left a message outside hours.
    New = 0,
    /// A bot answers.
    Assistant = 1,
    /// In the queue; an offer to an agent is this state with a lease.
    Waiting = 2,
    /// An agent has it.
    Serving = 3,
    /// Over. The next message of the customer opens a new session.
    Ended = 4,
}

impl ServiceState {
    /// Reads the stored number.
    #[must_use]
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::New),
            1 => Some(Self::Assistant),
            2 => Some(Self::Waiting),
            3 => Some(Self::Serving),
            4 => Some(Self::Ended),
            _ => None,
        }
    }
}

impl Serialize for ServiceState {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u8(*self as u8)
    }
}

/// What the times of a session are counted from. A message moves at least one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// See [`Session::turn_since`].
    pub turn_since: Option<UnixMs>,
    /// See [`Session::last_customer_at`].
    pub last_customer_at: UnixMs,
    /// See [`Session::last_agent_at`].
    pub last_agent_at: Option<UnixMs>,
    /// See [`Session::warned_at`].
    pub warned_at: Option<UnixMs>,
}

/// An agent was asked to take the session, and has until then to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Who was asked.
    pub agent: AgentId,
    /// When the offer lapses.
    pub until: UnixMs,
}

/// Queues of one wait that are remembered. Who has stood in so many stays in the last one.
pub const STOPS: usize = 16;

/// A team's queue in which the session stood, or stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// The team.
    pub team: TeamId,
    /// When it came there.
    pub since: UnixMs,
}

/// One service episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The tenant.
    pub brand: BrandId,
    /// The conversation it is a segment of.
    pub conversation: ConversationId,
    /// The face it belongs to.
    pub kf_account: KfAccountId,
    /// The door that opened it.
    pub entry_point: EntryPointId,
    /// Its number in the conversation, from 1.
    pub no: u64,
    /// Where it stands.
    pub state: ServiceState,
    /// The team it waits for, or is served by.
    pub team: Option<TeamId>,
    /// Who has it now ([`ServiceState::Serving`]), or had it last.
    pub agent: Option<AgentId>,
    /// Number of the newest assignment; grows by one with each.
    pub fence: u64,
    /// An open offer; only while waiting.
    pub offer: Option<Offer>,
    /// Higher goes first, by a fixed head start (see [`crate::routing::rank`]).
    pub priority: i32,
    /// When it was opened.
    pub opened_at: UnixMs,
    /// Original time in the queue; kept when it comes back there.
    pub enqueued_at: Option<UnixMs>,
    /// The queues of the present or last wait, in their order; at most [`STOPS`].
    pub stops: Vec<Stop>,
    /// When the customer left the queue and asked to be answered later; until somebody takes it.
    pub left_at: Option<UnixMs>,
    /// When the present or last agent got it.
    pub assigned_at: Option<UnixMs>,
    /// First answer of a human.
    pub first_reply_at: Option<UnixMs>,
    /// Since when the customer waits for words of ours: their first message that nobody answered yet,
    /// or the handing over of a session to whoever has to go on with it.
    pub turn_since: Option<UnixMs>,
    /// Last customer message.
    pub last_customer_at: UnixMs,
    /// Last agent message.
    pub last_agent_at: Option<UnixMs>,
    /// The customer was warned that silence ends the session.
    pub warned_at: Option<UnixMs>,
    /// When it ended.
    pub ended_at: Option<UnixMs>,
    /// Why it ended.
    pub end_reason: Option<Reason>,
    /// Agents who declined, or let it lie; asked last.
    pub declined: Vec<AgentId>,
    /// Survey: 1–5.
    pub score: Option<u8>,
    /// Survey: words.
    pub comment: Option<String>,
    /// Of the last routing decision: one line for people, `zh\u{1f}en`.
    pub why: Option<String>,
    /// Served in the platform's own client: by this member; empty: it waits in the platform's pool.
    pub elsewhere: Option<String>,
}

impl Session {
    /// What its times are counted from.
    #[must_use]
    pub const fn clocks(&self) -> Clocks {
        Clocks {
            turn_since: self.turn_since,
            last_customer_at: self.last_customer_at,
            last_agent_at: self.last_agent_at,
            warned_at: self.warned_at,
        }
    }

    /// Is there something to rate? It is over, and somebody answered in it.
    #[must_use]
    pub fn can_be_rated(&self) -> bool {
        self.state == ServiceState::Ended && self.first_reply_at.is_some()
    }
}

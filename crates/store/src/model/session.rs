//! A change of a session with what is said and noted along with it, and what is logged of it.

use std::sync::Arc;

use kefu_domain::{
    AgentId, BrandId, Content, ConversationId, OutboxId, Session, SessionId, Source, UnixMs,
    session::{Clocks, Command, Effect},
};

use super::{Conversation, Way};

/// Something that this system says to the customer along with a session change.
#[derive(Debug, Clone, PartialEq)]
pub struct Say {
    /// Idempotency: unique in the conversation.
    pub key: String,
    /// What.
    pub content: Content,
    /// `None`: shown on our own surfaces only.
    pub way: Option<Way>,
    /// For an outbox row.
    pub outbox: OutboxId,
}

/// A private note or inner line to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineDraft {
    /// Author or cause.
    pub agent: Option<AgentId>,
    /// `None`: a private note.
    pub event: Option<String>,
    /// Words or details.
    pub text: String,
}

/// What whoever acts on a session saw of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Messages up to this one; a later one of the customer was not seen.
    Upto(u64),
    /// Its clocks; what time brings about is not due any more if one of them moved.
    Clocks(Clocks),
}

/// A change of a session, with what is said and noted along with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// The tenant.
    pub brand: BrandId,
    /// The session.
    pub session: SessionId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// What happens.
    pub command: Command,
    /// Now.
    pub at: UnixMs,
    /// Limit of the agent who gets it; refused with
    /// [`StoreError::AtCapacity`](super::StoreError::AtCapacity) if reached.
    pub limit: Option<u32>,
    /// Refused with [`StoreError::ThreadMoved`](super::StoreError::ThreadMoved) if the thread went on
    /// since.
    pub seen: Option<Seen>,
    /// Said to the customer.
    pub say: Vec<Say>,
    /// Noted for agents.
    pub line: Option<LineDraft>,
    /// The decision behind it, as JSON.
    pub explanation: Option<String>,
    /// The decision in one line.
    pub why: Option<String>,
}

impl Act {
    /// The command alone: nothing is said, noted or asked beside it.
    #[must_use]
    pub const fn new(
        brand: BrandId,
        conversation: ConversationId,
        session: SessionId,
        command: Command,
        at: UnixMs,
    ) -> Self {
        Self {
            brand,
            session,
            conversation,
            command,
            at,
            limit: None,
            seen: None,
            say: Vec::new(),
            line: None,
            explanation: None,
            why: None,
        }
    }
}

/// A session was changed.
#[derive(Debug, Clone)]
pub struct Acted {
    /// As it is now.
    pub conversation: Arc<Conversation>,
    /// What it did to assignments.
    pub effects: Vec<Effect>,
}

/// A session as past receptions show it.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionRow {
    /// The session.
    pub session: Session,
    /// Where the customer came from.
    pub source: Option<Source>,
    /// Messages in it.
    pub messages: u64,
}

/// An assignment as logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The session.
    pub session: SessionId,
    /// Who.
    pub agent: AgentId,
    /// Its number in the session.
    pub fence: u64,
    /// Was offered, not given.
    pub offered: bool,
    /// From.
    pub opened_at: UnixMs,
    /// Accepted, for offers.
    pub accepted_at: Option<UnixMs>,
    /// To.
    pub closed_at: Option<UnixMs>,
    /// Why it ended.
    pub reason: Option<String>,
    /// The decision, as JSON.
    pub explanation: Option<String>,
}

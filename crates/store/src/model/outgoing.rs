//! A message to a customer, and the way it goes.

use kefu_domain::{AgentId, BrandId, Content, ConversationId, EntryPointId, OutboxId, UnixMs};

/// Who answers a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The agent who has the session under this fence.
    Agent {
        /// Who.
        agent: AgentId,
        /// The assignment's number; `None`: the present one, if it is theirs.
        fence: Option<u64>,
    },
    /// This system.
    System,
    /// A bot.
    Assistant,
}

/// The way out of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// The door; refused with [`StoreError::EntryMoved`](super::StoreError::EntryMoved) if the
    /// customer uses another one by now.
    pub entry_point: EntryPointId,
    /// Leaves by an outbox row.
    pub outside: bool,
    /// Takes a credit.
    pub credits: bool,
    /// What the outbox row is, [`OutboxRow::kind`](super::OutboxRow::kind).
    pub kind: &'static str,
}

impl Way {
    /// The way of last words where the platform ends a session of its own with ours: they cost
    /// nothing.
    #[must_use]
    pub const fn ending(self) -> Self {
        Self {
            credits: false,
            kind: END,
            ..self
        }
    }
}

/// The kind of an outbox row that ends the platform's own session, with its message as last words.
pub const END: &str = "end";

/// The kind of an outbox row that carries a message as such.
pub const MESSAGE: &str = "message";

/// A message to a customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// The tenant.
    pub brand: BrandId,
    /// The thread.
    pub conversation: ConversationId,
    /// From whom.
    pub author: Author,
    /// The author's id for it.
    pub key: String,
    /// What.
    pub content: Content,
    /// Now.
    pub at: UnixMs,
    /// The author has seen up to here; if the customer wrote later, refuse.
    pub seen_seq: Option<u64>,
    /// The way.
    pub way: Way,
    /// For an outbox row.
    pub outbox: OutboxId,
    /// When to look whether the customer is away and has not seen it; `None`: nobody wants to know.
    pub away_at: Option<UnixMs>,
}

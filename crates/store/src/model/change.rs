//! The feed of committed changes.

use std::sync::Arc;

use kefu_domain::{
    AgentId, BrandId, ConversationId, EntryPointId, Message, TeamId, message::Line, session::Effect,
};

use super::{Conversation, Handoff};

/// One committed change, in commit order.
#[derive(Debug, Clone)]
pub enum Change {
    /// A new message, or a changed one (`rev` above 0).
    Message {
        /// The tenant.
        brand: BrandId,
        /// As stored.
        message: Arc<Message>,
        /// Who has the session, for the shortest way to a screen.
        agent: Option<AgentId>,
    },
    /// A note or inner line.
    Line {
        /// The tenant.
        brand: BrandId,
        /// As stored.
        line: Arc<Line>,
        /// Who has the session.
        agent: Option<AgentId>,
    },
    /// A session was opened or changed.
    Session {
        /// As it is now.
        conversation: Arc<Conversation>,
        /// What it did to assignments.
        effects: Vec<Effect>,
        /// New with this change.
        opened: bool,
        /// Team it waited for before, if it waited.
        waited_for: Option<TeamId>,
    },
    /// Read marks, source, customer card, credits.
    Conversation {
        /// As it is now.
        conversation: Arc<Conversation>,
    },
    /// Its customer goes on elsewhere, and anonymous tokens for it are void.
    Carried {
        /// Which.
        conversation: ConversationId,
    },
    /// A handoff was made or moved on.
    Handoff {
        /// As it is now.
        handoff: Arc<Handoff>,
    },
    /// There is something to send.
    Outbox {
        /// For whom.
        brand: BrandId,
    },
    /// A platform account has news to pull.
    Pull {
        /// The account's door.
        entry_point: EntryPointId,
    },
    /// A brand's own systems are to be told something, or a customer may be away.
    Hook,
    /// A platform told something that asks for an act.
    Told,
    /// A file is to be fetched.
    Fetch,
    /// A brand's set-up changed.
    Setup {
        /// Whose.
        brand: BrandId,
    },
}

/// Hears every commit, in order, on a thread of the store: it must be quick and never block.
pub trait ChangeSink: Send + Sync {
    /// These were committed together.
    fn changed(&self, changes: &[Change]);
}

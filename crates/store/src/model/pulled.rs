//! What a page pulled from a platform holds, and where the pull stands.

use kefu_domain::{
    AgentId, BrandId, ConnectionId, Content, EntryPointId, Failure, OutboxId, SessionId, UnixMs,
};

use super::{Enter, Inbound, Kept, LineDraft, Party};

/// One item of a page pulled from a platform.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// A customer's message.
    Message(Inbound),
    /// A customer entered.
    Enter(Enter),
    /// A customer cannot be reached through this door any more.
    Left {
        /// The tenant.
        brand: BrandId,
        /// The door.
        entry_point: EntryPointId,
        /// Who.
        party: Party,
        /// The platform's id of it.
        key: String,
        /// When they left, by the platform's clock. Whoever came back since has not left.
        left_at: UnixMs,
        /// Now.
        at: UnixMs,
    },
    /// A message of ours did not arrive.
    Failed {
        /// The tenant.
        brand: BrandId,
        /// Our row.
        outbox: OutboxId,
        /// Why.
        failure: Failure,
    },
    /// A member answered in the platform's own client.
    Servicer(Servicer),
    /// The platform's own session moved.
    Moved(Moved),
    /// A message was taken back by whoever wrote it.
    Recalled {
        /// The tenant.
        brand: BrandId,
        /// The door.
        entry_point: EntryPointId,
        /// The platform's id of it.
        key: String,
    },
    /// Something that nobody acts on: kept beside what callbacks told, once.
    Told(ToldInPage),
}

/// Something in a page that is only kept. A customer whom it is about and who has a thread gets a
/// line in it; nobody is made, no session is opened, and nothing is unread.
#[derive(Debug, Clone, PartialEq)]
pub struct ToldInPage {
    /// The tenant.
    pub brand: BrandId,
    /// Whose platform told it.
    pub connection: ConnectionId,
    /// The door.
    pub entry_point: EntryPointId,
    /// As it came.
    pub kept: Kept,
    /// Whom it is about, and the line for agents.
    pub about: Option<(Party, LineDraft)>,
    /// Now.
    pub at: UnixMs,
}

/// A message of a member in the platform's own client. It says who has the session now; a session is
/// opened for it unless the last one ended after it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Servicer {
    /// The tenant.
    pub brand: BrandId,
    /// The door.
    pub entry_point: EntryPointId,
    /// The customer.
    pub party: Party,
    /// See [`kefu_domain::message::outside_key`].
    pub key: String,
    /// Who wrote.
    pub userid: String,
    /// The agent of ours who is this member.
    pub agent: Option<AgentId>,
    /// What.
    pub content: Content,
    /// The platform's time of it.
    pub said_at: UnixMs,
    /// If a session has to be opened.
    pub session: SessionId,
    /// Now.
    pub at: UnixMs,
}

/// The platform's own session moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// The tenant.
    pub brand: BrandId,
    /// The door.
    pub entry_point: EntryPointId,
    /// The customer.
    pub party: Party,
    /// The platform's id of the event; the same again changes nothing.
    pub key: String,
    /// To whom: a member, and the agent of ours who is this member; `None`: it ended.
    pub to: Option<(String, Option<AgentId>)>,
    /// If a session has to be opened.
    pub session: SessionId,
    /// Now.
    pub at: UnixMs,
}

/// Where a pull of a platform account stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CursorMove {
    /// The account's door.
    pub entry_point: EntryPointId,
    /// The cursor that this page was asked with; another one stored meanwhile refuses the page.
    pub from: String,
    /// The next one.
    pub to: String,
    /// Of the last page: the bell that this pull answered.
    pub answers: Option<UnixMs>,
}

/// A door with news to be pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// The tenant.
    pub brand: BrandId,
    /// The door.
    pub entry_point: EntryPointId,
    /// What the last bell that had a token gave.
    pub token: Option<String>,
    /// Where the next pull goes on.
    pub cursor: String,
    /// When the last bell rang.
    pub bell: UnixMs,
    /// Not before.
    pub next_at: UnixMs,
    /// Pulls without success since the last that had one.
    pub tries: u32,
}

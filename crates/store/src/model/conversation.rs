//! A conversation as the store keeps it, and what a list shows of many.

use std::sync::Arc;

use kefu_domain::{
    AgentId, BrandId, ConversationId, Credits, CustomerId, Delivery, EntryPointId, IdentityId,
    KfAccountId, Origin, Session, Snooze, Source, TeamId, UnixMs,
};

/// The card of a customer that stands on every conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomerCard {
    /// Who.
    pub id: CustomerId,
    /// Shown.
    pub name: String,
    /// Portrait.
    pub avatar_media_id: Option<String>,
    /// `vip`, `regular`, `new`.
    pub mark: Option<String>,
    /// May not write.
    pub blocked: bool,
    /// Who owns the customer.
    pub owner: Option<AgentId>,
    /// What they speak, BCP 47.
    pub language: Option<String>,
}

/// The newest message, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    /// Who it is from.
    pub origin: Origin,
    /// Its type, or `recalled` if it was taken back: nothing of it is shown then.
    pub msgtype: String,
    /// First characters.
    pub preview: String,
    /// When.
    pub sent_at: UnixMs,
    /// What became of it.
    pub delivery: Option<Delivery>,
}

/// A conversation with its open or last session.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// The tenant.
    pub brand: BrandId,
    /// The face.
    pub kf_account: KfAccountId,
    /// The person.
    pub customer: CustomerCard,
    /// The door of the customer's last message: replies go out by it.
    pub entry_point: EntryPointId,
    /// The customer as that door knows them.
    pub identity: IdentityId,
    /// What that door calls them (openid, external_userid); empty for our own doors.
    pub address: String,
    /// Highest message number.
    pub last_seq: u64,
    /// Highest change number.
    pub last_rev: u64,
    /// Highest line number.
    pub last_line: u64,
    /// The customer has read up to here.
    pub customer_read_seq: u64,
    /// An agent has read up to here.
    pub agent_read_seq: u64,
    /// Customer messages after `agent_read_seq`.
    pub unread: u32,
    /// The send window, if the door has one.
    pub credits: Option<Credits>,
    /// Where the customer came from, last.
    pub source: Option<Source>,
    /// Who served last.
    pub last_agent: Option<AgentId>,
    /// Put off, if anyone did; whether it still stands is for [`Snooze::stands`] to say.
    pub snooze: Option<Snooze>,
    /// How many sessions so far.
    pub sessions: u64,
    /// First contact.
    pub created_at: UnixMs,
    /// The newest message.
    pub last: Option<Last>,
    /// The open session, else the last one.
    pub session: Option<Session>,
}

/// Which conversations a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Open sessions of this agent.
    pub agent: Option<AgentId>,
    /// Open sessions of everyone but this agent.
    pub not_agent: Option<AgentId>,
    /// Session states.
    pub states: Vec<u8>,
    /// Teams.
    pub teams: Vec<TeamId>,
    /// A face.
    pub kf_account: Option<KfAccountId>,
    /// A person.
    pub customer: Option<CustomerId>,
    /// Doors.
    pub entry_points: Vec<EntryPointId>,
    /// Open sessions of this priority at least; 0: any, and without one.
    pub priority: u32,
    /// Customers with this mark.
    pub mark: Option<String>,
    /// In which order.
    pub order: ListOrder,
    /// `next` of the page before.
    pub before: Option<(UnixMs, ConversationId)>,
    /// Rows.
    pub limit: u32,
}

/// A page of a list of conversations.
#[derive(Debug, Clone, Default)]
pub struct ListPage {
    /// Its rows.
    pub rows: Vec<Arc<Conversation>>,
    /// After which place the next page begins, if there is one. It is where the last row is listed,
    /// which may be behind what the row itself says.
    pub next: Option<(UnixMs, ConversationId)>,
}

/// By what a list of conversations is ordered; ties by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ListOrder {
    /// Newest activity first.
    #[default]
    Activity,
    /// Oldest place in the queue first.
    Waiting,
    /// Newest session first; without an open one, newest conversation.
    Created,
    /// Highest priority first.
    Priority,
}

/// An agent was named in a note and has not looked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The thread.
    pub conversation: ConversationId,
    /// The note.
    pub no: u64,
    /// Who wrote it.
    pub by: Option<AgentId>,
    /// The note's words.
    pub text: String,
    /// When.
    pub at: UnixMs,
}

/// A found message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where.
    pub conversation: ConversationId,
    /// Its number.
    pub seq: u64,
    /// When.
    pub sent_at: UnixMs,
    /// Around the words.
    pub snippet: String,
    /// Who the thread is with.
    pub customer_name: String,
}

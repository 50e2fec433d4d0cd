//! What goes into the store and what comes out: commands, rows and the feed of changes.

pub use kefu_domain::Source;

use std::sync::Arc;

use kefu_domain::{
    AgentId, BrandId, ConnectionId, Content, ConversationId, Credits, CustomerId, Delivery,
    EntryPointId, Failure, FanGroupId, HandoffId, HookCallId, IdentityId, KfAccountId, Message,
    MessageId, Origin, OutboxId, Session, SessionId, Snooze, SpecialistId, TeamId, UnixMs,
    WebhookId,
    credit::{Closed, Grant},
    message::Line,
    session::{Command, Effect, Refusal},
};
use serde::{Deserialize, Serialize};

/// Why the store did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No such row for this brand.
    #[error("not found")]
    NotFound,
    /// The rules say no; nothing changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The agent's limit is reached.
    #[error("the reception limit is reached")]
    AtCapacity,
    /// The customer wrote after what the author had seen.
    #[error("the thread moved on to {0}")]
    ThreadMoved(u64),
    /// The client message id was used for other content.
    #[error("the id was used for other content")]
    IdempotencyConflict,
    /// The send window is closed.
    #[error(transparent)]
    Window(#[from] kefu_domain::credit::Closed),
    /// The customer is blocked.
    #[error("the customer is blocked")]
    Blocked,
    /// A unique name is taken, or the row changed since it was read.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The way out changed while the message was prepared: prepare it again.
    #[error("the entry point changed")]
    EntryMoved,
    /// The store cannot take it now: nothing is stored, or the outcome is unknown. Repeat with the
    /// same id.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// No room on the disk.
    #[error("no space left")]
    NoSpace,
    /// A stored row does not match its checksum.
    #[error("corrupt: {0}")]
    Corrupt(String),
}

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
    /// Its type.
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

/// Who wrote to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// Someone who came through a door of ours and has a conversation already.
    Known {
        /// The conversation.
        conversation: ConversationId,
        /// The identity, which is the scope of client message ids.
        identity: IdentityId,
    },
    /// A user of a platform: found, or made with these ids.
    Upstream {
        /// The face they wrote to.
        kf_account: KfAccountId,
        /// What the platform calls them.
        address: String,
        /// Ids for what has to be made.
        fresh: Fresh,
    },
}

/// Ids for a customer that may have to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fresh {
    /// The person.
    pub customer: CustomerId,
    /// The person as this door knows them.
    pub identity: IdentityId,
    /// Their thread.
    pub conversation: ConversationId,
}

/// How a session is opened, if the message needs one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// Its id.
    pub session: SessionId,
    /// Into this team's queue, also if the open session is not in a queue yet; `None`: stay in
    /// state 0.
    pub queue: Option<TeamId>,
    /// Higher goes first.
    pub priority: i32,
}

/// A customer's message on its way in.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbound {
    /// The tenant.
    pub brand: BrandId,
    /// The door.
    pub entry_point: EntryPointId,
    /// Who.
    pub party: Party,
    /// The sender's id for it, unique per identity (our doors) or entry point (platforms).
    pub key: String,
    /// What they say.
    pub content: Content,
    /// Now.
    pub at: UnixMs,
    /// What it grants, and since when.
    pub grant: Option<(Grant, UnixMs)>,
    /// What if there is no open session.
    pub opening: Opening,
}

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

/// A customer entered: attribution, and perhaps leave to speak.
#[derive(Debug, Clone, PartialEq)]
pub struct Enter {
    /// The tenant.
    pub brand: BrandId,
    /// The door.
    pub entry_point: EntryPointId,
    /// Who.
    pub party: Party,
    /// The platform's id of it; the same again changes nothing.
    pub key: String,
    /// From where.
    pub source: Source,
    /// The hash of the one-time code they bring: whose visitor they were.
    pub carried: Option<[u8; 32]>,
    /// What entering grants, and since when.
    pub grant: Option<(Grant, UnixMs)>,
    /// Now.
    pub at: UnixMs,
}

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

/// Where a pull of a platform account stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CursorMove {
    /// The account's door.
    pub entry_point: EntryPointId,
    /// The cursor that this page was asked with; another one stored meanwhile refuses the page.
    pub from: String,
    /// The next one.
    pub to: String,
}

/// A message was filed, or had been before; for an [`Enter`] there is none, and `seq` is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filed {
    /// Where.
    pub conversation: ConversationId,
    /// Its number.
    pub seq: u64,
    /// When it was filed.
    pub sent_at: UnixMs,
    /// It was there already.
    pub duplicate: bool,
}

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
    /// The door; refused with [`StoreError::EntryMoved`] if the customer uses another one by now.
    pub entry_point: EntryPointId,
    /// Leaves by an outbox row.
    pub outside: bool,
    /// Takes a credit.
    pub credits: bool,
    /// What the outbox row is, [`OutboxRow::kind`].
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
    /// Limit of the agent who gets it; refused with [`StoreError::AtCapacity`] if reached.
    pub limit: Option<u32>,
    /// Said to the customer.
    pub say: Vec<Say>,
    /// Noted for agents.
    pub line: Option<LineDraft>,
    /// The decision behind it, as JSON.
    pub explanation: Option<String>,
    /// The decision in one line.
    pub why: Option<String>,
}

/// A session was changed.
#[derive(Debug, Clone)]
pub struct Acted {
    /// As it is now.
    pub conversation: Arc<Conversation>,
    /// What it did to assignments.
    pub effects: Vec<Effect>,
}

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

/// A customer who may not have seen the newest words of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away {
    /// The tenant.
    pub brand: BrandId,
    /// Where.
    pub conversation: ConversationId,
    /// The newest of the words.
    pub seq: u64,
    /// When the first of them was filed.
    pub since: UnixMs,
}

/// An event for one webhook of a brand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookCall {
    /// The event's id.
    pub id: HookCallId,
    /// The tenant.
    pub brand: BrandId,
    /// For which.
    pub webhook: WebhookId,
    /// Like `message.away`.
    pub event: String,
    /// JSON, as it is sent.
    pub body: String,
    /// When it was made.
    pub created_at: UnixMs,
    /// When the present round of tries began.
    pub first_at: UnixMs,
    /// Tries of this round, the one under way included.
    pub attempts: u32,
    /// `pending`, `done`, `dead`.
    pub state: OutboxState,
    /// The next try, while pending.
    pub due_at: Option<UnixMs>,
    /// The last twelve.
    pub tries: Vec<HookTry>,
    /// The store's own order.
    pub no: i64,
}

/// One try of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookTry {
    /// When it began.
    pub at: UnixMs,
    /// How long it took.
    pub ms: u32,
    /// The answer's, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it failed; `None`: taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// What follows a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookNext {
    /// Taken.
    Done,
    /// Again then.
    Retry(UnixMs),
    /// Given up.
    Dead,
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

/// Hears every commit, in order, on the writing thread: it must be quick and never block.
pub trait ChangeSink: Send + Sync {
    /// These were committed together.
    fn changed(&self, changes: &[Change]);
}

/// A person as stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Customer {
    /// The card.
    pub card: CustomerCard,
    /// Words on them.
    pub tags: Vec<String>,
    /// What agents call them.
    pub remark: String,
    /// Phone.
    pub phone: String,
    /// Facts by name, as JSON.
    pub attributes: String,
    /// First contact.
    pub created_at: UnixMs,
    /// Grows with each change.
    pub rev: u64,
}

/// A person as one entry point knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// The person.
    pub customer: CustomerId,
    /// The door.
    pub entry_point: EntryPointId,
    /// `visitor`, `signed`, `external_userid`, `unionid`, …
    pub kind: String,
    /// What they are called there.
    pub value: String,
    /// Why we believe it, as JSON.
    pub evidence: String,
    /// When it was linked.
    pub created_at: UnixMs,
}

/// A note on a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerNote {
    /// Number.
    pub id: i64,
    /// Author.
    pub agent: Option<AgentId>,
    /// Words.
    pub text: String,
    /// When.
    pub created_at: UnixMs,
}

/// A visitor opens our door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitorOpen {
    /// The tenant.
    pub brand: BrandId,
    /// The face.
    pub kf_account: KfAccountId,
    /// The door.
    pub entry_point: EntryPointId,
    /// SHA-256 of the token that they get.
    pub token_hash: [u8; 32],
    /// When it lapses.
    pub expires_at: UnixMs,
    /// Proven by the brand: `sub` of a signed identity.
    pub signed: Option<String>,
    /// The token they came with, if it is to be replaced by a new one: its hash.
    pub previous: Option<[u8; 32]>,
    /// Shown, if new or better known now.
    pub name: String,
    /// The name comes from the brand and replaces another.
    pub name_is_proven: bool,
    /// What they speak.
    pub language: Option<String>,
    /// Where they are.
    pub source: Option<Source>,
    /// Ids for what has to be made.
    pub fresh: Fresh,
    /// Now.
    pub at: UnixMs,
}

/// Who stands behind a visitor's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visitor {
    /// The tenant.
    pub brand: BrandId,
    /// The door.
    pub entry_point: EntryPointId,
    /// The identity.
    pub identity: IdentityId,
    /// The thread.
    pub conversation: ConversationId,
    /// The person.
    pub customer: CustomerId,
}

/// An agent's sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The tenant.
    pub brand: BrandId,
    /// Who.
    pub agent: AgentId,
    /// When it lapses.
    pub expires_at: UnixMs,
}

/// A stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRow {
    /// Its id.
    pub id: kefu_domain::MediaId,
    /// The tenant.
    pub brand: BrandId,
    /// The thread it may be seen in; `None`: brand-wide (avatars, codes).
    pub conversation: Option<ConversationId>,
    /// Content hash, hex SHA-256.
    pub hash: String,
    /// As named.
    pub name: String,
    /// Sniffed.
    pub mime: String,
    /// Bytes.
    pub size: u64,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
    /// When.
    pub created_at: UnixMs,
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

/// What an agent said about themselves last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentState {
    /// Who.
    pub agent: AgentId,
    /// Takes customers or not.
    pub availability: kefu_domain::routing::Availability,
    /// Of a break.
    pub reason: String,
    /// Since when.
    pub since_at: UnixMs,
}

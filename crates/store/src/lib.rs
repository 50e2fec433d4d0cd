#![doc = include_str!("../README.md")]
//!
//! # The traits
//!
//! Narrow ones per entity; a backend implements all of them ([`Store`]). A write is one transaction;
//! writes of one caller task that are started in order are committed in order. The store knows no
//! channel, no socket, no queue and no clock: times and ids arrive as arguments.

use std::sync::Arc;

use async_trait::async_trait;
use kefu_domain::{
    AgentId, BrandId, ConnectionId, ConversationId, CustomerId, EntryPointId, Failure, HandoffId,
    HookCallId, IdentityId, MediaId, Message, MessageId, OutboxId, SessionId, UnixMs, WebhookId,
    message::Line,
    setup::{Entry, Row},
};

#[cfg(test)]
mod contract;
mod model;
pub mod sqlite;

pub use model::*;

/// What a call to the store ends in.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A set-up row with its entry still as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRow {
    /// The kind, [`Entry::KIND`].
    pub kind: String,
    /// Its id.
    pub id: u128,
    /// The entry.
    pub body: String,
    /// Grows with each change.
    pub rev: u64,
    /// When it was made.
    pub created_at: UnixMs,
}

/// A change of set-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// The tenant.
    pub brand: BrandId,
    /// The kind.
    pub kind: &'static str,
    /// The row.
    pub id: u128,
    /// Must be unique for the kind in the brand.
    pub key: Option<String>,
    /// The entry as JSON; `None` deletes.
    pub body: Option<String>,
    /// The `rev` it was read at; another one stored is a conflict. `None`: whatever is there.
    pub expected_rev: Option<u64>,
    /// Now.
    pub at: UnixMs,
}

impl Put {
    /// Writes an entry.
    pub fn entry<T: Entry>(
        brand: BrandId,
        entry: &T,
        expected_rev: Option<u64>,
        at: UnixMs,
    ) -> Self {
        Self {
            brand,
            kind: T::KIND,
            id: entry.raw_id(),
            key: entry.key(),
            // Plain data into a string cannot fail.
            body: Some(serde_json::to_string(entry).unwrap_or_default()),
            expected_rev,
            at,
        }
    }
}

/// A brand's set-up: few rows, read whole, changed by administrators.
#[async_trait]
pub trait SetupStore: Send + Sync {
    /// All brands.
    async fn brands(&self) -> Result<Vec<BrandId>>;
    /// All rows of a brand.
    async fn setup(&self, brand: BrandId) -> Result<Vec<RawRow>>;
    /// Writes or deletes a row; answers its new `rev`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if its key is taken or its `rev` is another one.
    async fn put(&self, put: Put) -> Result<u64>;
}

/// Reads one entry of a raw row.
///
/// # Errors
/// [`StoreError::Corrupt`] if the body is not one.
pub fn read_row<T: Entry>(raw: &RawRow) -> Result<Row<T>> {
    let entry = serde_json::from_str(&raw.body)
        .map_err(|error| StoreError::Corrupt(format!("{} {error}", raw.kind)))?;
    Ok(Row {
        entry,
        rev: raw.rev,
        created_at: raw.created_at,
    })
}

/// Passwords, sign-ins, tickets and visitor tokens. Secrets arrive hashed.
#[async_trait]
pub trait AccessStore: Send + Sync {
    /// Sets an agent's password (a PHC string).
    async fn set_password(
        &self,
        brand: BrandId,
        agent: AgentId,
        hash: String,
        must_change: bool,
    ) -> Result<()>;
    /// An agent's password and whether it must be changed.
    async fn password(&self, brand: BrandId, agent: AgentId) -> Result<Option<(String, bool)>>;
    /// Keeps a sign-in under the hash of its cookie.
    async fn sign_in(&self, token_hash: [u8; 32], login: Login) -> Result<()>;
    /// The sign-in behind a cookie, if it has not lapsed at `now`.
    async fn login(&self, token_hash: [u8; 32], now: UnixMs) -> Result<Option<Login>>;
    /// Moves a sign-in's end.
    async fn extend_login(&self, token_hash: [u8; 32], expires_at: UnixMs) -> Result<()>;
    /// Ends one sign-in.
    async fn sign_out(&self, token_hash: [u8; 32]) -> Result<()>;
    /// Ends all sign-ins of an agent.
    async fn sign_out_everywhere(&self, brand: BrandId, agent: AgentId) -> Result<()>;
    /// Keeps a one-time ticket.
    async fn put_ticket(&self, ticket_hash: [u8; 32], login: Login) -> Result<()>;
    /// Takes a ticket: it works once.
    async fn take_ticket(&self, ticket_hash: [u8; 32], now: UnixMs) -> Result<Option<Login>>;
    /// Finds or makes the customer behind a visitor and keeps the token; one transaction. A signed id
    /// is one person over all doors of the brand; a visitor who signs in keeps the thread, unless
    /// that id is known already or they signed in as somebody else before. The token that is replaced
    /// works for ten more minutes, because the answer with its successor may be lost.
    async fn open_visitor(&self, open: VisitorOpen) -> Result<Visitor>;
    /// Who stands behind a visitor's token, if it has not lapsed at `now`.
    async fn visitor(&self, token_hash: [u8; 32], now: UnixMs) -> Result<Option<Visitor>>;
    /// Removes what lapsed before `now`; a sweep.
    async fn forget_lapsed(&self, now: UnixMs) -> Result<u64>;
}

/// What agents said about themselves.
#[async_trait]
pub trait AgentStateStore: Send + Sync {
    /// Keeps it.
    async fn set_agent_state(&self, brand: BrandId, state: AgentState) -> Result<()>;
    /// All of a brand.
    async fn agent_states(&self, brand: BrandId) -> Result<Vec<AgentState>>;
}

/// Customers.
#[async_trait]
pub trait CustomerStore: Send + Sync {
    /// One customer.
    async fn customer(&self, brand: BrandId, id: CustomerId) -> Result<Customer>;
    /// Changes what people write about a customer; the card on conversations follows.
    async fn update_customer(&self, brand: BrandId, customer: Customer) -> Result<Customer>;
    /// By name, remark, phone or id, newest contact first.
    async fn find_customers(
        &self,
        brand: BrandId,
        words: &str,
        before: Option<CustomerId>,
        limit: u32,
    ) -> Result<Vec<Customer>>;
    /// How each door knows them.
    async fn identities(&self, brand: BrandId, customer: CustomerId) -> Result<Vec<Identity>>;
    /// Who a platform's user is.
    async fn identity(
        &self,
        brand: BrandId,
        entry_point: EntryPointId,
        kind: &str,
        value: &str,
    ) -> Result<Option<Identity>>;
    /// Adds a note.
    async fn add_note(
        &self,
        brand: BrandId,
        customer: CustomerId,
        agent: Option<AgentId>,
        text: String,
        at: UnixMs,
    ) -> Result<CustomerNote>;
    /// Notes, newest first.
    async fn notes(&self, brand: BrandId, customer: CustomerId) -> Result<Vec<CustomerNote>>;
    /// Takes over a profile (name, portrait) that a platform told; what an agent wrote stays.
    async fn set_profile(
        &self,
        brand: BrandId,
        customer: CustomerId,
        name: Option<String>,
        avatar_media_id: Option<String>,
        unionid: Option<(EntryPointId, IdentityId, String)>,
        at: UnixMs,
    ) -> Result<()>;
    /// The last pages a customer looked at.
    async fn footstep(&self, brand: BrandId, customer: CustomerId, source: Source) -> Result<()>;
    /// The last 20, newest first.
    async fn footsteps(&self, brand: BrandId, customer: CustomerId) -> Result<Vec<Source>>;
}

/// Threads: the hot path.
#[async_trait]
pub trait ThreadStore: Send + Sync {
    /// Files a customer's message: dedupe, find or open conversation and session, next `seq`.
    async fn file(&self, inbound: Inbound) -> Result<Filed>;
    /// Files a pulled page and moves the cursor, all in one transaction. A page asked with another
    /// cursor than the stored one changes nothing ([`StoreError::Conflict`]). An item that cannot
    /// be filed (blocked customer, unknown row) is skipped.
    async fn file_page(
        &self,
        items: Vec<Incoming>,
        cursor: Option<CursorMove>,
    ) -> Result<Vec<Option<Filed>>>;
    /// Files a message to the customer, and its outbox row if the way leads outside.
    async fn send(&self, outgoing: Outgoing) -> Result<Filed>;
    /// Files the parts of one message to the customer: all of them, or none
    /// ([`StoreError::Window`] if the way has not enough credits for all). Answers the first.
    async fn send_parts(&self, parts: Vec<Outgoing>) -> Result<Filed>;
    /// What an agent said under this id of theirs, wherever it was.
    async fn said(&self, brand: BrandId, agent: AgentId, key: &str) -> Result<Option<MessageId>>;
    /// Writes a note or line.
    async fn note(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        key: Option<String>,
        draft: LineDraft,
        at: UnixMs,
    ) -> Result<Line>;
    /// Moves the customer's read mark forward.
    async fn customer_read(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        seq: u64,
    ) -> Result<()>;
    /// Moves the agents' read mark forward.
    async fn agent_read(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        seq: u64,
    ) -> Result<()>;
    /// Takes a message back; `by`: only its author may.
    async fn recall(&self, brand: BrandId, id: MessageId, by: Option<AgentId>) -> Result<()>;
    /// Replaces the content of a message (survey answered, card moved on, file fetched). The sender's
    /// id still stands for what was said first.
    async fn amend(
        &self,
        brand: BrandId,
        id: MessageId,
        content: kefu_domain::Content,
    ) -> Result<()>;
    /// The conversation of a party; what is missing is made.
    async fn resolve(
        &self,
        brand: BrandId,
        entry_point: EntryPointId,
        party: Party,
        at: UnixMs,
    ) -> Result<ConversationId>;
    /// Puts a conversation off, or takes that back.
    async fn snooze(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        snooze: Option<kefu_domain::Snooze>,
    ) -> Result<()>;
    /// Sets where the customer came from, or looks now.
    async fn set_source(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        source: Source,
    ) -> Result<()>;
    /// One conversation, exact to the last commit.
    async fn conversation(&self, brand: BrandId, id: ConversationId) -> Result<Arc<Conversation>>;
    /// A page of a list; rows are exact, the order of activity may lag by a second.
    async fn conversation_page(&self, brand: BrandId, query: ListQuery) -> Result<ListPage>;
    /// The rows of a page.
    async fn conversations(
        &self,
        brand: BrandId,
        query: ListQuery,
    ) -> Result<Vec<Arc<Conversation>>> {
        Ok(self.conversation_page(brand, query).await?.rows)
    }
    /// Messages with `after < seq < before`, oldest first; with `newest`, the last `limit` of them;
    /// 1,000 at most. A gap is [`StoreError::Corrupt`].
    async fn messages(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        after: u64,
        before: Option<u64>,
        newest: bool,
        limit: u32,
    ) -> Result<Vec<Message>>;
    /// Messages changed after `rev`.
    async fn changed(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        after_rev: u64,
        limit: u32,
    ) -> Result<Vec<Message>>;
    /// Lines with `after_seq` in the range, oldest first.
    async fn lines(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        from_seq: u64,
        to_seq: u64,
    ) -> Result<Vec<Line>>;
    /// Messages with all these words of two characters or more, newest first, 200 at most. It may lag
    /// by a second, by more under load.
    async fn search(&self, brand: BrandId, words: &str, limit: u32) -> Result<Vec<Found>>;
}

/// Who was named in notes.
#[async_trait]
pub trait MentionStore: Send + Sync {
    /// Keeps who is named in a line; the same again changes nothing.
    async fn mention(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        no: u64,
        agents: Vec<AgentId>,
    ) -> Result<()>;
    /// Notes that name an agent who has not looked yet, newest first.
    async fn mentions(&self, brand: BrandId, agent: AgentId, limit: u32) -> Result<Vec<Mention>>;
    /// The agent has looked at this thread.
    async fn mentions_seen(
        &self,
        brand: BrandId,
        agent: AgentId,
        conversation: ConversationId,
    ) -> Result<()>;
}

/// Sessions and assignments.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Applies a command to a session.
    async fn act(&self, act: Act) -> Result<Acted>;
    /// All conversations with an open session, for a rebuild.
    async fn open_sessions(&self, brand: BrandId) -> Result<Vec<Arc<Conversation>>>;
    /// A conversation's sessions, newest first.
    async fn sessions(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        limit: u32,
    ) -> Result<Vec<SessionRow>>;
    /// The conversation of a session.
    async fn session_conversation(
        &self,
        brand: BrandId,
        session: SessionId,
    ) -> Result<ConversationId>;
    /// A session's assignments, oldest first.
    async fn assignments(&self, brand: BrandId, session: SessionId) -> Result<Vec<Assignment>>;
    /// Assignments, offers included, that were open at `since` or later, by session and fence, after
    /// this one; an audit, which reads them all.
    async fn assignments_since(
        &self,
        brand: BrandId,
        since: UnixMs,
        after: Option<(SessionId, u64)>,
        limit: u32,
    ) -> Result<Vec<Assignment>>;
    /// Sessions opened or ended since then, for figures.
    async fn sessions_since(
        &self,
        brand: BrandId,
        since: UnixMs,
    ) -> Result<Vec<kefu_domain::Session>>;
}

/// Handoffs.
#[async_trait]
pub trait HandoffStore: Send + Sync {
    /// Keeps a new handoff; the same again changes nothing.
    async fn put_handoff(&self, handoff: Handoff) -> Result<()>;
    /// Changes it by what `step` says; backward steps change nothing. Answers the row.
    async fn advance_handoff(
        &self,
        brand: BrandId,
        id: HandoffId,
        step: HandoffStep,
        at: UnixMs,
    ) -> Result<Handoff>;
    /// One handoff.
    async fn handoff(&self, brand: BrandId, id: HandoffId) -> Result<Handoff>;
    /// A customer's handoffs, newest first.
    async fn handoffs(&self, brand: BrandId, customer: CustomerId) -> Result<Vec<Handoff>>;
    /// Handoffs offered since then.
    async fn handoffs_since(&self, brand: BrandId, since: UnixMs) -> Result<Vec<Handoff>>;
    /// Offers that still wait for their customer and whose time was over at `now`.
    async fn lapsed_handoffs(&self, now: UnixMs, limit: u32) -> Result<Vec<(BrandId, HandoffId)>>;
    /// How far each target's handoffs got, all of them.
    async fn handoff_tallies(&self, brand: BrandId) -> Result<Vec<(HandoffTarget, HandoffTally)>>;
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

/// Durable intents.
#[async_trait]
pub trait OutboxStore: Send + Sync {
    /// Adds an intent that belongs to no message; the same again changes nothing.
    async fn put_outbox(&self, row: OutboxRow) -> Result<()>;
    /// Rows that are due at `now`, at most one per conversation, whatever its kind, and never before
    /// one that was filed earlier and is pending; leased until `lease`; each with its message and the
    /// conversation. Whether it has expired is for the caller to see.
    async fn take_outbox(
        &self,
        now: UnixMs,
        lease: UnixMs,
        limit: u32,
    ) -> Result<Vec<(OutboxRow, Option<Message>, Arc<Conversation>)>>;
    /// Settles a try, and the message's delivery with it. Of a row that is settled already, only
    /// that it was taken after all is news.
    async fn settle(&self, id: OutboxId, settled: Settled, at: UnixMs) -> Result<()>;
    /// The message, or the row, once more: dead and unknown ones only. It goes to the end of its
    /// conversation's lane. What is dead takes the `fresh` id, because the platform may know the old
    /// one; what may have been taken keeps its id and counts its earlier tries.
    async fn resend(&self, brand: BrandId, id: OutboxId, fresh: OutboxId, at: UnixMs)
    -> Result<()>;
    /// The newest row of a message.
    async fn outbox_of(&self, brand: BrandId, id: MessageId) -> Result<Option<OutboxRow>>;
    /// Rows in a state, newest first.
    async fn outbox(
        &self,
        brand: BrandId,
        state: OutboxState,
        limit: u32,
    ) -> Result<Vec<OutboxRow>>;
    /// How many rows are pending and dead, over all brands.
    async fn outbox_depth(&self) -> Result<(u64, u64)>;
    /// When the next pending row is due.
    async fn next_outbox(&self) -> Result<Option<UnixMs>>;
}

/// Doorbells of platforms that are pulled.
#[async_trait]
pub trait PullStore: Send + Sync {
    /// Keeps that an account has news; the caller may then acknowledge the bell.
    async fn ring(
        &self,
        brand: BrandId,
        entry_point: EntryPointId,
        token: Option<String>,
        at: UnixMs,
    ) -> Result<()>;
    /// Accounts with news: door, token, time of the bell.
    async fn rung(&self) -> Result<Vec<(BrandId, EntryPointId, Option<String>, UnixMs)>>;
    /// The news up to the bell of that time were pulled.
    async fn pulled(&self, entry_point: EntryPointId, bell: UnixMs) -> Result<()>;
    /// Where the pull stands; empty at first.
    async fn cursor(&self, entry_point: EntryPointId) -> Result<String>;
    /// Remembers an event for `days` at least; false if it was known.
    async fn first_time(&self, scope: [u8; 16], key: String, at: UnixMs) -> Result<bool>;
}

/// What platforms told that is no message, files that still lie there, and who was asked about.
#[async_trait]
pub trait ToldStore: Send + Sync {
    /// Keeps an event; false if it was told before, and then nothing changed. `to_do`: it is due at
    /// once. The caller may then acknowledge it. Kept for a week at least.
    async fn tell(
        &self,
        brand: BrandId,
        connection: ConnectionId,
        kept: Kept,
        at: UnixMs,
        to_do: bool,
    ) -> Result<bool>;
    /// Events that are due at `now`, oldest first, leased until `lease`.
    async fn take_told(&self, now: UnixMs, lease: UnixMs, limit: u32) -> Result<Vec<Told>>;
    /// An event was acted on, or is due again.
    async fn settle_told(&self, no: i64, next: Option<UnixMs>) -> Result<()>;
    /// A connection's events, newest first.
    async fn told(
        &self,
        brand: BrandId,
        connection: ConnectionId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Told>>;
    /// Files to fetch at `now`, leased until `lease`.
    async fn take_fetches(&self, now: UnixMs, lease: UnixMs, limit: u32) -> Result<Vec<DueFetch>>;
    /// A file is to be fetched again.
    async fn fetch_later(&self, id: MessageId, at: UnixMs) -> Result<()>;
    /// A file is here, and its message's content with it; or it never will be, and the message says so.
    async fn fetched(
        &self,
        brand: BrandId,
        id: MessageId,
        outcome: std::result::Result<kefu_domain::Content, Failure>,
    ) -> Result<()>;
    /// Who a platform's user is, if the platform was not asked about them since `before`.
    async fn to_profile(
        &self,
        brand: BrandId,
        entry_point: EntryPointId,
        address: &str,
        before: UnixMs,
    ) -> Result<Option<(IdentityId, CustomerId)>>;
    /// The platform was asked.
    async fn profiled(&self, identity: IdentityId, at: UnixMs) -> Result<()>;
}

/// What brands' own systems are to be told (webhooks), and customers who may have left before they
/// read. An event is decided and its calls are written in one transaction.
#[async_trait]
pub trait HookStore: Send + Sync {
    /// Conversations to look at.
    async fn due_away(&self, now: UnixMs, limit: u32) -> Result<Vec<Away>>;
    /// Looks at one again later, or forgets it and writes what follows. False, and nothing changed, if
    /// newer words were filed since it was read.
    async fn settle_away(
        &self,
        away: Away,
        later: Option<UnixMs>,
        calls: Vec<HookCall>,
    ) -> Result<bool>;
    /// Writes calls.
    async fn put_hook_calls(&self, calls: Vec<HookCall>) -> Result<()>;
    /// Calls to make at `now`, leased until `lease`: of each webhook at most `each`, of `except` none.
    async fn take_hook_calls(
        &self,
        now: UnixMs,
        lease: UnixMs,
        except: Vec<WebhookId>,
        each: u32,
        limit: u32,
    ) -> Result<Vec<HookCall>>;
    /// What became of a try.
    async fn settle_hook_call(&self, id: HookCallId, tried: HookTry, next: HookNext) -> Result<()>;
    /// Makes a settled call pending again.
    async fn resend_hook_call(&self, brand: BrandId, id: HookCallId, at: UnixMs) -> Result<()>;
    /// Newest first.
    async fn hook_calls(
        &self,
        brand: BrandId,
        webhook: Option<WebhookId>,
        state: Option<OutboxState>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<HookCall>>;
    /// When there is something to look at or to call next.
    async fn next_hook(&self) -> Result<Option<UnixMs>>;
}

/// Visitors who go on at a platform.
#[async_trait]
pub trait CarryStore: Send + Sync {
    /// Keeps the hash of a one-time code for a visitor, instead of the one before. False: that one is
    /// only seconds old, and stays.
    async fn mint_carry(
        &self,
        visitor: Visitor,
        code_hash: [u8; 32],
        expires_at: UnixMs,
        at: UnixMs,
    ) -> Result<bool>;
}

/// Files' rows; the bytes lie elsewhere.
#[async_trait]
pub trait MediaStore: Send + Sync {
    /// Keeps a row.
    async fn put_media(&self, row: MediaRow) -> Result<()>;
    /// One row.
    async fn media(&self, brand: BrandId, id: MediaId) -> Result<MediaRow>;
}

/// The store as a whole.
#[async_trait]
pub trait MaintenanceStore: Send + Sync {
    /// The life of this store; another one after a restore.
    fn epoch(&self) -> String;
    /// Reads every message and compares checksums, counts and running hashes; answers how many
    /// messages were read.
    async fn verify(&self) -> Result<u64>;
    /// Writes a consistent copy into an empty folder.
    async fn backup(&self, folder: &std::path::Path) -> Result<()>;
    /// Is it writable now?
    async fn ready(&self) -> Result<()>;
    /// Writes what is pending and closes; nothing is accepted after.
    async fn close(&self);
}

/// What platforms counted, by day.
#[async_trait]
pub trait DayStore: Send + Sync {
    /// Keeps days; one that is there is replaced.
    async fn put_days(&self, days: Vec<UpstreamDay>) -> Result<()>;
    /// Days of these doors from one to another, both counted, oldest first; 10,000 at most.
    async fn days(
        &self,
        brand: BrandId,
        entry_points: Vec<EntryPointId>,
        from: UnixMs,
        to: UnixMs,
    ) -> Result<Vec<UpstreamDay>>;
    /// The newest day of a door.
    async fn last_day(&self, entry_point: EntryPointId) -> Result<Option<UnixMs>>;
}

/// Everything a backend must be.
pub trait Store:
    SetupStore
    + AccessStore
    + AgentStateStore
    + CustomerStore
    + ThreadStore
    + MentionStore
    + SessionStore
    + HandoffStore
    + OutboxStore
    + PullStore
    + DayStore
    + ToldStore
    + HookStore
    + CarryStore
    + MediaStore
    + MaintenanceStore
{
}

impl<T> Store for T where
    T: SetupStore
        + AccessStore
        + AgentStateStore
        + CustomerStore
        + ThreadStore
        + MentionStore
        + SessionStore
        + HandoffStore
        + OutboxStore
        + PullStore
        + DayStore
        + ToldStore
        + HookStore
        + CarryStore
        + MediaStore
        + MaintenanceStore
{
}

//! Messages and notes of a conversation, and who was named in them.

use std::sync::Arc;

use async_trait::async_trait;
use kefu_domain::{
    AgentId, BrandId, Content, ConversationId, EntryPointId, Message, MessageId, Snooze, UnixMs,
    message::Line,
};

use crate::{
    Conversation, CursorMove, Filed, Found, Inbound, Incoming, LineDraft, ListPage, ListQuery,
    Mention, Outgoing, Party, Result, Source,
};

/// Threads: the hot path.
#[async_trait]
pub trait ThreadStore: Send + Sync {
    /// Files a customer's message: dedupe, find or open conversation and session, next `seq`.
    async fn file(&self, inbound: Inbound) -> Result<Filed>;
    /// Files a pulled page and moves the cursor, all in one transaction. A page asked with another
    /// cursor than the stored one changes nothing
    /// ([`StoreError::Conflict`](crate::StoreError::Conflict)). An item that cannot be filed (blocked
    /// customer, unknown row) is skipped.
    async fn file_page(
        &self,
        items: Vec<Incoming>,
        cursor: Option<CursorMove>,
    ) -> Result<Vec<Option<Filed>>>;
    /// Files a message to the customer, and its outbox row if the way leads outside.
    async fn send(&self, outgoing: Outgoing) -> Result<Filed>;
    /// Files the parts of one message to the customer: all of them, or none
    /// ([`StoreError::Window`](crate::StoreError::Window) if the way has not enough credits for all,
    /// [`StoreError::IdempotencyConflict`](crate::StoreError::IdempotencyConflict) if an id of theirs
    /// was used for something else). Answers the first.
    async fn send_parts(&self, parts: Vec<Outgoing>) -> Result<Filed>;
    /// Does anything that was said to the customer here, and not taken back, show this file?
    async fn shows_file(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        media_id: String,
    ) -> Result<bool>;
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
    async fn amend(&self, brand: BrandId, id: MessageId, content: Content) -> Result<()>;
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
        snooze: Option<Snooze>,
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
    /// 1,000 at most. A gap is [`StoreError::Corrupt`](crate::StoreError::Corrupt).
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

//! What has to be told to a party outside.

use std::sync::Arc;

use async_trait::async_trait;
use kefu_domain::{BrandId, EntryPointId, Message, MessageId, OutboxId, UnixMs};

use crate::{Conversation, DueDoor, Filed, OutboxRow, OutboxState, Outgoing, Result, Settled};

/// Durable intents.
#[async_trait]
pub trait OutboxStore: Send + Sync {
    /// Adds an intent that belongs to no message; the same again changes nothing.
    async fn put_outbox(&self, row: OutboxRow) -> Result<()>;
    /// Files a message that goes out by an intent of its own, and not by its way: both or neither. The
    /// row's `seq` is filled in. A repeated message adds no row.
    async fn send_as(&self, outgoing: Outgoing, row: OutboxRow) -> Result<Filed>;
    /// Doors with intents that are to go out: how many are due at `now`, counted up to `most`, and
    /// when the first of the others is.
    async fn outbox_doors(&self, now: UnixMs, most: u32) -> Result<Vec<DueDoor>>;
    /// Rows that are due at `now`, so many of each door, those that expire before those that do not, then
    /// the oldest first; at most one per
    /// conversation, whatever its kind, and never before one that was filed earlier and is pending;
    /// leased until `lease`; each with its message and the conversation. Whether it has expired is for
    /// the caller to see.
    async fn take_outbox(
        &self,
        now: UnixMs,
        lease: UnixMs,
        shares: Vec<(EntryPointId, u32)>,
    ) -> Result<Vec<(OutboxRow, Option<Message>, Arc<Conversation>)>>;
    /// Ends all leases: for a process that has the store to itself, when it starts, because whoever
    /// held them is gone.
    async fn release_outbox(&self) -> Result<()>;
    /// Makes rows of a door due at `now` that are kept back for a reason of this code, `most` of them;
    /// answers how many.
    async fn release_held(
        &self,
        entry_point: EntryPointId,
        code: &'static str,
        now: UnixMs,
        most: u32,
    ) -> Result<u32>;
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
}

//! What platforms tell: doorbells, events, files that still lie there, figures of a day.

use async_trait::async_trait;
use kefu_domain::{
    BrandId, ConnectionId, Content, CustomerId, EntryPointId, Failure, IdentityId, MessageId,
    UnixMs,
};

use crate::{DueFetch, Heard, Kept, Result, Rung, Told, UpstreamDay};

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
    /// Doors with news, whose bell rang first first; those that are not due yet among them.
    async fn rung(&self) -> Result<Vec<Rung>>;
    /// The news up to the bell of that time were pulled.
    async fn pulled(&self, entry_point: EntryPointId, bell: UnixMs) -> Result<()>;
    /// A door could not be pulled, and is not to be tried before that time.
    async fn pull_later(&self, entry_point: EntryPointId, at: UnixMs) -> Result<()>;
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
    /// The event that is due at `now` for the longest time, but of none of the `busy` connections;
    /// leased until `lease`.
    async fn take_told(
        &self,
        now: UnixMs,
        lease: UnixMs,
        busy: Vec<ConnectionId>,
    ) -> Result<Option<Told>>;
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
    /// Keeps what was heard of a connection's platform, in place of what was kept before.
    async fn keep_heard(
        &self,
        brand: BrandId,
        connection: ConnectionId,
        heard: Heard,
    ) -> Result<()>;
    /// What was heard of the platforms of a brand's connections.
    async fn heard(&self, brand: BrandId) -> Result<Vec<(ConnectionId, Heard)>>;
    /// The file that is due at `now` for the longest time, but through none of the `busy` doors; leased
    /// until `lease`.
    async fn take_fetch(
        &self,
        now: UnixMs,
        lease: UnixMs,
        busy: Vec<EntryPointId>,
    ) -> Result<Option<DueFetch>>;
    /// A file is to be fetched again.
    async fn fetch_later(&self, id: MessageId, at: UnixMs) -> Result<()>;
    /// A file is here, and its message's content with it; or it never will be, and the message says so.
    async fn fetched(
        &self,
        brand: BrandId,
        id: MessageId,
        outcome: std::result::Result<Content, Failure>,
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

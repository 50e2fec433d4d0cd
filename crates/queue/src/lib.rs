#![doc = include_str!("../README.md")]

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use kefu_domain::{AgentId, BrandId, SessionId, TeamId};

mod buffer;
pub mod contract;
pub mod local;
pub mod redis;

pub use local::Local;
pub use redis::Redis;

/// A call did not do its work. Whether it happened is unknown; every call may be repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// The backend did not answer in time, refused, or is being left alone by the breaker.
    #[error("the queue backend is unavailable: {0}")]
    Unavailable(String),
}

/// A place in a team's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Who waits.
    pub session: SessionId,
    /// In which line.
    pub team: TeamId,
    /// Smaller goes first; see [`kefu_domain::routing::rank`]. Equal ranks go by session id.
    pub rank: i64,
}

/// What the line knows of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// Who.
    pub agent: AgentId,
    /// May be given customers: online and connected.
    pub open: bool,
    /// Sessions and offers at most.
    pub limit: u32,
}

/// A seat and its use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// The seat.
    pub seat: Seat,
    /// Sessions and offers held now.
    pub held: u32,
}

/// An attempt to give the session at some place to the first agent with room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who waits.
    pub session: SessionId,
    /// In which line.
    pub team: TeamId,
    /// Whom to try, in this order.
    pub candidates: Vec<AgentId>,
}

/// Everything the line holds of a brand, for the sweep that compares it with the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// All places, unordered.
    pub waiting: Vec<Place>,
    /// Which session is held by which agent.
    pub held: Vec<(SessionId, AgentId)>,
}

/// The lines of waiting customers and the agents' room, per brand.
///
/// Guarantees: each call's effect on one session or agent is atomic; [`WaitingQueue::claim`] checks
/// and takes in one step, so that no agent exceeds the limit known here and no session is claimed
/// twice, whatever runs at the same time on other nodes. Every call is idempotent. Nothing is
/// durable. A call ends within a bounded time ([`CALL_TIMEOUT`] per 256 items for a backend outside
/// the process), else [`QueueError::Unavailable`].
///
/// A session stands in one line, or is held by one agent, or neither; never both.
#[async_trait]
pub trait WaitingQueue: Send + Sync {
    /// Puts sessions in line. One that is there already keeps its smaller rank in the same team, and
    /// moves if the team is another. One that is held by an agent here is let go first.
    async fn join(&self, brand: BrandId, places: &[Place]) -> Result<(), QueueError>;

    /// Takes sessions out of line; those not in line are ignored.
    async fn leave(&self, brand: BrandId, sessions: &[SessionId]) -> Result<(), QueueError>;

    /// The first `limit` of a team's line, in order.
    async fn head(
        &self,
        brand: BrandId,
        team: TeamId,
        limit: usize,
    ) -> Result<Vec<Place>, QueueError>;

    /// How many stand before this session in the team's line; `None` if it is not there.
    async fn position(
        &self,
        brand: BrandId,
        team: TeamId,
        session: SessionId,
    ) -> Result<Option<u64>, QueueError>;

    /// Length of each line that is not empty.
    async fn depths(&self, brand: BrandId) -> Result<Vec<(TeamId, u64)>, QueueError>;

    /// Sets what is known of agents; their held sessions stay.
    async fn seat(&self, brand: BrandId, seats: &[Seat]) -> Result<(), QueueError>;

    /// All seats ever set and not forgotten, with their use.
    async fn loads(&self, brand: BrandId) -> Result<Vec<Load>, QueueError>;

    /// For each claim in order: if the session still stands in that team's line, gives it to the
    /// first candidate whose seat is open and below its limit, takes it out of line and counts it
    /// for the agent, in one atomic step; `None` if it no longer stands there or nobody has room.
    async fn claim(
        &self,
        brand: BrandId,
        claims: &[Claim],
    ) -> Result<Vec<Option<AgentId>>, QueueError>;

    /// Counts sessions for agents because the store says so, over the limit or not; a session that
    /// stands in line leaves it, and one held by another agent moves.
    async fn hold(&self, brand: BrandId, held: &[(SessionId, AgentId)]) -> Result<(), QueueError>;

    /// Counts sessions no longer, whoever held them.
    async fn release(&self, brand: BrandId, sessions: &[SessionId]) -> Result<(), QueueError>;

    /// Everything of a brand.
    async fn contents(&self, brand: BrandId) -> Result<Contents, QueueError>;

    /// Forgets everything of a brand, seats included.
    async fn clear(&self, brand: BrandId) -> Result<(), QueueError>;
}

/// News from another node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A published payload.
    Message {
        /// Whose.
        brand: BrandId,
        /// As published.
        payload: Bytes,
    },
    /// Some may have been missed: look at the store.
    Gap,
}

/// Fan-out between nodes: at most once, in order per publisher, may lose.
///
/// A subscriber that lost its connection or fell behind gets [`News::Gap`] and heals from the
/// store; so does one whose connection is new, and one whose backend was found to have lost the
/// waiting line. Gaps not yet read are one, read before the messages. A publisher does not hear
/// itself.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Tells all other nodes. Never waits for them; under pressure the oldest is dropped, and
    /// subscribers get a gap.
    async fn publish(&self, brand: BrandId, payload: Bytes) -> Result<(), QueueError>;

    /// The next news for this node. One task calls this in a loop.
    async fn next(&self) -> News;
}

/// One console connection, unique over all nodes.
pub type LeaseId = u128;

/// Who is here: leases of console connections, by the backend's clock, so that no wall clock of a
/// node matters.
///
/// An agent is present while any of their leases lives.
#[async_trait]
pub trait Presence: Send + Sync {
    /// Makes or renews a lease, for [`MAX_LEASE`] at most.
    async fn renew(
        &self,
        brand: BrandId,
        agent: AgentId,
        lease: LeaseId,
        lasts: Duration,
    ) -> Result<(), QueueError>;

    /// Ends a lease now; true if no lease of the agent lives any more, also when asked again.
    async fn end(&self, brand: BrandId, agent: AgentId, lease: LeaseId)
    -> Result<bool, QueueError>;

    /// Who is present.
    async fn present(&self, brand: BrandId) -> Result<Vec<AgentId>, QueueError>;
}

/// The longest a call to a backend outside the process may take.
pub const CALL_TIMEOUT: Duration = Duration::from_millis(250);

/// The longest a lease may last.
pub const MAX_LEASE: Duration = Duration::from_secs(86_400);

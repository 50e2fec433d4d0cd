//! Who comes in, and what agents said about themselves.

use async_trait::async_trait;
use kefu_domain::{AgentId, BrandId, UnixMs};

use crate::{AgentState, Login, Result, Visitor, VisitorOpen};

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
    /// Puts a new password in the place of this one, which then need not be changed. False, and nothing
    /// is set: it is another one by now.
    async fn change_password(
        &self,
        brand: BrandId,
        agent: AgentId,
        was: String,
        hash: String,
    ) -> Result<bool>;
    /// Keeps a sign-in under the hash of its cookie, if this is still the agent's password; one
    /// transaction. False, and nothing is kept: it is another one by now.
    async fn sign_in(&self, token_hash: [u8; 32], login: Login, password: String) -> Result<bool>;
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

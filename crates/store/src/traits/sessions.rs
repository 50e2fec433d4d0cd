//! Sessions and their assignments.

use std::sync::Arc;

use async_trait::async_trait;
use kefu_domain::{BrandId, ConversationId, SessionId, UnixMs};

use crate::{Act, Acted, Assignment, Conversation, Result, SessionRow};

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
}

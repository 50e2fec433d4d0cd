//! Prepared answers.

use serde::{Deserialize, Serialize};

use crate::{AgentId, CannedReplyId, TeamId};

/// Who sees a canned reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everyone.
    Brand,
    /// A team.
    Team,
    /// Its author.
    Me,
}

/// A prepared answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CannedReply {
    /// Its id.
    pub id: CannedReplyId,
    /// Found by.
    pub title: String,
    /// Inserted.
    pub text: String,
    /// Typed after `/`.
    #[serde(default)]
    pub shortcut: String,
    /// Who sees it.
    pub scope: Scope,
    /// For [`Scope::Team`].
    #[serde(default)]
    pub team_id: Option<TeamId>,
    /// Its author.
    pub author: AgentId,
}

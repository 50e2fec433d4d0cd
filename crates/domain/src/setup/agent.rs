//! People who answer, and their teams.

use serde::{Deserialize, Serialize};

use crate::{AgentId, TeamId};

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Answers customers.
    Agent,
    /// Also sees everyone's work, assigns, ends.
    Supervisor,
    /// Also sets everything up.
    Administrator,
}

/// A person who answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Their id.
    pub id: AgentId,
    /// Sign-in name.
    pub account: String,
    /// Shown to customers and colleagues.
    pub name: String,
    /// Shown under the name.
    #[serde(default)]
    pub title: String,
    /// What they may do.
    pub role: Role,
    /// Where they serve.
    #[serde(default)]
    pub team_ids: Vec<TeamId>,
    /// What they can do.
    #[serde(default)]
    pub skills: Vec<String>,
    /// What they speak, BCP 47.
    #[serde(default)]
    pub languages: Vec<String>,
    /// How many sessions at once, over all entry points (接待上限), offers included.
    pub limit: u32,
    /// Portrait.
    #[serde(default)]
    pub avatar_media_id: Option<String>,
    /// Who they are in WeCom, where they may answer too.
    #[serde(default)]
    pub wecom_userid: Option<String>,
    /// May not sign in; everything they did stays.
    #[serde(default)]
    pub disabled: bool,
}

/// Sessions at once of an agent about whom nothing else was said.
const LIMIT: u32 = 8;

impl Agent {
    /// Somebody of whom no more is known than this: in no team, with the limit of everybody.
    #[must_use]
    pub fn new(id: AgentId, account: String, name: String, role: Role) -> Self {
        Self {
            id,
            account,
            name,
            title: String::new(),
            role,
            team_ids: Vec::new(),
            skills: Vec::new(),
            languages: Vec::new(),
            limit: LIMIT,
            avatar_media_id: None,
            wecom_userid: None,
            disabled: false,
        }
    }
}

/// A skill group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Shown.
    pub name: String,
    /// Where its customers go when nobody can take them.
    #[serde(default)]
    pub overflow: Vec<Overflow>,
}

/// One link of an overflow chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overflow {
    /// The team that takes over.
    pub team_id: TeamId,
    /// After this time of waiting.
    pub after_s: u32,
}

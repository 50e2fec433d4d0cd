//! What an agent chose about their own screens.

use serde::{Deserialize, Serialize};

use crate::AgentId;

/// What an agent chose about their own screens; nothing here changes what anyone else sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prefs {
    /// The agent.
    pub id: AgentId,
    /// Language of the console, BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// `light`, `dark`, `system`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// A sound with new messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<bool>,
    /// A notice on the desktop with new messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desktop: Option<bool>,
    /// Which sound: `soft`, `bell` or `knock`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tone: Option<String>,
    /// Of what: `mine`, or `all` that waits for the agent's teams too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The sound comes again until somebody looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<bool>,
    /// A reply is held back for so many seconds, in which it can be taken back; 0: not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_s: Option<u8>,
    /// The key that sends: `enter` or `ctrl_enter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_key: Option<String>,
    /// Lists kept under a name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<Folder>,
}

/// A list of conversations kept under a name: what it shows and in which order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Folder {
    /// Its name.
    pub name: String,
    /// `mine`, `waiting`, `colleagues`, `all`.
    pub view: String,
    /// A channel, or empty for all.
    pub channel: String,
    /// A `service_state` in digits, or empty for all.
    pub state: String,
    /// A team, or empty for all.
    pub team_id: String,
    /// A mark (`vip`, `regular`, `new`), or empty for all.
    pub mark: String,
    /// The least priority of an open session in digits, or empty for all.
    pub priority: String,
    /// Its order.
    pub sort: String,
}

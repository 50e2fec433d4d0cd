//! What a brand's own systems come in by, and what they are told.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::{ApiKeyId, EntryPointId, WebhookId};

/// A key for the HTTP API; only its hash is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// SHA-256 of the key, hex.
    pub hash: String,
    /// Its first characters, to recognise it.
    pub prefix: String,
    /// What it may do.
    pub role: Role,
}

/// Where a brand's own systems are told what happened.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// What it is for.
    pub name: String,
    /// The receiver.
    pub url: String,
    /// The key of signatures; never shown again after it was made.
    pub secret: String,
    /// What it is told, of [`Webhook::EVENTS`].
    pub events: Vec<String>,
    /// Only of these doors; empty: of all.
    #[serde(default)]
    pub entry_points: Vec<EntryPointId>,
    /// `message.away`: seconds that words lie unread before it.
    pub away_s: u32,
    /// Told nothing for now.
    #[serde(default)]
    pub paused: bool,
}

impl Webhook {
    /// Everything that can be told.
    pub const EVENTS: [&'static str; 1] = ["message.away"];
    /// Usual [`Webhook::away_s`].
    pub const AWAY_S: u32 = 10;

    /// Is it to be told of this, at this door?
    #[must_use]
    pub fn wants(&self, event: &str, door: Option<EntryPointId>) -> bool {
        let here = door
            .is_none_or(|door| self.entry_points.is_empty() || self.entry_points.contains(&door));
        !self.paused && here && self.events.iter().any(|one| one == event)
    }
}

impl std::fmt::Debug for Webhook {
    /// Without the secret, and without an address that may hold one.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook")
            .field("id", &self.id)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}

//! What a brand sets up: agents, teams, kf accounts, entry points, connections, canned replies,
//! handoff targets. Few rows, read whole into memory, changed by administrators.

mod agent;
mod canned_reply;
mod entry_point;
mod handoff;
mod integration;
mod kf_account;
mod prefs;

use serde::{Deserialize, Serialize};

use crate::{BrandId, UnixMs};

pub use agent::*;
pub use canned_reply::*;
pub use entry_point::*;
pub use handoff::*;
pub use integration::*;
pub use kf_account::*;
pub use prefs::*;

/// One kind of set-up row: how it is named in the store, and what must be unique in a brand.
pub trait Entry: Serialize + serde::de::DeserializeOwned + Clone + Send + Sync + 'static {
    /// The stored kind.
    const KIND: &'static str;
    /// The row's id as 128 bits.
    fn raw_id(&self) -> u128;
    /// A text that no other row of this kind and brand may have.
    fn key(&self) -> Option<String> {
        None
    }
}

macro_rules! entries {
    ($($type:ident $kind:literal $key:expr),* $(,)?) => {$(
        impl Entry for $type {
            const KIND: &'static str = $kind;
            fn raw_id(&self) -> u128 {
                self.id.0
            }
            fn key(&self) -> Option<String> {
                let key: fn(&Self) -> Option<String> = $key;
                key(self)
            }
        }
    )*};
}

entries! {
    Brand "brand" |brand| Some(brand.slug.clone()),
    Agent "agent" |agent| Some(agent.account.to_lowercase()),
    Team "team" |team| Some(team.name.clone()),
    KfAccount "kf_account" |account| Some(account.name.clone()),
    EntryPoint "entry_point" |point| point.upstream_open_kfid.as_ref().map(|id| format!("{}/{id}", point.connection.unwrap_or_default())),
    Connection "connection" |connection| Some(connection.name.clone()),
    CannedReply "canned_reply" |_| None,
    ApiKey "api_key" |_| None,
    Webhook "webhook" |_| None,
    Specialist "specialist" |_| None,
    FanGroup "fan_group" |_| None,
    Prefs "prefs" |_| None,
}

/// The tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brand {
    /// Its id.
    pub id: BrandId,
    /// Short name for addresses and sign-in, `[a-z0-9-]{1,40}`, unique over all brands.
    pub slug: String,
    /// Shown.
    pub name: String,
    /// `#RRGGBB`, the widget's colour.
    #[serde(default)]
    pub color: Option<String>,
    /// Picture.
    #[serde(default)]
    pub logo_media_id: Option<String>,
    /// HS256 key for signed identities; never shown again after it was made.
    #[serde(default)]
    pub identity_key: Option<String>,
}

/// A row of set-up as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<T> {
    /// The entry.
    pub entry: T,
    /// Grows with each change.
    pub rev: u64,
    /// When it was made.
    pub created_at: UnixMs,
}

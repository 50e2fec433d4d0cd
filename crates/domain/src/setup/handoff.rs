//! Whom and what customers can be handed to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{AgentId, ConnectionId, FanGroupId, SpecialistId, content::CardLink};

/// A person whom customers can add (服务专员).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Specialist {
    /// Their id.
    pub id: SpecialistId,
    /// Shown on the card.
    pub name: String,
    /// Shown under the name.
    #[serde(default)]
    pub title: String,
    /// One line of words.
    #[serde(default)]
    pub line: String,
    /// The company.
    #[serde(default)]
    pub company: String,
    /// Portrait.
    #[serde(default)]
    pub avatar_media_id: Option<String>,
    /// Mall, booking, menu.
    #[serde(default)]
    pub links: Vec<CardLink>,
    /// New customers a day; 0: no limit.
    #[serde(default)]
    pub capacity_per_day: u32,
    /// Their member id at the connection, for codes that tell us who added.
    #[serde(default)]
    pub userid: Option<String>,
    /// The connection that makes those codes.
    #[serde(default)]
    pub connection: Option<ConnectionId>,
    /// The agent who is this person: who adds them becomes this agent's customer, if they are
    /// nobody's.
    #[serde(default)]
    pub agent: Option<AgentId>,
    /// Or a picture of a code, uploaded.
    #[serde(default)]
    pub qr_media_id: Option<String>,
    /// What is sent after the add.
    #[serde(default)]
    pub welcome: String,
    /// Not offered for now.
    #[serde(default)]
    pub disabled: bool,
}

/// A group that customers can join (粉丝群).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FanGroup {
    /// Its id.
    pub id: FanGroupId,
    /// Shown on the card.
    pub name: String,
    /// One line of words.
    #[serde(default)]
    pub line: String,
    /// Picture.
    #[serde(default)]
    pub avatar_media_id: Option<String>,
    /// Members at most; the next group in `order` takes over.
    pub capacity: u32,
    /// Members now, as far as we know; of several groups at the connection, of all of them.
    #[serde(default)]
    pub members: u32,
    /// Members of each group at the connection.
    #[serde(default)]
    pub members_of: BTreeMap<String, u32>,
    /// Groups at the connection, up to five.
    #[serde(default)]
    pub chat_ids: Vec<String>,
    /// The connection that makes codes for them.
    #[serde(default)]
    pub connection: Option<ConnectionId>,
    /// Or a picture of a code, uploaded.
    #[serde(default)]
    pub qr_media_id: Option<String>,
    /// Rotation: smallest first.
    #[serde(default)]
    pub order: i32,
    /// Not offered for now.
    #[serde(default)]
    pub disabled: bool,
}

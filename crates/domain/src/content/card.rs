//! What is shown as a card: files, places, links, mini-programs and handoffs.

use serde::{Deserialize, Serialize};

use crate::UnixMs;

/// A stored file: picture, voice, video or any other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Ours; empty while the platform's copy is still being fetched.
    pub media_id: String,
    /// As the sender named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Sniffed, not claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// The platform's id, until and after it was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream_media_id: Option<String>,
    /// What was said, as the platform heard it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<String>,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// −90 to 90.
    pub latitude: f64,
    /// −180 to 180.
    pub longitude: f64,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its address.
    #[serde(default)]
    pub address: String,
}

/// A link card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Headline.
    pub title: String,
    /// Second line.
    #[serde(default)]
    pub desc: String,
    /// `http` or `https`.
    pub url: String,
    /// Our picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumb_media_id: Option<String>,
    /// The platform's picture address, kept but never hot-linked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pic_url: Option<String>,
}

/// A mini-program card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MiniProgram {
    /// Headline.
    #[serde(default)]
    pub title: String,
    /// The mini-program.
    pub appid: String,
    /// Its page.
    pub pagepath: String,
    /// Picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumb_media_id: Option<String>,
    /// The platform's id of the picture, until and after it was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream_media_id: Option<String>,
}

/// The card of a handoff as the thread shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HandoffCard {
    /// The offer.
    pub handoff_id: String,
    /// `specialist` or `fan_group`.
    pub kind: String,
    /// Of the person or group.
    pub name: String,
    /// The person's title.
    pub title: String,
    /// One line of words.
    pub line: String,
    /// The company.
    pub company: String,
    /// Portrait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_media_id: Option<String>,
    /// The code to scan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qr_media_id: Option<String>,
    /// The link to tap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Mall, booking, menu.
    pub links: Vec<CardLink>,
    /// `offered`, `seen`, `opened`, `added`, `joined`, `expired`, `failed`.
    pub status: String,
    /// When the customer saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<UnixMs>,
    /// When they opened it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<UnixMs>,
    /// When they added or joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done_at: Option<UnixMs>,
}

/// A service link on a card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CardLink {
    /// Shown.
    pub title: String,
    /// `http` or `https`.
    pub url: String,
}

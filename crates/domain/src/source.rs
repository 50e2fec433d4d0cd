//! Where a customer came from: attribution.

use serde::{Deserialize, Serialize};

use crate::UnixMs;

/// Where a customer came from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Source {
    /// `page`, `link`, `channels_live`, `channels_product`, …
    pub kind: String,
    /// One line for people.
    pub title: String,
    /// More of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Where it can be opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When.
    #[serde(default)]
    pub at: UnixMs,
}

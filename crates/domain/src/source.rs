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
    /// The campaign that brought them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// The page of somebody else's that led here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    /// When.
    #[serde(default)]
    pub at: UnixMs,
}

impl Source {
    /// This place, for somebody who was at that one before: what brought them stays, unless this says
    /// something else.
    #[must_use]
    pub fn after(mut self, before: Option<&Self>) -> Self {
        if let Some(before) = before {
            self.campaign = self.campaign.or_else(|| before.campaign.clone());
            self.referrer = self.referrer.or_else(|| before.referrer.clone());
        }
        self
    }
}

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

/// A place where a door is put up, as far as its links or its brand say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Nobody says where.
    #[default]
    Direct,
    /// The receipt of a payment (微信支付 · 商家客服).
    Pay,
    /// Search (搜一搜).
    Search,
    /// A code.
    Qr,
    /// The menu of an official account.
    Menu,
    /// A mini-program.
    Miniprogram,
    /// An app.
    App,
}

impl Place {
    /// The kind of a source there, and its title.
    #[must_use]
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Direct => ("direct", "微信客服"),
            Self::Pay => ("pay", "微信支付凭证"),
            Self::Search => ("search", "微信搜一搜"),
            Self::Qr => ("qr", "二维码"),
            Self::Menu => ("menu", "公众号菜单"),
            Self::Miniprogram => ("miniprogram", "小程序"),
            Self::App => ("app", "App"),
        }
    }
}

impl Source {
    /// The same, at this place, if nobody said where.
    #[must_use]
    pub fn or_at(mut self, place: Place) -> Self {
        if self.kind == Place::Direct.words().0 {
            let (kind, title) = place.words();
            kind.clone_into(&mut self.kind);
            title.clone_into(&mut self.title);
        }
        self
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_platform_does_not_label_is_labelled_by_the_brand() {
        let source = |kind: &str| Source {
            kind: kind.to_owned(),
            title: "as told".to_owned(),
            detail: Some("bill=7".to_owned()),
            at: 7,
            ..Source::default()
        };
        let labelled = source("direct").or_at(Place::Pay);
        let said = (labelled.kind.as_str(), labelled.title.as_str());
        assert_eq!(said, ("pay", "微信支付凭证"));
        assert_eq!(
            (labelled.detail.as_deref(), labelled.at),
            (Some("bill=7"), 7)
        );
        let told = source("link").or_at(Place::Pay);
        assert_eq!(told, source("link"));
        let direct = source("direct").or_at(Place::default());
        assert_eq!(
            (direct.kind.as_str(), direct.title.as_str()),
            ("direct", "微信客服")
        );
    }
}

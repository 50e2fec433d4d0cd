//! Text, and what it answers.

use serde::{Deserialize, Serialize};

/// Longest text, in characters.
pub const TEXT_CHARS: usize = 4096;

/// Text, and the menu item that was tapped to say it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// 1 to [`TEXT_CHARS`] characters, no NUL.
    pub content: String,
    /// Id of the tapped item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub menu_id: Option<String>,
    /// The earlier message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
}

impl Text {
    /// The line that stands for the quote where a way cannot carry one: `「…」` and a line break,
    /// or nothing.
    #[must_use]
    pub fn quoted_line(&self) -> String {
        let words = self
            .quote
            .as_ref()
            .and_then(|quote| quote.preview.as_deref());
        match words.filter(|words| !words.trim().is_empty()) {
            Some(words) => format!("「{words}」\n"),
            None => String::new(),
        }
    }
}

/// An earlier message of the same thread that a text answers (引用回复). A client names the message;
/// the rest is filled in where it is filed, so that the quote reads without its message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// The message.
    pub msgid: String,
    /// Who said it, as in [`crate::Origin`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<u8>,
    /// The public name of the agent who said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msgtype: Option<String>,
    /// Its first words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
}

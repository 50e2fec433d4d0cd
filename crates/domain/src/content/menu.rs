//! A menu of taps.

use serde::{Deserialize, Serialize};

/// A menu of taps.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Menu {
    /// Words above.
    #[serde(default)]
    pub head_content: String,
    /// Items.
    #[serde(default)]
    pub list: Vec<MenuItem>,
    /// Words below.
    #[serde(default)]
    pub tail_content: String,
}

/// One item of a [`Menu`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum MenuItem {
    /// Says `content` for the customer and carries `id` back.
    Click {
        /// The item.
        click: MenuClick,
    },
    /// Opens a page.
    View {
        /// The item.
        view: MenuView,
    },
    /// Opens a mini-program.
    MiniProgram {
        /// The item.
        miniprogram: MenuMiniProgram,
    },
    /// Plain words.
    Text {
        /// The item.
        text: MenuText,
    },
}

/// See [`MenuItem::Click`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuClick {
    /// Comes back as `menu_id`.
    #[serde(default)]
    pub id: String,
    /// Shown and said.
    pub content: String,
}

/// See [`MenuItem::View`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuView {
    /// The page.
    pub url: String,
    /// Shown.
    pub content: String,
}

/// See [`MenuItem::MiniProgram`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuMiniProgram {
    /// The mini-program.
    pub appid: String,
    /// Its page.
    pub pagepath: String,
    /// Shown.
    pub content: String,
}

/// See [`MenuItem::Text`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuText {
    /// Shown.
    pub content: String,
    /// 1: no line break after it.
    #[serde(default)]
    pub no_newline: u8,
}

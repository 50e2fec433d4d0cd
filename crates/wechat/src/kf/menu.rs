//! Menus (`msgmenu`): words and things to tap. A tap comes back as a text message with `menu_id`.

use serde::{Deserialize, Serialize, Serializer};

use crate::lenient;
use crate::limits::{Unfit, address, at_most, required};
use crate::named::named;

/// A message of words and items to tap.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Menu {
    /// Words above, at most 1,024 bytes.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head_content: Option<String>,
    /// At most 50 items, of which at most 10 can be tapped.
    #[serde(default, deserialize_with = "lenient::list")]
    pub list: Vec<MenuItem>,
    /// Words below, at most 1,024 bytes.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tail_content: Option<String>,
}

/// One line of a menu.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WireItem")]
pub enum MenuItem {
    /// A tap sends the content back.
    Click(MenuClick),
    /// A tap opens a page.
    View(MenuView),
    /// A tap opens a mini-program.
    Miniprogram(MenuMiniprogram),
    /// Nothing to tap.
    Text(MenuText),
}

/// A tap sends `content` back as a text message, with `menu_id` set to `id`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuClick {
    /// At most 128 bytes; older platforms take 64.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// 1 to 128 bytes.
    pub content: String,
}

/// A tap opens `url`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuView {
    /// 1 to 2,048 bytes.
    pub url: String,
    /// 1 to 1,024 bytes.
    pub content: String,
}

/// A tap opens a page of a mini-program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuMiniprogram {
    /// 1 to 32 bytes.
    pub appid: String,
    /// 1 to 1,024 bytes.
    pub pagepath: String,
    /// 1 to 1,024 bytes.
    pub content: String,
}

/// A line of text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuText {
    /// 1 to 256 bytes; a line break is written as the two characters `\n`.
    pub content: String,
    /// 1: no line break after it.
    #[serde(default, deserialize_with = "lenient::int")]
    pub no_newline: i64,
}

/// An item as it travels: the type, and the member of its name.
#[derive(Deserialize)]
struct WireItem {
    r#type: String,
    click: Option<MenuClick>,
    view: Option<MenuView>,
    miniprogram: Option<MenuMiniprogram>,
    text: Option<MenuText>,
}

impl TryFrom<WireItem> for MenuItem {
    type Error = String;

    fn try_from(wire: WireItem) -> Result<Self, String> {
        let item = match wire.r#type.as_str() {
            "click" => wire.click.map(Self::Click),
            "view" => wire.view.map(Self::View),
            "miniprogram" => wire.miniprogram.map(Self::Miniprogram),
            "text" => wire.text.map(Self::Text),
            _ => None,
        };
        item.ok_or_else(|| format!("a menu item of type {:?} without its content", wire.r#type))
    }
}

impl Serialize for MenuItem {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Click(body) => named(to, "type", "click", body),
            Self::View(body) => named(to, "type", "view", body),
            Self::Miniprogram(body) => named(to, "type", "miniprogram", body),
            Self::Text(body) => named(to, "type", "text", body),
        }
    }
}

impl Menu {
    pub(super) fn check(&self) -> Result<(), Unfit> {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        at_most("msgmenu.head_content", length(&self.head_content), 1_024)?;
        at_most("msgmenu.tail_content", length(&self.tail_content), 1_024)?;
        at_most("msgmenu.list", self.list.len(), 50)?;
        let taps = self
            .list
            .iter()
            .filter(|item| !matches!(item, MenuItem::Text(_)))
            .count();
        at_most("msgmenu.list", taps, 10)?;
        self.list.iter().try_for_each(MenuItem::check)
    }
}

impl MenuItem {
    fn check(&self) -> Result<(), Unfit> {
        match self {
            Self::Click(click) => {
                if let Some(id) = &click.id {
                    required("click.id", id, 128)?;
                }
                required("click.content", &click.content, 128)
            }
            Self::View(view) => {
                address("view.url", &view.url, 2_048)?;
                required("view.content", &view.content, 1_024)
            }
            Self::Miniprogram(card) => {
                required("miniprogram.appid", &card.appid, 32)?;
                required("miniprogram.pagepath", &card.pagepath, 1_024)?;
                required("miniprogram.content", &card.content, 1_024)
            }
            Self::Text(text) => required("text.content", &text.content, 256),
        }
    }
}

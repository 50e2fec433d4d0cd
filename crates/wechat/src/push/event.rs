//! What customers do without words, and what the platform tells of itself.

use super::message::{Place, place};
use crate::fields::{Wrong, maybe, text};
use crate::xml::Element;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Somebody follows the account; `scene` if they scanned a code to do so.
    Subscribe {
        /// What the code carries.
        scene: Option<String>,
    },
    /// Somebody follows no longer.
    Unsubscribe,
    /// A follower scanned a code.
    Scan {
        /// What the code carries.
        scene: String,
    },
    /// A tap on the account's menu.
    Menu(Menu),
    /// A tap on an item of the menu that opens a page. It asks for nothing and grants nothing.
    Opened(Opened),
    /// Somebody opened the customer service of a mini-program.
    EnterTempSession {
        /// `session-from` of the button.
        session_from: Option<String>,
    },
    /// We know it, and it asks for nothing.
    Noted {
        /// `Event`.
        name: String,
    },
}

/// A tap on the menu below an account's chat.
#[derive(Debug, Clone, PartialEq)]
pub struct Menu {
    /// `Event`: `CLICK`, `scancode_push`, `pic_weixin`, `location_select` …
    pub event: String,
    /// `EventKey`: the item.
    pub key: String,
    /// What was scanned.
    pub scanned: Option<ScanCode>,
    /// The place that was chosen.
    pub place: Option<Place>,
}

/// What an item of the menu opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// A web page, by its address.
    Page(String),
    /// A page of a mini-program, by its path.
    MiniProgram(String),
}

/// What an item that scans has read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScanCode {
    /// `qrcode`, `barcode` …
    pub kind: String,
    /// What it says.
    pub result: String,
}

impl Menu {
    /// Whether the tap lets the account write for a minute.
    #[must_use]
    pub fn opens(&self) -> bool {
        matches!(
            self.event.as_str(),
            "CLICK" | "scancode_push" | "scancode_waitmsg"
        )
    }
}

/// What a code of the account carries; before it stands a word where somebody followed by it.
const BY_CODE: &str = "qrscene_";

/// Reads an event; `None`: it has no words here. Names are case-sensitive, as they are mixed.
pub(super) fn read(tree: &Element, name: &str) -> Result<Option<Event>, Wrong> {
    let key = maybe(tree, "EventKey")?;
    Ok(Some(match name {
        "subscribe" => Event::Subscribe {
            scene: key.map(|key| key.strip_prefix(BY_CODE).unwrap_or(&key).to_owned()),
        },
        "unsubscribe" => Event::Unsubscribe,
        "SCAN" => Event::Scan {
            scene: key.ok_or(Wrong::Missing("EventKey"))?,
        },
        "CLICK" | "scancode_push" | "scancode_waitmsg" | "pic_sysphoto" | "pic_photo_or_album"
        | "pic_weixin" | "location_select" => Event::Menu(Menu {
            event: name.to_owned(),
            key: key.ok_or(Wrong::Missing("EventKey"))?,
            scanned: scanned(tree)?,
            place: chosen(tree)?,
        }),
        "VIEW" => Event::Opened(Opened::Page(key.ok_or(Wrong::Missing("EventKey"))?)),
        "view_miniprogram" => {
            Event::Opened(Opened::MiniProgram(key.ok_or(Wrong::Missing("EventKey"))?))
        }
        "user_enter_tempsession" => Event::EnterTempSession {
            session_from: maybe(tree, "SessionFrom")?,
        },
        // Where somebody is is told again and again, and the rest speaks of other things than
        // conversations.
        "LOCATION"
        | "kf_create_session"
        | "kf_close_session"
        | "kf_switch_session"
        | "TEMPLATESENDJOBFINISH"
        | "MASSSENDJOBFINISH"
        | "subscribe_msg_popup_event"
        | "subscribe_msg_change_event"
        | "subscribe_msg_sent_event"
        | "user_info_modified"
        | "user_authorization_revoke" => Event::Noted {
            name: name.to_owned(),
        },
        _ => return Ok(None),
    }))
}

fn scanned(tree: &Element) -> Result<Option<ScanCode>, Wrong> {
    let Some(info) = tree.one("ScanCodeInfo")? else {
        return Ok(None);
    };
    Ok(Some(ScanCode {
        kind: maybe(info, "ScanType")?.unwrap_or_default(),
        result: text(info, "ScanResult")?.to_owned(),
    }))
}

/// The place that an item of the menu asked for, with its name.
fn chosen(tree: &Element) -> Result<Option<Place>, Wrong> {
    let Some(info) = tree.one("SendLocationInfo")? else {
        return Ok(None);
    };
    place(info).map(Some)
}

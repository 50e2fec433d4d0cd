//! `send_msg` and `send_msg_on_event`: what can be said, and the lengths it may have.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::menu::Menu;
use crate::lenient;
use crate::limits::{Unfit, address, at_most, cut_in_place, not_allowed, plain_id, required};
use crate::request::Request;

/// Longest text message, in bytes.
pub const MAX_TEXT: usize = 2_048;
/// Longest `msgid` of our choosing, in bytes out of `[0-9a-zA-Z_-]`.
pub const MAX_MSGID: usize = 32;

const MAX_ID: usize = 64;
const MAX_MEDIA_ID: usize = 128;
const MAX_LINK_TITLE: usize = 128;
const MAX_LINK_DESC: usize = 512;
const MAX_CARD_TITLE: usize = 64;
const MAX_URL: usize = 2_048;

/// What an app can say to a customer.
#[derive(Debug, Clone, PartialEq)]
pub enum Outgoing {
    /// Words, 1 to [`MAX_TEXT`] bytes.
    Text(String),
    /// An uploaded picture, by its `media_id`.
    Image(String),
    /// An uploaded voice message, by its `media_id`.
    Voice(String),
    /// An uploaded video, by its `media_id`.
    Video(String),
    /// An uploaded file, by its `media_id`.
    File(String),
    /// A link with a card.
    Link(OutgoingLink),
    /// A mini-program card.
    Miniprogram(OutgoingMiniprogram),
    /// Words and items to tap.
    Msgmenu(Menu),
    /// A place.
    Location(OutgoingLocation),
    /// A customer-acquisition link (获客助手).
    CaLink(OutgoingCaLink),
    /// The card of a member. Not in the platform's published list.
    BusinessCard(String),
}

/// A link with a card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OutgoingLink {
    /// Required; cut at 128 bytes.
    pub title: String,
    /// Cut at 512 bytes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub desc: String,
    /// At most 2,048 bytes, with its scheme.
    pub url: String,
    /// Picture of the card, uploaded.
    pub thumb_media_id: String,
}

/// A mini-program card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OutgoingMiniprogram {
    /// A mini-program that is linked to the corp.
    pub appid: String,
    /// Cut at 64 bytes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Picture of the card, uploaded; 520 × 416 looks best.
    pub thumb_media_id: String,
    /// The page; the platform's pages say that it should end in `.html`.
    pub pagepath: String,
}

/// A place.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct OutgoingLocation {
    /// What it is called.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Where it is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Degrees, −90 to 90.
    pub latitude: f64,
    /// Degrees, −180 to 180.
    pub longitude: f64,
}

/// A customer-acquisition link.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OutgoingCaLink {
    /// As the platform made it.
    pub link_url: String,
}

impl Outgoing {
    /// `msgtype`, which is also the name of the member that holds the content.
    pub fn msgtype(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Voice(_) => "voice",
            Self::Video(_) => "video",
            Self::File(_) => "file",
            Self::Link(_) => "link",
            Self::Miniprogram(_) => "miniprogram",
            Self::Msgmenu(_) => "msgmenu",
            Self::Location(_) => "location",
            Self::CaLink(_) => "ca_link",
            Self::BusinessCard(_) => "business_card",
        }
    }

    /// Cuts what the platform would cut (titles and descriptions of cards), but between two
    /// characters.
    pub fn cut_to_fit(&mut self) {
        match self {
            Self::Link(link) => {
                cut_in_place(&mut link.title, MAX_LINK_TITLE);
                cut_in_place(&mut link.desc, MAX_LINK_DESC);
            }
            Self::Miniprogram(card) => cut_in_place(&mut card.title, MAX_CARD_TITLE),
            _ => {}
        }
    }

    /// Finds what the platform would refuse.
    ///
    /// # Errors
    /// [`Unfit`], for the first field that would be refused.
    pub fn check(&self) -> Result<(), Unfit> {
        match self {
            Self::Text(content) => required("text.content", content, MAX_TEXT),
            Self::Image(id) | Self::Voice(id) | Self::Video(id) | Self::File(id) => {
                required("media_id", id, MAX_MEDIA_ID)
            }
            Self::Link(link) => {
                required("link.title", &link.title, MAX_LINK_TITLE)?;
                at_most("link.desc", link.desc.len(), MAX_LINK_DESC)?;
                address("link.url", &link.url, MAX_URL)?;
                required("link.thumb_media_id", &link.thumb_media_id, MAX_MEDIA_ID)
            }
            Self::Miniprogram(card) => {
                required("miniprogram.appid", &card.appid, 32)?;
                at_most("miniprogram.title", card.title.len(), MAX_CARD_TITLE)?;
                required(
                    "miniprogram.thumb_media_id",
                    &card.thumb_media_id,
                    MAX_MEDIA_ID,
                )?;
                required("miniprogram.pagepath", &card.pagepath, 1_024)
            }
            Self::Msgmenu(menu) => menu.check(),
            Self::Location(place) => {
                // A NaN is in no range and so is refused too.
                if !(-90.0..=90.0).contains(&place.latitude) {
                    return Err(not_allowed("location.latitude"));
                }
                if !(-180.0..=180.0).contains(&place.longitude) {
                    return Err(not_allowed("location.longitude"));
                }
                Ok(())
            }
            Self::CaLink(link) => address("ca_link.link_url", &link.link_url, MAX_URL),
            Self::BusinessCard(userid) => required("business_card.userid", userid, MAX_ID),
        }
    }

    fn entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let name = self.msgtype();
        map.serialize_entry("msgtype", name)?;
        match self {
            Self::Text(content) => map.serialize_entry(name, &Member { content }),
            Self::Image(media_id)
            | Self::Voice(media_id)
            | Self::Video(media_id)
            | Self::File(media_id) => map.serialize_entry(name, &MediaMember { media_id }),
            Self::Link(body) => map.serialize_entry(name, body),
            Self::Miniprogram(body) => map.serialize_entry(name, body),
            Self::Msgmenu(body) => map.serialize_entry(name, body),
            Self::Location(body) => map.serialize_entry(name, body),
            Self::CaLink(body) => map.serialize_entry(name, body),
            Self::BusinessCard(userid) => map.serialize_entry(name, &CardMember { userid }),
        }
    }
}

#[derive(Serialize)]
struct Member<'a> {
    content: &'a str,
}

#[derive(Serialize)]
struct MediaMember<'a> {
    media_id: &'a str,
}

#[derive(Serialize)]
struct CardMember<'a> {
    userid: &'a str,
}

/// Says something to a customer: five times within 48 hours of their last message, and while the
/// session is in state 0 or 1.
#[derive(Debug, Clone, PartialEq)]
pub struct SendMsg {
    /// The customer's `external_userid`.
    pub touser: String,
    /// The account that speaks.
    pub open_kfid: String,
    /// Of our choosing, so that a repeat is refused and a `msg_send_fail` can be told apart. A
    /// repeat is answered with an error that then means "already sent".
    pub msgid: Option<String>,
    /// What is said.
    pub content: Outgoing,
}

impl Serialize for SendMsg {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("touser", &self.touser)?;
        map.serialize_entry("open_kfid", &self.open_kfid)?;
        if let Some(msgid) = &self.msgid {
            map.serialize_entry("msgid", msgid)?;
        }
        self.content.entries(&mut map)?;
        map.end()
    }
}

impl Request for SendMsg {
    const PATH: &'static str = "cgi-bin/kf/send_msg";
    type Answer = Sent;

    fn check(&self) -> Result<(), Unfit> {
        required("touser", &self.touser, MAX_ID)?;
        required("open_kfid", &self.open_kfid, MAX_ID)?;
        plain_id(
            "msgid",
            self.msgid.as_deref().unwrap_or_default(),
            MAX_MSGID,
        )?;
        self.content.check()
    }
}

/// What can be said on an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnEvent {
    /// Words.
    Text(String),
    /// Words and items to tap; only as a welcome or at the end.
    Msgmenu(Menu),
}

/// Says something once because of an event, outside the five messages. A code is good once, and
/// for 20 seconds (welcome, end) or 48 hours (queue notice, picked up).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendMsgOnEvent {
    /// `welcome_code` or `msg_code`.
    pub code: String,
    /// As in [`SendMsg`].
    pub msgid: Option<String>,
    /// What is said.
    pub content: OnEvent,
}

impl Serialize for SendMsgOnEvent {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("code", &self.code)?;
        if let Some(msgid) = &self.msgid {
            map.serialize_entry("msgid", msgid)?;
        }
        match &self.content {
            OnEvent::Text(content) => {
                map.serialize_entry("msgtype", "text")?;
                map.serialize_entry("text", &Member { content })?;
            }
            OnEvent::Msgmenu(menu) => {
                map.serialize_entry("msgtype", "msgmenu")?;
                map.serialize_entry("msgmenu", menu)?;
            }
        }
        map.end()
    }
}

impl Request for SendMsgOnEvent {
    const PATH: &'static str = "cgi-bin/kf/send_msg_on_event";
    type Answer = Sent;

    fn check(&self) -> Result<(), Unfit> {
        required("code", &self.code, usize::MAX)?;
        plain_id(
            "msgid",
            self.msgid.as_deref().unwrap_or_default(),
            MAX_MSGID,
        )?;
        match &self.content {
            OnEvent::Text(content) => required("text.content", content, MAX_TEXT),
            OnEvent::Msgmenu(menu) => menu.check(),
        }
    }
}

/// The platform took the message. Whether it arrives is told by `msg_send_fail` alone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Sent {
    /// Ours, or one that the platform chose.
    #[serde(default, deserialize_with = "lenient::text")]
    pub msgid: String,
}

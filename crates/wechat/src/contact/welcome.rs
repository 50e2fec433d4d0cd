//! The welcome message after an add: within 20 seconds of the event, once.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::limits::{Problem, Unfit, address, at_most, required};
use crate::named::named;
use crate::request::{Done, Request};

/// Greets a customer who has just been added. Text or an attachment must be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SendWelcomeMsg {
    /// `WelcomeCode` of the event.
    pub welcome_code: String,
    /// Words.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "words")]
    pub text: Option<String>,
    /// At most 9.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

fn words<S: Serializer>(text: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(1))?;
    map.serialize_entry("content", text.as_deref().unwrap_or_default())?;
    map.end()
}

impl Request for SendWelcomeMsg {
    const PATH: &'static str = "cgi-bin/externalcontact/send_welcome_msg";
    type Answer = Done;

    fn check(&self) -> Result<(), Unfit> {
        required("welcome_code", &self.welcome_code, usize::MAX)?;
        let wordless = self.text.as_deref().unwrap_or_default().is_empty();
        if wordless && self.attachments.is_empty() {
            return Err(Unfit {
                field: "text",
                problem: Problem::Empty,
            });
        }
        at_most("attachments", self.attachments.len(), 9)?;
        self.attachments.iter().try_for_each(Attachment::check)
    }
}

/// Something that comes with a welcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attachment {
    /// A picture.
    Image(WelcomePicture),
    /// A link with a card.
    Link(WelcomeLink),
    /// A mini-program card.
    Miniprogram(WelcomeMiniprogram),
    /// A video, by its `media_id`.
    Video(String),
    /// A file, by its `media_id`.
    File(String),
}

/// Where a picture comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WelcomePicture {
    /// An uploaded one.
    MediaId(String),
    /// One at an address that the platform gave out.
    PicUrl(String),
}

/// A link with a card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WelcomeLink {
    /// Title of the card.
    pub title: String,
    /// Address of its picture. The wire writes it without an underscore.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picurl: Option<String>,
    /// Text of the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desc: Option<String>,
    /// Where it leads.
    pub url: String,
}

/// A mini-program card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WelcomeMiniprogram {
    /// Title of the card.
    pub title: String,
    /// Its picture, uploaded.
    pub pic_media_id: String,
    /// The mini-program.
    pub appid: String,
    /// The page inside it.
    pub page: String,
}

#[derive(Serialize)]
struct Media<'a> {
    media_id: &'a str,
}

impl Serialize for Attachment {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Image(body) => named(to, "msgtype", "image", body),
            Self::Link(body) => named(to, "msgtype", "link", body),
            Self::Miniprogram(body) => named(to, "msgtype", "miniprogram", body),
            Self::Video(media_id) => named(to, "msgtype", "video", &Media { media_id }),
            Self::File(media_id) => named(to, "msgtype", "file", &Media { media_id }),
        }
    }
}

impl Attachment {
    fn check(&self) -> Result<(), Unfit> {
        match self {
            Self::Image(WelcomePicture::MediaId(id)) | Self::Video(id) | Self::File(id) => {
                required("media_id", id, 128)
            }
            Self::Image(WelcomePicture::PicUrl(url)) => address("image.pic_url", url, 2_048),
            Self::Link(link) => {
                required("link.title", &link.title, usize::MAX)?;
                address("link.url", &link.url, 2_048)
            }
            Self::Miniprogram(card) => {
                required("miniprogram.title", &card.title, usize::MAX)?;
                required("miniprogram.pic_media_id", &card.pic_media_id, 128)?;
                required("miniprogram.appid", &card.appid, usize::MAX)?;
                required("miniprogram.page", &card.page, usize::MAX)
            }
        }
    }
}

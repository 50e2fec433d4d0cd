//! `message/custom/send`: what can be said to a customer, and the lengths it may have.
//!
//! The answer has no id of the message, and the request takes none of ours: what was answered by a
//! time-out may have been sent, and nobody can tell.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::json;

use crate::limits::{Unfit, address, at_most, cut_in_place, required};
use crate::request::{Done, Request};

/// Longest text message, in bytes.
pub const MAX_TEXT: usize = 2_048;

const MAX_ID: usize = 256;
const MAX_TITLE: usize = 128;
const MAX_DESCRIPTION: usize = 512;
const MAX_URL: usize = 2_048;
const MAX_ITEMS: usize = 30;

/// What an account can say.
#[derive(Debug, Clone, PartialEq)]
pub enum Outgoing {
    /// Words, 1 to [`MAX_TEXT`] bytes; `<a href>` is shown as a link.
    Text(String),
    /// An uploaded picture, by its `media_id`.
    Image(String),
    /// An uploaded voice message, by its `media_id`. Official accounts only, as all that follow up to
    /// the card.
    Voice(String),
    /// An uploaded film.
    Video(OutgoingVideo),
    /// One article with its link.
    News(OutgoingArticle),
    /// Words and items to tap.
    Menu(Menu),
    /// An article of ours, by its `article_id`.
    PublishedArticle(String),
    /// A coupon, by its `card_id`.
    Coupon(String),
    /// A page of a mini-program.
    Page(OutgoingPage),
    /// A link with a card. Mini-programs only.
    Link(OutgoingLink),
}

/// An uploaded film.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OutgoingVideo {
    /// The film.
    pub media_id: String,
    /// Its picture.
    pub thumb_media_id: String,
    /// Its title.
    pub title: String,
    /// More of it.
    pub description: String,
}

/// One article; more than one is refused since 2018.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OutgoingArticle {
    /// Cut at 128 bytes.
    pub title: String,
    /// Cut at 512 bytes.
    pub description: String,
    /// Where it leads.
    pub url: String,
    /// A picture that the platform fetches itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub picurl: String,
}

/// Words and items to tap; a tap comes back as a text with the item's id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Menu {
    /// Words above.
    pub head_content: String,
    /// The items.
    pub list: Vec<MenuItem>,
    /// Words below.
    pub tail_content: String,
}

/// One item of a menu.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MenuItem {
    /// Comes back.
    pub id: String,
    /// Shown, and said by a tap.
    pub content: String,
}

/// A page of a mini-program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OutgoingPage {
    /// Title of the card.
    pub title: String,
    /// The mini-program; one that sends its own pages names none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub appid: String,
    /// The page.
    pub pagepath: String,
    /// Picture of the card, uploaded; 520 × 416 looks best.
    pub thumb_media_id: String,
}

/// A link with a card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OutgoingLink {
    /// Cut at 128 bytes.
    pub title: String,
    /// Cut at 512 bytes.
    pub description: String,
    /// Where it leads.
    pub url: String,
    /// A picture that the platform fetches itself.
    pub thumb_url: String,
}

impl Outgoing {
    /// `msgtype`, which is also the name of the member that holds the content.
    pub fn msgtype(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Voice(_) => "voice",
            Self::Video(_) => "video",
            Self::News(_) => "news",
            Self::Menu(_) => "msgmenu",
            Self::PublishedArticle(_) => "mpnewsarticle",
            Self::Coupon(_) => "wxcard",
            Self::Page(_) => "miniprogrampage",
            Self::Link(_) => "link",
        }
    }

    /// Cuts titles and descriptions of cards, between two characters.
    pub fn cut_to_fit(&mut self) {
        let (title, description) = match self {
            Self::News(article) => (&mut article.title, &mut article.description),
            Self::Link(link) => (&mut link.title, &mut link.description),
            Self::Video(film) => (&mut film.title, &mut film.description),
            Self::Page(page) => return cut_in_place(&mut page.title, MAX_TITLE),
            _ => return,
        };
        cut_in_place(title, MAX_TITLE);
        cut_in_place(description, MAX_DESCRIPTION);
    }

    fn check(&self) -> Result<(), Unfit> {
        match self {
            Self::Text(content) => required("text.content", content, MAX_TEXT),
            Self::Image(id) | Self::Voice(id) => required("media_id", id, MAX_ID),
            Self::Video(film) => required("video.media_id", &film.media_id, MAX_ID),
            Self::PublishedArticle(id) => required("mpnewsarticle.article_id", id, MAX_ID),
            Self::Coupon(id) => required("wxcard.card_id", id, MAX_ID),
            Self::News(article) => {
                required("news.articles.title", &article.title, MAX_TITLE)?;
                address("news.articles.url", &article.url, MAX_URL)
            }
            Self::Link(link) => {
                required("link.title", &link.title, MAX_TITLE)?;
                required("link.description", &link.description, MAX_DESCRIPTION)?;
                address("link.url", &link.url, MAX_URL)
            }
            Self::Page(page) => {
                required("miniprogrampage.title", &page.title, MAX_TITLE)?;
                required("miniprogrampage.pagepath", &page.pagepath, 1_024)?;
                required(
                    "miniprogrampage.thumb_media_id",
                    &page.thumb_media_id,
                    MAX_ID,
                )
            }
            Self::Menu(menu) => menu.check(),
        }
    }

    fn body(&self) -> serde_json::Value {
        match self {
            Self::Text(content) => json!({ "content": content }),
            Self::Image(id) | Self::Voice(id) => json!({ "media_id": id }),
            Self::Video(film) => json!(film),
            Self::News(article) => json!({ "articles": [article] }),
            Self::Menu(menu) => json!(menu),
            Self::PublishedArticle(id) => json!({ "article_id": id }),
            Self::Coupon(id) => json!({ "card_id": id }),
            Self::Page(page) => json!(page),
            Self::Link(link) => json!(link),
        }
    }
}

impl Menu {
    fn check(&self) -> Result<(), Unfit> {
        let words = self.head_content.len() + self.tail_content.len();
        at_most("msgmenu.head_content", words, MAX_TEXT)?;
        at_most("msgmenu.list", self.list.len(), MAX_ITEMS)?;
        if self.list.is_empty() {
            return required("msgmenu.list", "", MAX_ITEMS);
        }
        self.list.iter().try_for_each(|item| {
            required("msgmenu.list.id", &item.id, 128)?;
            required("msgmenu.list.content", &item.content, 256)
        })
    }
}

/// Sends one message, within what the customer's last act grants.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomSend {
    /// The customer's openid.
    pub touser: String,
    /// What is said.
    pub content: Outgoing,
}

impl Serialize for CustomSend {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let msgtype = self.content.msgtype();
        let mut map = to.serialize_map(Some(3))?;
        map.serialize_entry("touser", &self.touser)?;
        map.serialize_entry("msgtype", msgtype)?;
        map.serialize_entry(msgtype, &self.content.body())?;
        map.end()
    }
}

impl Request for CustomSend {
    const PATH: &'static str = "cgi-bin/message/custom/send";
    type Answer = Done;

    fn check(&self) -> Result<(), Unfit> {
        required("touser", &self.touser, MAX_ID)?;
        self.content.check()
    }
}

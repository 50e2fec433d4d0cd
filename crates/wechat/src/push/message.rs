//! What customers write, as official accounts, mini-programs and shops push it.

use serde_json::{Map, Value};

use crate::fields::{Wrong, maybe, number, text, trimmed};
use crate::json;
use crate::xml::Element;

/// A message.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Words, or a tap on an item of a menu message.
    Text(Text),
    /// A picture.
    Image(Media),
    /// A voice message.
    Voice(Voice),
    /// A film, short or not.
    Video(Media),
    /// A place.
    Location(Place),
    /// A link.
    Link(Article),
    /// A page of a mini-program.
    MiniProgramPage(MiniProgramPage),
    /// Whatever is said in a shop.
    Shop(ShopMessage),
}

/// Words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// The words.
    pub content: String,
    /// The item of a menu message whose tap said them.
    pub menu_id: Option<String>,
    /// They came from under an article: its id and place.
    pub article: Option<String>,
}

/// A file at the platform, for three days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Media {
    /// What to fetch it by.
    pub media_id: String,
}

/// A voice message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Voice {
    /// What to fetch it by.
    pub media_id: String,
    /// What the platform heard, if it listens.
    pub recognition: Option<String>,
}

/// A place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    /// Degrees, −90 to 90.
    pub latitude: f64,
    /// Degrees, −180 to 180.
    pub longitude: f64,
    /// Its address.
    pub label: String,
    /// Its name, told of a place that the menu asked for.
    pub name: String,
}

/// A link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Article {
    /// Its title.
    pub title: String,
    /// More of it.
    pub description: String,
    /// Where it leads.
    pub url: String,
}

/// A page of a mini-program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MiniProgramPage {
    /// Title of the card.
    pub title: String,
    /// The mini-program.
    pub appid: String,
    /// The page.
    pub page_path: String,
    /// Its picture: what to fetch it by, or else where it is.
    pub picture: Option<String>,
}

/// A message to a shop; the object is named by the type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShopMessage {
    /// `text`, `image`, `video`, `file`, `voice`, `product_share`, `order_share` or a newer one.
    pub msg_type: String,
    /// Its fields; numbers as their digits, because ids are larger than a float holds.
    pub fields: Map<String, Value>,
}

/// Reads a message; `None`: its type has no words here.
pub(super) fn read(tree: &Element, msg_type: &str) -> Result<Option<Message>, Wrong> {
    Ok(Some(match msg_type {
        "text" => Message::Text(Text {
            // What was said may be blank at its ends, and is kept as it was said.
            content: tree
                .text_of("Content")?
                .ok_or(Wrong::Missing("Content"))?
                .to_owned(),
            menu_id: maybe(tree, "bizmsgmenuid")?,
            article: article_of(tree)?,
        }),
        "image" => Message::Image(media(tree)?),
        "voice" => Message::Voice(Voice {
            media_id: id(tree, "MediaId")?,
            recognition: maybe(tree, "Recognition")?,
        }),
        "video" | "shortvideo" => Message::Video(media(tree)?),
        "location" => Message::Location(place(tree)?),
        "link" => Message::Link(Article {
            title: words(tree, "Title")?,
            description: words(tree, "Description")?,
            url: text(tree, "Url")?.to_owned(),
        }),
        "miniprogrampage" => Message::MiniProgramPage(MiniProgramPage {
            title: words(tree, "Title")?,
            appid: words(tree, "AppId")?,
            page_path: words(tree, "PagePath")?,
            picture: picture(tree)?,
        }),
        _ => return Ok(None),
    }))
}

/// Reads what a shop's event carries.
pub(super) fn of_shop(tree: &Element) -> Result<Message, Wrong> {
    let msg_type = text(tree, "msg_type")?.to_owned();
    let object = tree.one(&msg_type)?;
    let flat = object.and_then(flattened);
    let object = flat.as_ref().or(object);
    let mut fields = object.map(fields).transpose()?.unwrap_or_default();
    // Words were seen to arrive without an object around them.
    if let Some(bare) = object.filter(|object| fields.is_empty() && !object.text.trim().is_empty())
        && msg_type == "text"
    {
        fields.insert("content".to_owned(), bare.text.clone().into());
    }
    Ok(Message::Shop(ShopMessage { msg_type, fields }))
}

/// Objects were seen that arrive as the text of their JSON.
fn flattened(object: &Element) -> Option<Element> {
    let text = object.text.trim();
    let flat = object.children.is_empty() && text.starts_with('{');
    flat.then(|| json::read(text.as_bytes()).ok()).flatten()
}

/// The members of an object; one that holds others stays an object, a repeated one is a list.
fn fields(object: &Element) -> Result<Map<String, Value>, Wrong> {
    let mut map = Map::new();
    for child in &object.children {
        let value = match child.children.is_empty() {
            true => Value::String(child.text.clone()),
            false => Value::Object(fields(child)?),
        };
        match map.get_mut(&child.name) {
            None => {
                map.insert(child.name.clone(), value);
            }
            Some(Value::Array(list)) => list.push(value),
            Some(first) => {
                let before = first.take();
                *first = Value::Array(vec![before, value]);
            }
        }
    }
    Ok(map)
}

fn article_of(tree: &Element) -> Result<Option<String>, Wrong> {
    let Some(article) = trimmed(tree, "MsgDataId")? else {
        return Ok(None);
    };
    Ok(Some(match number(tree, "Idx")? {
        Some(place) => format!("{article} · {place}"),
        None => article.to_owned(),
    }))
}

fn media(tree: &Element) -> Result<Media, Wrong> {
    Ok(Media {
        media_id: id(tree, "MediaId")?,
    })
}

/// Longest id that is handed on to the platform again.
const MAX_ID: usize = 256;

fn id(tree: &Element, name: &'static str) -> Result<String, Wrong> {
    let id = text(tree, name)?;
    match is_id(id) {
        true => Ok(id.to_owned()),
        false => Err(Wrong::Id(name)),
    }
}

fn is_id(id: &str) -> bool {
    id.len() <= MAX_ID && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The picture of a card, which is no reason to lose the card.
fn picture(tree: &Element) -> Result<Option<String>, Wrong> {
    let id = trimmed(tree, "ThumbMediaId")?.filter(|id| is_id(id));
    let address = trimmed(tree, "ThumbUrl")?.filter(|url| is_address(url));
    Ok(id.or(address).map(str::to_owned))
}

/// Longest address of a picture.
const MAX_URL: usize = 2_048;

fn is_address(url: &str) -> bool {
    let web = url.starts_with("https://") || url.starts_with("http://");
    web && url.len() <= MAX_URL && url.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A place, among the fields of a message or of what the menu asked for.
pub(super) fn place(tree: &Element) -> Result<Place, Wrong> {
    Ok(Place {
        latitude: degrees(tree, "Location_X", 90.0)?,
        longitude: degrees(tree, "Location_Y", 180.0)?,
        label: words(tree, "Label")?,
        name: words(tree, "Poiname")?,
    })
}

fn words(tree: &Element, name: &'static str) -> Result<String, Wrong> {
    Ok(maybe(tree, name)?.unwrap_or_default())
}

fn degrees(tree: &Element, name: &'static str, most: f64) -> Result<f64, Wrong> {
    let degrees: f64 = text(tree, name)?.parse().map_err(|_| Wrong::Number(name))?;
    match degrees.abs() <= most {
        true => Ok(degrees),
        false => Err(Wrong::Number(name)),
    }
}

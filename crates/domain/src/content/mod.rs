//! What a message says, in the shape of WeChat kf: `{"msgtype":"text","text":{"content":"…"}}`.
//!
//! The same shape stands in the store, on our sockets and in the API; a channel translates it.

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

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

/// A stored file: picture, voice, video or any other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Ours; empty while the platform's copy is still being fetched.
    pub media_id: String,
    /// As the sender named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Sniffed, not claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// The platform's id, until and after it was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream_media_id: Option<String>,
    /// What was said, as the platform heard it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<String>,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// −90 to 90.
    pub latitude: f64,
    /// −180 to 180.
    pub longitude: f64,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its address.
    #[serde(default)]
    pub address: String,
}

/// A link card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Headline.
    pub title: String,
    /// Second line.
    #[serde(default)]
    pub desc: String,
    /// `http` or `https`.
    pub url: String,
    /// Our picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumb_media_id: Option<String>,
    /// The platform's picture address, kept but never hot-linked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pic_url: Option<String>,
}

/// A mini-program card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MiniProgram {
    /// Headline.
    #[serde(default)]
    pub title: String,
    /// The mini-program.
    pub appid: String,
    /// Its page.
    pub pagepath: String,
    /// Picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumb_media_id: Option<String>,
}

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

/// The card of a handoff as the thread shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HandoffCard {
    /// The offer.
    pub handoff_id: String,
    /// `specialist` or `fan_group`.
    pub kind: String,
    /// Of the person or group.
    pub name: String,
    /// The person's title.
    pub title: String,
    /// One line of words.
    pub line: String,
    /// The company.
    pub company: String,
    /// Portrait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_media_id: Option<String>,
    /// The code to scan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qr_media_id: Option<String>,
    /// The link to tap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Mall, booking, menu.
    pub links: Vec<CardLink>,
    /// `offered`, `seen`, `opened`, `added`, `joined`, `expired`, `failed`.
    pub status: String,
}

/// A service link on a card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CardLink {
    /// Shown.
    pub title: String,
    /// `http` or `https`.
    pub url: String,
}

/// A satisfaction survey, and its answer once given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Survey {
    /// The session it asks about.
    pub session_id: String,
    /// Asked.
    pub question: String,
    /// Offered, best first or worst first as the brand set it up.
    pub options: Vec<SurveyOption>,
    /// Given: 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// Given, ≤ 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// One answer on offer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SurveyOption {
    /// 1 to 5.
    pub score: u8,
    /// Shown.
    pub label: String,
}

/// Something that happened, as the customer may see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Event {
    /// `agent_joined`, `session_ended`, `queued`, `left_message`, `entered`.
    pub event_type: String,
    /// The agent's public name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why, a stable word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Everything a message can say.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Words.
    Text(Text),
    /// A picture.
    Image(File),
    /// A voice message.
    Voice(File),
    /// A film.
    Video(File),
    /// A file.
    File(File),
    /// A place.
    Location(Location),
    /// A link card.
    Link(Link),
    /// A mini-program card.
    MiniProgram(MiniProgram),
    /// A menu.
    Menu(Menu),
    /// A handoff card.
    Handoff(HandoffCard),
    /// A survey.
    Survey(Survey),
    /// An event.
    Event(Event),
    /// A type of the platform that we show but do not act on (`channels`, `merged_msg`, …), or one
    /// that we do not know (`unsupported`): kept whole.
    Other {
        /// Its name on the wire.
        msgtype: String,
        /// Its object.
        body: Value,
    },
}

/// Why a content is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadContent {
    /// The object named by `msgtype` is missing or of the wrong shape.
    #[error("`{0}` is missing or of the wrong shape")]
    Shape(String),
    /// A client may not send this type.
    #[error("`{0}` cannot be sent")]
    Type(String),
    /// Empty text.
    #[error("the text is empty")]
    Empty,
    /// NUL cannot be stored everywhere.
    #[error("the text contains NUL")]
    Nul,
    /// Over [`TEXT_CHARS`].
    #[error("the text is longer than 4096 characters")]
    TooLong,
    /// A number outside its range, or a link that is not http(s).
    #[error("`{0}` is out of range")]
    Range(&'static str),
}

impl Content {
    /// Plain words.
    pub fn text(words: impl Into<String>) -> Self {
        Self::Text(Text {
            content: words.into(),
            ..Text::default()
        })
    }

    /// The file of a picture, voice, video or file.
    #[must_use]
    pub const fn file(&self) -> Option<&File> {
        match self {
            Self::Image(file) | Self::Voice(file) | Self::Video(file) | Self::File(file) => {
                Some(file)
            }
            _ => None,
        }
    }

    /// The file still lies at the platform it came through.
    #[must_use]
    pub fn lies_elsewhere(&self) -> bool {
        self.file()
            .is_some_and(|file| file.media_id.is_empty() && file.upstream_media_id.is_some())
    }

    /// The same with another file; what carries none stays as it is.
    #[must_use]
    pub fn with_file(self, file: File) -> Self {
        match self {
            Self::Image(_) => Self::Image(file),
            Self::Voice(_) => Self::Voice(file),
            Self::Video(_) => Self::Video(file),
            Self::File(_) => Self::File(file),
            other => other,
        }
    }

    /// The same without a quote: its first words stand above the text.
    #[must_use]
    pub fn quote_in_words(self) -> Self {
        match self {
            Self::Text(text) if text.quote.is_some() => Self::Text(Text {
                content: text.quoted_line() + &text.content,
                menu_id: text.menu_id,
                quote: None,
            }),
            other => other,
        }
    }

    /// The name on the wire.
    #[must_use]
    pub fn msgtype(&self) -> &str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Voice(_) => "voice",
            Self::Video(_) => "video",
            Self::File(_) => "file",
            Self::Location(_) => "location",
            Self::Link(_) => "link",
            Self::MiniProgram(_) => "miniprogram",
            Self::Menu(_) => "msgmenu",
            Self::Handoff(_) => "handoff",
            Self::Survey(_) => "survey",
            Self::Event(_) => "event",
            Self::Other { msgtype, .. } => msgtype,
        }
    }

    /// Reads the object of a `msgtype`. Unknown types are kept as [`Content::Other`].
    ///
    /// # Errors
    /// [`BadContent::Shape`] if a known type has another shape.
    pub fn from_parts(msgtype: &str, body: Value) -> Result<Self, BadContent> {
        fn read<T: serde::de::DeserializeOwned>(name: &str, body: Value) -> Result<T, BadContent> {
            serde_json::from_value(body).map_err(|_| BadContent::Shape(name.to_owned()))
        }
        Ok(match msgtype {
            "text" => Self::Text(read(msgtype, body)?),
            "image" => Self::Image(read(msgtype, body)?),
            "voice" => Self::Voice(read(msgtype, body)?),
            "video" => Self::Video(read(msgtype, body)?),
            "file" => Self::File(read(msgtype, body)?),
            "location" => Self::Location(read(msgtype, body)?),
            "link" => Self::Link(read(msgtype, body)?),
            "miniprogram" => Self::MiniProgram(read(msgtype, body)?),
            "msgmenu" => Self::Menu(read(msgtype, body)?),
            "handoff" => Self::Handoff(read(msgtype, body)?),
            "survey" => Self::Survey(read(msgtype, body)?),
            "event" => Self::Event(read(msgtype, body)?),
            _ => Self::Other {
                msgtype: msgtype.to_owned(),
                body,
            },
        })
    }

    /// Reads the stored JSON, `{"msgtype":…, …}`.
    ///
    /// # Errors
    /// [`BadContent::Shape`] if it is not what [`Content::to_json`] writes.
    pub fn from_json(json: &str) -> Result<Self, BadContent> {
        let whole = || BadContent::Shape("content".to_owned());
        let Ok(Value::Object(mut map)) = serde_json::from_str(json) else {
            return Err(whole());
        };
        let Some(Value::String(msgtype)) = map.remove("msgtype") else {
            return Err(whole());
        };
        let body = map.remove(&msgtype).unwrap_or(Value::Null);
        Self::from_parts(&msgtype, body)
    }

    /// Writes the stored JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Serialising plain data into a string cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Checks what a client or agent wants to say: known type, limits, no NUL.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check_outgoing(&self) -> Result<(), BadContent> {
        match self {
            Self::Text(text) => check_text(&text.content),
            Self::Image(file) | Self::Voice(file) | Self::Video(file) | Self::File(file) => {
                if file.media_id.is_empty() || file.upstream_media_id.is_some() {
                    return Err(BadContent::Shape("media_id".to_owned()));
                }
                Ok(())
            }
            Self::Location(place) => {
                let inside = place.latitude.abs() <= 90.0 && place.longitude.abs() <= 180.0;
                let short = place.name.len() <= 512 && place.address.len() <= 1024;
                if inside && short {
                    Ok(())
                } else {
                    Err(BadContent::Range("location"))
                }
            }
            Self::Link(link) => {
                let web = link.url.starts_with("https://") || link.url.starts_with("http://");
                let short =
                    link.url.len() <= 2048 && link.title.len() <= 512 && link.desc.len() <= 2048;
                if web && short {
                    Ok(())
                } else {
                    Err(BadContent::Range("link"))
                }
            }
            Self::MiniProgram(card) => {
                let good =
                    !card.appid.is_empty() && card.appid.len() <= 32 && card.pagepath.len() <= 1024;
                if good {
                    Ok(())
                } else {
                    Err(BadContent::Range("miniprogram"))
                }
            }
            Self::Menu(menu) => {
                let good = menu.list.len() <= 50
                    && menu.head_content.len() <= 1024
                    && menu.tail_content.len() <= 1024;
                if good {
                    Ok(())
                } else {
                    Err(BadContent::Range("msgmenu"))
                }
            }
            other => Err(BadContent::Type(other.msgtype().to_owned())),
        }
    }

    /// One line for a list card: the first `chars` characters of the words, or of what it is.
    #[must_use]
    pub fn preview(&self, chars: usize) -> String {
        let words = match self {
            Self::Text(text) => text.content.as_str(),
            Self::Location(place) => place.name.as_str(),
            Self::Link(link) => link.title.as_str(),
            Self::MiniProgram(card) => card.title.as_str(),
            Self::Menu(menu) => menu.head_content.as_str(),
            Self::Handoff(card) => card.name.as_str(),
            Self::Survey(survey) => survey.question.as_str(),
            Self::Event(event) => event.event_type.as_str(),
            Self::File(file) => file.name.as_deref().unwrap_or_default(),
            Self::Image(_) | Self::Voice(_) | Self::Video(_) => "",
            Self::Other { body, .. } => body
                .get("title")
                .and_then(Value::as_str)
                .unwrap_or_default(),
        };
        words
            .chars()
            .take(chars)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect()
    }
}

fn check_text(words: &str) -> Result<(), BadContent> {
    if words.trim().is_empty() {
        return Err(BadContent::Empty);
    }
    if words.contains('\0') {
        return Err(BadContent::Nul);
    }
    // Bytes first: counting characters is only needed near the limit.
    if words.len() > TEXT_CHARS && words.chars().count() > TEXT_CHARS {
        return Err(BadContent::TooLong);
    }
    Ok(())
}

impl Content {
    /// Writes `msgtype` and the object it names into an open map, for frames that carry more.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("msgtype", self.msgtype())?;
        match self {
            Self::Text(body) => map.serialize_entry("text", body),
            Self::Image(body) => map.serialize_entry("image", body),
            Self::Voice(body) => map.serialize_entry("voice", body),
            Self::Video(body) => map.serialize_entry("video", body),
            Self::File(body) => map.serialize_entry("file", body),
            Self::Location(body) => map.serialize_entry("location", body),
            Self::Link(body) => map.serialize_entry("link", body),
            Self::MiniProgram(body) => map.serialize_entry("miniprogram", body),
            Self::Menu(body) => map.serialize_entry("msgmenu", body),
            Self::Handoff(body) => map.serialize_entry("handoff", body),
            Self::Survey(body) => map.serialize_entry("survey", body),
            Self::Event(body) => map.serialize_entry("event", body),
            Self::Other { msgtype, body } => map.serialize_entry(msgtype, body),
        }
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(2))?;
        self.serialize_into(&mut map)?;
        map.end()
    }
}

#[cfg(test)]
mod tests;

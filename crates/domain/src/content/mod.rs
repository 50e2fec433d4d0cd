//! What a message says, in the shape of WeChat kf: `{"msgtype":"text","text":{"content":"…"}}`.
//!
//! The same shape stands in the store, on our sockets and in the API; a channel translates it.

mod card;
mod check;
mod menu;
mod shop;
mod survey;
#[cfg(test)]
mod tests;
mod text;
mod wire;

use serde_json::Value;

pub use card::*;
pub use check::*;
pub use menu::*;
pub use survey::*;
pub use text::*;

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

/// The one document whose bytes name it.
const DOCUMENT: &str = "application/pdf";

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

    /// Does it show this file of ours: as its own, as a picture on a card, or as a code to scan?
    #[must_use]
    pub fn shows(&self, media_id: &str) -> bool {
        let shown = match self {
            Self::Link(link) => [link.thumb_media_id.as_deref(), None],
            Self::MiniProgram(card) => [card.thumb_media_id.as_deref(), None],
            Self::Handoff(card) => [card.avatar_media_id.as_deref(), card.qr_media_id.as_deref()],
            other => [other.file().map(|file| file.media_id.as_str()), None],
        };
        shown.contains(&Some(media_id))
    }

    /// What the platform it came through calls the file that still lies there: its own, or the
    /// picture on its card.
    #[must_use]
    pub fn elsewhere(&self) -> Option<&str> {
        match self {
            Self::MiniProgram(card) => card
                .upstream_media_id
                .as_deref()
                .filter(|_| card.thumb_media_id.is_none()),
            other => other
                .file()
                .filter(|file| file.media_id.is_empty())
                .and_then(|file| file.upstream_media_id.as_deref()),
        }
    }

    /// The same with another file, or with its picture; what carries none stays as it is. What the file
    /// is decides as what it is shown, where its bytes speak against what it was called: a picture that
    /// came as a voice message is a picture. What was sent as a file stays one.
    #[must_use]
    pub fn with_file(self, file: File) -> Self {
        let mime = file.mime.as_deref().unwrap_or_default();
        let is = mime.split_once('/').map_or(mime, |(is, _)| is);
        match (self, is) {
            (Self::MiniProgram(card), _) => Self::MiniProgram(MiniProgram {
                thumb_media_id: Some(file.media_id),
                ..card
            }),
            (Self::Voice(_) | Self::Video(_) | Self::Image(_), "image") => Self::Image(file),
            (Self::Image(_) | Self::Video(_), "audio") => Self::Voice(file),
            (Self::Image(_), "video") => Self::Video(file),
            (Self::Image(_) | Self::Voice(_) | Self::Video(_), _) if mime == DOCUMENT => {
                Self::File(file)
            }
            (Self::Image(_), _) => Self::Image(file),
            // A recording stands in the same box as a film, and bytes that nobody knows may play.
            (Self::Voice(_), _) => Self::Voice(file),
            (Self::Video(_), _) => Self::Video(file),
            (Self::File(_), _) => Self::File(file),
            (other, _) => other,
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
            Self::Voice(file) => file.transcript.as_deref().unwrap_or_default(),
            Self::Image(_) | Self::Video(_) => "",
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

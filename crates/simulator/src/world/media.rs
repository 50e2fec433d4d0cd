//! Temporary material: bytes that live some days under a media_id, shared by the whole corp or app.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

use super::DAY;

/// How long a media_id may be used; the files of a shop have a life of their own.
pub(crate) const LIFE: i64 = 3 * DAY;

/// The kinds a file may be uploaded as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Image,
    Voice,
    Video,
    File,
    /// The small picture of a card, which only apps upload.
    Thumb,
}

impl Kind {
    pub(crate) fn read(word: &str) -> Option<Self> {
        Some(match word {
            "image" => Self::Image,
            "voice" => Self::Voice,
            "video" => Self::Video,
            "file" => Self::File,
            "thumb" => Self::Thumb,
            _ => return None,
        })
    }

    /// The most bytes a corp may upload.
    pub(crate) fn upload_limit(self) -> usize {
        match self {
            Self::Image | Self::Video => 10 << 20,
            Self::Voice => 2 << 20,
            Self::File => 20 << 20,
            Self::Thumb => 64 << 10,
        }
    }

    /// The most bytes of a customer's file that reach the corp as a file.
    pub(crate) fn inbound_limit(self) -> usize {
        match self {
            Self::Image | Self::Voice | Self::Thumb => 2 << 20,
            Self::Video => 10 << 20,
            Self::File => 20 << 20,
        }
    }

    /// Whether the first bytes are what this kind must begin with.
    pub(crate) fn looks_right(self, bytes: &[u8]) -> bool {
        match self {
            Self::Image | Self::Thumb => is_png(bytes) || bytes.starts_with(&[0xFF, 0xD8, 0xFF]),
            Self::Voice => bytes.starts_with(b"#!AMR"),
            Self::Video => bytes.get(4..8) == Some(b"ftyp"),
            Self::File => true,
        }
    }
}

fn is_png(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n")
}

/// The type to serve the bytes with, by what they are rather than what they were called.
pub(crate) fn content_type(bytes: &[u8]) -> &'static str {
    match bytes {
        _ if is_png(bytes) => "image/png",
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        _ if bytes.get(4..8) == Some(b"ftyp") => "video/mp4",
        _ if bytes.starts_with(b"#!AMR") => "audio/amr",
        _ => "application/octet-stream",
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Media {
    pub(crate) kind: Kind,
    pub(crate) filename: String,
    pub(crate) bytes: Bytes,
    pub(crate) made: i64,
    /// Platform milliseconds until it is gone.
    pub(crate) life: i64,
}

/// All media of a corp or an app; past the bound the oldest go.
#[derive(Debug)]
pub(crate) struct MediaBox {
    by_id: HashMap<String, Media>,
    order: VecDeque<String>,
    bytes: usize,
    room: usize,
}

impl MediaBox {
    pub(crate) fn new(room: usize) -> Self {
        Self {
            by_id: HashMap::new(),
            order: VecDeque::new(),
            bytes: 0,
            room,
        }
    }

    pub(crate) fn put(&mut self, id: String, media: Media) {
        self.bytes += media.bytes.len();
        self.order.push_back(id.clone());
        self.by_id.insert(id, media);
        while self.bytes > self.room && self.order.len() > 1 {
            if let Some(gone) = self.order.pop_front().and_then(|id| self.by_id.remove(&id)) {
                self.bytes -= gone.bytes.len();
            }
        }
    }

    /// The media, unless its days are over.
    pub(crate) fn get(&self, id: &str, now: i64) -> Option<&Media> {
        self.by_id
            .get(id)
            .filter(|media| now < media.made + media.life)
    }
}

//! Temporary material (临时素材): files that the platform keeps for three days.

use bytes::Bytes;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap};
use reqwest::multipart::{Form, Part};
use reqwest::{RequestBuilder, Response};
use serde::Deserialize;

use super::fault::{Failure, Fault};
use super::transport::transport;
use crate::lenient;
use crate::limits::{Problem, Unfit, at_most, cut};

/// The platform takes no file of five bytes or less.
const MIN_BYTES: usize = 6;
/// Longest file name, in bytes.
const MAX_NAME: usize = 200;

/// What a file is to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UploadKind {
    /// JPG or PNG, at most 10 MB.
    Image,
    /// AMR, at most 2 MB and 60 seconds.
    Voice,
    /// MP4, at most 10 MB.
    Video,
    /// Anything, at most 20 MB.
    File,
    /// The still of a film: JPG, at most 64 KB. Official accounts only.
    Thumb,
}

impl UploadKind {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Voice => "voice",
            Self::Video => "video",
            Self::File => "file",
            Self::Thumb => "thumb",
        }
    }

    /// Its largest size in bytes.
    pub fn max_bytes(self) -> usize {
        match self {
            Self::Voice => 2 << 20,
            Self::Image | Self::Video => 10 << 20,
            Self::File => 20 << 20,
            Self::Thumb => 64 << 10,
        }
    }
}

/// A file to be uploaded.
#[derive(Clone)]
pub struct Upload {
    /// What it is.
    pub kind: UploadKind,
    /// The name that the customer sees.
    pub file_name: String,
    /// Its MIME type.
    pub content_type: String,
    /// All of it.
    pub bytes: Bytes,
}

impl Upload {
    pub(super) fn check(&self) -> Result<(), Unfit> {
        if self.bytes.len() < MIN_BYTES {
            return Err(Unfit {
                field: "media",
                problem: Problem::Empty,
            });
        }
        at_most("media", self.bytes.len(), self.kind.max_bytes())
    }

    pub(super) fn attach(&self, request: RequestBuilder) -> RequestBuilder {
        let part = part(&self.bytes, &self.file_name, &self.content_type);
        // The platform shows the name as it stands; an encoded one would be shown encoded.
        let form = Form::new().percent_encode_noop().part("media", part);
        request.query(&[("type", self.kind.name())]).multipart(form)
    }
}

fn part(bytes: &Bytes, file_name: &str, content_type: &str) -> Part {
    let part = Part::stream_with_length(bytes.clone(), bytes.len() as u64);
    let part = part.file_name(plain_name(file_name));
    let mut headers = HeaderMap::new();
    if let Ok(kind) = content_type.parse() {
        headers.insert(CONTENT_TYPE, kind);
    }
    part.headers(headers)
}

/// A file for one customer of a shop, which keeps it for fourteen days.
#[derive(Clone)]
pub struct CosUpload {
    /// The customer.
    pub open_id: String,
    /// `image`, `video` or `file`.
    pub msg_type: &'static str,
    /// The name that the customer sees.
    pub file_name: String,
    /// Its MIME type.
    pub content_type: String,
    /// All of it.
    pub bytes: Bytes,
}

/// Largest file of a shop, in bytes.
pub const MAX_COS: usize = 30 << 20;

impl CosUpload {
    pub(super) fn check(&self) -> Result<(), Unfit> {
        if self.bytes.is_empty() {
            return Err(Unfit {
                field: "file",
                problem: Problem::Empty,
            });
        }
        at_most("file", self.bytes.len(), MAX_COS)
    }

    pub(super) fn attach(&self, request: RequestBuilder) -> RequestBuilder {
        let file = part(&self.bytes, &self.file_name, &self.content_type);
        let form = Form::new()
            .percent_encode_noop()
            .text("open_id", self.open_id.clone())
            .text("msg_type", self.msg_type)
            .part("file", file);
        request.multipart(form)
    }
}

/// A file of a shop was uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CosUploaded {
    /// What to send it by.
    #[serde(deserialize_with = "lenient::text")]
    pub cos_url: String,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Upload({}, {} bytes)",
            self.kind.name(),
            self.bytes.len()
        )
    }
}

/// A file name that cannot break out of its header or its folder.
fn plain_name(name: &str) -> String {
    let odd = |c: char| c.is_control() || matches!(c, '"' | '\\' | '/');
    let name = name.replace(odd, "_");
    let name = match name.rsplit_once('.') {
        // The ending says what opens the file, so a long name loses its middle.
        Some((stem, ending)) if name.len() > MAX_NAME && ending.len() <= 16 => {
            format!("{}.{ending}", cut(stem, MAX_NAME - ending.len() - 1))
        }
        _ => cut(&name, MAX_NAME).to_owned(),
    };
    if name.is_empty() {
        "file".to_owned()
    } else {
        name
    }
}

/// A file was uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Uploaded {
    /// What to send it by, for three days.
    #[serde(alias = "thumb_media_id", deserialize_with = "lenient::text")]
    pub media_id: String,
    /// Unix seconds; the wire has it as a string.
    #[serde(default, deserialize_with = "lenient::int")]
    pub created_at: i64,
}

/// A file on its way to us.
#[derive(Debug)]
pub struct Download {
    api: &'static str,
    response: Response,
    received: usize,
}

impl Download {
    pub(super) fn new(api: &'static str, response: Response) -> Self {
        Self {
            api,
            response,
            received: 0,
        }
    }

    /// The MIME type that the platform claims.
    pub fn content_type(&self) -> Option<&str> {
        self.response.headers().get(CONTENT_TYPE)?.to_str().ok()
    }

    /// The name that the platform gives, without any path.
    pub fn file_name(&self) -> Option<String> {
        let header = self.response.headers().get(CONTENT_DISPOSITION)?.as_bytes();
        let header = String::from_utf8_lossy(header);
        let (_, rest) = header.split_once("filename=")?;
        let name = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next()?,
            None => rest.split(';').next()?.trim(),
        };
        Some(plain_name(name)).filter(|_| !name.is_empty())
    }

    /// How long it will be, if the platform says so.
    pub fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The next bytes; `None` at the end. Fails once more than `max` bytes came in all.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn chunk(&mut self, max: usize) -> Result<Option<Bytes>, Failure> {
        let chunk = self
            .response
            .chunk()
            .await
            .map_err(|error| transport(self.api, error))?;
        self.received += chunk.as_ref().map_or(0, Bytes::len);
        if self.received > max {
            let detail = format!("the file exceeds {max} bytes");
            return Err(Failure::new(self.api, Fault::Permanent, detail));
        }
        Ok(chunk)
    }

    /// All of it, if it is not longer than `max` bytes.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn bytes(mut self, max: usize) -> Result<Vec<u8>, Failure> {
        let mut all = Vec::new();
        while let Some(chunk) = self.chunk(max).await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all)
    }
}

//! The built pages of Kefu (console, widget, hosted chat, phone, demo site, SDK), embedded.
//!
//! Sources stand in `ui/`; `npm run build` there writes `ui/dist`, which this crate embeds when
//! it is compiled. Without it the crate still compiles, and every page is one that says how to
//! build them. A file's path under `ui/dist` is its path on the gateway: `console/index.html` is
//! served at `/console/index.html`, `widget.js` at `/widget.js`. This crate knows nothing of
//! HTTP beyond the words that it hands out; routes, headers and status codes are the gateway's.

use std::borrow::Cow;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "ui/dist/"]
#[allow_missing = true]
struct Dist;

/// How long a client may keep an asset without asking again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheClass {
    /// The name holds a hash of the content: keep for ever.
    Immutable,
    /// The name stays while the content changes: keep, but ask each time whether the tag still holds.
    Revalidate,
}

impl CacheClass {
    /// The value of a `Cache-Control` header.
    #[must_use]
    pub fn cache_control(self) -> &'static str {
        match self {
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::Revalidate => "no-cache",
        }
    }
}

/// One embedded file, ready to be sent.
#[derive(Clone, Debug)]
pub struct Asset {
    /// The file as it was built.
    pub bytes: Cow<'static, [u8]>,
    /// The same file compressed by gzip, if that made it smaller.
    pub gzip: Option<Cow<'static, [u8]>>,
    /// Value of a `Content-Type` header, with the charset for text.
    pub content_type: String,
    /// Value of a strong `ETag` header for `bytes`, in quotes. The gzip form is another
    /// representation: send [`Asset::gzip_etag`] with it.
    pub etag: String,
    /// How long it may be kept.
    pub cache: CacheClass,
}

impl Asset {
    /// Value of an `ETag` header for the gzip form.
    #[must_use]
    pub fn gzip_etag(&self) -> String {
        format!("{}-gz\"", self.etag.trim_end_matches('"'))
    }
}

/// The file at `path` under `ui/dist` (no leading slash), or `None` if there is none.
///
/// The compressed copies beside the files are not assets of their own: they are reached through
/// [`Asset::gzip`] only.
#[must_use]
pub fn asset(path: &str) -> Option<Asset> {
    if path.ends_with(".gz") {
        return None;
    }
    let file = Dist::get(path)?;
    Some(Asset {
        gzip: Dist::get(&format!("{path}.gz")).map(|packed| packed.data),
        content_type: content_type(file.metadata.mimetype()),
        etag: etag(&file.metadata.sha256_hash()),
        cache: if path.contains("/assets/") {
            CacheClass::Immutable
        } else {
            CacheClass::Revalidate
        },
        bytes: file.data,
    })
}

/// The page at `folder` (`console`, `widget`, `chat`, `phone`, `demo`): its `index.html`, or, if
/// the pages were not built, one that says how to build them.
#[must_use]
pub fn page(folder: &str) -> Asset {
    asset(&format!("{folder}/index.html")).unwrap_or_else(missing)
}

/// Paths of all embedded files, without the compressed copies. Empty if the pages were not built.
pub fn paths() -> impl Iterator<Item = Cow<'static, str>> {
    Dist::iter().filter(|path| !path.ends_with(".gz"))
}

fn missing() -> Asset {
    Asset {
        bytes: Cow::Borrowed(include_bytes!("missing.html")),
        gzip: None,
        content_type: content_type("text/html"),
        etag: "\"missing\"".to_owned(),
        cache: CacheClass::Revalidate,
    }
}

fn content_type(mime: &str) -> String {
    let text =
        mime.starts_with("text/") || matches!(mime, "application/javascript" | "application/json");
    if text {
        format!("{mime}; charset=utf-8")
    } else {
        mime.to_owned()
    }
}

/// The first 16 bytes of the hash are plenty to tell two builds of one file apart.
fn etag(hash: &[u8; 32]) -> String {
    let mut tag = String::with_capacity(34);
    tag.push('"');
    for byte in &hash[..16] {
        for nibble in [byte >> 4, byte & 15] {
            tag.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    tag.push('"');
    tag
}

#[cfg(test)]
mod tests;

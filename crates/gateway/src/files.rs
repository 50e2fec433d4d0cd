//! Files in and out, the same for customers and agents.

use axum::{
    body::Body,
    extract::{FromRequest, Multipart, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use futures_util::stream;
use kefu_media::{FILE_BYTES, Kept, MediaError};
use kefu_store::MediaRow;
use serde_json::{Value, json};

use crate::{
    places::Taken,
    problem::{Answer, Problem},
};

/// Bytes of a form with one file at most.
pub(crate) const FORM: usize = FILE_BYTES + (64 << 10);

/// A form; a body that is none is a problem like any other.
pub(crate) struct Form(Multipart);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Multipart::from_request(request, state).await {
            Ok(form) => Ok(Self(form)),
            Err(_) => Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_type",
                "the body must be multipart/form-data, with its boundary",
            )),
        }
    }
}

/// The part named `media` of a form: its name and bytes.
pub(crate) async fn part(Form(mut form): Form) -> Answer<(String, Bytes)> {
    let broken = |error: axum::extract::multipart::MultipartError| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            let most = FILE_BYTES >> 20;
            Problem::too_large(&format!("the file is larger than {most} MiB"))
        } else {
            Problem::bad("the form cannot be read")
        }
    };
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() == Some("media") {
            let name = field.file_name().unwrap_or("file").to_owned();
            return Ok((name, field.bytes().await.map_err(broken)?));
        }
    }
    Err(Problem::bad("media: missing"))
}

/// A file's row as JSON.
pub(crate) fn describe(row: &MediaRow) -> Value {
    json!({
        "media_id": row.id, "name": row.name, "size": row.size, "mime": row.mime, "width": row.width, "height": row.height,
    })
}

/// Types that a browser may show by itself.
fn harmless(mime: &str) -> bool {
    matches!(
        mime,
        "image/png"
            | "image/jpeg"
            | "image/gif"
            | "image/webp"
            | "audio/mpeg"
            | "audio/amr"
            | "video/mp4"
    )
}

/// The bytes that a `Range` header asks for: first and last, both counted. A header that is not one
/// range of bytes asks for all of them.
///
/// # Errors
/// If none of the bytes are there.
fn asked(range: Option<&str>, length: u64) -> Result<Option<(u64, u64)>, ()> {
    let Some(range) = range.and_then(|range| range.trim().strip_prefix("bytes=")) else {
        return Ok(None);
    };
    let Some((first, last)) = range.split_once('-').filter(|_| !range.contains(',')) else {
        return Ok(None);
    };
    let (first, last) = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => (first, last.min(length.saturating_sub(1))),
        (Ok(first), Err(_)) if last.trim().is_empty() => (first, length.saturating_sub(1)),
        // So many of the end.
        (Err(_), Ok(count)) if first.trim().is_empty() && count > 0 => {
            (length.saturating_sub(count), length.saturating_sub(1))
        }
        (Err(_), Ok(0)) if first.trim().is_empty() => return Err(()),
        _ => return Ok(None),
    };
    if first < length {
        Ok(Some((first, last)))
    } else {
        Err(())
    }
}

/// Bytes of a file from one to another, read as they are taken; the place is given back with the last.
fn pieces(file: Kept, first: u64, end: u64, place: Taken) -> Body {
    let read = move |(file, at, place): (Kept, u64, Taken)| async move {
        let piece = file.piece(at, end - at).await?;
        let next = at + piece.len() as u64;
        Ok::<_, MediaError>((!piece.is_empty()).then_some((piece, (file, next, place))))
    };
    Body::from_stream(stream::try_unfold((file, first, place), read))
}

/// The bytes with headers that let a browser do nothing but show or save them.
pub(crate) fn download(
    row: &MediaRow,
    file: Kept,
    place: Taken,
    save: bool,
    wanted: &HeaderMap,
) -> Response<Body> {
    let length = file.length();
    let range = wanted
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    let mut response = match asked(range, length) {
        Ok(None) => {
            let mut whole = Response::new(pieces(file, 0, length, place));
            set(
                whole.headers_mut(),
                header::CONTENT_LENGTH,
                &length.to_string(),
            );
            whole
        }
        Ok(Some((first, last))) => {
            let mut part = Response::new(pieces(file, first, last + 1, place));
            *part.status_mut() = StatusCode::PARTIAL_CONTENT;
            let what = format!("bytes {first}-{last}/{length}");
            let headers = part.headers_mut();
            set(headers, header::CONTENT_RANGE, &what);
            set(
                headers,
                header::CONTENT_LENGTH,
                &(last + 1 - first).to_string(),
            );
            part
        }
        Err(()) => {
            let mut none = Response::new(Body::empty());
            *none.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            let what = format!("bytes */{length}");
            set(none.headers_mut(), header::CONTENT_RANGE, &what);
            return none;
        }
    };
    let headers = response.headers_mut();
    let inline = harmless(&row.mime) && !save;
    let mime = if inline {
        row.mime.as_str()
    } else {
        "application/octet-stream"
    };
    let mut put = |name, value: &str| set(headers, name, value);
    put(header::CONTENT_TYPE, mime);
    put(header::ACCEPT_RANGES, "bytes");
    let encoded: String = row
        .name
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-_.".contains(&b) {
                (b as char).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    let kind = if inline { "inline" } else { "attachment" };
    put(
        header::CONTENT_DISPOSITION,
        &format!("{kind}; filename*=UTF-8''{encoded}"),
    );
    put(header::CACHE_CONTROL, "private, max-age=86400, immutable");
    put(
        header::CONTENT_SECURITY_POLICY,
        "sandbox; default-src 'none'",
    );
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

fn set(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_answered_and_everything_else_is_the_whole() {
        for (range, answer) in [
            ("bytes=0-3", Ok(Some((0, 3)))),
            ("bytes=5-", Ok(Some((5, 9)))),
            ("bytes=-4", Ok(Some((6, 9)))),
            ("bytes=-400", Ok(Some((0, 9)))),
            ("bytes=8-400", Ok(Some((8, 9)))),
            ("bytes=10-", Err(())),
            ("bytes=-0", Err(())),
            ("bytes=7-3", Ok(None)),
            ("bytes=0-1,4-5", Ok(None)),
            ("lines=0-1", Ok(None)),
            ("bytes=tea", Ok(None)),
        ] {
            assert_eq!(asked(Some(range), 10), answer, "{range}");
        }
        assert_eq!(asked(None, 10), Ok(None));
    }
}

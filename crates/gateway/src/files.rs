//! Files in and out, the same for customers and agents.

use axum::{
    body::Body,
    extract::Multipart,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use kefu_store::MediaRow;
use serde_json::{Value, json};

use crate::problem::{Answer, Problem};

/// The part named `media` of a form: its name and bytes.
pub(crate) async fn part(mut form: Multipart) -> Answer<(String, Bytes)> {
    let broken = |error: axum::extract::multipart::MultipartError| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Problem::too_large("the file is larger than 20 MiB")
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

/// The bytes with headers that let a browser do nothing but show or save them.
pub(crate) fn download(row: &MediaRow, bytes: Bytes, save: bool) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    let inline = harmless(&row.mime) && !save;
    let mime = if inline {
        row.mime.as_str()
    } else {
        "application/octet-stream"
    };
    let mut set = |name: header::HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, mime);
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
    set(
        header::CONTENT_DISPOSITION,
        &format!("{kind}; filename*=UTF-8''{encoded}"),
    );
    set(header::CACHE_CONTROL, "private, max-age=86400, immutable");
    set(
        header::CONTENT_SECURITY_POLICY,
        "sandbox; default-src 'none'",
    );
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

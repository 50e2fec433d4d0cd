//! Temporary material: uploaded in a form, fetched as bytes, gone after three days.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Query, Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde_json::json;

use super::refusal::Refusal;
use super::{Answer, Owner, Params, Reply, Visit, app};
use crate::sim::Sim;
use crate::world::SECOND;
use crate::world::media::{Kind, LIFE, Media, content_type};

/// More than this must be fetched in ranges.
const WHOLE: usize = 20 << 20;

/// `POST media/upload?type=image|voice|video|file`, part `media`
pub(super) async fn upload(
    State(sim): State<Arc<Sim>>,
    Query(params): Query<Params>,
    request: Request,
) -> Response {
    let mut visit = Visit::new(&sim, "media/upload", &params);
    let owner = match visit.admit(&params).await {
        Ok(owner) => owner,
        Err(response) => return *response,
    };
    let answer = match owner {
        Owner::Corp(corpid) => take(&sim, &corpid, &params, request).await,
        Owner::App(appid) => app::take(&sim, &appid, &params, request).await,
    };
    visit.finish(answer).await
}

/// One part of a form.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) filename: String,
    pub(super) bytes: Bytes,
}

/// Every part of a form, up to the eighth.
pub(super) async fn form(request: Request) -> Result<Vec<Part>, Refusal> {
    const MOST: usize = 8;
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| Refusal::of(44001))?;
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|_| Refusal::of(44001))? {
        if parts.len() >= MOST {
            break;
        }
        parts.push(Part {
            name: field.name().unwrap_or_default().to_owned(),
            filename: field.file_name().unwrap_or("file").to_owned(),
            bytes: field.bytes().await.map_err(|_| Refusal::of(45001))?,
        });
    }
    Ok(parts)
}

/// The file name and the bytes of one part of a form.
pub(super) async fn part(request: Request, name: &str) -> Result<(String, Bytes), Refusal> {
    let parts = form(request).await?;
    let found = parts.into_iter().find(|part| part.name == name);
    let part = found.ok_or_else(|| Refusal::of(44001))?;
    Ok((part.filename, part.bytes))
}

async fn take(sim: &Sim, corpid: &str, params: &Params, request: Request) -> Answer {
    let word = params.get("type").map(String::as_str).unwrap_or_default();
    let kind = Kind::read(word)
        .filter(|kind| *kind != Kind::Thumb)
        .ok_or_else(|| Refusal::of(40005))?;
    let (filename, bytes) = part(request, "media").await?;
    check(kind, &bytes)?;
    let now = sim.clock.now_ms();
    let note = format!("{word}, {} bytes, {filename}", bytes.len());
    let media_id = sim.with(|world| {
        let id = world.ids.make("3", 66);
        if let Some(corp) = world.corps.get_mut(corpid) {
            corp.media.put(
                id.clone(),
                Media {
                    kind,
                    filename,
                    bytes,
                    made: now,
                    life: LIFE,
                },
            );
        }
        id
    });
    // created_at is a string on the platform too.
    let created = (now / SECOND).to_string();
    let fields = json!({ "type": word, "media_id": media_id, "created_at": created });
    Ok(Reply::from(fields).note(note))
}

/// Size and first bytes, with the platform's code for each fault.
pub(crate) fn check(kind: Kind, bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::of(44001));
    }
    if bytes.len() <= 5 {
        return Err(Refusal::of(40006));
    }
    if bytes.len() > kind.upload_limit() {
        return Err(Refusal::of(match kind {
            Kind::Image => 40009,
            Kind::Video => 40011,
            Kind::Voice | Kind::File | Kind::Thumb => 45001,
        }));
    }
    if kind.looks_right(bytes) {
        return Ok(());
    }
    Err(Refusal::of(if kind == Kind::Voice {
        301_017
    } else {
        40004
    }))
}

/// `GET media/get?media_id`; errors are JSON with status 200, as on the platform.
pub(super) async fn fetch(
    State(sim): State<Arc<Sim>>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Response {
    get_from(&sim, "media/get", &params, &headers).await
}

/// `media/get/jssdk`: a voice in better quality, which is the same here.
pub(super) async fn fetch_voice(
    State(sim): State<Arc<Sim>>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Response {
    get_from(&sim, "media/get/jssdk", &params, &headers).await
}

async fn get_from(sim: &Sim, path: &str, params: &Params, headers: &HeaderMap) -> Response {
    let mut visit = Visit::new(sim, path, params);
    let owner = match visit.admit(params).await {
        Ok(owner) => owner,
        Err(response) => return *response,
    };
    let corpid = match owner {
        Owner::Corp(corpid) => corpid,
        Owner::App(appid) => {
            return match app::fetch(sim, &appid, params) {
                Ok((response, note)) => visit.bytes(response, note),
                Err(refusal) => visit.finish(Err(refusal)).await,
            };
        }
    };
    let now = sim.clock.now_ms();
    let wanted = params.get("media_id").filter(|id| !id.is_empty());
    let found = match wanted {
        None => Err(Refusal::of(41006)),
        Some(id) => sim
            .with(|world| {
                world
                    .corps
                    .get(&corpid)
                    .and_then(|corp| corp.media.get(id, now).cloned())
            })
            .ok_or_else(|| Refusal::of(40007)),
    };
    match found.and_then(|media| serve(&media, headers)) {
        Ok((response, note)) => visit.bytes(response, note),
        Err(refusal) => visit.finish(Err(refusal)).await,
    }
}

/// The bytes, or the range that was asked for.
fn serve(media: &Media, headers: &HeaderMap) -> Result<(Response, String), Refusal> {
    let range = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    let length = media.bytes.len();
    let (status, bytes, range) = match range {
        None if length > WHOLE => return Err(Refusal::of(830_002)),
        None => (StatusCode::OK, media.bytes.clone(), None),
        Some(range) => {
            let (from, to) = read_range(range, length).ok_or_else(|| Refusal::of(830_002))?;
            let shown = format!("bytes {from}-{}/{length}", to - 1);
            (
                StatusCode::PARTIAL_CONTENT,
                media.bytes.slice(from..to),
                Some(shown),
            )
        }
    };
    let note = format!("{} bytes", bytes.len());
    let mut response = (status, bytes).into_response();
    let fields = response.headers_mut();
    fields.insert(
        header::CONTENT_TYPE,
        http::HeaderValue::from_static(content_type(&media.bytes)),
    );
    if let Some(value) = named(&media.filename) {
        fields.insert(header::CONTENT_DISPOSITION, value);
    }
    if let Some(value) = range.and_then(|range| range.parse().ok()) {
        fields.insert(header::CONTENT_RANGE, value);
    }
    Ok((response, note))
}

/// The header that names a file; nothing for a name that no header can carry.
pub(crate) fn named(filename: &str) -> Option<http::HeaderValue> {
    let named = format!("attachment; filename=\"{}\"", filename.replace('"', "_"));
    http::HeaderValue::from_bytes(named.as_bytes()).ok()
}

/// `bytes=from-to`, `bytes=from-`, at most 20 MB; the end is exclusive.
fn read_range(range: &str, length: usize) -> Option<(usize, usize)> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let from: usize = from.parse().ok()?;
    let to = match to {
        "" => length,
        to => to.parse::<usize>().ok()?.checked_add(1)?.min(length),
    };
    (from < to && to - from <= WHOLE).then_some((from, to))
}

/// The same bytes for the phone page, which holds no access_token.
pub(crate) fn show(media: &Media) -> (&'static str, Bytes) {
    (content_type(&media.bytes), media.bytes.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_of_an_upload_has_its_code() {
        let png = b"\x89PNG\r\n\x1a\n....";
        let code = |kind, bytes: &[u8]| check(kind, bytes).err().map(|refusal| refusal.code);
        assert_eq!(code(Kind::Image, png), None);
        assert_eq!(code(Kind::Image, b""), Some(44001));
        assert_eq!(code(Kind::File, b"12345"), Some(40006));
        assert_eq!(code(Kind::Image, b"GIF89a....."), Some(40004));
        assert_eq!(code(Kind::Voice, b"ID3......."), Some(301_017));
        assert_eq!(code(Kind::File, &vec![0; (20 << 20) + 1]), Some(45001));
        assert_eq!(code(Kind::Image, &vec![0; (10 << 20) + 1]), Some(40009));
    }

    #[test]
    fn ranges_are_read() {
        assert_eq!(read_range("bytes=0-9", 100), Some((0, 10)));
        assert_eq!(read_range("bytes=90-", 100), Some((90, 100)));
        assert_eq!(read_range("bytes=100-", 100), None);
        assert_eq!(read_range("lines=1-2", 100), None);
    }
}

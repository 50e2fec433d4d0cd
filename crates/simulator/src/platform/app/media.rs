//! Temporary material of apps: their own types and limits, and a video that comes as an address.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, header};
use serde_json::json;

use crate::config::AppKind;
use crate::platform::media::{named, part};
use crate::platform::refusal::Refusal;
use crate::platform::{Answer, Params, Reply};
use crate::sim::Sim;
use crate::world::SECOND;
use crate::world::media::{Kind, Media, content_type};

/// Takes an upload; `type=image|voice|video|thumb`, a mini-program pictures only.
pub(crate) async fn take(sim: &Sim, appid: &str, params: &Params, request: Request) -> Answer {
    let word = params.get("type").map(String::as_str).unwrap_or_default();
    let kind = match word {
        "image" => Kind::Image,
        "voice" => Kind::Voice,
        "video" => Kind::Video,
        "thumb" => Kind::Thumb,
        _ => return Err(Refusal::of(40004)),
    };
    let of = sim.with(|world| world.apps.get(appid).map(|app| app.kind));
    if of == Some(AppKind::MiniProgram) && kind != Kind::Image {
        return Err(Refusal::of(40004));
    }
    let (filename, bytes) = part(request, "media")
        .await
        .map_err(|_| Refusal::of(41005))?;
    check(kind, &bytes)?;
    let now = sim.clock.now_ms();
    let note = format!("{word}, {} bytes, {filename}", bytes.len());
    let media_id = sim.with(|world| {
        let id = world.ids.make("", 64);
        if let Some(app) = world.apps.get_mut(appid) {
            let media = Media {
                kind,
                filename,
                bytes,
                made: now,
                life: crate::world::media::LIFE,
            };
            app.media.put(id.clone(), media);
        }
        id
    });
    let name = if kind == Kind::Thumb {
        "thumb_media_id"
    } else {
        "media_id"
    };
    let mut fields = json!({ "type": word, "created_at": now / SECOND });
    fields[name] = media_id.into();
    Ok(Reply::from(fields).bare().note(note))
}

/// Size and first bytes, with the platform's code for each fault.
fn check(kind: Kind, bytes: &[u8]) -> Result<(), Refusal> {
    let (most, fits) = match kind {
        Kind::Image => (
            10 << 20,
            matches!(
                content_type(bytes),
                "image/png" | "image/jpeg" | "image/gif"
            ),
        ),
        Kind::Voice => (2 << 20, bytes.starts_with(b"#!AMR") || is_mp3(bytes)),
        Kind::Video => (10 << 20, content_type(bytes) == "video/mp4"),
        _ => (64 << 10, content_type(bytes) == "image/jpeg"),
    };
    match bytes.len() {
        0 => Err(Refusal::of(44001)),
        length if length > most => Err(Refusal::of(45001)),
        _ if !fits => Err(Refusal::of(40005)),
        _ => Ok(()),
    }
}

fn is_mp3(bytes: &[u8]) -> bool {
    bytes.starts_with(b"ID3") || matches!(bytes, [0xFF, second, ..] if second & 0xE0 == 0xE0)
}

/// The bytes of a media_id; of a video, where they are.
pub(crate) fn fetch(
    sim: &Sim,
    appid: &str,
    params: &Params,
) -> Result<(Response, String), Refusal> {
    let now = sim.clock.now_ms();
    let id = params.get("media_id").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Refusal::of(40007))?;
    let found = sim.with(|world| {
        let app = world.apps.get(appid)?;
        app.media.get(id, now).cloned()
    });
    let media = found.ok_or_else(|| Refusal::of(40007))?;
    if media.kind == Kind::Video {
        let url = format!("{}/cos/{id}", sim.base);
        let body = json!({ "video_url": url }).to_string();
        let response = ([(header::CONTENT_TYPE, "application/json")], body).into_response();
        return Ok((response, "video_url".into()));
    }
    Ok((serve(&media), format!("{} bytes", media.bytes.len())))
}

fn serve(media: &Media) -> Response {
    let bytes: Bytes = media.bytes.clone();
    let mut response = bytes.into_response();
    let fields = response.headers_mut();
    fields.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(content_type(&media.bytes)),
    );
    if let Some(value) = named(&media.filename) {
        fields.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_of_an_upload_has_its_code() {
        let code = |kind, bytes: &[u8]| check(kind, bytes).err().map(|refusal| refusal.code);
        assert_eq!(code(Kind::Image, b"GIF89a....."), None, "gif is taken here");
        assert_eq!(code(Kind::Image, b""), Some(44001));
        assert_eq!(code(Kind::Image, b"%PDF-1.7"), Some(40005));
        assert_eq!(code(Kind::Voice, b"ID3......."), None);
        assert_eq!(code(Kind::Thumb, &[0xFF; (64 << 10) + 1]), Some(45001));
        assert_eq!(code(Kind::Image, &vec![0; (10 << 20) + 1]), Some(45001));
    }
}

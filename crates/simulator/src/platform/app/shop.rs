//! The shop's own customer-service API (微信小店客服): sends that may be repeated, and files by
//! address.

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{only, send};
use crate::config::AppKind;
use crate::platform::media::form;
use crate::platform::refusal::Refusal;
use crate::platform::{Answer, Owner, Params, Reply, Visit, given, read};
use crate::sim::Sim;
use crate::world::DAY;
use crate::world::app::desk::AppDesk;
use crate::world::media::{Kind, Media};

/// The most bytes of one file.
const FILE: usize = 30 << 20;
/// How long a file is kept.
const KEPT: i64 = 14 * DAY;
/// Bytes of a text, as with the other apps; the shop's own figure is not published.
const TEXT: usize = 2_048;

#[derive(Debug, Deserialize)]
struct Asked {
    request_id: Option<String>,
    open_id: Option<String>,
    msg_type: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// `channels/ec/commkf/sendmsg`: the same request_id is answered as before and sent once.
pub(super) fn sendmsg(desk: &mut AppDesk<'_>, _: &Params, body: &[u8]) -> Answer {
    only(desk, &[AppKind::Shop])?;
    let mut asked: Asked = read(body).map_err(|_| Refusal::of(47001))?;
    let wrong = |name: &str| Refusal::because(40097, format!("invalid args: {name}"));
    let request_id = given(&asked.request_id)
        .ok_or_else(|| wrong("request_id"))?
        .to_owned();
    if let Some(msg_id) = desk.app.requests.get(&request_id) {
        return Ok(Reply::from(json!({ "msg_id": msg_id })).note("the same request_id"));
    }
    let openid = given(&asked.open_id)
        .ok_or_else(|| Refusal::of(40003))?
        .to_owned();
    let msgtype = given(&asked.msg_type).unwrap_or_default().to_owned();
    let content = asked.rest.remove(&msgtype).unwrap_or_default();
    check(desk, &msgtype, &content)?;
    send::may_write(desk, &openid)?;
    let mut body = json!({ "msgtype": msgtype });
    body[&msgtype] = content;
    send::deliver(desk, &openid, body, None);
    let msg_id = desk.app.next_message().to_string();
    desk.app.requests.insert(request_id, msg_id.clone());
    Ok(Reply::from(json!({ "msg_id": msg_id })).note(msgtype))
}

fn check(desk: &AppDesk<'_>, msgtype: &str, content: &Value) -> Result<(), Refusal> {
    let wrong = |name: &str| Refusal::because(40097, format!("invalid args: {name}"));
    match msgtype {
        "text" => match content["content"].as_str().unwrap_or_default().len() {
            0 => Err(Refusal::of(44004)),
            length if length > TEXT => Err(Refusal::of(45002)),
            _ => Ok(()),
        },
        "image" | "video" | "file" => {
            let url = content["cos_url"].as_str().unwrap_or_default();
            let id = url.strip_prefix(&format!("{}/cos/", desk.base));
            let known = id.and_then(|id| desk.app.media.get(id, desk.now));
            known.map(drop).ok_or_else(|| wrong("cos_url"))
        }
        "product_share" => id_in(content, "product_id").ok_or_else(|| wrong("product_id")),
        "order_share" => id_in(content, "order_id").ok_or_else(|| wrong("order_id")),
        _ => Err(wrong("msg_type")),
    }
}

/// An id is a number, or its digits.
fn id_in(content: &Value, name: &str) -> Option<()> {
    match &content[name] {
        Value::Number(number) => number.as_u64().map(drop),
        Value::String(digits) => digits.parse::<u64>().ok().map(drop),
        _ => None,
    }
}

/// `channels/ec/commkf/cosupload`, parts `file`, `open_id`, `msg_type`
pub(super) async fn cosupload(
    State(sim): State<Arc<Sim>>,
    Query(params): Query<Params>,
    request: Request,
) -> Response {
    let mut visit = Visit::new(&sim, "channels/ec/commkf/cosupload", &params);
    let owner = match visit.admit(&params).await {
        Ok(owner) => owner,
        Err(response) => return *response,
    };
    let answer = match owner {
        Owner::App(appid) => keep(&sim, &appid, request).await,
        Owner::Corp(_) => Err(Refusal::of(48002)),
    };
    visit.finish(answer).await
}

async fn keep(sim: &Sim, appid: &str, request: Request) -> Answer {
    let wrong = |name: &str| Refusal::because(40097, format!("invalid args: {name}"));
    let shop = sim.with(|world| {
        let app = world.apps.get(appid)?;
        Some(app.kind == AppKind::Shop)
    });
    if shop != Some(true) {
        return Err(Refusal::of(48001));
    }
    let parts = form(request).await.map_err(|_| wrong("file"))?;
    let word = |name: &str| parts.iter().find(|part| part.name == name);
    let kind = match word("msg_type").map(|part| &*part.bytes) {
        Some(b"image") => Kind::Image,
        Some(b"video") => Kind::Video,
        Some(b"file") => Kind::File,
        _ => return Err(wrong("msg_type")),
    };
    let openid = word("open_id").map(|part| String::from_utf8_lossy(&part.bytes).into_owned());
    let file = word("file").ok_or_else(|| wrong("file"))?;
    if file.bytes.is_empty() || file.bytes.len() > FILE {
        return Err(wrong("file size"));
    }
    let now = sim.clock.now_ms();
    let note = format!("{} bytes, {}", file.bytes.len(), file.filename);
    let id = sim.with(|world| {
        let id = world.ids.make("", 40);
        let app = world.apps.get_mut(appid)?;
        let known = openid.is_some_and(|openid| app.contacts.contains_key(openid.as_str()));
        if !known {
            return None;
        }
        let media = Media {
            kind,
            filename: file.filename.clone(),
            bytes: file.bytes.clone(),
            made: now,
            life: KEPT,
        };
        app.media.put(id.clone(), media);
        Some(id)
    });
    let id = id.ok_or_else(|| Refusal::of(40003))?;
    let url = format!("{}/cos/{id}", sim.base);
    Ok(Reply::from(json!({ "cos_url": url })).note(note))
}

//! `send_welcome_msg`: once, within 20 seconds of the adding, before anybody has spoken.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::payload::media;
use super::refusal::Refusal;
use super::{Answer, Params, Reply, given, read};
use crate::world::desk::Desk;
use crate::world::media::Kind;
use crate::world::people::{ChatKind, Line, Side};

/// Attachments of one welcome.
const ATTACHMENTS: usize = 9;
/// Bytes of the text.
const TEXT: usize = 4_000;

#[derive(Debug, Deserialize)]
struct Request {
    welcome_code: Option<String>,
    text: Option<Text>,
    attachments: Option<Vec<Map<String, Value>>>,
}

#[derive(Debug, Deserialize)]
struct Text {
    content: Option<String>,
}

pub(super) fn send_welcome_msg(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Request = read(body)?;
    let name = given(&request.welcome_code).ok_or_else(|| Refusal::of(41050))?;
    let code = desk
        .corp
        .welcome_codes
        .get(name)
        .ok_or_else(|| Refusal::of(41050))?
        .clone();
    if code.used {
        return Err(Refusal::of(41051));
    }
    if desk.now >= code.expires {
        return Err(Refusal::of(41050));
    }
    let pair = (code.external_userid.clone(), code.userid.clone());
    if desk
        .corp
        .friends
        .get(&pair)
        .is_none_or(|friend| friend.chatting || friend.left)
    {
        return Err(Refusal::of(41051));
    }
    let words = request
        .text
        .as_ref()
        .and_then(|text| given(&text.content))
        .unwrap_or_default();
    let attachments = request.attachments.unwrap_or_default();
    if words.is_empty() && attachments.is_empty() {
        return Err(Refusal::of(40063));
    }
    if words.len() > TEXT {
        return Err(Refusal::of(45002));
    }
    if attachments.len() > ATTACHMENTS {
        return Err(Refusal::of(41064));
    }
    for attachment in &attachments {
        check(desk, attachment)?;
    }
    if let Some(code) = desk.corp.welcome_codes.get_mut(name) {
        code.used = true;
    }
    let mut lines = Vec::new();
    if !words.is_empty() {
        lines.push(json!({ "msgtype": "text", "text": { "content": words } }));
    }
    let note = format!(
        "to {} from {}, {} attachments",
        pair.0,
        pair.1,
        attachments.len()
    );
    lines.extend(attachments.into_iter().map(Value::Object));
    for body in lines {
        let msgid = desk.ids.make("", 32);
        let line = Line::new(desk.now, Side::Them, body.to_string().into()).from(&msgid);
        desk.show(&pair.0, ChatKind::Friend, &pair.1, line);
    }
    Ok(Reply::ok().note(note))
}

fn check(desk: &Desk<'_>, attachment: &Map<String, Value>) -> Result<(), Refusal> {
    let kind = attachment
        .get("msgtype")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let wrong = || Refusal::of(41065);
    let object = attachment
        .get(kind)
        .and_then(Value::as_object)
        .ok_or_else(wrong)?;
    let has = |name: &str| {
        object
            .get(name)
            .and_then(Value::as_str)
            .is_some_and(|text| !text.is_empty())
    };
    match kind {
        "image" if has("pic_url") => Ok(()),
        "image" => media(desk, object, "media_id", Kind::Image),
        "video" => media(desk, object, "media_id", Kind::Video),
        "file" => media(desk, object, "media_id", Kind::File),
        "link" if has("title") && has("url") => Ok(()),
        "miniprogram" if has("title") && has("appid") && has("page") => {
            media(desk, object, "pic_media_id", Kind::Image)
        }
        _ => Err(wrong()),
    }
}

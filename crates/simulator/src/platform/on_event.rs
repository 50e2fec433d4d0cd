//! `send_msg_on_event`: one message for one code: a welcome, a queue notice, closing words.
//! Outside the five of `send_msg`.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use super::send::{deliver, take_msgid};
use super::{Answer, Params, Reply, given, payload, read};
use crate::world::desk::Desk;
use crate::world::session::CodeKind;

#[derive(Debug, Deserialize)]
struct Request {
    code: Option<String>,
    msgid: Option<String>,
    msgtype: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

pub(super) fn send_msg_on_event(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    payload::unescaped(body)?;
    let mut request: Request = read(body)?;
    let name = given(&request.code).ok_or_else(|| Refusal::of(95007))?;
    let now = desk.now;
    let found = desk.corp.accounts.values().find_map(|account| {
        Some((
            account.open_kfid.clone(),
            account.managed,
            account.codes.get(name)?.clone(),
        ))
    });
    let (open_kfid, managed, code) = found.ok_or_else(|| Refusal::of(95007))?;
    if !managed {
        return Err(Refusal::of(48007));
    }
    if code.used || now >= code.expires {
        return Err(Refusal::of(95007));
    }
    let external = code.external_userid;
    let Ok(account) = desk.account(&open_kfid) else {
        return Err(Refusal::of(95004));
    };
    let state = account.session(&external).state_at(now);
    if code.state.is_some_and(|needed| needed != state) {
        return Err(Refusal::of(95007));
    }
    let msgtype = given(&request.msgtype)
        .ok_or_else(|| Refusal::of(40008))?
        .to_owned();
    match (msgtype.as_str(), code.kind) {
        ("text", _) | ("msgmenu", CodeKind::Welcome | CodeKind::Farewell) => {}
        _ => return Err(Refusal::of(40008)),
    }
    let mut content = request.rest.remove(&msgtype).unwrap_or_default();
    payload::check(desk, &msgtype, &mut content)?;
    let msgid = take_msgid(desk, &open_kfid, &external, given(&request.msgid))?;
    if let Ok(account) = desk.account(&open_kfid) {
        if let Some(code) = account.codes.get_mut(name) {
            code.used = true;
        }
        if code.kind == CodeKind::Welcome {
            account.session(&external).last_welcome = Some(now);
        }
    }
    deliver(desk, &open_kfid, &external, &msgid, &msgtype, content);
    let what = match code.kind {
        CodeKind::Welcome => "welcome",
        CodeKind::Reply => "notice",
        CodeKind::Farewell => "closing words",
    };
    Ok(Reply::from(json!({ "msgid": msgid })).note(format!("{what}, {msgtype}")))
}

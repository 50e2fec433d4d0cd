//! `message/custom/send`: to a person who did something lately, as often as that allows. It
//! answers no message id, and what it accepted cannot be asked for again.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{only, payload};
use crate::config::AppKind;
use crate::platform::payload::unescaped;
use crate::platform::refusal::Refusal;
use crate::platform::{Answer, Params, Reply, given, read};
use crate::world::app::credits::Spent;
use crate::world::app::desk::AppDesk;
use crate::world::people::{Line, Side};

#[derive(Debug, Deserialize)]
struct Request {
    touser: Option<String>,
    msgtype: Option<String>,
    customservice: Option<Value>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Openid, type and content, the person's own choice, window, count: the order of the checks.
pub(super) fn send(desk: &mut AppDesk<'_>, _: &Params, body: &[u8]) -> Answer {
    only(desk, &[AppKind::OfficialAccount, AppKind::MiniProgram])?;
    unescaped(body)?;
    let mut request: Request = read(body).map_err(|_| Refusal::of(47001))?;
    let openid = given(&request.touser)
        .ok_or_else(|| Refusal::of(40003))?
        .to_owned();
    if !desk.app.contacts.contains_key(openid.as_str()) {
        return Err(Refusal::of(40003));
    }
    let msgtype = given(&request.msgtype)
        .ok_or_else(|| Refusal::of(40008))?
        .to_owned();
    let content = request.rest.remove(&msgtype).unwrap_or_default();
    payload::check(desk, &msgtype, &content)?;
    may_write(desk, &openid)?;
    let mut body = json!({ "msgtype": msgtype });
    body[&msgtype] = content;
    deliver(desk, &openid, body, request.customservice.as_ref());
    Ok(Reply::ok().note(msgtype))
}

/// Whether this person may be written to now: 43019, 48002, 43004, 45015, 45047.
pub(super) fn may_write(desk: &mut AppDesk<'_>, openid: &str) -> Result<(), Refusal> {
    let (now, kind) = (desk.now, desk.app.kind);
    let contact = desk.contact(openid).ok_or_else(|| Refusal::of(40003))?;
    if contact.blocked {
        return Err(Refusal::of(43019));
    }
    if contact.refusing {
        return Err(Refusal::of(48002));
    }
    if kind == AppKind::OfficialAccount && !contact.knew {
        return Err(Refusal::of(43004));
    }
    contact.credits.check(now).map_err(|spent| match spent {
        Spent::Time => Refusal::of(45015),
        Spent::Count => Refusal::of(45047),
    })
}

/// Takes one message off the budget and shows it on the phone.
pub(super) fn deliver(
    desk: &mut AppDesk<'_>,
    openid: &str,
    body: Value,
    servicer: Option<&Value>,
) -> String {
    let now = desk.now;
    if let Some(contact) = desk.contact(openid) {
        contact.credits.take(now);
        // Whatever is sent ends the typing.
        contact.typing = 0;
    }
    let msgid = desk.ids.make("", 32);
    let mut line = Line::new(now, Side::Them, body.to_string().into()).from(&msgid);
    line.by = servicer
        .and_then(|servicer| servicer["kf_account"].as_str())
        .map(str::to_owned);
    desk.show(openid, line);
    msgid
}

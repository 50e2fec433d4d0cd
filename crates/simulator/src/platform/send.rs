//! `send_msg`: to a customer who wrote, five times within 48 hours, while the API has the session.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::accounts::find;
use super::refusal::Refusal;
use super::state::known;
use super::{Answer, Params, Reply, given, payload, read};
use crate::world::desk::Desk;
use crate::world::fault::Kind;
use crate::world::later::Task;
use crate::world::people::{ChatKind, Line, Side};
use crate::world::session::Unsendable;

/// How long after the success a failure is told, unless a fault says otherwise.
const FAIL_DELAY: i64 = 300;
/// The customer refuses messages.
const REFUSED: u32 = 10;

#[derive(Debug, Deserialize)]
struct Request {
    touser: Option<String>,
    open_kfid: Option<String>,
    msgid: Option<String>,
    msgtype: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Account, customer, state, time, count, payload: the order in which the platform looks.
pub(super) fn send_msg(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    payload::unescaped(body)?;
    let mut request: Request = read(body)?;
    let open_kfid = find(desk, given(&request.open_kfid))?.open_kfid.clone();
    let external = known(desk, Some(&open_kfid), &request.touser)?.to_owned();
    let now = desk.now;
    let session = find(desk, Some(&open_kfid))?.session(&external);
    let refusing = session.refusing;
    session.may_send(now).map_err(|why| match why {
        Unsendable::State => Refusal::of(95018),
        Unsendable::Time => Refusal::of(95002),
        Unsendable::Count => Refusal::of(95001),
    })?;
    let msgtype = given(&request.msgtype)
        .ok_or_else(|| Refusal::of(40008))?
        .to_owned();
    let mut content = request.rest.remove(&msgtype).unwrap_or_default();
    payload::check(desk, &msgtype, &mut content)?;
    let msgid = take_msgid(desk, &open_kfid, &external, given(&request.msgid))?;
    find(desk, Some(&open_kfid))?.session(&external).was_sent();
    let _ = desk.allocated(&open_kfid, &external, None);
    let account = find(desk, Some(&open_kfid))?;
    account.tallies.all(now).assistant_replies += 1;
    let fault = desk.faults.strike(|kind| match kind {
        Kind::SendFail {
            fail_type,
            after_ms,
        } => Some((*fail_type, *after_ms)),
        _ => None,
    });
    let failure = fault.or(refusing.then_some((REFUSED, 0)));
    if let Some((fail_type, after)) = failure {
        let after = if after > 0 { after } else { FAIL_DELAY };
        let corpid = desk.corp.corpid.clone();
        let task = Task::SendFail {
            corpid,
            open_kfid,
            external_userid: external,
            msgid: msgid.clone(),
            fail_type,
        };
        desk.later.at(now + after, task);
        let note = format!("{msgtype}; fails later with {fail_type}");
        return Ok(Reply::from(json!({ "msgid": msgid })).note(note));
    }
    deliver(desk, &open_kfid, &external, &msgid, &msgtype, content);
    Ok(Reply::from(json!({ "msgid": msgid })).note(msgtype))
}

/// The caller's msgid, which no other message of the account may have, or one of ours.
pub(super) fn take_msgid(
    desk: &mut Desk<'_>,
    open_kfid: &str,
    external: &str,
    wanted: Option<&str>,
) -> Result<String, Refusal> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let msgid = match wanted {
        Some(id) if id.len() <= 32 && id.bytes().all(allowed) => id.to_owned(),
        Some(_) => return Err(Refusal::because(40058, "invalid Request Parameter: msgid")),
        None => desk.ids.make("", 32),
    };
    let account = find(desk, Some(open_kfid))?;
    if account.sent.get(&msgid).is_some() {
        return Err(Refusal::because(
            40058,
            "invalid Request Parameter: msgid repeated",
        ));
    }
    account.sent.insert(msgid.clone(), external.to_owned());
    Ok(msgid)
}

/// Puts the message on the customer's phone.
pub(super) fn deliver(
    desk: &mut Desk<'_>,
    open_kfid: &str,
    external: &str,
    msgid: &str,
    msgtype: &str,
    content: Value,
) {
    let body = json!({ "msgtype": msgtype, msgtype: content }).to_string();
    let line = Line::new(desk.now, Side::Them, body.into()).from(msgid);
    desk.show(external, ChatKind::Kf, open_kfid, line);
}

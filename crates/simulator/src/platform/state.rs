//! `service_state`: who answers a customer, and the moves that the API may make.

use serde::Deserialize;
use serde_json::json;

use super::accounts::find;
use super::refusal::Refusal;
use super::{Answer, Params, Reply, given, read};
use crate::world::desk::Desk;
use crate::world::session::{CodeKind, State};

#[derive(Debug, Deserialize)]
struct Request {
    open_kfid: Option<String>,
    external_userid: Option<String>,
    service_state: Option<i64>,
    servicer_userid: Option<String>,
}

/// A customer who has been at this account before.
pub(super) fn known<'a>(
    desk: &mut Desk<'_>,
    open_kfid: Option<&str>,
    external_userid: &'a Option<String>,
) -> Result<&'a str, Refusal> {
    let account = find(desk, open_kfid)?;
    let external = given(external_userid).ok_or_else(|| Refusal::of(40096))?;
    if account.sessions.contains_key(external) {
        Ok(external)
    } else {
        Err(Refusal::of(40096))
    }
}

pub(super) fn get(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Request = read(body)?;
    let external = known(desk, given(&request.open_kfid), &request.external_userid)?;
    let now = desk.now;
    let session = find(desk, given(&request.open_kfid))?.session(external);
    let state = session.state_at(now);
    let mut fields = json!({ "service_state": state.number() });
    if state == State::Human
        && let Some(servicer) = &session.servicer
    {
        fields["servicer_userid"] = servicer.as_str().into();
    }
    Ok(fields.into())
}

/// Moves a session. No event tells of it; a move to 2, 3 or 4 gives a code for one message.
pub(super) fn trans(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Request = read(body)?;
    let open_kfid = given(&request.open_kfid);
    let external = known(desk, open_kfid, &request.external_userid)?;
    let target = request.service_state.and_then(State::from_number);
    let target = target.ok_or_else(|| Refusal::of(40058))?;
    let servicer = given(&request.servicer_userid);
    let now = desk.now;
    let before = find(desk, open_kfid)?.session(external).state_at(now);
    if !before.may_become(target) {
        return Err(Refusal::of(95016));
    }
    if target == State::Human {
        let userid = servicer.ok_or_else(|| Refusal::of(40058))?;
        let active = desk.corp.member(userid).is_some_and(|member| member.active);
        let account = find(desk, open_kfid)?;
        match account.servicer(userid) {
            Some(servicer) if servicer.stopped.is_some() => return Err(Refusal::of(95019)),
            Some(_) if active => {}
            _ => return Err(Refusal::of(95014)),
        }
    }
    let account = find(desk, open_kfid)?;
    let open_kfid = account.open_kfid.clone();
    let session = account.session(external);
    session.state = target;
    session.servicer = servicer
        .filter(|_| target == State::Human)
        .map(str::to_owned);
    if before != target && matches!(target, State::Assistant | State::Human) {
        let servicer = servicer.filter(|_| target == State::Human);
        let _ = desk.allocated(&open_kfid, external, servicer);
    }
    let kind = match target {
        State::Waiting | State::Human if before != target => CodeKind::Reply,
        State::Ended => CodeKind::Farewell,
        _ => return Ok(Reply::ok()),
    };
    let code = desk
        .give_code(&open_kfid, external, kind, Some(target))
        .map_err(|_| Refusal::of(95004))?;
    let note = format!("{} → {}", before.number(), target.number());
    Ok(Reply::from(json!({ "msg_code": code })).note(note))
}

//! Profiles of customers, and the recommendation of a specialist or a group (升级服务).

use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts::find;
use super::refusal::Refusal;
use super::state::known;
use super::{Answer, Params, Reply, given, read};
use crate::world::corp::Recommendation;
use crate::world::desk::Desk;

/// Profiles of up to 100 customers; those who were away for 48 hours are listed as invalid.
pub(super) fn batchget(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    #[derive(Debug, Deserialize)]
    struct Request {
        external_userid_list: Option<Vec<String>>,
        need_enter_session_context: Option<u8>,
    }
    let request: Request = read(body)?;
    let ids = request.external_userid_list.unwrap_or_default();
    if !(1..=100).contains(&ids.len()) {
        return Err(Refusal::of(40058));
    }
    let context = request.need_enter_session_context == Some(1);
    let (mut found, mut invalid) = (Vec::new(), Vec::new());
    for id in ids {
        match profile(desk, &id, context) {
            Some(profile) => found.push(profile),
            None => invalid.push(id),
        }
    }
    let note = format!("{} customers", found.len());
    let fields = json!({ "customer_list": found, "invalid_external_userid": invalid });
    Ok(Reply::from(fields).note(note))
}

fn profile(desk: &mut Desk<'_>, external: &str, context: bool) -> Option<Value> {
    let now = desk.now;
    let sessions = desk
        .corp
        .accounts
        .values()
        .filter_map(|account| account.sessions.get(external));
    let present: Vec<_> = sessions.filter(|session| session.present(now)).collect();
    if present.is_empty() {
        return None;
    }
    let entrance = present
        .iter()
        .filter_map(|session| session.entered.as_ref())
        .max_by_key(|(at, _)| *at)
        .map(|(_, entrance)| json!(entrance));
    let person = desk.people.find(external)?;
    let mut profile = json!({
        "external_userid": external,
        "nickname": person.name,
        "avatar": format!("{}/avatar/{external}.png", desk.base),
        "gender": person.gender,
        "unionid": person.unionid,
    });
    if context && let Some(entrance) = entrance {
        profile["enter_session_context"] = entrance;
    }
    Some(profile)
}

/// The pool of specialists and groups.
pub(super) fn upgrade_config(desk: &mut Desk<'_>, _: &Params, _: &[u8]) -> Answer {
    let members = desk.corp.members.iter().filter(|member| member.upgrade);
    let userids: Vec<&str> = members.map(|member| member.userid.as_str()).collect();
    Ok(json!({
        "member_range": { "userid_list": userids, "department_id_list": [] },
        "groupchat_range": { "chat_id_list": desk.corp.upgrade_groups },
    })
    .into())
}

#[derive(Debug, Deserialize)]
struct Upgrade {
    open_kfid: Option<String>,
    external_userid: Option<String>,
    #[serde(rename = "type")]
    kind: Option<u32>,
    member: Option<Target>,
    groupchat: Option<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    userid: Option<String>,
    chat_id: Option<String>,
    wording: Option<String>,
}

/// What the servicer's client would offer to this customer. Only the object that `type` names
/// counts.
pub(super) fn upgrade(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Upgrade = read(body)?;
    let external = known(desk, given(&request.open_kfid), &request.external_userid)?.to_owned();
    let (target, wording) = match (request.kind, &request.member, &request.groupchat) {
        (Some(1), Some(member), _) => {
            let userid = given(&member.userid).ok_or_else(|| Refusal::of(40003))?;
            if !desk
                .corp
                .member(userid)
                .is_some_and(|member| member.upgrade)
            {
                return Err(Refusal::of(60011));
            }
            (userid.to_owned(), &member.wording)
        }
        (Some(2), _, Some(group)) => {
            let chat_id = given(&group.chat_id).ok_or_else(|| Refusal::of(40050))?;
            if !desk.corp.upgrade_groups.iter().any(|id| id == chat_id) {
                return Err(Refusal::of(86003));
            }
            (chat_id.to_owned(), &group.wording)
        }
        _ => return Err(Refusal::of(40058)),
    };
    let wording = given(wording).unwrap_or_default().to_owned();
    if wording.len() > 1024 {
        return Err(Refusal::of(40058));
    }
    let open_kfid = find(desk, given(&request.open_kfid))?.open_kfid.clone();
    let (now, group) = (desk.now, request.kind == Some(2));
    let account = find(desk, Some(&open_kfid))?;
    let servicer = account.session(&external).servicer.clone();
    account
        .tallies
        .count(now, servicer.as_deref(), |tally| match group {
            true => tally.group_invites += 1,
            false => tally.member_invites += 1,
        });
    let recommendation = Recommendation { target, wording };
    desk.corp
        .recommendations
        .insert((open_kfid, external), recommendation);
    Ok(Reply::ok())
}

pub(super) fn cancel_upgrade(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Upgrade = read(body)?;
    let external = known(desk, given(&request.open_kfid), &request.external_userid)?.to_owned();
    let open_kfid = find(desk, given(&request.open_kfid))?.open_kfid.clone();
    desk.corp.recommendations.remove(&(open_kfid, external));
    Ok(Reply::ok())
}

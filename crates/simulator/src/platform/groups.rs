//! Customer groups as the API lists them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::{Answer, Params, Reply, given, needed, read};
use crate::world::SECOND;
use crate::world::desk::Desk;

pub(super) fn list(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    #[derive(Debug, Default, Deserialize)]
    struct Owners {
        userid_list: Option<Vec<String>>,
    }
    #[derive(Debug, Deserialize)]
    struct Request {
        owner_filter: Option<Owners>,
        cursor: Option<String>,
        limit: Option<usize>,
    }
    let request: Request = read(body)?;
    let limit = request.limit.filter(|limit| (1..=1_000).contains(limit));
    let limit = limit.ok_or_else(|| Refusal::of(40058))?;
    let owners = request
        .owner_filter
        .and_then(|filter| filter.userid_list)
        .unwrap_or_default();
    if owners.len() > 100 {
        return Err(Refusal::of(40031));
    }
    let after = given(&request.cursor).unwrap_or_default();
    let mut groups: Vec<&str> = desk
        .corp
        .groups
        .values()
        .filter(|group| owners.is_empty() || owners.contains(&group.owner))
        .map(|group| group.chat_id.as_str())
        .filter(|id| *id > after)
        .take(limit + 1)
        .collect();
    let more = groups.len() > limit;
    groups.truncate(limit);
    let list: Vec<Value> = groups
        .iter()
        .map(|id| json!({ "chat_id": id, "status": 0 }))
        .collect();
    let mut fields = json!({ "group_chat_list": list });
    if let Some(last) = groups.last().filter(|_| more) {
        fields["next_cursor"] = (*last).into();
    }
    Ok(fields.into())
}

pub(super) fn get(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    #[derive(Debug, Deserialize)]
    struct Request {
        chat_id: Option<String>,
        need_name: Option<u8>,
    }
    let request: Request = read(body)?;
    let id = needed(&request.chat_id, "chat_id")?;
    let group = desk
        .corp
        .groups
        .get(id)
        .ok_or_else(|| Refusal::of(90501))?
        .clone();
    let named = request.need_name == Some(1);
    let mut owner = json!({
        "userid": group.owner,
        "type": 1,
        "join_time": group.made / SECOND,
        "join_scene": 1,
        "group_nickname": "",
    });
    if named && let Some(member) = desk.corp.member(&group.owner) {
        owner["name"] = member.name.as_str().into();
    }
    let mut members = vec![owner];
    for joined in &group.customers {
        let person = desk.people.find(&joined.external_userid);
        let mut member = json!({
            "userid": &*joined.external_userid,
            "type": 2,
            "join_time": joined.at / SECOND,
            "join_scene": 3,
            "group_nickname": "",
            "state": joined.state,
        });
        if let Some(person) = person {
            member["unionid"] = person.unionid.as_str().into();
            if named {
                member["name"] = person.name.as_str().into();
            }
        }
        members.push(member);
    }
    let note = format!("{} members", members.len());
    let fields = json!({ "group_chat": {
        "chat_id": group.chat_id,
        "name": group.name,
        "owner": group.owner,
        "create_time": group.made / SECOND,
        "notice": group.notice,
        "member_list": members,
        "admin_list": [],
        "member_version": group.version,
    }});
    Ok(Reply::from(fields).note(note))
}

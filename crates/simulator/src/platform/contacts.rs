//! Customers who are contacts of members: who they are, and what the members noted.

use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::{Answer, Params, Reply, needed, read};
use crate::world::SECOND;
use crate::world::desk::Desk;

/// The members who have this customer, with what each of them noted; 84061 if there is none.
pub(super) fn get(desk: &mut Desk<'_>, params: &Params, _: &[u8]) -> Answer {
    let external = params.get("external_userid").filter(|id| !id.is_empty());
    let external = external.ok_or_else(|| Refusal::of(41035))?;
    let person = desk
        .people
        .find(external)
        .ok_or_else(|| Refusal::of(40096))?;
    let contact = json!({
        "external_userid": external,
        "name": person.name,
        "avatar": format!("{}/avatar/{external}.png", desk.base),
        "type": 1,
        "gender": person.gender,
        "unionid": person.unionid,
    });
    let mut follows: Vec<Value> = desk
        .corp
        .friends
        .iter()
        .filter(|((id, _), _)| **id == **external)
        .map(|((_, userid), friend)| {
            json!({
                "userid": userid,
                "remark": friend.remark,
                "description": friend.description,
                "createtime": friend.made / SECOND,
                "tags": [],
                "remark_mobiles": friend.remark_mobiles,
                "add_way": friend.add_way,
                "oper_userid": userid,
                "state": friend.state,
            })
        })
        .collect();
    if follows.is_empty() {
        return Err(Refusal::of(84061));
    }
    follows.sort_by_key(|follow| follow["createtime"].as_i64());
    Ok(json!({ "external_contact": contact, "follow_user": follows }).into())
}

/// The customers of one member.
pub(super) fn list(desk: &mut Desk<'_>, params: &Params, _: &[u8]) -> Answer {
    let userid = params.get("userid").cloned().unwrap_or_default();
    if desk.corp.member(&userid).is_none() {
        return Err(Refusal::of(60111));
    }
    let friends = desk.corp.friends.keys();
    let mut ids: Vec<&str> = friends
        .filter(|(_, member)| *member == userid)
        .map(|(id, _)| &**id)
        .collect();
    if ids.is_empty() {
        return Err(Refusal::of(84061));
    }
    ids.sort_unstable();
    Ok(json!({ "external_userid": ids }).into())
}

/// Members who may have contacts.
pub(super) fn followers(desk: &mut Desk<'_>, _: &Params, _: &[u8]) -> Answer {
    let members = desk.corp.members.iter().filter(|member| member.active);
    let ids: Vec<&str> = members.map(|member| member.userid.as_str()).collect();
    Ok(json!({ "follow_user": ids }).into())
}

/// What a member notes about a customer; changes made here cause no callback.
pub(super) fn remark(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    #[derive(Debug, Deserialize)]
    struct Request {
        userid: Option<String>,
        external_userid: Option<String>,
        remark: Option<String>,
        description: Option<String>,
        remark_mobiles: Option<Vec<String>>,
    }
    let request: Request = read(body)?;
    let userid = needed(&request.userid, "userid")?;
    let external = needed(&request.external_userid, "external_userid")?;
    let pair = (external.into(), userid.to_owned());
    let friend = desk
        .corp
        .friends
        .get_mut(&pair)
        .ok_or_else(|| Refusal::of(84061))?;
    if let Some(remark) = request.remark {
        friend.remark = remark.chars().take(20).collect();
    }
    if let Some(description) = request.description {
        friend.description = description.chars().take(150).collect();
    }
    if let Some(mobiles) = request.remark_mobiles {
        friend.remark_mobiles = mobiles;
    }
    Ok(Reply::ok())
}

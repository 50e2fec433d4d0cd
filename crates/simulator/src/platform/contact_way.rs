//! Contact ways (联系我): QR codes that add a member. Only the config_id leads back to one.

use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::{Answer, Params, Reply, given, needed, read};
use crate::world::contact::ContactWay;
use crate::world::desk::Desk;
use crate::world::{DAY, SECOND};

/// Characters of `state` and `remark`.
const SHORT: usize = 30;
/// Contact ways and join ways of a corp, together.
pub(super) const WAYS: usize = 500_000;

#[derive(Debug, Deserialize)]
struct Request {
    config_id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<u32>,
    scene: Option<u32>,
    style: Option<u32>,
    remark: Option<String>,
    skip_verify: Option<bool>,
    state: Option<String>,
    user: Option<Vec<String>>,
    party: Option<Vec<u64>>,
    is_temp: Option<bool>,
    expires_in: Option<i64>,
    chat_expires_in: Option<i64>,
    unionid: Option<String>,
    is_exclusive: Option<bool>,
    conclusions: Option<Value>,
}

fn wrong(name: &str) -> Refusal {
    Refusal::because(40058, format!("invalid Request Parameter: {name}"))
}

/// A text of at most 30 characters.
pub(super) fn short(text: &Option<String>, name: &str) -> Result<String, Refusal> {
    let text = given(text).unwrap_or_default();
    if text.chars().count() > SHORT {
        Err(wrong(name))
    } else {
        Ok(text.to_owned())
    }
}

fn users(desk: &Desk<'_>, kind: u32, users: &[String]) -> Result<(), Refusal> {
    match (kind, users.len()) {
        (1, 1) | (2, 1..=100) => {}
        (2, 101..) => return Err(Refusal::of(41041)),
        _ => return Err(wrong("user")),
    }
    for userid in users {
        match desk.corp.member(userid) {
            None => return Err(Refusal::of(60111)),
            Some(member) if !member.active => {
                return Err(Refusal::because(41054, "user not active"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The picture behind a way: a QR of an address of this simulator.
pub(super) fn picture(desk: &Desk<'_>, kind: char, config_id: &str) -> String {
    let words = format!("{}/q/{kind}/{config_id}", desk.base);
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("text", &words)
        .finish();
    format!("{}/qr.png?{query}", desk.base)
}

pub(super) fn add(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Request = read(body)?;
    let kind = request
        .kind
        .filter(|kind| matches!(kind, 1 | 2))
        .ok_or_else(|| wrong("type"))?;
    let scene = request
        .scene
        .filter(|scene| matches!(scene, 1 | 2))
        .ok_or_else(|| wrong("scene"))?;
    if request.style.is_some() && scene == 2 {
        return Err(Refusal::of(41042));
    }
    let people = request.user.unwrap_or_default();
    users(desk, kind, &people)?;
    if desk.corp.contact_ways.len() + desk.corp.join_ways.len() >= WAYS {
        return Err(Refusal::because(41045, "contact way count limit"));
    }
    let way = ContactWay {
        config_id: desk.ids.make("", 32),
        kind,
        scene,
        style: request.style,
        remark: short(&request.remark, "remark")?,
        skip_verify: request.skip_verify.unwrap_or(true),
        state: short(&request.state, "state")?,
        users: people,
        parties: request.party.unwrap_or_default(),
        is_temp: request.is_temp.unwrap_or(false),
        expires_in: request.expires_in.filter(|life| *life > 0),
        chat_expires_in: request.chat_expires_in.filter(|life| *life > 0),
        unionid: request.unionid.unwrap_or_default(),
        is_exclusive: request.is_exclusive.unwrap_or(false),
        conclusions: request.conclusions.filter(|value| !value.is_null()),
        made: desk.now,
        ..ContactWay::default()
    };
    let mut fields = json!({ "config_id": way.config_id });
    if scene == 2 {
        fields["qr_code"] = picture(desk, 'c', &way.config_id).into();
    }
    let note = format!("state {}", way.state);
    desk.corp.contact_ways.insert(way.config_id.clone(), way);
    Ok(Reply::from(fields).note(note))
}

pub(super) fn get(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Request = read(body)?;
    let id = needed(&request.config_id, "config_id")?;
    let way = desk
        .corp
        .contact_ways
        .get(id)
        .ok_or_else(|| Refusal::of(41044))?;
    let mut fields = json!({
        "config_id": way.config_id,
        "type": way.kind,
        "scene": way.scene,
        "remark": way.remark,
        "skip_verify": way.skip_verify,
        "state": way.state,
        "user": way.users,
        "party": way.parties,
        "is_temp": way.is_temp,
        "is_exclusive": way.is_exclusive,
    });
    let optional = [
        ("style", way.style.map(Value::from)),
        ("expires_in", way.expires_in.map(Value::from)),
        ("chat_expires_in", way.chat_expires_in.map(Value::from)),
        (
            "unionid",
            Some(way.unionid.as_str())
                .filter(|id| !id.is_empty())
                .map(Value::from),
        ),
        ("conclusions", way.conclusions.clone()),
        (
            "qr_code",
            (way.scene == 2).then(|| picture(desk, 'c', id).into()),
        ),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            fields[name] = value;
        }
    }
    Ok(json!({ "contact_way": fields }).into())
}

/// Changes what is given; type, scene and is_temp stay.
pub(super) fn update(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Request = read(body)?;
    let id = needed(&request.config_id, "config_id")?;
    let kind = desk
        .corp
        .contact_ways
        .get(id)
        .ok_or_else(|| Refusal::of(41044))?
        .kind;
    if let Some(people) = &request.user {
        users(desk, kind, people)?;
    }
    let (remark, state) = (
        short(&request.remark, "remark")?,
        short(&request.state, "state")?,
    );
    let way = desk
        .corp
        .contact_ways
        .get_mut(id)
        .ok_or_else(|| Refusal::of(41044))?;
    if request.remark.is_some() {
        way.remark = remark;
    }
    if request.state.is_some() {
        way.state = state;
    }
    if let Some(people) = request.user {
        (way.users, way.turn) = (people, 0);
    }
    if let Some(parties) = request.party {
        way.parties = parties;
    }
    way.skip_verify = request.skip_verify.unwrap_or(way.skip_verify);
    way.style = request.style.or(way.style);
    way.expires_in = request.expires_in.or(way.expires_in);
    way.chat_expires_in = request.chat_expires_in.or(way.chat_expires_in);
    way.unionid = request.unionid.unwrap_or_else(|| way.unionid.clone());
    way.conclusions = request.conclusions.or_else(|| way.conclusions.take());
    Ok(Reply::ok())
}

pub(super) fn del(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Request = read(body)?;
    let id = needed(&request.config_id, "config_id")?;
    desk.corp
        .contact_ways
        .remove(id)
        .ok_or_else(|| Refusal::of(41044))?;
    Ok(Reply::ok())
}

/// Ids of the ways made in a span of time, the last 90 days when none is given.
pub(super) fn list(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    #[derive(Debug, Deserialize)]
    struct List {
        start_time: Option<i64>,
        end_time: Option<i64>,
        cursor: Option<String>,
        limit: Option<usize>,
    }
    let request: List = read(body)?;
    let end = request.end_time.map_or(desk.now, |end| end * SECOND);
    let start = request
        .start_time
        .map_or(end - 90 * DAY, |start| start * SECOND);
    let limit = match request.limit.unwrap_or_default() {
        0 => 100,
        limit if limit <= 1_000 => limit,
        _ => return Err(Refusal::of(40058)),
    };
    let after = given(&request.cursor).unwrap_or_default();
    let mut ids: Vec<&str> = desk
        .corp
        .contact_ways
        .values()
        .filter(|way| (start..=end).contains(&way.made) && way.config_id.as_str() > after)
        .map(|way| way.config_id.as_str())
        .take(limit + 1)
        .collect();
    let more = ids.len() > limit;
    ids.truncate(limit);
    let mut fields = json!({
        "contact_way": ids.iter().map(|id| json!({ "config_id": id })).collect::<Vec<_>>(),
    });
    if let Some(last) = ids.last().filter(|_| more) {
        fields["next_cursor"] = (*last).into();
    }
    Ok(fields.into())
}

//! `externalcontact/customer_acquisition`: links that add a member when they are tapped (获客助手).

use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::{Answer, Params, Reply, given, read};
use crate::world::SECOND;
use crate::world::acquire::Link;
use crate::world::desk::Desk;

/// Members of one link.
const USERS: usize = 500;
/// Links of one corp; the simulator's own bound.
const LINKS: usize = 10_000;

#[derive(Debug, Deserialize)]
struct Request {
    link_id: Option<String>,
    link_name: Option<String>,
    range: Option<Range>,
    skip_verify: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Range {
    user_list: Option<Vec<String>>,
}

pub(super) fn create(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Request = read(body)?;
    let name = given(&request.link_name).filter(|name| name.chars().count() <= 30);
    let name = name.ok_or_else(|| Refusal::of(40058))?.to_owned();
    let users = request
        .range
        .and_then(|range| range.user_list)
        .unwrap_or_default();
    if users.is_empty() || users.len() > USERS || desk.corp.links.len() >= LINKS {
        return Err(Refusal::of(40058));
    }
    if users
        .iter()
        .any(|userid| desk.corp.member(userid).is_none())
    {
        return Err(Refusal::of(60111));
    }
    let link_id = desk.ids.make("cawcde", 32);
    let link = Link {
        link_id: link_id.clone(),
        name,
        users,
        skip_verify: request.skip_verify.unwrap_or(true),
        made: desk.now,
        turn: 0,
    };
    let shown = describe(desk, &link);
    desk.corp.links.insert(link_id, link);
    Ok(json!({ "link": shown }).into())
}

pub(super) fn get(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Request = read(body)?;
    let link = request.link_id.and_then(|id| desk.corp.links.get(&id));
    let link = link.ok_or_else(|| Refusal::of(40058))?;
    let range = json!({ "user_list": link.users });
    Ok(json!({ "link": describe(desk, link), "range": range }).into())
}

pub(super) fn delete(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Request = read(body)?;
    let id = request.link_id.unwrap_or_default();
    let gone = desk.corp.links.remove(&id);
    gone.map(|_| Reply::ok()).ok_or_else(|| Refusal::of(40058))
}

fn describe(desk: &Desk<'_>, link: &Link) -> Value {
    json!({
        "link_id": link.link_id,
        "link_name": link.name,
        "url": desk.link_url(&link.link_id),
        "create_time": link.made / SECOND,
    })
}

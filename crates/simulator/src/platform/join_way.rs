//! Join ways (加入群聊): QR codes that lead into the first customer group with room.

use serde::Deserialize;
use serde_json::json;

use super::contact_way::{WAYS, picture, short};
use super::refusal::Refusal;
use super::{Answer, Params, Reply, given, needed, read};
use crate::world::desk::Desk;
use crate::world::group::JoinWay;

/// Groups one join way may lead to.
const GROUPS: usize = 5;

#[derive(Debug, Deserialize)]
struct Request {
    config_id: Option<String>,
    scene: Option<u32>,
    remark: Option<String>,
    auto_create_room: Option<u8>,
    room_base_name: Option<String>,
    room_base_id: Option<u64>,
    chat_id_list: Option<Vec<String>>,
    state: Option<String>,
}

impl Request {
    fn way(self, desk: &Desk<'_>, config_id: String) -> Result<JoinWay, Refusal> {
        let scene = self.scene.filter(|scene| matches!(scene, 1 | 2));
        let scene = scene.ok_or_else(|| Refusal::of(40058))?;
        let groups = self.chat_id_list.unwrap_or_default();
        match groups.len() {
            0 => return Err(Refusal::of(40058)),
            1..=GROUPS => {}
            _ => return Err(Refusal::of(41091)),
        }
        if groups.iter().any(|id| !desk.corp.groups.contains_key(id)) {
            return Err(Refusal::of(90501));
        }
        let name = given(&self.room_base_name).unwrap_or_default();
        if name.chars().count() > 40 {
            return Err(Refusal::of(40058));
        }
        Ok(JoinWay {
            config_id,
            scene,
            // Too long a remark is cut, not refused.
            remark: given(&self.remark)
                .unwrap_or_default()
                .chars()
                .take(30)
                .collect(),
            auto_create_room: self.auto_create_room.unwrap_or(1) != 0,
            room_base_name: name.to_owned(),
            room_base_id: self.room_base_id.unwrap_or(1),
            chat_ids: groups,
            state: short(&self.state, "state")?,
        })
    }
}

pub(super) fn add(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Request = read(body)?;
    if desk.corp.contact_ways.len() + desk.corp.join_ways.len() >= WAYS {
        return Err(Refusal::because(41045, "join way count limit"));
    }
    let config_id = desk.ids.make("", 32);
    let way = request.way(desk, config_id.clone())?;
    let note = format!("state {}", way.state);
    desk.corp.join_ways.insert(config_id.clone(), way);
    Ok(Reply::from(json!({ "config_id": config_id })).note(note))
}

pub(super) fn get(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Request = read(body)?;
    let id = needed(&request.config_id, "config_id")?;
    let way = desk
        .corp
        .join_ways
        .get(id)
        .ok_or_else(|| Refusal::of(41044))?;
    Ok(json!({ "join_way": {
        "config_id": way.config_id,
        "scene": way.scene,
        "remark": way.remark,
        "auto_create_room": u8::from(way.auto_create_room),
        "room_base_name": way.room_base_name,
        "room_base_id": way.room_base_id,
        "chat_id_list": way.chat_ids,
        "qr_code": picture(desk, 'g', id),
        "state": way.state,
    }})
    .into())
}

/// All fields are overwritten.
pub(super) fn update(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Request = read(body)?;
    let id = needed(&request.config_id, "config_id")?.to_owned();
    if !desk.corp.join_ways.contains_key(&id) {
        return Err(Refusal::of(41044));
    }
    let way = request.way(desk, id.clone())?;
    desk.corp.join_ways.insert(id, way);
    Ok(Reply::ok())
}

pub(super) fn del(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Request = read(body)?;
    let id = needed(&request.config_id, "config_id")?;
    desk.corp
        .join_ways
        .remove(id)
        .ok_or_else(|| Refusal::of(41044))?;
    Ok(Reply::ok())
}

//! `user/info`: whether somebody follows, since when and by which way. Names and pictures are no
//! longer given.

use serde::Deserialize;
use serde_json::{Value, json};

use super::only;
use crate::config::AppKind;
use crate::platform::refusal::Refusal;
use crate::platform::{Answer, Params, Reply, read};
use crate::world::SECOND;
use crate::world::app::desk::AppDesk;

/// People of one batch.
const BATCH: usize = 100;

pub(super) fn info(desk: &mut AppDesk<'_>, params: &Params, _: &[u8]) -> Answer {
    only(desk, &[AppKind::OfficialAccount])?;
    let openid = params.get("openid").map(String::as_str).unwrap_or_default();
    let lang = params.get("lang").map_or("zh_CN", String::as_str);
    let one = describe(desk, openid, lang).ok_or_else(|| Refusal::of(40003))?;
    Ok(Reply::from(one).bare())
}

pub(super) fn batchget(desk: &mut AppDesk<'_>, _: &Params, body: &[u8]) -> Answer {
    #[derive(Debug, Deserialize)]
    struct One {
        openid: String,
        lang: Option<String>,
    }
    #[derive(Debug, Deserialize)]
    struct Request {
        user_list: Vec<One>,
    }
    only(desk, &[AppKind::OfficialAccount])?;
    let request: Request = read(body).map_err(|_| Refusal::of(47001))?;
    if request.user_list.is_empty() || request.user_list.len() > BATCH {
        return Err(Refusal::because(40032, "invalid openid list size"));
    }
    let list: Option<Vec<Value>> = request
        .user_list
        .iter()
        .map(|one| describe(desk, &one.openid, one.lang.as_deref().unwrap_or("zh_CN")))
        .collect();
    let list = list.ok_or_else(|| Refusal::of(40003))?;
    Ok(Reply::from(json!({ "user_info_list": list })).bare())
}

fn describe(desk: &mut AppDesk<'_>, openid: &str, lang: &str) -> Option<Value> {
    let contact = desk.app.contacts.get(openid)?.clone();
    let unionid = desk.app.unionid.then(|| desk.people.find(openid));
    let unionid = unionid.flatten().map(|person| person.unionid.clone());
    let mut shown = json!({ "subscribe": u8::from(contact.followed.is_some()), "openid": openid });
    if let Some(unionid) = unionid {
        shown["unionid"] = unionid.into();
    }
    let Some(since) = contact.followed else {
        return Some(shown);
    };
    let (number, words) = match &contact.scene {
        Some(scene) if scene.text => (0, scene.value.as_str()),
        Some(scene) => (scene.value.parse().unwrap_or(0_u32), ""),
        None => (0, ""),
    };
    let more = json!({
        "language": lang,
        "subscribe_time": since / SECOND,
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": contact.how,
        "qr_scene": number,
        "qr_scene_str": words,
    });
    if let (Value::Object(all), Value::Object(more)) = (&mut shown, more) {
        all.extend(more);
    }
    Some(shown)
}

//! Verbs of a customer with an account: come in, write, tap, take back.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Verdict, answer, app, at_desk, read};
use crate::error::SimError;
use crate::platform::accounts::scene_of;
use crate::platform::media::{named, show};
use crate::sim::Sim;
use crate::world::desk::Desk;
use crate::world::media::{Kind, LIFE, Media};
use crate::world::menu::Item;
use crate::world::people::ChatKind;
use crate::world::session::{ChannelsEntry, Entrance};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Enter {
    corpid: Option<String>,
    customer: String,
    /// The name of a new customer.
    name: Option<String>,
    link: Option<String>,
    open_kfid: Option<String>,
    scene: Option<String>,
    scene_param: Option<String>,
    appid: Option<String>,
    session_from: Option<String>,
    wechat_channels: Option<ChannelsEntry>,
}

pub(super) async fn enter(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    let request: Enter = read(&body)?;
    if let Some(appid) = &request.appid {
        let (name, from) = (request.name.as_deref(), request.session_from.as_deref());
        return app::enter(&sim, appid, &request.customer, name, from);
    }
    at_desk(&sim, request.corpid.as_deref(), |desk| {
        let (open_kfid, entrance) = match &request.link {
            Some(link) => follow(desk, link)?,
            None => {
                let id = account_for(desk, &request.customer, request.open_kfid.as_deref())?;
                let entrance = Entrance {
                    scene: request.scene.clone(),
                    scene_param: request.scene_param.clone(),
                    wechat_channels: request.wechat_channels.clone(),
                };
                (id, entrance)
            }
        };
        rename(desk, &request.customer, request.name.as_deref())?;
        answer(desk.enter(&request.customer, &open_kfid, entrance)?)
    })
}

fn rename(desk: &mut Desk<'_>, customer: &str, name: Option<&str>) -> Result<(), SimError> {
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Ok(());
    };
    let (key, _) = desk.customer(customer)?;
    if let Some(person) = desk.people.find(&key) {
        person.name = name.chars().take(32).collect();
    }
    Ok(())
}

/// Account and context of a link. A scene that was moved here from another link, or a parameter
/// that has no scene to go with, is not delivered.
pub(super) fn follow(desk: &Desk<'_>, link: &str) -> Result<(String, Entrance), SimError> {
    let wrong = || SimError::invalid(format!("{link:?} is not a link of this platform"));
    let rest = link.split_once("/kf/").ok_or_else(wrong)?.1;
    let (code, query) = rest.split_once('?').unwrap_or((rest, ""));
    let account = desk
        .corp
        .accounts
        .values()
        .find(|account| account.link == code);
    let open_kfid = account
        .ok_or_else(|| SimError::unknown("link", code))?
        .open_kfid
        .clone();
    let mut entrance = Entrance::default();
    let mut param = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "enc_scene" => entrance.scene = scene_of(desk, code, &value),
            "scene_param" if value.len() <= 128 => param = Some(value.into_owned()),
            _ => {}
        }
    }
    if entrance.scene.is_some() {
        entrance.scene_param = param;
    }
    Ok((open_kfid, entrance))
}

/// The account that is named, or the one this customer last spoke with, or the first.
pub(super) fn account_for(
    desk: &mut Desk<'_>,
    customer: &str,
    open_kfid: Option<&str>,
) -> Result<String, SimError> {
    if let Some(id) = open_kfid {
        return desk.account(id).map(|account| account.open_kfid.clone());
    }
    let corpid = desk.corp.corpid.as_str();
    let chats = desk.people.find(customer).map(|person| &person.chats);
    let theirs = chats.into_iter().flatten().filter(|chat| {
        chat.kind == ChatKind::Kf
            && chat.corpid == corpid
            && desk.corp.accounts.contains_key(&chat.target)
    });
    let last = theirs.max_by_key(|chat| chat.lines.back().map(|line| line.no));
    if let Some(chat) = last {
        return Ok(chat.target.clone());
    }
    let first = desk
        .corp
        .accounts_in_order()
        .first()
        .map(|account| account.open_kfid.clone());
    first.ok_or_else(|| SimError::invalid("the corp has no account"))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Say {
    corpid: Option<String>,
    customer: String,
    open_kfid: Option<String>,
    userid: Option<String>,
    chat_id: Option<String>,
    appid: Option<String>,
    msgtype: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Say>),
    One(Say),
}

/// One message or many; many are answered by a list, in which a failure takes one place.
pub(super) async fn say(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    let many = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let messages = match many {
        true => OneOrMany::Many(read(&body)?),
        false => OneOrMany::One(read(&body)?),
    };
    match messages {
        OneOrMany::One(message) => utter(&sim, message).map(Json),
        OneOrMany::Many(messages) => {
            let said = messages.into_iter().map(|message| {
                utter(&sim, message).unwrap_or_else(|error| json!({ "error": error.to_string() }))
            });
            Ok(Json(said.collect()))
        }
    }
}

fn utter(sim: &Sim, mut message: Say) -> Result<Value, SimError> {
    let msgtype = message.msgtype.take().unwrap_or_else(|| "text".into());
    let mut object = message.rest.remove(&msgtype).unwrap_or_else(|| json!({}));
    if let (true, Value::String(words)) = (msgtype == "text", &object) {
        object = json!({ "content": words });
    }
    let mut content = Map::new();
    content.insert("msgtype".into(), msgtype.as_str().into());
    content.insert(msgtype, object);
    if let Some(appid) = &message.appid {
        let said = app::at_app(sim, Some(appid), |desk| {
            desk.say_to_app(&message.customer, content)
        })?;
        return serde_json::to_value(said).map_err(|error| SimError::invalid(error.to_string()));
    }
    at_desk(sim, message.corpid.as_deref(), |desk| {
        let (kind, target) = match (&message.userid, &message.chat_id) {
            (Some(userid), _) => (ChatKind::Friend, userid.clone()),
            (None, Some(chat_id)) => (ChatKind::Group, chat_id.clone()),
            (None, None) => {
                let id = account_for(desk, &message.customer, message.open_kfid.as_deref())?;
                oversized(desk, &mut content);
                (ChatKind::Kf, id)
            }
        };
        let said = desk.say_privately(&message.customer, kind, &target, &content)?;
        serde_json::to_value(said).map_err(|error| SimError::invalid(error.to_string()))
    })
}

/// A file over the inbound limit reaches the corp as a notice in words.
fn oversized(desk: &Desk<'_>, content: &mut Map<String, Value>) {
    let msgtype = content
        .get("msgtype")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let Some(kind) = Kind::read(&msgtype) else {
        return;
    };
    let id = content
        .get(&msgtype)
        .and_then(|object| object["media_id"].as_str());
    let media = id.and_then(|id| desk.corp.media.get(id, desk.now));
    if media.is_some_and(|media| media.bytes.len() > kind.inbound_limit()) {
        content.clear();
        content.insert("msgtype".into(), "text".into());
        let words = "[客户发来的文件超过大小限制，请让客户压缩后再发]";
        content.insert("text".into(), json!({ "content": words }));
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Upload {
    corpid: Option<String>,
    appid: Option<String>,
    r#type: Option<String>,
    filename: Option<String>,
}

pub(super) async fn upload(
    State(sim): State<Arc<Sim>>,
    Query(query): Query<Upload>,
    bytes: Bytes,
) -> Verdict {
    let word = query.r#type.as_deref().unwrap_or("image");
    let kind = Kind::read(word).ok_or_else(|| SimError::invalid("type: image|voice|video|file"))?;
    if bytes.is_empty() {
        return Err(SimError::invalid("the body is the file; it is empty"));
    }
    let filename = query.filename.unwrap_or_else(|| word.to_owned());
    let media = |made| Media {
        kind,
        filename,
        bytes,
        made,
        life: LIFE,
    };
    if let Some(appid) = &query.appid {
        return app::at_app(&sim, Some(appid), |desk| {
            let media_id = desk.ids.make("", 64);
            desk.app.media.put(media_id.clone(), media(desk.now));
            answer(json!({ "media_id": media_id, "type": word }))
        });
    }
    at_desk(&sim, query.corpid.as_deref(), |desk| {
        let media_id = desk.ids.make("1", 66);
        desk.corp.media.put(media_id.clone(), media(desk.now));
        answer(json!({ "media_id": media_id, "type": word }))
    })
}

pub(crate) async fn media(
    State(sim): State<Arc<Sim>>,
    Path(id): Path<String>,
) -> Result<Response, SimError> {
    let now = sim.clock.now_ms();
    let found = sim.with(|world| {
        let corps = world.corps.values().map(|corp| &corp.media);
        let mut boxes = corps.chain(world.apps.values().map(|app| &app.media));
        boxes.find_map(|media| {
            media
                .get(&id, now)
                .map(|media| (show(media), named(&media.filename)))
        })
    });
    let ((content_type, bytes), name) = found.ok_or_else(|| SimError::unknown("media", &id))?;
    // Served as what it is, and never run as a page of ours.
    let mut response = ([(header::CONTENT_TYPE, content_type)], bytes).into_response();
    response.headers_mut().insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if let Some(name) = name {
        response
            .headers_mut()
            .insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Touch {
    corpid: Option<String>,
    customer: String,
    open_kfid: Option<String>,
    userid: Option<String>,
    chat_id: Option<String>,
    appid: Option<String>,
    msgid: String,
    id: Option<String>,
    content: Option<String>,
    index: usize,
}

pub(super) async fn tap(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    let request: Touch = read(&body)?;
    let item = Item {
        id: request.id.as_deref(),
        content: request.content.as_deref(),
        index: request.index,
    };
    if let Some(appid) = &request.appid {
        return app::tap(&sim, appid, &request.customer, &request.msgid, item);
    }
    at_desk(&sim, request.corpid.as_deref(), |desk| {
        let (kind, target) = match (&request.userid, &request.chat_id) {
            (Some(userid), _) => (ChatKind::Friend, userid.clone()),
            (None, Some(chat_id)) => (ChatKind::Group, chat_id.clone()),
            (None, None) => {
                let id = account_for(desk, &request.customer, request.open_kfid.as_deref())?;
                (ChatKind::Kf, id)
            }
        };
        answer(desk.tap(&request.customer, kind, &target, &request.msgid, item)?)
    })
}

pub(super) async fn recall(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    let request: Touch = read(&body)?;
    at_desk(&sim, request.corpid.as_deref(), |desk| {
        let id = account_for(desk, &request.customer, request.open_kfid.as_deref())?;
        desk.recall(&request.customer, &id, &request.msgid)?;
        answer(json!({ "recalled": request.msgid }))
    })
}

/// From now on messages to this customer are accepted and fail (fail_type 10); those of an app are
/// refused at once.
pub(super) async fn refuse(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Request {
        corpid: Option<String>,
        customer: String,
        open_kfid: Option<String>,
        appid: Option<String>,
        by: Option<String>,
        on: bool,
    }
    let request: Request = read(&body)?;
    if let Some(appid) = &request.appid {
        let by_app = request.by.as_deref() == Some("app");
        return app::refuse(&sim, appid, &request.customer, by_app, request.on);
    }
    at_desk(&sim, request.corpid.as_deref(), |desk| {
        let (_, external) = desk.customer(&request.customer)?;
        let id = account_for(desk, &request.customer, request.open_kfid.as_deref())?;
        desk.account(&id)?.session(&external).refusing = request.on;
        answer(json!({ "open_kfid": id, "refusing": request.on }))
    })
}

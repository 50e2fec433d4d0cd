//! Verbs around codes: what a QR leads to, adding a member, joining and leaving groups.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::customer::{account_for, follow};
use super::{Verdict, answer, app, at_desk, read};
use crate::error::SimError;
use crate::qr;
use crate::sim::Sim;
use crate::world::app::scene::ticket_in;
use crate::world::desk::Desk;
use crate::world::people::ChatKind;

/// What a code turns out to be.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Seen {
    /// A contact way: a member who can be added.
    ContactWay {
        payload: String,
        config_id: String,
        userid: String,
        name: String,
        title: String,
        corp: String,
        state: String,
        /// They are contacts already.
        added: bool,
    },
    /// A join way: a group that can be joined.
    JoinWay {
        payload: String,
        config_id: String,
        chat_id: String,
        name: String,
        members: usize,
        limit: usize,
        full: bool,
        corp: String,
        state: String,
        /// The person is in one of its groups already.
        joined: bool,
    },
    /// An official account's code with a scene.
    SceneCode {
        payload: String,
        appid: String,
        name: String,
        scene: String,
        /// The person follows already.
        followed: bool,
    },
    /// A link into a customer-service account.
    KfLink {
        payload: String,
        open_kfid: String,
        name: String,
        scene: Option<String>,
        scene_param: Option<String>,
    },
    /// A page on the web.
    Url { payload: String },
    /// Words that are no address.
    Text { payload: String },
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Scan {
    corpid: Option<String>,
    customer: Option<String>,
    payload: Option<String>,
    png: Option<String>,
    media_id: Option<String>,
    msgid: Option<String>,
    open_kfid: Option<String>,
}

/// Reads a QR: from words, from a picture in the body, from stored media, from a message.
pub(super) async fn scan(State(sim): State<Arc<Sim>>, headers: HeaderMap, body: Bytes) -> Verdict {
    let is_picture = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("image/"));
    if is_picture {
        let payload = decode(body).await?;
        if let Some(ticket) = ticket_in(&payload) {
            return scene_code(&sim, &payload, ticket, None);
        }
        return at_desk(&sim, None, |desk| answer(recognise(desk, &payload, None)?));
    }
    let request: Scan = read(&body)?;
    let corpid = request.corpid.as_deref();
    let payload = match &request {
        Scan {
            payload: Some(payload),
            ..
        } => payload.clone(),
        Scan {
            png: Some(text), ..
        } => {
            let text = text
                .rsplit_once(',')
                .map_or(text.as_str(), |(_, data)| data);
            let bytes = STANDARD
                .decode(text)
                .map_err(|error| SimError::invalid(error.to_string()))?;
            decode(bytes.into()).await?
        }
        Scan {
            media_id: Some(id), ..
        } => decode(anywhere(&sim, id)?).await?,
        Scan {
            msgid: Some(msgid), ..
        } => {
            let bytes = at_desk(&sim, corpid, |desk| {
                let id = picture_of(desk, &request, msgid)?;
                stored(desk, &id)
            })?;
            decode(bytes).await?
        }
        _ => {
            return Err(SimError::invalid(
                "scan wants payload, png, media_id or msgid",
            ));
        }
    };
    if let Some(ticket) = ticket_in(&payload) {
        return scene_code(&sim, &payload, ticket, request.customer.as_deref());
    }
    at_desk(&sim, corpid, |desk| {
        answer(recognise(desk, &payload, request.customer.as_deref())?)
    })
}

/// A code of an official account, as a person sees it before following.
fn scene_code(sim: &Sim, payload: &str, ticket: &str, customer: Option<&str>) -> Verdict {
    let appid = app::owner_of(sim, ticket)?;
    app::at_app(sim, Some(&appid), |desk| {
        let scene = desk.scene(ticket)?;
        let followed = match customer {
            Some(customer) => {
                let openid = desk.openid(customer)?;
                desk.contact(&openid)
                    .is_some_and(|one| one.followed.is_some())
            }
            None => false,
        };
        answer(Seen::SceneCode {
            payload: payload.to_owned(),
            appid: desk.app.appid.clone(),
            name: desk.app.name.clone(),
            scene: scene.value,
            followed,
        })
    })
}

/// Looking for a code takes milliseconds, so it is done beside the runtime.
async fn decode(bytes: Bytes) -> Result<String, SimError> {
    let found = tokio::task::spawn_blocking(move || qr::read(&bytes)).await;
    let words = found.map_err(|error| SimError::invalid(error.to_string()))??;
    words
        .into_iter()
        .next()
        .ok_or_else(|| SimError::Refused("图片里没有找到二维码".into()))
}

/// Bytes of a corp's or an app's media.
fn anywhere(sim: &Sim, media_id: &str) -> Result<Bytes, SimError> {
    let now = sim.clock.now_ms();
    let found = sim.with(|world| {
        let corps = world.corps.values().map(|corp| &corp.media);
        let mut boxes = corps.chain(world.apps.values().map(|app| &app.media));
        boxes.find_map(|media| Some(media.get(media_id, now)?.bytes.clone()))
    });
    found.ok_or_else(|| SimError::unknown("media", media_id))
}

fn stored(desk: &Desk<'_>, media_id: &str) -> Result<Bytes, SimError> {
    let media = desk.corp.media.get(media_id, desk.now);
    Ok(media
        .ok_or_else(|| SimError::unknown("media", media_id))?
        .bytes
        .clone())
}

/// The media_id of a picture in a chat.
fn picture_of(desk: &mut Desk<'_>, request: &Scan, msgid: &str) -> Result<String, SimError> {
    let customer = request.customer.as_deref().unwrap_or_default();
    let id = account_for(desk, customer, request.open_kfid.as_deref())?;
    let person = desk
        .people
        .find(customer)
        .ok_or_else(|| SimError::unknown("customer", customer))?;
    let chat = person.chat(ChatKind::Kf, &desk.corp.corpid, &id);
    let mut lines = chat.into_iter().flat_map(|chat| &chat.lines);
    let line = lines.find(|line| line.msgid.as_deref() == Some(msgid));
    let line = line.ok_or_else(|| SimError::unknown("message", msgid))?;
    let body: Value = serde_json::from_str(&line.body).unwrap_or_default();
    let media_id = body["image"]["media_id"].as_str();
    media_id
        .map(str::to_owned)
        .ok_or_else(|| SimError::Refused("这条消息不是图片".into()))
}

/// The config_id in an address of ours, of this kind (`c`, `g`).
fn config_id(payload: &str, kind: char) -> Option<&str> {
    let (_, id) = payload.split_once(&format!("/q/{kind}/"))?;
    Some(id.split(['?', '#', '/']).next().unwrap_or(id))
}

fn recognise(desk: &mut Desk<'_>, payload: &str, customer: Option<&str>) -> Result<Seen, SimError> {
    let external = match customer {
        Some(customer) => Some(desk.customer(customer)?.1),
        None => None,
    };
    let (payload, corp) = (payload.to_owned(), desk.corp.name.clone());
    if let Some(id) = config_id(&payload, 'c') {
        let way = desk.corp.contact_ways.get(id);
        let way = way.ok_or_else(|| SimError::unknown("contact way", id))?;
        let kept = external
            .as_ref()
            .and_then(|external| way.kept.get(external));
        let next = way.users.get(way.turn % way.users.len().max(1));
        let userid = kept.or(next).cloned().unwrap_or_default();
        let member = desk.corp.member(&userid);
        let friend = external.and_then(|id| desk.corp.friends.get(&(id, userid.clone())));
        return Ok(Seen::ContactWay {
            config_id: id.to_owned(),
            name: member.map(|member| member.name.clone()).unwrap_or_default(),
            title: member
                .map(|member| member.title.clone())
                .unwrap_or_default(),
            state: way.state.clone(),
            added: friend.is_some_and(|friend| !friend.half && !friend.left),
            payload,
            userid,
            corp,
        });
    }
    if let Some(leads) = desk.follow_link(&payload) {
        let leads = leads?;
        let member = desk.corp.member(&leads.userid).cloned();
        let friend = external.and_then(|id| desk.corp.friends.get(&(id, leads.userid.clone())));
        return Ok(Seen::ContactWay {
            payload,
            config_id: leads.link_id,
            added: friend.is_some_and(|friend| !friend.half && !friend.left),
            name: member
                .as_ref()
                .map(|one| one.name.clone())
                .unwrap_or_default(),
            title: member.map(|one| one.title).unwrap_or_default(),
            userid: leads.userid,
            state: leads.state,
            corp,
        });
    }
    if let Some(id) = config_id(&payload, 'g') {
        let way = desk.corp.join_ways.get(id);
        let way = way.ok_or_else(|| SimError::unknown("join way", id))?;
        let mine = external.and_then(|external| {
            let groups = way
                .chat_ids
                .iter()
                .filter_map(|id| desk.corp.groups.get(id));
            groups.into_iter().find(|group| group.holds(&external))
        });
        let group = mine.or_else(|| desk.group_ahead(way));
        let group = group.ok_or_else(|| SimError::Refused("群聊已解散（-3010）".into()))?;
        return Ok(Seen::JoinWay {
            config_id: id.to_owned(),
            chat_id: group.chat_id.clone(),
            name: group.name.clone(),
            members: group.customers.len() + 1,
            limit: group.limit,
            full: group.is_full() && !way.auto_create_room,
            state: way.state.clone(),
            joined: mine.is_some(),
            payload,
            corp,
        });
    }
    if let Ok((open_kfid, entrance)) = follow(desk, &payload) {
        let name = desk.account(&open_kfid)?.name.clone();
        let (scene, scene_param) = (entrance.scene, entrance.scene_param);
        return Ok(Seen::KfLink {
            payload,
            open_kfid,
            name,
            scene,
            scene_param,
        });
    }
    let is_url = payload.starts_with("http://") || payload.starts_with("https://");
    Ok(if is_url {
        Seen::Url { payload }
    } else {
        Seen::Text { payload }
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Request {
    corpid: Option<String>,
    customer: String,
    config_id: Option<String>,
    payload: Option<String>,
    userid: Option<String>,
    state: Option<String>,
    chat_id: Option<String>,
    accept: Option<bool>,
    removed: bool,
    by: Option<Side>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Side {
    Customer,
    Member,
}

impl Request {
    fn config(&self, kind: char) -> Option<&str> {
        let from_payload = || config_id(self.payload.as_deref()?, kind);
        self.config_id.as_deref().or_else(from_payload)
    }
}

/// Through a contact way; or, with a userid, directly (a second time to accept a half one).
pub(super) async fn add(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    let request: Request = read(&body)?;
    at_desk(&sim, request.corpid.as_deref(), |desk| {
        let link = request
            .payload
            .as_deref()
            .and_then(|payload| desk.follow_link(payload));
        if let Some(leads) = link {
            let leads = leads?;
            let accept = request.accept.unwrap_or(leads.skip_verify);
            if let Some(link) = desk.corp.links.get_mut(&leads.link_id) {
                link.turn += 1;
            }
            return answer(desk.befriend(
                &request.customer,
                &leads.userid,
                &leads.state,
                accept,
            )?);
        }
        let added = match (request.config('c'), &request.userid) {
            (Some(id), _) => desk.add_by_way(&request.customer, id, request.accept)?,
            (None, Some(userid)) => {
                let state = request.state.as_deref().unwrap_or_default();
                let accept = request.accept.unwrap_or(true);
                desk.befriend(&request.customer, userid, state, accept)?
            }
            (None, None) => {
                return Err(SimError::invalid("add wants config_id, payload or userid"));
            }
        };
        answer(added)
    })
}

pub(super) async fn join(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    let request: Request = read(&body)?;
    let id = request
        .config('g')
        .ok_or_else(|| SimError::invalid("join wants config_id or payload"))?;
    at_desk(&sim, request.corpid.as_deref(), |desk| {
        answer(desk.join_by_way(&request.customer, id)?)
    })
}

pub(super) async fn leave(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    let request: Request = read(&body)?;
    let id = request.chat_id.as_deref().unwrap_or_default();
    at_desk(&sim, request.corpid.as_deref(), |desk| {
        desk.leave_group(&request.customer, id, request.removed)?;
        answer(json!({ "left": id }))
    })
}

pub(super) async fn del(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    let request: Request = read(&body)?;
    let userid = request.userid.as_deref().unwrap_or_default();
    at_desk(&sim, request.corpid.as_deref(), |desk| {
        desk.part(&request.customer, userid, request.by == Some(Side::Member))?;
        answer(json!({ "ended": userid }))
    })
}

//! The platform's API under `/cgi-bin/` and `/channels/`, as the gateway sees it. One door for all paths: faults,
//! access token, limits, then the handler of the path; every call is recorded with its answer.
//! Handlers are plain functions on a [`Desk`] and know no HTTP.

pub(crate) mod accounts;
mod acquisition;
mod app;
mod contact_way;
mod contacts;
mod customers;
mod groups;
mod join_way;
mod knowledge;
pub(crate) mod media;
mod on_event;
mod payload;
pub(crate) mod refusal;
mod send;
mod servicers;
mod state;
mod statistics;
mod sync;
mod token;
mod visit;
mod welcome;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{any, get, post};
use http::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::sim::Sim;
use crate::world::desk::Desk;
use refusal::Refusal;
pub(crate) use visit::Visit;

/// The query of a call.
pub(crate) type Params = HashMap<String, String>;
/// What a handler answers: the fields beside errcode and errmsg, and a note for people.
pub(crate) type Answer = Result<Reply, Refusal>;

/// What answers one path: a function of the corp's desk, the query and the body.
type Handler = fn(&mut Desk<'_>, &Params, &[u8]) -> Answer;

/// A successful answer.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    fields: Value,
    /// Ready-made JSON that follows the fields under this name.
    list: Option<(&'static str, Vec<Arc<str>>)>,
    note: String,
    /// Without errcode and errmsg, as some answers come.
    bare: bool,
}

impl Reply {
    pub(crate) fn ok() -> Self {
        Self::default()
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    pub(crate) fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    fn body(self) -> String {
        let mut body = match self.bare {
            true => json!({}),
            false => json!({ "errcode": 0, "errmsg": "ok" }),
        };
        if let (Value::Object(all), Value::Object(fields)) = (&mut body, self.fields) {
            all.extend(fields);
        }
        let mut text = body.to_string();
        if let Some((name, items)) = self.list {
            text.pop();
            text.push_str(&format!(",\"{name}\":["));
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                text.push_str(item);
            }
            text.push_str("]}");
        }
        text
    }
}

impl From<Value> for Reply {
    fn from(fields: Value) -> Self {
        Self {
            fields,
            ..Self::default()
        }
    }
}

/// Which verb a path wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Get,
    Post,
    Both,
}

impl Verb {
    /// The platform does not see the body of a call that came with the wrong verb.
    fn check(self, method: &Method) -> Result<(), Refusal> {
        let right = match self {
            Self::Get => method == Method::GET,
            Self::Post => method == Method::POST,
            Self::Both => true,
        };
        right.then_some(()).ok_or_else(|| Refusal::of(40058))
    }
}

/// Whom an access_token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The corpid.
    Corp(String),
    /// The appid.
    App(String),
}

impl Owner {
    fn id(&self) -> &str {
        match self {
            Self::Corp(id) | Self::App(id) => id,
        }
    }
}

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .merge(app::routes())
        .route("/cgi-bin/gettoken", get(token::gettoken))
        .route("/cgi-bin/media/upload", post(media::upload))
        .route("/cgi-bin/media/get", get(media::fetch))
        .route("/cgi-bin/{*path}", any(call))
}

/// The handler of a path, and the verb it wants.
fn handler(path: &str) -> Option<(Verb, Handler)> {
    use Verb::{Both, Get, Post};
    Some(match path {
        "getcallbackip" => (
            Get,
            |_, _, _| Ok(json!({ "ip_list": ["127.0.0.1"] }).into()),
        ),
        "kf/account/add" => (Post, accounts::add),
        "kf/account/del" => (Post, accounts::del),
        "kf/account/update" => (Post, accounts::update),
        "kf/account/list" => (Both, accounts::list),
        "kf/add_contact_way" => (Post, accounts::add_contact_way),
        "kf/get_corp_qualification" => (Get, accounts::qualification),
        "kf/servicer/add" => (Post, servicers::add),
        "kf/servicer/del" => (Post, servicers::del),
        "kf/servicer/list" => (Get, servicers::list),
        "kf/get_corp_statistic" => (Post, statistics::of_corp),
        "kf/get_servicer_statistic" => (Post, statistics::of_servicer),
        "kf/service_state/get" => (Post, state::get),
        "kf/service_state/trans" => (Post, state::trans),
        "kf/sync_msg" => (Post, sync::sync_msg),
        "kf/send_msg" => (Post, send::send_msg),
        "kf/send_msg_on_event" => (Post, on_event::send_msg_on_event),
        "kf/customer/batchget" => (Post, customers::batchget),
        "kf/customer/get_upgrade_service_config" => (Get, customers::upgrade_config),
        "kf/customer/upgrade_service" => (Post, customers::upgrade),
        "kf/customer/cancel_upgrade_service" => (Post, customers::cancel_upgrade),
        "kf/knowledge/add_group" => (Post, knowledge::add_group),
        "kf/knowledge/del_group" => (Post, knowledge::del_group),
        "kf/knowledge/mod_group" => (Post, knowledge::mod_group),
        "kf/knowledge/list_group" => (Post, knowledge::list_group),
        "kf/knowledge/add_intent" => (Post, knowledge::add_intent),
        "kf/knowledge/del_intent" => (Post, knowledge::del_intent),
        "kf/knowledge/mod_intent" => (Post, knowledge::mod_intent),
        "kf/knowledge/list_intent" => (Post, knowledge::list_intent),
        "externalcontact/add_contact_way" => (Post, contact_way::add),
        "externalcontact/get_contact_way" => (Post, contact_way::get),
        "externalcontact/update_contact_way" => (Post, contact_way::update),
        "externalcontact/del_contact_way" => (Post, contact_way::del),
        "externalcontact/list_contact_way" => (Post, contact_way::list),
        "externalcontact/send_welcome_msg" => (Post, welcome::send_welcome_msg),
        "externalcontact/customer_acquisition/create_link" => (Post, acquisition::create),
        "externalcontact/customer_acquisition/get" => (Post, acquisition::get),
        "externalcontact/customer_acquisition/delete_link" => (Post, acquisition::delete),
        "externalcontact/get" => (Get, contacts::get),
        "externalcontact/list" => (Get, contacts::list),
        "externalcontact/get_follow_user_list" => (Get, contacts::followers),
        "externalcontact/remark" => (Post, contacts::remark),
        "externalcontact/groupchat/add_join_way" => (Post, join_way::add),
        "externalcontact/groupchat/get_join_way" => (Post, join_way::get),
        "externalcontact/groupchat/update_join_way" => (Post, join_way::update),
        "externalcontact/groupchat/del_join_way" => (Post, join_way::del),
        "externalcontact/groupchat/list" => (Post, groups::list),
        "externalcontact/groupchat/get" => (Post, groups::get),
        _ => return None,
    })
}

async fn call(
    State(sim): State<Arc<Sim>>,
    Path(path): Path<String>,
    method: Method,
    Query(params): Query<Params>,
    body: Bytes,
) -> Response {
    let (for_corps, for_apps) = (handler(&path), app::handler(&path));
    let mut visit = Visit::new(&sim, &path, &params);
    if for_corps.is_none() && for_apps.is_none() {
        visit.record.note = "no such path".into();
        return visit.http(StatusCode::NOT_FOUND);
    }
    visit.record.body = String::from_utf8_lossy(&body).into_owned();
    let owner = match visit.admit(&params).await {
        Ok(owner) => owner,
        Err(response) => return *response,
    };
    let now = sim.clock.now_ms();
    let answer = sim.with(|world| match owner {
        Owner::Corp(corpid) => {
            let (verb, handler) = for_corps.ok_or_else(|| Refusal::of(48002))?;
            verb.check(&method)?;
            let mut desk = world
                .desk(Some(&corpid), now)
                .map_err(|_| Refusal::of(40013))?;
            handler(&mut desk, &params, &body)
        }
        Owner::App(appid) => {
            let (verb, handler) = for_apps.ok_or_else(|| Refusal::of(48001))?;
            verb.check(&method)?;
            let mut desk = world
                .app_desk(Some(&appid), now)
                .map_err(|_| Refusal::of(40013))?;
            handler(&mut desk, &params, &body)
        }
    });
    // A message may have put something off (a failure that is told later).
    if path == "kf/send_msg" {
        sim.alarm.notify_one();
    }
    visit.finish(answer).await
}

/// Reads a body. Malformed JSON is told apart in the words only, as on the platform.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        let words = match error.classify() {
            serde_json::error::Category::Data => format!("invalid Request Parameter: {error}"),
            _ => "invalid Request Parameter. Warning: wrong json format.".to_owned(),
        };
        Refusal::because(40058, words)
    })
}

/// The text, if it is there and says something: to the platform null and empty are absent.
pub(crate) fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// A text that must be there.
pub(crate) fn needed<'a>(text: &'a Option<String>, name: &str) -> Result<&'a str, Refusal> {
    given(text).ok_or_else(|| Refusal::because(40058, format!("invalid Request Parameter: {name}")))
}

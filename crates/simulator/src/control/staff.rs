//! Verbs of the corp's side that no API has: what servicers do in the platform's own client, and
//! events by hand.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::customer::account_for;
use super::{Verdict, answer, app, at_desk, read};
use crate::callback::xml::Doc;
use crate::error::SimError;
use crate::news::Hint;
use crate::sim::Sim;
use crate::world::staff::Act;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Receiving,
    Stopped,
    Suspended,
}

/// Fields that every servicer verb has; the rest of the body is an [`Act`].
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Servicer {
    corpid: Option<String>,
    open_kfid: Option<String>,
    userid: String,
    customer: Option<String>,
    status: Option<Status>,
}

pub(super) async fn servicer(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    let request: Servicer = read(&body)?;
    let act = match request.status {
        Some(_) => None,
        None => Some(read_act(&body)?),
    };
    at_desk(&sim, request.corpid.as_deref(), |desk| {
        let customer = request.customer.as_deref().unwrap_or_default();
        let id = account_for(desk, customer, request.open_kfid.as_deref())?;
        let msgid = match (act, request.status) {
            (Some(act), _) => desk.staff_acts(&id, customer, &request.userid, act)?,
            (None, status) => {
                let stopped = match status {
                    Some(Status::Stopped) => Some(0),
                    Some(Status::Suspended) => Some(1),
                    _ => None,
                };
                desk.staff_status(&id, &request.userid, stopped)?
            }
        };
        answer(json!({ "msgid": msgid, "open_kfid": id }))
    })
}

/// Accounts are given to the app, or taken from it (通过API管理); the app is told.
pub(super) async fn auth(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Request {
        corpid: Option<String>,
        add: Vec<String>,
        del: Vec<String>,
    }
    let request: Request = read(&body)?;
    at_desk(&sim, request.corpid.as_deref(), |desk| {
        for id in request.add.iter().chain(&request.del) {
            desk.account(id)?;
        }
        let mut doc = Doc::default()
            .text("ToUserName", &desk.corp.corpid)
            .number("CreateTime", desk.seconds())
            .text("MsgType", "event")
            .text("Event", "kf_account_auth_change");
        let changes = [
            (&request.add, "AuthAddOpenKfId", true),
            (&request.del, "AuthDelOpenKfId", false),
        ];
        for (ids, element, managed) in changes {
            for id in ids {
                desk.account(id)?.managed = managed;
                doc = doc.text(element, id);
            }
        }
        desk.push("kf_account_auth_change", doc);
        desk.news.tell(|| Hint::World);
        answer(json!({ "add": request.add, "del": request.del }))
    })
}

/// What is left of the body once the common fields are taken out.
fn read_act(body: &[u8]) -> Result<Act, SimError> {
    let mut all: Value = read(body)?;
    if let Some(fields) = all.as_object_mut() {
        for name in ["corpid", "open_kfid", "userid", "customer"] {
            fields.remove(name);
        }
        if let Some(Value::String(words)) = fields.get("text").cloned() {
            fields.insert("text".into(), json!({ "content": words }));
            fields.entry("msgtype").or_insert_with(|| "text".into());
        }
    }
    serde_json::from_value(all).map_err(|error| SimError::invalid(error.to_string()))
}

pub(super) async fn event(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Request {
        corpid: Option<String>,
        open_kfid: Option<String>,
        appid: Option<String>,
        customer: String,
        event: Value,
    }
    let request: Request = read(&body)?;
    if let Some(appid) = &request.appid {
        return app::event(&sim, appid, &request.customer, &request.event);
    }
    if !request.event.is_object() {
        return Err(SimError::invalid("event is an object with event_type"));
    }
    at_desk(&sim, request.corpid.as_deref(), |desk| {
        let id = account_for(desk, "", request.open_kfid.as_deref())?;
        let msgid = desk.log_event(&id, request.event)?;
        answer(json!({ "msgid": msgid, "open_kfid": id }))
    })
}

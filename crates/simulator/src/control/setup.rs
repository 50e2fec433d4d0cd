//! Verbs that make the world: corps, groups, callbacks by hand.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Verdict, answer, app, at_desk, read};
use crate::callback::{Forgery, Push, What};
use crate::config::{CorpSpec, GroupSpec};
use crate::error::SimError;
use crate::platform::accounts;
use crate::sim::Sim;
use crate::world::desk::Desk;

pub(super) async fn list(State(sim): State<Arc<Sim>>) -> Verdict {
    let now = sim.clock.now_ms();
    let corps: Result<Vec<Value>, SimError> = sim.with(|world| {
        let ids: Vec<String> = world.corps.keys().cloned().collect();
        ids.iter()
            .map(|id| Ok(describe(&world.desk(Some(id), now)?)))
            .collect()
    });
    answer(json!({ "base_url": sim.base, "corps": corps? }))
}

pub(super) async fn corp(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    let corpid = sim.set_up(read::<CorpSpec>(&body)?)?;
    Ok(Json(at_desk(&sim, Some(&corpid), |desk| {
        Ok(describe(desk))
    })?))
}

/// A corp as scripts and the phone page see it.
fn describe(desk: &Desk<'_>) -> Value {
    let corp = &*desk.corp;
    let accounts: Vec<Value> = corp
        .accounts_in_order()
        .iter()
        .map(|account| {
            json!({
                "open_kfid": account.open_kfid,
                "name": account.name,
                "avatar": account.avatar,
                "managed": account.managed,
                "link": accounts::link(desk, &account.link, ""),
                "servicers": account.servicers.iter().map(|one| &one.userid).collect::<Vec<_>>(),
                "sessions": account.sessions.len(),
                "log": account.log.len(),
            })
        })
        .collect();
    let members: Vec<Value> = corp
        .members
        .iter()
        .map(|member| {
            json!({
                "userid": member.userid,
                "name": member.name,
                "title": member.title,
                "active": member.active,
                "upgrade": member.upgrade,
            })
        })
        .collect();
    let groups: Vec<Value> = corp
        .groups
        .values()
        .map(|group| {
            json!({
                "chat_id": group.chat_id,
                "name": group.name,
                "owner": group.owner,
                "limit": group.limit,
                "members": group.customers.len() + 1,
            })
        })
        .collect();
    json!({
        "corpid": corp.corpid,
        "name": corp.name,
        "secret": corp.secret,
        "agentid": corp.agentid,
        "token": corp.token,
        "encoding_aes_key": corp.encoding_aes_key,
        "callback_url": corp.callback_url,
        "channels_nickname": corp.channels_nickname,
        "coalesce": corp.lane.coalesce,
        "accounts": accounts,
        "members": members,
        "groups": groups,
        "contact_ways": corp.contact_ways.len(),
        "join_ways": corp.join_ways.len(),
        "callbacks_waiting": corp.lane.waiting(),
        "callbacks_dropped": corp.lane.dropped,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Which {
    corpid: Option<String>,
    appid: Option<String>,
}

/// What the platform does when an administrator saves the callback configuration.
pub(super) async fn verify(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    let which: Which = read(&body)?;
    if let Some(appid) = &which.appid {
        return app::verify(&sim, appid).await;
    }
    let (corpid, callback, random) = at_desk(&sim, which.corpid.as_deref(), |desk| {
        let callback = desk.corp.callback();
        let callback = callback.ok_or_else(|| SimError::invalid("no callback_url is set"))?;
        Ok((desk.corp.corpid.clone(), callback, desk.ids.random16()))
    })?;
    let now = sim.clock.now_ms() / 1_000;
    let outcome = sim.poster.verify(&callback, &corpid, random, now).await?;
    answer(json!({ "ok": true, "took_ms": outcome.took.as_millis() as u64 }))
}

pub(super) async fn group(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Request {
        corpid: Option<String>,
        chat_id: Option<String>,
        name: Option<String>,
        owner: Option<String>,
        limit: Option<usize>,
        dismiss: bool,
    }
    let request: Request = read(&body)?;
    at_desk(&sim, request.corpid.as_deref(), |desk| {
        let known = request
            .chat_id
            .as_ref()
            .filter(|id| desk.corp.groups.contains_key(*id));
        if request.dismiss {
            let id = request.chat_id.as_deref().unwrap_or_default();
            desk.dismiss_group(id)?;
            return answer(json!({ "dismissed": id }));
        }
        let spec = GroupSpec {
            chat_id: request.chat_id.clone(),
            name: request.name.unwrap_or_default(),
            owner: request.owner,
            limit: request.limit,
            upgrade: false,
        };
        let chat_id = match known.cloned() {
            Some(id) => {
                if let Some(group) = desk.corp.groups.get_mut(&id) {
                    group.limit = spec.limit.unwrap_or(group.limit);
                    if !spec.name.is_empty() {
                        group.name = spec.name;
                    }
                }
                id
            }
            None => {
                let owner = spec.owner.clone();
                let first = || {
                    desk.corp
                        .members
                        .first()
                        .map(|member| member.userid.clone())
                };
                let owner = owner.or_else(first).unwrap_or_default();
                desk.make_group(&spec, owner)
            }
        };
        answer(json!({ "chat_id": chat_id }))
    })
}

pub(super) async fn push(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Request {
        corpid: Option<String>,
        appid: Option<String>,
        elements: Value,
        xml: String,
        event: Option<String>,
        forge: Option<Forgery>,
    }
    let request: Request = read(&body)?;
    if let Some(appid) = &request.appid {
        return app::push(&sim, appid, &request.elements, request.forge);
    }
    at_desk(&sim, request.corpid.as_deref(), |desk| {
        if desk.corp.callback_url.is_empty() {
            return Err(SimError::invalid("no callback_url is set"));
        }
        let event = request.event.unwrap_or_else(|| "by hand".into());
        let what = match request.forge {
            None => What::Plain {
                event,
                xml: request.xml,
            },
            Some(how) => What::Forged {
                event,
                xml: request.xml,
                how,
            },
        };
        desk.corp.lane.push(Push {
            what,
            settled: false,
        });
        answer(json!({ "queued": desk.corp.lane.waiting() }))
    })
}

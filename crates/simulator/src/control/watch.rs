//! Verbs that only look: people, their screens, the traffic, and a stream of hints.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch as signal;

use super::{Verdict, answer, app};
use crate::error::SimError;
use crate::server::wait;
use crate::sim::Sim;
use crate::traffic::{Wanted, Way};
use crate::world::corp::{Corp, Recommendation};
use crate::world::people::{Chat, ChatKind, Line, Person};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Look {
    corpid: Option<String>,
    customer: Option<String>,
    limit: Option<usize>,
    after: u64,
    path: Option<String>,
    way: Option<Way>,
    errcode: Option<i64>,
    order: Option<String>,
    summary: Option<String>,
}

pub(super) async fn people(State(sim): State<Arc<Sim>>, Query(look): Query<Look>) -> Verdict {
    let limit = look.limit.unwrap_or(50).min(1_000);
    answer(sim.with(|world| {
        let list: Vec<Value> = world.people.iter().rev().take(limit).map(brief).collect();
        json!({ "people": list, "count": world.people.len() })
    }))
}

fn brief(person: &Person) -> Value {
    json!({
        "customer": &*person.key,
        "name": person.name,
        "gender": person.gender,
        "unionid": person.unionid,
        "chats": person.chats.len(),
    })
}

pub(super) async fn screen(State(sim): State<Arc<Sim>>, Query(look): Query<Look>) -> Verdict {
    let customer = look.customer.as_deref().unwrap_or_default();
    let now = sim.clock.now_ms();
    // The lock is held to copy, not to write JSON.
    let (mut shown, chats) = sim.with(|world| {
        // Apps have no corp; a platform without any corp still has phones.
        let corpid = world
            .desk(look.corpid.as_deref(), now)
            .map(|desk| desk.corp.corpid.clone());
        let corpid = match corpid {
            Err(SimError::NoCorp) => None,
            found => Some(found?),
        };
        let corp = corpid.and_then(|corpid| world.corps.get(&corpid));
        let person = world.people.find(customer);
        let person = person.ok_or_else(|| SimError::unknown("customer", customer))?;
        let external = corp
            .and_then(|corp| person.known_as(&corp.corpid).cloned())
            .unwrap_or_else(|| "".into());
        let mut fields = brief(person);
        fields["external_userid"] = (&*external).into();
        let heads = person.chats.iter().filter_map(|chat| {
            let head = match (world.apps.get(&chat.corpid), corp) {
                (Some(one), _) => app::heading(one, person.known_as(&one.appid), now),
                (None, Some(corp)) if corp.corpid == chat.corpid => {
                    corp_heading(corp, chat, &external, now)
                }
                _ => return None,
            };
            Some((head, chat.lines.iter().cloned().collect()))
        });
        let chats: Vec<(Value, Vec<Line>)> = heads.collect();
        Ok::<_, SimError>((fields, chats))
    })?;
    let list: Result<Vec<Value>, SimError> = chats
        .into_iter()
        .map(|(mut head, lines)| {
            let lines: Result<Vec<Value>, SimError> = lines.iter().map(line).collect();
            head["lines"] = lines?.into();
            Ok(head)
        })
        .collect();
    shown["chats"] = list?.into();
    shown["now_ms"] = now.into();
    answer(shown)
}

/// A chat's head with what the corp may still do in it.
fn corp_heading(corp: &Corp, chat: &Chat, external: &Arc<str>, now: i64) -> Value {
    let mut head = heading(corp, chat);
    if let Some(account) = corp.accounts.get(&chat.target)
        && let Some(session) = account.sessions.get(external)
    {
        let (left, until) = session.credits(now);
        head["service_state"] = session.state_at(now).number().into();
        head["credits"] = json!({ "left": left, "until_ms": until });
        head["refusing"] = session.refusing.into();
        let pair = (chat.target.clone(), external.to_string());
        if let Some(offer) = corp.recommendations.get(&pair) {
            let Recommendation { target, wording } = offer;
            head["recommended"] = json!({ "target": target, "wording": wording });
        }
    }
    if chat.kind == ChatKind::Friend {
        let pair = (external.clone(), chat.target.clone());
        let friend = corp.friends.get(&pair).filter(|friend| !friend.left);
        head["friend"] = friend.is_some_and(|friend| !friend.half).into();
        head["half"] = friend.is_some_and(|friend| friend.half).into();
    }
    head
}

fn heading(corp: &Corp, chat: &Chat) -> Value {
    let (title, note) = match chat.kind {
        ChatKind::OfficialAccount | ChatKind::MiniProgram | ChatKind::Shop => (None, None),
        ChatKind::Kf => {
            let account = corp.accounts.get(&chat.target);
            (account.map(|account| account.name.clone()), None)
        }
        ChatKind::Friend => {
            let member = corp.member(&chat.target);
            (
                member.map(|member| member.name.clone()),
                member.map(|member| member.title.clone()),
            )
        }
        ChatKind::Group => {
            let group = corp.groups.get(&chat.target);
            let size = group.map(|group| format!("{}", group.customers.len() + 1));
            (group.map(|group| group.name.clone()), size)
        }
    };
    json!({
        "kind": chat.kind,
        "target": chat.target,
        "title": title.unwrap_or_else(|| chat.target.clone()),
        "note": note,
        "corp": corp.name,
    })
}

fn line(line: &Line) -> Result<Value, SimError> {
    let body: Value = serde_json::from_str(&line.body)
        .map_err(|error| SimError::invalid(format!("a stored line is not JSON: {error}")))?;
    let msgtype = body["msgtype"].as_str().unwrap_or_default().to_owned();
    let mut shown = json!({
        "no": line.no,
        "at": line.at,
        "side": line.side,
        "msgtype": msgtype,
        "content": body[&msgtype],
    });
    if let Some(msgid) = &line.msgid {
        shown["msgid"] = (&**msgid).into();
    }
    if let Some(by) = &line.by {
        shown["by"] = by.as_str().into();
    }
    if line.recalled {
        shown["recalled"] = true.into();
    }
    if let Some(picked) = &line.picked {
        shown["picked"] = picked.as_str().into();
    }
    Ok(shown)
}

/// Calls and callbacks from the ring; `last` is where to continue with `after`.
pub(super) async fn calls(State(sim): State<Arc<Sim>>, Query(look): Query<Look>) -> Verdict {
    let wanted = Wanted {
        after: look.after,
        limit: look.limit.unwrap_or(100).min(10_000),
        path: look.path.as_deref(),
        way: look.way,
        corpid: look.corpid.as_deref(),
        errcode: look.errcode,
        newest_first: look.order.as_deref() == Some("newest"),
    };
    let (list, counts, last) = sim.with_traffic(|traffic| {
        let counts = look.summary.is_some().then(|| traffic.counts().clone());
        let list = if counts.is_some() {
            Vec::new()
        } else {
            traffic.list(&wanted)
        };
        (list, counts, traffic.last())
    });
    match counts {
        Some(counts) => answer(json!({ "counts": counts, "last": last })),
        None => answer(json!({ "calls": list, "last": last })),
    }
}

pub(super) async fn forget(State(sim): State<Arc<Sim>>) -> Verdict {
    sim.with_traffic(|traffic| traffic.clear());
    answer(json!({ "forgotten": true }))
}

/// Hints for a page that shows what happens. A watcher that is too slow is told to look at all.
pub(super) async fn events(
    State(sim): State<Arc<Sim>>,
    stopped: signal::Receiver<bool>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let hints = stream::unfold(sim.news.watch(), |mut hints| async {
        let text = match hints.recv().await {
            Ok(hint) => serde_json::to_string(&hint).unwrap_or_default(),
            Err(RecvError::Lagged(_)) => r#"{"kind":"all"}"#.to_owned(),
            Err(RecvError::Closed) => return None,
        };
        Some((Ok(Event::default().data(text)), hints))
    });
    Sse::new(hints.take_until(wait(stopped)))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

//! Verbs that bend time and make the platform misbehave: clock, limits, faults.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Verdict, answer, app, at_desk, read};
use crate::error::SimError;
use crate::news::Hint;
use crate::sim::Sim;
use crate::world::SECOND;
use crate::world::fault::Kind;
use crate::world::quota::{Limit, SYNC_WITHOUT_TOKEN};

fn time(sim: &Sim) -> Value {
    let now = sim.clock.now_ms();
    json!({ "now": now / SECOND, "now_ms": now, "offset_s": sim.clock.offset_ms() / SECOND })
}

pub(super) async fn clock(State(sim): State<Arc<Sim>>) -> Verdict {
    answer(time(&sim))
}

/// Whatever becomes due by it happens at once.
pub(super) async fn set_clock(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Request {
        advance_s: Option<f64>,
        set: Option<i64>,
        reset: bool,
    }
    /// A century either way is far enough.
    const FAR: f64 = 3.2e9;
    let request: Request = read(&body)?;
    match request {
        Request { reset: true, .. } => sim.clock.advance(-sim.clock.offset_ms()),
        Request { set: Some(now), .. } if (0..=i64::MAX / 2_000).contains(&now) => {
            sim.clock.set(now * SECOND);
        }
        Request {
            advance_s: Some(by),
            ..
        } if by.abs() < FAR => {
            sim.clock.advance((by * 1_000.0) as i64);
        }
        _ => return Err(SimError::invalid("clock wants advance_s, set or reset")),
    }
    sim.alarm.notify_one();
    sim.news.tell(|| Hint::Clock);
    answer(time(&sim))
}

pub(super) async fn quota(State(sim): State<Arc<Sim>>) -> Verdict {
    answer(sim.with(|world| {
        let paths = [
            "kf/sync_msg",
            "kf/send_msg",
            "kf/send_msg_on_event",
            SYNC_WITHOUT_TOKEN,
        ];
        let mut names: Vec<&str> = paths.to_vec();
        names.extend(world.quotas.paths().map(String::as_str));
        names.sort_unstable();
        names.dedup();
        let list = names.into_iter().map(|path| {
            let used: u64 = world
                .corps
                .keys()
                .map(|id| world.quotas.used_this_minute(id, path))
                .sum();
            json!({ "path": path, "limit": world.quotas.limit(path), "used_this_minute": used })
        });
        json!({ "every_other_path": world.quotas.limit(""), "paths": list.collect::<Vec<_>>() })
    }))
}

pub(super) async fn set_quota(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Request {
        path: Option<String>,
        per_minute: Option<u64>,
        per_hour: Option<u64>,
        per_day: Option<u64>,
        concurrent: Option<u64>,
        reset: bool,
    }
    let request: Request = read(&body)?;
    sim.with(|world| {
        if request.reset {
            return world.quotas.reset();
        }
        let limit = Limit {
            per_minute: request.per_minute,
            per_hour: request.per_hour,
            per_day: request.per_day,
            concurrent: request.concurrent,
        };
        world.quotas.set(request.path.as_deref(), limit);
    });
    sim.news.tell(|| Hint::Faults);
    quota(State(sim)).await
}

pub(super) async fn faults(State(sim): State<Arc<Sim>>) -> Verdict {
    answer(sim.with(|world| json!({ "faults": world.faults.list() })))
}

/// The body is a fault and `calls`: for how many, 1 when absent, 0 until it is cleared.
pub(super) async fn switch_on(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    let mut fault: Value = read(&body)?;
    let calls = fault
        .as_object_mut()
        .and_then(|fields| fields.remove("calls"));
    let calls = calls.map_or(Some(1), |calls| calls.as_u64());
    let calls = calls.ok_or_else(|| SimError::invalid("calls is a number"))?;
    let kind: Kind =
        serde_json::from_value(fault).map_err(|error| SimError::invalid(error.to_string()))?;
    let id = sim.with(|world| world.faults.switch_on(kind, calls));
    sim.news.tell(|| Hint::Faults);
    answer(json!({ "id": id.ok_or(SimError::Full("faults"))? }))
}

/// One fault or all; late callbacks that wait are let go when all are cleared.
pub(super) async fn clear(
    State(sim): State<Arc<Sim>>,
    Query(query): Query<std::collections::HashMap<String, u64>>,
) -> Verdict {
    let id = query.get("id").copied();
    let (cleared, waiting) = sim.with(|world| {
        let waiting = if id.is_none() {
            world.later.take_callbacks()
        } else {
            Vec::new()
        };
        (world.faults.clear(id), waiting)
    });
    let released = waiting.len();
    sim.perform(waiting);
    sim.news.tell(|| Hint::Faults);
    answer(json!({ "cleared": cleared, "released": released }))
}

pub(super) async fn revoke(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Request {
        corpid: Option<String>,
        appid: Option<String>,
        code: Option<i64>,
    }
    let request: Request = read(&body)?;
    if let Some(appid) = &request.appid {
        return app::revoke(&sim, appid, request.code.unwrap_or(40001));
    }
    at_desk(&sim, request.corpid.as_deref(), |desk| {
        let revoked = desk.corp.current_token.take().is_some_and(|token| {
            let known = desk.corp.tokens.get_mut(&token);
            known
                .map(|known| known.revoked = Some(request.code.unwrap_or(40014)))
                .is_some()
        });
        answer(json!({ "revoked": revoked }))
    })
}

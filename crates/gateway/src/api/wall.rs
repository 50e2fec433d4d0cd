//! The wall: what a supervisor sees, second by second. The same frame goes over the agent socket.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use axum::{extract::State, http::header::CONTENT_TYPE, response::IntoResponse};
use kefu_domain::{BrandId, TeamId};
use kefu_reception::{Setup, Wall};
use kefu_store::HandoffsOf;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::{
    access::Caller,
    ask::Ask,
    explain::{self, Stuck},
    handoffs::{Counts, DAY_MS},
    shapes::{ProblemShape, WallShape},
};
use crate::{Gateway, problem::Answer, walls::Wall as Shown};

/// Share of customers who should be taken in time, percent.
const TARGET_PCT: u32 = 80;
/// In time.
const WITHIN_S: u32 = 60;
/// Looked back for shares and first replies.
const WINDOW_S: u32 = 1800;
const STEP_S: i64 = 300;
/// Agents shown at most: those who are there first, and of those who are free least.
const AGENTS: usize = 500;

/// Whose wall.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct WallAsk {
    /// Of this team only: its queue, its agents, and every figure and series counted for it.
    #[param(value_type = Option<String>)]
    team: Option<TeamId>,
}

/// The wall now
///
/// A first reply counts from the customer's first unanswered words to the first answer of their
/// session, the time in the queue included. It is as it was within the last second: who asks more often
/// gets the same again.
#[utoipa::path(
    get, path = "/v1/wall", tag = "Supervision", params(WallAsk),
    responses(
        (status = 200, body = WallShape),
        (status = 404, description = "`not_found`: no such team.", body = ProblemShape, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn wall(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Ask(ask): Ask<WallAsk>,
) -> Answer<impl IntoResponse> {
    let wall = shown(&gateway, caller.brand, ask.team).await?;
    Ok(([(CONTENT_TYPE, "application/json")], wall.answer))
}

/// The wall of a brand, or of one of its teams, made once for all who look at it.
pub(crate) async fn shown(
    gateway: &Gateway,
    brand: BrandId,
    team: Option<TeamId>,
) -> Answer<Shown> {
    let make = || async move {
        let mut wall = render(gateway, brand, team).await?;
        let answer = wall.to_string().into();
        wall["op"] = json!("wall");
        let frame = wall.to_string().into();
        Ok(Shown { frame, answer })
    };
    gateway.walls.show((brand, team), make).await
}

async fn render(gateway: &Gateway, brand: BrandId, team: Option<TeamId>) -> Answer<Value> {
    let reception = &gateway.reception;
    let setup = reception.directory().brand(brand)?;
    let wall = reception.wall(brand, team).await?;
    let mut handoffs = reception
        .store()
        .handoffs_by_agent(brand, wall.now - DAY_MS, STEP_S * 1000)
        .await?;
    if team.is_some() {
        let agents: HashSet<_> = wall.agents.iter().map(|seen| Some(seen.agent)).collect();
        handoffs.retain(|one| agents.contains(&one.agent));
    }
    let figures = &wall.figures;
    let reply = figures.first_reply_s;
    Ok(json!({
        "now": wall.now,
        "team_id": team,
        "alarms": alarms(&setup, &wall),
        "figures": {
            "waiting": wall.waiting_total,
            "waiting_1h_ago": figures.waiting_1h_ago,
            "oldest_enqueued_at": figures.oldest_enqueued_at,
            "oldest_team": figures.oldest_team.map(|id| team_name(&setup, id)),
            "promise_s": figures.promise_s,
            "service_level": {
                "pct": figures.service_level, "target_pct": TARGET_PCT, "within_s": WITHIN_S, "window_s": WINDOW_S,
            },
            "free_slots": figures.free_slots,
            "total_slots": figures.total_slots,
            "first_reply": { "p50_s": reply.map(|(p50, _)| p50), "p90_s": reply.map(|(_, p90)| p90) },
        },
        "waiting": waiting(&setup, &wall),
        "waiting_total": wall.waiting_total,
        "agents": agents(&setup, &wall),
        "agents_total": wall.agents.len(),
        "agents_by_state": by_state(&wall),
        "series": series(&wall, &handoffs),
        "handoffs_today": Counts::sum(handoffs.iter().map(|one| one.tally)),
    }))
}

fn team_name(setup: &Setup, id: TeamId) -> String {
    setup
        .teams
        .get(&id)
        .map(|row| row.entry.name.clone())
        .unwrap_or_default()
}

fn waiting(setup: &Setup, wall: &Wall) -> Vec<Value> {
    let views = wall
        .waiting
        .iter()
        .filter_map(|view| Some((view, view.conversation.session.as_ref()?)));
    let one = |(view, session): (&kefu_reception::WaitingView, &kefu_domain::Session)| {
        let whole = &view.conversation;
        let told = view.explanation.as_ref();
        let stuck = Stuck::of(setup, session, told, wall.now);
        let explained = told
            .map(|told| explain::waiting(setup, whole, session, Some(told), view.place, wall.now));
        let door = setup
            .entry_points
            .get(&whole.entry_point)
            .map(|row| &row.entry);
        json!({
            "session_id": view.session,
            "conversation_id": whole.id,
            "customer_name": whole.customer.name,
            "mark": whole.customer.mark,
            "owner": whole.customer.owner,
            "owner_name": whole.customer.owner.map(|id| setup.agent_name(id)),
            "entry": {
                "entry_point_id": whole.entry_point,
                "channel": door.map_or("", |door| door.channel.as_str()),
                "name": door.map_or("", |door| door.name.as_str()),
                "source": whole.source,
            },
            "team_id": view.team,
            "team_name": view.team.map(|id| team_name(setup, id)),
            "stuck": stuck.code,
            "stuck_text_zh": stuck.zh,
            "stuck_text_en": stuck.en,
            "enqueued_at": view.enqueued_at,
            "promise_s": view.promise_s,
            "priority": session.priority,
            "explanation": explained,
        })
    };
    views.map(one).collect()
}

fn agents(setup: &Setup, wall: &Wall) -> Vec<Value> {
    let one = |seen: &kefu_reception::WallAgent| {
        let row = setup.agents.get(&seen.agent);
        let teams = row
            .map(|row| row.entry.team_ids.as_slice())
            .unwrap_or_default();
        json!({
            "servicer_userid": seen.agent,
            "name": setup.agent_name(seen.agent),
            "team_names": teams.iter().map(|id| team_name(setup, *id)).collect::<Vec<_>>(),
            "state": seen.availability.word(),
            "reason": seen.reason,
            "since_at": seen.since_at,
            "load": seen.load,
            "offers": seen.offers,
            "limit": seen.limit,
            "overdue": seen.overdue,
            "connected": seen.connected,
        })
    };
    wall.agents.iter().take(AGENTS).map(one).collect()
}

/// How many of all agents, shown or not, say what of themselves.
fn by_state(wall: &Wall) -> BTreeMap<&'static str, u32> {
    let mut by = BTreeMap::new();
    for seen in &wall.agents {
        *by.entry(seen.availability.word()).or_default() += 1;
    }
    by
}

/// Steps without a gap, an hour of them at least: a quiet five minutes is a step too.
fn series(wall: &Wall, handoffs: &[HandoffsOf]) -> Value {
    let step_ms = STEP_S * 1000;
    let last = wall.now - wall.now.rem_euclid(step_ms);
    let hour = last - 3_600_000;
    let first = wall.series.first().map_or(hour, |step| step.at.min(hour));
    let steps: Vec<_> = (0..=(last - first) / step_ms)
        .map(|n| {
            let at = first + n * step_ms;
            wall.series
                .iter()
                .find(|step| step.at == at)
                .cloned()
                .unwrap_or_default()
        })
        .collect();
    let added = |n: usize| {
        let from = first + i64::try_from(n).unwrap_or(0) * step_ms;
        let done = handoffs.iter().flat_map(|one| &one.done);
        done.filter(|(at, _)| *at == from)
            .map(|(_, count)| count)
            .sum::<u32>()
    };
    let numbers =
        |of: fn(&kefu_reception::SeriesStep) -> u32| steps.iter().map(of).collect::<Vec<_>>();
    json!({
        "step_s": STEP_S,
        "from_at": first,
        "in": numbers(|step| step.arrived),
        "assigned": numbers(|step| step.assigned),
        "wait_p50_s": numbers(|step| step.wait_p50_s.unwrap_or(0)),
        "wait_p90_s": numbers(|step| step.wait_p90_s.unwrap_or(0)),
        "first_reply_p50_s": numbers(|step| step.first_reply_p50_s.unwrap_or(0)),
        "first_reply_p90_s": numbers(|step| step.first_reply_p90_s.unwrap_or(0)),
        "queue": numbers(|step| step.queue),
        "oldest_s": numbers(|step| step.oldest_s),
        "handoffs_added": (0..steps.len()).map(added).collect::<Vec<_>>(),
    })
}

/// Per team: waits beyond the promise, and a line that nobody serves.
fn alarms(setup: &Setup, wall: &Wall) -> Vec<Value> {
    let mut teams: BTreeMap<TeamId, (usize, usize, i64)> = BTreeMap::new();
    for view in &wall.waiting {
        let Some(team) = view.team else { continue };
        let late = wall.now - view.enqueued_at > i64::from(view.promise_s) * 1000;
        let (waiting, overdue, oldest) = teams.entry(team).or_insert((0, 0, view.enqueued_at));
        *waiting += 1;
        *overdue += usize::from(late);
        *oldest = (*oldest).min(view.enqueued_at);
    }
    let serves = |team: TeamId| {
        wall.agents.iter().any(|seen| {
            let here =
                seen.connected && seen.availability == kefu_domain::routing::Availability::Online;
            here && setup
                .agents
                .get(&seen.agent)
                .is_some_and(|row| row.entry.team_ids.contains(&team))
        })
    };
    let mut alarms = Vec::new();
    for (team, (waiting, overdue, oldest)) in teams {
        let name = team_name(setup, team);
        if !serves(team) {
            alarms.push(json!({
                "kind": "nobody", "team_id": team, "since_at": oldest,
                "text_zh": format!("{name}没有人在线，{waiting} 人在等"),
                "text_en": format!("{name}: nobody is online, {waiting} waiting"),
            }));
        } else if overdue > 0 {
            alarms.push(json!({
                "kind": "overdue", "team_id": team, "since_at": oldest,
                "text_zh": format!("{name}有 {overdue} 人等得比承诺的久"),
                "text_en": format!("{name}: {overdue} have waited longer than promised"),
            }));
        }
    }
    alarms
}

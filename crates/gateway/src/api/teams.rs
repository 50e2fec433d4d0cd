//! Teams (接待组), and where their customers go when nobody can take them.

use std::{collections::HashSet, sync::Arc};

use axum::{Json, extract::State, http::StatusCode};
use kefu_domain::{
    AgentId, TeamId,
    setup::{Agent, Overflow, Row, Team},
};
use kefu_reception::Setup;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    access::Caller,
    ask::{Ask, Id, Page, PageAsk, emptied},
    check,
    rows::{self, Stamp, conflict, found, refused, under},
    shapes::OverflowShape,
};
use crate::{
    Gateway,
    hub::Event,
    problem::{Answer, JsonBody, Problem},
};

/// Links of an overflow chain at most.
const CHAIN: usize = 10;

/// A team.
#[derive(Serialize, ToSchema)]
pub(super) struct TeamRow {
    #[schema(value_type = String)]
    id: TeamId,
    name: String,
    #[schema(value_type = Vec<String>)]
    agent_ids: Vec<AgentId>,
    #[schema(value_type = Vec<OverflowShape>)]
    overflow: Vec<Overflow>,
    #[serde(flatten)]
    stamp: Stamp,
}

/// A team is made or changed; `name` is needed to make one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "售前组", "agent_ids": [], "overflow": []}))]
pub(super) struct TeamBody {
    /// Unique in the brand.
    name: Option<String>,
    /// Exactly these serve in it from now on.
    #[serde(default, deserialize_with = "emptied")]
    #[schema(value_type = Option<Vec<String>>)]
    agent_ids: Option<Vec<AgentId>>,
    /// Where its customers go after a time of waiting, at most 10 links.
    #[serde(default, deserialize_with = "emptied")]
    #[schema(value_type = Option<Vec<OverflowShape>>)]
    overflow: Option<Vec<Overflow>>,
    /// The `rev` that was read; another one stored: 409 `conflict`.
    rev: Option<u64>,
}

fn members(setup: &Setup, team: TeamId) -> Vec<&Row<Agent>> {
    let agents = setup.agents.values();
    let mut members: Vec<_> = agents
        .filter(|row| row.entry.team_ids.contains(&team))
        .collect();
    members.sort_by_key(|row| row.entry.id);
    members
}

fn view(setup: &Setup, id: TeamId) -> Answer<TeamRow> {
    let row = found(setup.teams.get(&id))?;
    Ok(TeamRow {
        id,
        name: row.entry.name.clone(),
        agent_ids: members(setup, id).iter().map(|row| row.entry.id).collect(),
        overflow: row.entry.overflow.clone(),
        stamp: Stamp::from(row),
    })
}

/// All teams
#[utoipa::path(get, path = "/v1/teams", tag = "Teams", params(PageAsk), responses((status = 200, body = Page<TeamRow>)))]
pub(super) async fn list(caller: Caller, Ask(ask): Ask<PageAsk>) -> Answer<Json<Page<TeamRow>>> {
    let rows = caller.setup.teams.keys().map(|id| view(&caller.setup, *id));
    let rows: Vec<TeamRow> = rows.collect::<Answer<_>>()?;
    ask.of(rows.into_iter()).map(Json)
}

/// One team
#[utoipa::path(get, path = "/v1/teams/{id}", tag = "Teams", responses((status = 200, body = TeamRow)))]
pub(super) async fn one(caller: Caller, Id(id): Id<TeamId>) -> Answer<Json<TeamRow>> {
    view(&caller.setup, id).map(Json)
}

/// Make a team
#[utoipa::path(post, path = "/v1/teams", tag = "Teams", request_body = TeamBody, responses((status = 201, body = TeamRow)))]
pub(super) async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    JsonBody(body): JsonBody<TeamBody>,
) -> Answer<(StatusCode, Json<TeamRow>)> {
    check::needed("name", body.name.as_ref())?;
    let id = TeamId(gateway.reception.ids().mint());
    let blank = Team {
        id,
        name: String::new(),
        overflow: Vec::new(),
    };
    let setup = store(&gateway, &caller, blank, None, body).await?;
    Ok((StatusCode::CREATED, Json(view(&setup, id)?)))
}

/// Change a team
#[utoipa::path(patch, path = "/v1/teams/{id}", tag = "Teams", request_body = TeamBody, responses((status = 200, body = TeamRow)))]
pub(super) async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<TeamId>,
    JsonBody(body): JsonBody<TeamBody>,
) -> Answer<Json<TeamRow>> {
    let row = found(caller.setup.teams.get(&id))?;
    let rev = under(row, body.rev);
    let setup = store(&gateway, &caller, row.entry.clone(), rev, body).await?;
    view(&setup, id).map(Json)
}

async fn store(
    gateway: &Gateway,
    caller: &Caller,
    mut team: Team,
    rev: Option<u64>,
    body: TeamBody,
) -> Answer<Arc<Setup>> {
    let id = team.id;
    if let Some(name) = body.name {
        team.name = check::name("name", &name)?;
    }
    if let Some(overflow) = body.overflow {
        check_overflow(&caller.setup, id, &overflow)?;
        team.overflow = overflow;
    }
    if let Some(agents) = &body.agent_ids
        && agents
            .iter()
            .any(|agent| !caller.setup.agents.contains_key(agent))
    {
        return Err(Problem::bad("agent_ids: no such agent"));
    }
    let moved = body
        .agent_ids
        .map(|wanted| moved(&caller.setup, id, &wanted))
        .unwrap_or_default();
    let put = gateway.reception.put_team(caller.brand, team, rev, &moved);
    put.await.map_err(|error| refused(error, "name"))?;
    for row in &moved {
        gateway.hub.tell_agent(row.entry.id, &Event::Rights);
    }
    Ok(gateway.reception.directory().brand(caller.brand)?)
}

fn check_overflow(setup: &Setup, team: TeamId, chain: &[Overflow]) -> Answer<()> {
    if chain.len() > CHAIN {
        return Err(Problem::bad(format!("overflow: more than {CHAIN}")));
    }
    for link in chain {
        if link.team_id == team || !setup.teams.contains_key(&link.team_id) {
            return Err(Problem::bad("overflow: no such other team"));
        }
        check::number("overflow.after_s", link.after_s, 1..=604_800)?;
    }
    Ok(())
}

/// Membership stands in the agents' rows: those who are in or out wrongly, put right.
fn moved(setup: &Setup, team: TeamId, wanted: &[AgentId]) -> Vec<Row<Agent>> {
    let wanted: HashSet<_> = wanted.iter().collect();
    let rows = setup.agents.values().filter_map(|row| {
        let mut row = row.clone();
        let teams = &mut row.entry.team_ids;
        match (teams.contains(&team), wanted.contains(&row.entry.id)) {
            (true, false) => teams.retain(|id| *id != team),
            (false, true) => teams.push(team),
            _ => return None,
        }
        Some(row)
    });
    rows.collect()
}

/// Delete a team that nothing uses
#[utoipa::path(delete, path = "/v1/teams/{id}", tag = "Teams", responses((status = 204, description = "Deleted.")))]
pub(super) async fn remove(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<TeamId>,
) -> Answer<StatusCode> {
    let setup = &caller.setup;
    let row = found(setup.teams.get(&id))?;
    if !members(setup, id).is_empty() {
        return Err(conflict(
            "agent_ids: agents serve in this team; move them first",
        ));
    }
    if let Some(account) = setup
        .kf_accounts
        .values()
        .find(|row| row.entry.team_id == Some(id))
    {
        return Err(conflict(format!(
            "kf account {} is served by this team",
            account.entry.name
        )));
    }
    let overflows = |row: &&Row<Team>| row.entry.overflow.iter().any(|link| link.team_id == id);
    if let Some(team) = setup.teams.values().find(overflows) {
        return Err(conflict(format!(
            "team {} overflows into this team",
            team.entry.name
        )));
    }
    let open = kefu_store::ListQuery {
        teams: vec![id],
        states: vec![0, 1, 2, 3],
        limit: 1,
        ..Default::default()
    };
    if !gateway
        .reception
        .store()
        .conversations(caller.brand, open)
        .await?
        .is_empty()
    {
        return Err(conflict("sessions of this team are open"));
    }
    rows::delete(&gateway, &caller, &row.entry).await
}

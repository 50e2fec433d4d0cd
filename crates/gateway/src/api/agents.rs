//! Agents (接待人员): made, changed, disabled; their passwords, tickets and states.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use kefu_domain::{
    AgentId, TeamId,
    routing::Availability,
    setup::{Agent, Role, Row},
};
use kefu_reception::Setup;
use kefu_store::Login;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    access::Caller,
    ask::{Ask, Id, Page, PageAsk, emptied},
    check,
    rows::{Stamp, conflict, found, under},
    shapes::{RoleWord, StateWord},
};
use crate::{
    Gateway, auth,
    frames::close,
    hub::Event,
    problem::{Answer, JsonBody, Problem},
};

/// A ticket works for so long.
const TICKET_MS: i64 = 30_000;
/// Teams, skills, languages of one agent at most.
const LISTED: usize = 100;

/// An agent. Agents see of each other what a transfer needs; the rest is for supervisors.
#[derive(Serialize, ToSchema)]
pub(super) struct AgentRow {
    #[schema(value_type = String)]
    id: AgentId,
    #[schema(value_type = String)]
    servicer_userid: AgentId,
    name: String,
    title: String,
    avatar_media_id: Option<String>,
    #[schema(value_type = Vec<String>)]
    team_ids: Vec<TeamId>,
    /// Sessions and offers at once.
    limit: u32,
    disabled: bool,
    #[schema(value_type = StateWord)]
    state: &'static str,
    /// Sessions now.
    load: u32,
    /// Offers now.
    offers: u32,
    connected: bool,
    /// Receives customers in the platform's own client now; told of members there only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    receives: Option<bool>,
    #[serde(flatten)]
    #[schema(inline)]
    inner: Option<AgentInner>,
    /// Told once, after the row was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

/// For supervisors.
#[derive(Serialize, ToSchema)]
struct AgentInner {
    account: String,
    #[schema(value_type = RoleWord)]
    role: Role,
    skills: Vec<String>,
    languages: Vec<String>,
    /// Who they are in WeCom.
    wecom_userid: Option<String>,
    #[serde(flatten)]
    stamp: Stamp,
}

/// An agent is made or changed; `account` and `name` are needed to make one.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"account": "linzhixia", "name": "林知夏", "role": "agent", "team_ids": [], "limit": 8}))]
pub(super) struct AgentBody {
    /// Sign-in name, unique in the brand whatever the case; only when it is made.
    account: Option<String>,
    /// Shown to customers and colleagues.
    name: Option<String>,
    /// Shown under the name.
    #[serde(default, deserialize_with = "emptied")]
    title: Option<String>,
    #[schema(value_type = Option<RoleWord>)]
    role: Option<Role>,
    #[serde(default, deserialize_with = "emptied")]
    #[schema(value_type = Option<Vec<String>>)]
    team_ids: Option<Vec<TeamId>>,
    #[serde(default, deserialize_with = "emptied")]
    skills: Option<Vec<String>>,
    /// BCP 47.
    #[serde(default, deserialize_with = "emptied")]
    languages: Option<Vec<String>>,
    /// Sessions and offers at once (接待上限), 0 to 1000; 8 if not given.
    limit: Option<u32>,
    #[serde(default, deserialize_with = "emptied")]
    avatar_media_id: Option<String>,
    /// Who they are in WeCom, where customers of some entry points are answered; unique.
    #[serde(default, deserialize_with = "emptied")]
    wecom_userid: Option<String>,
    /// Signed out at once, and kept out.
    disabled: Option<bool>,
    /// The `rev` that was read; another one stored: 409 `conflict`.
    rev: Option<u64>,
}

fn view(gateway: &Gateway, caller: &Caller, row: &Row<Agent>) -> Answer<AgentRow> {
    let agent = &row.entry;
    let standing = gateway.reception.standing(caller.brand, agent.id)?;
    Ok(AgentRow {
        id: agent.id,
        servicer_userid: agent.id,
        name: agent.name.clone(),
        title: agent.title.clone(),
        avatar_media_id: agent.avatar_media_id.clone(),
        team_ids: agent.team_ids.clone(),
        limit: agent.limit,
        disabled: agent.disabled,
        state: standing.availability.word(),
        load: standing.load,
        offers: standing.offers,
        connected: standing.connected,
        receives: gateway.reception.receives(caller.brand, agent.id)?,
        inner: caller.supervises().then(|| AgentInner {
            account: agent.account.clone(),
            role: agent.role,
            skills: agent.skills.clone(),
            languages: agent.languages.clone(),
            wecom_userid: agent.wecom_userid.clone(),
            stamp: Stamp::from(row),
        }),
        password: None,
    })
}

/// All agents
#[utoipa::path(get, path = "/v1/agents", tag = "Agents", params(PageAsk), responses((status = 200, body = Page<AgentRow>)))]
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Ask(ask): Ask<PageAsk>,
) -> Answer<Json<Page<AgentRow>>> {
    let mut rows: Vec<&Row<Agent>> = caller.setup.agents.values().collect();
    rows.sort_by_key(|row| row.entry.id);
    let rows = rows.into_iter().map(|row| view(&gateway, &caller, row));
    let rows: Vec<AgentRow> = rows.collect::<Answer<_>>()?;
    ask.of(rows.into_iter()).map(Json)
}

/// One agent
#[utoipa::path(get, path = "/v1/agents/{id}", tag = "Agents", responses((status = 200, body = AgentRow)))]
pub(super) async fn one(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Answer<Json<AgentRow>> {
    view(&gateway, &caller, found(caller.setup.agents.get(&id))?).map(Json)
}

/// Make an agent
///
/// The generated password is in the answer and nowhere else; it has to be changed at the first
/// sign-in.
#[utoipa::path(post, path = "/v1/agents", tag = "Agents", request_body = AgentBody, responses((status = 201, body = AgentRow)))]
pub(super) async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    JsonBody(mut body): JsonBody<AgentBody>,
) -> Answer<(StatusCode, Json<AgentRow>)> {
    let account = check::needed("account", body.account.take())?;
    check::needed("name", body.name.as_ref())?;
    let id = AgentId(gateway.reception.ids().mint());
    let blank = Agent::new(id, check_account(&account)?, String::new(), Role::Agent);
    let agent = apply(&gateway, &caller, blank, body).await?;
    // Nobody can sign in to a row without a password, so the row goes first.
    let setup = super::rows::write(&gateway, &caller, agent, None, "account").await?;
    let password = give_password(&gateway, &caller, id).await?;
    let row = view(&gateway, &caller, found(setup.agents.get(&id))?)?;
    Ok((
        StatusCode::CREATED,
        Json(AgentRow {
            password: Some(password),
            ..row
        }),
    ))
}

/// Change an agent
#[utoipa::path(patch, path = "/v1/agents/{id}", tag = "Agents", request_body = AgentBody, responses((status = 200, body = AgentRow)))]
pub(super) async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<AgentId>,
    JsonBody(body): JsonBody<AgentBody>,
) -> Answer<Json<AgentRow>> {
    let row = found(caller.setup.agents.get(&id))?;
    if body.account.is_some() {
        return Err(Problem::bad("account: cannot be changed"));
    }
    let rev = under(row, body.rev);
    let agent = apply(&gateway, &caller, row.entry.clone(), body).await?;
    let rules = |agent: &Agent| agent.role == Role::Administrator && !agent.disabled;
    if rules(&row.entry) && !rules(&agent) && is_last(&caller.setup, id) {
        return Err(conflict("role: the last administrator stays one"));
    }
    let away = agent.disabled && !row.entry.disabled;
    let setup = super::rows::write(&gateway, &caller, agent, rev, "account").await?;
    if away {
        gateway
            .reception
            .sign_out_everywhere(caller.brand, id)
            .await?;
        gateway
            .hub
            .close_agent(id, close::FORBIDDEN, "the account is disabled");
    } else {
        gateway.hub.tell_agent(id, &Event::Rights);
    }
    view(&gateway, &caller, found(setup.agents.get(&id))?).map(Json)
}

fn is_last(setup: &Setup, id: AgentId) -> bool {
    let others = setup
        .agents
        .values()
        .map(|row| &row.entry)
        .filter(|agent| agent.id != id);
    !others
        .into_iter()
        .any(|agent| agent.role == Role::Administrator && !agent.disabled)
}

fn check_account(account: &str) -> Answer<String> {
    let account = check::name("account", account)?;
    if account.chars().any(char::is_whitespace) {
        return Err(Problem::bad("account: has spaces"));
    }
    Ok(account)
}

async fn apply(
    gateway: &Gateway,
    caller: &Caller,
    mut agent: Agent,
    body: AgentBody,
) -> Answer<Agent> {
    if let Some(name) = body.name {
        agent.name = check::name("name", &name)?;
    }
    if let Some(title) = body.title {
        agent.title = check::line("title", &title, check::NAME)?;
    }
    if let Some(role) = body.role {
        agent.role = role;
    }
    if let Some(mut team_ids) = body.team_ids {
        if team_ids.len() > LISTED
            || team_ids
                .iter()
                .any(|id| !caller.setup.teams.contains_key(id))
        {
            return Err(Problem::bad("team_ids: no such team"));
        }
        team_ids.sort_unstable();
        team_ids.dedup();
        agent.team_ids = team_ids;
    }
    if let Some(skills) = body.skills {
        agent.skills = check::tags("skills", &skills, LISTED)?;
    }
    if let Some(languages) = body.languages {
        agent.languages = check::tags("languages", &languages, LISTED)?;
    }
    if let Some(limit) = body.limit {
        agent.limit = check::number("limit", limit, 0..=1000)?;
    }
    if let Some(avatar) = body.avatar_media_id {
        agent.avatar_media_id = check::picture(gateway, caller, "avatar_media_id", &avatar).await?;
    }
    if let Some(userid) = body.wecom_userid {
        let userid = check::some(check::token("wecom_userid", &userid, 64)?);
        let taken = caller.setup.agents.values().any(|row| {
            row.entry.id != agent.id && userid.is_some() && row.entry.wecom_userid == userid
        });
        if taken {
            return Err(conflict("wecom_userid: another agent is this member"));
        }
        agent.wecom_userid = userid;
    }
    if let Some(disabled) = body.disabled {
        agent.disabled = disabled;
    }
    Ok(agent)
}

async fn give_password(gateway: &Gateway, caller: &Caller, id: AgentId) -> Answer<String> {
    let password = auth::new_password();
    let hash = gateway.access.hash_password(password.clone()).await?;
    gateway
        .reception
        .store()
        .set_password(caller.brand, id, hash, true)
        .await?;
    Ok(password)
}

/// A password, told once.
#[derive(Serialize, ToSchema)]
pub(super) struct NewPassword {
    password: String,
}

/// Reset an agent's password
///
/// Ends all their sign-ins. The new password has to be changed at the next one.
#[utoipa::path(post, path = "/v1/agents/{id}/reset-password", tag = "Agents", responses((status = 200, body = NewPassword)))]
pub(super) async fn reset_password(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Answer<Json<NewPassword>> {
    found(caller.setup.agents.get(&id))?;
    let password = give_password(&gateway, &caller, id).await?;
    gateway
        .reception
        .sign_out_everywhere(caller.brand, id)
        .await?;
    gateway
        .hub
        .close_agent(id, close::UNAUTHENTICATED, "the password was reset");
    Ok(Json(NewPassword { password }))
}

/// A ticket, told once.
#[derive(Serialize, ToSchema)]
pub(super) struct Ticket {
    /// For the `hello` of one agent socket, within 30 s.
    ticket: String,
}

/// Make a one-time ticket for an agent's socket
#[utoipa::path(post, path = "/v1/agents/{id}/tickets", tag = "Agents", responses((status = 201, body = Ticket)))]
pub(super) async fn ticket(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Answer<(StatusCode, Json<Ticket>)> {
    if found(caller.setup.agents.get(&id))?.entry.disabled {
        return Err(conflict("disabled: the agent may not sign in"));
    }
    let ticket = auth::hex(&gateway.reception.ids().secret());
    let expires_at = gateway.reception.now() + TICKET_MS;
    let login = Login {
        brand: caller.brand,
        agent: id,
        expires_at,
    };
    gateway
        .reception
        .store()
        .put_ticket(auth::hash(&ticket), login)
        .await?;
    Ok((StatusCode::CREATED, Json(Ticket { ticket })))
}

/// What an agent is set to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StateBody {
    #[schema(value_type = StateWord)]
    state: Availability,
    /// Of a break, at most 40 characters.
    #[serde(default)]
    reason: String,
}

/// Set an agent's state
#[utoipa::path(
    post, path = "/v1/agents/{id}/state", tag = "Agents", request_body = StateBody,
    responses((status = 204, description = "Set.")),
)]
pub(super) async fn state(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<AgentId>,
    JsonBody(body): JsonBody<StateBody>,
) -> Answer<StatusCode> {
    found(caller.setup.agents.get(&id))?;
    let reason = check::line("reason", &body.reason, 40)?;
    gateway
        .reception
        .set_availability(caller.brand, id, body.state, reason)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

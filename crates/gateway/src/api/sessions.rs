//! What happens to a session: taken, declined, ended, handed over.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use kefu_domain::{AgentId, SessionId, TeamId};
use kefu_reception::To;
use kefu_store::Conversation;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{access::Caller, ask::Id, check, shapes::ConversationShape};
use crate::{
    Gateway,
    card::Card,
    problem::{Answer, JsonBody, Problem},
};

fn answer(gateway: &Gateway, caller: &Caller, row: &Conversation) -> Json<Value> {
    Json(json!(Card::of(&gateway.reception, &caller.setup, row)))
}

/// Take an offer, a waiting customer or a left message
#[utoipa::path(post, path = "/v1/sessions/{id}/accept", tag = "Sessions", responses((status = 200, body = ConversationShape)))]
pub(super) async fn accept(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<SessionId>,
) -> Answer<Json<Value>> {
    let row = gateway
        .reception
        .accept(caller.brand, caller.agent()?, id)
        .await?;
    Ok(answer(&gateway, &caller, &row))
}

/// Say no to an offer
#[utoipa::path(post, path = "/v1/sessions/{id}/decline", tag = "Sessions", responses((status = 204, description = "The offer goes on to others.")))]
pub(super) async fn decline(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<SessionId>,
) -> Answer<StatusCode> {
    gateway
        .reception
        .decline(caller.brand, caller.agent()?, id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Under which assignment something is done.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FenceBody {
    /// An old one is refused with `not_assigned`; without it, the present one.
    fence: Option<u64>,
}

/// Under which assignment a session ends, and what was seen of it.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CloseBody {
    /// An old one is refused with `not_assigned`; without it, the present one.
    fence: Option<u64>,
    /// If the customer wrote after this message, it is refused with `thread_moved`.
    seen_seq: Option<u64>,
}

/// End a session
///
/// An agent ends their own; a supervisor any.
#[utoipa::path(post, path = "/v1/sessions/{id}/close", tag = "Sessions", request_body = CloseBody, responses((status = 200, body = ConversationShape)))]
pub(super) async fn close(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<SessionId>,
    JsonBody(body): JsonBody<CloseBody>,
) -> Answer<Json<Value>> {
    let row = gateway
        .reception
        .close(caller.brand, caller.actor(), id, body.fence, body.seen_seq)
        .await?;
    Ok(answer(&gateway, &caller, &row))
}

/// Put a session back into its queue
///
/// At its original place; whoever had it is asked last.
#[utoipa::path(post, path = "/v1/sessions/{id}/requeue", tag = "Sessions", request_body = FenceBody, responses((status = 204, description = "Waiting again.")))]
pub(super) async fn requeue(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<SessionId>,
    JsonBody(body): JsonBody<FenceBody>,
) -> Answer<StatusCode> {
    gateway
        .reception
        .requeue(caller.brand, caller.actor(), id, body.fence)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Until when.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SnoozeBody {
    /// Milliseconds since 1970, 30 days ahead at most; without it, the session is not put off any more.
    until_at: Option<i64>,
    /// An old one is refused with `not_assigned`; without it, the present one.
    fence: Option<u64>,
}

/// Put a session of mine off
///
/// Until that time no clock runs against me. A message of the customer, or one of mine, ends it.
#[utoipa::path(post, path = "/v1/sessions/{id}/snooze", tag = "Sessions", request_body = SnoozeBody, responses((status = 204, description = "Put off.")))]
pub(super) async fn snooze(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<SessionId>,
    JsonBody(body): JsonBody<SnoozeBody>,
) -> Answer<StatusCode> {
    gateway
        .reception
        .snooze(caller.brand, caller.agent()?, id, body.fence, body.until_at)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where a session goes: to one of the two.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to_team_id": "01JQ8W6ZK3V5T9M2C4D6E8F0AB", "note": "客户要开专票"}))]
pub(super) struct TransferBody {
    /// To this agent, if they are there and have room.
    to_servicer_userid: Option<String>,
    /// Into this team's queue, at the original place.
    to_team_id: Option<String>,
    /// For whoever takes it, at most 1,000 characters.
    note: Option<String>,
    /// An old one is refused with `not_assigned`; without it, the present one.
    fence: Option<u64>,
}

/// Hand a session over
///
/// An agent hands over their own; a supervisor any, also one that still waits.
#[utoipa::path(post, path = "/v1/sessions/{id}/transfer", tag = "Sessions", request_body = TransferBody, responses((status = 200, body = ConversationShape)))]
pub(super) async fn transfer(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<SessionId>,
    JsonBody(body): JsonBody<TransferBody>,
) -> Answer<Json<Value>> {
    let to = target(&caller, &body)?;
    let note = check::words("note", &body.note.unwrap_or_default(), 1000)?;
    caller.agent()?;
    let row = gateway
        .reception
        .transfer(
            caller.brand,
            caller.actor(),
            id,
            body.fence,
            to,
            check::some(note),
        )
        .await?;
    Ok(answer(&gateway, &caller, &row))
}

fn target(caller: &Caller, body: &TransferBody) -> Answer<To> {
    match (&body.to_servicer_userid, &body.to_team_id) {
        (Some(agent), None) => {
            let agent = agent
                .parse::<AgentId>()
                .ok()
                .filter(|id| caller.setup.agents.contains_key(id));
            agent.map(To::Agent).ok_or_else(Problem::not_found)
        }
        (None, Some(team)) => {
            let team = team
                .parse::<TeamId>()
                .ok()
                .filter(|id| caller.setup.teams.contains_key(id));
            team.map(To::Team).ok_or_else(Problem::not_found)
        }
        _ => Err(Problem::bad(
            "to_servicer_userid or to_team_id: one of them is needed",
        )),
    }
}

/// To whom a session is given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AssignBody {
    servicer_userid: String,
}

/// Give a session to an agent
///
/// Also one that is waiting, a left message, or one that another agent has. `conflict` if the agent is
/// not there.
#[utoipa::path(post, path = "/v1/sessions/{id}/assign", tag = "Sessions", request_body = AssignBody, responses((status = 200, body = ConversationShape)))]
pub(super) async fn assign(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<SessionId>,
    JsonBody(body): JsonBody<AssignBody>,
) -> Answer<Json<Value>> {
    caller.agent()?;
    let agent = body.servicer_userid.parse::<AgentId>().ok();
    let agent = agent
        .filter(|id| caller.setup.agents.contains_key(id))
        .ok_or_else(Problem::not_found)?;
    let row = gateway
        .reception
        .assign(caller.brand, caller.actor(), id, agent)
        .await?;
    Ok(answer(&gateway, &caller, &row))
}

/// How early a session comes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PriorityBody {
    /// 0 to 9. Each step counts in the queue as five minutes that they came earlier. Sessions of
    /// customers marked `vip` open with 3, all others with 0.
    #[schema(minimum = 0, maximum = 9)]
    priority: i32,
}

/// Let a waiting session come earlier or later
///
/// Its place in line follows at once. `already_taken` if it does not wait any more.
#[utoipa::path(post, path = "/v1/sessions/{id}/priority", tag = "Sessions", request_body = PriorityBody, responses((status = 200, body = ConversationShape)))]
pub(super) async fn prioritise(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<SessionId>,
    JsonBody(body): JsonBody<PriorityBody>,
) -> Answer<Json<Value>> {
    let row = gateway
        .reception
        .prioritise(caller.brand, caller.actor(), id, body.priority)
        .await?;
    Ok(answer(&gateway, &caller, &row))
}

//! The audit of assignments: who had which session, from when to when.

use std::sync::Arc;

use axum::{Json, extract::State};
use kefu_domain::{
    AgentId, SessionId,
    routing::{Explanation, Why},
};
use kefu_store::Assignment;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    access::Caller,
    ask::{self, Ask, Page},
    explain::why_code,
};
use crate::{
    Gateway,
    problem::{Answer, Problem},
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditAsk {
    /// Assignments that were open then or later, milliseconds since 1970; all if not given.
    since: Option<i64>,
    /// Assignments that began before then.
    before: Option<i64>,
    /// Of this agent only.
    #[param(value_type = Option<String>)]
    servicer_userid: Option<AgentId>,
    /// How it came to them.
    #[param(inline)]
    kind: Option<Kind>,
    /// Names the conversation and the customer of each row.
    #[serde(default)]
    customers: bool,
    /// Of this session only: the last 200, without a cursor.
    #[param(value_type = Option<String>)]
    session_id: Option<SessionId>,
    /// Rows at most, 1 to 200; 50 if not given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// How an assignment came about.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// Given by the rules of routing.
    Rule,
    /// Offered by them.
    Offer,
    /// Taken, assigned or transferred by hand.
    Hand,
}

/// An assignment, or an offer of one.
#[derive(Serialize, ToSchema)]
pub(super) struct AssignmentRow {
    #[schema(value_type = String)]
    session_id: SessionId,
    #[schema(value_type = String)]
    servicer_userid: AgentId,
    name: String,
    /// Its number in the session.
    fence: u64,
    /// Was offered, not given.
    offered: bool,
    /// When it became theirs, or was offered.
    from_at: i64,
    /// Accepted, for offers.
    accepted_at: Option<i64>,
    /// `null`: still theirs.
    until_at: Option<i64>,
    /// Why it was theirs, as `reason` of an explanation; `manual`: taken, assigned or transferred by hand.
    why: &'static str,
    /// Why it ended, a stable word.
    reason: Option<String>,
    /// If `customers` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_name: Option<String>,
}

/// Rows that one page looks through at most while a filter fits none of them.
const LOOKED_THROUGH: usize = 2_000;

/// Assignments, by session and fence
///
/// A page is cut short after 2,000 rows that do not fit what was asked for; `next` goes on from there.
#[utoipa::path(get, path = "/v1/audit/assignments", tag = "Supervision", params(AuditAsk), responses((status = 200, body = Page<AssignmentRow>)))]
pub(super) async fn assignments(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Ask(ask): Ask<AuditAsk>,
) -> Answer<Json<Page<AssignmentRow>>> {
    let store = gateway.reception.store();
    let (rows, next) = if let Some(session) = ask.session_id {
        let mut rows = store.assignments(caller.brand, session).await?;
        rows.drain(..rows.len().saturating_sub(ask::MOST as usize));
        (rows, None)
    } else {
        look(&gateway, &caller, &ask).await?
    };
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let mut item = view(&caller, row);
        if ask.customers {
            name(&gateway, &caller, &mut item).await;
        }
        items.push(item);
    }
    Ok(Json(Page { items, next }))
}

/// The rows of one page, and where the next one begins.
async fn look(
    gateway: &Gateway,
    caller: &Caller,
    ask: &AuditAsk,
) -> Answer<(Vec<Assignment>, Option<String>)> {
    let size = ask::size(ask.limit)?;
    let mut at = match ask.cursor.as_deref().filter(|cursor| !cursor.is_empty()) {
        None => None,
        Some(cursor) => {
            let parts = cursor
                .split_once('.')
                .and_then(|(id, fence)| Some((id.parse().ok()?, fence.parse().ok()?)));
            Some(parts.ok_or_else(|| Problem::bad("cursor: not one of ours"))?)
        }
    };
    let filtered = ask.before.is_some() || ask.servicer_userid.is_some() || ask.kind.is_some();
    let whole = u32::try_from(size + 1).unwrap_or(ask::MOST);
    let upto = if filtered { ask::MOST } else { whole };
    let mut found = Vec::with_capacity(size);
    let mut looked = 0;
    loop {
        let store = gateway.reception.store();
        let rows = store
            .assignments_since(caller.brand, ask.since.unwrap_or(0), at, upto)
            .await?;
        let last = rows.len() < upto as usize;
        for row in rows {
            // Sessions are in the order in which they began, and an assignment begins after its session.
            if ask
                .before
                .is_some_and(|before| began(row.session) >= before)
            {
                return Ok((found, None));
            }
            if found.len() == size {
                return Ok((found, at.map(cursor)));
            }
            at = Some((row.session, row.fence));
            looked += 1;
            if fits(&row, ask) {
                found.push(row);
            }
        }
        if last {
            return Ok((found, None));
        }
        if looked >= LOOKED_THROUGH {
            return Ok((found, at.map(cursor)));
        }
    }
}

fn cursor((session, fence): (SessionId, u64)) -> String {
    format!("{session}.{fence}")
}

/// The time in a session's id, milliseconds since 1970.
fn began(session: SessionId) -> i64 {
    let [a, b, c, d, e, f, ..] = session.bytes();
    i64::from_be_bytes([0, 0, a, b, c, d, e, f])
}

fn fits(row: &Assignment, ask: &AuditAsk) -> bool {
    let kind = || match why(row) {
        _ if row.offered => Kind::Offer,
        Some(_) => Kind::Rule,
        None => Kind::Hand,
    };
    ask.before.is_none_or(|before| row.opened_at < before)
        && ask.servicer_userid.is_none_or(|agent| row.agent == agent)
        && ask.kind.is_none_or(|wanted| kind() == wanted)
}

fn why(row: &Assignment) -> Option<Why> {
    let told: Explanation = serde_json::from_str(row.explanation.as_deref()?).ok()?;
    told.why
}

/// Says whose session it was. What retention has removed since has no name any more.
async fn name(gateway: &Gateway, caller: &Caller, row: &mut AssignmentRow) {
    let store = gateway.reception.store();
    let Ok(id) = store
        .session_conversation(caller.brand, row.session_id)
        .await
    else {
        return;
    };
    row.conversation_id = Some(id.to_string());
    if let Ok(whole) = store.conversation(caller.brand, id).await {
        row.customer_name = Some(whole.customer.name.clone());
    }
}

fn view(caller: &Caller, row: Assignment) -> AssignmentRow {
    AssignmentRow {
        name: caller.setup.agent_name(row.agent).to_owned(),
        why: why(&row).map_or("manual", why_code),
        session_id: row.session,
        servicer_userid: row.agent,
        fence: row.fence,
        offered: row.offered,
        from_at: row.opened_at,
        accepted_at: row.accepted_at,
        until_at: row.closed_at,
        reason: row.reason,
        conversation_id: None,
        customer_name: None,
    }
}

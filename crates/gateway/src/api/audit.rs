//! The audit of assignments: who had which session, from when to when.

use std::sync::Arc;

use axum::{Json, extract::State};
use kefu_domain::{AgentId, SessionId, routing::Explanation};
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
    /// Of this session only: the last 200, without a cursor.
    #[param(value_type = Option<String>)]
    session_id: Option<SessionId>,
    /// Rows at most, 1 to 200; 50 if not given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
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
    from: i64,
    /// Accepted, for offers.
    accepted_at: Option<i64>,
    /// `null`: still theirs.
    until: Option<i64>,
    /// Why it was theirs, as `reason` of an explanation; `manual`: taken, assigned or transferred by hand.
    why: &'static str,
    /// Why it ended, a stable word.
    reason: Option<String>,
}

/// Assignments, by session and fence
#[utoipa::path(get, path = "/v1/audit/assignments", tag = "Supervision", params(AuditAsk), responses((status = 200, body = Page<AssignmentRow>)))]
pub(super) async fn assignments(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Ask(ask): Ask<AuditAsk>,
) -> Answer<Json<Page<AssignmentRow>>> {
    let view = |row: Assignment| view(&caller, row);
    if let Some(session) = ask.session_id {
        let store = gateway.reception.store();
        let mut rows = store.assignments(caller.brand, session).await?;
        rows.drain(..rows.len().saturating_sub(ask::MOST as usize));
        return Ok(Json(Page {
            items: rows.into_iter().map(view).collect(),
            next: None,
        }));
    }
    let size = ask::size(ask.limit)?;
    let after = match ask.cursor.as_deref().filter(|cursor| !cursor.is_empty()) {
        None => None,
        Some(cursor) => {
            let parts = cursor
                .split_once('.')
                .and_then(|(id, fence)| Some((id.parse().ok()?, fence.parse().ok()?)));
            Some(parts.ok_or_else(|| Problem::bad("cursor: not one of ours"))?)
        }
    };
    let upto = u32::try_from(size + 1).unwrap_or(ask::MOST);
    let store = gateway.reception.store();
    let rows = store
        .assignments_since(caller.brand, ask.since.unwrap_or(0), after, upto)
        .await?;
    let rows: Vec<AssignmentRow> = rows.into_iter().map(view).collect();
    Ok(Json(Page::cut(rows, size, |row| {
        format!("{}.{}", row.session_id, row.fence)
    })))
}

fn view(caller: &Caller, row: Assignment) -> AssignmentRow {
    let told = row.explanation.as_deref();
    let told: Option<Explanation> = told.and_then(|json| serde_json::from_str(json).ok());
    AssignmentRow {
        name: caller.setup.agent_name(row.agent).to_owned(),
        why: told.and_then(|told| told.why).map_or("manual", why_code),
        session_id: row.session,
        servicer_userid: row.agent,
        fence: row.fence,
        offered: row.offered,
        from: row.opened_at,
        accepted_at: row.accepted_at,
        until: row.closed_at,
        reason: row.reason,
    }
}

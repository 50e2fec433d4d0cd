//! What a connection's platform told besides messages: acted on, only known, unknown, broken. So an
//! administrator sees what the platform has learnt, and what did not come in whole.

use std::sync::Arc;

use axum::{Json, extract::State};
use kefu_domain::ConnectionId;
use kefu_store::Told;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    access::Caller,
    ask::{Ask, Id, Page, PageAsk, cursor, size},
};
use crate::{Gateway, problem::Answer};

/// One event.
#[derive(Serialize, ToSchema)]
pub(super) struct EventRow {
    /// Grows with each event; the cursor of a page.
    no: i64,
    at: i64,
    /// `contact` or `group`: acted on. `known`: it asks for nothing. `unknown`: the platform has
    /// learnt something. `malformed`: a part is missing, doubled or out of range.
    kind: String,
    /// As it came; of what was acted on, what was understood of it.
    body: String,
    /// How often it was acted on.
    attempts: u32,
    /// When it is acted on again; `null`: done, or nothing to do.
    due_at: Option<i64>,
}

fn row(told: Told) -> EventRow {
    EventRow {
        no: told.no,
        at: told.at,
        kind: told.kept.kind,
        body: told.kept.body,
        attempts: told.attempts,
        due_at: told.due_at,
    }
}

/// What the platform told, newest first
#[utoipa::path(get, path = "/v1/connections/{id}/events", tag = "Connections", params(PageAsk), responses((status = 200, body = Page<EventRow>)))]
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<ConnectionId>,
    Ask(ask): Ask<PageAsk>,
) -> Answer<Json<Page<EventRow>>> {
    let (size, before) = (size(ask.limit)?, cursor(ask.cursor.as_deref())?);
    let limit = u32::try_from(size + 1).unwrap_or(u32::MAX);
    let told = gateway
        .reception
        .told(caller.brand, id, before, limit)
        .await?;
    let rows = told.into_iter().map(row).collect();
    Ok(Json(Page::cut(rows, size, |row: &EventRow| {
        row.no.to_string()
    })))
}

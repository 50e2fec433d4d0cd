//! The outbox (发件箱): what is still to be sent, and what was given up.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use futures_util::future::join_all;
use kefu_domain::{Failure, MessageId, OutboxId};
use kefu_store::{OutboxRow, OutboxState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    access::Caller,
    ask::{self, Ask, Id, Page, PageAsk},
    shapes::{FailureShape, OutboxWord},
};
use crate::{Gateway, problem::Answer};

/// Rows sent again by one request at most.
const AT_ONCE: u32 = 1000;

/// Which intents.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Which {
    /// Given up, or with an unknown outcome: a person decides.
    #[default]
    Dead,
    /// Still to be sent.
    Pending,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OutboxAsk {
    #[serde(default)]
    #[param(inline)]
    state: Which,
    /// Rows at most, 1 to 200; 50 if not given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// An intent to tell a party outside.
#[derive(Serialize, ToSchema)]
pub(super) struct OutboxItem {
    #[schema(value_type = String)]
    id: OutboxId,
    #[schema(value_type = OutboxWord)]
    state: OutboxState,
    /// If it is a message.
    msgid: Option<String>,
    conversation_id: String,
    customer_name: String,
    /// `message`, or another kind that the channel knows.
    kind: String,
    attempts: u32,
    #[schema(value_type = Option<FailureShape>)]
    last_error: Option<Failure>,
    created_at: i64,
    /// The next try.
    next_at: i64,
}

/// The outbox, newest first
#[utoipa::path(get, path = "/v1/outbox", tag = "Supervision", params(OutboxAsk), responses((status = 200, body = Page<OutboxItem>)))]
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Ask(ask): Ask<OutboxAsk>,
) -> Answer<Json<Page<OutboxItem>>> {
    let page = PageAsk {
        limit: ask.limit,
        cursor: ask.cursor,
    };
    let upto = u32::try_from(page.position()? + ask::size(page.limit)? + 1).unwrap_or(u32::MAX);
    let store = gateway.reception.store();
    let mut rows = match ask.state {
        Which::Pending => {
            store
                .outbox(caller.brand, OutboxState::Pending, upto)
                .await?
        }
        Which::Dead => {
            let mut rows = store.outbox(caller.brand, OutboxState::Dead, upto).await?;
            rows.extend(
                store
                    .outbox(caller.brand, OutboxState::Unknown, upto)
                    .await?,
            );
            rows
        }
    };
    rows.sort_by_key(|row| std::cmp::Reverse((row.created_at, row.id)));
    // One row more than the page, so that there is a next one if there is.
    rows.truncate(upto as usize);
    let skipped = page.position()?;
    let shown = join_all(
        rows.into_iter()
            .skip(skipped)
            .map(|row| view(&gateway, &caller, row)),
    )
    .await;
    let size = ask::size(page.limit)?;
    Ok(Json(Page::cut(shown, size, |_| {
        (skipped + size).to_string()
    })))
}

async fn view(gateway: &Gateway, caller: &Caller, row: OutboxRow) -> OutboxItem {
    let conversation = gateway
        .reception
        .conversation(caller.brand, row.conversation)
        .await
        .ok();
    let message = MessageId {
        conversation: row.conversation,
        seq: row.seq,
    };
    OutboxItem {
        id: row.id,
        state: row.state,
        msgid: (row.seq > 0).then(|| message.to_string()),
        conversation_id: row.conversation.to_string(),
        customer_name: conversation
            .map(|whole| whole.customer.name.clone())
            .unwrap_or_default(),
        kind: row.kind,
        attempts: row.attempts,
        last_error: row.failure,
        created_at: row.created_at,
        next_at: row.next_at,
    }
}

/// Try one intent again
#[utoipa::path(post, path = "/v1/outbox/{id}/resend", tag = "Supervision", responses((status = 204, description = "Pending again.")))]
pub(super) async fn resend(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<OutboxId>,
) -> Answer<StatusCode> {
    gateway.reception.resend_intent(caller.brand, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How many are tried again.
#[derive(Serialize, ToSchema)]
pub(super) struct Resent {
    resent: u32,
}

/// Try everything again that was given up
///
/// Not what may have arrived: that is decided one by one. At most 1,000 at once.
#[utoipa::path(post, path = "/v1/outbox/resend", tag = "Supervision", responses((status = 200, body = Resent)))]
pub(super) async fn resend_all(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
) -> Answer<Json<Resent>> {
    let store = gateway.reception.store();
    let mut resent = 0;
    let mut dead = store
        .outbox(caller.brand, OutboxState::Dead, AT_ONCE)
        .await?;
    // Oldest first, as they were said.
    dead.reverse();
    for row in dead {
        resent += u32::from(
            gateway
                .reception
                .resend_intent(caller.brand, row.id)
                .await
                .is_ok(),
        );
    }
    Ok(Json(Resent { resent }))
}

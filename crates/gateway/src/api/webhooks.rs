//! Webhooks: where a brand's own systems are told what happened, and what became of each telling.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use kefu_domain::{
    EntryPointId, Failure, HookCallId, WebhookId,
    setup::{Row, Webhook},
};
use kefu_store::{HookCall, HookTry, OutboxState};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::{
    access::Caller,
    ask::{self, Ask, Id, Page, PageAsk},
    check,
    rows::{self, Stamp, found, under},
    shapes::{FailureShape, OutboxWord, ProblemShape},
};
use crate::{
    Gateway, auth,
    problem::{Answer, JsonBody, Problem},
};

/// Webhooks of one brand at most.
const MOST: usize = 50;
/// Doors on one webhook's list.
const DOORS: usize = 200;

/// A receiver.
#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(super) struct HookRow {
    #[schema(value_type = String)]
    id: WebhookId,
    name: String,
    url: String,
    /// What it is told: `message.away`.
    events: Vec<String>,
    /// Only of these entry points; empty: of all.
    #[schema(value_type = Vec<String>)]
    entry_point_ids: Vec<EntryPointId>,
    /// `message.away`: how long words lie unread, and the customer is without a connection, before it.
    away_s: u32,
    paused: bool,
    #[serde(flatten)]
    stamp: Stamp,
    /// The key of signatures: told once, after it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secret: Option<String>,
}

/// A webhook is made or changed; `name` and `url` are needed to make one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "App 推送", "url": "https://brand.example/kefu-hook", "events": ["message.away"], "away_s": 10}))]
pub(super) struct HookBody {
    name: Option<String>,
    /// `https`, public. Otherwise 422 `url_forbidden`, unless the operator allows inner addresses.
    url: Option<String>,
    /// All there are if not given.
    events: Option<Vec<String>>,
    #[schema(value_type = Option<Vec<String>>)]
    entry_point_ids: Option<Vec<EntryPointId>>,
    /// 1 to 3,600; 10 if not given.
    away_s: Option<u32>,
    paused: Option<bool>,
    /// The `rev` that was read; another one stored: 409 `conflict`.
    rev: Option<u64>,
}

fn view(row: &Row<Webhook>) -> HookRow {
    let hook = &row.entry;
    HookRow {
        id: hook.id,
        name: hook.name.clone(),
        url: hook.url.clone(),
        events: hook.events.clone(),
        entry_point_ids: hook.entry_points.clone(),
        away_s: hook.away_s,
        paused: hook.paused,
        stamp: Stamp::from(row),
        secret: None,
    }
}

/// All webhooks
#[utoipa::path(get, path = "/v1/webhooks", tag = "Webhooks", params(PageAsk), responses((status = 200, body = Page<HookRow>)))]
pub(super) async fn list(caller: Caller, Ask(ask): Ask<PageAsk>) -> Answer<Json<Page<HookRow>>> {
    ask.of(caller.setup.webhooks.values().map(view)).map(Json)
}

/// One webhook
#[utoipa::path(get, path = "/v1/webhooks/{id}", tag = "Webhooks", responses((status = 200, body = HookRow)))]
pub(super) async fn one(caller: Caller, Id(id): Id<WebhookId>) -> Answer<Json<HookRow>> {
    found(caller.setup.webhooks.get(&id)).map(view).map(Json)
}

/// Make a webhook
///
/// The secret is in the answer and nowhere else. How to verify a signature: `crates/notify/README.md`.
#[utoipa::path(post, path = "/v1/webhooks", tag = "Webhooks", request_body = HookBody, responses((status = 201, body = HookRow), (status = 422, description = "`url_forbidden`.", body = ProblemShape, content_type = "application/problem+json")))]
pub(super) async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    JsonBody(body): JsonBody<HookBody>,
) -> Answer<(StatusCode, Json<HookRow>)> {
    if caller.setup.webhooks.len() >= MOST {
        return Err(rows::conflict(format!("more than {MOST} webhooks")));
    }
    check::needed("name", body.name.as_ref())?;
    check::needed("url", body.url.as_ref())?;
    let id = WebhookId(gateway.reception.ids().mint());
    let secret = secret(&gateway);
    let blank = Webhook {
        id,
        name: String::new(),
        url: String::new(),
        secret: secret.clone(),
        events: Webhook::EVENTS.map(str::to_owned).to_vec(),
        entry_points: Vec::new(),
        away_s: Webhook::AWAY_S,
        paused: false,
    };
    let hook = apply(&gateway, &caller, blank, body).await?;
    let setup = rows::write(&gateway, &caller, hook, None, "name").await?;
    let row = view(found(setup.webhooks.get(&id))?);
    Ok((
        StatusCode::CREATED,
        Json(HookRow {
            secret: Some(secret),
            ..row
        }),
    ))
}

/// Change a webhook
#[utoipa::path(patch, path = "/v1/webhooks/{id}", tag = "Webhooks", request_body = HookBody, responses((status = 200, body = HookRow), (status = 422, description = "`url_forbidden`.", body = ProblemShape, content_type = "application/problem+json")))]
pub(super) async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<WebhookId>,
    JsonBody(body): JsonBody<HookBody>,
) -> Answer<Json<HookRow>> {
    let row = found(caller.setup.webhooks.get(&id))?;
    let rev = under(row, body.rev);
    let hook = apply(&gateway, &caller, row.entry.clone(), body).await?;
    let setup = rows::write(&gateway, &caller, hook, rev, "name").await?;
    found(setup.webhooks.get(&id)).map(view).map(Json)
}

/// Delete a webhook
///
/// What it was not told yet is given up.
#[utoipa::path(delete, path = "/v1/webhooks/{id}", tag = "Webhooks", responses((status = 204, description = "Deleted.")))]
pub(super) async fn remove(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<WebhookId>,
) -> Answer<StatusCode> {
    let row = found(caller.setup.webhooks.get(&id))?;
    rows::delete(&gateway, &caller, &row.entry).await
}

/// A new secret
///
/// The one before signs nothing more, from the next call on.
#[utoipa::path(post, path = "/v1/webhooks/{id}/rotate", tag = "Webhooks", responses((status = 200, body = HookRow)))]
pub(super) async fn rotate(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<WebhookId>,
) -> Answer<Json<HookRow>> {
    let row = found(caller.setup.webhooks.get(&id))?;
    let secret = secret(&gateway);
    let hook = Webhook {
        secret: secret.clone(),
        ..row.entry.clone()
    };
    let setup = rows::write(&gateway, &caller, hook, Some(row.rev), "name").await?;
    let row = view(found(setup.webhooks.get(&id))?);
    Ok(Json(HookRow {
        secret: Some(secret),
        ..row
    }))
}

fn secret(gateway: &Gateway) -> String {
    format!("whsec_{}", auth::hex(&gateway.reception.ids().secret()))
}

async fn apply(
    gateway: &Gateway,
    caller: &Caller,
    mut hook: Webhook,
    body: HookBody,
) -> Answer<Webhook> {
    if let Some(name) = body.name {
        hook.name = check::name("name", &name)?;
    }
    if let Some(url) = body.url {
        hook.url = check::line("url", &url, 2048)?;
        gateway.reception.check_webhook_url(&hook.url).await?;
    }
    if let Some(events) = body.events {
        let known = |event: &String| Webhook::EVENTS.contains(&event.as_str());
        if events.is_empty() || !events.iter().all(known) {
            return Err(Problem::bad(format!(
                "events: at least one of {}",
                Webhook::EVENTS.join(", ")
            )));
        }
        hook.events = events;
        hook.events.sort();
        hook.events.dedup();
    }
    if let Some(doors) = body.entry_point_ids {
        let known = |door: &EntryPointId| caller.setup.entry_points.contains_key(door);
        if doors.len() > DOORS || !doors.iter().all(known) {
            return Err(Problem::bad("entry_point_ids: no such entry point"));
        }
        hook.entry_points = doors;
    }
    if let Some(away_s) = body.away_s {
        hook.away_s = check::number("away_s", away_s, 1..=3600)?;
    }
    hook.paused = body.paused.unwrap_or(hook.paused);
    Ok(hook)
}

/// One try of a delivery.
#[derive(Serialize, ToSchema)]
#[schema(as = HookTry)]
pub(super) struct TryRow {
    at: i64,
    /// How long it took.
    ms: u32,
    /// The receiver's answer, if there was one.
    status: Option<u16>,
    /// Nothing: the receiver has it.
    #[schema(value_type = Option<FailureShape>)]
    failure: Option<Failure>,
}

impl From<HookTry> for TryRow {
    fn from(tried: HookTry) -> Self {
        Self {
            at: tried.at,
            ms: tried.ms,
            status: tried.status,
            failure: tried.failure,
        }
    }
}

/// Send a test
///
/// One call with the event `test`, now; the answer says what became of it.
#[utoipa::path(post, path = "/v1/webhooks/{id}/test", tag = "Webhooks", responses((status = 200, body = TryRow)))]
pub(super) async fn test(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<WebhookId>,
) -> Answer<Json<TryRow>> {
    let tried = gateway.reception.test_webhook(caller.brand, id).await?;
    Ok(Json(tried.into()))
}

/// Which deliveries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DeliveryAsk {
    /// Of one webhook.
    webhook_id: Option<String>,
    #[param(inline)]
    state: Option<DeliveryState>,
    /// Rows at most, 1 to 200; 50 if not given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DeliveryState {
    /// To be tried.
    Pending,
    /// Taken.
    Done,
    /// Given up; can be sent again.
    Dead,
}

/// An event for one webhook, and what became of it.
#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(super) struct DeliveryRow {
    /// Also the event's `event_id`.
    #[schema(value_type = String)]
    id: HookCallId,
    #[schema(value_type = String)]
    webhook_id: WebhookId,
    event: String,
    #[schema(value_type = OutboxWord)]
    state: OutboxState,
    created_at: i64,
    /// The next try.
    next_at: Option<i64>,
    /// The last twelve, oldest first.
    tries: Vec<TryRow>,
    /// What is sent.
    #[schema(value_type = Object)]
    body: Box<RawValue>,
}

impl From<HookCall> for DeliveryRow {
    fn from(call: HookCall) -> Self {
        Self {
            id: call.id,
            webhook_id: call.webhook,
            event: call.event,
            state: call.state,
            created_at: call.created_at,
            next_at: call.due_at,
            tries: call.tries.into_iter().map(TryRow::from).collect(),
            body: RawValue::from_string(call.body).unwrap_or_default(),
        }
    }
}

/// What webhooks were told, newest first
///
/// Kept for 30 days.
#[utoipa::path(get, path = "/v1/deliveries", tag = "Webhooks", params(DeliveryAsk), responses((status = 200, body = Page<DeliveryRow>)))]
pub(super) async fn deliveries(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Ask(ask): Ask<DeliveryAsk>,
) -> Answer<Json<Page<DeliveryRow>>> {
    let webhook = ask.webhook_id.as_deref().filter(|id| !id.is_empty());
    let webhook = webhook
        .map(|id| id.parse::<WebhookId>())
        .transpose()
        .map_err(|_| Problem::bad("webhook_id: not an id"))?;
    let state = ask.state.map(|state| match state {
        DeliveryState::Pending => OutboxState::Pending,
        DeliveryState::Done => OutboxState::Done,
        DeliveryState::Dead => OutboxState::Dead,
    });
    let size = ask::size(ask.limit)?;
    let before = ask::cursor::<i64>(ask.cursor.as_deref())?;
    let upto = u32::try_from(size + 1).unwrap_or(u32::MAX);
    let mut calls = gateway
        .reception
        .store()
        .hook_calls(caller.brand, webhook, state, before, upto)
        .await?;
    let more = calls.len() > size;
    calls.truncate(size);
    let next = calls
        .last()
        .filter(|_| more)
        .map(|call| call.no.to_string());
    let items = calls.into_iter().map(DeliveryRow::from).collect();
    Ok(Json(Page { items, next }))
}

/// Tell it again
#[utoipa::path(post, path = "/v1/deliveries/{id}/resend", tag = "Webhooks", responses((status = 204, description = "Pending again.")))]
pub(super) async fn resend(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<HookCallId>,
) -> Answer<StatusCode> {
    let (store, now) = (gateway.reception.store(), gateway.reception.now());
    store.resend_hook_call(caller.brand, id, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Keys for this API: told once, kept as a hash, with a role of their own.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use kefu_domain::{
    ApiKeyId,
    setup::{ApiKey, Role, Row},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    access::Caller,
    ask::{Ask, Id, Page, PageAsk},
    check,
    rows::{self, Stamp, found, under},
    shapes::RoleWord,
};
use crate::{
    Gateway, auth,
    problem::{Answer, JsonBody},
};

/// Characters of a key that are shown to recognise it.
const SHOWN: usize = 9;

/// A key.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyRow {
    #[schema(value_type = String)]
    id: ApiKeyId,
    name: String,
    /// Its first characters.
    prefix: String,
    #[schema(value_type = RoleWord)]
    role: Role,
    #[serde(flatten)]
    stamp: Stamp,
    /// Told once, after it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    key: Option<String>,
}

/// A key is made or renamed; `name` is needed to make one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "订单系统", "role": "agent"}))]
pub(super) struct KeyBody {
    /// What it is for.
    name: Option<String>,
    /// What it may do; `agent` if not given.
    #[schema(value_type = Option<RoleWord>)]
    role: Option<Role>,
    /// The `rev` that was read; another one stored: 409 `conflict`.
    rev: Option<u64>,
}

fn view(row: &Row<ApiKey>) -> KeyRow {
    KeyRow {
        id: row.entry.id,
        name: row.entry.name.clone(),
        prefix: row.entry.prefix.clone(),
        role: row.entry.role,
        stamp: Stamp::from(row),
        key: None,
    }
}

/// All keys
#[utoipa::path(get, path = "/v1/api-keys", tag = "API keys", params(PageAsk), responses((status = 200, body = Page<KeyRow>)))]
pub(super) async fn list(caller: Caller, Ask(ask): Ask<PageAsk>) -> Answer<Json<Page<KeyRow>>> {
    ask.of(caller.setup.api_keys.values().map(view)).map(Json)
}

/// One key
#[utoipa::path(get, path = "/v1/api-keys/{id}", tag = "API keys", responses((status = 200, body = KeyRow)))]
pub(super) async fn one(caller: Caller, Id(id): Id<ApiKeyId>) -> Answer<Json<KeyRow>> {
    found(caller.setup.api_keys.get(&id)).map(view).map(Json)
}

/// Make a key
///
/// The key is in the answer and nowhere else.
#[utoipa::path(post, path = "/v1/api-keys", tag = "API keys", request_body = KeyBody, responses((status = 201, body = KeyRow)))]
pub(super) async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    JsonBody(body): JsonBody<KeyBody>,
) -> Answer<(StatusCode, Json<KeyRow>)> {
    let name = check::name("name", &check::needed("name", body.name)?)?;
    let key = format!("kk_{}", auth::hex(&gateway.reception.ids().secret()));
    let id = ApiKeyId(gateway.reception.ids().mint());
    let row = ApiKey {
        id,
        name,
        hash: auth::hex(&auth::hash(&key)),
        prefix: key[..SHOWN].to_owned(),
        role: body.role.unwrap_or(Role::Agent),
    };
    let setup = rows::write(&gateway, &caller, row, None, "name").await?;
    let row = view(found(setup.api_keys.get(&id))?);
    Ok((
        StatusCode::CREATED,
        Json(KeyRow {
            key: Some(key),
            ..row
        }),
    ))
}

/// Rename a key, or change its role
#[utoipa::path(patch, path = "/v1/api-keys/{id}", tag = "API keys", request_body = KeyBody, responses((status = 200, body = KeyRow)))]
pub(super) async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<ApiKeyId>,
    JsonBody(body): JsonBody<KeyBody>,
) -> Answer<Json<KeyRow>> {
    let row = found(caller.setup.api_keys.get(&id))?;
    let mut key = row.entry.clone();
    if let Some(name) = body.name {
        key.name = check::name("name", &name)?;
    }
    key.role = body.role.unwrap_or(key.role);
    let setup = rows::write(&gateway, &caller, key, under(row, body.rev), "name").await?;
    found(setup.api_keys.get(&id)).map(view).map(Json)
}

/// Delete a key
///
/// It stops working at once.
#[utoipa::path(delete, path = "/v1/api-keys/{id}", tag = "API keys", responses((status = 204, description = "Deleted.")))]
pub(super) async fn remove(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<ApiKeyId>,
) -> Answer<StatusCode> {
    let row = found(caller.setup.api_keys.get(&id))?;
    rows::delete(&gateway, &caller, &row.entry).await
}

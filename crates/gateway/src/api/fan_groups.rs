//! Fan groups (粉丝群): groups that customers can join; a full one gives way to the next.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use kefu_domain::{
    ConnectionId, FanGroupId,
    setup::{FanGroup, Row},
};
use kefu_store::HandoffTarget;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    access::Caller,
    ask::{Ask, Id, Page, PageAsk, emptied},
    check,
    handoffs::Counts,
    rows::{self, Stamp, found, under},
    specialists::{Tallies, check_connection},
};
use crate::{
    Gateway,
    problem::{Answer, JsonBody, Problem},
};

/// Groups behind one card at most.
const CHATS: usize = 5;
/// Members that a group can have.
const LARGEST: u32 = 100_000;

/// A fan group.
#[derive(Serialize, ToSchema)]
pub(super) struct GroupRow {
    #[schema(value_type = String)]
    id: FanGroupId,
    name: String,
    line: String,
    avatar_media_id: Option<String>,
    capacity: u32,
    /// As far as we know.
    members: u32,
    chat_ids: Vec<String>,
    #[schema(value_type = Option<String>)]
    connection_id: Option<ConnectionId>,
    qr_media_id: Option<String>,
    order: i32,
    disabled: bool,
    /// Of all time.
    counts: Counts,
    #[serde(flatten)]
    stamp: Stamp,
}

/// A fan group is made or changed; `name` is needed to make one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "溪山茶友三群", "capacity": 200, "order": 3}))]
pub(super) struct GroupBody {
    /// Shown on the card.
    name: Option<String>,
    /// One line of words, at most 80 characters.
    #[serde(default, deserialize_with = "emptied")]
    line: Option<String>,
    #[serde(default, deserialize_with = "emptied")]
    avatar_media_id: Option<String>,
    /// Members at most, 1 to 100,000; 200 if not given.
    capacity: Option<u32>,
    /// Members now; kept up to date by itself where a connection tells.
    #[serde(default, deserialize_with = "emptied")]
    members: Option<u32>,
    /// Groups at the connection, up to five.
    #[serde(default, deserialize_with = "emptied")]
    chat_ids: Option<Vec<String>>,
    /// The connection that makes codes for them.
    #[serde(default, deserialize_with = "emptied")]
    connection_id: Option<String>,
    /// Or a picture of a code.
    #[serde(default, deserialize_with = "emptied")]
    qr_media_id: Option<String>,
    /// Rotation: smallest first.
    #[serde(default, deserialize_with = "emptied")]
    order: Option<i32>,
    /// Not offered for now.
    disabled: Option<bool>,
    /// The `rev` that was read; another one stored: 409 `conflict`.
    rev: Option<u64>,
}

fn view(row: &Row<FanGroup>, tallies: &Tallies) -> GroupRow {
    let group = row.entry.clone();
    GroupRow {
        id: group.id,
        name: group.name,
        line: group.line,
        avatar_media_id: group.avatar_media_id,
        capacity: group.capacity,
        members: group.members,
        chat_ids: group.chat_ids,
        connection_id: group.connection,
        qr_media_id: group.qr_media_id,
        order: group.order,
        disabled: group.disabled,
        counts: tallies.of(HandoffTarget::FanGroup(group.id)),
        stamp: Stamp::from(row),
    }
}

/// All fan groups
///
/// In the order in which they are offered.
#[utoipa::path(get, path = "/v1/fan-groups", tag = "Fan groups", params(PageAsk), responses((status = 200, body = Page<GroupRow>)))]
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Ask(ask): Ask<PageAsk>,
) -> Answer<Json<Page<GroupRow>>> {
    let tallies = Tallies::read(&gateway, &caller).await?;
    let mut rows: Vec<&Row<FanGroup>> = caller.setup.fan_groups.values().collect();
    rows.sort_by_key(|row| (row.entry.order, row.entry.id));
    ask.of(rows.into_iter().map(|row| view(row, &tallies)))
        .map(Json)
}

/// One fan group
#[utoipa::path(get, path = "/v1/fan-groups/{id}", tag = "Fan groups", responses((status = 200, body = GroupRow)))]
pub(super) async fn one(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<FanGroupId>,
) -> Answer<Json<GroupRow>> {
    let row = found(caller.setup.fan_groups.get(&id))?;
    Ok(Json(view(row, &Tallies::read(&gateway, &caller).await?)))
}

/// Make a fan group
#[utoipa::path(post, path = "/v1/fan-groups", tag = "Fan groups", request_body = GroupBody, responses((status = 201, body = GroupRow)))]
pub(super) async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    JsonBody(body): JsonBody<GroupBody>,
) -> Answer<(StatusCode, Json<GroupRow>)> {
    check::needed("name", body.name.as_ref())?;
    let id = FanGroupId(gateway.reception.ids().mint());
    let blank = FanGroup {
        id,
        name: String::new(),
        line: String::new(),
        avatar_media_id: None,
        capacity: 200,
        members: 0,
        members_of: Default::default(),
        chat_ids: Vec::new(),
        connection: None,
        qr_media_id: None,
        order: 0,
        disabled: false,
    };
    let group = apply(&gateway, &caller, blank, body).await?;
    let setup = rows::write(&gateway, &caller, group, None, "name").await?;
    let tallies = Tallies::read(&gateway, &caller).await?;
    Ok((
        StatusCode::CREATED,
        Json(view(found(setup.fan_groups.get(&id))?, &tallies)),
    ))
}

/// Change a fan group
#[utoipa::path(patch, path = "/v1/fan-groups/{id}", tag = "Fan groups", request_body = GroupBody, responses((status = 200, body = GroupRow)))]
pub(super) async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<FanGroupId>,
    JsonBody(body): JsonBody<GroupBody>,
) -> Answer<Json<GroupRow>> {
    let row = found(caller.setup.fan_groups.get(&id))?;
    let rev = under(row, body.rev);
    let group = apply(&gateway, &caller, row.entry.clone(), body).await?;
    let setup = rows::write(&gateway, &caller, group, rev, "name").await?;
    let tallies = Tallies::read(&gateway, &caller).await?;
    Ok(Json(view(found(setup.fan_groups.get(&id))?, &tallies)))
}

async fn apply(
    gateway: &Gateway,
    caller: &Caller,
    mut group: FanGroup,
    body: GroupBody,
) -> Answer<FanGroup> {
    if let Some(name) = body.name {
        group.name = check::name("name", &name)?;
    }
    if let Some(line) = body.line {
        group.line = check::line("line", &line, 80)?;
    }
    if let Some(avatar) = body.avatar_media_id {
        group.avatar_media_id = check::picture(gateway, caller, "avatar_media_id", &avatar).await?;
    }
    if let Some(capacity) = body.capacity {
        group.capacity = check::number("capacity", capacity, 1..=LARGEST)?;
    }
    if let Some(members) = body.members {
        group.members = check::number("members", members, 0..=LARGEST)?;
    }
    if let Some(chats) = body.chat_ids {
        if chats.len() > CHATS {
            return Err(Problem::bad(format!("chat_ids: more than {CHATS}")));
        }
        group.chat_ids = chats
            .iter()
            .map(|id| check::token("chat_ids", id, 64))
            .collect::<Answer<_>>()?;
    }
    if let Some(connection) = body.connection_id {
        group.connection = check_connection(caller, &connection)?;
    }
    if let Some(qr) = body.qr_media_id {
        group.qr_media_id = check::picture(gateway, caller, "qr_media_id", &qr).await?;
    }
    group.order = body.order.unwrap_or(group.order);
    group.disabled = body.disabled.unwrap_or(group.disabled);
    Ok(group)
}

/// Delete a fan group
///
/// Offers that were made stay as they are.
#[utoipa::path(delete, path = "/v1/fan-groups/{id}", tag = "Fan groups", responses((status = 204, description = "Deleted.")))]
pub(super) async fn remove(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<FanGroupId>,
) -> Answer<StatusCode> {
    let row = found(caller.setup.fan_groups.get(&id))?;
    rows::delete(&gateway, &caller, &row.entry).await
}

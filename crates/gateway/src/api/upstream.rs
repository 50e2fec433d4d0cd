//! Accounts at a platform, and who receives their customers in the platform's own client.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use kefu_channels::{AccountLook, Receiver, ReceiverResult};
use kefu_domain::ConnectionId;
use kefu_reception::Reception;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    access::Caller,
    ask::{Id, Page, Under},
    shapes::FailureShape,
};
use crate::{
    Gateway,
    problem::{Answer, JsonBody, Problem},
};

/// People of one change at most.
const PEOPLE: usize = 2_000;

/// An account is made or changed at the platform.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "溪山茶社"}))]
pub(super) struct LookBody {
    /// Shown to customers; WeChat kf takes 1 to 16 characters. Needed to make one.
    name: Option<String>,
    /// A picture uploaded before, JPG or PNG.
    avatar_media_id: Option<String>,
}

/// The account at the platform.
#[derive(Serialize, ToSchema)]
pub(super) struct Made {
    open_kfid: String,
}

/// The connection is of the caller's brand. Asked before the body is judged, so that no answer tells
/// whether another brand's exists.
fn ours(reception: &Reception, caller: &Caller, id: ConnectionId) -> Answer<()> {
    let setup = reception.directory().brand(caller.brand)?;
    if setup.connections.contains_key(&id) {
        Ok(())
    } else {
        Err(Problem::not_found())
    }
}

async fn look(reception: &Reception, caller: &Caller, body: LookBody) -> Answer<AccountLook> {
    let picture = match body.avatar_media_id {
        None => None,
        Some(id) => {
            let bad = || Problem::bad("avatar_media_id: no such file");
            let id = id.parse().map_err(|_| bad())?;
            let file = reception.file_bytes(caller.brand, id, None).await;
            let (row, bytes) = file.map_err(|_| bad())?;
            Some((bytes, row.name, row.mime))
        }
    };
    Ok(AccountLook {
        name: body.name,
        picture,
    })
}

/// Make an account at the platform
#[utoipa::path(post, path = "/v1/connections/{id}/kf-accounts", tag = "Connections", request_body = LookBody, responses((status = 201, body = Made)))]
pub(super) async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<ConnectionId>,
    JsonBody(body): JsonBody<LookBody>,
) -> Answer<(StatusCode, Json<Made>)> {
    let reception = &gateway.reception;
    ours(reception, &caller, id)?;
    super::check::needed("name", body.name.as_ref())?;
    let look = look(reception, &caller, body).await?;
    let made = reception.make_upstream_account(caller.brand, id, look);
    let open_kfid = made.await?;
    Ok((StatusCode::CREATED, Json(Made { open_kfid })))
}

/// Change an account at the platform
#[utoipa::path(patch, path = "/v1/connections/{id}/kf-accounts/{account}", tag = "Connections", request_body = LookBody, responses((status = 204, description = "Changed.")))]
pub(super) async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Under(id, account): Under<ConnectionId>,
    JsonBody(body): JsonBody<LookBody>,
) -> Answer<StatusCode> {
    let reception = &gateway.reception;
    let look = look(reception, &caller, body).await?;
    let changed = reception.change_upstream_account(caller.brand, id, &account, look);
    changed.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove an account at the platform, for good
///
/// Not while an entry point stands for it.
#[utoipa::path(delete, path = "/v1/connections/{id}/kf-accounts/{account}", tag = "Connections", responses((status = 204, description = "Removed.")))]
pub(super) async fn remove(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Under(id, account): Under<ConnectionId>,
) -> Answer<StatusCode> {
    let removed = gateway
        .reception
        .remove_upstream_account(caller.brand, id, &account);
    removed.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who receives customers in the platform's own client.
#[derive(Serialize, ToSchema)]
pub(super) struct ReceiverRow {
    /// A member.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    userid: Option<String>,
    /// Or a department: all of its members do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    department_id: Option<i64>,
    /// Receives now; not known of departments.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    receiving: Option<bool>,
    /// Receives nobody for a while only.
    suspended: bool,
    /// The agent of ours who is this member.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    servicer_userid: Option<String>,
    /// Why it could not be added or removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<FailureShape>)]
    failure: Option<kefu_domain::Failure>,
}

fn row(caller: &Caller, (one, failure): ReceiverResult) -> ReceiverRow {
    let member = one.userid.as_deref();
    let agent = member.and_then(|userid| caller.setup.agent_of_member(userid));
    ReceiverRow {
        servicer_userid: agent.map(|id| id.to_string()),
        userid: one.userid,
        department_id: one.department_id,
        receiving: one.receiving,
        suspended: one.suspended,
        failure,
    }
}

/// Who receives an account's customers in the platform's own client
///
/// Whether they receive is changed there, not here.
#[utoipa::path(get, path = "/v1/connections/{id}/kf-accounts/{account}/servicers", tag = "Connections", responses((status = 200, body = Page<ReceiverRow>)))]
pub(super) async fn receivers(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Under(id, account): Under<ConnectionId>,
) -> Answer<Json<Page<ReceiverRow>>> {
    let told = gateway.reception.receivers(caller.brand, id, &account);
    let items = told.await?.into_iter().map(|one| row(&caller, (one, None)));
    Ok(Json(Page {
        items: items.collect(),
        next: None,
    }))
}

/// People of the platform's own client are added or removed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"add": ["linzhixia"], "remove": ["gunian"]}))]
pub(super) struct PeopleBody {
    /// Members to add.
    #[serde(default)]
    add: Vec<String>,
    /// Departments to add.
    #[serde(default)]
    add_departments: Vec<i64>,
    /// Members to remove.
    #[serde(default)]
    remove: Vec<String>,
    /// Departments to remove.
    #[serde(default)]
    remove_departments: Vec<i64>,
}

fn whom(userids: Vec<String>, departments: Vec<i64>) -> Vec<Receiver> {
    let member = |userid| Receiver {
        userid: Some(userid),
        ..Receiver::default()
    };
    let department = |id| Receiver {
        department_id: Some(id),
        ..Receiver::default()
    };
    let members = userids.into_iter().map(member);
    members
        .chain(departments.into_iter().map(department))
        .collect()
}

/// Add and remove people in the platform's own client
///
/// Each has its own result; who was there already, or not there, is no failure.
#[utoipa::path(post, path = "/v1/connections/{id}/kf-accounts/{account}/servicers", tag = "Connections", request_body = PeopleBody, responses((status = 200, body = Page<ReceiverRow>)))]
pub(super) async fn change_receivers(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Under(id, account): Under<ConnectionId>,
    JsonBody(body): JsonBody<PeopleBody>,
) -> Answer<Json<Page<ReceiverRow>>> {
    ours(&gateway.reception, &caller, id)?;
    let (add, remove) = (
        whom(body.add, body.add_departments),
        whom(body.remove, body.remove_departments),
    );
    if add.len() + remove.len() > PEOPLE {
        return Err(Problem::bad("add, remove: more than 2,000"));
    }
    if add.is_empty() && remove.is_empty() {
        return Err(Problem::bad("add, remove: nobody"));
    }
    let mut results = Vec::new();
    for (some, adds) in [(add, true), (remove, false)] {
        if !some.is_empty() {
            let reception = &gateway.reception;
            let changed = reception.change_receivers(caller.brand, id, &account, &some, adds);
            results.extend(changed.await?);
        }
    }
    let items = results.into_iter().map(|one| row(&caller, one));
    Ok(Json(Page {
        items: items.collect(),
        next: None,
    }))
}

//! Connections (连接): credentials at an outside party, and whether they work.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use kefu_domain::{
    ConnectionId,
    setup::{Connection, Row},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    access::Caller,
    ask::{Ask, Id, Page, PageAsk, emptied},
    check,
    rows::{self, Stamp, conflict, found, under},
    shapes::ProblemShape,
};
use crate::{
    Gateway,
    problem::{Answer, JsonBody, Problem},
};

/// A connection; its secret is never shown again.
#[derive(Serialize, ToSchema)]
pub(super) struct ConnectionRow {
    #[schema(value_type = String)]
    id: ConnectionId,
    /// A `kind` of `GET /v1/channels`.
    channel: String,
    name: String,
    /// The party's id: corp id or AppID.
    corpid: String,
    agentid: Option<String>,
    has_secret: bool,
    /// Where the platform sends its callbacks.
    callback_url: String,
    /// To be pasted at the platform; administrators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// To be pasted at the platform; administrators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding_aes_key: Option<String>,
    /// The platform pushes in plain text.
    plain: bool,
    /// The mini-program in which handoff cards open, and its page.
    card_appid: Option<String>,
    card_page: Option<String>,
    base_url: Option<String>,
    paused: bool,
    #[serde(flatten)]
    stamp: Stamp,
}

/// A connection is made or changed; `name` and `corpid` are needed to make one. Which of the others a
/// channel has is told by its `fields` in `GET /v1/channels`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "溪山企业微信", "corpid": "ww0123456789abcdef", "agentid": "1000002", "secret": "…"}))]
pub(super) struct ConnectionBody {
    /// A `kind` of `GET /v1/channels`; only when it is made. `wecom_kf` if not given.
    channel: Option<String>,
    /// Unique in the brand.
    name: Option<String>,
    /// The party's id: corp id or AppID.
    corpid: Option<String>,
    /// The app, where the party numbers them.
    #[serde(default, deserialize_with = "emptied")]
    agentid: Option<String>,
    /// The app's secret: written, never read.
    secret: Option<String>,
    /// The platform pushes in plain text; else what is not encrypted is refused.
    plain: Option<bool>,
    /// A mini-program of the brand, linked to the corp: handoff cards go out as its cards. With `card_page`.
    #[serde(default, deserialize_with = "emptied")]
    card_appid: Option<String>,
    /// Its page; it is opened with `?url=` and shows that address in a web-view.
    #[serde(default, deserialize_with = "emptied")]
    card_page: Option<String>,
    /// Another API host, for tests and proxies.
    #[serde(default, deserialize_with = "emptied")]
    base_url: Option<String>,
    /// Nothing goes out and nothing is asked for now: replies wait in the outbox, for two days at most.
    /// What the platform delivers is filed all the same; news of WeChat kf wait there, for three days.
    paused: Option<bool>,
    /// The `rev` that was read; another one stored: 409 `conflict`.
    rev: Option<u64>,
}

fn view(gateway: &Gateway, caller: &Caller, row: &Row<Connection>) -> ConnectionRow {
    let connection = &row.entry;
    let ours = |text: &String| caller.administers().then(|| text.clone());
    ConnectionRow {
        id: connection.id,
        channel: connection.channel.clone(),
        name: connection.name.clone(),
        corpid: connection.corpid.clone(),
        agentid: connection.agentid.clone(),
        has_secret: !connection.secret.is_empty(),
        callback_url: gateway.reception.callback_url(connection),
        token: ours(&connection.token),
        encoding_aes_key: ours(&connection.encoding_aes_key),
        plain: connection.plain,
        card_appid: connection.card_appid.clone(),
        card_page: connection.card_page.clone(),
        base_url: connection.base_url.clone(),
        paused: connection.paused,
        stamp: Stamp::from(row),
    }
}

/// All connections
#[utoipa::path(get, path = "/v1/connections", tag = "Connections", params(PageAsk), responses((status = 200, body = Page<ConnectionRow>)))]
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Ask(ask): Ask<PageAsk>,
) -> Answer<Json<Page<ConnectionRow>>> {
    let rows = caller
        .setup
        .connections
        .values()
        .map(|row| view(&gateway, &caller, row));
    ask.of(rows).map(Json)
}

/// One connection
#[utoipa::path(get, path = "/v1/connections/{id}", tag = "Connections", responses((status = 200, body = ConnectionRow)))]
pub(super) async fn one(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<ConnectionId>,
) -> Answer<Json<ConnectionRow>> {
    Ok(Json(view(
        &gateway,
        &caller,
        found(caller.setup.connections.get(&id))?,
    )))
}

/// Make a connection
///
/// Callback token and key are generated here.
#[utoipa::path(post, path = "/v1/connections", tag = "Connections", request_body = ConnectionBody, responses((status = 201, body = ConnectionRow), (status = 422, description = "`url_forbidden`.", body = ProblemShape, content_type = "application/problem+json")))]
pub(super) async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    JsonBody(mut body): JsonBody<ConnectionBody>,
) -> Answer<(StatusCode, Json<ConnectionRow>)> {
    check::needed("name", body.name.as_ref())?;
    check::needed("corpid", body.corpid.as_ref())?;
    let channel = body.channel.take().unwrap_or_else(|| "wecom_kf".to_owned());
    let (token, encoding_aes_key) = new_keys(&gateway, &channel)?;
    let id = ConnectionId(gateway.reception.ids().mint());
    let blank = Connection {
        id,
        channel,
        name: String::new(),
        corpid: String::new(),
        agentid: None,
        secret: String::new(),
        token,
        encoding_aes_key,
        previous: None,
        used_at: None,
        plain: false,
        card_appid: None,
        card_page: None,
        base_url: None,
        paused: false,
    };
    let connection = apply(&gateway, blank, body).await?;
    let setup = rows::write(&gateway, &caller, connection, None, "name").await?;
    let row = view(&gateway, &caller, found(setup.connections.get(&id))?);
    Ok((StatusCode::CREATED, Json(row)))
}

fn new_keys(gateway: &Gateway, channel: &str) -> Answer<(String, String)> {
    let channel = gateway.reception.channels().get(channel);
    let secrets = channel.and_then(|channel| channel.new_callback_secrets());
    let secrets = secrets.ok_or_else(|| Problem::bad("channel: needs no connection"))?;
    Ok((secrets.token, secrets.encoding_aes_key))
}

/// Change a connection
#[utoipa::path(patch, path = "/v1/connections/{id}", tag = "Connections", request_body = ConnectionBody, responses((status = 200, body = ConnectionRow), (status = 422, description = "`url_forbidden`.", body = ProblemShape, content_type = "application/problem+json")))]
pub(super) async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<ConnectionId>,
    JsonBody(body): JsonBody<ConnectionBody>,
) -> Answer<Json<ConnectionRow>> {
    let row = found(caller.setup.connections.get(&id))?;
    rows::same_channel(body.channel.as_deref(), &row.entry.channel)?;
    let rev = under(row, body.rev);
    let connection = apply(&gateway, row.entry.clone(), body).await?;
    let setup = rows::write(&gateway, &caller, connection, rev, "name").await?;
    Ok(Json(view(
        &gateway,
        &caller,
        found(setup.connections.get(&id))?,
    )))
}

/// A field that the channel's form does not have is not there to be filled in.
fn has(gateway: &Gateway, channel: &str, name: &str) -> Answer<()> {
    let channel = gateway.reception.channels().get(channel);
    let mut fields = channel.map_or(&[][..], |channel| channel.fields()).iter();
    match fields.any(|field| field.name == name) {
        true => Ok(()),
        false => Err(Problem::bad(format!("{name}: this channel has none"))),
    }
}

async fn apply(
    gateway: &Gateway,
    mut connection: Connection,
    body: ConnectionBody,
) -> Answer<Connection> {
    if let Some(name) = body.name {
        connection.name = check::name("name", &name)?;
    }
    if let Some(corpid) = body.corpid {
        connection.corpid = check::token("corpid", &corpid, 64)?;
        if connection.corpid.is_empty() {
            return Err(Problem::bad("corpid: is empty"));
        }
    }
    if let Some(agentid) = body.agentid {
        connection.agentid = check::some(check::token("agentid", &agentid, 32)?);
        if connection.agentid.is_some() {
            has(gateway, &connection.channel, "agentid")?;
        }
    }
    if let Some(plain) = body.plain {
        connection.plain = plain;
        if plain {
            has(gateway, &connection.channel, "plain")?;
        }
    }
    if let Some(appid) = body.card_appid {
        connection.card_appid = check::some(check::token("card_appid", &appid, 32)?);
        if connection.card_appid.is_some() {
            has(gateway, &connection.channel, "card_appid")?;
        }
    }
    if let Some(page) = body.card_page {
        connection.card_page = check::some(check::token("card_page", &page, 256)?);
        let page = connection.card_page.as_deref().unwrap_or_default();
        if page.contains(['?', '#']) {
            return Err(Problem::bad("card_page: goes without a query"));
        }
        if !page.is_empty() {
            has(gateway, &connection.channel, "card_page")?;
        }
    }
    if connection.card_appid.is_some() != connection.card_page.is_some() {
        return Err(Problem::bad("card_appid, card_page: one needs the other"));
    }
    // An empty field of a form leaves the secret as it is.
    let mut kept = !connection.secret.is_empty();
    if let Some(secret) = body.secret.filter(|secret| !secret.trim().is_empty()) {
        connection.secret = check::token("secret", &secret, 128)?;
        kept = false;
    }
    if let Some(base) = body.base_url {
        let before = connection.base_url.take();
        connection.base_url = match base.trim().trim_end_matches('/') {
            "" => None,
            base => {
                let base = check::url("base_url", base)?;
                gateway.reception.check_api_address(&base).await?;
                Some(base)
            }
        };
        // What only the platform may hear is not sent to a host that its owner did not name with it.
        if kept && connection.base_url != before {
            return Err(Problem::bad("secret: is needed again for another base_url"));
        }
    }
    connection.paused = body.paused.unwrap_or(connection.paused);
    Ok(connection)
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RotateAsk {
    /// Also if the platform has not used the newest ones yet.
    force: Option<bool>,
}

/// New callback token and key
///
/// The ones before stay valid until the platform has used the new ones for an hour, so that it can be
/// changed over without a gap. Until it has used them there are no newer ones, unless with `force`:
/// that ends the ones that it uses.
#[utoipa::path(post, path = "/v1/connections/{id}/rotate", tag = "Connections", params(RotateAsk), responses((status = 200, body = ConnectionRow), (status = 409, description = "`key_unused`.", body = ProblemShape, content_type = "application/problem+json")))]
pub(super) async fn rotate(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<ConnectionId>,
    Ask(ask): Ask<RotateAsk>,
) -> Answer<Json<ConnectionRow>> {
    let row = found(caller.setup.connections.get(&id))?;
    let unused = row.entry.previous.is_some() && row.entry.used_at.is_none();
    if unused && !ask.force.unwrap_or(false) {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "key_unused",
            "the platform has not used the newest token and key yet: paste them there first",
        ));
    }
    let (token, encoding_aes_key) = new_keys(&gateway, &row.entry.channel)?;
    let before = row.entry.clone();
    let previous = Some((before.token, before.encoding_aes_key));
    let connection = Connection {
        token,
        encoding_aes_key,
        previous,
        used_at: None,
        ..row.entry.clone()
    };
    let setup = rows::write(&gateway, &caller, connection, Some(row.rev), "name").await?;
    Ok(Json(view(
        &gateway,
        &caller,
        found(setup.connections.get(&id))?,
    )))
}

/// Delete a connection that nothing uses
#[utoipa::path(delete, path = "/v1/connections/{id}", tag = "Connections", responses((status = 204, description = "Deleted.")))]
pub(super) async fn remove(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<ConnectionId>,
) -> Answer<StatusCode> {
    let setup = &caller.setup;
    let row = found(setup.connections.get(&id))?;
    let doors = setup
        .entry_points
        .values()
        .map(|row| (row.entry.connection, &row.entry.name));
    let people = setup
        .specialists
        .values()
        .map(|row| (row.entry.connection, &row.entry.name));
    let groups = setup
        .fan_groups
        .values()
        .map(|row| (row.entry.connection, &row.entry.name));
    let mut users = doors.chain(people).chain(groups);
    if let Some((_, name)) = users.find(|(connection, _)| *connection == Some(id)) {
        return Err(conflict(format!("{name} uses this connection")));
    }
    rows::delete(&gateway, &caller, &row.entry).await
}

/// What a test found.
#[derive(Serialize, ToSchema)]
pub(super) struct TestRow {
    checks: Vec<CheckRow>,
}

/// One line of a test: what is right, or what is wrong and what to do.
#[derive(Serialize, ToSchema)]
pub(super) struct CheckRow {
    key: &'static str,
    ok: bool,
    text_zh: String,
    text_en: String,
}

/// Test a connection
#[utoipa::path(post, path = "/v1/connections/{id}/test", tag = "Connections", responses((status = 200, body = TestRow)))]
pub(super) async fn test(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<ConnectionId>,
) -> Answer<Json<TestRow>> {
    let checks = gateway
        .reception
        .test_connection(caller.brand, id)
        .await?
        .into_iter();
    let row = |check: kefu_channels::Check| CheckRow {
        key: check.key,
        ok: check.ok,
        text_zh: check.text_zh,
        text_en: check.text_en,
    };
    Ok(Json(TestRow {
        checks: checks.map(row).collect(),
    }))
}

/// An account at the platform.
#[derive(Serialize, ToSchema)]
pub(super) struct UpstreamRow {
    open_kfid: String,
    name: String,
    /// We may manage it.
    manage_privilege: bool,
    /// The entry point that stands for it; without one, its customers reach nobody here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    entry_point_id: Option<String>,
}

/// Kf accounts at the platform
#[utoipa::path(get, path = "/v1/connections/{id}/kf-accounts", tag = "Connections", responses((status = 200, body = Page<UpstreamRow>)))]
pub(super) async fn accounts(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<ConnectionId>,
) -> Answer<Json<Page<UpstreamRow>>> {
    let accounts = gateway
        .reception
        .upstream_accounts(caller.brand, id)
        .await?;
    let door_of = |account: &str| {
        let mut doors = caller.setup.entry_points.values().map(|row| &row.entry);
        let door = doors.find(|door| {
            door.connection == Some(id) && door.upstream_open_kfid.as_deref() == Some(account)
        });
        door.map(|door| door.id.to_string())
    };
    let row = |account: kefu_channels::UpstreamAccount| UpstreamRow {
        entry_point_id: door_of(&account.open_kfid),
        open_kfid: account.open_kfid,
        name: account.name,
        manage_privilege: account.managed,
    };
    Ok(Json(Page {
        items: accounts.into_iter().map(row).collect(),
        next: None,
    }))
}

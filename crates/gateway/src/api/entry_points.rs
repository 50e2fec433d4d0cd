//! Entry points (接入点): the doors of a kf account, and how they are put up.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use kefu_domain::{
    ConnectionId, EntryPointId, KfAccountId,
    setup::{EntryPoint, Row, ServedIn},
    source::Place,
};
use kefu_store::ListQuery;
use qrcode::{EcLevel, QrCode, render::svg};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    access::Caller,
    ask::{Ask, Id, Page, PageAsk, emptied},
    check,
    rows::{self, Stamp, conflict, found, under},
};
use crate::{
    Gateway,
    problem::{Answer, JsonBody, Problem},
};

/// Sites of one door at most.
const SITES: usize = 100;

/// An entry point.
#[derive(Serialize, ToSchema)]
pub(super) struct EntryRow {
    #[schema(value_type = String)]
    id: EntryPointId,
    /// The face behind it.
    #[schema(value_type = String)]
    open_kfid: KfAccountId,
    /// A `kind` of `GET /v1/channels`.
    channel: String,
    name: String,
    #[schema(value_type = Option<String>)]
    connection_id: Option<ConnectionId>,
    website: Option<Website>,
    wecom_kf: Option<Upstream>,
    /// Asks nothing before the first message, whatever the kf account asks.
    prechat_off: bool,
    paused: bool,
    /// Why this system closed it: Chinese, U+001F, English.
    paused_why: Option<String>,
    #[serde(flatten)]
    stamp: Stamp,
}

/// A door of our own.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Website {
    /// Sites that may embed the widget, as `https://host[:port]`. None: only the hosted page.
    #[serde(default)]
    allowed_origins: Vec<String>,
    /// What the widget speaks if the page does not say, BCP 47.
    #[serde(default)]
    locale: Option<String>,
}

/// A door at a platform.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Upstream {
    /// The platform's account.
    upstream_open_kfid: String,
    /// Where its customers are answered: `console` (the default) or `client`, the platform's own.
    #[serde(default)]
    #[schema(value_type = Option<ServedInWord>)]
    served_in: ServedIn,
    /// Where those customers come from of whom the platform does not say: entries that are bound in the
    /// platform's own console carry no scene. `direct` is the default. Attribution only.
    #[serde(default)]
    #[schema(value_type = Option<PlaceWord>)]
    unlabelled: Place,
}

/// Where customers are answered.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it only describes the words")]
pub(super) enum ServedInWord {
    Console,
    Client,
}

/// Where a door is put up.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it only describes the words")]
pub(super) enum PlaceWord {
    Direct,
    Pay,
    Search,
    Qr,
    Menu,
    Miniprogram,
    App,
}

/// An entry point is made or changed; `open_kfid`, `channel` and `name` are needed to make one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "open_kfid": "01JQ8W6ZK3V5T9M2C4D6E8F0AB", "channel": "website", "name": "官网",
    "website": {"allowed_origins": ["https://shop.example"], "locale": "zh-CN"},
}))]
pub(super) struct EntryBody {
    #[schema(value_type = Option<String>)]
    open_kfid: Option<KfAccountId>,
    /// A `kind` of `GET /v1/channels`; only when it is made.
    channel: Option<String>,
    /// Shown to agents.
    name: Option<String>,
    /// For doors at a platform.
    #[serde(default, deserialize_with = "emptied")]
    connection_id: Option<String>,
    /// For `website`.
    #[serde(default, deserialize_with = "emptied")]
    website: Option<Website>,
    /// For `wecom_kf`.
    wecom_kf: Option<Upstream>,
    /// Asks nothing before the first message, whatever the kf account asks.
    prechat_off: Option<bool>,
    /// Closed for now. A door of ours lets nobody new in, and what is open goes on; by a door at a
    /// platform nothing goes out, and what the platform delivers is filed.
    paused: Option<bool>,
    /// The `rev` that was read; another one stored: 409 `conflict`.
    rev: Option<u64>,
}

fn view(row: &Row<EntryPoint>) -> EntryRow {
    let door = &row.entry;
    let upstream = door.upstream_open_kfid.clone();
    EntryRow {
        id: door.id,
        open_kfid: door.kf_account,
        channel: door.channel.clone(),
        name: door.name.clone(),
        connection_id: door.connection,
        website: (door.channel == "website").then(|| Website {
            allowed_origins: door.allowed_origins.clone(),
            locale: door.locale.clone(),
        }),
        wecom_kf: upstream.map(|upstream_open_kfid| Upstream {
            upstream_open_kfid,
            served_in: door.served_in,
            unlabelled: door.unlabelled,
        }),
        prechat_off: door.prechat_off,
        paused: door.paused,
        paused_why: door.paused_why.clone(),
        stamp: Stamp::from(row),
    }
}

/// All entry points
#[utoipa::path(get, path = "/v1/entry-points", tag = "Entry points", params(PageAsk), responses((status = 200, body = Page<EntryRow>)))]
pub(super) async fn list(caller: Caller, Ask(ask): Ask<PageAsk>) -> Answer<Json<Page<EntryRow>>> {
    ask.of(caller.setup.entry_points.values().map(view))
        .map(Json)
}

/// One entry point
#[utoipa::path(get, path = "/v1/entry-points/{id}", tag = "Entry points", responses((status = 200, body = EntryRow)))]
pub(super) async fn one(caller: Caller, Id(id): Id<EntryPointId>) -> Answer<Json<EntryRow>> {
    Ok(Json(view(found(caller.setup.entry_points.get(&id))?)))
}

/// Make an entry point
#[utoipa::path(post, path = "/v1/entry-points", tag = "Entry points", request_body = EntryBody, responses((status = 201, body = EntryRow)))]
pub(super) async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    JsonBody(mut body): JsonBody<EntryBody>,
) -> Answer<(StatusCode, Json<EntryRow>)> {
    check::needed("name", body.name.as_ref())?;
    let channel = check::needed("channel", body.channel.take())?;
    if gateway.reception.channels().get(&channel).is_none() {
        return Err(Problem::bad("channel: no such channel"));
    }
    let id = EntryPointId(gateway.reception.ids().mint());
    let blank = EntryPoint {
        id,
        kf_account: check::needed("open_kfid", body.open_kfid)?,
        channel,
        connection: None,
        name: String::new(),
        allowed_origins: Vec::new(),
        locale: None,
        upstream_open_kfid: None,
        served_in: Default::default(),
        unlabelled: Default::default(),
        prechat_off: false,
        paused: false,
        paused_why: None,
    };
    let door = apply(&gateway, &caller, blank, body)?;
    let setup = rows::write(&gateway, &caller, door, None, "wecom_kf.upstream_open_kfid").await?;
    Ok((
        StatusCode::CREATED,
        Json(view(found(setup.entry_points.get(&id))?)),
    ))
}

/// Change an entry point
#[utoipa::path(patch, path = "/v1/entry-points/{id}", tag = "Entry points", request_body = EntryBody, responses((status = 200, body = EntryRow)))]
pub(super) async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<EntryPointId>,
    JsonBody(body): JsonBody<EntryBody>,
) -> Answer<Json<EntryRow>> {
    let row = found(caller.setup.entry_points.get(&id))?;
    rows::same_channel(body.channel.as_deref(), &row.entry.channel)?;
    let rev = under(row, body.rev);
    let door = apply(&gateway, &caller, row.entry.clone(), body)?;
    let setup = rows::write(&gateway, &caller, door, rev, "wecom_kf.upstream_open_kfid").await?;
    Ok(Json(view(found(setup.entry_points.get(&id))?)))
}

fn apply(
    gateway: &Gateway,
    caller: &Caller,
    mut door: EntryPoint,
    body: EntryBody,
) -> Answer<EntryPoint> {
    if let Some(name) = body.name {
        door.name = check::name("name", &name)?;
    }
    if let Some(account) = body.open_kfid {
        door.kf_account = account;
    }
    if !caller.setup.kf_accounts.contains_key(&door.kf_account) {
        return Err(Problem::bad("open_kfid: no such kf account"));
    }
    if let Some(connection) = body.connection_id {
        door.connection = match check::some(connection).map(|id| id.parse()) {
            Some(Err(_)) => return Err(Problem::bad("connection_id: no such connection")),
            Some(Ok(id)) => Some(id),
            None => None,
        };
    }
    if let Some(website) = body.website {
        if website.allowed_origins.len() > SITES {
            return Err(Problem::bad(format!(
                "website.allowed_origins: more than {SITES}"
            )));
        }
        let origin = |text: &String| check::origin("website.allowed_origins", text);
        door.allowed_origins = website
            .allowed_origins
            .iter()
            .map(origin)
            .collect::<Answer<_>>()?;
        let locale = check::token("website.locale", &website.locale.unwrap_or_default(), 35)?;
        door.locale = check::some(locale);
    }
    if let Some(upstream) = body.wecom_kf {
        let id = check::token(
            "wecom_kf.upstream_open_kfid",
            &upstream.upstream_open_kfid,
            64,
        )?;
        door.upstream_open_kfid = check::some(id);
        door.served_in = upstream.served_in;
        door.unlabelled = upstream.unlabelled;
    }
    door.prechat_off = body.prechat_off.unwrap_or(door.prechat_off);
    if let Some(paused) = body.paused {
        door.paused = paused;
        door.paused_why = None;
    }
    check_way(gateway, caller, &door)?;
    Ok(door)
}

/// A door outside needs credentials of its channel and an account there; a door of ours has none.
fn check_way(gateway: &Gateway, caller: &Caller, door: &EntryPoint) -> Answer<()> {
    let channel = gateway
        .reception
        .channels()
        .get(&door.channel)
        .ok_or_else(Problem::not_found)?;
    if !channel.capabilities().outside {
        return match (door.connection, &door.upstream_open_kfid) {
            (None, None) => Ok(()),
            _ => Err(Problem::bad("connection_id: this channel has none")),
        };
    }
    if door.served_in == ServedIn::Client && !channel.capabilities().own_client {
        return Err(Problem::bad(
            "served_in: this channel has no client of its own",
        ));
    }
    let connection = check::needed("connection_id", door.connection)?;
    let known = caller.setup.connections.get(&connection);
    if known.is_none_or(|row| row.entry.channel != door.channel) {
        return Err(Problem::bad(
            "connection_id: no such connection of this channel",
        ));
    }
    let account = door.upstream_open_kfid.as_ref();
    if channel.has_accounts() {
        return check::needed("wecom_kf.upstream_open_kfid", account).map(drop);
    }
    if account.is_some() {
        return Err(Problem::bad("wecom_kf: this channel has no accounts"));
    }
    // What arrives by such a connection names no account: it has one door.
    let mut others = caller.setup.entry_points.values().map(|row| &row.entry);
    let taken = others.find(|other| other.id != door.id && other.connection == Some(connection));
    match taken {
        Some(other) => Err(conflict(format!(
            "connection_id: {} is its entry point",
            other.name
        ))),
        None => Ok(()),
    }
}

/// Delete an entry point through which nobody ever came
#[utoipa::path(delete, path = "/v1/entry-points/{id}", tag = "Entry points", responses((status = 204, description = "Deleted.")))]
pub(super) async fn remove(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<EntryPointId>,
) -> Answer<StatusCode> {
    let row = found(caller.setup.entry_points.get(&id))?;
    let query = ListQuery {
        entry_points: vec![id],
        ..ListQuery::default()
    };
    if rows::anybody(&gateway, &caller, query).await? {
        return Err(conflict("customers came through it; pause it instead"));
    }
    rows::delete(&gateway, &caller, &row.entry).await
}

/// How a website door is put up.
#[derive(Serialize, ToSchema)]
pub(super) struct Snippet {
    /// The line for a site's pages.
    html: String,
    /// The hosted page.
    chat_url: String,
    /// A code that leads there, as SVG.
    qr_svg: String,
}

/// The line, the link and the code of a website door
#[utoipa::path(get, path = "/v1/entry-points/{id}/snippet", tag = "Entry points", responses((status = 200, body = Snippet)))]
pub(super) async fn snippet(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<EntryPointId>,
) -> Answer<Json<Snippet>> {
    let door = &found(caller.setup.entry_points.get(&id))?.entry;
    if door.channel != "website" {
        return Err(Problem::not_found());
    }
    let here = &gateway.settings.public_url;
    let chat_url = format!("{here}/chat/{}?entry_point={id}", door.kf_account);
    Ok(Json(Snippet {
        html: format!(r#"<script src="{here}/widget.js" data-entry-point="{id}" async></script>"#),
        qr_svg: qr_svg(&chat_url)?,
        chat_url,
    }))
}

/// Where a link is put up.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LinkAsk {
    /// At most 32 letters, digits, `_` and `-`; comes back when someone enters.
    scene: Option<String>,
    /// At most 128 bytes, with a scene. WeChat kf only.
    scene_param: Option<String>,
    /// A code of an official account lives for thirty days; this asks for one of the 100,000 that an account
    /// has for good. Links of WeChat kf always last.
    #[serde(default)]
    lasting: bool,
}

/// A link and its code.
#[derive(Serialize, ToSchema)]
pub(super) struct Link {
    url: String,
    /// As SVG.
    qr_svg: String,
}

/// A platform's link into a door
#[utoipa::path(get, path = "/v1/entry-points/{id}/link", tag = "Entry points", params(LinkAsk), responses((status = 200, body = Link)))]
pub(super) async fn link(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<EntryPointId>,
    Ask(ask): Ask<LinkAsk>,
) -> Answer<Json<Link>> {
    found(caller.setup.entry_points.get(&id))?;
    let scene = ask.scene.unwrap_or_default();
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'_' || c == b'-';
    if scene.len() > 32 || !scene.bytes().all(plain) {
        return Err(Problem::bad("scene: at most 32 letters, digits, _ and -"));
    }
    let param = ask.scene_param.as_deref().filter(|param| !param.is_empty());
    let url = gateway
        .reception
        .entry_link(caller.brand, id, &scene, param, ask.lasting)
        .await?;
    Ok(Json(Link {
        qr_svg: qr_svg(&url)?,
        url,
    }))
}

/// A code as SVG, with its quiet zone.
pub(crate) fn qr_svg(words: &str) -> Answer<String> {
    let code = QrCode::with_error_correction_level(words, EcLevel::M);
    let code = code.map_err(|_| Problem::bad("the link is too long for a code"))?;
    Ok(code
        .render::<svg::Color<'_>>()
        .min_dimensions(240, 240)
        .build())
}

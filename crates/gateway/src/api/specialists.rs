//! Specialists (服务专员): people whom customers can add.

use std::{collections::HashMap, sync::Arc};

use axum::{Json, extract::State, http::StatusCode};
use kefu_domain::{
    AgentId, ConnectionId, SpecialistId,
    content::CardLink,
    setup::{Row, Specialist},
};
use kefu_store::{HandoffTally, HandoffTarget};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    access::Caller,
    ask::{Ask, Id, Page, PageAsk, emptied},
    check,
    handoffs::{self, Counts},
    rows::{self, Stamp, found, under},
    shapes::CardLinkShape,
};
use crate::{
    Gateway,
    problem::{Answer, JsonBody, Problem},
};

/// Links of a card at most.
const LINKS: usize = 10;

/// A specialist.
#[derive(Serialize, ToSchema)]
pub(super) struct SpecialistRow {
    #[schema(value_type = String)]
    id: SpecialistId,
    name: String,
    title: String,
    line: String,
    company: String,
    avatar_media_id: Option<String>,
    #[schema(value_type = Vec<CardLinkShape>)]
    links: Vec<CardLink>,
    /// New customers a day; 0: no limit.
    capacity_per_day: u32,
    userid: Option<String>,
    #[schema(value_type = Option<String>)]
    connection_id: Option<ConnectionId>,
    /// The agent who is this person.
    #[schema(value_type = Option<String>)]
    agent: Option<AgentId>,
    qr_media_id: Option<String>,
    welcome: String,
    disabled: bool,
    /// Of all time.
    counts: Counts,
    /// In the last 24 hours.
    offered_today: u32,
    added_today: u32,
    #[serde(flatten)]
    stamp: Stamp,
}

/// A specialist is made or changed; `name` is needed to make one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "周掌柜", "title": "茶礼顾问", "line": "企业定制，加我发您画册", "capacity_per_day": 30}))]
pub(super) struct SpecialistBody {
    /// Shown on the card.
    name: Option<String>,
    #[serde(default, deserialize_with = "emptied")]
    title: Option<String>,
    /// One line of words, at most 80 characters.
    #[serde(default, deserialize_with = "emptied")]
    line: Option<String>,
    #[serde(default, deserialize_with = "emptied")]
    company: Option<String>,
    #[serde(default, deserialize_with = "emptied")]
    avatar_media_id: Option<String>,
    /// Mall, booking, menu; at most 10.
    #[serde(default, deserialize_with = "emptied")]
    #[schema(value_type = Option<Vec<CardLinkShape>>)]
    links: Option<Vec<CardLink>>,
    /// 0 to 100,000; 0: no limit.
    #[serde(default, deserialize_with = "emptied")]
    capacity_per_day: Option<u32>,
    /// Their member id at the connection: codes then tell who added.
    #[serde(default, deserialize_with = "emptied")]
    userid: Option<String>,
    /// The connection that makes those codes.
    #[serde(default, deserialize_with = "emptied")]
    connection_id: Option<String>,
    /// The agent who is this person, or `null`: who adds the specialist becomes this agent's
    /// customer, if they are nobody's yet.
    #[serde(default, deserialize_with = "emptied")]
    agent: Option<String>,
    /// Or a picture of a code.
    #[serde(default, deserialize_with = "emptied")]
    qr_media_id: Option<String>,
    /// Sent after the add, at most 1,000 characters.
    #[serde(default, deserialize_with = "emptied")]
    welcome: Option<String>,
    /// Not offered for now.
    disabled: Option<bool>,
    /// The `rev` that was read; another one stored: 409 `conflict`.
    rev: Option<u64>,
}

/// How far the offers of all targets got.
pub(super) struct Tallies {
    all: HashMap<HandoffTarget, HandoffTally>,
    today: HashMap<HandoffTarget, HandoffTally>,
}

impl Tallies {
    pub(super) async fn read(gateway: &Gateway, caller: &Caller) -> Answer<Self> {
        let store = gateway.reception.store();
        let all = store
            .handoff_tallies(caller.brand)
            .await?
            .into_iter()
            .collect();
        let since = gateway.reception.now() - handoffs::DAY_MS;
        let today = store.handoffs_by_target(caller.brand, since).await?;
        let today = today.into_iter().map(|one| (one.target, one.tally));
        Ok(Self {
            all,
            today: today.collect(),
        })
    }

    pub(super) fn of(&self, target: HandoffTarget) -> Counts {
        self.all
            .get(&target)
            .copied()
            .map(Counts::from)
            .unwrap_or_default()
    }

    fn today(&self, target: HandoffTarget) -> HandoffTally {
        self.today.get(&target).copied().unwrap_or_default()
    }
}

fn view(row: &Row<Specialist>, tallies: &Tallies) -> SpecialistRow {
    let one = row.entry.clone();
    let target = HandoffTarget::Specialist(one.id);
    let today = tallies.today(target);
    SpecialistRow {
        id: one.id,
        name: one.name,
        title: one.title,
        line: one.line,
        company: one.company,
        avatar_media_id: one.avatar_media_id,
        links: one.links,
        capacity_per_day: one.capacity_per_day,
        userid: one.userid,
        connection_id: one.connection,
        agent: one.agent,
        qr_media_id: one.qr_media_id,
        welcome: one.welcome,
        disabled: one.disabled,
        counts: tallies.of(target),
        offered_today: today.offered,
        added_today: today.added,
        stamp: Stamp::from(row),
    }
}

/// All specialists
#[utoipa::path(get, path = "/v1/specialists", tag = "Specialists", params(PageAsk), responses((status = 200, body = Page<SpecialistRow>)))]
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Ask(ask): Ask<PageAsk>,
) -> Answer<Json<Page<SpecialistRow>>> {
    let tallies = Tallies::read(&gateway, &caller).await?;
    ask.of(caller
        .setup
        .specialists
        .values()
        .map(|row| view(row, &tallies)))
        .map(Json)
}

/// One specialist
#[utoipa::path(get, path = "/v1/specialists/{id}", tag = "Specialists", responses((status = 200, body = SpecialistRow)))]
pub(super) async fn one(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<SpecialistId>,
) -> Answer<Json<SpecialistRow>> {
    let row = found(caller.setup.specialists.get(&id))?;
    Ok(Json(view(row, &Tallies::read(&gateway, &caller).await?)))
}

/// Make a specialist
#[utoipa::path(post, path = "/v1/specialists", tag = "Specialists", request_body = SpecialistBody, responses((status = 201, body = SpecialistRow)))]
pub(super) async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    JsonBody(body): JsonBody<SpecialistBody>,
) -> Answer<(StatusCode, Json<SpecialistRow>)> {
    check::needed("name", body.name.as_ref())?;
    let id = SpecialistId(gateway.reception.ids().mint());
    let blank = Specialist {
        id,
        name: String::new(),
        title: String::new(),
        line: String::new(),
        company: String::new(),
        avatar_media_id: None,
        links: Vec::new(),
        capacity_per_day: 0,
        userid: None,
        connection: None,
        agent: None,
        qr_media_id: None,
        welcome: String::new(),
        disabled: false,
    };
    let specialist = apply(&gateway, &caller, blank, body).await?;
    let setup = rows::write(&gateway, &caller, specialist, None, "name").await?;
    let tallies = Tallies::read(&gateway, &caller).await?;
    Ok((
        StatusCode::CREATED,
        Json(view(found(setup.specialists.get(&id))?, &tallies)),
    ))
}

/// Change a specialist
#[utoipa::path(patch, path = "/v1/specialists/{id}", tag = "Specialists", request_body = SpecialistBody, responses((status = 200, body = SpecialistRow)))]
pub(super) async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<SpecialistId>,
    JsonBody(body): JsonBody<SpecialistBody>,
) -> Answer<Json<SpecialistRow>> {
    let row = found(caller.setup.specialists.get(&id))?;
    let rev = under(row, body.rev);
    let specialist = apply(&gateway, &caller, row.entry.clone(), body).await?;
    let setup = rows::write(&gateway, &caller, specialist, rev, "name").await?;
    let tallies = Tallies::read(&gateway, &caller).await?;
    Ok(Json(view(found(setup.specialists.get(&id))?, &tallies)))
}

async fn apply(
    gateway: &Gateway,
    caller: &Caller,
    mut one: Specialist,
    body: SpecialistBody,
) -> Answer<Specialist> {
    if let Some(name) = body.name {
        one.name = check::name("name", &name)?;
    }
    let lines = [
        ("title", body.title, check::NAME, &mut one.title),
        ("line", body.line, 80, &mut one.line),
        ("company", body.company, check::NAME, &mut one.company),
    ];
    for (field, text, most, place) in lines {
        if let Some(text) = text {
            *place = check::line(field, &text, most)?;
        }
    }
    if let Some(avatar) = body.avatar_media_id {
        one.avatar_media_id = check::picture(gateway, caller, "avatar_media_id", &avatar).await?;
    }
    if let Some(links) = body.links {
        one.links = check_links(&links)?;
    }
    if let Some(capacity) = body.capacity_per_day {
        one.capacity_per_day = check::number("capacity_per_day", capacity, 0..=100_000)?;
    }
    if let Some(userid) = body.userid {
        one.userid = check::some(check::token("userid", &userid, 64)?);
    }
    if let Some(connection) = body.connection_id {
        one.connection = check_connection(caller, &connection)?;
    }
    if let Some(agent) = body.agent {
        one.agent = check_agent(caller, &agent)?;
    }
    if let Some(qr) = body.qr_media_id {
        one.qr_media_id = check::picture(gateway, caller, "qr_media_id", &qr).await?;
    }
    if let Some(welcome) = body.welcome {
        one.welcome = check::words("welcome", &welcome, 1000)?;
    }
    one.disabled = body.disabled.unwrap_or(one.disabled);
    Ok(one)
}

fn check_links(links: &[CardLink]) -> Answer<Vec<CardLink>> {
    if links.len() > LINKS {
        return Err(Problem::bad(format!("links: more than {LINKS}")));
    }
    let one = |link: &CardLink| {
        Ok(CardLink {
            title: check::name("links.title", &link.title)?,
            url: check::url("links.url", &link.url)?,
        })
    };
    links.iter().map(one).collect()
}

/// An agent of the caller's brand, or none.
fn check_agent(caller: &Caller, text: &str) -> Answer<Option<AgentId>> {
    if text.is_empty() {
        return Ok(None);
    }
    let id = text
        .parse()
        .ok()
        .filter(|id| caller.setup.agents.contains_key(id));
    id.map(Some)
        .ok_or_else(|| Problem::bad("agent: no such agent"))
}

/// A connection of the caller's brand, or none.
pub(super) fn check_connection(caller: &Caller, text: &str) -> Answer<Option<ConnectionId>> {
    if text.is_empty() {
        return Ok(None);
    }
    let id = text
        .parse()
        .ok()
        .filter(|id| caller.setup.connections.contains_key(id));
    id.map(Some)
        .ok_or_else(|| Problem::bad("connection_id: no such connection"))
}

/// Delete a specialist
///
/// Offers that were made stay as they are.
#[utoipa::path(delete, path = "/v1/specialists/{id}", tag = "Specialists", responses((status = 204, description = "Deleted.")))]
pub(super) async fn remove(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<SpecialistId>,
) -> Answer<StatusCode> {
    let row = found(caller.setup.specialists.get(&id))?;
    rows::delete(&gateway, &caller, &row.entry).await
}

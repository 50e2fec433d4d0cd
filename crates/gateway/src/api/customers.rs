//! Customers (客户): found, looked at, described, blocked.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State, http::StatusCode};
use kefu_domain::{AgentId, CustomerId};
use kefu_reception::Error;
use kefu_store::{Customer, ListQuery};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::{
    access::Caller,
    ask::{self, Ask, Id, Page, emptied},
    check,
    handoffs::{self, Counts, HandoffRow},
    history::PastSession,
    shapes::SourceShape,
};
use crate::{
    Gateway,
    problem::{Answer, JsonBody, Problem},
};

/// Past sessions of one customer shown at most.
const SESSIONS: usize = 50;
/// A page counts as looked at for so long.
const LOOKING_MS: i64 = 600_000;
/// Tags and attributes of one customer at most.
const FACTS: usize = 50;
/// A change that others came before is tried so often.
const TRIES: u32 = 24;

/// A customer as lists show them.
#[derive(Serialize, ToSchema)]
pub(super) struct CustomerRow {
    external_userid: String,
    name: String,
    avatar_media_id: Option<String>,
    /// `vip`, `regular`, `new`.
    mark: Option<String>,
    tags: Vec<String>,
    /// The agent whose customer this is, who is asked first where the account's rules say so.
    owner: Option<String>,
    /// What agents call them.
    remark: String,
    phone: String,
    blocked: bool,
    created_at: i64,
    rev: u64,
    /// Facts by name; of one name, what the brand signed.
    attributes: BTreeMap<String, String>,
    /// The names of those that the brand signed, which nobody here changes.
    signed_attributes: Vec<String>,
}

impl CustomerRow {
    pub(super) fn of(customer: &Customer) -> Self {
        let card = &customer.card;
        let signed: BTreeMap<String, String> =
            serde_json::from_str(&customer.signed).unwrap_or_default();
        let mut attributes: BTreeMap<String, String> =
            serde_json::from_str(&customer.attributes).unwrap_or_default();
        let signed_attributes = signed.keys().cloned().collect();
        attributes.extend(signed);
        Self {
            external_userid: card.id.to_string(),
            name: card.name.clone(),
            avatar_media_id: card.avatar_media_id.clone(),
            mark: card.mark.clone(),
            tags: customer.tags.clone(),
            owner: card.owner.map(|agent| agent.to_string()),
            remark: customer.remark.clone(),
            phone: customer.phone.clone(),
            blocked: card.blocked,
            created_at: customer.created_at,
            rev: customer.rev,
            attributes,
            signed_attributes,
        }
    }
}

/// Everything known of a customer.
#[derive(Serialize, ToSchema)]
pub(super) struct CustomerWhole {
    #[serde(flatten)]
    row: CustomerRow,
    identities: Vec<IdentityRow>,
    handoffs: CustomerHandoffs,
    /// Newest first.
    notes: Vec<NoteRow>,
    /// Newest first.
    sessions: Vec<PastSession>,
    /// Pages they looked at, newest first.
    #[schema(value_type = Vec<SourceShape>)]
    footsteps: Vec<kefu_domain::Source>,
    /// The page they look at now.
    #[schema(value_type = Option<SourceShape>)]
    current_page: Option<kefu_domain::Source>,
}

/// A customer as one entry point knows them.
#[derive(Serialize, ToSchema)]
pub(super) struct IdentityRow {
    id: String,
    channel: String,
    entry_point_name: String,
    /// What they are called there.
    label: String,
    /// Why we believe it: `visitor`, `signed`, `unionid`, `upstream`.
    evidence: &'static str,
    created_at: i64,
}

/// How far a customer came.
#[derive(Serialize, ToSchema)]
pub(super) struct CustomerHandoffs {
    #[serde(flatten)]
    counts: Counts,
    /// Newest first.
    items: Vec<HandoffRow>,
}

/// A note on a customer.
#[derive(Serialize, ToSchema)]
pub(super) struct NoteRow {
    id: String,
    servicer_name: String,
    text: String,
    created_at: i64,
}

/// Which customers.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CustomersAsk {
    /// Part of name, remark or phone, or an id.
    q: Option<String>,
    /// Rows at most, 1 to 200; 50 if not given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Customers
#[utoipa::path(get, path = "/v1/customers", tag = "Customers", params(CustomersAsk), responses((status = 200, body = Page<CustomerRow>)))]
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Ask(ask): Ask<CustomersAsk>,
) -> Answer<Json<Page<CustomerRow>>> {
    let size = ask::size(ask.limit)?;
    let before = ask::cursor::<CustomerId>(ask.cursor.as_deref())?;
    let words = ask.q.unwrap_or_default();
    let upto = u32::try_from(size + 1).unwrap_or(ask::MOST);
    let store = gateway.reception.store();
    let rows = store
        .find_customers(caller.brand, words.trim(), before, upto)
        .await?;
    let rows: Vec<CustomerRow> = rows.iter().map(CustomerRow::of).collect();
    Ok(Json(Page::cut(rows, size, |row| {
        row.external_userid.clone()
    })))
}

/// One customer, with everything known of them
#[utoipa::path(get, path = "/v1/customers/{id}", tag = "Customers", responses((status = 200, body = CustomerWhole)))]
pub(super) async fn one(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<CustomerId>,
) -> Answer<Json<CustomerWhole>> {
    let (store, brand) = (gateway.reception.store(), caller.brand);
    let row = CustomerRow::of(&store.customer(brand, id).await?);
    let handoffs = store.handoffs(brand, id).await?;
    let notes = store.notes(brand, id).await?;
    let footsteps = store.footsteps(brand, id).await?;
    let looking = footsteps
        .first()
        .filter(|step| step.at > gateway.reception.now() - LOOKING_MS)
        .cloned();
    Ok(Json(CustomerWhole {
        row,
        identities: identities(&gateway, &caller, id).await?,
        handoffs: CustomerHandoffs {
            counts: Counts::of(&handoffs),
            items: handoffs
                .iter()
                .map(|one| handoffs::view(&caller.setup, one))
                .collect(),
        },
        notes: notes.iter().map(|note| note_row(&caller, note)).collect(),
        sessions: sessions(&gateway, &caller, id).await?,
        footsteps,
        current_page: looking,
    }))
}

fn note_row(caller: &Caller, note: &kefu_store::CustomerNote) -> NoteRow {
    NoteRow {
        id: note.id.to_string(),
        servicer_name: note
            .agent
            .map(|id| caller.setup.agent_name(id).to_owned())
            .unwrap_or_default(),
        text: note.text.clone(),
        created_at: note.created_at,
    }
}

async fn identities(
    gateway: &Gateway,
    caller: &Caller,
    id: CustomerId,
) -> Answer<Vec<IdentityRow>> {
    let rows = gateway
        .reception
        .store()
        .identities(caller.brand, id)
        .await?;
    let one = |row: &kefu_store::Identity| {
        let door = caller
            .setup
            .entry_points
            .get(&row.entry_point)
            .map(|row| &row.entry);
        let (evidence, label) = match row.kind.as_str() {
            // What they are called there is a secret of theirs.
            "visitor" => ("visitor", String::new()),
            "signed" => ("signed", row.value.clone()),
            "unionid" => ("unionid", row.value.clone()),
            _ => ("upstream", row.value.clone()),
        };
        IdentityRow {
            id: row.id.to_string(),
            channel: door.map(|door| door.channel.clone()).unwrap_or_default(),
            entry_point_name: door.map(|door| door.name.clone()).unwrap_or_default(),
            label,
            evidence,
            created_at: row.created_at,
        }
    };
    Ok(rows.iter().map(one).collect())
}

async fn sessions(gateway: &Gateway, caller: &Caller, id: CustomerId) -> Answer<Vec<PastSession>> {
    let store = gateway.reception.store();
    let query = ListQuery {
        customer: Some(id),
        limit: 50,
        ..ListQuery::default()
    };
    let mut rows = Vec::new();
    for conversation in store.conversations(caller.brand, query).await? {
        rows.extend(
            store
                .sessions(caller.brand, conversation.id, ask::MOST)
                .await?,
        );
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.session.opened_at));
    Ok(rows
        .iter()
        .take(SESSIONS)
        .map(|row| PastSession::of(caller, row))
        .collect())
}

/// What people write about a customer; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"remark": "企业采购，要专票", "tags": ["企业"], "mark": "vip"}))]
pub(super) struct CustomerBody {
    name: Option<String>,
    /// `vip`, `regular`, `new`, or `null`. Sessions of a `vip` open with priority 3.
    #[serde(default, deserialize_with = "emptied")]
    mark: Option<String>,
    /// An agent of the brand, or `null`: nobody's. A line in the customer's threads tells it.
    #[serde(default, deserialize_with = "emptied")]
    owner: Option<String>,
    /// All of them, at most 50: without `rev`, what a colleague wrote meanwhile is replaced.
    #[serde(default, deserialize_with = "emptied")]
    tags: Option<Vec<String>>,
    /// To those that are there then, whatever a colleague wrote meanwhile; not together with `tags`.
    tags_add: Option<Vec<String>>,
    /// From those that are there then; not together with `tags`.
    tags_remove: Option<Vec<String>>,
    /// At most 500 characters.
    #[serde(default, deserialize_with = "emptied")]
    remark: Option<String>,
    /// At most 32 characters.
    #[serde(default, deserialize_with = "emptied")]
    phone: Option<String>,
    /// All of them: at most 50, names up to 64 and values up to 500 characters. What the brand signed
    /// stays as it is.
    #[serde(default, deserialize_with = "emptied")]
    attributes: Option<BTreeMap<String, String>>,
    /// The `rev` that was read; another one stored: 409 `conflict`.
    rev: Option<u64>,
}

/// Describe a customer
///
/// What is left out stays as it is then, whoever wrote it. Without `rev`, what is given replaces what a
/// colleague gave meanwhile.
#[utoipa::path(patch, path = "/v1/customers/{id}", tag = "Customers", request_body = CustomerBody, responses((status = 200, body = CustomerRow)))]
pub(super) async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<CustomerId>,
    JsonBody(body): JsonBody<CustomerBody>,
) -> Answer<Json<CustomerRow>> {
    let store = gateway.reception.store();
    let mut tries = if body.rev.is_some() { 1 } else { TRIES };
    loop {
        tries -= 1;
        let mut customer = store.customer(caller.brand, id).await?;
        body.apply(&mut customer)?;
        customer.rev = body.rev.unwrap_or(customer.rev);
        let changed = gateway
            .reception
            .describe(caller.brand, caller.agent, customer)
            .await;
        match changed {
            // Somebody wrote between: what this one leaves out is theirs.
            Err(Error::Conflict(_)) if tries > 0 => (),
            changed => return Ok(Json(CustomerRow::of(&changed?))),
        }
    }
}

impl CustomerBody {
    /// Puts what is given into a row as it stands.
    fn apply(&self, customer: &mut Customer) -> Answer<()> {
        if let Some(name) = &self.name {
            customer.card.name = check::name("name", name)?;
        }
        if let Some(mark) = &self.mark {
            let given = Some(mark.as_str()).filter(|mark| !mark.is_empty());
            customer.card.mark = given.map(check::mark).transpose()?;
        }
        if let Some(owner) = &self.owner {
            customer.card.owner = check_owner(owner)?;
        }
        customer.tags = self.tags_of(customer)?;
        if let Some(remark) = &self.remark {
            customer.remark = check::words("remark", remark, 500)?;
        }
        if let Some(phone) = &self.phone {
            customer.phone = check::line("phone", phone, 32)?;
        }
        if let Some(attributes) = &self.attributes {
            customer.attributes = check_attributes(attributes.clone(), &customer.signed)?;
        }
        Ok(())
    }

    fn tags_of(&self, customer: &Customer) -> Answer<Vec<String>> {
        let one_by_one = self.tags_add.is_some() || self.tags_remove.is_some();
        match &self.tags {
            Some(_) if one_by_one => Err(Problem::bad(
                "tags: all of them, or tags_add and tags_remove",
            )),
            Some(tags) => check::tags("tags", tags, FACTS),
            None if one_by_one => {
                let (add, remove) = (self.tags_add.iter(), self.tags_remove.as_deref());
                let mut tags = customer.tags.clone();
                tags.retain(|tag| !remove.unwrap_or_default().contains(tag));
                tags.extend(add.flatten().cloned());
                check::tags("tags_add", &tags, FACTS)
            }
            None => Ok(customer.tags.clone()),
        }
    }
}

/// An agent's id, or nobody; whose agent it is, reception knows.
fn check_owner(text: &str) -> Answer<Option<AgentId>> {
    if text.is_empty() {
        return Ok(None);
    }
    let agent = text.parse().ok();
    agent
        .map(Some)
        .ok_or_else(|| Problem::bad("owner: no such agent"))
}

fn check_attributes(mut attributes: BTreeMap<String, String>, signed: &str) -> Answer<String> {
    let signed: BTreeMap<String, String> = serde_json::from_str(signed).unwrap_or_default();
    attributes.retain(|name, _| !signed.contains_key(name));
    if attributes.len() > FACTS {
        return Err(Problem::bad(format!("attributes: more than {FACTS}")));
    }
    let mut checked = BTreeMap::new();
    for (name, value) in attributes {
        checked.insert(
            check::name("attributes", &name)?,
            check::words("attributes", &value, 500)?,
        );
    }
    Ok(json!(checked).to_string())
}

/// A note on a customer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomerNoteBody {
    /// 1 to 4,096 characters.
    text: String,
}

/// Write a note on a customer
#[utoipa::path(post, path = "/v1/customers/{id}/notes", tag = "Customers", request_body = CustomerNoteBody, responses((status = 201, body = NoteRow)))]
pub(super) async fn note(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<CustomerId>,
    JsonBody(body): JsonBody<CustomerNoteBody>,
) -> Answer<(StatusCode, Json<NoteRow>)> {
    let text = check::words("text", &body.text, kefu_domain::content::TEXT_CHARS)?;
    if text.trim().is_empty() {
        return Err(Problem::bad("text: is empty"));
    }
    let (store, now) = (gateway.reception.store(), gateway.reception.now());
    let note = store
        .add_note(caller.brand, id, caller.agent, text, now)
        .await?;
    Ok((StatusCode::CREATED, Json(note_row(&caller, &note))))
}

/// Whether a customer may write.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BlockBody {
    blocked: bool,
    /// Kept as a note, at most 200 characters.
    #[serde(default)]
    reason: String,
}

/// Block a customer, or let them write again
///
/// A block ends what is open, without a word to the customer. While a colleague serves them, only that
/// one and supervisors may: `not_assigned`.
#[utoipa::path(post, path = "/v1/customers/{id}/block", tag = "Customers", request_body = BlockBody, responses((status = 200, body = CustomerRow)))]
pub(super) async fn block(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<CustomerId>,
    JsonBody(body): JsonBody<BlockBody>,
) -> Answer<Json<CustomerRow>> {
    let reason = check::line("reason", &body.reason, 200)?;
    caller.agent()?;
    let customer = gateway
        .reception
        .block(caller.brand, caller.actor(), id, body.blocked)
        .await?;
    if !reason.is_empty() {
        let (store, now) = (gateway.reception.store(), gateway.reception.now());
        store
            .add_note(caller.brand, id, caller.agent, reason, now)
            .await?;
    }
    Ok(Json(CustomerRow::of(&customer)))
}

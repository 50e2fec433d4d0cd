//! Conversations: lists of them, and one.

use std::sync::Arc;

use axum::{Json, extract::State};
use kefu_domain::{ConversationId, CustomerId, KfAccountId, TeamId, routing::PRIORITY_MOST};
use kefu_store::{Conversation, ListOrder, ListQuery};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::{
    access::Caller,
    ask::{self, Ask, Id, Page},
    check,
    shapes::ConversationShape,
};
use crate::{
    Gateway,
    card::Card,
    problem::{Answer, Problem},
};

/// Conversations looked at for words.
const FOUND: u32 = 50;

/// Whose conversations.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum View {
    /// Open sessions of mine.
    Mine,
    /// Waiting for my teams.
    Waiting,
    /// Open sessions of my colleagues.
    Colleagues,
    /// Everyone's.
    #[default]
    All,
}

/// By what a list is ordered.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sort {
    /// Newest activity first.
    #[default]
    Activity,
    /// Longest wait first.
    Waiting,
    /// Newest session first.
    Created,
    /// Highest priority first.
    Priority,
}

/// Which conversations.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListAsk {
    #[serde(default)]
    #[param(inline)]
    view: View,
    /// `service_state`, 0 to 4.
    state: Option<u8>,
    team_id: Option<String>,
    open_kfid: Option<String>,
    channel: Option<String>,
    /// Open sessions of this priority at least, 1 to 9.
    priority: Option<u32>,
    /// Customers with this mark: `vip`, `regular` or `new`.
    mark: Option<String>,
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
    /// Name, remark, phone or id of the customer, or id of the conversation; one page.
    q: Option<String>,
    /// Rows at most, 1 to 200; 50 if not given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Conversations
#[utoipa::path(get, path = "/v1/conversations", tag = "Conversations", params(ListAsk), responses((status = 200, body = Page<ConversationShape>)))]
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Ask(ask): Ask<ListAsk>,
) -> Answer<Json<Value>> {
    let size = ask::size(ask.limit)?;
    let Some(mut query) = query(&caller, &ask)? else {
        return Ok(Json(json!({ "items": [], "next": null })));
    };
    let store = gateway.reception.store();
    if let Some(words) = ask
        .q
        .as_deref()
        .map(str::trim)
        .filter(|words| !words.is_empty())
    {
        let found = by_words(&gateway, &caller, query, words).await?;
        return Ok(page(
            &gateway,
            &caller,
            found.into_iter().take(size).collect(),
            None,
        ));
    }
    query.before = before(ask.cursor.as_deref())?;
    query.limit = u32::try_from(size).unwrap_or(ask::MOST);
    let found = store.conversation_page(caller.brand, query).await?;
    let next = found.next.map(|(at, id)| format!("{at}.{id}"));
    Ok(page(&gateway, &caller, found.rows, next))
}

fn page(
    gateway: &Gateway,
    caller: &Caller,
    rows: Vec<Arc<Conversation>>,
    next: Option<String>,
) -> Json<Value> {
    let one = |row: &Arc<Conversation>| json!(Card::of(&gateway.reception, &caller.setup, row));
    Json(json!({ "items": rows.iter().map(one).collect::<Vec<_>>(), "next": next }))
}

/// What the store is asked; `None`: nothing can match.
fn query(caller: &Caller, ask: &ListAsk) -> Answer<Option<ListQuery>> {
    let mut query = ListQuery {
        order: match ask.sort {
            Sort::Activity => ListOrder::Activity,
            Sort::Waiting => ListOrder::Waiting,
            Sort::Created => ListOrder::Created,
            Sort::Priority => ListOrder::Priority,
        },
        ..ListQuery::default()
    };
    match ask.view {
        View::Mine => query.agent = Some(caller.agent()?),
        View::Colleagues => query.not_agent = Some(caller.agent()?),
        View::Waiting => {
            query.states = vec![2];
            if let Some(row) = caller.agent.and_then(|id| caller.setup.agents.get(&id)) {
                query.teams.clone_from(&row.entry.team_ids);
                if query.teams.is_empty() && !caller.supervises() {
                    return Ok(None);
                }
            }
        }
        View::All => (),
    }
    match ask.state {
        Some(state @ 0..=4) if query.states.is_empty() || query.states == [state] => {
            query.states = vec![state]
        }
        Some(0..=4) => return Ok(None),
        Some(_) => return Err(Problem::bad("state: 0 to 4")),
        None => (),
    }
    if let Some(team) = given(ask.team_id.as_deref()) {
        let Ok(team) = team.parse::<TeamId>() else {
            return Ok(None);
        };
        query.teams = vec![team];
    }
    if let Some(account) = given(ask.open_kfid.as_deref()) {
        let Ok(account) = account.parse::<KfAccountId>() else {
            return Ok(None);
        };
        query.kf_account = Some(account);
    }
    if let Some(channel) = given(ask.channel.as_deref()) {
        let doors = caller
            .setup
            .entry_points
            .values()
            .filter(|row| row.entry.channel == channel);
        query.entry_points = doors.map(|row| row.entry.id).collect();
        if query.entry_points.is_empty() {
            return Ok(None);
        }
    }
    if let Some(priority) = ask.priority {
        query.priority = check::number("priority", priority, 1..=PRIORITY_MOST.unsigned_abs())?;
    }
    query.mark = given(ask.mark.as_deref()).map(check::mark).transpose()?;
    Ok(Some(query))
}

fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// The value that a list is ordered by.
fn place(row: &Conversation, query: &ListQuery) -> i64 {
    let active = row
        .last
        .as_ref()
        .map_or(row.created_at, |last| last.sent_at);
    let open = row
        .session
        .as_ref()
        .filter(|session| session.ended_at.is_none());
    match query.order {
        ListOrder::Activity => active,
        ListOrder::Waiting => open
            .and_then(|session| session.enqueued_at)
            .unwrap_or(active),
        ListOrder::Created => open.map_or(row.created_at, |session| session.opened_at),
        ListOrder::Priority => open.map_or(0, |session| i64::from(session.priority)),
    }
}

fn before(cursor: Option<&str>) -> Answer<Option<(i64, ConversationId)>> {
    let Some(cursor) = given(cursor) else {
        return Ok(None);
    };
    let parts = cursor
        .split_once('.')
        .and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
    parts
        .map(Some)
        .ok_or_else(|| Problem::bad("cursor: not one of ours"))
}

/// Conversations of customers who are found by words, or the one with this id.
pub(super) async fn by_words(
    gateway: &Gateway,
    caller: &Caller,
    query: ListQuery,
    words: &str,
) -> Answer<Vec<Arc<Conversation>>> {
    let store = gateway.reception.store();
    if let Ok(id) = words.parse::<ConversationId>()
        && let Ok(one) = store.conversation(caller.brand, id).await
    {
        return Ok(vec![one]);
    }
    let customers = store
        .find_customers(caller.brand, words, None, FOUND)
        .await?;
    let ids = customers.iter().map(|customer| customer.card.id);
    of_customers(gateway, caller, query, ids).await
}

/// Conversations of these customers, newest activity first.
pub(super) async fn of_customers(
    gateway: &Gateway,
    caller: &Caller,
    query: ListQuery,
    customers: impl Iterator<Item = CustomerId>,
) -> Answer<Vec<Arc<Conversation>>> {
    let store = gateway.reception.store();
    let mut found = Vec::new();
    for customer in customers {
        let query = ListQuery {
            customer: Some(customer),
            limit: FOUND,
            ..query.clone()
        };
        found.extend(store.conversations(caller.brand, query).await?);
    }
    found.sort_by_key(|row| std::cmp::Reverse((place(row, &query), row.id)));
    Ok(found)
}

/// One conversation
#[utoipa::path(get, path = "/v1/conversations/{id}", tag = "Conversations", responses((status = 200, body = ConversationShape)))]
pub(super) async fn one(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<ConversationId>,
) -> Answer<Json<Value>> {
    let row = gateway.reception.conversation(caller.brand, id).await?;
    Ok(Json(json!(Card::of(
        &gateway.reception,
        &caller.setup,
        &row
    ))))
}

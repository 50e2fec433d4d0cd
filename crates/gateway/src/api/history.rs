//! A conversation's history: its messages and its sessions.

use std::sync::Arc;

use axum::{Json, extract::State};
use kefu_domain::ConversationId;
use kefu_store::SessionRow;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::{
    access::Caller,
    ask::{self, Ask, Id, Page, PageAsk},
    shapes::{LineShape, MessageShape, SourceShape},
};
use crate::{Gateway, problem::Answer, view};

/// Which part of a thread.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryAsk {
    /// The newest messages before this one.
    before_seq: Option<u64>,
    /// The oldest messages after this one.
    after_seq: Option<u64>,
    /// Messages at most, 1 to 200; 50 if not given.
    limit: Option<u32>,
}

/// A part of a thread, oldest message first.
#[derive(Serialize, ToSchema)]
pub(super) struct History {
    /// The life of the store.
    epoch: String,
    #[schema(value_type = Vec<MessageShape>)]
    messages: Vec<Value>,
    /// Notes and inner lines that stand among these messages.
    #[schema(value_type = Vec<LineShape>)]
    lines: Vec<Value>,
    /// There are more in the direction that was asked for.
    has_more: bool,
}

/// A conversation's messages
///
/// Without a bound: the newest.
#[utoipa::path(get, path = "/v1/conversations/{id}/messages", tag = "Conversations", params(HistoryAsk), responses((status = 200, body = History)))]
pub(super) async fn messages(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<ConversationId>,
    Ask(ask): Ask<HistoryAsk>,
) -> Answer<Json<History>> {
    let size = u32::try_from(ask::size(ask.limit)?).unwrap_or(ask::MOST);
    let store = gateway.reception.store();
    let whole = store.conversation(caller.brand, id).await?;
    let onward = ask.after_seq.is_some();
    let after = ask.after_seq.unwrap_or(0);
    let messages = store
        .messages(caller.brand, id, after, ask.before_seq, !onward, size)
        .await?;
    let first = messages.first().map_or(1, |message| message.seq);
    let last = messages.last().map_or(after, |message| message.seq);
    let end = ask.before_seq.map_or(whole.last_seq, |before| {
        before.saturating_sub(1).min(whole.last_seq)
    });
    let has_more = if onward {
        last < end
    } else {
        first > after + 1
    };
    // Lines stand after a message; those at the very end belong to the last page.
    let from = if first == 1 { 0 } else { first };
    let to = if last >= whole.last_seq {
        u64::MAX
    } else {
        last
    };
    let lines = store.lines(caller.brand, id, from, to).await?;
    Ok(Json(History {
        epoch: store.epoch(),
        messages: messages
            .iter()
            .map(|one| view::message(&caller.setup, one, view::For::Agent))
            .collect(),
        lines: lines
            .iter()
            .map(|one| view::line(&caller.setup, one, false))
            .collect(),
        has_more,
    }))
}

/// A past or open session.
#[derive(Serialize, ToSchema)]
pub(super) struct PastSession {
    session_id: String,
    /// Its number in the conversation, from 1.
    no: u64,
    opened_at: i64,
    ended_at: Option<i64>,
    /// Why it ended, a stable word.
    end_reason: Option<&'static str>,
    servicer_name: Option<String>,
    team_name: Option<String>,
    messages: u64,
    /// The survey's answer, 1 to 5.
    score: Option<u8>,
    comment: Option<String>,
    /// From the customer's first words in it to the first answer, the queue included.
    first_reply_s: Option<i64>,
    #[schema(value_type = Option<SourceShape>)]
    source: Option<Value>,
}

impl PastSession {
    pub(super) fn of(caller: &Caller, row: &SessionRow) -> Self {
        let session = &row.session;
        let team = session.team.and_then(|id| caller.setup.teams.get(&id));
        Self {
            session_id: session.id.to_string(),
            no: session.no,
            opened_at: session.opened_at,
            ended_at: session.ended_at,
            end_reason: session.end_reason.map(kefu_domain::session::Reason::word),
            servicer_name: session
                .agent
                .map(|id| caller.setup.agent_name(id).to_owned()),
            team_name: team.map(|row| row.entry.name.clone()),
            messages: row.messages,
            score: session.score,
            comment: session.comment.clone(),
            first_reply_s: session
                .first_reply_at
                .map(|at| (at - session.opened_at).max(0) / 1000),
            source: row.source.as_ref().map(|source| json!(source)),
        }
    }
}

/// A conversation's sessions
///
/// Newest first.
#[utoipa::path(get, path = "/v1/conversations/{id}/sessions", tag = "Conversations", params(PageAsk), responses((status = 200, body = Page<PastSession>)))]
pub(super) async fn sessions(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<ConversationId>,
    Ask(ask): Ask<PageAsk>,
) -> Answer<Json<Page<PastSession>>> {
    gateway.reception.conversation(caller.brand, id).await?;
    let upto = ask.position()? + ask::size(ask.limit)? + 1;
    let upto = u32::try_from(upto).unwrap_or(u32::MAX);
    let rows = gateway
        .reception
        .store()
        .sessions(caller.brand, id, upto)
        .await?;
    ask.of(rows.iter().map(|row| PastSession::of(&caller, row)))
        .map(Json)
}

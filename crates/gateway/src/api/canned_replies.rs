//! Canned replies (快捷回复): everyone's, a team's, one's own.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use kefu_domain::{
    CannedReplyId, TeamId,
    setup::{CannedReply, Row, Scope},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    access::Caller,
    ask::{Ask, Id, Page, PageAsk, emptied},
    check,
    rows::{self, Stamp, found, under},
    shapes::ScopeWord,
};
use crate::{
    Gateway,
    problem::{Answer, JsonBody, Problem},
};

/// A canned reply.
#[derive(Serialize, ToSchema)]
pub(super) struct CannedRow {
    #[schema(value_type = String)]
    id: CannedReplyId,
    title: String,
    text: String,
    shortcut: String,
    #[schema(value_type = ScopeWord)]
    scope: Scope,
    #[schema(value_type = Option<String>)]
    team_id: Option<TeamId>,
    #[serde(flatten)]
    stamp: Stamp,
}

/// A canned reply is made or changed; `title` and `text` are needed to make one. Agents write their
/// own ones; supervisors also those of teams and of everyone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "发货时间", "text": "下午四点前的订单当天发货。", "shortcut": "fh", "scope": "me"}))]
pub(super) struct CannedBody {
    /// Found by.
    title: Option<String>,
    /// Inserted, 1 to 4,096 characters.
    text: Option<String>,
    /// Typed after `/`, at most 30 characters.
    #[serde(default, deserialize_with = "emptied")]
    shortcut: Option<String>,
    /// `me` if not given.
    #[schema(value_type = Option<ScopeWord>)]
    scope: Option<Scope>,
    /// For the scope `team`.
    #[serde(default, deserialize_with = "emptied")]
    team_id: Option<String>,
    /// The `rev` that was read; another one stored: 409 `conflict`.
    rev: Option<u64>,
}

fn view(row: &Row<CannedReply>) -> CannedRow {
    let reply = &row.entry;
    CannedRow {
        id: reply.id,
        title: reply.title.clone(),
        text: reply.text.clone(),
        shortcut: reply.shortcut.clone(),
        scope: reply.scope,
        team_id: reply.team_id,
        stamp: Stamp::from(row),
    }
}

/// May the caller see it? One's own are nobody else's.
fn sees(caller: &Caller, reply: &CannedReply) -> bool {
    match reply.scope {
        Scope::Brand => true,
        Scope::Team if caller.supervises() => true,
        Scope::Team => caller.person().is_ok_and(|me| {
            reply
                .team_id
                .is_some_and(|team| me.team_ids.contains(&team))
        }),
        Scope::Me => caller.agent == Some(reply.author),
    }
}

/// May the caller write one of this scope?
fn may_write(caller: &Caller, scope: Scope) -> Answer<()> {
    match scope {
        Scope::Me => caller.agent().map(|_| ()),
        Scope::Brand | Scope::Team if caller.supervises() => Ok(()),
        Scope::Brand | Scope::Team => Err(Problem::forbidden()),
    }
}

fn seen(caller: &Caller, id: CannedReplyId) -> Answer<&Row<CannedReply>> {
    let row = caller
        .setup
        .canned_replies
        .get(&id)
        .filter(|row| sees(caller, &row.entry));
    found(row)
}

/// Canned replies that I may use
#[utoipa::path(get, path = "/v1/canned-replies", tag = "Canned replies", params(PageAsk), responses((status = 200, body = Page<CannedRow>)))]
pub(super) async fn list(caller: Caller, Ask(ask): Ask<PageAsk>) -> Answer<Json<Page<CannedRow>>> {
    let rows = caller
        .setup
        .canned_replies
        .values()
        .filter(|row| sees(&caller, &row.entry));
    ask.of(rows.map(view)).map(Json)
}

/// One canned reply
#[utoipa::path(get, path = "/v1/canned-replies/{id}", tag = "Canned replies", responses((status = 200, body = CannedRow)))]
pub(super) async fn one(caller: Caller, Id(id): Id<CannedReplyId>) -> Answer<Json<CannedRow>> {
    seen(&caller, id).map(view).map(Json)
}

/// Make a canned reply
#[utoipa::path(post, path = "/v1/canned-replies", tag = "Canned replies", request_body = CannedBody, responses((status = 201, body = CannedRow)))]
pub(super) async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    JsonBody(body): JsonBody<CannedBody>,
) -> Answer<(StatusCode, Json<CannedRow>)> {
    check::needed("title", body.title.as_ref())?;
    check::needed("text", body.text.as_ref())?;
    let id = CannedReplyId(gateway.reception.ids().mint());
    let blank = CannedReply {
        id,
        title: String::new(),
        text: String::new(),
        shortcut: String::new(),
        scope: Scope::Me,
        team_id: None,
        author: caller.agent.unwrap_or_default(),
    };
    let reply = apply(&caller, blank, body)?;
    let setup = rows::write(&gateway, &caller, reply, None, "title").await?;
    Ok((
        StatusCode::CREATED,
        Json(view(found(setup.canned_replies.get(&id))?)),
    ))
}

/// Change a canned reply
#[utoipa::path(patch, path = "/v1/canned-replies/{id}", tag = "Canned replies", request_body = CannedBody, responses((status = 200, body = CannedRow)))]
pub(super) async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<CannedReplyId>,
    JsonBody(body): JsonBody<CannedBody>,
) -> Answer<Json<CannedRow>> {
    let row = seen(&caller, id)?;
    may_write(&caller, row.entry.scope)?;
    let rev = under(row, body.rev);
    let mut reply = apply(&caller, row.entry.clone(), body)?;
    if reply.scope == Scope::Me {
        reply.author = caller.agent()?;
    }
    let setup = rows::write(&gateway, &caller, reply, rev, "title").await?;
    Ok(Json(view(found(setup.canned_replies.get(&id))?)))
}

fn apply(caller: &Caller, mut reply: CannedReply, body: CannedBody) -> Answer<CannedReply> {
    if let Some(title) = body.title {
        reply.title = check::name("title", &title)?;
    }
    if let Some(text) = body.text {
        reply.text = check::words("text", &text, kefu_domain::content::TEXT_CHARS)?;
        if reply.text.trim().is_empty() {
            return Err(Problem::bad("text: is empty"));
        }
    }
    if let Some(shortcut) = body.shortcut {
        reply.shortcut = check::line("shortcut", shortcut.trim_start_matches('/'), 30)?;
    }
    reply.scope = body.scope.unwrap_or(reply.scope);
    may_write(caller, reply.scope)?;
    if let Some(team) = body.team_id {
        reply.team_id = team.parse().ok();
    }
    match reply.scope {
        Scope::Team
            if reply
                .team_id
                .is_none_or(|id| !caller.setup.teams.contains_key(&id)) =>
        {
            Err(Problem::bad("team_id: no such team"))
        }
        Scope::Team => Ok(reply),
        Scope::Brand | Scope::Me => Ok(CannedReply {
            team_id: None,
            ..reply
        }),
    }
}

/// Delete a canned reply
#[utoipa::path(delete, path = "/v1/canned-replies/{id}", tag = "Canned replies", responses((status = 204, description = "Deleted.")))]
pub(super) async fn remove(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<CannedReplyId>,
) -> Answer<StatusCode> {
    let row = seen(&caller, id)?;
    may_write(&caller, row.entry.scope)?;
    rows::delete(&gateway, &caller, &row.entry).await
}

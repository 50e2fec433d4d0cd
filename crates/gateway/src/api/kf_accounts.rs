//! Kf accounts (客服账号): faces that customers talk to, with hours, words and rules.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use kefu_domain::{
    KfAccountId, TeamId,
    content::Menu,
    hours::Hours,
    prechat::PreChat,
    setup::{KfAccount, Row, Rules, SurveySetup, Texts},
};
use kefu_store::ListQuery;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    access::Caller,
    ask::{Ask, Id, Page, PageAsk, emptied},
    check,
    kf_prechat::{PreChatBody, PreChatShape},
    kf_rules::{self, RulesBody, SurveyBody, TextsBody},
    rows::{self, Stamp, conflict, found, under},
    shapes::{HoursShape, MenuShape, RulesShape, SurveySetupShape, TextsShape},
};
use crate::{
    Gateway,
    problem::{Answer, JsonBody, Problem},
};

/// A kf account. Agents see its face; the rest is for supervisors.
#[derive(Serialize, ToSchema)]
pub(super) struct KfRow {
    #[schema(value_type = String)]
    id: KfAccountId,
    #[schema(value_type = String)]
    open_kfid: KfAccountId,
    name: String,
    avatar_media_id: Option<String>,
    /// `#RRGGBB`; the brand's if not set.
    color: Option<String>,
    /// Who serves it.
    #[schema(value_type = Option<String>)]
    team_id: Option<TeamId>,
    #[serde(flatten)]
    #[schema(inline)]
    inner: Option<KfInner>,
}

/// For supervisors.
#[derive(Serialize, ToSchema)]
struct KfInner {
    #[schema(value_type = HoursShape)]
    hours: Hours,
    #[schema(value_type = TextsShape)]
    texts: Texts,
    #[schema(value_type = Option<MenuShape>)]
    menu: Option<Menu>,
    #[schema(value_type = RulesShape)]
    rules: Rules,
    #[schema(value_type = SurveySetupShape)]
    survey: SurveySetup,
    #[schema(value_type = PreChatShape)]
    prechat: PreChat,
    #[serde(flatten)]
    stamp: Stamp,
}

/// A kf account is made or changed; `name` is needed to make one. Inside `texts`, `rules`, `survey`
/// and `prechat`, what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "溪山茶社客服", "team_id": "01JQ8W6ZK3V5T9M2C4D6E8F0AB",
    "hours": {"timezone": "Asia/Shanghai", "week": [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "09:00", "to": "22:00"}], "holidays": ["2026-10-01"], "extra_days": [{"date": "2026-10-10", "from": "09:00", "to": "18:00"}]},
    "rules": {"assign": "auto", "choice": "least_busy"}, "survey": {"enabled": true},
}))]
pub(super) struct KfBody {
    /// Shown to customers; unique in the brand.
    name: Option<String>,
    #[serde(default, deserialize_with = "emptied")]
    avatar_media_id: Option<String>,
    /// `#RRGGBB`.
    #[serde(default, deserialize_with = "emptied")]
    color: Option<String>,
    /// Who serves it; without one, its customers can only leave messages.
    #[serde(default, deserialize_with = "emptied")]
    team_id: Option<String>,
    /// Without spans: always open.
    #[serde(default, deserialize_with = "emptied")]
    #[schema(value_type = Option<HoursShape>)]
    hours: Option<Hours>,
    #[serde(default, deserialize_with = "emptied")]
    texts: Option<TextsBody>,
    #[serde(default, deserialize_with = "emptied")]
    #[schema(value_type = Option<MenuShape>)]
    menu: Option<Menu>,
    #[serde(default, deserialize_with = "emptied")]
    rules: Option<RulesBody>,
    #[serde(default, deserialize_with = "emptied")]
    survey: Option<SurveyBody>,
    #[serde(default, deserialize_with = "emptied")]
    prechat: Option<PreChatBody>,
    /// The `rev` that was read; another one stored: 409 `conflict`.
    rev: Option<u64>,
}

fn view(caller: &Caller, row: &Row<KfAccount>) -> KfRow {
    let account = &row.entry;
    KfRow {
        id: account.id,
        open_kfid: account.id,
        name: account.name.clone(),
        avatar_media_id: account.avatar_media_id.clone(),
        color: account.color.clone(),
        team_id: account.team_id,
        inner: caller.supervises().then(|| KfInner {
            hours: account.hours.clone(),
            texts: account.texts.clone(),
            menu: account.menu.clone(),
            rules: account.rules.clone(),
            survey: account.survey.clone(),
            prechat: account.prechat.clone(),
            stamp: Stamp::from(row),
        }),
    }
}

/// All kf accounts
#[utoipa::path(get, path = "/v1/kf-accounts", tag = "Kf accounts", params(PageAsk), responses((status = 200, body = Page<KfRow>)))]
pub(super) async fn list(caller: Caller, Ask(ask): Ask<PageAsk>) -> Answer<Json<Page<KfRow>>> {
    ask.of(caller
        .setup
        .kf_accounts
        .values()
        .map(|row| view(&caller, row)))
        .map(Json)
}

/// One kf account
#[utoipa::path(get, path = "/v1/kf-accounts/{id}", tag = "Kf accounts", responses((status = 200, body = KfRow)))]
pub(super) async fn one(caller: Caller, Id(id): Id<KfAccountId>) -> Answer<Json<KfRow>> {
    Ok(Json(view(
        &caller,
        found(caller.setup.kf_accounts.get(&id))?,
    )))
}

/// Make a kf account
#[utoipa::path(post, path = "/v1/kf-accounts", tag = "Kf accounts", request_body = KfBody, responses((status = 201, body = KfRow)))]
pub(super) async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    JsonBody(body): JsonBody<KfBody>,
) -> Answer<(StatusCode, Json<KfRow>)> {
    check::needed("name", body.name.as_ref())?;
    let id = KfAccountId(gateway.reception.ids().mint());
    let blank = KfAccount {
        id,
        name: String::new(),
        avatar_media_id: None,
        color: None,
        team_id: None,
        hours: Hours::default(),
        texts: Texts::default(),
        menu: None,
        rules: Rules::default(),
        survey: SurveySetup::default(),
        prechat: PreChat::default(),
    };
    let account = apply(&gateway, &caller, blank, body).await?;
    let setup = rows::write(&gateway, &caller, account, None, "name").await?;
    let row = view(&caller, found(setup.kf_accounts.get(&id))?);
    Ok((StatusCode::CREATED, Json(row)))
}

/// Change a kf account
#[utoipa::path(patch, path = "/v1/kf-accounts/{id}", tag = "Kf accounts", request_body = KfBody, responses((status = 200, body = KfRow)))]
pub(super) async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<KfAccountId>,
    JsonBody(body): JsonBody<KfBody>,
) -> Answer<Json<KfRow>> {
    let row = found(caller.setup.kf_accounts.get(&id))?;
    let rev = under(row, body.rev);
    let account = apply(&gateway, &caller, row.entry.clone(), body).await?;
    let setup = rows::write(&gateway, &caller, account, rev, "name").await?;
    Ok(Json(view(&caller, found(setup.kf_accounts.get(&id))?)))
}

async fn apply(
    gateway: &Gateway,
    caller: &Caller,
    mut account: KfAccount,
    body: KfBody,
) -> Answer<KfAccount> {
    if let Some(name) = body.name {
        account.name = check::name("name", &name)?;
    }
    if let Some(avatar) = body.avatar_media_id {
        account.avatar_media_id =
            check::picture(gateway, caller, "avatar_media_id", &avatar).await?;
    }
    if let Some(color) = body.color {
        account.color = check::color("color", &color)?;
    }
    if let Some(team) = body.team_id {
        let known = |id: &TeamId| caller.setup.teams.contains_key(id);
        account.team_id = match check::some(team).map(|id| id.parse().ok().filter(known)) {
            Some(None) => return Err(Problem::bad("team_id: no such team")),
            team => team.flatten(),
        };
    }
    if let Some(hours) = body.hours {
        account.hours = kf_rules::hours(hours)?;
    }
    if let Some(texts) = body.texts {
        texts.apply(&mut account.texts)?;
    }
    if let Some(menu) = body.menu {
        account.menu = kf_rules::menu(menu)?;
    }
    if let Some(rules) = body.rules {
        rules.apply(&mut account.rules)?;
    }
    if let Some(survey) = body.survey {
        survey.apply(&mut account.survey)?;
    }
    if let Some(prechat) = body.prechat {
        prechat.apply(&mut account.prechat)?;
    }
    Ok(account)
}

/// Delete a kf account that nobody ever wrote to
#[utoipa::path(delete, path = "/v1/kf-accounts/{id}", tag = "Kf accounts", responses((status = 204, description = "Deleted.")))]
pub(super) async fn remove(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<KfAccountId>,
) -> Answer<StatusCode> {
    let row = found(caller.setup.kf_accounts.get(&id))?;
    let mut doors = caller.setup.entry_points.values();
    if let Some(door) = doors.find(|door| door.entry.kf_account == id) {
        return Err(conflict(format!(
            "entry point {} leads here; delete it first",
            door.entry.name
        )));
    }
    let query = ListQuery {
        kf_account: Some(id),
        ..ListQuery::default()
    };
    if rows::anybody(&gateway, &caller, query).await? {
        return Err(conflict("it has conversations, and they stay"));
    }
    rows::delete(&gateway, &caller, &row.entry).await
}

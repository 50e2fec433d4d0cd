//! The visitor door: PROTOCOL.md §3.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{ConnectInfo, DefaultBodyLimit, State},
    http::HeaderMap,
    routing::{get, post},
};
use kefu_domain::{EntryPointId, ServiceState};
use kefu_reception::{Error, Opened, Signed, VisitorRequest};
use kefu_store::{Conversation, Visitor};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Gateway,
    auth::{self, bearer},
    files,
    frames::{App, Page},
    problem::{Answer, JsonBody, Problem},
    view,
};

pub(crate) mod cors;
mod facts;
mod http;
mod identity;
mod poll;
mod prechat;
pub(crate) mod socket;
mod told;

pub(crate) fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/v1/visitor/open", post(open))
        .route("/v1/visitor/socket", get(socket::upgrade))
        .route("/v1/visitor/poll", get(poll::poll))
        .route("/v1/visitor/messages", get(http::history).post(http::send))
        .route("/v1/visitor/act", post(http::act))
        .route("/v1/visitor/prechat", post(prechat::answer))
        .route("/v1/visitor/continue", post(http::carry_over))
        .route(
            "/v1/visitor/media",
            post(http::upload).layer(DefaultBodyLimit::max(files::FORM)),
        )
        .route("/v1/visitor/media/{media_id}", get(http::media))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenBody {
    entry_point_id: EntryPointId,
    token: Option<String>,
    identity: Option<String>,
    #[serde(default)]
    page: Option<Page>,
    #[serde(default)]
    app: Option<App>,
    campaign: Option<String>,
    locale: Option<String>,
    #[serde(default)]
    attributes: Option<BTreeMap<String, Value>>,
}

/// A new token lasts as long as it is used.
async fn open(
    State(gateway): State<Arc<Gateway>>,
    info: ConnectInfo<std::net::SocketAddr>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<OpenBody>,
) -> Answer<Json<Value>> {
    let before = match body.token.as_deref() {
        Some(token) => by_token(&gateway, token).await.ok(),
        None => None,
    };
    let back = before.map(|visitor| visitor.customer);
    gateway.shed.open(back, gateway.address(&info, &headers))?;
    let reception = &gateway.reception;
    let now = reception.now();
    let signed = match &body.identity {
        Some(token) => {
            let brand = reception
                .directory()
                .brand_of_door(body.entry_point_id)
                .ok_or_else(Problem::not_found)?;
            let setup = reception.directory().brand(brand)?;
            let key = setup.brand.entry.identity_key.as_deref();
            Some(identity::verify(token, key, now / 1000).ok_or(Error::IdentityInvalid)?)
        }
        None => None,
    };
    let unsigned = facts::read(body.attributes.unwrap_or_default())?;
    let is_signed = signed.is_some();
    let (signed, vouched) = match signed {
        Some(claims) => {
            let vouched = facts::read(claims.fields).map_err(|_| Error::IdentityInvalid)?;
            let signed = Signed {
                sub: claims.sub,
                name: claims.name,
                unionid: claims.unionid,
            };
            (Some(signed), vouched)
        }
        None => (None, BTreeMap::new()),
    };
    let campaign = body.campaign.as_deref();
    let source = match (&body.app, &body.page) {
        (Some(app), _) => Some(app.source(campaign, now)),
        (None, Some(page)) => Some(page.source(campaign, now)),
        (None, None) => None,
    };
    let token = auth::hex(&reception.ids().secret());
    let request = VisitorRequest {
        entry_point: body.entry_point_id,
        previous: body.token.as_deref().map(auth::hash),
        signed,
        source: source.clone(),
        language: body.locale.filter(|tag| tag.len() <= 35 && tag.is_ascii()),
    };
    let opened = reception.open(request, auth::hash(&token)).await?;
    if let Some(source) = source {
        let _ = reception
            .store()
            .footstep(opened.visitor.brand, opened.visitor.customer, source)
            .await;
    }
    let told = facts::Told {
        signed: vouched,
        unsigned,
    };
    facts::keep(&gateway, &opened.visitor, told).await;
    let mut answer = describe(&gateway, &opened, &token).await;
    answer["prechat"] = json!(prechat::due(&gateway, &opened, is_signed).await);
    Ok(Json(answer))
}

async fn describe(gateway: &Gateway, opened: &Opened, token: &str) -> Value {
    let Opened {
        conversation,
        account,
        setup,
        ..
    } = opened;
    let now = gateway.reception.now();
    let color = account
        .color
        .clone()
        .or_else(|| setup.brand.entry.color.clone());
    let avatar = account
        .avatar_media_id
        .clone()
        .or_else(|| setup.brand.entry.logo_media_id.clone());
    let hint = gateway.reception.reply_hint_s(opened.visitor.brand);
    json!({
        "token": token, "expires_at": opened.expires_at, "external_userid": opened.visitor.customer,
        "epoch": gateway.reception.store().epoch(), "seq": conversation.last_seq, "rev": conversation.last_rev,
        "kf": {
            "open_kfid": account.id, "name": account.name, "avatar_media_id": avatar, "color": color,
            "hours": hours_text(&account.hours), "open_now": account.hours.open(now),
            "reply_hint_s": hint, "greeting": account.texts.welcome, "promise": account.texts.promise, "menu": account.menu,
            "continue": gateway.reception.can_carry_over(opened.visitor.brand, account.id),
        },
        "session": session(gateway, conversation).await,
        "limits": { "text_chars": kefu_domain::content::TEXT_CHARS, "upload_bytes": kefu_media::FILE_BYTES, "upload_types": gateway.settings.uploads.types },
    })
}

/// "9:00–22:00", if every span has the same hours; else nothing.
fn hours_text(hours: &kefu_domain::hours::Hours) -> String {
    match hours.week.as_slice() {
        [] => String::new(),
        [first, rest @ ..]
            if rest
                .iter()
                .all(|span| span.from == first.from && span.to == first.to) =>
        {
            format!("{}–{}", first.from, first.to)
        }
        _ => String::new(),
    }
}

/// The state of the reception as the customer may see it.
pub(crate) async fn session(gateway: &Gateway, conversation: &Conversation) -> Value {
    let Ok(setup) = gateway.reception.directory().brand(conversation.brand) else {
        return Value::Null;
    };
    let now = gateway.reception.now();
    let account = setup.kf_account(conversation.kf_account).ok();
    let open_now = account.is_some_and(|account| account.hours.open(now));
    let opens_at = account.and_then(|account| account.hours.opens_at(now));
    let Some(session) = &conversation.session else {
        return json!({ "service_state": 4, "off_hours": !open_now, "opens_at": opens_at, "agent": null, "can_rate": false });
    };
    let serving = session.state == ServiceState::Serving;
    let mut value = json!({
        "service_state": session.state, "session_id": session.id, "off_hours": !open_now, "opens_at": opens_at,
        "agent": view::public_agent(&setup, session.agent.filter(|_| serving)),
        "can_rate": session.can_be_rated() && session.score.is_none(),
    });
    if let (ServiceState::Waiting, Some(team)) = (session.state, session.team) {
        // An offer is out of line already: nobody is before them.
        let place = gateway
            .reception
            .place(conversation.brand, team, session.id)
            .await;
        value["place"] = json!(place.map_or(0, |place| place.ahead));
        value["estimate_s"] = json!(place.and_then(|place| place.estimate_s));
        value["estimated_at"] = json!(gateway.reception.now());
    }
    value
}

/// The visitor behind a request's bearer token.
pub(crate) async fn visitor(gateway: &Gateway, headers: &HeaderMap) -> Answer<Visitor> {
    let token = bearer(headers).ok_or(Error::Unauthenticated)?;
    by_token(gateway, token).await
}

pub(crate) async fn by_token(gateway: &Gateway, token: &str) -> Answer<Visitor> {
    let now = gateway.reception.now();
    let found = gateway
        .reception
        .store()
        .visitor(auth::hash(token), now)
        .await?;
    Ok(found.ok_or(Error::TokenInvalid)?)
}

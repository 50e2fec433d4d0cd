//! The control API under `/sim`: what people do, what they see, and what is wrong today. For
//! scripts, tests and the phone page. One verb, one line of documentation ([`VERBS`]).

mod app;
pub(crate) mod customer;
mod friend;
mod setup;
mod staff;
mod trouble;
mod watch;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::watch as signal;

use crate::error::SimError;
use crate::sim::Sim;
use crate::world::desk::Desk;

/// Method, path and one line for every verb; served at `GET /sim`, repeated in the README.
pub(crate) const VERBS: &[(&str, &str, &str)] = &[
    ("GET", "/sim", "this list"),
    (
        "GET",
        "/sim/corp",
        "all corps: credentials, accounts, members, groups, ways, waiting callbacks",
    ),
    (
        "POST",
        "/sim/corp",
        "make or change a corp: {corpid?, name?, secret?, token?, encoding_aes_key?, callback_url?, accounts?, members?, groups?, …}; answers it",
    ),
    (
        "GET|POST",
        "/sim/app",
        "all apps; or make or change one: {kind: official_account|mini_program|shop, appid?, secret?, original_id?, name?, token?, encoding_aes_key?, push_url?, mode?: plain|compatible|safe, format?: xml|json, numbers_as_strings?, recognition?, unionid?, menu?, denied?, allowed_ips?, linked?}",
    ),
    (
        "POST",
        "/sim/verify",
        "ask the gateway to verify its callback URL: {corpid? | appid?}",
    ),
    (
        "POST",
        "/sim/group",
        "make, limit or dismiss a customer group: {chat_id?, name?, owner?, limit?, dismiss?}",
    ),
    (
        "POST",
        "/sim/enter",
        "a customer comes in: {customer, link? | open_kfid?, scene?, scene_param?, wechat_channels?}, or opens an app's chat: {customer, appid, session_from?}; a new customer gets a made-up name",
    ),
    (
        "POST",
        "/sim/follow",
        "follow an official account: {customer, appid?, how?: ADD_SCENE_…}",
    ),
    ("POST", "/sim/unfollow", "unfollow it: {customer, appid?}"),
    (
        "POST",
        "/sim/scene",
        "scan an official account's code, following by it or as a follower: {customer, payload? | ticket? | scene, appid?}",
    ),
    (
        "POST",
        "/sim/menu",
        "tap an official account's menu: {customer, appid?, key? | name?, scan_result?, pictures?: [media_id], location?}",
    ),
    (
        "POST",
        "/sim/say",
        "a customer writes; one object or an array: {customer, text | msgtype + object, open_kfid? | userid? | chat_id? | appid?}",
    ),
    (
        "POST",
        "/sim/media",
        "store a customer's file: ?type=image|voice|video|file&filename=&appid=, body = its bytes; answers media_id",
    ),
    (
        "GET",
        "/sim/media/{media_id}",
        "the bytes of any stored file",
    ),
    (
        "POST",
        "/sim/tap",
        "tap a message: {customer, msgid, id? | content? | index?, appid?}; a menu item says its words, a link answers its URL",
    ),
    (
        "POST",
        "/sim/recall",
        "a customer takes a message back within two minutes: {customer, msgid}",
    ),
    (
        "POST",
        "/sim/refuse",
        "a customer shuts an account's messages off or on: {customer, open_kfid? | appid?, on, by?: customer|app}",
    ),
    (
        "POST",
        "/sim/scan",
        "what a QR leads to: {payload | png (base64) | media_id | msgid + customer}, or image bytes as the body",
    ),
    (
        "POST",
        "/sim/add",
        "add the member behind a contact way: {customer, config_id? | payload? | userid?, state?, accept?}",
    ),
    (
        "POST",
        "/sim/join",
        "join the group behind a join way: {customer, config_id? | payload?}",
    ),
    (
        "POST",
        "/sim/leave",
        "leave a group, or be removed: {customer, chat_id, removed?}",
    ),
    (
        "POST",
        "/sim/del",
        "end a contact: {customer, userid, by: customer|member}",
    ),
    (
        "POST",
        "/sim/servicer",
        "a servicer acts in the platform's client: {userid, customer, act: pick_up|transfer|end|reopen|say|recall|reject, …} or {userid, status: receiving|stopped|suspended}",
    ),
    (
        "POST",
        "/sim/auth",
        "give accounts to the app or take them from it: {add?: [open_kfid], del?: [open_kfid]}",
    ),
    (
        "POST",
        "/sim/event",
        "put any event object into an account's log: {open_kfid?, event}; or push one to an app: {appid, customer, event: {Event, …}}",
    ),
    (
        "POST",
        "/sim/push",
        "send any callback: {xml, event?} or {appid, elements}, forge?: signature|receiver|key|cut|plain",
    ),
    ("GET", "/sim/people", "everybody, newest first: ?limit="),
    (
        "GET",
        "/sim/screen",
        "what a person's phone shows: ?customer=, all chats with their messages in order, credits, contacts",
    ),
    ("GET", "/sim/clock", "the platform's time"),
    (
        "POST",
        "/sim/clock",
        "move it: {advance_s? | set? (unix seconds) | reset?}",
    ),
    (
        "GET|POST",
        "/sim/quota",
        "see or set limits: {path?, per_minute?, per_hour?, per_day?, concurrent?} or {reset: true}",
    ),
    (
        "GET|POST|DELETE",
        "/sim/fault",
        "see, switch on {kind, …, calls?} (0 = until cleared) or clear faults (?id=)",
    ),
    (
        "POST",
        "/sim/revoke",
        "take the access_token back now: {corpid? | appid?, code?: 40014|42001|40001}",
    ),
    (
        "GET|DELETE",
        "/sim/calls",
        "calls and callbacks: ?after=&limit=&path=&way=call|callback&errcode=&order=newest&summary=1",
    ),
    (
        "GET",
        "/sim/events",
        "a stream of hints (server-sent events): screen, traffic, clock, faults, world",
    ),
];

pub(crate) fn routes(stopped: signal::Receiver<bool>) -> Router<Arc<Sim>> {
    Router::new()
        .route("/sim", get(|| async { Json(verbs()) }))
        .route("/sim/corp", get(setup::list).post(setup::corp))
        .route("/sim/app", get(app::list).post(app::app))
        .route("/sim/follow", post(app::follow))
        .route("/sim/unfollow", post(app::unfollow))
        .route("/sim/scene", post(app::scene))
        .route("/sim/menu", post(app::menu))
        .route("/sim/verify", post(setup::verify))
        .route("/sim/group", post(setup::group))
        .route("/sim/push", post(setup::push))
        .route("/sim/enter", post(customer::enter))
        .route("/sim/say", post(customer::say))
        .route("/sim/media", post(customer::upload))
        .route("/sim/media/{id}", get(customer::media))
        .route("/sim/tap", post(customer::tap))
        .route("/sim/recall", post(customer::recall))
        .route("/sim/refuse", post(customer::refuse))
        .route("/sim/scan", post(friend::scan))
        .route("/sim/add", post(friend::add))
        .route("/sim/join", post(friend::join))
        .route("/sim/leave", post(friend::leave))
        .route("/sim/del", post(friend::del))
        .route("/sim/servicer", post(staff::servicer))
        .route("/sim/auth", post(staff::auth))
        .route("/sim/event", post(staff::event))
        .route("/sim/people", get(watch::people))
        .route("/sim/screen", get(watch::screen))
        .route("/sim/clock", get(trouble::clock).post(trouble::set_clock))
        .route("/sim/quota", get(trouble::quota).post(trouble::set_quota))
        .route(
            "/sim/fault",
            get(trouble::faults)
                .post(trouble::switch_on)
                .delete(trouble::clear),
        )
        .route("/sim/revoke", post(trouble::revoke))
        .route("/sim/calls", get(watch::calls).delete(watch::forget))
        .route(
            "/sim/events",
            get(move |sim: State<Arc<Sim>>| watch::events(sim, stopped.clone())),
        )
}

fn verbs() -> Value {
    VERBS
        .iter()
        .map(|(method, path, line)| json!({ "method": method, "path": path, "does": line }))
        .collect()
}

/// What a verb answers.
pub(crate) type Verdict = Result<Json<Value>, SimError>;

impl IntoResponse for SimError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Unknown { .. } | Self::NoCorp => StatusCode::NOT_FOUND,
            Self::Refused(_) => StatusCode::CONFLICT,
            Self::Full(_) => StatusCode::INSUFFICIENT_STORAGE,
            Self::Invalid(_) | Self::NotLoopback(_) | Self::Listen { .. } => {
                StatusCode::BAD_REQUEST
            }
        };
        (status, Json(json!({ "error": self.to_string() }))).into_response()
    }
}

/// Reads a verb's body, whatever content type it came with. Nothing at all is an empty object.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, SimError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| SimError::invalid(error.to_string()))
}

/// Works at the desk of a corp.
pub(crate) fn at_desk<T>(
    sim: &Sim,
    corpid: Option<&str>,
    work: impl FnOnce(&mut Desk<'_>) -> Result<T, SimError>,
) -> Result<T, SimError> {
    let now = sim.clock.now_ms();
    sim.with(|world| work(&mut world.desk(corpid, now)?))
}

pub(crate) fn answer(value: impl serde::Serialize) -> Verdict {
    serde_json::to_value(value)
        .map(Json)
        .map_err(|error| SimError::invalid(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::VERBS;

    #[test]
    fn the_readme_names_every_verb() {
        let readme = include_str!("../../README.md");
        for (_, path, _) in VERBS {
            assert!(
                readme.contains(&format!("`{path}`")),
                "README.md does not name {path}"
            );
        }
    }
}

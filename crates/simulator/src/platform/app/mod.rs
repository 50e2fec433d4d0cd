//! The API of official accounts, mini-programs and shops. It shares door and access tokens with
//! the corps' API; which of the two a path means, the token says.

mod media;
mod payload;
mod qrcode;
mod quota;
mod send;
mod shop;
mod token;
mod typing;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{any, get, post};
use http::Method;

use super::{Answer, Params, Verb};
use crate::config::AppKind;
use crate::sim::Sim;
use crate::world::app::desk::AppDesk;

pub(super) use media::{fetch, take};

/// What answers one path: a function of the app's desk, the query and the body.
type Handler = fn(&mut AppDesk<'_>, &Params, &[u8]) -> Answer;

pub(super) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/cgi-bin/token", get(token::token))
        .route("/cgi-bin/stable_token", post(token::stable_token))
        .route("/cgi-bin/showqrcode", get(qrcode::show))
        .route("/cgi-bin/media/get/jssdk", get(super::media::fetch_voice))
        .route("/channels/ec/commkf/cosupload", post(shop::cosupload))
        .route("/channels/{*path}", any(channels))
        .route("/cos/{id}", get(crate::control::customer::media))
}

/// `/channels/…` goes through the same door under its whole name.
async fn channels(
    state: State<Arc<Sim>>,
    Path(path): Path<String>,
    method: Method,
    query: Query<Params>,
    body: Bytes,
) -> Response {
    super::call(state, Path(format!("channels/{path}")), method, query, body).await
}

/// The handler of a path, and the verb it wants.
pub(super) fn handler(path: &str) -> Option<(Verb, Handler)> {
    use Verb::{Get, Post};
    Some(match path {
        "message/custom/send" => (Post, send::send as Handler),
        "message/custom/typing" | "message/custom/business/typing" => (Post, typing::typing),
        "user/info" => (Get, users::info),
        "user/info/batchget" => (Post, users::batchget),
        "qrcode/create" => (Post, qrcode::create),
        "clear_quota" => (Post, quota::clear),
        "getcallbackip" => (Get, |_, _, _| {
            Ok(serde_json::json!({ "ip_list": ["127.0.0.1"] }).into())
        }),
        "channels/ec/commkf/sendmsg" => (Post, shop::sendmsg),
        _ => return None,
    })
}

/// Refuses what this kind of app does not have at all.
fn only(desk: &AppDesk<'_>, kinds: &[AppKind]) -> Result<(), super::Refusal> {
    match kinds.contains(&desk.app.kind) {
        true => Ok(()),
        false => Err(super::Refusal::of(48001)),
    }
}

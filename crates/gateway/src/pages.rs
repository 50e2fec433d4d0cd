//! Pages and scripts: console, widget, hosted chat, handoff links.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use kefu_domain::{EntryPointId, HandoffId, KfAccountId};
use kefu_reception::{Error, Followed};
use serde::Deserialize;

use crate::{Gateway, api::ask::Id, handoff_page, problem::Problem};

/// For our own pages: nothing from elsewhere, nobody may frame them.
const CONSOLE_CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

pub(crate) fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/console/") }))
        .route("/console", get(|| async { Redirect::to("/console/") }))
        .route("/console/", get(console))
        .route("/console/{*path}", get(console))
        .route("/widget.js", get(asset))
        .route("/widget/", get(widget))
        .route("/widget/{*path}", get(asset))
        .route("/sdk/{*path}", get(sdk))
        .route("/chat/{open_kfid}", get(chat))
        .route("/chat/assets/{*path}", get(asset))
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
        .route("/h/{token}", get(handoff_link))
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|list| list.contains("gzip"))
}

/// An embedded file, or `None`.
pub(crate) fn embedded(path: &str, headers: &HeaderMap) -> Option<Response> {
    let asset = kefu_web::asset(path.trim_start_matches('/'))?;
    let gzip = asset.gzip.clone().filter(|_| accepts_gzip(headers));
    let etag = if gzip.is_some() {
        asset.gzip_etag()
    } else {
        asset.etag.clone()
    };
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|list| list.contains(&etag));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let body = gzip.clone().unwrap_or(asset.bytes).into_owned();
        Body::from(body).into_response()
    };
    let out = response.headers_mut();
    let mut set = |name: header::HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            out.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, &asset.content_type);
    set(header::ETAG, &etag);
    set(header::CACHE_CONTROL, asset.cache.cache_control());
    set(header::VARY, "accept-encoding");
    if gzip.is_some() && !known {
        set(header::CONTENT_ENCODING, "gzip");
    }
    Some(response)
}

async fn asset(uri: Uri, headers: HeaderMap) -> Response {
    let mut response =
        embedded(uri.path(), &headers).unwrap_or_else(|| Problem::not_found().into_response());
    response.headers_mut().insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("cross-origin"),
    );
    response
}

/// The SDK, for pages in an app's web view that have no bundler: modules come from any origin.
async fn sdk(uri: Uri, headers: HeaderMap) -> Response {
    let mut response = asset(uri, headers).await;
    response.headers_mut().insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}

fn with_csp(mut response: Response, csp: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(csp) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, value);
    }
    response
}

/// The console is one page; its files are beside it. One that an upgrade took away is not the page.
async fn console(uri: Uri, headers: HeaderMap) -> Response {
    let page = || embedded("console/index.html", &headers);
    let found = if uri.path() == "/console/" {
        page()
    } else {
        let page = || {
            (!uri.path().starts_with("/console/assets/"))
                .then(page)
                .flatten()
        };
        embedded(uri.path(), &headers).or_else(page)
    };
    with_csp(
        found.unwrap_or_else(|| Problem::not_found().into_response()),
        CONSOLE_CSP,
    )
}

#[derive(Deserialize)]
struct WidgetQuery {
    entry_point: Option<String>,
}

/// Who may embed the widget's page: the origins on the door's list.
async fn widget(
    State(gateway): State<Arc<Gateway>>,
    query: Result<Query<WidgetQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let asked = query.ok().and_then(|Query(query)| query.entry_point);
    let id = asked.and_then(|id| id.parse::<EntryPointId>().ok());
    let origins = id.and_then(|id| {
        let brand = gateway.reception.directory().brand_of_door(id)?;
        let setup = gateway.reception.directory().brand(brand).ok()?;
        setup
            .entry_point(id)
            .ok()
            .map(|door| door.allowed_origins.join(" "))
    });
    let ancestors = origins
        .filter(|list| !list.is_empty())
        .unwrap_or_else(|| "'none'".to_owned());
    let page = embedded("widget/index.html", &headers)
        .unwrap_or_else(|| Problem::not_found().into_response());
    with_csp(
        page,
        &CONSOLE_CSP.replace(
            "frame-ancestors 'none'",
            &format!("frame-ancestors 'self' {ancestors}"),
        ),
    )
}

/// The hosted page of a face, by the door that is asked for or else its first website door.
async fn chat(
    State(gateway): State<Arc<Gateway>>,
    Id(id): Id<KfAccountId>,
    query: Result<Query<WidgetQuery>, QueryRejection>,
) -> Response {
    let asked = query.ok().and_then(|Query(query)| query.entry_point);
    let setups = gateway.reception.directory().all();
    let door = setups.into_iter().find_map(|setup| {
        let mut doors = setup.entry_points.values().map(|row| &row.entry);
        doors
            .find(|door| {
                door.kf_account == id
                    && door.channel == "website"
                    && !door.paused
                    && asked
                        .as_ref()
                        .is_none_or(|asked| *asked == door.id.to_string())
            })
            .map(|door| door.id)
    });
    let Some(door) = door else {
        return Problem::not_found().into_response();
    };
    let Some(page) = kefu_web::asset("chat/index.html") else {
        return Problem::not_found().into_response();
    };
    // The page reads its door from a data block; ids need no escaping.
    let config = format!(
        r#"<script type="application/json" id="kefu-config">{{"entry_point":"{door}"}}</script></head>"#
    );
    let html = String::from_utf8_lossy(&page.bytes).replacen("</head>", &config, 1);
    let mut response = axum::response::Html(html).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    with_csp(response, CONSOLE_CSP)
}

/// A handoff's link: counts as opened and leads to the stored target, never to one from the address.
async fn handoff_link(
    State(gateway): State<Arc<Gateway>>,
    Id(id): Id<HandoffId>,
    headers: HeaderMap,
) -> Response {
    let chinese = handoff_page::reads_chinese(&headers);
    let page = |status: StatusCode, html: String| {
        let mut response = (status, axum::response::Html(html)).into_response();
        let out = response.headers_mut();
        out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        out.insert("x-robots-tag", HeaderValue::from_static("noindex"));
        with_csp(response, CONSOLE_CSP)
    };
    match gateway.reception.follow_handoff(id).await {
        Ok(Some(Followed::Elsewhere(url))) => Redirect::to(&url).into_response(),
        Ok(Some(Followed::Card(card, code))) => {
            page(StatusCode::OK, handoff_page::card(&card, code, chinese))
        }
        Ok(None) => page(StatusCode::GONE, handoff_page::lapsed(chinese)),
        Err(Error::NotFound) => page(StatusCode::NOT_FOUND, handoff_page::lapsed(chinese)),
        Err(error) => Problem::from(error).into_response(),
    }
}

//! The OpenAPI document: what the handlers say of themselves, and around it what is the same for
//! all of them — who may call, what refusals look like, ids in paths.

use std::sync::{Arc, OnceLock};

use axum::{
    Router,
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use kefu_domain::setup::Role;
use serde_json::{Map, Value, json};
use utoipa::{OpenApi, openapi::OpenApi as Document};

use super::{
    access::{self, Who},
    shapes::ProblemShape,
};
use crate::Gateway;

const ABOUT: &str = "The HTTP API of the console and of integrations. Sockets, shapes and error codes: PROTOCOL.md.\n\n\
    Sign in by `POST /v1/login` for a cookie, which changes things only from an allowed Origin; or send \
    `Authorization: Bearer kk_…`. Times are milliseconds since 1970 UTC. Ids are opaque. Unknown fields, doubled \
    keys and values out of range are refused with 400 and a `detail` that names the field. A refused request left \
    no trace. Lists answer `{\"items\":[…],\"next\":cursor|null}`.";

#[derive(OpenApi)]
#[openapi(components(schemas(ProblemShape)))]
struct Shapes;

/// The document's and the docs page's routes.
pub(super) fn routes(document: Document) -> Router<Arc<Gateway>> {
    let text = OnceLock::new();
    let text: Bytes = text
        .get_or_init(|| Bytes::from(complete(document).to_string()))
        .clone();
    let json = move || {
        let text = text.clone();
        async move { cached("application/json", text) }
    };
    Router::new()
        .route("/openapi.json", get(json))
        .route("/docs", get(page))
        .route(
            "/docs/docs.js",
            get(async || cached("text/javascript; charset=utf-8", Bytes::from_static(SCRIPT))),
        )
        .route(
            "/docs/docs.css",
            get(async || cached("text/css; charset=utf-8", Bytes::from_static(STYLE))),
        )
}

const SCRIPT: &[u8] = include_bytes!("docs/docs.js");
const STYLE: &[u8] = include_bytes!("docs/docs.css");

async fn page() -> Response {
    const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                       form-action 'none'; frame-ancestors 'none'";
    let mut response = Html(include_str!("docs/docs.html")).into_response();
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(CSP),
    );
    response
}

fn cached(kind: &'static str, bytes: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, bytes).into_response()
}

/// Adds what is the same for all routes.
pub(super) fn complete(document: Document) -> Value {
    let mut whole = Shapes::openapi();
    whole.merge(document);
    // Plain data.
    let mut whole = serde_json::to_value(&whole).unwrap_or_default();
    whole["info"] = json!({ "title": "Kefu", "version": "1", "description": ABOUT });
    whole["components"]["securitySchemes"] = json!({
        "cookie": { "type": "apiKey", "in": "cookie", "name": "__Host-kefu", "description": "`kefu` without https." },
        "key": { "type": "http", "scheme": "bearer", "description": "An API key, `kk_…`." },
    });
    if let Some(paths) = whole["paths"].as_object_mut() {
        for (path, item) in paths {
            let Some(item) = item.as_object_mut() else {
                continue;
            };
            for (method, operation) in item {
                describe(path, method, operation);
            }
        }
    }
    whole
}

fn describe(path: &str, method: &str, operation: &mut Value) {
    let who = access::who(&method.to_uppercase(), path);
    let (security, word) = match who {
        Some(Who::Anyone) => (json!([]), "anyone"),
        Some(Who::SignedIn) => (json!([{ "cookie": [] }]), "signed_in"),
        Some(Who::From(role)) => (json!([{ "cookie": [] }, { "key": [] }]), role_word(role)),
        None => (json!([{ "cookie": [] }, { "key": [] }]), "nobody"),
    };
    operation["operationId"] = json!(operation_id(path, method));
    operation["security"] = security;
    operation["x-role"] = json!(word);
    let ids = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let ids: Vec<Value> = ids
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    let named = !ids.is_empty();
    let mut parameters = ids;
    parameters.extend(
        operation["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default(),
    );
    if !parameters.is_empty() {
        operation["parameters"] = json!(parameters);
    }
    let signed_in = who != Some(Who::Anyone);
    let writes = method != "get";
    let refusals = [
        ("400", true, "`bad_request`: `detail` names what is wrong."),
        (
            "401",
            signed_in || path.ends_with("/login"),
            "`unauthenticated`.",
        ),
        (
            "403",
            signed_in || writes,
            "`forbidden`: the role or the Origin may not.",
        ),
        ("404", named, "`not_found`: no such thing, or not yours."),
        (
            "409",
            signed_in && writes,
            "The state does not allow it; `code` says which.",
        ),
        ("413", writes, "`too_large`."),
        ("415", writes, "`unsupported_type`."),
        (
            "429",
            path.ends_with("/login") || path.ends_with("/password"),
            "`rate_limited`, with `Retry-After`.",
        ),
        (
            "503",
            true,
            "`overloaded` or `store_unavailable`, with `Retry-After`: nothing was stored.",
        ),
    ];
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    for (status, applies, words) in refusals {
        if applies {
            responses.entry(status).or_insert_with(|| refusal(words));
        }
    }
}

/// `post_conversations_id_messages`: stable, and a name of its own.
fn operation_id(path: &str, method: &str) -> String {
    let plain = path.trim_start_matches("/v1").replace(['{', '}'], "");
    format!("{method}{}", plain.replace(['/', '-'], "_"))
}

fn refusal(words: &str) -> Value {
    let schema = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
    let mut content = Map::new();
    content.insert("application/problem+json".to_owned(), schema);
    json!({ "description": words, "content": content })
}

const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Agent => "agent",
        Role::Supervisor => "supervisor",
        Role::Administrator => "administrator",
    }
}

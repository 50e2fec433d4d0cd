//! The OpenAPI document: what the handlers say of themselves, and around it what is the same for
//! all of them — who may call, what refusals look like, ids in paths.

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use kefu_domain::setup::Role;
use utoipa::{
    OpenApi,
    openapi::{
        self, ContentBuilder, Info, ObjectBuilder, OpenApi as Document, Ref, RefOr, Required,
        ResponseBuilder, Tag, Type,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        security::{
            ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
        },
    },
};

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

/// In the order of a day's work, then of setting up.
const TAGS: [&str; 17] = [
    "Signing in",
    "Conversations",
    "Sessions",
    "Customers",
    "Media",
    "Supervision",
    "Agents",
    "Teams",
    "Kf accounts",
    "Entry points",
    "Connections",
    "Canned replies",
    "Specialists",
    "Fan groups",
    "Brand",
    "API keys",
    "Webhooks",
];

/// The document's and the docs page's routes.
pub(super) fn routes(document: Document) -> Router<Arc<Gateway>> {
    let text = Bytes::from(text(&complete(document)));
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

/// The document as JSON, in the order in which it was written.
pub(super) fn text(document: &Document) -> String {
    // Plain data.
    serde_json::to_string(document).unwrap_or_default()
}

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
pub(super) fn complete(document: Document) -> Document {
    let mut whole = Shapes::openapi();
    whole.merge(document);
    whole.info = Info::new("Kefu", "1");
    whole.info.description = Some(ABOUT.to_owned());
    whole.tags = Some(TAGS.iter().map(Tag::new).collect());
    let schemes = &mut whole.components.get_or_insert_default().security_schemes;
    let cookie = ApiKeyValue::with_description("__Host-kefu", "`kefu` without https.");
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key, `kk_…`."));
    schemes.insert(
        "cookie".to_owned(),
        RefOr::T(SecurityScheme::ApiKey(ApiKey::Cookie(cookie))),
    );
    schemes.insert(
        "key".to_owned(),
        RefOr::T(SecurityScheme::Http(key.build())),
    );
    for (path, item) in &mut whole.paths.paths {
        let methods = [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in methods {
            if let Some(operation) = operation {
                describe(path, method, operation);
            }
        }
    }
    whole
}

fn describe(path: &str, method: &str, operation: &mut Operation) {
    let who = access::who(&method.to_uppercase(), path);
    operation.operation_id = Some(operation_id(path, method));
    let (by, word): (&[&str], _) = match who {
        Some(Who::Anyone) => (&[], "anyone"),
        Some(Who::SignedIn) => (&["cookie"], "signed_in"),
        Some(Who::From(role)) => (&["cookie", "key"], role_word(role)),
        None => (&["cookie", "key"], "nobody"),
    };
    let one_of = by
        .iter()
        .map(|scheme| SecurityRequirement::new(*scheme, [] as [&str; 0]));
    operation.security = Some(one_of.collect());
    operation.extensions = Some([("x-role", word)].into_iter().collect());
    let ids = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let ids: Vec<_> = ids.map(|name| RefOr::T(path_id(name))).collect();
    let named = !ids.is_empty();
    let asked = operation.parameters.take().unwrap_or_default();
    operation.parameters = Some([ids, asked].concat()).filter(|all| !all.is_empty());
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            "Done.".clone_into(&mut response.description);
        }
    }
    for (status, words) in refusals(path, method, who, named) {
        let responses = &mut operation.responses.responses;
        responses
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::T(refusal(words)));
    }
}

/// The statuses with which an operation may refuse.
fn refusals(
    path: &str,
    method: &str,
    who: Option<Who>,
    named: bool,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let (signed_in, writes) = (who != Some(Who::Anyone), method != "get");
    let login = path.ends_with("/login");
    let asks =
        path.ends_with("/link") || path.contains("}/kf-accounts") || path.ends_with("/handoffs");
    let all = [
        ("400", true, "`bad_request`: `detail` names what is wrong."),
        ("401", signed_in || login, "`unauthenticated`."),
        (
            "403",
            signed_in || writes,
            "`forbidden`: the role or the Origin may not.",
        ),
        ("404", named, "`not_found`: no such thing, or not yours."),
        ("408", writes, "`too_slow`: the body did not keep coming."),
        (
            "409",
            signed_in && writes,
            "The state does not allow it; `code` says which.",
        ),
        ("413", writes, "`too_large`."),
        ("415", writes, "`unsupported_type`."),
        (
            "429",
            true,
            "`rate_limited`, with `Retry-After`: too much from one address.",
        ),
        (
            "502",
            asks,
            "`outside_refused`: the platform said no; `detail` has its reason.",
        ),
        (
            "503",
            true,
            "`overloaded` or `store_unavailable`, with `Retry-After`: nothing was stored.",
        ),
    ];
    let applies = all.into_iter().filter(|(_, applies, _)| *applies);
    applies.map(|(status, _, words)| (status, words))
}

fn refusal(words: &str) -> openapi::Response {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem")));
    ResponseBuilder::new()
        .description(words)
        .content("application/problem+json", problem.build())
        .build()
}

fn path_id(name: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

/// `post_conversations_id_messages`: stable, and a name of its own.
fn operation_id(path: &str, method: &str) -> String {
    let plain = path.trim_start_matches("/v1").replace(['{', '}'], "");
    format!("{method}{}", plain.replace(['/', '-'], "_"))
}

const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Agent => "agent",
        Role::Supervisor => "supervisor",
        Role::Administrator => "administrator",
    }
}

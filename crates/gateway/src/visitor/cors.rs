//! Pages of other origins at the visitor door: an app's web view, or a site with a client of its own.
//!
//! Who calls proves themselves by a bearer token, never by a cookie, so nothing is lent to a page that
//! it could not have by itself. An origin is let in if a door names it (`website.allowed_origins`).

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::Gateway;

/// Answers a browser's question beforehand, and says in each answer who may read it.
pub(crate) async fn layer(
    State(gateway): State<Arc<Gateway>>,
    request: Request,
    next: Next,
) -> Response {
    let here = request.uri().path().starts_with("/v1/visitor/");
    let Some(origin) = here
        .then(|| stranger(&gateway, request.headers()))
        .flatten()
    else {
        return next.run(request).await;
    };
    let asks = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if asks {
        let allowed = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "authorization, content-type",
            ),
            (header::ACCESS_CONTROL_MAX_AGE, "86400"),
        ];
        (StatusCode::NO_CONTENT, allowed).into_response()
    } else {
        next.run(request).await
    };
    let out = response.headers_mut();
    out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    out.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("retry-after"),
    );
    out.append(header::VARY, HeaderValue::from_static("origin"));
    response
}

/// The origin of a page that is not ours and that some door lets in.
fn stranger(gateway: &Gateway, headers: &HeaderMap) -> Option<HeaderValue> {
    let value = headers.get(header::ORIGIN)?;
    let origin = value.to_str().ok()?;
    if origin == gateway.reception.public_url() {
        return None;
    }
    let named = gateway.reception.directory().all().iter().any(|setup| {
        let mut doors = setup.entry_points.values();
        doors.any(|door| door.entry.allowed_origins.iter().any(|one| one == origin))
    });
    named.then(|| value.clone())
}

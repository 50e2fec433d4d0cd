//! Callbacks of platforms: `/callback/{channel}/{connection}`.
//!
//! `success` is said only after what the callback tells is on disk. A callback that does not verify
//! gets one answer, whatever the reason.

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    extract::{FromRequest, FromRequestParts, Path, RawQuery, Request, State},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
    routing::get,
};
use kefu_channels::Refused;
use kefu_domain::ConnectionId;
use kefu_reception::{CallbackError, Error};

use crate::{
    Gateway,
    problem::{Problem, Whole},
};

pub(crate) fn routes() -> Router<Arc<Gateway>> {
    Router::new().route(
        "/callback/{channel}/{connection}",
        get(verify).post(receive),
    )
}

fn refuse(error: CallbackError) -> Problem {
    let rejected = || {
        Problem::new(
            StatusCode::FORBIDDEN,
            "callback_rejected",
            "the callback does not verify",
        )
    };
    match error {
        CallbackError::Refused(Refused::Rejected(reason)) => {
            metrics::counter!("kefu_callbacks_rejected_total").increment(1);
            tracing::warn!(%reason, "a callback was rejected");
            rejected()
        }
        CallbackError::Refused(Refused::Malformed(reason)) => {
            tracing::warn!(%reason, "a callback was malformed");
            Problem::bad("malformed")
        }
        CallbackError::Refused(Refused::Forbidden) => Problem::new(
            StatusCode::BAD_REQUEST,
            "xml_forbidden",
            "document types and entities are not taken",
        ),
        CallbackError::Refused(Refused::TooLarge) => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "the callback is too large",
        ),
        // Nobody learns which connections exist.
        CallbackError::Kept(Error::NotFound) => rejected(),
        CallbackError::Kept(error) => error.into(),
    }
}

/// The channel and the connection in the path. What names none is refused like what does not verify.
struct Named(String, ConnectionId);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let unknown = || refuse(CallbackError::Kept(Error::NotFound));
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((channel, connection)) = path.map_err(|_| unknown())?;
        let id = connection.parse().map_err(|_| unknown())?;
        Ok(Self(channel, id))
    }
}

async fn verify(
    State(gateway): State<Arc<Gateway>>,
    Named(channel, id): Named,
    RawQuery(query): RawQuery,
) -> Response {
    match gateway
        .reception
        .verify_callback(&channel, id, query.as_deref().unwrap_or_default())
        .await
    {
        Ok(body) => body.into_response(),
        Err(error) => refuse(error).into_response(),
    }
}

async fn receive(
    State(gateway): State<Arc<Gateway>>,
    Named(channel, id): Named,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let began = Instant::now();
    // What nobody set up may not even keep us waiting for its body.
    if let Err(error) = gateway.reception.knows_callback(&channel, id) {
        return refuse(error).into_response();
    }
    let body = match Whole::from_request(request, &()).await {
        Ok(Whole(body)) => body,
        Err(problem) => return problem.into_response(),
    };
    let answer = gateway
        .reception
        .callback(&channel, id, query.as_deref().unwrap_or_default(), &body)
        .await;
    metrics::histogram!("kefu_callback_seconds").record(began.elapsed().as_secs_f64());
    match answer {
        Ok(()) => "success".into_response(),
        Err(error) => refuse(error).into_response(),
    }
}

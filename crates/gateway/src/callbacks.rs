//! Callbacks of platforms: `/callback/{channel}/{connection}`.
//!
//! `success` is said only after what the callback tells is on disk. A callback that does not verify
//! gets one answer, whatever the reason.

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use kefu_channels::Refused;
use kefu_domain::ConnectionId;
use kefu_reception::{CallbackError, Error};

use crate::{Gateway, problem::Problem};

/// Larger than any callback.
const LARGEST: usize = 256 << 10;

pub(crate) fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route(
            "/callback/{channel}/{connection}",
            get(verify).post(receive),
        )
        .layer(DefaultBodyLimit::max(LARGEST))
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

async fn verify(
    State(gateway): State<Arc<Gateway>>,
    Path((channel, connection)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    let Ok(id) = connection.parse::<ConnectionId>() else {
        return refuse(CallbackError::Kept(Error::NotFound)).into_response();
    };
    match gateway
        .reception
        .verify_callback(&channel, id, query.as_deref().unwrap_or_default())
    {
        Ok(body) => body.into_response(),
        Err(error) => refuse(error).into_response(),
    }
}

async fn receive(
    State(gateway): State<Arc<Gateway>>,
    Path((channel, connection)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let began = Instant::now();
    let Ok(id) = connection.parse::<ConnectionId>() else {
        return refuse(CallbackError::Kept(Error::NotFound)).into_response();
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

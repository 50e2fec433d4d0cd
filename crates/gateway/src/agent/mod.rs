//! The agent door: PROTOCOL.md §4.

use std::sync::Arc;

use axum::{Router, routing::get};

use crate::Gateway;

mod perform;
mod socket;

pub(crate) fn routes() -> Router<Arc<Gateway>> {
    Router::new().route("/v1/agent/socket", get(socket::upgrade))
}

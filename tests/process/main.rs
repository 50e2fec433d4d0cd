//! Stories of the real program: started, drained, copied, damaged, killed, and with a Redis that
//! fails in every way.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[allow(
    dead_code,
    reason = "shared with the tests of the doors, which need more of it"
)]
#[path = "../../crates/gateway/tests/api/http.rs"]
mod http;

mod campaign;
mod coming_back;
mod first_start;
mod folder;
mod full;
mod going_away;
mod kefu;
mod line;
mod pages;
mod quota;
mod redis;
mod secrets;
mod shop;

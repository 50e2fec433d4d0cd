//! Stories of official accounts, mini-programs and shops: the real program on one side, the platform
//! on loopback on the other, a customer with a phone and an agent at a desk.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[allow(
    dead_code,
    reason = "shared with the tests of the doors, which need more of it"
)]
#[path = "../../crates/gateway/tests/api/http.rs"]
mod http;
#[allow(
    dead_code,
    reason = "shared with the stories of the program, which need more of it"
)]
#[path = "../process/kefu.rs"]
mod kefu;
#[allow(
    dead_code,
    reason = "shared with the stories of the program, which need more of it"
)]
#[path = "../process/shop.rs"]
mod shop;

mod again;
mod bad;
mod envelope;
mod stage;
mod storm;
mod talk;
mod trouble;
mod welcomed;

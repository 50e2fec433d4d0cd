//! WeChat kf against the platform on loopback, both ways and with its faults.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod bench;
mod check;
mod failures;
mod handoff;
mod incoming;
#[path = "../kit/mod.rs"]
mod kit;
mod outgoing;

//! Official accounts, mini-programs and shops against the platform on loopback: what goes out, what
//! files become, what is said of failures, and what the test of a connection finds.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod bench;
mod failures;
mod files;
#[path = "../kit/mod.rs"]
mod kit;
mod outgoing;
mod setting_up;

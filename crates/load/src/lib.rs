//! `kefu-load`: drives a Kefu gateway from outside and judges it.
//!
//! It knows a gateway only by its public protocol and API, as a stranger's client would, and
//! depends on none of its crates. [`wire`] moves bytes, [`site`] prepares a gateway, [`play`] acts
//! as its agents and customers, [`check`] judges; [`k1`] and its neighbours are the workloads.

pub mod bench;
pub mod body;
pub mod callbacks;
pub mod check;
pub mod cli;
pub mod clock;
pub mod crash;
pub mod error;
pub mod gateway;
pub mod idle;
pub mod k1;
pub mod k2;
pub mod machine;
pub mod platform;
pub mod play;
pub mod quota;
pub mod readback;
pub mod rung;
pub mod search;
pub mod site;
pub mod stats;
pub mod triggers;
pub mod wire;

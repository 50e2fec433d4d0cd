//! `kefu-load`: drives a Kefu gateway from outside and judges it.
//!
//! It knows a gateway only by its public protocol and API, as a stranger's client would, and
//! depends on none of its crates. [`wire`] moves bytes, [`check`] judges, the rest plays agents
//! and customers and measures.

pub mod body;
pub mod check;
pub mod clock;
pub mod error;
pub mod wire;

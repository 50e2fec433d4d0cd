//! Stories of WeChat kf: the whole gateway on one side, the simulated platform on the other, and
//! callbacks, pulls and sends between them over loopback.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod besides;
mod client;
mod desk;
mod ends;
mod house;
mod neighbours;
mod offers;
mod owner;
mod trouble;

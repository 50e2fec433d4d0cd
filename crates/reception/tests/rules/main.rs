//! Rules of reception, tried without a door: a store on disk, a line in the process, and a clock
//! that the test moves.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod crowd;
mod guests;
mod in_time;
mod rights;
mod routing;
mod sweep;
mod whatever;
mod world;

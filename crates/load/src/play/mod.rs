//! The players of workload K1: customers who write by a schedule, agents who answer at once and end
//! the session after its messages, and everything that each of them did and saw.
//!
//! [`Fleet`] holds the state and is driven by the event loop; [`drive`] is the loop with the
//! open-loop schedule. Players keep to the protocol as a good client would: they repeat with the
//! same id what was refused for a while, come back after a close by its code, and resume exactly.

mod agent;
mod conversation;
mod customer;
mod drive;
mod fleet;
mod meter;
mod outside;
mod pushes;
mod say;

pub use drive::{Pace, drain, drive};
pub use fleet::{Fleet, Habits};
pub use meter::Meter;
pub use outside::Outside;

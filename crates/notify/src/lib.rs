#![doc = include_str!("../README.md")]

mod address;
mod call;
mod sign;

pub use address::{Forbidden, Policy};
pub use call::{Call, Notifier, Outcome, SetupError};
pub use sign::sign;

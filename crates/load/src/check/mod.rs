//! The checker: what clients did and saw against what the store holds, as eight numbers that must
//! all be zero. Pure functions over plain data, so that every number can be proved able to rise.

mod history;
mod owners;
mod store;
mod verdict;
mod views;

#[cfg(test)]
mod tests;

pub use history::{Fence, Grant, History, Op, Outcome, Seen, SeenBy, Sender, View};
pub use store::{Call, Period, Stored, StoredMessage, Tenure, Trouble};
pub use verdict::{Verdict, check};

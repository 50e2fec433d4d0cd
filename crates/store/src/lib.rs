#![doc = include_str!("../README.md")]
//!
//! # The traits
//!
//! Narrow ones per entity; a backend implements all of them ([`Store`]). A write is one transaction;
//! writes of one caller task that are started in order are committed in order. The store knows no
//! channel, no socket, no queue and no clock: times and ids arrive as arguments.

#[cfg(test)]
mod contract;
mod model;
pub mod sqlite;
mod traits;

pub use model::*;
pub use traits::*;

/// What a call to the store ends in.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Everything a backend must be.
pub trait Store:
    SetupStore
    + AccessStore
    + AgentStateStore
    + CustomerStore
    + ThreadStore
    + MentionStore
    + SessionStore
    + HandoffStore
    + OutboxStore
    + PullStore
    + DayStore
    + ToldStore
    + HookStore
    + CarryStore
    + MediaStore
    + MaintenanceStore
{
}

impl<T> Store for T where
    T: SetupStore
        + AccessStore
        + AgentStateStore
        + CustomerStore
        + ThreadStore
        + MentionStore
        + SessionStore
        + HandoffStore
        + OutboxStore
        + PullStore
        + DayStore
        + ToldStore
        + HookStore
        + CarryStore
        + MediaStore
        + MaintenanceStore
{
}

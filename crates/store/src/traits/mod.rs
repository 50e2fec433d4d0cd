//! The traits, by entity.

mod access;
mod customers;
mod handoffs;
mod hooks;
mod maintenance;
mod outbox;
mod pulls;
mod sessions;
mod setup;
mod threads;

pub use access::*;
pub use customers::*;
pub use handoffs::*;
pub use hooks::*;
pub use maintenance::*;
pub use outbox::*;
pub use pulls::*;
pub use sessions::*;
pub use setup::*;
pub use threads::*;

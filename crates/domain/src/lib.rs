#![doc = include_str!("../README.md")]

pub mod capability;
pub mod content;
pub mod credit;
pub mod hours;
pub mod id;
pub mod message;
pub mod prechat;
pub mod routing;
pub mod session;
pub mod setup;
pub mod snooze;
pub mod source;

pub use capability::Capabilities;
pub use content::Content;
pub use credit::Credits;
pub use id::*;
pub use message::{Delivery, Failure, Message, Origin};
pub use session::{ServiceState, Session};
pub use snooze::Snooze;
pub use source::Source;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type UnixMs = i64;

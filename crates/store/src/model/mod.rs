//! What goes into the store and what comes out: commands, rows and the feed of changes.

mod access;
mod change;
mod conversation;
mod customer;
mod error;
mod handoff;
mod hook;
mod inbound;
mod media;
mod outbox;
mod outgoing;
mod pulled;
mod session;
mod setup;
mod told;

pub use kefu_domain::Source;

pub use access::*;
pub use change::*;
pub use conversation::*;
pub use customer::*;
pub use error::*;
pub use handoff::*;
pub use hook::*;
pub use inbound::*;
pub use media::*;
pub use outbox::*;
pub use outgoing::*;
pub use pulled::*;
pub use session::*;
pub use setup::*;
pub use told::*;

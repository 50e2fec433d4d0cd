//! What comes in: callbacks, and the pages that they ring for.

mod callback;
mod content;
mod items;
mod source;

pub(super) use callback::{receive, verify};
pub(super) use items::page;

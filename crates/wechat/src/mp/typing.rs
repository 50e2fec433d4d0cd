//! "The other side is typing", for fifteen seconds, to who was spoken with in the last thirty.

use serde::Serialize;

use crate::request::{Done, Request};

/// What to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Command {
    /// Somebody types.
    Typing,
    /// Nobody does any longer.
    CancelTyping,
}

impl Command {
    /// Whether somebody types.
    #[must_use]
    pub fn of(on: bool) -> Self {
        match on {
            true => Self::Typing,
            false => Self::CancelTyping,
        }
    }
}

/// Official accounts, and mini-programs by older pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Typing {
    /// The customer's openid.
    pub touser: String,
    /// What to show.
    pub command: Command,
}

/// Mini-programs, by the present page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct BusinessTyping(pub Typing);

impl Request for Typing {
    const PATH: &'static str = "cgi-bin/message/custom/typing";
    type Answer = Done;
}

impl Request for BusinessTyping {
    const PATH: &'static str = "cgi-bin/message/custom/business/typing";
    type Answer = Done;
}

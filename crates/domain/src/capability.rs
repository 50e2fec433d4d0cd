//! What a channel can do. Reception asks for these and never for a channel's name.

use serde::Serialize;

use crate::{Content, credit::Grant};

/// What one kind of entry point can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Capabilities {
    /// Message types that can go out, by `msgtype`.
    pub outgoing: &'static [&'static str],
    /// A reply leaves by an outbox row; otherwise the customer holds a stream of ours.
    pub outside: bool,
    /// What one message of the customer grants; `None`: no window.
    pub credits: Option<Grant>,
    /// The customer's typing and reading are seen.
    pub presence: bool,
    /// Messages can be taken back.
    pub recall: bool,
    /// A menu's items can be tapped.
    pub menu: bool,
    /// Longest text in bytes; longer ones are split on grapheme borders.
    pub text_bytes: Option<usize>,
    /// The platform keeps a session beside ours: the end of ours goes out as a parcel of kind `end`,
    /// with one text or menu as last words, outside the credits.
    pub ends_upstream: bool,
    /// The platform has a client of its own in which people may answer.
    pub own_client: bool,
    /// Queue places, events and cards are shown live beside the thread, without messages.
    pub live_status: bool,
}

impl Capabilities {
    /// Can this content go out?
    #[must_use]
    pub fn carries(&self, content: &Content) -> bool {
        self.outgoing.contains(&content.msgtype())
    }
}

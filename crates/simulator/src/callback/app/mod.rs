//! Pushes to official accounts, mini-programs and shops: their own modes, their own retries, and
//! an answer that may already be a reply. [`packet`] is what a push says, [`request`] one signed
//! request, [`answer`] what came back, [`deliver`] the runner that empties an app's line.

pub(crate) mod answer;
pub(crate) mod deliver;
pub(crate) mod packet;
pub(crate) mod request;

use std::sync::Arc;

use super::Forgery;
use packet::Packet;

/// One push that waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AppPush {
    /// What the traffic list calls it: the event, or the type of the message.
    pub(crate) event: String,
    pub(crate) openid: Arc<str>,
    pub(crate) packet: Packet,
    pub(crate) forgery: Option<Forgery>,
    /// 1 for the first time.
    pub(crate) attempt: u32,
    /// The customer waits for what it leads to, and is told when nobody answers.
    pub(crate) answered: bool,
}

//! What the store holds after the run, as the public API shows it.

use super::history::Fence;
use crate::body::Found;

/// What the gateway shows its author of a message that may not have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The platform would not take it; the reason stands beside it.
    Failed,
    /// Nobody can say: the platform may have taken it before a try was cut short, and would not take
    /// it again.
    Doubtful,
}

/// One stored message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its number in the conversation.
    pub seq: u32,
    /// 3 customer, 4 system, 5 servicer, 6 assistant.
    pub origin: u8,
    /// Which operation its text belongs to.
    pub found: Found,
    /// Its author was told that it did not arrive, or may not have.
    pub trouble: Option<Trouble>,
}

/// The time of one session or assignment, in milliseconds by the server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Opened.
    pub from: i64,
    /// Ended; `None` while it is open.
    pub until: Option<i64>,
}

/// One row of the audit of assignments, offers included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenure {
    /// Which assignment.
    pub fence: Fence,
    /// Number of the agent; `None` for one who does not play.
    pub agent: Option<u32>,
    /// From when to when.
    pub period: Period,
}

/// One conversation as stored; the index in a list of these is the customer's number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// All messages in the order in which the API gave them.
    pub messages: Vec<StoredMessage>,
    /// All sessions.
    pub sessions: Vec<Period>,
    /// Who had them, as the audit tells it.
    pub tenures: Vec<Tenure>,
    /// `service_state` of the latest session; `None` without one.
    pub state: Option<u8>,
    /// More than one conversation of this customer was found.
    pub doubled: bool,
}

/// A call that the gateway made to a platform outside, as a simulator recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The message id that the gateway gave it.
    pub msgid: String,
    /// The platform took it.
    pub accepted: bool,
}

impl Stored {
    /// The message numbered `seq`; conversations come sorted from the API, so its place is nearly
    /// always `seq - 1`.
    pub(super) fn at(&self, seq: u32) -> Option<&StoredMessage> {
        let likely = self.messages.get((seq as usize).wrapping_sub(1));
        likely
            .filter(|message| message.seq == seq)
            .or_else(|| self.messages.iter().find(|message| message.seq == seq))
    }
}

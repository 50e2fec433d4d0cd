//! A message and what became of it.

use serde::{Deserialize, Serialize};

use crate::{AgentId, Content, ConversationId, EntryPointId, MessageId, SessionId, UnixMs};

/// Who a message is from; the numbers are WeChat kf's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Origin {
    /// The customer.
    Customer = 3,
    /// This system: welcome, queue notice, closing words, events.
    System = 4,
    /// A human agent.
    Servicer = 5,
    /// A bot.
    Assistant = 6,
}

impl Origin {
    /// Reads the wire's number.
    #[must_use]
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            3 => Some(Self::Customer),
            4 => Some(Self::System),
            5 => Some(Self::Servicer),
            6 => Some(Self::Assistant),
            _ => None,
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u8(*self as u8)
    }
}

/// What became of a message that left us. Grows only forward, but for a resend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Stored; a channel has not taken it yet.
    Pending,
    /// The platform, or the customer's stream, has it.
    Sent,
    /// On the customer's device.
    Delivered,
    /// The customer has seen it.
    Read,
    /// Refused or given up; [`Failure`] says why.
    Failed,
    /// It may or may not have arrived: a time-out after the platform may have taken it.
    Unknown,
}

/// Why a message did not arrive, or may not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable code: the platform's number or one of ours.
    pub code: String,
    /// In words, for the agent.
    pub reason: String,
}

/// One message as filed. `seq` and `sent_at` never change; `rev` grows with each later change.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Where it stands.
    pub conversation: ConversationId,
    /// Its number in the conversation, from 1 without a gap.
    pub seq: u64,
    /// The conversation's `rev` at its last change; 0 if never changed.
    pub rev: u64,
    /// Who it is from.
    pub origin: Origin,
    /// The human agent, for [`Origin::Servicer`].
    pub agent: Option<AgentId>,
    /// The session it was filed in.
    pub session: Option<SessionId>,
    /// The door it came in or goes out by.
    pub entry_point: EntryPointId,
    /// Server time of filing.
    pub sent_at: UnixMs,
    /// The sender's own id for it: client message id or the platform's msgid.
    pub client_msg_id: String,
    /// What it says.
    pub content: Content,
    /// For origins 4–6.
    pub delivery: Option<Delivery>,
    /// With [`Delivery::Failed`] or [`Delivery::Unknown`].
    pub failure: Option<Failure>,
    /// Taken back by its sender; the content is then withheld from customers.
    pub recalled: bool,
}

impl Message {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> MessageId {
        MessageId {
            conversation: self.conversation,
            seq: self.seq,
        }
    }

    /// A tap on the survey about its session. It says nothing that waits for an answer.
    #[must_use]
    pub fn is_survey_answer(&self) -> bool {
        let about = self.content.survey_answer().map(|(session, _)| session);
        self.origin == Origin::Customer && about.is_some() && about == self.session
    }
}

/// The id of a message that a member wrote in the platform's own client: the platform's, and who it
/// was, because not every member is an agent of ours.
#[must_use]
pub fn outside_key(key: &str, userid: &str) -> String {
    format!("{key} {userid}")
}

impl Message {
    /// The member who wrote it in the platform's own client and is no agent of ours.
    #[must_use]
    pub fn outside_author(&self) -> Option<&str> {
        let theirs = self.origin == Origin::Servicer && self.agent.is_none();
        let (_, userid) = self.client_msg_id.split_once(' ').filter(|_| theirs)?;
        Some(userid)
    }
}

/// What hangs in a thread for agents only: private notes and inner system lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The thread.
    pub conversation: ConversationId,
    /// Its own number, from 1, apart from `seq`.
    pub no: u64,
    /// It stands after this message.
    pub after_seq: u64,
    /// The author of a note, or who caused a system line.
    pub agent: Option<AgentId>,
    /// `None` for a private note, else the stable name of what happened.
    pub event: Option<String>,
    /// The note, or details of the event.
    pub text: String,
    /// Server time.
    pub sent_at: UnixMs,
}

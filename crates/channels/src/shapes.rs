//! What passes between a channel and reception: what came in, what goes out, what went wrong.

use bytes::Bytes;
use kefu_domain::{Content, Failure, OutboxId, Source, UnixMs, credit::Grant};
use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// A callback that is not answered with success. All reasons look the same from outside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It does not verify. The reason is for our log and our administrators only.
    #[error("rejected: {0}")]
    Rejected(Why),
    /// It is not even a callback: the request is malformed.
    #[error("malformed: {0}")]
    Malformed(String),
    /// Its body declares a document type or an entity, which no callback needs and an attack does.
    #[error("document types and entities are forbidden")]
    Forbidden,
    /// Larger than a callback can be.
    #[error("too large")]
    TooLarge,
}

/// Why a callback does not verify.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{en}")]
pub struct Why {
    /// What is wrong and what to do.
    pub zh: &'static str,
    /// The same in English.
    pub en: String,
}

impl Refused {
    /// It does not verify.
    #[must_use]
    pub fn rejected(zh: &'static str, en: impl Into<String>) -> Self {
        Self::Rejected(Why { zh, en: en.into() })
    }
}

/// What a verified callback tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// An account has news: pull it. The kind of channel is a Bell.
    Bell {
        /// The account upstream; `None`: any of the connection.
        account: Option<String>,
        /// Lets the pull through more often; lives ten minutes.
        token: Option<String>,
    },
    /// Content itself. The kind of channel is a Push.
    Items(Vec<Item>),
    /// A customer added a specialist, or was removed.
    Contact {
        /// The same for every repetition of this event.
        event_key: String,
        /// What happened.
        change: ContactChange,
        /// The member.
        userid: String,
        /// The customer.
        address: String,
        /// What we put into the code; a handoff's id.
        state: Option<String>,
        /// For one greeting within 20 s.
        welcome_code: Option<String>,
    },
    /// Members of a group changed.
    Group {
        /// The same for every repetition of this event.
        event_key: String,
        /// The group.
        chat_id: String,
        /// Members joined: look who, and with which `state`.
        joined: bool,
        /// The group is gone.
        dismissed: bool,
    },
    /// Accounts at the platform were given to this connection, or taken from it.
    Accounts {
        /// The same for every repetition of this event.
        event_key: String,
        /// It may serve these from now on.
        given: Vec<String>,
        /// It may serve these no longer.
        taken: Vec<String>,
    },
    /// Something we do not act on, kept for administrators to look at.
    Other {
        /// The same for every repetition of this event.
        event_key: String,
        /// Why it is only kept.
        why: Kept,
        /// As it came.
        raw: String,
    },
}

/// Why a verified event is kept and not acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// We know it, and it asks for nothing.
    Known,
    /// The platform has learnt something that we have not.
    Unknown,
    /// It is broken: a part is missing, doubled or out of range.
    Malformed,
}

/// What happened between a member and a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactChange {
    /// The customer added the member.
    Added,
    /// One of them removed the other.
    Removed,
}

/// One item pushed or pulled.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A customer wrote.
    Message {
        /// Who, as the platform calls them.
        address: String,
        /// The platform's id of it.
        key: String,
        /// What. Files carry the platform's media id until they are fetched.
        content: Content,
        /// The platform's time.
        at: UnixMs,
    },
    /// A person answered in the platform's own client.
    Servicer {
        /// The customer.
        address: String,
        /// The platform's id of it.
        key: String,
        /// Who answered.
        userid: String,
        /// What.
        content: Content,
        /// The platform's time.
        at: UnixMs,
    },
    /// A customer entered, followed or scanned: no words yet, but perhaps leave to speak.
    Entered {
        /// Who.
        address: String,
        /// The platform's id of it.
        key: String,
        /// From where.
        source: Source,
        /// How they may be welcomed now.
        welcome: Option<Welcome>,
        /// What the act itself grants.
        grant: Option<Grant>,
        /// The platform's time.
        at: UnixMs,
    },
    /// A customer tapped an item of the account's own menu. It is their message if the item asks for
    /// a human, else attribution only.
    Tapped {
        /// Who.
        address: String,
        /// The platform's id of it.
        key: String,
        /// The item.
        item: String,
        /// From where.
        source: Source,
        /// What the tap grants.
        grant: Option<Grant>,
        /// The platform's time.
        at: UnixMs,
    },
    /// A customer looked at something of the account on their way: a footstep. It opens nothing and
    /// grants nothing.
    Looked {
        /// Who.
        address: String,
        /// The platform's id of it.
        key: String,
        /// At what.
        source: Source,
    },
    /// A customer cannot be reached any more: no longer follows, refuses messages.
    Left {
        /// Who.
        address: String,
        /// The platform's id of it.
        key: String,
        /// The platform's time.
        at: UnixMs,
    },
    /// A message of ours was taken, and did not arrive.
    NotDelivered {
        /// The id we gave it.
        msgid: String,
        /// Why.
        failure: Failure,
    },
    /// A message was taken back by whoever wrote it.
    Recalled {
        /// The platform's id of it.
        key: String,
        /// The member, if it was written in the platform's own client.
        by: Option<String>,
    },
    /// The platform's own session moved.
    UpstreamSession {
        /// The customer.
        address: String,
        /// The platform's id of the event.
        key: String,
        /// 1 picked up, 2 transferred, 3 ended, 4 re-opened.
        change: u8,
        /// Who has it now.
        userid: Option<String>,
        /// Good for one message about it ([`Code`]).
        code: Option<String>,
        /// The platform's time of it.
        at: UnixMs,
    },
    /// A member began or ceased to receive customers in the platform's own client.
    Receives {
        /// The member.
        userid: String,
        /// Do they now?
        receiving: bool,
        /// The platform's id of the event.
        key: String,
        /// As it came.
        raw: serde_json::Value,
    },
    /// Something we do not act on, kept for administrators to look at. It is no message, whoever it
    /// is about.
    Other {
        /// The customer, if it has one.
        address: Option<String>,
        /// The platform's id of it.
        key: String,
        /// Why it is only kept.
        why: Kept,
        /// As it came.
        raw: serde_json::Value,
    },
}

/// How who entered may be welcomed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Welcome {
    /// By a code, once and soon; it costs no credit.
    Code(String),
    /// By a message of the credits just granted.
    Message,
}

/// A pulled page.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// In the platform's order.
    pub items: Vec<Item>,
    /// Where to go on.
    pub cursor: String,
    /// There is more, even if `items` is empty.
    pub more: bool,
}

/// Something to go out.
///
/// `doubtful` and `again` decide what a refusal means: after a try that may have been taken, "this id
/// was used" says that it was sent. A try is doubtful unless it was seen to have no effect; one that
/// died with its process is.
#[derive(Debug, Clone, PartialEq)]
pub struct Parcel {
    /// The intent; the id upstream where one can be set.
    pub id: OutboxId,
    /// `message`, or another kind that the channel named when it was queued.
    pub kind: String,
    /// To whom, as the platform calls them.
    pub address: String,
    /// What.
    pub content: Content,
    /// What the kind needs beside it, as JSON.
    pub payload: String,
    /// Earlier tries.
    pub attempts: u32,
    /// One of them may have been taken.
    pub doubtful: bool,
    /// A person asked for it again, knowing that a try before these may have been taken.
    pub again: bool,
}

/// Who a platform says a customer is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// Who, as the platform calls them.
    pub address: String,
    /// Shown.
    pub name: Option<String>,
    /// The platform tells no name: this one only tells them from others.
    pub guest: bool,
    /// Where a portrait can be fetched, once.
    pub avatar_url: Option<String>,
    /// The person over all entries of one developer.
    pub unionid: Option<String>,
    /// More of the way they came by, and when they came; told as often as they are asked about.
    pub came_by: Option<Source>,
}

/// A code made for one handoff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandoffCode {
    /// The platform's only handle of it.
    pub config_id: String,
    /// The picture, or why it could not be had; the code is there all the same, until it is withdrawn.
    pub picture: Result<Picture, Fault>,
    /// What the picture says, if we know.
    pub url: Option<String>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Its type.
    pub mime: String,
}

/// Whom a handoff code leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandoffTo {
    /// A member.
    Member(String),
    /// One of these groups.
    Groups(Vec<String>),
}

/// Where a customer was passed to in the platform's own client. Who was there already brings no code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passed {
    /// This member has them.
    To {
        /// Who.
        userid: String,
        /// Good for one message about it ([`Code`]).
        code: Option<String>,
    },
    /// They wait for whoever picks them up.
    Pool {
        /// Good for one message about it ([`Code`]).
        code: Option<String>,
    },
    /// Their session at the platform is over: only they can open another.
    Over,
}

/// What a parcel of kind [`BY_CODE`] carries beside its words: leave to say one thing to a customer,
/// outside the credits, also while the platform takes nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The platform's code; it is taken once.
    pub code: String,
    /// The platform takes it no longer then; without, as long as the shortest code lives.
    #[serde(default)]
    pub expires_at: Option<UnixMs>,
    /// The session still has to stand there for it ([`kefu_domain::ServiceState`] by number); without,
    /// wherever it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<u8>,
}

/// The kind of a parcel that goes out by a [`Code`].
pub const BY_CODE: &str = "by_code";

/// One line of a connection's test.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Check {
    /// Stable name.
    pub key: &'static str,
    /// It is fine.
    pub ok: bool,
    /// What is wrong and what to do, or what is right.
    pub text_zh: String,
    /// The same in English.
    pub text_en: String,
}

/// One field of a connection's set-up, for the form and for `kefu doctor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct SetupField {
    /// Its name in [`kefu_domain::setup::Connection`].
    pub name: &'static str,
    /// Written once and never shown again.
    pub secret: bool,
    /// Made by us, to be pasted at the platform; the others come from there.
    pub ours: bool,
    /// On or off, not words.
    pub switch: bool,
    /// What it is called and where it stands at the platform.
    pub text_zh: &'static str,
    /// The same in English.
    pub text_en: &'static str,
}

/// What both ends of a callback must know; shown to administrators, who paste it at the platform.
#[derive(Clone, PartialEq, Eq)]
pub struct CallbackSecrets {
    /// Signs.
    pub token: String,
    /// Encrypts.
    pub encoding_aes_key: String,
}

/// An account at the platform.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct UpstreamAccount {
    /// The platform's id.
    pub open_kfid: String,
    /// Its name.
    pub name: String,
    /// We may manage it.
    pub managed: bool,
}

/// What an account at the platform is to be called and to look like; what is not given stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountLook {
    /// Its name.
    pub name: Option<String>,
    /// Its picture: bytes, name and type.
    pub picture: Option<(Bytes, String, String)>,
}

/// Who receives customers of an account in the platform's own client: a member or a department.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Receiver {
    /// The member.
    pub userid: Option<String>,
    /// The department, all of whose members do.
    pub department_id: Option<i64>,
    /// Receives now; not told of departments, nor to all kinds of apps.
    pub receiving: Option<bool>,
    /// Stopped for a while only, not for good.
    pub suspended: bool,
}

/// What became of adding or removing one of them; `None`: it is as asked.
pub type ReceiverResult = (Receiver, Option<Failure>);

/// How much of a platform's limit on one of its APIs is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// The API, as the platform names it.
    pub api: String,
    /// Calls in the last minute.
    pub minute: u32,
    /// As many as we make in a minute.
    pub per_minute: u32,
    /// Calls in the last hour.
    pub hour: u32,
    /// As many as we make in an hour.
    pub per_hour: u32,
    /// Calls in the last 24 hours.
    pub day: u32,
    /// As many as we make in 24 hours, where the platform says how many it takes.
    pub per_day: Option<u32>,
    /// Nobody calls for so long, because the platform said no.
    pub blocked_ms: Option<u64>,
    /// What to do, if the limit is regularly too small, or the API was last refused for the connection's
    /// set-up (`zh\u{1f}en`).
    pub advice: Option<String>,
}

/// What the platform counted for an account on one day.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// When the day began, by the platform's clock.
    pub day: UnixMs,
    /// The member; empty: the account as a whole.
    pub userid: String,
    /// Numbers by the platform's names; empty if there was nothing.
    pub numbers: serde_json::Map<String, serde_json::Value>,
}

/// A platform's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The bytes.
    pub bytes: Bytes,
    /// As named.
    pub name: Option<String>,
}

//! Channels: one folder for each kind of door, all with the same anatomy.
//!
//! `config.rs` names what it can do and what its set-up needs, `inbound.rs` turns what comes in into
//! our words, `outbound.rs` turns our words into what goes out, `tests.rs` holds it to its recorded
//! fixtures. Adding a channel is one folder, its fixtures, and one line in [`Channels::all`].
//!
//! A channel knows its platform's wire and our [`kefu_domain::Content`]. It knows no store, no
//! queue, no socket and no rule of reception.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use kefu_domain::{
    Capabilities, Content, Failure, OutboxId, Source, UnixMs,
    setup::{Connection, EntryPoint},
};

pub mod app;
pub mod website;
pub mod wecom_kf;

/// A callback that is not answered with success. All reasons look the same from outside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It does not verify. The reason is for our log only.
    #[error("rejected: {0}")]
    Rejected(String),
    /// It is not even a callback: the request is malformed.
    #[error("malformed: {0}")]
    Malformed(String),
    /// Larger than a callback can be.
    #[error("too large")]
    TooLarge,
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
    /// Something we do not act on, kept.
    Other {
        /// The same for every repetition of this event.
        event_key: String,
        /// As it came.
        raw: String,
    },
}

/// What happened between a member and a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// A customer entered.
    Entered {
        /// Who.
        address: String,
        /// The platform's id of it.
        key: String,
        /// From where.
        source: Source,
        /// For one welcome within 20 s.
        welcome_code: Option<String>,
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
    /// A customer took a message back.
    Recalled {
        /// The platform's id of it.
        key: String,
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
    },
    /// Something we do not act on, kept.
    Other {
        /// The customer, if it has one.
        address: Option<String>,
        /// The platform's id of it.
        key: String,
        /// As it came.
        raw: serde_json::Value,
    },
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
}

/// A try did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{failure:?}")]
pub struct Fault {
    /// What to do about it.
    pub class: Class,
    /// The code, and the reason in words for an agent (`zh\u{1f}en`).
    pub failure: Failure,
}

/// What to do after a [`Fault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It certainly did not happen; try again, not before so many milliseconds.
    Retry(u64),
    /// It never will, and it certainly did not happen.
    Permanent,
    /// It may have happened, and a repetition is recognised upstream: try again.
    RetrySafely(u64),
    /// It may have happened, and nobody can tell: a person decides.
    Unknown,
}

/// Who a platform says a customer is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// Who, as the platform calls them.
    pub address: String,
    /// Shown.
    pub name: Option<String>,
    /// Where a portrait can be fetched, once.
    pub avatar_url: Option<String>,
    /// The person over all entries of one developer.
    pub unionid: Option<String>,
}

/// A code made for one handoff.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HandoffCode {
    /// The platform's only handle of it.
    pub config_id: String,
    /// The picture.
    pub qr: Vec<u8>,
    /// Its type.
    pub qr_mime: String,
    /// What the picture says, if we know.
    pub url: Option<String>,
}

/// Whom a handoff code leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandoffTo {
    /// A member.
    Member(String),
    /// One of these groups.
    Groups(Vec<String>),
}

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

/// Reads stored files for sending.
#[async_trait]
pub trait Files: Send + Sync {
    /// Bytes, name and type of one of ours; `None` if it is gone.
    async fn read(&self, media_id: &str) -> Option<(Bytes, String, String)>;
}

/// A platform's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The bytes.
    pub bytes: Bytes,
    /// As named.
    pub name: Option<String>,
}

/// One kind of door.
///
/// What every channel must do:
/// - name its [`Capabilities`] and obey its limits in [`Channel::send`];
/// - verify a callback wholly before it believes any of it, without a difference that an attacker
///   could see or time;
/// - lose nothing: what it does not know becomes `Other`, whole;
/// - give each item the platform's own id, so that repetition is recognised;
/// - class each failure by what the caller may do ([`Class`]), and never say "not happened" of a
///   request that may have been taken;
/// - keep secrets out of errors and logs.
///
/// Methods that a door of ours does not need have defaults that refuse.
#[async_trait]
pub trait Channel: Send + Sync {
    /// The stored name, as in [`EntryPoint::channel`].
    fn kind(&self) -> &'static str;

    /// What it can carry.
    fn capabilities(&self) -> &'static Capabilities;

    /// Answers a platform's URL verification with the body to send back.
    fn verify(&self, _connection: &Connection, _query: &str) -> Result<Vec<u8>, Refused> {
        Err(Refused::Rejected(
            "this channel has no callbacks".to_owned(),
        ))
    }

    /// Opens a callback.
    fn receive(
        &self,
        _connection: &Connection,
        _query: &str,
        _body: &[u8],
    ) -> Result<Vec<Notice>, Refused> {
        Err(Refused::Rejected(
            "this channel has no callbacks".to_owned(),
        ))
    }

    /// Pulls one page of an account's news.
    async fn pull(
        &self,
        _connection: &Connection,
        _door: &EntryPoint,
        _cursor: &str,
        _token: Option<&str>,
    ) -> Result<Page, Fault> {
        Ok(Page::default())
    }

    /// Sends something.
    async fn send(
        &self,
        _connection: &Connection,
        _door: &EntryPoint,
        _parcel: &Parcel,
        _files: &dyn Files,
    ) -> Result<(), Fault> {
        Err(Fault::permanent(
            "not_sendable",
            "这个渠道不向外发送",
            "this channel does not send outside",
        ))
    }

    /// Fetches a platform's file, at most `limit` bytes.
    async fn fetch(
        &self,
        _connection: &Connection,
        _media_id: &str,
        _limit: usize,
    ) -> Result<Fetched, Fault> {
        Err(Fault::permanent(
            "not_found",
            "没有这个文件",
            "no such file",
        ))
    }

    /// Fetches a picture by the address that the platform gave ([`Profile::avatar_url`]).
    async fn fetch_picture(
        &self,
        _connection: &Connection,
        _url: &str,
        _limit: usize,
    ) -> Result<Fetched, Fault> {
        Err(Fault::permanent(
            "not_found",
            "没有这个文件",
            "no such file",
        ))
    }

    /// Who these customers are.
    async fn profiles(
        &self,
        _connection: &Connection,
        _addresses: &[String],
    ) -> Result<Vec<Profile>, Fault> {
        Ok(Vec::new())
    }

    /// Makes a code that leads to a handoff target and carries `state` (at most 30 bytes).
    async fn handoff_code(
        &self,
        _connection: &Connection,
        _to: &HandoffTo,
        _state: &str,
        _remark: &str,
    ) -> Result<HandoffCode, Fault> {
        Err(Fault::permanent(
            "not_sendable",
            "这个连接不能生成二维码",
            "this connection makes no codes",
        ))
    }

    /// Greets a customer who just added a member; at most 20 s after, once.
    async fn greet(
        &self,
        _connection: &Connection,
        _welcome_code: &str,
        _text: &str,
    ) -> Result<(), Fault> {
        Err(Fault::permanent(
            "not_sendable",
            "这个连接不能发欢迎语",
            "this connection sends no greetings",
        ))
    }

    /// The `state` of a group's newest members, newest first: (member's address, state).
    async fn group_members(
        &self,
        _connection: &Connection,
        _chat_id: &str,
    ) -> Result<Vec<(String, Option<String>)>, Fault> {
        Ok(Vec::new())
    }

    /// A link into the account, with attribution.
    async fn link(
        &self,
        _connection: &Connection,
        _door: &EntryPoint,
        _scene: &str,
        _scene_param: Option<&str>,
    ) -> Result<String, Fault> {
        Err(Fault::permanent(
            "not_found",
            "这个渠道没有链接",
            "this channel has no links",
        ))
    }

    /// Accounts at the platform that this connection can serve.
    async fn accounts(&self, _connection: &Connection) -> Result<Vec<UpstreamAccount>, Fault> {
        Ok(Vec::new())
    }

    /// Tests a connection; each line says what is right or what is wrong and what to do.
    async fn test(&self, _connection: &Connection, _callback_url: &str) -> Vec<Check> {
        Vec::new()
    }
}

impl Fault {
    /// It will never work, and did not happen.
    #[must_use]
    pub fn permanent(code: &str, zh: &str, en: &str) -> Self {
        Self {
            class: Class::Permanent,
            failure: Failure {
                code: code.to_owned(),
                reason: format!("{zh}\u{1f}{en}"),
            },
        }
    }
}

/// All channels, by their stored name.
#[derive(Clone)]
pub struct Channels(HashMap<&'static str, Arc<dyn Channel>>);

impl Channels {
    /// Every channel there is. `client` is shared by those that speak with WeChat.
    #[must_use]
    pub fn all(client: kefu_wechat::client::Client) -> Self {
        let channels: [Arc<dyn Channel>; 3] = [
            Arc::new(website::Website),
            Arc::new(app::App),
            Arc::new(wecom_kf::WecomKf::new(client)),
        ];
        Self(
            channels
                .into_iter()
                .map(|channel| (channel.kind(), channel))
                .collect(),
        )
    }

    /// One channel.
    #[must_use]
    pub fn get(&self, kind: &str) -> Option<&Arc<dyn Channel>> {
        self.0.get(kind)
    }
}

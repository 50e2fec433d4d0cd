//! `sync_msg`: one page of what happened on an account.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::content::{self, Content};
use crate::lenient;
use crate::limits::{Unfit, at_most};
use crate::request::Request;

/// Who caused a message, as `origin` has it.
pub mod origin {
    /// The customer wrote it.
    pub const CUSTOMER: i64 = 3;
    /// The system reports an event.
    pub const SYSTEM: i64 = 4;
    /// A servicer typed it in the WeCom client.
    pub const SERVICER: i64 = 5;
}

/// The form in which voice messages can be fetched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum VoiceFormat {
    /// AMR, the default.
    #[default]
    Amr = 0,
    /// SILK.
    Silk = 1,
}

impl Serialize for VoiceFormat {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u8(*self as u8)
    }
}

/// Asks for the messages and events after a cursor.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SyncMsg {
    /// `next_cursor` of the page before; absent for all that is kept, three days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// `Token` of a callback younger than ten minutes. Without one the platform allows few calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// At most 1,000, which is also the default; fewer may come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The form of voice messages.
    pub voice_format: VoiceFormat,
    /// The account. Cursors belong to one.
    pub open_kfid: String,
}

impl Request for SyncMsg {
    const PATH: &'static str = "cgi-bin/kf/sync_msg";
    type Answer = Page;

    fn check(&self) -> Result<(), Unfit> {
        at_most("cursor", self.cursor.as_ref().map_or(0, String::len), 64)?;
        at_most("limit", self.limit.unwrap_or_default() as usize, 1_000)
    }
}

/// One page. An empty page with `has_more` is legal: ask on.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "WirePage")]
pub struct Page {
    /// Where the next page begins; to be stored together with what this page caused.
    pub next_cursor: String,
    /// Whether to ask again at once.
    pub has_more: bool,
    /// The messages and events in order. Some may have been seen before: `msgid` tells.
    pub messages: Vec<Message>,
    /// Entries that are no messages at all.
    pub unreadable: Vec<Unreadable>,
}

/// A message or an event.
#[derive(Debug, Clone)]
pub struct Message {
    /// Unique within the account.
    pub msgid: String,
    /// The account; that of the event where it is one.
    pub open_kfid: String,
    /// The customer; absent where an event concerns none.
    pub external_userid: Option<String>,
    /// Unix seconds.
    pub send_time: i64,
    /// Who caused it: see [`origin`].
    pub origin: i64,
    /// The servicer, where one wrote it in the WeCom client.
    pub servicer_userid: Option<String>,
    /// What it says.
    pub content: Content,
}

/// An entry without a `msgid`, or no JSON object: kept as it came.
#[derive(Debug, Clone)]
pub struct Unreadable {
    /// The entry.
    pub raw: Box<RawValue>,
    /// What is wrong with it.
    pub why: String,
}

#[derive(Deserialize)]
struct WirePage {
    #[serde(default, deserialize_with = "lenient::text")]
    next_cursor: String,
    #[serde(default, deserialize_with = "lenient::flag")]
    has_more: bool,
    #[serde(default, deserialize_with = "lenient::list")]
    msg_list: Vec<Box<RawValue>>,
}

impl From<WirePage> for Page {
    fn from(wire: WirePage) -> Self {
        let mut messages = Vec::with_capacity(wire.msg_list.len());
        let mut unreadable = Vec::new();
        // One entry that cannot be read must not hold up the others.
        for raw in wire.msg_list {
            match message(&raw) {
                Ok(message) => messages.push(message),
                Err(why) => unreadable.push(Unreadable { raw, why }),
            }
        }
        Self {
            next_cursor: wire.next_cursor,
            has_more: wire.has_more,
            messages,
            unreadable,
        }
    }
}

#[derive(Deserialize)]
struct Head {
    #[serde(default, deserialize_with = "lenient::text")]
    msgid: String,
    #[serde(default, deserialize_with = "lenient::text")]
    open_kfid: String,
    #[serde(default, deserialize_with = "lenient::opt_text")]
    external_userid: Option<String>,
    #[serde(default, deserialize_with = "lenient::int")]
    send_time: i64,
    #[serde(default, deserialize_with = "lenient::int")]
    origin: i64,
    #[serde(default, deserialize_with = "lenient::opt_text")]
    servicer_userid: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    msgtype: String,
}

fn message(raw: &RawValue) -> Result<Message, String> {
    let head: Head = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
    if head.msgid.is_empty() {
        return Err("it has no msgid".to_owned());
    }
    let mut message = Message {
        msgid: head.msgid,
        open_kfid: head.open_kfid,
        external_userid: head.external_userid,
        send_time: head.send_time,
        origin: head.origin,
        servicer_userid: head.servicer_userid,
        content: content::read(&head.msgtype, raw),
    };
    if let Content::Event(about) = &message.content {
        // Events name account and customer inside; the envelope is filled so that readers of all
        // kinds of entries find them in one place.
        if message.open_kfid.is_empty() {
            message.open_kfid.clone_from(&about.open_kfid);
        }
        if message.external_userid.is_none() {
            message.external_userid.clone_from(&about.external_userid);
        }
        if message.servicer_userid.is_none() {
            message.servicer_userid.clone_from(&about.servicer_userid);
        }
    }
    Ok(message)
}

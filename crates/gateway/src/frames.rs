//! Frames: what clients may say, read strictly, and small answers.
//!
//! One flat shape serves all operations of a door, so that an unknown or doubled field is refused
//! whatever the operation.

use axum::extract::ws::Utf8Bytes;
use kefu_domain::Content;
use kefu_reception::Error;
use kefu_store::Filed;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::problem::Problem;

/// Largest frame in bytes.
pub(crate) const FRAME: usize = 64 << 10;

/// Close codes; see PROTOCOL.md §5.
pub(crate) mod close {
    pub(crate) const GOING_AWAY: u16 = 1001;
    pub(crate) const PROTOCOL: u16 = 1002;
    pub(crate) const BINARY: u16 = 1003;
    pub(crate) const NOT_UTF8: u16 = 1007;
    pub(crate) const POLICY: u16 = 1008;
    pub(crate) const TOO_LARGE: u16 = 1009;
    pub(crate) const BUSY: u16 = 1013;
    pub(crate) const SLOW: u16 = 4008;
    pub(crate) const TOO_MANY: u16 = 4029;
    pub(crate) const BAD_FRAME: u16 = 4400;
    pub(crate) const UNAUTHENTICATED: u16 = 4401;
    pub(crate) const FORBIDDEN: u16 = 4403;
    pub(crate) const SILENT: u16 = 4408;
    pub(crate) const CARRIED: u16 = 4410;
}

/// The content fields of a frame: `msgtype` and the object it names.
macro_rules! client_frame {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub(crate) struct $name {
            pub(crate) op: String,
            pub(crate) id: Option<String>,
            pub(crate) msgtype: Option<String>,
            text: Option<Value>,
            image: Option<Value>,
            voice: Option<Value>,
            video: Option<Value>,
            file: Option<Value>,
            location: Option<Value>,
            link: Option<Value>,
            miniprogram: Option<Value>,
            msgmenu: Option<Value>,
            channels_shop_product: Option<Value>,
            channels_shop_order: Option<Value>,
            $($(#[$field_doc])* pub(crate) $field: $type,)*
        }

        impl $name {
            /// The content that it carries.
            ///
            /// # Errors
            /// [`Error::Bad`] and the like, by what is wrong.
            pub(crate) fn content(&mut self) -> Result<Content, Error> {
                let msgtype = self.msgtype.take().ok_or_else(|| Error::Bad("msgtype: missing".to_owned()))?;
                let body = match msgtype.as_str() {
                    "text" => self.text.take(),
                    "image" => self.image.take(),
                    "voice" => self.voice.take(),
                    "video" => self.video.take(),
                    "file" => self.file.take(),
                    "location" => self.location.take(),
                    "link" => self.link.take(),
                    "miniprogram" => self.miniprogram.take(),
                    "msgmenu" => self.msgmenu.take(),
                    "channels_shop_product" => self.channels_shop_product.take(),
                    "channels_shop_order" => self.channels_shop_order.take(),
                    _ => return Err(Error::NotSendable(msgtype)),
                };
                Ok(crate::view::content(&msgtype, body)?)
            }
        }
    };
}

client_frame! {
    /// A visitor's frame.
    VisitorFrame {
        token: Option<String>,
        epoch: Option<String>,
        seq: Option<u64>,
        rev: Option<u64>,
        on: Option<bool>,
        session_id: Option<String>,
        score: Option<u8>,
        comment: Option<String>,
        handoff_id: Option<String>,
        page: Option<Page>,
        event: Option<Happening>,
        add: Option<Vec<String>>,
        remove: Option<Vec<String>>,
        client_msg_id: Option<String>,
    }
}

client_frame! {
    /// An agent's frame.
    AgentFrame {
        ticket: Option<String>,
        tab: Option<String>,
        epoch: Option<String>,
        cursors: Option<std::collections::HashMap<String, Cursor>>,
        state: Option<String>,
        reason: Option<String>,
        conversation_id: Option<String>,
        session_id: Option<String>,
        fence: Option<u64>,
        seen_seq: Option<u64>,
        note: Option<String>,
        to_servicer_userid: Option<String>,
        to_team_id: Option<String>,
        team_id: Option<String>,
        mentions: Option<Vec<String>>,
        until_at: Option<i64>,
        kind: Option<String>,
        target_id: Option<String>,
        msgid: Option<String>,
        seq: Option<u64>,
        on: Option<bool>,
    }
}

impl AgentFrame {
    /// The text of a `note`, which stands where content has an object.
    pub(crate) fn note_text(&mut self) -> Result<String, Error> {
        match self.text.take() {
            Some(Value::String(text)) => Ok(text),
            _ => Err(Error::Bad("text: missing".to_owned())),
        }
    }
}

/// Where a client stands in a conversation.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cursor {
    pub(crate) seq: u64,
    #[serde(default)]
    pub(crate) rev: u64,
}

/// Where a visitor is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Page {
    pub(crate) url: String,
    pub(crate) title: String,
    pub(crate) referrer: String,
}

impl Page {
    /// The page that led here, if it is a web page of another site.
    fn outer_referrer(&self) -> Option<&str> {
        let from = crate::auth::origin_of(&self.referrer)?;
        (crate::auth::origin_of(&self.url) != Some(from)).then_some(&self.referrer)
    }

    /// As attribution, cut to sane lengths.
    pub(crate) fn source(&self, campaign: Option<&str>, at: i64) -> kefu_domain::Source {
        let path = crate::auth::origin_of(&self.url).map_or("", |origin| &self.url[origin.len()..]);
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let title = if self.title.trim().is_empty() {
            path
        } else {
            &self.title
        };
        let web = self.url.starts_with("https://") || self.url.starts_with("http://");
        kefu_domain::Source {
            kind: "page".to_owned(),
            title: cut(title, 120),
            detail: Some(match campaign {
                Some(campaign) => format!("{} · {}", cut(path, 200), cut(campaign, 80)),
                None => cut(path, 200),
            }),
            url: web.then(|| cut(&self.url, 1000)),
            campaign: campaign.map(|campaign| cut(campaign, 80)),
            referrer: self.outer_referrer().map(|page| cut(page, 1000)),
            at,
        }
    }
}

/// What a visitor did, as the site's script tells it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Happening {
    pub(crate) name: String,
    pub(crate) detail: String,
}

impl Happening {
    /// As a footstep, cut to sane lengths.
    pub(crate) fn source(&self, at: i64) -> kefu_domain::Source {
        let detail = cut(self.detail.trim(), 200);
        kefu_domain::Source {
            kind: "event".to_owned(),
            title: cut(self.name.trim(), 120),
            detail: (!detail.is_empty()).then_some(detail),
            at,
            ..kefu_domain::Source::default()
        }
    }
}

/// Where in an app a visitor came in: what its deep link said.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct App {
    pub(crate) screen: String,
    pub(crate) version: String,
    pub(crate) platform: String,
}

impl App {
    /// As attribution, cut to sane lengths.
    pub(crate) fn source(&self, campaign: Option<&str>, at: i64) -> kefu_domain::Source {
        let parts = [
            self.platform.as_str(),
            self.version.as_str(),
            campaign.unwrap_or_default(),
        ];
        let detail: Vec<String> = parts
            .into_iter()
            .map(|part| cut(part.trim(), 80))
            .filter(|part| !part.is_empty())
            .collect();
        kefu_domain::Source {
            kind: "app".to_owned(),
            title: cut(&self.screen, 120),
            detail: (!detail.is_empty()).then(|| detail.join(" · ")),
            campaign: campaign.map(|campaign| cut(campaign, 80)),
            at,
            ..kefu_domain::Source::default()
        }
    }
}

/// At most so many characters that can be shown.
fn cut(text: &str, chars: usize) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(chars)
        .collect()
}

/// Reads a frame, which is an object.
pub(crate) fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Error> {
    if !text.trim_start().starts_with('{') {
        // A list would be read as the fields in their order.
        return Err(Error::Bad("not an object".to_owned()));
    }
    serde_json::from_str(text).map_err(|error| Error::Bad(error.to_string()))
}

/// The `id` of a frame that cannot be read otherwise, so that its sender knows which one it was.
fn id_of(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        id: String,
    }
    serde_json::from_str(text).ok().map(|Named { id }| id)
}

/// `{"op":"error",…}` for a frame that cannot be read.
pub(crate) fn unread(text: &str, why: &Error) -> Utf8Bytes {
    error(id_of(text).as_deref(), why)
}

/// `{"op":"ack",…}` of a filed message.
pub(crate) fn ack(id: &str, filed: &Filed) -> Utf8Bytes {
    let msgid = kefu_domain::MessageId {
        conversation: filed.conversation,
        seq: filed.seq,
    };
    // Hand-written: this is the busiest frame of all, and its parts need no escaping.
    let duplicate = if filed.duplicate {
        r#","duplicate":true"#
    } else {
        ""
    };
    format!(
        r#"{{"op":"ack","id":"{id}","msgid":"{msgid}","seq":{},"sent_at":{}{duplicate}}}"#,
        filed.seq, filed.sent_at
    )
    .into()
}

/// `{"op":"ack",…}` with other fields.
pub(crate) fn ack_with(id: &str, mut fields: Value) -> Utf8Bytes {
    fields["op"] = json!("ack");
    fields["id"] = json!(id);
    fields.to_string().into()
}

/// `{"op":"error",…}`.
pub(crate) fn error(id: Option<&str>, error: &Error) -> Utf8Bytes {
    let problem = Problem::from(error.clone());
    let mut frame = json!({ "op": "error", "code": problem.code, "detail": problem.detail });
    if let Some(id) = id {
        frame["id"] = json!(id);
    }
    if let Some(after) = problem.retry_after {
        frame["retry_after_s"] = json!(after);
    }
    if let Error::ThreadMoved { seq } = error {
        frame["seq"] = json!(seq);
    }
    frame.to_string().into()
}

/// `{"op":"error","code":"overloaded",…}`.
pub(crate) fn overloaded(id: Option<&str>) -> Utf8Bytes {
    let mut frame = json!({ "op": "error", "code": "overloaded", "detail": "too much at once; nothing was stored", "retry_after_s": 1 });
    if let Some(id) = id {
        frame["id"] = json!(id);
    }
    frame.to_string().into()
}

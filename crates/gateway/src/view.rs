//! Domain values as JSON, written out by hand at this wall. See PROTOCOL.md §2 and §4.

use kefu_domain::{AgentId, Content, Message, Origin, message::Line};
use kefu_reception::{Setup, Standing};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Value, json};

/// For whom a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// The customer: no inner ids, no recalled content.
    Visitor,
    /// An agent.
    Agent,
}

/// A message as JSON; `op` makes it a frame.
pub struct MessageView<'a> {
    /// What.
    pub message: &'a Message,
    /// For whom.
    pub to: For,
    /// The public name of its author, for origin 5.
    pub name: &'a str,
    /// The channel of its door.
    pub channel: &'a str,
    /// `Some("message")` for a frame.
    pub op: Option<&'static str>,
}

impl Serialize for MessageView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let message = self.message;
        let mut map = serializer.serialize_map(None)?;
        if let Some(op) = self.op {
            map.serialize_entry("op", op)?;
        }
        map.serialize_entry("msgid", &message.id())?;
        let agent = self.to == For::Agent;
        if agent {
            map.serialize_entry("conversation_id", &message.conversation)?;
        }
        map.serialize_entry("seq", &message.seq)?;
        map.serialize_entry("rev", &message.rev)?;
        map.serialize_entry("origin", &message.origin)?;
        map.serialize_entry("sent_at", &message.sent_at)?;
        if let Some(session) = &message.session {
            map.serialize_entry("session_id", session)?;
        }
        if agent {
            map.serialize_entry("entry_point_id", &message.entry_point)?;
            if !self.channel.is_empty() {
                map.serialize_entry("channel", self.channel)?;
            }
            if let Some(author) = &message.agent {
                map.serialize_entry("servicer_userid", author)?;
            }
        }
        // The sender's own id goes back to its own side only.
        if (message.origin == Origin::Customer) != agent {
            map.serialize_entry("client_msg_id", &message.client_msg_id)?;
        }
        if !self.name.is_empty() {
            map.serialize_entry("name", self.name)?;
        }
        if let (Some(delivery), true) = (&message.delivery, agent) {
            map.serialize_entry("delivery", delivery)?;
            if let Some(failure) = &message.failure {
                map.serialize_entry("failure", failure)?;
            }
        }
        if message.recalled {
            map.serialize_entry("recalled", &true)?;
            if !agent {
                map.serialize_entry("msgtype", message.content.msgtype())?;
                return map.end();
            }
        }
        message.content.serialize_into(&mut map)?;
        map.end()
    }
}

/// The author's public name.
#[must_use]
pub fn author<'a>(setup: &'a Setup, message: &'a Message) -> &'a str {
    match message.agent {
        Some(agent) => setup.agent_name(agent),
        // Not one of ours: as the platform calls them.
        None => message.outside_author().unwrap_or_default(),
    }
}

/// The channel of a message's door.
#[must_use]
pub fn channel<'a>(setup: &'a Setup, message: &Message) -> &'a str {
    setup
        .entry_points
        .get(&message.entry_point)
        .map_or("", |row| row.entry.channel.as_str())
}

/// A message as a JSON value.
#[must_use]
pub fn message(setup: &Setup, message: &Message, to: For) -> Value {
    let view = MessageView {
        message,
        to,
        name: author(setup, message),
        channel: channel(setup, message),
        op: None,
    };
    // Plain data.
    serde_json::to_value(&view).unwrap_or_default()
}

/// A note or inner line; `op` makes it a frame.
#[must_use]
pub fn line(setup: &Setup, line: &Line, op: bool) -> Value {
    let mut value = json!({
        "conversation_id": line.conversation, "no": line.no, "after_seq": line.after_seq,
        "kind": if line.event.is_none() { "note" } else { "system" },
        "text": line.text, "sent_at": line.sent_at,
    });
    if let Some(agent) = line.agent {
        value["servicer_userid"] = json!(agent);
        value["name"] = json!(setup.agent_name(agent));
    }
    if let Some(event) = &line.event {
        value["event"] = json!(event);
    }
    if op {
        value["op"] = json!("line");
    }
    value
}

/// An agent's presence.
#[must_use]
pub fn presence(standing: &Standing) -> Value {
    json!({
        "state": standing.availability.word(), "reason": standing.reason, "since_at": standing.since_at,
        "load": standing.load, "offers": standing.offers, "limit": standing.limit, "connected": standing.connected,
    })
}

/// The agent who is shown to a customer.
#[must_use]
pub fn public_agent(setup: &Setup, agent: Option<AgentId>) -> Value {
    let Some(row) = agent.and_then(|id| setup.agents.get(&id)) else {
        return Value::Null;
    };
    json!({ "name": row.entry.name, "avatar_media_id": row.entry.avatar_media_id, "title": row.entry.title })
}

/// Content from a client's frame or body: `msgtype` and the object it names.
///
/// # Errors
/// As [`Content::from_parts`].
pub fn content(
    msgtype: &str,
    body: Option<Value>,
) -> Result<Content, kefu_domain::content::BadContent> {
    let body = body.ok_or_else(|| kefu_domain::content::BadContent::Shape(msgtype.to_owned()))?;
    match Content::from_parts(msgtype, body)? {
        card if card.is_shop_card() => Ok(card),
        Content::Other { msgtype, .. } => Err(kefu_domain::content::BadContent::Type(msgtype)),
        known => Ok(known),
    }
}

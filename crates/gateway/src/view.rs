//! Domain values as JSON, written out by hand at this wall. See PROTOCOL.md §2 and §4.

use kefu_domain::{AgentId, Content, Message, Origin, ServiceState, credit::Closed, message::Line};
use kefu_reception::{Reception, Setup, Standing};
use kefu_store::Conversation;
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

/// A conversation as a list card and header shows it.
#[must_use]
pub fn conversation(reception: &Reception, setup: &Setup, whole: &Conversation) -> Value {
    let door = setup
        .entry_points
        .get(&whole.entry_point)
        .map(|row| &row.entry);
    let account = setup.kf_account(whole.kf_account).ok();
    let now = reception.now();
    let mut value = json!({
        "conversation_id": whole.id,
        "open_kfid": whole.kf_account,
        "kf_name": account.map_or("", |account| account.name.as_str()),
        "customer": {
            "external_userid": whole.customer.id,
            "name": whole.customer.name,
            "avatar_media_id": whole.customer.avatar_media_id,
            "mark": whole.customer.mark,
            "blocked": whole.customer.blocked,
            "owner": whole.customer.owner,
            "owner_name": whole.customer.owner.map(|id| setup.agent_name(id)),
        },
        "entry": {
            "entry_point_id": whole.entry_point,
            "channel": door.map_or("", |door| door.channel.as_str()),
            "name": door.map_or("", |door| door.name.as_str()),
            "source": whole.source,
        },
        "session": session(setup, whole),
        "last": whole.last.as_ref().map(|last| json!({
            "origin": last.origin, "msgtype": last.msgtype, "preview": last.preview, "sent_at": last.sent_at,
            "delivery": last.delivery,
        })),
        "seq": whole.last_seq, "rev": whole.last_rev, "unread": whole.unread,
        "customer_read_seq": whole.customer_read_seq,
        "credits": whole.credits,
        "can_send": { "ok": true },
    });
    let channel = door.and_then(|door| reception.channels().get(&door.channel));
    let closed = match whole.credits {
        Some(credits) => credits.check(now).err(),
        // Where a window is needed, and nothing has been granted yet.
        None => channel
            .and_then(|channel| channel.capabilities().credits)
            .map(|_| Closed::Expired),
    };
    if let Some(closed) = closed {
        let error = kefu_reception::Error::from(kefu_store::StoreError::Window(closed));
        value["can_send"] =
            json!({ "ok": false, "code": error.code(), "reason": error.to_string() });
    }
    if elsewhere(whole).is_some() {
        let error = kefu_reception::Error::ServedElsewhere;
        value["can_send"] =
            json!({ "ok": false, "code": error.code(), "reason": error.to_string() });
    }
    if whole.customer.blocked {
        value["can_send"] = json!({ "ok": false, "code": "blocked", "reason": "客户已拉黑\u{1f}the customer is blocked" });
    }
    value
}

/// Where an open session is served in the platform's own client: the member, or nobody yet.
fn elsewhere(whole: &Conversation) -> Option<&str> {
    let session = whole.session.as_ref()?;
    let open = session.state != ServiceState::Ended;
    session.elsewhere.as_deref().filter(|_| open)
}

fn session(setup: &Setup, whole: &Conversation) -> Value {
    let Some(session) = &whole.session else {
        return Value::Null;
    };
    let rules = setup
        .kf_account(session.kf_account)
        .ok()
        .map(|account| &account.rules);
    let serving = session.state == ServiceState::Serving || session.state == ServiceState::Ended;
    let agent = session.agent.filter(|_| serving);
    let mut value = json!({
        "session_id": session.id, "no": session.no, "service_state": session.state, "fence": session.fence,
        "priority": session.priority, "opened_at": session.opened_at,
    });
    let mut put = |key: &str, one: Option<Value>| {
        if let Some(one) = one {
            value[key] = one;
        }
    };
    put("servicer_userid", agent.map(|id| json!(id)));
    put("servicer_name", agent.map(|id| json!(setup.agent_name(id))));
    put("team_id", session.team.map(|id| json!(id)));
    put(
        "team_name",
        session
            .team
            .and_then(|id| setup.teams.get(&id))
            .map(|row| json!(row.entry.name)),
    );
    put(
        "elsewhere",
        elsewhere(whole).map(|userid| json!({ "userid": userid })),
    );
    put("enqueued_at", session.enqueued_at.map(Value::from));
    put("left_at", session.left_at.map(Value::from));
    put("assigned_at", session.assigned_at.map(Value::from));
    put("ended_at", session.ended_at.map(Value::from));
    put(
        "end_reason",
        session.end_reason.map(|reason| json!(reason.word())),
    );
    put("offered_to", session.offer.map(|offer| json!(offer.agent)));
    put(
        "offer_expires_at",
        session.offer.map(|offer| json!(offer.until)),
    );
    put("why", session.why.as_ref().map(|why| json!(why)));
    put("score", session.score.map(Value::from));
    put(
        "snoozed_until",
        whole
            .snooze
            .filter(|snooze| snooze.stands(session))
            .map(|snooze| json!(snooze.until)),
    );
    if let Some(turn) = session.turn_since {
        put("turn_since_at", Some(json!(turn)));
        if let Some(target) = rules.map(|rules| rules.reply_target_s).filter(|s| *s > 0) {
            let from = turn.max(session.assigned_at.unwrap_or(turn));
            put("reply_due_at", Some(json!(from + i64::from(target) * 1000)));
        }
    }
    put(
        "reply_target_s",
        rules.map(|rules| json!(rules.reply_target_s)),
    );
    put(
        "wait_target_s",
        rules.map(|rules| json!(rules.wait_target_s)),
    );
    value
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

//! Rows to values and back, written out by hand at this wall.

use kefu_domain::{
    AgentId, BrandId, Content, ConversationId, CustomerId, Delivery, EntryPointId, IdentityId,
    KfAccountId, Message, Origin, ServiceState, Session, SessionId, TeamId,
    message::Line,
    session::{Offer, Reason, Stop},
};
use rusqlite::{Row, types::Type};
use xxhash_rust::xxh3::xxh3_64;

use crate::{Conversation, CustomerCard, Last};

/// How many characters of a message a list shows.
pub(super) const PREVIEW: usize = 80;

fn bad(column: usize, what: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, what.into())
}

/// An optional id.
pub(super) fn opt<T>(
    row: &Row<'_>,
    column: usize,
    make: fn([u8; 16]) -> T,
) -> rusqlite::Result<Option<T>> {
    Ok(row.get::<_, Option<[u8; 16]>>(column)?.map(make))
}

/// JSON in a column.
pub(super) fn json<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<T>> {
    match row
        .get_ref(column)?
        .as_str_or_null()
        .map_err(|e| bad(column, &e.to_string()))?
    {
        None => Ok(None),
        Some(text) => serde_json::from_str(text)
            .map(Some)
            .map_err(|e| bad(column, &e.to_string())),
    }
}

pub(super) fn to_json<T: serde::Serialize>(value: Option<&T>) -> Option<String> {
    // Plain data into a string cannot fail.
    value.map(|value| serde_json::to_string(value).unwrap_or_default())
}

/// Of `messages m`.
pub(super) const MESSAGE: &str = "m.conversation, m.seq, m.rev, m.origin, m.agent, m.session, m.entry_point, m.sent_at, m.client_key, m.content, m.delivery, m.failure, m.recalled, m.checksum, m.brand, m.scope, m.said";

/// A message, its checksum compared.
pub(super) fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let text = |column| {
        row.get_ref(column)?
            .as_str_or_null()
            .map_err(|e| bad(column, &e.to_string()))
    };
    let content = text(9)?.ok_or_else(|| bad(9, "content"))?;
    let failure = text(11)?;
    let message = Message {
        conversation: ConversationId::from_bytes(row.get(0)?),
        seq: row.get(1)?,
        rev: row.get(2)?,
        origin: Origin::from_number(row.get(3)?).ok_or_else(|| bad(3, "origin"))?,
        agent: opt(row, 4, AgentId::from_bytes)?,
        session: opt(row, 5, SessionId::from_bytes)?,
        entry_point: EntryPointId::from_bytes(row.get(6)?),
        sent_at: row.get(7)?,
        client_msg_id: row.get(8)?,
        content: Content::from_json(content).map_err(|e| bad(9, &e.to_string()))?,
        delivery: row.get::<_, Option<i64>>(10)?.and_then(delivery_from),
        failure: json(row, 11)?,
        recalled: row.get(12)?,
    };
    let stored: i64 = row.get(13)?;
    let stands = Stands {
        brand: BrandId::from_bytes(row.get(14)?),
        scope: row.get(15)?,
        said: row.get(16)?,
        content,
        failure,
    };
    if stored == stands.checksum(&message, &mut Vec::with_capacity(512)) {
        Ok(message)
    } else {
        Err(bad(13, &format!("checksum of {}", message.id())))
    }
}

/// A hash of what was said.
pub(super) fn said(content: &str) -> i64 {
    xxh3_64(content.as_bytes()).cast_signed()
}

/// What a message's row holds beside the message.
pub(super) struct Stands<'a> {
    pub(super) brand: BrandId,
    /// Whose ids the sender's id is unique among.
    pub(super) scope: [u8; 16],
    /// Hash of the content as first filed.
    pub(super) said: i64,
    pub(super) content: &'a str,
    pub(super) failure: Option<&'a str>,
}

impl Stands<'_> {
    /// Over every column of the row.
    pub(super) fn checksum(&self, message: &Message, scratch: &mut Vec<u8>) -> i64 {
        scratch.clear();
        let mut add = |bytes: &[u8]| scratch.extend_from_slice(bytes);
        add(&message.conversation.bytes());
        add(&message.seq.to_le_bytes());
        add(&message.rev.to_le_bytes());
        add(&self.brand.bytes());
        add(&message.agent.map_or([0; 16], AgentId::bytes));
        add(&message.session.map_or([0; 16], SessionId::bytes));
        add(&message.entry_point.bytes());
        add(&message.sent_at.to_le_bytes());
        add(&self.scope);
        add(&self.said.to_le_bytes());
        let delivery = message.delivery.map_or(-1, delivery_number);
        add(&[
            message.origin as u8,
            u8::from(message.recalled),
            delivery.to_le_bytes()[0],
            u8::from(message.agent.is_some()) | u8::from(message.session.is_some()) << 1,
        ]);
        // Lengths first, so that no text can pass for the end of the one before it.
        for text in [
            &message.client_msg_id,
            self.content,
            self.failure.unwrap_or_default(),
        ] {
            add(&text.len().to_le_bytes());
            add(text.as_bytes());
        }
        xxh3_64(scratch).cast_signed()
    }
}

/// The running hash after one more message. It covers what was first filed: order and presence.
pub(super) fn link(chain: u64, conversation: ConversationId, seq: u64, sent_at: i64) -> u64 {
    let mut bytes = [0; 40];
    bytes[..8].copy_from_slice(&chain.to_le_bytes());
    bytes[8..24].copy_from_slice(&conversation.bytes());
    bytes[24..32].copy_from_slice(&seq.to_le_bytes());
    bytes[32..].copy_from_slice(&sent_at.to_le_bytes());
    xxh3_64(&bytes)
}

pub(super) const fn delivery_number(delivery: Delivery) -> i64 {
    match delivery {
        Delivery::Pending => 0,
        Delivery::Sent => 1,
        Delivery::Delivered => 2,
        Delivery::Read => 3,
        Delivery::Failed => 4,
        Delivery::Unknown => 5,
    }
}

fn delivery_from(number: i64) -> Option<Delivery> {
    [
        Delivery::Pending,
        Delivery::Sent,
        Delivery::Delivered,
        Delivery::Read,
        Delivery::Failed,
        Delivery::Unknown,
    ]
    .into_iter()
    .find(|delivery| delivery_number(*delivery) == number)
}

pub(super) const LINE: &str = "conversation, no, after_seq, agent, event, body, sent_at";

pub(super) fn line(row: &Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line {
        conversation: ConversationId::from_bytes(row.get(0)?),
        no: row.get(1)?,
        after_seq: row.get(2)?,
        agent: opt(row, 3, AgentId::from_bytes)?,
        event: row.get(4)?,
        text: row.get(5)?,
        sent_at: row.get(6)?,
    })
}

pub(super) const SESSION: &str = "id, brand, conversation, kf_account, entry_point, no, service_state, team, agent, fence, offer_agent, offer_until, priority, opened_at, enqueued_at, assigned_at, first_reply_at, turn_since, last_customer_at, last_agent_at, warned_at, ended_at, end_reason, declined, score, comment, why, source, first_seq, last_seq, elsewhere, stops, left_at";

pub(super) fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    let offer_agent = opt(row, 10, AgentId::from_bytes)?;
    let offer_until: Option<i64> = row.get(11)?;
    Ok(Session {
        id: SessionId::from_bytes(row.get(0)?),
        brand: BrandId::from_bytes(row.get(1)?),
        conversation: ConversationId::from_bytes(row.get(2)?),
        kf_account: KfAccountId::from_bytes(row.get(3)?),
        entry_point: EntryPointId::from_bytes(row.get(4)?),
        no: row.get(5)?,
        state: ServiceState::from_number(row.get(6)?).ok_or_else(|| bad(6, "service_state"))?,
        team: opt(row, 7, TeamId::from_bytes)?,
        agent: opt(row, 8, AgentId::from_bytes)?,
        fence: row.get(9)?,
        offer: offer_agent
            .zip(offer_until)
            .map(|(agent, until)| Offer { agent, until }),
        priority: row.get(12)?,
        opened_at: row.get(13)?,
        enqueued_at: row.get(14)?,
        assigned_at: row.get(15)?,
        first_reply_at: row.get(16)?,
        turn_since: row.get(17)?,
        last_customer_at: row.get(18)?,
        last_agent_at: row.get(19)?,
        warned_at: row.get(20)?,
        ended_at: row.get(21)?,
        end_reason: row
            .get::<_, Option<String>>(22)?
            .and_then(|word| Reason::from_word(&word)),
        declined: row
            .get_ref(23)?
            .as_blob()?
            .chunks_exact(16)
            .filter_map(|chunk| chunk.try_into().ok().map(AgentId::from_bytes))
            .collect(),
        score: row.get(24)?,
        comment: row.get(25)?,
        why: row.get(26)?,
        elsewhere: row.get(30)?,
        stops: stops(row, 31)?,
        left_at: row.get(32)?,
    })
}

/// Bytes of a [`Stop`] in its column.
const STOP: usize = 24;

fn stops(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<Stop>> {
    let bytes: Option<Vec<u8>> = row.get(column)?;
    let stop = |chunk: &[u8]| {
        let (team, since) = chunk.split_at_checked(16)?;
        Some(Stop {
            team: TeamId::from_bytes(team.try_into().ok()?),
            since: i64::from_le_bytes(since.try_into().ok()?),
        })
    };
    let chunks = bytes.as_deref().unwrap_or_default().chunks(STOP);
    chunks
        .map(|chunk| stop(chunk).ok_or_else(|| bad(column, "stops")))
        .collect()
}

/// The queues of a wait as their column holds them; read by [`session`].
pub(super) fn stops_bytes(stops: &[Stop]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(stops.len() * STOP);
    for stop in stops {
        bytes.extend(stop.team.bytes());
        bytes.extend(stop.since.to_le_bytes());
    }
    bytes
}

/// A conversation's row joined with customer and identity; session and last message follow.
pub(super) const CONVERSATION: &str = "SELECT v.id, v.brand, v.kf_account, v.entry_point, v.identity,
    i.kind = 'upstream' AND i.entry_point = v.entry_point, i.value,
    v.last_seq, v.last_rev, v.last_line, v.chain, v.customer_read_seq, v.agent_read_seq, v.unread, v.credits,
    v.source, v.last_agent, v.sessions, v.created_at,
    c.id, c.name, c.avatar_media_id, c.mark, c.blocked, c.owner, c.language, v.last_at, v.snooze
  FROM conversations v JOIN customers c ON c.id = v.customer AND c.brand = v.brand
    JOIN identities i ON i.id = v.identity AND i.brand = v.brand";

/// The conversation, its running hash, and the time it is listed under.
pub(super) fn conversation(row: &Row<'_>) -> rusqlite::Result<(Conversation, u64, i64)> {
    let by_platform: bool = row.get(5)?;
    let chain: i64 = row.get(10)?;
    let conversation = Conversation {
        id: ConversationId::from_bytes(row.get(0)?),
        brand: BrandId::from_bytes(row.get(1)?),
        kf_account: KfAccountId::from_bytes(row.get(2)?),
        entry_point: EntryPointId::from_bytes(row.get(3)?),
        identity: IdentityId::from_bytes(row.get(4)?),
        address: if by_platform {
            row.get(6)?
        } else {
            String::new()
        },
        last_seq: row.get(7)?,
        last_rev: row.get(8)?,
        last_line: row.get(9)?,
        customer_read_seq: row.get(11)?,
        agent_read_seq: row.get(12)?,
        unread: row.get(13)?,
        credits: json(row, 14)?,
        source: json(row, 15)?,
        last_agent: opt(row, 16, AgentId::from_bytes)?,
        snooze: json(row, 27)?,
        sessions: row.get(17)?,
        created_at: row.get(18)?,
        customer: CustomerCard {
            id: CustomerId::from_bytes(row.get(19)?),
            name: row.get(20)?,
            avatar_media_id: row.get(21)?,
            mark: row.get(22)?,
            blocked: row.get(23)?,
            owner: opt(row, 24, AgentId::from_bytes)?,
            language: row.get(25)?,
        },
        last: None,
        session: None,
    };
    Ok((conversation, chain.cast_unsigned(), row.get(26)?))
}

/// The type that a list shows of a message that was taken back.
const RECALLED: &str = "recalled";
/// The type of what happened.
const EVENT: &str = "event";

/// Puts the line that a list shows of a message in the place of the one before. What this system says
/// (a place in the queue, a greeting) does not displace what somebody said, and what happened (someone
/// joined, the session ended) displaces nothing.
pub(super) fn show_last(place: &mut Option<Last>, message: &Message) -> bool {
    let by_system = message.origin == Origin::System;
    if let Some(last) = place
        && (matches!(message.content, Content::Event(_))
            || by_system && last.msgtype != EVENT && last.origin != Origin::System)
    {
        return false;
    }
    let last = place.get_or_insert_with(|| Last {
        origin: message.origin,
        msgtype: String::new(),
        preview: String::new(),
        sent_at: 0,
        delivery: None,
    });
    last.origin = message.origin;
    last.sent_at = message.sent_at;
    last.delivery = message.delivery;
    if message.recalled {
        // What was taken back is read nowhere, and not in a list either.
        RECALLED.clone_into(&mut last.msgtype);
        last.preview.clear();
        return true;
    }
    message.content.msgtype().clone_into(&mut last.msgtype);
    match &message.content {
        // Nearly every message: the room of the words before is used again.
        Content::Text(text) => {
            last.preview.clear();
            let end = text.content.char_indices().nth(PREVIEW);
            let shown = end.map_or(text.content.as_str(), |(end, _)| &text.content[..end]);
            if shown
                .bytes()
                .any(|byte| byte < b' ' || byte == 0x7f || byte == 0xc2)
            {
                last.preview = message.content.preview(PREVIEW);
            } else {
                last.preview.push_str(shown);
            }
        }
        other => last.preview = other.preview(PREVIEW),
    }
    true
}

/// Writes a content as JSON into room that is used again.
pub(super) fn write_json<'a>(content: &Content, room: &'a mut Vec<u8>) -> &'a str {
    room.clear();
    // Plain data into memory cannot fail, and what is written is UTF-8.
    let _ = serde_json::to_writer(&mut *room, content);
    std::str::from_utf8(room).unwrap_or_default()
}

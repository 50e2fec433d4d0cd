//! Rows to values and back, written out by hand at this wall.

use kefu_domain::{
    AgentId, BrandId, Content, ConversationId, CustomerId, Delivery, EntryPointId, IdentityId,
    KfAccountId, Message, Origin, ServiceState, Session, SessionId, TeamId,
    message::Line,
    session::{Offer, Reason},
};
use rusqlite::{Connection, Row, params, types::Type};
use xxhash_rust::xxh3::Xxh3;

use super::cache::Entry;
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

pub(super) const MESSAGE: &str = "conversation, seq, rev, origin, agent, session, entry_point, sent_at, client_key, content, delivery, failure, recalled, checksum";

/// A message, its checksum compared.
pub(super) fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let content_json = row
        .get_ref(9)?
        .as_str()
        .map_err(|e| bad(9, &e.to_string()))?;
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
        content: Content::from_json(content_json).map_err(|e| bad(9, &e.to_string()))?,
        delivery: row.get::<_, Option<i64>>(10)?.and_then(delivery_from),
        failure: json(row, 11)?,
        recalled: row.get(12)?,
    };
    let stored: i64 = row.get(13)?;
    if stored
        != checksum(
            message.conversation,
            message.seq,
            message.origin,
            message.sent_at,
            content_json,
        )
    {
        return Err(bad(13, &format!("checksum of {}", message.id())));
    }
    Ok(message)
}

/// Over everything of a message that never changes; a changed content brings a new one.
pub(super) fn checksum(
    conversation: ConversationId,
    seq: u64,
    origin: Origin,
    sent_at: i64,
    content: &str,
) -> i64 {
    let mut hash = Xxh3::new();
    hash.update(&conversation.bytes());
    hash.update(&seq.to_le_bytes());
    hash.update(&[origin as u8]);
    hash.update(&sent_at.to_le_bytes());
    hash.update(content.as_bytes());
    hash.digest().cast_signed()
}

/// The running hash after one more message. It covers what was first filed: order and presence.
pub(super) fn link(chain: u64, conversation: ConversationId, seq: u64, sent_at: i64) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&chain.to_le_bytes());
    hash.update(&conversation.bytes());
    hash.update(&seq.to_le_bytes());
    hash.update(&sent_at.to_le_bytes());
    hash.digest()
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

pub(super) const SESSION: &str = "id, brand, conversation, kf_account, entry_point, no, service_state, team, agent, fence, offer_agent, offer_until, priority, opened_at, enqueued_at, assigned_at, first_reply_at, turn_since, last_customer_at, last_agent_at, warned_at, ended_at, end_reason, declined, score, comment, why, source, first_seq, last_seq";

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
    })
}

/// Writes a conversation's row and its session's.
pub(super) fn write_conversation(connection: &Connection, entry: &Entry) -> rusqlite::Result<()> {
    let conversation = &entry.conversation;
    if let Some(session) = &conversation.session {
        write_session(connection, session, entry)?;
    }
    connection
        .prepare_cached(
            "UPDATE conversations SET entry_point = ?2, identity = ?3, last_seq = ?4, last_rev = ?5, last_line = ?6,
               chain = ?7, customer_read_seq = ?8, agent_read_seq = ?9, unread = ?10, credits = ?11, source = ?12,
               last_agent = ?13, sessions = ?14, last_at = ?15
             WHERE id = ?1 AND brand = ?16",
        )?
        .execute(params![
            conversation.id.bytes(),
            conversation.entry_point.bytes(),
            conversation.identity.bytes(),
            conversation.last_seq,
            conversation.last_rev,
            conversation.last_line,
            entry.chain.cast_signed(),
            conversation.customer_read_seq,
            conversation.agent_read_seq,
            conversation.unread,
            to_json(conversation.credits.as_ref()),
            to_json(conversation.source.as_ref()),
            conversation.last_agent.map(AgentId::bytes),
            conversation.sessions,
            conversation.last.as_ref().map_or(conversation.created_at, |last| last.sent_at),
            conversation.brand.bytes(),
        ])?;
    Ok(())
}

fn write_session(connection: &Connection, s: &Session, entry: &Entry) -> rusqlite::Result<()> {
    let declined: Vec<u8> = s.declined.iter().flat_map(|agent| agent.bytes()).collect();
    let last_seq = entry.conversation.last_seq;
    if entry.new_session {
        connection
            .prepare_cached(
                "INSERT INTO sessions (id, brand, conversation, kf_account, entry_point, no, service_state, team, agent,
                   fence, offer_agent, offer_until, priority, opened_at, enqueued_at, assigned_at, first_reply_at,
                   turn_since, last_customer_at, last_agent_at, warned_at, ended_at, end_reason, declined, score,
                   comment, why, source, first_seq, last_seq)
                 VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,?28,?29,?30)",
            )?
            .execute(params![
                s.id.bytes(), s.brand.bytes(), s.conversation.bytes(), s.kf_account.bytes(), s.entry_point.bytes(),
                s.no, s.state as u8, s.team.map(TeamId::bytes), s.agent.map(AgentId::bytes), s.fence,
                s.offer.map(|o| o.agent.bytes()), s.offer.map(|o| o.until), s.priority, s.opened_at, s.enqueued_at,
                s.assigned_at, s.first_reply_at, s.turn_since, s.last_customer_at, s.last_agent_at, s.warned_at,
                s.ended_at, s.end_reason.map(Reason::word), declined, s.score, s.comment, s.why,
                to_json(entry.conversation.source.as_ref()), entry.first_seq, last_seq,
            ])?;
        return Ok(());
    }
    connection
        .prepare_cached(
            "UPDATE sessions SET entry_point = ?2, service_state = ?3, team = ?4, agent = ?5, fence = ?6,
               offer_agent = ?7, offer_until = ?8, priority = ?9, enqueued_at = ?10, assigned_at = ?11,
               first_reply_at = ?12, turn_since = ?13, last_customer_at = ?14, last_agent_at = ?15, warned_at = ?16,
               ended_at = ?17, end_reason = ?18, declined = ?19, score = ?20, comment = ?21, why = ?22, last_seq = ?23
             WHERE id = ?1 AND brand = ?24",
        )?
        .execute(params![
            s.id.bytes(), s.entry_point.bytes(), s.state as u8, s.team.map(TeamId::bytes), s.agent.map(AgentId::bytes),
            s.fence, s.offer.map(|o| o.agent.bytes()), s.offer.map(|o| o.until), s.priority, s.enqueued_at,
            s.assigned_at, s.first_reply_at, s.turn_since, s.last_customer_at, s.last_agent_at, s.warned_at,
            s.ended_at, s.end_reason.map(Reason::word), declined, s.score, s.comment, s.why, last_seq, s.brand.bytes(),
        ])?;
    Ok(())
}

/// A conversation's row joined with customer and identity; session and last message follow.
pub(super) const CONVERSATION: &str = "SELECT v.id, v.brand, v.kf_account, v.entry_point, v.identity, i.kind, i.value,
    v.last_seq, v.last_rev, v.last_line, v.chain, v.customer_read_seq, v.agent_read_seq, v.unread, v.credits,
    v.source, v.last_agent, v.sessions, v.created_at,
    c.id, c.name, c.avatar_media_id, c.mark, c.blocked, c.owner, c.language
  FROM conversations v JOIN customers c ON c.id = v.customer AND c.brand = v.brand
    JOIN identities i ON i.id = v.identity AND i.brand = v.brand";

pub(super) fn conversation(row: &Row<'_>) -> rusqlite::Result<(Conversation, u64)> {
    let kind: String = row.get(5)?;
    let chain: i64 = row.get(10)?;
    let conversation = Conversation {
        id: ConversationId::from_bytes(row.get(0)?),
        brand: BrandId::from_bytes(row.get(1)?),
        kf_account: KfAccountId::from_bytes(row.get(2)?),
        entry_point: EntryPointId::from_bytes(row.get(3)?),
        identity: IdentityId::from_bytes(row.get(4)?),
        address: if kind == "upstream" {
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
    Ok((conversation, chain.cast_unsigned()))
}

/// The line that a list shows of a message.
pub(super) fn last_of(message: &Message) -> Last {
    Last {
        origin: message.origin,
        msgtype: message.content.msgtype().to_owned(),
        preview: message.content.preview(PREVIEW),
        sent_at: message.sent_at,
        delivery: message.delivery,
    }
}

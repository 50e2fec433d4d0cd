//! Writes conversations' rows back: what this commit must contain, and what has waited long enough.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use kefu_domain::{
    AgentId, ConversationId, ServiceState, Session, TeamId, UnixMs, session::Reason,
};
use rusqlite::{Connection, params};

use super::{
    cache::{Behind, Entry},
    places::write_places,
    rows::{show_last, stops_bytes, to_json},
    writer::Writer,
};
use crate::Result;

/// What only sums up messages waits so long, for more to come.
const WAIT: Duration = Duration::from_millis(2000);
/// Rows written back in one batch for having waited (and an eighth of what waits beyond), so that no
/// batch is slow because of it.
const PORTION: usize = 128;

impl Writer {
    /// Writes what must be written now, and a portion of what has waited.
    pub(super) fn sum_up(&mut self, now: Instant) -> Result<()> {
        let mut hard = std::mem::take(&mut self.cache.hard);
        for id in hard.drain(..) {
            match self.cache.entries.get(&id) {
                Some(entry) if !entry.hard => self.write_parts_back(id)?,
                _ => self.write_back(id)?,
            }
        }
        self.cache.hard = hard;
        let portion = PORTION + self.cache.soft.len() / 8;
        for _ in 0..portion {
            let due = self
                .cache
                .soft
                .front()
                .filter(|(since, _)| *since + WAIT <= now);
            let Some((since, id)) = due.copied() else {
                break;
            };
            self.cache.soft.pop_front();
            // It may have been written meanwhile, and wait anew.
            let entry = self.cache.entries.get(&id);
            if entry.is_some_and(|entry| entry.soft == Some(since)) {
                self.write_back(id)?;
            }
        }
        Ok(())
    }

    /// Writes everything.
    pub(super) fn sum_up_all(&mut self) -> Result<()> {
        self.sum_up(self.began)?;
        while let Some((_, id)) = self.cache.soft.pop_front() {
            self.write_back(id)?;
        }
        Ok(())
    }

    /// Writes one conversation's row, and its session's, if they are behind.
    pub(super) fn write_back(&mut self, id: ConversationId) -> Result<()> {
        let Some(entry) = self.cache.entries.get_mut(&id) else {
            return Ok(());
        };
        if !entry.hard && entry.soft.is_none() {
            return Ok(());
        }
        let written = write_places(&self.connection, entry, &mut self.unplaced)
            .and_then(|()| write_entry(&self.connection, entry));
        written.map_err(|error| {
            self.fatal.consider(&error);
            error.into()
        })
    }

    /// Writes what cannot wait of a conversation whose row can: its session's row, its credits.
    fn write_parts_back(&mut self, id: ConversationId) -> Result<()> {
        let Some(entry) = self.cache.entries.get_mut(&id) else {
            return Ok(());
        };
        let session = match entry.session_hard {
            true => write_session_row(&self.connection, entry),
            false => Ok(()),
        };
        let written = session.and_then(|()| match entry.credits_hard {
            true => write_credits(&self.connection, entry),
            false => Ok(()),
        });
        written.map_err(|error| {
            self.fatal.consider(&error);
            error.into()
        })
    }

    /// Writes the row of a conversation's session, if it is behind.
    pub(super) fn write_session_back(&mut self, id: ConversationId) -> Result<()> {
        let Some(entry) = self.cache.entries.get_mut(&id) else {
            return Ok(());
        };
        write_session_row(&self.connection, entry).map_err(|error| {
            self.fatal.consider(&error);
            error.into()
        })
    }
}

fn write_entry(connection: &Connection, entry: &mut Entry) -> rusqlite::Result<()> {
    write_session_row(connection, entry)?;
    write_conversation(connection, entry)?;
    (entry.hard, entry.soft) = (false, None);
    Ok(())
}

/// The row goes on summing up the messages that it did, so none needs its place yet.
fn write_credits(connection: &Connection, entry: &mut Entry) -> rusqlite::Result<()> {
    let whole = &entry.conversation;
    connection
        .prepare_cached("UPDATE conversations SET credits = ?2 WHERE id = ?1")?
        .execute(params![whole.id.bytes(), to_json(whole.credits.as_ref())])?;
    entry.credits_hard = false;
    Ok(())
}

fn write_session_row(connection: &Connection, entry: &mut Entry) -> rusqlite::Result<()> {
    if let Some(session) = &entry.conversation.session {
        match entry.session {
            Behind::No => (),
            Behind::Times => write_times(connection, session, entry.final_seq)?,
            Behind::Whole => write_session(connection, session, entry.final_seq)?,
            Behind::New => insert_session(connection, session, entry)?,
        }
    }
    entry.session = Behind::No;
    entry.session_hard = false;
    Ok(())
}

fn write_conversation(connection: &Connection, entry: &mut Entry) -> rusqlite::Result<()> {
    let whole = &entry.conversation;
    let last_at = whole
        .last
        .as_ref()
        .map_or(whole.created_at, |last| last.sent_at);
    connection
        .prepare_cached(
            "UPDATE conversations SET entry_point = ?2, identity = ?3, last_seq = ?4, last_rev = ?5, last_line = ?6,
               chain = ?7, customer_read_seq = ?8, agent_read_seq = ?9, unread = ?10, credits = ?11, source = ?12,
               last_agent = ?13, sessions = ?14, snooze = ?15
             WHERE id = ?1",
        )?
        .execute(params![
            whole.id.bytes(),
            whole.entry_point.bytes(),
            whole.identity.bytes(),
            whole.last_seq,
            whole.last_rev,
            whole.last_line,
            entry.chain.cast_signed(),
            whole.customer_read_seq,
            whole.agent_read_seq,
            whole.unread,
            to_json(whole.credits.as_ref()),
            to_json(whole.source.as_ref()),
            whole.last_agent.map(AgentId::bytes),
            whole.sessions,
            to_json(whole.snooze.as_ref()),
        ])?;
    entry.credits_hard = false;
    if last_at != entry.listed_at {
        // Apart, because it moves an index entry.
        connection
            .prepare_cached("UPDATE conversations SET last_at = ?2 WHERE id = ?1")?
            .execute(params![whole.id.bytes(), last_at])?;
        entry.listed_at = last_at;
    }
    Ok(())
}

/// Columns that no index holds.
fn write_times(connection: &Connection, s: &Session, final_seq: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE sessions SET first_reply_at = ?2, turn_since = ?3, last_customer_at = ?4, last_agent_at = ?5,
               warned_at = ?6, last_seq = ?7 WHERE id = ?1",
        )?
        .execute(params![
            s.id.bytes(),
            s.first_reply_at,
            s.turn_since,
            s.last_customer_at,
            s.last_agent_at,
            s.warned_at,
            final_seq,
        ])?;
    Ok(())
}

fn declined(s: &Session) -> Vec<u8> {
    s.declined.iter().flat_map(|agent| agent.bytes()).collect()
}

fn write_session(connection: &Connection, s: &Session, final_seq: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE sessions SET entry_point = ?2, service_state = ?3, team = ?4, agent = ?5, fence = ?6,
               offer_agent = ?7, offer_until = ?8, priority = ?9, enqueued_at = ?10, assigned_at = ?11,
               first_reply_at = ?12, turn_since = ?13, last_customer_at = ?14, last_agent_at = ?15, warned_at = ?16,
               ended_at = ?17, end_reason = ?18, declined = ?19, score = ?20, comment = ?21, why = ?22, last_seq = ?23, elsewhere = ?24,
               stops = ?25, left_at = ?26
             WHERE id = ?1",
        )?
        .execute(params![
            s.id.bytes(), s.entry_point.bytes(), s.state as u8, s.team.map(TeamId::bytes), s.agent.map(AgentId::bytes),
            s.fence, s.offer.map(|o| o.agent.bytes()), s.offer.map(|o| o.until), s.priority, s.enqueued_at,
            s.assigned_at, s.first_reply_at, s.turn_since, s.last_customer_at, s.last_agent_at, s.warned_at,
            s.ended_at, s.end_reason.map(Reason::word), declined(s), s.score, s.comment, s.why, final_seq, s.elsewhere,
            stops_bytes(&s.stops), s.left_at,
        ])?;
    Ok(())
}

fn insert_session(connection: &Connection, s: &Session, entry: &Entry) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO sessions (id, brand, conversation, kf_account, entry_point, no, service_state, team, agent,
               fence, offer_agent, offer_until, priority, opened_at, enqueued_at, assigned_at, first_reply_at,
               turn_since, last_customer_at, last_agent_at, warned_at, ended_at, end_reason, declined, score,
               comment, why, source, first_seq, last_seq, elsewhere, stops, left_at)
             VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,?28,?29,?30,?31,?32,?33)",
        )?
        .execute(params![
            s.id.bytes(), s.brand.bytes(), s.conversation.bytes(), s.kf_account.bytes(), s.entry_point.bytes(),
            s.no, s.state as u8, s.team.map(TeamId::bytes), s.agent.map(AgentId::bytes), s.fence,
            s.offer.map(|o| o.agent.bytes()), s.offer.map(|o| o.until), s.priority, s.opened_at, s.enqueued_at,
            s.assigned_at, s.first_reply_at, s.turn_since, s.last_customer_at, s.last_agent_at, s.warned_at,
            s.ended_at, s.end_reason.map(Reason::word), declined(s), s.score, s.comment, s.why,
            to_json(entry.conversation.source.as_ref()), entry.first_seq, entry.final_seq,
            s.elsewhere, stops_bytes(&s.stops), s.left_at,
        ])?;
    Ok(())
}

/// Moves the summary on by one message.
pub(super) fn fold(entry: &mut Entry, message: &kefu_domain::Message) {
    use kefu_domain::Origin;
    let at: UnixMs = message.sent_at;
    let whole = Arc::make_mut(&mut entry.conversation);
    whole.last_seq = message.seq;
    if show_last(&mut whole.last, message) {
        entry.shown_seq = message.seq;
    }
    let answer = message.is_survey_answer();
    if message.origin == Origin::Customer && !answer {
        whole.unread += 1;
    }
    // After a crash, the session's row may sum up more messages than the conversation's.
    let Some(session) = whole
        .session
        .as_mut()
        .filter(|session| message.session == Some(session.id) && message.seq > entry.final_seq)
    else {
        return;
    };
    if session.state != ServiceState::Ended {
        match message.origin {
            Origin::Customer if answer => (),
            Origin::Customer => {
                session.last_customer_at = at;
                session.turn_since.get_or_insert(at);
                session.warned_at = None;
            }
            Origin::Servicer => {
                session.first_reply_at.get_or_insert(at);
                session.last_agent_at = Some(at);
                session.turn_since = None;
                session.warned_at = None;
            }
            Origin::System | Origin::Assistant => (),
        }
    }
    entry.final_seq = message.seq;
    entry.session_behind(Behind::Times);
}

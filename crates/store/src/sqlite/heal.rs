//! Reads a conversation and folds in the messages that its row does not sum up yet: those that have no
//! place ([`super::places`]).

use std::sync::Arc;

use kefu_domain::{ConversationId, Message};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    cache::{Behind, Entry},
    places::{Range, places, read_rows},
    rows,
    summary::fold,
    writer::Writer,
};
use crate::Result;

/// Messages looked at in one step for the one that a list shows; nearly always it is the last.
const LOOKED: u32 = 16;

impl Writer {
    /// Takes a conversation into memory; false if there is none.
    pub(super) fn take_up(&mut self, id: ConversationId) -> Result<bool> {
        let Some(mut entry) = load(&self.connection, id, self.unplaced.of(id))? else {
            return Ok(false);
        };
        self.unplaced.taken_up(id);
        if !entry.unplaced.is_empty() {
            entry.soft = Some(self.began);
            self.cache.soft.push_back((self.began, id));
        }
        self.cache.entries.insert(id, entry);
        Ok(true)
    }

    /// Takes up the conversations whose rows a crash left behind, so that lists show them where they
    /// belong.
    pub(super) fn load_lagging(&mut self) -> Result<()> {
        for id in self.read_unplaced()? {
            // One bad thread is refused when it is asked for; it does not stop the house.
            if let Err(error) = self.take_up(id) {
                tracing::error!(%error, conversation.id = %id, "a thread cannot be read");
            }
        }
        Ok(())
    }
}

fn load(connection: &Connection, id: ConversationId, unplaced: &[i64]) -> Result<Option<Entry>> {
    let sql = format!("{} WHERE v.id = ?1", rows::CONVERSATION);
    let found = connection
        .prepare_cached(&sql)?
        .query_row(params![id.bytes()], rows::conversation)
        .optional()?;
    let Some((mut conversation, chain, listed_at)) = found else {
        return Ok(None);
    };
    let newest = format!(
        "SELECT {} FROM sessions WHERE conversation = ?1 ORDER BY no DESC LIMIT 1",
        rows::SESSION
    );
    let session = connection
        .prepare_cached(&newest)?
        .query_row(params![id.bytes()], |row| {
            Ok((rows::session(row)?, row.get(28)?, row.get(29)?))
        })
        .optional()?;
    let (first_seq, final_seq) = session
        .as_ref()
        .map_or((0, 0), |(_, first, last)| (*first, *last));
    conversation.session = session.map(|(session, ..)| session);
    if let Some(session) = &conversation.session {
        conversation.sessions = conversation.sessions.max(session.no);
    }
    let summed = conversation.last_seq;
    let mut entry = Entry {
        conversation: Arc::new(conversation),
        chain,
        first_seq,
        final_seq,
        shown_seq: 0,
        unplaced: Vec::new(),
        on_way: Vec::new(),
        outward: None,
        listed_at,
        hard: false,
        session_hard: false,
        credits_hard: false,
        soft: None,
        session: Behind::No,
    };
    if let Some(message) = shown(connection, id, summed)? {
        entry.shown_seq = message.seq;
        rows::show_last(&mut entry.edit().last, &message);
    }
    for (message, row) in read_rows(connection, id, (summed + 1..).zip(unplaced.iter().copied()))?
        .into_iter()
        .zip(unplaced)
    {
        entry.chain = rows::link(entry.chain, id, message.seq, message.sent_at);
        fold(&mut entry, &message);
        entry.unplaced.push(*row);
    }
    // Changes and lines are numbered by the conversation too.
    let (rev, line): (u64, u64) = connection
        .prepare_cached(
            "SELECT coalesce((SELECT max(rev) FROM messages WHERE conversation = ?1 AND rev > 0), 0),
                    coalesce((SELECT max(no) FROM lines WHERE conversation = ?1), 0)",
        )?
        .query_row(params![id.bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let whole = entry.edit();
    whole.last_rev = whole.last_rev.max(rev);
    whole.last_line = whole.last_line.max(line);
    Ok(Some(entry))
}

/// Of the messages that are summed up, the one that a list shows: the newest that somebody said, else
/// the newest that is no event, else the first ([`rows::show_last`]).
fn shown(connection: &Connection, id: ConversationId, summed: u64) -> Result<Option<Message>> {
    let mut query = connection.prepare_cached(
        r#"SELECT origin = 4, substr(content, 1, 18) = '{"msgtype":"event"' FROM messages WHERE id = ?1"#,
    )?;
    let mut best = None;
    let mut before = summed.saturating_add(1);
    loop {
        let range = Range {
            after: 0,
            before: Some(before),
            newest: true,
            limit: LOOKED,
        };
        let some = places(connection, id, &range)?;
        for place in &some {
            let kind: Option<(bool, bool)> = query
                .query_row([place.1], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let (by_system, event) = kind.unwrap_or((true, true));
            if !event && !by_system {
                return Ok(read_rows(connection, id, [*place])?.pop());
            }
            if !event || place.0 == 1 {
                best.get_or_insert(*place);
            }
        }
        match some.last() {
            Some((seq, _)) if *seq > 1 => before = *seq,
            _ => return Ok(read_rows(connection, id, best)?.pop()),
        }
    }
}

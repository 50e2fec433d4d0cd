//! Where a thread's messages stand.
//!
//! Messages lie in the order of their filing. The table `places` finds a thread's among them by their
//! numbers: a page for each thread that is spoken in. Messages therefore get their places with the next
//! summary of their conversation ([`super::summary`]), one row for all of them; until then these are in
//! memory. Two rules hold at every commit: the places of a conversation are those of the messages that
//! its row sums up, and every message up to `placed.upto` has one. After a crash the messages beyond
//! are looked through.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use kefu_domain::{BrandId, ConversationId, Message, MessageId};
use parking_lot::RwLock;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Sqlite, cache::Entry, rows, writer::Writer};
use crate::{Result, StoreError};

/// The conversations that have messages without a place, as of the last commit, or more of them.
pub(super) type Lagging = Arc<RwLock<HashSet<ConversationId>>>;

/// The end of a thread that has no places yet: row numbers, without a gap.
#[derive(Debug, Clone)]
pub(super) struct Tail {
    /// The number of the first of them; beyond all numbers if there are none.
    pub(super) from: u64,
    pub(super) rows: Vec<i64>,
}

impl Tail {
    pub(super) const NONE: Self = Self {
        from: u64::MAX,
        rows: Vec::new(),
    };

    fn of(entry: &Entry) -> Self {
        if entry.unplaced.is_empty() {
            return Self::NONE;
        }
        Self {
            from: entry.placed() + 1,
            rows: entry.unplaced.clone(),
        }
    }

    /// Their numbers and rows.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (u64, i64)> + ExactSizeIterator {
        let from = self.from;
        let with_number = move |(n, row): (usize, &i64)| (from + n as u64, *row);
        self.rows.iter().enumerate().map(with_number)
    }
}

/// What the writer knows of messages without a place.
#[derive(Default)]
pub(super) struct Unplaced {
    /// Of conversations that are not in memory, after a crash; those of a damaged thread stay.
    left: HashMap<ConversationId, Vec<i64>>,
    /// The first such message of each conversation that has one.
    firsts: BTreeSet<i64>,
    /// The last message of all.
    last: i64,
    /// Stored as `placed.upto`.
    upto: i64,
    /// Conversations that came to have such messages in this batch, or lost them.
    moved: Vec<ConversationId>,
    behind: Lagging,
}

impl Unplaced {
    /// For readers.
    pub(super) fn behind(&self) -> Lagging {
        Arc::clone(&self.behind)
    }

    /// What a crash left of a conversation.
    pub(super) fn of(&self, id: ConversationId) -> &[i64] {
        self.left.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The conversation is in memory, with these.
    pub(super) fn taken_up(&mut self, id: ConversationId) {
        self.left.remove(&id);
    }

    /// A message was appended; it is the first that waits in its conversation, or not.
    pub(super) fn appended(&mut self, conversation: ConversationId, row: i64, first: bool) {
        self.last = row;
        if first {
            self.firsts.insert(row);
            self.moved.push(conversation);
        }
    }
}

/// Gives a thread's last messages their places.
pub(super) fn write_places(
    connection: &Connection,
    entry: &mut Entry,
    unplaced: &mut Unplaced,
) -> rusqlite::Result<()> {
    let Some(first) = entry.unplaced.first() else {
        return Ok(());
    };
    unplaced.firsts.remove(first);
    let id = entry.conversation.id;
    unplaced.moved.push(id);
    let places = params![
        id.bytes(),
        entry.placed() + 1,
        rows::to_json(Some(&entry.unplaced))
    ];
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO places (conversation, seq, messages) VALUES (?1, ?2, ?3)",
    )?;
    if insert.execute(places)? == 0 {
        // Memory was wrong about this thread. The check of the store finds the messages.
        tracing::error!(conversation.id = %id, "message numbers are taken");
    }
    entry.unplaced.clear();
    Ok(())
}

impl Writer {
    /// After a commit: tells the readers which conversations are behind.
    pub(super) fn tell_readers(&mut self) {
        if self.unplaced.moved.is_empty() {
            return;
        }
        let mut behind = self.unplaced.behind.write();
        for id in self.unplaced.moved.drain(..) {
            let entry = self.cache.entries.get(&id);
            if entry.is_some_and(|entry| !entry.unplaced.is_empty()) {
                behind.insert(id);
            } else {
                behind.remove(&id);
            }
        }
    }

    /// Stores up to where every message has its place.
    pub(super) fn mark_placed(&mut self) -> Result<()> {
        let first = self.unplaced.firsts.first();
        let upto = first.map_or(self.unplaced.last, |first| first - 1);
        if upto > self.unplaced.upto {
            let marked = self
                .connection
                .prepare_cached("UPDATE placed SET upto = ?1")
                .and_then(|mut update| update.execute([upto]));
            self.broke(marked)?;
            self.unplaced.upto = upto;
        }
        Ok(())
    }

    /// Reads which messages have no place; answers their conversations.
    pub(super) fn read_unplaced(&mut self) -> Result<Vec<ConversationId>> {
        // In the order of their filing, which is that of their numbers.
        let mut left: HashMap<_, Vec<i64>> = HashMap::new();
        let (upto, last): (i64, i64) = self
            .connection
            .prepare_cached("SELECT upto, coalesce((SELECT max(id) FROM messages), 0) FROM placed")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut query = self.connection.prepare_cached(
            "SELECT m.conversation, m.id FROM messages m JOIN conversations v ON v.id = m.conversation
             WHERE m.id > ?1 AND m.seq > v.last_seq ORDER BY m.id",
        )?;
        let rows = query.query_map([upto], |row| {
            Ok((ConversationId::from_bytes(row.get(0)?), row.get(1)?))
        })?;
        for row in rows {
            let (conversation, message) = row?;
            left.entry(conversation).or_default().push(message);
        }
        let conversations: Vec<_> = left.keys().copied().collect();
        self.unplaced.behind.write().extend(&conversations);
        self.unplaced.firsts = left
            .values()
            .filter_map(|rows| rows.first().copied())
            .collect();
        self.unplaced.moved.clear();
        (self.unplaced.upto, self.unplaced.last) = (upto, last);
        self.unplaced.left = left;
        Ok(conversations)
    }

    /// The end of a thread that a reader does not find by its places.
    pub(super) fn tail(&mut self, brand: BrandId, id: ConversationId) -> Result<Tail> {
        self.entry(brand, id).map(|entry| Tail::of(entry))
    }

    /// The row of a message.
    pub(super) fn row_of(&self, id: MessageId) -> Result<Option<i64>> {
        if let Some(entry) = self.cache.entries.get(&id.conversation)
            && id.seq > entry.placed()
        {
            let waiting = usize::try_from(id.seq - entry.placed() - 1).unwrap_or(usize::MAX);
            return Ok(entry.unplaced.get(waiting).copied());
        }
        let range = Range {
            after: id.seq.saturating_sub(1),
            before: Some(id.seq.saturating_add(1)),
            newest: false,
            limit: 1,
        };
        let found = places(&self.connection, id.conversation, &range)?;
        Ok(found.first().map(|(_, row)| *row))
    }

    /// How many messages of the customer come after a number.
    pub(super) fn customers_after(
        &mut self,
        brand: BrandId,
        id: ConversationId,
        seq: u64,
    ) -> Result<u32> {
        let range = Range {
            after: seq,
            before: None,
            newest: false,
            limit: u32::MAX,
        };
        let mut rows = places(&self.connection, id, &range)?;
        rows.extend(
            self.tail(brand, id)?
                .iter()
                .filter(|(number, _)| *number > seq),
        );
        let mut query = self
            .connection
            .prepare_cached("SELECT 1 FROM messages WHERE id = ?1 AND origin = 3")?;
        let mut count = 0;
        for (_, row) in rows {
            count += u32::from(query.exists([row])?);
        }
        Ok(count)
    }
}

impl Sqlite {
    /// The end of a thread that has no places yet; asks the writer only if there is one.
    pub(super) async fn tail(&self, brand: BrandId, id: ConversationId) -> Result<Tail> {
        if !self.behind.read().contains(&id) {
            return Ok(Tail::NONE);
        }
        match self.write(move |writer| writer.tail(brand, id)).await {
            Err(StoreError::NotFound) => Ok(Tail::NONE),
            other => other,
        }
    }
}

/// Which messages of a thread.
pub(super) struct Range {
    pub(super) after: u64,
    pub(super) before: Option<u64>,
    /// The last of them, not the first.
    pub(super) newest: bool,
    pub(super) limit: u32,
}

/// The places of a range, in the order in which they are asked for.
pub(super) fn places(
    connection: &Connection,
    conversation: ConversationId,
    range: &Range,
) -> Result<Vec<(u64, i64)>> {
    let before = range.before.unwrap_or(u64::MAX);
    let order = if range.newest { "DESC" } else { "ASC" };
    // From the row that the first number of the range may be in.
    let sql = format!(
        "SELECT seq, messages FROM places WHERE conversation = ?1 AND seq < ?3 AND seq >=
           coalesce((SELECT max(seq) FROM places WHERE conversation = ?1 AND seq <= ?2), 0)
         ORDER BY seq {order}"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let first = range.after.saturating_add(1);
    let mut rows = query.query(params![conversation.bytes(), number(first), number(before)])?;
    let mut found = Vec::new();
    while found.len() < range.limit as usize
        && let Some(row) = rows.next()?
    {
        let (from, messages): (u64, Vec<i64>) =
            (row.get(0)?, rows::json(row, 1)?.unwrap_or_default());
        let mut some: Vec<_> = (from..)
            .zip(messages)
            .filter(|(seq, _)| (first..before).contains(seq))
            .collect();
        if range.newest {
            some.reverse();
        }
        found.extend(some);
    }
    found.truncate(range.limit as usize);
    Ok(found)
}

/// A number as SQLite keeps it; beyond its range there is nothing.
pub(super) fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// Reads messages by their rows; one that is another's is refused.
pub(super) fn read_rows(
    connection: &Connection,
    conversation: ConversationId,
    places: impl IntoIterator<Item = (u64, i64)>,
) -> Result<Vec<Message>> {
    let sql = format!("SELECT {} FROM messages m WHERE m.id = ?1", rows::MESSAGE);
    let mut query = connection.prepare_cached(&sql)?;
    let mut messages = Vec::new();
    for (seq, row) in places {
        let message = query.query_row([row], rows::message).optional()?;
        let meant = MessageId { conversation, seq };
        match message {
            Some(message) if message.id() == meant => messages.push(message),
            _ => {
                return Err(StoreError::Corrupt(format!(
                    "{conversation} lacks message {seq}"
                )));
            }
        }
    }
    Ok(messages)
}

//! The writer's memory of conversations in use.
//!
//! A conversation's row sums up its messages. While it is only the summary that moved, the row is
//! written back within about a second ([`super::summary`]); [`super::heal`] folds the rest in after a
//! crash. A change that messages do not tell is written in the same transaction: a session's state to
//! the session's row, credits to their column, anything else (read marks) to the conversation's row.

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
    time::Instant,
};

use kefu_domain::{BrandId, ConversationId, MessageId, ServiceState, UnixMs};
use rusqlite::{OptionalExtension, params};

use super::{
    on_way::{OnWay, Outward},
    writer::Writer,
};
use crate::{Conversation, Result, StoreError};

/// Conversations kept at most, once everything is written back.
const KEPT: usize = 20_000;

/// How much of a session's row is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Behind {
    /// Nothing.
    No,
    /// Times and counts that its messages tell.
    Times,
    /// Any of it.
    Whole,
    /// There is no row yet.
    New,
}

/// How soon a change is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// With others: messages tell it.
    Later,
    /// The session's row now, the conversation's later.
    Session,
    /// The credits now, the rest of the row later: they move with every message through a platform.
    Credits,
    /// Both now.
    Now,
}

/// A conversation in memory.
pub(super) struct Entry {
    pub(super) conversation: Arc<Conversation>,
    /// Running hash over its messages.
    pub(super) chain: u64,
    /// First message of the session.
    pub(super) first_seq: u64,
    /// Last message of the session.
    pub(super) final_seq: u64,
    /// The message that a list shows; events show only while there is nothing else.
    pub(super) shown_seq: u64,
    /// Rows of its last messages, which have no place yet ([`super::places`]).
    pub(super) unplaced: Vec<i64>,
    /// Its messages on their way out, and its intents so far as they are known.
    pub(super) on_way: Vec<OnWay>,
    pub(super) outward: Option<Outward>,
    /// The time of activity that its row is listed under.
    pub(super) listed_at: UnixMs,
    /// Must be written with this commit.
    pub(super) hard: bool,
    /// The session's row must.
    pub(super) session_hard: bool,
    /// The credits must.
    pub(super) credits_hard: bool,
    /// May be written later; since when it waits.
    pub(super) soft: Option<Instant>,
    pub(super) session: Behind,
}

impl Entry {
    pub(super) fn edit(&mut self) -> &mut Conversation {
        Arc::make_mut(&mut self.conversation)
    }

    /// Messages that have their place.
    pub(super) fn placed(&self) -> u64 {
        self.conversation.last_seq - self.unplaced.len() as u64
    }

    /// The open session's part of the row is behind by so much.
    pub(super) fn session_behind(&mut self, by: Behind) {
        self.session = self.session.max(by);
    }

    pub(super) fn has_open_session(&self) -> bool {
        self.conversation
            .session
            .as_ref()
            .is_some_and(|session| session.state != ServiceState::Ended)
    }
}

/// Ids are random in their low bits already.
#[derive(Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_ne_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_u128(&mut self, bits: u128) {
        self.write_u64(bits as u64);
        self.write_u64((bits >> 64) as u64);
    }
}

#[derive(Default)]
pub(super) struct Cache {
    pub(super) entries: HashMap<ConversationId, Entry, BuildHasherDefault<IdHasher>>,
    /// To be written with this commit, whole or in part.
    pub(super) hard: Vec<ConversationId>,
    /// To be written in time, oldest first; some may have been written since.
    pub(super) soft: VecDeque<(Instant, ConversationId)>,
}

impl Cache {
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.hard.clear();
        self.soft.clear();
    }

    /// Forgets clean ones when there are too many.
    pub(super) fn trim(&mut self) {
        if self.entries.len() > KEPT {
            let mut surplus = self.entries.len() - KEPT / 2;
            self.entries.retain(|_, entry| {
                let keep = entry.soft.is_some() || entry.hard || surplus == 0;
                surplus -= usize::from(!keep);
                keep
            });
        }
    }
}

impl Writer {
    /// The conversation, from memory or disk.
    pub(super) fn entry(&mut self, brand: BrandId, id: ConversationId) -> Result<&mut Entry> {
        if !self.cache.entries.contains_key(&id) && !self.take_up(id)? {
            return Err(StoreError::NotFound);
        }
        self.cache
            .entries
            .get_mut(&id)
            .filter(|entry| entry.conversation.brand == brand)
            .ok_or(StoreError::NotFound)
    }

    /// Marks a conversation as changed.
    pub(super) fn touch(&mut self, id: ConversationId, due: Due) {
        let Some(entry) = self.cache.entries.get_mut(&id) else {
            return;
        };
        let listed = entry.hard || entry.session_hard || entry.credits_hard;
        if due != Due::Later && !listed {
            self.cache.hard.push(id);
        }
        match due {
            Due::Now => entry.hard = true,
            Due::Session => entry.session_hard = true,
            Due::Credits => entry.credits_hard = true,
            Due::Later => (),
        }
        if !entry.hard && entry.soft.is_none() {
            entry.soft = Some(self.began);
            self.cache.soft.push_back((self.began, id));
        }
    }

    /// What is in memory now, for a reader who wants it exact.
    pub(super) fn snapshot(
        &mut self,
        brand: BrandId,
        id: ConversationId,
    ) -> Result<Arc<Conversation>> {
        self.entry(brand, id)
            .map(|entry| Arc::clone(&entry.conversation))
    }

    /// Where a sender's id was used before.
    pub(super) fn find_key(&mut self, scope: [u8; 16], key: &str) -> Result<Option<MessageId>> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT conversation, seq FROM messages WHERE client_key = ?2 AND scope = ?1",
            )
            .and_then(|mut query| {
                query
                    .query_row(params![scope, key], |row| {
                        Ok(MessageId {
                            conversation: ConversationId::from_bytes(row.get(0)?),
                            seq: row.get(1)?,
                        })
                    })
                    .optional()
            });
        self.broke(found)
    }
}

//! The writer's memory of conversations in use.
//!
//! A conversation's row sums up its messages. While it is only the summary that moved, the row is
//! written back within a second; [`super::heal`] folds the rest in after a crash. A change that
//! messages do not tell (a session's state, credits) is written in the same transaction.

use std::{collections::HashMap, sync::Arc};

use kefu_domain::{BrandId, ConversationId, MessageId, Origin, UnixMs};
use rusqlite::{OptionalExtension, params};

use super::{rows, writer::Writer};
use crate::{Conversation, Result, StoreError};

/// Conversations kept at most, once everything is written back.
const KEPT: usize = 20_000;

/// A conversation in memory.
pub(super) struct Entry {
    pub(super) conversation: Arc<Conversation>,
    /// Running hash over the checksums of its messages.
    pub(super) chain: u64,
    /// First message of the session, for counting.
    pub(super) first_seq: u64,
    /// Must be written before this commit.
    pub(super) hard: bool,
    /// May be written later.
    pub(super) soft: bool,
    /// The session has no row yet.
    pub(super) new_session: bool,
}

impl Entry {
    pub(super) fn edit(&mut self) -> &mut Conversation {
        Arc::make_mut(&mut self.conversation)
    }
}

#[derive(Default)]
pub(super) struct Cache {
    entries: HashMap<ConversationId, Entry>,
    dirty: Vec<ConversationId>,
}

impl Cache {
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.dirty.clear();
    }

    /// Forgets clean ones when there are too many.
    pub(super) fn trim(&mut self) {
        if self.entries.len() > KEPT {
            let mut surplus = self.entries.len() - KEPT / 2;
            self.entries.retain(|_, entry| {
                let keep = entry.soft || entry.hard || surplus == 0;
                surplus -= usize::from(!keep);
                keep
            });
        }
    }

    pub(super) fn get(&mut self, id: ConversationId) -> Option<&mut Entry> {
        self.entries.get_mut(&id)
    }

    pub(super) fn insert(&mut self, entry: Entry) {
        self.entries.insert(entry.conversation.id, entry);
    }

    /// Conversations of a customer that are in memory.
    pub(super) fn of_customer(&mut self, id: kefu_domain::CustomerId) -> Vec<&mut Entry> {
        self.entries
            .values_mut()
            .filter(|entry| entry.conversation.customer.id == id)
            .collect()
    }
}

impl Writer {
    /// The conversation, from memory or disk.
    pub(super) fn entry(&mut self, brand: BrandId, id: ConversationId) -> Result<&mut Entry> {
        if self.cache.get(id).is_none() {
            let entry = self.load(id)?.ok_or(StoreError::NotFound)?;
            self.cache.insert(entry);
        }
        self.cache
            .get(id)
            .filter(|entry| entry.conversation.brand == brand)
            .ok_or(StoreError::NotFound)
    }

    /// Marks a conversation as changed: `hard` if its messages do not tell the change.
    pub(super) fn touch(&mut self, id: ConversationId, hard: bool) {
        let Some(entry) = self.cache.entries.get_mut(&id) else {
            return;
        };
        if !entry.soft && !entry.hard {
            self.cache.dirty.push(id);
        }
        entry.soft = true;
        entry.hard |= hard;
    }

    /// Writes changed conversations back: the hard ones, or all.
    pub(super) fn sum_up(&mut self, all: bool) -> Result<()> {
        let dirty = std::mem::take(&mut self.cache.dirty);
        for id in dirty {
            let Some(entry) = self.cache.entries.get_mut(&id) else {
                continue;
            };
            if !all && !entry.hard {
                self.cache.dirty.push(id);
                continue;
            }
            let written = rows::write_conversation(&self.connection, entry);
            (entry.hard, entry.soft, entry.new_session) = (false, false, false);
            self.broke(written)?;
        }
        Ok(())
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
                "SELECT conversation, seq FROM messages WHERE scope = ?1 AND client_key = ?2",
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
        Ok(found?)
    }
}

/// Moves the summary on by one message.
pub(super) fn fold(conversation: &mut Conversation, origin: Origin, last: crate::Last, at: UnixMs) {
    conversation.last = Some(last);
    if origin == Origin::Customer {
        conversation.unread += 1;
    }
    if let Some(session) = conversation
        .session
        .as_mut()
        .filter(|s| s.ended_at.is_none())
    {
        match origin {
            Origin::Customer => {
                session.last_customer_at = at;
                session.turn_since.get_or_insert(at);
                session.warned_at = None;
            }
            Origin::Servicer => {
                session.first_reply_at.get_or_insert(at);
                session.last_agent_at = Some(at);
                session.turn_since = None;
            }
            Origin::System | Origin::Assistant => (),
        }
    }
}

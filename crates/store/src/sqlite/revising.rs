//! Changes to what was filed: taken back, replaced, delivered; and to conversations themselves.

use std::sync::Arc;

use kefu_domain::{BrandId, Content, ConversationId, Message, MessageId};
use rusqlite::{OptionalExtension, params};

use super::{
    cache::Due,
    filing::serving,
    rows::{self, Stands},
    writer::Writer,
};
use crate::{Change, Conversation, Result, StoreError};

/// What of a message's row never changes and is not part of the message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filing {
    pub(super) row: i64,
    pub(super) scope: [u8; 16],
    pub(super) said: i64,
}

impl Writer {
    /// One message; with it, whose ids its sender's id is unique among, and the hash of what was said.
    fn message(&self, brand: BrandId, id: MessageId) -> Result<(Message, Filing)> {
        if let Some(found) = self.on_way(brand, id) {
            return Ok(found);
        }
        let row = self.row_of(id)?.ok_or(StoreError::NotFound)?;
        let sql = format!(
            "SELECT {} FROM messages m WHERE m.id = ?1 AND m.brand = ?2",
            rows::MESSAGE
        );
        self.connection
            .prepare_cached(&sql)?
            .query_row(params![row, brand.bytes()], |found| {
                let filing = Filing {
                    row,
                    scope: found.get(15)?,
                    said: found.get(16)?,
                };
                Ok((rows::message(found)?, filing))
            })
            .optional()?
            .filter(|(message, _)| message.id() == id)
            .ok_or(StoreError::NotFound)
    }

    /// One message, its checksum compared.
    pub(super) fn read_message(&self, brand: BrandId, id: MessageId) -> Result<Message> {
        self.message(brand, id).map(|(message, _)| message)
    }

    /// Changes what became of a message: the next `rev`, told to everyone. The change says whether
    /// it is one; it may not touch what was filed.
    pub(super) fn revise(
        &mut self,
        brand: BrandId,
        id: MessageId,
        change: impl FnOnce(&mut Message) -> bool,
    ) -> Result<()> {
        let (mut message, filing) = self.message(brand, id)?;
        if change(&mut message) {
            self.rewrite(brand, message, filing)?;
        }
        Ok(())
    }

    /// Replaces what a message says.
    pub(super) fn amend(&mut self, brand: BrandId, id: MessageId, content: Content) -> Result<()> {
        self.revise(brand, id, |message| {
            let other = message.content != content;
            message.content = content;
            other
        })
    }

    fn rewrite(&mut self, brand: BrandId, mut message: Message, filing: Filing) -> Result<()> {
        let id = message.id();
        let entry = self.entry(brand, id.conversation)?;
        message.rev = entry.conversation.last_rev + 1;
        let json = message.content.to_json();
        let failure = rows::to_json(message.failure.as_ref());
        let stands = Stands {
            brand,
            scope: filing.scope,
            said: filing.said,
            content: &json,
            failure: failure.as_deref(),
        };
        let checksum = stands.checksum(&message, &mut self.scratch);
        let updated = self.connection.prepare_cached(
            "UPDATE messages SET rev = ?2, content = ?3, delivery = ?4, failure = ?5, recalled = ?6, checksum = ?7
             WHERE id = ?1",
        ).and_then(|mut update| update.execute(params![
            filing.row, message.rev, json, message.delivery.map(rows::delivery_number),
            failure, message.recalled, checksum,
        ]));
        self.broke(updated)?;
        let entry = self.entry(brand, id.conversation)?;
        let shown = entry.shown_seq == id.seq;
        let whole = entry.edit();
        whole.last_rev = message.rev;
        if shown {
            whole.last = None;
            rows::show_last(&mut whole.last, &message);
        }
        let agent = serving(whole);
        let message = Arc::new(message);
        entry.revise_on_way(&message);
        self.changes.push(Change::Message {
            brand,
            message,
            agent,
        });
        self.touch(id.conversation, Due::Later);
        Ok(())
    }

    /// Changes a conversation by hand and tells it; the change says whether it is one.
    pub(super) fn adjust(
        &mut self,
        brand: BrandId,
        id: ConversationId,
        change: impl FnOnce(&mut Conversation) -> bool,
    ) -> Result<()> {
        let entry = self.entry(brand, id)?;
        let mut whole = (*entry.conversation).clone();
        if !change(&mut whole) {
            return Ok(());
        }
        entry.conversation = Arc::new(whole);
        let conversation = Arc::clone(&entry.conversation);
        self.changes.push(Change::Conversation { conversation });
        self.touch(id, Due::Now);
        Ok(())
    }

    /// Moves the agents' mark forward and counts what is left unread.
    pub(super) fn agent_read(
        &mut self,
        brand: BrandId,
        id: ConversationId,
        seq: u64,
    ) -> Result<()> {
        let whole = Arc::clone(&self.entry(brand, id)?.conversation);
        let to = seq.min(whole.last_seq);
        if to <= whole.agent_read_seq {
            return Ok(());
        }
        let unread: u32 = if to == whole.last_seq {
            0
        } else {
            self.customers_after(brand, id, to)?
        };
        drop(whole);
        self.adjust(brand, id, |whole| {
            whole.agent_read_seq = to;
            whole.unread = unread;
            true
        })
    }
}

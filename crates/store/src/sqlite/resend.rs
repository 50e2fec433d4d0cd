//! Once more, because a person says so; or now, because the reason to wait is over.

use kefu_domain::{BrandId, Content, Delivery, EntryPointId, OutboxId, UnixMs};
use rusqlite::params;

use super::writer::Writer;
use crate::{Change, HandoffStatus, MESSAGE, OutboxState, Result, StoreError};

impl Writer {
    /// Makes due what is kept back at a door for a reason. What is leased is due at another time than it
    /// is tried next; what a row will not have waited does not count as waited.
    pub(super) fn release_held(
        &mut self,
        entry_point: EntryPointId,
        code: &str,
        now: UnixMs,
        most: u32,
    ) -> Result<u32> {
        let released = self
            .connection
            .prepare_cached(
                "UPDATE outbox SET held_ms = max(held_ms - (due_at - ?2), 0), next_at = ?2, due_at = ?2
                 WHERE id IN (SELECT id FROM outbox WHERE entry_point = ?1 AND due_at > ?2 AND next_at = due_at
                   AND json_extract(failure, '$.code') = ?3 LIMIT ?4)",
            )
            .and_then(|mut update| update.execute(params![entry_point.bytes(), now, code, most]));
        let released = self.broke(released)?;
        Ok(u32::try_from(released).unwrap_or(most))
    }

    pub(super) fn resend(
        &mut self,
        brand: BrandId,
        id: OutboxId,
        fresh: OutboxId,
        at: UnixMs,
    ) -> Result<()> {
        let row = self
            .outbox_by_id(id)?
            .filter(|row| row.brand == brand)
            .ok_or(StoreError::NotFound)?;
        if !matches!(row.state, OutboxState::Dead | OutboxState::Unknown) {
            return Err(StoreError::Conflict("it is not dead".to_owned()));
        }
        if row.seq > 0
            && let Content::Handoff(card) = self.read_message(brand, row.message())?.content
            && card.status == HandoffStatus::Failed.word()
        {
            return Err(StoreError::Conflict(
                "its code was taken back: offer it anew".to_owned(),
            ));
        }
        // What is dead was paid back; what may have been taken is paid for still.
        if row.state == OutboxState::Dead && row.kind == MESSAGE {
            let whole = &self.entry(brand, row.conversation)?.conversation;
            if whole.entry_point != row.entry_point {
                return Err(StoreError::EntryMoved);
            }
            if let Some(mut credits) = whole.credits {
                credits.take(at)?;
                self.adjust(brand, row.conversation, |whole| {
                    whole.credits = Some(credits);
                    true
                })?;
            }
        }
        // What is dead did not arrive, though the platform may know its id: it gets another. What may
        // have been taken keeps its id, so that "used before" still means sent.
        let (renamed, again) = match row.state {
            OutboxState::Unknown => (id, true),
            _ => (fresh, false),
        };
        // What was filed after it may be on its way: it goes to the end of the lane.
        let updated = self
            .connection
            .prepare_cached(
                "UPDATE outbox SET id = ?4, state = 0, attempts = 0, refused = 0, held_ms = 0, again = ?5, created_at = ?2, next_at = ?2, expires_at = NULL,
                   no = (SELECT max(no) + 1 FROM outbox),
                   due_at = CASE WHEN EXISTS (SELECT 1 FROM outbox WHERE conversation = ?3 AND state = 0) THEN NULL ELSE ?2 END
                 WHERE id = ?1",
            )
            .and_then(|mut update| update.execute(params![
                id.bytes(), at, row.conversation.bytes(), renamed.bytes(), again,
            ]));
        self.broke(updated)?;
        if row.seq > 0 {
            self.revise(brand, row.message(), |message| {
                message.delivery = Some(Delivery::Pending);
                message.failure = None;
                true
            })?;
        }
        self.forget_outward(&row);
        self.changes.push(Change::Outbox { brand });
        Ok(())
    }
}

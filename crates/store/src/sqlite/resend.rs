//! Once more, because a person says so.

use kefu_domain::{BrandId, Content, Delivery, OutboxId, UnixMs};
use rusqlite::params;

use super::writer::Writer;
use crate::{Change, HandoffStatus, MESSAGE, OutboxState, Result, StoreError};

impl Writer {
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
        self.changes.push(Change::Outbox { brand });
        Ok(())
    }
}

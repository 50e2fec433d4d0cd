//! Settling: what became of an intent, and of the message that it carried.

use kefu_domain::{BrandId, Delivery, Failure, OutboxId, UnixMs};
use rusqlite::params;

use super::{rows, writer::Writer};
use crate::{Change, MESSAGE, OutboxRow, OutboxState, Result, Settled, StoreError};

impl Writer {
    pub(super) fn settle(&mut self, id: OutboxId, settled: Settled, at: UnixMs) -> Result<()> {
        let row = self.outbox_by_id(id)?.ok_or(StoreError::NotFound)?;
        // A late word about a row that is settled: only that it was taken after all is news.
        let news = match row.state {
            OutboxState::Pending => true,
            OutboxState::Done => false,
            OutboxState::Dead | OutboxState::Unknown => matches!(settled, Settled::Sent),
        };
        if !news {
            return Ok(());
        }
        match settled {
            Settled::Retry {
                at,
                failure,
                certain,
            } => {
                let updated = self
                    .connection
                    .prepare_cached(
                        "UPDATE outbox SET next_at = ?2, due_at = ?2, failure = ?3, refused = refused + ?4 WHERE id = ?1",
                    )
                    .and_then(|mut update| {
                        update.execute(params![id.bytes(), at, rows::to_json(Some(&failure)), certain])
                    });
                self.broke(updated)?;
                self.changes.push(Change::Outbox { brand: row.brand });
                Ok(())
            }
            Settled::Held { at: until, failure } => {
                let updated = self
                    .connection
                    .prepare_cached(
                        "UPDATE outbox SET next_at = ?2, due_at = ?2, failure = ?3, attempts = max(attempts - 1, 0),
                           held_ms = held_ms + max(?2 - ?4, 0) WHERE id = ?1",
                    )
                    .and_then(|mut update| {
                        update.execute(params![id.bytes(), until, rows::to_json(Some(&failure)), at])
                    });
                self.broke(updated)?;
                self.changes.push(Change::Outbox { brand: row.brand });
                Ok(())
            }
            Settled::Later { at } => {
                let updated = self
                    .connection
                    .prepare_cached(
                        "UPDATE outbox SET next_at = ?2, due_at = ?2, attempts = max(attempts - 1, 0) WHERE id = ?1",
                    )
                    .and_then(|mut update| update.execute(params![id.bytes(), at]));
                self.broke(updated)?;
                self.changes.push(Change::Outbox { brand: row.brand });
                Ok(())
            }
            Settled::Sent => self.close_row(&row, OutboxState::Done, at, None),
            Settled::Unknown { failure } => {
                self.close_row(&row, OutboxState::Unknown, at, Some(&failure))
            }
            Settled::Closed { failure, spent } => {
                self.close_row(&row, OutboxState::Dead, at, Some(&failure))?;
                self.adjust(row.brand, row.conversation, |whole| {
                    whole.credits.as_mut().is_some_and(|credits| {
                        credits.close(spent, at);
                        true
                    })
                })
            }
            Settled::Dead { failure, refund } => {
                self.close_row(&row, OutboxState::Dead, at, Some(&failure))?;
                // Only messages as such were paid for.
                if refund && row.kind == MESSAGE {
                    self.adjust(row.brand, row.conversation, |whole| {
                        whole.credits.as_mut().is_some_and(|credits| {
                            credits.give_back();
                            true
                        })
                    })?;
                }
                Ok(())
            }
        }
    }

    /// Settles a row for good, the message's delivery with it, and hands its lane on.
    pub(super) fn close_row(
        &mut self,
        row: &OutboxRow,
        state: OutboxState,
        at: UnixMs,
        failure: Option<&Failure>,
    ) -> Result<()> {
        let updated = self
            .connection
            .prepare_cached("UPDATE outbox SET state = ?2, next_at = ?3, due_at = NULL, failure = ?4 WHERE id = ?1")
            .and_then(|mut update| {
                update.execute(params![row.id.bytes(), state as u8, at, rows::to_json(failure)])
            });
        self.broke(updated)?;
        if row.state == OutboxState::Pending {
            self.hand_on(row.brand, row.conversation)?;
        }
        if row.seq == 0 {
            self.went_out(row, state, at);
            return Ok(());
        }
        let delivery = match state {
            OutboxState::Done => Delivery::Sent,
            OutboxState::Unknown => Delivery::Unknown,
            OutboxState::Dead | OutboxState::Pending => Delivery::Failed,
        };
        let told = self.revise(row.brand, row.message(), |message| {
            let further = state == OutboxState::Done
                && matches!(message.delivery, Some(Delivery::Delivered | Delivery::Read));
            let changed = message.delivery != Some(delivery) || message.failure.as_ref() != failure;
            if changed && !further {
                message.delivery = Some(delivery);
                message.failure = failure.cloned();
            }
            changed && !further
        });
        let told = told.and_then(|()| match delivery {
            Delivery::Failed => self.fail_offer(row.brand, row.message(), at),
            _ => Ok(()),
        });
        self.went_out(row, state, at);
        match told {
            // The row is settled all the same; the message is refused wherever it is read.
            Err(error @ (StoreError::Corrupt(_) | StoreError::NotFound)) => {
                tracing::error!(%error, outbox.id = %row.id, "the message of an intent cannot be read");
                Ok(())
            }
            other => other,
        }
    }

    /// The platform says later that a message it took did not arrive.
    pub(super) fn fail_sent(
        &mut self,
        brand: BrandId,
        id: OutboxId,
        failure: Failure,
    ) -> Result<()> {
        let row = self
            .outbox_by_id(id)?
            .filter(|row| row.brand == brand)
            .ok_or(StoreError::NotFound)?;
        if row.state == OutboxState::Dead && row.failure.as_ref() == Some(&failure) {
            return Ok(());
        }
        self.close_row(&row, OutboxState::Dead, row.next_at, Some(&failure))
    }
}

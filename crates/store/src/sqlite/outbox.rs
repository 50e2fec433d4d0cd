//! Durable intents, and what became of them.

use async_trait::async_trait;
use kefu_domain::{
    BrandId, ConversationId, Delivery, EntryPointId, Failure, Message, MessageId, OutboxId, UnixMs,
};
use rusqlite::{OptionalExtension, Row, params};
use std::sync::Arc;

use super::{Sqlite, rows, writer::Writer};
use crate::{
    Change, Conversation, OutboxRow, OutboxState, OutboxStore, Result, Settled, StoreError,
};

const ROW: &str = "id, brand, conversation, entry_point, seq, kind, payload, attempts, created_at, expires_at, next_at, state, failure";

fn outbox_row(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    Ok(OutboxRow {
        id: OutboxId::from_bytes(row.get(0)?),
        brand: BrandId::from_bytes(row.get(1)?),
        conversation: ConversationId::from_bytes(row.get(2)?),
        entry_point: EntryPointId::from_bytes(row.get(3)?),
        seq: row.get(4)?,
        kind: row.get(5)?,
        payload: row.get(6)?,
        attempts: row.get(7)?,
        created_at: row.get(8)?,
        expires_at: row.get(9)?,
        next_at: row.get(10)?,
        state: match row.get::<_, i64>(11)? {
            0 => OutboxState::Pending,
            1 => OutboxState::Done,
            3 => OutboxState::Unknown,
            _ => OutboxState::Dead,
        },
        failure: rows::json(row, 12)?,
    })
}

impl Writer {
    pub(super) fn queue_outbox(
        &mut self,
        brand: BrandId,
        conversation: ConversationId,
        entry_point: EntryPointId,
        seq: u64,
        id: OutboxId,
        at: UnixMs,
    ) -> Result<()> {
        self.insert_outbox(&OutboxRow {
            id,
            brand,
            conversation,
            entry_point,
            seq,
            kind: "message".to_owned(),
            payload: "{}".to_owned(),
            attempts: 0,
            created_at: at,
            expires_at: None,
            next_at: at,
            state: OutboxState::Pending,
            failure: None,
        })
    }

    fn insert_outbox(&mut self, row: &OutboxRow) -> Result<()> {
        let inserted = self.connection.prepare_cached(
            "INSERT INTO outbox (id, brand, conversation, entry_point, seq, kind, payload, created_at, expires_at, next_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
        ).and_then(|mut insert| insert.execute(params![
            row.id.bytes(), row.brand.bytes(), row.conversation.bytes(), row.entry_point.bytes(), row.seq, row.kind,
            row.payload, row.created_at, row.expires_at, row.next_at,
        ]));
        self.broke(inserted)?;
        self.changes.push(Change::Outbox { brand: row.brand });
        Ok(())
    }

    fn outbox_by_id(&self, id: OutboxId) -> Result<Option<OutboxRow>> {
        let sql = format!("SELECT {ROW} FROM outbox WHERE id = ?1");
        Ok(self
            .connection
            .prepare_cached(&sql)?
            .query_row(params![id.bytes()], outbox_row)
            .optional()?)
    }

    fn take_outbox(
        &mut self,
        now: UnixMs,
        lease: UnixMs,
        limit: u32,
    ) -> Result<Vec<(OutboxRow, Option<Message>, Arc<Conversation>)>> {
        // The head of each conversation's lane only: what follows waits for it.
        let sql = format!(
            "SELECT {ROW} FROM outbox o WHERE o.state = 0 AND o.next_at <= ?1 AND o.lease_until <= ?1
               AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.conversation = o.conversation AND e.state = 0 AND e.id < o.id
                               AND e.kind = o.kind)
             ORDER BY o.next_at LIMIT ?2"
        );
        let taken: Vec<OutboxRow> = self
            .connection
            .prepare_cached(&sql)?
            .query_map(params![now, limit], outbox_row)?
            .collect::<rusqlite::Result<_>>()?;
        let mut out = Vec::with_capacity(taken.len());
        for row in taken {
            let leased = self
                .connection
                .prepare_cached(
                    "UPDATE outbox SET lease_until = ?2, attempts = attempts + 1 WHERE id = ?1",
                )
                .and_then(|mut update| update.execute(params![row.id.bytes(), lease]));
            self.broke(leased)?;
            let message = if row.seq > 0 {
                let sql = format!(
                    "SELECT {} FROM messages WHERE conversation = ?1 AND seq = ?2 AND brand = ?3",
                    rows::MESSAGE
                );
                self.connection
                    .prepare_cached(&sql)?
                    .query_row(
                        params![row.conversation.bytes(), row.seq, row.brand.bytes()],
                        rows::message,
                    )
                    .optional()?
            } else {
                None
            };
            let conversation = self.snapshot(row.brand, row.conversation)?;
            out.push((
                OutboxRow {
                    attempts: row.attempts + 1,
                    ..row
                },
                message,
                conversation,
            ));
        }
        Ok(out)
    }

    fn settle(&mut self, id: OutboxId, settled: Settled, at: UnixMs) -> Result<()> {
        let Some(row) = self.outbox_by_id(id)? else {
            return Err(StoreError::NotFound);
        };
        if matches!(row.state, OutboxState::Done) {
            return Ok(());
        }
        let (state, next_at, failure, delivery, refund) = match settled {
            Settled::Sent => (OutboxState::Done, at, None, Some(Delivery::Sent), false),
            Settled::Retry { at, failure } => {
                (OutboxState::Pending, at, Some(failure), None, false)
            }
            Settled::Dead { failure, refund } => (
                OutboxState::Dead,
                at,
                Some(failure),
                Some(Delivery::Failed),
                refund,
            ),
            Settled::Unknown { failure } => (
                OutboxState::Unknown,
                at,
                Some(failure),
                Some(Delivery::Unknown),
                false,
            ),
        };
        let updated = self
            .connection
            .prepare_cached("UPDATE outbox SET state = ?2, next_at = ?3, lease_until = 0, failure = ?4 WHERE id = ?1")
            .and_then(|mut update| update.execute(params![id.bytes(), state as u8, next_at, rows::to_json(failure.as_ref())]));
        self.broke(updated)?;
        if let (Some(delivery), true) = (delivery, row.seq > 0) {
            let message = MessageId {
                conversation: row.conversation,
                seq: row.seq,
            };
            self.revise(row.brand, message, |message| {
                let changed = message.delivery != Some(delivery) || message.failure != failure;
                message.delivery = Some(delivery);
                message.failure = failure;
                changed
            })?;
        }
        if refund {
            self.adjust(row.brand, row.conversation, true, |whole| {
                whole.credits.as_mut().is_some_and(|credits| {
                    credits.give_back();
                    true
                })
            })?;
        }
        if state == OutboxState::Pending {
            self.changes.push(Change::Outbox { brand: row.brand });
        }
        Ok(())
    }

    /// The platform says later that a message it took did not arrive.
    pub(super) fn fail_sent(
        &mut self,
        brand: BrandId,
        id: OutboxId,
        failure: Failure,
    ) -> Result<()> {
        let Some(row) = self.outbox_by_id(id)?.filter(|row| row.brand == brand) else {
            return Err(StoreError::NotFound);
        };
        let updated = self
            .connection
            .prepare_cached("UPDATE outbox SET state = 2, failure = ?2 WHERE id = ?1")
            .and_then(|mut update| {
                update.execute(params![id.bytes(), rows::to_json(Some(&failure))])
            });
        self.broke(updated)?;
        if row.seq == 0 {
            return Ok(());
        }
        self.revise(
            brand,
            MessageId {
                conversation: row.conversation,
                seq: row.seq,
            },
            |message| {
                message.delivery = Some(Delivery::Failed);
                message.failure = Some(failure);
                true
            },
        )
    }

    fn resend(&mut self, brand: BrandId, id: OutboxId, at: UnixMs) -> Result<()> {
        let row = self
            .outbox_by_id(id)?
            .filter(|row| row.brand == brand)
            .ok_or(StoreError::NotFound)?;
        if !matches!(row.state, OutboxState::Dead | OutboxState::Unknown) {
            return Err(StoreError::Conflict("it is not dead".to_owned()));
        }
        let updated = self
            .connection
            .prepare_cached("UPDATE outbox SET state = 0, attempts = 0, next_at = ?2, lease_until = 0, created_at = ?2, expires_at = NULL WHERE id = ?1")
            .and_then(|mut update| update.execute(params![id.bytes(), at]));
        self.broke(updated)?;
        if row.seq > 0 {
            self.revise(
                brand,
                MessageId {
                    conversation: row.conversation,
                    seq: row.seq,
                },
                |message| {
                    message.delivery = Some(Delivery::Pending);
                    message.failure = None;
                    true
                },
            )?;
        }
        self.changes.push(Change::Outbox { brand });
        Ok(())
    }
}

#[async_trait]
impl OutboxStore for Sqlite {
    async fn put_outbox(&self, row: OutboxRow) -> Result<()> {
        self.write(move |writer| writer.insert_outbox(&row)).await
    }

    async fn take_outbox(
        &self,
        now: UnixMs,
        lease: UnixMs,
        limit: u32,
    ) -> Result<Vec<(OutboxRow, Option<Message>, Arc<Conversation>)>> {
        self.write(move |writer| writer.take_outbox(now, lease, limit))
            .await
    }

    async fn settle(&self, id: OutboxId, settled: Settled, at: UnixMs) -> Result<()> {
        self.write(move |writer| writer.settle(id, settled, at))
            .await
    }

    async fn resend(&self, brand: BrandId, id: OutboxId, at: UnixMs) -> Result<()> {
        self.write(move |writer| writer.resend(brand, id, at)).await
    }

    async fn outbox_of(&self, brand: BrandId, id: MessageId) -> Result<Option<OutboxRow>> {
        self.read(move |connection| {
            let sql = format!("SELECT {ROW} FROM outbox WHERE conversation = ?1 AND seq = ?2 AND brand = ?3 ORDER BY id DESC LIMIT 1");
            Ok(connection
                .prepare_cached(&sql)?
                .query_row(params![id.conversation.bytes(), id.seq, brand.bytes()], outbox_row)
                .optional()?)
        })
        .await
    }

    async fn outbox(
        &self,
        brand: BrandId,
        state: OutboxState,
        limit: u32,
    ) -> Result<Vec<OutboxRow>> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {ROW} FROM outbox WHERE brand = ?1 AND state = ?2 ORDER BY id DESC LIMIT ?3"
            );
            let mut query = connection.prepare_cached(&sql)?;
            let found = query.query_map(params![brand.bytes(), state as u8, limit], outbox_row)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn outbox_depth(&self) -> Result<(u64, u64)> {
        self.read(|connection| {
            Ok(connection.query_row(
                "SELECT (SELECT count(*) FROM outbox WHERE state = 0), (SELECT count(*) FROM outbox WHERE state > 1)",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?)
        })
        .await
    }

    async fn next_outbox(&self) -> Result<Option<UnixMs>> {
        self.read(|connection| {
            Ok(connection.query_row(
                "SELECT min(max(next_at, lease_until)) FROM outbox WHERE state = 0",
                [],
                |row| row.get(0),
            )?)
        })
        .await
    }
}

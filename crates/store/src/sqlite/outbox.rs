//! Durable intents, and what became of them.

use async_trait::async_trait;
use kefu_domain::{
    BrandId, ConversationId, EntryPointId, Failure, Message, MessageId, OutboxId, UnixMs,
};
use rusqlite::{OptionalExtension, Row, params};
use std::sync::Arc;

use super::{Sqlite, rows, writer::Writer};
use crate::{
    Change, Conversation, DueDoor, Filed, OutboxRow, OutboxState, OutboxStore, Outgoing, Result,
    Settled, StoreError, Tried, Way,
};

const ROW: &str = "id, brand, conversation, entry_point, seq, kind, payload, attempts, created_at, expires_at, next_at, state, failure, refused, held_ms, again";

pub(super) fn state(column: u8) -> OutboxState {
    match column {
        0 => OutboxState::Pending,
        1 => OutboxState::Done,
        3 => OutboxState::Unknown,
        _ => OutboxState::Dead,
    }
}

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
        state: state(row.get(11)?),
        failure: rows::json(row, 12)?,
        tried: Tried {
            refused: row.get(13)?,
            held_ms: row.get(14)?,
            again: row.get(15)?,
        },
    })
}

/// An intent to be tried, its message, and the conversation.
type Taken = (OutboxRow, Option<Message>, Arc<Conversation>);

impl Writer {
    pub(super) fn queue_outbox(
        &mut self,
        brand: BrandId,
        conversation: ConversationId,
        way: Way,
        seq: u64,
        id: OutboxId,
        at: UnixMs,
    ) -> Result<()> {
        self.insert_outbox(&OutboxRow {
            id,
            brand,
            conversation,
            entry_point: way.entry_point,
            seq,
            kind: way.kind.to_owned(),
            payload: "{}".to_owned(),
            attempts: 0,
            tried: Tried::default(),
            created_at: at,
            expires_at: None,
            next_at: at,
            state: OutboxState::Pending,
            failure: None,
        })
    }

    /// Adds a row at the end of its conversation's lane. The same row again changes nothing.
    pub(super) fn insert_outbox(&mut self, row: &OutboxRow) -> Result<()> {
        let inserted = self.connection.prepare_cached(
            "INSERT INTO outbox (id, brand, conversation, entry_point, seq, kind, payload, created_at, expires_at, next_at, due_at)
             VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,
               CASE WHEN EXISTS (SELECT 1 FROM outbox WHERE conversation = ?3 AND state = 0) THEN NULL ELSE ?10 END)
             ON CONFLICT (id) DO NOTHING",
        ).and_then(|mut insert| insert.execute(params![
            row.id.bytes(), row.brand.bytes(), row.conversation.bytes(), row.entry_point.bytes(), row.seq, row.kind,
            row.payload, row.created_at, row.expires_at, row.next_at,
        ]));
        if self.broke(inserted)? > 0 {
            self.goes_out(row);
            self.changes.push(Change::Outbox { brand: row.brand });
        }
        Ok(())
    }

    /// Makes the next row of a lane due, after the one before it was settled.
    pub(super) fn hand_on(&mut self, brand: BrandId, conversation: ConversationId) -> Result<()> {
        let handed = self
            .connection
            .prepare_cached(
                "UPDATE outbox SET due_at = next_at WHERE due_at IS NULL
                   AND no = (SELECT min(no) FROM outbox WHERE conversation = ?1 AND state = 0)",
            )
            .and_then(|mut update| update.execute([conversation.bytes()]));
        if self.broke(handed)? > 0 {
            self.changes.push(Change::Outbox { brand });
        }
        Ok(())
    }

    pub(super) fn outbox_by_id(&self, id: OutboxId) -> Result<Option<OutboxRow>> {
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
        shares: &[(EntryPointId, u32)],
    ) -> Result<Vec<Taken>> {
        // What is of no use later goes before what can wait.
        let [hurried, others] = ["IS NOT NULL", "IS NULL"].map(|hurried| {
            format!(
                "SELECT {ROW} FROM outbox WHERE entry_point = ?1 AND due_at <= ?2 AND expires_at {hurried}
                 ORDER BY due_at, no LIMIT ?3"
            )
        });
        let mut due: Vec<OutboxRow> = Vec::new();
        for (door, share) in shares {
            let most = due.len() + *share as usize;
            for sql in [&hurried, &others] {
                let mut query = self.connection.prepare_cached(sql)?;
                let room = most - due.len();
                for row in query.query_map(params![door.bytes(), now, room], outbox_row)? {
                    due.push(row?);
                }
            }
        }
        let mut taken = Vec::with_capacity(due.len());
        for mut row in due {
            let read = self
                .read_outgoing(&row)
                .and_then(|message| Ok((message, self.snapshot(row.brand, row.conversation)?)));
            match read {
                Ok((message, conversation)) => {
                    let leased = self
                        .connection
                        .prepare_cached(
                            "UPDATE outbox SET due_at = ?2, attempts = attempts + 1 WHERE id = ?1",
                        )
                        .and_then(|mut update| update.execute(params![row.id.bytes(), lease]));
                    self.broke(leased)?;
                    row.attempts += 1;
                    taken.push((row, message, conversation));
                }
                Err(error @ (StoreError::Corrupt(_) | StoreError::NotFound)) => {
                    tracing::error!(%error, outbox.id = %row.id, "an intent cannot be read");
                    let failure = Failure {
                        code: "unreadable".to_owned(),
                        reason: "消息已损坏，无法发送\u{1f}The stored message is damaged and cannot be sent".to_owned(),
                    };
                    self.close_row(&row, OutboxState::Dead, now, Some(&failure))?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(taken)
    }

    fn read_outgoing(&self, row: &OutboxRow) -> Result<Option<Message>> {
        if row.seq == 0 {
            return Ok(None);
        }
        self.read_message(row.brand, row.message()).map(Some)
    }

    /// Forgets a portion of what was done before a time, in filing order; `None` when it has come to
    /// newer rows.
    pub(super) fn sweep_outbox(&mut self, before: UnixMs) -> Result<Option<u64>> {
        let from = self.swept;
        let rows: Vec<(i64, UnixMs)> = self
            .connection
            .prepare_cached(
                "SELECT no, created_at FROM outbox WHERE no > ?1 ORDER BY no LIMIT 500",
            )?
            .query_map([from], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let old = rows
            .iter()
            .take_while(|(_, created_at)| *created_at <= before);
        let Some((upto, _)) = old.last().copied() else {
            // What is left behind was not done yet: it is looked at again the next time round.
            self.swept = 0;
            return Ok(None);
        };
        let deleted = self
            .connection
            .prepare_cached("DELETE FROM outbox WHERE no > ?1 AND no <= ?2 AND state = 1")
            .and_then(|mut delete| delete.execute([from, upto]));
        let deleted = self.broke(deleted)?;
        self.swept = upto;
        Ok(Some(deleted as u64))
    }
}

impl OutboxRow {
    /// The message it carries; only for rows that have one.
    pub(super) fn message(&self) -> MessageId {
        MessageId {
            conversation: self.conversation,
            seq: self.seq,
        }
    }
}

#[async_trait]
impl OutboxStore for Sqlite {
    async fn put_outbox(&self, row: OutboxRow) -> Result<()> {
        self.write(move |writer| {
            writer.entry(row.brand, row.conversation)?;
            writer.insert_outbox(&row)
        })
        .await
    }

    async fn send_as(&self, outgoing: Outgoing, row: OutboxRow) -> Result<Filed> {
        self.write(move |writer| writer.send_as(outgoing, Some(row)))
            .await
    }

    async fn outbox_doors(&self, now: UnixMs, most: u32) -> Result<Vec<DueDoor>> {
        self.read(move |connection| {
            // From door to door by the index, however many rows a door has.
            let mut query = connection.prepare_cached(
                "WITH RECURSIVE door(id) AS (
                   SELECT min(entry_point) FROM outbox WHERE due_at IS NOT NULL
                   UNION ALL
                   SELECT (SELECT min(entry_point) FROM outbox WHERE due_at IS NOT NULL AND entry_point > door.id)
                   FROM door WHERE door.id IS NOT NULL
                 )
                 SELECT door.id, (SELECT brand FROM outbox WHERE entry_point = door.id AND due_at IS NOT NULL LIMIT 1),
                   (SELECT count(*) FROM (SELECT 1 FROM outbox WHERE entry_point = door.id AND due_at <= ?1 LIMIT ?2)),
                   (SELECT min(due_at) FROM outbox WHERE entry_point = door.id AND due_at > ?1)
                 FROM door WHERE door.id IS NOT NULL",
            )?;
            let found = query.query_map(params![now, most], |row| {
                Ok(DueDoor {
                    entry_point: EntryPointId::from_bytes(row.get(0)?),
                    brand: BrandId::from_bytes(row.get(1)?),
                    due: row.get(2)?,
                    next_at: row.get(3)?,
                })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn take_outbox(
        &self,
        now: UnixMs,
        lease: UnixMs,
        shares: Vec<(EntryPointId, u32)>,
    ) -> Result<Vec<Taken>> {
        self.write(move |writer| writer.take_outbox(now, lease, &shares))
            .await
    }

    async fn release_outbox(&self) -> Result<()> {
        self.write(|writer| {
            let released = writer.connection.execute(
                "UPDATE outbox SET due_at = next_at WHERE due_at IS NOT NULL AND due_at <> next_at",
                [],
            );
            writer.broke(released).map(|_| ())
        })
        .await
    }

    async fn release_held(
        &self,
        entry_point: EntryPointId,
        code: &'static str,
        now: UnixMs,
        most: u32,
    ) -> Result<u32> {
        self.write(move |writer| writer.release_held(entry_point, code, now, most))
            .await
    }

    async fn settle(&self, id: OutboxId, settled: Settled, at: UnixMs) -> Result<()> {
        self.write(move |writer| writer.settle(id, settled, at))
            .await
    }

    async fn resend(
        &self,
        brand: BrandId,
        id: OutboxId,
        fresh: OutboxId,
        at: UnixMs,
    ) -> Result<()> {
        self.write(move |writer| writer.resend(brand, id, fresh, at))
            .await
    }

    async fn outbox_of(&self, brand: BrandId, id: MessageId) -> Result<Option<OutboxRow>> {
        self.read(move |connection| {
            let sql = format!("SELECT {ROW} FROM outbox WHERE conversation = ?1 AND seq = ?2 AND brand = ?3 ORDER BY no DESC LIMIT 1");
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
                "SELECT {ROW} FROM outbox WHERE brand = ?1 AND state = ?2 ORDER BY no DESC LIMIT ?3"
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
}

//! What platforms told by callbacks, and files that still lie there.

use async_trait::async_trait;
use kefu_domain::{
    BrandId, ConnectionId, Content, ConversationId, CustomerId, EntryPointId, Failure, IdentityId,
    MessageId, UnixMs,
};
use rusqlite::{OptionalExtension, Row, params};

use super::{Sqlite, writer::Writer};
use crate::{Change, DueFetch, Heard, Kept, Result, Told, ToldInPage, ToldStore};

fn told(row: &Row<'_>) -> rusqlite::Result<Told> {
    Ok(Told {
        no: row.get(0)?,
        brand: BrandId::from_bytes(row.get(1)?),
        connection: ConnectionId::from_bytes(row.get(2)?),
        kept: Kept {
            event: row.get(3)?,
            kind: row.get(4)?,
            body: row.get(5)?,
        },
        at: row.get(6)?,
        attempts: row.get(7)?,
        due_at: row.get(8)?,
    })
}

const TOLD: &str = "no, brand, connection, event, kind, body, at, attempts, due_at";

impl Writer {
    /// Keeps an event; false if it was known.
    fn tell(
        &mut self,
        brand: BrandId,
        connection: ConnectionId,
        kept: &Kept,
        at: UnixMs,
        to_do: bool,
    ) -> Result<bool> {
        let inserted = self
            .connection
            .prepare_cached(
                "INSERT INTO told (brand, connection, event, kind, body, at, due_at) VALUES (?1,?2,?3,?4,?5,?6,?7) ON CONFLICT DO NOTHING",
            )
            .and_then(|mut insert| {
                insert.execute(params![
                    brand.bytes(), connection.bytes(), kept.event, kept.kind, kept.body, at, to_do.then_some(at),
                ])
            });
        let new = self.broke(inserted)? > 0;
        if new && to_do {
            self.changes.push(Change::Told);
        }
        Ok(new)
    }

    /// Keeps what a page told beside messages.
    pub(super) fn told_in_page(&mut self, told: ToldInPage) -> Result<()> {
        let ToldInPage {
            brand,
            connection,
            entry_point,
            kept,
            about,
            at,
        } = told;
        if !self.tell(brand, connection, &kept, at, false)? {
            return Ok(());
        }
        if let Some((party, line)) = about
            && let Some(whose) = self.look_up(brand, entry_point, &party)?
        {
            self.write_line(brand, whose.conversation, None, line, at)?;
        }
        Ok(())
    }

    /// Puts a file that is still at its platform on the list; part of filing its message.
    pub(super) fn due_fetch(
        &mut self,
        brand: BrandId,
        id: MessageId,
        entry_point: EntryPointId,
        at: UnixMs,
    ) -> Result<()> {
        let due = self
            .connection
            .prepare_cached("INSERT INTO fetches (conversation, seq, brand, entry_point, due_at) VALUES (?1,?2,?3,?4,?5)")
            .and_then(|mut insert| {
                insert.execute(params![id.conversation.bytes(), id.seq, brand.bytes(), entry_point.bytes(), at])
            });
        self.broke(due)?;
        self.changes.push(Change::Fetch);
        Ok(())
    }
}

/// Ids as a list of what SQLite's `hex` makes of them.
fn hex(ids: impl Iterator<Item = [u8; 16]>) -> String {
    let words = ids.map(|id| id.iter().map(|byte| format!("{byte:02X}")).collect());
    serde_json::Value::from(words.collect::<Vec<String>>()).to_string()
}

#[async_trait]
impl ToldStore for Sqlite {
    async fn tell(
        &self,
        brand: BrandId,
        connection: ConnectionId,
        kept: Kept,
        at: UnixMs,
        to_do: bool,
    ) -> Result<bool> {
        self.write(move |writer| writer.tell(brand, connection, &kept, at, to_do))
            .await
    }

    async fn take_told(
        &self,
        now: UnixMs,
        lease: UnixMs,
        busy: Vec<ConnectionId>,
    ) -> Result<Option<Told>> {
        let busy = hex(busy.into_iter().map(ConnectionId::bytes));
        self.write(move |writer| {
            let sql = format!(
                "UPDATE told SET due_at = ?2, attempts = attempts + 1
                 WHERE no = (SELECT no FROM told WHERE due_at <= ?1
                   AND hex(connection) NOT IN (SELECT value FROM json_each(?3)) ORDER BY due_at, no LIMIT 1)
                 RETURNING {TOLD}"
            );
            let taken = writer
                .connection
                .prepare_cached(&sql)
                .and_then(|mut query| query.query_row(params![now, lease, busy], told).optional());
            writer.broke(taken)
        })
        .await
    }

    async fn settle_told(&self, no: i64, next: Option<UnixMs>) -> Result<()> {
        self.write(move |writer| {
            let settled = writer
                .connection
                .prepare_cached("UPDATE told SET due_at = ?2 WHERE no = ?1")
                .and_then(|mut update| update.execute(params![no, next]));
            writer.broke(settled).map(|_| ())
        })
        .await
    }

    async fn told(
        &self,
        brand: BrandId,
        connection: ConnectionId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Told>> {
        self.read(move |reader| {
            let sql = format!(
                "SELECT {TOLD} FROM told WHERE brand = ?1 AND connection = ?2 AND no < ?3 ORDER BY no DESC LIMIT ?4"
            );
            let mut query = reader.prepare_cached(&sql)?;
            let found = query.query_map(
                params![brand.bytes(), connection.bytes(), before.unwrap_or(i64::MAX), limit],
                told,
            )?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn keep_heard(
        &self,
        brand: BrandId,
        connection: ConnectionId,
        heard: Heard,
    ) -> Result<()> {
        self.write(move |writer| writer.keep_heard(brand, connection, &heard))
            .await
    }

    async fn heard(&self, brand: BrandId) -> Result<Vec<(ConnectionId, Heard)>> {
        self.read(move |reader| super::heard::of(reader, brand))
            .await
    }

    async fn take_fetch(
        &self,
        now: UnixMs,
        lease: UnixMs,
        busy: Vec<EntryPointId>,
    ) -> Result<Option<DueFetch>> {
        let busy = hex(busy.into_iter().map(EntryPointId::bytes));
        self.write(move |writer| {
            let taken = writer
                .connection
                .prepare_cached(
                    "UPDATE fetches SET due_at = ?2, attempts = attempts + 1
                     WHERE (conversation, seq) = (SELECT conversation, seq FROM fetches WHERE due_at <= ?1
                       AND hex(entry_point) NOT IN (SELECT value FROM json_each(?3)) ORDER BY due_at LIMIT 1)
                     RETURNING brand, conversation, seq, entry_point, attempts",
                )
                .and_then(|mut query| {
                    query
                        .query_row(params![now, lease, busy], |row| {
                            Ok(DueFetch {
                                brand: BrandId::from_bytes(row.get(0)?),
                                message: MessageId {
                                    conversation: ConversationId::from_bytes(row.get(1)?),
                                    seq: row.get(2)?,
                                },
                                entry_point: EntryPointId::from_bytes(row.get(3)?),
                                attempts: row.get(4)?,
                            })
                        })
                        .optional()
                });
            writer.broke(taken)
        })
        .await
    }

    async fn fetch_later(&self, id: MessageId, at: UnixMs) -> Result<()> {
        self.write(move |writer| {
            let moved = writer
                .connection
                .prepare_cached(
                    "UPDATE fetches SET due_at = ?3 WHERE conversation = ?1 AND seq = ?2",
                )
                .and_then(|mut update| {
                    update.execute(params![id.conversation.bytes(), id.seq, at])
                });
            writer.broke(moved).map(|_| ())
        })
        .await
    }

    async fn fetched(
        &self,
        brand: BrandId,
        id: MessageId,
        outcome: std::result::Result<Content, Failure>,
    ) -> Result<()> {
        self.write(move |writer| {
            match outcome {
                Ok(content) => writer.amend(brand, id, content)?,
                Err(failure) => writer.revise(brand, id, |message| {
                    message.failure.replace(failure).is_none()
                })?,
            }
            let gone = writer
                .connection
                .prepare_cached("DELETE FROM fetches WHERE conversation = ?1 AND seq = ?2")
                .and_then(|mut delete| delete.execute(params![id.conversation.bytes(), id.seq]));
            writer.broke(gone).map(|_| ())
        })
        .await
    }

    async fn to_profile(
        &self,
        brand: BrandId,
        entry_point: EntryPointId,
        address: &str,
        before: UnixMs,
    ) -> Result<Option<(IdentityId, CustomerId)>> {
        let address = address.to_owned();
        self.read(move |reader| {
            let mut query = reader.prepare_cached(
                "SELECT id, customer FROM identities WHERE brand = ?1 AND entry_point = ?2 AND kind = 'upstream' AND value = ?3
                   AND coalesce(profiled_at, 0) < ?4",
            )?;
            let mut found = query.query_map(
                params![brand.bytes(), entry_point.bytes(), address, before],
                |row| {
                    Ok((
                        IdentityId::from_bytes(row.get(0)?),
                        CustomerId::from_bytes(row.get(1)?),
                    ))
                },
            )?;
            Ok(found.next().transpose()?)
        })
        .await
    }

    async fn profiled(&self, identity: IdentityId, at: UnixMs) -> Result<()> {
        self.write(move |writer| {
            let done = writer
                .connection
                .prepare_cached("UPDATE identities SET profiled_at = ?2 WHERE id = ?1")
                .and_then(|mut update| update.execute(params![identity.bytes(), at]));
            writer.broke(done).map(|_| ())
        })
        .await
    }
}

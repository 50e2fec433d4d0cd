//! Doorbells, cursors and events seen.

use async_trait::async_trait;
use kefu_domain::{BrandId, EntryPointId, UnixMs};
use rusqlite::{OptionalExtension, params};

use super::{Sqlite, writer::Writer};
use crate::{Change, CursorMove, PullStore, Result, Rung, StoreError};

impl Writer {
    fn cursor(&self, entry_point: EntryPointId) -> Result<String> {
        Ok(self
            .connection
            .prepare_cached("SELECT cursor FROM pulls WHERE entry_point = ?1")?
            .query_row([entry_point.bytes()], |row| row.get(0))
            .optional()?
            .unwrap_or_default())
    }

    /// Remembers an event; false if it was known.
    pub(super) fn first_time(&mut self, scope: [u8; 16], key: &str, at: UnixMs) -> Result<bool> {
        let inserted = self
            .connection
            .prepare_cached("INSERT INTO seen_events (scope, event, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
            .and_then(|mut insert| insert.execute(params![scope, key, at]));
        self.broke(inserted).map(|rows| rows > 0)
    }

    pub(super) fn check_cursor(&self, cursor: &CursorMove) -> Result<()> {
        if self.cursor(cursor.entry_point)? == cursor.from {
            Ok(())
        } else {
            Err(StoreError::Conflict("the cursor moved on".to_owned()))
        }
    }

    pub(super) fn move_cursor(&mut self, cursor: &CursorMove) -> Result<()> {
        // An account may be pulled before its first bell.
        let moved = self
            .connection
            .prepare_cached(
                "INSERT INTO pulls (entry_point, cursor) VALUES (?1, ?2)
                 ON CONFLICT (entry_point) DO UPDATE SET cursor = excluded.cursor",
            )
            .and_then(|mut upsert| upsert.execute(params![cursor.entry_point.bytes(), cursor.to]));
        self.broke(moved)?;
        match cursor.answers {
            Some(bell) => self.pulled(cursor.entry_point, bell),
            None => Ok(()),
        }
    }

    fn pulled(&mut self, entry_point: EntryPointId, bell: UnixMs) -> Result<()> {
        let done = self
            .connection
            .prepare_cached(
                "UPDATE pulls SET pulled_bell = max(pulled_bell, ?2), next_at = 0, tries = 0
                 WHERE entry_point = ?1",
            )
            .and_then(|mut update| update.execute(params![entry_point.bytes(), bell]));
        self.broke(done).map(|_| ())
    }
}

#[async_trait]
impl PullStore for Sqlite {
    async fn ring(
        &self,
        brand: BrandId,
        entry_point: EntryPointId,
        token: Option<String>,
        at: UnixMs,
    ) -> Result<()> {
        self.write(move |writer| {
            let rung = writer.connection.prepare_cached(
                "INSERT INTO pulls (entry_point, brand, token, bell_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (entry_point) DO UPDATE SET brand = excluded.brand, token = coalesce(excluded.token, pulls.token),
                   bell_at = max(pulls.bell_at + 1, excluded.bell_at)",
            ).and_then(|mut insert| insert.execute(params![entry_point.bytes(), brand.bytes(), token, at]));
            writer.broke(rung)?;
            writer.changes.push(Change::Pull { entry_point });
            Ok(())
        })
        .await
    }

    async fn rung(&self) -> Result<Vec<Rung>> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT brand, entry_point, token, bell_at, next_at, tries, cursor FROM pulls
                 WHERE bell_at > pulled_bell ORDER BY bell_at",
            )?;
            let found = query.query_map([], |row| {
                Ok(Rung {
                    brand: BrandId::from_bytes(row.get(0)?),
                    entry_point: EntryPointId::from_bytes(row.get(1)?),
                    token: row.get(2)?,
                    bell: row.get(3)?,
                    next_at: row.get(4)?,
                    tries: row.get(5)?,
                    cursor: row.get(6)?,
                })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn pulled(&self, entry_point: EntryPointId, bell: UnixMs) -> Result<()> {
        self.write(move |writer| writer.pulled(entry_point, bell))
            .await
    }

    async fn pull_later(&self, entry_point: EntryPointId, at: UnixMs) -> Result<()> {
        self.write(move |writer| {
            let done = writer
                .connection
                .prepare_cached(
                    "UPDATE pulls SET next_at = ?2, tries = tries + 1 WHERE entry_point = ?1",
                )
                .and_then(|mut update| update.execute(params![entry_point.bytes(), at]));
            writer.broke(done).map(|_| ())
        })
        .await
    }

    async fn first_time(&self, scope: [u8; 16], key: String, at: UnixMs) -> Result<bool> {
        self.write(move |writer| writer.first_time(scope, &key, at))
            .await
    }
}

//! Set-up rows.

use async_trait::async_trait;
use kefu_domain::BrandId;
use rusqlite::{OptionalExtension, params};

use super::Sqlite;
use crate::{Change, Put, RawRow, Result, SetupStore, StoreError};

#[async_trait]
impl SetupStore for Sqlite {
    async fn brands(&self) -> Result<Vec<BrandId>> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT DISTINCT brand FROM setup WHERE kind = 'brand' ORDER BY brand",
            )?;
            let found = query.query_map([], |row| Ok(BrandId::from_bytes(row.get(0)?)))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn setup(&self, brand: BrandId) -> Result<Vec<RawRow>> {
        self.read(move |connection| {
            let mut query = connection.prepare_cached(
                "SELECT kind, id, body, rev, created_at FROM setup WHERE brand = ?1",
            )?;
            let found = query.query_map([brand.bytes()], |row| {
                Ok(RawRow {
                    kind: row.get(0)?,
                    id: u128::from_be_bytes(row.get(1)?),
                    body: row.get(2)?,
                    rev: row.get(3)?,
                    created_at: row.get(4)?,
                })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn put(&self, put: Put) -> Result<u64> {
        self.write(move |writer| {
            let (brand, id) = (put.brand.bytes(), put.id.to_be_bytes());
            let stored: Option<u64> = writer
                .connection
                .prepare_cached("SELECT rev FROM setup WHERE brand = ?1 AND kind = ?2 AND id = ?3")?
                .query_row(params![brand, put.kind, id], |row| row.get(0))
                .optional()?;
            if put.expected_rev.is_some_and(|rev| Some(rev) != stored) {
                return Err(StoreError::Conflict("it was changed meanwhile".to_owned()));
            }
            let rev = stored.unwrap_or(0) + 1;
            let Some(body) = put.body else {
                if stored.is_none() {
                    return Err(StoreError::NotFound);
                }
                let deleted = writer
                    .connection
                    .execute("DELETE FROM setup WHERE brand = ?1 AND kind = ?2 AND id = ?3", params![brand, put.kind, id]);
                writer.broke(deleted)?;
                writer.changes.push(Change::Setup { brand: put.brand });
                return Ok(rev);
            };
            let taken: bool = writer
                .connection
                .prepare_cached(
                    "SELECT 1 FROM setup WHERE kind = ?2 AND name_key = ?4 AND id <> ?3 AND (brand = ?1 OR kind = 'brand')",
                )?
                .exists(params![brand, put.kind, id, put.key])?;
            if taken {
                return Err(StoreError::Conflict(format!("{} is taken", put.key.unwrap_or_default())));
            }
            let written = writer.connection.execute(
                "INSERT INTO setup (brand, kind, id, name_key, body, rev, created_at) VALUES (?1,?2,?3,?4,?5,?6,?7)
                 ON CONFLICT (brand, kind, id) DO UPDATE SET name_key = ?4, body = ?5, rev = ?6",
                params![brand, put.kind, id, put.key, body, rev, put.at],
            );
            writer.broke(written)?;
            writer.changes.push(Change::Setup { brand: put.brand });
            Ok(rev)
        })
        .await
    }
}

//! Set-up rows.

use std::collections::HashSet;

use async_trait::async_trait;
use kefu_domain::BrandId;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Sqlite, writer::Writer};
use crate::{Change, Put, RawRow, Result, SetupStore, StoreError};

pub(super) fn brands(connection: &Connection) -> Result<Vec<BrandId>> {
    let mut query = connection
        .prepare_cached("SELECT DISTINCT brand FROM setup WHERE kind = 'brand' ORDER BY brand")?;
    let found = query.query_map([], |row| Ok(BrandId::from_bytes(row.get(0)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn rows(connection: &Connection, brand: BrandId) -> Result<Vec<RawRow>> {
    let mut query = connection
        .prepare_cached("SELECT kind, id, body, rev, created_at FROM setup WHERE brand = ?1")?;
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
}

#[async_trait]
impl SetupStore for Sqlite {
    async fn brands(&self) -> Result<Vec<BrandId>> {
        self.read(brands).await
    }

    async fn setup(&self, brand: BrandId) -> Result<Vec<RawRow>> {
        self.read(move |connection| rows(connection, brand)).await
    }

    async fn put(&self, put: Put) -> Result<u64> {
        self.write(move |writer| {
            let rev = writer.check_put(&put)?;
            writer.write_put(put, rev)
        })
        .await
    }

    async fn put_all(&self, puts: Vec<Put>) -> Result<Vec<u64>> {
        self.write(move |writer| {
            let (mut rows, mut keys) = (HashSet::new(), HashSet::new());
            for put in &puts {
                let new_row = rows.insert((put.brand, put.kind, put.id));
                let key = put.key.as_ref().filter(|_| put.body.is_some());
                let new_key = key.is_none_or(|key| keys.insert((put.brand, put.kind, key)));
                if !(new_row && new_key) {
                    return Err(StoreError::Conflict("a row is there twice".to_owned()));
                }
            }
            let revs = puts.iter().map(|put| writer.check_put(put));
            let revs = revs.collect::<Result<Vec<_>>>()?;
            let puts = puts.into_iter().zip(revs);
            puts.map(|(put, rev)| writer.write_put(put, rev)).collect()
        })
        .await
    }
}

impl Writer {
    /// May the row be written? Answers its next `rev`.
    fn check_put(&self, put: &Put) -> Result<u64> {
        let (brand, id) = (put.brand.bytes(), put.id.to_be_bytes());
        let stored: Option<u64> = self
            .connection
            .prepare_cached("SELECT rev FROM setup WHERE brand = ?1 AND kind = ?2 AND id = ?3")?
            .query_row(params![brand, put.kind, id], |row| row.get(0))
            .optional()?;
        if put.expected_rev.is_some_and(|rev| Some(rev) != stored) {
            return Err(StoreError::Conflict("it was changed meanwhile".to_owned()));
        }
        if put.body.is_none() {
            return stored.map(|rev| rev + 1).ok_or(StoreError::NotFound);
        }
        let taken: bool = self
            .connection
            .prepare_cached(
                "SELECT 1 FROM setup WHERE kind = ?2 AND name_key = ?4 AND id <> ?3 AND (brand = ?1 OR kind = 'brand')",
            )?
            .exists(params![brand, put.kind, id, put.key])?;
        if taken {
            let key = put.key.clone().unwrap_or_default();
            return Err(StoreError::Conflict(format!("{key} is taken")));
        }
        Ok(stored.unwrap_or(0) + 1)
    }

    fn write_put(&mut self, put: Put, rev: u64) -> Result<u64> {
        let (brand, id) = (put.brand.bytes(), put.id.to_be_bytes());
        let written = match put.body {
            Some(body) => self.connection.execute(
                "INSERT INTO setup (brand, kind, id, name_key, body, rev, created_at) VALUES (?1,?2,?3,?4,?5,?6,?7)
                 ON CONFLICT (brand, kind, id) DO UPDATE SET name_key = ?4, body = ?5, rev = ?6",
                params![brand, put.kind, id, put.key, body, rev, put.at],
            ),
            None => self.connection.execute(
                "DELETE FROM setup WHERE brand = ?1 AND kind = ?2 AND id = ?3",
                params![brand, put.kind, id],
            ),
        };
        self.broke(written)?;
        self.changes.push(Change::Setup { brand: put.brand });
        Ok(rev)
    }
}

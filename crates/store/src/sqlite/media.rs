//! Files' rows.

use async_trait::async_trait;
use kefu_domain::{BrandId, ConversationId, MediaId, UnixMs};
use rusqlite::{OptionalExtension, params};

use super::{Sqlite, rows};
use crate::{MediaRow, MediaStore, Result, StoreError};

#[async_trait]
impl MediaStore for Sqlite {
    async fn put_media(&self, row: MediaRow) -> Result<()> {
        self.write(move |writer| {
            let inserted = writer.connection.execute(
                "INSERT INTO media (id, brand, conversation, hash, name, mime, size, width, height, created_at, named)
                 VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11) ON CONFLICT (id) DO NOTHING",
                params![
                    row.id.bytes(), row.brand.bytes(), row.conversation.map(ConversationId::bytes), row.hash, row.name,
                    row.mime, row.size, row.width, row.height, row.created_at, row.named,
                ],
            );
            writer.broke(inserted).map(|_| ())
        })
        .await
    }

    async fn media(&self, brand: BrandId, id: MediaId) -> Result<MediaRow> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT conversation, hash, name, mime, size, width, height, created_at, named FROM media WHERE id = ?1 AND brand = ?2",
                )?
                .query_row(params![id.bytes(), brand.bytes()], |row| {
                    Ok(MediaRow {
                        id,
                        brand,
                        conversation: rows::opt(row, 0, ConversationId::from_bytes)?,
                        hash: row.get(1)?,
                        name: row.get(2)?,
                        mime: row.get(3)?,
                        size: row.get(4)?,
                        width: row.get(5)?,
                        height: row.get(6)?,
                        created_at: row.get(7)?,
                        named: row.get(8)?,
                    })
                })
                .optional()?
                .ok_or(StoreError::NotFound)
        })
        .await
    }

    async fn name_media(&self, brand: BrandId, id: MediaId) -> Result<()> {
        self.write(move |writer| {
            let named = writer.connection.execute(
                "UPDATE media SET named = 1 WHERE id = ?1 AND brand = ?2",
                params![id.bytes(), brand.bytes()],
            );
            match writer.broke(named)? {
                0 => Err(StoreError::NotFound),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn forget_media(&self, before: UnixMs, limit: u32) -> Result<Vec<String>> {
        self.write(move |writer| {
            let gone = writer
                .connection
                .prepare_cached(
                    "DELETE FROM media WHERE id IN (SELECT id FROM media WHERE named = 0 AND created_at < ?1 ORDER BY created_at LIMIT ?2)
                     RETURNING hash",
                )
                .and_then(|mut delete| {
                    delete
                        .query_map(params![before, limit], |row| row.get(0))?
                        .collect::<rusqlite::Result<Vec<String>>>()
                });
            writer.broke(gone)
        })
        .await
    }

    async fn unowned(&self, mut hashes: Vec<String>) -> Result<Vec<String>> {
        hashes.sort_unstable();
        hashes.dedup();
        self.read(move |connection| {
            let mut owned = connection.prepare_cached("SELECT 1 FROM media WHERE hash = ?1")?;
            let mut free = Vec::new();
            for hash in hashes {
                if !owned.exists([&hash])? {
                    free.push(hash);
                }
            }
            Ok(free)
        })
        .await
    }
}

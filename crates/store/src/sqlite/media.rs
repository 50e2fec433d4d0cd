//! Files' rows.

use async_trait::async_trait;
use kefu_domain::{BrandId, ConversationId, MediaId};
use rusqlite::{OptionalExtension, params};

use super::{Sqlite, rows};
use crate::{MediaRow, MediaStore, Result, StoreError};

#[async_trait]
impl MediaStore for Sqlite {
    async fn put_media(&self, row: MediaRow) -> Result<()> {
        self.write(move |writer| {
            let inserted = writer.connection.execute(
                "INSERT INTO media (id, brand, conversation, hash, name, mime, size, width, height, created_at)
                 VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) ON CONFLICT (id) DO NOTHING",
                params![
                    row.id.bytes(), row.brand.bytes(), row.conversation.map(ConversationId::bytes), row.hash, row.name,
                    row.mime, row.size, row.width, row.height, row.created_at,
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
                    "SELECT conversation, hash, name, mime, size, width, height, created_at FROM media WHERE id = ?1 AND brand = ?2",
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
                    })
                })
                .optional()?
                .ok_or(StoreError::NotFound)
        })
        .await
    }
}

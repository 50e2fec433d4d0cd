//! Who was named in notes and has not looked yet.

use async_trait::async_trait;
use kefu_domain::{AgentId, BrandId, ConversationId};
use rusqlite::params;

use super::{Sqlite, rows};
use crate::{Mention, MentionStore, Result};

#[async_trait]
impl MentionStore for Sqlite {
    async fn mention(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        no: u64,
        agents: Vec<AgentId>,
    ) -> Result<()> {
        self.write(move |writer| {
            writer.entry(brand, conversation)?;
            for agent in agents {
                let kept = writer
                    .connection
                    .prepare_cached("INSERT OR IGNORE INTO mentions (agent, conversation, no, brand) VALUES (?1,?2,?3,?4)")
                    .and_then(|mut insert| insert.execute(params![agent.bytes(), conversation.bytes(), no, brand.bytes()]));
                writer.broke(kept)?;
            }
            Ok(())
        })
        .await
    }

    async fn mentions(&self, brand: BrandId, agent: AgentId, limit: u32) -> Result<Vec<Mention>> {
        self.read(move |connection| {
            let mut query = connection.prepare_cached(
                "SELECT l.conversation, l.no, l.agent, l.body, l.sent_at
                   FROM mentions m JOIN lines l ON l.conversation = m.conversation AND l.no = m.no AND l.brand = m.brand
                  WHERE m.agent = ?1 AND m.brand = ?2 ORDER BY l.sent_at DESC LIMIT ?3",
            )?;
            let found = query.query_map(params![agent.bytes(), brand.bytes(), limit], |row| {
                Ok(Mention {
                    conversation: ConversationId::from_bytes(row.get(0)?),
                    no: row.get(1)?,
                    by: rows::opt(row, 2, AgentId::from_bytes)?,
                    text: row.get(3)?,
                    at: row.get(4)?,
                })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn mentions_seen(
        &self,
        brand: BrandId,
        agent: AgentId,
        conversation: ConversationId,
    ) -> Result<()> {
        self.write(move |writer| {
            let gone = writer
                .connection
                .prepare_cached(
                    "DELETE FROM mentions WHERE agent = ?1 AND conversation = ?2 AND brand = ?3",
                )
                .and_then(|mut delete| {
                    delete.execute(params![agent.bytes(), conversation.bytes(), brand.bytes()])
                });
            writer.broke(gone).map(|_| ())
        })
        .await
    }
}

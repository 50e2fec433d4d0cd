//! Threads, as the trait has them: what writes goes to the writer, what reads to a reader.

use std::sync::Arc;

use async_trait::async_trait;
use kefu_domain::{
    AgentId, BrandId, Content, ConversationId, EntryPointId, Message, MessageId, UnixMs,
    message::Line,
};

use super::{Sqlite, places::Range, reading, search};
use crate::{
    Conversation, CursorMove, Filed, Found, Inbound, Incoming, LineDraft, ListPage, ListQuery,
    Outgoing, Party, Result, Source, StoreError, ThreadStore,
};

#[async_trait]
impl ThreadStore for Sqlite {
    async fn file(&self, inbound: Inbound) -> Result<Filed> {
        self.write(move |writer| writer.file(inbound)).await
    }

    async fn file_page(
        &self,
        items: Vec<Incoming>,
        cursor: Option<CursorMove>,
    ) -> Result<Vec<Option<Filed>>> {
        self.write(move |writer| {
            if let Some(cursor) = &cursor {
                writer.check_cursor(cursor)?;
            }
            let mut filed = Vec::with_capacity(items.len());
            for item in items {
                match writer.whole(|writer| writer.incoming(item)) {
                    Ok(one) => filed.push(one),
                    Err(error @ (StoreError::Unavailable(_) | StoreError::NoSpace)) => {
                        return Err(error);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "an item of a page was skipped");
                        filed.push(None);
                    }
                }
            }
            if let Some(cursor) = cursor {
                writer.move_cursor(&cursor)?;
            }
            Ok(filed)
        })
        .await
    }

    async fn send(&self, outgoing: Outgoing) -> Result<Filed> {
        self.write(move |writer| writer.send(outgoing)).await
    }

    async fn send_parts(&self, parts: Vec<Outgoing>) -> Result<Filed> {
        self.write(move |writer| writer.send_parts(parts)).await
    }

    async fn said(&self, brand: BrandId, agent: AgentId, key: &str) -> Result<Option<MessageId>> {
        let key = key.to_owned();
        self.write(move |writer| {
            let Some(id) = writer.find_key(agent.bytes(), &key)? else {
                return Ok(None);
            };
            writer.entry(brand, id.conversation)?;
            Ok(Some(id))
        })
        .await
    }

    async fn note(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        key: Option<String>,
        draft: LineDraft,
        at: UnixMs,
    ) -> Result<Line> {
        self.write(move |writer| {
            writer.entry(brand, conversation)?;
            writer.write_line(brand, conversation, key.as_deref(), draft, at)
        })
        .await
    }

    async fn customer_read(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        seq: u64,
    ) -> Result<()> {
        self.write(move |writer| {
            writer.adjust(brand, conversation, |whole| {
                let to = seq.min(whole.last_seq);
                let forward = to > whole.customer_read_seq;
                if forward {
                    whole.customer_read_seq = to;
                }
                forward
            })
        })
        .await
    }

    async fn agent_read(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        seq: u64,
    ) -> Result<()> {
        self.write(move |writer| writer.agent_read(brand, conversation, seq))
            .await
    }

    async fn recall(&self, brand: BrandId, id: MessageId, by: Option<AgentId>) -> Result<()> {
        self.write(move |writer| {
            let mut allowed = true;
            writer.revise(brand, id, |message| {
                allowed = by.is_none() || message.agent == by;
                allowed && !std::mem::replace(&mut message.recalled, true)
            })?;
            if allowed {
                Ok(())
            } else {
                Err(StoreError::NotFound)
            }
        })
        .await
    }

    async fn amend(&self, brand: BrandId, id: MessageId, content: Content) -> Result<()> {
        self.write(move |writer| writer.amend(brand, id, content))
            .await
    }

    async fn resolve(
        &self,
        brand: BrandId,
        entry_point: EntryPointId,
        party: Party,
        at: UnixMs,
    ) -> Result<ConversationId> {
        self.write(move |writer| writer.resolve(brand, entry_point, &party, at))
            .await
    }

    async fn snooze(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        snooze: Option<kefu_domain::Snooze>,
    ) -> Result<()> {
        self.write(move |writer| {
            writer.adjust(brand, conversation, |whole| {
                std::mem::replace(&mut whole.snooze, snooze) != snooze
            })
        })
        .await
    }

    async fn set_source(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        source: Source,
    ) -> Result<()> {
        self.write(move |writer| {
            writer.adjust(brand, conversation, |whole| {
                whole.source = Some(source.after(whole.source.as_ref()));
                true
            })
        })
        .await
    }

    async fn conversation(&self, brand: BrandId, id: ConversationId) -> Result<Arc<Conversation>> {
        self.write(move |writer| writer.snapshot(brand, id)).await
    }

    async fn conversation_page(&self, brand: BrandId, query: ListQuery) -> Result<ListPage> {
        let size = query.limit.clamp(1, reading::LISTED) as usize;
        let mut places = self
            .read(move |connection| reading::list(connection, brand, &query))
            .await?;
        let more = places.len() > size;
        places.truncate(size);
        let ids = places.iter().map(|(_, id)| *id).collect();
        Ok(ListPage {
            rows: self.snapshots(brand, ids).await?,
            next: places.last().copied().filter(|_| more),
        })
    }

    async fn messages(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        after: u64,
        before: Option<u64>,
        newest: bool,
        limit: u32,
    ) -> Result<Vec<Message>> {
        let range = Range {
            after,
            before,
            newest,
            limit,
        };
        let tail = self.tail(brand, conversation).await?;
        self.read(move |connection| {
            reading::messages(connection, brand, conversation, &range, &tail)
        })
        .await
    }

    async fn shows_file(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        media_id: String,
    ) -> Result<bool> {
        let tail = self.tail(brand, conversation).await?;
        self.read(move |connection| {
            reading::shows_file(connection, brand, conversation, &media_id, &tail)
        })
        .await
    }

    async fn changed(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        after_rev: u64,
        limit: u32,
    ) -> Result<Vec<Message>> {
        self.read(move |connection| {
            reading::changed(connection, brand, conversation, after_rev, limit)
        })
        .await
    }

    async fn lines(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        from_seq: u64,
        to_seq: u64,
    ) -> Result<Vec<Line>> {
        self.read(move |connection| {
            reading::lines(connection, brand, conversation, from_seq, to_seq)
        })
        .await
    }

    async fn search(&self, brand: BrandId, words: &str, limit: u32) -> Result<Vec<Found>> {
        let words = words.to_owned();
        self.read(move |connection| search::find(connection, brand, &words, limit))
            .await
    }
}

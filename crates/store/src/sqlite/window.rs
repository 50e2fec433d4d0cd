//! What a platform counted against a customer's words before we heard of them.

use kefu_domain::{
    BrandId, ConversationId, EntryPointId, OutboxId, UnixMs,
    credit::{Grant, counted_from},
};
use rusqlite::params;

use super::{
    on_way::{Intent, NEWEST, Outward},
    outbox,
    writer::Writer,
};
use crate::{MESSAGE, Result};

impl Writer {
    /// Messages through a door that the platform took since the words that grant, or may take yet.
    /// What was resent long after newer messages is not among them.
    pub(super) fn sent_since(
        &mut self,
        brand: BrandId,
        conversation: ConversationId,
        entry_point: EntryPointId,
        grant: Option<(Grant, UnixMs)>,
    ) -> Result<u32> {
        let Some((_, said_at)) = grant else {
            return Ok(0);
        };
        // Nothing was sent since the last grant, so nothing can count against this one.
        let entry = self.entry(brand, conversation)?;
        let whole = &entry.conversation;
        let untouched = whole.credits.is_some_and(|credits| !credits.is_touched());
        if untouched && whole.entry_point == entry_point {
            return Ok(0);
        }
        if entry.outward.is_none() {
            let outward = self.read_outward(conversation)?;
            self.entry(brand, conversation)?.outward = Some(outward);
        }
        let outward = &self.entry(brand, conversation)?.outward;
        let from = counted_from(said_at);
        Ok(outward
            .as_ref()
            .map_or(0, |outward| outward.counted(entry_point, from)))
    }

    fn read_outward(&self, conversation: ConversationId) -> Result<Outward> {
        let mut query = self.connection.prepare_cached(
            "SELECT id, seq, entry_point, kind = ?3, state, next_at FROM outbox
             WHERE conversation = ?1 AND seq > 0 ORDER BY seq DESC LIMIT ?2",
        )?;
        let newest = params![conversation.bytes(), NEWEST, MESSAGE];
        let found = query.query_map(newest, |row| {
            Ok(Intent {
                id: OutboxId::from_bytes(row.get(0)?),
                seq: row.get(1)?,
                entry_point: EntryPointId::from_bytes(row.get(2)?),
                paid: row.get(3)?,
                state: outbox::state(row.get(4)?),
                at: row.get(5)?,
            })
        })?;
        let mut outward = Outward::default();
        for intent in found {
            outward.add(intent?);
        }
        Ok(outward)
    }
}

//! What a platform counted against a customer's words before we heard of them.

use kefu_domain::{
    BrandId, ConversationId, EntryPointId, UnixMs,
    credit::{Grant, counted_from},
};
use rusqlite::params;

use super::{on_way::Outward, writer::Writer};
use crate::{MESSAGE, OutboxState, Result};

/// The newest messages looked at: a window holds five, the rest is room for what was refused.
const NEWEST: u32 = 8;

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
        let whole_left = whole.credits.is_some_and(|credits| !credits.is_touched());
        let from = counted_from(said_at);
        if whole_left && whole.entry_point == entry_point
            || entry
                .outward
                .is_some_and(|known| known.is_quiet_since(from))
        {
            return Ok(0);
        }
        let newest = "SELECT entry_point = ?3 AND kind = ?4, state, next_at FROM outbox
             WHERE conversation = ?1 AND seq > 0 ORDER BY seq DESC LIMIT ?2";
        let mut query = self.connection.prepare_cached(newest)?;
        let newest = params![conversation.bytes(), NEWEST, entry_point.bytes(), MESSAGE];
        let mut rows = query.query(newest)?;
        let (mut count, mut taken_at) = (0, UnixMs::MIN);
        while let Some(row) = rows.next()? {
            let here: bool = row.get(0)?;
            // Pending, done, or unknown: only what is dead was not taken.
            let (state, at): (u8, UnixMs) = (row.get(1)?, row.get(2)?);
            let taken = state == OutboxState::Done as u8 || state == OutboxState::Unknown as u8;
            if taken {
                taken_at = taken_at.max(at);
            }
            let counts = state == OutboxState::Pending as u8 || taken && at >= from;
            count += u32::from(here && counts);
        }
        drop(rows);
        drop(query);
        let pending = self
            .connection
            .prepare_cached("SELECT count(*) FROM outbox WHERE conversation = ?1 AND state = 0")?
            .query_row([conversation.bytes()], |row| row.get(0))?;
        let entry = self.entry(brand, conversation)?;
        entry.outward = Some(Outward { pending, taken_at });
        Ok(count)
    }
}

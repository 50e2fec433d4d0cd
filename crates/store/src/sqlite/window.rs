//! What a platform counted against a customer's words before we heard of them.

use kefu_domain::{
    BrandId, ConversationId, EntryPointId, UnixMs,
    credit::{Grant, counted_from},
};
use rusqlite::params;

use super::writer::Writer;
use crate::{MESSAGE, Result};

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
        let whole = &self.entry(brand, conversation)?.conversation;
        let whole_left = whole.credits.is_some_and(|credits| !credits.is_touched());
        if whole_left && whole.entry_point == entry_point {
            return Ok(0);
        }
        // Pending, done, or unknown: only what is dead was not taken.
        let sql = "SELECT count(*) FROM
               (SELECT entry_point, kind, state, next_at FROM outbox
                WHERE conversation = ?1 AND seq > 0 ORDER BY seq DESC LIMIT ?2)
             WHERE entry_point = ?3 AND kind = ?4 AND (state = 0 OR (state IN (1, 3) AND next_at >= ?5))";
        let found = self.connection.prepare_cached(sql)?.query_row(
            params![
                conversation.bytes(),
                NEWEST,
                entry_point.bytes(),
                MESSAGE,
                counted_from(said_at),
            ],
            |row| row.get(0),
        );
        Ok(found?)
    }
}

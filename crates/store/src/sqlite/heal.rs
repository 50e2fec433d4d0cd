//! Reads a conversation and folds in the messages that its row does not sum up yet.

use std::sync::Arc;

use kefu_domain::ConversationId;
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    cache::{Entry, fold},
    rows,
    writer::Writer,
};
use crate::Result;

impl Writer {
    /// The conversation as its row and its newer messages tell; `None` if there is no row.
    pub(super) fn load(&self, id: ConversationId) -> Result<Option<Entry>> {
        Ok(load(&self.connection, id)?)
    }
}

fn load(connection: &Connection, id: ConversationId) -> rusqlite::Result<Option<Entry>> {
    let sql = format!("{} WHERE v.id = ?1", rows::CONVERSATION);
    let found = connection
        .prepare_cached(&sql)?
        .query_row(params![id.bytes()], rows::conversation)
        .optional()?;
    let Some((mut conversation, mut chain)) = found else {
        return Ok(None);
    };
    let newest = format!(
        "SELECT {} FROM sessions WHERE conversation = ?1 ORDER BY no DESC LIMIT 1",
        rows::SESSION
    );
    let session = connection
        .prepare_cached(&newest)?
        .query_row(params![id.bytes()], |row| {
            Ok((rows::session(row)?, row.get::<_, u64>(28)?))
        })
        .optional()?;
    let (session, first_seq) = session.map_or((None, 0), |(session, first)| (Some(session), first));
    conversation.session = session;
    // The newest summed-up message, for the list, and all that came after it.
    let tail = format!(
        "SELECT {} FROM messages WHERE conversation = ?1 AND seq >= ?2 ORDER BY seq",
        rows::MESSAGE
    );
    let mut query = connection.prepare_cached(&tail)?;
    let from = conversation.last_seq.max(1);
    let messages = query.query_map(params![id.bytes(), from], rows::message)?;
    let summed = conversation.last_seq;
    let mut soft = false;
    for message in messages {
        let message = message?;
        if message.seq <= summed {
            conversation.last = Some(rows::last_of(&message));
            continue;
        }
        chain = rows::link(chain, id, message.seq, message.sent_at);
        conversation.last_seq = message.seq;
        conversation.last_rev = conversation.last_rev.max(message.rev);
        fold(
            &mut conversation,
            message.origin,
            rows::last_of(&message),
            message.sent_at,
        );
        soft = true;
    }
    // Changes and lines are numbered by the conversation too.
    let (rev, line): (u64, u64) = connection
        .prepare_cached(
            "SELECT coalesce((SELECT max(rev) FROM messages WHERE conversation = ?1 AND rev > 0), 0),
                    coalesce((SELECT max(no) FROM lines WHERE conversation = ?1), 0)",
        )?
        .query_row(params![id.bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    conversation.last_rev = conversation.last_rev.max(rev);
    conversation.last_line = conversation.last_line.max(line);
    Ok(Some(Entry {
        conversation: Arc::new(conversation),
        chain,
        first_seq,
        hard: false,
        soft,
        new_session: false,
    }))
}

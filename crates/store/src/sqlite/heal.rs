//! Reads a conversation and folds in the messages that its row does not sum up yet.

use std::sync::Arc;

use kefu_domain::{ConversationId, Message};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    cache::{Behind, Entry},
    rows,
    summary::fold,
    writer::Writer,
};
use crate::Result;

impl Writer {
    /// The conversation as its row and its newer messages tell; `None` if there is no row.
    pub(super) fn load(&self, id: ConversationId) -> Result<Option<Entry>> {
        Ok(load(&self.connection, id)?)
    }

    /// Takes up the conversations whose rows a crash left behind, so that lists show them where they
    /// belong. A row is only ever behind while its session is open.
    pub(super) fn load_lagging(&mut self) -> Result<()> {
        let lagging: Vec<ConversationId> = self
            .connection
            .prepare_cached(
                "SELECT v.id FROM sessions s JOIN conversations v ON v.id = s.conversation
                 WHERE s.service_state < 4 AND v.last_seq < (SELECT max(seq) FROM messages WHERE conversation = v.id)",
            )?
            .query_map([], |row| Ok(ConversationId::from_bytes(row.get(0)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for id in lagging {
            match self.load(id) {
                Ok(Some(entry)) => {
                    self.cache.soft.push_back((self.began, id));
                    self.cache.entries.insert(id, entry);
                }
                Ok(None) => (),
                // One bad thread is refused when it is asked for; it does not stop the house.
                Err(error) => {
                    tracing::error!(%error, conversation.id = %id, "a thread cannot be read")
                }
            }
        }
        Ok(())
    }
}

fn load(connection: &Connection, id: ConversationId) -> rusqlite::Result<Option<Entry>> {
    let sql = format!("{} WHERE v.id = ?1", rows::CONVERSATION);
    let found = connection
        .prepare_cached(&sql)?
        .query_row(params![id.bytes()], rows::conversation)
        .optional()?;
    let Some((mut conversation, chain, listed_at)) = found else {
        return Ok(None);
    };
    let newest = format!(
        "SELECT {} FROM sessions WHERE conversation = ?1 ORDER BY no DESC LIMIT 1",
        rows::SESSION
    );
    let session = connection
        .prepare_cached(&newest)?
        .query_row(params![id.bytes()], |row| {
            Ok((rows::session(row)?, row.get(28)?, row.get(29)?))
        })
        .optional()?;
    let (first_seq, final_seq) = session
        .as_ref()
        .map_or((0, 0), |(_, first, last)| (*first, *last));
    conversation.session = session.map(|(session, ..)| session);
    let summed = conversation.last_seq;
    let mut entry = Entry {
        conversation: Arc::new(conversation),
        chain,
        first_seq,
        final_seq,
        shown_seq: 0,
        listed_at,
        hard: false,
        soft: false,
        session: Behind::No,
    };
    if let Some(message) = shown(connection, id, summed)? {
        entry.shown_seq = message.seq;
        rows::show_last(&mut entry.edit().last, &message);
    }
    let tail = format!(
        "SELECT {} FROM messages WHERE conversation = ?1 AND seq > ?2 ORDER BY seq",
        rows::MESSAGE
    );
    let mut query = connection.prepare_cached(&tail)?;
    for message in query.query_map(params![id.bytes(), summed], rows::message)? {
        let message = message?;
        entry.chain = rows::link(entry.chain, id, message.seq, message.sent_at);
        fold(&mut entry, &message);
        entry.soft = true;
    }
    // Changes and lines are numbered by the conversation too.
    let (rev, line): (u64, u64) = connection
        .prepare_cached(
            "SELECT coalesce((SELECT max(rev) FROM messages WHERE conversation = ?1 AND rev > 0), 0),
                    coalesce((SELECT max(no) FROM lines WHERE conversation = ?1), 0)",
        )?
        .query_row(params![id.bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let whole = entry.edit();
    whole.last_rev = whole.last_rev.max(rev);
    whole.last_line = whole.last_line.max(line);
    Ok(Some(entry))
}

/// Of the messages that are summed up, the one that a list shows: the newest that somebody said, else
/// the newest that is no event, else the first ([`rows::show_last`]).
fn shown(
    connection: &Connection,
    id: ConversationId,
    summed: u64,
) -> rusqlite::Result<Option<Message>> {
    for condition in [
        r#"origin <> 4 AND substr(content, 1, 18) <> '{"msgtype":"event"'"#,
        r#"substr(content, 1, 18) <> '{"msgtype":"event"'"#,
        "seq = 1",
    ] {
        let sql = format!(
            "SELECT {} FROM messages WHERE conversation = ?1 AND seq <= ?2 AND {condition} ORDER BY seq DESC LIMIT 1",
            rows::MESSAGE
        );
        let found = connection
            .prepare_cached(&sql)?
            .query_row(params![id.bytes(), summed], rows::message)
            .optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

//! Finding words in messages, from two characters on.
//!
//! Text is indexed as pairs of neighbouring characters; a query is the phrase of its own pairs. The
//! index runs behind the messages and is filled by the checkpointer's pauses, so filing never waits
//! for it.

use std::collections::BTreeSet;

use kefu_domain::{BrandId, Content, ConversationId, UnixMs};
use rusqlite::{Connection, params};

use crate::{Found, Result};

/// Characters of a message that are indexed.
const INDEXED: usize = 2000;

/// The pairs of a text, as words for the index: lower case, letters and digits only.
pub(super) fn grams(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    let lower = text.to_lowercase();
    for run in lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|run| !run.is_empty())
    {
        let chars: Vec<char> = run.chars().take(INDEXED).collect();
        if chars.len() == 1 {
            out.push(chars[0]);
            out.push(' ');
        }
        for pair in chars.windows(2) {
            out.extend(pair);
            out.push(' ');
        }
    }
    out
}

/// Indexes up to `limit` messages of conversations that moved on; answers how many.
pub(super) fn index_some(connection: &Connection, limit: u32) -> rusqlite::Result<u32> {
    let mut behind = connection.prepare_cached(
        "SELECT v.id, coalesce(i.upto_seq, 0) FROM conversations v LEFT JOIN indexed i ON i.conversation = v.id
         WHERE v.last_seq > coalesce(i.upto_seq, 0)
         ORDER BY v.last_at DESC LIMIT 64",
    )?;
    let rows: Vec<([u8; 16], u64)> = behind
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut done = 0;
    for (conversation, upto) in rows {
        let mut query = connection.prepare_cached(
            "SELECT seq, content FROM messages WHERE conversation = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
        )?;
        let messages: Vec<(u64, String)> = query
            .query_map(params![conversation, upto, limit - done], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        let Some((last, _)) = messages.last() else {
            continue;
        };
        for (seq, content) in &messages {
            if let Ok(Content::Text(text)) = Content::from_json(content) {
                connection
                    .prepare_cached(
                        "INSERT INTO grams (words, conversation, seq) VALUES (?1, ?2, ?3)",
                    )?
                    .execute(params![grams(&text.content), conversation, seq])?;
            }
        }
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO indexed (conversation, upto_seq) VALUES (?1, ?2)",
            )?
            .execute(params![conversation, last])?;
        done += u32::try_from(messages.len()).unwrap_or(u32::MAX);
        if done >= limit {
            break;
        }
    }
    Ok(done)
}

/// Messages of a brand that contain the words, newest first.
pub(super) fn find(
    connection: &Connection,
    brand: BrandId,
    words: &str,
    limit: u32,
) -> Result<Vec<Found>> {
    let phrases: BTreeSet<String> = words
        .split_whitespace()
        .map(grams)
        .filter(|grams| !grams.is_empty())
        .map(|grams| format!("\"{}\"", grams.trim_end()))
        .collect();
    if phrases.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = phrases.into_iter().collect::<Vec<_>>().join(" AND ");
    let mut query = connection.prepare_cached(
        "SELECT g.conversation, g.seq, m.sent_at, m.content, c.name FROM grams g
           JOIN messages m ON m.conversation = g.conversation AND m.seq = g.seq
           JOIN conversations v ON v.id = m.conversation
           JOIN customers c ON c.id = v.customer
         WHERE grams MATCH ?1 AND m.brand = ?2 AND m.recalled = 0 ORDER BY g.rowid DESC LIMIT ?3",
    )?;
    let found = query.query_map(params![wanted, brand.bytes(), limit], |row| {
        let sent_at: UnixMs = row.get(2)?;
        let content: String = row.get(3)?;
        let text = match Content::from_json(&content) {
            Ok(Content::Text(text)) => text.content,
            _ => String::new(),
        };
        Ok(Found {
            conversation: ConversationId::from_bytes(row.get(0)?),
            seq: row.get(1)?,
            sent_at,
            snippet: snippet(&text, words),
            customer_name: row.get(4)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Some characters around the first word.
fn snippet(text: &str, words: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let first: Vec<char> = words
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_lowercase()
        .chars()
        .collect();
    let lower = |c: &char| c.to_lowercase().next().unwrap_or(*c);
    let at = chars
        .windows(first.len().max(1))
        .position(|window| window.iter().map(lower).eq(first.iter().copied()))
        .unwrap_or(0);
    let from = at.saturating_sub(20);
    let cut: String = chars
        .iter()
        .skip(from)
        .take(80)
        .map(|c| if c.is_control() { ' ' } else { *c })
        .collect();
    if from > 0 { format!("…{cut}") } else { cut }
}

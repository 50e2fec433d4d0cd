//! Finding words in messages, from two characters on.
//!
//! Text is indexed as pairs of neighbouring characters, so that a word of two characters, the usual
//! length in Chinese, is found from the index. A message that has all pairs of the words is a
//! candidate; whether it really contains them is seen in its text.

use std::collections::BTreeSet;

use kefu_domain::{BrandId, Content, ConversationId};
use rusqlite::{Connection, params};

use crate::{Found, Result};

/// Characters of a message that are indexed.
const INDEXED: usize = 4096;
/// Candidates looked at for one answer.
const CANDIDATES: u32 = 5000;
/// Rows of one answer at most.
const MOST: u32 = 200;

/// Lower-case runs of letters and digits.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|run| !run.is_empty())
}

/// The pairs of a text, each once, as words for the index; a character that stands alone is one too.
pub(super) fn grams(text: &str) -> String {
    let lower: String = text
        .chars()
        .take(INDEXED)
        .flat_map(char::to_lowercase)
        .collect();
    let mut pairs = BTreeSet::new();
    for run in runs(&lower) {
        let mut starts = run.char_indices().map(|(at, _)| at).chain([run.len()]);
        let (mut from, mut middle) = (starts.next().unwrap_or(0), starts.next().unwrap_or(0));
        if middle == run.len() {
            pairs.insert(run);
        }
        for end in starts {
            pairs.insert(&run[from..end]);
            (from, middle) = (middle, end);
        }
    }
    let mut out = String::with_capacity(pairs.iter().map(|pair| pair.len() + 1).sum());
    for pair in pairs {
        out.push_str(pair);
        out.push(' ');
    }
    out
}

/// A word in the index that stands for a brand. No text has one: it is longer than a pair.
pub(super) fn brand_word(brand: BrandId) -> String {
    format!("brand{brand}")
}

/// Messages of a brand that contain all the words, newest first.
pub(super) fn find(
    connection: &Connection,
    brand: BrandId,
    words: &str,
    limit: u32,
) -> Result<Vec<Found>> {
    let lower = words.to_lowercase();
    let wanted: Vec<&str> = lower.split_whitespace().collect();
    let pairs: BTreeSet<String> = wanted
        .iter()
        .flat_map(|word| {
            let pairs = grams(word);
            pairs
                .split_whitespace()
                .map(|pair| format!("\"{pair}\""))
                .collect::<Vec<_>>()
        })
        .collect();
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let mut matching = pairs.into_iter().collect::<Vec<_>>().join(" AND ");
    matching.push_str(&format!(" AND \"{}\"", brand_word(brand)));
    let mut query = connection.prepare_cached(
        "SELECT m.conversation, m.seq, m.sent_at, m.content, c.name FROM words.grams g
           CROSS JOIN messages m ON m.id = g.rowid
           CROSS JOIN conversations v ON v.id = m.conversation
           CROSS JOIN customers c ON c.id = v.customer
         WHERE g.grams MATCH ?1 AND m.brand = ?2 AND m.recalled = 0 ORDER BY g.rowid DESC LIMIT ?3",
    )?;
    let mut rows = query.query(params![matching, brand.bytes(), CANDIDATES])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let content: String = row.get(3)?;
        let Ok(Content::Text(text)) = Content::from_json(&content) else {
            continue;
        };
        let text = text.content;
        let told = text.to_lowercase();
        if !wanted.iter().all(|word| told.contains(word)) {
            continue;
        }
        found.push(Found {
            conversation: ConversationId::from_bytes(row.get(0)?),
            seq: row.get(1)?,
            sent_at: row.get(2)?,
            snippet: snippet(&text, wanted.first().copied().unwrap_or_default()),
            customer_name: row.get(4)?,
        });
        if found.len() as u32 >= limit.min(MOST) {
            break;
        }
    }
    Ok(found)
}

/// Some characters around the first word.
fn snippet(text: &str, word: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let first: Vec<char> = word.chars().collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_overlap_and_stop_at_punctuation() {
        assert_eq!(grams("退款呢，A1b 好"), "1b a1 好 款呢 退款 ");
        assert_eq!(grams("  …！"), "");
        assert_eq!(grams("aaaa"), "aa ");
    }

    #[test]
    fn the_snippet_begins_shortly_before_the_word() {
        let text = format!("{}我要退款\n谢谢", "前".repeat(100));
        assert_eq!(
            snippet(&text, "退款"),
            format!("…{}我要退款 谢谢", "前".repeat(18))
        );
        assert_eq!(snippet("退款", "退款"), "退款");
    }
}

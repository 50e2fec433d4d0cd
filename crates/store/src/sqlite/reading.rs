//! Reading threads and lists of them.

use kefu_domain::{BrandId, Content, ConversationId, Message, UnixMs, message::Line};
use rusqlite::{Connection, OptionalExtension, params, params_from_iter, types::Value};

use super::{
    places::{Range, Tail, number, places, read_rows},
    rows,
};
use crate::{ListOrder, ListQuery, Result, StoreError};

/// Rows of one answer at most.
const MOST: u32 = 1000;
/// Conversations on a page at most.
pub(super) const LISTED: u32 = 500;

/// Messages of a range, in the order of their numbers. Numbers are without a gap; a missing one is
/// refused, never skipped. The end of the thread that has no places yet is given.
pub(super) fn messages(
    connection: &Connection,
    brand: BrandId,
    conversation: ConversationId,
    range: &Range,
    tail: &Tail,
) -> Result<Vec<Message>> {
    let Range { after, newest, .. } = *range;
    let limit = range.limit.min(MOST) as usize;
    let before = range.before.unwrap_or(u64::MAX);
    let mut unplaced: Vec<_> = tail
        .iter()
        .filter(|(seq, _)| *seq > after && *seq < before)
        .collect();
    let mut room = limit;
    if newest {
        unplaced.drain(..unplaced.len().saturating_sub(limit));
        room -= unplaced.len();
    }
    let placed = Range {
        before: Some(before.min(tail.from)),
        limit: room as u32,
        ..*range
    };
    let mut found = places(connection, conversation, &placed)?;
    if newest {
        found.reverse();
    } else {
        unplaced.truncate(limit - found.len());
    }
    found.extend(unplaced);
    // Nearly every visitor who opens a page has said nothing: their rows need not be read for it.
    let ours = !found.is_empty()
        && connection
            .prepare_cached("SELECT 1 FROM conversations WHERE id = ?1 AND brand = ?2")?
            .exists(params![conversation.bytes(), brand.bytes()])?;
    if !ours {
        return Ok(Vec::new());
    }
    let first = match found.first() {
        Some((seq, _)) if newest => *seq,
        _ => after.saturating_add(1),
    };
    if let Some(((_, _), missing)) = found.iter().zip(first..).find(|((seq, _), at)| seq != at) {
        return Err(StoreError::Corrupt(format!(
            "{conversation} lacks message {missing}"
        )));
    }
    read_rows(connection, conversation, found)
}

/// Does anything that was said to the customer, and not taken back, show this file? What customers say
/// themselves, and what only quotes them, shows none.
pub(super) fn shows_file(
    connection: &Connection,
    brand: BrandId,
    conversation: ConversationId,
    media_id: &str,
    tail: &Tail,
) -> Result<bool> {
    let all = Range {
        after: 0,
        before: Some(tail.from),
        newest: true,
        limit: u32::MAX,
    };
    let mut query = connection.prepare_cached(
        "SELECT content FROM messages WHERE id = ?1 AND brand = ?2 AND origin <> 3 AND recalled = 0 AND instr(content, ?3) > 0",
    )?;
    let placed = places(connection, conversation, &all)?;
    for (_, row) in tail.iter().rev().chain(placed) {
        let found = query.query_row(params![row, brand.bytes(), media_id], |row| {
            row.get::<_, String>(0)
        });
        let content = found.optional()?.map(|json| Content::from_json(&json));
        if content.is_some_and(|content| content.is_ok_and(|content| content.shows(media_id))) {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn changed(
    connection: &Connection,
    brand: BrandId,
    conversation: ConversationId,
    after_rev: u64,
    limit: u32,
) -> Result<Vec<Message>> {
    let sql = format!(
        "SELECT {} FROM messages m WHERE m.conversation = ?1 AND m.brand = ?2 AND m.rev > ?3 AND m.rev > 0 ORDER BY m.rev LIMIT ?4",
        rows::MESSAGE
    );
    let mut query = connection.prepare_cached(&sql)?;
    let found = query.query_map(
        params![
            conversation.bytes(),
            brand.bytes(),
            number(after_rev),
            limit.min(MOST)
        ],
        rows::message,
    )?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn lines(
    connection: &Connection,
    brand: BrandId,
    conversation: ConversationId,
    from_seq: u64,
    to_seq: u64,
) -> Result<Vec<Line>> {
    let sql = format!(
        "SELECT {} FROM lines WHERE conversation = ?1 AND brand = ?2 AND after_seq BETWEEN ?3 AND ?4 ORDER BY no LIMIT {MOST}",
        rows::LINE
    );
    let mut query = connection.prepare_cached(&sql)?;
    let found = query.query_map(
        params![
            conversation.bytes(),
            brand.bytes(),
            number(from_seq),
            number(to_seq)
        ],
        rows::line,
    )?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// A list's conditions as they are put together.
struct Where {
    sql: String,
    values: Vec<Value>,
}

impl Where {
    fn and(&mut self, sql: &str, value: impl Into<Value>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(sql);
        self.values.push(value.into());
    }

    fn among<T>(&mut self, column: &str, wanted: &[T], value: impl Fn(&T) -> Value) {
        if !wanted.is_empty() {
            let marks = vec!["?"; wanted.len()].join(",");
            self.sql.push_str(&format!(" AND {column} IN ({marks})"));
            self.values.extend(wanted.iter().map(value));
        }
    }
}

fn blob(bytes: [u8; 16]) -> Value {
    Value::Blob(bytes.to_vec())
}

/// Where a list's rows stand and their ids, and one more than fits on the page. A list of open
/// sessions starts from these, of which there are few; any other from the conversations in their
/// order of activity.
pub(super) fn list(
    connection: &Connection,
    brand: BrandId,
    query: &ListQuery,
) -> Result<Vec<(UnixMs, ConversationId)>> {
    let states = &query.states;
    let open = query.agent.is_some()
        || query.not_agent.is_some()
        || query.priority > 0
        || (!states.is_empty() && states.iter().all(|state| *state < 4));
    let from = if open {
        "sessions s CROSS JOIN conversations v ON v.id = s.conversation
         WHERE s.brand = ? AND s.service_state < 4 AND v.last_seq > 0"
    } else {
        "conversations v LEFT JOIN sessions s ON s.conversation = v.id AND s.service_state < 4
         WHERE v.brand = ? AND v.last_seq > 0"
    };
    let only_waiting = states.as_slice() == [2];
    let column = match (query.order, only_waiting) {
        (ListOrder::Activity, _) => "v.last_at",
        (ListOrder::Waiting, true) => "s.enqueued_at",
        (ListOrder::Waiting, false) => "coalesce(s.enqueued_at, v.last_at)",
        (ListOrder::Created, _) => "coalesce(s.opened_at, v.created_at)",
        (ListOrder::Priority, _) => "coalesce(s.priority, 0)",
    };
    let mut rows = Where {
        sql: format!("SELECT {column}, v.id FROM {from}"),
        values: vec![blob(brand.bytes())],
    };
    if let Some(agent) = query.agent {
        rows.and("s.service_state = 3 AND s.agent = ?", blob(agent.bytes()));
    }
    if let Some(agent) = query.not_agent {
        rows.and("s.service_state = 3 AND s.agent <> ?", blob(agent.bytes()));
    }
    if only_waiting {
        // In these words, the index of those who wait is found.
        rows.sql.push_str(" AND s.service_state = 2");
    } else {
        rows.among("coalesce(s.service_state, 4)", states, |state| {
            Value::Integer(i64::from(*state))
        });
    }
    rows.among("s.team", &query.teams, |team| blob(team.bytes()));
    rows.among("v.entry_point", &query.entry_points, |point| {
        blob(point.bytes())
    });
    if let Some(account) = query.kf_account {
        rows.and("v.kf_account = ?", blob(account.bytes()));
    }
    if let Some(customer) = query.customer {
        rows.and("v.customer = ?", blob(customer.bytes()));
    }
    if query.priority > 0 {
        rows.and("s.priority >= ?", i64::from(query.priority));
    }
    if let Some(mark) = &query.mark {
        rows.and(
            "(SELECT mark FROM customers WHERE id = v.customer) = ?",
            mark.clone(),
        );
    }
    let (sign, order) = match query.order {
        ListOrder::Waiting => (">", "ASC"),
        _ => ("<", "DESC"),
    };
    if let Some((at, id)) = query.before {
        rows.sql
            .push_str(&format!(" AND ({column}, v.id) {sign} (?, ?)"));
        rows.values.extend([Value::Integer(at), blob(id.bytes())]);
    }
    rows.sql.push_str(&format!(
        " ORDER BY {column} {order}, v.id {order} LIMIT {}",
        query.limit.clamp(1, LISTED) + 1
    ));
    let mut statement = connection.prepare_cached(&rows.sql)?;
    let found = statement.query_map(params_from_iter(rows.values), |row| {
        Ok((row.get(0)?, ConversationId::from_bytes(row.get(1)?)))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

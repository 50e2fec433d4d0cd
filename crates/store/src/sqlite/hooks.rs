//! What brands' own systems are to be told, and customers who may have left before they read.

use async_trait::async_trait;
use kefu_domain::{BrandId, ConversationId, HookCallId, UnixMs, WebhookId};
use rusqlite::{OptionalExtension, Row, params};

use super::{Sqlite, rows, writer::Writer};
use crate::{
    Away, Change, HookCall, HookNext, HookStore, HookTry, OutboxState, Result, StoreError,
};

const CALL: &str =
    "id, brand, webhook, event, body, created_at, first_at, attempts, state, due_at, tries, no";
/// Tries that are kept of one call.
const TRIES: usize = 12;

fn call(row: &Row<'_>) -> rusqlite::Result<HookCall> {
    Ok(HookCall {
        id: HookCallId::from_bytes(row.get(0)?),
        brand: BrandId::from_bytes(row.get(1)?),
        webhook: WebhookId::from_bytes(row.get(2)?),
        event: row.get(3)?,
        body: row.get(4)?,
        created_at: row.get(5)?,
        first_at: row.get(6)?,
        attempts: row.get(7)?,
        state: match row.get::<_, i64>(8)? {
            0 => OutboxState::Pending,
            1 => OutboxState::Done,
            _ => OutboxState::Dead,
        },
        due_at: row.get(9)?,
        tries: rows::json(row, 10)?.unwrap_or_default(),
        no: row.get(11)?,
    })
}

impl Writer {
    /// Notes that the customer may not see this; part of filing the message.
    pub(super) fn may_be_away(
        &mut self,
        brand: BrandId,
        conversation: ConversationId,
        seq: u64,
        now: UnixMs,
        due_at: UnixMs,
    ) -> Result<()> {
        let noted = self
            .connection
            .prepare_cached(
                "INSERT INTO away (conversation, brand, seq, since, due_at) VALUES (?1,?2,?3,?4,?5)
                 ON CONFLICT (conversation) DO UPDATE SET seq = ?3, since = min(since, ?4), due_at = ?5",
            )
            .and_then(|mut insert| insert.execute(params![conversation.bytes(), brand.bytes(), seq, now, due_at]));
        self.broke(noted)?;
        self.changes.push(Change::Hook);
        Ok(())
    }

    fn insert_calls(&mut self, calls: &[HookCall]) -> Result<()> {
        for call in calls {
            let inserted = self
                .connection
                .prepare_cached(
                    "INSERT INTO hook_calls (id, brand, webhook, event, body, created_at, first_at, due_at)
                     VALUES (?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT (id) DO NOTHING",
                )
                .and_then(|mut insert| {
                    insert.execute(params![
                        call.id.bytes(), call.brand.bytes(), call.webhook.bytes(), call.event, call.body,
                        call.created_at, call.first_at, call.due_at,
                    ])
                });
            self.broke(inserted)?;
        }
        if !calls.is_empty() {
            self.changes.push(Change::Hook);
        }
        Ok(())
    }

    fn settle_call(&mut self, id: HookCallId, tried: HookTry, next: HookNext) -> Result<()> {
        let sql = format!("SELECT {CALL} FROM hook_calls WHERE id = ?1");
        let mut row = self
            .connection
            .prepare_cached(&sql)?
            .query_row([id.bytes()], call)
            .optional()?
            .ok_or(StoreError::NotFound)?;
        if row.tries.len() >= TRIES {
            row.tries.remove(0);
        }
        row.tries.push(tried);
        // A late word about a call that was settled meanwhile: only that it was taken is news.
        let (state, due_at) = match (row.state, next) {
            (OutboxState::Done, _) | (_, HookNext::Done) => (OutboxState::Done, None),
            (OutboxState::Pending, HookNext::Retry(at)) => (OutboxState::Pending, Some(at)),
            (_, HookNext::Dead | HookNext::Retry(_)) => (OutboxState::Dead, None),
        };
        let updated = self
            .connection
            .prepare_cached(
                "UPDATE hook_calls SET state = ?2, due_at = ?3, tries = ?4 WHERE id = ?1",
            )
            .and_then(|mut update| {
                update.execute(params![
                    id.bytes(),
                    state as u8,
                    due_at,
                    rows::to_json(Some(&row.tries))
                ])
            });
        self.broke(updated).map(|_| ())
    }
}

#[async_trait]
impl HookStore for Sqlite {
    async fn due_away(&self, now: UnixMs, limit: u32) -> Result<Vec<Away>> {
        self.read(move |connection| {
            let mut query = connection.prepare_cached(
                "SELECT conversation, brand, seq, since FROM away WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2",
            )?;
            let found = query.query_map(params![now, limit], |row| {
                Ok(Away {
                    conversation: ConversationId::from_bytes(row.get(0)?),
                    brand: BrandId::from_bytes(row.get(1)?),
                    seq: row.get(2)?,
                    since: row.get(3)?,
                })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn settle_away(
        &self,
        away: Away,
        later: Option<UnixMs>,
        calls: Vec<HookCall>,
    ) -> Result<bool> {
        self.write(move |writer| {
            // Words that came meanwhile have moved the row on: they decide.
            let key = params![away.conversation.bytes(), away.seq];
            let settled = match later {
                Some(at) => writer.connection.execute(
                    "UPDATE away SET due_at = ?3 WHERE conversation = ?1 AND seq = ?2",
                    params![away.conversation.bytes(), away.seq, at],
                ),
                None => writer
                    .connection
                    .execute("DELETE FROM away WHERE conversation = ?1 AND seq = ?2", key),
            };
            let mine = writer.broke(settled)? > 0;
            if mine {
                writer.insert_calls(&calls)?;
            }
            Ok(mine)
        })
        .await
    }

    async fn put_hook_calls(&self, calls: Vec<HookCall>) -> Result<()> {
        self.write(move |writer| writer.insert_calls(&calls)).await
    }

    async fn take_hook_calls(
        &self,
        now: UnixMs,
        lease: UnixMs,
        except: Vec<WebhookId>,
        each: u32,
        limit: u32,
    ) -> Result<Vec<HookCall>> {
        self.write(move |writer| {
            let except: Vec<String> = except
                .iter()
                .map(|id| id.bytes().iter().map(|byte| format!("{byte:02x}")).collect())
                .collect();
            let sql = format!(
                "UPDATE hook_calls SET due_at = ?2, attempts = attempts + 1 WHERE no IN (
                   SELECT no FROM (
                     SELECT no, row_number() OVER (PARTITION BY webhook ORDER BY due_at, no) AS place FROM hook_calls
                     WHERE due_at <= ?1 AND webhook NOT IN (SELECT unhex(value) FROM json_each(?3)))
                   WHERE place <= ?4 ORDER BY place LIMIT ?5)
                 RETURNING {CALL}"
            );
            let taken = writer
                .connection
                .prepare_cached(&sql)
                .and_then(|mut query| {
                    query
                        .query_map(params![now, lease, rows::to_json(Some(&except)), each, limit], call)?
                        .collect::<rusqlite::Result<Vec<_>>>()
                });
            writer.broke(taken)
        })
        .await
    }

    async fn settle_hook_call(&self, id: HookCallId, tried: HookTry, next: HookNext) -> Result<()> {
        self.write(move |writer| writer.settle_call(id, tried, next))
            .await
    }

    async fn resend_hook_call(&self, brand: BrandId, id: HookCallId, at: UnixMs) -> Result<()> {
        self.write(move |writer| {
            let state: u8 = writer
                .connection
                .prepare_cached("SELECT state FROM hook_calls WHERE id = ?1 AND brand = ?2")?
                .query_row(params![id.bytes(), brand.bytes()], |row| row.get(0))
                .optional()?
                .ok_or(StoreError::NotFound)?;
            if state == OutboxState::Pending as u8 {
                return Err(StoreError::Conflict("it is pending already".to_owned()));
            }
            let again = writer
                .connection
                .prepare_cached("UPDATE hook_calls SET state = 0, attempts = 0, first_at = ?2, due_at = ?2 WHERE id = ?1")
                .and_then(|mut update| update.execute(params![id.bytes(), at]));
            writer.broke(again)?;
            writer.changes.push(Change::Hook);
            Ok(())
        })
        .await
    }

    async fn hook_calls(
        &self,
        brand: BrandId,
        webhook: Option<WebhookId>,
        state: Option<OutboxState>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<HookCall>> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {CALL} FROM hook_calls WHERE brand = ?1 AND no < ?2 AND (?3 IS NULL OR webhook = ?3)
                   AND (?4 IS NULL OR state = ?4) ORDER BY no DESC LIMIT ?5"
            );
            let mut query = connection.prepare_cached(&sql)?;
            let asked = params![
                brand.bytes(), before.unwrap_or(i64::MAX), webhook.map(WebhookId::bytes), state.map(|state| state as u8), limit,
            ];
            let found = query.query_map(asked, call)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn next_hook(&self) -> Result<Option<UnixMs>> {
        self.read(|connection| {
            Ok(connection.query_row(
                "SELECT min(at) FROM (SELECT min(due_at) AS at FROM away UNION ALL SELECT min(due_at) FROM hook_calls WHERE due_at IS NOT NULL)",
                [],
                |row| row.get(0),
            )?)
        })
        .await
    }
}

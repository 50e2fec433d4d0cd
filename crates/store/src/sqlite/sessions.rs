//! Sessions and assignments.

use std::sync::Arc;

use async_trait::async_trait;
use kefu_domain::{
    AgentId, BrandId, ConversationId, ServiceState, Session, SessionId, UnixMs, session::Effect,
};
use rusqlite::{OptionalExtension, params};

use super::{
    Sqlite,
    cache::{Behind, Due},
    rows,
    writer::Writer,
};
use crate::{
    Act, Acted, Assignment, Change, Conversation, Result, Seen, SessionRow, SessionStore,
    StoreError,
};

impl Writer {
    pub(super) fn act(&mut self, act: Act) -> Result<Acted> {
        let Act {
            brand,
            session: id,
            conversation,
            command,
            at,
            limit,
            seen,
            say,
            line,
            explanation,
            why,
        } = act;
        let entry = self.entry(brand, conversation)?;
        let Some(session) = entry.conversation.session.as_ref().filter(|s| s.id == id) else {
            return self.rate_past(brand, conversation, id, &command);
        };
        let mut session = session.clone();
        self.must_stand(brand, conversation, &session, seen)?;
        let waited_for = session
            .team
            .filter(|_| session.state == ServiceState::Waiting);
        let effects = session.apply(&command, at)?;
        if let Some(limit) = limit {
            self.check_limit(&effects, limit)?;
        }
        // From here on, everything is written.
        if why.is_some() {
            session.why = why;
        }
        let ends = session.state == ServiceState::Ended;
        let mut say = Some(say);
        if ends && let Some(say) = say.take() {
            // Last words still belong to the session that they end.
            self.say_all(brand, conversation, id, say, at)?;
        }
        for effect in &effects {
            self.log_assignment(brand, id, *effect, explanation.as_deref(), at)?;
        }
        let entry = self.entry(brand, conversation)?;
        entry.session_behind(Behind::Whole);
        let whole = entry.edit();
        let mut due = Due::Session;
        if session.state == ServiceState::Serving && whole.last_agent != session.agent {
            whole.last_agent = session.agent;
            due = Due::Now;
        }
        whole.session = Some(session);
        let now = Arc::clone(&entry.conversation);
        self.touch(conversation, due);
        self.changes.push(Change::Session {
            conversation: now,
            effects: effects.clone(),
            opened: false,
            waited_for,
        });
        if let Some(say) = say {
            self.say_all(brand, conversation, id, say, at)?;
        }
        if let Some(line) = line {
            self.write_line(brand, conversation, None, line, at)?;
        }
        Ok(Acted {
            conversation: self.snapshot(brand, conversation)?,
            effects,
        })
    }

    /// The thread is as whoever acts saw it.
    fn must_stand(
        &mut self,
        brand: BrandId,
        conversation: ConversationId,
        session: &Session,
        seen: Option<Seen>,
    ) -> Result<()> {
        let last = self.entry(brand, conversation)?.conversation.last_seq;
        let moved = match seen {
            None => false,
            Some(Seen::Clocks(clocks)) => clocks != session.clocks(),
            Some(Seen::Upto(seq)) => {
                last > seq && self.customers_after(brand, conversation, seq)? > 0
            }
        };
        if moved {
            Err(StoreError::ThreadMoved(last))
        } else {
            Ok(())
        }
    }

    /// Nobody gets more than the limit, offers included; what the same command takes away counts.
    fn check_limit(&self, effects: &[Effect], limit: u32) -> Result<()> {
        for effect in effects {
            let Effect::Opened { agent, .. } = effect else {
                continue;
            };
            let freed = effects
                .iter()
                .filter(
                    |other| matches!(other, Effect::Closed { agent: from, .. } if from == agent),
                )
                .count() as u32;
            let load = self.loads.get(agent).copied().unwrap_or(0);
            if load.saturating_sub(freed) >= limit {
                return Err(StoreError::AtCapacity);
            }
        }
        Ok(())
    }

    fn log_assignment(
        &mut self,
        brand: BrandId,
        session: SessionId,
        effect: Effect,
        explanation: Option<&str>,
        at: UnixMs,
    ) -> Result<()> {
        let written = match effect {
            Effect::Opened {
                agent,
                fence,
                offer,
            } => {
                *self.loads.entry(agent).or_default() += 1;
                self.connection
                    .prepare_cached(
                        "INSERT INTO assignments (session, fence, brand, agent, offered, opened_at, explanation) VALUES (?1,?2,?3,?4,?5,?6,?7)",
                    )
                    .and_then(|mut insert| {
                        insert.execute(params![session.bytes(), fence, brand.bytes(), agent.bytes(), offer, at, explanation])
                    })
            }
            Effect::Accepted { fence, .. } => self
                .connection
                .prepare_cached(
                    "UPDATE assignments SET accepted_at = ?3 WHERE session = ?1 AND fence = ?2",
                )
                .and_then(|mut update| update.execute(params![session.bytes(), fence, at])),
            Effect::Closed {
                agent,
                fence,
                reason,
            } => {
                if let Some(load) = self.loads.get_mut(&agent) {
                    *load = load.saturating_sub(1);
                }
                self.connection
                    .prepare_cached("UPDATE assignments SET closed_at = ?3, reason = ?4 WHERE session = ?1 AND fence = ?2")
                    .and_then(|mut update| update.execute(params![session.bytes(), fence, at, reason.word()]))
            }
        };
        self.broke(written).map(|_| ())
    }
}

impl Sqlite {
    /// Conversations as they are now, in portions, so that filing goes on between them. One that
    /// cannot be read is left out, loudly.
    pub(super) async fn snapshots(
        &self,
        brand: BrandId,
        ids: Vec<ConversationId>,
    ) -> Result<Vec<Arc<Conversation>>> {
        let mut out = Vec::with_capacity(ids.len());
        for portion in ids.chunks(128) {
            let portion = portion.to_vec();
            let mut some = self
                .write(move |writer| {
                    let mut some = Vec::with_capacity(portion.len());
                    for id in portion {
                        match writer.snapshot(brand, id) {
                            Ok(conversation) => some.push(conversation),
                            Err(error @ StoreError::Unavailable(_)) => return Err(error),
                            Err(error) => {
                                tracing::error!(%error, conversation.id = %id, "a thread cannot be read");
                            }
                        }
                    }
                    Ok(some)
                })
                .await?;
            out.append(&mut some);
        }
        Ok(out)
    }
}

const ASSIGNMENT: &str =
    "agent, fence, offered, opened_at, accepted_at, closed_at, reason, explanation, session";

fn assignment(row: &rusqlite::Row<'_>) -> rusqlite::Result<Assignment> {
    Ok(Assignment {
        session: SessionId::from_bytes(row.get(8)?),
        agent: AgentId::from_bytes(row.get(0)?),
        fence: row.get(1)?,
        offered: row.get(2)?,
        opened_at: row.get(3)?,
        accepted_at: row.get(4)?,
        closed_at: row.get(5)?,
        reason: row.get(6)?,
        explanation: row.get(7)?,
    })
}

#[async_trait]
impl SessionStore for Sqlite {
    async fn act(&self, act: Act) -> Result<Acted> {
        self.write(move |writer| writer.act(act)).await
    }

    async fn open_sessions(&self, brand: BrandId) -> Result<Vec<Arc<Conversation>>> {
        let ids = self
            .read(move |connection| {
                let mut query = connection.prepare(
                    "SELECT conversation FROM sessions WHERE brand = ?1 AND service_state < 4",
                )?;
                let ids = query.query_map([brand.bytes()], |row| {
                    Ok(ConversationId::from_bytes(row.get(0)?))
                })?;
                Ok(ids.collect::<rusqlite::Result<Vec<_>>>()?)
            })
            .await?;
        let mut open = self.snapshots(brand, ids).await?;
        open.retain(|conversation| {
            let session = conversation.session.as_ref();
            session.is_some_and(|session| session.state != ServiceState::Ended)
        });
        Ok(open)
    }

    async fn sessions(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        limit: u32,
    ) -> Result<Vec<SessionRow>> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {} FROM sessions WHERE conversation = ?1 AND brand = ?2 ORDER BY no DESC LIMIT ?3",
                rows::SESSION
            );
            let mut query = connection.prepare_cached(&sql)?;
            let found = query.query_map(params![conversation.bytes(), brand.bytes(), limit], |row| {
                let (first, last): (u64, u64) = (row.get(28)?, row.get(29)?);
                let messages = (last + 1).saturating_sub(first);
                Ok(SessionRow { session: rows::session(row)?, source: rows::json(row, 27)?, messages })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn session_conversation(
        &self,
        brand: BrandId,
        session: SessionId,
    ) -> Result<ConversationId> {
        self.read(move |connection| {
            connection
                .prepare_cached("SELECT conversation FROM sessions WHERE id = ?1 AND brand = ?2")?
                .query_row(params![session.bytes(), brand.bytes()], |row| {
                    Ok(ConversationId::from_bytes(row.get(0)?))
                })
                .optional()?
                .ok_or(StoreError::NotFound)
        })
        .await
    }

    async fn assignments(&self, brand: BrandId, session: SessionId) -> Result<Vec<Assignment>> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {ASSIGNMENT} FROM assignments WHERE session = ?1 AND brand = ?2 ORDER BY fence"
            );
            let mut query = connection.prepare_cached(&sql)?;
            let found = query.query_map(params![session.bytes(), brand.bytes()], assignment)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn assignments_since(
        &self,
        brand: BrandId,
        since: UnixMs,
        after: Option<(SessionId, u64)>,
        limit: u32,
    ) -> Result<Vec<Assignment>> {
        let (session, fence) = after.unwrap_or_default();
        self.read(move |connection| {
            let sql = format!(
                "SELECT {ASSIGNMENT} FROM assignments WHERE (session, fence) > (?1, ?2) AND brand = ?3
                   AND coalesce(closed_at, ?4) >= ?4 ORDER BY session, fence LIMIT ?5"
            );
            let mut query = connection.prepare_cached(&sql)?;
            let asked = params![session.bytes(), fence, brand.bytes(), since, limit];
            let found = query.query_map(asked, assignment)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }
}

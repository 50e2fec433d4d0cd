//! Handoffs: only forward, each step once.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use kefu_domain::{
    AgentId, BrandId, Content, ConversationId, CustomerId, FanGroupId, HandoffId, MessageId,
    SpecialistId, UnixMs, content::HandoffCard,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Sqlite, rows, writer::Writer};
use crate::{
    Change, CodeStep, Handoff, HandoffStatus, HandoffStep, HandoffStore, HandoffTally,
    HandoffTarget, HandoffsOf, HandoffsTo, Result, StoreError,
};

const ROW: &str = "id, brand, conversation, customer, kind, target, name, title, agent, seq, config_id, status, offered_at, seen_at, opened_at, done_at, expires_at";

fn target_of(kind: &str, id: [u8; 16]) -> HandoffTarget {
    if kind == "specialist" {
        HandoffTarget::Specialist(SpecialistId::from_bytes(id))
    } else {
        HandoffTarget::FanGroup(FanGroupId::from_bytes(id))
    }
}

fn handoff(row: &Row<'_>) -> rusqlite::Result<Handoff> {
    use HandoffStatus as S;
    let kind: String = row.get(4)?;
    let target: [u8; 16] = row.get(5)?;
    let status: i64 = row.get(11)?;
    Ok(Handoff {
        id: HandoffId::from_bytes(row.get(0)?),
        brand: BrandId::from_bytes(row.get(1)?),
        conversation: ConversationId::from_bytes(row.get(2)?),
        customer: CustomerId::from_bytes(row.get(3)?),
        target: target_of(&kind, target),
        name: row.get(6)?,
        title: row.get(7)?,
        agent: rows::opt(row, 8, AgentId::from_bytes)?,
        seq: row.get(9)?,
        config_id: row.get(10)?,
        status: [
            S::Preparing,
            S::Offered,
            S::Seen,
            S::Opened,
            S::Added,
            S::Joined,
            S::Expired,
            S::Failed,
        ]
        .into_iter()
        .find(|s| *s as i64 == status)
        .unwrap_or(S::Failed),
        offered_at: row.get(12)?,
        seen_at: row.get(13)?,
        opened_at: row.get(14)?,
        done_at: row.get(15)?,
        expires_at: row.get(16)?,
    })
}

fn by_id(connection: &Connection, brand: BrandId, id: HandoffId) -> Result<Handoff> {
    let sql = format!("SELECT {ROW} FROM handoffs WHERE id = ?1 AND brand = ?2");
    connection
        .prepare_cached(&sql)?
        .query_row(params![id.bytes(), brand.bytes()], handoff)
        .optional()?
        .ok_or(StoreError::NotFound)
}

/// Applies a step; false if it changes nothing.
fn step(handoff: &mut Handoff, step: HandoffStep, at: UnixMs) -> bool {
    use HandoffStatus as S;
    match step {
        HandoffStep::Prepared { config_id } => {
            let other = handoff.config_id.as_ref() != Some(&config_id);
            handoff.config_id = Some(config_id);
            other
        }
        HandoffStep::Carded { seq } => {
            let first = handoff.seq == 0;
            if first {
                handoff.seq = seq;
                handoff.status = handoff.status.max(S::Offered);
                handoff.offered_at = at;
            }
            first
        }
        HandoffStep::Reached(status) => {
            let done = matches!(handoff.status, S::Added | S::Joined);
            let arrives = matches!(status, S::Added | S::Joined);
            // Somebody may still add from a card that we took for expired.
            if done || (status <= handoff.status && !arrives) {
                return false;
            }
            match status {
                S::Seen => handoff.seen_at = Some(at),
                S::Opened => {
                    handoff.seen_at.get_or_insert(at);
                    handoff.opened_at = Some(at);
                }
                S::Added | S::Joined => {
                    handoff.seen_at.get_or_insert(at);
                    handoff.opened_at.get_or_insert(at);
                    handoff.done_at = Some(at);
                }
                _ => (),
            }
            handoff.status = status;
            true
        }
    }
}

/// A code is made and its card filed within so long, or something broke in between.
const PREPARED_MS: UnixMs = 600_000;
/// Customers add from pictures that they kept: for so long after the offer's time.
const KEPT_MS: UnixMs = 90 * 86_400_000;

/// When the code of a handoff is of no use any more.
fn withdraw_at(row: &Handoff) -> Option<UnixMs> {
    row.config_id.as_ref()?;
    Some(match row.status {
        HandoffStatus::Failed => 0,
        HandoffStatus::Preparing => row.offered_at + PREPARED_MS,
        _ => row.expires_at + KEPT_MS,
    })
}

impl Writer {
    fn write_handoff(&mut self, row: &Handoff) -> Result<()> {
        let (kind, target) = match row.target {
            HandoffTarget::Specialist(id) => ("specialist", id.bytes()),
            HandoffTarget::FanGroup(id) => ("fan_group", id.bytes()),
        };
        let sql = format!(
            "INSERT INTO handoffs ({ROW}, withdraw_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)
             ON CONFLICT (id) DO UPDATE SET seq = ?10, config_id = ?11, status = ?12, offered_at = ?13, seen_at = ?14,
               opened_at = ?15, done_at = ?16, withdraw_at = ?18 WHERE brand = ?2"
        );
        let written = self.connection.prepare_cached(&sql).and_then(|mut insert| {
            insert.execute(params![
                row.id.bytes(),
                row.brand.bytes(),
                row.conversation.bytes(),
                row.customer.bytes(),
                kind,
                target,
                row.name,
                row.title,
                row.agent.map(AgentId::bytes),
                row.seq,
                row.config_id,
                row.status as u8,
                row.offered_at,
                row.seen_at,
                row.opened_at,
                row.done_at,
                row.expires_at,
                withdraw_at(row),
            ])
        });
        if self.broke(written)? == 0 {
            return Err(StoreError::NotFound);
        }
        self.changes.push(Change::Handoff {
            handoff: Arc::new(row.clone()),
        });
        Ok(())
    }
}

impl Writer {
    /// A card that did not arrive is no offer: its code is taken back, and the card says so. Whoever
    /// went on from it has it all the same.
    pub(super) fn fail_offer(&mut self, brand: BrandId, id: MessageId, at: UnixMs) -> Result<()> {
        let Content::Handoff(card) = self.read_message(brand, id)?.content else {
            return Ok(());
        };
        let Ok(handoff) = card.handoff_id.parse::<HandoffId>() else {
            return Ok(());
        };
        let mut row = match by_id(&self.connection, brand, handoff) {
            Err(StoreError::NotFound) => return Ok(()),
            row => row?,
        };
        let failed = HandoffStatus::Failed;
        if row.status > HandoffStatus::Seen || !step(&mut row, HandoffStep::Reached(failed), at) {
            return Ok(());
        }
        self.write_handoff(&row)?;
        let status = failed.word().to_owned();
        self.amend(brand, id, Content::Handoff(HandoffCard { status, ..card }))
    }
}

#[async_trait]
impl HandoffStore for Sqlite {
    async fn put_handoff(&self, handoff: Handoff) -> Result<()> {
        self.write(
            move |writer| match by_id(&writer.connection, handoff.brand, handoff.id) {
                // A repetition must not take back how far it got.
                Ok(_) => Ok(()),
                Err(StoreError::NotFound) => writer.write_handoff(&handoff),
                Err(error) => Err(error),
            },
        )
        .await
    }

    async fn advance_handoff(
        &self,
        brand: BrandId,
        id: HandoffId,
        next: HandoffStep,
        at: UnixMs,
    ) -> Result<Handoff> {
        self.write(move |writer| {
            let mut row = by_id(&writer.connection, brand, id)?;
            if step(&mut row, next, at) {
                writer.write_handoff(&row)?;
            }
            Ok(row)
        })
        .await
    }

    async fn codes_to_withdraw(&self, now: UnixMs, limit: u32) -> Result<Vec<(Handoff, u32)>> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {ROW}, withdraw_tries FROM handoffs WHERE withdraw_at <= ?1 ORDER BY withdraw_at LIMIT ?2"
            );
            let mut query = connection.prepare_cached(&sql)?;
            let found =
                query.query_map(params![now, limit], |row| Ok((handoff(row)?, row.get(17)?)))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn settle_code(&self, brand: BrandId, id: HandoffId, next: CodeStep) -> Result<()> {
        self.write(move |writer| {
            by_id(&writer.connection, brand, id)?;
            let (sql, at) = match next {
                CodeStep::Gone => (
                    "UPDATE handoffs SET config_id = NULL, withdraw_at = ?2 WHERE id = ?1",
                    None,
                ),
                CodeStep::Later(at) => (
                    "UPDATE handoffs SET withdraw_tries = withdraw_tries + 1, withdraw_at = ?2 WHERE id = ?1",
                    Some(at),
                ),
                CodeStep::GivenUp => ("UPDATE handoffs SET withdraw_at = ?2 WHERE id = ?1", None),
            };
            let settled = writer
                .connection
                .prepare_cached(sql)
                .and_then(|mut update| update.execute(params![id.bytes(), at]));
            writer.broke(settled).map(|_| ())
        })
        .await
    }

    async fn handoff(&self, brand: BrandId, id: HandoffId) -> Result<Handoff> {
        self.read(move |connection| by_id(connection, brand, id))
            .await
    }

    async fn whose_handoff(&self, id: HandoffId) -> Result<Option<BrandId>> {
        self.read(move |connection| {
            let sql = "SELECT brand FROM handoffs WHERE id = ?1";
            let mut query = connection.prepare_cached(sql)?;
            let brand = query.query_row([id.bytes()], |row| Ok(BrandId::from_bytes(row.get(0)?)));
            Ok(brand.optional()?)
        })
        .await
    }

    async fn handoffs(&self, brand: BrandId, customer: CustomerId) -> Result<Vec<Handoff>> {
        self.read(move |connection| {
            let sql = format!("SELECT {ROW} FROM handoffs WHERE customer = ?1 AND brand = ?2 ORDER BY id DESC LIMIT 100");
            let mut query = connection.prepare_cached(&sql)?;
            let found = query.query_map(params![customer.bytes(), brand.bytes()], handoff)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn handoffs_by_target(&self, brand: BrandId, since: UnixMs) -> Result<Vec<HandoffsTo>> {
        self.read(move |connection| by_target(connection, brand, since))
            .await
    }

    async fn handoffs_by_agent(
        &self,
        brand: BrandId,
        since: UnixMs,
        step_ms: i64,
    ) -> Result<Vec<HandoffsOf>> {
        self.read(move |connection| by_agent(connection, brand, since, step_ms))
            .await
    }

    async fn lapsed_handoffs(&self, now: UnixMs, limit: u32) -> Result<Vec<(BrandId, HandoffId)>> {
        self.read(move |connection| {
            let mut query = connection.prepare_cached(
                "SELECT brand, id FROM handoffs WHERE status IN (1, 2, 3) AND expires_at <= ?1 ORDER BY expires_at LIMIT ?2",
            )?;
            let found = query.query_map(params![now, limit], |row| {
                Ok((BrandId::from_bytes(row.get(0)?), HandoffId::from_bytes(row.get(1)?)))
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn handoff_tallies(&self, brand: BrandId) -> Result<Vec<(HandoffTarget, HandoffTally)>> {
        self.read(move |connection| {
            // 0 and 7: never offered. 4: added. 5: joined.
            let mut query = connection.prepare_cached(
                "SELECT kind, target, count(*), count(seen_at), count(opened_at), sum(status = 4), sum(status = 5)
                 FROM handoffs WHERE brand = ?1 AND status NOT IN (0, 7) GROUP BY kind, target",
            )?;
            let found = query.query_map([brand.bytes()], |row| {
                let kind: String = row.get(0)?;
                let tally = HandoffTally {
                    offered: row.get(2)?,
                    seen: row.get(3)?,
                    opened: row.get(4)?,
                    added: row.get(5)?,
                    joined: row.get(6)?,
                };
                Ok((target_of(&kind, row.get(1)?), tally))
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }
}

fn by_target(connection: &Connection, brand: BrandId, since: UnixMs) -> Result<Vec<HandoffsTo>> {
    // 0: being made. 4: added. 5: joined. 7: failed, never offered.
    let mut query = connection.prepare_cached(
        "SELECT kind, target, sum(status NOT IN (0, 7)), sum(status NOT IN (0, 7) AND seen_at IS NOT NULL),
                sum(status NOT IN (0, 7) AND opened_at IS NOT NULL), sum(status = 4), sum(status = 5),
                sum(status < 4), 0
         FROM handoffs WHERE brand = ?1 AND offered_at >= ?2 GROUP BY kind, target
         UNION ALL SELECT kind, target, 0, 0, 0, 0, 0, 0, count(*)
         FROM handoffs WHERE brand = ?1 AND status = 4 AND done_at >= ?2 GROUP BY kind, target",
    )?;
    let mut found = query.query(params![brand.bytes(), since])?;
    let mut all: HashMap<HandoffTarget, HandoffsTo> = HashMap::new();
    while let Some(row) = found.next()? {
        let target = target_of(&row.get::<_, String>(0)?, row.get(1)?);
        let theirs = all.entry(target).or_insert(HandoffsTo {
            target,
            tally: HandoffTally::default(),
            living: 0,
            added: 0,
        });
        let tally = &mut theirs.tally;
        tally.offered += row.get::<_, u32>(2)?;
        tally.seen += row.get::<_, u32>(3)?;
        tally.opened += row.get::<_, u32>(4)?;
        tally.added += row.get::<_, u32>(5)?;
        tally.joined += row.get::<_, u32>(6)?;
        theirs.living += row.get::<_, u32>(7)?;
        theirs.added += row.get::<_, u32>(8)?;
    }
    Ok(all.into_values().collect())
}

fn by_agent(
    connection: &Connection,
    brand: BrandId,
    since: UnixMs,
    step_ms: i64,
) -> Result<Vec<HandoffsOf>> {
    // 0 and 7: never offered. 4: added. 5: joined.
    let mut tallies = connection.prepare_cached(
        "SELECT agent, count(*), count(seen_at), count(opened_at), sum(status = 4), sum(status = 5)
         FROM handoffs WHERE brand = ?1 AND offered_at >= ?2 AND status NOT IN (0, 7) GROUP BY agent",
    )?;
    let tallies = tallies.query_map(params![brand.bytes(), since], |row| {
        let agent = rows::opt(row, 0, AgentId::from_bytes)?;
        let tally = HandoffTally {
            offered: row.get(1)?,
            seen: row.get(2)?,
            opened: row.get(3)?,
            added: row.get(4)?,
            joined: row.get(5)?,
        };
        let done = Vec::new();
        Ok((agent, HandoffsOf { agent, tally, done }))
    })?;
    let mut all: HashMap<_, _> = tallies.collect::<rusqlite::Result<_>>()?;
    let mut steps = connection.prepare_cached(
        "SELECT agent, done_at / ?3 * ?3, count(*) FROM handoffs
         WHERE brand = ?1 AND offered_at >= ?2 AND status IN (4, 5) AND done_at IS NOT NULL GROUP BY 1, 2",
    )?;
    let mut steps = steps.query(params![brand.bytes(), since, step_ms])?;
    while let Some(row) = steps.next()? {
        if let Some(theirs) = all.get_mut(&rows::opt(row, 0, AgentId::from_bytes)?) {
            theirs.done.push((row.get(1)?, row.get(2)?));
        }
    }
    Ok(all.into_values().collect())
}

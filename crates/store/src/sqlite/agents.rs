//! What agents said about themselves.

use async_trait::async_trait;
use kefu_domain::{AgentId, BrandId, routing::Availability};
use rusqlite::params;

use super::Sqlite;
use crate::{AgentState, AgentStateStore, Result};

#[async_trait]
impl AgentStateStore for Sqlite {
    async fn set_agent_state(&self, brand: BrandId, state: AgentState) -> Result<()> {
        self.write(move |writer| {
            let word = state.availability.word();
            let set = writer
                .connection
                .prepare_cached("INSERT OR REPLACE INTO agent_states (brand, agent, availability, reason, since_at) VALUES (?1,?2,?3,?4,?5)")
                .and_then(|mut insert| {
                    insert.execute(params![brand.bytes(), state.agent.bytes(), word, state.reason, state.since_at])
                });
            writer.broke(set).map(|_| ())
        })
        .await
    }

    async fn agent_states(&self, brand: BrandId) -> Result<Vec<AgentState>> {
        self.read(move |connection| {
            let mut query = connection.prepare_cached(
                "SELECT agent, availability, reason, since_at FROM agent_states WHERE brand = ?1",
            )?;
            let found = query.query_map([brand.bytes()], |row| {
                let word: String = row.get(1)?;
                Ok(AgentState {
                    agent: AgentId::from_bytes(row.get(0)?),
                    availability: Availability::from_word(&word).unwrap_or(Availability::Offline),
                    reason: row.get(2)?,
                    since_at: row.get(3)?,
                })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }
}

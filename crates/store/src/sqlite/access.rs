//! Sign-ins, tickets, visitor tokens.

use async_trait::async_trait;
use kefu_domain::{AgentId, BrandId, UnixMs};
use rusqlite::{OptionalExtension, params};

use super::{Sqlite, visitors::find_visitor};
use crate::{AccessStore, Login, Result, Visitor, VisitorOpen};

/// Events seen, and intents done, are remembered so long.
const KEPT: UnixMs = 8 * 86_400_000;
/// What platforms told can be looked at so long.
const TOLD: UnixMs = 30 * 86_400_000;

fn login(row: &rusqlite::Row<'_>) -> rusqlite::Result<Login> {
    Ok(Login {
        brand: BrandId::from_bytes(row.get(0)?),
        agent: AgentId::from_bytes(row.get(1)?),
        expires_at: row.get(2)?,
    })
}

#[async_trait]
impl AccessStore for Sqlite {
    async fn set_password(
        &self,
        brand: BrandId,
        agent: AgentId,
        hash: String,
        must_change: bool,
    ) -> Result<()> {
        self.write(move |writer| {
            let set = writer.connection.execute(
                "INSERT INTO passwords (brand, agent, hash, must_change) VALUES (?1,?2,?3,?4)
                 ON CONFLICT (brand, agent) DO UPDATE SET hash = ?3, must_change = ?4",
                params![brand.bytes(), agent.bytes(), hash, must_change],
            );
            writer.broke(set).map(|_| ())
        })
        .await
    }

    async fn password(&self, brand: BrandId, agent: AgentId) -> Result<Option<(String, bool)>> {
        self.read(move |connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT hash, must_change FROM passwords WHERE brand = ?1 AND agent = ?2",
                )?
                .query_row(params![brand.bytes(), agent.bytes()], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?)
        })
        .await
    }

    async fn change_password(
        &self,
        brand: BrandId,
        agent: AgentId,
        was: String,
        hash: String,
    ) -> Result<bool> {
        self.write(move |writer| {
            let set = writer.connection.execute(
                "UPDATE passwords SET hash = ?4, must_change = 0 WHERE brand = ?1 AND agent = ?2 AND hash = ?3",
                params![brand.bytes(), agent.bytes(), was, hash],
            );
            writer.broke(set).map(|rows| rows > 0)
        })
        .await
    }

    async fn sign_in(&self, token_hash: [u8; 32], login: Login, password: String) -> Result<bool> {
        self.write(move |writer| {
            // A repetition after an unknown outcome finds its own row.
            let kept = writer.connection.execute(
                "INSERT INTO logins (token_hash, brand, agent, ticket, expires_at)
                 SELECT ?1, ?2, ?3, 0, ?4 FROM passwords WHERE brand = ?2 AND agent = ?3 AND hash = ?5
                 ON CONFLICT (token_hash) DO UPDATE SET expires_at = excluded.expires_at
                   WHERE brand = excluded.brand AND agent = excluded.agent AND ticket = 0",
                params![token_hash, login.brand.bytes(), login.agent.bytes(), login.expires_at, password],
            );
            writer.broke(kept).map(|rows| rows > 0)
        })
        .await
    }

    async fn login(&self, token_hash: [u8; 32], now: UnixMs) -> Result<Option<Login>> {
        self.read(move |connection| {
            Ok(connection
                .prepare_cached("SELECT brand, agent, expires_at FROM logins WHERE token_hash = ?1 AND ticket = 0 AND expires_at > ?2")?
                .query_row(params![token_hash, now], login)
                .optional()?)
        })
        .await
    }

    async fn extend_login(&self, token_hash: [u8; 32], expires_at: UnixMs) -> Result<()> {
        self.write(move |writer| {
            let moved = writer.connection.execute(
                "UPDATE logins SET expires_at = ?2 WHERE token_hash = ?1 AND ticket = 0",
                params![token_hash, expires_at],
            );
            writer.broke(moved).map(|_| ())
        })
        .await
    }

    async fn sign_out(&self, token_hash: [u8; 32]) -> Result<()> {
        self.write(move |writer| {
            let gone = writer
                .connection
                .execute("DELETE FROM logins WHERE token_hash = ?1", [token_hash]);
            writer.broke(gone).map(|_| ())
        })
        .await
    }

    async fn sign_out_everywhere(&self, brand: BrandId, agent: AgentId) -> Result<()> {
        self.write(move |writer| {
            let gone = writer.connection.execute(
                "DELETE FROM logins WHERE brand = ?1 AND agent = ?2",
                params![brand.bytes(), agent.bytes()],
            );
            writer.broke(gone).map(|_| ())
        })
        .await
    }

    async fn put_ticket(&self, ticket_hash: [u8; 32], login: Login) -> Result<()> {
        self.write(move |writer| {
            // A repetition after an unknown outcome finds its own row.
            let kept = writer.connection.execute(
                "INSERT INTO logins (token_hash, brand, agent, ticket, expires_at) VALUES (?1,?2,?3,1,?4)
                 ON CONFLICT (token_hash) DO UPDATE SET expires_at = excluded.expires_at
                   WHERE brand = excluded.brand AND agent = excluded.agent AND ticket = 1",
                params![ticket_hash, login.brand.bytes(), login.agent.bytes(), login.expires_at],
            );
            writer.broke(kept).map(|_| ())
        })
        .await
    }

    async fn take_ticket(&self, ticket_hash: [u8; 32], now: UnixMs) -> Result<Option<Login>> {
        self.write(move |writer| {
            let found = writer
                .connection
                .prepare_cached("SELECT brand, agent, expires_at FROM logins WHERE token_hash = ?1 AND ticket = 1 AND expires_at > ?2")?
                .query_row(params![ticket_hash, now], login)
                .optional()?;
            let gone = writer.connection.execute("DELETE FROM logins WHERE token_hash = ?1 AND ticket = 1", [ticket_hash]);
            writer.broke(gone)?;
            Ok(found)
        })
        .await
    }

    async fn open_visitor(&self, open: VisitorOpen) -> Result<Visitor> {
        self.write(move |writer| writer.open_visitor(open)).await
    }

    async fn visitor(&self, token_hash: [u8; 32], now: UnixMs) -> Result<Option<Visitor>> {
        self.read(move |connection| find_visitor(connection, token_hash, now))
            .await
    }

    async fn forget_lapsed(&self, now: UnixMs) -> Result<u64> {
        // In portions, so that filing goes on between them.
        let remembered_from = now - KEPT;
        let sweeps = [
            (
                "DELETE FROM logins WHERE token_hash IN (SELECT token_hash FROM logins WHERE expires_at <= ?1 LIMIT 500)",
                now,
            ),
            (
                "DELETE FROM visitor_tokens WHERE token_hash IN (SELECT token_hash FROM visitor_tokens WHERE expires_at <= ?1 LIMIT 500)",
                now,
            ),
            (
                "DELETE FROM seen_events WHERE (scope, event) IN (SELECT scope, event FROM seen_events WHERE at <= ?1 LIMIT 500)",
                remembered_from,
            ),
            (
                "DELETE FROM told WHERE no IN (SELECT no FROM told WHERE at <= ?1 AND due_at IS NULL LIMIT 500)",
                now - TOLD,
            ),
            (
                "DELETE FROM carry_codes WHERE code_hash IN (SELECT code_hash FROM carry_codes WHERE expires_at <= ?1 LIMIT 500)",
                now,
            ),
            (
                "DELETE FROM hook_calls WHERE no IN (SELECT no FROM hook_calls WHERE created_at <= ?1 AND due_at IS NULL LIMIT 500)",
                now - TOLD,
            ),
        ];
        let mut gone = 0;
        for (sql, before) in sweeps {
            loop {
                let deleted = self
                    .write(move |writer| {
                        let deleted = writer
                            .connection
                            .prepare_cached(sql)
                            .and_then(|mut delete| delete.execute([before]));
                        writer.broke(deleted)
                    })
                    .await?;
                gone += deleted as u64;
                if deleted == 0 {
                    break;
                }
            }
        }
        loop {
            let swept = self
                .write(move |writer| writer.sweep_outbox(remembered_from))
                .await?;
            match swept {
                Some(deleted) => gone += deleted,
                None => return Ok(gone),
            }
        }
    }
}

//! Sign-ins, tickets, visitor tokens, and who stands behind them.

use async_trait::async_trait;
use kefu_domain::{
    AgentId, BrandId, ConversationId, CustomerId, EntryPointId, IdentityId, KfAccountId, UnixMs,
};
use rusqlite::{OptionalExtension, params};

use super::{Sqlite, writer::Writer};
use crate::{AccessStore, Fresh, Login, Party, Result, Visitor, VisitorOpen};

/// A customer to be found or made.
struct Newcomer<'a> {
    brand: BrandId,
    kf_account: KfAccountId,
    entry_point: EntryPointId,
    /// `upstream`, `signed`, `visitor`.
    kind: &'a str,
    value: &'a str,
    evidence: &'a str,
    name: &'a str,
    language: Option<&'a str>,
    fresh: Fresh,
    at: UnixMs,
}

impl Writer {
    /// The conversation a message belongs to; what is missing is made.
    pub(super) fn resolve(
        &mut self,
        brand: BrandId,
        entry_point: EntryPointId,
        party: &Party,
        at: UnixMs,
    ) -> Result<ConversationId> {
        match party {
            Party::Known { conversation, .. } => self
                .entry(brand, *conversation)
                .map(|entry| entry.conversation.id),
            Party::Upstream {
                kf_account,
                address,
                fresh,
            } => {
                let (_, _, conversation) = self.find_or_make(&Newcomer {
                    brand,
                    kf_account: *kf_account,
                    entry_point,
                    kind: "upstream",
                    value: address,
                    evidence: r#"{"by":"platform"}"#,
                    name: "",
                    language: None,
                    fresh: *fresh,
                    at,
                })?;
                Ok(conversation)
            }
        }
    }

    fn find_or_make(
        &mut self,
        new: &Newcomer<'_>,
    ) -> Result<(IdentityId, CustomerId, ConversationId)> {
        let found = self
            .connection
            .prepare_cached("SELECT id, customer FROM identities WHERE brand = ?1 AND entry_point = ?2 AND kind = ?3 AND value = ?4")?
            .query_row(params![new.brand.bytes(), new.entry_point.bytes(), new.kind, new.value], |row| {
                Ok((IdentityId::from_bytes(row.get(0)?), CustomerId::from_bytes(row.get(1)?)))
            })
            .optional()?;
        let (identity, customer) = match found {
            Some(known) => known,
            None => (new.fresh.identity, self.make_customer(new)?),
        };
        let conversation = self
            .connection
            .prepare_cached("SELECT id FROM conversations WHERE kf_account = ?1 AND customer = ?2 AND brand = ?3")?
            .query_row(params![new.kf_account.bytes(), customer.bytes(), new.brand.bytes()], |row| {
                Ok(ConversationId::from_bytes(row.get(0)?))
            })
            .optional()?;
        if let Some(conversation) = conversation {
            return Ok((identity, customer, conversation));
        }
        let inserted = self.connection.prepare_cached(
            "INSERT INTO conversations (id, brand, kf_account, customer, entry_point, identity, last_at, created_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?7)",
        ).and_then(|mut insert| insert.execute(params![
            new.fresh.conversation.bytes(), new.brand.bytes(), new.kf_account.bytes(), customer.bytes(),
            new.entry_point.bytes(), identity.bytes(), new.at,
        ]));
        self.broke(inserted)?;
        Ok((identity, customer, new.fresh.conversation))
    }

    fn make_customer(&mut self, new: &Newcomer<'_>) -> Result<CustomerId> {
        // A signed id is one person over all entry points of the brand.
        let known = if new.kind == "signed" {
            self.connection
                .prepare_cached("SELECT customer FROM identities WHERE brand = ?1 AND kind = 'signed' AND value = ?2 LIMIT 1")?
                .query_row(params![new.brand.bytes(), new.value], |row| Ok(CustomerId::from_bytes(row.get(0)?)))
                .optional()?
        } else {
            None
        };
        let customer = known.unwrap_or(new.fresh.customer);
        if known.is_none() {
            let inserted = self
                .connection
                .prepare_cached("INSERT INTO customers (id, brand, name, mark, language, created_at) VALUES (?1,?2,?3,'new',?4,?5)")
                .and_then(|mut insert| insert.execute(params![customer.bytes(), new.brand.bytes(), new.name, new.language, new.at]));
            self.broke(inserted)?;
        }
        let inserted = self.connection.prepare_cached(
            "INSERT INTO identities (id, brand, customer, entry_point, kind, value, evidence, created_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
        ).and_then(|mut insert| insert.execute(params![
            new.fresh.identity.bytes(), new.brand.bytes(), customer.bytes(), new.entry_point.bytes(), new.kind, new.value,
            new.evidence, new.at,
        ]));
        self.broke(inserted)?;
        Ok(customer)
    }

    fn open_visitor(&mut self, open: VisitorOpen) -> Result<Visitor> {
        let previous = match open.previous {
            Some(hash) => {
                find_visitor(&self.connection, hash, open.at)?.filter(|v| v.brand == open.brand)
            }
            None => None,
        };
        let unsigned_value = previous
            .map_or(open.fresh.identity, |visitor| visitor.identity)
            .to_string();
        let (kind, value, evidence) = match &open.signed {
            Some(sub) => ("signed", sub.as_str(), r#"{"by":"signature"}"#),
            None => ("visitor", unsigned_value.as_str(), r#"{"by":"token"}"#),
        };
        let same_door = previous
            .filter(|visitor| open.signed.is_none() && visitor.entry_point == open.entry_point);
        let (identity, customer, conversation) = match same_door {
            Some(visitor) => (visitor.identity, visitor.customer, visitor.conversation),
            None => self.find_or_make(&Newcomer {
                brand: open.brand,
                kf_account: open.kf_account,
                entry_point: open.entry_point,
                kind,
                value,
                evidence,
                name: &open.name,
                language: open.language.as_deref(),
                fresh: open.fresh,
                at: open.at,
            })?,
        };
        if let Some(hash) = open.previous {
            let gone = self
                .connection
                .execute("DELETE FROM visitor_tokens WHERE token_hash = ?1", [hash]);
            self.broke(gone)?;
        }
        let kept = self.connection.prepare_cached(
            "INSERT INTO visitor_tokens (token_hash, brand, entry_point, identity, conversation, customer, expires_at) VALUES (?1,?2,?3,?4,?5,?6,?7)",
        ).and_then(|mut insert| insert.execute(params![
            open.token_hash, open.brand.bytes(), open.entry_point.bytes(), identity.bytes(), conversation.bytes(),
            customer.bytes(), open.expires_at,
        ]));
        self.broke(kept)?;
        if open.name_is_proven && !open.name.is_empty() {
            let named = self.connection.execute(
                "UPDATE customers SET name = ?2, name_proven = 1, rev = rev + 1 WHERE id = ?1 AND brand = ?3 AND (name <> ?2 OR name_proven = 0)",
                params![customer.bytes(), open.name, open.brand.bytes()],
            );
            if self.broke(named)? > 0 {
                let name = open.name.clone();
                self.recard(customer, |card| card.name.clone_from(&name));
            }
        }
        if let Some(source) = open.source {
            self.adjust(open.brand, conversation, true, |whole| {
                whole.source = Some(source);
                true
            })?;
        }
        Ok(Visitor {
            brand: open.brand,
            entry_point: open.entry_point,
            identity,
            conversation,
            customer,
        })
    }
}

fn find_visitor(
    connection: &rusqlite::Connection,
    hash: [u8; 32],
    now: UnixMs,
) -> Result<Option<Visitor>> {
    Ok(connection
        .prepare_cached(
            "SELECT brand, entry_point, identity, conversation, customer FROM visitor_tokens WHERE token_hash = ?1 AND expires_at > ?2",
        )?
        .query_row(params![hash, now], |row| {
            Ok(Visitor {
                brand: BrandId::from_bytes(row.get(0)?),
                entry_point: EntryPointId::from_bytes(row.get(1)?),
                identity: IdentityId::from_bytes(row.get(2)?),
                conversation: ConversationId::from_bytes(row.get(3)?),
                customer: CustomerId::from_bytes(row.get(4)?),
            })
        })
        .optional()?)
}

fn login(row: &rusqlite::Row<'_>) -> rusqlite::Result<Login> {
    Ok(Login {
        brand: BrandId::from_bytes(row.get(0)?),
        agent: AgentId::from_bytes(row.get(1)?),
        expires_at: row.get(2)?,
    })
}

impl Sqlite {
    async fn keep_login(&self, hash: [u8; 32], login: Login, ticket: bool) -> Result<()> {
        self.write(move |writer| {
            let kept = writer.connection.execute(
                "INSERT INTO logins (token_hash, brand, agent, ticket, expires_at) VALUES (?1,?2,?3,?4,?5)",
                params![hash, login.brand.bytes(), login.agent.bytes(), ticket, login.expires_at],
            );
            writer.broke(kept).map(|_| ())
        })
        .await
    }
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

    async fn sign_in(&self, token_hash: [u8; 32], login: Login) -> Result<()> {
        self.keep_login(token_hash, login, false).await
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
        self.keep_login(ticket_hash, login, true).await
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
        const WEEK: UnixMs = 8 * 86_400_000;
        self.write(move |writer| {
            let mut gone = 0;
            for (sql, before) in [
                ("DELETE FROM logins WHERE expires_at <= ?1", now),
                ("DELETE FROM visitor_tokens WHERE expires_at <= ?1", now),
                ("DELETE FROM seen_events WHERE at <= ?1", now - WEEK),
                (
                    "DELETE FROM outbox WHERE state = 1 AND next_at <= ?1",
                    now - WEEK,
                ),
            ] {
                let deleted = writer.connection.execute(sql, [before]);
                gone += writer.broke(deleted)? as u64;
            }
            Ok(gone)
        })
        .await
    }
}

impl Writer {
    /// Changes the card of a customer on every conversation in memory, and tells it.
    pub(super) fn recard(
        &mut self,
        customer: CustomerId,
        change: impl Fn(&mut crate::CustomerCard),
    ) {
        let mut told = Vec::new();
        for entry in self.cache.of_customer(customer) {
            change(&mut entry.edit().customer);
            told.push(std::sync::Arc::clone(&entry.conversation));
        }
        self.changes.extend(
            told.into_iter()
                .map(|conversation| crate::Change::Conversation { conversation }),
        );
    }
}

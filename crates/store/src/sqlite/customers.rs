//! Customers: what people know of them.

use async_trait::async_trait;
use kefu_domain::{AgentId, BrandId, CustomerId, EntryPointId, IdentityId, UnixMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Sqlite, rows, writer::Writer};
use crate::{
    Called, Customer, CustomerCard, CustomerNote, CustomerStore, Identity, Result, Source,
    StoreError,
};

const ROW: &str = "id, name, avatar_media_id, mark, blocked, owner, language, tags, remark, phone, attributes, created_at, rev, signed";

fn customer(row: &Row<'_>) -> rusqlite::Result<Customer> {
    Ok(Customer {
        card: CustomerCard {
            id: CustomerId::from_bytes(row.get(0)?),
            name: row.get(1)?,
            avatar_media_id: row.get(2)?,
            mark: row.get(3)?,
            blocked: row.get(4)?,
            owner: rows::opt(row, 5, AgentId::from_bytes)?,
            language: row.get(6)?,
        },
        tags: rows::json(row, 7)?.unwrap_or_default(),
        remark: row.get(8)?,
        phone: row.get(9)?,
        attributes: row.get(10)?,
        created_at: row.get(11)?,
        rev: row.get(12)?,
        signed: row.get(13)?,
    })
}

fn identity(row: &Row<'_>) -> rusqlite::Result<Identity> {
    Ok(Identity {
        id: IdentityId::from_bytes(row.get(0)?),
        customer: CustomerId::from_bytes(row.get(1)?),
        entry_point: EntryPointId::from_bytes(row.get(2)?),
        kind: row.get(3)?,
        value: row.get(4)?,
        evidence: row.get(5)?,
        created_at: row.get(6)?,
    })
}

const IDENTITY: &str = "id, customer, entry_point, kind, value, evidence, created_at";

fn by_id(connection: &Connection, brand: BrandId, id: CustomerId) -> Result<Customer> {
    connection
        .prepare_cached(&format!(
            "SELECT {ROW} FROM customers WHERE id = ?1 AND brand = ?2"
        ))?
        .query_row(params![id.bytes(), brand.bytes()], customer)
        .optional()?
        .ok_or(StoreError::NotFound)
}

impl Writer {
    /// Keeps a footstep, and as many before it as are shown.
    pub(super) fn step(
        &mut self,
        brand: BrandId,
        customer: CustomerId,
        source: &Source,
    ) -> Result<()> {
        let added = self
            .connection
            .prepare_cached("INSERT INTO footsteps (brand, customer, body) VALUES (?1, ?2, ?3)")
            .and_then(|mut insert| {
                insert.execute(params![
                    brand.bytes(),
                    customer.bytes(),
                    rows::to_json(Some(source))
                ])
            });
        self.broke(added)?;
        let trimmed = self
            .connection
            .prepare_cached(
                "DELETE FROM footsteps WHERE customer = ?1 AND id NOT IN (SELECT id FROM footsteps WHERE customer = ?1 ORDER BY id DESC LIMIT 20)",
            )
            .and_then(|mut delete| delete.execute([customer.bytes()]));
        self.broke(trimmed).map(|_| ())
    }
}

#[async_trait]
impl CustomerStore for Sqlite {
    async fn customer(&self, brand: BrandId, id: CustomerId) -> Result<Customer> {
        self.read(move |connection| by_id(connection, brand, id))
            .await
    }

    async fn update_customer(&self, brand: BrandId, new: Customer) -> Result<Customer> {
        self.write(move |writer| {
            let id = new.card.id;
            let stored = by_id(&writer.connection, brand, id)?;
            if stored.rev != new.rev {
                return Err(StoreError::Conflict("it was changed meanwhile".to_owned()));
            }
            let card = &new.card;
            let updated = writer.connection.execute(
                "UPDATE customers SET name = ?3, avatar_media_id = ?4, mark = ?5, blocked = ?6, owner = ?7, language = ?8,
                   tags = ?9, remark = ?10, phone = ?11, attributes = ?12, signed = ?13, rev = rev + 1, name_proven = max(name_proven, ?3 <> name)
                 WHERE id = ?1 AND brand = ?2",
                params![
                    id.bytes(), brand.bytes(), card.name, card.avatar_media_id, card.mark, card.blocked,
                    card.owner.map(AgentId::bytes), card.language, rows::to_json(Some(&new.tags)), new.remark, new.phone,
                    new.attributes, new.signed,
                ],
            );
            writer.broke(updated)?;
            writer.recard(brand, id, |seen| seen.clone_from(card))?;
            by_id(&writer.connection, brand, id)
        })
        .await
    }

    async fn find_customers(
        &self,
        brand: BrandId,
        words: &str,
        before: Option<CustomerId>,
        limit: u32,
    ) -> Result<Vec<Customer>> {
        let words = words.trim().to_owned();
        self.read(move |connection| {
            if let Ok(id) = words.parse::<CustomerId>() {
                return Ok(by_id(connection, brand, id).into_iter().collect());
            }
            let escaped = words.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            let mut query = connection.prepare_cached(&format!(
                "SELECT {ROW} FROM customers WHERE brand = ?1 AND id < ?2
                   AND (?3 = '' OR name LIKE ?4 ESCAPE '\\' OR remark LIKE ?4 ESCAPE '\\' OR phone LIKE ?4 ESCAPE '\\')
                 ORDER BY id DESC LIMIT ?5"
            ))?;
            let before = before.map_or([0xff; 16], CustomerId::bytes);
            let found = query.query_map(params![brand.bytes(), before, words, format!("%{escaped}%"), limit], customer)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn identities(&self, brand: BrandId, customer: CustomerId) -> Result<Vec<Identity>> {
        self.read(move |connection| {
            let mut query = connection.prepare_cached(&format!(
                "SELECT {IDENTITY} FROM identities WHERE customer = ?1 AND brand = ?2 ORDER BY id"
            ))?;
            let found = query.query_map(params![customer.bytes(), brand.bytes()], identity)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn identity(
        &self,
        brand: BrandId,
        entry_point: EntryPointId,
        kind: &str,
        value: &str,
    ) -> Result<Option<Identity>> {
        let (kind, value) = (kind.to_owned(), value.to_owned());
        self.read(move |connection| {
            Ok(connection
                .prepare_cached(&format!(
                    "SELECT {IDENTITY} FROM identities WHERE brand = ?1 AND entry_point = ?2 AND kind = ?3 AND value = ?4"
                ))?
                .query_row(params![brand.bytes(), entry_point.bytes(), kind, value], identity)
                .optional()?)
        })
        .await
    }

    async fn add_note(
        &self,
        brand: BrandId,
        customer: CustomerId,
        agent: Option<AgentId>,
        text: String,
        at: UnixMs,
    ) -> Result<CustomerNote> {
        self.write(move |writer| {
            by_id(&writer.connection, brand, customer)?;
            let added = writer.connection.execute(
                "INSERT INTO customer_notes (brand, customer, agent, body, created_at) VALUES (?1,?2,?3,?4,?5)",
                params![brand.bytes(), customer.bytes(), agent.map(AgentId::bytes), text, at],
            );
            writer.broke(added)?;
            Ok(CustomerNote { id: writer.connection.last_insert_rowid(), agent, text, created_at: at })
        })
        .await
    }

    async fn notes(&self, brand: BrandId, customer: CustomerId) -> Result<Vec<CustomerNote>> {
        self.read(move |connection| {
            let mut query = connection.prepare_cached(
                "SELECT id, agent, body, created_at FROM customer_notes WHERE customer = ?1 AND brand = ?2 ORDER BY id DESC LIMIT 200",
            )?;
            let found = query.query_map(params![customer.bytes(), brand.bytes()], |row| {
                Ok(CustomerNote {
                    id: row.get(0)?,
                    agent: rows::opt(row, 1, AgentId::from_bytes)?,
                    text: row.get(2)?,
                    created_at: row.get(3)?,
                })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn set_profile(
        &self,
        brand: BrandId,
        customer: CustomerId,
        called: Option<Called>,
        avatar_media_id: Option<String>,
        unionid: Option<(EntryPointId, IdentityId, String)>,
        at: UnixMs,
    ) -> Result<()> {
        self.write(move |writer| {
            by_id(&writer.connection, brand, customer)?;
            let (name, guest) = match called {
                Some(Called::Name(name)) => (Some(name), false),
                Some(Called::Guest(name)) => (Some(name), true),
                None => (None, false),
            };
            let updated = writer.connection.execute(
                "UPDATE customers SET name = CASE WHEN name_proven = 0 AND (name = '' OR NOT ?5) THEN coalesce(?3, name) ELSE name END,
                   avatar_media_id = coalesce(?4, avatar_media_id), rev = rev + 1
                 WHERE id = ?1 AND brand = ?2 AND ((name_proven = 0 AND (name = '' OR NOT ?5) AND name <> ?3)
                   OR avatar_media_id IS NOT coalesce(?4, avatar_media_id))",
                params![customer.bytes(), brand.bytes(), name, avatar_media_id, guest],
            );
            let changed = writer.broke(updated)? > 0;
            if let Some((entry_point, id, value)) = unionid {
                let linked = writer.connection.execute(
                    "INSERT INTO identities (id, brand, customer, entry_point, kind, value, evidence, created_at)
                     VALUES (?1,?2,?3,?4,'unionid',?5,'{\"by\":\"platform\"}',?6) ON CONFLICT DO NOTHING",
                    params![id.bytes(), brand.bytes(), customer.bytes(), entry_point.bytes(), value, at],
                );
                writer.broke(linked)?;
            }
            if !changed {
                return Ok(());
            }
            let card = by_id(&writer.connection, brand, customer)?.card;
            writer.recard(brand, customer, |seen| seen.clone_from(&card))
        })
        .await
    }

    async fn footstep(&self, brand: BrandId, customer: CustomerId, source: Source) -> Result<()> {
        self.write(move |writer| {
            by_id(&writer.connection, brand, customer)?;
            writer.step(brand, customer, &source)
        })
        .await
    }

    async fn footsteps(&self, brand: BrandId, customer: CustomerId) -> Result<Vec<Source>> {
        self.read(move |connection| {
            let mut query =
                connection.prepare_cached("SELECT body FROM footsteps WHERE customer = ?1 AND brand = ?2 ORDER BY id DESC LIMIT 20")?;
            let found = query.query_map(params![customer.bytes(), brand.bytes()], |row| rows::json(row, 0))?;
            Ok(found.collect::<rusqlite::Result<Vec<Option<Source>>>>()?.into_iter().flatten().collect())
        })
        .await
    }
}

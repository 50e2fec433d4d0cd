//! Who stands behind a message: found, or made.

mod tokens;

use kefu_domain::{
    BrandId, ConversationId, CustomerId, EntryPointId, IdentityId, KfAccountId, UnixMs,
};
use rusqlite::{OptionalExtension, params};

use super::writer::Writer;
pub(super) use tokens::find_visitor;

use crate::{Fresh, Party, Result, StoreError};

/// A party and its thread.
pub(super) struct Whose {
    pub(super) conversation: ConversationId,
    pub(super) identity: IdentityId,
    /// What the platform calls them; empty for our own doors.
    pub(super) address: String,
}

/// A person as a door knows them.
#[derive(Clone, Copy)]
struct Known {
    identity: IdentityId,
    customer: CustomerId,
}

/// An identity to be found or made.
#[derive(Clone, Copy)]
pub(super) struct Newcomer<'a> {
    brand: BrandId,
    kf_account: KfAccountId,
    entry_point: EntryPointId,
    /// `upstream`, `signed`, `visitor`.
    kind: &'a str,
    value: &'a str,
    evidence: &'a str,
    /// The person it belongs to, if that is known.
    customer: Option<CustomerId>,
    name: &'a str,
    language: Option<&'a str>,
    fresh: Fresh,
    at: UnixMs,
}

pub(super) fn newcomer<'a>(
    brand: BrandId,
    entry_point: EntryPointId,
    kf_account: KfAccountId,
    address: &'a str,
    fresh: Fresh,
    at: UnixMs,
) -> Newcomer<'a> {
    Newcomer {
        brand,
        kf_account,
        entry_point,
        kind: "upstream",
        value: address,
        evidence: r#"{"by":"platform"}"#,
        customer: None,
        name: "",
        language: None,
        fresh,
        at,
    }
}

impl Writer {
    /// A party's thread, if there is one already.
    pub(super) fn look_up(
        &mut self,
        brand: BrandId,
        entry_point: EntryPointId,
        party: &Party,
    ) -> Result<Option<Whose>> {
        match party {
            Party::Known {
                conversation,
                identity,
            } => {
                self.entry(brand, *conversation)?;
                Ok(Some(Whose {
                    conversation: *conversation,
                    identity: *identity,
                    address: String::new(),
                }))
            }
            Party::Upstream {
                kf_account,
                address,
                ..
            } => {
                let Some(known) = self.find_identity(brand, entry_point, "upstream", address)?
                else {
                    return Ok(None);
                };
                let found = self.find_conversation(brand, *kf_account, known.customer)?;
                Ok(found.map(|conversation| Whose {
                    conversation,
                    identity: known.identity,
                    address: address.clone(),
                }))
            }
        }
    }

    /// Makes what [`Writer::look_up`] did not find.
    pub(super) fn make(
        &mut self,
        brand: BrandId,
        entry_point: EntryPointId,
        party: &Party,
        at: UnixMs,
    ) -> Result<Whose> {
        let Party::Upstream {
            kf_account,
            address,
            fresh,
        } = party
        else {
            return Err(StoreError::NotFound);
        };
        let new = newcomer(brand, entry_point, *kf_account, address, *fresh, at);
        let (known, conversation) = self.find_or_make(&new)?;
        Ok(Whose {
            conversation,
            identity: known.identity,
            address: address.clone(),
        })
    }

    /// The conversation of a party; what is missing is made.
    pub(super) fn resolve(
        &mut self,
        brand: BrandId,
        entry_point: EntryPointId,
        party: &Party,
        at: UnixMs,
    ) -> Result<ConversationId> {
        match self.look_up(brand, entry_point, party)? {
            Some(whose) => Ok(whose.conversation),
            None => Ok(self.make(brand, entry_point, party, at)?.conversation),
        }
    }

    /// Is this a person who may not write, whichever face they turn to?
    pub(super) fn is_blocked(
        &self,
        brand: BrandId,
        entry_point: EntryPointId,
        party: &Party,
    ) -> Result<bool> {
        let Party::Upstream { address, .. } = party else {
            return Ok(false);
        };
        Ok(self
            .connection
            .prepare_cached(
                "SELECT 1 FROM identities i JOIN customers c ON c.id = i.customer
                 WHERE i.brand = ?1 AND i.entry_point = ?2 AND i.kind = 'upstream' AND i.value = ?3 AND c.blocked",
            )?
            .exists(params![brand.bytes(), entry_point.bytes(), address])?)
    }

    /// Whose a platform's user is, if they are known at a door.
    pub(super) fn owner_at(
        &self,
        brand: BrandId,
        entry_point: EntryPointId,
        address: &str,
    ) -> Result<Option<CustomerId>> {
        let known = self.find_identity(brand, entry_point, "upstream", address)?;
        Ok(known.map(|known| known.customer))
    }

    /// A customer's thread with a face.
    pub(super) fn thread_of(
        &self,
        brand: BrandId,
        kf_account: KfAccountId,
        customer: CustomerId,
    ) -> Result<Option<ConversationId>> {
        self.find_conversation(brand, kf_account, customer)
    }

    /// Makes a platform's user an identity of a customer who is known.
    pub(super) fn join(&mut self, new: &Newcomer<'_>, customer: CustomerId) -> Result<()> {
        let carried = Newcomer {
            customer: Some(customer),
            evidence: r#"{"by":"carried"}"#,
            ..*new
        };
        self.make_identity(&carried).map(|_| ())
    }

    fn find_identity(
        &self,
        brand: BrandId,
        entry_point: EntryPointId,
        kind: &str,
        value: &str,
    ) -> Result<Option<Known>> {
        let mut query = self.connection.prepare_cached(
            "SELECT id, customer FROM identities WHERE brand = ?1 AND entry_point = ?2 AND kind = ?3 AND value = ?4",
        )?;
        let found = query.query_row(
            params![brand.bytes(), entry_point.bytes(), kind, value],
            |row| {
                Ok(Known {
                    identity: IdentityId::from_bytes(row.get(0)?),
                    customer: CustomerId::from_bytes(row.get(1)?),
                })
            },
        );
        Ok(found.optional()?)
    }

    fn find_conversation(
        &self,
        brand: BrandId,
        kf_account: KfAccountId,
        customer: CustomerId,
    ) -> Result<Option<ConversationId>> {
        let mut query = self.connection.prepare_cached(
            "SELECT id FROM conversations WHERE kf_account = ?1 AND customer = ?2 AND brand = ?3",
        )?;
        let found = query.query_row(
            params![kf_account.bytes(), customer.bytes(), brand.bytes()],
            |row| Ok(ConversationId::from_bytes(row.get(0)?)),
        );
        Ok(found.optional()?)
    }

    fn find_or_make(&mut self, new: &Newcomer<'_>) -> Result<(Known, ConversationId)> {
        let known = match self.find_identity(new.brand, new.entry_point, new.kind, new.value)? {
            Some(known) => known,
            None => Known {
                identity: new.fresh.identity,
                customer: self.make_identity(new)?,
            },
        };
        if let Some(id) = self.find_conversation(new.brand, new.kf_account, known.customer)? {
            return Ok((known, id));
        }
        let inserted = self.connection.prepare_cached(
            "INSERT INTO conversations (id, brand, kf_account, customer, entry_point, identity, last_at, created_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?7)",
        ).and_then(|mut insert| insert.execute(params![
            new.fresh.conversation.bytes(), new.brand.bytes(), new.kf_account.bytes(), known.customer.bytes(),
            new.entry_point.bytes(), known.identity.bytes(), new.at,
        ]));
        self.broke(inserted)?;
        Ok((known, new.fresh.conversation))
    }

    /// Makes an identity, and the person if it belongs to nobody known.
    fn make_identity(&mut self, new: &Newcomer<'_>) -> Result<CustomerId> {
        let customer = match new.customer {
            Some(known) => known,
            None => {
                let inserted = self
                    .connection
                    .prepare_cached("INSERT INTO customers (id, brand, name, mark, language, created_at) VALUES (?1,?2,?3,'new',?4,?5)")
                    .and_then(|mut insert| {
                        insert.execute(params![new.fresh.customer.bytes(), new.brand.bytes(), new.name, new.language, new.at])
                    });
                self.broke(inserted)?;
                new.fresh.customer
            }
        };
        let inserted = self.connection.prepare_cached(
            "INSERT INTO identities (id, brand, customer, entry_point, kind, value, evidence, created_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
        ).and_then(|mut insert| insert.execute(params![
            new.fresh.identity.bytes(), new.brand.bytes(), customer.bytes(), new.entry_point.bytes(), new.kind, new.value,
            new.evidence, new.at,
        ]));
        self.broke(inserted)?;
        Ok(customer)
    }

    /// Changes the card of a customer on every conversation of theirs, and tells it.
    pub(super) fn recard(
        &mut self,
        brand: BrandId,
        customer: CustomerId,
        change: impl Fn(&mut crate::CustomerCard),
    ) -> Result<()> {
        let threads: Vec<ConversationId> = self
            .connection
            .prepare_cached("SELECT id FROM conversations WHERE customer = ?1 AND brand = ?2")?
            .query_map(params![customer.bytes(), brand.bytes()], |row| {
                Ok(ConversationId::from_bytes(row.get(0)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        for id in threads {
            let entry = self.entry(brand, id)?;
            change(&mut entry.edit().customer);
            let conversation = std::sync::Arc::clone(&entry.conversation);
            self.changes
                .push(crate::Change::Conversation { conversation });
        }
        Ok(())
    }
}

//! A visitor opens our door: who they are, and the token that they get.

use kefu_domain::{BrandId, ConversationId, CustomerId, EntryPointId, IdentityId, UnixMs};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Known, Newcomer};
use crate::{Result, Visitor, VisitorOpen, sqlite::writer::Writer};

/// A replaced token still works so long: the answer that carried its successor may have been lost.
const GRACE: UnixMs = 10 * 60_000;

impl Writer {
    /// Whose a signed id is: of the person who has it at any door of the brand, else of the visitor
    /// who signs in with it, else of the person whose `unionid` was signed with it; the latter two
    /// unless they signed in as somebody else before. Two signed ids never become one person.
    fn owner_of_signed(
        &self,
        brand: BrandId,
        sub: &str,
        unionid: Option<&str>,
        previous: Option<&Visitor>,
    ) -> Result<Option<CustomerId>> {
        let known = self
            .connection
            .prepare_cached("SELECT customer FROM identities WHERE brand = ?1 AND kind = 'signed' AND value = ?2 LIMIT 1")?
            .query_row(params![brand.bytes(), sub], |row| Ok(CustomerId::from_bytes(row.get(0)?)))
            .optional()?;
        if known.is_some() {
            return Ok(known);
        }
        let by_unionid = match unionid {
            Some(value) => self.owner_of_unionid(brand, value)?,
            None => None,
        };
        for customer in previous
            .map(|visitor| visitor.customer)
            .into_iter()
            .chain(by_unionid)
        {
            let somebody_else = self
                .connection
                .prepare_cached("SELECT 1 FROM identities WHERE customer = ?1 AND kind = 'signed'")?
                .exists([customer.bytes()])?;
            if !somebody_else {
                return Ok(Some(customer));
            }
        }
        Ok(None)
    }

    fn owner_of_unionid(&self, brand: BrandId, value: &str) -> Result<Option<CustomerId>> {
        Ok(self
            .connection
            .prepare_cached("SELECT customer FROM identities WHERE brand = ?1 AND kind = 'unionid' AND value = ?2 LIMIT 1")?
            .query_row(params![brand.bytes(), value], |row| Ok(CustomerId::from_bytes(row.get(0)?)))
            .optional()?)
    }

    /// A signed `unionid` becomes an identity of the visitor's, once in the brand. One that somebody
    /// else has stays theirs: people are not joined here.
    fn link_unionid(&mut self, open: &VisitorOpen, customer: CustomerId) -> Result<()> {
        let Some((id, value)) = &open.unionid else {
            return Ok(());
        };
        match self.owner_of_unionid(open.brand, value)? {
            Some(owner) if owner != customer => {
                tracing::info!(customer.id = %customer, other.id = %owner, "a signed unionid is another customer's: both stay apart");
                Ok(())
            }
            Some(_) => Ok(()),
            None => {
                let linked = self
                    .connection
                    .prepare_cached(
                        "INSERT INTO identities (id, brand, customer, entry_point, kind, value, evidence, created_at)
                         VALUES (?1,?2,?3,?4,'unionid',?5,'{\"by\":\"signature\"}',?6)",
                    )
                    .and_then(|mut insert| {
                        insert.execute(params![
                            id.bytes(), open.brand.bytes(), customer.bytes(), open.entry_point.bytes(), value, open.at,
                        ])
                    });
                self.broke(linked).map(|_| ())
            }
        }
    }

    pub(in crate::sqlite) fn open_visitor(&mut self, open: VisitorOpen) -> Result<Visitor> {
        let previous = match open.previous {
            Some(hash) => {
                find_visitor(&self.connection, hash, open.at)?.filter(|v| v.brand == open.brand)
            }
            None => None,
        };
        let token = previous.map_or(open.fresh.identity, |visitor| visitor.identity);
        let token = token.to_string();
        let (kind, value, evidence, customer) = match &open.signed {
            Some(sub) => {
                let unionid = open.unionid.as_ref().map(|(_, value)| value.as_str());
                let owner = self.owner_of_signed(open.brand, sub, unionid, previous.as_ref())?;
                ("signed", sub.as_str(), r#"{"by":"signature"}"#, owner)
            }
            // At another door, the token tells that it is the same person.
            None => (
                "visitor",
                token.as_str(),
                r#"{"by":"token"}"#,
                previous.map(|visitor| visitor.customer),
            ),
        };
        let same_door = previous
            .filter(|visitor| open.signed.is_none() && visitor.entry_point == open.entry_point);
        let (known, conversation) = match same_door {
            Some(visitor) => (
                Known {
                    identity: visitor.identity,
                    customer: visitor.customer,
                },
                visitor.conversation,
            ),
            None => self.find_or_make(&Newcomer {
                brand: open.brand,
                kf_account: open.kf_account,
                entry_point: open.entry_point,
                kind,
                value,
                evidence,
                customer,
                name: &open.name,
                language: open.language.as_deref(),
                fresh: open.fresh,
                at: open.at,
            })?,
        };
        let visitor = Visitor {
            brand: open.brand,
            entry_point: open.entry_point,
            identity: known.identity,
            conversation,
            customer: known.customer,
        };
        self.keep_token(&open, visitor)?;
        self.link_unionid(&open, known.customer)?;
        if !open.name.is_empty() {
            self.name_visitor(&open, known.customer)?;
        }
        if let Some(source) = open.source {
            self.adjust(open.brand, conversation, |whole| {
                whole.source = Some(source.after(whole.source.as_ref()));
                true
            })?;
        }
        Ok(visitor)
    }

    fn keep_token(&mut self, open: &VisitorOpen, visitor: Visitor) -> Result<()> {
        if let Some(hash) = open.previous.filter(|hash| *hash != open.token_hash) {
            let shortened = self
                .connection
                .prepare_cached("UPDATE visitor_tokens SET expires_at = min(expires_at, ?2) WHERE token_hash = ?1 AND brand = ?3")
                .and_then(|mut update| update.execute(params![hash, open.at + GRACE, open.brand.bytes()]));
            self.broke(shortened)?;
        }
        // The same token again only moves its end: it can never come to mean somebody else.
        let kept = self.connection.prepare_cached(
            "INSERT INTO visitor_tokens (token_hash, brand, entry_point, identity, conversation, customer, expires_at) VALUES (?1,?2,?3,?4,?5,?6,?7)
             ON CONFLICT (token_hash) DO UPDATE SET expires_at = excluded.expires_at
               WHERE identity = excluded.identity AND conversation = excluded.conversation",
        ).and_then(|mut insert| insert.execute(params![
            open.token_hash, open.brand.bytes(), open.entry_point.bytes(), visitor.identity.bytes(),
            visitor.conversation.bytes(), visitor.customer.bytes(), open.expires_at,
        ]));
        self.broke(kept).map(|_| ())
    }

    /// A proven name replaces another; one that is only told fills an empty place.
    fn name_visitor(&mut self, open: &VisitorOpen, customer: CustomerId) -> Result<()> {
        let named = self
            .connection
            .prepare_cached(
                "UPDATE customers SET name = ?2, name_proven = max(name_proven, ?3), rev = rev + 1
                 WHERE id = ?1 AND brand = ?4 AND CASE WHEN ?3 THEN name <> ?2 OR name_proven = 0 ELSE name = '' END",
            )
            .and_then(|mut update| {
                update.execute(params![customer.bytes(), open.name, open.name_is_proven, open.brand.bytes()])
            });
        if self.broke(named)? > 0 {
            self.recard(open.brand, customer, |card| {
                card.name.clone_from(&open.name)
            })?;
        }
        Ok(())
    }
}

/// Who has a token that has not lapsed, of an identity that nobody closed.
pub(in crate::sqlite) fn find_visitor(
    connection: &Connection,
    hash: [u8; 32],
    now: UnixMs,
) -> Result<Option<Visitor>> {
    Ok(connection
        .prepare_cached(
            "SELECT t.brand, t.entry_point, t.identity, t.conversation, t.customer FROM visitor_tokens t
             JOIN identities i ON i.id = t.identity WHERE t.token_hash = ?1 AND t.expires_at > ?2 AND i.closed_at IS NULL",
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

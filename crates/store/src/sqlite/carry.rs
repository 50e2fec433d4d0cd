//! Carrying a visitor over to a platform (在微信中继续): one code, one effect.

use async_trait::async_trait;
use kefu_domain::{BrandId, ConversationId, CustomerId, EntryPointId, UnixMs};
use rusqlite::{OptionalExtension, params};

use super::{Sqlite, visitors::newcomer, writer::Writer};
use crate::{CarryStore, Change, LineDraft, Party, Result, Visitor};

/// A visitor gets another code so much later at the earliest.
const PAUSE: UnixMs = 3_000;

impl Writer {
    /// Joins a platform's user to the visitor whose code they bring, before anything of theirs is
    /// filed. A code that is unknown, used, over, or of another face changes nothing. Whoever is
    /// known already as another customer stays one, and agents are told.
    ///
    /// Who scans a code need not be who showed it: nobody reads on without having signed in, or the
    /// one who sends their own code to somebody else would read what that one writes.
    pub(super) fn carry_over(
        &mut self,
        brand: BrandId,
        entry_point: EntryPointId,
        party: &Party,
        code_hash: [u8; 32],
        at: UnixMs,
    ) -> Result<()> {
        let Party::Upstream {
            kf_account,
            address,
            fresh,
        } = party
        else {
            return Ok(());
        };
        let found = self
            .connection
            .prepare_cached("SELECT customer, conversation FROM carry_codes WHERE code_hash = ?1 AND brand = ?2 AND expires_at > ?3")?
            .query_row(params![code_hash, brand.bytes(), at], |row| {
                Ok((CustomerId::from_bytes(row.get(0)?), ConversationId::from_bytes(row.get(1)?)))
            })
            .optional()?;
        let Some((customer, conversation)) = found else {
            return Ok(());
        };
        if self.entry(brand, conversation)?.conversation.kf_account != *kf_account {
            return Ok(());
        }
        let used = self
            .connection
            .prepare_cached("DELETE FROM carry_codes WHERE code_hash = ?1")
            .and_then(|mut delete| delete.execute([code_hash]));
        self.broke(used)?;
        let known = self.owner_at(brand, entry_point, address)?;
        let (event, text) = match known {
            Some(owner) if owner == customer => return Ok(()),
            Some(owner) => ("carried_known", owner.to_string()),
            None => {
                let new = newcomer(brand, entry_point, *kf_account, address, *fresh, at);
                self.join(&new, customer)?;
                self.close_anonymous(brand, conversation, customer, at)?;
                ("carried_over", String::new())
            }
        };
        let draft = LineDraft {
            agent: None,
            event: Some(event.to_owned()),
            text,
        };
        self.write_line(brand, conversation, None, draft, at)?;
        if let Some(other) = known
            && let Some(theirs) = self.thread_of(brand, *kf_account, other)?
        {
            let draft = LineDraft {
                agent: None,
                event: Some(event.to_owned()),
                text: customer.to_string(),
            };
            self.write_line(brand, theirs, None, draft, at)?;
        }
        Ok(())
    }
}

impl Writer {
    /// Ends the anonymous identities of a customer, and with them their tokens and codes.
    fn close_anonymous(
        &mut self,
        brand: BrandId,
        conversation: ConversationId,
        customer: CustomerId,
        at: UnixMs,
    ) -> Result<()> {
        let closed = self
            .connection
            .prepare_cached("UPDATE identities SET closed_at = ?3 WHERE customer = ?1 AND brand = ?2 AND kind = 'visitor' AND closed_at IS NULL")
            .and_then(|mut update| update.execute(params![customer.bytes(), brand.bytes(), at]));
        self.broke(closed)?;
        let forgotten = self
            .connection
            .prepare_cached("DELETE FROM carry_codes WHERE brand = ?1 AND customer = ?2")
            .and_then(|mut delete| delete.execute(params![brand.bytes(), customer.bytes()]));
        self.broke(forgotten)?;
        self.changes.push(Change::Carried { conversation });
        Ok(())
    }
}

#[async_trait]
impl CarryStore for Sqlite {
    async fn mint_carry(
        &self,
        visitor: Visitor,
        code_hash: [u8; 32],
        expires_at: UnixMs,
        at: UnixMs,
    ) -> Result<bool> {
        self.write(move |writer| {
            writer.entry(visitor.brand, visitor.conversation)?;
            let minted = writer
                .connection
                .prepare_cached(
                    "INSERT INTO carry_codes (code_hash, brand, identity, customer, conversation, made_at, expires_at)
                     VALUES (?1,?2,?3,?4,?5,?6,?7)
                     ON CONFLICT (identity) DO UPDATE SET code_hash = ?1, customer = ?4, conversation = ?5, made_at = ?6, expires_at = ?7
                       WHERE made_at <= ?8",
                )
                .and_then(|mut insert| {
                    insert.execute(params![
                        code_hash, visitor.brand.bytes(), visitor.identity.bytes(), visitor.customer.bytes(),
                        visitor.conversation.bytes(), at, expires_at, at - PAUSE,
                    ])
                });
            Ok(writer.broke(minted)? > 0)
        })
        .await
    }
}

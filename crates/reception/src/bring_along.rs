//! What a guest asked goes with them when they sign in as somebody who is known already.

use kefu_domain::{Message, Origin, ServiceState, Session, session::Reason, setup::KfAccount};
use kefu_store::{Inbound, Party, StoreError, Visitor};

use crate::{Reception, Result};

/// Words taken along at most, the newest.
const MOST: u32 = 20;

impl Reception {
    /// Files a guest's unanswered words in the thread they go on in, and ends what they leave behind,
    /// so that nobody answers where nobody reads. The same again changes nothing.
    pub(crate) async fn bring_along(
        &self,
        guest: &Visitor,
        known: &Visitor,
        account: &KfAccount,
    ) -> Result<()> {
        let brand = known.brand;
        if guest.conversation == known.conversation || !self.is_anonymous(guest).await? {
            return Ok(());
        }
        let left = self.store.conversation(brand, guest.conversation).await?;
        let open = left
            .session
            .as_ref()
            .filter(|s| s.state != ServiceState::Ended);
        let Some(session) = open else {
            return Ok(());
        };
        for message in self.unanswered(guest, session).await? {
            let now = self.now();
            let filed = self
                .store
                .file(Inbound {
                    brand,
                    entry_point: known.entry_point,
                    party: Party::Known {
                        conversation: known.conversation,
                        identity: known.identity,
                    },
                    key: format!("guest-{}-{}", guest.conversation, message.seq),
                    content: message.content,
                    at: now,
                    grant: None,
                    opening: self.opening(brand, account, now),
                })
                .await;
            match filed {
                // Who is blocked may sign in and read, and says nothing as a guest either.
                Err(StoreError::Blocked) => break,
                filed => filed?,
            };
        }
        self.end(brand, None, session.id, None, Reason::Customer, None)
            .await?;
        Ok(())
    }

    /// Nobody ever said who this is.
    async fn is_anonymous(&self, visitor: &Visitor) -> Result<bool> {
        let faces = self
            .store
            .identities(visitor.brand, visitor.customer)
            .await?;
        Ok(faces.iter().all(|face| face.kind == "visitor"))
    }

    /// What the customer said in a session since anybody answered, in order.
    async fn unanswered(&self, guest: &Visitor, session: &Session) -> Result<Vec<Message>> {
        let newest = self
            .store
            .messages(guest.brand, guest.conversation, 0, None, true, MOST)
            .await?;
        let mut words: Vec<_> = newest
            .into_iter()
            .filter(|message| message.session == Some(session.id) && !message.recalled)
            .collect();
        words.sort_unstable_by_key(|message| message.seq);
        let answered = words.iter().rposition(|m| m.origin == Origin::Servicer);
        words.drain(..answered.map_or(0, |at| at + 1));
        words.retain(|message| message.origin == Origin::Customer);
        Ok(words)
    }
}

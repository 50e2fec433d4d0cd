//! Followed: how far each offer got, from the card that was seen to the friend or member, and what is
//! said about it.

use kefu_domain::{
    BrandId, Content, ConversationId, HandoffId, MessageId, UnixMs,
    content::HandoffCard,
    setup::{Connection, FanGroup},
};
use kefu_store::{Handoff, HandoffStatus, HandoffStep, HandoffTarget};

use crate::{Error, Reception, Result, say};

impl Reception {
    /// Moves a handoff on, and its card with it.
    pub(crate) async fn reach(
        &self,
        brand: BrandId,
        id: HandoffId,
        status: HandoffStatus,
    ) -> Result<Handoff> {
        let before = self.store.handoff(brand, id).await?;
        let handoff = self
            .store
            .advance_handoff(brand, id, HandoffStep::Reached(status), self.now())
            .await?;
        if handoff.status == before.status || handoff.seq == 0 {
            return Ok(handoff);
        }
        if let Some(card) = self.card_of(&handoff).await? {
            let card = HandoffCard {
                status: handoff.status.word().to_owned(),
                seen_at: handoff.seen_at,
                opened_at: handoff.opened_at,
                done_at: handoff.done_at,
                ..card
            };
            self.store
                .amend(
                    brand,
                    MessageId {
                        conversation: handoff.conversation,
                        seq: handoff.seq,
                    },
                    Content::Handoff(card),
                )
                .await?;
        }
        Ok(handoff)
    }

    /// The card of an offer as it stands in the thread.
    pub(crate) async fn card_of(&self, handoff: &Handoff) -> Result<Option<HandoffCard>> {
        let (thread, seq) = (handoff.conversation, handoff.seq);
        let found = self
            .store
            .messages(handoff.brand, thread, seq - 1, Some(seq + 1), false, 1)
            .await?;
        Ok(found
            .into_iter()
            .next()
            .and_then(|message| match message.content {
                Content::Handoff(card) => Some(card),
                _ => None,
            }))
    }

    /// The customer opened the card's link, or tapped it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn handoff_opened(&self, brand: BrandId, id: HandoffId) -> Result<Handoff> {
        self.reach(brand, id, HandoffStatus::Opened).await
    }

    /// Offers whose time is over say so on their cards; answers how many.
    pub(crate) async fn expire_handoffs(&self) -> Result<usize> {
        let lapsed = self.store.lapsed_handoffs(self.now(), 500).await?;
        for (brand, id) in &lapsed {
            self.reach(*brand, *id, HandoffStatus::Expired).await?;
        }
        Ok(lapsed.len())
    }

    /// The customer's screen has shown everything up to here: cards among it were seen.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn handoffs_seen(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        upto: u64,
    ) -> Result<()> {
        let whole = self.store.conversation(brand, conversation).await?;
        for handoff in self.store.handoffs(brand, whole.customer.id).await? {
            let shown = handoff.conversation == conversation && (1..=upto).contains(&handoff.seq);
            if shown && handoff.status == HandoffStatus::Offered {
                self.reach(brand, handoff.id, HandoffStatus::Seen).await?;
            }
        }
        Ok(())
    }

    /// A customer added a member; `state` tells which offer it was.
    pub(crate) async fn specialist_added(
        &self,
        brand: BrandId,
        connection: &Connection,
        userid: &str,
        state: Option<&str>,
        welcome_code: Option<(String, UnixMs)>,
    ) -> Result<()> {
        // The code lives 20 s, and people are to see the add at once: neither waits for the other.
        let greeting = self.greet(brand, connection, userid, welcome_code);
        let (greeted, marked) =
            futures_util::future::join(greeting, self.mark_added(brand, state)).await;
        greeted.and(marked)
    }

    async fn greet(
        &self,
        brand: BrandId,
        connection: &Connection,
        userid: &str,
        welcome_code: Option<(String, UnixMs)>,
    ) -> Result<()> {
        let setup = self.directory.brand(brand)?;
        let specialist = setup
            .specialists
            .values()
            .map(|row| &row.entry)
            .find(|one| {
                one.userid.as_deref() == Some(userid) && one.connection == Some(connection.id)
            });
        if let (Some((code, until)), Some(one)) = (welcome_code, specialist)
            && !one.welcome.trim().is_empty()
            && let Some(channel) = self.channels.get(&connection.channel)
            && let Err(fault) = channel.greet(connection, &code, &one.welcome, until).await
        {
            tracing::warn!(%fault, "a greeting was not sent");
            metrics::counter!("kefu_greetings_failed_total").increment(1);
        }
        Ok(())
    }

    async fn mark_added(&self, brand: BrandId, state: Option<&str>) -> Result<()> {
        let Some(id) = state.and_then(handoff_of_state) else {
            return Ok(());
        };
        let handoff = match self.reach(brand, id, HandoffStatus::Added).await {
            Ok(handoff) => handoff,
            // A code of somebody else's making.
            Err(Error::NotFound) => return Ok(()),
            Err(error) => return Err(error),
        };
        tracing::info!(handoff.id = %id, "a specialist was added");
        self.line_about(brand, &handoff, "specialist_added").await?;
        if let HandoffTarget::Specialist(id) = handoff.target
            && let Some(row) = self.directory.brand(brand)?.specialists.get(&id)
            && let Some(agent) = row.entry.agent
        {
            self.own_if_nobody(brand, handoff.customer, agent).await?;
        }
        Ok(())
    }

    /// Members of a group changed: those who came by our codes joined.
    pub(crate) async fn group_changed(
        &self,
        brand: BrandId,
        connection: &Connection,
        chat_id: &str,
        joined: bool,
        dismissed: bool,
    ) -> Result<()> {
        let setup = self.directory.brand(brand)?;
        let group = setup
            .fan_groups
            .values()
            .find(|row| row.entry.chat_ids.iter().any(|id| id == chat_id));
        let channel = self
            .channels
            .get(&connection.channel)
            .ok_or(Error::NotFound)?;
        if dismissed {
            if let Some(row) = group {
                let chat_ids = row
                    .entry
                    .chat_ids
                    .iter()
                    .filter(|id| *id != chat_id)
                    .cloned()
                    .collect();
                self.put(
                    brand,
                    FanGroup {
                        chat_ids,
                        ..row.entry.clone()
                    },
                    None,
                )
                .await?;
            }
            return Ok(());
        }
        let members = channel.group_members(connection, chat_id).await?;
        if let Some(row) = group {
            let count = u32::try_from(members.len()).unwrap_or(u32::MAX);
            let mut members_of = row.entry.members_of.clone();
            members_of.insert(chat_id.to_owned(), count);
            members_of.retain(|id, _| row.entry.chat_ids.contains(id));
            let members = members_of
                .values()
                .fold(0, |sum: u32, one| sum.saturating_add(*one));
            if members != row.entry.members || members_of != row.entry.members_of {
                self.put(
                    brand,
                    FanGroup {
                        members,
                        members_of,
                        ..row.entry.clone()
                    },
                    None,
                )
                .await?;
            }
        }
        if !joined {
            return Ok(());
        }
        for id in members
            .iter()
            .take(50)
            .filter_map(|(_, state)| state.as_deref().and_then(handoff_of_state))
        {
            let Ok(before) = self.store.handoff(brand, id).await else {
                continue;
            };
            if before.status == HandoffStatus::Joined {
                continue;
            }
            let handoff = self.reach(brand, id, HandoffStatus::Joined).await?;
            self.line_about(brand, &handoff, "group_joined").await?;
        }
        Ok(())
    }

    async fn line_about(&self, brand: BrandId, handoff: &Handoff, event: &str) -> Result<()> {
        let key = format!("{event}-{}", handoff.id);
        let draft = say::line(event, None, &handoff.name);
        self.store
            .note(brand, handoff.conversation, Some(key), draft, self.now())
            .await?;
        Ok(())
    }
}

/// `h_` and a handoff's id: 28 bytes of the 30 that a platform keeps.
fn handoff_of_state(state: &str) -> Option<HandoffId> {
    state.strip_prefix("h_")?.parse().ok()
}

//! What follows from a filed message, and small looks at the floor for the doors.

use std::sync::Arc;

use bytes::Bytes;
use kefu_domain::{
    AgentId, BrandId, ConversationId, HandoffId, ServiceState, content::HandoffCard,
    routing::Availability,
};
use kefu_store::{Filed, HandoffStatus, MediaRow, Visitor};

use crate::{Reception, Result, queues};

/// A brand's floor in numbers, for metrics.
#[derive(Debug, Clone, Default)]
pub struct FloorGauges {
    /// By queue: how many wait, and how long the first of them has, in seconds. The first hundred
    /// queues have a name of their own, all others are one.
    pub queues: Vec<(Arc<str>, u32, f64)>,
    /// Free places of agents who take customers.
    pub free: u32,
    /// Agents by state.
    pub agents: Vec<(&'static str, u32)>,
}

/// Where a handoff's link leads.
#[derive(Debug, Clone)]
pub enum Followed {
    /// To the target's own address.
    Elsewhere(String),
    /// To the card, with the picture of its code.
    Card(Box<HandoffCard>, Option<(MediaRow, Bytes)>),
}

impl Reception {
    /// Notices after a visitor's message.
    pub async fn after_filed(&self, visitor: &Visitor, filed: &Filed) {
        // Only a session that opened with this very message has something to be said.
        let opened = {
            let floor = self.floor.brand(visitor.brand);
            let live = floor.live.get(&visitor.conversation);
            live.filter(|live| {
                live.conversation
                    .session
                    .as_ref()
                    .is_some_and(|s| s.opened_at == filed.sent_at && s.state == ServiceState::New)
            })
            .map(|live| Arc::clone(&live.conversation))
        };
        if let Some(conversation) = opened {
            self.say_opened(&conversation).await;
        }
    }

    /// Who serves a conversation now.
    #[must_use]
    pub fn serving(&self, brand: BrandId, conversation: ConversationId) -> Option<AgentId> {
        let floor = self.floor.brand(brand);
        let session = floor
            .live
            .get(&conversation)?
            .conversation
            .session
            .as_ref()?;
        session
            .agent
            .filter(|_| session.state == ServiceState::Serving)
    }

    /// How long a first reply takes lately, in seconds, once there are enough to say so.
    #[must_use]
    pub fn reply_hint_s(&self, brand: BrandId) -> Option<u32> {
        let floor = self.floor.brand(brand);
        let mut samples: Vec<u32> = floor
            .steps
            .of(None)
            .rev()
            .take(6)
            .flat_map(|step| step.first_replies_ms.iter().copied())
            .collect();
        if samples.len() < 5 {
            return None;
        }
        samples.sort_unstable();
        Some(samples[samples.len() / 2].div_ceil(1000).max(1))
    }

    /// Every brand's floor in numbers; brands beyond the first hundred are left out.
    #[must_use]
    pub fn gauges(&self) -> Vec<(String, FloorGauges)> {
        let now = self.now();
        let mut all = Vec::new();
        for setup in self.directory.all().into_iter().take(100) {
            let brand = setup.brand.entry.id;
            let floor = self.floor.brand(brand);
            let mut gauges = FloorGauges::default();
            let labels = self.queues.labels(&setup);
            gauges.queues = queues::depths(&setup, &floor, &labels, now);
            let mut states = std::collections::BTreeMap::<&'static str, u32>::new();
            for row in setup.agents.values().filter(|row| !row.entry.disabled) {
                let seat = floor.seats.get(&row.entry.id);
                let there = seat.filter(|seat| seat.connected);
                let state = there.map_or(Availability::Offline, |seat| seat.availability);
                *states.entry(state.word()).or_default() += 1;
                if let Some(seat) = there.filter(|seat| seat.availability == Availability::Online) {
                    gauges.free += row
                        .entry
                        .limit
                        .saturating_sub(u32::try_from(seat.held.len()).unwrap_or(u32::MAX));
                }
            }
            gauges.agents = states.into_iter().collect();
            all.push((setup.brand.entry.slug.clone(), gauges));
        }
        all
    }

    /// Follows a handoff's link: it counts as opened. The card as it was offered, or `None` if the
    /// offer lapsed.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub async fn follow_handoff(&self, id: HandoffId) -> Result<Option<Followed>> {
        let brand = self.store.whose_handoff(id).await?;
        let brand = brand.ok_or(crate::Error::NotFound)?;
        let handoff = self.store.handoff(brand, id).await?;
        if handoff.expires_at <= self.now()
            || handoff.status == HandoffStatus::Expired
            || handoff.seq == 0
        {
            return Ok(None);
        }
        self.handoff_opened(brand, id).await?;
        let Some(card) = self.card_of(&handoff).await? else {
            return Ok(None);
        };
        let own = format!("{}/h/", self.public_url);
        if let Some(url) = card.url.as_ref().filter(|url| !url.starts_with(&own)) {
            return Ok(Some(Followed::Elsewhere(url.clone())));
        }
        let code = card.qr_media_id.as_ref().and_then(|id| id.parse().ok());
        let code = match code {
            Some(media) => Some(self.file_bytes(brand, media, None).await?),
            None => None,
        };
        Ok(Some(Followed::Card(Box::new(card), code)))
    }
}

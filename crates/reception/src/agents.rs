//! Agents at work: consoles come and go, and say who takes customers.

use std::time::Duration;

use kefu_domain::{AgentId, BrandId, UnixMs, routing::Availability};
use kefu_queue::LeaseId;
use kefu_store::AgentState;

use crate::{Error, Reception, Result};

/// A console's lease without a sign of life; see I8 in the reliability contract.
pub(crate) const LEASE: Duration = Duration::from_secs(45);

/// An open console: one tab or program of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Console {
    /// The tenant.
    pub brand: BrandId,
    /// Who.
    pub agent: AgentId,
    lease: LeaseId,
}

/// An agent's presence as their console shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What they say.
    pub availability: Availability,
    /// Of a break.
    pub reason: String,
    /// Since when.
    pub since_at: UnixMs,
    /// A console is open.
    pub connected: bool,
    /// Sessions now.
    pub load: u32,
    /// Offers now.
    pub offers: u32,
    /// Sessions and offers at most.
    pub limit: u32,
}

impl Reception {
    /// A console opened.
    pub async fn enter_console(&self, brand: BrandId, agent: AgentId) -> Console {
        let console = Console {
            brand,
            agent,
            lease: self.ids.mint(),
        };
        self.beat(&console).await;
        {
            let mut floor = self.floor.brand(brand);
            *floor.consoles.entry(agent).or_default() += 1;
            floor.seat(agent).connected = true;
            floor.stirred = true;
            floor.reseat = true;
        }
        self.floor.wake();
        console
    }

    /// Whoever has a customer gets a lease's time to come back after a start of this process: it was
    /// we who were away.
    pub(crate) async fn expect(&self, brand: BrandId, agent: AgentId) {
        let lease = self.ids.mint();
        self.beat(&Console {
            brand,
            agent,
            lease,
        })
        .await;
    }

    /// A console gave a sign of life.
    pub async fn beat(&self, console: &Console) {
        // A backend that does not answer must not cost the agent their customers: the sweep treats
        // an unknown presence as present.
        if let Err(error) = self
            .presence
            .renew(console.brand, console.agent, console.lease, LEASE)
            .await
        {
            tracing::debug!(%error, "a lease was not renewed");
        }
    }

    /// A console closed. Its lease runs on, so that a reload loses nothing; `for_good` ends it now.
    pub async fn leave_console(&self, console: Console, for_good: bool) {
        if for_good {
            let _ = self
                .presence
                .end(console.brand, console.agent, console.lease)
                .await;
        }
        {
            let mut floor = self.floor.brand(console.brand);
            let last = match floor.consoles.get_mut(&console.agent) {
                Some(open) => {
                    *open = open.saturating_sub(1);
                    *open == 0
                }
                None => true,
            };
            if last {
                floor.consoles.remove(&console.agent);
                floor.seat(console.agent).connected = false;
                floor.reseat = true;
            }
            floor.stirred = true;
        }
        self.floor.wake();
    }

    /// An agent says whether they take customers. Who goes offline lets go of their customers: those
    /// who wait for an answer go back to the queue at once, the others when they write again.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn set_availability(
        &self,
        brand: BrandId,
        agent: AgentId,
        availability: Availability,
        reason: String,
    ) -> Result<()> {
        let reason: String = reason
            .chars()
            .filter(|c| !c.is_control())
            .take(40)
            .collect();
        let state = AgentState {
            agent,
            availability,
            reason,
            since_at: self.now(),
        };
        self.store.set_agent_state(brand, state.clone()).await?;
        self.floor.brand(brand).said(&state);
        self.floor.wake();
        if availability == Availability::Offline {
            self.release_agent(brand, agent).await;
        }
        Ok(())
    }

    /// An agent's presence now.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn standing(&self, brand: BrandId, agent: AgentId) -> Result<Standing> {
        let setup = self.directory.brand(brand)?;
        let limit = setup.agents.get(&agent).ok_or(Error::NotFound)?.entry.limit;
        let mut floor = self.floor.brand(brand);
        let seat = floor.seat(agent).clone();
        let offers = seat
            .held
            .iter()
            .filter(|session| floor.waiting.contains_key(session))
            .count();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(Standing {
            availability: seat.availability,
            reason: seat.reason,
            since_at: seat.since_at,
            connected: seat.connected,
            load: count(seat.held.len() - offers),
            offers: count(offers),
            limit,
        })
    }

    /// Open sessions and offers of an agent.
    #[must_use]
    pub fn held(&self, brand: BrandId, agent: AgentId) -> Vec<kefu_domain::ConversationId> {
        let floor = self.floor.brand(brand);
        let Some(seat) = floor.seats.get(&agent) else {
            return Vec::new();
        };
        let ids = seat.held.iter().filter_map(|id| floor.open.get(id));
        ids.copied().collect()
    }

    /// Signed out, or disabled: sessions with an open turn go back to the queue at once.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn agent_gone(&self, brand: BrandId, agent: AgentId) -> Result<()> {
        self.set_availability(brand, agent, Availability::Offline, String::new())
            .await
    }
}

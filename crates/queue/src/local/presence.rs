//! Leases by the process's monotonic clock.

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use dashmap::DashMap;
use kefu_domain::{AgentId, BrandId};
use parking_lot::Mutex;
use tokio::time::Instant;

use super::Local;
use crate::{LeaseId, MAX_LEASE, Presence, QueueError};

/// Per brand the leases of each agent; an agent has as many as they have consoles open.
#[derive(Debug, Default)]
pub(super) struct Here(DashMap<BrandId, Mutex<Agents>>);

type Agents = HashMap<AgentId, Vec<(LeaseId, Instant)>>;

impl Here {
    fn agents<T>(&self, brand: BrandId, work: impl FnOnce(&mut Agents) -> T) -> T {
        if let Some(agents) = self.0.get(&brand) {
            return work(&mut agents.lock());
        }
        work(&mut self.0.entry(brand).or_default().lock())
    }
}

#[async_trait]
impl Presence for Local {
    async fn renew(
        &self,
        brand: BrandId,
        agent: AgentId,
        lease: LeaseId,
        lasts: Duration,
    ) -> Result<(), QueueError> {
        let now = Instant::now();
        self.shared.here.agents(brand, |agents| {
            let leases = agents.entry(agent).or_default();
            leases.retain(|(id, until)| *id != lease && *until > now);
            leases.push((lease, now + lasts.min(MAX_LEASE)));
        });
        Ok(())
    }

    async fn end(
        &self,
        brand: BrandId,
        agent: AgentId,
        lease: LeaseId,
    ) -> Result<bool, QueueError> {
        let now = Instant::now();
        Ok(self.shared.here.agents(brand, |agents| {
            let Some(leases) = agents.get_mut(&agent) else {
                return true;
            };
            leases.retain(|(id, until)| *id != lease && *until > now);
            let last = leases.is_empty();
            if last {
                agents.remove(&agent);
            }
            last
        }))
    }

    async fn present(&self, brand: BrandId) -> Result<Vec<AgentId>, QueueError> {
        let now = Instant::now();
        Ok(self.shared.here.agents(brand, |agents| {
            agents.retain(|_, leases| {
                leases.retain(|(_, until)| *until > now);
                !leases.is_empty()
            });
            agents.keys().copied().collect()
        }))
    }
}

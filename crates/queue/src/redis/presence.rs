//! Leases by the server's clock, written again by their node when the server lost them.

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use kefu_domain::{AgentId, BrandId, decode};
use parking_lot::Mutex;
use tokio::time::Instant;

use super::{
    Redis, keys,
    script::{self, BATCH, Call},
};
use crate::{LeaseId, MAX_LEASE, Presence, QueueError};

/// The leases this node made, by the monotonic clock.
///
/// A server that lost its memory has nobody present until each console renews. Without this, that
/// would look as if everyone had left.
#[derive(Debug, Default)]
pub(super) struct Own(Mutex<HashMap<BrandId, Leases>>);

#[derive(Debug, Default)]
struct Leases {
    /// The mark of the set they were written to.
    mark: Option<String>,
    until: HashMap<(AgentId, LeaseId), Instant>,
}

type Lease = (AgentId, LeaseId, Duration);

impl Own {
    fn add(&self, brand: BrandId, agent: AgentId, lease: LeaseId, until: Instant) {
        let mut own = self.0.lock();
        own.entry(brand)
            .or_default()
            .until
            .insert((agent, lease), until);
    }

    fn remove(&self, brand: BrandId, agent: AgentId, lease: LeaseId) {
        if let Some(leases) = self.0.lock().get_mut(&brand) {
            leases.until.remove(&(agent, lease));
        }
    }

    /// It is not known whether the last lease was written.
    fn unsure(&self, brand: BrandId) {
        if let Some(leases) = self.0.lock().get_mut(&brand) {
            leases.mark = None;
        }
    }

    /// What has to be written again, now that the set has this mark, or none.
    fn lost(&self, brand: BrandId, mark: Option<String>) -> Vec<Lease> {
        let now = Instant::now();
        let mut own = self.0.lock();
        let Some(leases) = own.get_mut(&brand) else {
            return Vec::new();
        };
        leases.until.retain(|_, until| *until > now);
        if leases.until.is_empty() {
            own.remove(&brand);
            return Vec::new();
        }
        if mark.is_some() && leases.mark == mark {
            return Vec::new();
        }
        if leases.mark.is_some() {
            tracing::warn!(brand.id = %brand, "redis lost who is here; this node tells it again");
        }
        leases.mark = mark;
        let left = |(&(agent, lease), until): (&(AgentId, LeaseId), &Instant)| {
            (agent, lease, until.duration_since(now))
        };
        leases.until.iter().map(left).collect()
    }
}

impl Redis {
    async fn write_leases(&self, brand: BrandId, leases: &[Lease]) -> Result<String, QueueError> {
        let mut mark = String::new();
        for batch in leases.chunks(BATCH) {
            let mut call = Call::script("renew", &script::RENEW, &[keys::here(brand)])
                .arg(keys::leases(brand));
            for (agent, lease, lasts) in batch {
                let lasts = lasts.min(&MAX_LEASE).as_millis() as u64;
                call.id(agent.0).id(*lease).push(lasts.max(1));
            }
            mark = self
                .link
                .call(&call)
                .await
                .inspect_err(|_| self.own.unsure(brand))?;
        }
        Ok(mark)
    }

    /// Writes this node's leases again if the set with this mark does not have them.
    async fn heal(&self, brand: BrandId, mark: Option<String>) -> Result<bool, QueueError> {
        let lost = self.own.lost(brand, mark);
        if lost.is_empty() {
            return Ok(false);
        }
        let mark = self.write_leases(brand, &lost).await?;
        if let Some(leases) = self.own.0.lock().get_mut(&brand) {
            leases.mark = Some(mark);
        }
        Ok(true)
    }

    async fn read_present(&self, brand: BrandId) -> Result<Vec<String>, QueueError> {
        let call = Call::script("present", &script::PRESENT, &[keys::here(brand)]);
        self.link.call(&call).await
    }
}

#[async_trait]
impl Presence for Redis {
    async fn renew(
        &self,
        brand: BrandId,
        agent: AgentId,
        lease: LeaseId,
        lasts: Duration,
    ) -> Result<(), QueueError> {
        // Kept also if the call fails: the console is here, and is told of as soon as it can be.
        self.own
            .add(brand, agent, lease, Instant::now() + lasts.min(MAX_LEASE));
        let mark = self.write_leases(brand, &[(agent, lease, lasts)]).await?;
        self.heal(brand, Some(mark)).await?;
        Ok(())
    }

    async fn end(
        &self,
        brand: BrandId,
        agent: AgentId,
        lease: LeaseId,
    ) -> Result<bool, QueueError> {
        self.own.remove(brand, agent, lease);
        let keys = [keys::here(brand), keys::lease(brand, agent)];
        let mut call = Call::script("end", &script::END, &keys);
        call.id(agent.0).id(lease);
        self.link.call(&call).await
    }

    async fn present(&self, brand: BrandId) -> Result<Vec<AgentId>, QueueError> {
        let mut here = self.read_present(brand).await?;
        let mark = here.last().filter(|last| last.starts_with('!')).cloned();
        if self.heal(brand, mark).await? {
            here = self.read_present(brand).await?;
        }
        Ok(here
            .iter()
            .filter_map(|id| decode(id).ok())
            .map(AgentId)
            .collect())
    }
}

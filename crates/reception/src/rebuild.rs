//! Rebuild: the floor and the queue from the store, at the start; then everything that runs.

use std::{collections::HashSet, sync::Arc, time::Duration};

use kefu_domain::BrandId;
use tokio::task::JoinSet;

use crate::{Reception, Result};

/// The queue is compared with the store at least so often.
const COMPARE: Duration = Duration::from_secs(5);
/// Lapsed secrets and old keys are removed.
const FORGET: Duration = Duration::from_secs(600);

impl Reception {
    /// Reads all brands and their open sessions.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn rebuild(&self) -> Result<()> {
        for brand in self.store.brands().await? {
            self.rebuild_brand(brand).await?;
        }
        Ok(())
    }

    /// Reads one brand.
    pub(crate) async fn rebuild_brand(&self, brand: BrandId) -> Result<()> {
        self.directory.load(self.store.as_ref(), brand).await?;
        self.remember_heard(brand).await?;
        let states = self.store.agent_states(brand).await?;
        let open = self.store.open_sessions(brand).await?;
        let now = self.now();
        let mut holders = HashSet::new();
        {
            let mut floor = self.floor.brand(brand);
            for state in &states {
                floor.said(state);
            }
            for conversation in &open {
                let Some(session) = &conversation.session else {
                    continue;
                };
                floor.session(conversation, &[], false, None, now);
                let holder = session.offer.map(|offer| offer.agent).or_else(|| {
                    session
                        .agent
                        .filter(|_| session.state == kefu_domain::ServiceState::Serving)
                });
                if let Some(agent) = holder {
                    let seat = floor.seat(agent);
                    seat.held.insert(session.id);
                    seat.last_assigned_at =
                        seat.last_assigned_at.max(session.assigned_at.unwrap_or(0));
                    holders.insert(agent);
                }
            }
            floor.stirred = true;
            floor.reseat = true;
        }
        for agent in holders {
            self.expect(brand, agent).await;
        }
        Ok(())
    }

    /// Starts everything that runs by itself. Tasks end when the set is dropped.
    pub fn run(self: &Arc<Self>) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(self).dispatch_forever());
        tasks.spawn(Arc::clone(self).outbox_forever());
        tasks.spawn(Arc::clone(self).hooks_forever());
        tasks.spawn(Arc::clone(self).pull_forever());
        tasks.spawn(Arc::clone(self).told_forever());
        tasks.spawn(Arc::clone(self).count_forever());
        tasks.spawn(Arc::clone(self).fetch_forever());
        tasks.spawn(Arc::clone(self).profiles_forever());
        tasks.spawn(Arc::clone(self).withdraw_forever());
        tasks.spawn(Arc::clone(self).compare_forever());
        tasks.spawn(Arc::clone(self).hear_forever());
        tasks.spawn(Arc::clone(self).forget_forever());
        tasks
    }

    async fn compare_forever(self: Arc<Self>) {
        let mut tick = tokio::time::interval(COMPARE);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            for brand in self.floor.brands() {
                match self.compare(brand).await {
                    Ok(0) => (),
                    Ok(mended) => {
                        metrics::counter!("kefu_queue_mended_total").increment(mended as u64);
                        self.floor.wake();
                    }
                    Err(error) => tracing::warn!(%error, "the queue could not be compared"),
                }
            }
        }
    }

    /// News of other nodes. A gap means that the queue backend may have lost something: compare at
    /// once, and tell it all seats again.
    async fn hear_forever(self: Arc<Self>) {
        loop {
            match self.bus.next().await {
                kefu_queue::News::Gap => {
                    for brand in self.floor.brands() {
                        self.floor.brand(brand).reseat = true;
                        if let Err(error) = self.compare(brand).await {
                            tracing::debug!(%error, "compared again soon");
                        }
                        self.floor.brand(brand).stirred = true;
                    }
                    self.floor.wake();
                }
                // Other nodes' set-up changes; one node is all there is on an embedded store.
                kefu_queue::News::Message { brand, .. } => {
                    self.directory.stale(brand);
                    self.floor.wake();
                }
            }
        }
    }

    async fn forget_forever(self: Arc<Self>) {
        let mut tick = tokio::time::interval(FORGET);
        loop {
            tick.tick().await;
            if let Err(error) = self.store.forget_lapsed(self.now()).await {
                tracing::warn!(%error, "lapsed rows could not be removed");
            }
            if let Err(error) = self.forget_files(self.now()).await {
                tracing::warn!(%error, "files that nothing names could not be removed");
            }
            if let Err(error) = self.expire_handoffs().await {
                tracing::warn!(%error, "lapsed offers could not be marked");
            }
        }
    }
}

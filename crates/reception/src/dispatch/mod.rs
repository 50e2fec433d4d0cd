//! Dispatch: the next customer to the right agent.
//!
//! Woken by every change that matters, by a timer when time changes a decision, and by a sweep each
//! second. A pass tells the queue what changed ([`tell`]), asks the domain for candidates for those at
//! the head of each line ([`look`]), claims in the queue, and confirms in the store ([`confirm`]). Only
//! the store's answer counts.

mod confirm;
mod look;
mod tell;

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use kefu_domain::{
    BrandId, TeamId,
    setup::{Row, Team},
};
use kefu_queue::QueueError;

use crate::{Reception, Setup};

use look::{Desk, Look};
pub(crate) use look::{chain, fixed, update, waiting_of};

/// Sessions looked at per line and pass.
const HEAD: usize = 128;
/// And at most: while somebody is free whom none of those may have, and once a sweep for who may go on
/// to another team.
const DEEPEST: usize = 8192;
/// Passes without a pause; then others get their turn.
const PASSES: usize = 64;
/// The sweep: nobody waits longer for a missed wake-up.
const SWEEP: Duration = Duration::from_secs(1);

impl Reception {
    /// Runs until the process ends.
    pub(crate) async fn dispatch_forever(self: Arc<Self>) {
        let mut desk = Desk::default();
        let mut sweep = tokio::time::interval(SWEEP);
        sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.wake.notified() => (),
                () = self.until_something_is_due() => self.settle_soon().await,
                _ = sweep.tick() => {
                    let now = self.now();
                    self.sweep(now).await;
                    for brand in self.floor.brands() {
                        let mut floor = self.floor.brand(brand);
                        floor.stirred = true;
                        floor.deep = true;
                    }
                }
            }
            self.refresh().await;
            for brand in self.floor.stirred() {
                if let Err(error) = self.dispatch(&mut desk, brand).await {
                    tracing::warn!(%error, brand.id = %brand, "routing waits for the queue");
                    metrics::counter!("kefu_dispatch_failures_total").increment(1);
                }
            }
        }
    }

    /// Reads set-up that changed.
    pub(crate) async fn refresh(&self) {
        for brand in self.directory.take_stale() {
            if let Err(error) = self.directory.load(self.store.as_ref(), brand).await {
                tracing::warn!(%error, brand.id = %brand, "set-up could not be read");
                self.directory.stale(brand);
            }
            let mut floor = self.floor.brand(brand);
            floor.reseat = true;
            floor.stirred = true;
        }
    }

    async fn dispatch(&self, desk: &mut Desk, brand: BrandId) -> Result<(), QueueError> {
        let Ok(setup) = self.directory.brand(brand) else {
            return Ok(());
        };
        let goes_on = |team: &Row<Team>| !team.entry.overflow.is_empty();
        let swept = std::mem::take(&mut self.floor.brand(brand).deep);
        let mut deep = swept && setup.teams.values().any(goes_on);
        for _ in 0..PASSES {
            self.tell_queue(brand, &setup).await?;
            self.floor.brand(brand).soon.looking();
            let teams = self.lines(brand);
            let mut moved = false;
            for team in teams {
                moved |= self.serve_line(desk, brand, &setup, team, deep).await?;
            }
            deep = false;
            if !moved {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
        self.floor.brand(brand).stirred = true;
        self.floor.wake();
        Ok(())
    }

    /// Teams with someone waiting who was not offered to anyone.
    fn lines(&self, brand: BrandId) -> Vec<TeamId> {
        let floor = self.floor.brand(brand);
        let mut teams: Vec<TeamId> = floor.lines.keys().copied().collect();
        teams.sort_unstable();
        teams
    }

    /// One line: decides, claims, confirms. True if anything moved.
    async fn serve_line(
        &self,
        desk: &mut Desk,
        brand: BrandId,
        setup: &Arc<Setup>,
        team: TeamId,
        deep: bool,
    ) -> Result<bool, QueueError> {
        let mut depth = HEAD;
        // Those at the head may wait for somebody in particular, or have come from another line just
        // now; who stands after them may be taken, or go on, all the same.
        let look = loop {
            let head = self.queue.head(brand, team, depth).await?;
            let reached = head.len();
            let look = self.look(desk, brand, setup, team, head);
            let nothing = look.claims.is_empty() && look.overflow.is_empty();
            let stuck = nothing && (look.someone_free || deep);
            if !stuck || reached < depth || depth >= DEEPEST {
                break look;
            }
            depth *= 4;
        };
        let Look {
            claims,
            pending,
            overflow,
            again,
            ..
        } = look;
        self.floor.brand(brand).soon.look_again(again);
        let mut moved = false;
        for (session, conversation, to) in overflow {
            moved |= self.overflow(brand, session, &conversation, to).await;
        }
        if claims.is_empty() {
            return Ok(moved);
        }
        let claimed = self.queue.claim(brand, &claims).await?;
        let confirm = claimed
            .into_iter()
            .zip(pending)
            .filter_map(|(agent, pending)| Some((agent?, pending)));
        let confirmed =
            join_all(confirm.map(|(agent, pending)| self.confirm(brand, setup, agent, pending)))
                .await;
        Ok(moved || confirmed.into_iter().any(|done| done))
    }
}

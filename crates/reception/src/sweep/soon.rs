//! What falls due before the next sweep: each sweep notes it, and a timer settles it in its time.
//!
//! The shortest time that a rule can set is a second, and a sweep comes each second, so nothing falls
//! due that no sweep has seen coming: a message sets no timer, and none is moved by it. What a sweep
//! noted is looked at again when its time has come.

use kefu_domain::{BrandId, ConversationId, UnixMs};

use super::{
    PER_SWEEP,
    due::{Away, Due, due},
};
use crate::Reception;

/// How far a sweep looks ahead: to the next, even if that one is late.
pub(super) const SOON_MS: UnixMs = 2000;
/// Several that fall due together are settled together.
const TOGETHER_MS: u64 = 5;

/// A brand's next times.
#[derive(Debug, Default)]
pub(crate) struct Soon {
    /// Whose time comes before the next sweep, the first at the end. At most the open sessions.
    sessions: Vec<(UnixMs, ConversationId)>,
    /// When routing would decide otherwise about someone who waits, though nothing happened.
    look_at: Option<UnixMs>,
}

impl Soon {
    /// What a sweep saw coming, instead of what the one before it saw.
    pub(super) fn set(&mut self, mut sessions: Vec<(UnixMs, ConversationId)>) {
        sessions.sort_unstable_by(|a, b| b.cmp(a));
        self.sessions = sessions;
    }

    /// Routing begins to look at every line.
    pub(crate) fn looking(&mut self) {
        self.look_at = None;
    }

    /// Routing looked: it would decide otherwise then.
    pub(crate) fn look_again(&mut self, at: Option<UnixMs>) {
        self.look_at = self.look_at.into_iter().chain(at).min();
    }

    /// When the first of them falls due.
    pub(crate) fn first(&self) -> Option<UnixMs> {
        let session = self.sessions.last().map(|(at, _)| *at);
        session.into_iter().chain(self.look_at).min()
    }

    /// Takes those whose time has come.
    fn take(&mut self, now: UnixMs) -> Vec<ConversationId> {
        let later = self.sessions.partition_point(|(at, _)| *at > now);
        let from = later.max(self.sessions.len().saturating_sub(PER_SWEEP));
        self.sessions.drain(from..).map(|(_, id)| id).collect()
    }

    /// Has the time come to route again? Then it is taken.
    fn routes(&mut self, now: UnixMs) -> bool {
        self.look_at.take_if(|at| *at <= now).is_some()
    }
}

impl Reception {
    /// Returns when the first thing falls due; never without one.
    pub(crate) async fn until_something_is_due(&self) {
        let Some(at) = self.floor.first_due() else {
            return std::future::pending().await;
        };
        let wait = u64::try_from(at - self.now()).unwrap_or(0);
        tokio::time::sleep(std::time::Duration::from_millis(wait.max(TOGETHER_MS))).await;
    }

    /// Settles what has fallen due since the sweep. What the store does not take just now, and what
    /// is found out by asking who is here, is left to the next sweep.
    pub(crate) async fn settle_soon(&self) {
        let now = self.now();
        for brand in self.floor.brands() {
            let Ok(setup) = self.directory.brand(brand) else {
                // Nothing can be settled for it, so nothing is waited for.
                self.floor.brand(brand).soon = Soon::default();
                continue;
            };
            let due = self.fallen_due(brand, &setup, now);
            self.settle_all(brand, &setup, due).await;
        }
    }

    fn fallen_due(&self, brand: BrandId, setup: &crate::Setup, now: UnixMs) -> Vec<Due> {
        let mut floor = self.floor.brand(brand);
        floor.stirred |= floor.soon.routes(now);
        let nobody = Away::default();
        let ids = floor.soon.take(now);
        ids.iter()
            .filter_map(|id| due(floor.live.get(id)?, setup, &nobody, now))
            .collect()
    }
}

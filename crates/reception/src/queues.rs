//! Queues by name in metrics. Each name costs a scraper some series, so that only the first hundred
//! queues of this process have one of their own; all others are counted as `other`.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use kefu_domain::{ServiceState, TeamId, UnixMs};
use parking_lot::Mutex;

use crate::{Setup, floor::BrandFloor};

/// Queues that have a name of their own.
const NAMED: usize = 100;
/// The name of all others.
const OTHER: &str = "other";

/// Which queues have a name. The one a queue had first is its name until the process ends.
#[derive(Default)]
pub(crate) struct Queues {
    named: Mutex<HashMap<TeamId, Arc<str>>>,
}

/// The labels of a brand's queues.
#[derive(Debug, Clone)]
pub(crate) struct Labels {
    pub(crate) brand: Arc<str>,
    queues: HashMap<TeamId, Arc<str>>,
    other: Arc<str>,
}

impl Default for Labels {
    fn default() -> Self {
        Self {
            brand: Arc::default(),
            queues: HashMap::new(),
            other: OTHER.into(),
        }
    }
}

impl Labels {
    pub(crate) fn queue(&self, team: TeamId) -> Arc<str> {
        Arc::clone(self.queues.get(&team).unwrap_or(&self.other))
    }
}

impl Queues {
    /// The labels of a brand's queues as it is set up now.
    pub(crate) fn labels(&self, setup: &Setup) -> Labels {
        let mut named = self.named.lock();
        let mut queues = HashMap::new();
        for (id, row) in &setup.teams {
            if named.len() < NAMED {
                named
                    .entry(*id)
                    .or_insert_with(|| row.entry.name.as_str().into());
            }
            queues.extend(named.get(id).map(|name| (*id, Arc::clone(name))));
        }
        Labels {
            brand: setup.brand.entry.slug.as_str().into(),
            queues,
            ..Labels::default()
        }
    }
}

/// How many wait in each queue of a brand, by its label, and how long the first of them has waited,
/// in seconds. A queue in which nobody waits is told too, so that a gauge falls to nothing.
pub(crate) fn depths(
    setup: &Setup,
    floor: &BrandFloor,
    labels: &Labels,
    now: UnixMs,
) -> Vec<(Arc<str>, u32, f64)> {
    let mut all: BTreeMap<Arc<str>, (u32, UnixMs)> = BTreeMap::new();
    for team in setup.teams.keys() {
        all.entry(labels.queue(*team)).or_insert((0, now));
    }
    let waiting = floor
        .waiting
        .values()
        .filter_map(|id| floor.live.get(id)?.conversation.session.as_ref())
        .filter(|session| session.state == ServiceState::Waiting);
    for session in waiting {
        let label = session
            .team
            .map_or_else(|| OTHER.into(), |team| labels.queue(team));
        let (count, oldest) = all.entry(label).or_insert((0, now));
        *count += 1;
        *oldest = (*oldest).min(session.waiting_since().unwrap_or(now));
    }
    all.into_iter()
        .map(|(label, (count, oldest))| (label, count, (now - oldest).max(0) as f64 / 1000.0))
        .collect()
}

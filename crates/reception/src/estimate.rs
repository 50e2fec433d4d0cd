//! Place in line and an honest estimate.
//!
//! The estimate is the place times the recent time between two customers leaving the same line for
//! an agent, given as a range. Without history it says nothing.

use kefu_domain::{BrandId, SessionId, TeamId, UnixMs, routing::Availability};

use crate::Reception;

/// Where someone stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// How many come before.
    pub ahead: u64,
    /// From, to, in seconds; `None` while nothing is known.
    pub estimate_s: Option<(u64, u64)>,
    /// When this was said.
    pub estimated_at: UnixMs,
    /// An agent of the team has room now.
    pub someone_free: bool,
}

impl Place {
    /// The upper end in minutes, at least one.
    #[must_use]
    pub fn minutes(&self) -> u64 {
        self.estimate_s
            .map_or(self.ahead + 1, |(_, to)| to.div_ceil(60).max(1))
    }
}

impl Reception {
    /// A waiting session's place; `None` if the line does not know it (yet).
    pub async fn place(&self, brand: BrandId, team: TeamId, session: SessionId) -> Option<Place> {
        let ahead = self
            .queue
            .position(brand, team, session)
            .await
            .ok()
            .flatten()?;
        let now = self.now();
        let setup = self.directory.brand(brand).ok()?;
        let floor = self.floor.brand(brand);
        let pace = floor.pace.get(&team).map(|pace| &pace.taken);
        // The mean of up to 64 gaps, an ongoing gap included, so that a line that stands still says so.
        let estimate_s = pace.filter(|taken| taken.len() >= 3).and_then(|taken| {
            let (first, last) = (*taken.front()?, *taken.back()?);
            let gaps = i64::try_from(taken.len()).ok()?;
            let mean_ms = (now.max(last) - first).max(1000) / gaps;
            let middle = u64::try_from(mean_ms).ok()? * (ahead + 1) / 1000;
            Some(((middle * 7 / 10).max(5), (middle * 15 / 10).max(15)))
        });
        let someone_free = setup.agents.values().any(|row| {
            let agent = &row.entry;
            agent.team_ids.contains(&team)
                && floor.seats.get(&agent.id).is_some_and(|seat| {
                    seat.connected
                        && seat.availability == Availability::Online
                        && seat.held.len() < agent.limit as usize
                })
        });
        Some(Place {
            ahead,
            estimate_s,
            estimated_at: now,
            someone_free,
        })
    }
}

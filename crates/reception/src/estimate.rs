//! Place in line and an honest estimate.
//!
//! The estimate is the place times the recent time between two customers leaving the same line for
//! an agent ([`crate::pace`]), given as a range. Everyone who waits asks every few seconds, so what an
//! answer needs of the other sessions is counted for all of them together ([`crate::tally`]).

use kefu_domain::{BrandId, SessionId, TeamId, UnixMs};

use crate::{Reception, floor::BrandFloor};

/// Where someone stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// How many come before.
    pub ahead: u64,
    /// From, to, in seconds; `None` while nothing is known.
    pub estimate_s: Option<(u64, u64)>,
    /// When this was said.
    pub estimated_at: UnixMs,
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
        let mut floor = self.floor.brand(brand);
        let estimate_s = step_ms(&mut floor, team, now).and_then(|step| range(step, ahead));
        Some(Place {
            ahead,
            estimate_s,
            estimated_at: now,
        })
    }
}

fn step_ms(floor: &mut BrandFloor, team: TeamId, now: UnixMs) -> Option<i64> {
    let queue = floor.tally(now).queue(team);
    let head = queue.head.unwrap_or(now).min(now);
    let pace = floor.pace.get(&team)?;
    pace.step_ms(head, i64::from(queue.serving), now)
}

/// A step times the place, as a range of seconds.
fn range(step_ms: i64, ahead: u64) -> Option<(u64, u64)> {
    let step = u64::try_from(step_ms.max(1000)).ok()?;
    let middle = step * (ahead + 1) / 1000;
    Some(((middle * 7 / 10).max(5), (middle * 15 / 10).max(15)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_range_of_seconds() {
        assert_eq!(range(120_000, 1), Some((168, 360)));
        assert_eq!(range(10, 0), Some((5, 15)));
    }
}

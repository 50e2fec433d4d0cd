//! Place in line and an honest estimate.
//!
//! The estimate is the place times the recent time between two customers leaving the same line for
//! an agent ([`crate::pace`]), given as a range.

use kefu_domain::{BrandId, ServiceState, SessionId, TeamId, UnixMs};

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
        let estimate_s = step_ms(&floor, team, now).and_then(|step| range(step, ahead));
        Some(Place {
            ahead,
            estimate_s,
            estimated_at: now,
            someone_free: floor.someone_free(&setup, team),
        })
    }
}

fn step_ms(floor: &BrandFloor, team: TeamId, now: UnixMs) -> Option<i64> {
    let pace = floor.pace.get(&team)?;
    let (mut head, mut serving) = (now, 0);
    for live in floor.live.values() {
        let Some(session) = live.conversation.session.as_ref() else {
            continue;
        };
        match (session.team == Some(team), session.state) {
            (true, ServiceState::Serving) => serving += 1,
            (true, ServiceState::Waiting) => {
                head = head.min(session.stops.last().map_or(now, |stop| stop.since));
            }
            _ => (),
        }
    }
    pace.step_ms(head, serving, now)
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

//! Sessions counted once for everybody who asks: for the tabs of all consoles, the places of all who
//! wait, and the steps of the wall.
//!
//! A count walks over the open sessions of the brand, and is made at most once in [`TALLY_MS`], however
//! many ask; what it says is so old at most.

use std::collections::HashMap;

use kefu_domain::{AgentId, ServiceState, TeamId, UnixMs};

use crate::floor::BrandFloor;

/// Counts are this fresh at least.
const TALLY_MS: UnixMs = 500;

/// What was counted last.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    last: Option<(UnixMs, Tally)>,
    #[cfg(test)]
    walks: u32,
}

/// One count.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    serving: u32,
    mine: HashMap<AgentId, u32>,
    queues: HashMap<TeamId, Queue>,
}

/// What was counted of a team.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Queue {
    waiting: u32,
    /// Since when the first of them waits.
    oldest: Option<UnixMs>,
    /// Since when the first of them has stood in this line.
    pub(crate) head: Option<UnixMs>,
    /// The team's sessions under way.
    pub(crate) serving: u32,
}

impl Tally {
    /// Mine, waiting for these teams, colleagues', oldest wait.
    pub(crate) fn counts(
        &self,
        agent: AgentId,
        teams: &[TeamId],
    ) -> (u32, u32, u32, Option<UnixMs>) {
        let mine = self.mine.get(&agent).copied().unwrap_or(0);
        let lines = teams.iter().filter_map(|team| self.queues.get(team));
        let (waiting, oldest) = lines.fold((0, None::<UnixMs>), |(count, oldest), line| {
            let oldest = oldest.into_iter().chain(line.oldest).min();
            (count + line.waiting, oldest)
        });
        (mine, waiting, self.serving - mine, oldest)
    }

    /// Of each team for which anybody waits: how many, and since when the first of them does.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (TeamId, u32, Option<UnixMs>)> {
        let lines = self.queues.iter().filter(|(_, line)| line.waiting > 0);
        lines.map(|(team, line)| (*team, line.waiting, line.oldest))
    }

    /// One team's.
    pub(crate) fn queue(&self, team: TeamId) -> Queue {
        self.queues.get(&team).copied().unwrap_or_default()
    }
}

impl BrandFloor {
    /// The counts, made anew if they are old.
    pub(crate) fn tally(&mut self, now: UnixMs) -> &Tally {
        let last = self.tallies.last.take();
        let fresh = last.filter(|(at, _)| now - at < TALLY_MS);
        let last = fresh.unwrap_or_else(|| (now, self.walk()));
        &self.tallies.last.insert(last).1
    }

    fn walk(&mut self) -> Tally {
        #[cfg(test)]
        {
            self.tallies.walks += 1;
        }
        let mut tally = Tally::default();
        for live in self.live.values() {
            let Some(session) = &live.conversation.session else {
                continue;
            };
            match (session.state, session.team) {
                (ServiceState::Serving, team) => {
                    if let Some(agent) = session.agent {
                        tally.serving += 1;
                        *tally.mine.entry(agent).or_default() += 1;
                    }
                    if let Some(team) = team {
                        tally.queues.entry(team).or_default().serving += 1;
                    }
                }
                (ServiceState::Waiting, Some(team)) => {
                    let line = tally.queues.entry(team).or_default();
                    line.waiting += 1;
                    let since = session.waiting_since();
                    line.oldest = line.oldest.into_iter().chain(since).min();
                    let joined = session.stops.last().map(|stop| stop.since);
                    line.head = line.head.into_iter().chain(joined).min();
                }
                _ => (),
            }
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_ask_sessions_are_walked_over_twice_a_second() {
        let mut floor = BrandFloor::default();
        for n in 0..100_000u32 {
            let now = i64::from(n / 100);
            let team = TeamId(n.into());
            assert_eq!(floor.tally(now).queue(team), Queue::default());
        }
        assert_eq!(floor.tallies.walks, 2);
        floor.tally(1000);
        assert_eq!(floor.tallies.walks, 3);
    }
}

//! Steps: what was counted in each five minutes of the last two hours, for a brand and for each of its
//! queues. The wall is drawn from them; they live in memory.

use std::collections::{HashMap, VecDeque};

use kefu_domain::{TeamId, UnixMs};

use crate::floor::BrandFloor;

/// Width of a [`Step`].
pub(crate) const STEP_MS: i64 = 300_000;
/// Steps kept.
const STEPS: usize = 24;
/// Samples of a step.
const SAMPLES: usize = 4096;

/// Counts of five minutes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Step {
    pub(crate) at: UnixMs,
    /// Sessions opened; of a queue, customers who came to it.
    pub(crate) arrived: u32,
    pub(crate) assigned: u32,
    pub(crate) waits_ms: Vec<u32>,
    /// From the customer's first unanswered words to the first answer of their session.
    pub(crate) first_replies_ms: Vec<u32>,
    pub(crate) queue: u32,
    pub(crate) oldest_s: u32,
}

/// The last two hours, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    whole: VecDeque<Step>,
    teams: HashMap<TeamId, VecDeque<Step>>,
}

impl Steps {
    /// Counts something in the present step of the brand.
    pub(crate) fn count(&mut self, now: UnixMs, count: impl Fn(&mut Step)) {
        count(present(&mut self.whole, now));
    }

    /// Counts something in the present step of a queue.
    pub(crate) fn count_of(&mut self, team: TeamId, now: UnixMs, count: impl Fn(&mut Step)) {
        if !self.teams.contains_key(&team) {
            // A queue in which nothing happened lately is one that nobody draws.
            let begin = now - STEP_MS * STEPS as i64;
            self.teams
                .retain(|_, steps| steps.back().is_some_and(|step| step.at > begin));
        }
        count(present(self.teams.entry(team).or_default(), now));
    }

    /// Those of the brand, or of one of its queues.
    pub(crate) fn of(
        &self,
        team: Option<TeamId>,
    ) -> impl DoubleEndedIterator<Item = &Step> + use<'_> {
        let steps = match team {
            None => Some(&self.whole),
            Some(team) => self.teams.get(&team),
        };
        steps.into_iter().flatten()
    }
}

impl BrandFloor {
    /// Marks how many wait now and how long the first of them has, of the brand and of each queue.
    pub(crate) fn measure(&mut self, now: UnixMs) {
        let mut lines: HashMap<Option<TeamId>, (u32, UnixMs)> = HashMap::new();
        for (team, waiting, oldest) in self.tally(now).waiting() {
            let since = oldest.unwrap_or(now);
            for line in [None, Some(team)] {
                let (count, oldest) = lines.entry(line).or_insert((0, since));
                *count += waiting;
                *oldest = (*oldest).min(since);
            }
        }
        for (team, (count, oldest)) in lines {
            let oldest_s = u32::try_from((now - oldest).max(0) / 1000).unwrap_or(u32::MAX);
            let mark = |step: &mut Step| {
                step.queue = step.queue.max(count);
                step.oldest_s = step.oldest_s.max(oldest_s);
            };
            match team {
                None => self.steps.count(now, mark),
                Some(team) => self.steps.count_of(team, now, mark),
            }
        }
    }
}

/// The present step.
fn present(steps: &mut VecDeque<Step>, now: UnixMs) -> &mut Step {
    let at = now - now.rem_euclid(STEP_MS);
    if steps.back().is_none_or(|step| step.at < at) {
        if steps.len() == STEPS {
            steps.pop_front();
        }
        steps.push_back(Step {
            at,
            ..Step::default()
        });
    }
    // One was just pushed if there was none.
    let last = steps.len() - 1;
    &mut steps[last]
}

/// One more sample, as long as there is room.
pub(crate) fn sample(samples: &mut Vec<u32>, ms: i64) {
    if samples.len() < SAMPLES {
        samples.push(u32::try_from(ms).unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_counted_apart_from_the_others_and_in_the_whole() {
        let mut steps = Steps::default();
        let (one, other) = (TeamId(1), TeamId(2));
        for team in [one, one, other] {
            let count = |step: &mut Step| step.assigned += 1;
            steps.count(7, count);
            steps.count_of(team, 7, count);
        }
        let assigned = |team| steps.of(team).map(|step| step.assigned).sum::<u32>();
        assert_eq!(assigned(None), 3);
        assert_eq!((assigned(Some(one)), assigned(Some(other))), (2, 1));
        assert_eq!(assigned(Some(TeamId(3))), 0);
    }

    #[test]
    fn two_hours_are_kept_and_quiet_queues_forgotten() {
        let mut steps = Steps::default();
        for n in 0..100 {
            steps.count(n * STEP_MS, |step| step.arrived += 1);
        }
        let at: Vec<_> = steps.of(None).map(|step| step.at / STEP_MS).collect();
        assert_eq!(at, (76..100).collect::<Vec<_>>());
        steps.count_of(TeamId(1), 0, |step| step.arrived += 1);
        steps.count_of(TeamId(2), 100 * STEP_MS, |step| step.arrived += 1);
        assert_eq!(steps.teams.len(), 1);
    }
}

//! How fast a team's line moves, from what happened lately.
//!
//! Only time counts during which somebody waited: a quiet hour says nothing about how fast a line
//! moves. Where too little is known, the length of the team's sessions over those under way stands
//! in; without that it says nothing.

use std::collections::VecDeque;

use kefu_domain::UnixMs;

/// What is older says nothing about now.
const RECENT_MS: UnixMs = 3_600_000;
/// Samples kept, and samples needed.
const MOST: usize = 64;
const LEAST: usize = 3;
/// Who was taken within this time did not wait.
const AT_ONCE_MS: UnixMs = 1000;

/// How fast a team's line moved lately.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// When somebody who had waited was taken, and how long the line had stood still before that.
    gaps: VecDeque<(UnixMs, UnixMs)>,
    /// When anybody was taken last.
    last: UnixMs,
    /// When a session of the team ended, and how long an agent had had it.
    served: VecDeque<(UnixMs, UnixMs)>,
}

fn keep(samples: &mut VecDeque<(UnixMs, UnixMs)>, at: UnixMs, value: UnixMs) {
    if samples.len() == MOST {
        samples.pop_front();
    }
    samples.push_back((at, value));
}

/// Number and sum of the recent ones.
fn recent(samples: &VecDeque<(UnixMs, UnixMs)>, now: UnixMs) -> (i64, i64) {
    let fresh = samples.iter().filter(|(at, _)| now - at <= RECENT_MS);
    fresh.fold((0, 0), |(n, sum), (_, value)| (n + 1, sum + value))
}

impl Pace {
    /// Someone who came to this line at `joined` leaves it for an agent.
    pub(crate) fn take(&mut self, joined: UnixMs, now: UnixMs) {
        if now - joined >= AT_ONCE_MS {
            keep(&mut self.gaps, now, now - joined.max(self.last));
        }
        self.last = now;
    }

    /// A session of the team ended that an agent had had since `assigned`.
    pub(crate) fn ended(&mut self, assigned: UnixMs, now: UnixMs) {
        keep(&mut self.served, now, now - assigned);
    }

    /// Milliseconds between two who leave the line. `head` is when the one who waits longest came,
    /// `serving` how many of the team's sessions are under way.
    pub(crate) fn step_ms(&self, head: UnixMs, serving: i64, now: UnixMs) -> Option<i64> {
        let (count, sum) = recent(&self.gaps, now);
        // A gap that goes on counts too, so that a line that stands still says so.
        let open = now - head.max(self.last);
        if count >= LEAST as i64 {
            let mean = sum / count;
            return Some(mean.max((sum + open) / (count + 1)));
        }
        let (count, sum) = recent(&self.served, now);
        (count >= LEAST as i64 && serving > 0).then(|| (sum / count / serving).max(open))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: UnixMs = 60_000;

    #[test]
    fn who_was_taken_the_evening_before_says_nothing_about_the_morning() {
        let mut pace = Pace::default();
        for n in 0..3 {
            pace.take(n * MINUTE, n * MINUTE + 5000);
        }
        let morning = 15 * 60 * MINUTE;
        assert_eq!(pace.step_ms(morning - MINUTE, 0, morning), None);
    }

    #[test]
    fn a_quiet_day_does_not_make_a_slow_line() {
        let mut pace = Pace::default();
        // One customer every 20 minutes, taken at once; then three who waited, a minute apart.
        for n in 0..3 {
            pace.take(n * 20 * MINUTE, n * 20 * MINUTE);
        }
        let burst = 60 * MINUTE;
        for n in 1..4 {
            pace.take(burst, burst + n * MINUTE);
        }
        let now = burst + 3 * MINUTE;
        assert_eq!(pace.step_ms(now, 0, now), Some(MINUTE));
    }

    #[test]
    fn a_line_that_stands_still_says_so() {
        let mut pace = Pace::default();
        for n in 1..4 {
            pace.take(0, n * MINUTE);
        }
        let now = 33 * MINUTE;
        assert_eq!(
            pace.step_ms(3 * MINUTE, 0, now),
            Some((3 + 30) * MINUTE / 4)
        );
    }

    #[test]
    fn the_length_of_sessions_stands_in_for_a_line_without_history() {
        let mut pace = Pace::default();
        for n in 0..3 {
            pace.ended(n * MINUTE, (n + 6) * MINUTE);
        }
        let now = 8 * MINUTE;
        assert_eq!(pace.step_ms(now, 3, now), Some(2 * MINUTE));
        assert_eq!(pace.step_ms(now, 0, now), None);
    }
}

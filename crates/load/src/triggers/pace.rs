//! How fast one client speaks: never so fast that a gateway would take it for a flood.

use std::collections::VecDeque;

const SECOND: u64 = 1_000_000_000;
/// Frames of one socket within any second. The protocol allows a hundred besides `send` and `close`;
/// half of it leaves room for heartbeats and for seconds that are counted elsewhere.
const MOST: usize = 50;

/// When the last frames were sent.
#[derive(Debug, Default)]
pub(super) struct Pace(VecDeque<u64>);

impl Pace {
    /// The first instant at which one more may be sent, `now` at the earliest.
    pub(super) fn next_at(&self, now: u64) -> u64 {
        let full = self.0.len() == MOST;
        let oldest = self.0.front().filter(|_| full);
        oldest.map_or(now, |oldest| now.max(oldest + SECOND))
    }

    /// One was sent.
    pub(super) fn said(&mut self, at: u64) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_holds_more_than_the_bound() {
        let mut pace = Pace::default();
        let (mut now, mut sent) = (0, Vec::new());
        for _ in 0..3 * MOST {
            now = pace.next_at(now + 1_000_000);
            pace.said(now);
            sent.push(now);
        }
        for (n, at) in sent.iter().enumerate().skip(MOST) {
            assert!(at - sent[n - MOST] >= SECOND, "{n}");
        }
        // A client that has been quiet need not wait.
        assert_eq!(pace.next_at(now + SECOND), now + SECOND);
    }
}

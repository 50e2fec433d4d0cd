//! How many calls there were in the last minute or hour.

use std::time::Duration;

use tokio::time::Instant;

/// Slots that are counted. One more than the span has, so that a call is never forgotten early.
pub(super) const SLOTS: usize = 61;

/// A sliding window of sixty slots: no span of its length ever holds more than the limit.
pub(crate) struct Window {
    slot: Duration,
    began: Instant,
    /// Number of the slot that is being filled.
    at: u64,
    counts: [u32; SLOTS],
    sum: u32,
    limit: u32,
}

impl Window {
    /// Spans sixty times `slot`.
    pub(crate) fn new(slot: Duration, limit: u32, now: Instant) -> Self {
        Self {
            slot,
            began: now,
            at: 0,
            counts: [0; SLOTS],
            sum: 0,
            limit: limit.max(1),
        }
    }

    /// Counts calls that were made before this window, which has just begun, each so long ago at least.
    pub(crate) fn recall(&mut self, calls: &[(Duration, u32)], now: Instant) {
        let behind = SLOTS as u64 - 1;
        let Some(began) = now.checked_sub(self.slot * behind as u32) else {
            return;
        };
        (self.began, self.at) = (began, behind);
        for (ago, count) in calls {
            let slots = ago.as_millis() / self.slot.as_millis().max(1);
            if let Some(slot) = self.at.checked_sub(slots as u64) {
                self.counts[place(slot)] += count;
                self.sum += count;
            }
        }
    }

    /// How long until there is room; `None`: there is.
    pub(crate) fn wait(&mut self, now: Instant) -> Option<Duration> {
        self.turn(now);
        if self.sum < self.limit {
            return None;
        }
        let oldest = (self.at.saturating_sub(SLOTS as u64 - 1)..=self.at)
            .find(|slot| self.counts[place(*slot)] > 0)?;
        let leaves = self.slot.as_millis() as u64 * (oldest + SLOTS as u64);
        Some(
            (self.began + Duration::from_millis(leaves))
                .saturating_duration_since(now)
                .max(Duration::from_millis(1)),
        )
    }

    /// Counts one call.
    pub(crate) fn take(&mut self, now: Instant) {
        self.turn(now);
        self.counts[place(self.at)] += 1;
        self.sum += 1;
    }

    /// Calls counted now.
    pub(crate) fn used(&self) -> u32 {
        self.sum
    }

    fn turn(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.began).as_millis();
        let slot = u64::try_from(passed / self.slot.as_millis().max(1)).unwrap_or(u64::MAX);
        for number in (self.at + 1..=slot).take(SLOTS) {
            let left = std::mem::take(&mut self.counts[place(number)]);
            self.sum -= left;
        }
        self.at = self.at.max(slot);
    }
}

fn place(slot: u64) -> usize {
    (slot % SLOTS as u64) as usize
}

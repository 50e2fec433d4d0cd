//! Percentiles of durations, to three significant digits, from a microsecond to an hour.

use hdrhistogram::Histogram;
use serde::{Serialize, Serializer};

const HOUR_US: u64 = 3_600_000_000;

/// A distribution of durations.
#[derive(Debug, Clone)]
pub struct Timing(Histogram<u64>);

impl Default for Timing {
    fn default() -> Self {
        let histogram = Histogram::new_with_max(HOUR_US, 3);
        Self(histogram.expect("1 µs to an hour at three digits is a valid range"))
    }
}

impl Timing {
    /// Adds one duration in nanoseconds.
    pub fn record_ns(&mut self, ns: u64) {
        self.0.saturating_record(ns.div_ceil(1000));
    }

    /// Adds all of `other`.
    pub fn add(&mut self, other: &Self) {
        // Both have the same bounds, so every value fits.
        let _ = self.0.add(&other.0);
    }

    /// How many were added.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The value below which `percent` of all lie, in milliseconds; 0 when there are none.
    pub fn ms(&self, percent: f64) -> f64 {
        self.us(percent) as f64 / 1000.0
    }

    /// The same in microseconds.
    pub fn us(&self, percent: f64) -> u64 {
        self.0.value_at_percentile(percent)
    }

    /// The longest, in milliseconds.
    pub fn max_ms(&self) -> f64 {
        self.0.max() as f64 / 1000.0
    }
}

impl Serialize for Timing {
    /// As `{"n","p50_ms","p90_ms","p99_ms","p999_ms","max_ms"}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shape {
            n: u64,
            p50_ms: f64,
            p90_ms: f64,
            p99_ms: f64,
            p999_ms: f64,
            max_ms: f64,
        }
        Shape {
            n: self.count(),
            p50_ms: self.ms(50.0),
            p90_ms: self.ms(90.0),
            p99_ms: self.ms(99.0),
            p999_ms: self.ms(99.9),
            max_ms: self.max_ms(),
        }
        .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_a_known_distribution() {
        let mut timing = Timing::default();
        for ms in 1..=1000u64 {
            timing.record_ns(ms * 1_000_000);
        }
        let close = |found: f64, wanted: f64| (found - wanted).abs() / wanted < 0.002;
        assert!(close(timing.ms(50.0), 500.0), "{}", timing.ms(50.0));
        assert!(close(timing.ms(99.0), 990.0));
        assert!(close(timing.max_ms(), 1000.0));
        let json = serde_json::to_value(&timing).unwrap();
        assert_eq!(json["n"], 1000);
    }

    #[test]
    fn an_empty_distribution_is_zero_and_a_huge_value_is_kept_as_the_largest() {
        let mut timing = Timing::default();
        assert_eq!((timing.ms(99.0), timing.count()), (0.0, 0));
        timing.record_ns(u64::MAX);
        assert_eq!(timing.count(), 1);
    }
}

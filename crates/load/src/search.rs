//! `--rate max`: the highest rate that holds the bound. Short steps double the rate until one fails
//! and then halve the bracket; a full run confirms what they found. One failure may be a neighbour's
//! on a shared machine, so a step counts as failed only when its repetition fails as well. All steps
//! run against one gateway, which thereby carries a growing store, as in life.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::bench::{Bench, fdatasync_p50_us};
use crate::clock::Stop;
use crate::error::Result;
use crate::k1::{self, K1, Report, Window};
use crate::play::Pace;

/// Between the highest rate that held and the lowest that did not, at the end.
const NARROW: f64 = 1.04;
/// A confirming run that failed twice is followed by one at so much of its rate,
const LESS: f64 = 0.96;
/// and there are so many at most.
const CONFIRMATIONS: usize = 8;
/// After a step, what it left under way is given so long to arrive, that the next does not pay for it.
const SETTLE: Duration = Duration::from_secs(30);

/// Bounds of a search.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The p99 of the worse direction that a rate must stay under, in milliseconds.
    pub p99_ms: f64,
    /// The first rate tried, in customer messages a second.
    pub start: f64,
    /// No new step begins after this time; the confirming run follows.
    pub steps_within: Duration,
}

/// One rate tried.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// Customer messages a second.
    pub rate: f64,
    /// Seconds measured.
    pub seconds: f64,
    /// Delivered a second, both directions.
    pub delivered_per_s: f64,
    /// p99 of the worse direction.
    pub p99_ms: f64,
    /// Errors and closes in the window.
    pub errors: u64,
    /// Offered, and not delivered when all was quiet.
    pub undelivered: u64,
    /// The bound held.
    pub held: bool,
}

/// What a search found: the report of the confirming run, and the way there.
#[derive(Debug, Clone, Serialize)]
pub struct Found {
    /// The confirming run.
    #[serde(flatten)]
    pub report: Report,
    /// Whether the confirming run held the bound.
    pub held: bool,
    /// Every rate tried, in order; the last is the confirming run.
    pub steps: Vec<Step>,
}

/// What is known of the highest rate.
#[derive(Debug, Clone, Copy)]
struct Bracket {
    low: f64,
    high: f64,
    rate: f64,
    failed: bool,
}

impl Bracket {
    fn from(start: f64) -> Self {
        Self {
            low: 0.0,
            high: f64::INFINITY,
            rate: start,
            failed: false,
        }
    }

    /// The rate to try now; none when enough is known.
    fn next(&self) -> Option<f64> {
        let open = self.high / f64::max(self.low, 1.0) > NARROW;
        (open && self.rate >= 1.0).then_some(self.rate)
    }

    /// How the step at this rate went.
    fn tell(&mut self, held: bool) {
        if !held && !self.failed {
            self.failed = true;
            return;
        }
        self.failed = false;
        if held {
            self.low = self.rate;
        } else {
            self.high = self.rate;
        }
        self.rate = match (self.low > 0.0, self.high.is_finite()) {
            (_, false) => self.rate * 2.0,
            (true, true) => (self.low + self.high) / 2.0,
            (false, true) => self.rate / 2.0,
        };
    }
}

/// Searches from `bounds.start`; `plan.pace.rate` is ignored, its times are the confirming run's.
///
/// # Errors
/// As [`k1::run`].
pub fn highest(plan: &K1, bounds: Bounds, stop: &Stop) -> Result<Found> {
    let mut bench = k1::bench(plan, stop)?;
    let sync = fdatasync_p50_us(&bench.folder());
    let began = Instant::now();
    let mut steps: Vec<Step> = Vec::new();
    let mut bracket = Bracket::from(bounds.start);
    while let Some(rate) = bracket
        .next()
        .filter(|_| began.elapsed() < bounds.steps_within)
    {
        let (_, held) = step(&mut bench, plan, short(rate), bounds, &mut steps)?;
        bracket.tell(held);
    }
    let mut rate = f64::max(bracket.low, 1.0);
    let mut tries = 0;
    loop {
        tries += 1;
        let pace = Pace { rate, ..plan.pace };
        let (window, held) = step(&mut bench, plan, pace, bounds, &mut steps)?;
        if held || tries == CONFIRMATIONS {
            let plan = K1 {
                pace,
                ..plan.clone()
            };
            let report = k1::report(&mut bench, &plan, window, sync)?;
            return Ok(Found {
                report,
                held,
                steps,
            });
        }
        if tries % 2 == 0 {
            rate *= LESS;
        }
    }
}

fn short(rate: f64) -> Pace {
    Pace {
        rate,
        warmup_s: 1.0,
        seconds: 4.0,
    }
}

fn step(
    bench: &mut Bench,
    plan: &K1,
    pace: Pace,
    bounds: Bounds,
    steps: &mut Vec<Step>,
) -> Result<(Window, bool)> {
    let plan = K1 {
        pace,
        ..plan.clone()
    };
    let window = k1::window(bench, &plan)?;
    bench.drain(SETTLE, |fleet| fleet.is_quiet())?;
    let held = holds(&window, pace.rate, bounds);
    steps.push(Step {
        rate: pace.rate,
        seconds: pace.seconds,
        delivered_per_s: window.meter.delivered_per_s(),
        p99_ms: window.meter.worse_ms(99.0),
        errors: window.errors,
        undelivered: window.meter.missing(),
        held,
    });
    Ok((window, held))
}

/// Under the bound, without an error, and really delivered at that rate.
fn holds(window: &Window, rate: f64, bounds: Bounds) -> bool {
    let meter = &window.meter;
    let late = window.unanswered as f64 / (meter.until - meter.from) as f64 * 1e9;
    meter.worse_ms(99.0) < bounds.p99_ms
        && window.errors == 0
        && meter.missing() == 0
        && meter.delivered_per_s() + late > 1.95 * rate
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches a machine that carries `most`, but fails the steps that `noise` names.
    fn search(most: f64, noise: &[usize]) -> (f64, usize) {
        let mut bracket = Bracket::from(2_000.0);
        let mut steps = 0;
        while let Some(rate) = bracket.next() {
            bracket.tell(rate <= most && !noise.contains(&steps));
            steps += 1;
        }
        (bracket.low, steps)
    }

    #[test]
    fn the_highest_rate_is_found_from_below_and_from_above() {
        for most in [3.0, 700.0, 2_000.0, 12_600.0, 99_000.0] {
            let (found, steps) = search(most, &[]);
            assert!(found <= most && found >= most / NARROW, "{found} of {most}");
            assert!(steps < 40, "{steps} steps to {most}");
        }
    }

    #[test]
    fn one_failure_alone_changes_nothing() {
        let (quiet, steps) = search(12_600.0, &[]);
        for noisy in 0..steps {
            assert_eq!(search(12_600.0, &[noisy]).0, quiet, "step {noisy}");
        }
    }

    #[test]
    fn where_nothing_holds_nothing_is_found() {
        let (found, steps) = search(0.0, &[]);
        assert!(found < 1.0 && steps < 40);
    }
}

//! `--rate max`: the highest rate that holds the bound, by doubling, bisection and a confirming run.
//! All windows run against one gateway, which thereby carries a growing store, as in life.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::bench::{Bench, fdatasync_p50_us};
use crate::clock::Stop;
use crate::error::Result;
use crate::k1::{self, K1, Report, Window};
use crate::play::Pace;

/// Bounds of a search.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The p99 of the worse direction that a rate must stay under, in milliseconds.
    pub p99_ms: f64,
    /// The first rate tried, in customer messages a second.
    pub start: f64,
    /// No new trial begins after this time; the confirming run follows.
    pub trials_within: Duration,
}

/// One rate tried.
#[derive(Debug, Clone, Serialize)]
pub struct Trial {
    /// Customer messages a second.
    pub rate: f64,
    /// Delivered a second, both directions.
    pub delivered_per_s: f64,
    /// p99 of the worse direction.
    pub p99_ms: f64,
    /// Errors and closes in the window.
    pub errors: u64,
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
    /// Every rate tried, in order.
    pub trials: Vec<Trial>,
}

/// Searches from `bounds.start`; `plan.pace.rate` is ignored, its times are the confirming run's.
///
/// # Errors
/// As [`k1::run`].
pub fn highest(plan: &K1, bounds: Bounds, stop: &Stop) -> Result<Found> {
    let mut bench = k1::bench(plan, stop)?;
    let sync = fdatasync_p50_us(&bench.folder());
    let began = Instant::now();
    let mut trials: Vec<Trial> = Vec::new();
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut rate = bounds.start;
    while began.elapsed() < bounds.trials_within && high / f64::max(low, 1.0) > 1.06 {
        let window = trial(&mut bench, plan, short(rate), bounds, &mut trials)?;
        if holds(&window, rate, bounds) {
            low = rate;
        } else {
            high = rate;
        }
        rate = match (low > 0.0, high.is_finite()) {
            (_, false) => rate * 2.0,
            (true, true) => (low + high) / 2.0,
            (false, true) => rate / 2.0,
        };
        if rate < 1.0 {
            break;
        }
    }
    let mut rate = f64::max(low, 1.0);
    for _ in 0..2 {
        let pace = Pace { rate, ..plan.pace };
        let window = trial(&mut bench, plan, pace, bounds, &mut trials)?;
        if holds(&window, rate, bounds) {
            let plan = K1 {
                pace,
                ..plan.clone()
            };
            let report = k1::report(&mut bench, &plan, window, sync)?;
            return Ok(Found {
                report,
                held: true,
                trials,
            });
        }
        rate *= 0.93;
    }
    let pace = Pace { rate, ..plan.pace };
    let window = trial(&mut bench, plan, pace, bounds, &mut trials)?;
    let held = holds(&window, rate, bounds);
    let plan = K1 {
        pace,
        ..plan.clone()
    };
    let report = k1::report(&mut bench, &plan, window, sync)?;
    Ok(Found {
        report,
        held,
        trials,
    })
}

fn short(rate: f64) -> Pace {
    Pace {
        rate,
        warmup_s: 1.0,
        seconds: 4.0,
    }
}

fn trial(
    bench: &mut Bench,
    plan: &K1,
    pace: Pace,
    bounds: Bounds,
    trials: &mut Vec<Trial>,
) -> Result<Window> {
    let window = k1::window(
        bench,
        &K1 {
            pace,
            ..plan.clone()
        },
    )?;
    trials.push(Trial {
        rate: pace.rate,
        delivered_per_s: window.meter.delivered_per_s(),
        p99_ms: window.meter.worse_ms(99.0),
        errors: window.errors,
        held: holds(&window, pace.rate, bounds),
    });
    Ok(window)
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

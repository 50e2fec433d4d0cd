//! More answers than the platform takes in a minute: none may be refused with 45009, none lost, and
//! the surplus goes out in the next minute.

use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use crate::bench::Crowd;
use crate::check::Verdict;
use crate::clock::Stop;
use crate::error::Result;
use crate::gateway::Launch;
use crate::k2;
use crate::play::{Habits, Pace, drive};

const MINUTE_MS: i64 = 60_000;

/// What to run.
#[derive(Debug, Clone)]
pub struct Quota {
    /// A gateway of our own, at its default pace.
    pub launch: Launch,
    /// With how many players.
    pub crowd: Crowd,
    /// Answers asked for within one minute.
    pub replies: u32,
    /// Answers that the platform takes in one minute.
    pub per_minute: u32,
}

/// What the run found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Always `quota`.
    pub workload: &'static str,
    /// The gateway's version, as it tells it.
    pub version: Option<String>,
    /// Answers asked for.
    pub asked: u64,
    /// Answers that the platform took in each minute from the first one on.
    pub taken_by_minute: Vec<u64>,
    /// The most that it took in any sixty seconds.
    pub most_in_a_minute: u64,
    /// Calls that it answered with 45009.
    pub limited: u64,
    /// From the first answer to the last, in seconds.
    pub last_after_s: f64,
    /// Everything had gone out before the store was read.
    pub quiet: bool,
    /// The eight numbers.
    #[serde(flatten)]
    pub verdict: Verdict,
}

impl Report {
    /// Nothing was refused, nothing was lost, and the second minute was enough.
    pub fn is_kept(&self) -> bool {
        self.limited == 0
            && self.quiet
            && self.taken_by_minute.len() <= 2
            && self.verdict.is_clean()
    }
}

/// Runs it and judges it.
///
/// # Errors
/// When it cannot be prepared, or on interrupt.
pub fn run(plan: &Quota, habits: Habits, stop: &Stop) -> Result<Report> {
    let (mut bench, mut platform) = k2::prepare(&plan.launch, plan.crowd, 1, habits, stop)?;
    let limit = json!({ "path": "kf/send_msg", "per_minute": plan.per_minute });
    platform.control.post("/sim/quota", &limit)?;
    // The answers to the introductions count in the minute in which they went out.
    bench.drain(Duration::from_secs(61), |_| false)?;
    let before = bench.fleet.outside().map_or(0, |out| out.sent_at_ms.len());
    let pace = Pace {
        rate: f64::from(plan.replies) / 60.0,
        warmup_s: 0.0,
        seconds: 60.0,
    };
    let (net, fleet, site) = (&mut bench.net, &mut bench.fleet, &mut bench.site);
    drive(net, fleet, site, pace, stop, |_, _, _| Ok(true))?;
    let quiet = bench.drain(Duration::from_secs(120), |fleet| fleet.is_quiet())?;
    let asked = bench.fleet.meter.agent_ack.count();
    let (mut taken, mut limited) = (Vec::new(), 0);
    if let Some(outside) = bench.fleet.outside() {
        taken = outside.sent_at_ms[before..].to_vec();
        limited = outside.refused().remove("45009").unwrap_or(0);
    }
    taken.sort_unstable();
    let verdict = bench.judge(Duration::from_secs(10))?;
    Ok(Report {
        workload: "quota",
        version: bench.site.version.clone(),
        asked,
        taken_by_minute: by_minute(&taken),
        most_in_a_minute: most_in_a_minute(&taken),
        limited,
        last_after_s: match (taken.first(), taken.last()) {
            (Some(first), Some(last)) => (last - first) as f64 / 1e3,
            _ => 0.0,
        },
        quiet,
        verdict,
    })
}

/// Counts of sorted times by minutes from the first one on.
fn by_minute(times: &[i64]) -> Vec<u64> {
    let mut minutes = Vec::new();
    for at in times {
        let minute = ((at - times[0]) / MINUTE_MS) as usize;
        minutes.resize(minutes.len().max(minute + 1), 0);
        minutes[minute] += 1;
    }
    minutes
}

/// The most sorted times within any sixty seconds.
fn most_in_a_minute(times: &[i64]) -> u64 {
    let mut first = 0;
    let mut most = 0;
    for (number, at) in times.iter().enumerate() {
        while times[first] + MINUTE_MS <= *at {
            first += 1;
        }
        most = most.max(number + 1 - first);
    }
    most as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_counted_from_the_first_and_in_every_place() {
        let times = [1_000, 30_000, 60_500, 61_000, 61_500, 130_000];
        assert_eq!(by_minute(&times), [3, 2, 1]);
        assert_eq!(most_in_a_minute(&times), 4);
        assert_eq!((by_minute(&[]), most_in_a_minute(&[])), (vec![], 0));
    }
}

//! Workload K1: an open-loop rate of customer messages, each stored, routed, delivered, answered at
//! once and its answer delivered; a session ends after its messages. Then the checker.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::bench::{Bench, Crowd, Target, fdatasync_p50_us};
use crate::check::Verdict;
use crate::clock::Stop;
use crate::error::Result;
use crate::machine::{self, CpuTotals};
use crate::play::{Habits, Meter, Pace, drive};

/// Ten questions and ten answers make a session.
pub const HABITS: Habits = Habits {
    answers_per_session: 10,
    longest_backoff_ms: 30_000,
    silent: false,
    punctual: true,
};

/// What to run.
#[derive(Debug, Clone)]
pub struct K1 {
    /// Against which gateway.
    pub target: Target,
    /// With how many players.
    pub crowd: Crowd,
    /// How fast, how long.
    pub pace: Pace,
    /// Further processes whose cost counts (a Redis, a PostgreSQL).
    pub watch: Vec<u32>,
    /// How long to wait, after the schedule's end, until nothing is under way.
    pub patience: Duration,
}

/// Cost of one process in the measured window.
#[derive(Debug, Clone, Serialize)]
pub struct ProcessCost {
    /// `gateway`, `generator`, or a watched process's number.
    pub process: String,
    /// CPU-microseconds per delivered message.
    pub cpu_us_per_message: f64,
    /// Resident memory at the end, in MiB.
    pub rss_mib: f64,
}

/// One window's outcome, without the checker's.
#[derive(Debug, Clone)]
pub struct Window {
    /// Latencies and counts.
    pub meter: Meter,
    /// Cost of every process.
    pub costs: Vec<ProcessCost>,
    /// Share of the CPU that the host took away, in percent.
    pub steal_pct: f64,
    /// Errors and closes that happened in it.
    pub errors: u64,
    /// Questions in it that came too late for their session.
    pub unanswered: u64,
}

/// Everything that a K1 run found.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// `k1`, or `k2`.
    pub workload: &'static str,
    /// The gateway's version, as it tells it.
    pub version: Option<String>,
    /// Agents.
    pub agents: usize,
    /// Customers.
    pub customers: usize,
    /// Seconds of the measured window.
    pub seconds: f64,
    /// Customer messages offered per second.
    pub offered_per_s: f64,
    /// Messages delivered per second, both directions.
    pub delivered_per_s: f64,
    /// Median latency of the worse direction, from the intended time.
    pub p50_ms: f64,
    /// 99th percentile, the same way.
    pub p99_ms: f64,
    /// 99.9th percentile, the same way.
    pub p999_ms: f64,
    /// Median of send → ack, worse side.
    pub ack_p50_ms: f64,
    /// 99th percentile of send → ack, worse side.
    pub ack_p99_ms: f64,
    /// Median of message → assignment known to the agent.
    pub assigned_p50_ms: f64,
    /// 99th percentile of the same.
    pub assigned_p99_ms: f64,
    /// The eight numbers.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// CPU-microseconds per delivered message, all processes together.
    pub cpu_us_per_message: f64,
    /// The gateway's share; `None` for a gateway that is not ours.
    pub gateway_cpu_us_per_message: Option<f64>,
    /// This tool's share.
    pub generator_cpu_us_per_message: f64,
    /// The gateway's resident memory at the end.
    pub gateway_rss_mib: Option<f64>,
    /// Spawn to ready.
    pub ready_ms: Option<f64>,
    /// Median `fdatasync` in the data folder before the run.
    pub fdatasync_p50_us: Option<u64>,
    /// 1-minute load average at the end.
    pub load_average: f64,
    /// Share of the CPU that the host took away.
    pub steal_pct: f64,
    /// Errors, closes and broken frames by name; empty in a good run.
    pub errors: std::collections::BTreeMap<String, u64>,
    /// Offered in the window and not delivered when it was read, after the drain.
    pub undelivered: u64,
    /// Questions that reached a session after its end had been asked for.
    pub unanswered: u64,
    /// Operations without an answer at the end.
    pub unknown: usize,
    /// Conversations that had to be read over HTTP after an assignment.
    pub fetched: u64,
    /// Every timing in full.
    pub timings: Meter,
    /// Every process's cost.
    pub processes: Vec<ProcessCost>,
}

/// Runs K1 at one rate and judges it.
///
/// # Errors
/// When the gateway cannot be prepared, or on interrupt.
pub fn run(plan: &K1, stop: &Stop) -> Result<Report> {
    let mut bench = Bench::prepare(&plan.target, plan.crowd, HABITS, stop)?;
    let sync = fdatasync_p50_us(&bench.folder());
    let window = window(&mut bench, plan)?;
    report(&mut bench, plan, window, sync)
}

/// Brings the players of `plan` online, for several windows in a row.
///
/// # Errors
/// As [`Bench::prepare`].
pub fn bench(plan: &K1, stop: &Stop) -> Result<Bench> {
    Bench::prepare(&plan.target, plan.crowd, HABITS, stop)
}

struct Reading {
    at: Instant,
    totals: CpuTotals,
    cpu_us: Vec<u64>,
}

fn read(pids: &[(String, u32)]) -> Reading {
    let cpu_us = pids
        .iter()
        .map(|(_, pid)| machine::cpu_us(*pid).unwrap_or(0))
        .collect();
    Reading {
        at: Instant::now(),
        totals: CpuTotals::now(),
        cpu_us,
    }
}

/// Drives one window and drains it.
///
/// # Errors
/// On interrupt.
pub fn window(bench: &mut Bench, plan: &K1) -> Result<Window> {
    let pace = plan.pace;
    let mut pids = vec![("generator".to_owned(), std::process::id())];
    pids.extend(
        bench
            .gateway
            .as_ref()
            .map(|gateway| ("gateway".to_owned(), gateway.pid())),
    );
    pids.extend(plan.watch.iter().map(|pid| (pid.to_string(), *pid)));
    let errors_before: u64 = bench.fleet.errors.values().sum();
    let unanswered_before = bench.fleet.unanswered;
    let mut before = None;
    let Bench {
        net,
        fleet,
        site,
        stop,
        ..
    } = bench;
    drive(net, fleet, site, pace, stop, |_, _, elapsed| {
        if before.is_none() && elapsed.as_secs_f64() >= pace.warmup_s {
            before = Some(read(&pids));
        }
        Ok(true)
    })?;
    let after = read(&pids);
    let before = before.unwrap_or_else(|| read(&pids));
    bench.drain(plan.patience, |fleet| fleet.is_quiet())?;
    let meter = bench.fleet.meter.clone();
    let seconds = (after.at - before.at).as_secs_f64().max(1e-9);
    let delivered = (meter.delivered_per_s() * seconds).max(1.0);
    let costs = pids.iter().zip(before.cpu_us.iter().zip(&after.cpu_us));
    let costs = costs.map(|((process, pid), (then, now))| ProcessCost {
        process: process.clone(),
        cpu_us_per_message: now.saturating_sub(*then) as f64 / delivered,
        rss_mib: machine::rss_kib(*pid).unwrap_or(0) as f64 / 1024.0,
    });
    Ok(Window {
        costs: costs.collect(),
        steal_pct: after.totals.steal_pct_since(before.totals),
        errors: bench.fleet.errors.values().sum::<u64>() - errors_before,
        unanswered: bench.fleet.unanswered - unanswered_before,
        meter,
    })
}

/// Judges everything that happened on `bench` and writes it down with its last window.
///
/// # Errors
/// When the store cannot be read back.
pub fn report(
    bench: &mut Bench,
    plan: &K1,
    window: Window,
    fdatasync_p50_us: Option<u64>,
) -> Result<Report> {
    let load_average = machine::load_average();
    let unknown = bench.fleet.unknown();
    let verdict = bench.judge(plan.patience)?;
    let fleet = &bench.fleet;
    let meter = &window.meter;
    let cost = |name: &str| window.costs.iter().find(|cost| cost.process == name);
    Ok(Report {
        workload: "k1",
        version: bench.site.version.clone(),
        agents: fleet.agent_count(),
        customers: fleet.customer_count(),
        seconds: plan.pace.seconds,
        offered_per_s: meter.offered as f64 / plan.pace.seconds,
        delivered_per_s: meter.delivered_per_s(),
        p50_ms: meter.worse_ms(50.0),
        p99_ms: meter.worse_ms(99.0),
        p999_ms: meter.worse_ms(99.9),
        ack_p50_ms: meter.ack_ms(50.0),
        ack_p99_ms: meter.ack_ms(99.0),
        assigned_p50_ms: meter.message_to_assigned.ms(50.0),
        assigned_p99_ms: meter.message_to_assigned.ms(99.0),
        verdict,
        cpu_us_per_message: window
            .costs
            .iter()
            .map(|cost| cost.cpu_us_per_message)
            .sum(),
        gateway_cpu_us_per_message: cost("gateway").map(|cost| cost.cpu_us_per_message),
        generator_cpu_us_per_message: cost("generator").map_or(0.0, |c| c.cpu_us_per_message),
        gateway_rss_mib: cost("gateway").map(|cost| cost.rss_mib),
        ready_ms: bench
            .gateway
            .as_ref()
            .map(|gateway| gateway.ready.as_secs_f64() * 1e3),
        fdatasync_p50_us,
        load_average,
        steal_pct: window.steal_pct,
        errors: fleet.errors.clone(),
        undelivered: meter.missing(),
        unanswered: fleet.unanswered,
        unknown,
        fetched: fleet.fetched,
        timings: window.meter.clone(),
        processes: window.costs,
    })
}

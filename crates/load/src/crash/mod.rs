//! Kill -9 in mid-load, again and again on the same data folder: clients come back, resume, and
//! repeat what was not answered; in the end the eight numbers must be zero. With customers who write
//! in WeChat, each kill falls between two pages of a burst that the gateway pulls.

mod burst;

pub use burst::{Burst, InBursts};

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::Serialize;

use burst::Bursts;

use crate::bench::{Bench, Crowd, Target};
use crate::check::{Trouble, Verdict};
use crate::clock::Stop;
use crate::error::{Error, Result};
use crate::k2;
use crate::play::{Habits, Pace, drive};
use crate::stats::Timing;

const HABITS: Habits = Habits {
    answers_per_session: 10,
    longest_backoff_ms: 500,
    silent: false,
    punctual: false,
};

/// What to run.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// A gateway of our own.
    pub target: Target,
    /// How many players.
    pub crowd: Crowd,
    /// Customers write in WeChat, so many messages at once before each kill, which falls between two
    /// pages of them.
    pub burst: Option<Burst>,
    /// Customer messages a second.
    pub rate: f64,
    /// Kills in all.
    pub kills: u32,
    /// Shortest and longest time between a restart and the next kill.
    pub between: (Duration, Duration),
    /// `FLUSHALL` on this Redis after every second restart.
    pub flush: Option<String>,
    /// How long to wait at the end until everyone is back and nothing is under way.
    pub patience: Duration,
}

/// What the campaign found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Always `crash`.
    pub workload: &'static str,
    /// The gateway's version, as it tells it.
    pub version: Option<String>,
    /// Kills done.
    pub kills: u32,
    /// `FLUSHALL`s done.
    pub flushes: u32,
    /// The eight numbers.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Spawn to ready after each kill.
    pub ready: Timing,
    /// Kill to everyone connected and resumed again, where the next kill left time for it.
    pub all_resumed: Timing,
    /// Where in the bursts the kills fell; only with bursts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_bursts: Option<InBursts>,
    /// Operations in all: messages that somebody asked to have stored.
    pub operations: usize,
    /// Of these, customers' messages
    pub asked: usize,
    /// and agents' answers.
    pub answered: usize,
    /// Operations repeated after a break.
    pub resent: u64,
    /// Of these, those whose first sending had been stored.
    pub duplicates_answered: u64,
    /// Operations without an answer at the end.
    pub unknown: usize,
    /// Messages delivered, both directions.
    pub delivered: u64,
    /// Answers of the platform to `send_msg` other than 0, by number, to what it had not taken before.
    pub refused: std::collections::BTreeMap<String, u64>,
    /// The same for what it had taken before a kill, and was asked to take again under the same id.
    pub repeated: std::collections::BTreeMap<String, u64>,
    /// Answers that the platform would not take and that the gateway shows as failed.
    pub failed: usize,
    /// Answers that did not arrive and that the gateway shows as doubtful: a try was cut short by a kill,
    /// and the next was refused for another reason than its id.
    pub doubtful: usize,
    /// Everyone was back and quiet before the store was read.
    pub quiet: bool,
    /// What was still under way, if anything was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unrest: Option<String>,
    /// Errors, closes and broken frames by name.
    pub errors: std::collections::BTreeMap<String, u64>,
}

/// Runs the campaign and judges it.
///
/// # Errors
/// When the target is not one of our own, or it does not come up again.
pub fn run(campaign: &Campaign, stop: &Stop) -> Result<Report> {
    let (mut bench, mut bursts) = prepare(campaign, stop)?;
    let Some(mut gateway) = bench.gateway.take() else {
        return Err(Error::Usage(
            "crash kills a process of its own: give --spawn".into(),
        ));
    };
    // Who writes in WeChat has no connection to come back with.
    let customers = bursts.as_ref().map_or(campaign.crowd.customers, |_| 0);
    let players = (campaign.crowd.agents + customers) as u64;
    let (mut kills, mut flushes) = (0, 0);
    let (mut ready, mut all_resumed) = (Timing::default(), Timing::default());
    let mut next_kill = Duration::from_secs(1) + pick(campaign.between);
    let mut down: Option<(Instant, u64)> = None;
    let mut aimed: Option<JoinHandle<Result<()>>> = None;
    let longest = campaign.between.1.as_secs_f64() + 60.0;
    let pace = Pace {
        rate: campaign.rate,
        warmup_s: 0.0,
        seconds: 10.0 + f64::from(campaign.kills) * longest,
    };
    drive(
        &mut bench.net,
        &mut bench.fleet,
        &mut bench.site,
        pace,
        stop,
        |fleet, site, elapsed| {
            if let Some((killed, wanted)) = down
                && fleet.resumed >= wanted
                && fleet.all_live()
            {
                all_resumed.record_ns(killed.elapsed().as_nanos() as u64);
                down = None;
            }
            if elapsed < next_kill {
                return Ok(true);
            }
            if kills == campaign.kills {
                return Ok(false);
            }
            if let Some(bursts) = &mut bursts {
                let Some(aimed) = aimed.take_if(|aimed| aimed.is_finished()) else {
                    if aimed.is_none() {
                        let now = fleet.meter.from + elapsed.as_nanos() as u64;
                        fleet.burst(kills * 7, bursts.each(), now);
                        aimed = Some(bursts.aim(gateway.pid(), stop)?);
                    }
                    return Ok(true);
                };
                let killed = aimed.join();
                killed.map_err(|_| Error::Gateway("the killing thread panicked".into()))??;
            }
            down = Some((Instant::now(), fleet.resumed + players));
            gateway.kill();
            if let Some(bursts) = &mut bursts {
                bursts.hit()?;
            }
            gateway.restart(stop)?;
            kills += 1;
            ready.record_ns(gateway.ready.as_nanos() as u64);
            site.retarget(gateway.address);
            if let Some(bursts) = &mut bursts {
                bursts.follow(gateway.address)?;
            }
            if let Some(url) = campaign.flush.as_ref().filter(|_| kills % 2 == 0) {
                flushall(url)?;
                flushes += 1;
            }
            let last = kills == campaign.kills;
            let rest = if last {
                Duration::from_secs(3)
            } else {
                pick(campaign.between)
            };
            next_kill = elapsed + gateway.ready + rest;
            Ok(true)
        },
    )?;
    let quiet = come_to_rest(&mut bench, campaign.patience)?;
    let unrest = (!quiet).then(|| bench.fleet.unrest());
    let (operations, unknown) = (bench.fleet.operations(), bench.fleet.unknown());
    let asked = bench.fleet.questions();
    let told = |trouble| bench.fleet.told(trouble);
    let (failed, doubtful) = (told(Trouble::Failed), told(Trouble::Doubtful));
    let in_bursts = bursts.as_mut().map(Bursts::found).transpose()?;
    let verdict = bench.judge(Duration::from_secs(5))?;
    drop(gateway);
    let fleet = &bench.fleet;
    Ok(Report {
        workload: "crash",
        version: bench.site.version.clone(),
        kills,
        flushes,
        verdict,
        ready,
        all_resumed,
        in_bursts,
        operations,
        asked,
        answered: operations - asked,
        resent: fleet.resent,
        duplicates_answered: fleet.duplicates_answered,
        unknown,
        delivered: fleet.meter.to_agents + fleet.meter.to_customers,
        refused: fleet
            .outside()
            .map(crate::play::Outside::refused)
            .unwrap_or_default(),
        repeated: fleet
            .outside()
            .map(crate::play::Outside::repeated)
            .unwrap_or_default(),
        failed,
        doubtful,
        quiet,
        unrest,
        errors: fleet.errors.clone(),
    })
}

fn prepare(campaign: &Campaign, stop: &Stop) -> Result<(Bench, Option<Bursts>)> {
    match (&campaign.target, campaign.burst) {
        (Target::Spawn(launch), Some(burst)) => {
            let (bench, platform) = k2::prepare(launch, campaign.crowd, burst.corps, HABITS, stop)?;
            Ok((bench, Some(Bursts::new(platform, burst)?)))
        }
        (target, _) => Ok((Bench::prepare(target, campaign.crowd, HABITS, stop)?, None)),
    }
}

/// Waits until everybody is back and nothing is under way, and asks now and then what became of
/// answers that have reached nobody.
fn come_to_rest(bench: &mut Bench, patience: Duration) -> Result<bool> {
    let began = Instant::now();
    while !bench.drain(Duration::from_secs(5), |f| f.all_live() && f.is_quiet())? {
        if began.elapsed() > patience {
            return Ok(false);
        }
        bench.hear_failures()?;
    }
    Ok(true)
}

fn pick((shortest, longest): (Duration, Duration)) -> Duration {
    rand::random_range(shortest..=longest)
}

/// Empties a Redis, in its plainest protocol.
fn flushall(url: &str) -> Result<()> {
    let rest = url.strip_prefix("redis://").unwrap_or(url);
    let host = rest.split('/').next().unwrap_or_default();
    let mut stream = TcpStream::connect(host).map_err(Error::io(format!("connect {host}")))?;
    stream
        .write_all(b"FLUSHALL\r\n")
        .map_err(Error::io("FLUSHALL"))?;
    let mut answer = [0; 3];
    stream
        .read_exact(&mut answer)
        .map_err(Error::io("FLUSHALL"))?;
    if &answer == b"+OK" {
        Ok(())
    } else {
        Err(Error::Gateway(format!(
            "FLUSHALL answered {:?}",
            String::from_utf8_lossy(&answer)
        )))
    }
}

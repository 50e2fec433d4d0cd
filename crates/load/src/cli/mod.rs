//! The command line: what may be asked, and how answers are printed.

mod args;
mod print;

use std::time::Duration;

use clap::{Parser, Subcommand};

use args::{CallbacksArgs, CrashArgs, IdleArgs, K1Args, K2Args, QuotaArgs, Rate, TriggersArgs};
use print::print;

use crate::bench::{Crowd, Target};
use crate::callbacks::{self, Callbacks};
use crate::clock::Stop;
use crate::crash::{self, Burst, Campaign};
use crate::error::{Error, Result};
use crate::k1::{self, K1};
use crate::k2::{self, K2};
use crate::play::Pace;
use crate::quota::{self, Quota};
use crate::search::{self, Bounds};
use crate::{idle, triggers};

/// Load generator, fault campaign and checker for a Kefu gateway.
#[derive(Debug, Parser)]
#[command(name = "kefu-load", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Customers write at an open-loop rate, agents answer at once; then the checker's eight numbers
    K1(K1Args),
    /// The same with customers who write in WeChat, through the simulator
    K2(K2Args),
    /// Signed and encrypted callbacks at a rate, and how soon each is answered
    Callbacks(CallbacksArgs),
    /// More answers than the platform takes in a minute
    Quota(QuotaArgs),
    /// Memory and cost of connected, silent visitors
    Idle(IdleArgs),
    /// From every trigger to the assignment that it causes
    Triggers(TriggersArgs),
    /// Kill -9 and restart in mid-load, again and again; then the checker's eight numbers
    Crash(CrashArgs),
}

impl Cli {
    /// Does what was asked and prints it; says whether every promise was kept.
    ///
    /// # Errors
    /// When there was nothing to measure.
    pub fn run(&self, stop: &Stop) -> Result<bool> {
        match &self.command {
            Command::K1(args) => k1(args, stop),
            Command::K2(args) => {
                let plan = K2 {
                    launch: args.target.own(Some(k2::UNPACED))?,
                    crowd: args.crowd.crowd(),
                    corps: args.corps as usize,
                    pace: Pace {
                        rate: rate(args.rate)?,
                        warmup_s: args.warmup,
                        seconds: args.seconds,
                    },
                    patience: Duration::from_secs(20),
                };
                let report = k2::run(&plan, k1::HABITS, stop)?;
                print(&report, args.target.json)?;
                Ok(report.k1.verdict.is_clean())
            }
            Command::Callbacks(args) => {
                let plan = Callbacks {
                    launch: args.target.own(Some(callbacks::CONFIG))?,
                    crowd: args.crowd.crowd(),
                    channel: args.channel,
                    rate: rate(args.rate)?,
                    seconds: seconds(args.seconds)?.as_secs_f64(),
                };
                let report = callbacks::run(&plan, k1::HABITS, stop)?;
                print(&report, args.target.json)?;
                Ok(report.verdict.is_clean() && report.refused == 0)
            }
            Command::Quota(args) => {
                let plan = Quota {
                    launch: args.target.own(None)?,
                    crowd: args.crowd.crowd(),
                    replies: args.replies,
                    per_minute: args.per_minute,
                };
                let report = quota::run(&plan, k1::HABITS, stop)?;
                print(&report, args.target.json)?;
                Ok(report.is_kept())
            }
            Command::Idle(args) => {
                let settle = seconds(args.seconds)?;
                let report = idle::run(&args.target.target(), args.connections, settle, stop)?;
                print(&report, args.target.json)?;
                Ok(report.dropped == 0)
            }
            Command::Triggers(args) => {
                let report = triggers::run(&args.target.target(), args.repeats, stop)?;
                print(&report, args.target.json)?;
                Ok(report.failed.is_empty())
            }
            Command::Crash(args) => {
                let report = crash::run(&campaign(args), stop)?;
                print(&report, args.target.json)?;
                Ok(report.verdict.is_clean() && report.quiet)
            }
        }
    }
}

fn k1(args: &K1Args, stop: &Stop) -> Result<bool> {
    seconds(args.seconds)?;
    seconds(args.warmup)?;
    let rate = if let Rate::Fixed(rate) = args.rate {
        rate
    } else {
        0.0
    };
    let plan = K1 {
        target: args.target.target(),
        crowd: args.crowd.crowd(),
        pace: Pace {
            rate,
            warmup_s: args.warmup,
            seconds: args.seconds,
        },
        watch: args.watch.clone(),
        patience: Duration::from_secs(10),
    };
    if let Rate::Fixed(_) = args.rate {
        let report = k1::run(&plan, stop)?;
        print(&report, args.target.json)?;
        return Ok(report.verdict.is_clean());
    }
    let bounds = Bounds {
        p99_ms: args.p99_ms,
        start: 2000.0,
        steps_within: Duration::from_secs(180),
    };
    let found = search::highest(&plan, bounds, stop)?;
    print(&found, args.target.json)?;
    Ok(found.report.verdict.is_clean() && found.held)
}

fn campaign(args: &CrashArgs) -> Campaign {
    let config = args.channel.as_ref().map(|_| k2::UNPACED);
    let usual = if args.channel.is_some() {
        args.burst
    } else {
        200
    };
    let customers = args.customers.unwrap_or(usual);
    Campaign {
        target: match (&args.target.spawn, config) {
            (Some(_), Some(_)) => Target::Spawn(args.target.launch(config)),
            _ => args.target.target(),
        },
        burst: args.channel.as_ref().map(|_| Burst {
            corps: args.corps as usize,
            messages: args.burst,
            page: args.page.min(args.burst / 2),
        }),
        crowd: Crowd {
            agents: args.agents as usize,
            customers: customers as usize,
        },
        rate: args.rate,
        kills: args.kills,
        between: (
            Duration::from_millis(args.min_ms),
            Duration::from_millis(args.max_ms.max(args.min_ms)),
        ),
        flush: args.target.redis.clone().filter(|_| args.flush),
        patience: Duration::from_secs(60),
    }
}

fn rate(value: f64) -> Result<f64> {
    match value {
        rate if rate > 0.0 && rate.is_finite() => Ok(rate),
        _ => Err(Error::Usage(format!("{value} is no rate"))),
    }
}

fn seconds(value: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(value).map_err(|_| Error::Usage(format!("{value} is no duration")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> std::result::Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_documented_lines_are_taken() {
        for line in [
            "kefu-load k1 --spawn ./kefu --agents 100 --customers 1000 --rate 1000 --seconds 30 --json",
            "kefu-load k1 --spawn ./kefu --rate max --p99-ms 100 --redis redis://127.0.0.1:6379",
            "kefu-load k1 --url http://127.0.0.1:8080 --key kk_1",
            "kefu-load idle --connections 10000 --spawn ./kefu --json",
            "kefu-load k2 --spawn ./kefu --rate 5000 --corps 8 --json",
            "kefu-load triggers --spawn ./kefu",
            "kefu-load callbacks --channel wecom_kf --spawn ./kefu --rate 1000 --seconds 30",
            "kefu-load callbacks --channel official_account --spawn ./kefu --rate 1000 --seconds 30",
            "kefu-load quota --spawn ./kefu --replies 12000 --per-minute 10000",
            "kefu-load crash --spawn ./kefu --kills 20 --json",
            "kefu-load crash --channel wecom_kf --burst 1000 --spawn ./kefu --kills 50",
        ] {
            parsed(line).unwrap();
        }
        for line in [
            "kefu-load k1",
            "kefu-load k1 --url http://127.0.0.1:1",
            "kefu-load k1 --spawn ./kefu --rate 0",
            "kefu-load k1 --spawn ./kefu --rate fast",
            "kefu-load k1 --spawn ./kefu --agents 0",
            "kefu-load callbacks --spawn ./kefu --channel website",
        ] {
            parsed(line).unwrap_err();
        }
    }
}

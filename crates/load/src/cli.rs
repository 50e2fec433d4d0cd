//! The command line: what may be asked, and how answers are printed.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use serde::Serialize;
use serde_json::Value;

use crate::bench::{Crowd, Target};
use crate::callbacks::{self, Callbacks};
use crate::clock::Stop;
use crate::crash::{self, Burst, Campaign};
use crate::error::{Error, Result};
use crate::gateway::Launch;
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

#[derive(Debug, Args)]
struct TargetArgs {
    /// Start this `kefu` binary with a throw-away folder and end it afterwards
    #[arg(
        long,
        value_name = "KEFU",
        conflicts_with = "url",
        required_unless_present = "url"
    )]
    spawn: Option<PathBuf>,
    /// Drive the gateway at http://HOST:PORT instead
    #[arg(long, requires = "key")]
    url: Option<String>,
    /// An administrator's API key for --url
    #[arg(long, env = "KEFU_KEY", hide_env_values = true)]
    key: Option<String>,
    /// Redis for the spawned gateway's queue, bus and presence
    #[arg(long, value_name = "URL", requires = "spawn")]
    redis: Option<String>,
    /// Where the throw-away folder is made [default: the system's temporary folder]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Run generator and spawned gateway under `chrt -r`, away from neighbours on a shared machine
    #[arg(long)]
    realtime: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl TargetArgs {
    fn target(&self) -> Target {
        match (&self.url, &self.key) {
            (Some(url), Some(key)) if self.spawn.is_none() => Target::Url(url.clone(), key.clone()),
            _ => Target::Spawn(self.launch(None)),
        }
    }

    fn launch(&self, config: Option<&str>) -> Launch {
        Launch {
            program: self.spawn.clone().unwrap_or_default(),
            redis: self.redis.clone(),
            config: config.map(str::to_owned),
            parent: self.folder.clone(),
            realtime: self.realtime,
        }
    }

    /// Workloads with a platform start it from the same binary.
    fn own(&self, config: Option<&str>) -> Result<Launch> {
        match &self.spawn {
            Some(_) => Ok(self.launch(config)),
            None => Err(Error::Usage("this workload needs --spawn".into())),
        }
    }
}

#[derive(Debug, Args)]
struct CrowdArgs {
    /// Agents
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    agents: u32,
    /// Customers
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    customers: u32,
}

impl CrowdArgs {
    fn crowd(&self) -> Crowd {
        Crowd {
            agents: self.agents as usize,
            customers: self.customers as usize,
        }
    }
}

/// A rate, or the search for the highest.
#[derive(Debug, Clone, Copy)]
enum Rate {
    Fixed(f64),
    Max,
}

fn parse_rate(text: &str) -> std::result::Result<Rate, String> {
    match text.parse::<f64>() {
        _ if text == "max" => Ok(Rate::Max),
        Ok(rate) if rate > 0.0 && rate.is_finite() => Ok(Rate::Fixed(rate)),
        _ => Err("a number above 0, or max".into()),
    }
}

/// Whose callbacks can be made here.
fn parse_channel(text: &str) -> std::result::Result<&'static str, String> {
    let mut channels = callbacks::CHANNELS.into_iter();
    let found = channels.find(|channel| *channel == text);
    found.ok_or_else(|| format!("one of {}", callbacks::CHANNELS.join(", ")))
}

#[derive(Debug, Args)]
struct K1Args {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    crowd: CrowdArgs,
    /// Customer messages a second, or `max` to search for the highest that holds --p99-ms
    #[arg(long, default_value = "1000", value_parser = parse_rate)]
    rate: Rate,
    /// Seconds measured
    #[arg(long, default_value_t = 30.0)]
    seconds: f64,
    /// Seconds before the measured ones
    #[arg(long, default_value_t = 3.0)]
    warmup: f64,
    /// The bound of --rate max: p99 of the worse direction, in milliseconds
    #[arg(long, default_value_t = 100.0)]
    p99_ms: f64,
    /// Count the cost of this process too (a Redis, a PostgreSQL); may be repeated
    #[arg(long, value_name = "PID")]
    watch: Vec<u32>,
}

#[derive(Debug, Args)]
struct K2Args {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    crowd: CrowdArgs,
    /// Corps, each with a customer-service account
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=64))]
    corps: u32,
    /// Customer messages a second
    #[arg(long, default_value_t = 5000.0)]
    rate: f64,
    /// Seconds measured
    #[arg(long, default_value_t = 30.0)]
    seconds: f64,
    /// Seconds before the measured ones
    #[arg(long, default_value_t = 3.0)]
    warmup: f64,
}

#[derive(Debug, Args)]
struct CallbacksArgs {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    crowd: CrowdArgs,
    /// Whose callbacks
    #[arg(long, default_value = callbacks::CHANNELS[0], value_parser = parse_channel)]
    channel: &'static str,
    /// Callbacks a second, and as many customer messages
    #[arg(long, default_value_t = 1000.0)]
    rate: f64,
    /// Seconds
    #[arg(long, default_value_t = 30.0)]
    seconds: f64,
}

#[derive(Debug, Args)]
struct QuotaArgs {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    crowd: CrowdArgs,
    /// Answers asked for within one minute
    #[arg(long, default_value_t = 12_000)]
    replies: u32,
    /// Answers that the platform takes in one minute
    #[arg(long, default_value_t = 10_000)]
    per_minute: u32,
}

#[derive(Debug, Args)]
struct IdleArgs {
    #[command(flatten)]
    target: TargetArgs,
    /// Visitors to connect
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
    /// Seconds of silence before memory is read
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
}

#[derive(Debug, Args)]
struct TriggersArgs {
    #[command(flatten)]
    target: TargetArgs,
    /// How often each trigger is played
    #[arg(long, default_value_t = 200)]
    repeats: usize,
}

#[derive(Debug, Args)]
struct CrashArgs {
    #[command(flatten)]
    target: TargetArgs,
    /// Agents
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    agents: u32,
    /// Customers
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    customers: u32,
    /// Customer messages a second
    #[arg(long, default_value_t = 400.0)]
    rate: f64,
    /// How often the gateway is killed
    #[arg(long, default_value_t = 20)]
    kills: u32,
    /// Shortest time between a restart and the next kill, in milliseconds
    #[arg(long, default_value_t = 100)]
    min_ms: u64,
    /// Longest time between a restart and the next kill, in milliseconds
    #[arg(long, default_value_t = 2500)]
    max_ms: u64,
    /// Also FLUSHALL the --redis after every second restart
    #[arg(long, requires = "redis")]
    flush: bool,
    /// Customers write in WeChat, --burst messages at once after each restart
    #[arg(long, value_parser = ["wecom_kf"])]
    channel: Option<String>,
    /// Messages of a burst; a page holds a thousand
    #[arg(long, default_value_t = 1000, requires = "channel")]
    burst: u32,
    /// Corps that a burst is spread over
    #[arg(long, default_value_t = 1, requires = "channel", value_parser = clap::value_parser!(u32).range(1..=64))]
    corps: u32,
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
                Ok(report.verdict.is_clean())
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
        trials_within: Duration::from_secs(90),
    };
    let found = search::highest(&plan, bounds, stop)?;
    print(&found, args.target.json)?;
    Ok(found.report.verdict.is_clean() && found.held)
}

fn campaign(args: &CrashArgs) -> Campaign {
    let config = args.channel.as_ref().map(|_| k2::UNPACED);
    Campaign {
        target: match (&args.target.spawn, config) {
            (Some(_), Some(_)) => Target::Spawn(args.target.launch(config)),
            _ => args.target.target(),
        },
        burst: args.channel.as_ref().map(|_| Burst {
            corps: args.corps as usize,
            messages: args.burst,
        }),
        crowd: Crowd {
            agents: args.agents as usize,
            customers: args.customers as usize,
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

/// One JSON object on one line, or a table of the same fields for people.
fn print(report: &impl Serialize, json: bool) -> Result<()> {
    let value = serde_json::to_value(report)
        .map_err(|error| Error::Protocol(format!("the report is no JSON: {error}")))?;
    let mut text = if json {
        value.to_string()
    } else {
        table(&value)
    };
    text.push('\n');
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(Error::io("print the report"))
}

fn table(value: &Value) -> String {
    let mut lines = Vec::new();
    rows("", value, &mut lines);
    let width = lines
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    let lines = lines
        .into_iter()
        .map(|(name, value)| format!("{name:<width$}  {value}"));
    lines.collect::<Vec<_>>().join("\n")
}

fn rows(prefix: &str, value: &Value, lines: &mut Vec<(String, String)>) {
    let named = |name: &str| {
        if prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{prefix}.{name}")
        }
    };
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                rows(&named(name), value, lines);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (number, value) in items.iter().enumerate() {
                rows(&named(&number.to_string()), value, lines);
            }
        }
        Value::Null => {}
        Value::String(text) => lines.push((prefix.into(), text.clone())),
        Value::Number(number) if number.is_f64() => {
            lines.push((
                prefix.into(),
                format!("{:.3}", number.as_f64().unwrap_or(0.0)),
            ));
        }
        other => lines.push((prefix.into(), other.to_string())),
    }
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

    #[test]
    fn the_table_shows_what_the_json_holds() {
        let value =
            serde_json::json!({ "lost": 0, "p50_ms": 1.23456, "errors": { "a": 2 }, "x": null });
        let table = table(&value);
        let mut lines: Vec<&str> = table.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines, ["errors.a  2", "lost      0", "p50_ms    1.235"]);
    }
}

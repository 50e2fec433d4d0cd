//! What may be asked: the words and numbers behind each command.

use std::path::PathBuf;

use clap::Args;

use crate::bench::{Crowd, Target};
use crate::callbacks;
use crate::error::{Error, Result};
use crate::gateway::Launch;

#[derive(Debug, Args)]
pub(super) struct TargetArgs {
    /// Start this `kefu` binary with a throw-away folder and end it afterwards
    #[arg(
        long,
        value_name = "KEFU",
        conflicts_with = "url",
        required_unless_present = "url"
    )]
    pub(super) spawn: Option<PathBuf>,
    /// Drive the gateway at http://HOST:PORT instead
    #[arg(long, requires = "key")]
    pub(super) url: Option<String>,
    /// An administrator's API key for --url
    #[arg(long, env = "KEFU_KEY", hide_env_values = true)]
    pub(super) key: Option<String>,
    /// Redis for the spawned gateway's queue, bus and presence
    #[arg(long, value_name = "URL", requires = "spawn")]
    pub(super) redis: Option<String>,
    /// Where the throw-away folder is made [default: the system's temporary folder]
    #[arg(long, value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
    /// Run generator and spawned gateway under `chrt -r`, away from neighbours on a shared machine
    #[arg(long)]
    pub(super) realtime: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

impl TargetArgs {
    pub(super) fn target(&self) -> Target {
        match (&self.url, &self.key) {
            (Some(url), Some(key)) if self.spawn.is_none() => Target::Url(url.clone(), key.clone()),
            _ => Target::Spawn(self.launch(None)),
        }
    }

    pub(super) fn launch(&self, config: Option<&str>) -> Launch {
        Launch {
            program: self.spawn.clone().unwrap_or_default(),
            redis: self.redis.clone(),
            config: config.map(str::to_owned),
            parent: self.folder.clone(),
            realtime: self.realtime,
        }
    }

    /// Workloads with a platform start it from the same binary.
    pub(super) fn own(&self, config: Option<&str>) -> Result<Launch> {
        match &self.spawn {
            Some(_) => Ok(self.launch(config)),
            None => Err(Error::Usage("this workload needs --spawn".into())),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct CrowdArgs {
    /// Agents
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) agents: u32,
    /// Customers
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) customers: u32,
}

impl CrowdArgs {
    pub(super) fn crowd(&self) -> Crowd {
        Crowd {
            agents: self.agents as usize,
            customers: self.customers as usize,
        }
    }
}

/// A rate, or the search for the highest.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rate {
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
pub(super) struct K1Args {
    #[command(flatten)]
    pub(super) target: TargetArgs,
    #[command(flatten)]
    pub(super) crowd: CrowdArgs,
    /// Customer messages a second, or `max` to search for the highest that holds --p99-ms
    #[arg(long, default_value = "1000", value_parser = parse_rate)]
    pub(super) rate: Rate,
    /// Seconds measured
    #[arg(long, default_value_t = 30.0)]
    pub(super) seconds: f64,
    /// Seconds before the measured ones
    #[arg(long, default_value_t = 3.0)]
    pub(super) warmup: f64,
    /// The bound of --rate max: p99 of the worse direction, in milliseconds
    #[arg(long, default_value_t = 100.0)]
    pub(super) p99_ms: f64,
    /// Count the cost of this process too (a Redis, a PostgreSQL); may be repeated
    #[arg(long, value_name = "PID")]
    pub(super) watch: Vec<u32>,
}

#[derive(Debug, Args)]
pub(super) struct K2Args {
    #[command(flatten)]
    pub(super) target: TargetArgs,
    #[command(flatten)]
    pub(super) crowd: CrowdArgs,
    /// Corps, each with a customer-service account
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(super) corps: u32,
    /// Customer messages a second
    #[arg(long, default_value_t = 5000.0)]
    pub(super) rate: f64,
    /// Seconds measured
    #[arg(long, default_value_t = 30.0)]
    pub(super) seconds: f64,
    /// Seconds before the measured ones
    #[arg(long, default_value_t = 3.0)]
    pub(super) warmup: f64,
}

#[derive(Debug, Args)]
pub(super) struct CallbacksArgs {
    #[command(flatten)]
    pub(super) target: TargetArgs,
    #[command(flatten)]
    pub(super) crowd: CrowdArgs,
    /// Whose callbacks
    #[arg(long, default_value = callbacks::CHANNELS[0], value_parser = parse_channel)]
    pub(super) channel: &'static str,
    /// Callbacks a second, and as many customer messages
    #[arg(long, default_value_t = 1000.0)]
    pub(super) rate: f64,
    /// Seconds
    #[arg(long, default_value_t = 30.0)]
    pub(super) seconds: f64,
}

#[derive(Debug, Args)]
pub(super) struct QuotaArgs {
    #[command(flatten)]
    pub(super) target: TargetArgs,
    #[command(flatten)]
    pub(super) crowd: CrowdArgs,
    /// Answers asked for within one minute
    #[arg(long, default_value_t = 12_000)]
    pub(super) replies: u32,
    /// Answers that the platform takes in one minute
    #[arg(long, default_value_t = 10_000)]
    pub(super) per_minute: u32,
}

#[derive(Debug, Args)]
pub(super) struct IdleArgs {
    #[command(flatten)]
    pub(super) target: TargetArgs,
    /// Visitors to connect
    #[arg(long, default_value_t = 10_000)]
    pub(super) connections: usize,
    /// Seconds of silence before memory is read
    #[arg(long, default_value_t = 10.0)]
    pub(super) seconds: f64,
}

#[derive(Debug, Args)]
pub(super) struct TriggersArgs {
    #[command(flatten)]
    pub(super) target: TargetArgs,
    /// How often each trigger is played
    #[arg(long, default_value_t = 200)]
    pub(super) repeats: usize,
}

#[derive(Debug, Args)]
pub(super) struct CrashArgs {
    #[command(flatten)]
    pub(super) target: TargetArgs,
    /// Agents
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) agents: u32,
    /// Customers; 200, and in WeChat as many as a burst has messages, since the platform takes five
    /// answers to what one of them wrote last
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) customers: Option<u32>,
    /// Customer messages a second
    #[arg(long, default_value_t = 400.0)]
    pub(super) rate: f64,
    /// How often the gateway is killed
    #[arg(long, default_value_t = 20)]
    pub(super) kills: u32,
    /// Shortest time between a restart and the next kill, in milliseconds
    #[arg(long, default_value_t = 100)]
    pub(super) min_ms: u64,
    /// Longest time between a restart and the next kill, in milliseconds
    #[arg(long, default_value_t = 2500)]
    pub(super) max_ms: u64,
    /// Also FLUSHALL the --redis after every second restart
    #[arg(long, requires = "redis")]
    pub(super) flush: bool,
    /// Customers write in WeChat, --burst messages at once before each kill, which falls between two
    /// pages of them
    #[arg(long, value_parser = ["wecom_kf"])]
    pub(super) channel: Option<String>,
    /// Messages of a burst
    #[arg(long, default_value_t = 1000, requires = "channel", value_parser = clap::value_parser!(u32).range(2..=30_000))]
    pub(super) burst: u32,
    /// Messages that the platform gives on one page at most
    #[arg(long, default_value_t = 100, requires = "channel", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) page: u32,
    /// Corps that a burst is spread over
    #[arg(long, default_value_t = 1, requires = "channel", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(super) corps: u32,
}

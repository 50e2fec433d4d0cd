//! Subcommands.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::{app, config::Config, logs};

mod admin;
mod copies;
mod demo;
mod demo_apps;
mod demo_brand;
mod doctor;
mod serve;
mod worker;

/// A self-hosted customer-service messaging gateway.
#[derive(Debug, Parser)]
#[command(name = "kefu", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway.
    Serve(Common),
    /// Run gateway, simulator, demo brand and demo site on loopback.
    Demo(demo::Demo),
    /// Run the WeChat simulator alone on loopback.
    Simulate {
        /// Address on loopback.
        #[arg(long, default_value = "127.0.0.1:9090")]
        listen: String,
    },
    /// Check the configuration, the store and the queue, and say what to mend.
    Doctor {
        #[command(flatten)]
        common: Common,
        /// Also read every message and compare checksums.
        #[arg(long)]
        verify: bool,
        /// Also test every connection at its platform.
        #[arg(long)]
        connections: bool,
    },
    /// Copy the data folder into an empty one while the gateway runs.
    Backup {
        #[command(flatten)]
        common: Common,
        /// The empty folder.
        #[arg(long)]
        to: PathBuf,
    },
    /// Put a backup into a new data folder; clients then load afresh.
    Restore {
        /// The backup.
        #[arg(long)]
        from: PathBuf,
        /// The new data folder.
        #[arg(long)]
        data: PathBuf,
    },
    /// First user, password resets.
    Admin(admin::Admin),
    /// One job on one file; the gateway starts it by itself.
    #[command(hide = true)]
    Worker(worker::Worker),
    /// Print the API's OpenAPI document.
    Openapi,
    /// Print what there is to know of every channel, as Markdown.
    Channels,
    /// Print what `/metrics` tells, as Markdown.
    Metrics,
}

/// Options that every command with a configuration takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Configuration file.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, global = true)]
    listen: Option<String>,
    /// Data folder.
    #[arg(long, global = true)]
    data: Option<String>,
    /// `local`, or a redis:// address.
    #[arg(long, global = true)]
    queue: Option<String>,
}

impl Common {
    fn read(&self) -> anyhow::Result<Config> {
        let mut config = Config::read(self.config.as_deref(), |name| std::env::var(name).ok())?;
        for (slot, given) in [
            (&mut config.listen, &self.listen),
            (&mut config.data, &self.data),
            (&mut config.queue, &self.queue),
        ] {
            if let Some(given) = given {
                slot.clone_from(given);
            }
        }
        logs::start(&config.log, config.log_json);
        Ok(config)
    }
}

/// Says something to the person at the terminal.
#[expect(clippy::print_stdout, reason = "this is what commands are for")]
pub(crate) fn say(line: impl std::fmt::Display) {
    println!("{line}");
}

/// Runs what was asked for.
pub(crate) fn run(cli: Cli) -> anyhow::Result<()> {
    if let Command::Worker(worker) = &cli.command {
        // Without threads: it lives for a moment, and its memory is counted.
        return worker::work(worker);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve(common) => serve::serve(common).await,
            Command::Demo(demo) => demo::demo(demo).await,
            Command::Simulate { listen } => demo::simulate(&listen).await,
            Command::Doctor {
                common,
                verify,
                connections,
            } => doctor::doctor(common, verify, connections).await,
            Command::Backup { common, to } => copies::backup(common, &to).await,
            Command::Restore { from, data } => copies::restore(&from, &data).await,
            Command::Admin(admin) => admin::admin(admin).await,
            Command::Worker(worker) => worker::work(&worker),
            Command::Openapi => {
                say(kefu_gateway::api::openapi_json());
                Ok(())
            }
            Command::Metrics => {
                say(kefu_gateway::measured::markdown().trim_end());
                Ok(())
            }
            Command::Channels => {
                say(app::channels(&Config::default())?.markdown().trim_end());
                Ok(())
            }
        }
    })
}

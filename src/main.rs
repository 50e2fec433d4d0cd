//! Kefu: one binary, roles as subcommands.

mod app;
mod command;
mod config;
mod logs;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    // Every TLS client of this process uses this one provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    command::run(command::Cli::parse())
}

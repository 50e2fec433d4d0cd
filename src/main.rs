//! Kefu: one binary, roles as subcommands.

mod app;
mod command;
mod config;
mod logs;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    // Memory is asked for in small pieces all over: huge pages would only be held half empty.
    // Refused by an old kernel, it costs memory and nothing else.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    // Every TLS client of this process uses this one provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    command::run(command::Cli::parse())
}

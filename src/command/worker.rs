//! `kefu worker`: one job on one file, from input to output, with little memory and little time.
//! The gateway starts it for what strangers sent; nobody else needs it.

use std::{
    io::{Read, Write},
    os::unix::process::CommandExt,
    process::Command,
};

use anyhow::{Context, bail};
use clap::Args;
use kefu_media::Job;
use rustix::process::{Resource, Rlimit, setrlimit};

/// Do one job on the file at the input.
#[derive(Debug, Args)]
pub(crate) struct Worker {
    /// The program that turns voices into one another.
    #[arg(long, default_value = "ffmpeg")]
    ffmpeg: String,
    /// `picture-<bytes>`, `playable` or `amr`.
    job: String,
}

/// Bytes of a file.
const FILE: u64 = kefu_media::FILE_BYTES as u64;
/// Memory that may be asked for, whatever a file claims.
const MEMORY: u64 = 2 << 30;
/// Seconds of the processor.
const SECONDS: u64 = 15;

/// What turns any voice into one that browsers play.
const PLAYABLE: &[&str] = &["-t", "600", "-ac", "1", "-b:a", "32k", "-f", "mp3"];
/// What turns any voice into a minute of AMR.
const AMR: &[&str] = &[
    "-t", "60", "-ac", "1", "-ar", "8000", "-b:a", "12.2k", "-f", "amr",
];

fn limit(resource: Resource, most: u64) -> anyhow::Result<()> {
    let limit = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    Ok(setrlimit(resource, limit)?)
}

pub(super) fn work(worker: &Worker) -> anyhow::Result<()> {
    let job = Job::of_name(&worker.job).context("picture-<bytes>, playable or amr")?;
    limit(Resource::As, MEMORY)?;
    limit(Resource::Cpu, SECONDS)?;
    limit(Resource::Core, 0)?;
    // Nothing is written but to the output.
    limit(Resource::Fsize, 0)?;
    match job {
        Job::Picture { max_bytes } => {
            let mut bytes = Vec::new();
            std::io::stdin().take(FILE).read_to_end(&mut bytes)?;
            let small = kefu_media::shrink(&bytes, max_bytes);
            let small = small.context("no picture that could be made smaller")?;
            Ok(std::io::stdout().write_all(&small)?)
        }
        Job::Playable => convert(&worker.ffmpeg, PLAYABLE),
        Job::Amr => convert(&worker.ffmpeg, AMR),
    }
}

/// Becomes the program; the limits go with it.
fn convert(program: &str, to: &[&str]) -> anyhow::Result<()> {
    let error = Command::new(program)
        .args(["-nostdin", "-hide_banner", "-loglevel", "error"])
        // Whatever the file says, nothing else is opened.
        .args(["-protocol_whitelist", "pipe", "-i", "pipe:0", "-vn", "-sn"])
        .args(to)
        .arg("pipe:1")
        .exec();
    bail!("{program}: {error}")
}

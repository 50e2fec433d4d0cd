//! `kefu worker`: one job on one file, from input to output, with little memory and little time.
//! The gateway starts it for what strangers sent; nobody else needs it.

use std::{
    fs::File,
    io::{Read, Seek, Write},
    os::unix::process::CommandExt,
    process::{Command, Stdio},
};

use anyhow::{Context, bail};
use clap::Args;
use kefu_media::Job;
use rustix::{
    fs::{MemfdFlags, memfd_create},
    process::{Resource, Rlimit, setrlimit},
};

/// Do one job on the file at the input.
#[derive(Debug, Args)]
pub(crate) struct Worker {
    /// The program that turns voices into one another, and films into pictures.
    #[arg(long, default_value = "ffmpeg")]
    ffmpeg: String,
    /// `picture-<bytes>`, `playable`, `amr` or `still-<bytes>`.
    job: String,
}

/// Bytes of a file.
const FILE: u64 = kefu_media::FILE_BYTES as u64;
/// Memory that may be asked for, whatever a file claims.
const MEMORY: u64 = 2 << 30;
/// Seconds of the processor.
const SECONDS: u64 = 15;

const QUIETLY: &[&str] = &["-nostdin", "-hide_banner", "-loglevel", "error"];
/// What turns any voice into one that browsers play.
const PLAYABLE: &[&str] = &["-t", "600", "-ac", "1", "-b:a", "32k", "-f", "mp3"];
/// What turns any voice into a minute of AMR.
const AMR: &[&str] = &[
    "-t", "60", "-ac", "1", "-ar", "8000", "-b:a", "12.2k", "-f", "amr",
];

/// What takes the first picture of a film. Only what is one file by itself is opened, however it
/// calls itself, and it names no other.
const FILM: &[&str] = &[
    "-protocol_whitelist",
    "file",
    "-f",
    "mov",
    "-i",
    "file:/proc/self/fd/0",
];
const FIRST: &[&str] = &[
    "-an",
    "-sn",
    "-frames:v",
    "1",
    "-vf",
    "scale=w=min(960\\,iw):h=-2",
];

fn limit(resource: Resource, most: u64) -> anyhow::Result<()> {
    let limit = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    Ok(setrlimit(resource, limit)?)
}

pub(super) fn work(worker: &Worker) -> anyhow::Result<()> {
    let job =
        Job::of_name(&worker.job).context("picture-<bytes>, playable, amr or still-<bytes>")?;
    limit(Resource::As, MEMORY)?;
    limit(Resource::Cpu, SECONDS)?;
    limit(Resource::Core, 0)?;
    // The end of a film says where its beginning is: it is read from a place where one can go back.
    let film = match job {
        Job::Still { .. } => Some(kept()?),
        _ => None,
    };
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
        Job::Still { max_bytes } => {
            let frame = frame(&worker.ffmpeg, film.context("a film")?)?;
            let small = kefu_media::shrink(&frame, max_bytes);
            let small = small.context("no film whose first picture can be shown")?;
            Ok(std::io::stdout().write_all(&small)?)
        }
    }
}

/// The input, in memory.
fn kept() -> anyhow::Result<File> {
    let mut film = File::from(memfd_create("film", MemfdFlags::CLOEXEC)?);
    std::io::copy(&mut std::io::stdin().take(FILE), &mut film)?;
    film.rewind()?;
    Ok(film)
}

/// The first picture of a film, as the program shows it.
fn frame(program: &str, film: File) -> anyhow::Result<Vec<u8>> {
    let mut child = Command::new(program)
        .args(QUIETLY)
        .args(FILM)
        .args(FIRST)
        .args(["-q:v", "3", "-f", "mjpeg", "pipe:1"])
        .stdin(film)
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| program.to_owned())?;
    let mut shown = Vec::new();
    let from = child.stdout.take().context("no output")?;
    from.take(FILE).read_to_end(&mut shown)?;
    match child.wait()?.success() {
        true => Ok(shown),
        false => bail!("{program} failed"),
    }
}

/// Becomes the program; the limits go with it.
fn convert(program: &str, to: &[&str]) -> anyhow::Result<()> {
    let error = Command::new(program)
        .args(QUIETLY)
        // Whatever the file says, nothing else is opened.
        .args(["-protocol_whitelist", "pipe", "-i", "pipe:0", "-vn", "-sn"])
        .args(to)
        .arg("pipe:1")
        .exec();
    bail!("{program}: {error}")
}

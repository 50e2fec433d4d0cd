//! Work on files of strangers, in processes of their own: a picture made smaller, a voice made
//! playable, the first picture of a film. A worker reads a file from its input and writes one to its output; it has little memory,
//! little time, and nothing else. What it cannot do is not done, and the file stays as it is.

use std::{path::PathBuf, process::Stdio, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::Command,
    sync::Semaphore,
};

/// Workers at once; more wait.
const AT_ONCE: usize = 2;
/// How long one may take, waiting for its turn not counted.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes that one may write; a longer answer is none.
const LIMIT: u64 = crate::FILE_BYTES as u64;

/// What is to be made of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// The same picture as a JPEG of at most so many bytes.
    Picture {
        /// The limit.
        max_bytes: usize,
    },
    /// A voice that browsers play.
    Playable,
    /// A voice as messengers speak it: AMR, a minute at most.
    Amr,
    /// A film's first picture, as a JPEG of at most so many bytes.
    Still {
        /// The limit.
        max_bytes: usize,
    },
}

impl Job {
    /// Its name, for the worker and beside the original.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Picture { max_bytes } => format!("picture-{max_bytes}"),
            Self::Playable => "playable".to_owned(),
            Self::Amr => "amr".to_owned(),
            Self::Still { max_bytes } => format!("still-{max_bytes}"),
        }
    }

    /// Reads [`Job::name`].
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "playable" => Some(Self::Playable),
            "amr" => Some(Self::Amr),
            other => {
                let (kind, max_bytes) = other.split_once('-')?;
                let max_bytes = max_bytes.parse().ok()?;
                match kind {
                    "picture" => Some(Self::Picture { max_bytes }),
                    "still" => Some(Self::Still { max_bytes }),
                    _ => None,
                }
            }
        }
    }
}

/// Starts workers.
#[derive(Debug, Clone)]
pub struct Workers {
    /// A program and its first arguments; the job's name follows.
    command: Option<(PathBuf, Vec<String>)>,
    places: Arc<Semaphore>,
}

impl Default for Workers {
    fn default() -> Self {
        Self {
            command: None,
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Workers {
    /// Workers are this program, started with these arguments and the job's name.
    #[must_use]
    pub fn of(program: PathBuf, args: &[&str]) -> Self {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Self {
            command: Some((program, args)),
            ..Self::default()
        }
    }

    /// What a worker made of the bytes; nothing if it could not, or took too long.
    pub(crate) async fn run(&self, job: Job, bytes: Bytes) -> Option<Bytes> {
        let (program, args) = self.command.as_ref()?;
        let _place = self.places.acquire().await.ok()?;
        let mut child = Command::new(program)
            .args(args)
            .arg(job.name())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .ok()?;
        let (mut to, from) = (child.stdin.take()?, child.stdout.take()?);
        let work = async {
            // A worker that has heard enough may close its ears.
            let tell = async {
                let _ = to.write_all(&bytes).await;
                drop(to);
            };
            let mut made = Vec::new();
            let mut from = from.take(LIMIT + 1);
            let (heard, ()) = tokio::join!(from.read_to_end(&mut made), tell);
            heard.ok()?;
            if made.is_empty() || made.len() as u64 > LIMIT {
                return None;
            }
            child.wait().await.ok()?.success().then_some(made)
        };
        let made = tokio::time::timeout(PATIENCE, work).await.ok()?;
        made.map(Bytes::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Workers {
        Workers::of("/bin/sh".into(), &["-c", script])
    }

    async fn made(workers: &Workers) -> Option<Bytes> {
        workers.run(Job::Playable, Bytes::from_static(b"tea")).await
    }

    #[tokio::test]
    async fn a_worker_that_fails_or_says_nothing_changes_nothing() {
        assert_eq!(made(&shell("tr a-z A-Z")).await.unwrap(), "TEA");
        assert_eq!(made(&shell("cat; exit 1")).await, None);
        assert_eq!(made(&shell("exit 0")).await, None);
        assert_eq!(made(&shell("head -c 40000000 /dev/zero")).await, None);
        assert_eq!(made(&Workers::default()).await, None);
        let gone = Workers::of("/nowhere/kefu".into(), &["worker"]);
        assert_eq!(made(&gone).await, None);
    }

    #[test]
    fn jobs_are_known_by_their_names() {
        let max_bytes = 77;
        let made = [Job::Picture { max_bytes }, Job::Still { max_bytes }];
        for job in made.into_iter().chain([Job::Playable, Job::Amr]) {
            assert_eq!(Job::of_name(&job.name()), Some(job));
        }
        assert_eq!(Job::of_name("picture-"), None);
        assert_eq!(Job::of_name("song-77"), None);
    }
}

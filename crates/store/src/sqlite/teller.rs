//! Tells of commits: the followers of changes first, then the callers who wait.
//!
//! What is told wakes many tasks, and that takes as long as a tenth of the writing. A large batch is
//! therefore told beside the writer, which goes on with the next; a small one is told on the spot,
//! because handing it over would cost it more time than it takes. Either way everything is told in
//! the order of the commits.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

use super::job::Job;
use crate::{Change, ChangeSink, Result};

/// From so many jobs on a batch is handed over.
const LARGE: usize = 32;
/// Batches that may wait to be told; the writer waits when there are more.
const AHEAD: usize = 2;

/// What was committed together.
struct Committed {
    changes: Vec<Change>,
    jobs: Vec<Box<dyn Job>>,
}

impl Committed {
    fn tell(self, sink: &dyn ChangeSink) {
        if !self.changes.is_empty() {
            let told = catch_unwind(AssertUnwindSafe(|| sink.changed(&self.changes)));
            if told.is_err() {
                tracing::error!("a follower of changes panicked");
            }
        }
        for job in self.jobs {
            job.finish(Ok(()));
        }
    }
}

/// The writer's side. Dropping it waits until everything is told.
pub(super) struct Teller {
    sink: Arc<dyn ChangeSink>,
    /// Batches that were handed over and are not told.
    untold: Arc<AtomicUsize>,
    batches: Option<SyncSender<Committed>>,
    thread: Option<JoinHandle<()>>,
}

impl Teller {
    pub(super) fn start(sink: Arc<dyn ChangeSink>) -> Result<Self> {
        let (batches, committed) = sync_channel(AHEAD);
        let untold = Arc::new(AtomicUsize::new(0));
        let thread = {
            let (sink, untold) = (Arc::clone(&sink), Arc::clone(&untold));
            std::thread::Builder::new()
                .name("kefu-teller".to_owned())
                .spawn(move || tell_all(&committed, sink.as_ref(), &untold))
                .map_err(|error| super::io(&error))?
        };
        Ok(Self {
            sink,
            untold,
            batches: Some(batches),
            thread: Some(thread),
        })
    }

    /// Tells of one commit after all before it.
    pub(super) fn tell(&self, changes: Vec<Change>, jobs: Vec<Box<dyn Job>>) {
        let committed = Committed { changes, jobs };
        let none_before = self.untold.load(Ordering::Acquire) == 0;
        match &self.batches {
            Some(batches) if committed.jobs.len() >= LARGE || !none_before => {
                self.untold.fetch_add(1, Ordering::Relaxed);
                // Nobody else takes from the channel, and that thread survives a follower's panic.
                let _ = batches.send(committed);
            }
            _ => committed.tell(self.sink.as_ref()),
        }
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        self.batches = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn tell_all(committed: &Receiver<Committed>, sink: &dyn ChangeSink, untold: &AtomicUsize) {
    for batch in committed {
        batch.tell(sink);
        untold.fetch_sub(1, Ordering::Release);
    }
}

//! Threads that work beside the writer until the store is closed or dropped.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use parking_lot::Mutex;

use crate::Result;

/// The helpers of one store. Dropping it tells them to end.
pub(super) struct Helpers {
    stop: Arc<AtomicBool>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Helpers {
    pub(super) fn new() -> Self {
        Self {
            stop: Arc::new(AtomicBool::new(false)),
            threads: Mutex::new(Vec::new()),
        }
    }

    /// Starts one; it sleeps with the [`Pause`] it gets.
    pub(super) fn start(&self, name: &str, run: impl FnOnce(Pause) + Send + 'static) -> Result<()> {
        let pause = Pause(Arc::clone(&self.stop));
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || run(pause))
            .map_err(|error| super::io(&error))?;
        self.threads.lock().push(thread);
        Ok(())
    }

    /// Tells them to end and gives out what to wait for.
    pub(super) fn stop(&self) -> Vec<JoinHandle<()>> {
        self.stop.store(true, Ordering::Release);
        let threads = std::mem::take(&mut *self.threads.lock());
        for thread in &threads {
            thread.thread().unpark();
        }
        threads
    }
}

impl Drop for Helpers {
    fn drop(&mut self) {
        // Not waited for: they end within one step of their work.
        self.stop();
    }
}

/// How a helper sleeps.
pub(super) struct Pause(Arc<AtomicBool>);

impl Pause {
    /// Sleeps, or less; false if it is time to end.
    pub(super) fn sleep(&self, time: Duration) -> bool {
        if !self.over() {
            // A thread of its own: nothing else waits here.
            std::thread::park_timeout(time);
        }
        !self.over()
    }

    pub(super) fn over(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

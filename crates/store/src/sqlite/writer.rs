//! The writing thread: batches, commits, answers.
//!
//! Rule for everything that runs here: check first, then write. An error after a write means that
//! SQLite itself failed, or that the rule was broken; either way the whole batch is rolled back and
//! answered "unavailable", so that each caller repeats with the same id. Nothing is ever half done.

use std::{
    collections::HashMap,
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use kefu_domain::AgentId;
use rusqlite::Connection;
use tokio::sync::mpsc;

use super::{cache::Cache, checkpoint, fatal::Fatal, job::Job, places::Unplaced, teller::Teller};
use crate::{Change, ChangeSink, Result, StoreError};

/// Jobs in one transaction at most, so that a commit is never far away.
const BATCH: usize = 1024;

/// From so many jobs in the batch before, the writer waits a moment for more to come: a commit costs
/// the same for one as for many, and whoever waits for it is woken once.
const BUSY: usize = 6;
/// How long it waits, and once more for each so many jobs: a longer batch is worth a longer wait.
const GATHER: Duration = Duration::from_millis(1);
const ONCE_MORE: usize = 32;
/// At most so many times.
const GATHERS: usize = 4;

/// The state of the writing thread.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) cache: Cache,
    /// Open assignments and offers per agent.
    pub(super) loads: HashMap<AgentId, u32>,
    /// Messages without a place.
    pub(super) unplaced: Unplaced,
    pub(super) changes: Vec<Change>,
    /// When this batch began.
    pub(super) began: Instant,
    /// The log is to be started over after this batch.
    pub(super) log_is_long: bool,
    /// Where the sweep over settled outbox rows stands.
    pub(super) swept: i64,
    /// For what is put together for hashing.
    pub(super) scratch: Vec<u8>,
    /// For content on its way to a row.
    pub(super) json: Vec<u8>,
    /// SQLite failed inside this batch.
    broken: Option<StoreError>,
    /// The disk had no room for a batch, and nobody has looked since.
    pub(super) full: bool,
    teller: Teller,
    /// Jobs in the last batch: how busy the writer is.
    pub(super) pressure: Arc<AtomicUsize>,
    pub(super) fatal: Arc<Fatal>,
    end: Arc<OnceLock<End>>,
    /// Held for as long as this thread may write.
    _lock: File,
}

/// How the thread ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Everything is written back.
    Tidy,
    /// As a crash would leave it.
    #[cfg(test)]
    Crash,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the writer has a thread of its own"
)]
fn gather(jobs_before: usize) {
    let times = (1 + jobs_before / ONCE_MORE).min(GATHERS);
    std::thread::sleep(GATHER * times as u32);
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        sink: Arc<dyn ChangeSink>,
        fatal: Arc<Fatal>,
        end: Arc<OnceLock<End>>,
        lock: File,
    ) -> Result<Self> {
        let mut writer = Self {
            connection,
            cache: Cache::default(),
            loads: HashMap::new(),
            unplaced: Unplaced::default(),
            changes: Vec::new(),
            began: Instant::now(),
            log_is_long: false,
            swept: 0,
            scratch: Vec::new(),
            json: Vec::new(),
            broken: None,
            full: false,
            teller: Teller::start(sink)?,
            pressure: Arc::default(),
            fatal,
            end,
            _lock: lock,
        };
        writer.read_loads()?;
        writer.load_lagging()?;
        Ok(writer)
    }

    /// Marks the batch as failed if SQLite failed, and passes the result on. A row that is there
    /// already is the job's own matter.
    pub(super) fn broke<T>(&mut self, result: rusqlite::Result<T>) -> Result<T> {
        result.map_err(|error| {
            self.fatal.consider(&error);
            let error = StoreError::from(error);
            if !matches!(error, StoreError::Conflict(_)) {
                self.broken.get_or_insert(error.clone());
            }
            error
        })
    }

    /// Fails the batch because memory and disk disagree; both are read afresh then.
    pub(super) fn distrust<T>(&mut self, why: &str) -> Result<T> {
        let error = StoreError::Unavailable(why.to_owned());
        self.broken.get_or_insert(error.clone());
        Err(error)
    }

    fn read_loads(&mut self) -> Result<()> {
        self.loads.clear();
        let mut query = self.connection.prepare_cached(
            "SELECT agent, count(*) FROM assignments WHERE closed_at IS NULL GROUP BY agent",
        )?;
        let rows = query.query_map([], |row| {
            Ok((AgentId::from_bytes(row.get(0)?), row.get(1)?))
        })?;
        for row in rows {
            let (agent, load) = row?;
            self.loads.insert(agent, load);
        }
        Ok(())
    }

    /// Runs until every sender is gone, or the store is closed.
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Box<dyn Job>>) {
        let mut batch: Vec<Box<dyn Job>> = Vec::with_capacity(BATCH);
        let mut jobs_before = 0;
        while let Some(first) = queue.blocking_recv() {
            if jobs_before >= BUSY {
                gather(jobs_before);
            }
            self.began = Instant::now();
            batch.push(first);
            let ran = self.try_batch(&mut batch, &mut queue);
            jobs_before = batch.len();
            self.pressure.store(jobs_before, Ordering::Relaxed);
            match ran {
                Ok(()) => self.publish(&mut batch),
                Err(error) => self.roll_back(&error, &mut batch),
            }
            if self.end.get().is_some() {
                break;
            }
            if std::mem::take(&mut self.log_is_long) {
                checkpoint::copy(&self.connection, &self.fatal);
            }
        }
        #[cfg(test)]
        if self.end.get() == Some(&End::Crash) {
            return;
        }
        if let Err(error) = self.leave() {
            tracing::warn!(%error, "the last summaries were not written; they are made up at the next start");
        }
    }

    fn try_batch(
        &mut self,
        batch: &mut Vec<Box<dyn Job>>,
        queue: &mut mpsc::Receiver<Box<dyn Job>>,
    ) -> Result<()> {
        if self.fatal.tripped() {
            return Err(StoreError::Unavailable(
                "the disk failed; this process ends".to_owned(),
            ));
        }
        self.begin()?;
        let mut run = 0;
        while let Some(job) = batch.get_mut(run) {
            self.attempt(job.as_mut());
            run += 1;
            if let Some(error) = self.broken.take() {
                return Err(error);
            }
            if run < BATCH
                && let Ok(job) = queue.try_recv()
            {
                batch.push(job);
            }
        }
        metrics::histogram!("kefu_store_batch_jobs").record(run as f64);
        self.sum_up(self.began)?;
        self.commit()?;
        metrics::histogram!("kefu_store_commit_seconds").record(self.began.elapsed().as_secs_f64());
        Ok(())
    }

    /// Runs one job and sees to it that it was done whole or not at all.
    fn attempt(&mut self, job: &mut dyn Job) {
        let before = self.written();
        let done = catch_unwind(AssertUnwindSafe(|| job.run(self)));
        if !matches!(done, Ok(true)) && (done.is_err() || self.written() != before) {
            tracing::error!("a job stopped half-way");
            let _ = self.distrust::<()>("a job stopped half-way");
        }
    }

    /// Part of a job that may fail on its own: it was done whole, or not at all, or the batch fails.
    pub(super) fn whole<T>(&mut self, part: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let before = self.written();
        let done = part(self);
        if done.is_err() && self.written() != before {
            return self.distrust("a job stopped half-way");
        }
        done
    }

    /// Moves with everything that is written.
    fn written(&self) -> (usize, u64) {
        (self.changes.len(), self.connection.total_changes())
    }

    fn begin(&mut self) -> Result<()> {
        let begun = self
            .connection
            .prepare_cached("BEGIN IMMEDIATE")
            .and_then(|mut begin| begin.execute([]));
        begun.map(|_| ()).map_err(|error| {
            self.fatal.consider(&error);
            error.into()
        })
    }

    fn commit(&mut self) -> Result<()> {
        let committed = self
            .connection
            .prepare_cached("COMMIT")
            .and_then(|mut commit| commit.execute([]));
        committed.map(|_| ()).map_err(|error| {
            self.fatal.consider(&error);
            error.into()
        })
    }

    fn publish(&mut self, batch: &mut Vec<Box<dyn Job>>) {
        self.tell_readers();
        self.teller
            .tell(std::mem::take(&mut self.changes), std::mem::take(batch));
        self.cache.trim();
    }

    fn roll_back(&mut self, error: &StoreError, batch: &mut Vec<Box<dyn Job>>) {
        let error = match error {
            // Of the summaries: no caller's own conflict.
            StoreError::Conflict(why) => &StoreError::Unavailable(why.clone()),
            other => other,
        };
        tracing::error!(%error, jobs = batch.len(), "a batch was rolled back");
        metrics::counter!("kefu_store_rollbacks_total").increment(1);
        self.full |= *error == StoreError::NoSpace;
        self.changes.clear();
        self.cache.clear();
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "the rollback failed");
        }
        if let Err(error) = self.read_loads().and_then(|()| self.load_lagging()) {
            tracing::error!(%error, "the store could not be read afresh");
        }
        self.broken = None;
        for job in batch.drain(..) {
            job.finish(Err(error));
        }
    }

    /// Writes the summaries back and empties the log.
    fn leave(&mut self) -> Result<()> {
        if self.fatal.tripped() {
            return Ok(());
        }
        self.begin()?;
        self.sum_up_all()?;
        self.mark_placed()?;
        self.commit()?;
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .inspect_err(|error| self.fatal.consider(error))?;
        Ok(())
    }
}

//! The writing thread: batches, commits, answers.
//!
//! Rule for everything that runs here: check first, then write. An error after a write means that
//! SQLite itself failed; it is marked with [`Writer::broke`], and the whole batch is rolled back and
//! answered "unavailable", so that each caller repeats with the same id.

use std::{collections::HashMap, sync::Arc, time::Instant};

use kefu_domain::AgentId;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{cache::Cache, unavailable};
use crate::{Change, ChangeSink, Result, StoreError};

/// Jobs in one transaction at most, so that a commit is never far away.
const BATCH: usize = 1024;
/// What only sums up messages is written back at least so often.
const SUMMARY: std::time::Duration = std::time::Duration::from_millis(700);

type Finish = Box<dyn FnOnce(std::result::Result<(), StoreError>) + Send>;
type Work = Box<dyn FnOnce(&mut Writer) -> Finish + Send>;

/// A closure for the writer and the way to answer its caller after the commit.
pub(super) struct Job(Work);

impl Job {
    pub(super) fn new<T, F>(work: F, reply: oneshot::Sender<Result<T>>) -> Self
    where
        T: Send + 'static,
        F: FnOnce(&mut Writer) -> Result<T> + Send + 'static,
    {
        Self(Box::new(move |writer| {
            let mark = writer.changes.len();
            let result = work(writer);
            if result.is_err() {
                writer.changes.truncate(mark);
            }
            Box::new(move |committed| {
                // A caller that went away needs no answer.
                let _ = reply.send(committed.and(result));
            })
        }))
    }

    /// Work nobody waits for.
    pub(super) fn quiet(work: impl FnOnce(&mut Writer) + Send + 'static) -> Self {
        Self(Box::new(move |writer| {
            work(writer);
            Box::new(|_| ())
        }))
    }
}

/// The state of the writing thread.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) cache: Cache,
    /// Open assignments and offers per agent.
    pub(super) loads: HashMap<AgentId, u32>,
    pub(super) changes: Vec<Change>,
    /// SQLite failed inside this batch.
    broken: Option<StoreError>,
    sink: Arc<dyn ChangeSink>,
    on_fatal: Box<dyn Fn(&str) + Send + Sync>,
    fatal: bool,
    summed_up: Instant,
    done: bool,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        sink: Arc<dyn ChangeSink>,
        on_fatal: Box<dyn Fn(&str) + Send + Sync>,
    ) -> Result<Self> {
        let mut writer = Self {
            connection,
            cache: Cache::default(),
            loads: HashMap::new(),
            changes: Vec::new(),
            broken: None,
            sink,
            on_fatal,
            fatal: false,
            summed_up: Instant::now(),
            done: false,
        };
        writer.read_loads()?;
        Ok(writer)
    }

    /// Marks the batch as failed if SQLite failed, and passes the result on.
    pub(super) fn broke<T>(&mut self, result: rusqlite::Result<T>) -> Result<T> {
        result.map_err(|error| {
            let error = unavailable(&error);
            self.broken.get_or_insert(error.clone());
            error
        })
    }

    /// Ends the thread after this batch.
    pub(super) fn finish(&mut self) {
        self.done = true;
    }

    fn read_loads(&mut self) -> Result<()> {
        self.loads.clear();
        let mut query = self.connection.prepare(
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
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut finishes: Vec<Finish> = Vec::with_capacity(BATCH);
        while let Some(first) = queue.blocking_recv() {
            let began = Instant::now();
            if let Err(error) = self.connection.execute_batch("BEGIN IMMEDIATE") {
                let error = unavailable(&error);
                finishes.push((first.0)(&mut self));
                self.roll_back(&error, &mut finishes);
                continue;
            }
            finishes.push((first.0)(&mut self));
            while finishes.len() < BATCH && self.broken.is_none() {
                let Ok(job) = queue.try_recv() else { break };
                finishes.push((job.0)(&mut self));
            }
            let jobs = finishes.len();
            match self.commit() {
                Ok(()) => {
                    if !self.changes.is_empty() {
                        self.sink.changed(&self.changes);
                        self.changes.clear();
                    }
                    for finish in finishes.drain(..) {
                        finish(Ok(()));
                    }
                    self.cache.trim();
                }
                Err(error) => self.roll_back(&error, &mut finishes),
            }
            metrics::histogram!("kefu_store_batch_jobs").record(jobs as f64);
            metrics::histogram!("kefu_store_commit_seconds").record(began.elapsed().as_secs_f64());
            if self.done {
                break;
            }
        }
        let _ = self.connection.execute_batch("BEGIN IMMEDIATE");
        if self.sum_up(true).is_ok() {
            let _ = self.connection.execute_batch("COMMIT");
        }
        let _ = self
            .connection
            .pragma_update(None, "wal_checkpoint", "TRUNCATE");
    }

    fn commit(&mut self) -> Result<()> {
        if self.fatal {
            return Err(StoreError::Unavailable(
                "the disk failed; this process ends".to_owned(),
            ));
        }
        let all = self.summed_up.elapsed() >= SUMMARY;
        let flushed = self.sum_up(all);
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        flushed?;
        if all {
            self.summed_up = Instant::now();
        }
        self.connection.execute_batch("COMMIT").map_err(|error| {
            // After a failed sync the kernel may have dropped the pages: what is on disk is unknown,
            // and a second sync would lie. Stop here.
            if error.sqlite_error().is_some_and(|e| {
                e.extended_code == rusqlite::ffi::SQLITE_IOERR_FSYNC
                    || e.extended_code == rusqlite::ffi::SQLITE_IOERR_DIR_FSYNC
            }) {
                self.fatal = true;
                (self.on_fatal)(&error.to_string());
            }
            unavailable(&error)
        })
    }

    fn roll_back(&mut self, error: &StoreError, finishes: &mut Vec<Finish>) {
        tracing::error!(%error, jobs = finishes.len(), "a batch was rolled back");
        metrics::counter!("kefu_store_rollbacks_total").increment(1);
        self.broken = None;
        self.changes.clear();
        self.cache.clear();
        let _ = self.connection.execute_batch("ROLLBACK");
        for finish in finishes.drain(..) {
            finish(Err(error.clone()));
        }
        if let Err(error) = self.read_loads() {
            tracing::error!(%error, "the agents' loads could not be read");
        }
    }
}

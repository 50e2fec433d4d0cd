//! The embedded backend: one SQLite file in WAL mode with `synchronous=FULL`.
//!
//! One thread writes. It takes what callers have queued, runs it in one transaction and commits
//! once for all of them (group commit): the busier it is, the larger the batch. Readers use
//! connections of their own and see committed snapshots. Exact state of a conversation is read
//! through the writer's cache.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool, atomic::Ordering},
    time::Duration,
};

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::{ChangeSink, Result, StoreError};

mod access;
mod agents;
mod cache;
mod customers;
mod handoffs;
mod heal;
mod maintenance;
mod media;
mod outbox;
mod pulls;
mod rows;
mod search;
mod sessions;
mod setup;
mod threads;
mod writer;

use writer::{Job, Writer};

/// Jobs that may wait for the writer; a caller beyond waits for room.
const QUEUE: usize = 8192;
/// Connections for reading.
const READERS: usize = 4;
/// A read that finds no free connection for so long is refused.
const READ_WAIT: Duration = Duration::from_secs(5);

/// How to open a store.
pub struct Options {
    /// Hears commits.
    pub sink: Arc<dyn ChangeSink>,
    /// Called once when the disk failed a sync: nothing may be accepted after that, and the
    /// process is expected to end.
    pub on_fatal: Box<dyn Fn(&str) + Send + Sync>,
    /// Unix milliseconds, for the creation time of a new store.
    pub now: i64,
    /// Random, for the epoch of a new store.
    pub seed: u128,
}

/// The embedded store.
pub struct Sqlite {
    jobs: mpsc::Sender<Job>,
    readers: Mutex<Vec<Connection>>,
    permits: Semaphore,
    path: PathBuf,
    epoch: String,
    closing: AtomicBool,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

pub(crate) fn unavailable(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => StoreError::NoSpace,
        _ => StoreError::Unavailable(error.to_string()),
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        unavailable(&error)
    }
}

fn connect(path: &Path, write: bool) -> rusqlite::Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    flags |= if write {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
    } else {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    };
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(256);
    connection.pragma_update(None, "cache_size", if write { -65536 } else { -8192 })?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    if write {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // The checkpointer does this beside the writer.
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    } else {
        connection.pragma_update(None, "query_only", true)?;
    }
    Ok(connection)
}

impl Sqlite {
    /// Opens or makes the store in a folder and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with the reason; [`StoreError::Conflict`] if a newer version
    /// wrote it.
    pub fn open(folder: &Path, options: Options) -> Result<Self> {
        std::fs::create_dir_all(folder)
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let path = folder.join("kefu.db");
        let mut connection = connect(&path, true)?;
        maintenance::migrate(&mut connection, options.now, options.seed)?;
        let epoch = connection.query_row("SELECT epoch FROM store", [], |row| row.get(0))?;
        let readers = (0..READERS)
            .map(|_| connect(&path, false))
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let (jobs, queue) = mpsc::channel(QUEUE);
        let writer = Writer::new(connection, options.sink, options.on_fatal)?;
        let thread = std::thread::Builder::new()
            .name("kefu-store".to_owned())
            .spawn(move || writer.run(queue))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        maintenance::start_checkpointer(connect(&path, true)?, &jobs)?;
        Ok(Self {
            jobs,
            readers: Mutex::new(readers),
            permits: Semaphore::new(READERS),
            path,
            epoch,
            closing: AtomicBool::new(false),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Runs a closure on the writer, inside the current transaction; returns after its commit.
    ///
    /// The closure may answer an error only before its first write.
    async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Writer) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Job::new(work, reply);
        let gone = || StoreError::Unavailable("the store is closed".to_owned());
        if self.closing.load(Ordering::Acquire) {
            return Err(gone());
        }
        self.jobs.send(job).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// Runs a closure on a reading connection, off the runtime's threads.
    async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let busy = || StoreError::Unavailable("all readers are busy".to_owned());
        let _permit = tokio::time::timeout(READ_WAIT, self.permits.acquire())
            .await
            .map_err(|_| busy())?
            .map_err(|_| busy())?;
        // A permit stands for a connection in the pool.
        let connection = self.readers.lock().pop().ok_or_else(busy)?;
        let done = tokio::task::spawn_blocking(move || {
            let result =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&connection)));
            (connection, result)
        })
        .await
        .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        self.readers.lock().push(done.0);
        done.1
            .unwrap_or_else(|_| Err(StoreError::Unavailable("a read panicked".to_owned())))
    }
}

#[cfg(test)]
mod tests;

//! The embedded backend: one SQLite file in WAL mode with `synchronous=FULL`.
//!
//! One thread writes. It takes what callers have queued, runs it in one transaction and commits
//! once for all of them (group commit): the busier it is, the larger the batch. Readers use
//! connections of their own and see committed snapshots. Exact state of a conversation is read
//! through the writer's cache. Three helpers work beside the writer: one tells of what was committed,
//! one copies the log into the file, one fills the search index, which is a file of its own that can
//! be rebuilt.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};
use tokio::sync::{mpsc, oneshot};

use crate::{ChangeSink, Result, StoreError};

mod access;
mod agents;
mod cache;
mod carry;
mod checkpoint;
mod customers;
mod days;
mod elsewhere;
mod entering;
mod fatal;
mod filing;
mod handoffs;
mod heal;
mod heard;
mod helper;
mod hooks;
mod index;
mod job;
mod look;
mod maintenance;
mod media;
mod mentions;
mod on_way;
mod outbox;
mod places;
mod pulls;
mod rating;
mod readers;
mod reading;
mod resend;
mod revising;
mod rows;
mod schema;
mod search;
mod sending;
mod sessions;
mod settling;
mod setup;
mod summary;
mod teller;
mod threads;
mod told;
mod visitors;
mod window;
mod writer;

pub use look::Look;
pub use maintenance::{copy_of, new_life, restore};

use fatal::Fatal;
use helper::Helpers;
use job::{Call, Job};
use readers::Readers;
use writer::{End, Writer};

/// Jobs that may wait for the writer; a caller beyond waits for room.
const QUEUE: usize = 8192;
/// The truth.
const FILE: &str = "kefu.db";
/// The search index.
const WORDS: &str = "words.db";
/// Held by the process that has the folder open.
const LOCK: &str = "kefu.lock";

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
    jobs: mpsc::Sender<Box<dyn Job>>,
    readers: Arc<Readers>,
    path: PathBuf,
    epoch: String,
    /// Conversations whose last messages only the writer finds.
    behind: places::Lagging,
    closing: AtomicBool,
    /// Set when the writer shall end after its batch.
    end: Arc<OnceLock<End>>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
    helpers: Helpers,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as E;
        match (&error, error.sqlite_error_code()) {
            (_, Some(ErrorCode::DiskFull)) => Self::NoSpace,
            (_, Some(ErrorCode::ConstraintViolation)) => Self::Conflict(error.to_string()),
            (_, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
            | (
                E::FromSqlConversionFailure(..)
                | E::InvalidColumnType(..)
                | E::IntegralValueOutOfRange(..),
                _,
            ) => Self::Corrupt(error.to_string()),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

fn io(error: &std::io::Error) -> StoreError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        StoreError::NoSpace
    } else {
        StoreError::Unavailable(error.to_string())
    }
}

fn connect(path: &Path, write: bool) -> Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags |= if write {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
    } else {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    };
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(256);
    // Small, because each commit that moved pages walks over all of it; the system caches the file.
    connection.pragma_update(None, "cache_size", if write { -16384 } else { -8192 })?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Plans may not depend on what is bound: with partial indexes they would be made anew each time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    if write {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // The checkpointer does this beside the writer.
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        // The log is written over and over: room that it has is not given back for a while.
        connection.pragma_update(None, "journal_size_limit", 256 << 20)?;
    } else {
        connection.pragma_update(None, "query_only", true)?;
    }
    Ok(connection)
}

impl Sqlite {
    /// Opens or makes the store in a folder and brings its schema up to date. The folder is held
    /// until the store is closed or dropped.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with the reason, also if another process has the folder open;
    /// [`StoreError::Conflict`] if a newer version wrote it.
    pub fn open(folder: &Path, options: Options) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|error| io(&error))?;
        let lock = maintenance::lock(folder)?;
        let path = folder.join(FILE);
        let mut connection = connect(&path, true)?;
        schema::migrate(&mut connection, options.now, options.seed)?;
        let epoch: String =
            connection.query_row("SELECT epoch FROM store", [], |row| row.get(0))?;
        let words = folder.join(WORDS);
        let index = index::Index::open(&words, &path, &epoch)?;
        let readers = Arc::new(Readers::open(&path, &words)?);
        let (jobs, queue) = mpsc::channel(QUEUE);
        let fatal = Arc::new(Fatal::new(options.on_fatal));
        let end = Arc::new(OnceLock::new());
        let writer = Writer::new(
            connection,
            options.sink,
            Arc::clone(&fatal),
            Arc::clone(&end),
            lock,
        )?;
        let pressure = Arc::clone(&writer.pressure);
        let behind = writer.unplaced.behind();
        let thread = std::thread::Builder::new()
            .name("kefu-store".to_owned())
            .spawn(move || writer.run(queue))
            .map_err(|error| io(&error))?;
        let helpers = Helpers::new();
        checkpoint::start(&helpers, connect(&path, true)?, jobs.downgrade(), fatal)?;
        index.start(&helpers, pressure)?;
        Ok(Self {
            jobs,
            readers,
            path,
            epoch,
            behind,
            closing: AtomicBool::new(false),
            end,
            writer: Mutex::new(Some(thread)),
            helpers,
        })
    }

    /// Runs a closure on the writer, inside the current transaction; returns after its commit.
    ///
    /// The closure may answer an error only before its first write; see [`writer`].
    async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Writer) -> Result<T> + Send + 'static,
    {
        let gone = || StoreError::Unavailable("the store is closed".to_owned());
        if self.closing.load(Ordering::Acquire) {
            return Err(gone());
        }
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Call::new(work, reply));
        self.jobs.send(job).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// Runs a closure on a reading connection, off the runtime's threads.
    async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.readers.run(work).await
    }
}

#[cfg(test)]
mod tests;

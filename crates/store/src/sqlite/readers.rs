//! Connections for reading: they see committed snapshots and never wait for the writer.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::{Result, StoreError};

/// Connections for reading.
const READERS: usize = 4;
/// A read that finds no free connection for so long is refused.
const WAIT: Duration = Duration::from_secs(5);

/// A pool of connections, one permit each.
pub(super) struct Readers {
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    /// Opens them; each also sees the search index.
    pub(super) fn open(path: &Path, words: &Path) -> Result<Self> {
        let idle = (0..READERS)
            .map(|_| {
                let connection = super::connect(path, false)?;
                connection.execute("ATTACH ?1 AS words", [words.to_string_lossy()])?;
                Ok(connection)
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            idle: Mutex::new(idle),
            permits: Arc::new(Semaphore::new(READERS)),
        })
    }

    /// Runs a closure on a connection, off the runtime's threads.
    pub(super) async fn run<T, F>(self: &Arc<Self>, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let busy = || StoreError::Unavailable("all readers are busy".to_owned());
        let permit = tokio::time::timeout(WAIT, self.permits.clone().acquire_owned())
            .await
            .map_err(|_| busy())?
            .map_err(|_| busy())?;
        let pool = Arc::clone(self);
        // The closure itself gives the connection back: the caller may have gone by then.
        tokio::task::spawn_blocking(move || {
            let connection = pool.idle.lock().pop().ok_or_else(busy)?;
            let result = catch_unwind(AssertUnwindSafe(|| work(&connection)));
            pool.idle.lock().push(connection);
            drop(permit);
            result.unwrap_or_else(|_| Err(StoreError::Unavailable("a read panicked".to_owned())))
        })
        .await
        .map_err(|error| StoreError::Unavailable(error.to_string()))?
    }
}

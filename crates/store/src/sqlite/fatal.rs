//! The end of trust in the disk.

use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::ffi::{SQLITE_IOERR_DIR_FSYNC, SQLITE_IOERR_FSYNC};

/// After a failed sync the kernel may have dropped the pages: what is on disk is unknown, and a
/// second sync would lie. Whoever sees one says so here, once; nothing is accepted afterwards.
pub(super) struct Fatal {
    tripped: AtomicBool,
    tell: Box<dyn Fn(&str) + Send + Sync>,
}

impl Fatal {
    pub(super) fn new(tell: Box<dyn Fn(&str) + Send + Sync>) -> Self {
        Self {
            tripped: AtomicBool::new(false),
            tell,
        }
    }

    /// Looks at an error of SQLite.
    pub(super) fn consider(&self, error: &rusqlite::Error) {
        let failed_sync = error.sqlite_error().is_some_and(|error| {
            matches!(
                error.extended_code,
                SQLITE_IOERR_FSYNC | SQLITE_IOERR_DIR_FSYNC
            )
        });
        if failed_sync && !self.tripped.swap(true, Ordering::AcqRel) {
            tracing::error!(%error, "a sync failed: nothing is accepted any more");
            (self.tell)(&error.to_string());
        }
    }

    pub(super) fn tripped(&self) -> bool {
        self.tripped.load(Ordering::Acquire)
    }
}

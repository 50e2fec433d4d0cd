//! Copies the log into the file, beside the writer.

use std::{sync::Arc, time::Duration};

use rusqlite::Connection;
use tokio::sync::mpsc::WeakSender;

use super::{
    fatal::Fatal,
    helper::Helpers,
    job::{Call, Job},
    writer::Writer,
};
use crate::Result;

/// Between two copies.
const PAUSE: Duration = Duration::from_millis(500);
/// Pages in the log from which the writer starts it over: 32 MiB. Writing over what is there already
/// costs a sync half of what writing at the end of a growing file does.
const LOG_PAGES: i64 = 8192;

/// Copies what is committed; answers the log's pages.
pub(super) fn copy(connection: &Connection, fatal: &Fatal) -> i64 {
    let copied = connection
        .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")
        .and_then(|mut checkpoint| checkpoint.query_row([], |row| row.get(1)));
    copied.unwrap_or_else(|error| {
        // A copy that failed to reach the disk would be taken for done the next time.
        fatal.consider(&error);
        tracing::warn!(%error, "the log could not be copied into the file");
        0
    })
}

/// Starts the checkpointer. While messages pour in it never catches up with the end of the log, so
/// when the log has grown long, the writer is asked to copy the rest between two batches: its next
/// batch then begins the log anew.
pub(super) fn start(
    helpers: &Helpers,
    connection: Connection,
    jobs: WeakSender<Box<dyn Job>>,
    fatal: Arc<Fatal>,
) -> Result<()> {
    helpers.start("kefu-checkpoint", move |pause| {
        while pause.sleep(PAUSE) {
            let log = copy(&connection, &fatal);
            metrics::gauge!("kefu_store_log_pages").set(log as f64);
            let Some(jobs) = jobs.upgrade() else { return };
            // Nobody waits for this one; it also lets a quiet store write its summaries back, and marks
            // how far they are. A full queue needs no nudge.
            let _ = jobs.try_send(Box::new(Call::quiet(move |writer: &mut Writer| {
                writer.log_is_long = log > LOG_PAGES;
                writer.mark_placed()
            })));
        }
    })
}

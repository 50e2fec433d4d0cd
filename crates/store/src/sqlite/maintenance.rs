//! Schema, checkpoints, checks, copies.

use std::path::Path;

use async_trait::async_trait;
use kefu_domain::{ConversationId, Origin, UnixMs, id};
use rusqlite::{Connection, params};
use tokio::sync::mpsc;

use super::{Sqlite, rows, search, writer::Job};
use crate::{MaintenanceStore, Result, StoreError};

/// Schema changes in order; the number of those applied is the file's `user_version`.
const MIGRATIONS: &[&str] = &[include_str!("0001_schema.sql")];
/// Pages in the log from which the writer itself starts it over: 64 MiB.
const LOG_PAGES: i64 = 16_384;
/// Messages indexed in one pause.
const INDEX_STEP: u32 = 500;

pub(super) fn migrate(connection: &mut Connection, now: UnixMs, seed: u128) -> Result<()> {
    let version: usize = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > MIGRATIONS.len() {
        return Err(StoreError::Conflict(format!(
            "a newer version wrote this store (schema {version}, known {}): start that version",
            MIGRATIONS.len()
        )));
    }
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for (index, sql) in MIGRATIONS.iter().enumerate().skip(version) {
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", index + 1)?;
    }
    let fresh: bool =
        transaction.query_row("SELECT NOT EXISTS (SELECT 1 FROM store)", [], |row| {
            row.get(0)
        })?;
    if fresh {
        set_epoch(&transaction, now, seed)?;
    }
    Ok(transaction.commit()?)
}

/// Gives the store a new life: clients load afresh.
pub fn set_epoch(connection: &Connection, now: UnixMs, seed: u128) -> rusqlite::Result<()> {
    let bits = id::v7(u64::try_from(now).unwrap_or(0), seed);
    let epoch = String::from_utf8_lossy(&id::encode(bits)).into_owned();
    connection.execute("DELETE FROM store", [])?;
    connection
        .execute(
            "INSERT INTO store (epoch, created_at) VALUES (?1, ?2)",
            params![epoch, now],
        )
        .map(|_| ())
}

/// Copies the log into the file beside the writer, and fills the index in quiet moments.
pub(super) fn start_checkpointer(connection: Connection, jobs: &mpsc::Sender<Job>) -> Result<()> {
    let jobs = jobs.downgrade();
    let run = move || {
        loop {
            // A thread of its own: nothing else waits here.
            std::thread::park_timeout(std::time::Duration::from_millis(500));
            let Some(jobs) = jobs.upgrade() else { return };
            let log: i64 = connection
                .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))
                .unwrap_or_default();
            metrics::gauge!("kefu_store_log_pages").set(log as f64);
            // The writer commits what only sums up, indexes a little when it is idle, and starts the
            // log over when it has grown long.
            let idle = jobs.capacity() == jobs.max_capacity();
            let _ = jobs.try_send(Job::quiet(move |writer| {
                if idle && let Err(error) = search::index_some(&writer.connection, INDEX_STEP) {
                    tracing::warn!(%error, "indexing failed");
                }
            }));
            if log > LOG_PAGES
                && let Err(error) =
                    connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()))
            {
                tracing::debug!(%error, "the log could not be started over yet");
            }
        }
    };
    std::thread::Builder::new()
        .name("kefu-checkpoint".to_owned())
        .spawn(run)
        .map(|_| ())
        .map_err(|error| StoreError::Unavailable(error.to_string()))
}

/// Reads every message of every conversation and compares.
fn verify(connection: &Connection) -> Result<u64> {
    let mut conversations = connection.prepare("SELECT id, last_seq, chain FROM conversations")?;
    let mut messages = connection
        .prepare("SELECT seq, origin, sent_at, content, checksum FROM messages WHERE conversation = ?1 ORDER BY seq")?;
    let mut read = 0;
    let mut all = conversations.query([])?;
    while let Some(row) = all.next()? {
        let id = ConversationId::from_bytes(row.get(0)?);
        let (summed, stored): (u64, i64) = (row.get(1)?, row.get(2)?);
        let (mut chain, mut expected) = (0u64, 1u64);
        let mut rows = messages.query([id.bytes()])?;
        while let Some(row) = rows.next()? {
            let (seq, sent_at): (u64, i64) = (row.get(0)?, row.get(2)?);
            let origin = Origin::from_number(row.get(1)?);
            let content: String = row.get(3)?;
            let sum: i64 = row.get(4)?;
            let whole = origin
                .is_some_and(|origin| rows::checksum(id, seq, origin, sent_at, &content) == sum);
            if !whole || seq != expected {
                return Err(StoreError::Corrupt(format!("message {id}-{seq}")));
            }
            chain = rows::link(chain, id, seq, sent_at);
            if seq == summed && chain != stored.cast_unsigned() {
                return Err(StoreError::Corrupt(format!("history of {id}")));
            }
            expected += 1;
            read += 1;
        }
        if expected <= summed {
            return Err(StoreError::Corrupt(format!(
                "{id} lacks messages from {expected}"
            )));
        }
    }
    let state: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if state == "ok" {
        Ok(read)
    } else {
        Err(StoreError::Corrupt(state))
    }
}

#[async_trait]
impl MaintenanceStore for Sqlite {
    fn epoch(&self) -> String {
        self.epoch.clone()
    }

    async fn verify(&self) -> Result<u64> {
        self.read(verify).await
    }

    async fn backup(&self, folder: &Path) -> Result<()> {
        let target = folder.join("kefu.db");
        if target.exists() {
            return Err(StoreError::Conflict(format!("{} exists", target.display())));
        }
        let source = self.path.clone();
        tokio::task::spawn_blocking(move || {
            let from = super::connect(&source, false)?;
            // One statement, one snapshot, and the copy is compact.
            from.pragma_update(None, "query_only", false)?;
            from.execute("VACUUM INTO ?1", [target.to_string_lossy()])?;
            Ok(())
        })
        .await
        .map_err(|error| StoreError::Unavailable(error.to_string()))?
    }

    async fn ready(&self) -> Result<()> {
        self.write(|writer| {
            let touched = writer
                .connection
                .execute("UPDATE store SET created_at = created_at", []);
            writer.broke(touched).map(|_| ())
        })
        .await
    }

    async fn close(&self) {
        self.closing
            .store(true, std::sync::atomic::Ordering::Release);
        // What was accepted before is written first: the queue is in order.
        let (reply, answer) = tokio::sync::oneshot::channel();
        let last = Job::new(
            |writer| {
                writer.finish();
                Ok(())
            },
            reply,
        );
        if self.jobs.send(last).await.is_ok() {
            let _ = answer.await;
        }
        let thread = self.thread.lock().take();
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

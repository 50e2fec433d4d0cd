//! Checks, copies, another life, the end.

use std::{
    fs::{File, TryLockError},
    path::Path,
    time::Duration,
};

use async_trait::async_trait;
use kefu_domain::{BrandId, ConversationId, UnixMs};
use rusqlite::{Connection, params};

use super::{
    Call, End, FILE, LOCK, Sqlite, Writer, connect, io,
    places::{Range, Tail},
    reading, rows, schema,
};
use crate::{MaintenanceStore, Result, StoreError};

/// How often, and how long between, a folder is tried that another process may be leaving.
const LOCK_TRIES: u32 = 40;
const LOCK_WAIT: Duration = Duration::from_millis(50);
/// Conversations checked in one snapshot, so that the log is not held for long, and messages in one step.
const CHECKED: u32 = 200;
/// Bytes for which there must be room after a disk was full.
const ROOM: usize = 4 << 20;

/// Takes the folder for this process.
pub(super) fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(LOCK);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| io(&error))?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::park_timeout(LOCK_WAIT),
            Err(TryLockError::Error(error)) => return Err(io(&error)),
        }
    }
    Err(StoreError::Unavailable(format!(
        "another process has {} open: end it first",
        folder.display()
    )))
}

/// Makes a store in an empty folder from a copy that [`MaintenanceStore::backup`] wrote, with
/// another epoch: clients load afresh, because what they have seen may not be in the copy.
/// Answers the epoch. `seed` is random.
///
/// # Errors
/// [`StoreError::Conflict`] if the folder holds a store already, [`StoreError::NotFound`] if there
/// is no copy, [`StoreError::Corrupt`] if the copy is damaged.
pub fn restore(copy: &Path, folder: &Path, now: UnixMs, seed: u128) -> Result<String> {
    std::fs::create_dir_all(folder).map_err(|error| io(&error))?;
    let _lock = lock(folder)?;
    let (source, target) = (copy.join(FILE), folder.join(FILE));
    if target.exists() {
        return Err(StoreError::Conflict(format!("{} exists", target.display())));
    }
    if !source.exists() {
        return Err(StoreError::NotFound);
    }
    let part = folder.join("kefu.db.part");
    std::fs::copy(&source, &part).map_err(|error| io(&error))?;
    let mut connection = Connection::open(&part)?;
    let state: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if state != "ok" {
        return Err(StoreError::Corrupt(state));
    }
    schema::migrate(&mut connection, now, seed)?;
    let epoch = schema::begin_life(&connection, now, seed)?;
    connection
        .close()
        .map_err(|(_, error)| StoreError::from(error))?;
    keep(&part, &target)?;
    Ok(epoch)
}

/// Gives a closed store another epoch, after its files were put back by other means than
/// [`restore`]. Answers the epoch. `seed` is random.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none, [`StoreError::Unavailable`] if it is open.
pub fn new_life(folder: &Path, now: UnixMs, seed: u128) -> Result<String> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Err(StoreError::NotFound);
    }
    let _lock = lock(folder)?;
    let mut connection = connect(&path, true)?;
    schema::migrate(&mut connection, now, seed)?;
    schema::begin_life(&connection, now, seed)
}

/// Brings a finished file to the disk under its name.
fn keep(part: &Path, target: &Path) -> Result<()> {
    let kept = File::open(part)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(part, target))
        .and_then(|()| match target.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        });
    kept.map_err(|error| io(&error))
}

/// Copies the store of a folder into an empty one, also while another process has it open.
///
/// # Errors
/// [`StoreError::Conflict`] if there is a store already.
pub fn copy_of(folder: &Path, to: &Path) -> Result<()> {
    copy(&folder.join(FILE), to)
}

/// Writes a consistent and compact copy.
fn copy(source: &Path, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| io(&error))?;
    let (target, part) = (folder.join(FILE), folder.join("kefu.db.part"));
    if target.exists() {
        return Err(StoreError::Conflict(format!("{} exists", target.display())));
    }
    // Of an attempt that was cut off.
    let _ = std::fs::remove_file(&part);
    let connection = connect(source, false)?;
    connection.pragma_update(None, "query_only", false)?;
    // One statement, one snapshot.
    connection.execute("VACUUM INTO ?1", [part.to_string_lossy()])?;
    keep(&part, &target)
}

/// Reads every message of every conversation and compares.
pub(super) fn verify(path: &Path) -> Result<u64> {
    let connection = connect(path, false)?;
    let mut read = 0;
    let mut after = [0u8; 16];
    loop {
        // A snapshot for each portion: row and messages are compared as of one moment.
        let snapshot = connection.unchecked_transaction()?;
        let portion: Vec<([u8; 16], [u8; 16], u64, i64)> = snapshot
            .prepare_cached("SELECT id, brand, last_seq, chain FROM conversations WHERE id > ?1 ORDER BY id LIMIT ?2")?
            .query_map(params![after, CHECKED], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        let Some((last, ..)) = portion.last() else {
            break;
        };
        after = *last;
        for (id, brand, summed, chain) in portion {
            let id = ConversationId::from_bytes(id);
            let brand = BrandId::from_bytes(brand);
            read += verify_thread(&snapshot, id, brand, summed, chain.cast_unsigned())?;
        }
    }
    read += verify_unplaced(&connection)?;
    let state: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if state == "ok" {
        Ok(read)
    } else {
        Err(StoreError::Corrupt(state))
    }
}

/// Is there room for a few batches beside the store?
fn look_for_room(connection: &Connection) -> Result<()> {
    let store = Path::new(connection.path().unwrap_or_default());
    let room = store.with_extension("room");
    let written = std::fs::write(&room, vec![0; ROOM]);
    let removed = std::fs::remove_file(&room);
    written.and(removed).map_err(|error| io(&error))
}

/// Reads the messages that no thread has placed yet, and counts all: each is placed once, or waits.
fn verify_unplaced(connection: &Connection) -> Result<u64> {
    let snapshot = connection.unchecked_transaction()?;
    let stray: Option<i64> = snapshot.query_row(
        "SELECT min(m.id) FROM messages m LEFT JOIN conversations v ON v.id = m.conversation
         WHERE v.id IS NULL OR m.seq > v.last_seq AND m.id <= (SELECT upto FROM placed)",
        [],
        |row| row.get(0),
    )?;
    if let Some(row) = stray {
        return Err(StoreError::Corrupt(format!("message {row} has no place")));
    }
    let (all, placed): (u64, u64) = snapshot.query_row(
        "SELECT (SELECT count(*) FROM messages), (SELECT coalesce(sum(last_seq), 0) FROM conversations)",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let sql = format!(
        "SELECT {} FROM messages m JOIN conversations v ON v.id = m.conversation
         WHERE m.id > (SELECT upto FROM placed) AND m.seq > v.last_seq",
        rows::MESSAGE
    );
    let mut query = snapshot.prepare(&sql)?;
    let mut count = 0;
    for message in query.query_map([], rows::message)? {
        message?;
        count += 1;
    }
    if placed + count == all {
        Ok(count)
    } else {
        let strays = format!("{all} messages for {} places", placed + count);
        Err(StoreError::Corrupt(strays))
    }
}

/// Compares one conversation's row with its messages; answers how many there are.
fn verify_thread(
    connection: &Connection,
    id: ConversationId,
    brand: BrandId,
    summed: u64,
    stored: u64,
) -> Result<u64> {
    let corrupt = |what: String| Err(StoreError::Corrupt(what));
    let (mut chain, mut count) = (0, 0);
    loop {
        let range = Range {
            after: count,
            before: None,
            newest: false,
            limit: CHECKED,
        };
        // Compares each checksum, and that no number is left out.
        let some = reading::messages(connection, brand, id, &range, &Tail::NONE)?;
        for message in &some {
            count += 1;
            chain = rows::link(chain, id, message.seq, message.sent_at);
            if count == summed && chain != stored {
                return corrupt(format!("history of {id}"));
            }
        }
        if some.is_empty() {
            break;
        }
    }
    if count == summed {
        Ok(count)
    } else {
        corrupt(format!("{id} has {count} messages of {summed}"))
    }
}

impl Sqlite {
    /// Runs file work off the runtime's threads.
    async fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))?
    }

    /// Ends the writer in the way given, after what was accepted before: the queue is in order.
    pub(super) async fn end(&self, end: End) {
        // Whatever the answers are: the thread is waited for, also when nothing can be written.
        let _ = self.write(|_| Ok(())).await;
        self.closing
            .store(true, std::sync::atomic::Ordering::Release);
        let _ = self.end.set(end);
        let nudge = Box::new(Call::quiet(|_: &mut Writer| Ok(())));
        let _ = self.jobs.send(nudge).await;
        let mut threads = self.helpers.stop();
        threads.extend(self.writer.lock().take());
        let joined = self.beside(move || {
            for thread in threads {
                if thread.join().is_err() {
                    tracing::error!("a thread of the store panicked");
                }
            }
            Ok(())
        });
        let _ = joined.await;
    }
}

#[async_trait]
impl MaintenanceStore for Sqlite {
    fn epoch(&self) -> String {
        self.epoch.clone()
    }

    async fn verify(&self) -> Result<u64> {
        let path = self.path.clone();
        self.beside(move || verify(&path)).await
    }

    async fn backup(&self, folder: &Path) -> Result<()> {
        let (source, folder) = (self.path.clone(), folder.to_owned());
        self.beside(move || copy(&source, &folder)).await
    }

    async fn ready(&self) -> Result<()> {
        self.write(|writer| {
            if writer.full {
                // A row that is there already may find room where messages do not.
                look_for_room(&writer.connection)?;
                writer.full = false;
            }
            let touched = writer
                .connection
                .execute("UPDATE store SET created_at = created_at", []);
            writer.broke(touched).map(|_| ())
        })
        .await
    }

    async fn close(&self) {
        self.end(End::Tidy).await;
    }
}

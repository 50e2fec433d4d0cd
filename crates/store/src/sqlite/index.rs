//! The search index: a file of its own, filled behind the messages by a thread of its own.
//!
//! It follows the messages' row numbers, so what it costs does not depend on how many conversations
//! there are, and filing never waits for it. It holds nothing that the messages do not: if it is
//! damaged, or belongs to another life of the store, it is made anew.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use kefu_domain::{BrandId, Content};
use rusqlite::{Connection, params};

use super::{
    helper::{Helpers, Pause},
    search::{brand_word, grams},
};
use crate::{Result, StoreError};

/// Messages in one step: a few milliseconds.
const STEP: u32 = 128;
/// Between two looks for new messages.
const PAUSE: Duration = Duration::from_millis(300);
/// With so many jobs in the writer's last batch, the processor is left to it. What is filed meanwhile
/// is found when it has time again.
const BUSY: usize = 64;

const SCHEMA: &str = r#"
CREATE TABLE mark (epoch TEXT NOT NULL, upto INTEGER NOT NULL);
CREATE VIRTUAL TABLE grams USING fts5 (words, content = '', detail = none, tokenize = "unicode61 remove_diacritics 0");
"#;

/// The filling side of the index.
pub(super) struct Index {
    words: Connection,
    messages: Connection,
    upto: i64,
}

impl Index {
    /// Opens the index of a store, or makes it anew.
    pub(super) fn open(words: &Path, store: &Path, epoch: &str) -> Result<Self> {
        let (connection, upto) = match open(words, epoch) {
            Ok(opened) => opened,
            Err(error) => {
                tracing::warn!(%error, "the search index is made anew");
                for end in ["", "-wal", "-shm"] {
                    let mut name = words.as_os_str().to_owned();
                    name.push(end);
                    match std::fs::remove_file(Path::new(&name)) {
                        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                            return Err(super::io(&error));
                        }
                        _ => (),
                    }
                }
                open(words, epoch)?
            }
        };
        Ok(Self {
            words: connection,
            messages: super::connect(store, false)?,
            upto,
        })
    }

    /// Fills it until the store is closed.
    pub(super) fn start(mut self, helpers: &Helpers, pressure: Arc<AtomicUsize>) -> Result<()> {
        helpers.start("kefu-index", move |pause| self.run(&pause, &pressure))
    }

    fn run(&mut self, pause: &Pause, pressure: &AtomicUsize) {
        while !pause.over() {
            let began = Instant::now();
            let wait = if pressure.load(Ordering::Relaxed) >= BUSY {
                PAUSE
            } else {
                match self.step() {
                    // Half of a core at most, so that catching up is not felt.
                    Ok(STEP) => began.elapsed(),
                    Ok(_) => PAUSE,
                    Err(error) => {
                        tracing::warn!(%error, "the search index stands still");
                        PAUSE * 20
                    }
                }
            };
            pause.sleep(wait);
        }
    }

    /// Indexes some messages; answers how many it looked at.
    fn step(&mut self) -> Result<u32> {
        let mut query = self.messages.prepare_cached(
            "SELECT id, brand, content FROM messages WHERE id > ?1 ORDER BY id LIMIT ?2",
        )?;
        let mut rows = query.query(params![self.upto, STEP])?;
        let transaction = self.words.unchecked_transaction()?;
        let (mut seen, mut upto) = (0, self.upto);
        while let Some(row) = rows.next()? {
            seen += 1;
            upto = row.get(0)?;
            let content = row
                .get_ref(2)?
                .as_str()
                .map_err(|e| StoreError::Corrupt(e.to_string()));
            // A damaged message is found by who reads it; the index goes on.
            if let Ok(Ok(Content::Text(text))) = content.map(Content::from_json) {
                let mut words = grams(&text.content);
                words.push_str(&brand_word(BrandId::from_bytes(row.get(1)?)));
                transaction
                    .prepare_cached("INSERT INTO grams (rowid, words) VALUES (?1, ?2)")?
                    .execute(params![upto, words])?;
            }
        }
        if seen > 0 {
            transaction.execute("UPDATE mark SET upto = ?1", [upto])?;
        }
        transaction.commit()?;
        self.upto = upto;
        metrics::gauge!("kefu_store_indexed_upto").set(upto as f64);
        Ok(seen)
    }
}

/// The index's connection and how far it got.
fn open(words: &Path, epoch: &str) -> Result<(Connection, i64)> {
    let connection = super::connect(words, true)?;
    // A power cut may undo its last steps; they are then done again.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 1000)?;
    connection.pragma_update(None, "cache_size", -8192)?;
    let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == 0 {
        connection.execute_batch(&format!("BEGIN; {SCHEMA} PRAGMA user_version = 1; COMMIT;"))?;
        connection.execute("INSERT INTO mark (epoch, upto) VALUES (?1, 0)", [epoch])?;
    }
    let (life, upto): (String, i64) =
        connection.query_row("SELECT epoch, upto FROM mark", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    if version > 1 || life != epoch {
        return Err(StoreError::Conflict(
            "of another life, or a newer version".to_owned(),
        ));
    }
    Ok((connection, upto))
}

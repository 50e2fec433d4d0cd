//! A kept file that is read in pieces: whoever takes it slowly holds a piece of it, not the whole.
//!
//! Its bytes are compared with its hash when it is first opened, and again when it changed since.

use std::{
    collections::HashMap,
    fs::File,
    os::unix::fs::{FileExt, MetadataExt},
    sync::Arc,
};

use bytes::Bytes;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use crate::MediaError;

/// Bytes of a piece at most.
pub const PIECE: usize = 64 << 10;
/// Files remembered as unchanged; beyond so many all are forgotten, and compared once more.
const REMEMBERED: usize = 20_000;

/// How a file was when it was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

/// Files whose bytes were compared with their hash.
#[derive(Debug, Default)]
pub(crate) struct Compared(Mutex<HashMap<String, Stamp>>);

impl Compared {
    /// Opens the file and sees that it is what it was. Blocks.
    pub(crate) fn open(&self, place: &std::path::Path, hash: &str) -> Result<Kept, MediaError> {
        let file = File::open(place)?;
        let about = file.metadata()?;
        let stamp = Stamp {
            inode: about.ino(),
            length: about.len(),
            changed: (about.ctime(), about.ctime_nsec()),
        };
        let kept = Kept {
            file: Arc::new(file),
            length: stamp.length,
        };
        if self.0.lock().get(hash) == Some(&stamp) {
            return Ok(kept);
        }
        if kept.hash()? != hash {
            return Err(MediaError::Corrupt(hash.to_owned()));
        }
        let mut known = self.0.lock();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(hash.to_owned(), stamp);
        Ok(kept)
    }
}

/// An open file, whose bytes were those that were kept.
#[derive(Debug, Clone)]
pub struct Kept {
    file: Arc<File>,
    length: u64,
}

impl Kept {
    /// Its bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The bytes from here on: [`PIECE`] or `most`, whichever is less; fewer at the end.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn piece(&self, from: u64, most: u64) -> Result<Bytes, MediaError> {
        let kept = self.clone();
        tokio::task::spawn_blocking(move || kept.read(from, most))
            .await
            .map_err(|error| MediaError::Io(std::io::Error::other(error)))?
    }

    fn read(&self, from: u64, most: u64) -> Result<Bytes, MediaError> {
        let left = self.length.saturating_sub(from).min(most);
        let mut piece = vec![0; usize::try_from(left).map_or(PIECE, |left| left.min(PIECE))];
        self.file.read_exact_at(&mut piece, from)?;
        Ok(piece.into())
    }

    fn hash(&self) -> Result<String, MediaError> {
        let (mut hash, mut at) = (Sha256::new(), 0);
        while at < self.length {
            let piece = self.read(at, self.length)?;
            hash.update(&piece);
            at += piece.len() as u64;
        }
        Ok(crate::hex(&hash.finalize()))
    }
}

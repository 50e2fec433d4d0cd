#![doc = include_str!("../README.md")]

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::{Bytes, BytesMut};
use sha2::{Digest, Sha256};

mod kept;
mod picture;
mod runs;
mod sniff;
mod strip;
mod worker;

pub use kept::{Kept, PIECE};
pub use picture::shrink;
pub use runs::runs;
pub use sniff::{PIXELS, Sniffed, sniff};
pub use strip::strip;
pub use worker::{Job, Workers};

/// Bytes of a file at most, wherever it comes from: as many as the most generous platform takes.
pub const FILE_BYTES: usize = 30 << 20;

/// Why a file was not kept or read.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// No room.
    #[error("no space left")]
    NoSpace,
    /// The stored bytes are not those that were kept.
    #[error("corrupt file {0}")]
    Corrupt(String),
    /// The disk refused.
    #[error(transparent)]
    Io(std::io::Error),
}

impl From<std::io::Error> for MediaError {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::StorageFull {
            Self::NoSpace
        } else {
            Self::Io(error)
        }
    }
}

/// A folder of files.
#[derive(Debug, Clone)]
pub struct Media {
    root: PathBuf,
    workers: Workers,
    compared: Arc<kept::Compared>,
}

impl Media {
    /// Files in this folder.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn open(root: &Path) -> Result<Self, MediaError> {
        std::fs::create_dir_all(root)?;
        Ok(Self {
            root: root.to_owned(),
            workers: Workers::default(),
            compared: Arc::default(),
        })
    }

    /// The same folder, with these workers; without any, files stay as they are.
    #[must_use]
    pub fn with(self, workers: Workers) -> Self {
        Self { workers, ..self }
    }

    /// What a job makes of a kept file: its hash and its bytes. Made once and kept; nothing if the
    /// file is not here, or the job cannot be done.
    ///
    /// # Errors
    /// As [`Media::put`] and [`Media::get`].
    pub async fn derive(
        &self,
        hash: &str,
        job: Job,
    ) -> Result<Option<(String, Bytes)>, MediaError> {
        let Some(place) = self.place(hash) else {
            return Ok(None);
        };
        let note = place.with_extension(job.name());
        if let Ok(made) = tokio::fs::read_to_string(&note).await
            && let Some(bytes) = self.get(&made).await?
        {
            return Ok(Some((made, bytes)));
        }
        let Some(bytes) = self.get(hash).await? else {
            return Ok(None);
        };
        let Some(bytes) = self.workers.run(job, bytes).await else {
            return Ok(None);
        };
        let made = self.put(bytes.clone()).await?;
        // A torn note names no file, and is written anew.
        tokio::fs::write(&note, &made).await?;
        Ok(Some((made, bytes)))
    }

    fn place(&self, hash: &str) -> Option<PathBuf> {
        let plain = hash.len() == 64
            && hash
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        plain.then(|| self.root.join(&hash[..2]).join(hash))
    }

    /// Keeps bytes; answers their hash. Durable when it returns.
    ///
    /// # Errors
    /// [`MediaError::NoSpace`], or what the disk says.
    pub async fn put(&self, bytes: Bytes) -> Result<String, MediaError> {
        let media = self.clone();
        tokio::task::spawn_blocking(move || media.write(&bytes))
            .await
            .map_err(|error| MediaError::Io(std::io::Error::other(error)))?
    }

    fn write(&self, bytes: &[u8]) -> Result<String, MediaError> {
        let hash = hex(&Sha256::digest(bytes));
        let Some(place) = self.place(&hash) else {
            return Err(MediaError::Corrupt(hash));
        };
        if place.exists() {
            return Ok(hash);
        }
        let folder = place.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&place).map_err(|error| error.error)?;
        // The name must survive a power cut too.
        std::fs::File::open(folder)?.sync_all()?;
        Ok(hash)
    }

    /// Removes bytes and the notes beside them; answers the hashes of what workers made of them, which
    /// may go too if nobody else has them. What is not here is gone already.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn remove(&self, hash: &str) -> Result<Vec<String>, MediaError> {
        let Some(place) = self.place(hash) else {
            return Ok(Vec::new());
        };
        tokio::task::spawn_blocking(move || erase(&place))
            .await
            .map_err(|error| MediaError::Io(std::io::Error::other(error)))?
    }

    /// Reads kept bytes and compares their hash; `None` if they are not here.
    ///
    /// # Errors
    /// [`MediaError::Corrupt`] if they changed.
    pub async fn get(&self, hash: &str) -> Result<Option<Bytes>, MediaError> {
        let Some(kept) = self.kept(hash).await? else {
            return Ok(None);
        };
        let mut bytes = BytesMut::new();
        while (bytes.len() as u64) < kept.length() {
            bytes.extend_from_slice(&kept.piece(bytes.len() as u64, kept.length()).await?);
        }
        Ok(Some(bytes.freeze()))
    }

    /// Opens kept bytes, to be read in pieces; `None` if they are not here.
    ///
    /// # Errors
    /// [`MediaError::Corrupt`] if they changed.
    pub async fn kept(&self, hash: &str) -> Result<Option<Kept>, MediaError> {
        let Some(place) = self.place(hash) else {
            return Ok(None);
        };
        let (compared, hash) = (Arc::clone(&self.compared), hash.to_owned());
        let opened = tokio::task::spawn_blocking(move || compared.open(&place, &hash)).await;
        match opened.map_err(|error| MediaError::Io(std::io::Error::other(error)))? {
            Ok(kept) => Ok(Some(kept)),
            Err(MediaError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Removes a file, then the notes beside it: without it they say nothing.
fn erase(place: &Path) -> Result<Vec<String>, MediaError> {
    let gone = |result: std::io::Result<()>| match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    gone(std::fs::remove_file(place))?;
    let (Some(folder), Some(name)) = (place.parent(), place.file_name()) else {
        return Ok(Vec::new());
    };
    let mut made = Vec::new();
    let beside = match std::fs::read_dir(folder) {
        Ok(beside) => beside,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(made),
        Err(error) => return Err(error.into()),
    };
    for entry in beside {
        let note = entry?.path();
        if note.file_stem() == Some(name) && note.extension().is_some() {
            made.extend(std::fs::read_to_string(&note));
            gone(std::fs::remove_file(&note))?;
        }
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_same_bytes_are_kept_once_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let media = Media::open(folder.path()).unwrap();
        let hash = media.put(Bytes::from_static(b"tea")).await.unwrap();
        assert_eq!(media.put(Bytes::from_static(b"tea")).await.unwrap(), hash);
        assert_eq!(media.get(&hash).await.unwrap().unwrap(), "tea");
        assert!(media.get("../../etc/passwd").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn what_a_worker_made_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let counter = folder.path().join("counter");
        let script = format!("echo x >> {}; tr a-z A-Z", counter.display());
        let workers = Workers::of("/bin/sh".into(), &["-c", &script]);
        let media = Media::open(&folder.path().join("media")).unwrap();
        let hash = media.put(Bytes::from_static(b"tea")).await.unwrap();
        assert!(media.derive(&hash, Job::Playable).await.unwrap().is_none());
        let media = media.with(workers);
        for _ in 0..2 {
            let (made, bytes) = media.derive(&hash, Job::Playable).await.unwrap().unwrap();
            assert_eq!(bytes, "TEA");
            assert_eq!(media.get(&made).await.unwrap().unwrap(), "TEA");
        }
        assert_eq!(std::fs::read_to_string(counter).unwrap(), "x\n");
        assert_eq!(media.get(&hash).await.unwrap().unwrap(), "tea");
    }

    #[tokio::test]
    async fn what_is_removed_is_gone_with_its_notes() {
        let folder = tempfile::tempdir().unwrap();
        let workers = Workers::of("/bin/sh".into(), &["-c", "tr a-z A-Z"]);
        let media = Media::open(folder.path()).unwrap().with(workers);
        let hash = media.put(Bytes::from_static(b"tea")).await.unwrap();
        let (made, _) = media.derive(&hash, Job::Playable).await.unwrap().unwrap();
        let beside = media.remove(&hash).await.unwrap();
        assert_eq!(beside, std::slice::from_ref(&made));
        assert_eq!(media.remove(&made).await.unwrap(), [""; 0]);
        for gone in [hash.as_str(), &made, "../../etc/passwd"] {
            assert!(media.get(gone).await.unwrap().is_none());
            assert_eq!(media.remove(gone).await.unwrap(), [""; 0]);
        }
        let files = |place: std::fs::DirEntry| std::fs::read_dir(place.path()).unwrap().count();
        let folders = std::fs::read_dir(folder.path()).unwrap();
        assert_eq!(folders.map(|place| files(place.unwrap())).sum::<usize>(), 0);
    }

    #[tokio::test]
    async fn changed_bytes_are_refused_even_after_they_were_read() {
        let folder = tempfile::tempdir().unwrap();
        let media = Media::open(folder.path()).unwrap();
        let hash = media.put(Bytes::from_static(b"tea")).await.unwrap();
        assert_eq!(media.get(&hash).await.unwrap().unwrap(), "tea");
        std::fs::write(folder.path().join(&hash[..2]).join(&hash), "ink").unwrap();
        assert!(matches!(
            media.get(&hash).await,
            Err(MediaError::Corrupt(_))
        ));
    }

    #[tokio::test]
    async fn a_file_is_read_in_pieces_from_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let media = Media::open(folder.path()).unwrap();
        let bytes: Vec<u8> = (0..PIECE * 2 + 5).map(|n| (n % 251) as u8).collect();
        let hash = media.put(bytes.clone().into()).await.unwrap();
        let kept = media.kept(&hash).await.unwrap().unwrap();
        assert_eq!(kept.length(), bytes.len() as u64);
        for (from, most, got) in [
            (0, u64::MAX, 0..PIECE),
            (7, 3, 7..10),
            (PIECE as u64 * 2, 100, PIECE * 2..PIECE * 2 + 5),
        ] {
            assert_eq!(kept.piece(from, most).await.unwrap(), bytes[got]);
        }
        assert_eq!(kept.piece(bytes.len() as u64, 9).await.unwrap(), "");
    }
}

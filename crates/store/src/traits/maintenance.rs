//! The store as a whole, and the rows of its files.

use async_trait::async_trait;
use kefu_domain::{BrandId, MediaId, UnixMs};

use crate::{MediaRow, Result};

/// Files' rows; the bytes lie elsewhere.
#[async_trait]
pub trait MediaStore: Send + Sync {
    /// Keeps a row.
    async fn put_media(&self, row: MediaRow) -> Result<()>;
    /// One row.
    async fn media(&self, brand: BrandId, id: MediaId) -> Result<MediaRow>;
    /// A message names this file from now on: it stays.
    async fn name_media(&self, brand: BrandId, id: MediaId) -> Result<()>;
    /// Removes rows of before then that nothing names, `limit` at most; answers their hashes.
    async fn forget_media(&self, before: UnixMs, limit: u32) -> Result<Vec<String>>;
    /// Those of these hashes that no row of any brand has, each once: their bytes may go.
    async fn unowned(&self, hashes: Vec<String>) -> Result<Vec<String>>;
}

/// The store as a whole.
#[async_trait]
pub trait MaintenanceStore: Send + Sync {
    /// The life of this store; another one after a restore.
    fn epoch(&self) -> String;
    /// Reads every message and compares checksums, counts and running hashes; answers how many
    /// messages were read.
    async fn verify(&self) -> Result<u64>;
    /// Writes a consistent copy into an empty folder.
    async fn backup(&self, folder: &std::path::Path) -> Result<()>;
    /// Is it writable now?
    async fn ready(&self) -> Result<()>;
    /// Writes what is pending and closes; nothing is accepted after.
    async fn close(&self);
}

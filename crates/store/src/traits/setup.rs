//! A brand's set-up.

use async_trait::async_trait;
use kefu_domain::BrandId;

use crate::{Put, RawRow, Result};

/// A brand's set-up: few rows, read whole, changed by administrators.
#[async_trait]
pub trait SetupStore: Send + Sync {
    /// All brands.
    async fn brands(&self) -> Result<Vec<BrandId>>;
    /// All rows of a brand.
    async fn setup(&self, brand: BrandId) -> Result<Vec<RawRow>>;
    /// Writes or deletes a row; answers its new `rev`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`](crate::StoreError::Conflict) if its key is taken or its `rev` is
    /// another one.
    async fn put(&self, put: Put) -> Result<u64>;
    /// Writes or deletes several rows at once, all of them or none; answers their new `rev`s.
    ///
    /// # Errors
    /// As [`SetupStore::put`]; also if a row, or a key, is there twice.
    async fn put_all(&self, puts: Vec<Put>) -> Result<Vec<u64>>;
}

//! Rows of a brand's set-up, with their entries as JSON.

use kefu_domain::{BrandId, UnixMs, setup::Entry, setup::Row};

use crate::{Result, StoreError};

/// A set-up row with its entry still as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRow {
    /// The kind, [`Entry::KIND`].
    pub kind: String,
    /// Its id.
    pub id: u128,
    /// The entry.
    pub body: String,
    /// Grows with each change.
    pub rev: u64,
    /// When it was made.
    pub created_at: UnixMs,
}

/// A change of set-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// The tenant.
    pub brand: BrandId,
    /// The kind.
    pub kind: &'static str,
    /// The row.
    pub id: u128,
    /// Must be unique for the kind in the brand.
    pub key: Option<String>,
    /// The entry as JSON; `None` deletes.
    pub body: Option<String>,
    /// The `rev` it was read at; another one stored is a conflict. `None`: whatever is there.
    pub expected_rev: Option<u64>,
    /// Now.
    pub at: UnixMs,
}

impl Put {
    /// Writes an entry.
    pub fn entry<T: Entry>(
        brand: BrandId,
        entry: &T,
        expected_rev: Option<u64>,
        at: UnixMs,
    ) -> Self {
        Self {
            brand,
            kind: T::KIND,
            id: entry.raw_id(),
            key: entry.key(),
            // Plain data into a string cannot fail.
            body: Some(serde_json::to_string(entry).unwrap_or_default()),
            expected_rev,
            at,
        }
    }
}

/// Reads one entry of a raw row.
///
/// # Errors
/// [`StoreError::Corrupt`] if the body is not one.
pub fn read_row<T: Entry>(raw: &RawRow) -> Result<Row<T>> {
    let entry = serde_json::from_str(&raw.body)
        .map_err(|error| StoreError::Corrupt(format!("{} {error}", raw.kind)))?;
    Ok(Row {
        entry,
        rev: raw.rev,
        created_at: raw.created_at,
    })
}

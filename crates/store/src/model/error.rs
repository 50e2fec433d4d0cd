//! Why a call to the store comes to nothing.

use kefu_domain::{credit::Closed, session::Refusal};

/// Why the store did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No such row for this brand.
    #[error("not found")]
    NotFound,
    /// The rules say no; nothing changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The agent's limit is reached.
    #[error("the reception limit is reached")]
    AtCapacity,
    /// The customer wrote after what the author had seen.
    #[error("the thread moved on to {0}")]
    ThreadMoved(u64),
    /// The client message id was used for other content.
    #[error("the id was used for other content")]
    IdempotencyConflict,
    /// The send window is closed.
    #[error(transparent)]
    Window(#[from] Closed),
    /// The customer is blocked.
    #[error("the customer is blocked")]
    Blocked,
    /// A unique name is taken, or the row changed since it was read.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The way out changed while the message was prepared: prepare it again.
    #[error("the entry point changed")]
    EntryMoved,
    /// The store cannot take it now: nothing is stored, or the outcome is unknown. Repeat with the
    /// same id.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// No room on the disk.
    #[error("no space left")]
    NoSpace,
    /// A stored row does not match its checksum.
    #[error("corrupt: {0}")]
    Corrupt(String),
}

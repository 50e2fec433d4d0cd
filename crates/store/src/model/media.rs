//! A stored file.

use kefu_domain::{BrandId, ConversationId, MediaId, UnixMs};

/// A stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRow {
    /// Its id.
    pub id: MediaId,
    /// The tenant.
    pub brand: BrandId,
    /// The thread it may be seen in; `None`: brand-wide (avatars, codes).
    pub conversation: Option<ConversationId>,
    /// Content hash, hex SHA-256.
    pub hash: String,
    /// As named.
    pub name: String,
    /// Sniffed.
    pub mime: String,
    /// Bytes.
    pub size: u64,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
    /// When.
    pub created_at: UnixMs,
    /// It stays. What is not named is removed after a while: see [`crate::MediaStore::forget_media`].
    pub named: bool,
}

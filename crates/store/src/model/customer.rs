//! A person, as each door knows them and with what agents wrote about them.

use kefu_domain::{AgentId, CustomerId, EntryPointId, IdentityId, UnixMs};

use super::CustomerCard;

/// A person as stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Customer {
    /// The card.
    pub card: CustomerCard,
    /// Words on them.
    pub tags: Vec<String>,
    /// What agents call them.
    pub remark: String,
    /// Phone.
    pub phone: String,
    /// Facts by name, as JSON.
    pub attributes: String,
    /// Facts that the brand signed, as JSON; they stand before others of the same name.
    pub signed: String,
    /// First contact.
    pub created_at: UnixMs,
    /// Grows with each change.
    pub rev: u64,
}

/// What a platform calls a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called {
    /// By their name.
    Name(String),
    /// By something that tells them from others, because it does not tell names: for who has none yet.
    Guest(String),
}

/// A person as one entry point knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// The person.
    pub customer: CustomerId,
    /// The door.
    pub entry_point: EntryPointId,
    /// `visitor`, `signed`, `external_userid`, `unionid`, …
    pub kind: String,
    /// What they are called there.
    pub value: String,
    /// Why we believe it, as JSON.
    pub evidence: String,
    /// When it was linked.
    pub created_at: UnixMs,
}

/// A note on a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerNote {
    /// Number.
    pub id: i64,
    /// Author.
    pub agent: Option<AgentId>,
    /// Words.
    pub text: String,
    /// When.
    pub created_at: UnixMs,
}

//! Who comes in: visitors with their tokens, agents with their sign-ins and states.

use kefu_domain::{
    AgentId, BrandId, ConversationId, CustomerId, EntryPointId, IdentityId, KfAccountId, Source,
    UnixMs, routing::Availability,
};

use super::Fresh;

/// A visitor opens our door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitorOpen {
    /// The tenant.
    pub brand: BrandId,
    /// The face.
    pub kf_account: KfAccountId,
    /// The door.
    pub entry_point: EntryPointId,
    /// SHA-256 of the token that they get.
    pub token_hash: [u8; 32],
    /// When it lapses.
    pub expires_at: UnixMs,
    /// Proven by the brand: `sub` of a signed identity.
    pub signed: Option<String>,
    /// Signed too: the platform's id of this person over all of the brand's doors there, with an id
    /// for the identity that it becomes. If it is another customer's already, the two stay apart.
    pub unionid: Option<(IdentityId, String)>,
    /// The token they came with, if it is to be replaced by a new one: its hash.
    pub previous: Option<[u8; 32]>,
    /// Shown, if new or better known now.
    pub name: String,
    /// The name comes from the brand and replaces another.
    pub name_is_proven: bool,
    /// What they speak.
    pub language: Option<String>,
    /// Where they are.
    pub source: Option<Source>,
    /// Ids for what has to be made.
    pub fresh: Fresh,
    /// Now.
    pub at: UnixMs,
}

/// Who stands behind a visitor's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visitor {
    /// The tenant.
    pub brand: BrandId,
    /// The door.
    pub entry_point: EntryPointId,
    /// The identity.
    pub identity: IdentityId,
    /// The thread.
    pub conversation: ConversationId,
    /// The person.
    pub customer: CustomerId,
}

/// An agent's sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The tenant.
    pub brand: BrandId,
    /// Who.
    pub agent: AgentId,
    /// When it lapses.
    pub expires_at: UnixMs,
}

/// What an agent said about themselves last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentState {
    /// Who.
    pub agent: AgentId,
    /// Takes customers or not.
    pub availability: Availability,
    /// Of a break.
    pub reason: String,
    /// Since when.
    pub since_at: UnixMs,
}

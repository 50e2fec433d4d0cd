//! A customer's message, or their entering, on its way into the store.

use kefu_domain::{
    BrandId, Content, ConversationId, CustomerId, EntryPointId, IdentityId, KfAccountId, SessionId,
    Source, TeamId, UnixMs, credit::Grant,
};

/// Who wrote to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// Someone who came through a door of ours and has a conversation already.
    Known {
        /// The conversation.
        conversation: ConversationId,
        /// The identity, which is the scope of client message ids.
        identity: IdentityId,
    },
    /// A user of a platform: found, or made with these ids.
    Upstream {
        /// The face they wrote to.
        kf_account: KfAccountId,
        /// What the platform calls them.
        address: String,
        /// Ids for what has to be made.
        fresh: Fresh,
    },
}

/// Ids for a customer that may have to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fresh {
    /// The person.
    pub customer: CustomerId,
    /// The person as this door knows them.
    pub identity: IdentityId,
    /// Their thread.
    pub conversation: ConversationId,
}

/// How a session is opened, if the message needs one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// Its id.
    pub session: SessionId,
    /// Into this team's queue, also if the open session is not in a queue yet; `None`: stay in
    /// state 0.
    pub queue: Option<TeamId>,
}

/// A customer's message on its way in.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbound {
    /// The tenant.
    pub brand: BrandId,
    /// The door.
    pub entry_point: EntryPointId,
    /// Who.
    pub party: Party,
    /// The sender's id for it, unique per identity (our doors) or entry point (platforms).
    pub key: String,
    /// What they say.
    pub content: Content,
    /// Now.
    pub at: UnixMs,
    /// What it grants, and since when.
    pub grant: Option<(Grant, UnixMs)>,
    /// What if there is no open session.
    pub opening: Opening,
}

/// What a source says of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribution {
    /// They came in by it: this is where they came from now.
    Came,
    /// They looked at it on the way: a footstep, and where they came from only if nothing is known.
    Looked,
    /// More of a way of this kind: kept if it is the one that they came by.
    Learnt,
}

impl Attribution {
    /// Where they came from now; `None`: as it was.
    #[must_use]
    pub fn after(self, before: Option<&Source>, told: Source) -> Option<Source> {
        match (self, before) {
            (Self::Came, _) | (Self::Looked, None) => Some(told),
            (Self::Learnt, Some(before)) if before.kind == told.kind => Some(Source {
                at: before.at,
                ..told
            }),
            (Self::Looked | Self::Learnt, _) => None,
        }
    }
}

/// A customer entered: attribution, and perhaps leave to speak.
#[derive(Debug, Clone, PartialEq)]
pub struct Enter {
    /// The tenant.
    pub brand: BrandId,
    /// The door.
    pub entry_point: EntryPointId,
    /// Who.
    pub party: Party,
    /// The platform's id of it; the same again changes nothing.
    pub key: String,
    /// From where.
    pub source: Source,
    /// What that says of them.
    pub attribution: Attribution,
    /// The hash of the one-time code they bring: whose visitor they were.
    pub carried: Option<[u8; 32]>,
    /// What entering grants, and since when.
    pub grant: Option<(Grant, UnixMs)>,
    /// Now.
    pub at: UnixMs,
}

/// A message was filed, or had been before; for an [`Enter`] there is none, and `seq` is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filed {
    /// Where.
    pub conversation: ConversationId,
    /// Its number.
    pub seq: u64,
    /// When it was filed.
    pub sent_at: UnixMs,
    /// It was there already.
    pub duplicate: bool,
}

//! Open: a visitor comes through a door of ours.

use kefu_domain::{
    ConversationId, CustomerId, EntryPointId, IdentityId, Source, UnixMs,
    setup::{EntryPoint, KfAccount},
};
use kefu_store::{Conversation, CustomerCard, Fresh, Visitor, VisitorOpen};
use std::sync::Arc;

use crate::{Error, Reception, Result, Setup};

/// A visitor's token lasts so long without use.
const TOKEN_MS: UnixMs = 180 * 86_400_000;

/// What a visitor brings.
#[derive(Debug, Clone, Default)]
pub struct VisitorRequest {
    /// The door.
    pub entry_point: EntryPointId,
    /// The hash of the token they had.
    pub previous: Option<[u8; 32]>,
    /// The brand's word for who they are.
    pub signed: Option<Signed>,
    /// Where they are.
    pub source: Option<Source>,
    /// What they speak.
    pub language: Option<String>,
}

/// What a brand signed of its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Its id of them.
    pub sub: String,
    /// Shown.
    pub name: Option<String>,
    /// The platform's id of them over all of the brand's doors there.
    pub unionid: Option<String>,
}

/// A visitor who came in.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Who.
    pub visitor: Visitor,
    /// Their thread.
    pub conversation: Arc<Conversation>,
    /// When the token lapses.
    pub expires_at: UnixMs,
    /// The brand.
    pub setup: Arc<Setup>,
    /// The face.
    pub account: KfAccount,
    /// The door.
    pub door: EntryPoint,
}

impl Reception {
    /// Lets a visitor in; `token_hash` is the hash of the token they will get.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a door that is not there, [`Error::TokenInvalid`] if the token they
    /// had is unknown, [`Error::Forbidden`] if the door is paused.
    pub async fn open(&self, request: VisitorRequest, token_hash: [u8; 32]) -> Result<Opened> {
        let brand = self
            .directory
            .brand_of_door(request.entry_point)
            .ok_or(Error::NotFound)?;
        let setup = self.directory.brand(brand)?;
        let door = setup.entry_point(request.entry_point)?.clone();
        if door.paused {
            return Err(Error::Forbidden);
        }
        let outside = self
            .channels
            .get(&door.channel)
            .is_none_or(|channel| channel.capabilities().outside);
        if outside {
            return Err(Error::NotFound);
        }
        let account = setup.kf_account(door.kf_account)?.clone();
        let now = self.now();
        let before = match request.previous {
            None => None,
            Some(hash) => {
                let known = self.store.visitor(hash, now).await?;
                let known = known.filter(|visitor| visitor.brand == brand);
                Some(known.ok_or(Error::TokenInvalid)?)
            }
        };
        let fresh = Fresh {
            customer: CustomerId(self.ids.mint()),
            identity: IdentityId(self.ids.mint()),
            conversation: ConversationId(self.ids.mint()),
        };
        let (signed, proven, unionid) = match request.signed {
            Some(signed) => (Some(signed.sub), signed.name, signed.unionid),
            None => (None, None, None),
        };
        let unionid = unionid.map(|value| (IdentityId(self.ids.mint()), value));
        let visitor = self
            .store
            .open_visitor(VisitorOpen {
                brand,
                kf_account: account.id,
                entry_point: door.id,
                token_hash,
                expires_at: now + TOKEN_MS,
                signed,
                unionid,
                previous: request.previous,
                name_is_proven: proven.is_some(),
                name: proven.unwrap_or_else(|| guest_name(fresh.customer)),
                language: request.language,
                source: request.source,
                fresh,
                at: now,
            })
            .await?;
        if let Some(before) = before {
            self.bring_along(&before, &visitor, &account).await?;
        }
        let conversation = self.store.conversation(brand, visitor.conversation).await?;
        Ok(Opened {
            visitor,
            conversation,
            expires_at: now + TOKEN_MS,
            setup,
            account,
            door,
        })
    }
}

/// Has this customer no name but the one that they got as a guest?
#[must_use]
pub fn is_guest(card: &CustomerCard) -> bool {
    card.name == guest_name(card.id)
}

/// A name by which agents can tell guests apart.
fn guest_name(id: CustomerId) -> String {
    let text = id.to_string();
    format!("访客 {}", &text[text.len() - 4..])
}

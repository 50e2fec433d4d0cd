//! File: a customer's message becomes part of their conversation.

use kefu_domain::{BrandId, Content, KfAccountId, SessionId, UnixMs, setup::KfAccount};
use kefu_store::{Filed, Fresh, Inbound, Opening, Party, Visitor};

use crate::{Error, Reception, Result, Setup, ask_human};

/// A visitor's message as a door understood it.
#[derive(Debug, Clone, PartialEq)]
pub struct Incoming {
    /// Who.
    pub visitor: Visitor,
    /// Their id for it.
    pub client_msg_id: String,
    /// What.
    pub content: Content,
}

/// Is this a client message id?
pub(crate) fn check_key(key: &str) -> Result<()> {
    let good = (1..=64).contains(&key.len())
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if good {
        Ok(())
    } else {
        Err(Error::Bad(
            "client_msg_id: 1-64 characters of [A-Za-z0-9_-]".to_owned(),
        ))
    }
}

impl Reception {
    /// Files a visitor's message. When it returns, it is on disk, once, in order.
    ///
    /// # Errors
    /// [`Error::Bad`], [`Error::TooLarge`], [`Error::NotSendable`], [`Error::Blocked`],
    /// [`Error::IdempotencyConflict`], [`Error::Unavailable`].
    pub async fn file(&self, incoming: Incoming) -> Result<Filed> {
        check_key(&incoming.client_msg_id)?;
        incoming.content.check_incoming()?;
        let Incoming {
            visitor,
            client_msg_id,
            content,
        } = incoming;
        let setup = self.directory.brand(visitor.brand)?;
        let door = setup.entry_point(visitor.entry_point)?;
        let account = setup.kf_account(door.kf_account)?;
        let content = self.own_file(&visitor, content).await?;
        let content = self
            .quoting(visitor.brand, visitor.conversation, content)
            .await?;
        let capabilities = self.capabilities(visitor.brand, visitor.entry_point)?;
        let now = self.now();
        let mut opening = self.opening(visitor.brand, account, now);
        // Whoever asks for a human is queued by the same transaction, at any hour.
        if ask_human::asks(account, &content) {
            opening.queue = account
                .team_id
                .filter(|_| self.has_room(visitor.brand, account));
        }
        let party = Party::Known {
            conversation: visitor.conversation,
            identity: visitor.identity,
        };
        let filed = self
            .store
            .file(Inbound {
                brand: visitor.brand,
                entry_point: visitor.entry_point,
                party,
                key: client_msg_id,
                content,
                at: now,
                grant: capabilities.credits.map(|grant| (grant, now)),
                opening,
            })
            .await?;
        if !filed.duplicate {
            metrics::counter!("kefu_filed_total").increment(1);
        }
        Ok(filed)
    }

    /// How a session of this account opens now: into the queue; outside hours, or when the queue is
    /// full, into state 0.
    pub(crate) fn opening(&self, brand: BrandId, account: &KfAccount, now: UnixMs) -> Opening {
        Opening {
            session: SessionId(self.ids.mint()),
            queue: account.team_id.filter(|_| self.takes(brand, account, now)),
        }
    }

    /// Are customers queued now?
    pub(crate) fn takes(&self, brand: BrandId, account: &KfAccount, now: UnixMs) -> bool {
        account.hours.open(now) && self.has_room(brand, account)
    }

    /// Is there room in the queue of this account?
    pub(crate) fn has_room(&self, brand: BrandId, account: &KfAccount) -> bool {
        self.floor.brand(brand).waiting_at(account.id) < account.rules.max_waiting
    }

    /// A file must be one that this visitor uploaded; its facts come from us, and what it is with them.
    async fn own_file(&self, visitor: &Visitor, content: Content) -> Result<Content> {
        let Some(file) = content.file() else {
            return Ok(content);
        };
        let whose = Some(visitor.conversation);
        let known = self.known_file(visitor.brand, &file.media_id, whose);
        let known = known.await?;
        Ok(content.with_file(known))
    }

    /// A platform's user who may be new here, and how a session of theirs opens.
    pub(crate) fn stranger(
        &self,
        setup: &Setup,
        kf_account: KfAccountId,
        address: String,
    ) -> Result<(Party, Opening)> {
        let account = setup.kf_account(kf_account)?;
        let fresh = Fresh {
            customer: kefu_domain::CustomerId(self.ids.mint()),
            identity: kefu_domain::IdentityId(self.ids.mint()),
            conversation: kefu_domain::ConversationId(self.ids.mint()),
        };
        Ok((
            Party::Upstream {
                kf_account,
                address,
                fresh,
            },
            self.opening(setup.brand.entry.id, account, self.now()),
        ))
    }

    /// "In the queue", "leave a message": said once per session, after it was opened.
    pub(crate) async fn say_opened(&self, conversation: &kefu_store::Conversation) {
        let Some(session) = &conversation.session else {
            return;
        };
        let Ok(setup) = self.directory.brand(conversation.brand) else {
            return;
        };
        let Ok(account) = setup.kf_account(session.kf_account) else {
            return;
        };
        let Ok(way) = self.way(conversation.brand, conversation.entry_point) else {
            return;
        };
        let live = self
            .capabilities(conversation.brand, conversation.entry_point)
            .is_ok_and(|capabilities| capabilities.live_status);
        let closed = session.team.is_none() && session.state == kefu_domain::ServiceState::New;
        if closed {
            let key = format!("off-{}", session.id);
            let text = if account.hours.open(self.now()) {
                &account.texts.full
            } else {
                &account.texts.off_hours
            };
            if !text.trim().is_empty() {
                self.tell(
                    conversation.brand,
                    conversation.id,
                    key,
                    Content::text(text),
                    way,
                )
                .await;
            }
            return;
        }
        // Our own surfaces show the place live; a platform's customer is told once, if they wait.
        if live || session.state != kefu_domain::ServiceState::Waiting {
            return;
        }
        let Some(team) = session.team else { return };
        let place = self.place(conversation.brand, team, session.id).await;
        let free = || {
            self.floor
                .brand(conversation.brand)
                .someone_free(&setup, team)
        };
        let Some(place) = place.filter(|place| place.ahead > 0 || !free()) else {
            return;
        };
        let notice = match place.ahead {
            0 => &account.texts.queue_next,
            _ => &account.texts.queue,
        };
        let text = fill(notice, place.ahead, place.minutes());
        if !text.trim().is_empty() {
            self.tell(
                conversation.brand,
                conversation.id,
                format!("queue-{}", session.id),
                Content::text(text),
                way,
            )
            .await;
        }
    }
}

/// Fills `{place}` and `{minutes}`.
pub(crate) fn fill(text: &str, place: u64, minutes: u64) -> String {
    text.replace("{place}", &place.to_string())
        .replace("{minutes}", &minutes.to_string())
}

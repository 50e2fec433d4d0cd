//! Ask for a human: in words, by a menu item, by a button. A bot never traps a customer.

use kefu_domain::{
    BrandId, Content, ConversationId, OutboxId, ServiceState, SessionId, UnixMs,
    content::{Event, Text},
    session::{Command, Reason},
    setup::KfAccount,
};
use kefu_store::{Act, Say, Visitor};

use crate::{Error, Incoming, Reception, Result, say};

/// What is said by the button where the account has no words for it.
const HUMAN: &str = "转人工";

/// Do these words ask for a human?
pub(crate) fn asks(account: &KfAccount, content: &Content) -> bool {
    let Content::Text(text) = content else {
        return false;
    };
    let words = text.content.trim();
    text.menu_id.as_deref() == Some("human")
        || account
            .rules
            .ask_human_words
            .iter()
            .any(|one| lower(one).eq(lower(words)))
}

/// Asked of every message: nearly every one differs in its first character.
fn lower(words: &str) -> impl Iterator<Item = char> {
    words.chars().flat_map(char::to_lowercase)
}

impl Reception {
    /// The customer pressed the button. If nothing is open, it is their first word.
    ///
    /// # Errors
    /// As of [`Reception::file`]; [`Error::Conflict`] if the queue is full.
    pub async fn ask_human(&self, visitor: &Visitor) -> Result<()> {
        let (brand, conversation) = (visitor.brand, visitor.conversation);
        match self.enqueue(brand, conversation, Some("asked_human")).await {
            Err(Error::Ended) => (),
            asked => return asked,
        }
        let setup = self.directory.brand(brand)?;
        let account = setup.entry_point(visitor.entry_point)?.kf_account;
        let words = setup.kf_account(account)?.rules.ask_human_words.first();
        let content = Content::Text(Text {
            content: words.map_or(HUMAN, String::as_str).to_owned(),
            menu_id: Some("human".to_owned()),
            quote: None,
        });
        let filed = self
            .file(Incoming {
                visitor: *visitor,
                client_msg_id: format!("human-{}", OutboxId(self.ids.mint())),
                content,
            })
            .await?;
        self.after_filed(visitor, &filed).await;
        Ok(())
    }

    /// Puts the open session into its account's queue, with the transcript in place, and a line
    /// that says why if it is not said already.
    pub(crate) async fn enqueue(
        &self,
        brand: BrandId,
        id: ConversationId,
        why: Option<&str>,
    ) -> Result<()> {
        self.enqueue_at(brand, id, why, self.now()).await
    }

    /// The same, as of a time.
    pub(crate) async fn enqueue_at(
        &self,
        brand: BrandId,
        id: ConversationId,
        why: Option<&str>,
        at: UnixMs,
    ) -> Result<()> {
        let setup = self.directory.brand(brand)?;
        let conversation = self.store.conversation(brand, id).await?;
        let session = conversation
            .session
            .as_ref()
            .filter(|s| s.state != ServiceState::Ended)
            .ok_or(Error::Ended)?;
        if session.state >= ServiceState::Waiting {
            return Ok(());
        }
        let account = setup.kf_account(session.kf_account)?;
        let team = account.team_id.ok_or(Error::NotFound)?;
        if !self.has_room(brand, account) {
            return Err(Error::Conflict(
                "排队的人满了，请先留言\u{1f}the queue is full, please leave a message".to_owned(),
            ));
        }
        let act = Act {
            line: why.map(|why| say::line(why, None, "")),
            ..Act::new(brand, id, session.id, Command::Enqueue { team }, at)
        };
        self.store.act(act).await?;
        Ok(())
    }

    /// The customer leaves the queue or ends the session. Who leaves the queue after having written
    /// is answered later: the session stays open as a left message.
    ///
    /// # Errors
    /// [`Error::Ended`].
    pub async fn leave(&self, visitor: &Visitor) -> Result<()> {
        let conversation = self
            .store
            .conversation(visitor.brand, visitor.conversation)
            .await?;
        let session = conversation
            .session
            .as_ref()
            .filter(|s| s.state != ServiceState::Ended)
            .ok_or(Error::Ended)?;
        let (brand, id) = (visitor.brand, visitor.conversation);
        if session.left_at.is_some() {
            return Ok(());
        }
        if session.state == ServiceState::Waiting && session.turn_since.is_some() {
            return self.leave_word(brand, id, session.id).await;
        }
        self.end(brand, None, session.id, None, Reason::Customer, None)
            .await
            .map(|_| ())
    }

    async fn leave_word(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        session: SessionId,
    ) -> Result<()> {
        let outbox = OutboxId(self.ids.mint());
        let said = Say {
            key: format!("left-{outbox}"),
            content: Content::Event(Event {
                event_type: "left_message".to_owned(),
                name: None,
                reason: None,
            }),
            way: None,
            outbox,
        };
        self.store
            .act(Act {
                say: vec![said],
                line: Some(say::line("left_message", None, "")),
                ..Act::new(brand, conversation, session, Command::LeaveWord, self.now())
            })
            .await?;
        Ok(())
    }
}

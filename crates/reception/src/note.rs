//! Note: what agents write for each other, read marks, and taking a message back.

use kefu_domain::{
    AgentId, BrandId, ConversationId, MessageId, OutboxId, ServiceState, message::Line,
};
use kefu_store::LineDraft;

use crate::{Actor, Error, Reception, Result, file::check_key};

/// Colleagues named in one note.
const MENTIONS: usize = 20;

impl Reception {
    /// Writes a private note. Colleagues it names find it in their list until they look.
    ///
    /// # Errors
    /// [`Error::Bad`] for an empty or overlong text, too many names, or one that nobody has.
    pub async fn note(
        &self,
        brand: BrandId,
        agent: AgentId,
        conversation: ConversationId,
        client_msg_id: String,
        text: String,
        mut mentions: Vec<AgentId>,
    ) -> Result<Line> {
        check_key(&client_msg_id)?;
        if text.trim().is_empty() {
            return Err(Error::Bad("text: empty".to_owned()));
        }
        if text.contains('\0') {
            return Err(Error::Bad("text: contains NUL".to_owned()));
        }
        if text.chars().count() > kefu_domain::content::TEXT_CHARS {
            return Err(Error::TooLarge(
                "text: more than 4096 characters".to_owned(),
            ));
        }
        let setup = self.directory.brand(brand)?;
        let known = |one: &AgentId| setup.agents.get(one).is_some_and(|row| !row.entry.disabled);
        if mentions.len() > MENTIONS || !mentions.iter().all(known) {
            return Err(Error::Bad(format!(
                "mentions: at most {MENTIONS} agents of this brand"
            )));
        }
        mentions.retain(|one| *one != agent);
        let key = format!("{agent}-{client_msg_id}");
        let draft = LineDraft {
            agent: Some(agent),
            event: None,
            text,
        };
        let line = self
            .store
            .note(brand, conversation, Some(key), draft, self.now())
            .await?;
        if !mentions.is_empty() {
            // A crash between the two leaves no ack, and the same note again names them.
            self.store
                .mention(brand, conversation, line.no, mentions)
                .await?;
        }
        Ok(line)
    }

    /// The agent has read up to here, which the customer may see: only whoever serves them moves it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotAssigned`].
    pub async fn agent_read(
        &self,
        brand: BrandId,
        agent: AgentId,
        conversation: ConversationId,
        seq: u64,
    ) -> Result<()> {
        let whole = self.holding(brand, conversation).await?;
        let session = whole.session.as_ref();
        if !session.is_some_and(|s| s.state == ServiceState::Serving && s.agent == Some(agent)) {
            return Err(Error::NotAssigned);
        }
        Ok(self.store.agent_read(brand, conversation, seq).await?)
    }

    /// The customer has read up to here.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn customer_read(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        seq: u64,
    ) -> Result<()> {
        Ok(self.store.customer_read(brand, conversation, seq).await?)
    }

    /// Takes a message back, where the door allows it.
    ///
    /// # Errors
    /// [`Error::NotSendable`] if the door cannot, [`Error::NotFound`] if it is not the agent's.
    pub async fn recall(&self, brand: BrandId, agent: AgentId, id: MessageId) -> Result<()> {
        let conversation = self.store.conversation(brand, id.conversation).await?;
        if !self.capabilities(brand, conversation.entry_point)?.recall {
            return Err(Error::NotSendable("recall".to_owned()));
        }
        Ok(self.store.recall(brand, id, Some(agent)).await?)
    }

    /// Sends a failed message once more, if they may send there now.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotAssigned`], [`Error::Ended`], [`Error::Conflict`] if it did
    /// not fail.
    pub async fn resend(&self, brand: BrandId, actor: Actor, id: MessageId) -> Result<()> {
        self.may_send(brand, actor, id.conversation).await?;
        let row = self
            .store
            .outbox_of(brand, id)
            .await?
            .ok_or(Error::NotFound)?;
        self.resend_intent(brand, row.id).await
    }

    /// Tries an intent once more that was given up, or that may have been taken.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Conflict`] if it is neither.
    pub async fn resend_intent(&self, brand: BrandId, id: OutboxId) -> Result<()> {
        let fresh = OutboxId(self.ids.mint());
        Ok(self.store.resend(brand, id, fresh, self.now()).await?)
    }
}

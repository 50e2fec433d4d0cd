//! What a customer thinks of a session: told by its survey, or by the widget.

use kefu_domain::{
    BrandId, Content, ConversationId, SessionId, UnixMs,
    content::Survey,
    session::{Command, Refusal},
};
use rusqlite::params;

use super::{visitors::Whose, writer::Writer};
use crate::{Act, Acted, Result, StoreError};

impl Writer {
    /// The session of this customer that a tap on a survey is about, and the score it gives.
    pub(super) fn answer(
        &mut self,
        brand: BrandId,
        known: Option<&Whose>,
        content: &Content,
    ) -> Result<Option<(SessionId, u8)>> {
        match (content.survey_answer(), known) {
            (Some((about, score)), Some(whose)) => {
                let rated = self.can_be_rated(brand, whose.conversation, about)?;
                Ok(rated.then_some((about, score)))
            }
            _ => Ok(None),
        }
    }

    /// Keeps the score of a survey, in the session and where it was asked for.
    pub(super) fn rated(
        &mut self,
        brand: BrandId,
        conversation: ConversationId,
        session: SessionId,
        score: u8,
        at: UnixMs,
    ) -> Result<()> {
        self.act(Act::new(
            brand,
            conversation,
            session,
            Command::Rate {
                score,
                comment: None,
            },
            at,
        ))?;
        let Some(asked) = self.find_key(conversation.bytes(), &Survey::key(session))? else {
            return Ok(());
        };
        self.revise(brand, asked, |message| match &mut message.content {
            Content::Survey(survey) => survey.score.replace(score) != Some(score),
            _ => false,
        })
    }

    /// A rating may come after the next session began; nothing else may.
    pub(super) fn rate_past(
        &mut self,
        brand: BrandId,
        conversation: ConversationId,
        id: SessionId,
        command: &Command,
    ) -> Result<Acted> {
        let known: bool = self
            .connection
            .prepare_cached(
                "SELECT 1 FROM sessions WHERE id = ?1 AND brand = ?2 AND conversation = ?3",
            )?
            .exists(params![id.bytes(), brand.bytes(), conversation.bytes()])?;
        match command {
            _ if !known => Err(StoreError::NotFound),
            Command::Rate { score, comment } => {
                let updated = self
                    .connection
                    .prepare_cached(
                        "UPDATE sessions SET score = ?2, comment = ?3 WHERE id = ?1 AND first_reply_at IS NOT NULL",
                    )
                    .and_then(|mut update| update.execute(params![id.bytes(), score, comment]));
                if self.broke(updated)? == 0 {
                    return Err(Refusal::Unserved.into());
                }
                Ok(Acted {
                    conversation: self.snapshot(brand, conversation)?,
                    effects: Vec::new(),
                })
            }
            _ => Err(Refusal::Ended.into()),
        }
    }

    /// Is it a session of this thread that there is something to rate in? The newest may not be
    /// written yet.
    fn can_be_rated(
        &mut self,
        brand: BrandId,
        conversation: ConversationId,
        id: SessionId,
    ) -> Result<bool> {
        let newest = &self.entry(brand, conversation)?.conversation.session;
        if let Some(session) = newest.as_ref().filter(|session| session.id == id) {
            return Ok(session.can_be_rated());
        }
        Ok(self
            .connection
            .prepare_cached(
                "SELECT 1 FROM sessions WHERE id = ?1 AND brand = ?2 AND conversation = ?3 AND first_reply_at IS NOT NULL",
            )?
            .exists(params![id.bytes(), brand.bytes(), conversation.bytes()])?)
    }
}

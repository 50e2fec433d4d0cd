//! Rate: the customer answers the survey.

use kefu_domain::{BrandId, Content, ConversationId, MessageId, SessionId, session::Command};
use kefu_store::Visitor;

use crate::{Error, Reception, Result};

/// Longest comment, in characters.
const COMMENT: usize = 500;

impl Reception {
    /// Keeps a visitor's answer; the last one counts.
    ///
    /// # Errors
    /// [`Error::Bad`] for a score outside 1–5, [`Error::NotFound`] for a session of others.
    pub async fn rate(
        &self,
        visitor: &Visitor,
        session: SessionId,
        score: u8,
        comment: Option<String>,
    ) -> Result<()> {
        self.keep_rating(visitor.brand, visitor.conversation, session, score, comment)
            .await
    }

    pub(crate) async fn keep_rating(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        session: SessionId,
        score: u8,
        comment: Option<String>,
    ) -> Result<()> {
        if !(1..=5).contains(&score) {
            return Err(Error::Bad("score: 1-5".to_owned()));
        }
        let comment = comment.map(|words| {
            words
                .chars()
                .filter(|c| *c != '\0')
                .take(COMMENT)
                .collect::<String>()
        });
        let command = Command::Rate {
            score,
            comment: comment.clone(),
        };
        self.act(brand, conversation, session, command, None)
            .await?;
        // The survey in the thread shows its answer.
        let newest = self
            .store
            .messages(brand, conversation, 0, None, true, 200)
            .await?;
        let asked = newest
            .into_iter()
            .rev()
            .find_map(|message| match message.content {
                Content::Survey(survey) if survey.session_id == session.to_string() => {
                    Some((message.seq, survey))
                }
                _ => None,
            });
        if let Some((seq, mut survey)) = asked {
            survey.score = Some(score);
            survey.comment = comment;
            self.store
                .amend(
                    brand,
                    MessageId { conversation, seq },
                    Content::Survey(survey),
                )
                .await?;
        }
        Ok(())
    }
}

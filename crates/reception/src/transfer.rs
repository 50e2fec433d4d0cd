//! Transfer: to another agent or team, with a note.

use std::sync::Arc;

use kefu_domain::{
    AgentId, BrandId, SessionId, TeamId,
    session::{Command, Reason, Target},
};
use kefu_store::{Act, Conversation, LineDraft};

use crate::{Error, Reception, Result, say};

/// Where to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// To this agent, if they have room.
    Agent(AgentId),
    /// Into this team's queue, at the original place.
    Team(TeamId),
}

impl Reception {
    /// Hands a session over.
    ///
    /// # Errors
    /// [`Error::NotAssigned`], [`Error::AtCapacity`], [`Error::NotFound`].
    pub async fn transfer(
        &self,
        brand: BrandId,
        by: AgentId,
        session: SessionId,
        fence: u64,
        to: To,
        note: Option<String>,
    ) -> Result<Arc<Conversation>> {
        let setup = self.directory.brand(brand)?;
        let id = self.conversation_of(brand, session).await?;
        let (target, limit, say, name) = match to {
            To::Agent(agent) => {
                let row = setup
                    .agents
                    .get(&agent)
                    .filter(|row| !row.entry.disabled)
                    .ok_or(Error::NotFound)?;
                (
                    Target::Agent(agent),
                    Some(row.entry.limit),
                    vec![self.joined(&setup, agent)],
                    row.entry.name.clone(),
                )
            }
            To::Team(team) => {
                let row = setup.teams.get(&team).ok_or(Error::NotFound)?;
                (Target::Team(team), None, Vec::new(), row.entry.name.clone())
            }
        };
        let mut text = name;
        if let Some(note) = note.filter(|note| !note.trim().is_empty()) {
            text.push('\u{1f}');
            text.extend(note.chars().take(1000).filter(|c| *c != '\0'));
        }
        let acted = self
            .store
            .act(Act {
                brand,
                session,
                conversation: id,
                command: Command::Transfer { fence, to: target },
                at: self.now(),
                limit,
                say,
                line: Some(LineDraft {
                    agent: Some(by),
                    event: Some("transferred".to_owned()),
                    text,
                }),
                explanation: None,
                why: Some(say::both(
                    format!("{}转来", setup.agent_name(by)),
                    format!("transferred by {}", setup.agent_name(by)),
                )),
            })
            .await?;
        Ok(acted.conversation)
    }

    /// Puts a session back into its queue, at the original place.
    ///
    /// # Errors
    /// [`Error::NotAssigned`].
    pub async fn requeue(
        &self,
        brand: BrandId,
        session: SessionId,
        fence: u64,
        reason: Reason,
    ) -> Result<()> {
        let id = self.conversation_of(brand, session).await?;
        let line = say::line("requeued", None, reason.word());
        self.act(
            brand,
            id,
            session,
            Command::Requeue { fence, reason },
            Some(line),
        )
        .await
        .map(|_| ())
    }
}

//! Redirect: someone who waits is sent to another team's queue, at the original place.

use std::sync::Arc;

use kefu_domain::{AgentId, BrandId, SessionId, TeamId, session::Command};
use kefu_store::Conversation;

use crate::{Error, Reception, Result, say};

impl Reception {
    /// Moves a waiting session to another team; a supervisor's right.
    ///
    /// # Errors
    /// [`Error::Taken`] if it does not wait any more, [`Error::NotFound`] if there is no such team.
    pub async fn redirect(
        &self,
        brand: BrandId,
        by: Option<AgentId>,
        session: SessionId,
        team: TeamId,
    ) -> Result<Arc<Conversation>> {
        let setup = self.directory.brand(brand)?;
        let to = &setup.teams.get(&team).ok_or(Error::NotFound)?.entry.name;
        let id = self.conversation_of(brand, session).await?;
        let line = say::line("transferred", by, to);
        let command = Command::Overflow { team };
        let acted = self.act(brand, id, session, command, Some(line)).await?;
        Ok(acted.conversation)
    }
}

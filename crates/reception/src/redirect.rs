//! Redirect: someone who waits is sent to another team's queue, at the original place.

use std::sync::Arc;

use kefu_domain::{AgentId, BrandId, SessionId, TeamId, session::Command};
use kefu_store::Conversation;

use crate::{Error, Reception, Result, transfer::handed};

impl Reception {
    /// Moves a waiting session to another team.
    pub(crate) async fn redirect(
        &self,
        brand: BrandId,
        by: Option<AgentId>,
        session: SessionId,
        team: TeamId,
        note: Option<String>,
    ) -> Result<Arc<Conversation>> {
        let setup = self.directory.brand(brand)?;
        let to = &setup.teams.get(&team).ok_or(Error::NotFound)?.entry.name;
        let id = self.conversation_of(brand, session).await?;
        let line = handed("transferred", by, to, note);
        let command = Command::Overflow { team };
        let acted = self.act(brand, id, session, command, Some(line)).await?;
        Ok(acted.conversation)
    }
}

//! Prioritise: a supervisor says how early someone who waits comes.

use std::sync::Arc;

use kefu_domain::{BrandId, SessionId, routing::PRIORITY_MOST, session::Command};
use kefu_store::Conversation;

use crate::{Error, Reception, Result, rights::Actor, say};

impl Reception {
    /// Gives a waiting session another priority; its place in line follows at once. The same
    /// priority again changes nothing.
    ///
    /// # Errors
    /// [`Error::Bad`] beyond 0 to 9, [`Error::Forbidden`] for agents, [`Error::Taken`] if it does not
    /// wait any more, [`Error::Ended`].
    pub async fn prioritise(
        &self,
        brand: BrandId,
        actor: Actor,
        session: SessionId,
        priority: i32,
    ) -> Result<Arc<Conversation>> {
        if !(0..=PRIORITY_MOST).contains(&priority) {
            return Err(Error::Bad(format!("priority: 0 to {PRIORITY_MOST}")));
        }
        if !actor.supervises {
            return Err(Error::Forbidden);
        }
        let id = self.conversation_of(brand, session).await?;
        let line = say::line("prioritised", actor.agent, &priority.to_string());
        let command = Command::Prioritise { priority };
        match self.act(brand, id, session, command, Some(line)).await {
            Ok(acted) => Ok(acted.conversation),
            Err(Error::Conflict(_)) => Ok(self.store.conversation(brand, id).await?),
            Err(error) => Err(error),
        }
    }
}

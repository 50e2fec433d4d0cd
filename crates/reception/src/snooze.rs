//! Snooze: an agent puts a conversation of theirs off until a time.

use kefu_domain::{AgentId, BrandId, ServiceState, SessionId, Snooze, UnixMs, snooze::LONGEST_MS};

use crate::{Error, Reception, Result};

impl Reception {
    /// Puts a session off until then, or with `None` takes that back.
    ///
    /// # Errors
    /// [`Error::NotAssigned`] if it is not the agent's under this fence, [`Error::Bad`] for a time
    /// that is over or further off than 30 days.
    pub async fn snooze(
        &self,
        brand: BrandId,
        agent: AgentId,
        session: SessionId,
        fence: Option<u64>,
        until: Option<UnixMs>,
    ) -> Result<()> {
        let id = self.conversation_of(brand, session).await?;
        let whole = self.store.conversation(brand, id).await?;
        let now = self.now();
        let mine = whole.session.as_ref().filter(|one| {
            one.id == session
                && one.state == ServiceState::Serving
                && one.agent == Some(agent)
                && fence.is_none_or(|fence| fence == one.fence)
        });
        let mine = mine.ok_or(Error::NotAssigned)?;
        if until.is_some_and(|until| until <= now || until > now + LONGEST_MS) {
            return Err(Error::Bad(
                "until_at: from now on, 30 days at most".to_owned(),
            ));
        }
        let snooze = until.map(|until| Snooze {
            until,
            at: now,
            session,
            fence: mine.fence,
        });
        Ok(self.store.snooze(brand, id, snooze).await?)
    }
}

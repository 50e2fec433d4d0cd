//! Transfer: to another agent or team, with a note.

use std::sync::Arc;

use kefu_domain::{
    AgentId, BrandId, ServiceState, SessionId, TeamId,
    session::{Command, Reason, Target},
};
use kefu_store::{Act, Conversation, LineDraft, Seen};

use crate::{Error, Reception, Result, rights::Actor, say};

/// Where to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// To this agent, if they are there and have room.
    Agent(AgentId),
    /// Into this team's queue, at the original place.
    Team(TeamId),
}

impl Reception {
    /// Hands a session over; a supervisor's also one that still waits.
    ///
    /// # Errors
    /// [`Error::NotAssigned`], [`Error::AtCapacity`], [`Error::NotFound`], [`Error::Conflict`] if
    /// the agent is not there, [`Error::Outside`] if the platform, in whose own client the customer
    /// is, refuses.
    pub async fn transfer(
        &self,
        brand: BrandId,
        actor: Actor,
        session: SessionId,
        fence: Option<u64>,
        to: To,
        note: Option<String>,
    ) -> Result<Arc<Conversation>> {
        let theirs = self.theirs(brand, actor, session).await?;
        let by = actor.agent;
        if theirs.session.elsewhere.is_some() {
            if fence.is_some_and(|fence| fence != theirs.session.fence) {
                return Err(Error::NotAssigned);
            }
            return self
                .move_there(brand, actor, &theirs.session, to, note)
                .await;
        }
        if let To::Agent(agent) = to {
            self.must_be_there(brand, by, agent).await?;
        }
        match to {
            To::Team(team) if theirs.session.state == ServiceState::Waiting => {
                self.redirect(brand, by, session, team, note).await
            }
            To::Agent(agent) if theirs.session.state != ServiceState::Serving => {
                self.give(brand, by, session, agent, note).await
            }
            to => {
                let fence = fence.unwrap_or(theirs.session.fence);
                self.hand_over(brand, by, session, fence, to, note).await
            }
        }
    }

    async fn hand_over(
        &self,
        brand: BrandId,
        by: Option<AgentId>,
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
        let who = by.map_or("", |agent| setup.agent_name(agent));
        let acted = self
            .store
            .act(Act {
                limit,
                say,
                line: Some(handed("transferred", by, &name, note)),
                why: Some(say::both(
                    format!("{who}转来"),
                    format!("transferred by {who}"),
                )),
                ..Act::new(
                    brand,
                    id,
                    session,
                    Command::Transfer { fence, to: target },
                    self.now(),
                )
            })
            .await?;
        Ok(acted.conversation)
    }

    /// Puts a session back into its queue, at the original place, by hand.
    ///
    /// # Errors
    /// [`Error::NotAssigned`].
    pub async fn requeue(
        &self,
        brand: BrandId,
        actor: Actor,
        session: SessionId,
        fence: Option<u64>,
    ) -> Result<()> {
        let theirs = self.theirs(brand, actor, session).await?;
        let fence = fence.unwrap_or(theirs.session.fence);
        self.put_back(brand, session, fence, Reason::Administrator, None)
            .await
    }

    /// Puts a session back into its queue.
    pub(crate) async fn put_back(
        &self,
        brand: BrandId,
        session: SessionId,
        fence: u64,
        reason: Reason,
        seen: Option<Seen>,
    ) -> Result<()> {
        let act = Act {
            seen,
            line: Some(say::line("requeued", None, reason.word())),
            ..Act::new(
                brand,
                self.conversation_of(brand, session).await?,
                session,
                Command::Requeue { fence, reason },
                self.now(),
            )
        };
        self.store.act(act).await?;
        Ok(())
    }
}

/// The line about a handing over: to whom, and the note for whoever takes it.
pub(crate) fn handed(
    event: &str,
    by: Option<AgentId>,
    name: &str,
    note: Option<String>,
) -> LineDraft {
    let mut line = say::line(event, by, name);
    if let Some(note) = note.filter(|note| !note.trim().is_empty()) {
        line.text.push('\u{1f}');
        line.text
            .extend(note.chars().take(1000).filter(|c| *c != '\0'));
    }
    line
}

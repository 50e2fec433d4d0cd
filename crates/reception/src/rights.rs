//! Rights: who may act on a session. Agents on what is theirs, supervisors on everything. Every door
//! asks here, so that none is wider than another.

use kefu_domain::{
    AgentId, BrandId, ConversationId, ServiceState, Session, SessionId, routing::Availability,
};

use crate::{Error, Reception, Result};

/// Who acts on a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The agent; `None`: an integration by its key.
    pub agent: Option<AgentId>,
    /// A supervisor or more.
    pub supervises: bool,
}

/// A session on which somebody may act.
pub(crate) struct Theirs {
    pub(crate) session: Session,
    /// The actor has it.
    pub(crate) own: bool,
}

impl Reception {
    /// The session, if it is open and they may act on it. What they do with it names the fence that
    /// was seen here, so that it fails if the session has changed hands since.
    pub(crate) async fn theirs(
        &self,
        brand: BrandId,
        actor: Actor,
        session: SessionId,
    ) -> Result<Theirs> {
        let id = self.conversation_of(brand, session).await?;
        let conversation = self.holding(brand, id).await?;
        let session = conversation
            .session
            .as_ref()
            .filter(|current| current.id == session && current.state != ServiceState::Ended)
            .cloned()
            .ok_or(Error::Ended)?;
        let own = session.state == ServiceState::Serving
            && session.agent.is_some()
            && session.agent == actor.agent;
        if own || actor.supervises {
            Ok(Theirs { session, own })
        } else {
            Err(Error::NotAssigned)
        }
    }

    /// They may send in this conversation: it is served, and by them; or they supervise.
    pub(crate) async fn may_send(
        &self,
        brand: BrandId,
        actor: Actor,
        conversation: ConversationId,
    ) -> Result<()> {
        let conversation = self.holding(brand, conversation).await?;
        let session = conversation.session.as_ref();
        let own = session.is_some_and(|session| {
            session.state == ServiceState::Serving
                && session.agent.is_some()
                && session.agent == actor.agent
        });
        match session {
            _ if own || actor.supervises => Ok(()),
            Some(session) if session.state != ServiceState::Ended => Err(Error::NotAssigned),
            _ => Err(Error::Ended),
        }
    }

    /// Nobody is handed to an empty chair: the agent's console holds a lease, and they are not
    /// offline by their own word. Who takes a session themselves is there.
    pub(crate) async fn must_be_there(
        &self,
        brand: BrandId,
        by: Option<AgentId>,
        agent: AgentId,
    ) -> Result<()> {
        if by == Some(agent) {
            return Ok(());
        }
        let (offline, here) = {
            let mut floor = self.floor.brand(brand);
            let here = floor.consoles.contains_key(&agent);
            let seat = floor.seat(agent);
            let said = seat.since_at > 0;
            (said && seat.availability == Availability::Offline, here)
        };
        // A backend that does not answer keeps nobody from being handed over.
        let here = here
            || match self.presence.present(brand).await {
                Ok(present) => present.contains(&agent),
                Err(_) => true,
            };
        if here && !offline {
            Ok(())
        } else {
            Err(Error::Conflict(
                "TA 现在不在线\u{1f}this agent is not there".to_owned(),
            ))
        }
    }
}

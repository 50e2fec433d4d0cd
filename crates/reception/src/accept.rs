//! Accept: an agent takes an offer, or a waiting customer; or says no.

use std::sync::Arc;

use kefu_domain::{
    AgentId, BrandId, ConversationId, Session, SessionId,
    routing::{Verdict, rank},
    session::{Command, Reason},
};
use kefu_store::{Act, Conversation};

use crate::{
    Error, Reception, Result,
    rights::Actor,
    say,
    transfer::{To, handed},
};

impl Reception {
    /// Takes a session that waits.
    ///
    /// # Errors
    /// [`Error::Taken`], [`Error::AtCapacity`], [`Error::NotFound`].
    pub async fn accept(
        &self,
        brand: BrandId,
        agent: AgentId,
        session: SessionId,
    ) -> Result<Arc<Conversation>> {
        let setup = self.directory.brand(brand)?;
        let limit = setup.agents.get(&agent).ok_or(Error::NotFound)?.entry.limit;
        let conversation = self.conversation_of(brand, session).await?;
        let mine = self
            .floor
            .brand(brand)
            .seats
            .get(&agent)
            .is_some_and(|seat| seat.held.contains(&session));
        let why = say::both(
            format!("{}自己接入", setup.agent_name(agent)),
            format!("taken by {}", setup.agent_name(agent)),
        );
        let acted = self
            .store
            .act(Act {
                // An offer is counted already.
                limit: (!mine).then_some(limit),
                say: vec![self.joined(&setup, agent)],
                why: Some(why),
                ..Act::new(
                    brand,
                    conversation,
                    session,
                    Command::Accept { agent },
                    self.now(),
                )
            })
            .await?;
        Ok(acted.conversation)
    }

    /// Says no to an offer.
    ///
    /// # Errors
    /// [`Error::NotAssigned`] if it is not offered to them any more.
    pub async fn decline(&self, brand: BrandId, agent: AgentId, session: SessionId) -> Result<()> {
        let id = self.conversation_of(brand, session).await?;
        let fence = self.session_fence(brand, id).await?;
        self.withdraw(brand, id, session, agent, fence, Reason::Declined)
            .await
    }

    /// An offer comes back.
    pub(crate) async fn withdraw(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        session: SessionId,
        agent: AgentId,
        fence: u64,
        reason: Reason,
    ) -> Result<()> {
        self.act(
            brand,
            conversation,
            session,
            Command::Withdraw {
                agent,
                fence,
                reason,
            },
            None,
        )
        .await
        .map(|_| ())
    }

    /// Takes the next waiting customer whom the agent may serve.
    ///
    /// # Errors
    /// [`Error::NotFound`] if nobody waits for them.
    pub async fn accept_next(&self, brand: BrandId, agent: AgentId) -> Result<Arc<Conversation>> {
        for session in self.waiting_for(brand, agent)? {
            match self.accept(brand, agent, session).await {
                Err(Error::Taken | Error::Ended | Error::NotFound) => (),
                done => return done,
            }
        }
        Err(Error::NotFound)
    }

    /// Sessions that wait for an agent: offered to them first, then those of their teams in order,
    /// then what was left as a message with their teams, oldest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such agent.
    pub fn waiting_for(&self, brand: BrandId, agent: AgentId) -> Result<Vec<SessionId>> {
        let setup = self.directory.brand(brand)?;
        let person = &setup.agents.get(&agent).ok_or(Error::NotFound)?.entry;
        let floor = self.floor.brand(brand);
        let mine = |session: &Session| match session.offer {
            Some(offer) => offer.agent == agent,
            None => session
                .team
                .is_some_and(|team| person.team_ids.contains(&team)),
        };
        let waiting = floor
            .waiting
            .values()
            .filter_map(|id| floor.live.get(id)?.conversation.session.as_ref())
            .filter(|session| mine(session))
            .map(|session| {
                let place = rank(session.enqueued_at.unwrap_or(0), session.priority);
                (u8::from(session.offer.is_none()), place, session.id)
            });
        let left = floor
            .live
            .values()
            .filter_map(|live| live.conversation.session.as_ref())
            .filter(|session| mine(session))
            .filter_map(|session| Some((2, session.left_at?, session.id)));
        let mut found: Vec<(u8, i64, SessionId)> = waiting.chain(left).collect();
        found.sort_unstable();
        Ok(found.into_iter().map(|(.., id)| id).collect())
    }

    /// The conversation of an open session, from memory if possible.
    pub(crate) async fn conversation_of(
        &self,
        brand: BrandId,
        session: SessionId,
    ) -> Result<ConversationId> {
        let known = self.floor.brand(brand).open.get(&session).copied();
        match known {
            Some(id) => Ok(id),
            None => Ok(self.store.session_conversation(brand, session).await?),
        }
    }

    pub(crate) async fn session_fence(
        &self,
        brand: BrandId,
        conversation: ConversationId,
    ) -> Result<u64> {
        let conversation = self.store.conversation(brand, conversation).await?;
        Ok(conversation
            .session
            .as_ref()
            .map_or(0, |session| session.fence))
    }

    /// A command with nothing said.
    pub(crate) async fn act(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        session: SessionId,
        command: Command,
        line: Option<kefu_store::LineDraft>,
    ) -> Result<kefu_store::Acted> {
        let act = Act {
            line,
            ..Act::new(brand, conversation, session, command, self.now())
        };
        Ok(self.store.act(act).await?)
    }

    /// Gives a session to an agent by hand: one that waits, a left message, or one that another
    /// agent has.
    ///
    /// # Errors
    /// [`Error::AtCapacity`], [`Error::Taken`], [`Error::Conflict`] if the agent is not there.
    pub async fn assign(
        &self,
        brand: BrandId,
        actor: Actor,
        session: SessionId,
        agent: AgentId,
    ) -> Result<Arc<Conversation>> {
        self.transfer(brand, actor, session, None, To::Agent(agent), None)
            .await
    }

    /// Gives a session that nobody has to an agent.
    pub(crate) async fn give(
        &self,
        brand: BrandId,
        by: Option<AgentId>,
        session: SessionId,
        agent: AgentId,
        note: Option<String>,
    ) -> Result<Arc<Conversation>> {
        let setup = self.directory.brand(brand)?;
        let limit = setup
            .agents
            .get(&agent)
            .filter(|row| !row.entry.disabled)
            .ok_or(Error::NotFound)?
            .entry
            .limit;
        let conversation = self.conversation_of(brand, session).await?;
        let who = by.map_or("", |agent| setup.agent_name(agent));
        let acted = self
            .store
            .act(Act {
                limit: Some(limit),
                say: vec![self.joined(&setup, agent)],
                line: Some(handed("assigned", by, setup.agent_name(agent), note)),
                why: Some(say::both(
                    format!("{who}指派给{}", setup.agent_name(agent)),
                    format!("assigned by {who}"),
                )),
                ..Act::new(
                    brand,
                    conversation,
                    session,
                    Command::Assign { agent },
                    self.now(),
                )
            })
            .await?;
        Ok(acted.conversation)
    }
}

/// The words for an agent's part in an explanation.
#[must_use]
pub fn verdict_words(verdict: Verdict, load: u32, limit: u32) -> (String, String) {
    let plain = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
    match verdict {
        Verdict::Chosen => plain("选中", "chosen"),
        Verdict::Eligible => plain("可以接，排在后面", "could take it, came after"),
        Verdict::Declined => plain("这一段之前没有接", "was asked before and did not take it"),
        Verdict::Full => (
            format!("满额 {load} / {limit}"),
            format!("full, {load} of {limit}"),
        ),
        Verdict::Busy => plain("忙碌，不接新客户", "busy, takes no new ones"),
        Verdict::Break => plain("小休", "on a break"),
        Verdict::Offline => plain("离线", "offline"),
        Verdict::MissingSkill => plain("缺少所需技能", "lacks a skill"),
        Verdict::NotInTeam => plain("不在这个组", "not in the team"),
    }
}

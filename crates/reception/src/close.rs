//! Close: the end of a session, and blocking a customer.

use std::sync::Arc;

use kefu_domain::{
    AgentId, BrandId, CustomerId, ServiceState, SessionId,
    session::{Command, Reason},
};
use kefu_store::{Act, Conversation, Customer, ListQuery, Seen};

use crate::{Error, Reception, Result, rights::Actor, say};

impl Reception {
    /// Ends a session by hand, with closing words and the survey.
    ///
    /// # Errors
    /// [`Error::NotAssigned`] for an old fence or somebody else's session, [`Error::Ended`],
    /// [`Error::ThreadMoved`] if the customer wrote after `seen_seq`.
    pub async fn close(
        &self,
        brand: BrandId,
        actor: Actor,
        session: SessionId,
        fence: Option<u64>,
        seen_seq: Option<u64>,
    ) -> Result<Arc<Conversation>> {
        let theirs = self.theirs(brand, actor, session).await?;
        let (fence, reason) = if theirs.own {
            // Without a fence, only what is theirs at this moment.
            (fence.or(Some(theirs.session.fence)), Reason::Agent)
        } else {
            (fence, Reason::Administrator)
        };
        let seen = seen_seq.map(Seen::Upto);
        self.end(brand, actor.agent, session, fence, reason, seen)
            .await
    }

    /// Ends a session, with closing words and the survey.
    pub(crate) async fn end(
        &self,
        brand: BrandId,
        by: Option<AgentId>,
        session: SessionId,
        fence: Option<u64>,
        reason: Reason,
        seen: Option<Seen>,
    ) -> Result<Arc<Conversation>> {
        let setup = self.directory.brand(brand)?;
        let id = self.conversation_of(brand, session).await?;
        let conversation = self.store.conversation(brand, id).await?;
        let current = conversation
            .session
            .as_ref()
            .filter(|s| s.id == session)
            .ok_or(Error::Ended)?;
        let account = setup.kf_account(current.kf_account)?;
        let way = self.way(brand, conversation.entry_point)?;
        let can = self.capabilities(brand, conversation.entry_point)?;
        let say = self.last_words(account, current, way, can, reason);
        let acted = self
            .store
            .act(Act {
                seen,
                say,
                line: Some(say::line("ended", by, reason.word())),
                ..Act::new(
                    brand,
                    id,
                    session,
                    Command::End { fence, reason },
                    self.now(),
                )
            })
            .await?;
        Ok(acted.conversation)
    }

    /// Blocks a customer or lets them write again; a block ends what is open. While a colleague
    /// serves them, only that one and supervisors may.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotAssigned`].
    pub async fn block(
        &self,
        brand: BrandId,
        actor: Actor,
        customer: CustomerId,
        blocked: bool,
    ) -> Result<Customer> {
        if !actor.supervises && self.served_by_another(brand, actor, customer).await? {
            return Err(Error::NotAssigned);
        }
        let row = self
            .rewrite(brand, customer, |row| row.card.blocked = blocked)
            .await?;
        if blocked {
            self.end_all(brand, actor.agent, customer).await?;
        }
        Ok(row)
    }

    async fn served_by_another(
        &self,
        brand: BrandId,
        actor: Actor,
        customer: CustomerId,
    ) -> Result<bool> {
        let mut query = ListQuery {
            customer: Some(customer),
            states: vec![ServiceState::Serving as u8],
            limit: 50,
            ..ListQuery::default()
        };
        loop {
            let page = self.store.conversation_page(brand, query.clone()).await?;
            let mut sessions = page.rows.iter().filter_map(|one| one.session.as_ref());
            if sessions.any(|session| session.agent != actor.agent) {
                return Ok(true);
            }
            if page.next.is_none() {
                return Ok(false);
            }
            query.before = page.next;
        }
    }

    /// Ends what is open with a customer who was blocked.
    async fn end_all(
        &self,
        brand: BrandId,
        by: Option<AgentId>,
        customer: CustomerId,
    ) -> Result<()> {
        let mut query = ListQuery {
            customer: Some(customer),
            limit: 50,
            ..ListQuery::default()
        };
        loop {
            let page = self.store.conversation_page(brand, query.clone()).await?;
            let sessions = page.rows.iter().filter_map(|one| one.session.as_ref());
            for session in sessions.filter(|session| session.state != ServiceState::Ended) {
                let ended = self.end(brand, by, session.id, None, Reason::Blocked, None);
                match ended.await {
                    // It ended by itself meanwhile, which is as good.
                    Ok(_) | Err(Error::Ended) => (),
                    Err(error) => return Err(error),
                }
            }
            if page.next.is_none() {
                return Ok(());
            }
            query.before = page.next;
        }
    }
}

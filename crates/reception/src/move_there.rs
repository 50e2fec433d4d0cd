//! Move there: a customer who is served in the platform's own client, or waits in its pool, is given to
//! a colleague there. The platform decides; ours follows what it did.

use std::sync::Arc;

use kefu_channels::Fault;
use kefu_domain::{AgentId, BrandId, Session};
use kefu_store::Conversation;

use crate::{Error, Reception, Result, To, rights::Actor, transfer::handed};

/// The member receives nobody now.
const NOT_RECEIVING: &str = "95019";

impl Reception {
    /// Gives a session that is served there to another agent who is a member there.
    pub(crate) async fn move_there(
        &self,
        brand: BrandId,
        actor: Actor,
        session: &Session,
        to: To,
        note: Option<String>,
    ) -> Result<Arc<Conversation>> {
        let To::Agent(agent) = to else {
            // Its table leads from a person back to no queue.
            return Err(Error::ServedElsewhere);
        };
        let id = session.conversation;
        let conversation = self.store.conversation(brand, id).await?;
        let door = self.door(brand, conversation.entry_point)?;
        let door = door.ok_or(Error::Forbidden)?;
        let userid = self.member(brand, agent)?;
        if session.elsewhere.as_deref() == Some(userid.as_str()) {
            return Err(Error::Conflict(
                "TA 正在接待这位客户\u{1f}this agent has the customer already".to_owned(),
            ));
        }
        let address = &conversation.address;
        let passed = door
            .channel
            .pass_to(&door.connection, &door.entry, address, &userid);
        let passed = passed.await.inspect_err(|fault: &Fault| {
            if fault.failure.code == NOT_RECEIVING {
                self.receiving.heard(door.entry.id, &userid, false);
            }
        })?;
        let name = door.setup.agent_name(agent);
        let line = handed("transferred", actor.agent, name, note);
        self.follow_passed(&door, &conversation, session, passed, Some(line))
            .await
    }

    /// Who an agent is there.
    fn member(&self, brand: BrandId, agent: AgentId) -> Result<String> {
        let setup = self.directory.brand(brand)?;
        let row = setup.agents.get(&agent);
        let row = row.filter(|row| !row.entry.disabled);
        let row = row.ok_or(Error::NotFound)?;
        row.entry.wecom_userid.clone().ok_or_else(|| {
            Error::Conflict(
                "TA 没有填企业微信的成员账号，不能在那边接待\u{1f}this agent is no member there"
                    .to_owned(),
            )
        })
    }
}

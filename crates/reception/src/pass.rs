//! Pass: a customer whose door is served in the platform's own client is given to a colleague there,
//! or to the platform's pool; our session follows.
//!
//! The intent is an outbox row with the session's own id, so that it is there once, survives a crash,
//! and goes out after what was said before it. A session that cannot be passed comes to our console
//! instead: nobody is left waiting.

use std::sync::Arc;

use kefu_channels::{Class, Passed};
use kefu_domain::{
    AgentId, OutboxId, ServiceState, Session,
    session::{Command, Reason},
    setup::Agent,
};
use kefu_store::{Conversation, LineDraft, OutboxRow, OutboxState, Settled, Tried};

use crate::{Error, Reception, Result, Setup, arrive::Door, outbox, say};

/// The kind of an outbox row that passes a session.
pub(crate) const PASS: &str = "pass";
/// Members who are tried before the pool.
const TRIED: usize = 5;

impl Reception {
    /// Queues the passing of a fresh session; the same again changes nothing.
    pub(crate) async fn pass_on(&self, conversation: &Conversation) -> Result<()> {
        let Some(session) = fresh(conversation) else {
            return Ok(());
        };
        let now = self.now();
        let row = OutboxRow {
            id: OutboxId(session.id.0),
            brand: conversation.brand,
            conversation: conversation.id,
            entry_point: conversation.entry_point,
            seq: 0,
            kind: PASS.to_owned(),
            payload: "{}".to_owned(),
            attempts: 0,
            tried: Tried::default(),
            created_at: now,
            expires_at: None,
            next_at: now,
            state: OutboxState::Pending,
            failure: None,
        };
        Ok(self.store.put_outbox(row).await?)
    }

    /// Passes the session now, as its row says.
    pub(crate) async fn pass(&self, row: &OutboxRow, conversation: &Conversation) -> Settled {
        let Some(session) = fresh(conversation) else {
            // It moved on by itself: picked up, ended, queued.
            return Settled::Sent;
        };
        let settled = match self.try_pass(row, conversation, session).await {
            Ok(settled) => settled,
            Err(error) => Settled::Dead {
                failure: outbox::failure(error.code(), &error.to_string()),
                refund: false,
            },
        };
        if let Settled::Dead { failure, .. } | Settled::Unknown { failure } = &settled {
            tracing::warn!(code = %failure.code, conversation.id = %conversation.id, "a customer could not be passed to the platform's client");
            let line = say::line("pass_failed", None, &failure.reason);
            let (brand, id) = (conversation.brand, conversation.id);
            let key = Some(format!("pass-{}", session.id));
            let noted = self.store.note(brand, id, key, line, self.now()).await;
            let queued = self.enqueue(brand, id, None).await;
            if let Err(error) = noted.map_err(Error::from).and(queued) {
                tracing::warn!(%error, "nor could they be queued here");
            }
        }
        settled
    }

    async fn try_pass(
        &self,
        row: &OutboxRow,
        conversation: &Conversation,
        session: &Session,
    ) -> Result<Settled> {
        let door = self
            .door(row.brand, row.entry_point)?
            .ok_or(Error::NotFound)?;
        let members = self.members(&door.setup, conversation, session);
        let address = &conversation.address;
        let passed = door
            .channel
            .pass(&door.connection, &door.entry, address, &members)
            .await;
        let passed = match passed {
            Ok(passed) => passed,
            Err(fault) => {
                // Whatever was taken is seen by the next try, so nothing stays unknown.
                let class = match fault.class {
                    Class::RetrySafely(ms) => Class::Retry(ms),
                    Class::Unknown => Class::Retry(1_000),
                    class => class,
                };
                let fault = kefu_channels::Fault { class, ..fault };
                return Ok(outbox::after(&fault, row, self.now()));
            }
        };
        let moved = self.follow_passed(&door, conversation, session, passed, None);
        match moved.await {
            // An event may have told it first.
            Ok(_) | Err(Error::Ended) => Ok(Settled::Sent),
            Err(error) => Err(error),
        }
    }

    /// Our session goes where the platform's went, and the customer is told by the code that came
    /// with it. Without a line, one says who has it.
    pub(crate) async fn follow_passed(
        &self,
        door: &Door,
        conversation: &Conversation,
        session: &Session,
        passed: Passed,
        line: Option<LineDraft>,
    ) -> Result<Arc<Conversation>> {
        let (command, code) = match passed {
            Passed::To { userid, code } => {
                let agent = door.setup.agent_of_member(&userid);
                let userid = Some(userid);
                (Command::Elsewhere { userid, agent }, code)
            }
            Passed::Pool { code } => {
                let (userid, agent) = (None, None);
                (Command::Elsewhere { userid, agent }, code)
            }
            Passed::Over => {
                let (fence, reason) = (None, Reason::Upstream);
                (Command::End { fence, reason }, None)
            }
        };
        let line = line.unwrap_or_else(|| match &command {
            Command::Elsewhere { userid, .. } => {
                say::line("served_elsewhere", None, userid.as_deref().unwrap_or(""))
            }
            _ => say::line("ended", None, Reason::Upstream.word()),
        });
        let (brand, id) = (conversation.brand, conversation.id);
        let acted = self.act(brand, id, session.id, command, Some(line)).await?;
        if let Some(code) = code {
            let now = self.now();
            self.say_who_has_them(door, &acted.conversation, code, now)
                .await;
        }
        Ok(acted.conversation)
    }

    /// Colleagues of the account's team who are members at the platform and have room: the owner of
    /// the customer first, then who served them last, then the least busy.
    fn members(
        &self,
        setup: &Setup,
        conversation: &Conversation,
        session: &Session,
    ) -> Vec<String> {
        let Ok(account) = setup.kf_account(session.kf_account) else {
            return Vec::new();
        };
        let load = |agent: AgentId| {
            u32::try_from(self.held(conversation.brand, agent).len()).unwrap_or(u32::MAX)
        };
        let in_team = |agent: &&Agent| {
            account
                .team_id
                .is_none_or(|team| agent.team_ids.contains(&team))
        };
        let mut free: Vec<(bool, bool, u64, &Agent)> = setup
            .agents
            .values()
            .map(|row| &row.entry)
            .filter(|agent| !agent.disabled && agent.wecom_userid.is_some())
            .filter(in_team)
            .filter_map(|agent| {
                let load = load(agent.id);
                let owner =
                    account.rules.prefer_owner && conversation.customer.owner == Some(agent.id);
                let last =
                    account.rules.last_agent.enabled && conversation.last_agent == Some(agent.id);
                // Thousandths of their limit in use.
                let busy = u64::from(load) * 1_000 / u64::from(agent.limit.max(1));
                (load < agent.limit).then_some((!owner, !last, busy, agent))
            })
            .collect();
        free.sort_by_key(|(owner, last, busy, agent)| (*owner, *last, *busy, agent.id));
        let userids = free
            .into_iter()
            .filter_map(|(.., agent)| agent.wecom_userid.clone());
        userids.take(TRIED).collect()
    }
}

/// The session, if nobody has it yet.
fn fresh(conversation: &Conversation) -> Option<&Session> {
    let session = conversation.session.as_ref()?;
    let nobodys = session.state < ServiceState::Waiting && session.elsewhere.is_none();
    nobodys.then_some(session)
}

//! What servicers (接待人员) do in the platform's own client: pick up, answer, pass on, end. Only
//! moves made here are announced by `session_status_change`; those made by the API are not.

use serde_json::{Map, Value, json};

use super::desk::{Desk, Origin};
use super::people::{ChatKind, Line, Side};
use super::session::{CodeKind, State};
use crate::error::SimError;

/// One thing a servicer does with a customer.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub(crate) enum Act {
    /// Takes a customer from the waiting pool.
    PickUp,
    /// Passes the customer on to another servicer.
    Transfer { to: String },
    /// Ends the session.
    End,
    /// Opens an ended session again.
    Reopen,
    /// Writes to the customer; content as `say` takes it.
    Say {
        #[serde(flatten)]
        content: Map<String, Value>,
    },
    /// Takes back a message of one's own.
    Recall { msgid: String },
    /// Refuses the customer's messages, or no longer.
    Reject { on: bool },
}

impl Desk<'_> {
    /// A servicer acts on a customer. Answers the msgid of what it left in the log.
    pub(crate) fn staff_acts(
        &mut self,
        open_kfid: &str,
        customer: &str,
        userid: &str,
        act: Act,
    ) -> Result<String, SimError> {
        let (key, external) = self.customer(customer)?;
        let now = self.now;
        if self.account(open_kfid)?.servicer(userid).is_none() {
            return Err(SimError::unknown("servicer of this account", userid));
        }
        if let Act::Transfer { to } = &act {
            self.may_receive(open_kfid, to)?;
        }
        let session = self.account(open_kfid)?.session(&external);
        let state = session.state_at(now);
        let before = session.servicer.clone();
        let mut change = |to: State, servicer: Option<&str>| {
            session.state = to;
            session.servicer = servicer.map(str::to_owned);
        };
        let mut event = json!({
            "event_type": "session_status_change",
            "external_userid": &*external,
        });
        match act {
            Act::PickUp if state == State::Waiting => {
                change(State::Human, Some(userid));
                self.allocated(open_kfid, &external, Some(userid))?;
                let code =
                    self.give_code(open_kfid, &external, CodeKind::Reply, Some(State::Human))?;
                event["change_type"] = 1.into();
                event["new_servicer_userid"] = userid.into();
                event["msg_code"] = code.into();
            }
            Act::Transfer { to } if state == State::Human => {
                change(State::Human, Some(&to));
                self.allocated(open_kfid, &external, Some(&to))?;
                event["change_type"] = 2.into();
                event["old_servicer_userid"] = before.unwrap_or_default().into();
                event["new_servicer_userid"] = to.into();
            }
            Act::End if state != State::Ended => {
                change(State::Ended, None);
                let code =
                    self.give_code(open_kfid, &external, CodeKind::Farewell, Some(State::Ended))?;
                event["change_type"] = 3.into();
                event["old_servicer_userid"] = before.unwrap_or_else(|| userid.to_owned()).into();
                event["msg_code"] = code.into();
            }
            // After the end, or after the customer was passed on to somebody else.
            Act::Reopen
                if state == State::Ended
                    || (state == State::Human && before.as_deref() != Some(userid)) =>
            {
                change(State::Human, Some(userid));
                self.allocated(open_kfid, &external, Some(userid))?;
                event["change_type"] = 4.into();
                event["old_servicer_userid"] = before.unwrap_or_else(|| userid.to_owned()).into();
                event["new_servicer_userid"] = userid.into();
            }
            Act::Say { content } if state == State::Ended => {
                // Whoever writes in an ended chat opens it again.
                self.staff_acts(open_kfid, customer, userid, Act::Reopen)?;
                return self.staff_acts(open_kfid, customer, userid, Act::Say { content });
            }
            Act::Say { content } if state == State::Human => {
                let account = self.account(open_kfid)?;
                if let Some(since) = account.session(&external).unanswered.take() {
                    account.tallies.count(now, Some(userid), |tally| {
                        tally.answered += 1;
                        tally.first_reply_ms += now - since;
                    });
                }
                let origin = Origin::Servicer(userid);
                let (msgid, json) = self.log_message(open_kfid, &external, origin, &content)?;
                let mut line = Line::new(now, Side::Them, json).from(&msgid);
                line.by = Some(userid.to_owned());
                self.show(&key, ChatKind::Kf, open_kfid, line);
                return Ok(msgid);
            }
            Act::Recall { msgid } => {
                let corpid = self.corp.corpid.clone();
                let line = self
                    .people
                    .find(&key)
                    .map(|person| person.chat_mut(ChatKind::Kf, &corpid, open_kfid))
                    .and_then(|chat| chat.line_mut(&msgid))
                    .filter(|line| line.by.as_deref() == Some(userid))
                    .ok_or_else(|| SimError::unknown("message of this servicer", &msgid))?;
                line.recalled = true;
                event["event_type"] = "servicer_recall_msg".into();
                event["servicer_userid"] = userid.into();
                event["recall_msgid"] = msgid.into();
            }
            Act::Reject { on } => {
                if on {
                    let account = self.account(open_kfid)?;
                    account.tallies.count(now, Some(userid), |tally| {
                        tally.rejected.insert(external.clone());
                    });
                }
                event["event_type"] = "reject_customer_msg_switch_change".into();
                event["servicer_userid"] = userid.into();
                event["reject_switch"] = u8::from(on).into();
            }
            _ => {
                let number = state.number();
                return Err(SimError::Refused(format!(
                    "not in state {number} of the session"
                )));
            }
        }
        self.log_event(open_kfid, event)
    }

    /// A customer is passed to any member, unless that servicer stopped receiving.
    fn may_receive(&mut self, open_kfid: &str, userid: &str) -> Result<(), SimError> {
        if self.corp.member(userid).is_none() {
            return Err(SimError::unknown("member", userid));
        }
        let servicer = self.account(open_kfid)?.servicer(userid);
        match servicer.is_some_and(|one| one.stopped.is_some()) {
            true => Err(SimError::Refused("这位接待人员停止接待了".into())),
            false => Ok(()),
        }
    }

    /// A servicer begins or stops to receive; announced with the event's own numbers (1, 2).
    pub(crate) fn staff_status(
        &mut self,
        open_kfid: &str,
        userid: &str,
        stopped: Option<u32>,
    ) -> Result<String, SimError> {
        let account = self.account(open_kfid)?;
        let servicer = account
            .servicer(userid)
            .ok_or_else(|| SimError::unknown("servicer of this account", userid))?;
        servicer.stopped = stopped;
        let mut event = json!({
            "event_type": "servicer_status_change",
            "servicer_userid": userid,
            "status": if stopped.is_some() { 2 } else { 1 },
        });
        if let Some(kind) = stopped {
            event["stop_type"] = kind.into();
        }
        self.log_event(open_kfid, event)
    }
}

//! What happens in the platform's own client: members answer there, and its sessions move. We follow.

use kefu_domain::{
    AgentId, BrandId, ConversationId, Delivery, EntryPointId, MessageId, Origin, ServiceState,
    SessionId, UnixMs,
    session::{Command, Reason},
};

use super::{
    filing::{Appended, Draft},
    writer::Writer,
};
use crate::{Act, Filed, LineDraft, Moved, Opening, Result, Servicer};

/// A session as it was found.
struct Found {
    id: SessionId,
    state: ServiceState,
    elsewhere: Option<String>,
    ended_at: Option<UnixMs>,
}

impl Writer {
    /// Files a member's message, and gives the session to whom it says.
    pub(super) fn said_elsewhere(&mut self, said: Servicer) -> Result<Filed> {
        let Servicer {
            brand,
            entry_point,
            party,
            key,
            userid,
            agent,
            content,
            said_at,
            session,
            at,
        } = said;
        let scope = entry_point.bytes();
        // Nothing is opened, and nobody moved, for a message that was filed before.
        if let Some(before) = self.find_key(scope, &key)? {
            return self.repeated(brand, before, &content);
        }
        let conversation = self.resolve(brand, entry_point, &party, at)?;
        let last = self.last_session(brand, conversation)?;
        let over = last
            .as_ref()
            .filter(|last| last.ended_at.is_some_and(|ended| ended >= said_at));
        let session = match over {
            // It was said before the end and is told after it.
            Some(over) => over.id,
            None => {
                let to = (userid, agent);
                self.follow(brand, conversation, entry_point, to, session, at)?
            }
        };
        let draft = Draft {
            origin: Origin::Servicer,
            agent,
            session: Some(session),
            entry_point,
            scope,
            key,
            content,
            delivery: Some(Delivery::Sent),
            at,
        };
        let lies_elsewhere = draft.content.elsewhere().is_some();
        let seq = match self.append(brand, conversation, draft)? {
            Appended::New(seq) => seq,
            Appended::Before(before, content) => return self.repeated(brand, before, &content),
        };
        if lies_elsewhere {
            self.due_fetch(brand, MessageId { conversation, seq }, entry_point, at)?;
        }
        Ok(Filed {
            conversation,
            seq,
            sent_at: at,
            duplicate: false,
        })
    }

    /// Moves our session as the platform's moved, once; answers whose it is, if it moved.
    pub(super) fn moved_elsewhere(&mut self, moved: Moved) -> Result<Option<Filed>> {
        let Moved {
            brand,
            entry_point,
            party,
            key,
            to,
            session,
            at,
        } = moved;
        if !self.first_time(entry_point.bytes(), &key, at)? {
            return Ok(None);
        }
        let conversation = match to {
            Some(to) => {
                let conversation = self.resolve(brand, entry_point, &party, at)?;
                self.follow(brand, conversation, entry_point, to, session, at)?;
                conversation
            }
            None => {
                let Some(whose) = self.look_up(brand, entry_point, &party)? else {
                    return Ok(None);
                };
                let last = self.last_session(brand, whose.conversation)?;
                let open = last.filter(|last| last.state != ServiceState::Ended);
                let Some(open) = open else {
                    return Ok(None);
                };
                let reason = Reason::Upstream;
                let end = Command::End {
                    fence: None,
                    reason,
                };
                let line = Some(("ended", reason.word().to_owned()));
                self.command(brand, whose.conversation, open.id, end, line, at)?;
                whose.conversation
            }
        };
        Ok(Some(Filed {
            conversation,
            seq: 0,
            sent_at: at,
            duplicate: false,
        }))
    }

    /// The session is with this member now; one is opened if there is none.
    fn follow(
        &mut self,
        brand: BrandId,
        conversation: ConversationId,
        entry_point: EntryPointId,
        (userid, agent): (String, Option<AgentId>),
        fresh: SessionId,
        at: UnixMs,
    ) -> Result<SessionId> {
        let last = self.last_session(brand, conversation)?;
        let id = match last {
            Some(open) if open.state != ServiceState::Ended => {
                if open.state == ServiceState::Serving
                    && open.elsewhere.as_deref() == Some(userid.as_str())
                {
                    return Ok(open.id);
                }
                open.id
            }
            _ => {
                self.check_new_session(fresh)?;
                let opening = Opening {
                    session: fresh,
                    queue: None,
                };
                self.open_session(brand, conversation, entry_point, opening, at)?;
                fresh
            }
        };
        let line = Some(("served_elsewhere", userid.clone()));
        let command = Command::Elsewhere {
            userid: Some(userid),
            agent,
        };
        self.command(brand, conversation, id, command, line, at)?;
        Ok(id)
    }

    fn command(
        &mut self,
        brand: BrandId,
        conversation: ConversationId,
        session: SessionId,
        command: Command,
        line: Option<(&str, String)>,
        at: UnixMs,
    ) -> Result<()> {
        let line = line.map(|(event, text)| LineDraft {
            agent: None,
            event: Some(event.to_owned()),
            text,
        });
        let act = Act {
            line,
            ..Act::new(brand, conversation, session, command, at)
        };
        self.act(act).map(drop)
    }

    fn last_session(
        &mut self,
        brand: BrandId,
        conversation: ConversationId,
    ) -> Result<Option<Found>> {
        let entry = self.entry(brand, conversation)?;
        Ok(entry.conversation.session.as_ref().map(|session| Found {
            id: session.id,
            state: session.state,
            elsewhere: session.elsewhere.clone(),
            ended_at: session.ended_at,
        }))
    }
}

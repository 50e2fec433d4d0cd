//! What a console is told: commits, and once a second what changed.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use kefu_domain::{Message, Origin, setup::Role};
use kefu_store::Conversation;
use serde::Serialize;
use serde_json::{Value, json};

use super::Desk;
use crate::{
    api::wall,
    card::Card,
    frames::close,
    hub::{Event, MessageEvent},
    view::{self, For, MessageView},
};

impl Desk {
    pub(super) fn frame(&self, message: &Message) -> Utf8Bytes {
        let name = view::author(&self.setup, message);
        let channel = view::channel(&self.setup, message);
        let view = MessageView {
            message,
            to: For::Agent,
            name,
            channel,
            op: Some("message"),
        };
        serde_json::to_string(&view).unwrap_or_default().into()
    }

    pub(super) fn counts(&mut self) -> Value {
        let (mine, waiting, colleagues, oldest) =
            self.gateway.reception.counts(self.brand(), self.agent.id);
        self.counts = json!({ "mine": mine, "waiting": waiting, "colleagues": colleagues, "oldest_enqueued_at": oldest });
        self.counts.clone()
    }

    /// What is told once a second if it changed.
    pub(super) async fn second(&mut self, out: &mut Vec<Utf8Bytes>) {
        let before = self.counts.clone();
        let now = self.counts();
        if now != before {
            let mut frame = now;
            frame["op"] = json!("counts");
            out.push(frame.to_string().into());
        }
        if std::mem::take(&mut self.standing)
            && let Ok(standing) = self.gateway.reception.standing(self.brand(), self.agent.id)
        {
            out.push(
                json!({ "op": "presence", "presence": view::presence(&standing) })
                    .to_string()
                    .into(),
            );
        }
        self.wall &= self.supervises();
        if self.wall
            && let Ok(wall) = wall::shown(&self.gateway, self.brand(), self.wall_of).await
        {
            out.push(wall.frame);
        }
    }

    fn message(&mut self, event: &MessageEvent, out: &mut Vec<Utf8Bytes>) {
        let message = &event.message;
        let seen = self.seen.entry(message.conversation).or_default();
        if message.seq <= seen.seq && message.rev <= seen.rev {
            return;
        }
        seen.seq = seen.seq.max(message.seq);
        seen.rev = seen.rev.max(message.rev);
        let own = message.rev == 0
            && message.origin == Origin::Servicer
            && message.agent == Some(self.agent.id)
            // Its echo comes soon after it.
            && self.sent.iter().rev().any(|id| *id == message.client_msg_id);
        if !own {
            out.push(event.for_agent(|message| self.frame(message)));
        }
    }

    pub(super) async fn event(
        &mut self,
        event: Event,
        out: &mut Vec<Utf8Bytes>,
    ) -> Result<(), (u16, &'static str)> {
        match event {
            Event::Message(event) => {
                debug_assert_eq!(event.brand, self.brand());
                self.message(&event, out);
            }
            Event::Line(line) => {
                out.push(view::line(&self.setup(), &line, true).to_string().into())
            }
            Event::Conversation(whole) => out.push(self.card(&whole)),
            Event::Mine(whole, kept) => {
                out.push(self.card(&whole));
                match kept {
                    Some(kept) => kept.iter().for_each(|event| self.message(event, out)),
                    None => Box::pin(self.catch_up(&whole, out)).await,
                }
            }
            Event::Gone(whole, reason) => {
                let session = whole.session.as_ref().map(|session| session.id);
                if self.viewing != Some(whole.id) {
                    self.seen.remove(&whole.id);
                }
                let frame = json!({ "op": "gone", "conversation_id": whole.id, "session_id": session, "reason": reason });
                out.push(frame.to_string().into());
            }
            Event::Frame(frame) => out.push(frame),
            Event::Standing => self.standing = true,
            Event::SignedOut(login) => {
                if self.hash == Some(login) {
                    return Err((close::UNAUTHENTICATED, "signed out"));
                }
            }
            Event::Renewed(sign_in) => {
                if self.hash.is_none() || self.hash != sign_in.was {
                    return Err((close::UNAUTHENTICATED, "the password was changed"));
                }
                self.hash = Some(sign_in.is);
                let (hub, id) = (&self.gateway.hub, self.agent.id);
                hub.renewed(id, &self.mailbox, sign_in.is);
            }
            Event::Rights => out.push(self.rights()),
            Event::Carried => (),
            Event::Close(code, reason) => return Err((code, reason)),
        }
        Ok(())
    }

    /// Reads anew who this is and what they may do, and tells their console.
    fn rights(&mut self) -> Utf8Bytes {
        let (setup, id) = (self.setup(), self.agent.id);
        if let Some(row) = setup.agents.get(&id) {
            self.agent.clone_from(&row.entry);
        }
        self.wall &= self.agent.role >= Role::Supervisor;
        json!({ "op": "agent", "agent": self.who() })
            .to_string()
            .into()
    }

    pub(super) fn who(&self) -> Value {
        json!({
            "servicer_userid": self.agent.id, "name": self.agent.name, "role": self.agent.role,
            "team_ids": self.agent.team_ids, "avatar_media_id": self.agent.avatar_media_id,
        })
    }

    fn card(&mut self, whole: &Arc<Conversation>) -> Utf8Bytes {
        let setup = self.setup();
        #[derive(Serialize)]
        struct Frame<'a> {
            op: &'static str,
            conversation: Card<'a>,
        }
        let frame = Frame {
            op: "conversation",
            conversation: Card::of(&self.gateway.reception, &setup, whole),
        };
        // Plain data.
        serde_json::to_string(&frame).unwrap_or_default().into()
    }

    /// The session's messages so far, from the store.
    async fn catch_up(&mut self, whole: &Arc<Conversation>, out: &mut Vec<Utf8Bytes>) {
        let seen = self.seen.get(&whole.id).copied().unwrap_or_default();
        let session = whole.session.as_ref().map(|session| session.id);
        let Ok(newest) = self
            .gateway
            .reception
            .store()
            .messages(self.brand(), whole.id, seen.seq, None, true, 100)
            .await
        else {
            return;
        };
        for message in newest
            .into_iter()
            .filter(|message| message.session == session)
        {
            out.push(self.frame(&message));
            let seen = self.seen.entry(whole.id).or_default();
            seen.seq = seen.seq.max(message.seq);
            seen.rev = seen.rev.max(message.rev);
        }
    }
}

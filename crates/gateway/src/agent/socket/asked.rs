//! What a console asks for.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use kefu_domain::ConversationId;
use kefu_reception::Error;
use serde_json::{Value, json};

use super::{Desk, Pending};
use crate::{
    agent::perform,
    frames::{self, AgentFrame},
};

impl Desk {
    /// Starts a command; the answers come in order.
    pub(super) fn command(
        &mut self,
        frame: AgentFrame,
        pending: &mut Pending,
        out: &mut Vec<Utf8Bytes>,
    ) {
        match frame.op.as_str() {
            "wall" => {
                if !self.supervises() {
                    return out.push(frames::error(frame.id.as_deref(), &Error::Forbidden));
                }
                let team = frame.team_id.as_deref().map(str::parse).transpose();
                let known = team
                    .ok()
                    .filter(|team| team.is_none_or(|team| self.setup().teams.contains_key(&team)));
                let Some(team) = known else {
                    return out.push(frames::error(frame.id.as_deref(), &Error::NotFound));
                };
                (self.wall, self.wall_of) = (frame.on.unwrap_or(true), team);
            }
            "typing" | "read" => {
                let gateway = Arc::clone(&self.gateway);
                let console = self.console;
                let name = self.agent.name.clone();
                // Nobody waits for these, but their order among the others is kept.
                pending.push_back(Box::pin(async move {
                    perform::mark(&gateway, console, &name, &frame).await;
                    Utf8Bytes::default()
                }));
            }
            _ => {
                if let Some(id) = frame.id.clone().filter(|_| frame.op == "send") {
                    if self.sent.len() == 512 {
                        self.sent.drain(..256);
                    }
                    self.sent.push(id);
                }
                let gateway = Arc::clone(&self.gateway);
                let console = self.console;
                self.standing |= frame.op == "state";
                let spoken_to = frame
                    .conversation_id
                    .as_deref()
                    .filter(|_| matches!(frame.op.as_str(), "send" | "note"));
                let lane = spoken_to
                    .and_then(|id| id.parse().ok())
                    .map(|id| self.lanes.of(id));
                // What is done to a session does not overtake what was said in it, nor does a card.
                let before = match frame.session_id.is_some() || frame.op == "handoff" {
                    true => self.lanes.in_use(),
                    false => Vec::new(),
                };
                pending.push_back(Box::pin(async move {
                    for lane in before {
                        drop(lane.turn().await);
                    }
                    let _turn = match lane {
                        Some(lane) => Some(lane.turn().await),
                        None => None,
                    };
                    let id = frame.id.clone().unwrap_or_default();
                    let Some(_place) = gateway.shed.enter(console.brand) else {
                        return frames::overloaded(Some(&id));
                    };
                    match perform::command(&gateway, console, frame).await {
                        Ok(answer) => answer,
                        Err(error) => frames::error(Some(&id), &error),
                    }
                }));
            }
        }
    }

    /// Shows a thread of the own brand, or none; of any other thread nothing is told.
    pub(super) async fn look(&mut self, frame: AgentFrame, out: &mut Vec<Utf8Bytes>) {
        let Some(wanted) = frame.conversation_id else {
            return self.view(None);
        };
        let known = match wanted.parse() {
            Ok(id) => self.gateway.reception.holding(self.brand(), id).await,
            Err(_) => Err(Error::NotFound),
        };
        match known {
            Ok(whole) => self.view(Some(whole.id)),
            Err(error) => {
                self.view(None);
                out.push(frames::error(frame.id.as_deref(), &error));
            }
        }
    }

    /// Shows a thread, or none.
    pub(super) fn view(&mut self, id: Option<ConversationId>) {
        let before = std::mem::replace(&mut self.viewing, id);
        if before == id {
            return;
        }
        for (thread, on) in [(before, false), (id, true)] {
            let Some(thread) = thread else { continue };
            let now = self
                .gateway
                .hub
                .view(thread, self.agent.id, &self.mailbox, on);
            let agents: Vec<Value> = now
                .into_iter()
                .map(|agent| json!({ "servicer_userid": agent, "name": self.setup.agent_name(agent), "typing": false }))
                .collect();
            let frame = json!({ "op": "viewers", "conversation_id": thread, "agents": agents });
            self.gateway
                .hub
                .tell_viewers(thread, &frame.to_string().into());
        }
    }
}

//! What a console is told first: everything that is theirs, and what they missed, page by page, so
//! that a console that reads slowly holds one page.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use kefu_domain::ConversationId;
use kefu_store::Conversation;
use serde_json::json;

use super::Desk;
use crate::{
    card::Card,
    frames::{AgentFrame, Cursor, close},
    replay::Replay,
    view,
    visitor::socket::HEARTBEAT_MS,
    wire::{End, PAGE, WebSocket, write},
};

/// Messages replayed per conversation.
const REPLAY: u64 = 500;
/// Conversations with a cursor in one hello.
const CURSORS: usize = 500;
/// Messages replayed in one hello; the conversations beyond are a `resync` each.
const IN_ALL: usize = 1000;

impl Desk {
    pub(super) async fn begin(
        &mut self,
        socket: &mut WebSocket,
        hello: AgentFrame,
    ) -> Result<(), End> {
        let gateway = Arc::clone(&self.gateway);
        let reception = &gateway.reception;
        let store = reception.store();
        let busy = |_| Some((close::BUSY, "2"));
        let mut mine = Vec::new();
        for id in reception.held(self.brand(), self.agent.id) {
            mine.push(store.conversation(self.brand(), id).await.map_err(busy)?);
        }
        let (offers, mine): (Vec<_>, Vec<_>) = mine
            .into_iter()
            .partition(|whole| whole.session.as_ref().is_some_and(|s| s.offer.is_some()));
        let standing = reception
            .standing(self.brand(), self.agent.id)
            .map_err(|_| Some((close::FORBIDDEN, "gone")))?;
        let epoch = store.epoch();
        let mentions = crate::mentions::list(&gateway, self.brand(), self.agent.id)
            .await
            .map_err(|_| Some((close::BUSY, "2")))?;
        let card = |whole: &Arc<Conversation>| json!(Card::of(reception, &self.setup, whole));
        let welcome = json!({
            "op": "welcome", "epoch": epoch, "now": reception.now(), "heartbeat_ms": HEARTBEAT_MS,
            "agent": self.who(),
            "presence": view::presence(&standing),
            "conversations": mine.iter().map(card).collect::<Vec<_>>(),
            "offers": offers.iter().map(card).collect::<Vec<_>>(),
            "mentions": mentions,
            "counts": self.counts(),
        });
        let mut out = vec![Utf8Bytes::from(welcome.to_string())];
        for whole in mine.iter().chain(&offers) {
            self.seen.insert(
                whole.id,
                Cursor {
                    seq: whole.last_seq,
                    rev: whole.last_rev,
                },
            );
        }
        let other_life = hello.epoch.as_deref().is_some_and(|known| known != epoch);
        if other_life {
            out.push(json!({ "op": "resync", "epoch": epoch }).to_string().into());
        }
        write(socket, out).await?;
        let cursors = if other_life { None } else { hello.cursors };
        let mut left = IN_ALL;
        for (id, cursor) in cursors.into_iter().flatten().take(CURSORS) {
            let Ok(id) = id.parse::<ConversationId>() else {
                continue;
            };
            let Ok(whole) = store.conversation(self.brand(), id).await else {
                continue;
            };
            let far = cursor.seq > whole.last_seq || whole.last_seq - cursor.seq > REPLAY;
            if far || !self.replay(socket, &whole, cursor, &mut left).await? {
                let resync = json!({ "op": "resync", "conversation_id": id });
                write(socket, [resync.to_string().into()]).await?;
            }
        }
        write(socket, [Utf8Bytes::from_static(r#"{"op":"resumed"}"#)]).await
    }

    /// What came and what changed since in one thread; false if that is more than may be told.
    async fn replay(
        &self,
        socket: &mut WebSocket,
        whole: &Conversation,
        cursor: Cursor,
        left: &mut usize,
    ) -> Result<bool, End> {
        let store = self.gateway.reception.store();
        let busy = |_| Some((close::BUSY, "2"));
        let (brand, id) = (self.brand(), whole.id);
        let mut replay = Replay::new(cursor);
        while replay.seq < whole.last_seq {
            let page = store.messages(brand, id, replay.seq, None, false, PAGE);
            let page = page.await.map_err(busy)?;
            if page.is_empty() {
                break;
            }
            let Some(rest) = left.checked_sub(page.len()) else {
                return Ok(false);
            };
            *left = rest;
            let frames: Vec<_> = replay.came(&page).map(|one| self.frame(one)).collect();
            write(socket, frames).await?;
        }
        loop {
            let page = store.changed(brand, id, replay.rev, PAGE);
            let page = page.await.map_err(busy)?;
            let full = page.len() == PAGE as usize;
            let frames: Vec<_> = replay.changed(&page).map(|one| self.frame(one)).collect();
            let Some(rest) = left.checked_sub(frames.len()) else {
                return Ok(false);
            };
            *left = rest;
            write(socket, frames).await?;
            if !full {
                return Ok(true);
            }
        }
    }
}

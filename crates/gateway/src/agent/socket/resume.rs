//! What a console is told first: everything that is theirs, and what they missed.

use std::sync::Arc;

use axum::extract::ws::{Message as Frame, Utf8Bytes, WebSocket};
use futures_util::SinkExt;
use kefu_domain::ConversationId;
use kefu_store::Conversation;
use serde_json::json;

use super::Desk;
use crate::{
    frames::{AgentFrame, Cursor, close},
    view,
    visitor::socket::HEARTBEAT_MS,
    wire::End,
};

/// Messages replayed per conversation.
const REPLAY: u32 = 500;
/// Conversations with a cursor in one hello.
const CURSORS: usize = 500;

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
        let card = |whole: &Arc<Conversation>| view::conversation(reception, &self.setup, whole);
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
        let cursors = if other_life { None } else { hello.cursors };
        for (id, cursor) in cursors.into_iter().flatten().take(CURSORS) {
            let Ok(id) = id.parse::<ConversationId>() else {
                continue;
            };
            let Ok(whole) = store.conversation(self.brand(), id).await else {
                continue;
            };
            if cursor.seq > whole.last_seq || whole.last_seq - cursor.seq > u64::from(REPLAY) {
                out.push(
                    json!({ "op": "resync", "conversation_id": id })
                        .to_string()
                        .into(),
                );
                continue;
            }
            let changed = store
                .changed(self.brand(), id, cursor.rev, REPLAY)
                .await
                .map_err(busy)?;
            let missed = store
                .messages(self.brand(), id, cursor.seq, None, false, REPLAY)
                .await
                .map_err(busy)?;
            for message in changed
                .iter()
                .filter(|message| message.seq <= cursor.seq)
                .chain(&missed)
            {
                out.push(self.frame(message));
            }
        }
        out.push(Utf8Bytes::from_static(r#"{"op":"resumed"}"#));
        for frame in out {
            socket.feed(Frame::Text(frame)).await.map_err(|_| None)?;
        }
        socket.flush().await.map_err(|_| None)
    }
}

//! News without a socket: a poll that waits.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode},
};
use kefu_domain::{ConversationId, Message};
use kefu_store::{Conversation, Store, StoreError, Visitor};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{http::views, session, socket::REPLAY, visitor};
use crate::{
    Gateway,
    api::ask::Ask,
    frames::Cursor,
    hub::Event,
    mailbox::Mailbox,
    problem::{Answer, Problem},
    replay::Replay,
};

/// Messages in one answer, and changed ones beside them.
const PAGE: u32 = 100;

#[derive(Deserialize)]
pub(super) struct PollQuery {
    epoch: Option<String>,
    seq: Option<u64>,
    rev: Option<u64>,
    wait_s: Option<u64>,
}

/// What is new since the cursor, at once or when there is something.
pub(super) async fn poll(
    State(gateway): State<Arc<Gateway>>,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Ask(query): Ask<PollQuery>,
) -> Answer<Json<Value>> {
    let _seat = gateway
        .shed
        .seats
        .take(gateway.address(&peer, &headers), 0)?;
    let visitor = visitor(&gateway, &headers).await?;
    let _sits = gateway
        .shed
        .sit(visitor.brand)
        .ok_or_else(Problem::overloaded)?;
    let store = gateway.reception.store();
    let epoch = store.epoch();
    let (mailbox, mut inbox) = Mailbox::new();
    gateway.hub.join_visitor(
        visitor.conversation,
        mailbox.clone(),
        gateway.settings.limits.sockets_per_visitor,
    );
    let _listens = Listens {
        gateway: &gateway,
        conversation: visitor.conversation,
        mailbox,
    };
    let answer = async {
        let wait = Duration::from_secs(query.wait_s.unwrap_or(0).min(25));
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let whole = gateway.reception.conversation(visitor.brand, visitor.conversation).await?;
            let fresh = query.epoch.as_deref() != Some(epoch.as_str());
            let near = |seq: &u64| *seq <= whole.last_seq && whole.last_seq - seq <= REPLAY;
            let from = query.seq.filter(|seq| !fresh && near(seq));
            let news = match from {
                Some(seq) => {
                    let rev = query.rev.unwrap_or(0);
                    news(store, &visitor, &whole, Cursor { seq, rev }).await?
                }
                None => News {
                    messages: store.messages(visitor.brand, visitor.conversation, 0, None, true, 30).await?,
                    until: Cursor { seq: whole.last_seq, rev: whole.last_rev },
                },
            };
            // What was read may have been said after the token became void.
            self::visitor(&gateway, &headers).await?;
            let late = tokio::time::Instant::now() >= deadline || *gateway.draining.borrow();
            if from.is_none() || !news.messages.is_empty() || late {
                let resync = query.epoch.is_some() && from.is_none();
                return Ok::<_, Problem>(json!({
                    "epoch": epoch, "seq": news.until.seq, "rev": news.until.rev, "messages": views(&gateway, &visitor, &news.messages)?,
                    "session": session(&gateway, &whole).await, "agent_read_seq": whole.agent_read_seq, "resync": resync,
                }));
            }
            let heard = tokio::time::timeout_at(deadline, inbox.next()).await;
            // Another of this visitor's came after it, and they may have no more.
            if let Ok(Some(Event::Close(..)) | None) = heard {
                return Err(Problem::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "rate_limited",
                    "too many connections of this visitor",
                ));
            }
        }
    }
    .await;
    answer.map(Json)
}

/// What a poll tells, and how far a client that has it knows the thread.
struct News {
    messages: Vec<Message>,
    until: Cursor,
}

/// What changed and what came since. While more changed than one answer holds, only that is told:
/// a client may take the largest `rev` it sees for all up to it.
async fn news(
    store: &Arc<dyn Store>,
    visitor: &Visitor,
    whole: &Conversation,
    from: Cursor,
) -> std::result::Result<News, StoreError> {
    let (brand, id) = (visitor.brand, visitor.conversation);
    let mut replay = Replay::new(from);
    let came = store
        .messages(brand, id, from.seq, None, false, PAGE)
        .await?;
    replay.came(&came).for_each(drop);
    let mut changed = Vec::new();
    loop {
        let page = store.changed(brand, id, replay.rev, PAGE).await?;
        changed.extend(replay.changed(&page).cloned());
        if page.len() < PAGE as usize {
            break;
        }
        if changed.len() >= PAGE as usize {
            changed.retain(|message| message.seq <= from.seq);
            let until = Cursor {
                rev: replay.rev,
                ..from
            };
            return Ok(News {
                messages: changed,
                until,
            });
        }
    }
    let all = came.len() < PAGE as usize;
    let until = Cursor {
        seq: if all {
            replay.seq.max(whole.last_seq)
        } else {
            replay.seq
        },
        rev: replay.rev.max(whole.last_rev),
    };
    let mut messages = changed;
    messages.extend(came);
    Ok(News { messages, until })
}

/// A poll that listens, until it is answered or its client has gone.
struct Listens<'a> {
    gateway: &'a Gateway,
    conversation: ConversationId,
    mailbox: Mailbox,
}

impl Drop for Listens<'_> {
    fn drop(&mut self) {
        self.gateway
            .hub
            .leave_poll(self.conversation, &self.mailbox);
    }
}

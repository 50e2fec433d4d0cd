//! The visitor's socket: hello, exact resume, and then both ways.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{ConnectInfo, State, ws::Utf8Bytes},
    http::HeaderMap,
    response::Response,
};
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesOrdered};
use kefu_domain::{Message, Origin};
use kefu_reception::Incoming;
use kefu_store::{Conversation, Visitor};
use serde_json::json;

use super::{http::Refused, session};
use crate::{
    Gateway,
    frames::{self, Cursor, VisitorFrame, close},
    hub::Event,
    lanes::Lane,
    mailbox::{Inbox, Mailbox},
    places::Sits,
    problem::Answer,
    replay::Replay,
    view::{self, For, MessageView},
    wire::{End, Handshake, PAGE, Pace, WebSocket, hello, part, write},
};

/// Told to clients.
pub(crate) const HEARTBEAT_MS: u64 = 15_000;
/// Messages of one socket on their way to the disk.
const IN_FLIGHT: usize = 32;
/// Messages replayed on resume; more is a `resync`.
pub(super) const REPLAY: u64 = 500;
/// Messages shown to a fresh client.
const FRESH: u32 = 30;
/// A waiting customer's place is told so often.
const PLACE: Duration = Duration::from_secs(3);
/// Whoever is not given to somebody within this time waits, and is told so.
const SETTLES: Duration = Duration::from_millis(500);
/// Frames a second that are not worth an answer.
const FLOOD: u32 = 50;

pub(super) async fn upgrade(
    State(gateway): State<Arc<Gateway>>,
    info: ConnectInfo<std::net::SocketAddr>,
    headers: HeaderMap,
    handshake: Handshake,
) -> Answer<Response> {
    let from = gateway.address(&info, &headers);
    let seat = gateway.shed.seats.take(from, 0)?;
    Ok(handshake.accept(move |socket| async move {
        run(&gateway, socket).await;
        drop(seat);
    }))
}

async fn run(gateway: &Arc<Gateway>, mut socket: WebSocket) {
    // Quiet sockets wait in `talk`, by the ten thousands: what only the beginning needs is gone by then.
    let (mut line, mailbox, inbox, _seat) = match Box::pin(open(gateway, &mut socket)).await {
        Ok(opened) => opened,
        Err(end) => return part(&mut socket, end).await,
    };
    let end = line.talk(&mut socket, inbox).await;
    let conversation = line.visitor.conversation;
    gateway.hub.leave_visitor(conversation, &mailbox);
    part(&mut socket, end).await;
}

/// From the first frame to `resumed`.
async fn open(
    gateway: &Arc<Gateway>,
    socket: &mut WebSocket,
) -> Result<(Box<Line>, Mailbox, Inbox, Sits), End> {
    let hello = hello(socket, |frame: &VisitorFrame| &frame.op).await?;
    let token = hello.token.as_deref().unwrap_or_default();
    let visitor = match super::by_token(gateway, token).await {
        Ok(visitor) => visitor,
        Err(problem) if problem.status.is_server_error() => return Err(Some((close::BUSY, "2"))),
        Err(_) => return Err(Some((close::UNAUTHENTICATED, "token_invalid"))),
    };
    let Some(seat) = gateway.shed.sit(visitor.brand) else {
        return Err(Some((close::BUSY, "10")));
    };
    let (mailbox, inbox) = Mailbox::new();
    // Listen first, then read: what is committed in between arrives by both ways and is told once.
    gateway.hub.join_visitor(
        visitor.conversation,
        mailbox.clone(),
        gateway.settings.limits.sockets_per_visitor,
    );
    let mut line = Box::new(Line {
        gateway: Arc::clone(gateway),
        visitor,
        token: token.to_owned(),
        last_seq: 0,
        last_rev: 0,
        sent: Vec::new(),
        lane: Lane::default(),
        waits: false,
        typing: None,
        agent_read: 0,
    });
    if let Err(end) = line.begin(socket, &hello).await {
        gateway.hub.leave_visitor(visitor.conversation, &mailbox);
        return Err(end);
    }
    Ok((line, mailbox, inbox, seat))
}

/// One visitor's connection.
struct Line {
    gateway: Arc<Gateway>,
    visitor: Visitor,
    token: String,
    last_seq: u64,
    last_rev: u64,
    /// Ids sent on this connection whose echo is not needed.
    sent: Vec<String>,
    lane: Lane,
    waits: bool,
    typing: Option<Instant>,
    agent_read: u64,
}

type Pending = FuturesOrdered<BoxFuture<'static, Utf8Bytes>>;

impl Line {
    /// Welcome, missed messages page by page, resumed.
    async fn begin(&mut self, socket: &mut WebSocket, hello: &VisitorFrame) -> Result<(), End> {
        let gateway = Arc::clone(&self.gateway);
        let store = gateway.reception.store();
        let (brand, id) = (self.visitor.brand, self.visitor.conversation);
        let whole = store.conversation(brand, id).await.map_err(busy)?;
        let epoch = store.epoch();
        let known = hello.epoch.as_deref().zip(hello.seq);
        self.agent_read = whole.agent_read_seq;
        let welcome = json!({
            "op": "welcome", "epoch": epoch, "seq": whole.last_seq, "rev": whole.last_rev, "heartbeat_ms": HEARTBEAT_MS,
            "session": session(&gateway, &whole).await, "agent_read_seq": whole.agent_read_seq,
        });
        self.waits = waits(&whole);
        write(socket, [welcome.to_string().into()]).await?;
        let resumed = match known {
            Some((known, seq)) => {
                let rev = hello.rev.unwrap_or(0);
                let near =
                    known == epoch && seq <= whole.last_seq && whole.last_seq - seq <= REPLAY;
                near && self.replay(socket, &whole, Cursor { seq, rev }).await?
            }
            None => false,
        };
        if !resumed {
            let mut frames = Vec::new();
            if known.is_some() {
                frames.push(json!({ "op": "resync", "epoch": epoch }).to_string().into());
            }
            let newest = store.messages(brand, id, 0, None, true, FRESH);
            let newest = newest.await.map_err(busy)?;
            self.may_still_read().await?;
            self.last_rev = whole.last_rev;
            for message in &newest {
                self.note(message);
                frames.push(self.frame(message));
            }
            write(socket, frames).await?;
        }
        write(socket, [Utf8Bytes::from_static(r#"{"op":"resumed"}"#)]).await
    }

    /// What came and what changed since; false if that is more than [`REPLAY`].
    async fn replay(
        &mut self,
        socket: &mut WebSocket,
        whole: &Conversation,
        from: Cursor,
    ) -> Result<bool, End> {
        let gateway = Arc::clone(&self.gateway);
        let store = gateway.reception.store();
        let (brand, id) = (self.visitor.brand, whole.id);
        (self.last_seq, self.last_rev) = (from.seq, from.rev);
        let mut replay = Replay::new(from);
        while replay.seq < whole.last_seq {
            let page = store.messages(brand, id, replay.seq, None, false, PAGE);
            let page = page.await.map_err(busy)?;
            if page.is_empty() {
                break;
            }
            self.tell(socket, replay.came(&page).collect()).await?;
        }
        let mut count = 0;
        loop {
            let page = store.changed(brand, id, replay.rev, PAGE);
            let page = page.await.map_err(busy)?;
            let changed: Vec<_> = replay.changed(&page).collect();
            count += changed.len() as u64;
            if count > REPLAY {
                return Ok(false);
            }
            self.tell(socket, changed).await?;
            if page.len() < PAGE as usize {
                return Ok(true);
            }
        }
    }

    /// What was just read may have been said after the token became void.
    async fn may_still_read(&self) -> Result<(), End> {
        match super::by_token(&self.gateway, &self.token).await {
            Ok(_) => Ok(()),
            Err(problem) if problem.status.is_server_error() => Err(Some((close::BUSY, "2"))),
            Err(_) => Err(Some((close::CARRIED, "continued in WeChat"))),
        }
    }

    async fn tell(&mut self, socket: &mut WebSocket, page: Vec<&Message>) -> Result<(), End> {
        self.may_still_read().await?;
        let mut frames = Vec::new();
        for message in page {
            self.note(message);
            frames.push(self.frame(message));
        }
        write(socket, frames).await
    }

    fn note(&mut self, message: &Message) {
        self.last_seq = self.last_seq.max(message.seq);
        self.last_rev = self.last_rev.max(message.rev);
    }

    fn frame(&self, message: &Message) -> Utf8Bytes {
        let setup = self
            .gateway
            .reception
            .directory()
            .brand(self.visitor.brand)
            .ok();
        let name = setup
            .as_deref()
            .map_or("", |setup| view::author(setup, message));
        let view = MessageView {
            message,
            to: For::Visitor,
            name,
            channel: "",
            op: Some("message"),
        };
        serde_json::to_string(&view).unwrap_or_default().into()
    }

    /// Both ways until one side ends it.
    async fn talk(&mut self, socket: &mut WebSocket, mut inbox: Inbox) -> End {
        let mut pending = Pending::new();
        let mut last_life = Instant::now();
        let mut tick = tokio::time::interval(PLACE);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut pace = Pace::new(FLOOD);
        let silence = self.gateway.settings.limits.patience.silence;
        loop {
            let mut out = Vec::new();
            tokio::select! {
                biased;
                frame = socket.recv(), if pending.len() < IN_FLIGHT => {
                    last_life = Instant::now();
                    let text = match pace.heard(frame) {
                        Ok(Some(text)) => text,
                        Ok(None) => continue,
                        Err(end) => return end,
                    };
                    match frames::read::<VisitorFrame>(&text) {
                        Ok(frame) if frame.op == "send" => self.send(frame, &mut pending),
                        Ok(frame) => {
                            if let Err(end) = pace.frame() {
                                return end;
                            }
                            out.extend(Box::pin(self.other(frame)).await);
                        }
                        Err(error) => {
                            if let Err(end) = pace.frame() {
                                return end;
                            }
                            out.push(frames::unread(&text, &error));
                        }
                    }
                }
                Some(answer) = pending.next(), if !pending.is_empty() => {
                    // What one commit answered goes out in one write.
                    let mut next = Some(answer);
                    while let Some(answer) = next {
                        out.push(answer);
                        next = pending.next().now_or_never().flatten();
                    }
                }
                event = inbox.next() => {
                    let event = event?;
                    let mut next = Some(event);
                    let waited = self.waits;
                    while let Some(event) = next {
                        match self.event(event).await {
                            Ok(frame) => out.extend(frame),
                            Err(end) => return Some(end),
                        }
                        next = inbox.try_next();
                    }
                    if inbox.slow() {
                        return Some((close::SLOW, "too slow"));
                    }
                    if self.waits && !waited {
                        tick.reset_after(SETTLES);
                    }
                }
                _ = tick.tick() => {
                    if last_life.elapsed() > silence {
                        return Some((close::SILENT, "no heartbeat"));
                    }
                    if self.waits {
                        out.extend(Box::pin(self.place()).await);
                    }
                }
            }
            if !out.is_empty()
                && let Err(end) = write(socket, out).await
            {
                return end;
            }
        }
    }

    /// Starts filing a message; the answer comes in order.
    fn send(&mut self, mut frame: VisitorFrame, pending: &mut Pending) {
        let id = frame.id.take().unwrap_or_default();
        let content = match frame.content() {
            Ok(content) => content,
            Err(error) => {
                return pending.push_back(Box::pin(std::future::ready(frames::error(
                    Some(&id),
                    &error,
                ))));
            }
        };
        if self.sent.len() == 64 {
            self.sent.drain(..32);
        }
        self.sent.push(id.clone());
        let gateway = Arc::clone(&self.gateway);
        let incoming = Incoming {
            visitor: self.visitor,
            client_msg_id: id.clone(),
            content,
        };
        if let Err(error) = gateway.shed.message_of(incoming.visitor.customer) {
            return pending.push_back(Box::pin(std::future::ready(frames::error(
                Some(&id),
                &error,
            ))));
        }
        let lane = self.lane.clone();
        pending.push_back(Box::pin(async move {
            let _turn = lane.turn().await;
            let Some(_place) = gateway.shed.enter(incoming.visitor.brand) else {
                return frames::overloaded(Some(&id));
            };
            match super::http::file(&gateway, incoming).await {
                Ok(filed) => frames::ack(&id, &filed),
                Err(error) => frames::error(Some(&id), &error),
            }
        }));
    }

    /// Every other operation.
    async fn other(&mut self, frame: VisitorFrame) -> Option<Utf8Bytes> {
        if frame.op == "ping" {
            return Some(Utf8Bytes::from_static(r#"{"op":"pong"}"#));
        }
        if frame.op == "typing" && frame.on == Some(true) {
            if self
                .typing
                .is_some_and(|at| at.elapsed() < Duration::from_millis(500))
            {
                return None;
            }
            self.typing = Some(Instant::now());
        }
        let id = frame.id.clone();
        match super::http::perform(&self.gateway, &self.visitor, frame).await {
            Ok(answer) => {
                answer.map(|fields| frames::ack_with(id.as_deref().unwrap_or_default(), fields))
            }
            Err(Refused::Overloaded) => Some(frames::overloaded(id.as_deref())),
            Err(Refused::Verb(error)) => Some(frames::error(id.as_deref(), &error)),
        }
    }

    /// What a commit means for this client.
    async fn event(&mut self, event: Event) -> Result<Option<Utf8Bytes>, (u16, &'static str)> {
        match event {
            Event::Message(event) => {
                let message = &event.message;
                let known = message.seq <= self.last_seq && message.rev <= self.last_rev;
                if known {
                    return Ok(None);
                }
                self.note(message);
                let echo = message.rev == 0
                    && message.origin == Origin::Customer
                    && self
                        .sent
                        .iter()
                        .rev()
                        .any(|id| *id == message.client_msg_id);
                Ok((!echo).then(|| event.for_visitor(|message| self.frame(message))))
            }
            Event::Conversation(whole) => {
                let waited = std::mem::replace(&mut self.waits, waits(&whole));
                if whole.agent_read_seq > self.agent_read {
                    self.agent_read = whole.agent_read_seq;
                    return Ok(Some(
                        json!({ "op": "read", "seq": whole.agent_read_seq })
                            .to_string()
                            .into(),
                    ));
                }
                // Whoever just began to wait is told the place with the next tick, soon, if they still do.
                if self.waits && !waited {
                    return Ok(None);
                }
                Ok(Some(self.session(&whole).await))
            }
            Event::Frame(frame) => Ok(Some(frame)),
            Event::Carried => match self.may_still_read().await {
                Err(Some(end)) => Err(end),
                _ => Ok(None),
            },
            Event::Close(code, reason) => Err((code, reason)),
            Event::Line(_)
            | Event::Mine(..)
            | Event::Gone(..)
            | Event::Standing
            | Event::SignedOut(_)
            | Event::Renewed(_)
            | Event::Rights => Ok(None),
        }
    }

    async fn session(&self, whole: &Conversation) -> Utf8Bytes {
        let mut frame = session(&self.gateway, whole).await;
        frame["op"] = json!("session");
        frame.to_string().into()
    }

    async fn place(&mut self) -> Option<Utf8Bytes> {
        let Visitor {
            brand,
            conversation,
            ..
        } = self.visitor;
        let whole = self
            .gateway
            .reception
            .conversation(brand, conversation)
            .await
            .ok()?;
        self.waits = waits(&whole);
        Some(self.session(&whole).await)
    }
}

fn busy(_: kefu_store::StoreError) -> End {
    Some((close::BUSY, "2"))
}

fn waits(whole: &Conversation) -> bool {
    whole
        .session
        .as_ref()
        .is_some_and(|session| session.state == kefu_domain::ServiceState::Waiting)
}

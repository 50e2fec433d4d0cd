//! The agent's socket: hello, everything that is theirs, and then both ways.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{
        ConnectInfo, State,
        ws::{Message as Frame, Utf8Bytes, WebSocket},
    },
    http::HeaderMap,
    response::Response,
};
use futures_util::{FutureExt, SinkExt, StreamExt, future::BoxFuture, stream::FuturesOrdered};
use kefu_domain::{
    ConversationId, Message, Origin, TeamId,
    setup::{Agent, Role},
};
use kefu_reception::{Console, Error, Setup};
use kefu_store::{Conversation, Login};
use serde_json::{Value, json};

use super::perform;
use crate::{
    Gateway,
    auth::{self, allowed_origin},
    frames::{self, AgentFrame, Cursor, close},
    hub::{Event, Inbox, Mailbox, MessageEvent},
    lanes::Lanes,
    limits,
    problem::{Answer, Problem},
    view::{self, For, MessageView},
    visitor::socket::HEARTBEAT_MS,
    wire::{End, Handshake, Heard, Pace, Seat, bye, heard, hello, part},
};

/// Commands of one socket under way.
const IN_FLIGHT: usize = 256;
/// Messages replayed per conversation.
const REPLAY: u32 = 500;
/// Conversations with a cursor in one hello.
const CURSORS: usize = 500;
/// Frames a second that are not worth an answer.
const FLOOD: u32 = 100;

pub(super) async fn upgrade(
    State(gateway): State<Arc<Gateway>>,
    info: ConnectInfo<std::net::SocketAddr>,
    headers: HeaderMap,
    handshake: Handshake,
) -> Answer<Response> {
    let from = limits::address(&gateway, limits::peer(&info).0.ip(), &headers);
    // A cookie counts only from our own pages; without one, a ticket must come first.
    let login = match gateway.login_of(&headers).await {
        Ok(found) if allowed_origin(&gateway.settings, &headers) => Some(found),
        Ok(_) => return Err(Problem::forbidden()),
        Err(_) => None,
    };
    let seat = Seat::take(&gateway, from)?;
    Ok(handshake.small().on_upgrade(move |socket| async move {
        run(&gateway, socket, login).await;
        drop(seat);
    }))
}

async fn run(gateway: &Arc<Gateway>, mut socket: WebSocket, login: Option<([u8; 32], Login)>) {
    let hello = match hello(&mut socket, |frame: &AgentFrame| &frame.op).await {
        Ok(hello) => hello,
        Err(end) => return part(&mut socket, end).await,
    };
    let (hash, login) = match (login, &hello.ticket) {
        (Some((hash, login)), None) => (Some(hash), login),
        (_, Some(ticket)) => {
            let now = gateway.reception.now();
            match gateway
                .reception
                .store()
                .take_ticket(auth::hash(ticket), now)
                .await
            {
                Ok(Some(login)) => (None, login),
                Ok(None) => {
                    return bye(
                        &mut socket,
                        close::UNAUTHENTICATED,
                        "the ticket is not valid",
                    )
                    .await;
                }
                Err(_) => return bye(&mut socket, close::BUSY, "2").await,
            }
        }
        (None, None) => return bye(&mut socket, close::UNAUTHENTICATED, "sign in first").await,
    };
    let Ok((setup, agent)) = gateway.agent_of(&login) else {
        return bye(&mut socket, close::FORBIDDEN, "the account is disabled").await;
    };
    let (mailbox, inbox) = Mailbox::new();
    gateway.hub.join_agent(
        agent.id,
        mailbox.clone(),
        gateway.settings.limits.sockets_per_agent,
    );
    let console = gateway.reception.enter_console(login.brand, agent.id).await;
    let mut desk = Box::new(Desk {
        gateway: Arc::clone(gateway),
        setup,
        agent,
        console,
        hash,
        mailbox: mailbox.clone(),
        seen: HashMap::new(),
        sent: Vec::new(),
        lanes: Lanes::default(),
        viewing: None,
        wall: false,
        wall_of: None,
        counts: Value::Null,
        standing: false,
    });
    let end = match Box::pin(desk.begin(&mut socket, hello)).await {
        Ok(()) => desk.talk(&mut socket, inbox).await,
        Err(end) => end,
    };
    desk.view(None);
    gateway.hub.leave_agent(desk.agent.id, &mailbox);
    gateway.reception.leave_console(console, false).await;
    part(&mut socket, end).await;
}

type Pending = FuturesOrdered<BoxFuture<'static, Utf8Bytes>>;

/// One console connection.
pub(super) struct Desk {
    pub(super) gateway: Arc<Gateway>,
    pub(super) setup: Arc<Setup>,
    pub(super) agent: Agent,
    pub(super) console: Console,
    hash: Option<[u8; 32]>,
    mailbox: Mailbox,
    /// How far each thread was told on this connection.
    seen: HashMap<ConversationId, Cursor>,
    sent: Vec<String>,
    lanes: Lanes,
    viewing: Option<ConversationId>,
    wall: bool,
    wall_of: Option<TeamId>,
    counts: Value,
    standing: bool,
}

impl Desk {
    fn brand(&self) -> kefu_domain::BrandId {
        self.console.brand
    }

    /// Set-up may have changed since the socket opened.
    fn setup(&mut self) -> Arc<Setup> {
        if let Ok(now) = self.gateway.reception.directory().brand(self.brand()) {
            self.setup = now;
        }
        Arc::clone(&self.setup)
    }

    /// The role may have changed as well.
    fn supervises(&mut self) -> bool {
        let (setup, id) = (self.setup(), self.agent.id);
        let role = setup.agents.get(&id).map(|row| row.entry.role);
        role.is_some_and(|role| role >= Role::Supervisor)
    }

    async fn begin(&mut self, socket: &mut WebSocket, hello: AgentFrame) -> Result<(), End> {
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

    fn frame(&self, message: &Message) -> Utf8Bytes {
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

    fn counts(&mut self) -> Value {
        let (mine, waiting, colleagues, oldest) =
            self.gateway.reception.counts(self.brand(), self.agent.id);
        self.counts = json!({ "mine": mine, "waiting": waiting, "colleagues": colleagues, "oldest_enqueued_at": oldest });
        self.counts.clone()
    }

    async fn talk(&mut self, socket: &mut WebSocket, mut inbox: Inbox) -> End {
        let mut pending = Pending::new();
        let mut last_life = Instant::now();
        let mut last_beat = Instant::now();
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut pace = Pace::new(FLOOD);
        let silence = self.gateway.settings.limits.patience.silence;
        loop {
            let mut out: Vec<Utf8Bytes> = Vec::new();
            tokio::select! {
                biased;
                frame = socket.recv(), if pending.len() < IN_FLIGHT => {
                    last_life = Instant::now();
                    let text = match heard(frame) {
                        Heard::Text(text) => text,
                        Heard::Life => match pace.ping() {
                            Ok(()) => continue,
                            Err(end) => return end,
                        },
                        Heard::Broken(code, reason) => return Some((code, reason)),
                        Heard::Gone => return None,
                    };
                    let frame = frames::read::<AgentFrame>(&text);
                    let work = matches!(&frame, Ok(frame) if matches!(frame.op.as_str(), "send" | "close"));
                    if !work && let Err(end) = pace.frame() {
                        return end;
                    }
                    match frame {
                        Ok(frame) if frame.op == "ping" => {
                            out.push(Utf8Bytes::from_static(r#"{"op":"pong"}"#));
                        }
                        Ok(frame) if frame.op == "viewing" => Box::pin(self.look(frame, &mut out)).await,
                        Ok(frame) => self.command(frame, &mut pending, &mut out),
                        Err(error) => out.push(frames::error(None, &error)),
                    }
                }
                Some(answer) = pending.next(), if !pending.is_empty() => {
                    out.push(answer);
                }
                event = inbox.next() => {
                    if let Err(end) = self.event(event?, &mut out).await {
                        return Some(end);
                    }
                }
                _ = tick.tick() => {
                    if last_life.elapsed() > silence {
                        return Some((close::SILENT, "no heartbeat"));
                    }
                    if last_beat.elapsed() > Duration::from_secs(10) && last_life.elapsed() < Duration::from_secs(20) {
                        last_beat = Instant::now();
                        Box::pin(self.beat()).await;
                    }
                    Box::pin(self.second(&mut out)).await;
                }
            }
            // Everything that is ready goes out in one write.
            while let Some(event) = inbox.try_next() {
                if let Err(end) = self.event(event, &mut out).await {
                    return Some(end);
                }
            }
            if inbox.slow() {
                return Some((close::SLOW, "too slow"));
            }
            while let Some(Some(answer)) = pending.next().now_or_never() {
                out.push(answer);
            }
            // Marks are not answered.
            out.retain(|answer| !answer.is_empty());
            if out.is_empty() {
                continue;
            }
            let write = async {
                for frame in out {
                    socket.feed(Frame::Text(frame)).await?;
                }
                socket.flush().await
            };
            match tokio::time::timeout(Duration::from_secs(10), write).await {
                Ok(Ok(())) => (),
                Ok(Err(_)) => return None,
                Err(_) => return Some((close::SLOW, "too slow")),
            }
        }
    }

    async fn beat(&self) {
        self.gateway.reception.beat(&self.console).await;
        if let Some(hash) = self.hash {
            self.gateway.working(hash).await;
        }
    }

    /// What is told once a second if it changed.
    async fn second(&mut self, out: &mut Vec<Utf8Bytes>) {
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
            && let Ok(mut wall) =
                crate::api::wall::render(&self.gateway, self.brand(), self.wall_of).await
        {
            wall["op"] = json!("wall");
            out.push(wall.to_string().into());
        }
    }

    /// Starts a command; the answers come in order.
    fn command(&mut self, frame: AgentFrame, pending: &mut Pending, out: &mut Vec<Utf8Bytes>) {
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
                    .filter(|_| frame.op == "send");
                let lane = spoken_to
                    .and_then(|id| id.parse().ok())
                    .map(|id| self.lanes.of(id));
                pending.push_back(Box::pin(async move {
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
    async fn look(&mut self, frame: AgentFrame, out: &mut Vec<Utf8Bytes>) {
        let Some(wanted) = frame.conversation_id else {
            return self.view(None);
        };
        let known = match wanted.parse() {
            Ok(id) => self.gateway.reception.conversation(self.brand(), id).await,
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
    fn view(&mut self, id: Option<ConversationId>) {
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

    async fn event(
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
            }
            Event::Rights => out.push(self.rights()),
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

    fn who(&self) -> Value {
        json!({
            "servicer_userid": self.agent.id, "name": self.agent.name, "role": self.agent.role,
            "team_ids": self.agent.team_ids, "avatar_media_id": self.agent.avatar_media_id,
        })
    }

    fn card(&mut self, whole: &Arc<Conversation>) -> Utf8Bytes {
        let setup = self.setup();
        let card = view::conversation(&self.gateway.reception, &setup, whole);
        json!({ "op": "conversation", "conversation": card })
            .to_string()
            .into()
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

//! The agent's socket: hello, everything that is theirs, and then both ways.

mod asked;
mod resume;
mod told;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{ConnectInfo, State, ws::Utf8Bytes},
    http::HeaderMap,
    response::Response,
};
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesOrdered};
use kefu_domain::{
    ConversationId, TeamId,
    setup::{Agent, Role},
};
use kefu_reception::{Console, Setup};
use kefu_store::Login;
use serde_json::Value;

use crate::{
    Gateway,
    auth::{self, allowed_origin},
    frames::{self, AgentFrame, Cursor, close},
    lanes::Lanes,
    mailbox::{Inbox, Mailbox},
    problem::{Answer, Problem},
    wire::{End, Handshake, Pace, WebSocket, bye, hello, part, write},
};

/// Commands of one socket under way.
const IN_FLIGHT: usize = 256;
/// Frames a second that are not worth an answer.
const FLOOD: u32 = 100;

pub(super) async fn upgrade(
    State(gateway): State<Arc<Gateway>>,
    info: ConnectInfo<std::net::SocketAddr>,
    headers: HeaderMap,
    handshake: Handshake,
) -> Answer<Response> {
    let from = gateway.address(&info, &headers);
    // A cookie counts only from our own pages; without one, a ticket must come first.
    let login = match gateway.login_of(&headers).await {
        Ok(found) if allowed_origin(&gateway.settings, &headers) => {
            gateway.own_password(found.1.brand, found.1.agent).await?;
            Some(found)
        }
        Ok(_) => return Err(Problem::foreign()),
        Err(_) => None,
    };
    let seat = gateway.shed.seats.take(from, 0)?;
    Ok(handshake.accept(move |socket| async move {
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
    let Some(_seat) = gateway.shed.sit(login.brand) else {
        return bye(&mut socket, close::BUSY, "10").await;
    };
    let (mailbox, inbox) = Mailbox::new();
    gateway.hub.join_agent(
        agent.id,
        mailbox.clone(),
        hash,
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
                    let text = match pace.heard(frame) {
                        Ok(Some(text)) => text,
                        Ok(None) => continue,
                        Err(end) => return end,
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
                        Err(error) => out.push(frames::unread(&text, &error)),
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
            if let Err(end) = write(socket, out).await {
                return end;
            }
        }
    }

    async fn beat(&self) {
        self.gateway.reception.beat(&self.console).await;
        if let Some(hash) = self.hash {
            self.gateway.working(hash).await;
        }
    }
}

//! The stand-in's HTTP and WebSocket doors.

use std::sync::{Arc, Mutex};

use axum::Json;
use axum::Router;
use axum::extract::ws::{Message, WebSocket};
use axum::extract::{Path, Query, State, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::world::World;

type Shared = Arc<Mutex<World>>;

pub(crate) fn router(world: Shared) -> Router {
    let made = |id: &'static str| post(move || async move { created(&json!({ "id": id })) });
    let login = || async { ([("set-cookie", "kefu=1; HttpOnly")], Json(json!({}))) };
    Router::new()
        .route("/readyz", get(|| async {}))
        .route("/v1/login", post(login))
        .route(
            "/v1/bootstrap",
            get(|| async { Json(json!({ "version": "fake" })) }),
        )
        .route("/v1/teams", made("team"))
        .route("/v1/kf-accounts", made("kf"))
        .route("/v1/entry-points", made("door"))
        .route("/v1/agents", post(make_agent))
        .route("/v1/agents/{id}/tickets", post(ticket))
        .route("/v1/visitor/open", post(open))
        .route("/v1/visitor/socket", get(visitor_socket))
        .route("/v1/agent/socket", get(agent_socket))
        .route("/v1/conversations", get(conversations))
        .route("/v1/conversations/{id}/messages", get(messages))
        .route("/v1/conversations/{id}/sessions", get(sessions))
        .route("/v1/audit/assignments", get(audit))
        .with_state(world)
}

fn created(body: &Value) -> impl IntoResponse + use<> {
    (StatusCode::CREATED, Json(body.clone()))
}

async fn make_agent(State(world): State<Shared>) -> impl IntoResponse {
    let id = world.lock().unwrap().hire();
    created(&json!({ "id": id, "password": "x" }))
}

async fn ticket(State(world): State<Shared>, Path(id): Path<String>) -> impl IntoResponse {
    let mut world = world.lock().unwrap();
    let number = world
        .agents
        .iter()
        .position(|agent| agent.id == id)
        .unwrap();
    let ticket = format!("ticket-{}", world.tickets.len());
    world.tickets.insert(ticket.clone(), number);
    created(&json!({ "ticket": ticket }))
}

async fn open(State(world): State<Shared>) -> Json<Value> {
    let mut world = world.lock().unwrap();
    let number = world.open_visitor();
    let external = &world.conversations[number].external;
    Json(json!({ "token": format!("t{number}"), "external_userid": external, "epoch": "e" }))
}

async fn conversations(State(world): State<Shared>, Query(query): Query<Value>) -> Json<Value> {
    let world = world.lock().unwrap();
    let from: usize = query["cursor"]
        .as_str()
        .map_or(0, |cursor| cursor.parse().unwrap());
    let until = (from + 7).min(world.conversations.len());
    let written = (from..until).filter(|number| world.conversations[*number].seq > 0);
    let items: Vec<Value> = written.map(|number| world.card(number)).collect();
    let next = (until < world.conversations.len()).then(|| until.to_string());
    Json(json!({ "items": items, "next": next }))
}

async fn messages(
    State(world): State<Shared>,
    Path(id): Path<String>,
    Query(query): Query<Value>,
) -> Json<Value> {
    let world = world.lock().unwrap();
    let conversation = world
        .conversations
        .iter()
        .find(|found| found.id == id)
        .unwrap();
    let after: u64 = query["after_seq"]
        .as_str()
        .map_or(0, |seq| seq.parse().unwrap());
    let mut rest = conversation
        .messages
        .iter()
        .filter(|m| m["seq"].as_u64().unwrap() > after);
    let page: Vec<&Value> = rest.by_ref().take(200).collect();
    Json(json!({ "epoch": "e", "messages": page, "lines": [], "has_more": rest.next().is_some() }))
}

async fn sessions(State(world): State<Shared>, Path(id): Path<String>) -> Json<Value> {
    let world = world.lock().unwrap();
    let conversation = world
        .conversations
        .iter()
        .find(|found| found.id == id)
        .unwrap();
    Json(json!({ "items": conversation.sessions, "next": null }))
}

async fn audit(State(world): State<Shared>) -> Json<Value> {
    let world = world.lock().unwrap();
    Json(json!({ "items": world.audit, "next": null }))
}

async fn visitor_socket(State(world): State<Shared>, up: WebSocketUpgrade) -> impl IntoResponse {
    up.on_upgrade(|socket| async {
        let _ = serve_visitor(world, socket).await;
    })
}

async fn agent_socket(State(world): State<Shared>, up: WebSocketUpgrade) -> impl IntoResponse {
    up.on_upgrade(|socket| async {
        let _ = serve_agent(world, socket).await;
    })
}

async fn next(socket: &mut WebSocket) -> Option<Value> {
    loop {
        match socket.recv().await?.ok()? {
            Message::Text(text) => return Some(serde_json::from_str(&text).unwrap()),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

async fn say(socket: &mut WebSocket, frame: String) -> Option<()> {
    socket.send(Message::Text(frame.into())).await.ok()
}

async fn serve_visitor(world: Shared, mut socket: WebSocket) -> Option<()> {
    let hello = next(&mut socket).await?;
    let number: usize = hello["token"].as_str()?.strip_prefix('t')?.parse().ok()?;
    let (wire, mut pushes) = mpsc::channel(4096);
    let missed = {
        let mut world = world.lock().unwrap();
        world.visitors[number] = Some(wire);
        let known = hello["seq"].as_u64().unwrap();
        let messages = world.conversations[number].messages.iter();
        let missed = messages.filter(|message| message["seq"].as_u64().unwrap() > known);
        missed.cloned().collect::<Vec<Value>>()
    };
    say(
        &mut socket,
        json!({ "op": "welcome", "epoch": "e", "heartbeat_ms": 15000 }).to_string(),
    )
    .await?;
    for mut message in missed {
        message["op"] = "message".into();
        say(&mut socket, message.to_string()).await?;
    }
    say(&mut socket, json!({ "op": "resumed" }).to_string()).await?;
    loop {
        tokio::select! {
            push = pushes.recv() => say(&mut socket, push?).await?,
            frame = next(&mut socket) => {
                let frame = frame?;
                if frame["op"] == "send" {
                    let answer = world.lock().unwrap().visitor_send(number, &frame);
                    say(&mut socket, answer?.to_string()).await?;
                }
            }
        }
    }
}

async fn serve_agent(world: Shared, mut socket: WebSocket) -> Option<()> {
    let hello = next(&mut socket).await?;
    let (wire, mut pushes) = mpsc::channel(65536);
    let (number, mine, missed) = {
        let mut world = world.lock().unwrap();
        let number = world.tickets.remove(hello["ticket"].as_str()?)?;
        world.agents[number].wire = Some(wire);
        let mine = (0..world.conversations.len())
            .filter(|place| world.conversations[*place].owner == Some(number));
        let mine: Vec<usize> = mine.collect();
        let missed = mine.iter().flat_map(|place| {
            let conversation = &world.conversations[*place];
            let known = hello["cursors"][&conversation.id]["seq"]
                .as_u64()
                .unwrap_or(u64::MAX);
            let messages = conversation.messages.iter();
            messages
                .filter(move |m| m["seq"].as_u64().unwrap() > known)
                .cloned()
        });
        let missed: Vec<Value> = missed.collect();
        let cards: Vec<Value> = mine.iter().map(|place| world.card(*place)).collect();
        (number, cards, missed)
    };
    let welcome = json!({
        "op": "welcome", "epoch": "e", "conversations": mine, "offers": [], "heartbeat_ms": 15000,
    });
    say(&mut socket, welcome.to_string()).await?;
    for mut message in missed {
        message["op"] = "message".into();
        say(&mut socket, message.to_string()).await?;
    }
    world.lock().unwrap().online(number, true);
    loop {
        tokio::select! {
            push = pushes.recv() => say(&mut socket, push?).await?,
            frame = next(&mut socket) => world.lock().unwrap().agent_frame(number, &frame?),
        }
    }
}

//! Open consoles, when a sign-in ends or what it may do changes.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest, http::HeaderName};

use crate::{
    signing_in::{Socket, hello},
    world::{As, PASSWORD, World},
};

#[tokio::test]
async fn who_signs_out_at_one_desk_goes_on_at_the_other() {
    let world = World::start().await;
    let sign_in = async || {
        world
            .sign_in("xishan", "xiaolin", PASSWORD)
            .await
            .cookie()
            .unwrap()
    };
    let (one, other) = (sign_in().await, sign_in().await);
    let mut here = by_cookie(&world, &one).await;
    let mut there = by_cookie(&world, &other).await;
    say(
        &mut here,
        json!({ "op": "state", "id": "s", "state": "online" }),
    )
    .await;
    heard(&mut here, "ack").await;
    let availability = || {
        let agent = world.ids[&As::Agent];
        let standing = world.gateway.reception.standing(world.brand, agent);
        format!("{:?}", standing.unwrap().availability)
    };
    let sign_out = async |cookie: &str| {
        let headers = [("cookie", cookie), ("origin", &world.origin())];
        let out = world.raw("POST", "/v1/logout", &headers, b"").await;
        assert_eq!(out.status, 204);
    };
    sign_out(&one).await;
    assert_eq!(closed(&mut here).await, 4401);
    assert_eq!(availability(), "Online");
    sign_out(&other).await;
    assert_eq!(availability(), "Offline");
    assert_eq!(closed(&mut there).await, 4401);
}

/// An agent's socket by its cookie, after its welcome.
async fn by_cookie(world: &World, cookie: &str) -> Socket {
    let url = format!("ws://{}/v1/agent/socket", world.addr);
    let mut request = url.into_client_request().unwrap();
    for (name, value) in [("cookie", cookie), ("origin", &world.origin())] {
        let name = HeaderName::from_static(name);
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    say(&mut socket, json!({ "op": "hello", "tab": "t1" })).await;
    heard(&mut socket, "welcome").await;
    socket
}

async fn say(socket: &mut Socket, frame: Value) {
    socket.send(Message::text(frame.to_string())).await.unwrap();
}

/// The next frame of one kind.
async fn heard(socket: &mut Socket, op: &str) -> Value {
    loop {
        let frame = tokio::time::timeout(Duration::from_secs(10), socket.next()).await;
        let frame = frame.expect(op).unwrap().unwrap();
        let frame: Value = serde_json::from_str(frame.to_text().unwrap()).unwrap();
        if frame["op"] == op {
            return frame;
        }
    }
}

/// With which number a socket is closed.
async fn closed(socket: &mut Socket) -> u16 {
    loop {
        let frame = tokio::time::timeout(Duration::from_secs(10), socket.next()).await;
        if let Message::Close(Some(close)) = frame.expect("it closes").unwrap().unwrap() {
            return close.code.into();
        }
    }
}

#[tokio::test]
async fn a_new_password_closes_every_other_socket_and_not_the_one_used() {
    let world = World::start().await;
    let elsewhere = world.sign_in("xishan", "xiaolin", PASSWORD).await;
    let mut elsewhere = by_cookie(&world, &elsewhere.cookie().unwrap()).await;
    let mut here = by_cookie(&world, world.cookie(As::Agent)).await;
    let target = format!("/v1/agents/{}/tickets", world.ids[&As::Agent]);
    let ticket = world.done(As::Admin, "POST", &target, json!({})).await;
    let (mut program, _) = hello(&world, ticket["ticket"].as_str().unwrap()).await;
    let mut colleague = by_cookie(&world, world.cookie(As::Supervisor)).await;
    let body = json!({ "old": PASSWORD, "new": "a new one 新密码" });
    let changed = world.call(As::Agent, "POST", "/v1/me/password", body).await;
    assert_eq!(changed.status, 204);
    assert_eq!(closed(&mut elsewhere).await, 4401);
    assert_eq!(closed(&mut program).await, 4401);
    for socket in [&mut here, &mut colleague] {
        say(socket, json!({ "op": "ping" })).await;
        heard(socket, "pong").await;
    }
    // It goes on under the new cookie, and ends with it.
    let cookie = changed.cookie().unwrap();
    let origin = world.origin();
    let headers = [("cookie", cookie.as_str()), ("origin", origin.as_str())];
    let out = world.raw("POST", "/v1/logout", &headers, b"").await;
    assert_eq!(out.status, 204);
    assert_eq!(closed(&mut here).await, 4401);
}

#[tokio::test]
async fn another_role_counts_at_once_on_open_sockets() {
    let world = World::start().await;
    let role = async |who, role: &str| {
        let target = format!("/v1/agents/{}", world.ids[&who]);
        let body = json!({ "role": role });
        world.done(As::Admin, "PATCH", &target, body).await;
    };
    let wall = json!({ "op": "wall", "id": "w", "on": true });
    let mut lost = by_cookie(&world, world.cookie(As::Supervisor)).await;
    say(&mut lost, wall.clone()).await;
    heard(&mut lost, "wall").await;
    role(As::Supervisor, "agent").await;
    assert_eq!(heard(&mut lost, "agent").await["agent"]["role"], "agent");
    say(&mut lost, wall.clone()).await;
    // Whatever comes now, up to the refusal and for two seconds after it, is no wall.
    assert_eq!(next_but_counts(&mut lost).await["code"], "forbidden");
    let more = tokio::time::timeout(Duration::from_secs(2), heard(&mut lost, "wall")).await;
    assert!(more.is_err(), "{more:?}");
    let mut won = by_cookie(&world, world.cookie(As::Agent)).await;
    say(&mut won, wall.clone()).await;
    assert_eq!(heard(&mut won, "error").await["code"], "forbidden");
    role(As::Agent, "supervisor").await;
    assert_eq!(
        heard(&mut won, "agent").await["agent"]["role"],
        "supervisor"
    );
    say(&mut won, wall).await;
    heard(&mut won, "wall").await;
}

/// The next frame that is no count of tabs.
async fn next_but_counts(socket: &mut Socket) -> Value {
    loop {
        let frame = socket.next().await.unwrap().unwrap();
        let frame: Value = serde_json::from_str(frame.to_text().unwrap()).unwrap();
        if frame["op"] != "counts" {
            return frame;
        }
    }
}

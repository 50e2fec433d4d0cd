//! How a socket is opened, and who is heard on it: rows B58–B61.

use std::time::Duration;

use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::Instant};

use crate::{
    http,
    raw::{Door, HANDSHAKE, Raw},
    world::{As, World},
};

#[tokio::test]
async fn b58_b61_handshakes_that_are_none() {
    let world = World::start().await;
    let sound = "host: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    assert_eq!(sound, HANDSHAKE);
    for door in Door::BOTH {
        let path = door.path();
        let wrong = [
            (
                426,
                format!("GET {path} HTTP/1.1\r\n{}\r\n", sound.replace("13", "12")),
            ),
            (
                426,
                format!(
                    "GET {path} HTTP/1.1\r\n{}\r\n",
                    sound.replace("upgrade: websocket\r\n", "")
                ),
            ),
            (
                426,
                format!(
                    "GET {path} HTTP/1.1\r\n{}\r\n",
                    sound.replace("connection: upgrade\r\n", "connection: close\r\n")
                ),
            ),
            (
                400,
                format!(
                    "GET {path} HTTP/1.1\r\n{}\r\n",
                    sound.replace("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ=")
                ),
            ),
            (
                400,
                format!(
                    "GET {path} HTTP/1.1\r\n{}\r\n",
                    sound.replace("dGhlIHNhbXBsZSBub25jZQ==", "?")
                ),
            ),
            (
                400,
                format!(
                    "GET {path} HTTP/1.1\r\n{}\r\n",
                    sound.replace("sec-websocket-key", "x-key")
                ),
            ),
            (
                400,
                format!("GET {path}?token=0123456789abcdef HTTP/1.1\r\n{sound}\r\n"),
            ),
            (
                400,
                format!("GET {path}?ticket=0123456789abcdef HTTP/1.1\r\n{sound}\r\n"),
            ),
            (
                405,
                format!("POST {path} HTTP/1.1\r\n{sound}content-length: 0\r\n\r\n"),
            ),
        ];
        for (status, text) in wrong {
            let mut stream = TcpStream::connect(world.addr).await.unwrap();
            stream.write_all(text.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
            let reply = http::read(&http::rest(&mut stream).await);
            assert_eq!(reply.status, status, "{text}");
            assert_eq!(
                reply.header("content-type"),
                Some("application/problem+json"),
                "{text}"
            );
            if status == 426 {
                assert_eq!(reply.header("sec-websocket-version"), Some("13"));
            }
        }
    }
}

#[tokio::test]
async fn b59_a_cookie_opens_a_socket_only_from_our_own_pages() {
    let world = World::start().await;
    let cookie = format!("cookie: {}\r\n", world.cookie(As::Agent));
    let own = world.origin();
    let foreign = [
        "https://evil.example",
        "null",
        "file://",
        &format!("{own}.evil.example"),
        "http://127.0.0.1",
        &format!("{own}/"),
    ];
    for origin in foreign {
        let refused = Raw::knock(
            &world,
            Door::Agent,
            &format!("{cookie}origin: {origin}\r\n"),
        )
        .await;
        assert_eq!(
            refused.err().map(|reply| reply.status),
            Some(403),
            "{origin}"
        );
    }
    let refused = Raw::knock(&world, Door::Agent, &cookie).await;
    assert_eq!(
        refused.err().map(|reply| reply.status),
        Some(403),
        "a cookie without an Origin"
    );
    let mut socket = Raw::knock(&world, Door::Agent, &format!("{cookie}origin: {own}\r\n"))
        .await
        .unwrap_or_else(|_| panic!("refused"));
    socket.say(&json!({ "op": "hello" })).await;
    socket.hear("welcome").await;
    // The visitor's door looks at no cookie: whoever comes from wherever must know a token, which no
    // other page has.
    let mut socket = Raw::knock(
        &world,
        Door::Visitor,
        &format!("{cookie}origin: https://evil.example\r\n"),
    )
    .await
    .unwrap_or_else(|_| panic!("refused"));
    socket.say(&json!({ "op": "hello" })).await;
    assert_eq!(socket.closed().await, 4401);
}

#[tokio::test]
async fn b60_nobody_is_heard_before_saying_who_they_are() {
    let world = World::start().await;
    let send = json!({ "op": "send", "id": "1", "msgtype": "text", "text": { "content": "x" } });
    for door in Door::BOTH {
        let first = [
            (send.clone(), 4401),
            (json!({ "op": "ping" }), 4401),
            (json!({ "op": "hello" }), 4401),
            (json!({ "op": "hello", "token": "0".repeat(64) }), 4401),
            (json!({ "op": "hello", "token": 7 }), 4400),
            (json!({ "op": "hello", "surprise": 7 }), 4400),
            (json!([]), 4400),
        ];
        for (said, code) in first {
            let mut socket = Raw::open(&world, door).await;
            socket.say(&said).await;
            let closed = socket.closed().await;
            // An agent's hello has no token at all.
            let right = closed == code
                || (door == Door::Agent && said["token"].is_string() && closed == 4400);
            assert!(right, "{door:?} {said}: {closed}");
        }
        let mut silent = Raw::open(&world, door).await;
        let began = Instant::now();
        assert_eq!(silent.closed().await, 4401, "{door:?}");
        assert!((Duration::from_secs(4)..Duration::from_secs(8)).contains(&began.elapsed()));
    }
}

//! Bodies without an end, clients that are slow or hang up: rows B20–B22.

use std::{sync::Arc, time::Duration};

use kefu_gateway::Patience;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

use super::said;
use crate::{
    http,
    world::{As, NOTHING, World},
};

async fn hasty() -> World {
    World::with(|settings| {
        settings.limits.patience = Patience {
            headers: Duration::from_millis(600),
            body: Duration::from_millis(600),
            answer: Duration::from_millis(600),
            ..Patience::default()
        };
    })
    .await
}

#[tokio::test]
async fn b20_a_body_over_its_limit_is_refused_before_it_is_read() {
    let world = World::start().await;
    let login = "POST /v1/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    // Said to be large: refused at the head.
    let reply = said(&world, &format!("{login}content-length: 262145\r\n\r\n{{")).await;
    assert_eq!(reply.refusal(), (413, "too_large".to_owned()));
    // A gigabyte that nobody counted: the connection ends long before.
    let mut stream = TcpStream::connect(world.addr).await.unwrap();
    let head = format!("{login}transfer-encoding: chunked\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(65_536));
    let mut sent = 0;
    while sent < 1 << 30 && stream.write_all(chunk.as_bytes()).await.is_ok() {
        sent += 65_536;
    }
    assert!(sent < 64 << 20, "{sent} bytes were taken");
    // In a body of just over the limit, the answer can be read.
    let body = "x".repeat(262_145);
    let reply = said(&world, &format!("{head}40001\r\n{body}\r\n0\r\n\r\n")).await;
    assert_eq!(reply.refusal(), (413, "too_large".to_owned()));
    let callback = format!(
        "POST /callback/wecom_kf/{NOTHING}?msg_signature=1&timestamp=1&nonce=1 HTTP/1.1\r\nhost: x\r\ncontent-length: 67108864\r\n\r\n"
    );
    assert_eq!(said(&world, &callback).await.status, 413);
    world.is_well().await;
}

#[tokio::test]
async fn b21_slow_headers_end_the_connection_and_hold_up_nobody() {
    let world = hasty().await;
    let mut slow = Vec::new();
    for _ in 0..1000 {
        let mut stream = TcpStream::connect(world.addr).await.unwrap();
        stream.write_all(b"GET /healthz HT").await.unwrap();
        slow.push(stream);
    }
    let began = Instant::now();
    world.is_well().await;
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    // One byte at a time is no progress either.
    let mut dripping = slow.pop().unwrap();
    let drip = async {
        while dripping.write_all(b"T").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), drip)
        .await
        .expect("the connection is ended");
    for mut stream in slow {
        assert_eq!(
            http::rest(&mut stream).await,
            b"",
            "ended without an answer"
        );
    }
}

#[tokio::test]
async fn b22_a_slow_body_is_answered_408_and_a_slow_reader_is_left() {
    let world = hasty().await;
    let mut stream = TcpStream::connect(world.addr).await.unwrap();
    let head = "POST /v1/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let began = Instant::now();
    let reply = http::read(&http::rest(&mut stream).await);
    assert_eq!(reply.refusal(), (408, "too_slow".to_owned()));
    assert_eq!(reply.header("connection"), Some("close"));
    assert!(began.elapsed() < Duration::from_secs(5));
    // A body that comes slowly but steadily enough is waited for.
    let body = json!({ "brand": "xishan", "account": "nobody", "password": "x".repeat(12_000) })
        .to_string();
    let mut stream = TcpStream::connect(world.addr).await.unwrap();
    let head = format!(
        "POST /v1/login HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    for part in body.as_bytes().chunks(6000) {
        stream.write_all(part).await.unwrap();
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    assert_eq!(
        http::read(&http::rest(&mut stream).await).status,
        400,
        "a password has 256 characters at most"
    );
    // Thirty mebibytes that nobody reads are let go.
    let media = crate::files::upload(&world, "media", "x", &vec![1; 30 << 20])
        .await
        .json();
    let mut stream = TcpStream::connect(world.addr).await.unwrap();
    let head = format!(
        "GET /v1/media/{} HTTP/1.1\r\nhost: x\r\ncookie: {}\r\n\r\n",
        media["media_id"].as_str().unwrap(),
        world.cookie(As::Agent)
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // It has begun to answer, and nobody takes it.
    stream.readable().await.unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let mut got = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut got))
        .await
        .expect("the connection is ended");
    assert!(got.len() < 30 << 20, "{} bytes", got.len());
    world.is_well().await;
}

#[tokio::test]
async fn clients_that_hang_up_leave_no_request_behind() {
    let world = World::with(|settings| settings.limits.requests = 4).await;
    let shop = world.shop().await;
    let guest = Arc::new(world.visitor(&shop, "在吗").await);
    let epoch = world.gateway.reception.store().epoch();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(world.addr).await.unwrap();
        let poll = format!(
            "GET /v1/visitor/poll?epoch={epoch}&seq=1&wait_s=25 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
            guest.token
        );
        stream.write_all(poll.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    let deadline = Instant::now() + Duration::from_secs(5);
    while world.raw("GET", "/v1/bootstrap", &[], b"").await.status != 200 {
        assert!(
            Instant::now() < deadline,
            "the polls of nobody are still counted"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

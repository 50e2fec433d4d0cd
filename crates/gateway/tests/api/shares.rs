//! One host has its share of every kind of place, and nobody else waits for it.

use std::time::Duration;

use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::Instant};

use crate::{
    http::{self, Reply},
    world::{As, NOTHING, World},
};

/// A world behind a proxy, so that a test can be many hosts.
async fn behind_a_proxy(change: impl FnOnce(&mut kefu_gateway::Limits)) -> World {
    World::with(|settings| {
        settings.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        change(&mut settings.limits);
    })
    .await
}

/// A connection on which a host has begun to say something.
async fn begun(world: &World, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(world.addr).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// Asks until the answer is this one, five seconds at most.
async fn until(status: u16, ask: impl AsyncFn() -> Reply) -> Reply {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let reply = ask().await;
        if reply.status == status {
            return reply;
        }
        assert!(Instant::now() < deadline, "{} for ever", reply.status);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_host_with_slow_bodies_takes_its_share_and_no_more() {
    let world = behind_a_proxy(|limits| limits.requests_per_address = 3).await;
    let ask = async |from: &str| {
        let headers = [("x-forwarded-for", from)];
        world.raw("GET", "/v1/bootstrap", &headers, b"").await
    };
    let slow = "POST /v1/login HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 192.0.2.1\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n{";
    let mut taken = Vec::new();
    for _ in 0..3 {
        taken.push(begun(&world, slow).await);
    }
    let refused = until(429, async || ask("192.0.2.1").await).await;
    assert_eq!(refused.refusal().1, "rate_limited");
    assert_eq!(refused.header("retry-after"), Some("10"));
    assert_eq!(ask("192.0.2.2").await.status, 200, "another host");
    drop(taken);
    until(200, async || ask("192.0.2.1").await).await;
}

#[tokio::test]
async fn a_callback_of_nobody_is_refused_before_its_body() {
    let world = World::start().await;
    let head = format!(
        "POST /callback/wecom_kf/{NOTHING}?msg_signature=1&timestamp=1&nonce=1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 90\r\n\r\n"
    );
    let mut stream = begun(&world, &head).await;
    let began = Instant::now();
    let reply = http::read(&http::rest(&mut stream).await);
    assert_eq!(reply.refusal(), (403, "callback_rejected".to_owned()));
    assert!(began.elapsed() < Duration::from_secs(5), "{began:?}");
}

#[tokio::test]
async fn files_that_nobody_takes_are_so_many() {
    let world = behind_a_proxy(|limits| limits.downloads_per_address = 2).await;
    let file = vec![1; 30 << 20];
    let media = crate::files::upload(&world, "media", "x", &file).await;
    let id = media.json()["media_id"].as_str().unwrap().to_owned();
    let target = format!("/v1/media/{id}");
    let ask = async |from: &str| {
        let range = "bytes=5-8";
        let headers = [
            ("x-forwarded-for", from),
            ("cookie", world.cookie(As::Agent)),
            ("range", range),
        ];
        world.raw("GET", &target, &headers, b"").await
    };
    let cookie = world.cookie(As::Agent);
    let slow = format!(
        "GET {target} HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 192.0.2.1\r\ncookie: {cookie}\r\n\r\n"
    );
    let mut taken = Vec::new();
    for _ in 0..2 {
        let stream = begun(&world, &slow).await;
        // It has begun to come, and nobody takes it.
        stream.readable().await.unwrap();
        taken.push(stream);
    }
    let refused = ask("192.0.2.1").await;
    assert_eq!(refused.refusal(), (429, "rate_limited".to_owned()));
    assert!(refused.header("retry-after").is_some());
    let other = ask("192.0.2.2").await;
    assert_eq!((other.status, other.bytes.len()), (206, 4));
    assert_eq!(other.header("content-length"), Some("4"));
    let whole = http::read(
        &http::exchange(world.addr, {
            let close = slow.replace("192.0.2.1", "192.0.2.3\r\nconnection: close");
            close.leak().as_bytes()
        })
        .await,
    );
    assert_eq!(whole.header("content-length"), Some("31457280"));
    assert!(whole.bytes == file, "all of it, in pieces");
    drop(taken);
    until(206, async || ask("192.0.2.1").await).await;
}

#[tokio::test]
async fn polls_that_wait_are_counted_as_sockets() {
    let world = behind_a_proxy(|limits| limits.sockets_per_address = 1).await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    let epoch = world.gateway.reception.store().epoch();
    let target = format!("/v1/visitor/poll?epoch={epoch}&seq=99&wait_s=0");
    let bearer = format!("Bearer {}", guest.token);
    let ask = async |from: &str| {
        let headers = [
            ("x-forwarded-for", from),
            ("authorization", bearer.as_str()),
        ];
        http::send(world.addr, "GET", &target, &headers, b"").await
    };
    assert_eq!(ask("192.0.2.1").await.status, 200);
    let waits = format!(
        "GET /v1/visitor/poll?epoch={epoch}&seq=1&rev=99&wait_s=25 HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 192.0.2.1\r\nauthorization: {bearer}\r\n\r\n"
    );
    let waiting = begun(&world, &waits).await;
    until(429, async || ask("192.0.2.1").await).await;
    assert_eq!(ask("192.0.2.2").await.status, 200, "another host");
    drop(waiting);
    until(200, async || ask("192.0.2.1").await).await;
}

#[tokio::test]
async fn a_host_tries_so_many_accounts_and_others_sign_in() {
    let world = behind_a_proxy(|_| ()).await;
    let guess = async |from: &str, account: &str| {
        let body = json!({ "brand": "nobody", "account": account, "password": "x" }).to_string();
        let headers = [
            ("x-forwarded-for", from),
            ("content-type", "application/json"),
        ];
        world
            .raw("POST", "/v1/login", &headers, body.as_bytes())
            .await
    };
    for n in 0..100 {
        let reply = guess("192.0.2.1", &format!("a{n}")).await;
        assert_eq!(reply.status, 401);
    }
    let refused = guess("192.0.2.1", "another").await;
    assert_eq!(refused.refusal(), (429, "rate_limited".to_owned()));
    assert!(refused.header("retry-after").is_some());
    assert_eq!(guess("192.0.2.2", "another").await.status, 401);
}

//! What comes over a connection before it is a request: rows B20–B32 of bad input, byte by byte.

use std::{sync::Arc, time::Duration};

use kefu_gateway::Patience;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

use crate::{
    http::{self, Reply},
    world::{As, NOTHING, World},
};

/// Sends a head (and what follows it) and reads the answer; the gateway must end the connection.
async fn said(world: &World, text: &str) -> Reply {
    http::read(&http::exchange(world.addr, text.as_bytes()).await)
}

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

/// The gateway serves the next one as if nothing had been.
async fn is_well(world: &World) {
    let reply = world.raw("GET", "/v1/bootstrap", &[], b"").await;
    assert_eq!(reply.status, 200);
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
    is_well(&world).await;
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
    is_well(&world).await;
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
    // Twenty mebibytes that nobody reads are let go.
    let media = crate::files::upload(&world, "media", "x", &vec![1; 20 << 20])
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
    assert!(got.len() < 20 << 20, "{} bytes", got.len());
    is_well(&world).await;
}

/// Requests that two readers could part in two ways. After each, the connection ends: what follows
/// is not read as a request.
#[tokio::test]
async fn b23_nothing_can_be_smuggled() {
    let world = World::start().await;
    let post = "POST /v1/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let inner = "GET /v1/bootstrap HTTP/1.1\r\nhost: x\r\n\r\n";
    let refused = [
        (
            "two lengths",
            format!("{post}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}}{inner}"),
        ),
        (
            "a list of lengths",
            format!("{post}content-length: 2, 3\r\n\r\n{{}}{inner}"),
        ),
        (
            "a signed length",
            format!("{post}content-length: +2\r\n\r\n{{}}{inner}"),
        ),
        (
            "another coding",
            format!("{post}transfer-encoding: xchunked\r\n\r\n{{}}{inner}"),
        ),
        (
            "chunked is not last",
            format!("{post}transfer-encoding: chunked, gzip\r\n\r\n{{}}{inner}"),
        ),
        (
            "length and coding",
            format!(
                "{post}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{inner}"
            ),
        ),
        (
            "a folded line",
            format!("{post}x-a: b\r\n c\r\ncontent-length: 2\r\n\r\n{{}}{inner}"),
        ),
        (
            "a space before the colon",
            format!("{post}content-length : 2\r\n\r\n{{}}{inner}"),
        ),
        (
            "a name with a space",
            format!("{post}a b: c\r\n\r\n{inner}"),
        ),
        ("a bare CR", format!("{post}a: b\rc: d\r\n\r\n{inner}")),
    ];
    for (what, text) in refused {
        let bytes = http::exchange(world.addr, text.as_bytes()).await;
        let replies = String::from_utf8_lossy(&bytes).matches("HTTP/1.1 ").count();
        assert_eq!((http::read(&bytes).status, replies), (400, 1), "{what}");
    }
    // The coding before the length: the coding alone counts, as RFC 9112 §6.1 allows, and the
    // connection ends, so the rest is nobody's request.
    let text =
        format!("{post}transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n0\r\n\r\n{inner}");
    let bytes = http::exchange(world.addr, text.as_bytes()).await;
    assert_eq!(
        String::from_utf8_lossy(&bytes).matches("HTTP/1.1 ").count(),
        1
    );
    assert_eq!(http::read(&bytes).header("connection"), Some("close"));
    // A bare LF ends a line, as RFC 9112 §2.2 allows: one reading, and one answer.
    let text = "GET /healthz HTTP/1.1\nhost: x\nconnection: close\n\n";
    let bytes = http::exchange(world.addr, text.as_bytes()).await;
    assert_eq!(http::read(&bytes).status, 200);
    // Sizes of chunks are read strictly.
    for size in ["0x2", "-2", "2 ", "ffffffffffffffffff", "2;a\nb"] {
        let text =
            format!("{post}transfer-encoding: chunked\r\n\r\n{size}\r\n{{}}\r\n0\r\n\r\n{inner}");
        let bytes = http::exchange(world.addr, text.as_bytes()).await;
        assert!(
            String::from_utf8_lossy(&bytes).matches("HTTP/1.1 ").count() <= 1,
            "{size}"
        );
    }
    is_well(&world).await;
}

#[tokio::test]
async fn b24_heads_are_bounded() {
    let world = World::start().await;
    let many: String = (0..200).map(|n| format!("x-{n}: y\r\n")).collect();
    let wrong = [
        (
            431,
            format!(
                "GET /healthz HTTP/1.1\r\nhost: x\r\nx-a: {}\r\n\r\n",
                "y".repeat(40_000)
            ),
        ),
        (
            431,
            format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{many}\r\n"),
        ),
        (
            400,
            "GET /healthz HTTP/1.1\r\nhost: x\r\nx-a: b\0c\r\n\r\n".to_owned(),
        ),
        (400, "GET /healthz HTTP/3.7\r\nhost: x\r\n\r\n".to_owned()),
        (400, "GET /heal\0thz HTTP/1.1\r\nhost: x\r\n\r\n".to_owned()),
        (400, "\x16\x03\x01\x02\0\x01\0\x01\r\n\r\n".to_owned()),
    ];
    for (status, text) in wrong {
        let head: String = text.chars().take(60).collect();
        assert_eq!(said(&world, &text).await.status, status, "{head:?}");
    }
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(70_000));
    assert!([414, 431].contains(&said(&world, &long).await.status));
    is_well(&world).await;
}

#[tokio::test]
async fn b25_other_methods_are_named() {
    let world = World::start().await;
    for (method, path, allow) in [
        ("TRACE", "/v1/bootstrap", "GET,HEAD"),
        ("BREW", "/v1/bootstrap", "GET,HEAD"),
        ("PUT", "/v1/visitor/messages", "GET,HEAD,POST"),
        ("DELETE", "/v1/login", "POST"),
        ("OPTIONS", "/v1/login", "POST"),
    ] {
        let text = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let reply = said(&world, &text).await;
        assert_eq!(
            reply.refusal(),
            (405, "method_not_allowed".to_owned()),
            "{method} {path}"
        );
        assert_eq!(reply.header("allow"), Some(allow), "{method} {path}");
    }
    // Nobody is connected to anywhere: there is no such page.
    let reply = said(
        &world,
        "CONNECT evil.example:443 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert!([404, 405].contains(&reply.status), "{}", reply.status);
}

#[tokio::test]
async fn b26_expectations_and_other_protocols_are_left_aside() {
    let world = World::start().await;
    let text =
        "GET /healthz HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n";
    assert_eq!(said(&world, text).await.status, 200);
    let text = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: upgrade, http2-settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n";
    let reply = said(&world, text).await;
    assert_eq!((reply.status, reply.bytes), (200, b"ok\n".to_vec()));
    // B27: HTTP/2 is off; its preface is no request.
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    assert_eq!(http::exchange(world.addr, preface).await, b"");
}

#[tokio::test]
async fn b28_paths_lead_nowhere_but_to_ids() {
    let world = World::start().await;
    for id in [
        "..%2f..%2fkefu.db",
        "..",
        "%2e%2e",
        "%00",
        "..\\..\\kefu.db",
        "%c0%ae%c0%ae%c0%af",
        "%ff",
        "....//",
        "/etc/passwd",
        "%2fetc%2fpasswd",
    ] {
        for door in [
            "/v1/media/",
            "/v1/visitor/media/",
            "/widget/",
            "/chat/assets/",
            "/h/",
            "/docs/",
        ] {
            let target = format!("{door}{id}");
            let reply = http::send(
                world.addr,
                "GET",
                &target,
                &[("cookie", world.cookie(As::Admin))],
                b"",
            )
            .await;
            // The visitor's door asks who is there before it looks at the id.
            let right = if door.contains("visitor") {
                &[401, 404][..]
            } else {
                &[404, 400][..]
            };
            assert!(right.contains(&reply.status), "{target}: {}", reply.status);
        }
    }
}

#[tokio::test]
async fn b29_nobody_learns_our_name_from_the_request() {
    let world = World::start().await;
    let shop = world.shop().await;
    let snippet = format!("/v1/entry-points/{}/snippet", shop.door);
    let cookie = world.cookie(As::Admin);
    let line = |target: &str, host: &str| {
        format!(
            "GET {target} HTTP/1.1\r\nhost: {host}\r\nx-forwarded-host: evil.example\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n"
        )
    };
    let absolute = format!("http://evil.example{snippet}");
    for text in [
        line(&snippet, "evil.example"),
        line(&absolute, "evil.example"),
    ] {
        let reply = said(&world, &text).await;
        let body = reply.json().to_string();
        assert_eq!(reply.status, 200, "{body}");
        assert!(
            body.contains(&world.origin()) && !body.contains("evil"),
            "{body}"
        );
    }
    let reply = said(&world, &line("/console", "evil.example")).await;
    assert_eq!(reply.header("location"), Some("/console/"));
    for text in [
        "GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n",
    ] {
        assert_eq!(
            said(&world, text).await.refusal(),
            (400, "bad_request".to_owned())
        );
    }
}

#[tokio::test]
async fn b30_bodies_are_utf_8_json_and_not_packed() {
    let world = World::start().await;
    let login =
        json!({ "brand": "xishan", "account": "admin", "password": crate::world::PASSWORD })
            .to_string();
    let status = async |headers: &[(&str, &str)]| {
        http::send(world.addr, "POST", "/v1/login", headers, login.as_bytes())
            .await
            .refusal()
    };
    let unsupported = (415, "unsupported_type".to_owned());
    for kind in [
        "application/json; charset=gbk",
        "application/json;charset=\"utf-16\"",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        assert_eq!(
            status(&[("content-type", kind)]).await,
            unsupported,
            "{kind}"
        );
    }
    for coding in ["gzip", "br", "deflate, gzip"] {
        let headers = [
            ("content-type", "application/json"),
            ("content-encoding", coding),
        ];
        assert_eq!(status(&headers).await, unsupported, "{coding}");
    }
    for kind in [
        "application/json",
        "application/json; charset=UTF-8",
        "application/json; charset=\"utf-8\"",
    ] {
        assert_eq!(status(&[("content-type", kind)]).await.0, 200, "{kind}");
    }
}

#[tokio::test]
async fn b31_ranges_are_ignored() {
    let world = World::start().await;
    let media = crate::files::upload(&world, "media", "x", &[7; 3000])
        .await
        .json();
    let ranges = (0..1000)
        .map(|n| format!("{n}-{n}"))
        .collect::<Vec<_>>()
        .join(",");
    let range = format!("bytes={ranges}");
    let target = format!("/v1/media/{}", media["media_id"].as_str().unwrap());
    let headers = [
        ("cookie", world.cookie(As::Agent)),
        ("range", range.as_str()),
    ];
    let reply = world.raw("GET", &target, &headers, b"").await;
    assert_eq!((reply.status, reply.bytes.len()), (200, 3000));
}

#[tokio::test]
async fn b32_an_address_is_believed_only_from_our_own_proxy() {
    let open = async |world: &World, door: &str, from: &str| {
        let body = json!({ "entry_point_id": door }).to_string();
        let headers = [
            ("content-type", "application/json"),
            ("x-forwarded-for", from),
        ];
        http::send(
            world.addr,
            "POST",
            "/v1/visitor/open",
            &headers,
            body.as_bytes(),
        )
        .await
        .status
    };
    let world = World::with(|settings| settings.limits.opens_per_minute = 3).await;
    let door = world.shop().await.door;
    let mut answers = Vec::new();
    for n in 0..5 {
        answers.push(open(&world, &door, &format!("203.0.113.{n}")).await);
    }
    assert_eq!(
        answers,
        [200, 200, 200, 429, 429],
        "a header of the client's changes nothing"
    );
    let world = World::with(|settings| {
        settings.limits.opens_per_minute = 1;
        settings.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    let door = world.shop().await.door;
    // The proxy appends whom it saw; what stood before that is the client's own word.
    for (from, status) in [
        ("203.0.113.1", 200),
        ("198.51.100.7, 203.0.113.1", 429),
        ("203.0.113.2", 200),
        ("2001:db8::1", 200),
        ("2001:db8::2", 429),
        ("2001:db8:0:1::1", 200),
    ] {
        assert_eq!(open(&world, &door, from).await, status, "{from}");
    }
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

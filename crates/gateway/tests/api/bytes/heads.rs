//! Heads that two readers could part in two ways, endless ones, other methods and protocols: rows B23–B27.

use super::said;
use crate::{http, world::World};

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
    world.is_well().await;
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
    world.is_well().await;
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

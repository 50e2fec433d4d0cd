//! Paths, names, bodies, ranges and addresses: rows B28–B32.

use serde_json::json;

use super::said;
use crate::{
    http,
    world::{As, World},
};

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
async fn b31_a_thousand_ranges_are_answered_with_the_whole() {
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
async fn who_comes_back_is_not_new_and_comes_back_only_so_often() {
    let world = World::with(|settings| settings.limits.opens_per_minute = 2).await;
    let door = world.shop().await.door;
    let open = async |token: Option<&str>| {
        let body = json!({ "entry_point_id": door, "token": token }).to_string();
        let kind = [("content-type", "application/json")];
        http::send(
            world.addr,
            "POST",
            "/v1/visitor/open",
            &kind,
            body.as_bytes(),
        )
        .await
    };
    let first = open(None).await.json();
    let token = first["token"].as_str();
    assert_eq!(open(Some("unknown")).await.refusal().0, 401);
    assert_eq!(open(None).await.refusal().0, 429, "a guess is no return");
    assert_eq!(open(Some("unknown")).await.refusal().0, 429);
    for _ in 0..60 {
        let again = open(token).await;
        assert_eq!(again.status, 200, "{}", again.json());
        assert_eq!(again.json()["external_userid"], first["external_userid"]);
    }
    let often = open(token).await;
    assert_eq!(often.refusal(), (429, "rate_limited".to_owned()));
    let after: u32 = often.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&after), "{after}");
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

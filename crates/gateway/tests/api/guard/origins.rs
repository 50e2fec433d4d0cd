//! Pages of other sites, limits by address and links that lead away: rows B70, B71 and B75–B77.

use serde_json::json;

use super::post;
use crate::{
    http,
    world::{As, World},
};

#[tokio::test]
async fn b70_a_form_of_another_site_does_nothing() {
    let world = World::start().await;
    let cookie = ("cookie", world.cookie(As::Admin));
    let own = world.origin();
    let body = br#"{"name":"x"}"#;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
    ] {
        for origin in ["https://evil.example", "null", own.as_str()] {
            let mut headers = vec![cookie, ("origin", origin)];
            if !kind.is_empty() {
                headers.push(("content-type", kind));
            }
            let status = http::send(world.addr, "POST", "/v1/teams", &headers, body)
                .await
                .status;
            let right = if origin == own { 415 } else { 403 };
            assert_eq!(status, right, "{kind} from {origin}");
        }
    }
    assert_eq!(world.get(As::Admin, "/v1/teams").await["items"], json!([]));
}

#[tokio::test]
async fn b71_no_answer_is_lent_to_another_origin() {
    let world = World::start().await;
    let shop = world.shop().await;
    let cookie = ("cookie", world.cookie(As::Admin));
    for origin in [
        "null",
        "https://evil.example",
        "https://shop.example.evil.example",
        "https://evil-shop.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://SHOP.example",
        "https://sub.shop.example",
    ] {
        for (method, target) in [
            ("GET", "/v1/me"),
            ("OPTIONS", "/v1/me"),
            ("OPTIONS", "/v1/visitor/open"),
            ("GET", "/v1/visitor/messages"),
            ("GET", "/v1/bootstrap"),
            ("GET", "/metrics"),
        ] {
            let headers = [
                cookie,
                ("origin", origin),
                ("access-control-request-method", "POST"),
            ];
            let reply = http::send(world.addr, method, target, &headers, b"").await;
            assert_eq!(
                reply.header("access-control-allow-origin"),
                None,
                "{method} {target} {origin}"
            );
        }
    }
    // The door's own site may read the visitor's door, which takes no cookie, and nothing else.
    let headers = [cookie, ("origin", "https://shop.example")];
    for target in ["/v1/me", "/v1/bootstrap", "/v1/visitor/messages"] {
        let reply = http::send(world.addr, "GET", target, &headers, b"").await;
        assert_eq!(
            reply.header("access-control-allow-credentials"),
            None,
            "{target}"
        );
        let lent = reply.header("access-control-allow-origin").is_some();
        assert_eq!(lent, target.contains("visitor"), "{target}");
    }
    drop(shop);
}

#[tokio::test]
async fn b75_limits_are_not_evaded_by_spelling() {
    let world =
        World::with(|settings| settings.trusted_proxies = vec!["127.0.0.1".parse().unwrap()]).await;
    let guess = async |target: &str, from: &str, account: &str| {
        let body = json!({ "brand": "xishan", "account": account, "password": "wrong" });
        post(&world, target, &[("x-forwarded-for", from)], &body)
            .await
            .status
    };
    let tries = [
        ("2001:db8::1", "xiaolin"),
        ("2001:db8::2", "XIAOLIN"),
        ("2001:db8::ffff:3", " xiaolin "),
        ("2001:db8:0:0:1::", "xiaolin"),
        ("2001:db8::5", "xiaolin"),
    ];
    for (from, account) in tries {
        assert_eq!(
            guess("/v1/login", from, account).await,
            401,
            "{from} {account}"
        );
    }
    assert_eq!(
        guess("/v1/login", "2001:db8::6", "xiaolin").await,
        429,
        "one network is one place"
    );
    assert_eq!(
        guess("/v1/login", "2001:db8:0:1::1", "xiaolin").await,
        401,
        "another is not"
    );
    for target in ["/v1/login/", "/v1//login", "/V1/login", "/v1/login;x"] {
        assert_eq!(
            guess(target, "2001:db8::7", "xiaolin").await,
            404,
            "{target}"
        );
    }
    // With a query it is the same door.
    assert_eq!(guess("/v1/login?x=1", "2001:db8::8", "xiaolin").await, 429);
}

#[tokio::test]
async fn b76_b77_a_handoff_link_leads_only_where_it_was_set_up() {
    let world = World::start().await;
    for target in [
        "/h/x",
        "/h/01JQ8W6ZK3V5T9M2C4D6E8F0AB",
        "/h/01JQ8W6ZK3V5T9M2C4D6E8F0AB?next=//evil.example",
        "/h/..%2f..",
        "/h///evil.example",
        "/h/%5c%5cevil.example",
        "/h/https:%2f%2fevil.example",
    ] {
        let reply = http::send(world.addr, "GET", target, &[], b"").await;
        assert_eq!(
            (reply.status, reply.header("location")),
            (404, None),
            "{target}"
        );
    }
    let reply = http::send(world.addr, "GET", "/console?next=//evil.example", &[], b"").await;
    assert_eq!(reply.header("location"), Some("/console/"));
}

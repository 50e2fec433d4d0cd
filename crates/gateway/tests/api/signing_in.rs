//! Coming in, staying in, going out.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    raw::{Door, Raw},
    world::{As, PASSWORD, World},
};

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn the_sign_in_page_learns_what_it_needs_and_no_more() {
    let world = World::start().await;
    let boot = world.get(As::Nobody, "/v1/bootstrap").await;
    assert_eq!(
        boot,
        json!({ "version": "0.0.0-test", "brand_count": 2, "single_brand_name": null, "demo": false })
    );
}

#[tokio::test]
async fn whoever_signs_in_gets_a_cookie_of_their_own() {
    let world = World::start().await;
    let first = world.sign_in("xishan", " XiaoLin ", PASSWORD).await;
    let set = first.header("set-cookie").unwrap();
    assert!(
        set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.starts_with("kefu="),
        "{set}"
    );
    assert_eq!(first.json()["role"], "agent");
    assert!(!first.json().to_string().contains("argon2"));
    let second = world.sign_in("xishan", "xiaolin", PASSWORD).await;
    assert_ne!(first.cookie(), second.cookie());
    // With several brands, one has to be named.
    let body = json!({ "account": "xiaolin", "password": PASSWORD }).to_string();
    assert_eq!(
        world
            .raw("POST", "/v1/login", &[JSON], body.as_bytes())
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn five_wrong_passwords_close_the_account_to_that_address() {
    let world = World::start().await;
    let unknown = world.sign_in("xishan", "nobody", "wrong").await;
    for _ in 0..5 {
        let wrong = world.sign_in("xishan", "xiaolin", "wrong").await;
        let plain = |reply: &crate::http::Reply| {
            (
                reply.status,
                reply.json()["code"].clone(),
                reply.json()["detail"].clone(),
            )
        };
        assert_eq!(plain(&wrong), plain(&unknown));
    }
    let shut = world.sign_in("xishan", "xiaolin", PASSWORD).await;
    assert_eq!(shut.refusal(), (429, "rate_limited".to_owned()));
    assert!(shut.header("retry-after").unwrap().parse::<u32>().unwrap() > 800);
    // Nobody else is shut out, nor the account of that name elsewhere.
    assert_eq!(
        world.sign_in("xishan", "laozhou", PASSWORD).await.status,
        200
    );
    assert_eq!(world.sign_in("yunhe", "xiaolin", "wrong").await.status, 401);
}

#[tokio::test]
async fn tries_at_the_same_time_or_in_another_spelling_are_not_free() {
    let world = World::start().await;
    let spellings = ["xiaolin", " xiaolin", "XIAOLIN ", "\txiaoLin"];
    let tries = (0..20).map(|n| world.sign_in("xishan", spellings[n % 4], "wrong"));
    let replies = futures_util::future::join_all(tries).await;
    let looked_at = replies.iter().filter(|reply| reply.status == 401).count();
    assert_eq!(looked_at, 5);
}

#[tokio::test]
async fn a_cookie_changes_things_only_from_our_own_pages() {
    let world = World::start().await;
    let origin = world.origin();
    let cookie = ("cookie", world.cookie(As::Admin));
    let body = json!({ "name": "售前组" }).to_string();
    let foreign = [
        "https://evil.example",
        "null",
        "http://127.0.0.1",
        "https://shop.example",
    ];
    for origin in foreign {
        let reply = world
            .raw(
                "POST",
                "/v1/teams",
                &[cookie, JSON, ("origin", origin)],
                body.as_bytes(),
            )
            .await;
        assert_eq!(reply.refusal(), (403, "forbidden".to_owned()), "{origin}");
    }
    assert_eq!(
        world
            .raw("POST", "/v1/teams", &[cookie, JSON], body.as_bytes())
            .await
            .refusal()
            .0,
        403
    );
    assert_eq!(
        world.raw("GET", "/v1/teams", &[cookie], b"").await.json()["items"],
        json!([])
    );
    let own = world
        .raw(
            "POST",
            "/v1/teams",
            &[cookie, JSON, ("origin", &origin)],
            body.as_bytes(),
        )
        .await;
    assert_eq!(own.status, 201);
    // Nor can another site sign people in.
    let login = json!({ "brand": "xishan", "account": "admin", "password": PASSWORD }).to_string();
    let reply = world
        .raw(
            "POST",
            "/v1/login",
            &[JSON, ("origin", "https://evil.example")],
            login.as_bytes(),
        )
        .await;
    assert_eq!(reply.refusal().0, 403);
}

#[tokio::test]
async fn signing_out_ends_the_cookie() {
    let world = World::start().await;
    world
        .done(As::Agent, "POST", "/v1/logout", Value::Null)
        .await;
    assert_eq!(
        world
            .call(As::Agent, "GET", "/v1/me", Value::Null)
            .await
            .refusal()
            .0,
        401
    );
    assert_eq!(
        world
            .call(As::Supervisor, "GET", "/v1/me", Value::Null)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_new_password_ends_every_other_sign_in() {
    let world = World::start().await;
    let elsewhere = world
        .sign_in("xishan", "xiaolin", PASSWORD)
        .await
        .cookie()
        .unwrap();
    let change = |old: &str, new: &str| {
        let body = json!({ "old": old, "new": new });
        world.call(As::Agent, "POST", "/v1/me/password", body)
    };
    for new in ["short", "xiaolin", PASSWORD, &"x".repeat(257)] {
        assert_eq!(change(PASSWORD, new).await.refusal().0, 400, "{new}");
    }
    assert_eq!(change("not it", "a new one 新密码").await.refusal().0, 401);
    let changed = change(PASSWORD, "a new one 新密码").await;
    assert_eq!(changed.status, 204);
    for old in [elsewhere, world.cookie(As::Agent).to_owned()] {
        assert_eq!(
            world
                .raw("GET", "/v1/me", &[("cookie", &old)], b"")
                .await
                .status,
            401
        );
    }
    let fresh = changed.cookie().unwrap();
    assert_eq!(
        world
            .raw("GET", "/v1/me", &[("cookie", &fresh)], b"")
            .await
            .status,
        200
    );
    assert_eq!(
        world.sign_in("xishan", "xiaolin", PASSWORD).await.status,
        401
    );
    assert_eq!(
        world
            .sign_in("xishan", "xiaolin", "a new one 新密码")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_password_that_someone_else_made_opens_only_its_own_change() {
    let world = World::start().await;
    let body = json!({ "account": "new", "name": "新人" });
    let made = world.done(As::Admin, "POST", "/v1/agents", body).await;
    let password = made["password"].as_str().unwrap();
    let signed_in = world.sign_in("xishan", "new", password).await;
    assert_eq!(signed_in.json()["must_change_password"], true);
    let (cookie, origin) = (signed_in.cookie().unwrap(), world.origin());
    let headers = [
        ("cookie", cookie.as_str()),
        ("origin", origin.as_str()),
        JSON,
    ];
    assert_eq!(world.raw("GET", "/v1/me", &headers, b"").await.status, 200);
    assert_eq!(
        world
            .raw("GET", "/v1/conversations", &headers, b"")
            .await
            .refusal()
            .0,
        403
    );
    // Nor the socket, by the cookie; a ticket of an administrator's is another way in.
    let knock = format!("cookie: {cookie}\r\norigin: {origin}\r\n");
    let refused = Raw::knock(&world, Door::Agent, &knock).await.err().unwrap();
    assert_eq!(
        (refused.status, refused.header("content-type")),
        (403, Some("application/problem+json"))
    );
    let target = format!("/v1/agents/{}/tickets", made["id"].as_str().unwrap());
    let ticket = world.done(As::Admin, "POST", &target, json!({})).await;
    hello(&world, ticket["ticket"].as_str().unwrap()).await;
    let change = json!({ "old": password, "new": "mine alone 自己的" }).to_string();
    let changed = world
        .raw("POST", "/v1/me/password", &headers, change.as_bytes())
        .await;
    let fresh = changed.cookie().unwrap();
    assert_eq!(
        world
            .raw("GET", "/v1/conversations", &[("cookie", &fresh)], b"")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn what_a_person_chose_is_there_at_the_next_sign_in() {
    let world = World::start().await;
    let chosen = json!({ "locale": "en", "theme": "dark", "notify": { "sound": false } });
    world.done(As::Agent, "PATCH", "/v1/me", chosen).await;
    world
        .done(As::Agent, "PATCH", "/v1/me", json!({ "theme": "light" }))
        .await;
    let me = world.sign_in("xishan", "xiaolin", PASSWORD).await.json();
    assert_eq!(
        me["prefs"],
        json!({ "locale": "en", "theme": "light", "notify": { "sound": false } })
    );
    assert_eq!(
        world.get(As::Supervisor, "/v1/me").await["prefs"],
        json!({})
    );
}

pub(crate) type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// An agent's socket after its `hello`, and the first thing it hears.
pub(crate) async fn hello(world: &World, ticket: &str) -> (Socket, Message) {
    let url = format!("ws://{}/v1/agent/socket", world.addr);
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let hello = json!({ "op": "hello", "ticket": ticket, "tab": "t1" }).to_string();
    socket.send(Message::text(hello)).await.unwrap();
    let heard = socket.next().await.unwrap().unwrap();
    (socket, heard)
}

#[tokio::test]
async fn a_ticket_opens_one_socket_once() {
    let world = World::start().await;
    let target = format!("/v1/agents/{}/tickets", world.ids[&As::Agent]);
    let ticket = world.done(As::Admin, "POST", &target, json!({})).await;
    let ticket = ticket["ticket"].as_str().unwrap();
    let (_socket, heard) = hello(&world, ticket).await;
    assert!(
        heard.to_text().unwrap().contains(r#""op":"welcome""#),
        "{heard}"
    );
    let (_socket, heard) = hello(&world, ticket).await;
    assert!(
        matches!(&heard, Message::Close(Some(close)) if u16::from(close.code) == 4401),
        "{heard}"
    );
}

#[tokio::test]
async fn who_is_disabled_is_out_at_once() {
    let world = World::start().await;
    let agent = world.ids[&As::Agent];
    let ticket = world
        .done(
            As::Admin,
            "POST",
            &format!("/v1/agents/{agent}/tickets"),
            json!({}),
        )
        .await;
    let (mut socket, _) = hello(&world, ticket["ticket"].as_str().unwrap()).await;
    world
        .done(
            As::Admin,
            "PATCH",
            &format!("/v1/agents/{agent}"),
            json!({ "disabled": true }),
        )
        .await;
    let code = loop {
        match socket.next().await {
            Some(Ok(Message::Close(Some(close)))) => break u16::from(close.code),
            Some(Ok(_)) => (),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code, 4403);
    assert_eq!(
        world
            .call(As::Agent, "GET", "/v1/me", Value::Null)
            .await
            .status,
        401
    );
    assert_eq!(
        world.sign_in("xishan", "xiaolin", PASSWORD).await.status,
        401
    );
    let again = world
        .call(
            As::Admin,
            "POST",
            &format!("/v1/agents/{agent}/tickets"),
            json!({}),
        )
        .await;
    assert_eq!(again.refusal(), (409, "conflict".to_owned()));
}

#[tokio::test]
async fn a_reset_password_ends_what_was_open() {
    let world = World::start().await;
    let target = format!("/v1/agents/{}/reset-password", world.ids[&As::Agent]);
    let new = world.done(As::Admin, "POST", &target, json!({})).await;
    assert_eq!(
        world
            .call(As::Agent, "GET", "/v1/me", Value::Null)
            .await
            .status,
        401
    );
    let me = world
        .sign_in("xishan", "xiaolin", new["password"].as_str().unwrap())
        .await
        .json();
    assert_eq!(me["must_change_password"], true);
}

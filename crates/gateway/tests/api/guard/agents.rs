//! Agents, their sign-ins and their roles: rows B66–B69.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::post;
use crate::{
    http,
    raw::{Door, Raw, ticket},
    world::{As, PASSWORD, World},
};

#[tokio::test]
async fn b66_nobody_makes_themselves_more_than_they_are() {
    let world = World::start().await;
    let own = format!("/v1/agents/{}", world.ids[&As::Agent]);
    let tried = [
        (
            "PATCH",
            own.as_str(),
            json!({ "role": "administrator" }),
            403,
        ),
        ("PATCH", "/v1/me", json!({ "role": "administrator" }), 400),
        (
            "PATCH",
            "/v1/me",
            json!({ "theme": "dark", "limit": 1000 }),
            400,
        ),
        (
            "POST",
            "/v1/agents",
            json!({ "account": "x", "name": "x", "role": "administrator" }),
            403,
        ),
        (
            "POST",
            "/v1/api-keys",
            json!({ "name": "x", "role": "administrator" }),
            403,
        ),
    ];
    for (method, target, body, status) in tried {
        let reply = world.call(As::Agent, method, target, body.clone()).await;
        assert_eq!(
            reply.status,
            status,
            "{method} {target} {body}: {}",
            reply.json()
        );
    }
    assert_eq!(world.get(As::Agent, "/v1/me").await["role"], "agent");
}

#[tokio::test]
async fn b67_an_unknown_account_takes_as_long_as_a_wrong_password() {
    let world = World::start().await;
    let mut took = [Vec::new(), Vec::new()];
    for n in 0..5 {
        for (which, account) in ["xiaolin".to_owned(), format!("nobody{n}")]
            .into_iter()
            .enumerate()
        {
            let began = Instant::now();
            let reply = world.sign_in("xishan", &account, "wrong").await;
            took[which].push(began.elapsed());
            assert_eq!(reply.status, 401);
        }
    }
    let [known, unknown] = took.map(|mut all| {
        all.sort_unstable();
        all[2].as_secs_f64()
    });
    assert!(
        (0.3..3.0).contains(&(unknown / known)),
        "{known} s and {unknown} s"
    );
}

#[tokio::test]
async fn b68_a_sign_in_is_a_new_one_whatever_cookie_came_along() {
    let world = World::start().await;
    let planted = format!("kefu={}", "a".repeat(64));
    let body = json!({ "brand": "xishan", "account": "xiaolin", "password": PASSWORD });
    let reply = post(&world, "/v1/login", &[("cookie", planted.as_str())], &body).await;
    let given = reply.cookie().unwrap();
    assert_ne!(given, planted);
    let me = async |cookie: &str| {
        http::send(world.addr, "GET", "/v1/me", &[("cookie", cookie)], b"")
            .await
            .status
    };
    assert_eq!((me(&planted).await, me(&given).await), (401, 200));
}

#[tokio::test]
async fn b69_signing_out_closes_the_sockets_of_that_sign_in_and_no_others() {
    let world = World::start().await;
    let own = world.origin();
    let with = async |cookie: &str| {
        let headers = format!("cookie: {cookie}\r\norigin: {own}\r\n");
        let mut socket = Raw::knock(&world, Door::Agent, &headers)
            .await
            .unwrap_or_else(|_| panic!("refused"));
        socket.say(&json!({ "op": "hello" })).await;
        socket.hear("resumed").await;
        socket
    };
    let elsewhere = world
        .sign_in("xishan", "xiaolin", PASSWORD)
        .await
        .cookie()
        .unwrap();
    let mut here = with(world.cookie(As::Agent)).await;
    let mut there = with(&elsewhere).await;
    world
        .done(As::Agent, "POST", "/v1/logout", Value::Null)
        .await;
    let began = Instant::now();
    assert_eq!(here.closed().await, 4401);
    assert!(began.elapsed() < Duration::from_secs(5));
    there.say(&json!({ "op": "ping" })).await;
    there.hear("pong").await;
}

#[tokio::test]
async fn b69_a_lower_role_ends_what_the_higher_one_showed() {
    let world = World::start().await;
    let mut wall = Raw::open(&world, Door::Agent).await;
    let pass = ticket(&world, As::Admin, As::Supervisor).await;
    wall.say(&json!({ "op": "hello", "ticket": pass })).await;
    wall.hear("resumed").await;
    wall.say(&json!({ "op": "wall", "id": "w", "on": true }))
        .await;
    wall.hear("wall").await;
    let target = format!("/v1/agents/{}", world.ids[&As::Supervisor]);
    world
        .done(As::Admin, "PATCH", &target, json!({ "role": "agent" }))
        .await;
    let quiet = async {
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(2500) {
            if let Ok(Some((first, payload))) =
                tokio::time::timeout(Duration::from_millis(2500), wall.next()).await
            {
                let text = String::from_utf8_lossy(&payload).into_owned();
                let told = text.contains("\"op\":\"wall\"")
                    && began.elapsed() > Duration::from_millis(1200);
                assert!(!told, "{first} {text}");
            } else {
                break;
            }
        }
    };
    quiet.await;
    wall.say(&json!({ "op": "wall", "id": "w2", "on": true }))
        .await;
    // Refused, if the socket was not closed altogether.
    while let Some((_, payload)) = wall.next().await {
        let text = String::from_utf8_lossy(&payload).into_owned();
        if text.contains("\"w2\"") {
            assert!(text.contains("forbidden"), "{text}");
            break;
        }
    }
    assert_eq!(
        world
            .call(As::Supervisor, "GET", "/v1/wall", Value::Null)
            .await
            .status,
        403
    );
}

//! More than fits: what is refused is refused at once and with a time, what is accepted is kept, and
//! one brand's rush is not another's.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::Instant};

use crate::{
    http,
    raw::{Door, Raw, frame},
    world::{As, World},
};

#[tokio::test]
async fn connections_beyond_the_bound_are_answered_503_and_the_next_one_is_served() {
    let world = World::with(|settings| settings.limits.connections = 20).await;
    let mut idle = Vec::new();
    for _ in 0..20 {
        idle.push(TcpStream::connect(world.addr).await.unwrap());
    }
    let busy = b"GET /v1/bootstrap HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let bytes = http::exchange(world.addr, busy).await;
        let reply = http::read(&bytes);
        if reply.status == 503 {
            assert_eq!(reply.header("retry-after"), Some("5"));
            break;
        }
        assert!(Instant::now() < deadline, "never full");
    }
    idle.clear();
    while http::read(&http::exchange(world.addr, busy).await).status != 200 {
        assert!(Instant::now() < deadline, "never free");
    }
}

#[tokio::test]
async fn requests_beyond_the_bound_are_answered_503_and_the_machines_still_get_in() {
    let world = World::with(|settings| settings.limits.requests = 3).await;
    // Three whose bodies are still on their way.
    let mut slow = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(world.addr).await.unwrap();
        let begun = "POST /v1/visitor/open HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n{";
        stream.write_all(begun.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let reply = world.raw("GET", "/v1/bootstrap", &[], b"").await;
        if reply.status == 503 {
            assert_eq!(reply.refusal().1, "overloaded");
            assert_eq!(reply.header("retry-after"), Some("2"));
            break;
        }
        assert!(Instant::now() < deadline, "never full");
    }
    for target in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(
            http::send(world.addr, "GET", target, &[], b"").await.status,
            200,
            "{target}"
        );
    }
}

#[tokio::test]
async fn what_visitors_ask_for_is_shed_as_what_they_write() {
    let world = World::with(|settings| settings.limits.in_flight = 0).await;
    let door = their_door(&world).await;
    let token = token(&world, &door).await;
    let bearer = format!("Bearer {token}");
    let headers = [
        ("content-type", "application/json"),
        ("authorization", bearer.as_str()),
    ];
    let write = json!({ "client_msg_id": "m", "msgtype": "text", "text": { "content": "x" } });
    for (target, body) in [
        ("/v1/visitor/messages", write),
        ("/v1/visitor/act", json!({ "op": "human" })),
        ("/v1/visitor/continue", json!({})),
    ] {
        let body = body.to_string();
        let reply = http::send(world.addr, "POST", target, &headers, body.as_bytes()).await;
        assert_eq!(reply.refusal(), (503, "overloaded".to_owned()), "{target}");
    }
    let mut socket = socket(&world, &token).await;
    socket.say(&json!({ "op": "human", "id": "h" })).await;
    let refused = socket.hear("error").await;
    assert_eq!(
        (&refused["code"], &refused["id"]),
        (&json!("overloaded"), &json!("h"))
    );
}

#[tokio::test]
async fn each_gateway_is_ready_by_its_own_store() {
    let (well, ill) = (World::start().await, World::start().await);
    let ready = async |world: &World| http::send(world.addr, "GET", "/readyz", &[], b"").await;
    ill.gateway.reception.store().close().await;
    assert_eq!(ready(&well).await.status, 200);
    let not = ready(&ill).await;
    assert_eq!((not.status, not.header("retry-after")), (503, Some("2")));
}

/// A website door of the other brand.
async fn their_door(world: &World) -> String {
    let team = world
        .done(As::Stranger, "POST", "/v1/teams", json!({ "name": "x" }))
        .await;
    let account = json!({ "name": "x", "team_id": team["id"], "survey": { "enabled": false } });
    let account = world
        .done(As::Stranger, "POST", "/v1/kf-accounts", account)
        .await;
    let door = json!({ "open_kfid": account["id"], "channel": "website", "name": "x" });
    let door = world
        .done(As::Stranger, "POST", "/v1/entry-points", door)
        .await;
    door["id"].as_str().unwrap().to_owned()
}

async fn token(world: &World, door: &str) -> String {
    let body = json!({ "entry_point_id": door }).to_string();
    let reply = http::send(
        world.addr,
        "POST",
        "/v1/visitor/open",
        &[("content-type", "application/json")],
        body.as_bytes(),
    )
    .await;
    reply.json()["token"].as_str().unwrap().to_owned()
}

async fn socket(world: &World, token: &str) -> Raw {
    let mut socket = Raw::open(world, Door::Visitor).await;
    socket.say(&json!({ "op": "hello", "token": token })).await;
    socket.hear("resumed").await;
    socket
}

/// Twenty visitors of one brand push all they can; their answers: accepted and refused.
async fn rush(world: &World, door: &str) -> (Vec<String>, usize, usize) {
    let mut sockets = Vec::new();
    let mut tokens = Vec::new();
    for _ in 0..20 {
        tokens.push(token(world, door).await);
        sockets.push(socket(world, tokens.last().unwrap()).await);
    }
    let pushing = sockets.into_iter().map(|mut socket| async move {
        let (mut accepted, mut refused) = (0, 0);
        for round in 0..10 {
            let mut burst = Vec::new();
            for n in 0..30 {
                let send = json!({ "op": "send", "id": format!("r{round}-{n}"), "msgtype": "text", "text": { "content": "快" } });
                burst.extend(frame(0x81, send.to_string().as_bytes()));
            }
            socket.bytes(&burst).await;
            let mut answers = 0;
            while answers < 30 {
                let (_, payload) = socket.next().await.expect("an open socket");
                let answer: Value = serde_json::from_slice(&payload).unwrap();
                match answer["op"].as_str() {
                    Some("ack") => accepted += 1,
                    Some("error") => {
                        assert_eq!((&answer["code"], &answer["retry_after_s"]), (&json!("overloaded"), &json!(1)));
                        refused += 1;
                    }
                    _ => continue,
                }
                answers += 1;
            }
        }
        (accepted, refused)
    });
    let counts = futures_util::future::join_all(pushing).await;
    let sum = |of: fn(&(usize, usize)) -> usize| counts.iter().map(of).sum();
    (tokens, sum(|one| one.0), sum(|one| one.1))
}

/// Customer messages in the thread behind a token.
async fn stored(world: &World, token: &str) -> usize {
    let bearer = format!("Bearer {token}");
    let (mut count, mut before) = (0, String::new());
    loop {
        let target = format!("/v1/visitor/messages?limit=100{before}");
        let page = http::send(
            world.addr,
            "GET",
            &target,
            &[("authorization", &bearer)],
            b"",
        )
        .await
        .json();
        let messages = page["messages"].as_array().unwrap();
        count += messages
            .iter()
            .filter(|message| message["origin"] == 3)
            .count();
        if page["has_more"] != true {
            return count;
        }
        before = format!("&before={}", messages[0]["seq"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_brands_rush_is_shed_and_another_brand_does_not_feel_it() {
    let world = World::with(|settings| settings.limits.in_flight = 8).await;
    let (ours, theirs) = (world.shop().await.door, their_door(&world).await);
    let mut calm = socket(&world, &token(&world, &theirs).await).await;
    let rushing = rush(&world, &ours);
    let writing = async {
        let mut took = Vec::new();
        for n in 0..60 {
            let send = json!({ "op": "send", "id": format!("c{n}"), "msgtype": "text", "text": { "content": "静" } });
            let began = Instant::now();
            calm.say(&send).await;
            loop {
                let (_, payload) = calm.next().await.expect("an open socket");
                let answer: Value = serde_json::from_slice(&payload).unwrap();
                assert_ne!(answer["op"], "error", "the calm brand is refused: {answer}");
                if answer["op"] == "ack" {
                    break;
                }
            }
            took.push(began.elapsed());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        took.sort_unstable();
        took
    };
    let ((tokens, accepted, refused), took) = tokio::join!(rushing, writing);
    assert_eq!(accepted + refused, 20 * 10 * 30);
    assert!(refused > 0, "nothing was shed");
    assert!(took[58] < Duration::from_millis(500), "{took:?}");
    let mut kept = 0;
    for token in &tokens {
        kept += stored(&world, token).await;
    }
    assert_eq!(
        kept, accepted,
        "what was accepted, and nothing else, is there"
    );
}

//! Webhooks: set up, tested, told when a customer is away, and told again.

use std::{sync::Arc, time::Duration};

use axum::{Router, body::Bytes, http::HeaderMap, routing::post};
use serde_json::{Value, json};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use crate::{
    http,
    work::accepted,
    world::{As, World},
};

struct Receiver {
    url: String,
    calls: mpsc::Receiver<(HeaderMap, Bytes)>,
}

impl Receiver {
    /// Answers 500 to the first `sulks` calls, 204 afterwards.
    async fn start(sulks: usize) -> Self {
        let (told, calls) = mpsc::channel(64);
        let left = Arc::new(std::sync::atomic::AtomicUsize::new(sulks));
        let router = Router::new().route(
            "/hook",
            post(async move |headers: HeaderMap, body: Bytes| {
                told.send((headers, body)).await.unwrap();
                let order = std::sync::atomic::Ordering::SeqCst;
                let sulk = left
                    .fetch_update(order, order, |left| left.checked_sub(1))
                    .is_ok();
                ::http::StatusCode::from_u16(if sulk { 500 } else { 204 }).unwrap()
            }),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, calls }
    }

    /// The next call, its signature compared.
    async fn next(&mut self, secret: &Value) -> Value {
        let waited = tokio::time::timeout(std::time::Duration::from_secs(20), self.calls.recv());
        let (headers, body) = waited.await.expect("a call").unwrap();
        let signature = headers["kefu-signature"].to_str().unwrap();
        let at: i64 = signature[2..].split(',').next().unwrap().parse().unwrap();
        assert_eq!(
            signature,
            kefu_notify::sign(secret.as_str().unwrap(), at, &body)
        );
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(headers["kefu-event"], body["event"].as_str().unwrap());
        assert_eq!(headers["kefu-delivery"], body["event_id"].as_str().unwrap());
        body
    }

    fn quiet(&mut self) -> bool {
        self.calls.try_recv().is_err()
    }
}

async fn hook(world: &World, body: Value) -> Value {
    world.done(As::Admin, "POST", "/v1/webhooks", body).await
}

#[tokio::test]
async fn a_webhook_is_set_up_with_a_secret_that_is_told_once() {
    let world = World::start().await;
    let mut receiver = Receiver::start(1).await;
    for url in [
        "ftp://brand.example/",
        "http://169.254.169.254/",
        "nonsense",
        "http://u:p@1.1.1.1/",
    ] {
        let refused = world
            .call(
                As::Admin,
                "POST",
                "/v1/webhooks",
                json!({ "name": "x", "url": url }),
            )
            .await;
        assert_eq!(
            refused.refusal(),
            (422, "url_forbidden".to_owned()),
            "{url}"
        );
    }
    for body in [
        json!({ "name": "x" }),
        json!({ "name": "x", "url": receiver.url, "events": ["nothing"] }),
        json!({ "name": "x", "url": receiver.url, "events": [] }),
        json!({ "name": "x", "url": receiver.url, "away_s": 0 }),
        json!({ "name": "x", "url": receiver.url, "entry_point_ids": [crate::world::NOTHING] }),
    ] {
        let refused = world.call(As::Admin, "POST", "/v1/webhooks", body).await;
        assert_eq!(refused.refusal().0, 400);
    }
    let row = hook(&world, json!({ "name": "推送", "url": receiver.url })).await;
    assert_eq!(
        (&row["events"], &row["away_s"]),
        (&json!(["message.away"]), &json!(10))
    );
    let target = format!("/v1/webhooks/{}", row["id"].as_str().unwrap());
    assert_eq!(world.get(As::Admin, &target).await.get("secret"), None);
    assert_eq!(
        world
            .call(As::Stranger, "GET", &target, Value::Null)
            .await
            .status,
        404
    );
    assert_eq!(
        world
            .call(As::Agent, "GET", &target, Value::Null)
            .await
            .status,
        403
    );

    let test = format!("{target}/test");
    let tried = world.done(As::Admin, "POST", &test, Value::Null).await;
    assert_eq!(
        (&tried["status"], &tried["failure"]["code"]),
        (&json!(500), &json!("500"))
    );
    assert_eq!(receiver.next(&row["secret"]).await["event"], "test");
    let rotated = world
        .done(As::Admin, "POST", &format!("{target}/rotate"), Value::Null)
        .await;
    assert_ne!(rotated["secret"], row["secret"]);
    let tried = world.done(As::Admin, "POST", &test, Value::Null).await;
    assert_eq!(
        (&tried["status"], &tried["failure"]),
        (&json!(204), &Value::Null)
    );
    receiver.next(&rotated["secret"]).await;

    let log = world.get(As::Admin, "/v1/deliveries").await;
    let states: Vec<&Value> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["state"])
        .collect();
    assert_eq!(states, ["done", "dead"]);
    let dead = world.get(As::Admin, "/v1/deliveries?state=dead").await["items"][0].clone();
    let resend = format!("/v1/deliveries/{}/resend", dead["id"].as_str().unwrap());
    assert_eq!(
        world
            .call(As::Stranger, "POST", &resend, Value::Null)
            .await
            .status,
        404
    );
    world.done(As::Admin, "POST", &resend, Value::Null).await;
    let again = receiver.next(&rotated["secret"]).await;
    assert_eq!(again["event_id"], dead["id"]);
    world.done(As::Admin, "DELETE", &target, Value::Null).await;
}

#[tokio::test]
async fn unread_words_of_a_customer_who_is_away_are_told_once_and_what_was_read_is_not() {
    let world = World::start().await;
    let shop = world.shop().await;
    let mut receiver = Receiver::start(1).await;
    let row = hook(
        &world,
        json!({ "name": "推送", "url": receiver.url, "away_s": 1 }),
    )
    .await;
    let guest = world.visitor(&shop, "到哪了").await;
    let card = accepted(&world, &guest.session).await;
    let target = format!("/v1/conversations/{}/messages", guest.conversation);
    let say = async |key: &str, text: &str| {
        let body = json!({ "client_msg_id": key, "fence": card["session"]["fence"], "msgtype": "text", "text": { "content": text } });
        world.done(As::Agent, "POST", &target, body).await
    };
    say("r1", "在查").await;
    let last = say("r2", "今天发出").await;
    // The first try fails; the same event comes again.
    let event = receiver.next(&row["secret"]).await;
    assert_eq!(receiver.next(&row["secret"]).await, event);
    assert_eq!(
        (&event["event"], &event["unread"]),
        (&json!("message.away"), &json!(2))
    );
    assert_eq!(event["external_userid"], guest.customer);
    assert_eq!(event["user_id"], Value::Null);
    assert_eq!(event["message"]["msgid"], last["msgid"]);
    assert_eq!(
        (&event["message"]["preview"], &event["message"]["name"]),
        (&json!("今天发出"), &json!("xiaolin"))
    );

    let opened = json!({ "entry_point_id": shop.door, "token": guest.token }).to_string();
    let json_type = ("content-type", "application/json");
    let opened = http::send(
        world.addr,
        "POST",
        "/v1/visitor/open",
        &[json_type],
        opened.as_bytes(),
    )
    .await
    .json();
    let bearer = format!("Bearer {}", opened["token"].as_str().unwrap());
    let headers = [json_type, ("authorization", bearer.as_str())];
    let read = async |seq: &Value| {
        let body = json!({ "op": "read", "seq": seq }).to_string();
        http::send(
            world.addr,
            "POST",
            "/v1/visitor/act",
            &headers,
            body.as_bytes(),
        )
        .await
        .status
    };
    let seen = say("r3", "看到就好").await;
    assert_eq!(read(&seen["seq"]).await, 200);
    // Whoever is here is not away, read or not.
    say("r4", "还在吗").await;
    let epoch = opened["epoch"].as_str().unwrap();
    for _ in 0..4 {
        let target = format!("/v1/conversations/{}", guest.conversation);
        let now = world.get(As::Agent, &target).await;
        let poll = format!(
            "/v1/visitor/poll?epoch={epoch}&seq={}&rev=999&wait_s=1",
            now["seq"]
        );
        let polled = http::send(world.addr, "GET", &poll, &headers, b"").await;
        assert_eq!(polled.status, 200);
        // Between two questions is not away.
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    // Whoever goes away in the middle of a question has gone.
    let poll = format!(
        "GET /v1/visitor/poll?epoch={epoch}&seq=4&rev=999&wait_s=25 HTTP/1.1\r\nhost: x\r\nauthorization: {bearer}\r\n\r\n"
    );
    let mut gone = TcpStream::connect(world.addr).await.unwrap();
    gone.write_all(poll.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(gone);
    assert!(receiver.quiet(), "nobody is told of one who is here");
    let event = receiver.next(&row["secret"]).await;
    assert_eq!(
        (&event["unread"], &event["message"]["preview"]),
        (&json!(1), &json!("还在吗"))
    );
}

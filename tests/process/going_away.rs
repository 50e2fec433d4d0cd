//! SIGTERM: nobody is cut off, nothing that was accepted is lost, the deadline is kept.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{http, kefu::Kefu, shop::Shop};

#[tokio::test]
async fn a_drain_answers_what_is_under_way_and_tells_sockets_to_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut kefu = Kefu::start(&data, &[]).await;
    let shop = Shop::open(&kefu, &data, json!({ "assign": "auto" })).await;
    let mut desk = shop.desk().await;
    let customer = shop.visitor().await;
    assert_eq!(customer.write("m1", "在吗").await.0.status, 200);
    let mut sockets = Vec::new();
    for _ in 0..8 {
        let mut socket = customer.socket(json!({})).await;
        socket.hear("resumed").await;
        sockets.push(socket);
    }
    // Under way: a message whose body is not all there yet, and a poll that waits.
    let body =
        json!({ "client_msg_id": "m2", "msgtype": "text", "text": { "content": "最后一句" } })
            .to_string();
    let mut slow = TcpStream::connect(kefu.addr).await.unwrap();
    let head = format!(
        "POST /v1/visitor/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        customer.token,
        body.len()
    );
    slow.write_all(&[head.as_bytes(), &body.as_bytes()[..10]].concat())
        .await
        .unwrap();
    let epoch = customer
        .ask("GET", "/v1/visitor/poll", &serde_json::Value::Null)
        .await
        .json()["epoch"]
        .clone();
    let seq = customer
        .ask("GET", "/v1/visitor/poll", &serde_json::Value::Null)
        .await
        .json()["seq"]
        .clone();
    let target = format!(
        "/v1/visitor/poll?wait_s=25&epoch={}&seq={seq}",
        epoch.as_str().unwrap()
    );
    let poll = {
        let customer = customer.clone();
        tokio::spawn(async move { customer.ask("GET", &target, &serde_json::Value::Null).await })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    let began = Instant::now();
    kefu.signal(Signal::TERM);
    // Everyone is told, each a time of their own.
    let mut after = Vec::new();
    for socket in &mut sockets {
        after.push(socket.hear("reconnect").await["after_ms"].as_u64().unwrap());
    }
    desk.hear("reconnect").await;
    assert!(after.iter().all(|ms| *ms < 5000), "{after:?}");
    after.sort_unstable();
    after.dedup();
    assert!(after.len() > 4, "all at once: {after:?}");
    // Nobody new.
    assert!(
        TcpStream::connect(kefu.addr).await.is_err(),
        "still listening"
    );
    // Until they leave, sockets work: this is accepted, and pushed.
    sockets[0]
        .say(json!({ "op": "send", "id": "m3", "msgtype": "text", "text": { "content": "还在" } }))
        .await;
    sockets[0].hear("ack").await;
    slow.write_all(&body.as_bytes()[10..]).await.unwrap();
    let reply = http::read(&http::rest(&mut slow).await);
    assert_eq!(reply.status, 200, "{}", reply.json());
    assert_eq!(reply.header("connection"), Some("close"));
    assert_eq!(poll.await.unwrap().status, 200);
    drop((sockets, desk));
    let status = kefu.ended(Duration::from_secs(12)).await;
    assert!(status.success(), "{status:?}: {}", kefu.logged());
    assert!(
        began.elapsed() < Duration::from_secs(9),
        "{:?}",
        began.elapsed()
    );
    // All three messages are there.
    let kefu = Kefu::start(&data, &[]).await;
    let shop = Shop::again(&kefu, &data, &shop.door, &shop.agent).await;
    let found = shop
        .get(&format!("/v1/conversations?q={}", customer.customer))
        .await;
    let id = found["items"][0]["conversation_id"].as_str().unwrap();
    let history = shop.get(&format!("/v1/conversations/{id}/messages")).await;
    let ids: Vec<&str> = history["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|message| message["text"]["content"].as_str())
        .filter(|text| ["在吗", "最后一句", "还在"].contains(text))
        .collect();
    assert_eq!(ids.len(), 3, "{history}");
}

#[tokio::test]
async fn a_drain_does_not_wait_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut kefu = Kefu::start(&data, &[]).await;
    let shop = Shop::open(&kefu, &data, json!({ "assign": "auto" })).await;
    let customer = shop.visitor().await;
    let mut stubborn = customer.socket(json!({})).await;
    stubborn.hear("resumed").await;
    let mut slow = TcpStream::connect(kefu.addr).await.unwrap();
    slow.write_all(b"POST /v1/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99999\r\n\r\n").await.unwrap();
    let began = Instant::now();
    kefu.signal(Signal::TERM);
    stubborn.hear("reconnect").await;
    assert_eq!(stubborn.closed().await, 1001, "told at last");
    let status = kefu.ended(Duration::from_secs(15)).await;
    assert!(status.success(), "{status:?}");
    assert!(
        began.elapsed() < Duration::from_secs(13),
        "{:?}",
        began.elapsed()
    );
}

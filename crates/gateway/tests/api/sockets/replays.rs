//! What was missed comes in pages, whole and in order, and no more of it than there is a bound for.

use kefu_domain::MessageId;
use serde_json::{Value, json};

use crate::{
    http,
    raw::{Door, Raw, frame, ticket},
    world::{As, Guest, Shop, World},
};

/// A visitor who wrote so many messages.
async fn wordy(world: &World, shop: &Shop, count: usize) -> Guest {
    let guest = world.visitor(shop, "第一句").await;
    let mut socket = Raw::signed_in(world, Door::Visitor, &guest).await;
    let mut sent = 1;
    while sent < count {
        let burst = (count - sent).min(30);
        let mut bytes = Vec::new();
        for n in 0..burst {
            let id = format!("w{}", sent + n);
            let send =
                json!({ "op": "send", "id": id, "msgtype": "text", "text": { "content": id } });
            bytes.extend(frame(0x81, send.to_string().as_bytes()));
        }
        socket.bytes(&bytes).await;
        for _ in 0..burst {
            socket.hear("ack").await;
        }
        sent += burst;
    }
    guest
}

/// Changes these messages, each once more.
async fn change(world: &World, guest: &Guest, seqs: std::ops::RangeInclusive<u64>) {
    let conversation = guest.conversation.parse().unwrap();
    for seq in seqs {
        let id = MessageId { conversation, seq };
        let store = world.gateway.reception.store();
        store.recall(world.brand, id, None).await.unwrap();
    }
}

/// Frames until `resumed`.
async fn replayed(socket: &mut Raw) -> Vec<Value> {
    let mut frames = Vec::new();
    loop {
        let (_, payload) = socket.next().await.expect("an open socket");
        let value: Value = serde_json::from_slice(&payload).unwrap();
        if value["op"] == "resumed" {
            return frames;
        }
        frames.push(value);
    }
}

fn seqs(frames: &[Value]) -> Vec<u64> {
    let messages = frames.iter().filter(|frame| frame["op"] == "message");
    messages
        .map(|frame| frame["seq"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn what_came_and_what_changed_is_told_page_by_page() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = wordy(&world, &shop, 200).await;
    change(&world, &guest, 1..=120).await;
    let epoch = world.gateway.reception.store().epoch();
    let mut socket = Raw::open(&world, Door::Visitor).await;
    let hello = json!({ "op": "hello", "token": guest.token, "epoch": epoch, "seq": 60, "rev": 0 });
    socket.say(&hello).await;
    let told = replayed(&mut socket).await;
    assert_eq!(told[0]["op"], "welcome");
    let last = told[0]["seq"].as_u64().unwrap();
    let expected: Vec<u64> = (61..=last).chain(1..=60).collect();
    assert_eq!(seqs(&told), expected, "each once");
    let mut desk = Raw::open(&world, Door::Agent).await;
    let pass = ticket(&world, As::Admin, As::Agent).await;
    let cursors = json!({ guest.conversation.as_str(): { "seq": 60, "rev": 0 } });
    desk.say(&json!({ "op": "hello", "ticket": pass, "epoch": epoch, "cursors": cursors }))
        .await;
    assert_eq!(seqs(&replayed(&mut desk).await), expected);
}

#[tokio::test]
async fn a_poll_that_cannot_tell_all_says_how_far_it_went() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = wordy(&world, &shop, 350).await;
    change(&world, &guest, 1..=230).await;
    let epoch = world.gateway.reception.store().epoch();
    let bearer = format!("Bearer {}", guest.token);
    let (mut seq, mut rev) = (230, 0);
    let mut changed = std::collections::BTreeSet::new();
    let mut came = Vec::new();
    loop {
        let target = format!("/v1/visitor/poll?epoch={epoch}&seq={seq}&rev={rev}&wait_s=0");
        let headers = [("authorization", bearer.as_str())];
        let answer = http::send(world.addr, "GET", &target, &headers, b"").await;
        let answer = answer.json();
        let messages = answer["messages"].as_array().unwrap();
        assert!(messages.len() <= 200, "{}", messages.len());
        let largest = messages.iter().filter_map(|one| one["rev"].as_u64()).max();
        // Whoever believes the largest `rev` of an answer misses nothing either.
        assert!(largest.unwrap_or(0) <= answer["rev"].as_u64().unwrap());
        for message in messages {
            let seq = message["seq"].as_u64().unwrap();
            if seq <= 230 {
                changed.insert(seq);
            } else {
                came.push(seq);
            }
        }
        if messages.is_empty() {
            break;
        }
        seq = answer["seq"].as_u64().unwrap();
        rev = answer["rev"].as_u64().unwrap();
    }
    assert_eq!(changed.len(), 230);
    let whole: Vec<u64> = (231..=seq).collect();
    assert_eq!(came, whole);
}

#[tokio::test]
async fn a_hello_replays_so_much_and_the_rest_is_a_resync() {
    let world = World::start().await;
    let shop = world.shop().await;
    let mut cursors = serde_json::Map::new();
    for _ in 0..3 {
        let guest = wordy(&world, &shop, 380).await;
        cursors.insert(guest.conversation, json!({ "seq": 0, "rev": 0 }));
    }
    let epoch = world.gateway.reception.store().epoch();
    let mut desk = Raw::open(&world, Door::Agent).await;
    let pass = ticket(&world, As::Admin, As::Agent).await;
    desk.say(&json!({ "op": "hello", "ticket": pass, "epoch": epoch, "cursors": cursors }))
        .await;
    let told = replayed(&mut desk).await;
    let messages = seqs(&told).len();
    assert!((760..=1000).contains(&messages), "{messages}");
    let resyncs: Vec<_> = told.iter().filter(|one| one["op"] == "resync").collect();
    assert_eq!(resyncs.len(), 1);
    let id = resyncs[0]["conversation_id"].as_str().unwrap();
    assert!(cursors.contains_key(id), "{id}");
}

#[tokio::test]
async fn a_visitor_writes_so_much_and_is_told_when_to_go_on() {
    let world = World::with(|settings| settings.limits.messages_per_10_s = 3).await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "一").await;
    let mut socket = Raw::signed_in(&world, Door::Visitor, &guest).await;
    let say =
        |id: &str| json!({ "op": "send", "id": id, "msgtype": "text", "text": { "content": id } });
    for id in ["a", "b"] {
        socket.say(&say(id)).await;
        assert_eq!(socket.hear("ack").await["id"], id);
    }
    socket.say(&say("c")).await;
    let refused = socket.hear("error").await;
    assert_eq!(
        (&refused["id"], &refused["code"]),
        (&json!("c"), &json!("rate_limited"))
    );
    let after_s = refused["retry_after_s"].as_u64().unwrap();
    assert!((1..=10).contains(&after_s), "{after_s}");
    let bearer = format!("Bearer {}", guest.token);
    let headers = [
        ("content-type", "application/json"),
        ("authorization", bearer.as_str()),
    ];
    let body = json!({ "client_msg_id": "c", "msgtype": "text", "text": { "content": "c" } });
    let body = body.to_string();
    let target = "/v1/visitor/messages";
    let send = async || http::send(world.addr, "POST", target, &headers, body.as_bytes()).await;
    let reply = send().await;
    assert_eq!(reply.refusal(), (429, "rate_limited".to_owned()));
    assert!(reply.header("retry-after").is_some());
    // Another visitor is not held up, and this one goes on in time.
    world.visitor(&shop, "二").await;
    tokio::time::sleep(std::time::Duration::from_secs(after_s)).await;
    let sent = send().await;
    assert_eq!(
        (sent.status, &sent.json()["duplicate"]),
        (200, &json!(false))
    );
}

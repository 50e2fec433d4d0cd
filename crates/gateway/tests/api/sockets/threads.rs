//! Threads of others, and cursors that cannot be: rows B62 and B63.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    http,
    raw::{Door, Raw, frame, ticket},
    world::{As, NOTHING, Shop, World},
};

#[tokio::test]
async fn b62_threads_of_others_are_not_told() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "我的手机号是 13800138000").await;
    let id = &guest.conversation;
    let mut stranger = Raw::open(&world, Door::Agent).await;
    let pass = ticket(&world, As::Stranger, As::Stranger).await;
    let cursors = json!({ id.as_str(): { "seq": 0, "rev": 0 } });
    stranger
        .say(&json!({ "op": "hello", "ticket": pass, "cursors": cursors }))
        .await;
    let welcome = stranger.hear("welcome").await;
    assert_eq!(welcome["conversations"], json!([]));
    assert_eq!(
        stranger.next().await.unwrap().1,
        br#"{"op":"resumed"}"#,
        "nothing of the thread"
    );
    let session = &guest.session;
    let tried = [
        json!({ "op": "viewing", "id": "a", "conversation_id": id }),
        json!({ "op": "send", "id": "b", "conversation_id": id, "msgtype": "text", "text": { "content": "x" } }),
        json!({ "op": "note", "id": "c", "conversation_id": id, "text": "x" }),
        json!({ "op": "accept", "id": "d", "session_id": session }),
        json!({ "op": "decline", "id": "e", "session_id": session }),
        json!({ "op": "close", "id": "f", "session_id": session, "fence": 1 }),
        json!({ "op": "transfer", "id": "g", "session_id": session, "fence": 1, "to_servicer_userid": world.ids[&As::Stranger] }),
        json!({ "op": "handoff", "id": "h", "conversation_id": id, "kind": "specialist" }),
        json!({ "op": "recall", "id": "i", "msgid": format!("{id}-1") }),
        json!({ "op": "resend", "id": "j", "msgid": format!("{id}-1") }),
    ];
    for command in &tried {
        stranger.say(command).await;
        let error = stranger.hear("error").await;
        assert_eq!(
            (&error["id"], &error["code"]),
            (&command["id"], &json!("not_found")),
            "{command}"
        );
        // An id of nothing is answered the same.
        let other = command
            .to_string()
            .replace(id.as_str(), NOTHING)
            .replace(session.as_str(), NOTHING);
        let other: Value = serde_json::from_str(&other).unwrap();
        stranger.say(&other).await;
        assert_eq!(stranger.hear("error").await, error, "{other}");
    }
    for mark in ["typing", "read"] {
        stranger
            .say(&json!({ "op": mark, "conversation_id": id, "seq": 1, "on": true }))
            .await;
    }
    // What happens there now is told to nobody but its own.
    let mut visitor = Raw::signed_in(&world, Door::Visitor, &guest).await;
    visitor.say(&json!({ "op": "send", "id": "v1", "msgtype": "text", "text": { "content": "还在吗" } })).await;
    visitor.hear("ack").await;
    visitor.say(&json!({ "op": "typing", "on": true })).await;
    stranger.say(&json!({ "op": "ping" })).await;
    loop {
        let (_, payload) = stranger.next().await.unwrap();
        let text = String::from_utf8(payload).unwrap();
        assert!(!text.contains(id.as_str()), "{text}");
        if text.contains("pong") {
            break;
        }
    }
    // Nor can a visitor touch what is another's.
    let other = world.visitor(&shop, "另一位").await;
    visitor
        .say(&json!({ "op": "rate", "id": "v2", "session_id": other.session, "score": 1 }))
        .await;
    assert_eq!(visitor.hear("error").await["code"], "not_found");
    visitor
        .say(&json!({ "op": "opened", "id": "v3", "handoff_id": NOTHING }))
        .await;
    assert_eq!(visitor.hear("error").await["code"], "not_found");
}

#[tokio::test]
async fn b63_a_cursor_that_cannot_be_is_answered_with_resync() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    let epoch = world.gateway.reception.store().epoch();
    let hello = |epoch: &str, seq: Value| json!({ "op": "hello", "token": guest.token, "epoch": epoch, "seq": seq });
    for (epoch, seq) in [
        (epoch.as_str(), json!(99)),
        (&epoch, json!(u64::MAX)),
        ("0000", json!(1)),
        ("", json!(0)),
    ] {
        let mut socket = Raw::open(&world, Door::Visitor).await;
        socket.say(&hello(epoch, seq.clone())).await;
        socket.hear("welcome").await;
        let (_, next) = socket.next().await.unwrap();
        let next: Value = serde_json::from_slice(&next).unwrap();
        assert_eq!(next["op"], "resync", "{epoch} {seq}");
        assert_eq!(
            socket.hear("message").await["seq"],
            1,
            "and the thread afresh"
        );
    }
    for seq in ["-1", "1.5", "1e400", "\"1\"", "18446744073709551616", "NaN"] {
        let mut socket = Raw::open(&world, Door::Visitor).await;
        let text = hello(&epoch, json!(0))
            .to_string()
            .replace("\"seq\":0", &format!("\"seq\":{seq}"));
        socket.bytes(&frame(0x81, text.as_bytes())).await;
        assert_eq!(socket.closed().await, 4400, "{seq}");
    }
    // By poll, the same.
    let bearer = format!("Bearer {}", guest.token);
    let poll = async |query: &str| {
        let target = format!("/v1/visitor/poll?{query}");
        http::send(
            world.addr,
            "GET",
            &target,
            &[("authorization", &bearer)],
            b"",
        )
        .await
    };
    for query in [
        format!("epoch={epoch}&seq=99"),
        "epoch=0000&seq=1".to_owned(),
    ] {
        assert_eq!(poll(&query).await.json()["resync"], true, "{query}");
    }
    for query in [
        "seq=-1",
        "seq=x",
        "seq=1.5",
        "wait_s=-1",
        "rev=99999999999999999999",
    ] {
        assert_eq!(
            poll(query).await.refusal(),
            (400, "bad_request".to_owned()),
            "{query}"
        );
    }
    // An agent's cursor into the future of a thread: that thread afresh.
    let mut agent = Raw::open(&world, Door::Agent).await;
    let pass = ticket(&world, As::Admin, As::Agent).await;
    let cursors = json!({ guest.conversation.as_str(): { "seq": 99, "rev": 0 } });
    agent
        .say(&json!({ "op": "hello", "ticket": pass, "epoch": epoch, "cursors": cursors }))
        .await;
    assert_eq!(
        agent.hear("resync").await["conversation_id"],
        json!(guest.conversation)
    );
}

/// Somebody enters through a platform's door of the same face, with this code.
async fn carried(world: &World, shop: &Shop, code: [u8; 32]) {
    use kefu_store::{Attribution, Enter, Fresh, Incoming, Party, Source};

    let id = || world.gateway.reception.ids().mint();
    let enter = Enter {
        brand: world.brand,
        entry_point: kefu_domain::EntryPointId(id()),
        party: Party::Upstream {
            kf_account: shop.account.parse().unwrap(),
            address: "wm-victim".to_owned(),
            fresh: Fresh {
                customer: kefu_domain::CustomerId(id()),
                identity: kefu_domain::IdentityId(id()),
                conversation: kefu_domain::ConversationId(id()),
            },
        },
        key: "enter-1".to_owned(),
        source: Source::default(),
        attribution: Attribution::Came,
        carried: Some(code),
        grant: None,
        at: world.gateway.reception.now(),
    };
    let store = world.gateway.reception.store();
    let entered = store.file_page(vec![Incoming::Enter(enter)], None).await;
    assert!(entered.unwrap()[0].is_some());
}

#[tokio::test]
async fn whoever_showed_their_code_to_another_reads_no_further() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "扫我的码").await;
    let mut socket = Raw::signed_in(&world, Door::Visitor, &guest).await;
    let store = world.gateway.reception.store();
    let now = world.gateway.reception.now();
    let list = kefu_store::ListQuery {
        limit: 1,
        ..kefu_store::ListQuery::default()
    };
    let whole = store
        .conversations(world.brand, list)
        .await
        .unwrap()
        .remove(0);
    let visitor = kefu_store::Visitor {
        brand: world.brand,
        entry_point: whole.entry_point,
        identity: whole.identity,
        conversation: whole.id,
        customer: whole.customer.id,
    };
    let minted = store.mint_carry(visitor, [7; 32], now + 60_000, now).await;
    assert_eq!(minted, Ok(true));
    carried(&world, &shop, [7; 32]).await;
    assert_eq!(socket.closed().await, 4410);
    let bearer = format!("Bearer {}", guest.token);
    let headers = [("authorization", bearer.as_str())];
    for target in ["/v1/visitor/messages", "/v1/visitor/poll?wait_s=0"] {
        let read = http::send(world.addr, "GET", target, &headers, b"").await;
        assert_eq!(read.refusal(), (401, "token_invalid".to_owned()));
    }
}

#[tokio::test]
async fn who_begins_to_wait_reads_their_place_at_once() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    // A supervisor ends what waits under the fence that its card shows.
    let target = format!("/v1/sessions/{}/close", guest.session);
    let ended = world.done(As::Admin, "POST", &target, json!({ "fence": 0 }));
    assert_eq!(ended.await["session"]["service_state"], 4);
    let mut socket = Raw::signed_in(&world, Door::Visitor, &guest).await;
    let word =
        json!({ "op": "send", "id": "m2", "msgtype": "text", "text": { "content": "还在吗" } });
    socket.say(&word).await;
    socket.hear("ack").await;
    let waits = async {
        loop {
            let told = socket.hear("session").await;
            if told["service_state"] == 2 {
                return told;
            }
        }
    };
    let told = tokio::time::timeout(Duration::from_millis(1500), waits).await;
    let told = told.expect("told before the next round of places");
    assert_eq!(told["place"], 0, "{told}");
}

//! Both sockets against clients that keep no rule: rows B49–B64 of bad input, frame by frame.

use std::time::Duration;

use kefu_gateway::Patience;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::Instant};

use crate::{
    http,
    raw::{Door, HANDSHAKE, Raw, frame, ticket},
    world::{As, NOTHING, World},
};

/// After whatever it was, the next one is served.
async fn is_well(world: &World) {
    let reply = world.raw("GET", "/v1/bootstrap", &[], b"").await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn b49_to_b52_broken_frames_are_closed_with_their_number() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    let mut large = vec![0x81, 0xff];
    large.extend((1u64 << 63).to_be_bytes());
    large.extend([1, 2, 3, 4]);
    let broken: Vec<(&str, u16, Vec<u8>)> = vec![
        ("unmasked", 1002, b"\x81\x02{}".to_vec()),
        ("RSV1", 1002, frame(0xc1, b"{}")),
        ("RSV3", 1002, frame(0x91, b"{}")),
        ("data opcode 3", 1002, frame(0x83, b"")),
        ("control opcode 11", 1002, frame(0x8b, b"")),
        ("a ping of 126 bytes", 1002, frame(0x89, &[0; 126])),
        ("a ping in pieces", 1002, frame(0x09, b"")),
        ("a continuation of nothing", 1002, frame(0x80, b"x")),
        (
            "a message inside a message",
            1002,
            [frame(0x01, b"{"), frame(0x81, b"{}")].concat(),
        ),
        ("binary", 1003, frame(0x82, b"{}")),
        ("no UTF-8", 1007, frame(0x81, b"\xff\xfe")),
        ("no UTF-8, not yet whole", 1007, frame(0x01, b"\xff")),
        (
            "a broken letter over two frames",
            1007,
            [frame(0x01, b"\xe8\x8c"), frame(0x80, b"(")].concat(),
        ),
        ("overlong", 1007, frame(0x81, b"\xc0\xaf")),
        ("a surrogate", 1007, frame(0x81, b"\xed\xa0\x80")),
        ("2^63 bytes", 1009, large),
        ("one byte too many", 1009, frame(0x81, &[b'x'; 65_537])),
        ("a close of one byte", 1002, frame(0x88, b"\x03")),
        (
            "a close whose reason is no UTF-8",
            1002,
            frame(0x88, b"\x03\xe8\xff"),
        ),
    ];
    for door in Door::BOTH {
        for (what, code, bytes) in &broken {
            let mut socket = Raw::signed_in(&world, door, &guest).await;
            socket.bytes(bytes).await;
            let closed = socket.closed().await;
            let right = closed == *code || (what.ends_with("no UTF-8") && closed == 1007);
            assert!(right, "{door:?}: {what}: {closed}");
            // Before anyone is signed in, the same.
            let mut socket = Raw::open(&world, door).await;
            socket.bytes(bytes).await;
            let closed = socket.closed().await;
            let right = closed == *code || (what.ends_with("no UTF-8") && closed == 1007);
            assert!(right, "{door:?} before hello: {what}: {closed}");
        }
    }
    is_well(&world).await;
}

#[tokio::test]
async fn b53_fragments_are_bounded() {
    let world = World::with(|settings| {
        settings.limits.patience = Patience {
            silence: Duration::from_secs(1),
            ..Patience::default()
        };
    })
    .await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    for door in Door::BOTH {
        let mut socket = Raw::signed_in(&world, door, &guest).await;
        socket.bytes(&frame(0x01, b"x")).await;
        let some = frame(0x00, b"x").repeat(1000);
        for _ in 0..1000 {
            if socket.stream.write_all(&some).await.is_err() {
                break;
            }
        }
        let closed = socket.closed().await;
        // A million fragments: cut off at 64 KiB. The number may be lost with what was under way.
        assert!([1009, 0].contains(&closed), "{door:?}: {closed}");
        // Empty ones hold no memory; a message that never ends is silence.
        let mut socket = Raw::signed_in(&world, door, &guest).await;
        socket.bytes(&frame(0x01, b"")).await;
        let began = Instant::now();
        let (empty, mut heard) = (frame(0x00, b"").repeat(10), [0; 4096]);
        loop {
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "{door:?} is heard for ever"
            );
            socket.bytes(&empty).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
            let count = socket.stream.try_read(&mut heard).unwrap_or(1);
            // 4408, or the end.
            if count == 0 || heard[..count].windows(2).any(|two| two == [0x11, 0x38]) {
                break;
            }
        }
    }
    is_well(&world).await;
}

#[tokio::test]
async fn b54_nothing_is_packed() {
    let world = World::start().await;
    for door in Door::BOTH {
        let offer = "sec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n";
        let socket = Raw::knock(&world, door, offer)
            .await
            .unwrap_or_else(|_| panic!("refused"));
        assert_eq!(socket.answer().header("sec-websocket-extensions"), None);
    }
}

#[tokio::test]
async fn b55_a_flood_of_pings_is_closed_and_a_heartbeat_is_not() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    for door in Door::BOTH {
        for first in [0x89, 0x8a] {
            let mut socket = Raw::signed_in(&world, door, &guest).await;
            socket.bytes(&frame(first, b"").repeat(20)).await;
            socket.say(&json!({ "op": "ping" })).await;
            while socket.next().await.expect("still open").0 != 0x81 {}
            socket.bytes(&frame(first, b"").repeat(500)).await;
            assert_eq!(socket.closed().await, 1008, "{door:?} {first:#x}");
        }
        let mut socket = Raw::signed_in(&world, door, &guest).await;
        for _ in 0..200 {
            socket.say(&json!({ "op": "ping" })).await;
        }
        assert_eq!(socket.closed().await, 1008, "{door:?}");
    }
    // Rubbish counts as well.
    let mut socket = Raw::signed_in(&world, Door::Agent, &guest).await;
    socket.bytes(&frame(0x81, b"{").repeat(200)).await;
    assert_eq!(socket.closed().await, 1008);
}

#[tokio::test]
async fn b56_a_close_is_answered_and_a_bad_number_with_1002() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    for door in Door::BOTH {
        for (code, answer) in [
            (1000, 1000),
            (1001, 1001),
            (3000, 3000),
            (4999, 4999),
            (0, 1002),
            (999, 1002),
            (1004, 1002),
            (1005, 1002),
            (1006, 1002),
            (1015, 1002),
            (5000, 1002),
        ] {
            let mut socket = Raw::signed_in(&world, door, &guest).await;
            socket.bytes(&frame(0x88, &u16::to_be_bytes(code))).await;
            assert_eq!(socket.closed().await, answer, "{door:?} {code}");
            assert_eq!(
                socket.next().await,
                None,
                "{door:?} {code}: the connection ends"
            );
        }
        let mut socket = Raw::signed_in(&world, door, &guest).await;
        socket.bytes(&frame(0x88, b"")).await;
        assert_eq!(
            socket.closed().await,
            1005,
            "no number is answered with none"
        );
    }
}

#[tokio::test]
async fn b57_who_does_not_answer_our_close_is_dropped() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    let mut silent = Raw::signed_in(&world, Door::Visitor, &guest).await;
    silent.bytes(&frame(0x82, b"x")).await;
    assert_eq!(silent.closed().await, 1003);
    let began = Instant::now();
    assert_eq!(silent.next().await, None);
    assert!(
        began.elapsed() > Duration::from_secs(3),
        "our last words need time to arrive"
    );
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
    let mut polite = Raw::signed_in(&world, Door::Visitor, &guest).await;
    polite.bytes(&frame(0x82, b"x")).await;
    assert_eq!(polite.closed().await, 1003);
    polite.bytes(&frame(0x88, &u16::to_be_bytes(1003))).await;
    let began = Instant::now();
    assert_eq!(polite.next().await, None);
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn b58_b61_handshakes_that_are_none() {
    let world = World::start().await;
    let sound = "host: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    assert_eq!(sound, HANDSHAKE);
    for door in Door::BOTH {
        let path = door.path();
        let wrong = [
            (
                426,
                format!("GET {path} HTTP/1.1\r\n{}\r\n", sound.replace("13", "12")),
            ),
            (
                426,
                format!(
                    "GET {path} HTTP/1.1\r\n{}\r\n",
                    sound.replace("upgrade: websocket\r\n", "")
                ),
            ),
            (
                426,
                format!(
                    "GET {path} HTTP/1.1\r\n{}\r\n",
                    sound.replace("connection: upgrade\r\n", "connection: close\r\n")
                ),
            ),
            (
                400,
                format!(
                    "GET {path} HTTP/1.1\r\n{}\r\n",
                    sound.replace("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ=")
                ),
            ),
            (
                400,
                format!(
                    "GET {path} HTTP/1.1\r\n{}\r\n",
                    sound.replace("dGhlIHNhbXBsZSBub25jZQ==", "?")
                ),
            ),
            (
                400,
                format!(
                    "GET {path} HTTP/1.1\r\n{}\r\n",
                    sound.replace("sec-websocket-key", "x-key")
                ),
            ),
            (
                400,
                format!("GET {path}?token=0123456789abcdef HTTP/1.1\r\n{sound}\r\n"),
            ),
            (
                400,
                format!("GET {path}?ticket=0123456789abcdef HTTP/1.1\r\n{sound}\r\n"),
            ),
            (
                405,
                format!("POST {path} HTTP/1.1\r\n{sound}content-length: 0\r\n\r\n"),
            ),
        ];
        for (status, text) in wrong {
            let mut stream = TcpStream::connect(world.addr).await.unwrap();
            stream.write_all(text.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
            let reply = http::read(&http::rest(&mut stream).await);
            assert_eq!(reply.status, status, "{text}");
            assert_eq!(
                reply.header("content-type"),
                Some("application/problem+json"),
                "{text}"
            );
            if status == 426 {
                assert_eq!(reply.header("sec-websocket-version"), Some("13"));
            }
        }
    }
}

#[tokio::test]
async fn b59_a_cookie_opens_a_socket_only_from_our_own_pages() {
    let world = World::start().await;
    let cookie = format!("cookie: {}\r\n", world.cookie(As::Agent));
    let own = world.origin();
    let foreign = [
        "https://evil.example",
        "null",
        "file://",
        &format!("{own}.evil.example"),
        "http://127.0.0.1",
        &format!("{own}/"),
    ];
    for origin in foreign {
        let refused = Raw::knock(
            &world,
            Door::Agent,
            &format!("{cookie}origin: {origin}\r\n"),
        )
        .await;
        assert_eq!(
            refused.err().map(|reply| reply.status),
            Some(403),
            "{origin}"
        );
    }
    let refused = Raw::knock(&world, Door::Agent, &cookie).await;
    assert_eq!(
        refused.err().map(|reply| reply.status),
        Some(403),
        "a cookie without an Origin"
    );
    let mut socket = Raw::knock(&world, Door::Agent, &format!("{cookie}origin: {own}\r\n"))
        .await
        .unwrap_or_else(|_| panic!("refused"));
    socket.say(&json!({ "op": "hello" })).await;
    socket.hear("welcome").await;
    // The visitor's door looks at no cookie: whoever comes from wherever must know a token, which no
    // other page has.
    let mut socket = Raw::knock(
        &world,
        Door::Visitor,
        &format!("{cookie}origin: https://evil.example\r\n"),
    )
    .await
    .unwrap_or_else(|_| panic!("refused"));
    socket.say(&json!({ "op": "hello" })).await;
    assert_eq!(socket.closed().await, 4401);
}

#[tokio::test]
async fn b60_nobody_is_heard_before_saying_who_they_are() {
    let world = World::start().await;
    let send = json!({ "op": "send", "id": "1", "msgtype": "text", "text": { "content": "x" } });
    for door in Door::BOTH {
        let first = [
            (send.clone(), 4401),
            (json!({ "op": "ping" }), 4401),
            (json!({ "op": "hello" }), 4401),
            (json!({ "op": "hello", "token": "0".repeat(64) }), 4401),
            (json!({ "op": "hello", "token": 7 }), 4400),
            (json!({ "op": "hello", "surprise": 7 }), 4400),
            (json!([]), 4400),
        ];
        for (said, code) in first {
            let mut socket = Raw::open(&world, door).await;
            socket.say(&said).await;
            let closed = socket.closed().await;
            // An agent's hello has no token at all.
            let right = closed == code
                || (door == Door::Agent && said["token"].is_string() && closed == 4400);
            assert!(right, "{door:?} {said}: {closed}");
        }
        let mut silent = Raw::open(&world, door).await;
        let began = Instant::now();
        assert_eq!(silent.closed().await, 4401, "{door:?}");
        assert!((Duration::from_secs(4)..Duration::from_secs(8)).contains(&began.elapsed()));
    }
}

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

#[tokio::test]
async fn b64_the_oldest_of_too_many_sockets_makes_room() {
    let world = World::with(|settings| {
        settings.limits.sockets_per_visitor = 3;
        settings.limits.sockets_per_agent = 3;
    })
    .await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    for door in Door::BOTH {
        let mut all = Vec::new();
        for _ in 0..4 {
            all.push(Raw::signed_in(&world, door, &guest).await);
        }
        assert_eq!(all.remove(0).closed().await, 4029, "{door:?}");
        for socket in &mut all {
            socket.say(&json!({ "op": "ping" })).await;
            socket.hear("pong").await;
        }
    }
}

#[tokio::test]
async fn b64_too_many_sockets_of_one_address_or_of_all_are_refused() {
    let mut open = Vec::new();
    let world = World::with(|settings| settings.limits.sockets_per_address = 5).await;
    for _ in 0..5 {
        open.push(Raw::open(&world, Door::Visitor).await);
    }
    for door in Door::BOTH {
        let refused = Raw::knock(&world, door, "").await.err().expect("a refusal");
        assert_eq!(
            (refused.status, refused.header("retry-after")),
            (429, Some("10"))
        );
    }
    // Whoever goes makes room.
    drop(open.pop());
    let deadline = Instant::now() + Duration::from_secs(7);
    while Raw::knock(&world, Door::Visitor, "").await.is_err() {
        assert!(
            Instant::now() < deadline,
            "the seat of one who left is not given back"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let world = World::with(|settings| settings.limits.sockets = 2).await;
    let _first = Raw::open(&world, Door::Visitor).await;
    let _second = Raw::open(&world, Door::Agent).await;
    let refused = Raw::knock(&world, Door::Visitor, "")
        .await
        .err()
        .expect("a refusal");
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("2"))
    );
    is_well(&world).await;
}

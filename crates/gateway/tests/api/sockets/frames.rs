//! Broken, split and endless frames, and how a connection is closed: rows B49–B57.

use std::time::Duration;

use serde_json::json;
use tokio::{io::AsyncWriteExt, time::Instant};

use crate::{
    raw::{Door, Raw, frame},
    world::World,
};

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
    world.is_well().await;
}

#[tokio::test]
async fn b53_fragments_are_bounded() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    let ping = br#"{"op":"ping"}"#;
    for door in Door::BOTH {
        // Each of as many as may be, in a message that is understood.
        let mut socket = Raw::signed_in(&world, door, &guest).await;
        let mut whole = frame(0x01, ping);
        for _ in 0..126 {
            whole.extend(frame(0x00, b""));
        }
        whole.extend(frame(0x80, b""));
        socket.bytes(&whole.repeat(2)).await;
        socket.hear("pong").await;
        socket.hear("pong").await;
        // One more, though nothing is in it.
        socket.bytes(&frame(0x01, b"")).await;
        socket.bytes(&frame(0x00, b"").repeat(128)).await;
        assert_eq!(socket.closed().await, 1008, "{door:?}");
        // As slowly as one likes.
        let mut socket = Raw::signed_in(&world, door, &guest).await;
        let began = Instant::now();
        socket.bytes(&frame(0x01, b"")).await;
        for _ in 0..128 {
            socket.bytes(&frame(0x00, b"")).await;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert_eq!(socket.closed().await, 1008, "{door:?}");
        assert!(began.elapsed() < Duration::from_secs(10));
        // Few and large.
        let mut socket = Raw::signed_in(&world, door, &guest).await;
        socket.bytes(&frame(0x01, &[b'x'; 40_000])).await;
        socket.bytes(&frame(0x00, &[b'x'; 40_000])).await;
        assert_eq!(socket.closed().await, 1009, "{door:?}");
        // A million: the number may be lost with what was under way.
        let mut socket = Raw::signed_in(&world, door, &guest).await;
        socket.bytes(&frame(0x01, b"x")).await;
        let some = frame(0x00, b"x").repeat(1000);
        for _ in 0..1000 {
            if socket.stream.write_all(&some).await.is_err() {
                break;
            }
        }
        let closed = socket.closed().await;
        assert!([1008, 0].contains(&closed), "{door:?}: {closed}");
    }
    // Before anyone is signed in, the same.
    let mut socket = Raw::open(&world, Door::Visitor).await;
    socket.bytes(&frame(0x01, b"")).await;
    socket.bytes(&frame(0x00, b"").repeat(128)).await;
    assert_eq!(socket.closed().await, 1008);
    world.is_well().await;
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
async fn a_frame_that_cannot_be_read_is_answered_by_its_id() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    for door in Door::BOTH {
        let mut socket = Raw::signed_in(&world, door, &guest).await;
        for (frame, names) in [
            (
                json!({ "op": "send", "id": "a", "msgtype": "business_card", "business_card": { "userid": "u" } }),
                "business_card",
            ),
            (json!({ "op": "read", "id": "b", "seq": -1 }), "-1"),
            (json!({ "op": "dance", "id": "c" }), "dance"),
        ] {
            socket.say(&frame).await;
            let error = socket.hear("error").await;
            assert_eq!(
                (&error["code"], &error["id"]),
                (&json!("bad_request"), &frame["id"])
            );
            assert!(error["detail"].as_str().unwrap().contains(names), "{error}");
        }
        socket.say(&json!({ "op": "ping" })).await;
        socket.hear("pong").await;
    }
}

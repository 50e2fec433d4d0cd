//! What the platform does to us, and what a message is said to have become.

use std::time::Duration;

use kefu_channels::wecom_kf::Pace;
use kefu_channels::{Channel, Class};
use kefu_domain::{Content, setup::Connection};
use serde_json::json;

use crate::bench::Bench;
use crate::kit::{PNG, content, parcel};

const SEND: &str = "kf/send_msg";

fn accept_and_hang() -> serde_json::Value {
    json!({ "kind": "accept_timeout", "path": SEND, "ms": 3_000 })
}

#[tokio::test]
async fn a_message_that_was_taken_in_silence_is_sent_once() {
    let bench = Bench::start().await;
    let address = bench.says("lan", "你好").await;
    bench.fault(accept_and_hang()).await;
    let mut parcel = parcel(1, &address, Content::text("在的"));
    let first = bench.send(&parcel).await.unwrap_err();
    assert!(matches!(first.class, Class::RetrySafely(_)), "{first:?}");
    assert_eq!(first.failure.code, "unconfirmed");
    (parcel.attempts, parcel.doubtful) = (1, true);
    bench.send(&parcel).await.unwrap();
    assert_eq!(bench.shown("lan").await.len(), 1);
    assert_eq!(bench.asked(SEND).await, 2);
}

#[tokio::test]
async fn the_fifth_taken_in_silence_is_not_said_to_have_failed() {
    let bench = Bench::start().await;
    let address = bench.says("lan", "你好").await;
    for n in 1..=4 {
        bench.text(n, &address, "在").await.unwrap();
    }
    bench.fault(accept_and_hang()).await;
    let mut parcel = parcel(5, &address, Content::text("第五条"));
    bench.send(&parcel).await.unwrap_err();
    (parcel.attempts, parcel.doubtful) = (1, true);
    let second = bench.send(&parcel).await.unwrap_err();
    // The count is looked at before the id: refused, and yet on the phone.
    assert_eq!(
        (second.class, second.failure.code.as_str()),
        (Class::Unknown, "95001")
    );
    assert_eq!(bench.shown("lan").await.len(), 5);
}

#[tokio::test]
async fn after_a_crash_a_repeated_id_means_that_it_was_sent() {
    let mut bench = Bench::start().await;
    let address = bench.says("lan", "你好").await;
    bench.text(1, &address, "在的").await.unwrap();
    bench.restarted();
    let mut parcel = parcel(1, &address, Content::text("在的"));
    (parcel.attempts, parcel.doubtful) = (1, true);
    bench.send(&parcel).await.unwrap();
    assert_eq!(bench.shown("lan").await.len(), 1);
    // Nor is it sent a second time when a person asks for it again.
    (parcel.attempts, parcel.doubtful, parcel.again) = (0, false, true);
    bench.send(&parcel).await.unwrap();
    assert_eq!(bench.shown("lan").await.len(), 1);
}

#[tokio::test]
async fn a_refusal_after_tries_that_surely_failed_is_a_refusal() {
    let mut bench = Bench::start().await;
    let address = bench.says("lan", "你好").await;
    bench
        .fault(json!({ "kind": "errcode", "path": SEND, "code": -1 }))
        .await;
    bench
        .fault(json!({ "kind": "errcode", "path": SEND, "code": 40058 }))
        .await;
    let mut parcel = parcel(1, &address, Content::text("在的"));
    let busy = bench.send(&parcel).await.unwrap_err();
    assert!(matches!(busy.class, Class::Retry(500..=1_500)), "{busy:?}");
    // Also after a start: what is known of the tries stands with the intent.
    bench.restarted();
    parcel.attempts = 1;
    let refused = bench.send(&parcel).await.unwrap_err();
    assert_eq!(
        (refused.class, refused.failure.code.as_str()),
        (Class::Permanent, "40058")
    );
    assert!(bench.shown("lan").await.is_empty());
}

#[tokio::test]
async fn a_busy_platform_is_asked_three_times_in_a_row_and_then_left_alone() {
    let bench = Bench::start().await;
    let address = bench.says("lan", "你好").await;
    bench
        .fault(json!({ "kind": "errcode", "path": SEND, "code": -1, "calls": 3 }))
        .await;
    let mut parcel = parcel(1, &address, Content::text("在的"));
    let mut waits = Vec::new();
    for attempts in 0..3 {
        parcel.attempts = attempts;
        match bench.send(&parcel).await.unwrap_err().class {
            Class::Retry(ms) => waits.push(ms),
            other => panic!("{other:?}"),
        }
    }
    assert!(
        waits[0] <= 1_500 && waits[1] <= 3_000 && waits[2] >= 60_000,
        "{waits:?}"
    );
    let other = bench.text(2, &address, "x").await.unwrap_err();
    assert_eq!(
        other.failure.code, "paced",
        "the gate is closed to all for a moment"
    );
    assert_eq!(bench.asked(SEND).await, 3);
    tokio::time::sleep(Duration::from_millis(1_600)).await;
    parcel.attempts = 3;
    bench.send(&parcel).await.unwrap();
}

#[tokio::test]
async fn who_is_limited_asks_nobody_for_a_minute() {
    let bench = Bench::start().await;
    let address = bench.says("lan", "你好").await;
    bench
        .fault(json!({ "kind": "errcode", "path": SEND, "code": 45009 }))
        .await;
    let limited = bench.text(1, &address, "在").await.unwrap_err();
    assert_eq!(
        (limited.class, limited.failure.code.as_str()),
        (Class::Retry(60_000), "45009")
    );
    for n in 2..20 {
        let held = bench.text(n, &address, "在").await.unwrap_err();
        assert_eq!(held.failure.code, "paced");
        assert!(
            matches!(held.class, Class::Held(58_000..=60_000)),
            "{held:?}"
        );
    }
    assert_eq!(bench.asked(SEND).await, 1);
    bench.pull("").await;
}

#[tokio::test]
async fn we_stay_below_a_limit_that_we_know() {
    let pace = Pace {
        per_minute: 20,
        patience: Duration::from_millis(100),
        ..Pace::default()
    };
    let bench = Bench::paced(pace).await;
    bench
        .sim("quota", json!({ "path": SEND, "per_minute": 20 }))
        .await;
    let mut sent = 0;
    for n in 0..30_u128 {
        if n % 5 == 0 {
            bench.says("lan", "嗯").await;
        }
        let address = bench.says("lan", "嗯").await;
        match bench.text(n, &address, "在").await {
            Ok(()) => sent += 1,
            Err(fault) => assert_eq!(fault.failure.code, "paced"),
        }
    }
    assert_eq!(sent, 20);
    assert_eq!(bench.look("calls?errcode=45009").await["calls"], json!([]));
}

#[tokio::test]
async fn a_token_that_went_stale_costs_no_message() {
    let bench = Bench::start().await;
    let address = bench.says("lan", "你好").await;
    bench.text(1, &address, "一").await.unwrap();
    bench.sim("revoke", json!({ "code": 42001 })).await;
    bench.text(2, &address, "二").await.unwrap();
    assert_eq!(bench.shown("lan").await.len(), 2);
    assert_eq!(bench.asked("gettoken").await, 2);
}

#[tokio::test]
async fn a_file_that_the_platform_threw_away_is_uploaded_again() {
    let mut bench = Bench::start().await;
    let file = (PNG.into(), "tea.png".into(), "image/png".into());
    bench.files.0.insert("p1".into(), file);
    let picture = || content("image", json!({ "media_id": "p1" }));
    let address = bench.says("lan", "你好").await;
    bench.send(&parcel(1, &address, picture())).await.unwrap();
    bench.sim("clock", json!({ "advance_s": 4 * 86_400 })).await;
    bench.says("lan", "再发一次").await;
    bench.send(&parcel(2, &address, picture())).await.unwrap();
    assert_eq!(bench.asked("media/upload").await, 2);
    assert_eq!(bench.shown("lan").await.len(), 2);
}

#[tokio::test]
async fn an_upload_that_fails_leaves_the_message_unsent_and_undoubted() {
    let mut bench = Bench::start().await;
    let file = (PNG.into(), "tea.png".into(), "image/png".into());
    bench.files.0.insert("p1".into(), file);
    let address = bench.says("lan", "你好").await;
    bench
        .fault(json!({ "kind": "http", "path": "media/upload", "status": 502 }))
        .await;
    bench
        .fault(json!({ "kind": "errcode", "path": SEND, "code": 95002 }))
        .await;
    let mut parcel = parcel(1, &address, content("image", json!({ "media_id": "p1" })));
    let first = bench.send(&parcel).await.unwrap_err();
    assert!(matches!(first.class, Class::Retry(_)), "{first:?}");
    parcel.attempts = 1;
    let second = bench.send(&parcel).await.unwrap_err();
    assert_eq!(
        (second.class, second.failure.code.as_str()),
        (Class::Permanent, "95002")
    );
}

#[tokio::test]
async fn a_platform_out_of_reach_is_tried_again() {
    let bench = Bench::start().await;
    let nowhere = Connection {
        base_url: Some("http://127.0.0.1:9".into()),
        ..bench.connection.clone()
    };
    let parcel = parcel(1, "wm", Content::text("在"));
    let sent = bench
        .channel
        .send(&nowhere, &bench.door, &parcel, &bench.files)
        .await;
    let fault = sent.unwrap_err();
    assert!(matches!(fault.class, Class::Retry(_)), "{fault:?}");
    assert_eq!(fault.failure.code, "unreachable");
    let broken = Connection {
        base_url: Some("not an address".into()),
        ..nowhere
    };
    let fault = bench
        .channel
        .send(&broken, &bench.door, &parcel, &bench.files)
        .await
        .unwrap_err();
    assert_eq!(
        (fault.class, fault.failure.code.as_str()),
        (Class::Permanent, "bad_base_url")
    );
}

#[tokio::test]
async fn a_changed_secret_is_used_at_once() {
    let mut bench = Bench::start().await;
    let address = bench.says("lan", "你好").await;
    let good = bench.connection.secret.clone();
    bench.connection.secret = "wrong".into();
    let refused = bench.text(1, &address, "在").await.unwrap_err();
    assert_eq!(refused.class, Class::Permanent);
    assert!(!format!("{refused:?}").contains("wrong\""), "{refused:?}");
    bench.connection.secret = good;
    bench.text(2, &address, "在").await.unwrap();
}

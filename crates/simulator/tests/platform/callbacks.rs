//! Callbacks: verified, signed, encrypted, in order, retried, and their faults.

use std::time::Duration;

use kefu_simulator::Delivery;
use serde_json::{Value, json};

use crate::bench::{Bench, KF, element};

async fn say(bench: &Bench, words: &str) {
    bench
        .sim(
            "say",
            json!({ "customer": "c", "open_kfid": KF, "text": words }),
        )
        .await;
}

#[tokio::test]
async fn the_callback_url_is_verified() {
    let bench = Bench::start().await;
    assert_eq!(bench.sim("verify", json!({})).await["ok"], true);
    bench
        .sim(
            "corp",
            json!({ "corpid": bench.corp.corpid, "token": "another" }),
        )
        .await;
    assert_eq!(bench.refused("verify", json!({})).await, 409);
}

#[tokio::test]
async fn a_doorbell_rings_and_its_token_pulls() {
    let bench = Bench::start().await;
    say(&bench, "一").await;
    let bell = bench.callbacks(1).await.remove(0);
    assert!(bench.got()[0].signed);
    assert_eq!(element(&bell, "Event"), "kf_msg_or_event");
    assert_eq!(element(&bell, "OpenKfId"), KF);
    assert_eq!(
        element(&bell, "ToUserName"),
        bench.corp.corpid.as_deref().expect("a corpid")
    );
    let token = element(&bell, "Token").to_owned();
    assert!(token.len() <= 128);
    let ask = json!({ "open_kfid": KF, "token": token });
    assert_eq!(bench.code("kf/sync_msg", ask.clone()).await, 0);
    say(&bench, "二").await;
    let second = bench.callbacks(2).await.remove(1);
    assert_ne!(
        element(&second, "Token"),
        token,
        "every doorbell has its own"
    );
    bench.sim("clock", json!({ "advance_s": 601 })).await;
    assert_eq!(bench.code("kf/sync_msg", ask).await, 95007);
}

#[tokio::test]
async fn what_is_not_answered_200_is_sent_again_three_times() {
    let bench = Bench::start().await;
    bench.answer_with(&[500, 404]);
    say(&bench, "一").await;
    let bells = bench.callbacks(3).await;
    bench.quiet().await;
    assert_eq!(bench.got().len(), 3, "the third was answered 200");
    assert_eq!(
        element(&bells[0], "Token"),
        element(&bells[2], "Token"),
        "the same words again"
    );
    bench.forget();
    bench.answer_with(&[500; 9]);
    say(&bench, "二").await;
    bench.callbacks(4).await;
    bench.quiet().await;
    assert_eq!(bench.got().len(), 4, "then it is given up");
    let tries = bench.get("/sim/calls?way=callback").await;
    let last = tries["calls"]
        .as_array()
        .expect("a list")
        .last()
        .expect("a try")
        .clone();
    assert_eq!(
        (&last["attempt"], &last["status"]),
        (&json!(4), &json!(500))
    );
}

#[tokio::test]
async fn a_slow_gateway_is_hung_up_on() {
    let delivery = Delivery {
        timeout: Duration::from_millis(60),
        retries: 1,
        pause: Duration::from_millis(5),
    };
    let bench = Bench::with(delivery).await;
    bench.answer_slowly(Duration::from_millis(300));
    say(&bench, "一").await;
    bench.callbacks(2).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let tries = bench.get("/sim/calls?way=callback&order=newest").await;
    assert_eq!(tries["calls"][0]["note"], "no answer within 60 ms");
    assert_eq!(tries["calls"][0]["status"], Value::Null);
}

#[tokio::test]
async fn callbacks_are_dropped_repeated_delayed_and_swapped_on_request() {
    let bench = Bench::start().await;
    let names = |plain: Vec<String>| -> Vec<String> {
        plain
            .iter()
            .map(|xml| element(xml, "N").to_owned())
            .collect()
    };
    let push = |n: u32| json!({ "xml": format!("<xml><N>{n}</N></xml>") });
    bench.sim("fault", json!({ "kind": "callback_drop" })).await;
    bench.sim("push", push(1)).await;
    bench.sim("push", push(2)).await;
    assert_eq!(names(bench.callbacks(1).await), ["2"]);

    bench.forget();
    bench
        .sim("fault", json!({ "kind": "callback_repeat", "times": 2 }))
        .await;
    bench.sim("push", push(3)).await;
    assert_eq!(names(bench.callbacks(3).await), ["3", "3", "3"]);

    bench.forget();
    bench
        .sim("fault", json!({ "kind": "callback_late", "ms": 3_600_000 }))
        .await;
    bench.sim("push", push(4)).await;
    bench.sim("push", push(5)).await;
    assert_eq!(names(bench.callbacks(1).await), ["5"]);
    bench.sim("clock", json!({ "advance_s": 3_600 })).await;
    assert_eq!(names(bench.callbacks(2).await), ["5", "4"]);

    bench.forget();
    bench
        .sim("fault", json!({ "kind": "callback_reorder" }))
        .await;
    bench.sim("push", push(6)).await;
    bench.quiet().await;
    bench.sim("push", push(7)).await;
    assert_eq!(names(bench.callbacks(2).await), ["7", "6"]);
}

#[tokio::test]
async fn clearing_the_faults_lets_late_callbacks_go() {
    let bench = Bench::start().await;
    bench
        .sim(
            "fault",
            json!({ "kind": "callback_late", "ms": 3_600_000, "calls": 0 }),
        )
        .await;
    bench
        .sim("push", json!({ "xml": "<xml><N>1</N></xml>" }))
        .await;
    bench.quiet().await;
    assert!(bench.got().is_empty());
    assert_eq!(bench.get("/sim/fault").await["faults"][0]["struck"], 1);
    let (_, cleared) = bench.send(http::Method::DELETE, "/sim/fault", "").await;
    let cleared: Value = serde_json::from_slice(&cleared).expect("JSON");
    assert_eq!(cleared, json!({ "cleared": 1, "released": 1 }));
    bench.callbacks(1).await;
}

#[tokio::test]
async fn forged_callbacks_are_wrong_in_just_one_way() {
    let bench = Bench::start().await;
    let all = ["signature", "receiver", "key", "cut", "plain"];
    for forge in all {
        bench
            .sim(
                "push",
                json!({ "xml": "<xml><N>1</N></xml>", "forge": forge }),
            )
            .await;
    }
    bench.callbacks(all.len()).await;
    let got = bench.got();
    assert!(!got[0].signed && got[0].plain.is_ok());
    assert!(got[1].signed && got[1].plain.is_err());
    assert!(got[2].signed && got[2].plain.is_err());
    assert!(got[3].signed && got[3].plain.is_err());
    assert_eq!(got[4].body, "<xml><N>1</N></xml>");
}

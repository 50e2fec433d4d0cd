//! What may go wrong with a call: refused, delayed, done without an answer, repeated.

use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};

use crate::bench::{Bench, KF};

async fn customer(bench: &Bench) -> String {
    let said = bench
        .sim(
            "say",
            json!({ "customer": "c", "open_kfid": KF, "text": "在吗" }),
        )
        .await;
    said["external_userid"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn codes_and_statuses_for_the_next_calls() {
    let bench = Bench::start().await;
    let who = customer(&bench).await;
    for code in [42001, 45009, -1] {
        bench
            .sim(
                "fault",
                json!({ "kind": "errcode", "path": "kf/send_msg", "code": code, "calls": 2 }),
            )
            .await;
        for expected in [code, code, 0] {
            assert_eq!(bench.send_text(&who, "x").await["errcode"], expected);
        }
        customer(&bench).await;
    }
    let arrived = bench.lines("c", "kf").await;
    assert_eq!(
        arrived.iter().filter(|line| line["side"] == "them").count(),
        3
    );
    bench
        .sim(
            "fault",
            json!({ "kind": "http", "path": "kf/*", "status": 502 }),
        )
        .await;
    let path = format!("/cgi-bin/kf/account/list?access_token={}", bench.token());
    let (status, _) = bench.send(Method::GET, &path, "").await;
    assert_eq!(status, 502);
    bench
        .sim("fault", json!({ "kind": "delay", "path": "*", "ms": 120 }))
        .await;
    let start = Instant::now();
    assert_eq!(bench.send_text(&who, "x").await["errcode"], 0);
    assert!(start.elapsed() >= Duration::from_millis(120));
    let noted = bench.get("/sim/calls?path=kf/send_msg&errcode=45009").await;
    assert_eq!(noted["calls"].as_array().map(Vec::len), Some(2));
    let counts = bench.get("/sim/calls?summary=1").await;
    assert_eq!(counts["counts"]["kf/send_msg"]["42001"], 2);
    assert_eq!(
        bench
            .refused("fault", json!({ "kind": "earthquake" }))
            .await,
        400
    );
}

#[tokio::test]
async fn done_but_the_answer_is_lost() {
    let bench = Bench::start().await;
    let who = customer(&bench).await;
    bench
        .sim(
            "fault",
            json!({ "kind": "accept_timeout", "path": "kf/send_msg", "ms": 50 }),
        )
        .await;
    let body = json!({
        "touser": who, "open_kfid": KF, "msgid": "gw-1", "msgtype": "text", "text": { "content": "到了吗" },
    });
    let path = format!("/cgi-bin/kf/send_msg?access_token={}", bench.token());
    let lost = bench.try_send(Method::POST, &path, body.to_string()).await;
    assert!(lost.is_err(), "the connection breaks: {lost:?}");
    assert_eq!(bench.lines("c", "kf").await.len(), 2, "and yet it arrived");
    assert_eq!(
        bench.code("kf/send_msg", body).await,
        40058,
        "the msgid is used"
    );
}

#[tokio::test]
async fn a_pull_may_be_empty_and_may_repeat() {
    let bench = Bench::start().await;
    for words in ["一", "二", "三"] {
        bench
            .sim(
                "say",
                json!({ "customer": "c", "open_kfid": KF, "text": words }),
            )
            .await;
    }
    let first = bench
        .api("kf/sync_msg", json!({ "open_kfid": KF, "limit": 2 }))
        .await;
    let ask = json!({ "open_kfid": KF, "cursor": first["next_cursor"] });
    bench
        .sim("fault", json!({ "kind": "has_more_empty" }))
        .await;
    let empty = bench.api("kf/sync_msg", ask.clone()).await;
    assert_eq!(
        (&empty["has_more"], &empty["msg_list"]),
        (&json!(1), &json!([]))
    );
    assert_eq!(empty["next_cursor"], first["next_cursor"]);
    bench
        .sim("fault", json!({ "kind": "duplicate", "count": 1 }))
        .await;
    let words = |page: &Value| -> Vec<Value> {
        let list = page["msg_list"].as_array().expect("a list");
        list.iter()
            .map(|message| message["text"]["content"].clone())
            .collect()
    };
    assert_eq!(
        words(&bench.api("kf/sync_msg", ask.clone()).await),
        ["二", "三"]
    );
    assert_eq!(words(&bench.api("kf/sync_msg", ask).await), ["三"]);
    // Pages shorter than asked for: there is more, though there was room.
    bench
        .sim("fault", json!({ "kind": "short_pages", "count": 1 }))
        .await;
    let all = json!({ "open_kfid": KF });
    let short = bench.api("kf/sync_msg", all.clone()).await;
    assert_eq!((words(&short).len(), &short["has_more"]), (1, &json!(1)));
    let whole = bench.api("kf/sync_msg", all).await;
    assert_eq!(whole["has_more"], 0, "for one call only: {whole}");
}

#[tokio::test]
async fn a_message_is_accepted_and_fails_with_any_reason() {
    let bench = Bench::start().await;
    let who = customer(&bench).await;
    bench
        .sim(
            "fault",
            json!({ "kind": "send_fail", "fail_type": 4, "after_ms": 60_000 }),
        )
        .await;
    let sent = bench.send_text(&who, "x").await;
    assert_eq!(sent["errcode"], 0);
    bench.quiet().await;
    assert_eq!(bench.pull().await.len(), 1, "not yet");
    bench.sim("clock", json!({ "advance_s": 61 })).await;
    bench.quiet().await;
    let event = bench.pull().await.pop().expect("an event");
    assert_eq!(event["event"]["fail_type"], 4);
    assert_eq!(event["event"]["fail_msgid"], sent["msgid"]);
}

#[tokio::test]
async fn many_messages_in_one_request_are_cheap() {
    let bench = Bench::start().await;
    let many: Vec<Value> = (0..5_000)
        .map(|n| json!({ "customer": format!("c{}", n % 100), "open_kfid": KF, "text": "批量" }))
        .collect();
    let start = Instant::now();
    let said = bench.sim("say", json!(many)).await;
    let took = start.elapsed();
    assert_eq!(said.as_array().map(Vec::len), Some(5_000));
    // A debug build on a busy box; a release build does tens of thousands a second.
    assert!(
        took < Duration::from_secs(20),
        "5,000 messages took {took:?}"
    );
    let page = bench.api("kf/sync_msg", json!({ "open_kfid": KF })).await;
    assert_eq!(
        (&page["has_more"], page["msg_list"].as_array().map(Vec::len)),
        (&json!(1), Some(1_000))
    );
    bench.quiet().await;
    assert!(bench.got().len() < 200, "one bell stands for many");
}

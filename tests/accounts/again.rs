//! The same push again: byte for byte, encrypted anew, several at once. One effect.

use kefu_simulator::{AppKind, Mode};
use serde_json::Value;

use crate::envelope::{Far, envelope};
use crate::http;
use crate::kefu::{run, words};
use crate::stage::Stage;

const MESSAGE: &str = "<xml><ToUserName><![CDATA[gh_a]]></ToUserName><FromUserName><![CDATA[oREPEATED0001]]></FromUserName>\
    <CreateTime>1760000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[只说一遍]]></Content>\
    <MsgId>23456789012345678</MsgId></xml>";

/// Target and body of a push with this random head.
fn sealed(far: &Far, random: u8) -> (String, Vec<u8>) {
    let frame = far.frame(random, MESSAGE.as_bytes());
    (far.signed(&frame), envelope(&frame))
}

#[tokio::test]
async fn a_push_has_one_effect_however_often_it_comes() {
    let stage = Stage::set(AppKind::OfficialAccount, Mode::Safe).await;
    let far = Far::of(&stage.connection);
    let mut pushes: Vec<(String, Vec<u8>)> = (0..6).map(|n| sealed(&far, n)).collect();
    pushes.extend(pushes.clone());
    let addr = stage.kefu.addr;
    let posts = pushes
        .iter()
        .map(|(target, body)| async move { http::send(addr, "POST", target, &[], body).await });
    for reply in futures_util::future::join_all(posts).await {
        assert_eq!((reply.status, &reply.bytes[..]), (200, &b"success"[..]));
    }
    let late = http::send(addr, "POST", &pushes[0].0, &[], &pushes[0].1).await;
    assert_eq!(late.status, 200);
    let thread = stage.thread(|_| true).await;
    let said = stage.messages(&thread).await;
    let said: Vec<&Value> = said
        .iter()
        .filter(|message| message["origin"] == 3)
        .collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0]["text"]["content"], "只说一遍");
}

#[tokio::test]
async fn the_test_of_a_connection_says_why_its_callbacks_do_not_verify() {
    let stage = Stage::set(AppKind::OfficialAccount, Mode::Safe).await;
    let far = Far {
        key: "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C".into(),
        ..Far::of(&stage.connection)
    };
    let (target, body) = sealed(&far, 1);
    let reply = http::send(stage.kefu.addr, "POST", &target, &[], &body).await;
    assert_eq!(reply.status, 403);
    let id = stage.connection["id"].as_str().unwrap();
    let test = format!("/v1/connections/{id}/test");
    let test = stage
        .shop
        .call("POST", &test, &serde_json::json!({}))
        .await
        .json();
    let checks = test["checks"].as_array().unwrap();
    let seen = checks.iter().find(|one| one["key"] == "callback_seen");
    let seen = seen.unwrap();
    assert_eq!(seen["ok"], false);
    assert!(
        seen["text_zh"].as_str().unwrap().contains("EncodingAESKey"),
        "{seen}"
    );
}

#[tokio::test]
async fn the_test_of_a_connection_knows_after_a_start_what_came_before_it() {
    let mut stage = Stage::set(AppKind::OfficialAccount, Mode::Safe).await;
    stage.comes(AppKind::OfficialAccount, "zhou").await;
    stage.says("zhou", "在吗").await;
    let thread = stage.thread(|_| true).await;
    stage.says("zhou", "有新茶吗").await;
    let second = |message: &Value| message["text"]["content"] == "有新茶吗";
    stage.message(&thread, second).await;
    stage.restart().await;
    let id = stage.connection["id"].as_str().unwrap();
    let target = format!("/v1/connections/{id}/test");
    let nothing = serde_json::json!({});
    let test = stage.shop.call("POST", &target, &nothing).await.json();
    let checks = test["checks"].as_array().unwrap();
    for key in ["callback_seen", "message_seen"] {
        let seen = checks.iter().find(|one| one["key"] == key).unwrap();
        assert_eq!(seen["ok"], true, "{test}");
    }
    // The doctor says the same, from beside.
    let data = stage.folder.path().join("data");
    let doctor = run(&["doctor", "--connections", "--data", data.to_str().unwrap()]);
    let said = words(&doctor);
    for line in ["收到过平台的推送", "第一条客户消息"] {
        assert!(said.contains(line), "{said}");
    }
}

#[tokio::test]
async fn what_is_known_unknown_and_broken_is_shown_to_administrators() {
    let stage = Stage::set(AppKind::OfficialAccount, Mode::Safe).await;
    let place = serde_json::json!({ "customer": "lan", "event": { "Event": "LOCATION", "Latitude": "23.1" } });
    stage
        .sim("follow", serde_json::json!({ "customer": "lan" }))
        .await;
    stage.sim("event", place).await;
    let new = serde_json::json!({ "customer": "lan", "event": { "Event": "teleported" } });
    stage.sim("event", new).await;
    let scan = serde_json::json!({ "customer": "lan", "event": { "Event": "SCAN" } });
    stage.sim("event", scan).await;
    let id = stage.connection["id"].as_str().unwrap();
    let target = format!("/v1/connections/{id}/events?limit=3");
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let page = stage.shop.get(&target).await;
        let rows = page["items"].as_array().unwrap();
        let kinds: Vec<&str> = rows.iter().filter_map(|row| row["kind"].as_str()).collect();
        if kinds == ["malformed", "unknown", "known"] {
            assert!(rows[1]["body"].as_str().unwrap().contains("teleported"));
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "{page}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

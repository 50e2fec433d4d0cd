//! The same push again: byte for byte, encrypted anew, several at once. One effect.

use kefu_simulator::{AppKind, Mode};
use kefu_wechat::crypto::{EncodingAesKey, encrypt, signature};
use serde_json::Value;

use crate::http;
use crate::stage::Stage;

const MESSAGE: &str = "<xml><ToUserName><![CDATA[gh_a]]></ToUserName><FromUserName><![CDATA[oREPEATED0001]]></FromUserName>\
    <CreateTime>1760000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[只说一遍]]></Content>\
    <MsgId>23456789012345678</MsgId></xml>";

/// Target and body of a push with this random head.
fn sealed(stage: &Stage, random: u8, key: &str) -> (String, String) {
    let word = |name: &str| stage.connection[name].as_str().unwrap();
    let key = EncodingAesKey::parse(key).unwrap();
    let frame = encrypt(&key, [random; 16], MESSAGE.as_bytes(), &stage.appid).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let at = now.unwrap().as_secs().to_string();
    let plain = signature(&[word("token"), &at, "n"]);
    let whole = signature(&[word("token"), &at, "n", &frame]);
    let (_, path) = word("callback_url").split_once("/callback/").unwrap();
    let target = format!(
        "/callback/{path}?signature={plain}&timestamp={at}&nonce=n&encrypt_type=aes&msg_signature={whole}"
    );
    let body = format!("<xml><ToUserName>gh_a</ToUserName><Encrypt>{frame}</Encrypt></xml>");
    (target, body)
}

#[tokio::test]
async fn a_push_has_one_effect_however_often_it_comes() {
    let stage = Stage::set(AppKind::OfficialAccount, Mode::Safe).await;
    let key = stage.connection["encoding_aes_key"].as_str().unwrap();
    let mut pushes: Vec<(String, String)> = (0..6).map(|n| sealed(&stage, n, key)).collect();
    pushes.extend(pushes.clone());
    let addr = stage.kefu.addr;
    let posts = pushes.iter().map(|(target, body)| async move {
        http::send(addr, "POST", target, &[], body.as_bytes()).await
    });
    for reply in futures_util::future::join_all(posts).await {
        assert_eq!((reply.status, &reply.bytes[..]), (200, &b"success"[..]));
    }
    let late = http::send(addr, "POST", &pushes[0].0, &[], pushes[0].1.as_bytes()).await;
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
async fn what_does_not_verify_gets_one_answer_and_the_test_says_why() {
    let stage = Stage::set(AppKind::OfficialAccount, Mode::Safe).await;
    let other = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
    let (target, body) = sealed(&stage, 1, other);
    let addr = stage.kefu.addr;
    let wrong_key = http::send(addr, "POST", &target, &[], body.as_bytes()).await;
    let plain = target.replace("encrypt_type=aes", "encrypt_type=raw");
    let plain = http::send(addr, "POST", &plain, &[], MESSAGE.as_bytes()).await;
    let unsigned = target.replace("msg_signature=", "msg_signature=0");
    let unsigned = http::send(addr, "POST", &unsigned, &[], body.as_bytes()).await;
    for reply in [wrong_key, plain, unsigned] {
        let refused = (403, "callback_rejected".to_owned());
        assert_eq!(reply.refusal(), refused);
    }
    let (target, body) = sealed(&stage, 1, other);
    http::send(addr, "POST", &target, &[], body.as_bytes()).await;
    let id = stage.connection["id"].as_str().unwrap();
    let test = format!("/v1/connections/{id}/test");
    let test = stage
        .shop
        .call("POST", &test, &serde_json::json!({}))
        .await
        .json();
    let last = test["checks"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["key"], &last["ok"]),
        (&"callback_seen".into(), &false.into())
    );
    assert!(
        last["text_zh"].as_str().unwrap().contains("EncodingAESKey"),
        "{last}"
    );
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

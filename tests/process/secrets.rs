//! B84: what customers write, who they are, and every secret, appear in no log line, no metric and no
//! answer to somebody else, even with every line logged.

use rustix::process::Signal;
use serde_json::{Value, json};
use std::time::Duration;

use crate::{
    http,
    kefu::Kefu,
    shop::{Shop, first_admin},
};

const PHONE: &str = "13800138000";
const WORDS: &str = "金丝雀的悄悄话";
const SECRET: &str = "canary-secret-of-the-wecom-app-0001";
const PASSWORD: &str = "canary-password-that-is-wrong";

#[tokio::test]
async fn b84_no_canary_is_ever_heard() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let config = folder.path().join("kefu.toml");
    std::fs::write(&config, "log = \"trace\"\nlog_json = true\n").unwrap();
    let mut kefu = Kefu::start(&data, &["--config", config.to_str().unwrap()]).await;
    let shop = Shop::open(
        &kefu,
        &data,
        json!({ "assign": "auto", "silence_warn_s": 0 }),
    )
    .await;
    let mut desk = shop.desk().await;
    let visitor = shop.visitor().await;
    let said = format!("{WORDS}，电话 {PHONE}");
    assert_eq!(visitor.write("m1", &said).await.0.status, 200);
    assert_eq!(visitor.write("m1", "另一句").await.0.status, 409);
    assert_eq!(visitor.write("不行", &said).await.0.status, 400);
    let card = desk.hear("conversation").await["conversation"].clone();
    let reply = json!({
        "op": "send", "id": "a1", "conversation_id": card["conversation_id"],
        "fence": card["session"]["fence"], "msgtype": "text", "text": { "content": said },
    });
    desk.say(reply).await;
    desk.hear("ack").await;
    desk.say(json!({ "op": "note", "id": "a2", "conversation_id": card["conversation_id"], "text": said })).await;
    desk.hear("ack").await;
    // Wrong in every way, with the canary in it.
    let json_type = ("content-type", "application/json");
    let refused = [
        (
            "POST",
            "/v1/login".to_owned(),
            json!({ "account": "admin", "password": PASSWORD }),
        ),
        (
            "POST",
            "/v1/login".to_owned(),
            json!({ "account": PHONE, "password": PASSWORD, "x": SECRET }),
        ),
        (
            "POST",
            "/v1/visitor/open".to_owned(),
            json!({ "entry_point_id": shop.door, "identity": format!("a.{PHONE}.{SECRET}") }),
        ),
        (
            "POST",
            "/v1/visitor/open".to_owned(),
            json!({ "entry_point_id": shop.door, "token": SECRET }),
        ),
        (
            "POST",
            "/v1/login".to_owned(),
            json!({ "account": "a\r\n{\"level\":\"ERROR\"}\u{1b}[31m", "password": PASSWORD }),
        ),
        (
            "GET",
            format!("/v1/visitor/socket?token={}", visitor.token),
            Value::Null,
        ),
        (
            "GET",
            format!("/v1/visitor/messages?before=x&token={}", visitor.token),
            Value::Null,
        ),
    ];
    for (method, target, body) in &refused {
        let reply = http::send(
            kefu.addr,
            method,
            target,
            &[json_type],
            body.to_string().as_bytes(),
        )
        .await;
        assert!(reply.status >= 400, "{target}: {}", reply.status);
    }
    let connection = json!({ "name": "企业微信", "corpid": "ww1", "secret": SECRET });
    let made = shop
        .call("POST", "/v1/connections", &connection)
        .await
        .json();
    let (token, key) = (
        made["token"].as_str().unwrap(),
        made["encoding_aes_key"].as_str().unwrap(),
    );
    let callback = format!(
        "/callback/wecom_kf/{}?msg_signature=0&timestamp=1&nonce=2&echostr={token}{key}",
        made["id"].as_str().unwrap()
    );
    for method in ["GET", "POST"] {
        let body = format!("<xml><Encrypt>{key}</Encrypt><Content>{said}</Content></xml>");
        let reply = http::send(kefu.addr, method, &callback, &[], body.as_bytes()).await;
        assert!(reply.status >= 400, "{}", reply.status);
        let answer = String::from_utf8_lossy(&reply.bytes).into_owned();
        assert!(
            !answer.contains(token) && !answer.contains(key) && !answer.contains(WORDS),
            "{answer}"
        );
    }
    let metrics = http::send(kefu.addr, "GET", "/metrics", &[], b"").await;
    let metrics = String::from_utf8(metrics.bytes).unwrap();
    assert!(metrics.contains("kefu_filed_total"), "{metrics}");
    let (_, password) = first_admin(&data);
    kefu.signal(Signal::TERM);
    drop(desk);
    assert!(kefu.ended(Duration::from_secs(15)).await.success());
    let logged = kefu.logged();
    assert!(logged.lines().count() > 3, "{logged}");
    for line in logged.lines() {
        assert!(
            serde_json::from_str::<Value>(line).is_ok(),
            "not one event a line: {line}"
        );
    }
    let canaries = [
        PHONE,
        WORDS,
        SECRET,
        PASSWORD,
        visitor.token.as_str(),
        token,
        key,
        password.as_str(),
        "argon2id",
    ];
    for canary in canaries {
        for (place, text) in [("log", &logged), ("metrics", &metrics)] {
            let line = text.lines().find(|line| line.contains(canary));
            assert_eq!(line, None, "{canary} in the {place}");
        }
    }
}

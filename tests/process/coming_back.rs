//! The gateway is back before its agents are.

use std::time::Duration;

use serde_json::json;

use crate::{kefu::Kefu, shop::Shop};

#[tokio::test]
async fn whoever_had_a_customer_has_them_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut kefu = Kefu::start(&data, &[]).await;
    let shop = Shop::open(&kefu, &data, json!({ "assign": "auto" })).await;
    let mut desk = shop.desk().await;
    let customer = shop.visitor().await;
    assert_eq!(customer.write("m1", "在吗").await.0.status, 200);
    let card = loop {
        let frame = desk.hear("conversation").await;
        if frame["conversation"]["session"]["service_state"] == 3 {
            break frame["conversation"].clone();
        }
    };
    kefu.kill();
    drop(desk);
    let kefu = Kefu::start(&data, &[]).await;
    let shop = Shop::again(&kefu, &data, &shop.door, &shop.agent).await;
    // The customer waits for an answer, the sweep has looked more than once, and nobody is here yet.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(customer_state(&shop, &card["conversation_id"]).await, 3);
    let mut desk = shop.agent_socket(json!({})).await;
    let welcome = desk.hear("welcome").await;
    let mine = &welcome["conversations"][0];
    for field in ["session_id", "fence"] {
        assert_eq!(mine["session"][field], card["session"][field], "{welcome}");
    }
    // What was being typed meanwhile goes out under the fence of before.
    let reply = json!({
        "op": "send", "id": "a1", "conversation_id": card["conversation_id"],
        "fence": card["session"]["fence"], "msgtype": "text", "text": { "content": "在的" },
    });
    desk.say(reply).await;
    assert_eq!(desk.hear("ack").await["id"], "a1");
}

async fn customer_state(shop: &Shop, conversation: &serde_json::Value) -> u64 {
    let id = conversation.as_str().unwrap();
    let row = shop.get(&format!("/v1/conversations/{id}")).await;
    row["session"]["service_state"].as_u64().unwrap()
}

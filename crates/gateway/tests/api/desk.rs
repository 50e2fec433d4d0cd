//! What agents do at their own desk: quote, put off, mention, choose.

use serde_json::{Value, json};

use crate::{
    work::accepted,
    world::{As, World},
};

#[tokio::test]
async fn a_reply_quotes_a_message_of_its_thread_and_no_other() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "礼盒放价签吗？").await;
    let other = world.visitor(&shop, "别的事").await;
    accepted(&world, &guest.session).await;
    let target = format!("/v1/conversations/{}/messages", guest.conversation);
    let answer = |id: &str, of: &str, seq: u64| {
        json!({ "client_msg_id": id, "msgtype": "text", "text": { "content": "不放",
            "quote": { "msgid": format!("{of}-{seq}"), "preview": "假话" } } })
    };
    let body = answer("q1", &guest.conversation, 1);
    world.done(As::Agent, "POST", &target, body.clone()).await;
    let again = world.done(As::Agent, "POST", &target, body).await;
    assert_eq!(again["duplicate"], json!(true));
    let history = world.get(As::Agent, &target).await;
    let said: Vec<&Value> = history["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|m| m["text"]["content"] == "不放")
        .collect();
    assert_eq!(said.len(), 1);
    assert_eq!(
        said[0]["text"]["quote"],
        json!({ "msgid": format!("{}-1", guest.conversation), "origin": 3, "msgtype": "text", "preview": "礼盒放价签吗？" })
    );
    for body in [
        answer("q2", &other.conversation, 1),
        answer("q3", &guest.conversation, 99),
        answer("q4", "nonsense", 1),
    ] {
        let refused = world.call(As::Agent, "POST", &target, body).await;
        assert_eq!(refused.refusal(), (400, "bad_request".to_owned()));
    }
}

//! What is said first stands first, whatever has to be looked up for it.

use serde_json::json;

use crate::{
    raw::Raw,
    work::accepted,
    world::{As, World},
};

#[tokio::test]
async fn what_an_agent_says_and_notes_keeps_its_order() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "礼盒放价签吗？").await;
    let card = accepted(&world, &guest.session).await;
    let mut desk = Raw::at_desk(&world, As::Agent).await;
    let id = &guest.conversation;
    for n in 0..15 {
        // What is quoted is looked up first.
        let quote = json!({ "msgid": format!("{id}-1"), "preview": "" });
        let said = json!({
            "op": "send", "id": format!("s{n}"), "conversation_id": id,
            "fence": card["session"]["fence"], "msgtype": "text",
            "text": { "content": format!("第{n}句"), "quote": quote },
        });
        desk.say(&said).await;
        let note =
            json!({ "op": "note", "id": format!("n{n}"), "conversation_id": id, "text": "记一下" });
        desk.say(&note).await;
    }
    let (mut said, mut noted) = (Vec::new(), Vec::new());
    while said.len() + noted.len() < 30 {
        let ack = desk.hear("ack").await;
        match ack["seq"].as_u64() {
            Some(seq) => said.push(seq),
            None => noted.push(ack["after_seq"].as_u64().unwrap()),
        }
    }
    assert_eq!(noted, said, "each note stands after the words before it");
}

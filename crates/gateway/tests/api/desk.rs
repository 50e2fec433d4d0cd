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

#[tokio::test]
async fn a_session_is_put_off_until_someone_writes() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "明天再说").await;
    let card = accepted(&world, &guest.session).await;
    let fence = card["session"]["fence"].clone();
    let until = card["session"]["opened_at"].as_i64().unwrap() + 3_600_000;
    let target = format!("/v1/sessions/{}/snooze", guest.session);
    let conversation = format!("/v1/conversations/{}", guest.conversation);
    world
        .done(
            As::Agent,
            "POST",
            &target,
            json!({ "until_at": until, "fence": fence }),
        )
        .await;
    let shown = world.get(As::Agent, &conversation).await;
    assert_eq!(shown["session"]["snoozed_until"], json!(until));
    for (who, body, code) in [
        (As::Supervisor, json!({ "until_at": until }), 409),
        (As::Agent, json!({ "until_at": until, "fence": 99 }), 409),
        (As::Agent, json!({ "until_at": 1000 }), 400),
        (
            As::Agent,
            json!({ "until_at": until + 40 * 24 * 3_600_000_i64 }),
            400,
        ),
    ] {
        let refused = world.call(who, "POST", &target, body).await;
        assert_eq!(refused.refusal().0, code);
    }
    let reply =
        json!({ "client_msg_id": "r1", "msgtype": "text", "text": { "content": "想好了吗？" } });
    world
        .done(
            As::Agent,
            "POST",
            &format!("{conversation}/messages"),
            reply,
        )
        .await;
    let shown = world.get(As::Agent, &conversation).await;
    assert_eq!(shown["session"].get("snoozed_until"), None);
    world
        .done(As::Agent, "POST", &target, json!({ "until_at": until }))
        .await;
    world.done(As::Agent, "POST", &target, json!({})).await;
    let shown = world.get(As::Agent, &conversation).await;
    assert_eq!(shown["session"].get("snoozed_until"), None);
}

#[tokio::test]
async fn a_note_names_colleagues_of_this_brand_only() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "要发票").await;
    let target = format!("/v1/conversations/{}/notes", guest.conversation);
    let named = world.ids[&As::Agent].to_string();
    let note = json!({ "client_msg_id": "n1", "text": "@xiaolin 帮看一下", "mentions": [named] });
    world.done(As::Supervisor, "POST", &target, note).await;
    let store = world.gateway.reception.store();
    let found = store
        .mentions(world.brand, world.ids[&As::Agent], 9)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].text, "@xiaolin 帮看一下");
    for ids in [
        vec![crate::world::NOTHING.to_owned()],
        vec!["x".to_owned()],
        vec![world.ids[&As::Supervisor].to_string(); 21],
    ] {
        let note = json!({ "client_msg_id": "n2", "text": "@谁", "mentions": ids });
        let refused = world.call(As::Supervisor, "POST", &target, note).await;
        assert_eq!(refused.refusal(), (400, "bad_request".to_owned()));
    }
}

#[tokio::test]
async fn what_one_chose_is_kept_field_by_field() {
    let world = World::start().await;
    let folder = json!({ "name": "贵宾", "view": "all", "channel": "", "state": "3", "team_id": "", "mark": "vip", "priority": "4", "sort": "waiting" });
    let body = json!({ "undo_s": 5, "notify": { "tone": "bell", "of": "all", "repeat": true }, "folders": [folder] });
    world.done(As::Agent, "PATCH", "/v1/me", body).await;
    world
        .done(
            As::Agent,
            "PATCH",
            "/v1/me",
            json!({ "send_key": "ctrl_enter", "notify": { "sound": false } }),
        )
        .await;
    let me = world.get(As::Agent, "/v1/me").await;
    assert_eq!(
        me["prefs"],
        json!({ "undo_s": 5, "send_key": "ctrl_enter", "folders": [folder],
            "notify": { "tone": "bell", "of": "all", "repeat": true, "sound": false } })
    );
    for body in [
        json!({ "undo_s": 6 }),
        json!({ "send_key": "space" }),
        json!({ "notify": { "tone": "gong" } }),
        json!({ "folders": [{ "name": " " }] }),
        json!({ "folders": vec![json!({ "name": "x" }); 21] }),
    ] {
        let refused = world.call(As::Agent, "PATCH", "/v1/me", body).await;
        assert_eq!(refused.refusal(), (400, "bad_request".to_owned()));
    }
}

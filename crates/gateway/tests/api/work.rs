//! A customer writes, is taken, answered, handed over, ended; and who may do which of it.

use serde_json::{Value, json};

use crate::world::{As, World};

pub(crate) async fn accepted(world: &World, session: &str) -> Value {
    world.at_console(As::Agent).await;
    world
        .done(
            As::Agent,
            "POST",
            &format!("/v1/sessions/{session}/accept"),
            Value::Null,
        )
        .await
}

#[tokio::test]
async fn a_conversation_from_the_first_word_to_the_end() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "有检测报告吗？").await;
    let waiting = world
        .get(As::Agent, "/v1/conversations?view=waiting&sort=waiting")
        .await;
    assert_eq!(
        waiting["items"][0]["conversation_id"],
        json!(guest.conversation)
    );
    let why = world
        .get(
            As::Agent,
            &format!("/v1/sessions/{}/explanation", guest.session),
        )
        .await;
    assert_eq!(
        (&why["outcome"], &why["reason"]),
        (&json!("waiting"), &json!("no_agent"))
    );
    assert_eq!(why["candidates"][0]["verdict"], "offline");
    let card = accepted(&world, &guest.session).await;
    assert_eq!(card["session"]["service_state"], 3);
    let target = format!("/v1/conversations/{}", guest.conversation);
    let reply = json!({ "client_msg_id": "r1", "fence": card["session"]["fence"], "msgtype": "text", "text": { "content": "有的" } });
    let ack = world
        .done(
            As::Agent,
            "POST",
            &format!("{target}/messages"),
            reply.clone(),
        )
        .await;
    let again = world
        .done(As::Agent, "POST", &format!("{target}/messages"), reply)
        .await;
    assert_eq!(
        (&again["msgid"], &again["duplicate"]),
        (&ack["msgid"], &json!(true))
    );
    let other = json!({ "client_msg_id": "r1", "msgtype": "text", "text": { "content": "没有" } });
    let other = world
        .call(As::Agent, "POST", &format!("{target}/messages"), other)
        .await;
    assert_eq!(other.refusal(), (409, "idempotency_conflict".to_owned()));
    let note = json!({ "client_msg_id": "n1", "text": "老客户" });
    let note = world
        .done(As::Supervisor, "POST", &format!("{target}/notes"), note)
        .await;
    assert_eq!(
        (&note["kind"], &note["name"]),
        (&json!("note"), &json!("laozhou"))
    );
    let history = world.get(As::Agent, &format!("{target}/messages")).await;
    let texts: Vec<&Value> = history["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|m| m.get("text"))
        .collect();
    assert_eq!(
        texts,
        [
            &json!({ "content": "有检测报告吗？" }),
            &json!({ "content": "有的" })
        ]
    );
    assert!(
        history["lines"]
            .as_array()
            .unwrap()
            .iter()
            .any(|line| line["text"] == "老客户")
    );
    let ended = world
        .done(
            As::Agent,
            "POST",
            &format!("/v1/sessions/{}/close", guest.session),
            json!({}),
        )
        .await;
    assert_eq!(
        (
            &ended["session"]["service_state"],
            &ended["session"]["end_reason"]
        ),
        (&json!(4), &json!("agent"))
    );
    let past = world.get(As::Agent, &format!("{target}/sessions")).await;
    assert_eq!(past["items"].as_array().unwrap().len(), 1);
    assert_eq!(past["items"][0]["servicer_name"], "xiaolin");
    let audit = world.get(As::Supervisor, "/v1/audit/assignments").await;
    assert_eq!(audit["items"][0]["session_id"], json!(guest.session));
    assert!(audit["items"][0]["until_at"].is_i64());
    let target = format!("/v1/audit/assignments?session_id={}", guest.session);
    let of_it = world.get(As::Supervisor, &target).await;
    assert_eq!(of_it["items"].as_array().unwrap().len(), 1);
    let named = (&of_it["items"][0]["name"], &of_it["items"][0]["why"]);
    assert_eq!(named, (&json!("xiaolin"), &json!("manual")));
    let none = world.get(As::Stranger, &target).await;
    assert_eq!(none["items"], json!([]));
}

#[tokio::test]
async fn history_is_read_in_pages_both_ways() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "1").await;
    accepted(&world, &guest.session).await;
    let target = format!("/v1/conversations/{}/messages", guest.conversation);
    for n in 0..12 {
        let reply = json!({ "client_msg_id": format!("r{n}"), "msgtype": "text", "text": { "content": n.to_string() } });
        world.done(As::Agent, "POST", &target, reply).await;
    }
    let all = world.get(As::Agent, &format!("{target}?limit=200")).await;
    assert_eq!(all["has_more"], false);
    let all: Vec<u64> = all["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["seq"].as_u64().unwrap())
        .collect();
    let seqs = |page: &Value| -> Vec<u64> {
        page["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["seq"].as_u64().unwrap())
            .collect()
    };
    let (mut onward, mut after) = (Vec::new(), 0);
    loop {
        let page = world
            .get(As::Agent, &format!("{target}?after_seq={after}&limit=5"))
            .await;
        onward.extend(seqs(&page));
        after = *onward.last().unwrap();
        if page["has_more"] == false {
            break;
        }
    }
    let (mut back, mut before) = (Vec::new(), u64::from(u32::MAX));
    loop {
        let page = world
            .get(As::Agent, &format!("{target}?before_seq={before}&limit=5"))
            .await;
        back.splice(0..0, seqs(&page));
        before = back[0];
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!((&onward, &back), (&all, &all));
    assert_eq!(all, (1..=all.len() as u64).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_another_agents_is_refused_and_what_is_a_supervisors_is_not() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    let at = |verb: &str| format!("/v1/sessions/{}/{verb}", guest.session);
    // Nobody has it yet: an agent may take it, not end it.
    let refused = world.call(As::Agent, "POST", &at("close"), json!({})).await;
    assert_eq!(refused.refusal(), (409, "not_assigned".to_owned()));
    // A supervisor sends whoever waits to another team, and gives them to someone.
    let team = world
        .done(As::Admin, "POST", "/v1/teams", json!({ "name": "售后组" }))
        .await;
    let moved = world
        .done(
            As::Supervisor,
            "POST",
            &at("transfer"),
            json!({ "to_team_id": team["id"] }),
        )
        .await;
    assert_eq!(
        (
            &moved["session"]["team_id"],
            &moved["session"]["service_state"]
        ),
        (&team["id"], &json!(2))
    );
    let back = world
        .done(
            As::Supervisor,
            "POST",
            &at("transfer"),
            json!({ "to_team_id": shop.team }),
        )
        .await;
    assert_eq!(
        back["session"]["enqueued_at"],
        moved["session"]["enqueued_at"]
    );
    world.at_console(As::Agent).await;
    world.at_console(As::Supervisor).await;
    let given = world
        .done(
            As::Supervisor,
            "POST",
            &at("assign"),
            json!({ "servicer_userid": world.ids[&As::Agent] }),
        )
        .await;
    assert_eq!(
        given["session"]["servicer_userid"],
        json!(world.ids[&As::Agent])
    );
    let taken = world
        .call(As::Supervisor, "POST", &at("accept"), Value::Null)
        .await;
    assert_eq!(taken.refusal(), (409, "already_taken".to_owned()));
    // An old fence ends nothing.
    let fence = given["session"]["fence"].as_u64().unwrap();
    let handed = world.done(As::Agent, "POST", &at("transfer"), json!({ "to_servicer_userid": world.ids[&As::Supervisor], "fence": fence, "note": "要专票" })).await;
    assert_eq!(handed["session"]["servicer_name"], "laozhou");
    let late = world
        .call(As::Agent, "POST", &at("close"), json!({ "fence": fence }))
        .await;
    assert_eq!(late.refusal(), (409, "not_assigned".to_owned()));
    world
        .done(As::Supervisor, "POST", &at("requeue"), json!({}))
        .await;
    let mine = world
        .get(As::Supervisor, "/v1/conversations?view=mine")
        .await;
    assert_eq!(mine["items"], json!([]));
    let ended = world
        .done(As::Supervisor, "POST", &at("close"), json!({}))
        .await;
    assert_eq!(ended["session"]["end_reason"], "administrator");
    assert_eq!(
        world
            .call(As::Supervisor, "POST", &at("close"), json!({}))
            .await
            .refusal(),
        (409, "session_ended".to_owned())
    );
    let both = json!({ "to_team_id": shop.team, "to_servicer_userid": world.ids[&As::Agent] });
    assert_eq!(
        world
            .call(As::Agent, "POST", &at("transfer"), both)
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn a_reply_carries_one_content_that_can_be_sent() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    let target = format!("/v1/conversations/{}/messages", guest.conversation);
    let text = |content: &str| json!({ "client_msg_id": "r1", "msgtype": "text", "text": { "content": content } });
    assert_eq!(
        world
            .call(As::Agent, "POST", &target, text("在"))
            .await
            .refusal(),
        (409, "not_assigned".to_owned())
    );
    accepted(&world, &guest.session).await;
    let wrong = [
        (json!({ "client_msg_id": "r1", "msgtype": "text" }), 400),
        (json!({ "client_msg_id": "r1", "msgtype": "event" }), 400),
        (
            json!({ "client_msg_id": "r1", "msgtype": "text", "text": { "content": "x" }, "link": { "title": "x", "url": "https://x" } }),
            400,
        ),
        (
            json!({ "client_msg_id": "空格", "msgtype": "text", "text": { "content": "x" } }),
            400,
        ),
        (
            json!({ "client_msg_id": "r1", "msgtype": "link", "link": { "title": "x", "url": "javascript:1" } }),
            400,
        ),
        (
            json!({ "client_msg_id": "r1", "msgtype": "image", "image": { "media_id": crate::world::NOTHING } }),
            404,
        ),
        (text(" "), 400),
        (text(&"字".repeat(4097)), 413),
        (
            json!({ "client_msg_id": "r1", "seen_seq": 0, "msgtype": "text", "text": { "content": "x" } }),
            409,
        ),
        (
            json!({ "client_msg_id": "r1", "fence": 99, "msgtype": "text", "text": { "content": "x" } }),
            409,
        ),
    ];
    for (body, status) in wrong {
        assert_eq!(
            world
                .call(As::Agent, "POST", &target, body.clone())
                .await
                .status,
            status,
            "{body}"
        );
    }
    assert_eq!(
        world
            .call(As::Agent, "POST", &target, text(&"字".repeat(4096)))
            .await
            .status,
        200
    );
}

//! Into whose hands a customer comes: whose session it is, who is there to take it, and what becomes
//! of those who wait.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    http,
    raw::Raw,
    work::accepted,
    world::{As, Guest, World},
};

/// An agent at their console, taking customers.
pub(crate) async fn at_work(world: &World, who: As) -> Raw {
    let mut desk = Raw::at_desk(world, who).await;
    done(
        &mut desk,
        json!({ "op": "state", "id": "on", "state": "online" }),
    )
    .await;
    desk
}

/// Says it, and hears that it is done.
async fn done(desk: &mut Raw, frame: Value) -> Value {
    desk.say(&frame).await;
    let ack = desk.hear("ack").await;
    assert_eq!(ack["id"], frame["id"]);
    ack
}

/// Says it, and hears why not.
async fn refused(desk: &mut Raw, frame: Value) -> String {
    desk.say(&frame).await;
    let no = desk.hear("error").await;
    assert_eq!(no["id"], frame["id"]);
    no["code"].as_str().unwrap().to_owned()
}

async fn session(world: &World, guest: &Guest) -> Value {
    let target = format!("/v1/conversations/{}", guest.conversation);
    world.get(As::Admin, &target).await["session"].clone()
}

/// The session, when it is in this state.
async fn becomes(world: &World, guest: &Guest, state: u8) -> Value {
    for _ in 0..200 {
        let shown = session(world, guest).await;
        if shown["service_state"] == state {
            return shown;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never in state {state}: {}", session(world, guest).await);
}

/// The visitor says something to the gateway that is no message.
async fn signals(world: &World, guest: &Guest, op: &str) {
    let bearer = format!("Bearer {}", guest.token);
    let headers = [
        ("content-type", "application/json"),
        ("authorization", bearer.as_str()),
    ];
    let body = json!({ "op": op }).to_string();
    let reply = http::send(
        world.addr,
        "POST",
        "/v1/visitor/act",
        &headers,
        body.as_bytes(),
    )
    .await;
    assert!((200..300).contains(&reply.status), "{}", reply.json());
}

#[tokio::test]
async fn on_the_socket_too_an_agent_acts_only_on_what_is_theirs() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    world.at_console(As::Supervisor).await;
    let given = format!("/v1/sessions/{}/accept", guest.session);
    let card = world
        .done(As::Supervisor, "POST", &given, Value::Null)
        .await;
    let fence = card["session"]["fence"].clone();
    let mut other = at_work(&world, As::Agent).await;
    let me = world.ids[&As::Agent];
    for frame in [
        json!({ "op": "close", "id": "c", "session_id": guest.session, "fence": fence }),
        json!({ "op": "transfer", "id": "t", "session_id": guest.session, "fence": fence, "to_servicer_userid": me }),
        json!({ "op": "transfer", "id": "g", "session_id": guest.session, "fence": fence, "to_team_id": shop.team }),
    ] {
        assert_eq!(refused(&mut other, frame).await, "not_assigned");
    }
    let held = session(&world, &guest).await;
    assert_eq!(held["servicer_userid"], json!(world.ids[&As::Supervisor]));
    // Whose it is ends it, by the same frame.
    let mut own = at_work(&world, As::Supervisor).await;
    let close = json!({ "op": "close", "id": "c", "session_id": guest.session, "fence": fence });
    done(&mut own, close).await;
    assert_eq!(session(&world, &guest).await["end_reason"], "agent");
}

#[tokio::test]
async fn nobody_is_handed_to_an_empty_chair() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "要发票").await;
    let at = |verb: &str| format!("/v1/sessions/{}/{verb}", guest.session);
    let to = |who: As| json!({ "to_servicer_userid": world.ids[&who] });
    let assign = json!({ "servicer_userid": world.ids[&As::Agent] });
    let refused = world
        .call(As::Supervisor, "POST", &at("assign"), assign.clone())
        .await;
    assert_eq!(refused.refusal(), (409, "conflict".to_owned()));
    let mut agent = at_work(&world, As::Agent).await;
    world
        .done(As::Supervisor, "POST", &at("assign"), assign)
        .await;
    let refused = world
        .call(As::Agent, "POST", &at("transfer"), to(As::Supervisor))
        .await;
    assert_eq!(refused.refusal(), (409, "conflict".to_owned()));
    // Busy by one's own word is there; offline is not, open console or not.
    let mut chief = Raw::at_desk(&world, As::Supervisor).await;
    let state = |state: &str| json!({ "op": "state", "id": state, "state": state });
    done(&mut chief, state("offline")).await;
    let refused = world
        .call(As::Agent, "POST", &at("transfer"), to(As::Supervisor))
        .await;
    assert_eq!(refused.refusal(), (409, "conflict".to_owned()));
    done(&mut chief, state("busy")).await;
    let handed = world
        .done(As::Agent, "POST", &at("transfer"), to(As::Supervisor))
        .await;
    assert!(handed["session"]["turn_since_at"].is_i64());
    agent.hear("gone").await;
}

#[tokio::test]
async fn who_goes_offline_gives_the_customers_back() {
    let world = World::start().await;
    let shop = world.shop().await;
    let mut agent = at_work(&world, As::Agent).await;
    let (asks, served) = (
        world.visitor(&shop, "在吗").await,
        world.visitor(&shop, "多少钱").await,
    );
    for guest in [&asks, &served] {
        accepted(&world, &guest.session).await;
    }
    let answer = json!({ "client_msg_id": "a1", "msgtype": "text", "text": { "content": "十元" } });
    let target = format!("/v1/conversations/{}/messages", served.conversation);
    world.done(As::Agent, "POST", &target, answer).await;
    let offline = json!({ "op": "state", "id": "off", "state": "offline" });
    done(&mut agent, offline).await;
    assert_eq!(session(&world, &asks).await["service_state"], 2);
    // Who was answered stays until they write again.
    assert_eq!(session(&world, &served).await["service_state"], 3);
    world.says(&served, "m2", "那要两份").await;
    becomes(&world, &served, 2).await;
}

#[tokio::test]
async fn who_leaves_the_queue_after_writing_is_answered_later() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "晚点回我").await;
    signals(&world, &guest, "leave").await;
    let left = session(&world, &guest).await;
    assert_eq!(left["service_state"], 0);
    assert!(left["left_at"].is_i64());
    // Nobody is there: it stays where it is, in the list of what was left, and off the queue.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let list = world
        .get(As::Agent, "/v1/conversations?view=all&state=0")
        .await;
    assert_eq!(
        list["items"][0]["conversation_id"],
        json!(guest.conversation)
    );
    // Leaving twice is leaving once.
    signals(&world, &guest, "leave").await;
    assert_eq!(session(&world, &guest).await["service_state"], 0);
    // Somebody comes who has room: it is theirs to answer.
    let mut agent = at_work(&world, As::Agent).await;
    let asked = becomes(&world, &guest, 2).await;
    assert_eq!(asked["left_at"], Value::Null);
    done(
        &mut agent,
        json!({ "op": "accept", "id": "a", "session_id": guest.session }),
    )
    .await;
    let answer = json!({ "client_msg_id": "a1", "msgtype": "text", "text": { "content": "来了" } });
    let target = format!("/v1/conversations/{}/messages", guest.conversation);
    world.done(As::Agent, "POST", &target, answer).await;
}

#[tokio::test]
async fn a_left_message_can_be_taken_by_hand() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "晚点回我").await;
    signals(&world, &guest, "leave").await;
    let mut agent = Raw::at_desk(&world, As::Agent).await;
    let ack = done(&mut agent, json!({ "op": "next", "id": "n" })).await;
    assert_eq!(
        ack["conversation"]["conversation_id"],
        json!(guest.conversation)
    );
    assert_eq!(session(&world, &guest).await["service_state"], 3);
}

#[tokio::test]
async fn a_full_queue_takes_messages_and_says_why() {
    let world = World::start().await;
    let shop = world.shop().await;
    let rules = json!({ "rules": { "max_waiting": 1 } });
    let target = format!("/v1/kf-accounts/{}", shop.account);
    world.done(As::Admin, "PATCH", &target, rules).await;
    let first = world.visitor(&shop, "第一").await;
    let second = world.visitor(&shop, "第二").await;
    let third = world.visitor(&shop, "第三").await;
    assert_eq!(session(&world, &first).await["service_state"], 2);
    assert_eq!(session(&world, &second).await["service_state"], 0);
    let history = format!("/v1/conversations/{}/messages", second.conversation);
    let told = async || {
        let page = world.get(As::Admin, &history).await;
        page["messages"].as_array().unwrap().iter().any(|m| {
            let text = m["text"]["content"].as_str().unwrap_or_default();
            m["origin"] == 4 && text.contains("排队的人较多")
        })
    };
    for _ in 0..100 {
        if told().await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(told().await, "the customer is told that the queue is full");
    // One goes: one, and only one, of those who wrote comes in.
    accepted(&world, &first.session).await;
    let mut states = Vec::new();
    for _ in 0..100 {
        states = vec![
            session(&world, &second).await["service_state"].clone(),
            session(&world, &third).await["service_state"].clone(),
        ];
        if states.contains(&json!(2)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    states.sort_by_key(Value::to_string);
    assert_eq!(states, [json!(0), json!(2)]);
}

#[tokio::test]
async fn a_note_for_whoever_takes_a_waiting_customer_stands_in_the_thread() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "要专票").await;
    let team = json!({ "name": "财务组" });
    let team = world.done(As::Admin, "POST", "/v1/teams", team).await;
    let at = format!("/v1/sessions/{}/transfer", guest.session);
    let told = async |mut to: Value, note: &str| {
        to["note"] = json!(note);
        world.done(As::Supervisor, "POST", &at, to).await;
        let thread = format!("/v1/conversations/{}/messages", guest.conversation);
        let lines = world.get(As::Supervisor, &thread).await["lines"].clone();
        let told = |line: &Value| {
            line["text"]
                .as_str()
                .is_some_and(|text| text.ends_with(note))
        };
        assert!(lines.as_array().unwrap().iter().any(told), "{lines}");
    };
    told(json!({ "to_team_id": team["id"] }), "客户要开专票").await;
    let _agent = at_work(&world, As::Agent).await;
    let me = world.ids[&As::Agent];
    told(json!({ "to_servicer_userid": me }), "税号已经给了").await;
    let held = session(&world, &guest).await;
    assert_eq!(held["servicer_userid"], json!(me));
}

#[tokio::test]
async fn only_who_may_send_there_sends_a_message_again() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    world.at_console(As::Supervisor).await;
    let given = format!("/v1/sessions/{}/accept", guest.session);
    world
        .done(As::Supervisor, "POST", &given, Value::Null)
        .await;
    let said = json!({ "client_msg_id": "a1", "msgtype": "text", "text": { "content": "在的" } });
    let target = format!("/v1/conversations/{}/messages", guest.conversation);
    let said = world.done(As::Supervisor, "POST", &target, said).await;
    let msgid = said["msgid"].as_str().unwrap();
    let target = format!("/v1/messages/{msgid}/resend");
    let refusal = async |who: As| {
        world
            .call(who, "POST", &target, Value::Null)
            .await
            .refusal()
    };
    assert_eq!(refusal(As::Agent).await, (409, "not_assigned".to_owned()));
    let mut other = at_work(&world, As::Agent).await;
    let frame = json!({ "op": "resend", "id": "r", "msgid": msgid });
    assert_eq!(refused(&mut other, frame.clone()).await, "not_assigned");
    // Whose it is, and who supervises: nothing of it left this house, so there is nothing to repeat.
    let mut own = at_work(&world, As::Supervisor).await;
    assert_eq!(refused(&mut own, frame).await, "not_found");
    assert_eq!(refusal(As::Admin).await, (404, "not_found".to_owned()));
    let close = format!("/v1/sessions/{}/close", guest.session);
    world.done(As::Supervisor, "POST", &close, json!({})).await;
    assert_eq!(refusal(As::Agent).await, (409, "session_ended".to_owned()));
}

#[tokio::test]
async fn who_is_put_into_a_team_or_out_of_it_hears_so() {
    let world = World::start().await;
    let shop = world.shop().await;
    let mut agent = at_work(&world, As::Agent).await;
    let mut chief = at_work(&world, As::Supervisor).await;
    let team = format!("/v1/teams/{}", shop.team);
    let body = json!({ "agent_ids": [world.ids[&As::Supervisor]] });
    world.done(As::Admin, "PATCH", &team, body).await;
    assert_eq!(agent.hear("agent").await["agent"]["team_ids"], json!([]));
    let told = chief.hear("agent").await;
    assert_eq!(told["agent"]["team_ids"], json!([shop.team]));
    // A new team with somebody in it tells them too.
    let body = json!({ "name": "财务组", "agent_ids": [world.ids[&As::Agent]] });
    let made = world.done(As::Admin, "POST", "/v1/teams", body).await;
    let told = agent.hear("agent").await;
    assert_eq!(told["agent"]["team_ids"], json!([made["id"]]));
}

//! Whose customer somebody is, and how early they come.

use serde_json::{Value, json};

use crate::{
    work::accepted,
    world::{As, Guest, NOTHING, Shop, World},
};

/// The words of a thread's inner lines of one kind.
async fn lines(world: &World, guest: &Guest, event: &str) -> Vec<String> {
    let thread = format!("/v1/conversations/{}/messages", guest.conversation);
    let thread = world.get(As::Admin, &thread).await;
    let lines = thread["lines"].as_array().unwrap().iter();
    lines
        .filter(|line| line["event"] == event)
        .map(|line| line["text"].as_str().unwrap().to_owned())
        .collect()
}

async fn place(world: &World, guest: &Guest) -> Value {
    let told = format!("/v1/sessions/{}/explanation", guest.session);
    world.get(As::Supervisor, &told).await["customer_sees"]["place"].clone()
}

async fn prioritised(world: &World, guest: &Guest, priority: i32) -> Value {
    let target = format!("/v1/sessions/{}/priority", guest.session);
    let body = json!({ "priority": priority });
    world.done(As::Supervisor, "POST", &target, body).await["session"]["priority"].clone()
}

/// The shop with two agents at work, who are given customers without being asked.
async fn two_at_work(world: &World) -> Shop {
    let shop = world.shop().await;
    let both = json!({ "agent_ids": [world.ids[&As::Agent], world.ids[&As::Supervisor]] });
    let team = format!("/v1/teams/{}", shop.team);
    world.done(As::Admin, "PATCH", &team, both).await;
    let auto = json!({ "rules": { "assign": "auto" } });
    let account = format!("/v1/kf-accounts/{}", shop.account);
    world.done(As::Admin, "PATCH", &account, auto).await;
    for who in [As::Agent, As::Supervisor] {
        world.at_console(who).await;
        let state = format!("/v1/agents/{}/state", world.ids[&who]);
        let online = json!({ "state": "online" });
        world.done(As::Supervisor, "POST", &state, online).await;
    }
    shop
}

#[tokio::test]
async fn the_owner_is_asked_first_from_the_next_session_on() {
    let world = World::start().await;
    let shop = two_at_work(&world).await;
    let guest = world.visitor(&shop, "在吗").await;
    let customer = format!("/v1/customers/{}", guest.customer);
    // Whoever did not get the first session becomes the owner.
    let card = format!("/v1/conversations/{}", guest.conversation);
    let served = world
        .until(As::Admin, &card, |card| {
            card["session"]["servicer_userid"].is_string()
        })
        .await;
    let first = served["session"]["servicer_userid"].clone();
    let owner = [As::Agent, As::Supervisor].map(|who| json!(world.ids[&who]));
    let owner = owner.iter().find(|id| **id != first).unwrap();
    let row = world
        .done(As::Agent, "PATCH", &customer, json!({ "owner": owner }))
        .await;
    assert_eq!(row["owner"], *owner);
    assert_eq!(
        world.get(As::Agent, &card).await["customer"]["owner"],
        *owner
    );
    assert_eq!(lines(&world, &guest, "owned").await.len(), 1);
    let close = format!("/v1/sessions/{}/close", guest.session);
    world.done(As::Supervisor, "POST", &close, json!({})).await;
    world.says(&guest, "m2", "又来了").await;
    let again = world
        .until(As::Admin, &card, |card| {
            card["session"]["no"] == 2 && card["session"]["service_state"] == 3
        })
        .await;
    assert_eq!(again["session"]["servicer_userid"], *owner);
    let told = again["session"]["session_id"].as_str().unwrap();
    let told = format!("/v1/sessions/{told}/explanation");
    assert_eq!(world.get(As::Agent, &told).await["reason"], "owner");
    // Taken back, and written down.
    let row = world
        .done(As::Agent, "PATCH", &customer, json!({ "owner": null }))
        .await;
    assert_eq!(row["owner"], Value::Null);
    assert_eq!(lines(&world, &guest, "disowned").await, [""]);
}

#[tokio::test]
async fn whose_customer_waits_stands_on_the_wall_and_in_the_explanation() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    let customer = format!("/v1/customers/{}", guest.customer);
    let owner = json!(world.ids[&As::Agent]);
    let body = json!({ "owner": owner });
    world.done(As::Agent, "PATCH", &customer, body).await;
    let wall = world
        .until(As::Supervisor, "/v1/wall", |wall| {
            wall["waiting"][0]["explanation"].is_object()
        })
        .await;
    let row = &wall["waiting"][0];
    assert_eq!(
        (&row["owner"], &row["owner_name"]),
        (&owner, &json!("xiaolin"))
    );
    let told = format!("/v1/sessions/{}/explanation", guest.session);
    let told = world.get(As::Supervisor, &told).await;
    for told in [&row["explanation"], &told] {
        let candidates = told["candidates"].as_array().unwrap().iter();
        let owners: Vec<_> = candidates.filter(|one| one["owner"] == true).collect();
        assert_eq!(owners.len(), 1, "{told}");
        assert_eq!(owners[0]["servicer_userid"], owner);
    }
    let card = format!("/v1/conversations/{}", guest.conversation);
    assert_eq!(
        world.get(As::Agent, &card).await["customer"]["owner_name"],
        "xiaolin"
    );
}

#[tokio::test]
async fn only_an_agent_of_the_brand_owns_a_customer() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    let customer = format!("/v1/customers/{}", guest.customer);
    let gone = json!({ "account": "gone", "name": "走了", "disabled": true });
    let gone = world.done(As::Admin, "POST", "/v1/agents", gone).await;
    let gone = gone["id"].as_str().unwrap();
    let stranger = world.ids[&As::Stranger].to_string();
    for owner in [stranger.as_str(), NOTHING, "me", gone] {
        let body = json!({ "owner": owner });
        let refused = world.call(As::Agent, "PATCH", &customer, body).await;
        assert_eq!(
            refused.refusal(),
            (400, "bad_request".to_owned()),
            "{owner}"
        );
        let detail = refused.json()["detail"].clone();
        assert_eq!(detail, "owner: no such agent", "{owner}");
    }
    let row = world.get(As::Agent, &customer).await;
    assert_eq!(row["owner"], Value::Null);
    assert!(lines(&world, &guest, "owned").await.is_empty());
}

#[tokio::test]
async fn a_priority_moves_a_place_both_ways_at_once() {
    let world = World::start().await;
    let shop = world.shop().await;
    let first = world.visitor(&shop, "一").await;
    let second = world.visitor(&shop, "二").await;
    assert_eq!(place(&world, &second).await, 2);
    assert_eq!(prioritised(&world, &second, 2).await, 2);
    let ahead = async |guest: &Guest, at: u64| {
        let told = format!("/v1/sessions/{}/explanation", guest.session);
        world
            .until(As::Supervisor, &told, |told| {
                told["customer_sees"]["place"] == at
            })
            .await
    };
    let told = ahead(&second, 1).await;
    assert_eq!(told["priority"], 2);
    let words = told["text_zh"].as_str().unwrap();
    assert!(words.contains("优先级 2，按早来 10 分钟排队"), "{words}");
    ahead(&first, 2).await;
    // The same again says nothing twice; back again, and the first one is first.
    assert_eq!(prioritised(&world, &second, 2).await, 2);
    assert_eq!(lines(&world, &second, "prioritised").await, ["2"]);
    assert_eq!(prioritised(&world, &second, 0).await, 0);
    ahead(&second, 2).await;
    ahead(&first, 1).await;
    let target = format!("/v1/sessions/{}/priority", second.session);
    for wrong in [-1, 10] {
        let body = json!({ "priority": wrong });
        let refused = world.call(As::Supervisor, "POST", &target, body).await;
        assert_eq!(refused.refusal(), (400, "bad_request".to_owned()));
    }
    let five = json!({ "priority": 5 });
    let refused = world.call(As::Agent, "POST", &target, five.clone()).await;
    assert_eq!(refused.refusal(), (403, "forbidden".to_owned()));
    world.at_console(As::Agent).await;
    accepted(&world, &second.session).await;
    let served = world.call(As::Supervisor, "POST", &target, five.clone());
    assert_eq!(served.await.refusal(), (409, "already_taken".to_owned()));
    let close = format!("/v1/sessions/{}/close", second.session);
    world.done(As::Supervisor, "POST", &close, json!({})).await;
    let late = world.call(As::Supervisor, "POST", &target, five).await;
    assert_eq!(late.refusal(), (409, "session_ended".to_owned()));
}

#[tokio::test]
async fn who_is_marked_vip_comes_earlier_next_time() {
    let world = World::start().await;
    let shop = world.shop().await;
    let vip = world.visitor(&shop, "在吗").await;
    let close = format!("/v1/sessions/{}/close", vip.session);
    world.done(As::Supervisor, "POST", &close, json!({})).await;
    let customer = format!("/v1/customers/{}", vip.customer);
    world
        .done(As::Agent, "PATCH", &customer, json!({ "mark": "vip" }))
        .await;
    let other = world.visitor(&shop, "我先来的").await;
    world.says(&vip, "m2", "又来了").await;
    let card = format!("/v1/conversations/{}", vip.conversation);
    let card = world.get(As::Admin, &card).await;
    assert_eq!(card["session"]["priority"], 3);
    let told = format!("/v1/sessions/{}/explanation", other.session);
    world
        .until(As::Supervisor, &told, |told| {
            told["customer_sees"]["place"] == 2
        })
        .await;
}

#[tokio::test]
async fn a_specialist_may_be_an_agent_of_the_brand() {
    let world = World::start().await;
    let agent = json!(world.ids[&As::Agent]);
    let body = json!({ "name": "周掌柜", "agent": agent });
    let made = world.done(As::Admin, "POST", "/v1/specialists", body).await;
    assert_eq!(made["agent"], agent);
    let target = format!("/v1/specialists/{}", made["id"].as_str().unwrap());
    let stranger = json!({ "agent": world.ids[&As::Stranger] });
    let refused = world.call(As::Admin, "PATCH", &target, stranger).await;
    assert_eq!(refused.json()["detail"], "agent: no such agent");
    let nobody = json!({ "agent": null });
    let row = world.done(As::Admin, "PATCH", &target, nobody).await;
    assert_eq!(row["agent"], Value::Null);
}

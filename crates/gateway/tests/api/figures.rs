//! What supervisors and operators read: the wall, explanations, metrics.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    http,
    work::accepted,
    world::{As, Shop, World},
};

/// Another team of the brand with a face and a door of its own.
async fn second_shop(world: &World) -> Shop {
    let make = async |path: &str, body: Value| {
        let row = world.done(As::Admin, "POST", path, body).await;
        row["id"].as_str().unwrap().to_owned()
    };
    let team = make("/v1/teams", json!({ "name": "售后组" })).await;
    let account = json!({ "name": "售后", "team_id": team, "survey": { "enabled": false } });
    let account = make("/v1/kf-accounts", account).await;
    let door = json!({ "open_kfid": account, "channel": "website", "name": "售后" });
    let door = make("/v1/entry-points", door).await;
    Shop {
        team,
        account,
        door,
    }
}

fn sum(series: &Value) -> u64 {
    let numbers = series.as_array().unwrap().iter();
    numbers.map(|number| number.as_u64().unwrap()).sum()
}

#[tokio::test]
async fn every_figure_of_a_teams_wall_is_the_teams() {
    let world = World::start().await;
    let (sales, care) = (world.shop().await, second_shop(&world).await);
    let asked = world.visitor(&sales, "在吗").await;
    let waiting = world.visitor(&care, "要退货").await;
    // The queue is part of a first reply: who waited more than a second had none within it.
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    world.at_console(As::Agent).await;
    accepted(&world, &asked.session).await;
    let target = format!("/v1/conversations/{}/messages", asked.conversation);
    let words = json!({ "client_msg_id": "a1", "msgtype": "text", "text": { "content": "在的" } });
    world.done(As::Agent, "POST", &target, words).await;
    let state = format!("/v1/agents/{}/state", world.ids[&As::Agent]);
    let online = json!({ "state": "online" });
    world.done(As::Supervisor, "POST", &state, online).await;
    let wall = async |team: &str| {
        let target = format!("/v1/wall?team={team}");
        world.get(As::Supervisor, &target).await
    };
    let whole = world.get(As::Supervisor, "/v1/wall").await;
    let (ours, theirs) = (wall(&sales.team).await, wall(&care.team).await);
    for (seen, team, count) in [
        (&whole, Value::Null, 1),
        (&ours, json!(sales.team), 0),
        (&theirs, json!(care.team), 1),
    ] {
        assert_eq!(seen["team_id"], team);
        assert_eq!(seen["waiting_total"], count, "{team}");
        assert_eq!(seen["waiting"].as_array().unwrap().len(), count, "{team}");
    }
    assert_eq!(theirs["waiting"][0]["session_id"], json!(waiting.session));
    for seen in [&whole, &ours] {
        let reply = seen["figures"]["first_reply"]["p50_s"].as_u64().unwrap();
        assert!((2..20).contains(&reply), "{reply}");
        assert!(sum(&seen["series"]["first_reply_p50_s"]) == reply);
        assert_eq!(sum(&seen["series"]["assigned"]), 1);
        assert_eq!(seen["agents"].as_array().unwrap().len(), 1);
        assert_eq!(seen["figures"]["total_slots"], 8);
    }
    assert_eq!(theirs["figures"]["first_reply"]["p50_s"], Value::Null);
    assert_eq!(theirs["figures"]["service_level"]["pct"], Value::Null);
    assert_eq!(theirs["figures"]["total_slots"], 0);
    assert_eq!(theirs["agents"], json!([]));
    let series = |seen: &Value| {
        let of = |name: &str| sum(&seen["series"][name]);
        (of("in"), of("assigned"), of("first_reply_p90_s") > 0)
    };
    assert_eq!(series(&whole), (2, 1, true));
    assert_eq!(series(&ours), (1, 1, true));
    assert_eq!(series(&theirs), (1, 0, false));
    let target = format!("/v1/wall?team={}", sales.team);
    let stranger = world.call(As::Stranger, "GET", &target, Value::Null).await;
    assert_eq!(stranger.refusal(), (404, "not_found".to_owned()));
}

#[tokio::test]
async fn a_wall_that_many_ask_for_is_made_once_a_second_and_for_its_own_brand() {
    let world = World::start().await;
    let shop = world.shop().await;
    world.visitor(&shop, "在吗").await;
    let asked = |_| world.get(As::Supervisor, "/v1/wall");
    let walls = futures_util::future::join_all((0..40).map(asked)).await;
    let made: std::collections::BTreeSet<_> = walls.iter().map(|one| one["now"].as_i64()).collect();
    assert!(made.len() <= 2, "made {} times", made.len());
    assert!(
        walls
            .iter()
            .all(|one| one["waiting_total"] == 1 && one.get("op").is_none())
    );
    let theirs = world.get(As::Stranger, "/v1/wall").await;
    assert_eq!(theirs["waiting_total"], 0, "another brand's");
    let refused = world.call(As::Agent, "GET", "/v1/wall", Value::Null).await;
    assert_eq!(refused.refusal().0, 403);
    let since = walls[0]["now"].as_i64();
    let later = world.until(As::Supervisor, "/v1/wall", |wall| {
        wall["now"].as_i64() > since
    });
    later.await;
}

#[tokio::test]
async fn whoever_waits_is_explained_however_long_the_line() {
    let world = World::start().await;
    let shop = world.shop().await;
    let mut last = None;
    for _ in 0..25 {
        last = Some(world.visitor(&shop, "在吗").await);
    }
    let wall = world.get(As::Supervisor, "/v1/wall").await;
    let row = &wall["waiting"][24];
    assert_eq!(row["explanation"], Value::Null, "not told on the wall");
    let session = last.unwrap().session;
    assert_eq!(row["session_id"], json!(session));
    let target = format!("/v1/sessions/{session}/explanation");
    let told = world.get(As::Agent, &target).await;
    assert_eq!(
        (&told["outcome"], &told["reason"]),
        (&json!("waiting"), &json!("no_agent"))
    );
    assert_eq!(told["customer_sees"]["place"], 25);
    let verdicts = told["candidates"].as_array().unwrap();
    assert!(
        verdicts.iter().any(|one| one["verdict"] == "offline"),
        "{told}"
    );
}

#[tokio::test]
async fn queues_have_their_names_in_metrics_and_beyond_a_hundred_one_for_all() {
    let world = World::start().await;
    let shop = world.shop().await;
    for n in 0..110 {
        let team = json!({ "name": format!("第{n}组") });
        world.done(As::Admin, "POST", "/v1/teams", team).await;
    }
    let guest = world.visitor(&shop, "在吗").await;
    let metrics = async || {
        let page = http::send(world.addr, "GET", "/metrics", &[], b"").await;
        String::from_utf8(page.bytes.to_vec()).unwrap()
    };
    let page = metrics().await;
    let of = |name: &str| {
        let begin = format!("{name}{{brand=\"xishan\",queue=");
        let lines = page.lines().filter(move |line| line.starts_with(&begin));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    for gauge in ["kefu_queue_depth", "kefu_oldest_wait_seconds"] {
        let lines = of(gauge);
        assert_eq!(lines.len(), 101, "{lines:?}");
        assert!(lines.iter().any(|line| line.contains("queue=\"other\"")));
    }
    let ours = "{brand=\"xishan\",queue=\"售前组\"} 1\n";
    assert!(page.contains(&format!("kefu_queue_depth{ours}")), "{page}");
    world.at_console(As::Agent).await;
    accepted(&world, &guest.session).await;
    let page = metrics().await;
    assert!(
        page.contains(&format!("kefu_wait_seconds_count{ours}")),
        "{page}"
    );
    let empty = ours.replace('1', "0");
    assert!(page.contains(&format!("kefu_queue_depth{empty}")), "{page}");
}

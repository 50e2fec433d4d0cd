//! The audit of assignments, sifted by person, kind and time, page by page.

use serde_json::{Value, json};

use crate::{
    work::accepted,
    world::{As, World},
};

async fn ask(world: &World, query: &str) -> (Vec<Value>, Value) {
    let target = format!("/v1/audit/assignments?{query}");
    let mut page = world.get(As::Supervisor, &target).await;
    let next = page["next"].take();
    (page["items"].as_array().unwrap().clone(), next)
}

#[tokio::test]
async fn assignments_are_sifted_and_paged() {
    let world = World::start().await;
    let shop = world.shop().await;
    let mut guests = Vec::new();
    for words in ["第一位", "第二位", "第三位"] {
        let guest = world.visitor(&shop, words).await;
        accepted(&world, &guest.session).await;
        guests.push(guest);
    }
    let (first, next) = ask(&world, "limit=2&kind=hand").await;
    let (rest, end) = ask(
        &world,
        &format!("limit=2&kind=hand&cursor={}", next.as_str().unwrap()),
    )
    .await;
    assert_eq!((first.len(), rest.len(), end), (2, 1, Value::Null));
    let sessions: Vec<&Value> = first
        .iter()
        .chain(&rest)
        .map(|row| &row["session_id"])
        .collect();
    let wanted: Vec<Value> = guests.iter().map(|guest| json!(guest.session)).collect();
    assert_eq!(sessions, wanted.iter().collect::<Vec<_>>());

    let agent = first[0]["servicer_userid"].as_str().unwrap();
    let began = first[0]["from_at"].as_i64().unwrap();
    let ended = rest[0]["from_at"].as_i64().unwrap();
    for (query, many) in [
        ("kind=rule".to_owned(), 0),
        ("kind=offer".to_owned(), 0),
        (format!("servicer_userid={agent}"), 3),
        (format!("servicer_userid={}", guests[0].session), 0),
        (format!("before={began}"), 0),
        (format!("before={}", ended + 1), 3),
    ] {
        assert_eq!(ask(&world, &query).await.0.len(), many, "{query}");
    }

    assert!(first[0].get("customer_name").is_none());
    let (named, _) = ask(&world, "customers=true").await;
    assert_eq!(named[0]["conversation_id"], json!(guests[0].conversation));
    assert!(!named[0]["customer_name"].as_str().unwrap().is_empty());
    let odd = world
        .call(
            As::Supervisor,
            "GET",
            "/v1/audit/assignments?kind=odd",
            Value::Null,
        )
        .await;
    assert_eq!(odd.refusal(), (400, "bad_request".to_owned()));
}

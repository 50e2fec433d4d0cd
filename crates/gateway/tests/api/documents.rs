//! The document describes all routes, and only those; every reference in it leads somewhere.

use serde_json::{Value, json};

use crate::{
    http,
    schema::document,
    world::{As, NOTHING, World},
};

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|one| references(one, found));
        }
        Value::Array(list) => list.iter().for_each(|one| references(one, found)),
        _ => (),
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let doc = document();
    let mut found = Vec::new();
    references(&doc, &mut found);
    assert!(found.len() > 100);
    for reference in found {
        assert!(
            doc.pointer(reference.trim_start_matches('#')).is_some(),
            "{reference}"
        );
    }
}

#[test]
fn every_operation_says_who_may_call_it_and_how_it_refuses() {
    let doc = document();
    assert!(doc["openapi"].as_str().unwrap().starts_with("3.1"));
    for (path, item) in doc["paths"].as_object().unwrap() {
        for (method, one) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            let role = one["x-role"].as_str().unwrap();
            assert_ne!(role, "nobody", "{name} is not in the table of access");
            assert!(
                one["summary"].is_string() && one["tags"][0].is_string(),
                "{name}"
            );
            assert!(one["operationId"].is_string(), "{name}");
            let ids = path.matches('{').count();
            let named = one["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|p| p["in"] == "path");
            assert_eq!(named.count(), ids, "{name}");
            assert_eq!(role == "anyone", one["security"] == json!([]), "{name}");
            assert_eq!(
                role != "anyone",
                one["responses"]["401"].is_object() && path != "/v1/login",
                "{name}"
            );
        }
    }
}

#[test]
fn operations_have_names_of_their_own() {
    let doc = document();
    let items = doc["paths"].as_object().unwrap().values();
    let mut names: Vec<&str> = items
        .flat_map(|item| item.as_object().unwrap().values())
        .filter_map(|one| one["operationId"].as_str())
        .collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

/// The router and the document are built from the same handlers, so nothing is routed that is not
/// described.
#[tokio::test]
async fn what_is_described_is_there() {
    let world = World::start().await;
    for (path, item) in world.doc["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let target = path
                .replace("{id}", NOTHING)
                .replace("{media_id}", NOTHING)
                .replace("{msgid}", &format!("{NOTHING}-1"));
            let reply = world
                .call(As::Nobody, &method.to_uppercase(), &target, json!({}))
                .await;
            assert!(
                ![404, 405].contains(&reply.status),
                "{method} {path}: {}",
                reply.status
            );
        }
    }
}

#[tokio::test]
async fn the_document_and_its_page_are_served_from_here_alone() {
    let world = World::start().await;
    let served = http::send(world.addr, "GET", "/openapi.json", &[], b"").await;
    assert_eq!(served.json(), world.doc);
    let page = http::send(world.addr, "GET", "/docs", &[], b"").await;
    let text = String::from_utf8(page.bytes.clone()).unwrap();
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .contains("default-src 'none'")
    );
    assert!(!text.contains("https://") && !text.contains("<style") && !text.contains("onclick"));
    for asset in ["/docs/docs.js", "/docs/docs.css"] {
        assert!(text.contains(asset));
        let asset = http::send(world.addr, "GET", asset, &[], b"").await;
        assert!(asset.status == 200 && asset.bytes.len() > 500);
    }
}

#[tokio::test]
async fn a_script_in_the_console_could_tell_nobody_but_us() {
    let world = World::start().await;
    let shop = world.shop().await;
    let widget = format!("/widget/?entry_point={}", shop.door);
    let chat = format!("/chat/{}", shop.account);
    for page in ["/console/", "/console/desk", &widget, &chat] {
        let page = http::send(world.addr, "GET", page, &[], b"").await;
        let policy = page.header("content-security-policy").unwrap();
        let reached = policy
            .split("; ")
            .find(|part| part.starts_with("connect-src"));
        assert_eq!(reached, Some("connect-src 'self'"), "{policy}");
    }
    // A file of an older build is gone, and no page in its place.
    let gone = http::send(world.addr, "GET", "/console/assets/gone.js", &[], b"").await;
    assert_eq!(gone.refusal(), (404, "not_found".to_owned()));
}

//! Bodies and queries are read strictly.

use serde_json::{Value, json};

use crate::world::{As, NOTHING, World};

#[tokio::test]
async fn an_unknown_field_is_refused_by_name_everywhere() {
    let world = World::start().await;
    let mut tried = 0;
    for (path, item) in world.doc["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["requestBody"]["content"]["application/json"].is_null()
                || path == "/v1/login"
            {
                continue;
            }
            let target = path
                .replace("{id}", NOTHING)
                .replace("{msgid}", &format!("{NOTHING}-1"));
            let reply = world
                .call(
                    As::Admin,
                    &method.to_uppercase(),
                    &target,
                    json!({ "surprise": 1 }),
                )
                .await;
            assert_eq!(
                reply.refusal(),
                (400, "bad_request".to_owned()),
                "{method} {path}: {}",
                reply.json()
            );
            assert!(
                reply.json()["detail"]
                    .as_str()
                    .unwrap()
                    .contains("surprise"),
                "{}",
                reply.json()
            );
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried}");
}

#[tokio::test]
async fn a_doubled_key_is_refused_at_every_depth() {
    let world = World::start().await;
    let origin = world.origin();
    let headers = [
        ("cookie", world.cookie(As::Admin)),
        ("origin", origin.as_str()),
        ("content-type", "application/json"),
    ];
    let bodies = [
        ("/v1/teams", r#"{"name":"a","name":"b"}"#),
        (
            "/v1/kf-accounts",
            r#"{"name":"a","rules":{"assign":"auto","assign":"manual"}}"#,
        ),
        (
            "/v1/kf-accounts",
            r#"{"name":"a","hours":{"timezone":"UTC","timezone":"UTC"}}"#,
        ),
        (
            &format!("/v1/conversations/{NOTHING}/messages") as &str,
            r#"{"client_msg_id":"1","msgtype":"text","text":{"content":"a","content":"b"}}"#,
        ),
    ];
    for (target, body) in bodies {
        let reply = world.raw("POST", target, &headers, body.as_bytes()).await;
        assert_eq!(reply.refusal().0, 400, "{body}");
        assert!(
            reply.json()["detail"]
                .as_str()
                .unwrap()
                .contains("duplicate field"),
            "{}",
            reply.json()
        );
    }
}

#[tokio::test]
async fn what_is_no_json_is_refused_as_what_it_is() {
    let world = World::start().await;
    let origin = world.origin();
    let cookie = ("cookie", world.cookie(As::Admin));
    let origin = ("origin", origin.as_str());
    let json_type = ("content-type", "application/json");
    let post = async |headers: &[(&str, &str)], body: &[u8]| {
        world
            .raw("POST", "/v1/teams", headers, body)
            .await
            .refusal()
    };
    assert_eq!(
        post(&[cookie, origin], b"{}").await,
        (415, "unsupported_type".to_owned())
    );
    assert_eq!(
        post(&[cookie, origin, ("content-type", "text/plain")], b"{}")
            .await
            .0,
        415
    );
    for body in [
        &b""[..],
        b"{",
        b"[]",
        b"\"x\"",
        b"{\"name\":\"\xff\"}",
        b"{\"name\":1}",
        b"{}{}",
    ] {
        assert_eq!(
            post(&[cookie, origin, json_type], body).await,
            (400, "bad_request".to_owned()),
            "{body:?}"
        );
    }
    let deep = format!("{{\"name\":{}", "[".repeat(5000));
    assert_eq!(
        post(&[cookie, origin, json_type], deep.as_bytes()).await.0,
        400
    );
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(300_000));
    assert_eq!(
        post(&[cookie, origin, json_type], large.as_bytes()).await,
        (413, "too_large".to_owned())
    );
}

#[tokio::test]
async fn queries_and_ids_are_read_strictly_too() {
    let world = World::start().await;
    let wrong = [
        "/v1/agents?limit=0",
        "/v1/agents?limit=201",
        "/v1/agents?limit=x",
        "/v1/agents?surprise=1",
        "/v1/agents?cursor=x",
        "/v1/conversations?view=yours",
        "/v1/conversations?state=5",
        "/v1/conversations?cursor=1",
        "/v1/search?q=x",
        "/v1/search",
        "/v1/customers?cursor=x",
        "/v1/audit/assignments?cursor=x.1",
    ];
    for target in wrong {
        assert_eq!(
            world
                .call(As::Admin, "GET", target, Value::Null)
                .await
                .refusal()
                .0,
            400,
            "{target}"
        );
    }
    for id in [
        "x",
        "..",
        "%00",
        "01JQ8W6ZK3V5T9M2C4D6E8F0A",
        "81JQ8W6ZK3V5T9M2C4D6E8F0AB",
        "%E8%8C%B6",
    ] {
        let reply = world
            .call(As::Admin, "GET", &format!("/v1/teams/{id}"), Value::Null)
            .await;
        assert_eq!(reply.refusal(), (404, "not_found".to_owned()), "{id}");
    }
    assert_eq!(
        world
            .call(As::Admin, "PUT", "/v1/teams", json!({}))
            .await
            .status,
        405
    );
}

#[tokio::test]
async fn limits_of_set_up_are_kept_and_named() {
    let world = World::start().await;
    let shop = world.shop().await;
    let account = format!("/v1/kf-accounts/{}", shop.account);
    let door = format!("/v1/entry-points/{}", shop.door);
    let wrong = [
        (
            "POST",
            "/v1/agents",
            json!({ "account": "a b", "name": "x" }),
            "account",
        ),
        ("POST", "/v1/agents", json!({ "account": "a" }), "name"),
        (
            "POST",
            "/v1/agents",
            json!({ "account": "a", "name": "x", "limit": 1001 }),
            "limit",
        ),
        (
            "POST",
            "/v1/agents",
            json!({ "account": "a", "name": "x", "team_ids": [NOTHING] }),
            "team_ids",
        ),
        (
            "POST",
            "/v1/agents",
            json!({ "account": "a", "name": "x", "avatar_media_id": NOTHING }),
            "avatar_media_id",
        ),
        (
            "POST",
            "/v1/teams",
            json!({ "name": "好".repeat(65) }),
            "name",
        ),
        (
            "POST",
            "/v1/teams",
            json!({ "name": "x", "overflow": [{ "team_id": NOTHING, "after_s": 1 }] }),
            "overflow",
        ),
        ("PATCH", &account, json!({ "color": "red" }), "color"),
        (
            "PATCH",
            &account,
            json!({ "hours": { "timezone": "Mars/Olympus" } }),
            "hours",
        ),
        (
            "PATCH",
            &account,
            json!({ "hours": { "week": [{ "days": [8], "from": "09:00", "to": "10:00" }] } }),
            "hours",
        ),
        (
            "PATCH",
            &account,
            json!({ "rules": { "max_waiting": 0 } }),
            "rules.max_waiting",
        ),
        (
            "PATCH",
            &account,
            json!({ "texts": { "queue": "x".repeat(1001) } }),
            "texts.queue",
        ),
        (
            "PATCH",
            &account,
            json!({ "texts": { "welcome": "汉".repeat(683) } }),
            "texts.welcome",
        ),
        (
            "PATCH",
            &account,
            json!({ "survey": { "options": [{ "score": 6, "label": "x" }] } }),
            "survey.options",
        ),
        (
            "PATCH",
            &account,
            json!({ "menu": { "list": [{ "type": "view", "view": { "url": "javascript:1", "content": "x" } }] } }),
            "menu.list.view.url",
        ),
        (
            "PATCH",
            &door,
            json!({ "website": { "allowed_origins": ["https://a.example/x"] } }),
            "website.allowed_origins",
        ),
        ("PATCH", &door, json!({ "channel": "app" }), "channel"),
        (
            "PATCH",
            &door,
            json!({ "connection_id": NOTHING }),
            "connection_id",
        ),
        (
            "POST",
            "/v1/connections",
            json!({ "name": "x", "corpid": "w", "base_url": "ftp://x" }),
            "base_url",
        ),
        (
            "POST",
            "/v1/connections",
            json!({ "name": "x", "corpid": "w", "channel": "website" }),
            "channel",
        ),
        (
            "POST",
            "/v1/specialists",
            json!({ "name": "x", "links": [{ "title": "x", "url": "//x" }] }),
            "links.url",
        ),
        (
            "POST",
            "/v1/fan-groups",
            json!({ "name": "x", "chat_ids": ["1", "2", "3", "4", "5", "6"] }),
            "chat_ids",
        ),
        (
            "POST",
            "/v1/canned-replies",
            json!({ "title": "x", "text": "x", "scope": "team" }),
            "team_id",
        ),
        ("PATCH", "/v1/me", json!({ "theme": "pink" }), "theme"),
    ];
    for (method, target, body, field) in wrong {
        let reply = world.call(As::Admin, method, target, body.clone()).await;
        assert_eq!(
            reply.refusal(),
            (400, "bad_request".to_owned()),
            "{method} {target} {body}"
        );
        let detail = reply.json()["detail"].as_str().unwrap().to_owned();
        assert!(
            detail.starts_with(&format!("{field}:")),
            "{field}: {detail}"
        );
    }
}

//! Another brand's ids name nothing, whatever is done with them.

use kefu_domain::{FanGroupId, HandoffId, OutboxId};
use kefu_store::{Handoff, HandoffStatus, HandoffTarget, OutboxRow, OutboxState};
use serde_json::{Value, json};

use crate::world::{As, NOTHING, World};

/// One of everything in the first brand: the id of each kind by its path.
async fn everything(world: &World) -> Vec<(&'static str, String)> {
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "有检测报告吗").await;
    let made = async |path: &str, body: Value| {
        let row = world.done(As::Admin, "POST", path, body).await;
        row["id"].as_str().unwrap().to_owned()
    };
    let connection = made(
        "/v1/connections",
        json!({ "name": "企业微信", "corpid": "ww1" }),
    )
    .await;
    let canned = made(
        "/v1/canned-replies",
        json!({ "title": "发货", "text": "今天发", "scope": "brand" }),
    )
    .await;
    let key = made("/v1/api-keys", json!({ "name": "k" })).await;
    let specialist = made("/v1/specialists", json!({ "name": "周掌柜" })).await;
    let group = made("/v1/fan-groups", json!({ "name": "茶友群" })).await;
    let hook = json!({ "name": "h", "url": "https://hooks.example.com/x" });
    let webhook = made("/v1/webhooks", hook).await;
    let outbox = outbox(world, &shop.door, &guest.conversation, &guest.customer).await;
    vec![
        ("/v1/conversations/{id}", guest.conversation.clone()),
        ("/v1/messages/{msgid}", format!("{}-1", guest.conversation)),
        ("/v1/sessions/{id}", guest.session),
        ("/v1/customers/{id}", guest.customer),
        ("/v1/agents/{id}", world.ids[&As::Agent].to_string()),
        ("/v1/teams/{id}", shop.team),
        ("/v1/kf-accounts/{id}", shop.account),
        ("/v1/entry-points/{id}", shop.door),
        ("/v1/connections/{id}", connection),
        ("/v1/canned-replies/{id}", canned),
        ("/v1/api-keys/{id}", key),
        ("/v1/specialists/{id}", specialist),
        ("/v1/fan-groups/{id}", group),
        ("/v1/webhooks/{id}", webhook),
        ("/v1/deliveries/{id}", outbox.clone()),
        ("/v1/outbox/{id}", outbox),
        ("/v1/media/{media_id}", media(world).await),
    ]
}

async fn outbox(world: &World, door: &str, conversation: &str, customer: &str) -> String {
    let reception = &world.gateway.reception;
    let id = OutboxId(reception.ids().mint());
    let now = reception.now();
    let row = OutboxRow {
        id,
        brand: world.brand,
        conversation: conversation.parse().unwrap(),
        entry_point: door.parse().unwrap(),
        seq: 0,
        kind: "welcome".to_owned(),
        payload: "{}".to_owned(),
        attempts: 0,
        tried: kefu_store::Tried::default(),
        created_at: now,
        expires_at: None,
        next_at: now,
        state: OutboxState::Pending,
        failure: None,
    };
    reception.store().put_outbox(row).await.unwrap();
    let handoff = Handoff {
        id: HandoffId(reception.ids().mint()),
        brand: world.brand,
        conversation: conversation.parse().unwrap(),
        customer: customer.parse().unwrap(),
        target: HandoffTarget::FanGroup(FanGroupId(reception.ids().mint())),
        name: "茶友群".to_owned(),
        title: String::new(),
        agent: None,
        seq: 0,
        config_id: None,
        status: HandoffStatus::Offered,
        offered_at: now,
        seen_at: None,
        opened_at: None,
        done_at: None,
        expires_at: now + 1000,
    };
    reception.store().put_handoff(handoff).await.unwrap();
    id.to_string()
}

async fn media(world: &World) -> String {
    let bytes = bytes_of_a_picture();
    let upload = kefu_reception::Upload {
        brand: world.brand,
        conversation: None,
        name: "茶.png".to_owned(),
        bytes: bytes.into(),
        named: true,
    };
    world
        .gateway
        .reception
        .upload(upload)
        .await
        .unwrap()
        .id
        .to_string()
}

pub(crate) fn bytes_of_a_picture() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend([0, 0, 0, 3, 0, 0, 0, 2]);
    png
}

/// A body that is understood, so that only the id can be wrong.
fn body(world: &World, path: &str) -> Value {
    match path.rsplit('/').next().unwrap() {
        "messages" => {
            json!({ "client_msg_id": "x1", "msgtype": "text", "text": { "content": "x" } })
        }
        "notes" if path.contains("customers") => json!({ "text": "x" }),
        "notes" => json!({ "client_msg_id": "x1", "text": "x" }),
        "handoffs" => json!({ "client_msg_id": "x1", "kind": "specialist" }),
        "transfer" => json!({ "to_servicer_userid": world.ids[&As::Stranger] }),
        "assign" => json!({ "servicer_userid": world.ids[&As::Stranger] }),
        "priority" => json!({ "priority": 1 }),
        "block" => json!({ "blocked": true }),
        "state" => json!({ "state": "online" }),
        _ => json!({}),
    }
}

#[tokio::test]
async fn another_brands_ids_name_nothing() {
    let world = World::start().await;
    let all = everything(&world).await;
    let mut tried = 0;
    for (path, item) in world.doc["paths"].as_object().unwrap() {
        let Some((prefix, id)) = all.iter().find(|(prefix, _)| path.starts_with(prefix)) else {
            assert!(!path.contains('{'), "{path} is not tried");
            continue;
        };
        let own = prefix.split('{').next().unwrap();
        let target = format!("{own}{id}{}", &path[prefix.len()..]);
        for method in item.as_object().unwrap().keys() {
            let method = method.to_uppercase();
            let reply = world
                .call(As::Stranger, &method, &target, body(&world, path))
                .await;
            assert_eq!(
                reply.refusal(),
                (404, "not_found".to_owned()),
                "{method} {path}: {}",
                reply.json()
            );
            // The id is right: its owner finds something there, where no platform has to be asked.
            let asks_outside = path.ends_with("link") || path.contains("}/kf-accounts");
            if method == "GET" && !asks_outside {
                assert_eq!(
                    world
                        .call(As::Admin, &method, &target, Value::Null)
                        .await
                        .status,
                    200,
                    "{path}"
                );
            }
            tried += 1;
        }
    }
    assert!(tried > 50, "{tried}");
}

#[tokio::test]
async fn lists_and_searches_end_at_the_brand() {
    let world = World::start().await;
    let all = everything(&world).await;
    let lists = [
        "conversations",
        "customers",
        "teams",
        "kf-accounts",
        "entry-points",
        "connections",
        "canned-replies",
        "api-keys",
        "specialists",
        "fan-groups",
        "outbox?state=pending",
        "audit/assignments",
    ];
    for list in lists {
        let seen = world.get(As::Stranger, &format!("/v1/{list}")).await;
        assert_eq!(seen["items"], json!([]), "{list}");
    }
    for word in ["检测", all[0].1.as_str(), all[3].1.as_str()] {
        let word = word.replace('检', "%E6%A3%80").replace('测', "%E6%B5%8B");
        let found = world
            .get(As::Stranger, &format!("/v1/search?q={word}"))
            .await;
        assert_eq!(
            found,
            json!({ "customers": [], "conversations": [], "messages": [] })
        );
    }
    assert_eq!(
        world.get(As::Stranger, "/v1/wall").await["waiting_total"],
        0
    );
    assert_eq!(world.get(As::Stranger, "/v1/brand").await["slug"], "yunhe");
    assert_eq!(
        world.get(As::Stranger, "/v1/brand").await["id"],
        json!(world.other)
    );
}

#[tokio::test]
async fn nothing_of_ours_can_point_at_something_of_theirs() {
    let world = World::start().await;
    let all = everything(&world).await;
    let of = |prefix: &str| {
        all.iter()
            .find(|(path, _)| path.starts_with(prefix))
            .map(|(_, id)| id.clone())
            .unwrap()
    };
    let (team, account, agent) = (of("/v1/teams"), of("/v1/kf-accounts"), of("/v1/agents"));
    let (connection, media) = (of("/v1/connections"), of("/v1/media"));
    let wrong = [
        (
            "/v1/agents",
            json!({ "account": "a", "name": "a", "team_ids": [team] }),
        ),
        (
            "/v1/agents",
            json!({ "account": "a", "name": "a", "avatar_media_id": media }),
        ),
        ("/v1/teams", json!({ "name": "a", "agent_ids": [agent] })),
        (
            "/v1/teams",
            json!({ "name": "a", "overflow": [{ "team_id": team, "after_s": 60 }] }),
        ),
        ("/v1/kf-accounts", json!({ "name": "a", "team_id": team })),
        (
            "/v1/entry-points",
            json!({ "name": "a", "channel": "website", "open_kfid": account }),
        ),
        (
            "/v1/specialists",
            json!({ "name": "a", "connection_id": connection }),
        ),
        ("/v1/specialists", json!({ "name": "a", "agent": agent })),
        (
            "/v1/fan-groups",
            json!({ "name": "a", "qr_media_id": media }),
        ),
        (
            "/v1/canned-replies",
            json!({ "title": "a", "text": "a", "scope": "team", "team_id": team }),
        ),
    ];
    for (target, body) in wrong {
        let reply = world.call(As::Stranger, "POST", target, body.clone()).await;
        assert_eq!(
            reply.refusal(),
            (400, "bad_request".to_owned()),
            "{target} {body}"
        );
    }
    assert_eq!(
        world
            .call(
                As::Stranger,
                "GET",
                &format!("/v1/teams/{NOTHING}"),
                Value::Null
            )
            .await
            .status,
        404
    );
}

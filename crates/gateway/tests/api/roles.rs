//! Every operation, called by everyone: the document says who gets in.

use serde_json::json;

use crate::world::{As, NOTHING, World};

fn rank(role: &str) -> u8 {
    match role {
        "signed_in" | "agent" => 1,
        "supervisor" => 2,
        "administrator" => 3,
        _ => 0,
    }
}

#[tokio::test]
async fn each_role_gets_in_where_the_document_says_and_nowhere_else() {
    let world = World::start().await;
    let callers = [
        (As::Nobody, 0),
        (As::Agent, 1),
        (As::Supervisor, 2),
        (As::Admin, 3),
    ];
    let mut tried = 0;
    for (path, item) in world.doc["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            // Ends the sign-in that the others need; it has its own test.
            if path == "/v1/logout" {
                continue;
            }
            let needed = rank(operation["x-role"].as_str().unwrap());
            let target = path
                .replace("{id}", NOTHING)
                .replace("{media_id}", NOTHING)
                .replace("{msgid}", &format!("{NOTHING}-1"));
            for (who, has) in callers {
                let reply = world
                    .call(who, &method.to_uppercase(), &target, json!({}))
                    .await;
                let name = format!(
                    "{method} {path} as {who:?}: {} {}",
                    reply.status,
                    reply.json()
                );
                match (needed, has) {
                    (0, _) => assert!(![401, 403].contains(&reply.status), "{name}"),
                    (_, 0) => assert_eq!(
                        reply.refusal(),
                        (401, "unauthenticated".to_owned()),
                        "{name}"
                    ),
                    _ if has < needed => {
                        assert_eq!(reply.refusal(), (403, "forbidden".to_owned()), "{name}")
                    }
                    _ => assert!(![401, 403].contains(&reply.status), "{name}"),
                }
                assert!(reply.status < 500, "{name}");
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "{tried}");
}

#[tokio::test]
async fn a_key_has_the_role_that_it_was_given_and_acts_as_nobody() {
    let world = World::start().await;
    let made = world
        .done(
            As::Admin,
            "POST",
            "/v1/api-keys",
            json!({ "name": "订单系统", "role": "supervisor" }),
        )
        .await;
    let key = made["key"].as_str().unwrap();
    assert!(key.starts_with("kk_") && key.starts_with(made["prefix"].as_str().unwrap()));
    let bearer = format!("Bearer {key}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    assert_eq!(
        world.raw("GET", "/v1/wall", &headers, b"").await.status,
        200
    );
    assert_eq!(
        world
            .raw("GET", "/v1/api-keys", &headers, b"")
            .await
            .refusal()
            .0,
        403
    );
    assert_eq!(
        world.raw("GET", "/v1/me", &headers, b"").await.refusal().0,
        403
    );
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    let reply = json!({ "client_msg_id": "r1", "msgtype": "text", "text": { "content": "在" } })
        .to_string();
    let target = format!("/v1/conversations/{}/messages", guest.conversation);
    assert_eq!(
        world
            .raw("POST", &target, &headers, reply.as_bytes())
            .await
            .refusal()
            .0,
        403
    );
    // Listed without the key, and gone with its row.
    let listed = world.get(As::Admin, "/v1/api-keys").await;
    assert!(listed["items"][0]["key"].is_null());
    world
        .done(
            As::Admin,
            "DELETE",
            &format!("/v1/api-keys/{}", made["id"].as_str().unwrap()),
            json!(null),
        )
        .await;
    assert_eq!(
        world
            .raw("GET", "/v1/wall", &headers, b"")
            .await
            .refusal()
            .0,
        401
    );
}

#[tokio::test]
async fn agents_see_of_set_up_only_what_their_work_needs() {
    let world = World::start().await;
    let shop = world.shop().await;
    let agents = world.get(As::Agent, "/v1/agents").await;
    assert_eq!(agents["items"].as_array().unwrap().len(), 3);
    for row in agents["items"].as_array().unwrap() {
        assert!(row["account"].is_null() && row["role"].is_null() && row["limit"].is_u64());
    }
    let account = world
        .get(As::Agent, &format!("/v1/kf-accounts/{}", shop.account))
        .await;
    assert!(account["rules"].is_null() && account["name"].is_string());
    let account = world
        .get(As::Supervisor, &format!("/v1/kf-accounts/{}", shop.account))
        .await;
    assert_eq!(account["rules"]["assign"], "manual");
    let connection = json!({ "name": "企业微信", "corpid": "ww1", "secret": "s3cret-of-the-app" });
    let made = world
        .done(As::Admin, "POST", "/v1/connections", connection)
        .await;
    assert!(made["token"].is_string() && !made.to_string().contains("s3cret"));
    let seen = world.get(As::Supervisor, "/v1/connections").await;
    assert!(seen["items"][0]["token"].is_null() && seen["items"][0]["encoding_aes_key"].is_null());
}

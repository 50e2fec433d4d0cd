//! What single kinds of set-up rows do beyond being rows.

use serde_json::{Value, json};

use crate::{
    tenants::bytes_of_a_picture,
    world::{As, World},
};

#[tokio::test]
async fn a_door_tells_how_it_is_put_up() {
    let world = World::start().await;
    let shop = world.shop().await;
    let snippet = world
        .get(
            As::Supervisor,
            &format!("/v1/entry-points/{}/snippet", shop.door),
        )
        .await;
    let html = snippet["html"].as_str().unwrap();
    assert!(
        html.contains(&format!("data-entry-point=\"{}\"", shop.door))
            && html.contains("/widget.js")
    );
    assert!(
        snippet["chat_url"]
            .as_str()
            .unwrap()
            .contains(&shop.account)
    );
    let svg = snippet["qr_svg"].as_str().unwrap();
    assert!(svg.contains("<svg") && !svg.contains("<script"));
    let none = world
        .call(
            As::Supervisor,
            "GET",
            &format!("/v1/entry-points/{}/link", shop.door),
            Value::Null,
        )
        .await;
    assert_eq!(none.status, 404);
}

#[tokio::test]
async fn callback_keys_are_made_here_and_changed_without_a_gap() {
    let world = World::start().await;
    let body =
        json!({ "name": "企业微信", "corpid": "ww1", "agentid": "1000002", "secret": "s3cret" });
    let row = world.done(As::Admin, "POST", "/v1/connections", body).await;
    let id = row["id"].as_str().unwrap();
    let (token, key) = (
        row["token"].as_str().unwrap(),
        row["encoding_aes_key"].as_str().unwrap(),
    );
    assert_eq!((token.len(), key.len()), (32, 43));
    assert!(
        row["callback_url"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/callback/wecom_kf/{id}"))
    );
    let kept = world
        .done(
            As::Admin,
            "PATCH",
            &format!("/v1/connections/{id}"),
            json!({ "secret": "" }),
        )
        .await;
    assert_eq!(kept["has_secret"], true);
    let rotated = world
        .done(
            As::Admin,
            "POST",
            &format!("/v1/connections/{id}/rotate"),
            json!({}),
        )
        .await;
    assert_ne!(rotated["token"], row["token"]);
    let setup = world
        .gateway
        .reception
        .directory()
        .brand(world.brand)
        .unwrap();
    let stored = &setup.connections[&id.parse().unwrap()].entry;
    assert_eq!(stored.previous, Some((token.to_owned(), key.to_owned())));
    assert_eq!(stored.secret, "s3cret");
    // The platform still uses what it had: newer ones would cut it off.
    let rotate = format!("/v1/connections/{id}/rotate");
    let refused = world.call(As::Admin, "POST", &rotate, json!({})).await;
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (409, &json!("key_unused"))
    );
    let force = format!("{rotate}?force=true");
    let forced = world.done(As::Admin, "POST", &force, json!({})).await;
    assert_ne!(forced["token"], rotated["token"]);
}

#[tokio::test]
async fn canned_replies_are_seen_by_whom_they_are_for() {
    let world = World::start().await;
    let shop = world.shop().await;
    let make = |who, body| world.call(who, "POST", "/v1/canned-replies", body);
    let own = make(
        As::Agent,
        json!({ "title": "我的", "text": "好的", "shortcut": "/hd" }),
    )
    .await
    .json();
    assert_eq!(
        (&own["scope"], &own["shortcut"]),
        (&json!("me"), &json!("hd"))
    );
    let refused = make(
        As::Agent,
        json!({ "title": "大家", "text": "好", "scope": "brand" }),
    )
    .await;
    assert_eq!(refused.refusal().0, 403);
    let team = json!({ "title": "组里", "text": "好", "scope": "team", "team_id": shop.team });
    let team = make(As::Supervisor, team).await.json();
    let seen = async |who| {
        world.get(who, "/v1/canned-replies").await["items"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((seen(As::Agent).await, seen(As::Supervisor).await), (2, 1));
    let own = format!("/v1/canned-replies/{}", own["id"].as_str().unwrap());
    let team = format!("/v1/canned-replies/{}", team["id"].as_str().unwrap());
    assert_eq!(
        world.call(As::Admin, "GET", &own, Value::Null).await.status,
        404
    );
    assert_eq!(
        world
            .call(As::Agent, "PATCH", &team, json!({ "text": "x" }))
            .await
            .status,
        403
    );
    assert_eq!(
        world
            .call(As::Agent, "DELETE", &team, Value::Null)
            .await
            .status,
        403
    );
    assert_eq!(
        world
            .call(As::Agent, "PATCH", &own, json!({ "scope": "brand" }))
            .await
            .status,
        403
    );
    world.done(As::Agent, "DELETE", &own, Value::Null).await;
}

#[tokio::test]
async fn a_picture_is_one_of_ours_and_a_picture() {
    let world = World::start().await;
    let upload = async |bytes: Vec<u8>| {
        let upload = kefu_reception::Upload {
            brand: world.brand,
            conversation: None,
            name: "x".into(),
            bytes: bytes.into(),
            named: true,
        };
        world.gateway.reception.upload(upload).await.unwrap().id
    };
    let (picture, text) = (
        upload(bytes_of_a_picture()).await,
        upload(b"no picture".to_vec()).await,
    );
    let row = world
        .done(
            As::Admin,
            "PATCH",
            "/v1/brand",
            json!({ "logo_media_id": picture }),
        )
        .await;
    assert_eq!(row["logo_media_id"], json!(picture));
    assert_eq!(
        world
            .call(
                As::Admin,
                "PATCH",
                "/v1/brand",
                json!({ "logo_media_id": text })
            )
            .await
            .status,
        400
    );
    assert!(
        world
            .done(
                As::Admin,
                "PATCH",
                "/v1/brand",
                json!({ "logo_media_id": null })
            )
            .await["logo_media_id"]
            .is_null()
    );
    let key = world
        .done(As::Admin, "POST", "/v1/brand/identity-key", json!({}))
        .await;
    assert_eq!(key["key"].as_str().unwrap().len(), 64);
    let brand = world.get(As::Admin, "/v1/brand").await;
    assert!(
        brand["has_identity_key"] == true
            && !brand.to_string().contains(key["key"].as_str().unwrap())
    );
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let world = World::start().await;
    for n in 0..7 {
        world
            .done(
                As::Admin,
                "POST",
                "/v1/fan-groups",
                json!({ "name": format!("群 {n}"), "order": 7 - n }),
            )
            .await;
    }
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world
            .get(
                As::Agent,
                &format!("/v1/fan-groups?limit=3&cursor={cursor}"),
            )
            .await;
        names.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["name"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(
        names,
        (0..7).rev().map(|n| format!("群 {n}")).collect::<Vec<_>>()
    );
}

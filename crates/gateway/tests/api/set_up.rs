//! Set-up rows: made, changed under their rev, refused while in use.

use serde_json::{Value, json};

use crate::world::{As, World};

#[tokio::test]
async fn two_who_change_the_same_row_do_not_overwrite_each_other() {
    let world = World::start().await;
    let row = world
        .done(As::Admin, "POST", "/v1/teams", json!({ "name": "售前组" }))
        .await;
    let target = format!("/v1/teams/{}", row["id"].as_str().unwrap());
    let first = world
        .done(
            As::Admin,
            "PATCH",
            &target,
            json!({ "name": "售前一组", "rev": row["rev"] }),
        )
        .await;
    assert_ne!(first["rev"], row["rev"]);
    let second = world
        .call(
            As::Admin,
            "PATCH",
            &target,
            json!({ "name": "售后组", "rev": row["rev"] }),
        )
        .await;
    assert_eq!(second.refusal(), (409, "conflict".to_owned()));
    assert!(
        second.json()["detail"]
            .as_str()
            .unwrap()
            .starts_with("rev:")
    );
    assert_eq!(world.get(As::Admin, &target).await["name"], "售前一组");
    let taken = world
        .call(
            As::Admin,
            "POST",
            "/v1/teams",
            json!({ "name": "售前一组" }),
        )
        .await;
    assert_eq!(taken.refusal(), (409, "conflict".to_owned()));
    assert!(
        taken.json()["detail"]
            .as_str()
            .unwrap()
            .starts_with("name:")
    );
    let taken = world
        .call(
            As::Admin,
            "POST",
            "/v1/agents",
            json!({ "account": "XiaoLin", "name": "x" }),
        )
        .await;
    assert!(
        taken.json()["detail"]
            .as_str()
            .unwrap()
            .starts_with("account:"),
        "{}",
        taken.json()
    );
}

#[tokio::test]
async fn a_change_leaves_alone_what_it_does_not_name() {
    let world = World::start().await;
    let shop = world.shop().await;
    let target = format!("/v1/kf-accounts/{}", shop.account);
    let before = world.get(As::Admin, &target).await;
    let change = json!({ "rules": { "reply_target_s": 45 }, "texts": { "welcome": "您好" }, "color": "#2f6046" });
    let after = world.done(As::Admin, "PATCH", &target, change).await;
    assert_eq!(after["rules"]["reply_target_s"], 45);
    assert_eq!(
        (&after["color"], &after["texts"]["welcome"]),
        (&json!("#2F6046"), &json!("您好"))
    );
    for same in [
        "/rules/assign",
        "/rules/max_waiting",
        "/texts/queue",
        "/hours",
        "/team_id",
        "/survey",
        "/name",
    ] {
        assert_eq!(after.pointer(same), before.pointer(same), "{same}");
    }
    // What was read can be sent back whole; `null` empties.
    let whole = json!({
        "hours": after["hours"], "texts": after["texts"], "rules": after["rules"], "survey": after["survey"],
        "menu": { "head_content": "请选择", "list": [{ "type": "click", "click": { "id": "human", "content": "转人工" } }] },
        "color": null, "rev": after["rev"],
    });
    let again = world.done(As::Admin, "PATCH", &target, whole).await;
    assert!(again["color"].is_null() && again["menu"]["list"][0]["click"]["id"] == "human");
    assert_eq!(again["rules"], after["rules"]);
    let emptied = world
        .done(As::Admin, "PATCH", &target, json!({ "menu": null }))
        .await;
    assert!(emptied["menu"].is_null());
}

#[tokio::test]
async fn what_is_in_use_is_not_deleted() {
    let world = World::start().await;
    let shop = world.shop().await;
    let connection = world
        .done(
            As::Admin,
            "POST",
            "/v1/connections",
            json!({ "name": "c", "corpid": "ww1" }),
        )
        .await;
    let connection = connection["id"].as_str().unwrap().to_owned();
    let door = json!({
        "name": "微信", "channel": "wecom_kf", "open_kfid": shop.account, "connection_id": connection,
        "wecom_kf": { "upstream_open_kfid": "wkAAA" },
    });
    let door = world
        .done(As::Admin, "POST", "/v1/entry-points", door.clone())
        .await;
    world.visitor(&shop, "在吗").await;
    let (team, account, website) = (shop.team.clone(), shop.account.clone(), shop.door.clone());
    let refused = [
        format!("/v1/teams/{team}"),
        format!("/v1/kf-accounts/{account}"),
        format!("/v1/entry-points/{website}"),
        format!("/v1/connections/{connection}"),
    ];
    for target in refused {
        let reply = world.call(As::Admin, "DELETE", &target, Value::Null).await;
        assert_eq!(reply.refusal(), (409, "conflict".to_owned()), "{target}");
        assert_eq!(
            world
                .call(As::Admin, "GET", &target, Value::Null)
                .await
                .status,
            200
        );
    }
    // One account upstream has one door.
    let twice = json!({
        "name": "又一个", "channel": "wecom_kf", "open_kfid": account, "connection_id": connection,
        "wecom_kf": { "upstream_open_kfid": "wkAAA" },
    });
    assert_eq!(
        world
            .call(As::Admin, "POST", "/v1/entry-points", twice)
            .await
            .refusal()
            .0,
        409
    );
    world
        .done(
            As::Admin,
            "DELETE",
            &format!("/v1/entry-points/{}", door["id"].as_str().unwrap()),
            Value::Null,
        )
        .await;
    world
        .done(
            As::Admin,
            "DELETE",
            &format!("/v1/connections/{connection}"),
            Value::Null,
        )
        .await;
    assert_eq!(
        world
            .call(
                As::Admin,
                "DELETE",
                &format!("/v1/connections/{connection}"),
                Value::Null
            )
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let world = World::start().await;
    let target = format!("/v1/agents/{}", world.ids[&As::Admin]);
    for change in [json!({ "disabled": true }), json!({ "role": "supervisor" })] {
        assert_eq!(
            world
                .call(As::Admin, "PATCH", &target, change)
                .await
                .refusal(),
            (409, "conflict".to_owned())
        );
    }
    let other = format!("/v1/agents/{}", world.ids[&As::Supervisor]);
    world
        .done(
            As::Admin,
            "PATCH",
            &other,
            json!({ "role": "administrator" }),
        )
        .await;
    world
        .done(As::Admin, "PATCH", &target, json!({ "role": "agent" }))
        .await;
    assert_eq!(
        world
            .call(As::Admin, "POST", "/v1/teams", json!({ "name": "x" }))
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn a_team_is_manned_from_either_side() {
    let world = World::start().await;
    let (one, two) = (world.ids[&As::Agent], world.ids[&As::Supervisor]);
    let team = world
        .done(
            As::Admin,
            "POST",
            "/v1/teams",
            json!({ "name": "a", "agent_ids": [one] }),
        )
        .await;
    let target = format!("/v1/teams/{}", team["id"].as_str().unwrap());
    assert_eq!(team["agent_ids"], json!([one]));
    let agent = format!("/v1/agents/{two}");
    world
        .done(
            As::Admin,
            "PATCH",
            &agent,
            json!({ "team_ids": [team["id"]] }),
        )
        .await;
    assert_eq!(
        world.get(As::Admin, &target).await["agent_ids"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let after = world
        .done(As::Admin, "PATCH", &target, json!({ "agent_ids": [two] }))
        .await;
    assert_eq!(after["agent_ids"], json!([two]));
    assert_eq!(
        world.get(As::Admin, &format!("/v1/agents/{one}")).await["team_ids"],
        json!([])
    );
}

#[tokio::test]
async fn a_connection_is_never_sent_to_where_clouds_keep_secrets() {
    let world = World::start().await;
    let body = |base: &str| json!({ "name": base, "corpid": "w", "base_url": base });
    for base in [
        "http://169.254.169.254",
        "http://[::ffff:169.254.169.254]/x",
        "http://0xa9fea9fe/",
        "http://u:p@10.0.0.1",
    ] {
        let refused = world
            .call(As::Admin, "POST", "/v1/connections", body(base))
            .await;
        assert_eq!(refused.refusal().0 / 100, 4, "{base}");
        assert!(
            ["url_forbidden", "bad_request"].contains(&refused.refusal().1.as_str()),
            "{base}"
        );
    }
    // A proxy in the own house may stand before the platform.
    let proxy = body("http://127.0.0.1:9");
    world
        .done(As::Admin, "POST", "/v1/connections", proxy)
        .await;
}

#[tokio::test]
async fn a_kept_secret_is_not_sent_to_another_host() {
    let world = World::start().await;
    let whole = json!({ "name": "w", "corpid": "w", "secret": "s3cret" });
    let made = world
        .done(As::Admin, "POST", "/v1/connections", whole)
        .await;
    let at = format!("/v1/connections/{}", made["id"].as_str().unwrap());
    let change = async |body| world.call(As::Admin, "PATCH", &at, body).await;
    let moved = json!({ "base_url": "http://127.0.0.1:9" });
    let refused = change(moved).await.refusal();
    assert_eq!((refused.0, refused.1.as_str()), (400, "bad_request"));
    assert!(world.get(As::Admin, &at).await["base_url"].is_null());
    let with_it = json!({ "base_url": "http://127.0.0.1:9", "secret": "s3cret" });
    assert_eq!(change(with_it).await.status, 200);
    // The same address again moves nothing.
    let again = json!({ "base_url": "http://127.0.0.1:9/", "name": "again" });
    assert_eq!(change(again).await.status, 200);
}

#[tokio::test]
async fn a_connection_goes_into_the_house_only_if_the_operator_lets_it() {
    let strict = World::strict().await;
    let body = |base: &str| json!({ "name": base, "corpid": "w", "base_url": base });
    for base in [
        "http://127.0.0.1:9",
        "https://10.0.0.1",
        "https://[fd00::1]",
    ] {
        let refused = strict.call(As::Admin, "POST", "/v1/connections", body(base));
        assert_eq!(
            refused.await.refusal(),
            (422, "url_forbidden".to_owned()),
            "{base}"
        );
    }
    let world = World::start().await;
    let made = world.call(
        As::Admin,
        "POST",
        "/v1/connections",
        body("http://127.0.0.1:9"),
    );
    assert_eq!(made.await.status, 201);
}

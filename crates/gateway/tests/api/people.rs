//! Customers and conversations: found, listed, described, offered something lasting.

use serde_json::json;

use crate::{
    guard::visitors::signed,
    http,
    work::accepted,
    world::{As, World},
};

#[tokio::test]
async fn a_customer_is_found_described_and_blocked() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "我要退款").await;
    let target = format!("/v1/customers/{}", guest.customer);
    let change = json!({ "name": "许知远", "mark": "vip", "tags": ["企业", "企业"], "remark": "要专票", "attributes": { "等级": "金" } });
    let row = world.done(As::Agent, "PATCH", &target, change).await;
    assert_eq!(
        (&row["mark"], &row["tags"]),
        (&json!("vip"), &json!(["企业"]))
    );
    // Two colleagues at once, each with a tag of their own: neither erases the other's.
    let tag = |change| world.done(As::Agent, "PATCH", &target, change);
    tokio::join!(
        tag(json!({ "tags_add": ["老客户", "企业"] })),
        tag(json!({ "tags_add": ["春茶"] })),
        tag(json!({ "remark": "要专票，寄公司" })),
    );
    let mut row = tag(json!({ "tags_remove": ["企业"] })).await;
    let tags = row["tags"].as_array_mut().unwrap();
    tags.sort_by_key(ToString::to_string);
    assert_eq!(row["tags"], json!(["春茶", "老客户"]));
    assert_eq!(row["remark"], "要专票，寄公司");
    // A crowd at once: an integration's import, and nobody gave a `rev`.
    let names: Vec<String> = (0..20).map(|n| format!("批{n:02}")).collect();
    let crowd = names.iter().map(|name| tag(json!({ "tags_add": [name] })));
    futures_util::future::join_all(crowd).await;
    let row = tag(json!({ "tags_remove": names })).await;
    assert_eq!(row["tags"].as_array().map(Vec::len), Some(2), "{row}");
    let both = json!({ "tags": [], "tags_add": ["x"] });
    let both = world.call(As::Agent, "PATCH", &target, both).await;
    assert_eq!(both.refusal(), (400, "bad_request".to_owned()));
    let stale = world
        .call(
            As::Agent,
            "PATCH",
            &target,
            json!({ "name": "x", "rev": 1 }),
        )
        .await;
    assert_eq!(stale.refusal().0, 409);
    world
        .done(
            As::Agent,
            "POST",
            &format!("{target}/notes"),
            json!({ "text": "喜欢龙井" }),
        )
        .await;
    let whole = world.get(As::Agent, &target).await;
    assert_eq!(whole["notes"][0]["servicer_name"], "xiaolin");
    assert_eq!(whole["identities"][0]["evidence"], "visitor");
    assert_eq!(whole["identities"][0]["label"], "");
    assert_eq!(whole["current_page"]["url"], "https://shop.example/tea");
    assert_eq!(whole["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(whole["attributes"], json!({ "等级": "金" }));
    // 许知远
    let by_name = world
        .get(As::Agent, "/v1/search?q=%E8%AE%B8%E7%9F%A5")
        .await;
    assert_eq!(
        by_name["customers"][0]["external_userid"],
        json!(guest.customer)
    );
    assert_eq!(
        by_name["conversations"][0]["conversation_id"],
        json!(guest.conversation)
    );
    let blocked = world
        .done(
            As::Agent,
            "POST",
            &format!("{target}/block"),
            json!({ "blocked": true, "reason": "骂人" }),
        )
        .await;
    assert_eq!(blocked["blocked"], true);
    let card = world
        .get(
            As::Agent,
            &format!("/v1/conversations/{}", guest.conversation),
        )
        .await;
    assert_eq!(
        (&card["session"]["end_reason"], &card["can_send"]["code"]),
        (&json!("blocked"), &json!("blocked"))
    );
    assert_eq!(
        world.get(As::Agent, &target).await["notes"][0]["text"],
        "骂人"
    );
    world
        .done(
            As::Agent,
            "POST",
            &format!("{target}/block"),
            json!({ "blocked": false }),
        )
        .await;
}

#[tokio::test]
async fn a_block_ends_what_is_open_at_every_face() {
    let world = World::start().await;
    let shop = world.shop().await;
    let key = world
        .done(As::Admin, "POST", "/v1/brand/identity-key", json!({}))
        .await;
    let claims = json!({ "sub": "u-1", "exp": 4_102_444_800_i64 });
    let identity = signed(
        r#"{"alg":"HS256","typ":"JWT"}"#,
        &claims,
        key["key"].as_str().unwrap(),
    );
    let json_type = ("content-type", "application/json");
    let mut customer = String::new();
    for face in 0..51 {
        let account = json!({ "name": format!("客服{face}"), "team_id": shop.team });
        let account = world
            .done(As::Admin, "POST", "/v1/kf-accounts", account)
            .await;
        let door =
            json!({ "open_kfid": account["id"], "channel": "website", "name": face.to_string() });
        let door = world
            .done(As::Admin, "POST", "/v1/entry-points", door)
            .await;
        let open = json!({ "entry_point_id": door["id"], "identity": identity }).to_string();
        let target = "/v1/visitor/open";
        let opened = http::send(world.addr, "POST", target, &[json_type], open.as_bytes()).await;
        let opened = opened.json();
        customer = opened["external_userid"].as_str().unwrap().to_owned();
        let bearer = format!("Bearer {}", opened["token"].as_str().unwrap());
        let headers = [json_type, ("authorization", bearer.as_str())];
        let body =
            json!({ "client_msg_id": "m", "msgtype": "text", "text": { "content": "在吗" } });
        let target = "/v1/visitor/messages";
        let body = body.to_string();
        let sent = http::send(world.addr, "POST", target, &headers, body.as_bytes()).await;
        assert_eq!(sent.status, 200, "{}", sent.json());
    }
    let target = format!("/v1/customers/{customer}");
    // While colleagues write about them: the block is never lost to a remark.
    for round in 0..20 {
        let blocked = json!({ "blocked": round % 2 == 1 });
        let block = format!("{target}/block");
        let block = world.done(As::Admin, "POST", &block, blocked);
        let remark = json!({ "remark": round.to_string() });
        let remark = world.call(As::Agent, "PATCH", &target, remark);
        let (row, written) = tokio::join!(block, remark);
        assert_eq!(row["blocked"], round % 2 == 1);
        let now = world.get(As::Agent, &target).await;
        assert_eq!(now["blocked"], round % 2 == 1);
        if written.status == 200 {
            assert_eq!(now["remark"], round.to_string());
        }
    }
    let target = format!("/v1/conversations?q={customer}&limit=100");
    let list = world.get(As::Admin, &target).await;
    let rows = list["items"].as_array().unwrap();
    assert_eq!(rows.len(), 50);
    let open = world
        .get(As::Admin, &target.replace("limit", "state=2&limit"))
        .await;
    assert_eq!(open["items"], json!([]));
    for row in rows {
        assert_eq!(row["session"]["end_reason"], "blocked");
    }
}

#[tokio::test]
async fn messages_are_found_by_two_characters() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "我要退款，谢谢").await;
    // 退款; the index follows in its own time.
    for _ in 0..100 {
        let found = world
            .get(As::Agent, "/v1/search?q=%E9%80%80%E6%AC%BE")
            .await;
        if let Some(one) = found["messages"].get(0) {
            assert_eq!(
                (&one["conversation_id"], &one["seq"]),
                (&json!(guest.conversation), &json!(1))
            );
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("not found in ten seconds");
}

#[tokio::test]
async fn lists_show_what_was_asked_for() {
    let world = World::start().await;
    let shop = world.shop().await;
    let mut guests = Vec::new();
    for n in 0..5 {
        guests.push(world.visitor(&shop, &format!("第 {n} 位")).await);
    }
    accepted(&world, &guests[0].session).await;
    let count = async |who, query: &str| {
        world.get(who, &format!("/v1/conversations?{query}")).await["items"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(count(As::Agent, "view=mine").await, 1);
    assert_eq!(count(As::Agent, "view=waiting").await, 4);
    assert_eq!(count(As::Supervisor, "view=waiting").await, 4);
    assert_eq!(count(As::Supervisor, "view=colleagues").await, 1);
    assert_eq!(count(As::Agent, "view=all&state=3").await, 1);
    assert_eq!(count(As::Agent, "view=waiting&state=3").await, 0);
    assert_eq!(count(As::Agent, "channel=website").await, 5);
    assert_eq!(count(As::Agent, "channel=wecom_kf").await, 0);
    let (first, last) = (&guests[0], &guests[4]);
    let vip = json!({ "mark": "vip" });
    let target = format!("/v1/customers/{}", last.customer);
    world.done(As::Agent, "PATCH", &target, vip).await;
    let target = format!("/v1/sessions/{}/priority", last.session);
    let early = json!({ "priority": 5 });
    world.done(As::Supervisor, "POST", &target, early).await;
    let only = async |query: &str| {
        let target = format!("/v1/conversations?{query}");
        let items = world.get(As::Agent, &target).await["items"]
            .as_array()
            .unwrap()
            .clone();
        assert!(items.len() <= 1, "{query}: {items:?}");
        items.first().map(|one| one["conversation_id"].clone())
    };
    let theirs = Some(json!(last.conversation));
    assert_eq!(only("mark=vip").await, theirs);
    assert_eq!(only("view=waiting&priority=5").await, theirs);
    assert_eq!(only("mark=vip&priority=5&sort=priority").await, theirs);
    assert_eq!(only("priority=6").await, None);
    assert_eq!(only("view=mine&mark=vip").await, None);
    assert_eq!(only("mark=regular").await, None);
    let q = format!("q={}&mark=vip", first.customer);
    assert_eq!(only(&q).await, None);
    for wrong in ["mark=gold", "priority=0", "priority=10", "priority=x"] {
        let target = format!("/v1/conversations?{wrong}");
        let refused = world.call(As::Agent, "GET", &target, json!(null)).await;
        assert_eq!(refused.refusal().0, 400, "{wrong}");
    }
    assert_eq!(
        count(
            As::Agent,
            &format!("open_kfid={}&team_id={}", shop.account, shop.team)
        )
        .await,
        5
    );
    for sort in ["activity", "waiting"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = world
                .get(
                    As::Agent,
                    &format!("/v1/conversations?sort={sort}&limit=2&cursor={cursor}"),
                )
                .await;
            seen.extend(
                page["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|one| one["conversation_id"].to_string()),
            );
            match page["next"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 5, "{sort}");
    }
    let wall = world.get(As::Supervisor, "/v1/wall").await;
    assert_eq!(
        (&wall["waiting_total"], &wall["waiting"][0]["stuck"]),
        (&json!(4), &json!("no_agent"))
    );
    assert_eq!(wall["alarms"][0]["kind"], "nobody");
    assert_eq!(
        wall["waiting"][0]["explanation"]["customer_sees"]["place"],
        1
    );
}

#[tokio::test]
async fn a_group_is_offered_and_counted() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "有群吗").await;
    accepted(&world, &guest.session).await;
    let target = format!("/v1/conversations/{}/handoffs", guest.conversation);
    let offer = |kind: &str| json!({ "client_msg_id": format!("h-{kind}"), "kind": kind });
    let none = world
        .call(As::Agent, "POST", &target, offer("fan_group"))
        .await;
    assert_eq!(none.refusal(), (409, "target_gone".to_owned()));
    world
        .done(
            As::Admin,
            "POST",
            "/v1/fan-groups",
            json!({ "name": "茶友群" }),
        )
        .await;
    world
        .done(
            As::Admin,
            "POST",
            "/v1/specialists",
            json!({ "name": "周掌柜", "title": "茶礼顾问" }),
        )
        .await;
    let made = world
        .done(As::Agent, "POST", &target, offer("fan_group"))
        .await;
    assert_eq!(
        (&made["kind"], &made["status"]),
        (&json!("fan_group"), &json!("offered"))
    );
    world
        .done(As::Agent, "POST", &target, offer("specialist"))
        .await;
    let whole = world
        .get(As::Agent, &format!("/v1/customers/{}", guest.customer))
        .await;
    assert_eq!(
        (
            &whole["handoffs"]["offered"],
            &whole["handoffs"]["items"][0]["kind"]
        ),
        (&json!(2), &json!("specialist"))
    );
    let group = world.get(As::Agent, "/v1/fan-groups").await;
    assert_eq!(group["items"][0]["counts"]["offered"], 1);
    let specialist = world.get(As::Agent, "/v1/specialists").await;
    assert_eq!(specialist["items"][0]["offered_today"], 1);
    assert_eq!(
        world.get(As::Supervisor, "/v1/wall").await["handoffs_today"]["offered"],
        2
    );
}

//! From a code to a group, and what else a code may lead to: join ways, recommendations, links.

use base64::Engine as _;
use http::Method;
use serde_json::{Value, json};

use crate::bench::{Bench, KF, element};

const GROUP: &str = "wrXishanTeaFriends00000000000001";

#[tokio::test]
async fn a_picture_may_be_the_body_of_a_scan() {
    let bench = Bench::start().await;
    let png = bench
        .send(Method::GET, "/qr.png?text=https%3A%2F%2Fexample.com", "")
        .await
        .1;
    let seen = bench.send_as("image/png", "/sim/scan", png).await;
    assert_eq!(
        (&seen["kind"], &seen["payload"]),
        (&json!("url"), &json!("https://example.com"))
    );
}

#[tokio::test]
async fn a_full_group_leads_to_the_next() {
    let bench = Bench::start().await;
    bench
        .sim("group", json!({ "chat_id": GROUP, "limit": 3 }))
        .await;
    let ask = json!({
        "scene": 2, "chat_id_list": [GROUP], "state": "h_group",
        "room_base_name": "溪山茶友群 ", "room_base_id": 3,
    });
    let way = bench
        .api("externalcontact/groupchat/add_join_way", ask.clone())
        .await;
    let id = way["config_id"].clone();
    let read = bench
        .api(
            "externalcontact/groupchat/get_join_way",
            json!({ "config_id": id }),
        )
        .await;
    let png = bench.picture(&read["join_way"]["qr_code"]).await;
    let seen = bench.sim("scan", json!({ "png": base64::engine::general_purpose::STANDARD.encode(png), "customer": "a" })).await;
    assert_eq!(
        (&seen["kind"], &seen["chat_id"]),
        (&json!("join_way"), &json!(GROUP))
    );
    assert_eq!(
        (&seen["members"], &seen["full"]),
        (&json!(1), &json!(false))
    );
    for (customer, made) in [("a", false), ("b", false), ("c", true)] {
        let joined = bench
            .sim(
                "join",
                json!({ "customer": customer, "payload": seen["payload"] }),
            )
            .await;
        assert_eq!(joined["made"], made, "{customer}: {joined}");
    }
    assert_eq!(
        bench
            .sim("join", json!({ "customer": "a", "config_id": id }))
            .await["already"],
        true
    );
    let events = bench.callbacks(4).await;
    assert_eq!(element(&events[0], "UpdateDetail"), "add_member");
    assert_eq!(element(&events[0], "JoinScene"), "3");
    assert_eq!(
        element(&events[0], "CurMemVer"),
        element(&events[1], "LastMemVer")
    );
    assert_eq!(element(&events[2], "ChangeType"), "create");
    let second = element(&events[3], "ChatId");
    let group = bench
        .api(
            "externalcontact/groupchat/get",
            json!({ "chat_id": second, "need_name": 1 }),
        )
        .await;
    assert_eq!(group["group_chat"]["name"], "溪山茶友群 3");
    assert_eq!(group["group_chat"]["member_list"][1]["state"], "h_group");
    assert_eq!(
        group["group_chat"]["member_version"],
        element(&events[3], "CurMemVer")
    );

    bench.forget();
    bench
        .sim(
            "say",
            json!({ "customer": "a", "chat_id": GROUP, "text": "大家好" }),
        )
        .await;
    bench
        .sim("leave", json!({ "customer": "a", "chat_id": GROUP }))
        .await;
    bench
        .sim(
            "leave",
            json!({ "customer": "b", "chat_id": GROUP, "removed": true }),
        )
        .await;
    bench
        .sim("group", json!({ "chat_id": GROUP, "dismiss": true }))
        .await;
    let events = bench.callbacks(3).await;
    assert_eq!(element(&events[0], "QuitScene"), "1");
    assert_eq!(element(&events[1], "QuitScene"), "2");
    assert_eq!(element(&events[2], "ChangeType"), "dismiss");
    assert_eq!(
        bench
            .refused("leave", json!({ "customer": "a", "chat_id": GROUP }))
            .await,
        404
    );
    let lines = bench.lines("a", "group").await;
    assert_eq!(lines.len(), 3, "joined, said, left");
}

#[tokio::test]
async fn join_ways_are_checked_listed_changed_and_removed() {
    let bench = Bench::start().await;
    let six: Vec<String> = (0..6).map(|n| format!("wr{n}")).collect();
    let add = "externalcontact/groupchat/add_join_way";
    assert_eq!(
        bench
            .code(add, json!({ "scene": 2, "chat_id_list": six }))
            .await,
        41091
    );
    assert_eq!(
        bench
            .code(add, json!({ "scene": 2, "chat_id_list": ["wr0"] }))
            .await,
        90501
    );
    bench
        .sim("group", json!({ "chat_id": GROUP, "limit": 2 }))
        .await;
    let ask = json!({ "scene": 2, "chat_id_list": [GROUP], "auto_create_room": 0 });
    let id = bench.api(add, ask).await["config_id"].clone();
    bench
        .sim("join", json!({ "customer": "a", "config_id": id }))
        .await;
    assert_eq!(
        bench
            .refused("join", json!({ "customer": "b", "config_id": id }))
            .await,
        409,
        "full"
    );
    let change = json!({ "config_id": id, "scene": 2, "chat_id_list": [GROUP, "wrXishanTeaFriends00000000000002"] });
    assert_eq!(
        bench
            .code("externalcontact/groupchat/update_join_way", change)
            .await,
        0
    );
    let joined = bench
        .sim("join", json!({ "customer": "b", "config_id": id }))
        .await;
    assert_eq!(joined["chat_id"], "wrXishanTeaFriends00000000000002");
    let list = bench
        .api("externalcontact/groupchat/list", json!({ "limit": 1 }))
        .await;
    assert_eq!(list["group_chat_list"][0]["chat_id"], GROUP);
    assert_eq!(
        bench
            .code("externalcontact/groupchat/list", json!({}))
            .await,
        40058
    );
    assert_eq!(
        bench
            .code(
                "externalcontact/groupchat/del_join_way",
                json!({ "config_id": id })
            )
            .await,
        0
    );
    assert_eq!(
        bench
            .code(
                "externalcontact/groupchat/get_join_way",
                json!({ "config_id": id })
            )
            .await,
        41044
    );
}

#[tokio::test]
async fn a_recommendation_stays_inside_the_pool() {
    let bench = Bench::start().await;
    let pool = bench
        .api_get("kf/customer/get_upgrade_service_config")
        .await;
    assert_eq!(
        pool["member_range"]["userid_list"].as_array().map(Vec::len),
        Some(4)
    );
    let said = bench
        .sim(
            "say",
            json!({ "customer": "c", "open_kfid": KF, "text": "x" }),
        )
        .await;
    let who = said["external_userid"].clone();
    let ask = |target: Value| {
        let mut ask = json!({ "open_kfid": KF, "external_userid": who });
        ask.as_object_mut()
            .expect("an object")
            .extend(target.as_object().expect("an object").clone());
        ask
    };
    let upgrade = "kf/customer/upgrade_service";
    let member = json!({ "type": 1, "member": { "userid": "gunian", "wording": "懂茶" }, "groupchat": { "chat_id": "" } });
    assert_eq!(bench.code(upgrade, ask(member)).await, 0);
    let screen = bench.get("/sim/screen?customer=c").await;
    assert_eq!(
        screen["chats"][0]["recommended"],
        json!({ "target": "gunian", "wording": "懂茶" })
    );
    assert_eq!(
        bench
            .code(
                upgrade,
                ask(json!({ "type": 1, "member": { "userid": "no" } }))
            )
            .await,
        60011
    );
    assert_eq!(
        bench
            .code(
                upgrade,
                ask(json!({ "type": 2, "groupchat": { "chat_id": "no" } }))
            )
            .await,
        86003
    );
    assert_eq!(bench.code(upgrade, ask(json!({ "type": 2 }))).await, 40058);
    assert_eq!(
        bench
            .code("kf/customer/cancel_upgrade_service", ask(json!({})))
            .await,
        0
    );
}

#[tokio::test]
async fn links_and_foreign_codes_are_recognised_too() {
    let bench = Bench::start().await;
    let link = bench
        .api(
            "kf/add_contact_way",
            json!({ "open_kfid": KF, "scene": "poster" }),
        )
        .await;
    let payload = format!("{}&scene_param=once", link["url"].as_str().expect("a link"));
    let seen = bench.sim("scan", json!({ "payload": payload })).await;
    assert_eq!(
        (&seen["kind"], &seen["scene"]),
        (&json!("kf_link"), &json!("poster"))
    );
    assert_eq!(seen["scene_param"], "once");
    assert_eq!(
        bench
            .sim("scan", json!({ "payload": "https://example.com" }))
            .await["kind"],
        "url"
    );
    assert_eq!(
        bench.sim("scan", json!({ "payload": "茶" })).await["kind"],
        "text"
    );
    assert_eq!(
        bench.refused("scan", json!({ "png": "aGVsbG8=" })).await,
        400
    );
    assert_eq!(bench.refused("scan", json!({})).await, 400);
    let path = payload
        .strip_prefix(&bench.platform.base_url())
        .expect("an address here");
    let (status, _) = bench.send(Method::GET, path, "").await;
    assert_eq!(status, 307, "in a browser it leads to the phone page");
}

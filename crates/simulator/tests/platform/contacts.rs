//! From a card to a contact: contact ways, adding, welcomes.

use base64::Engine as _;
use serde_json::{Value, json};

use crate::bench::{Bench, KF, element};

async fn contact_way(bench: &Bench, extra: Value) -> Value {
    let mut ask = json!({ "type": 1, "scene": 2, "state": "h_01J9ZK", "user": ["gunian"] });
    ask.as_object_mut()
        .expect("an object")
        .extend(extra.as_object().expect("an object").clone());
    let way = bench.api("externalcontact/add_contact_way", ask).await;
    assert_eq!(way["errcode"], 0, "{way}");
    way
}

#[tokio::test]
async fn a_card_is_scanned_the_specialist_added_and_greets() {
    let bench = Bench::start().await;
    let way = contact_way(&bench, json!({})).await;
    let png = bench.picture(&way["qr_code"]).await;
    // The card travels as a picture through the chat, as a gateway sends it.
    let said = bench
        .sim(
            "say",
            json!({ "customer": "zhou", "open_kfid": KF, "text": "你好" }),
        )
        .await;
    let card = bench.upload("image", "card.png", &png).await["media_id"].clone();
    let send = json!({ "touser": said["external_userid"], "open_kfid": KF, "msgtype": "image", "image": { "media_id": card } });
    let sent = bench.api("kf/send_msg", send).await;
    let seen = bench
        .sim(
            "scan",
            json!({ "customer": "zhou", "msgid": sent["msgid"] }),
        )
        .await;
    assert_eq!(
        (&seen["kind"], &seen["name"]),
        (&json!("contact_way"), &json!("顾念"))
    );
    assert_eq!(
        (&seen["state"], &seen["added"]),
        (&json!("h_01J9ZK"), &json!(false))
    );
    let in_words = base64::engine::general_purpose::STANDARD.encode(&png);
    let by_png = bench
        .sim(
            "scan",
            json!({ "png": format!("data:image/png;base64,{in_words}") }),
        )
        .await;
    assert_eq!(by_png["config_id"], way["config_id"]);
    let by_media = bench.sim("scan", json!({ "media_id": card })).await;
    assert_eq!(by_media["payload"], seen["payload"]);

    bench.forget();
    let added = bench
        .sim(
            "add",
            json!({ "customer": "zhou", "payload": seen["payload"] }),
        )
        .await;
    let event = bench.callbacks(1).await.remove(0);
    assert_eq!(element(&event, "ChangeType"), "add_external_contact");
    assert_eq!(element(&event, "UserID"), "gunian");
    assert_eq!(element(&event, "State"), "h_01J9ZK");
    let code = element(&event, "WelcomeCode");
    assert_eq!(added["welcome_code"], code);
    let external = element(&event, "ExternalUserID");
    assert_eq!(
        json!(external),
        said["external_userid"],
        "one id at kf and as a contact"
    );
    let welcome = json!({ "welcome_code": code, "text": { "content": "我是顾念" }, "attachments": [
        { "msgtype": "link", "link": { "title": "预约品茶", "url": "https://x" } },
        { "msgtype": "image", "image": { "media_id": card } },
    ]});
    assert_eq!(
        bench
            .code(
                "externalcontact/send_welcome_msg",
                json!({ "welcome_code": "no" })
            )
            .await,
        41050
    );
    assert_eq!(
        bench
            .code(
                "externalcontact/send_welcome_msg",
                json!({ "welcome_code": code })
            )
            .await,
        40063
    );
    assert_eq!(
        bench
            .code("externalcontact/send_welcome_msg", welcome.clone())
            .await,
        0
    );
    assert_eq!(
        bench
            .code("externalcontact/send_welcome_msg", welcome)
            .await,
        41051
    );
    let lines = bench.lines("zhou", "friend").await;
    let kinds: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["msgtype"].as_str())
        .collect();
    assert_eq!(kinds, ["tip", "text", "link", "image"]);

    let again = bench
        .sim(
            "add",
            json!({ "customer": "zhou", "config_id": way["config_id"] }),
        )
        .await;
    assert_eq!(again["already"], true);
    bench.quiet().await;
    assert_eq!(bench.got().len(), 1, "no second event");
    let contact = bench
        .api_get(&format!("externalcontact/get?external_userid={external}"))
        .await;
    assert_eq!(contact["follow_user"][0]["state"], "h_01J9ZK");
    let remark = json!({ "userid": "gunian", "external_userid": external, "remark": "周先生" });
    assert_eq!(bench.code("externalcontact/remark", remark).await, 0);
    let contact = bench
        .api_get(&format!("externalcontact/get?external_userid={external}"))
        .await;
    assert_eq!(contact["follow_user"][0]["remark"], "周先生");
    let list = bench.api_get("externalcontact/list?userid=gunian").await;
    assert_eq!(list["external_userid"], json!([external]));

    bench.forget();
    bench
        .sim(
            "del",
            json!({ "customer": "zhou", "userid": "gunian", "by": "customer" }),
        )
        .await;
    bench
        .sim(
            "del",
            json!({ "customer": "zhou", "userid": "gunian", "by": "member" }),
        )
        .await;
    let events = bench.callbacks(2).await;
    assert_eq!(element(&events[0], "ChangeType"), "del_follow_user");
    assert_eq!(element(&events[1], "ChangeType"), "del_external_contact");
    let gone = bench
        .api_get(&format!("externalcontact/get?external_userid={external}"))
        .await;
    assert_eq!(gone["errcode"], 84061);
}

#[tokio::test]
async fn a_welcome_comes_too_late_after_twenty_seconds_or_after_words() {
    let bench = Bench::start().await;
    let way = contact_way(&bench, json!({})).await["config_id"].clone();
    let hello = |code: &Value| json!({ "welcome_code": code, "text": { "content": "你好" } });
    let added = bench
        .sim("add", json!({ "customer": "a", "config_id": way }))
        .await;
    bench.sim("clock", json!({ "advance_s": 20 })).await;
    let late = bench
        .code(
            "externalcontact/send_welcome_msg",
            hello(&added["welcome_code"]),
        )
        .await;
    assert_eq!(late, 41050);
    let added = bench
        .sim("add", json!({ "customer": "b", "config_id": way }))
        .await;
    bench
        .sim(
            "say",
            json!({ "customer": "b", "userid": "gunian", "text": "在吗" }),
        )
        .await;
    let late = bench
        .code(
            "externalcontact/send_welcome_msg",
            hello(&added["welcome_code"]),
        )
        .await;
    assert_eq!(late, 41051);
    bench
        .sim(
            "fault",
            json!({ "kind": "errcode", "path": "externalcontact/send_welcome_msg", "code": 41096 }),
        )
        .await;
    let added = bench
        .sim("add", json!({ "customer": "c", "config_id": way }))
        .await;
    let welcome = hello(&added["welcome_code"]);
    assert_eq!(
        bench
            .code("externalcontact/send_welcome_msg", welcome.clone())
            .await,
        41096
    );
    assert_eq!(
        bench
            .code("externalcontact/send_welcome_msg", welcome)
            .await,
        0
    );
}

#[tokio::test]
async fn a_member_who_must_accept_is_added_in_two_steps() {
    let bench = Bench::start().await;
    let way = contact_way(&bench, json!({ "skip_verify": false })).await;
    let asked = bench
        .sim(
            "add",
            json!({ "customer": "a", "config_id": way["config_id"] }),
        )
        .await;
    assert_eq!(asked["half"], true);
    let accepted = bench
        .sim(
            "add",
            json!({ "customer": "a", "userid": "gunian", "accept": true }),
        )
        .await;
    assert_eq!(accepted["state"], "h_01J9ZK");
    let events = bench.callbacks(2).await;
    assert_eq!(
        element(&events[0], "ChangeType"),
        "add_half_external_contact"
    );
    assert_eq!(element(&events[1], "ChangeType"), "add_external_contact");
    assert_ne!(element(&events[0], "WelcomeCode"), "");
    assert_eq!(
        element(&events[1], "WelcomeCode"),
        "",
        "one code for one adding"
    );
    assert_eq!(element(&events[1], "State"), "h_01J9ZK");
}

#[tokio::test]
async fn contact_ways_are_checked_listed_changed_and_removed() {
    let bench = Bench::start().await;
    let code = |extra: Value| {
        let mut ask = json!({ "type": 1, "scene": 2, "user": ["gunian"] });
        ask.as_object_mut()
            .expect("an object")
            .extend(extra.as_object().expect("an object").clone());
        let bench = &bench;
        async move { bench.code("externalcontact/add_contact_way", ask).await }
    };
    assert_eq!(code(json!({ "type": 3 })).await, 40058);
    assert_eq!(
        code(json!({ "user": ["gunian", "luhe"] })).await,
        40058,
        "type 1 is one member"
    );
    assert_eq!(code(json!({ "user": ["nobody"] })).await, 60111);
    assert_eq!(
        code(json!({ "style": 1 })).await,
        41042,
        "no style with a QR"
    );
    assert_eq!(code(json!({ "state": "x".repeat(31) })).await, 40058);
    assert_eq!(
        code(json!({ "state": "茶".repeat(30) })).await,
        0,
        "30 characters"
    );

    let way = contact_way(&bench, json!({ "type": 2, "user": ["gunian", "luhe"] })).await;
    let id = way["config_id"].clone();
    let first = bench
        .sim("add", json!({ "customer": "a", "config_id": id }))
        .await;
    let second = bench
        .sim("add", json!({ "customer": "b", "config_id": id }))
        .await;
    assert_eq!(
        (&first["userid"], &second["userid"]),
        (&json!("gunian"), &json!("luhe")),
        "in turn"
    );
    let change = json!({ "config_id": id, "state": "new", "user": ["shenqiu"] });
    assert_eq!(
        bench
            .code("externalcontact/update_contact_way", change)
            .await,
        0
    );
    let read = bench
        .api(
            "externalcontact/get_contact_way",
            json!({ "config_id": id }),
        )
        .await;
    assert_eq!(read["contact_way"]["state"], "new");
    assert_eq!(read["contact_way"]["user"], json!(["shenqiu"]));
    assert_eq!(read["contact_way"]["qr_code"], way["qr_code"]);
    let list = bench
        .api("externalcontact/list_contact_way", json!({ "limit": 1 }))
        .await;
    let rest = bench
        .api(
            "externalcontact/list_contact_way",
            json!({ "cursor": list["next_cursor"] }),
        )
        .await;
    assert_eq!(rest["contact_way"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        bench
            .code(
                "externalcontact/del_contact_way",
                json!({ "config_id": id })
            )
            .await,
        0
    );
    assert_eq!(
        bench
            .code(
                "externalcontact/get_contact_way",
                json!({ "config_id": id })
            )
            .await,
        41044
    );
    assert_eq!(
        bench
            .refused("add", json!({ "customer": "c", "config_id": id }))
            .await,
        404
    );
}

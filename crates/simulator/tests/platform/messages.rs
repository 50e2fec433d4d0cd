//! Conversations: coming in, writing, answering, pulling.

use serde_json::{Value, json};

use crate::bench::{Bench, KF};

#[tokio::test]
async fn a_customer_comes_in_writes_and_is_answered() {
    let bench = Bench::start().await;
    let channels = json!({ "nickname": "溪山茶社", "scene": 2 });
    let entered = bench
        .sim(
            "enter",
            json!({ "customer": "zhou", "name": "周砚", "wechat_channels": channels }),
        )
        .await;
    let who = entered["external_userid"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert!(who.starts_with("wm") && who.len() == 32);
    assert_eq!(entered["name"], "周砚");
    let said = bench
        .sim(
            "say",
            json!({ "customer": "zhou", "text": "明前是哪天采的" }),
        )
        .await;
    let log = bench.pull().await;
    assert_eq!(log[0]["msgtype"], "event");
    assert_eq!(log[0]["origin"], 4);
    assert_eq!(log[0]["event"]["wechat_channels"], channels);
    assert_eq!(log[0]["event"]["welcome_code"], entered["welcome_code"]);
    assert!(
        log[0].get("external_userid").is_none(),
        "it stands inside the event"
    );
    assert_eq!(log[1]["msgid"], said["msgid"]);
    assert_eq!(log[1]["external_userid"], who);
    assert_eq!(log[1]["text"]["content"], "明前是哪天采的");
    let sent = bench.send_text(&who, "3 月 26 日").await;
    assert_eq!(sent["errcode"], 0, "{sent}");
    let lines = bench.lines("zhou", "kf").await;
    let sides: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["side"].as_str())
        .collect();
    assert_eq!(sides, ["tip", "me", "them"]);
    assert_eq!(lines[2]["content"]["content"], "3 月 26 日");
    assert_eq!(bench.pull().await.len(), 2, "what was sent is not pulled");
    let screen = bench.get(&format!("/sim/screen?customer={who}")).await;
    assert_eq!(screen["chats"][0]["credits"]["left"], 4);
    assert_eq!(screen["chats"][0]["service_state"], 1);
    assert_eq!(bench.get("/sim/people").await["people"][0]["name"], "周砚");
}

#[tokio::test]
async fn every_type_passes_through_unchanged() {
    let bench = Bench::start().await;
    let objects = [
        (
            "location",
            json!({ "latitude": 30.2, "longitude": 120.1, "name": "龙坞", "address": "西湖区" }),
        ),
        (
            "link",
            json!({ "title": "t", "desc": "d", "url": "https://x", "pic_url": "https://y" }),
        ),
        (
            "miniprogram",
            json!({ "title": "t", "appid": "wx1", "pagepath": "p.html", "thumb_media_id": "m" }),
        ),
        (
            "channels_shop_product",
            json!({ "product_id": "1", "title": "明前龙井", "sales_price": "128000" }),
        ),
        (
            "channels_shop_order",
            json!({ "order_id": "2", "price_wording": "¥1280" }),
        ),
        ("channels", json!({ "sub_type": 2, "nickname": "溪山茶社" })),
        ("hologram", json!({ "depth": 3 })),
    ];
    let batch: Vec<Value> = objects
        .iter()
        .map(|(kind, object)| json!({ "customer": "c", "open_kfid": KF, "msgtype": kind, *kind: object }))
        .collect();
    let said = bench.sim("say", json!(batch)).await;
    assert_eq!(said.as_array().map(Vec::len), Some(7));
    for (message, (kind, object)) in bench.pull().await.iter().zip(&objects) {
        assert_eq!(
            (&message["msgtype"], &message[kind]),
            (&json!(kind), object)
        );
    }
}

#[tokio::test]
async fn files_go_both_ways_and_large_ones_become_words() {
    let bench = Bench::start().await;
    let png = b"\x89PNG\r\n\x1a\npicture";
    let (_, stored) = bench
        .send(
            http::Method::POST,
            "/sim/media?type=image&filename=a.png",
            &png[..],
        )
        .await;
    let stored: Value = serde_json::from_slice(&stored).expect("JSON");
    let id = stored["media_id"].as_str().expect("an id").to_owned();
    let image = |id: &str| json!({ "customer": "c", "open_kfid": KF, "msgtype": "image", "image": { "media_id": id } });
    bench.sim("say", image(&id)).await;
    assert_eq!(bench.pull().await[0]["image"]["media_id"], id);
    let path = format!(
        "/cgi-bin/media/get?access_token={}&media_id={id}",
        bench.token()
    );
    let (status, bytes) = bench.send(http::Method::GET, &path, "").await;
    assert_eq!((status.as_u16(), &bytes[..]), (200, &png[..]));
    let (_, large) = bench
        .send(
            http::Method::POST,
            "/sim/media?type=image",
            vec![7; (2 << 20) + 1],
        )
        .await;
    let large: Value = serde_json::from_slice(&large).expect("JSON");
    bench
        .sim("say", image(large["media_id"].as_str().expect("an id")))
        .await;
    assert_eq!(bench.pull().await[1]["msgtype"], "text");

    let uploaded = bench.upload("image", "茶.png", png).await;
    assert!(uploaded["created_at"].is_string());
    let mine = uploaded["media_id"].as_str().expect("an id").to_owned();
    let who = bench.wrote("c").await;
    let send = |id: &str| json!({ "touser": who, "open_kfid": KF, "msgtype": "image", "image": { "media_id": id } });
    assert_eq!(bench.code("kf/send_msg", send(&mine)).await, 0);
    bench.sim("clock", json!({ "advance_s": 3 * 86_400 })).await;
    bench.sign_in().await;
    let who = bench.wrote("c").await;
    assert_eq!(
        bench.code("kf/send_msg", send(&mine)).await,
        40007,
        "three days are over"
    );
    assert_eq!(who.len(), 32);
    assert_eq!(
        bench.api_get("media/get?media_id=no").await["errcode"],
        40007
    );
    assert_eq!(bench.api_get("media/get").await["errcode"], 41006);
    assert_eq!(bench.upload("film", "x", png).await["errcode"], 40005);
}

#[tokio::test]
async fn a_message_is_taken_back_within_two_minutes() {
    let bench = Bench::start().await;
    let said = bench
        .sim(
            "say",
            json!({ "customer": "c", "open_kfid": KF, "text": "说错了" }),
        )
        .await;
    let recall = json!({ "customer": "c", "msgid": said["msgid"] });
    bench.sim("recall", recall.clone()).await;
    assert_eq!(
        bench.refused("recall", recall).await,
        404,
        "it is gone already"
    );
    let event = bench.pull().await.pop().expect("an event");
    assert_eq!(event["event"]["event_type"], "user_recall_msg");
    assert_eq!(event["event"]["recall_msgid"], said["msgid"]);
    assert_eq!(bench.lines("c", "kf").await[0]["recalled"], true);
    let said = bench
        .sim("say", json!({ "customer": "c", "text": "太久" }))
        .await;
    bench.sim("clock", json!({ "advance_s": 121 })).await;
    assert_eq!(
        bench
            .refused("recall", json!({ "customer": "c", "msgid": said["msgid"] }))
            .await,
        409
    );
}

#[tokio::test]
async fn pulling_continues_where_the_cursor_stands() {
    let bench = Bench::start().await;
    let many: Vec<Value> = (0..25)
        .map(|n| json!({ "customer": "c", "open_kfid": KF, "text": n.to_string() }))
        .collect();
    bench.sim("say", json!(many)).await;
    let (mut cursor, mut seen) = (json!(""), Vec::new());
    loop {
        let ask = json!({ "open_kfid": KF, "cursor": cursor, "token": "", "limit": 10 });
        let page = bench.api("kf/sync_msg", ask).await;
        let list = page["msg_list"].as_array().expect("a list").clone();
        seen.extend(
            list.iter()
                .map(|message| message["text"]["content"].clone()),
        );
        cursor = page["next_cursor"].clone();
        assert!(cursor.as_str().expect("a cursor").len() <= 64);
        if page["has_more"] == 0 {
            break;
        }
    }
    assert_eq!(
        seen,
        (0..25).map(|n| json!(n.to_string())).collect::<Vec<_>>()
    );
    let made_up = json!({ "open_kfid": KF, "cursor": "c_1_0000000000000000" });
    assert_eq!(bench.code("kf/sync_msg", made_up).await, 40058);
    assert_eq!(
        bench
            .code("kf/sync_msg", json!({ "open_kfid": KF, "limit": 1_001 }))
            .await,
        40058
    );
    assert_eq!(
        bench
            .code("kf/sync_msg", json!({ "open_kfid": KF, "token": "ENCno" }))
            .await,
        95007
    );
    let everywhere = bench.api("kf/sync_msg", json!({})).await;
    assert_eq!(everywhere["msg_list"].as_array().map(Vec::len), Some(25));
    bench
        .sim("clock", json!({ "advance_s": 3 * 86_400 + 1 }))
        .await;
    bench.sign_in().await;
    assert!(bench.pull().await.is_empty(), "three days are kept");
}

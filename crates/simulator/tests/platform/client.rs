//! Served in the platform's own client: the pool, what servicers write and take back, what the
//! platform counts of it, and accounts that change hands.

use serde_json::{Value, json};

use crate::bench::{Bench, KF, element};

async fn to(bench: &Bench, who: &str, state: i64, servicer: &str) -> i64 {
    let body = json!({
        "open_kfid": KF, "external_userid": who, "service_state": state,
        "servicer_userid": servicer,
    });
    bench.code("kf/service_state/trans", body).await
}

async fn act(bench: &Bench, customer: &str, userid: &str, mut what: Value) -> Value {
    what["open_kfid"] = KF.into();
    what["customer"] = customer.into();
    what["userid"] = userid.into();
    bench.sim("servicer", what).await
}

/// The change_types of all that was announced.
async fn changes(bench: &Bench) -> Vec<i64> {
    let log = bench.pull().await;
    let of = |message: &Value| message["event"]["change_type"].as_i64();
    log.iter().filter_map(of).collect()
}

#[tokio::test]
async fn a_servicer_who_writes_after_the_end_opens_the_session_again() {
    let bench = Bench::start().await;
    let more = json!({ "open_kfid": KF, "userid_list": ["gunian"] });
    assert_eq!(bench.code("kf/servicer/add", more).await, 0);
    let who = bench.wrote("a").await;
    assert_eq!(to(&bench, &who, 2, "").await, 0);
    act(&bench, "a", "linzhixia", json!({ "act": "pick_up" })).await;
    act(
        &bench,
        "a",
        "linzhixia",
        json!({ "act": "say", "text": "您好" }),
    )
    .await;
    let stranger = json!({ "open_kfid": KF, "customer": "a", "userid": "linzhixia", "act": "transfer", "to": "nobody" });
    assert_eq!(
        bench.refused("servicer", stranger).await,
        404,
        "nobody of this corp"
    );
    act(
        &bench,
        "a",
        "linzhixia",
        json!({ "act": "transfer", "to": "gunian" }),
    )
    .await;
    act(&bench, "a", "linzhixia", json!({ "act": "reopen" })).await;
    act(&bench, "a", "linzhixia", json!({ "act": "end" })).await;
    act(
        &bench,
        "a",
        "linzhixia",
        json!({ "act": "say", "text": "还有一件事" }),
    )
    .await;
    assert_eq!(changes(&bench).await, [1, 2, 4, 3, 4]);
    let log = bench.pull().await;
    let last = log.last().expect("a message");
    assert_eq!(
        (&last["origin"], &last["text"]["content"]),
        (&json!(5), &json!("还有一件事"))
    );
    let again = log
        .iter()
        .rfind(|message| message["event"]["change_type"] == 4);
    assert_eq!(
        again.expect("an event")["event"]["new_servicer_userid"],
        "linzhixia"
    );
    let state = bench
        .api(
            "kf/service_state/get",
            json!({ "open_kfid": KF, "external_userid": who }),
        )
        .await;
    assert_eq!(
        (&state["service_state"], &state["servicer_userid"]),
        (&json!(3), &json!("linzhixia"))
    );
}

#[tokio::test]
async fn every_type_of_the_client_comes_through_as_it_was_sent() {
    let bench = Bench::start().await;
    let inner = json!({ "msgtype": "text", "text": { "content": "hi" } }).to_string();
    let contents = [
        json!({ "msgtype": "merged_msg", "merged_msg": { "title": "群聊的聊天记录", "item": [{ "send_time": 1, "msgtype": "text", "sender_name": "a", "msg_content": inner }] } }),
        json!({ "msgtype": "channels", "channels": { "sub_type": 2, "nickname": "溪山茶社" } }),
        json!({ "msgtype": "channels_shop_product", "channels_shop_product": { "product_id": "1", "sales_price": "100", "title": "茶", "head_img": "", "shop_nickname": "s", "shop_head_img": "" } }),
        json!({ "msgtype": "channels_shop_order", "channels_shop_order": { "order_id": "3705115058471208928", "product_titles": "茶", "price_wording": "¥1", "state": "待收货", "image_url": "", "shop_nickname": "s" } }),
        json!({ "msgtype": "location", "location": { "latitude": 30.1, "longitude": 120.2, "name": "n", "address": "a" } }),
        json!({ "msgtype": "business_card", "business_card": { "userid": "gunian" } }),
        json!({ "msgtype": "miniprogram", "miniprogram": { "title": "t", "appid": "wx", "pagepath": "p.html", "thumb_media_id": "m" } }),
        json!({ "msgtype": "link", "link": { "title": "t", "desc": "d", "url": "http://x/", "pic_url": "" } }),
        json!({ "msgtype": "voice", "voice": { "media_id": "m" } }),
        json!({ "msgtype": "video", "video": { "media_id": "m" } }),
        json!({ "msgtype": "file", "file": { "media_id": "m" } }),
        json!({ "msgtype": "meeting", "meeting": {} }),
        json!({ "msgtype": "note", "note": {} }),
    ];
    for content in &contents {
        let mut said = content.clone();
        said["customer"] = "a".into();
        said["open_kfid"] = KF.into();
        bench.sim("say", said).await;
    }
    let log = bench.pull().await;
    assert_eq!(log.len(), contents.len());
    for (message, content) in log.iter().zip(&contents) {
        let kind = content["msgtype"].as_str().expect("a type");
        assert_eq!(
            (&message["msgtype"], &message[kind]),
            (&content["msgtype"], &content[kind])
        );
    }
}

#[tokio::test]
async fn a_day_is_told_when_it_is_over() {
    let bench = Bench::start().await;
    let who = bench.wrote("a").await;
    bench.wrote("b").await;
    assert_eq!(bench.send_text(&who, "在").await["errcode"], 0);
    assert_eq!(to(&bench, &who, 3, "linzhixia").await, 0);
    bench.sim("clock", json!({ "advance_s": 12 })).await;
    act(
        &bench,
        "a",
        "linzhixia",
        json!({ "act": "say", "text": "我来" }),
    )
    .await;
    act(
        &bench,
        "a",
        "linzhixia",
        json!({ "act": "reject", "on": true }),
    )
    .await;
    let offer = json!({ "open_kfid": KF, "external_userid": who, "type": 1, "member": { "userid": "gunian" } });
    assert_eq!(bench.code("kf/customer/upgrade_service", offer).await, 0);
    bench
        .sim("add", json!({ "customer": "a", "userid": "gunian" }))
        .await;
    let now = bench.get("/sim/clock").await["now"]
        .as_i64()
        .expect("a time");
    let today = json!({ "open_kfid": KF, "start_time": now, "end_time": now });
    assert_eq!(
        bench.code("kf/get_corp_statistic", today.clone()).await,
        40058,
        "not before tomorrow"
    );
    bench.sim("clock", json!({ "advance_s": 86_400 })).await;
    bench.sign_in().await;
    let told = bench
        .api(
            "kf/get_corp_statistic",
            json!({ "start_time": now - 86_400, "end_time": now }),
        )
        .await;
    let list = told["statistic_list"].as_array().expect("a list");
    assert_eq!(list.len(), 2);
    assert!(list[0].get("statistic").is_none(), "{told}");
    assert_eq!(
        (list[1]["stat_time"].as_i64().expect("a time") + 8 * 3_600) % 86_400,
        0
    );
    let day = &list[1]["statistic"];
    assert_eq!(
        (&day["session_cnt"], &day["customer_msg_cnt"]),
        (&json!(1), &json!(2)),
        "b waits"
    );
    assert_eq!(day["ai_session_reply_cnt"], 1);
    assert_eq!(day["upgrade_service_customer_cnt"], 1);
    assert_eq!(day["msg_rejected_customer_cnt"], 1);
    let mut of = today;
    of["servicer_userid"] = "linzhixia".into();
    let told = bench.api("kf/get_servicer_statistic", of).await;
    let day = &told["statistic_list"][0]["statistic"];
    assert_eq!(
        (&day["session_cnt"], &day["reply_rate"]),
        (&json!(1), &json!(1))
    );
    let seconds = day["first_reply_average_sec"].as_f64().expect("seconds");
    assert!((12.0..20.0).contains(&seconds), "{seconds}");
    let long = json!({ "open_kfid": KF, "start_time": now - 31 * 86_400, "end_time": now });
    assert_eq!(
        bench.code("kf/get_servicer_statistic", long).await,
        40058,
        "31 days at most"
    );
}

#[tokio::test]
async fn an_account_that_changes_hands_is_announced() {
    let bench = Bench::start().await;
    bench.sim("auth", json!({ "del": [KF] })).await;
    let told = bench.callbacks(1).await;
    assert_eq!(element(&told[0], "Event"), "kf_account_auth_change");
    assert!(
        told[0].contains(&format!(
            "<AuthDelOpenKfId><![CDATA[{KF}]]></AuthDelOpenKfId>"
        )),
        "{told:?}"
    );
    assert_eq!(
        bench.code("kf/sync_msg", json!({ "open_kfid": KF })).await,
        48007
    );
    bench.sim("auth", json!({ "add": [KF] })).await;
    assert!(bench.callbacks(2).await[1].contains("<AuthAddOpenKfId>"));
    assert_eq!(
        bench.code("kf/sync_msg", json!({ "open_kfid": KF })).await,
        0
    );
    assert_eq!(
        bench.refused("auth", json!({ "add": ["wkNobody"] })).await,
        404
    );
}

#[tokio::test]
async fn an_acquisition_link_is_tapped_and_adds_its_member() {
    let bench = Bench::start().await;
    let body =
        json!({ "link_name": "客服", "range": { "user_list": ["gunian"] }, "skip_verify": true });
    let made = bench
        .api("externalcontact/customer_acquisition/create_link", body)
        .await;
    let url = made["link"]["url"].as_str().expect("a link").to_owned();
    let who = bench.wrote("a").await;
    let with_state = format!("{url}?customer_channel=h_1");
    let body = json!({ "touser": who, "open_kfid": KF, "msgtype": "ca_link", "ca_link": { "link_url": with_state } });
    let sent = bench.api("kf/send_msg", body).await;
    let tapped = json!({ "customer": "a", "open_kfid": KF, "msgid": sent["msgid"] });
    let opened = bench.sim("tap", tapped).await;
    let seen = bench
        .sim("scan", json!({ "customer": "a", "payload": opened["url"] }))
        .await;
    assert_eq!(
        (&seen["kind"], &seen["userid"], &seen["state"]),
        (&json!("contact_way"), &json!("gunian"), &json!("h_1"))
    );
    bench.forget();
    bench
        .sim(
            "add",
            json!({ "customer": "a", "payload": seen["payload"] }),
        )
        .await;
    let told = bench.callbacks(1).await;
    assert_eq!(element(&told[0], "State"), "h_1");
}

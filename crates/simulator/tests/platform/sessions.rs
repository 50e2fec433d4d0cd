//! Sessions: states and moves, the five messages, the 48 hours, codes, profiles.

use serde_json::{Value, json};

use crate::bench::{Bench, KF};

#[tokio::test]
async fn five_messages_within_48_hours_and_no_msgid_twice() {
    let bench = Bench::start().await;
    assert_eq!(bench.send_text("wmnobody", "x").await["errcode"], 40096);
    let entered = bench
        .sim("enter", json!({ "customer": "c", "open_kfid": KF }))
        .await;
    let who = entered["external_userid"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert_eq!(
        bench.send_text(&who, "x").await["errcode"],
        95018,
        "entered, but never wrote"
    );
    bench.wrote("c").await;
    let named = json!({ "touser": who, "open_kfid": KF, "msgid": "gw-1", "msgtype": "text", "text": { "content": "一" } });
    assert_eq!(
        bench.api("kf/send_msg", named.clone()).await["msgid"],
        "gw-1"
    );
    assert_eq!(
        bench.code("kf/send_msg", named).await,
        40058,
        "a msgid is used once"
    );
    for _ in 0..4 {
        assert_eq!(bench.send_text(&who, "x").await["errcode"], 0);
    }
    assert_eq!(bench.send_text(&who, "x").await["errcode"], 95001);
    bench.wrote("c").await;
    assert_eq!(bench.send_text(&who, "").await["errcode"], 44004);
    assert_eq!(
        bench.send_text(&who, &"x".repeat(2_049)).await["errcode"],
        45002
    );
    assert_eq!(
        bench.send_text(&who, &"x".repeat(2_048)).await["errcode"],
        0
    );
    bench.sim("clock", json!({ "advance_s": 48 * 3_600 })).await;
    bench.sign_in().await;
    assert_eq!(bench.send_text(&who, "x").await["errcode"], 95002);
    let state = json!({ "open_kfid": KF, "external_userid": who });
    assert_eq!(
        bench.api("kf/service_state/get", state).await["service_state"],
        4
    );
    bench.wrote("c").await;
    assert_eq!(bench.send_text(&who, "x").await["errcode"], 0);
}

#[tokio::test]
async fn a_session_moves_by_the_table_and_gives_codes() {
    let bench = Bench::start().await;
    let who = bench.wrote("c").await;
    let to = |state: i64, servicer: Value| json!({ "open_kfid": KF, "external_userid": who, "service_state": state, "servicer_userid": servicer });
    let waiting = bench
        .api("kf/service_state/trans", to(2, Value::Null))
        .await;
    let code = waiting["msg_code"].clone();
    assert_eq!(bench.send_text(&who, "x").await["errcode"], 95018);
    assert_eq!(
        bench
            .code("kf/service_state/trans", to(1, Value::Null))
            .await,
        95016
    );
    let notice = json!({ "code": code, "msgtype": "text", "text": { "content": "前面还有 2 位" } });
    assert_eq!(bench.code("kf/send_msg_on_event", notice.clone()).await, 0);
    assert_eq!(
        bench.code("kf/send_msg_on_event", notice).await,
        95007,
        "a code is used once"
    );
    assert_eq!(
        bench
            .code("kf/service_state/trans", to(3, json!("gunian")))
            .await,
        95014
    );
    bench
        .sim(
            "servicer",
            json!({ "userid": "linzhixia", "open_kfid": KF, "status": "stopped" }),
        )
        .await;
    assert_eq!(
        bench
            .code("kf/service_state/trans", to(3, json!("linzhixia")))
            .await,
        95019
    );
    bench
        .sim(
            "servicer",
            json!({ "userid": "linzhixia", "open_kfid": KF, "status": "receiving" }),
        )
        .await;
    assert_eq!(
        bench
            .code("kf/service_state/trans", to(3, json!("linzhixia")))
            .await,
        0
    );
    let ask = json!({ "open_kfid": KF, "external_userid": who });
    let state = bench.api("kf/service_state/get", ask.clone()).await;
    assert_eq!(
        (&state["service_state"], &state["servicer_userid"]),
        (&json!(3), &json!("linzhixia"))
    );
    let act = |act: Value| {
        let mut body = json!({ "userid": "linzhixia", "customer": "c", "open_kfid": KF });
        body.as_object_mut()
            .expect("an object")
            .extend(act.as_object().expect("an object").clone());
        body
    };
    let spoken = bench
        .sim("servicer", act(json!({ "act": "say", "text": "我来帮您" })))
        .await;
    let mine = bench.pull().await.pop().expect("a message");
    assert_eq!(
        (&mine["origin"], &mine["servicer_userid"]),
        (&json!(5), &json!("linzhixia"))
    );
    bench
        .sim(
            "servicer",
            act(json!({ "act": "recall", "msgid": spoken["msgid"] })),
        )
        .await;
    bench
        .sim(
            "servicer",
            act(json!({ "act": "transfer", "to": "gunian" })),
        )
        .await;
    bench.sim("servicer", act(json!({ "act": "end" }))).await;
    let log = bench.pull().await;
    let types: Vec<&str> = log
        .iter()
        .filter_map(|message| message["event"]["event_type"].as_str())
        .filter(|kind| !kind.starts_with("servicer_status"))
        .collect();
    assert_eq!(
        types,
        [
            "servicer_recall_msg",
            "session_status_change",
            "session_status_change"
        ]
    );
    let ended = &log.last().expect("an event")["event"];
    assert_eq!(
        (&ended["change_type"], &ended["old_servicer_userid"]),
        (&json!(3), &json!("gunian"))
    );
    assert_eq!(
        bench
            .code("kf/service_state/trans", to(3, json!("linzhixia")))
            .await,
        95016
    );
    let menu = json!({ "code": ended["msg_code"], "msgtype": "msgmenu", "msgmenu": { "head_content": "满意吗" } });
    assert_eq!(bench.code("kf/send_msg_on_event", menu).await, 0);
    bench.sim("servicer", act(json!({ "act": "reopen" }))).await;
    assert_eq!(
        bench.api("kf/service_state/get", ask).await["service_state"],
        3
    );
    assert_eq!(
        bench
            .refused("servicer", act(json!({ "act": "pick_up" })))
            .await,
        409
    );
    bench
        .sim("servicer", act(json!({ "act": "reject", "on": true })))
        .await;
    assert_eq!(
        bench.pull().await.pop().expect("an event")["event"]["reject_switch"],
        1
    );
}

#[tokio::test]
async fn a_welcome_is_sent_once_and_within_twenty_seconds() {
    let bench = Bench::start().await;
    let enter = json!({ "customer": "c", "open_kfid": KF });
    let code = bench.sim("enter", enter.clone()).await["welcome_code"].clone();
    let menu = json!({
        "code": code, "msgtype": "msgmenu",
        "msgmenu": { "head_content": "您好", "list": [
            { "type": "text", "text": { "content": "请选择" } },
            { "type": "click", "click": { "id": "101", "content": "商品与库存" } },
            { "type": "view", "view": { "url": "https://x/y", "content": "官网" } },
        ]},
    });
    let picture = json!({ "code": code, "msgtype": "image", "image": { "media_id": "m" } });
    assert_eq!(bench.code("kf/send_msg_on_event", picture).await, 40008);
    assert_eq!(bench.code("kf/send_msg_on_event", menu.clone()).await, 0);
    assert_eq!(bench.code("kf/send_msg_on_event", menu).await, 95007);
    assert!(
        bench
            .sim("enter", enter.clone())
            .await
            .get("welcome_code")
            .is_none()
    );
    let msgid = bench.lines("c", "kf").await[1]["msgid"].clone();
    let tapped = bench
        .sim(
            "tap",
            json!({ "customer": "c", "msgid": msgid, "index": 0 }),
        )
        .await;
    assert_eq!(tapped["result"], "said");
    let opened = bench
        .sim(
            "tap",
            json!({ "customer": "c", "msgid": msgid, "content": "官网" }),
        )
        .await;
    assert_eq!(
        (&opened["result"], &opened["url"]),
        (&json!("open"), &json!("https://x/y"))
    );
    assert_eq!(
        bench
            .refused(
                "tap",
                json!({ "customer": "c", "msgid": msgid, "id": "999" })
            )
            .await,
        409
    );
    let text = bench.pull().await.pop().expect("a message");
    assert_eq!(
        text["text"],
        json!({ "content": "商品与库存", "menu_id": "101" })
    );
    assert_eq!(bench.lines("c", "kf").await[1]["picked"], "101");

    bench.sim("clock", json!({ "advance_s": 49 * 3_600 })).await;
    bench.sign_in().await;
    let code = bench.sim("enter", enter).await["welcome_code"].clone();
    assert!(
        code.is_string(),
        "after 48 quiet hours there is a welcome again"
    );
    bench.sim("clock", json!({ "advance_s": 20 })).await;
    let late = json!({ "code": code, "msgtype": "text", "text": { "content": "晚了" } });
    assert_eq!(bench.code("kf/send_msg_on_event", late).await, 95007);
}

#[tokio::test]
async fn profiles_are_given_for_48_hours() {
    let bench = Bench::start().await;
    let entered = bench
        .sim(
            "enter",
            json!({ "customer": "c", "open_kfid": KF, "scene": "s1" }),
        )
        .await;
    let who = entered["external_userid"].clone();
    let ask = json!({ "external_userid_list": [who, "wmnobody"], "need_enter_session_context": 1 });
    let answer = bench.api("kf/customer/batchget", ask.clone()).await;
    let customer = &answer["customer_list"][0];
    assert_eq!(customer["nickname"], entered["name"]);
    assert_eq!(customer["enter_session_context"]["scene"], "s1");
    assert_eq!(answer["invalid_external_userid"], json!(["wmnobody"]));
    let avatar = customer["avatar"].as_str().expect("a URL");
    let path = avatar
        .strip_prefix(&bench.platform.base_url())
        .expect("an address here");
    let (_, bytes) = bench.send(http::Method::GET, path, "").await;
    assert!(bytes.starts_with(b"\x89PNG"));
    bench.sim("clock", json!({ "advance_s": 48 * 3_600 })).await;
    bench.sign_in().await;
    let answer = bench.api("kf/customer/batchget", ask).await;
    assert_eq!(
        answer["invalid_external_userid"].as_array().map(Vec::len),
        Some(2)
    );
    let many: Vec<String> = (0..101).map(|n| n.to_string()).collect();
    assert_eq!(
        bench
            .code(
                "kf/customer/batchget",
                json!({ "external_userid_list": many })
            )
            .await,
        40058
    );
}

#[tokio::test]
async fn a_refused_message_fails_later_and_any_event_can_be_logged() {
    let bench = Bench::start().await;
    let who = bench.wrote("c").await;
    bench
        .sim(
            "refuse",
            json!({ "customer": "c", "open_kfid": KF, "on": true }),
        )
        .await;
    let sent = bench.send_text(&who, "您好").await;
    assert_eq!(sent["errcode"], 0);
    bench.sim("clock", json!({ "advance_s": 1 })).await;
    bench.quiet().await;
    let event = bench.pull().await.pop().expect("an event")["event"].clone();
    assert_eq!(event["event_type"], "msg_send_fail");
    assert_eq!(
        (&event["fail_msgid"], &event["fail_type"]),
        (&sent["msgid"], &json!(10))
    );
    assert_eq!(
        bench.lines("c", "kf").await.len(),
        1,
        "nothing arrived on the phone"
    );
    bench
        .sim(
            "event",
            json!({ "open_kfid": KF, "event": { "event_type": "brand_new", "x": 1 } }),
        )
        .await;
    assert_eq!(
        bench.pull().await.pop().expect("an event")["event"]["event_type"],
        "brand_new"
    );
}

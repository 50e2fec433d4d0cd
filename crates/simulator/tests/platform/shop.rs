//! The shop: one event for every message, the long plan of retries, sends that may be repeated.

use kefu_simulator::{AppSpec, Format};
use serde_json::{Value, json};

use crate::app_bench::AppBench;

const ORDER: u64 = 3_705_115_058_471_208_928;

#[tokio::test]
async fn every_type_comes_as_one_event_with_an_object() {
    for format in [Format::Json, Format::Xml] {
        let bench = AppBench::shop(format).await;
        let contents = [
            json!({ "msgtype": "text", "text": { "content": "什么时候发货" } }),
            json!({ "msgtype": "image", "image": { "media_id": "m1" } }),
            json!({ "msgtype": "video", "video": { "media_id": "m1" } }),
            json!({ "msgtype": "file", "file": { "media_id": "m1" } }),
            json!({ "msgtype": "voice", "voice": { "media_id": "m1" } }),
            json!({ "msgtype": "product_share", "product_share": { "product_id": "10000000110471" } }),
            json!({ "msgtype": "order_share", "order_share": { "order_id": ORDER.to_string() } }),
        ];
        let mut ids = Vec::new();
        for content in &contents {
            bench.forget();
            let mut said = content.clone();
            said["customer"] = "a".into();
            let said = bench.sim("say", said).await;
            let push = bench.pushes(1).await.remove(0);
            assert!(push.signed && push.sealed);
            let plain = push.plain.clone().expect("it opens");
            assert!(plain.contains("commkf_send_msg_to_kf"), "{plain}");
            assert!(plain.contains(said["msgid"].as_str().expect("an id")));
            ids.push(
                said["msgid"]
                    .as_str()
                    .expect("an id")
                    .parse::<u64>()
                    .expect("digits"),
            );
            if content["msgtype"] == "order_share" {
                let bare = match format {
                    Format::Json => format!("\"order_id\":{ORDER}"),
                    Format::Xml => format!("<order_id>{ORDER}</order_id>"),
                };
                assert!(plain.contains(&bare), "{plain}");
            }
        }
        assert!(ids.is_sorted() && ids[0] > 1 << 53, "{ids:?}");
    }
}

#[tokio::test]
async fn a_push_that_nobody_takes_comes_ten_times_over_three_hours() {
    let bench = AppBench::shop(Format::Json).await;
    let failing: Vec<(u16, &str)> = (0..10).map(|_| (500, "")).collect();
    bench.answer_with(&failing);
    bench
        .sim("say", json!({ "customer": "a", "text": "在吗" }))
        .await;
    bench.pushes(3).await;
    bench.quiet().await;
    assert_eq!(bench.got().len(), 3, "three at once, then pauses");
    for (seconds, count) in [
        (10, 4),
        (60, 5),
        (300, 6),
        (1_800, 7),
        (3_600, 8),
        (3_600, 9),
        (3_600, 10),
    ] {
        bench
            .bare("clock", json!({ "advance_s": seconds - 2 }))
            .await;
        bench.quiet().await;
        assert_eq!(bench.got().len(), count - 1, "not before {seconds} s");
        bench.bare("clock", json!({ "advance_s": 3 })).await;
        bench.pushes(count).await;
        // The pause begins when the answer has arrived.
        bench.quiet().await;
    }
    bench.bare("clock", json!({ "advance_s": 7_200 })).await;
    bench.quiet().await;
    assert_eq!(bench.got().len(), 10, "and then it is given up");
    let ids: Vec<Value> = bench
        .got()
        .iter()
        .map(|push| push.json()["msg_id"].clone())
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    bench.forget();
    bench.answer_with(&[(200, r#"{"errcode":0}"#)]);
    bench
        .sim("say", json!({ "customer": "a", "text": "喂" }))
        .await;
    bench.pushes(2).await;
    bench.quiet().await;
    assert_eq!(bench.got().len(), 2, "anything but success is no answer");
}

#[tokio::test]
async fn without_a_push_url_an_inquiry_is_lost() {
    let bench = AppBench::shop(Format::Json).await;
    let off = AppSpec {
        appid: bench.app.appid.clone(),
        push_url: Some(String::new()),
        ..AppSpec::default()
    };
    bench.platform.set_up_app(off).expect("switched off");
    bench
        .sim("say", json!({ "customer": "a", "text": "在吗" }))
        .await;
    bench
        .platform
        .set_up_app(bench.app.clone())
        .expect("switched on");
    bench.quiet().await;
    assert!(bench.got().is_empty());
}

#[tokio::test]
async fn a_send_with_the_same_request_id_is_one_message() {
    let bench = AppBench::shop(Format::Json).await;
    let said = bench
        .sim("say", json!({ "customer": "a", "text": "什么时候发货" }))
        .await;
    let send = async |request_id: &str, content: Value| {
        let mut body = content;
        body["request_id"] = request_id.into();
        body["open_id"] = said["openid"].clone();
        bench.api("channels/ec/commkf/sendmsg", body).await
    };
    let words = json!({ "msg_type": "text", "text": { "content": "今天" } });
    let first = send("r1", words.clone()).await;
    assert_eq!(first["errcode"], 0, "{first}");
    assert_eq!(send("r1", words.clone()).await["msg_id"], first["msg_id"]);
    assert_eq!(bench.lines("a").await.len(), 2);
    let form = [
        ("open_id", said["openid"].as_str().expect("an id")),
        ("msg_type", "image"),
    ];
    let path = "channels/ec/commkf/cosupload";
    let kept = bench
        .form(path, "file", "a.png", b"\x89PNG\r\n\x1a\n....", &form)
        .await;
    assert_eq!(kept["errcode"], 0, "{kept}");
    let image = json!({ "msg_type": "image", "image": { "cos_url": kept["cos_url"] } });
    assert_eq!(send("r2", image.clone()).await["errcode"], 0);
    let order = json!({ "msg_type": "order_share", "order_share": { "order_id": ORDER } });
    assert_eq!(send("r3", order).await["errcode"], 0);
    let product =
        json!({ "msg_type": "product_share", "product_share": { "product_id": "110471" } });
    assert_eq!(send("r4", product).await["errcode"], 0);
    let strange = json!({ "msg_type": "image", "image": { "cos_url": "http://elsewhere/cos/1" } });
    assert_eq!(send("r5", strange).await["errcode"], 40097);
    assert_eq!(send("r6", words.clone()).await["errcode"], 0);
    assert_eq!(
        send("r7", words.clone()).await["errcode"],
        45047,
        "five of them"
    );
    let big = vec![0; (30 << 20) + 1];
    assert_eq!(
        bench.form(path, "file", "a", &big, &form).await["errcode"],
        40097
    );
    bench
        .bare("clock", json!({ "advance_s": 48 * 3_600 }))
        .await;
    bench.sign_in().await;
    assert_eq!(send("r8", words).await["errcode"], 45015);
    bench
        .bare("clock", json!({ "advance_s": 13 * 86_400 }))
        .await;
    bench.sign_in().await;
    bench
        .sim("say", json!({ "customer": "a", "text": "在吗" }))
        .await;
    assert_eq!(send("r9", image).await["errcode"], 40097, "fourteen days");
}

#[tokio::test]
async fn what_was_accepted_before_a_time_out_is_not_sent_twice() {
    let bench = AppBench::shop(Format::Json).await;
    let said = bench
        .sim("say", json!({ "customer": "a", "text": "在吗" }))
        .await;
    let fault = json!({ "kind": "accept_timeout", "path": "channels/ec/commkf/sendmsg", "ms": 20 });
    bench.bare("fault", fault).await;
    let body = json!({
        "request_id": "r1", "open_id": said["openid"], "msg_type": "text",
        "text": { "content": "在" },
    });
    assert!(
        bench
            .broken("channels/ec/commkf/sendmsg", body.clone())
            .await
    );
    let again = bench.api("channels/ec/commkf/sendmsg", body).await;
    assert_eq!(again["errcode"], 0, "{again}");
    assert_eq!(
        bench.lines("a").await.len(),
        2,
        "one message and one answer"
    );
    let busy = json!({ "kind": "errcode", "path": "channels/ec/*", "code": -1 });
    bench.bare("fault", busy).await;
    let more = json!({ "request_id": "r2", "open_id": said["openid"], "msg_type": "text", "text": { "content": "在" } });
    assert_eq!(
        bench.api("channels/ec/commkf/sendmsg", more).await["errcode"],
        -1
    );
}

#[tokio::test]
async fn faults_strike_apps_as_they_strike_corps() {
    let bench = AppBench::shop(Format::Json).await;
    bench
        .bare("fault", json!({ "kind": "callback_repeat", "times": 1 }))
        .await;
    bench
        .sim("say", json!({ "customer": "a", "text": "一" }))
        .await;
    let got = bench.pushes(2).await;
    assert_eq!(got[0].json()["msg_id"], got[1].json()["msg_id"]);
    assert_ne!(got[0].body, got[1].body, "encrypted anew");
    bench.forget();
    bench
        .bare(
            "fault",
            json!({ "kind": "callback_repeat", "times": 1, "identical": true }),
        )
        .await;
    bench
        .sim("say", json!({ "customer": "a", "text": "二" }))
        .await;
    let got = bench.pushes(2).await;
    assert_eq!((&got[0].body, &got[0].query), (&got[1].body, &got[1].query));
    bench.forget();
    bench
        .bare("fault", json!({ "kind": "callback_reorder" }))
        .await;
    bench
        .sim("say", json!({ "customer": "a", "text": "三" }))
        .await;
    bench
        .sim("say", json!({ "customer": "a", "text": "四" }))
        .await;
    let words: Vec<Value> = bench
        .pushes(2)
        .await
        .iter()
        .map(|push| push.json()["text"]["content"].clone())
        .collect();
    assert_eq!(words, ["四", "三"]);
    bench.forget();
    bench
        .bare("fault", json!({ "kind": "callback_late", "ms": 60_000 }))
        .await;
    bench
        .sim("say", json!({ "customer": "a", "text": "五" }))
        .await;
    bench.quiet().await;
    assert!(bench.got().is_empty());
    bench.bare("clock", json!({ "advance_s": 61 })).await;
    bench.pushes(1).await;
    bench.forget();
    for how in ["signature", "receiver", "key", "cut", "plain"] {
        let elements = json!({ "ToUserName": bench.original_id(), "FromUserName": "o1" });
        bench
            .sim("push", json!({ "elements": elements, "forge": how }))
            .await;
        let push = bench.pushes(1).await.remove(0);
        let honest = push.signed && push.sealed && push.plain.is_ok();
        assert!(!honest, "{how}");
        bench.forget();
    }
    bench.sim("revoke", json!({ "code": 42001 })).await;
    let answer = bench.api_get("cgi-bin/getcallbackip").await;
    assert_eq!(answer["errcode"], 42001);
}

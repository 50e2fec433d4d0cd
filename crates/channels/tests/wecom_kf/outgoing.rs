//! From our words to a customer's phone.

use bytes::Bytes;
use kefu_channels::{Class, Item};
use kefu_domain::{Content, credit::Closed};
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::kit::{PNG, content, parcel};

#[tokio::test]
async fn every_type_reaches_the_phone_in_order() {
    let mut bench = Bench::start().await;
    let file =
        |name: &str, mime: &str, bytes: &'static [u8]| (bytes.into(), name.into(), mime.into());
    bench.files.0.extend([
        ("p1".to_owned(), file("tea.png", "image/png", PNG)),
        (
            "w1".to_owned(),
            file("tea.webp", "image/webp", b"RIFF....WEBPVP8 "),
        ),
        (
            "f1".to_owned(),
            file("价目表.pdf", "application/pdf", b"%PDF-1.7 ...."),
        ),
    ]);
    let address = bench.says("lan", "你好").await;
    let all = [
        content("text", json!({ "content": "您好，在的" })),
        content("image", json!({ "media_id": "p1" })),
        content("image", json!({ "media_id": "w1" })),
        content("file", json!({ "media_id": "f1" })),
        content(
            "link",
            json!({ "title": "茶单", "url": "https://tea.example/list" }),
        ),
        content(
            "miniprogram",
            json!({ "appid": "wx0123456789abcdef", "title": "商城", "pagepath": "a.html" }),
        ),
        content(
            "location",
            json!({ "latitude": 30.2, "longitude": 120.1, "name": "门店" }),
        ),
        content(
            "msgmenu",
            json!({ "head_content": "请选择", "list": [
                { "type": "click", "click": { "id": "1", "content": "查订单" } }] }),
        ),
        content(
            "handoff",
            json!({ "name": "顾念", "title": "茶艺顾问", "qr_media_id": "p1" }),
        ),
        content(
            "handoff",
            json!({ "name": "茶友群", "url": "https://k.example/h/1" }),
        ),
    ];
    for (n, content) in all.into_iter().enumerate() {
        if n % 5 == 0 {
            bench.says("lan", "嗯").await;
        }
        let parcel = parcel(n as u128 + 1, &address, content);
        bench.send(&parcel).await.unwrap();
    }
    let shown = bench.shown("lan").await;
    let types: Vec<&str> = shown
        .iter()
        .map(|line| line["msgtype"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            "text",
            "image",
            "file",
            "file",
            "link",
            "miniprogram",
            "location",
            "msgmenu",
            "image",
            "link"
        ]
    );
    assert_eq!(shown[0]["content"]["content"], "您好，在的");
    assert_eq!(shown[9]["content"]["title"], "茶友群");
    // The picture that was sent twice was uploaded once, and one plain one served both cards.
    assert_eq!(
        shown[1]["content"]["media_id"],
        shown[8]["content"]["media_id"]
    );
    assert_eq!(bench.asked("media/upload").await, 4);
}

#[tokio::test]
async fn the_sixth_message_waits_for_the_customer() {
    let bench = Bench::start().await;
    let address = bench.says("lan", "你好").await;
    for n in 1..=5 {
        bench.text(n, &address, "在").await.unwrap();
    }
    let refused = bench.text(6, &address, "在").await.unwrap_err();
    assert_eq!(
        (refused.class, refused.failure.code.as_str()),
        (Class::Permanent, "95001")
    );
    let (zh, en) = refused.failure.reason.split_once('\u{1f}').unwrap();
    assert!(zh.contains("客户") && en.contains("customer"));
    bench.says("lan", "继续").await;
    bench.text(7, &address, "好的").await.unwrap();
    assert_eq!(bench.shown("lan").await.len(), 6);
}

#[tokio::test]
async fn a_message_that_does_not_arrive_is_told_by_our_id() {
    let bench = Bench::start().await;
    let address = bench.says("lan", "你好").await;
    bench
        .sim("refuse", json!({ "customer": "lan", "on": true }))
        .await;
    let parcel = parcel(9, &address, Content::text("在吗"));
    bench.send(&parcel).await.unwrap();
    bench.sim("clock", json!({ "advance_s": 5 })).await;
    let (items, _) = bench.pull("").await;
    let found = items.iter().find_map(|item| match item {
        Item::NotDelivered { msgid, failure } => Some((msgid, failure)),
        _ => None,
    });
    let (msgid, failure) = found.unwrap();
    assert_eq!(*msgid, parcel.id.to_string());
    assert_eq!(failure.code, "fail_10");
    assert!(failure.reason.starts_with("客户拒收消息"));
}

fn welcome(id: u128, payload: &Value) -> kefu_channels::Parcel {
    kefu_channels::Parcel {
        kind: "by_code".into(),
        payload: payload.to_string(),
        ..parcel(id, "", Content::text("欢迎光临"))
    }
}

#[tokio::test]
async fn a_welcome_goes_out_once_and_in_time_or_not_at_all() {
    let bench = Bench::start().await;
    let entered = bench.sim("enter", json!({ "customer": "lan" })).await;
    let code = &entered["welcome_code"];
    bench
        .send(&welcome(1, &json!({ "code": code })))
        .await
        .unwrap();
    assert_eq!(
        bench.shown("lan").await[0]["content"]["content"],
        "欢迎光临"
    );
    let again = bench.send(&welcome(2, &json!({ "code": code }))).await;
    let again = again.unwrap_err();
    assert_eq!(
        (again.class, again.failure.code.as_str()),
        (Class::Permanent, "95007")
    );

    let entered = bench.sim("enter", json!({ "customer": "bo" })).await;
    let busy = json!({ "kind": "errcode", "path": "kf/send_msg_on_event", "code": -1, "calls": 2 });
    bench.fault(busy).await;
    let patient = json!({ "code": entered["welcome_code"], "expires_at": 1_800_000_019_000_i64 });
    bench.send(&welcome(5, &patient)).await.unwrap();
    assert_eq!(bench.shown("bo").await.len(), 1);

    let before = bench.asked("kf/send_msg_on_event").await;
    let late = json!({ "code": "WC", "expires_at": 1_799_999_999_999_i64 });
    let late = bench.send(&welcome(3, &late)).await.unwrap_err();
    assert_eq!(late.failure.code, "too_late");
    let empty = bench.send(&welcome(4, &json!({}))).await.unwrap_err();
    assert_eq!(empty.failure.code, "bad_payload");
    assert_eq!(
        bench.asked("kf/send_msg_on_event").await,
        before,
        "nobody was asked"
    );
}

fn end(id: u128, address: &str, content: Content) -> kefu_channels::Parcel {
    kefu_channels::Parcel {
        kind: "end".into(),
        ..parcel(id, address, content)
    }
}

#[tokio::test]
async fn the_end_takes_last_words_and_closes_the_platforms_session() {
    let bench = Bench::start().await;
    let address = bench.says("lan", "谢谢").await;
    bench.text(1, &address, "不客气").await.unwrap();
    // The words are refused for a while; the session has ended, and its code is still known.
    bench
        .fault(json!({ "kind": "errcode", "path": "kf/send_msg_on_event", "code": -1, "calls": 4 }))
        .await;
    let mut parcel = end(2, &address, Content::text("感谢您的咨询"));
    let busy = bench.send(&parcel).await.unwrap_err();
    assert!(matches!(busy.class, Class::Retry(_)));
    parcel.attempts = 1;
    bench.send(&parcel).await.unwrap();
    assert_eq!(bench.asked("kf/service_state/trans").await, 1);
    let shown = bench.shown("lan").await;
    assert_eq!(shown[1]["content"]["content"], "感谢您的咨询");

    let closed = bench.text(3, &address, "还有").await.unwrap_err();
    assert_eq!(
        (closed.class, closed.failure.code.as_str()),
        (Class::Permanent, "95018")
    );
    assert_eq!(closed.closes(), Some(Closed::Used));
    let silent = content("event", json!({ "event_type": "session_ended" }));
    bench.send(&end(4, &address, silent)).await.unwrap();
    let words = bench.send(&end(5, &address, Content::text("再见"))).await;
    assert_eq!(words.unwrap_err().failure.code, "ended_without_words");
    bench.says("lan", "还有一个问题").await;
    bench.text(6, &address, "请说").await.unwrap();
}

#[tokio::test]
async fn characters_that_nobody_sees_do_not_travel() {
    let bench = Bench::start().await;
    let address = bench.says("lan", "你好").await;
    bench
        .text(1, &address, "第一行\u{b}第二行\u{1}\n\t完")
        .await
        .unwrap();
    let menu = json!({
        "head_content": "问\u{c}问", "tail_content": "",
        "list": [{ "type": "click", "click": { "id": "a", "content": "退\u{1f}货" } }],
    });
    let menu = parcel(2, &address, content("msgmenu", menu));
    bench.send(&menu).await.unwrap();
    let shown = bench.shown("lan").await;
    assert_eq!(shown[0]["content"]["content"], "第一行第二行\n\t完");
    assert_eq!(shown[1]["content"]["list"][0]["click"]["content"], "退货");
}

#[tokio::test]
async fn what_is_refused_here_never_reaches_the_platform() {
    let bench = Bench::start().await;
    let address = bench.says("lan", "你好").await;
    let refused = [
        content("text", json!({ "content": "字".repeat(700) })),
        content("image", json!({ "media_id": "gone" })),
        content("link", json!({ "title": "x", "url": "ftp://tea.example" })),
        content("location", json!({ "latitude": 91.0, "longitude": 0.0 })),
        content("event", json!({ "event_type": "queued" })),
    ];
    for (n, content) in refused.into_iter().enumerate() {
        let fault = bench
            .send(&parcel(n as u128 + 1, &address, content))
            .await
            .unwrap_err();
        assert_eq!(fault.class, Class::Permanent, "{fault:?}");
        assert!(fault.failure.reason.contains('\u{1f}'), "{fault:?}");
    }
    assert_eq!(bench.asked("kf/send_msg").await, 0);
}

#[tokio::test]
async fn what_fits_in_another_form_goes_in_that_and_else_as_a_file() {
    let mut bench = Bench::start().await;
    let address = bench.says("lan", "你好").await;
    let file = |name: &str, bytes: &'static [u8], mime: &str| {
        (Bytes::from_static(bytes), name.to_owned(), mime.to_owned())
    };
    let shelf = &mut bench.files.0;
    shelf.insert("p".into(), file("p.webp", b"RIFF....WEBP", "image/webp"));
    shelf.insert("p.jpg".into(), file("p.jpg", PNG, "image/png"));
    shelf.insert("v".into(), file("v.ogg", b"OggS....", "audio/ogg"));
    shelf.insert("v.amr".into(), file("v.amr", b"#!AMR\n0123", "audio/amr"));
    shelf.insert("w".into(), file("w.ogg", b"OggS....", "audio/ogg"));
    for (n, (msgtype, media_id)) in [("image", "p"), ("voice", "v"), ("voice", "w")]
        .into_iter()
        .enumerate()
    {
        let said = content(msgtype, json!({ "media_id": media_id }));
        let parcel = parcel(n as u128 + 1, &address, said);
        bench.send(&parcel).await.unwrap();
    }
    let shown = bench.shown("lan").await;
    let types: Vec<&str> = shown
        .iter()
        .map(|line| line["msgtype"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["image", "voice", "file"]);
}

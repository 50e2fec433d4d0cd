//! Every message and event of `fixtures/wecom_kf/sync_msg`.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// What each recorded message says, as its content prints.
const MESSAGES: &[(&str, &str)] = &[
    (
        "text",
        r#"Text(Text { content: "你好，hello", menu_id: Some("101") })"#,
    ),
    (
        "text_plain",
        r#"Text(Text { content: "a\"b\n<c>", menu_id: None })"#,
    ),
    (
        "text_from_servicer",
        r#"Text(Text { content: "在的", menu_id: None })"#,
    ),
    ("image", r#"Image(Media { media_id: "MEDIA_image" })"#),
    ("voice", r#"Voice(Media { media_id: "MEDIA_voice" })"#),
    ("video", r#"Video(Media { media_id: "MEDIA_video" })"#),
    ("file", r#"File(Media { media_id: "MEDIA_file" })"#),
    (
        "location",
        r#"Location(Location { latitude: 23.1060218811035, longitude: 113.320503234863, name: "广州国际媒体港(广州市海珠区)", address: "广东省广州市海珠区滨江东路" })"#,
    ),
    (
        "location_in_strings",
        r#"Location(Location { latitude: -0.5, longitude: 180.0, name: "", address: "" })"#,
    ),
    (
        "link",
        r#"Link(Link { title: "Size guide", desc: "How to measure", url: "https://shop.example/size", pic_url: "https://shop.example/size.png" })"#,
    ),
    (
        "business_card",
        r#"BusinessCard(BusinessCard { userid: "mei" })"#,
    ),
    (
        "miniprogram",
        r#"Miniprogram(Miniprogram { title: "Order", appid: "wx0123456789abcdef", pagepath: "pages/order.html?id=1", thumb_media_id: "MEDIA_thumb" })"#,
    ),
    (
        "msgmenu",
        r#"Msgmenu(Menu { head_content: Some("Was it good?"), list: [Click(MenuClick { id: Some("101"), content: "Yes" }), View(MenuView { url: "https://shop.example", content: "Shop" }), Miniprogram(MenuMiniprogram { appid: "wx0123456789abcdef", pagepath: "pages/a.html", content: "App" }), Text(MenuText { content: "thanks", no_newline: 1 })], tail_content: Some("Bye") })"#,
    ),
    (
        "channels_shop_product",
        r#"ChannelsShopProduct(ShopProduct { product_id: "P1", head_img: "https://shop.example/p.png", title: "Milk", sales_price: Some(1099), shop_nickname: "Dairy", shop_head_img: "https://shop.example/s.png" })"#,
    ),
    (
        "channels_shop_product_price_as_number",
        r#"ChannelsShopProduct(ShopProduct { product_id: "P1", head_img: "", title: "", sales_price: Some(1099), shop_nickname: "", shop_head_img: "" })"#,
    ),
    (
        "channels_shop_order",
        r#"ChannelsShopOrder(ShopOrder { order_id: "O1", product_titles: "Milk and more", price_wording: "¥10.99", state: "待发货", image_url: "https://shop.example/o.png", shop_nickname: "Dairy" })"#,
    ),
    (
        "channels",
        r#"Channels(Channels { sub_type: 1, nickname: "Dairy", title: "Fresh today" })"#,
    ),
    (
        "merged_msg",
        r#"MergedMsg(MergedMsg { title: "聊天记录", items: [MergedItem { send_time: 1699999999, msgtype: "text", sender_name: "Li", msg_content: "{\"msgtype\":\"text\",\"text\":{\"content\":\"hi\"}}" }] })"#,
    ),
    ("meeting", "Meeting"),
    ("schedule", "Schedule"),
    ("note", "Note"),
    ("hologram", r#"Unknown { msgtype: "hologram", raw: … }"#),
    (
        "image_without_media",
        r#"Unknown { msgtype: "image", raw: … }"#,
    ),
    ("text_doubled", r#"Unknown { msgtype: "text", raw: … }"#),
    (
        "event_enter_session",
        r#"EnterSession(EnterSession { scene: Some("shop1"), scene_param: Some("a=1&b=2"), welcome_code: Some("WC_1"), wechat_channels: None })"#,
    ),
    (
        "event_enter_session_from_channels",
        r#"EnterSession(EnterSession { scene: None, scene_param: None, welcome_code: None, wechat_channels: Some(ChannelsEntry { nickname: Some("Dairy"), shop_nickname: None, scene: 2 }) })"#,
    ),
    (
        "event_enter_session_from_channels_shop",
        r#"EnterSession(EnterSession { scene: None, scene_param: None, welcome_code: None, wechat_channels: Some(ChannelsEntry { nickname: None, shop_nickname: Some("Dairy shop"), scene: 4 }) })"#,
    ),
    (
        "event_msg_send_fail",
        r#"MsgSendFail { fail_msgid: "gw-000001", fail_type: 10 }"#,
    ),
    (
        "event_servicer_status_change",
        "ServicerStatusChange { status: 2, stop_type: Some(1) }",
    ),
    (
        "event_session_status_change_picked_up",
        r#"SessionStatusChange(SessionChange { change_type: 1, old_servicer_userid: None, new_servicer_userid: Some("mei"), msg_code: Some("MC_1") })"#,
    ),
    (
        "event_session_status_change_transferred",
        r#"SessionStatusChange(SessionChange { change_type: 2, old_servicer_userid: Some("mei"), new_servicer_userid: Some("li"), msg_code: None })"#,
    ),
    (
        "event_session_status_change_ended",
        r#"SessionStatusChange(SessionChange { change_type: 3, old_servicer_userid: Some("li"), new_servicer_userid: None, msg_code: Some("MC_2") })"#,
    ),
    (
        "event_session_status_change_reopened",
        r#"SessionStatusChange(SessionChange { change_type: 4, old_servicer_userid: Some("li"), new_servicer_userid: Some("li"), msg_code: None })"#,
    ),
    (
        "event_user_recall_msg",
        r#"UserRecallMsg { recall_msgid: "m_001" }"#,
    ),
    (
        "event_servicer_recall_msg",
        r#"ServicerRecallMsg { recall_msgid: "m_003" }"#,
    ),
    (
        "event_reject_customer_msg_switch_change",
        "RejectCustomerMsgSwitchChange { rejecting: true }",
    ),
    (
        "event_of_tomorrow",
        r#"Unknown { event_type: "customer_smiled", raw: … }"#,
    ),
    (
        "event_msg_send_fail_without_msgid",
        r#"Unknown { event_type: "msg_send_fail", raw: … }"#,
    ),
];

fn read(entry: &str) -> Message {
    let page = format!("{{\"errcode\":0,\"next_cursor\":\"c\",\"msg_list\":[{entry}]}}");
    let mut page: Page = serde_json::from_str(&page).unwrap();
    assert!(page.unreadable.is_empty(), "{:?}", page.unreadable);
    page.messages.pop().unwrap()
}

fn check(name: &str, expected: &str) {
    let entry = fixture(&format!("sync_msg/{name}"));
    let message = read(&entry);
    let said = match &message.content {
        Content::Unknown { msgtype, raw } => {
            assert_eq!(raw.get(), entry.trim(), "{name} is kept as it came");
            format!("Unknown {{ msgtype: {msgtype:?}, raw: … }}")
        }
        Content::Event(Event {
            kind: EventKind::Unknown { event_type, raw },
            ..
        }) => {
            assert!(entry.contains(raw.get()), "{name} is kept as it came");
            format!("Unknown {{ event_type: {event_type:?}, raw: … }}")
        }
        Content::Event(event) => format!("{:?}", event.kind),
        content => format!("{content:?}"),
    };
    assert_eq!(said, expected, "{name}");
    // Events name the account inside; readers find it in the same place as for messages.
    assert_eq!(message.open_kfid, "wkDEMO0001", "{name}");
    let about_nobody = name == "event_servicer_status_change";
    let customer = (!about_nobody).then_some("wmDEMO0001");
    assert_eq!(message.external_userid.as_deref(), customer, "{name}");
    let is_event = name.starts_with("event_");
    let (msgid, at) = if is_event {
        ("m_002", 1_700_000_002)
    } else {
        ("m_001", 1_700_000_001)
    };
    assert_eq!(
        (message.msgid.as_str(), message.send_time),
        (msgid, at),
        "{name}"
    );
}

#[test]
fn every_recorded_message_and_event_is_read() {
    let on_disk: BTreeSet<String> = std::fs::read_dir(folder("sync_msg"))
        .unwrap()
        .map(|file| {
            file.unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let listed: BTreeSet<String> = MESSAGES
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert_eq!(on_disk, listed, "every fixture has its expected value");
    for (name, expected) in MESSAGES {
        check(name, expected);
    }
}

#[test]
fn origins_and_servicers_are_told() {
    let servicer = read(&fixture("sync_msg/text_from_servicer"));
    assert_eq!(servicer.origin, origin::SERVICER);
    assert_eq!(servicer.servicer_userid.as_deref(), Some("mei"));
    assert_eq!(read(&fixture("sync_msg/text")).origin, origin::CUSTOMER);
    let event = read(&fixture("sync_msg/event_servicer_recall_msg"));
    assert_eq!(
        (event.origin, event.servicer_userid.as_deref()),
        (origin::SYSTEM, Some("mei"))
    );
}

#[test]
fn one_bad_entry_does_not_hold_up_a_page() {
    let page: Page = answer("sync_msg_mixed");
    assert_eq!((page.next_cursor.as_str(), page.has_more), ("c_79", true));
    let ids: Vec<_> = page
        .messages
        .iter()
        .map(|message| message.msgid.as_str())
        .collect();
    assert_eq!(ids, ["m_1", "18", "m_2"]);
    assert!(matches!(&page.messages[0].content, Content::Text(text) if text.content == "7"));
    assert_eq!(page.messages[0].send_time, 1_700_000_001);
    assert!(matches!(&page.messages[1].content, Content::Unknown { .. }));
    let raw: Vec<_> = page
        .unreadable
        .iter()
        .map(|entry| entry.raw.get())
        .collect();
    assert_eq!(
        raw,
        ["17", r#"{"msgtype":"text","text":{"content":"no id"}}"#]
    );

    let page: Page = answer("sync_msg_empty_but_more");
    assert!(page.has_more && page.messages.is_empty());
    let page: Page = answer("sync_msg_null_list");
    assert!(!page.has_more && page.messages.is_empty());
}

#[test]
fn deep_and_odd_entries_are_kept_not_followed() {
    let deep = format!(
        r#"{{"msgid":"m","msgtype":"text","text":{}1{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert!(matches!(read(&deep).content, Content::Unknown { .. }));
    let surrogate = r#"{"msgid":"m","msgtype":"text","text":{"content":"\ud800"}}"#;
    assert!(matches!(read(surrogate).content, Content::Unknown { .. }));
}

proptest! {
    /// Whatever stands in the list, the page is read and nothing of it is lost.
    #[test]
    fn any_entries_are_read_or_kept(entries in prop::collection::vec(prop::sample::select(vec![
        "null", "[]", "{}", "1e400", r#""text""#, r#"{"msgid":null}"#, r#"{"msgid":"a"}"#,
        r#"{"msgid":"a","msgtype":"event"}"#, r#"{"msgid":"a","msgtype":"event","event":[]}"#,
        r#"{"msgid":"a","msgtype":"event","event":{"event_type":9}}"#,
        r#"{"msgid":"a","msgtype":"text","text":null}"#,
        r#"{"msgid":"a","send_time":"soon"}"#, r#"{"msgid":18446744073709551615}"#,
        r#"{"msgid":"a","msgtype":"msgmenu","msgmenu":{"list":[{"type":"gong"}]}}"#,
    ]), 0..12)) {
        let text = format!(r#"{{"msg_list":[{}]}}"#, entries.join(","));
        let page: Page = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(page.messages.len() + page.unreadable.len(), entries.len());
    }

    #[test]
    fn reading_a_page_never_panics(text in r#"[{}\[\]":,a-z0-9 \\]{0,200}"#) {
        let _ = serde_json::from_str::<Page>(&text);
        let _ = serde_json::from_str::<Page>(&format!(r#"{{"msg_list":[{text}]}}"#));
    }
}

#[test]
fn a_product_whose_price_is_no_cents_is_shown_without_it() {
    for price in [r#""9.9""#, r#""¥9""#, "{}", "null", r#""""#] {
        let raw = format!(r#"{{"product_id":"P1","title":"Milk","sales_price":{price}}}"#);
        let product: crate::kf::ShopProduct = serde_json::from_str(&raw).unwrap();
        assert_eq!(
            (product.title.as_str(), product.sales_price),
            ("Milk", None)
        );
    }
}

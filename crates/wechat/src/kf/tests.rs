//! Every message, event, request and answer of `fixtures/wecom_kf`.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::*;
use crate::limits::{Problem, Unfit};
use crate::request::Request;

fn folder(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/wecom_kf")
        .join(name)
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(folder(&format!("{name}.json"))).unwrap()
}

fn read(entry: &str) -> Message {
    let page = format!("{{\"errcode\":0,\"next_cursor\":\"c\",\"msg_list\":[{entry}]}}");
    let mut page: Page = serde_json::from_str(&page).unwrap();
    assert!(page.unreadable.is_empty(), "{:?}", page.unreadable);
    page.messages.pop().unwrap()
}

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

fn answer<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&fixture(&format!("answers/{name}"))).unwrap()
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

#[test]
fn answers_are_read() {
    let state: State = answer("service_state");
    let mei = Some("mei".to_owned());
    assert_eq!(
        state,
        State {
            service_state: ServiceState::Servicer,
            servicer_userid: mei
        }
    );
    let state: State = answer("service_state_older_name");
    assert_eq!(
        state,
        State {
            service_state: ServiceState::Unhandled,
            servicer_userid: None
        }
    );
    assert!(serde_json::from_str::<State>(r#"{"service_state":5}"#).is_err());
    assert_eq!(
        answer::<Transferred>("service_state_trans")
            .msg_code
            .as_deref(),
        Some("MC_9")
    );
    assert_eq!(answer::<Sent>("send_msg").msgid, "gw-000001");

    let accounts = answer::<Accounts>("account_list").account_list;
    assert_eq!(accounts[0].manage_privilege, Some(true));
    assert_eq!(
        (accounts[1].name.as_str(), accounts[1].manage_privilege),
        ("奶粉", None)
    );

    let customers: Customers = answer("customer_batchget");
    assert_eq!(customers.invalid_external_userid, ["wmDEMO0003"]);
    let [first, second] = &customers.customer_list[..] else {
        panic!("{customers:?}")
    };
    assert_eq!(
        (first.nickname.as_str(), first.unionid.as_deref()),
        ("张三", Some("oUNION1"))
    );
    let context = first.enter_session_context.as_ref().unwrap();
    assert_eq!(
        context
            .wechat_channels
            .as_ref()
            .unwrap()
            .nickname
            .as_deref(),
        Some("Dairy")
    );
    assert_eq!(
        (
            second.avatar.as_deref(),
            second.enter_session_context.as_ref()
        ),
        (None, None)
    );
}

#[test]
fn a_link_carries_words_of_ours() {
    let link: EntryLink = answer("add_contact_way");
    let url = link.with_scene_param("a=1&b=中").unwrap();
    assert!(
        url.ends_with("?enc_scene=ENCabc&scene_param=a%3D1%26b%3D%E4%B8%AD"),
        "{url}"
    );
    assert!(link.with_scene_param(&"a".repeat(129)).is_err());
}

/// A request becomes the recorded bytes (members in any order) and is found fit.
fn asks<R: Request>(name: &str, request: &R) {
    let recorded: Value = serde_json::from_str(&fixture(&format!("requests/{name}"))).unwrap();
    assert_eq!(serde_json::to_value(request).unwrap(), recorded, "{name}");
    request.check().unwrap();
}

fn says(content: Outgoing) -> SendMsg {
    SendMsg {
        touser: "wmDEMO0001".into(),
        open_kfid: "wkDEMO0001".into(),
        msgid: Some("gw-000001".into()),
        content,
    }
}

fn link() -> OutgoingLink {
    OutgoingLink {
        title: "Size guide".into(),
        desc: "How to measure".into(),
        url: "https://shop.example/size".into(),
        thumb_media_id: "MEDIA_thumb".into(),
    }
}

fn card() -> OutgoingMiniprogram {
    OutgoingMiniprogram {
        appid: "wx0123456789abcdef".into(),
        title: "Order".into(),
        thumb_media_id: "MEDIA_thumb".into(),
        pagepath: "pages/order.html".into(),
    }
}

fn click(id: Option<&str>, content: &str) -> MenuItem {
    MenuItem::Click(MenuClick {
        id: id.map(str::to_owned),
        content: content.into(),
    })
}

fn menu() -> Menu {
    Menu {
        head_content: Some("Was it good?".into()),
        list: vec![
            click(Some("101"), "Yes"),
            click(None, "No"),
            MenuItem::View(MenuView {
                url: "https://shop.example".into(),
                content: "Shop".into(),
            }),
            MenuItem::Miniprogram(MenuMiniprogram {
                appid: "wx0123456789abcdef".into(),
                pagepath: "pages/a.html".into(),
                content: "App".into(),
            }),
            MenuItem::Text(MenuText {
                content: "thanks".into(),
                no_newline: 1,
            }),
        ],
        tail_content: Some("Bye".into()),
    }
}

#[test]
fn everything_that_can_be_said_has_its_recorded_form() {
    asks(
        "send_text",
        &says(Outgoing::Text("您的包裹今天发出 📦".into())),
    );
    asks("send_image", &says(Outgoing::Image("MEDIA_image".into())));
    asks("send_voice", &says(Outgoing::Voice("MEDIA_voice".into())));
    asks("send_video", &says(Outgoing::Video("MEDIA_video".into())));
    asks("send_file", &says(Outgoing::File("MEDIA_file".into())));
    asks("send_link", &says(Outgoing::Link(link())));
    asks("send_miniprogram", &says(Outgoing::Miniprogram(card())));
    asks("send_msgmenu", &says(Outgoing::Msgmenu(menu())));
    let place = OutgoingLocation {
        name: "Shop".into(),
        address: "Main street 1".into(),
        latitude: 23.1,
        longitude: 113.3,
    };
    asks("send_location", &says(Outgoing::Location(place)));
    let link_url = "https://work.weixin.qq.com/ca/cawcde0123456789".into();
    asks(
        "send_ca_link",
        &says(Outgoing::CaLink(OutgoingCaLink { link_url })),
    );
    asks(
        "send_business_card",
        &says(Outgoing::BusinessCard("mei".into())),
    );

    let msgid = Some("gw-000002".into());
    let content = OnEvent::Text("Welcome".into());
    asks(
        "on_event_text",
        &SendMsgOnEvent {
            code: "WC_1".into(),
            msgid,
            content,
        },
    );
    let list = vec![click(Some("5"), "Great")];
    let bye = Menu {
        head_content: Some("Bye".into()),
        list,
        tail_content: None,
    };
    let content = OnEvent::Msgmenu(bye);
    asks(
        "on_event_msgmenu",
        &SendMsgOnEvent {
            code: "MC_2".into(),
            msgid: None,
            content,
        },
    );
    let raw = serde_json::to_string(&says(Outgoing::Text("您".into()))).unwrap();
    assert!(
        raw.contains('您'),
        "the platform refuses escaped characters: {raw}"
    );
}

#[test]
fn everything_that_can_be_asked_has_its_recorded_form() {
    let open_kfid = || "wkDEMO0001".to_owned();
    let external_userid = || "wmDEMO0001".to_owned();
    let sync = SyncMsg {
        cursor: Some("c_77".into()),
        token: Some("ENCtok01".into()),
        limit: Some(1_000),
        voice_format: VoiceFormat::Amr,
        open_kfid: open_kfid(),
    };
    asks("sync_msg", &sync);
    let first = SyncMsg {
        voice_format: VoiceFormat::Silk,
        open_kfid: open_kfid(),
        ..SyncMsg::default()
    };
    asks("sync_msg_first", &first);
    let mut trans = TransState {
        open_kfid: open_kfid(),
        external_userid: external_userid(),
        service_state: ServiceState::Servicer,
        servicer_userid: Some("mei".into()),
    };
    asks("service_state_trans", &trans);
    trans.servicer_userid = None;
    assert_eq!(trans.check().unwrap_err().field, "servicer_userid");
    trans.service_state = ServiceState::Ended;
    asks("service_state_end", &trans);
    let external_userid_list = vec![external_userid()];
    asks(
        "customer_batchget",
        &BatchGet {
            external_userid_list,
            need_enter_session_context: 1,
        },
    );
    let scene = Some("shop-1_a".into());
    asks(
        "kf_add_contact_way",
        &AddContactWay {
            open_kfid: open_kfid(),
            scene,
        },
    );
    asks(
        "account_list",
        &AccountList {
            offset: 100,
            limit: Some(100),
        },
    );
}

fn unfit(content: Outgoing) -> Unfit {
    says(content).check().unwrap_err()
}

#[test]
fn what_the_platform_would_refuse_is_refused_here() {
    let fits = |content: Outgoing| says(content).check().is_ok();
    assert!(fits(Outgoing::Text("中".repeat(682))));
    let long = unfit(Outgoing::Text("中".repeat(683)));
    assert_eq!(
        long.problem,
        Problem::TooLong {
            max: 2_048,
            got: 2_049
        }
    );
    assert_eq!(long.to_string(), "text.content: at most 2048, not 2049");
    assert_eq!(unfit(Outgoing::Text(String::new())).problem, Problem::Empty);
    assert_eq!(
        unfit(Outgoing::Image(String::new())).problem,
        Problem::Empty
    );
    let script = OutgoingLink {
        url: "javascript:alert(1)".into(),
        ..link()
    };
    assert_eq!(unfit(Outgoing::Link(script)).problem, Problem::NotAllowed);
    let nowhere = OutgoingLocation {
        latitude: f64::NAN,
        ..OutgoingLocation::default()
    };
    assert_eq!(
        unfit(Outgoing::Location(nowhere)).field,
        "location.latitude"
    );
    let off = OutgoingLocation {
        longitude: 180.1,
        ..OutgoingLocation::default()
    };
    assert_eq!(unfit(Outgoing::Location(off)).field, "location.longitude");

    let of = |n: usize| Menu {
        list: vec![click(None, "x"); n],
        ..Menu::default()
    };
    assert!(fits(Outgoing::Msgmenu(of(10))));
    assert_eq!(
        unfit(Outgoing::Msgmenu(of(11))).problem,
        Problem::TooLong { max: 10, got: 11 }
    );
    let lines = vec![
        MenuItem::Text(MenuText {
            content: "x".into(),
            no_newline: 0
        });
        51
    ];
    let lines = Menu {
        list: lines,
        ..Menu::default()
    };
    assert_eq!(
        unfit(Outgoing::Msgmenu(lines)).problem,
        Problem::TooLong { max: 50, got: 51 }
    );
    let wide = Menu {
        list: vec![click(None, &"中".repeat(43))],
        ..Menu::default()
    };
    assert_eq!(unfit(Outgoing::Msgmenu(wide)).field, "click.content");

    let mut message = says(Outgoing::Text("x".into()));
    message.msgid = Some("a b".into());
    assert_eq!(message.check().unwrap_err().problem, Problem::NotAllowed);
    message.msgid = Some("a".repeat(33));
    assert_eq!(message.check().unwrap_err().field, "msgid");
}

#[test]
fn titles_are_cut_between_two_characters() {
    let mut content = Outgoing::Link(OutgoingLink {
        title: "中".repeat(50),
        desc: "é".repeat(300),
        ..link()
    });
    assert!(content.check().is_err());
    content.cut_to_fit();
    content.check().unwrap();
    let Outgoing::Link(link) = &content else {
        panic!()
    };
    assert_eq!((link.title.len(), link.desc.len()), (126, 512));
    let mut content = Outgoing::Miniprogram(OutgoingMiniprogram {
        title: "📦".repeat(17),
        ..card()
    });
    content.cut_to_fit();
    let Outgoing::Miniprogram(card) = &content else {
        panic!()
    };
    assert_eq!(card.title.len(), 64);
}

#[test]
fn a_failed_delivery_is_told_in_words() {
    for fail_type in 0..=13 {
        let (zh, en) = fail_words(fail_type);
        assert!(!zh.is_empty() && en.is_ascii(), "{fail_type}");
    }
    assert!(fail_words(10).1.contains("refuses"));
}

/// What is written can be read again by the same types, where both directions have one.
#[test]
fn a_menu_survives_the_way_there_and_back() {
    fn text(value: &impl Serialize) -> String {
        serde_json::to_string(value).unwrap()
    }
    assert_eq!(
        serde_json::from_str::<Menu>(&text(&menu())).unwrap(),
        menu()
    );
}

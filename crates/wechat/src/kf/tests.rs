//! Every request and answer of `fixtures/wecom_kf`.

mod inbound;

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

fn answer<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&fixture(&format!("answers/{name}"))).unwrap()
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

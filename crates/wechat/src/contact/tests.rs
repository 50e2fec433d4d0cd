//! The recorded requests and answers of customer contact.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::*;
use crate::limits::Problem;
use crate::request::Request;

fn fixture(name: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/wecom_kf");
    std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap()
}

fn answer<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&fixture(&format!("answers/{name}"))).unwrap()
}

fn asks<R: Request>(name: &str, request: &R) {
    let recorded: Value = serde_json::from_str(&fixture(&format!("requests/{name}"))).unwrap();
    assert_eq!(serde_json::to_value(request).unwrap(), recorded, "{name}");
    request.check().unwrap();
}

#[test]
fn requests_have_their_recorded_form() {
    let state = Some("h_01J9ZKQH8XW2M5T7R9B4C6D1F0".to_owned());
    asks(
        "contact_way_one",
        &AddContactWay::to(vec!["lina".into()], state),
    );
    let mut many = AddContactWay::to(vec!["lina".into(), "mei".into()], None);
    many.remark = Some("shop".into());
    many.is_exclusive = true;
    asks("contact_way_many", &many);
    let mut join = AddJoinWay::into_groups(vec!["wrDEMO0001".into()], Some("h_1".into()));
    join.room_base_name = Some("Fans".into());
    join.room_base_id = Some(10);
    asks("join_way", &join);
    let owner_filter = Some(OwnerFilter {
        userid_list: vec!["lina".into()],
    });
    asks(
        "groupchat_list",
        &GroupList {
            owner_filter,
            limit: 100,
            ..GroupList::default()
        },
    );
    asks(
        "groupchat_get",
        &GetGroup {
            chat_id: "wrDEMO0001".into(),
            need_name: 1,
        },
    );
}

fn welcome() -> SendWelcomeMsg {
    SendWelcomeMsg {
        welcome_code: "WC1".into(),
        text: Some("您好".into()),
        attachments: vec![
            Attachment::Image(WelcomePicture::MediaId("MEDIA_1".into())),
            Attachment::Image(WelcomePicture::PicUrl("https://p.example/1".into())),
            Attachment::Link(WelcomeLink {
                title: "Shop".into(),
                picurl: Some("https://p.example/2".into()),
                desc: Some("d".into()),
                url: "https://shop.example".into(),
            }),
            Attachment::Miniprogram(WelcomeMiniprogram {
                title: "App".into(),
                pic_media_id: "MEDIA_2".into(),
                appid: "wx0".into(),
                page: "pages/a.html".into(),
            }),
            Attachment::Video("MEDIA_3".into()),
            Attachment::File("MEDIA_4".into()),
        ],
    }
}

#[test]
fn a_welcome_has_words_or_attachments() {
    asks("welcome", &welcome());
    let silent = SendWelcomeMsg {
        text: None,
        attachments: Vec::new(),
        ..welcome()
    };
    assert_eq!(silent.check().unwrap_err().problem, Problem::Empty);
    let many = SendWelcomeMsg {
        attachments: vec![Attachment::File("f".into()); 10],
        ..welcome()
    };
    assert_eq!(
        many.check().unwrap_err().problem,
        Problem::TooLong { max: 9, got: 10 }
    );
}

#[test]
fn what_the_platform_would_refuse_is_refused_here() {
    let state = |chars: usize| Some("节".repeat(chars));
    assert!(
        AddContactWay::to(vec!["lina".into()], state(30))
            .check()
            .is_ok()
    );
    assert_eq!(
        AddContactWay::to(vec!["a".into()], state(31))
            .check()
            .unwrap_err()
            .field,
        "state"
    );
    assert_eq!(
        AddContactWay::to(Vec::new(), None)
            .check()
            .unwrap_err()
            .field,
        "user"
    );
    let groups = |n: usize| AddJoinWay::into_groups(vec!["wr".into(); n], None);
    assert_eq!(groups(0).check().unwrap_err().problem, Problem::Empty);
    assert_eq!(
        groups(6).check().unwrap_err().problem,
        Problem::TooLong { max: 5, got: 6 }
    );
}

#[test]
fn answers_are_read() {
    let way: NewContactWay = answer("contact_way");
    assert_eq!(way.qr_code.as_deref(), Some("https://p.example/qr"));
    let way = answer::<ContactWayDetail>("get_contact_way").contact_way;
    assert_eq!(
        (way.state.as_deref(), &way.user[..]),
        (Some("h_01J9ZK"), &["lina".to_owned()][..])
    );
    let way = answer::<JoinWayDetail>("get_join_way").join_way;
    assert!(way.auto_create_room && way.chat_id_list.len() == 2);
    assert_eq!(way.qr_code.as_deref(), Some("https://p.example/join"));

    let group = answer::<GroupDetail>("groupchat_get").group_chat;
    assert_eq!(
        (group.owner.as_str(), group.member_version.as_deref()),
        ("lina", Some("7121"))
    );
    let customer = &group.member_list[1];
    assert_eq!((customer.r#type, customer.join_scene), (2, 3));
    assert_eq!(customer.state.as_deref(), Some("h_01J9ZL"));
    assert_eq!(group.admin_list[0].userid, "mei");
    let page: GroupPage = answer("groupchat_list");
    assert_eq!(
        (page.group_chat_list[1].status, page.next_cursor.as_deref()),
        (1, Some("c2"))
    );

    let contact: Contact = answer("externalcontact_get");
    assert_eq!(contact.external_contact.name, "张三");
    let lina = &contact.follow_user[0];
    assert_eq!((lina.state.as_deref(), lina.add_way), (Some("h_01J9ZK"), 1));
    assert_eq!(lina.tags[0].tag_name, "gold");
}

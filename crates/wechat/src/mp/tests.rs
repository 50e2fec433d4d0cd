//! Requests as they travel.

use serde_json::{Value, json};

use super::*;
use crate::request::Request;

fn sent(content: Outgoing) -> Value {
    let send = CustomSend {
        touser: "oTEST0001".to_owned(),
        content,
    };
    send.check().unwrap();
    serde_json::to_value(&send).unwrap()
}

fn refused(content: Outgoing) -> &'static str {
    let touser = "oTEST0001".to_owned();
    CustomSend { touser, content }.check().unwrap_err().field
}

#[test]
fn each_type_stands_in_the_member_of_its_name() {
    let text = sent(Outgoing::Text("您好".to_owned()));
    assert_eq!(
        text,
        json!({ "touser": "oTEST0001", "msgtype": "text", "text": { "content": "您好" } })
    );
    let news = sent(Outgoing::News(OutgoingArticle {
        title: "新茶".to_owned(),
        url: "https://shop.example/1".to_owned(),
        ..OutgoingArticle::default()
    }));
    assert_eq!(news["news"]["articles"].as_array().unwrap().len(), 1);
    assert!(news["news"]["articles"][0].get("picurl").is_none());
    let menu = sent(Outgoing::Menu(Menu {
        head_content: "满意吗".to_owned(),
        list: vec![MenuItem {
            id: "101".to_owned(),
            content: "满意".to_owned(),
        }],
        tail_content: String::new(),
    }));
    assert_eq!(menu["msgmenu"]["list"][0]["id"], "101");
    let own = sent(Outgoing::Page(OutgoingPage {
        title: "T".to_owned(),
        pagepath: "pages/a".to_owned(),
        thumb_media_id: "m".to_owned(),
        ..OutgoingPage::default()
    }));
    assert!(own["miniprogrampage"].get("appid").is_none());
}

#[test]
fn what_the_platform_would_refuse_is_not_sent() {
    assert_eq!(refused(Outgoing::Text("汉".repeat(683))), "text.content");
    assert_eq!(refused(Outgoing::Text(String::new())), "text.content");
    assert_eq!(refused(Outgoing::Menu(Menu::default())), "msgmenu.list");
    let mut long = Outgoing::Link(OutgoingLink {
        title: "题".repeat(100),
        description: "d".to_owned(),
        url: "https://shop.example".to_owned(),
        thumb_url: String::new(),
    });
    long.cut_to_fit();
    sent(long);
    let script = OutgoingArticle {
        title: "t".to_owned(),
        url: "javascript:alert(1)".to_owned(),
        ..OutgoingArticle::default()
    };
    assert_eq!(refused(Outgoing::News(script)), "news.articles.url");
}

#[test]
fn ids_of_a_shop_keep_every_digit() {
    let send = |content| ShopSend {
        request_id: "o_1".to_owned(),
        open_id: "oSHOP0001".to_owned(),
        content,
    };
    let order = send(ShopOutgoing::Order(Share("3705115058471208928".to_owned())));
    order.check().unwrap();
    let text = serde_json::to_string(&order).unwrap();
    assert!(
        text.contains(r#""order_share":{"order_id":3705115058471208928}"#),
        "{text}"
    );
    let wrong = send(ShopOutgoing::Product(Share("12ab".to_owned())));
    assert!(wrong.check().is_err());
}

#[test]
fn a_code_says_how_long_it_lives() {
    let code = |kind| {
        let scene = "store-17".to_owned();
        serde_json::to_value(CreateCode { scene, kind }).unwrap()
    };
    let brief = code(CodeKind::Temporary(604_800));
    assert_eq!(
        brief,
        json!({ "expire_seconds": 604_800, "action_name": "QR_STR_SCENE",
                "action_info": { "scene": { "scene_str": "store-17" } } })
    );
    assert_eq!(
        code(CodeKind::Permanent)["action_name"],
        "QR_LIMIT_STR_SCENE"
    );
}

#[test]
fn followers_are_read_whatever_is_missing() {
    let told = r#"{"user_info_list":[{"subscribe":1,"openid":"o1","unionid":"u1","remark":""},
        {"subscribe":"0","openid":"o2"}]}"#;
    let users: Users = serde_json::from_str(told).unwrap();
    let [one, two] = &users.user_info_list[..] else {
        panic!("{users:?}");
    };
    assert!(one.subscribe && one.remark.is_none() && !two.subscribe);
    assert_eq!(one.unionid.as_deref(), Some("u1"));
}

//! What we say, in the platform's words.

use kefu_domain::Content;
use kefu_wechat::client::UploadKind;
use kefu_wechat::kf::{MAX_TEXT, MenuItem, Outgoing};
use serde_json::{Value, json};

use super::draft::{Draft, draft};
use crate::Class;

fn content(msgtype: &str, body: Value) -> Content {
    Content::from_parts(msgtype, body).unwrap()
}

fn drafted(msgtype: &str, body: Value) -> Draft {
    draft(&content(msgtype, body)).unwrap()
}

fn refused(msgtype: &str, body: Value) -> String {
    let fault = draft(&content(msgtype, body)).unwrap_err();
    assert_eq!(fault.class, Class::Permanent);
    let (zh, en) = fault.failure.reason.split_once('\u{1f}').unwrap();
    assert!(!zh.is_empty() && !en.is_empty());
    fault.failure.code
}

#[test]
fn text_is_one_message_or_none() {
    let words = "节".repeat(MAX_TEXT / 3);
    assert_eq!(
        drafted("text", json!({ "content": words })),
        Draft::Text(words.clone())
    );
    let longer = format!("{words}节");
    assert_eq!(refused("text", json!({ "content": longer })), "too_long");
    assert_eq!(refused("text", json!({ "content": " \n" })), "empty");
}

#[test]
fn files_are_named_for_upload() {
    for (msgtype, kind) in [
        ("image", UploadKind::Image),
        ("voice", UploadKind::Voice),
        ("video", UploadKind::Video),
        ("file", UploadKind::File),
    ] {
        let named = Draft::File(kind, "m1".into());
        assert_eq!(drafted(msgtype, json!({ "media_id": "m1" })), named);
        assert_eq!(refused(msgtype, json!({ "media_id": "" })), "file_gone");
    }
}

#[test]
fn a_card_goes_out_as_its_code_or_else_as_a_link() {
    let card = |more: Value| {
        let mut card = json!({ "name": "顾念", "title": "茶艺顾问", "line": "一起喝茶" });
        let fields = card.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        card
    };
    assert_eq!(
        drafted(
            "handoff",
            card(json!({ "qr_media_id": "q1", "url": "https://k.example/h/1" }))
        ),
        Draft::File(UploadKind::Image, "q1".into())
    );
    let with_url = card(json!({ "url": "https://k.example/h/1", "avatar_media_id": "a1" }));
    let Draft::Link(link, picture) = drafted("handoff", with_url) else {
        panic!("a card without a code is a link");
    };
    assert_eq!(link.title, "顾念 · 茶艺顾问");
    assert_eq!(
        (link.desc.as_str(), link.url.as_str()),
        ("一起喝茶", "https://k.example/h/1")
    );
    assert_eq!(picture.as_deref(), Some("a1"));
    let links = json!({ "links": [{ "title": "商城", "url": "https://shop.example" }] });
    let Draft::Link(link, _) = drafted("handoff", card(links)) else {
        panic!("its first link is better than nothing");
    };
    assert_eq!(link.url, "https://shop.example");
    assert_eq!(refused("handoff", card(json!({}))), "card_empty");
}

#[test]
fn a_survey_is_a_menu_whose_taps_name_session_and_score() {
    let options: Vec<Value> = (1..=5)
        .map(|score| json!({ "score": score, "label": "很好".repeat(40) }))
        .collect();
    let session = "01J9ZKQH8XW2M5T7R9B4C6D1F0";
    let Draft::Menu(menu) = drafted(
        "survey",
        json!({ "session_id": session, "question": "帮到您了吗？", "options": options }),
    ) else {
        panic!("a survey is a menu");
    };
    let wire = serde_json::to_value(&menu).unwrap();
    assert_eq!(wire["head_content"], "帮到您了吗？");
    assert_eq!(
        wire["list"][4]["click"]["id"],
        format!("survey:{session}:5")
    );
    // A label that is too long is cut between two characters; the platform takes the whole.
    assert_eq!(
        wire["list"][0]["click"]["content"].as_str().map(str::len),
        Some(126)
    );
    assert_eq!(Outgoing::Msgmenu(menu).check(), Ok(()));
}

#[test]
fn a_menu_goes_out_as_it_was_made() {
    let list = json!([
        { "type": "click", "click": { "id": "1", "content": "查订单" } },
        { "type": "click", "click": { "id": "", "content": "转人工" } },
        { "type": "view", "view": { "url": "https://shop.example", "content": "商城" } },
        { "type": "miniprogram",
          "miniprogram": { "appid": "wx1", "pagepath": "a.html", "content": "小程序" } },
        { "type": "text", "text": { "content": "一\n二", "no_newline": 1 } },
    ]);
    let menu = json!({ "head_content": "您好", "list": list, "tail_content": "" });
    let Draft::Menu(menu) = drafted("msgmenu", menu) else {
        panic!("a menu is a menu");
    };
    assert_eq!(
        serde_json::to_value(&menu).unwrap(),
        json!({ "head_content": "您好", "list": [
            { "type": "click", "click": { "id": "1", "content": "查订单" } },
            { "type": "click", "click": { "content": "转人工" } },
            { "type": "view", "view": { "url": "https://shop.example", "content": "商城" } },
            { "type": "miniprogram",
              "miniprogram": { "appid": "wx1", "pagepath": "a.html", "content": "小程序" } },
            { "type": "text", "text": { "content": "一\\n二", "no_newline": 1 } },
        ]})
    );
}

#[test]
fn words_that_have_no_room_above_or_below_a_menu_are_lines_of_it() {
    // As many characters as a brand may set up; the platform counts bytes.
    let (head, tail) = ("上".repeat(1_000), format!("一\n二{}", "下".repeat(341)));
    let click = json!({ "type": "click", "click": { "id": "1", "content": "龙井".repeat(30) } });
    let menu = json!({ "head_content": head, "list": [click], "tail_content": tail });
    let Draft::Menu(menu) = drafted("msgmenu", menu) else {
        panic!("a menu is a menu");
    };
    assert_eq!(Outgoing::Msgmenu(menu.clone()).check(), Ok(()));
    let item = |item: &MenuItem| match item {
        MenuItem::Text(text) => text.content.clone(),
        MenuItem::Click(click) => format!("[{}]", click.content),
        other => panic!("{other:?}"),
    };
    let shown: String = menu.list.iter().map(item).collect();
    let whole = menu.head_content.unwrap() + &shown + &menu.tail_content.unwrap();
    let tap = "龙井".repeat(21);
    assert_eq!(whole, format!("{head}[{tap}]{}", tail.replace('\n', "\\n")));
    let question =
        json!({ "session_id": "s", "question": head, "options": [{ "score": 5, "label": "好" }] });
    let Draft::Menu(survey) = drafted("survey", question) else {
        panic!("a survey is a menu");
    };
    assert_eq!(Outgoing::Msgmenu(survey.clone()).check(), Ok(()));
    assert!(survey.list.len() > 2, "the end of the question is there");
}

#[test]
fn what_kf_has_no_words_for_is_refused() {
    assert_eq!(
        refused("event", json!({ "event_type": "queued" })),
        "not_sendable"
    );
    assert_eq!(refused("hologram", json!({})), "not_sendable");
}

#[test]
fn a_link_without_a_title_shows_its_address() {
    let Draft::Link(link, None) = drafted("link", json!({ "title": " ", "url": "https://a.cn" }))
    else {
        panic!("a link is a link");
    };
    assert_eq!(link.title, "https://a.cn");
}

#[test]
fn an_acquisition_link_is_the_platforms_own_card() {
    let url = "https://work.weixin.qq.com/ca/cawcde0123456789";
    assert_eq!(
        drafted("link", json!({ "title": "加好友", "url": url })),
        Draft::CaLink(url.into())
    );
    let other = drafted("link", json!({ "title": "x", "url": "https://ca.example" }));
    assert!(matches!(other, Draft::Link(..)));
}

#[test]
fn every_kind_of_menu_item_goes_out_within_the_platforms_limits() {
    let items = json!([
        { "type": "click", "click": { "id": "101", "content": "满意" } },
        { "type": "view", "view": { "url": "https://tea.example", "content": "看看新茶" } },
        { "type": "miniprogram", "miniprogram": { "appid": "wx01", "pagepath": "pages/tea.html", "content": "小程序" } },
        { "type": "text", "text": { "content": "第一行\n第二行", "no_newline": 1 } },
    ]);
    let menu = json!({ "head_content": "请选择", "list": items, "tail_content": "谢谢" });
    let Draft::Menu(menu) = drafted("msgmenu", menu) else {
        panic!("a menu");
    };
    let sent = serde_json::to_value(&menu).unwrap();
    assert_eq!(sent["list"][0]["click"]["id"], "101");
    assert_eq!(sent["list"][1]["view"]["url"], "https://tea.example");
    assert_eq!(sent["list"][2]["miniprogram"]["appid"], "wx01");
    assert_eq!(sent["list"][3]["text"]["content"], "第一行\\n第二行");
    assert_eq!(sent["list"][3]["text"]["no_newline"], 1);
    assert!(Outgoing::Msgmenu(menu.clone()).check().is_ok());
    // Eleven taps: the platform would answer 95008.
    let tap = menu.list[0].clone();
    let many = kefu_wechat::kf::Menu {
        list: vec![tap; 11],
        ..menu
    };
    assert!(Outgoing::Msgmenu(many).check().is_err());
}

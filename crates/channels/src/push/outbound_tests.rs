//! What is said, in the platform's words.

use kefu_domain::content::{File, MiniProgram, Survey, SurveyOption};
use kefu_domain::content::{HandoffCard, Link, Menu as OurMenu, MenuClick, MenuItem, MenuView};

use super::*;

fn ready(content: &Content, official: bool) -> Outgoing {
    match draft(content, official).unwrap() {
        Draft::Ready(content) => content,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_link_is_an_article_for_one_and_a_card_for_the_other() {
    let link = Content::Link(Link {
        title: "新茶".to_owned(),
        url: "https://shop.example/1".to_owned(),
        ..Link::default()
    });
    let Outgoing::News(article) = ready(&link, true) else {
        panic!("an article");
    };
    assert_eq!(
        (article.title.as_str(), article.picurl.as_str()),
        ("新茶", "")
    );
    let Outgoing::Link(card) = ready(&link, false) else {
        panic!("a card");
    };
    assert_eq!(card.description, "新茶", "a second line is needed");
}

#[test]
fn a_menu_keeps_what_can_be_tapped_and_says_the_rest() {
    let item = |id: &str, content: &str| MenuItem::Click {
        click: MenuClick {
            id: id.to_owned(),
            content: content.to_owned(),
        },
    };
    let page = MenuItem::View {
        view: MenuView {
            url: "https://shop.example/a\"b".to_owned(),
            content: "商城".to_owned(),
        },
    };
    let menu = OurMenu {
        head_content: "请选择".to_owned(),
        list: vec![item("human", "转人工"), page.clone()],
        tail_content: "谢谢".to_owned(),
    };
    let Outgoing::Menu(sent) = ready(&Content::Menu(menu.clone()), true) else {
        panic!("a menu");
    };
    assert_eq!(sent.list[0].id, "human");
    let below = "<a href=\"https://shop.example/a%22b\">商城</a>\n谢谢";
    assert_eq!(sent.tail_content, below);
    let links = OurMenu {
        list: vec![page],
        ..menu.clone()
    };
    let words = ready(&Content::Menu(links), true);
    assert_eq!(words, Outgoing::Text(format!("请选择\n{below}")));
    assert!(draft(&Content::Menu(menu), false).is_err());
}

#[test]
fn a_survey_comes_back_with_its_session_and_score() {
    let survey = Survey {
        session_id: "01J9".to_owned(),
        question: "满意吗".to_owned(),
        options: vec![SurveyOption {
            score: 5,
            label: "满意".to_owned(),
        }],
        ..Survey::default()
    };
    let Outgoing::Menu(sent) = ready(&Content::Survey(survey), true) else {
        panic!("a menu");
    };
    assert_eq!(sent.list[0].id, "survey:01J9:5");
}

#[test]
fn a_card_is_its_code_or_else_its_link_or_refused() {
    let mut card = HandoffCard {
        name: "林娜".to_owned(),
        title: "茶艺师".to_owned(),
        qr_media_id: Some("m1".to_owned()),
        url: Some("https://kefu.example/h/1".to_owned()),
        ..HandoffCard::default()
    };
    for official in [true, false] {
        let picture = draft(&Content::Handoff(card.clone()), official).unwrap();
        assert_eq!(picture, Draft::File(UploadKind::Image, "m1".to_owned()));
    }
    card.qr_media_id = None;
    let Outgoing::News(article) = ready(&Content::Handoff(card.clone()), true) else {
        panic!("an article");
    };
    assert_eq!(article.title, "林娜 · 茶艺师");
    card.url = None;
    let refused = draft(&Content::Handoff(card), true).unwrap_err();
    assert_eq!(refused.failure.code, "card_empty");
}

#[test]
fn a_mini_program_sends_its_own_pages_and_an_account_names_whose() {
    let card = Content::MiniProgram(MiniProgram {
        appid: "wx01".to_owned(),
        pagepath: "pages/a".to_owned(),
        ..MiniProgram::default()
    });
    for (official, appid) in [(true, "wx01"), (false, "")] {
        let Draft::Page(page, None) = draft(&card, official).unwrap() else {
            panic!("a card");
        };
        assert_eq!(page.appid, appid);
    }
}

#[test]
fn what_has_no_way_is_refused_in_words() {
    let file = File {
        media_id: "m".to_owned(),
        ..File::default()
    };
    for (content, official) in [
        (Content::File(file.clone()), true),
        (Content::Voice(file.clone()), false),
        (Content::Video(file), false),
    ] {
        let fault = draft(&content, official).unwrap_err();
        assert_eq!(fault.class, Class::Permanent);
        assert_eq!(fault.failure.code, "not_sendable");
    }
    let long = Content::text("汉".repeat(683));
    assert_eq!(draft(&long, true).unwrap_err().failure.code, "too_long");
    let control = Content::text("a\u{1}b\nc");
    assert_eq!(ready(&control, true), Outgoing::Text("ab\nc".to_owned()));
}

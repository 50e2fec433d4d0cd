use super::*;
use crate::SessionId;

#[test]
fn what_is_stored_reads_back() {
    let all = [
        Content::text("尺码&颜色 <红> ]]> 有货吗？"),
        Content::Image(File {
            media_id: "m".into(),
            width: Some(3),
            ..File::default()
        }),
        Content::Location(Location {
            latitude: 30.25,
            longitude: 120.1,
            ..Location::default()
        }),
        Content::Menu(Menu {
            head_content: "您好".into(),
            list: vec![MenuItem::Click {
                click: MenuClick {
                    id: "1".into(),
                    content: "转人工".into(),
                },
            }],
            tail_content: String::new(),
        }),
        Content::Other {
            msgtype: "channels".into(),
            body: serde_json::json!({"sub_type": 2}),
        },
    ];
    for content in all {
        assert_eq!(Content::from_json(&content.to_json()), Ok(content));
    }
}

#[test]
fn limits_are_in_characters_and_nul_is_refused() {
    assert_eq!(Content::text("好".repeat(4096)).check_outgoing(), Ok(()));
    assert_eq!(
        Content::text("好".repeat(4097)).check_outgoing(),
        Err(BadContent::TooLong)
    );
    assert_eq!(
        Content::text(" \n").check_outgoing(),
        Err(BadContent::Empty)
    );
    assert_eq!(Content::text("a\0b").check_outgoing(), Err(BadContent::Nul));
}

#[test]
fn a_client_cannot_send_what_only_we_make() {
    let card = Content::Handoff(HandoffCard::default());
    assert_eq!(
        card.check_outgoing(),
        Err(BadContent::Type("handoff".into()))
    );
    let script = Content::Link(Link {
        url: "javascript:alert(1)".into(),
        ..Link::default()
    });
    assert_eq!(script.check_outgoing(), Err(BadContent::Range("link")));
}

#[test]
fn a_preview_is_one_line() {
    assert_eq!(Content::text("第一行\n第二行").preview(5), "第一行 第");
    let heard = Content::Voice(File {
        transcript: Some("请问几点关门".into()),
        ..File::default()
    });
    assert_eq!(
        heard.preview(80),
        "请问几点关门",
        "as the platform heard it"
    );
}

#[test]
fn a_quote_becomes_a_first_line_where_it_cannot_be_carried() {
    let said = |preview: Option<&str>| {
        Content::Text(Text {
            content: "不放".into(),
            quote: Some(Quote {
                msgid: "c-3".into(),
                preview: preview.map(str::to_owned),
                ..Quote::default()
            }),
            ..Text::default()
        })
    };
    assert_eq!(
        said(Some("礼盒放价签吗")).quote_in_words(),
        Content::text("「礼盒放价签吗」\n不放")
    );
    // A picture has no words to repeat.
    assert_eq!(said(Some("")).quote_in_words(), Content::text("不放"));
    assert_eq!(said(None).quote_in_words(), Content::text("不放"));
    let plain = Content::text("好");
    assert_eq!(plain.clone().quote_in_words(), plain);
    assert_eq!(
        Content::from_json(&said(Some("甲")).to_json()),
        Ok(said(Some("甲")))
    );
}

#[test]
fn every_string_is_bounded() {
    let long = || "x".repeat(4096);
    let click = |id: String, content: String| MenuItem::Click {
        click: MenuClick { id, content },
    };
    let menu = |item| {
        Content::Menu(Menu {
            list: vec![item],
            ..Menu::default()
        })
    };
    let view = |url: String| MenuItem::View {
        view: MenuView {
            url,
            content: "店铺".into(),
        },
    };
    assert_eq!(
        menu(click("1".into(), "转人工".into())).check_outgoing(),
        Ok(())
    );
    assert_eq!(
        menu(view("https://shop.example".into())).check_outgoing(),
        Ok(())
    );
    let too_much = [
        menu(click(long(), "转人工".into())),
        menu(click("1".into(), long())),
        menu(view(format!("https://{}", long()))),
        menu(view("javascript:alert(1)".into())),
        menu(MenuItem::Text {
            text: MenuText {
                content: long(),
                no_newline: 0,
            },
        }),
        Content::Text(Text {
            content: "好".into(),
            menu_id: Some(long()),
            quote: None,
        }),
        Content::MiniProgram(MiniProgram {
            appid: "wx1".into(),
            title: long(),
            ..MiniProgram::default()
        }),
        Content::Link(Link {
            url: "https://shop.example".into(),
            pic_url: Some(long()),
            ..Link::default()
        }),
        Content::Location(Location {
            name: "a\0b".into(),
            ..Location::default()
        }),
    ];
    for content in too_much {
        let refused = content.check_outgoing();
        assert!(matches!(refused, Err(BadContent::Range(_))), "{content:?}");
    }
}

#[test]
fn the_picture_of_a_card_may_still_lie_at_its_platform() {
    let card = MiniProgram {
        appid: "wx1".into(),
        upstream_media_id: Some("theirs".into()),
        ..MiniProgram::default()
    };
    let card = Content::MiniProgram(card);
    assert_eq!(card.elsewhere(), Some("theirs"));
    let refused = card.check_outgoing();
    assert!(matches!(refused, Err(BadContent::Shape(_))), "{refused:?}");
    let here = card.with_file(File {
        media_id: "ours".into(),
        ..File::default()
    });
    assert_eq!(here.elsewhere(), None);
    assert!(here.shows("ours"));
    assert_eq!(Content::text("好").elsewhere(), None);
}

#[test]
fn a_file_is_shown_as_what_its_bytes_are_whatever_it_was_called() {
    let file = |mime: &str| File {
        media_id: "m".into(),
        mime: Some(mime.into()),
        ..File::default()
    };
    for (called, mime, shown) in [
        (Content::Voice as fn(File) -> Content, "image/png", "image"),
        (Content::Video, "image/gif", "image"),
        (Content::Voice, "application/pdf", "file"),
        (Content::Image, "application/pdf", "file"),
        (Content::Image, "audio/mpeg", "voice"),
        (Content::Video, "audio/amr", "voice"),
        (Content::Image, "video/mp4", "video"),
        (Content::Voice, "audio/amr", "voice"),
        // A recording of a browser, and one in a form that nobody knows here.
        (Content::Voice, "video/mp4", "voice"),
        (Content::Voice, "application/octet-stream", "voice"),
        (Content::Video, "application/octet-stream", "video"),
        (Content::Image, "image/heic", "image"),
        (Content::File, "image/png", "file"),
    ] {
        let upstream = File {
            upstream_media_id: Some("theirs".into()),
            ..File::default()
        };
        let here = called(upstream).with_file(file(mime));
        assert_eq!(here.msgtype(), shown, "{mime}");
        assert_eq!(here.file(), Some(&file(mime)));
    }
}

#[test]
fn a_customer_sends_no_menu() {
    let menu = Content::Menu(Menu::default());
    assert_eq!(
        menu.check_incoming(),
        Err(BadContent::Type("msgmenu".into()))
    );
    assert_eq!(Content::text("好").check_incoming(), Ok(()));
}

#[test]
fn a_tapped_answer_of_a_survey_names_its_session_and_score() {
    let session = SessionId(7);
    let survey = Survey {
        session_id: session.to_string(),
        ..Survey::default()
    };
    let tapped = |item: &str| {
        Content::Text(Text {
            content: "很好".into(),
            menu_id: Some(item.into()),
            quote: None,
        })
    };
    assert_eq!(tapped(&survey.item(5)).survey_answer(), Some((session, 5)));
    let wrong = [
        survey.item(0),
        survey.item(6),
        "survey:x:5".into(),
        "ask".into(),
    ];
    for item in wrong {
        assert_eq!(tapped(&item).survey_answer(), None, "{item}");
    }
    assert_eq!(Content::text("survey:7:5").survey_answer(), None);
}

#[test]
fn a_card_of_a_shop_goes_by_its_number_and_only_outwards() {
    let card = |msgtype: &str, body: serde_json::Value| Content::Other {
        msgtype: msgtype.to_owned(),
        body,
    };
    let (product, order) = ("channels_shop_product", "channels_shop_order");
    let good = card(
        order,
        serde_json::json!({ "order_id": "3705115058471208928", "product_titles": "明前龙井" }),
    );
    assert_eq!(good.check_outgoing(), Ok(()));
    assert_eq!(good.check_incoming(), Err(BadContent::Type(order.into())));
    let good = card(product, serde_json::json!({ "product_id": "7" }));
    assert_eq!(good.check_outgoing(), Ok(()));
    for number in ["", "0", "12ab", "+7", "-7", "18446744073709551616"] {
        let wrong = card(product, serde_json::json!({ "product_id": number }));
        assert_eq!(
            wrong.check_outgoing(),
            Err(BadContent::Range("product_id")),
            "{number}"
        );
    }
    let long = "茶".repeat(200);
    let wrong = card(
        product,
        serde_json::json!({ "product_id": "7", "title": long }),
    );
    assert_eq!(wrong.check_outgoing(), Err(BadContent::Range("title")));
    for body in [
        serde_json::json!({ "product_id": 7 }),
        serde_json::json!({ "title": "茶" }),
        serde_json::json!({ "product_id": "7", "sales_price": "1" }),
        serde_json::json!("7"),
    ] {
        let wrong = card(product, body).check_outgoing();
        assert_eq!(wrong, Err(BadContent::Shape(product.into())));
    }
    let other = card("channels", serde_json::json!({ "nickname": "x" }));
    assert_eq!(
        other.check_outgoing(),
        Err(BadContent::Type("channels".into()))
    );
}

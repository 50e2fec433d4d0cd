//! The mini-program: pushes in XML and JSON, coming in from a page, what may be sent.

use kefu_simulator::{AppSpec, Format, Mode};
use serde_json::json;

use crate::app_bench::AppBench;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n............";

#[tokio::test]
async fn coming_in_from_a_page_tells_where_from() {
    for (mode, format) in [
        (Mode::Plain, Format::Json),
        (Mode::Safe, Format::Json),
        (Mode::Plain, Format::Xml),
        (Mode::Safe, Format::Xml),
    ] {
        let bench = AppBench::mini(mode, format).await;
        let from = format!("order:8812 {}", "茶".repeat(400));
        let came = json!({ "customer": "a", "session_from": from });
        let arrived = bench.sim("enter", came).await;
        let push = bench.pushes(1).await.remove(0);
        assert!(push.signed && push.sealed == (mode == Mode::Safe));
        let (event, session) = match format {
            Format::Json => {
                let said = push.json();
                assert_eq!(push.content_type, "application/json");
                assert!(said["CreateTime"].is_number());
                assert_eq!(said["FromUserName"], arrived["openid"]);
                (said["Event"].clone(), said["SessionFrom"].clone())
            }
            Format::Xml => (
                push.element("Event").into(),
                push.element("SessionFrom").into(),
            ),
        };
        assert_eq!(event, "user_enter_tempsession");
        let session = session.as_str().expect("text").to_owned();
        assert!(session.starts_with("order:8812 茶"));
        assert_eq!(session.len(), 998, "cut at 1000 bytes, between characters");
    }
}

#[tokio::test]
async fn numbers_may_come_as_strings() {
    let bench = AppBench::start(AppSpec {
        format: Some(Format::Json),
        numbers_as_strings: Some(true),
        ..AppSpec::demo().swap_remove(1)
    })
    .await;
    bench
        .sim("say", json!({ "customer": "a", "text": "有货吗" }))
        .await;
    let said = bench.pushes(1).await.remove(0).json();
    assert!(
        said["CreateTime"].is_string() && said["MsgId"].is_string(),
        "{said}"
    );
    assert_eq!(said["Content"], "有货吗");
}

#[tokio::test]
async fn a_page_card_goes_both_ways() {
    let bench = AppBench::mini(Mode::Safe, Format::Json).await;
    let card = json!({
        "customer": "a", "msgtype": "miniprogrampage",
        "miniprogrampage": { "title": "我的订单", "pagepath": "pages/order?id=8812" },
    });
    let said = bench.sim("say", card).await;
    let push = bench.pushes(1).await.remove(0).json();
    assert_eq!(push["MsgType"], "miniprogrampage");
    assert_eq!(push["AppId"], bench.appid());
    assert_eq!(push["PagePath"], "pages/order?id=8812");
    assert!(push["ThumbUrl"].is_string() && push["ThumbMediaId"].is_string());
    assert_eq!(
        bench
            .refused(
                "say",
                json!({ "customer": "a", "msgtype": "voice", "voice": {} })
            )
            .await,
        409
    );
    let openid = said["openid"].as_str().expect("an openid");
    let path = "cgi-bin/media/upload?type=image";
    let picture = bench.form(path, "media", "a.png", PNG, &[]).await["media_id"].clone();
    let clip = bench
        .form("cgi-bin/media/upload?type=video", "media", "a", PNG, &[])
        .await;
    assert_eq!(clip["errcode"], 40004, "pictures only");
    let contents = [
        json!({ "msgtype": "text", "text": { "content": "有" } }),
        json!({ "msgtype": "image", "image": { "media_id": picture } }),
        json!({ "msgtype": "link", "link": { "title": "T", "description": "D", "url": "http://x/", "thumb_url": "http://x/a" } }),
        json!({ "msgtype": "miniprogrampage", "miniprogrampage": { "title": "下单", "pagepath": "p", "thumb_media_id": picture } }),
    ];
    for content in contents {
        assert_eq!(bench.write(openid, content.clone()).await, 0, "{content}");
    }
    let news = json!({ "msgtype": "news", "news": { "articles": [{ "title": "T" }] } });
    assert_eq!(bench.write(openid, news).await, 40008);
    let lines = bench.lines("a").await;
    assert_eq!(lines.last().expect("a line")["msgtype"], "miniprogrampage");
    let touch = json!({ "customer": "a", "msgid": lines.last().expect("a line")["msgid"] });
    let opened = bench.sim("tap", touch).await;
    assert_eq!(
        (&opened["result"], &opened["appid"]),
        (&json!("miniprogram"), &json!(bench.appid()))
    );
    assert_eq!(
        bench
            .api_get(&format!("cgi-bin/user/info?openid={openid}"))
            .await["errcode"],
        48001
    );
}

#[tokio::test]
async fn coming_in_opens_two_messages_for_a_minute() {
    let bench = AppBench::mini(Mode::Safe, Format::Json).await;
    let arrived = bench.sim("enter", json!({ "customer": "a" })).await;
    let openid = arrived["openid"].as_str().expect("an openid");
    let typing = async |path: &str| {
        let body = json!({ "touser": openid, "command": "Typing" });
        bench.api(path, body).await["errcode"].clone()
    };
    assert_eq!(typing("cgi-bin/message/custom/business/typing").await, 0);
    assert_eq!(typing("cgi-bin/message/custom/typing").await, 45081);
    assert_eq!(bench.write_text(openid, "您好").await, 0);
    assert_eq!(bench.write_text(openid, "请讲").await, 0);
    assert_eq!(bench.write_text(openid, "在吗").await, 45047);
    bench.bare("clock", json!({ "advance_s": 61 })).await;
    assert_eq!(bench.write_text(openid, "在吗").await, 45015);
    bench.answer_with(&[(500, ""), (500, ""), (500, "")]);
    bench
        .sim("say", json!({ "customer": "a", "text": "在" }))
        .await;
    let lines = bench.shows("a", 5).await;
    assert_eq!(
        lines[4]["content"]["content"],
        "该小程序客服暂时无法提供服务，请稍后再试"
    );
    assert_eq!(bench.chat("a").await["credits"]["left"], 5);
}

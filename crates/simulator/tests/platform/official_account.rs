//! The official account's pushes: three modes, what a person does, what the account answers at once.

use std::time::Duration;

use http::Method;
use kefu_simulator::crypto::{self, AesKey};
use kefu_simulator::{AppSpec, MenuButton, Mode};
use serde_json::{Value, json};

use crate::app_bench::AppBench;

#[tokio::test]
async fn the_push_url_proves_itself_by_the_echo() {
    let bench = AppBench::official(Mode::Safe).await;
    assert_eq!(bench.sim("verify", json!({})).await["ok"], true);
    let other = AppSpec {
        appid: bench.app.appid.clone(),
        token: Some("somethingelse".into()),
        ..AppSpec::default()
    };
    bench.platform.set_up_app(other).expect("a new token");
    assert_eq!(bench.refused("verify", json!({})).await, 409);
}

#[tokio::test]
async fn every_mode_says_the_same_in_its_own_frame() {
    for mode in [Mode::Plain, Mode::Compatible, Mode::Safe] {
        let bench = AppBench::official(mode).await;
        let openid = bench.follower("zhou").await;
        assert!(openid.starts_with('o') && openid.len() == 28, "{openid}");
        let said = json!({ "customer": "zhou", "text": "有货吗]]>急" });
        let said = bench.sim("say", said).await;
        let push = bench.pushes(1).await.remove(0);
        assert!(push.signed, "{mode:?}");
        assert_eq!(push.query["openid"], openid);
        assert_eq!(push.content_type, "text/xml");
        let encrypted = push.query.get("encrypt_type").map(String::as_str);
        assert_eq!(encrypted, (mode != Mode::Plain).then_some("aes"));
        assert_eq!(push.sealed, mode != Mode::Plain);
        assert_eq!(push.body.contains("<MsgType>"), mode != Mode::Safe);
        let plain = push.plain.clone().expect("it opens");
        assert!(plain.contains("有货吗]]]]><![CDATA[>急"), "{plain}");
        assert_eq!(push.element("ToUserName"), bench.original_id());
        assert_eq!(push.element("FromUserName"), openid);
        assert_eq!(
            push.element("MsgId"),
            said["msgid"].as_str().expect("an id")
        );
        assert!(
            said["msgid"].as_str().is_some_and(|id| id.len() > 16),
            "beyond 2^53"
        );
    }
}

#[tokio::test]
async fn every_type_and_every_event_has_its_elements() {
    let bench = AppBench::official(Mode::Plain).await;
    bench.follower("a").await;
    let types = [
        (
            json!({ "msgtype": "image", "image": { "media_id": "m1" } }),
            "PicUrl",
            "/sim/media/m1",
        ),
        (
            json!({ "msgtype": "voice", "voice": { "media_id": "m2" } }),
            "Format",
            "amr",
        ),
        (
            json!({ "msgtype": "video", "video": { "media_id": "m3" } }),
            "MediaId",
            "m3",
        ),
        (
            json!({ "msgtype": "shortvideo", "shortvideo": { "media_id": "m4" } }),
            "ThumbMediaId",
            "t",
        ),
        (
            json!({ "msgtype": "location", "location": { "latitude": 30.5, "longitude": 120.25, "address": "龙坞" } }),
            "Location_X",
            "30.5",
        ),
        (
            json!({ "msgtype": "link", "link": { "title": "T", "desc": "D", "url": "http://x/" } }),
            "Description",
            "D",
        ),
        (
            json!({ "msgtype": "file", "file": { "media_id": "m5" } }),
            "FileKey",
            "m5",
        ),
        (
            json!({ "msgtype": "hologram", "hologram": { "Depth": 3 } }),
            "Depth",
            "3",
        ),
    ];
    for (content, name, expected) in types {
        bench.forget();
        let mut said = content.clone();
        said["customer"] = "a".into();
        bench.sim("say", said).await;
        let push = bench.pushes(1).await.remove(0);
        assert_eq!(push.element("MsgType"), content["msgtype"]);
        let found = push.element(name);
        assert!(found.contains(expected), "{name}: {:?}", push.plain);
    }
    let page = json!({ "customer": "a", "msgtype": "miniprogrampage", "miniprogrampage": {} });
    assert_eq!(
        bench.refused("say", page).await,
        409,
        "only mini-programs have it"
    );
    let events = [
        json!({ "Event": "LOCATION", "Latitude": "23.1", "Longitude": "113.3", "Precision": 119.4 }),
        json!({ "Event": "kf_switch_session", "FromKfAccount": "a@b", "ToKfAccount": "c@b" }),
        json!({ "Event": "TEMPLATESENDJOBFINISH", "MsgID": 200, "Status": "failed:user block" }),
    ];
    for event in events {
        bench.forget();
        bench
            .sim("event", json!({ "customer": "a", "event": event }))
            .await;
        let push = bench.pushes(1).await.remove(0);
        assert_eq!(push.element("MsgType"), "event");
        assert_eq!(push.element("Event"), event["Event"]);
        assert_eq!(push.element("MsgId"), "", "events have none");
    }
}

#[tokio::test]
async fn following_scanning_and_leaving_are_told() {
    let bench = AppBench::official(Mode::Safe).await;
    let scene = json!({
        "expire_seconds": 600, "action_name": "QR_STR_SCENE",
        "action_info": { "scene": { "scene_str": "live-0715" } },
    });
    let made = bench.api("cgi-bin/qrcode/create", scene).await;
    assert_eq!(made["expire_seconds"], 600);
    let ticket = made["ticket"].as_str().expect("a ticket");
    let picture = format!("/cgi-bin/showqrcode?ticket={ticket}");
    let (status, _, png) = bench.send(Method::GET, &picture, "", "").await;
    assert_eq!(status, 200);
    let (_, _, seen) = bench
        .send(Method::POST, "/sim/scan", "image/png", png)
        .await;
    let seen: Value = serde_json::from_slice(&seen).expect("JSON");
    assert_eq!(
        (&seen["kind"], &seen["scene"]),
        (&json!("scene_code"), &json!("live-0715"))
    );
    let by = json!({ "customer": "a", "payload": seen["payload"] });
    let arrived = bench.bare("scene", by.clone()).await;
    let push = bench.pushes(1).await.remove(0);
    assert_eq!(push.element("Event"), "subscribe");
    assert_eq!(push.element("EventKey"), "qrscene_live-0715");
    assert_eq!(push.element("Ticket"), ticket);
    let openid = arrived["openid"].as_str().expect("an openid");
    let info = bench
        .api_get(&format!("cgi-bin/user/info?openid={openid}"))
        .await;
    assert_eq!(info["subscribe"], 1);
    assert_eq!(info["subscribe_scene"], "ADD_SCENE_QR_CODE");
    assert_eq!(info["qr_scene_str"], "live-0715");
    assert!(
        info["unionid"].is_string() && info.get("nickname").is_none(),
        "{info}"
    );
    bench.bare("scene", by.clone()).await;
    let push = bench.pushes(2).await.remove(1);
    assert_eq!(
        (push.element("Event"), push.element("EventKey")),
        ("SCAN", "live-0715")
    );
    bench.sim("unfollow", json!({ "customer": "a" })).await;
    assert_eq!(bench.pushes(3).await[2].element("Event"), "unsubscribe");
    let info = bench
        .api_get(&format!("cgi-bin/user/info?openid={openid}"))
        .await;
    assert_eq!(info["subscribe"], 0);
    assert_eq!(bench.write_text(openid, "再见").await, 45015);
    bench.bare("clock", json!({ "advance_s": 601 })).await;
    let (status, _, _) = bench
        .send(Method::POST, "/sim/scene", "", by.to_string())
        .await;
    assert_eq!(status, 409, "the code is over");
}

#[tokio::test]
async fn the_menu_tells_opens_and_brings_what_was_chosen() {
    let bench = AppBench::official(Mode::Plain).await;
    assert_eq!(
        bench
            .refused("menu", json!({ "customer": "a", "key": "human" }))
            .await,
        409
    );
    bench.follower("a").await;
    let told = bench
        .sim("menu", json!({ "customer": "a", "key": "aftersales" }))
        .await;
    assert_eq!(told["result"], "told");
    let opened = bench
        .sim("menu", json!({ "customer": "a", "name": "商城" }))
        .await;
    assert_eq!(opened["result"], "miniprogram");
    let scanned = json!({ "customer": "a", "key": "verify", "scan_result": "box-7" });
    bench.sim("menu", scanned).await;
    bench
        .sim("menu", json!({ "customer": "a", "key": "store" }))
        .await;
    let got = bench.pushes(5).await;
    let names: Vec<&str> = got.iter().map(|push| push.element("Event")).collect();
    assert_eq!(
        names,
        [
            "CLICK",
            "view_miniprogram",
            "scancode_waitmsg",
            "location_select",
            ""
        ]
    );
    assert_eq!(got[0].element("EventKey"), "aftersales");
    assert_eq!(got[2].element("ScanResult"), "box-7");
    assert_eq!(
        got[4].element("MsgType"),
        "location",
        "the place follows as a message"
    );
}

#[tokio::test]
async fn pictures_chosen_through_the_menu_follow_as_messages() {
    let album = MenuButton {
        name: "晒单".into(),
        r#type: "pic_photo_or_album".into(),
        key: "album".into(),
        ..MenuButton::default()
    };
    let bench = AppBench::start(AppSpec {
        menu: Some(vec![album]),
        ..AppSpec::demo().swap_remove(0)
    })
    .await;
    bench.follower("a").await;
    let chosen = json!({ "customer": "a", "key": "album", "pictures": ["m1", "m2"] });
    bench.sim("menu", chosen).await;
    let got = bench.pushes(3).await;
    assert_eq!(
        (got[0].element("Event"), got[0].element("Count")),
        ("pic_photo_or_album", "2")
    );
    assert_eq!(got[0].element("PicMd5Sum").len(), 32);
    assert_eq!(
        (got[1].element("MediaId"), got[2].element("MediaId")),
        ("m1", "m2")
    );
}

#[tokio::test]
async fn a_passive_reply_is_shown_and_a_silent_gateway_is_called_out() {
    let bench = AppBench::official(Mode::Safe).await;
    let openid = bench.follower("a").await;
    let words = format!(
        "<xml><ToUserName><![CDATA[{openid}]]></ToUserName><FromUserName><![CDATA[{}]]></FromUserName>\
         <CreateTime>1</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[稍等]]></Content></xml>",
        bench.original_id()
    );
    let key =
        AesKey::read(bench.app.encoding_aes_key.as_deref().unwrap_or_default()).expect("a key");
    let sealed = crypto::seal(&key, [1; 16], words.as_bytes(), bench.appid());
    let token = bench.app.token.as_deref().unwrap_or_default();
    let signature = crypto::sign(&[token, "5", "n", &sealed]);
    let envelope = format!(
        "<xml><Encrypt><![CDATA[{sealed}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>\
         <TimeStamp>5</TimeStamp><Nonce><![CDATA[n]]></Nonce></xml>"
    );
    bench.answer_with(&[(200, &envelope)]);
    bench
        .sim("say", json!({ "customer": "a", "text": "在吗" }))
        .await;
    let lines = bench.shows("a", 3).await;
    assert_eq!(lines[2]["content"]["content"], "稍等");
    assert_eq!(
        bench.chat("a").await["credits"]["left"],
        8,
        "it costs nothing"
    );
    bench.forget();
    // Plain words are no answer in safe mode: told three times, and the customer reads so.
    bench.answer_with(&[(200, &words), (200, r#"{"errcode":0}"#), (500, "")]);
    bench
        .sim("say", json!({ "customer": "a", "text": "喂" }))
        .await;
    let got = bench.pushes(3).await;
    assert_eq!(got[0].element("MsgId"), got[2].element("MsgId"));
    assert_ne!(got[0].body, got[2].body, "signed and encrypted anew");
    let lines = bench.shows("a", 5).await;
    assert_eq!(
        lines[4]["content"]["content"],
        "该公众号暂时无法提供服务，请稍后再试"
    );
    bench.forget();
    bench.answer_slowly(Duration::from_millis(600));
    bench
        .sim("say", json!({ "customer": "a", "text": "喂？" }))
        .await;
    bench.shows("a", 7).await;
    assert_eq!(bench.got().len(), 3, "and no fourth");
}

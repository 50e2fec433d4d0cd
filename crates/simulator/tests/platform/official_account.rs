//! The official account: pushes in three modes, what a person does, what may be sent when.

use std::time::Duration;

use http::Method;
use kefu_simulator::crypto::{self, AesKey};
use kefu_simulator::{AppSpec, MenuButton, Mode};
use serde_json::{Value, json};

use crate::app_bench::AppBench;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n............";
const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0............";

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
async fn what_may_be_sent_depends_on_what_the_person_did() {
    let bench = AppBench::official(Mode::Safe).await;
    let openid = bench.follower("a").await;
    for _ in 0..3 {
        assert_eq!(bench.write_text(&openid, "欢迎").await, 0);
    }
    assert_eq!(bench.write_text(&openid, "太多").await, 45047);
    bench.bare("clock", json!({ "advance_s": 61 })).await;
    assert_eq!(bench.write_text(&openid, "太晚").await, 45015);
    bench
        .sim("menu", json!({ "customer": "a", "key": "human" }))
        .await;
    assert_eq!(bench.chat("a").await["credits"]["left"], 3);
    bench.bare("clock", json!({ "advance_s": 61 })).await;
    bench
        .sim("say", json!({ "customer": "a", "text": "在吗" }))
        .await;
    for _ in 0..5 {
        assert_eq!(bench.write_text(&openid, "在").await, 0);
    }
    assert_eq!(bench.write_text(&openid, "第六").await, 45047);
    bench
        .sim("say", json!({ "customer": "a", "text": "还在吗" }))
        .await;
    assert_eq!(bench.write_text(&openid, "在").await, 0);
    bench
        .bare("clock", json!({ "advance_s": 48 * 3_600 }))
        .await;
    bench.sign_in().await;
    assert_eq!(bench.write_text(&openid, "两天后").await, 45015);
    assert_eq!(bench.write_text("oNobody", "谁").await, 40003);
    let stranger = bench.sim("enter", json!({ "customer": "b" })).await;
    let stranger = stranger["openid"].as_str().expect("an openid");
    assert_eq!(bench.write_text(stranger, "没关注").await, 43004);
    bench
        .sim("refuse", json!({ "customer": "a", "on": true }))
        .await;
    assert_eq!(bench.write_text(&openid, "拒收").await, 48002);
    bench
        .sim(
            "refuse",
            json!({ "customer": "a", "on": true, "by": "app" }),
        )
        .await;
    assert_eq!(bench.write_text(&openid, "拉黑").await, 43019);
}

#[tokio::test]
async fn every_type_that_may_be_sent_reaches_the_phone() {
    let bench = AppBench::official(Mode::Safe).await;
    let openid = bench.follower("a").await;
    let upload = async |kind: &str, bytes: &'static [u8]| {
        let path = format!("cgi-bin/media/upload?type={kind}");
        bench.form(&path, "media", "f", bytes, &[]).await
    };
    let image = upload("image", PNG).await;
    assert!(
        image.get("errcode").is_none() && image["created_at"].is_number(),
        "{image}"
    );
    let thumb = upload("thumb", JPEG).await["thumb_media_id"].clone();
    let voice = upload("voice", b"#!AMR\n.......").await["media_id"].clone();
    let video = upload("video", b"....ftypmp42....").await["media_id"].clone();
    assert_eq!(upload("image", b"%PDF-1.7......").await["errcode"], 40005);
    assert_eq!(upload("film", PNG).await["errcode"], 40004);
    let article = json!({ "title": "新茶", "description": "三款", "url": "http://x/", "picurl": "http://x/a.png" });
    let contents = [
        json!({ "msgtype": "image", "image": { "media_id": image["media_id"] } }),
        json!({ "msgtype": "voice", "voice": { "media_id": voice } }),
        json!({ "msgtype": "video", "video": { "media_id": video, "thumb_media_id": thumb, "title": "炒茶" } }),
        json!({ "msgtype": "music", "music": { "musicurl": "http://x/", "hqmusicurl": "http://x/", "thumb_media_id": thumb } }),
        json!({ "msgtype": "news", "news": { "articles": [article] } }),
        json!({ "msgtype": "mpnews", "mpnews": { "media_id": "MP" } }),
        json!({ "msgtype": "mpnewsarticle", "mpnewsarticle": { "article_id": "ART" } }),
        json!({ "msgtype": "msgmenu", "msgmenu": { "head_content": "满意吗", "list": [{ "id": "101", "content": "满意" }, { "id": 102, "content": "不满意" }], "tail_content": "谢谢" } }),
        json!({ "msgtype": "wxcard", "wxcard": { "card_id": "C" } }),
        json!({ "msgtype": "miniprogrampage", "miniprogrampage": { "title": "下单", "appid": "wx1", "pagepath": "p", "thumb_media_id": thumb } }),
        json!({ "msgtype": "text", "text": { "content": "茶".repeat(682) }, "customservice": { "kf_account": "a1@xishan" } }),
    ];
    for content in &contents {
        bench
            .sim("say", json!({ "customer": "a", "text": "嗯" }))
            .await;
        assert_eq!(bench.write(&openid, content.clone()).await, 0, "{content}");
    }
    let lines = bench.lines("a").await;
    let seen: Vec<&Value> = lines.iter().filter(|line| line["side"] == "them").collect();
    assert_eq!(seen.len(), contents.len());
    for (line, content) in seen.iter().zip(&contents) {
        assert_eq!(line["msgtype"], content["msgtype"]);
    }
    assert_eq!(seen[10]["by"], "a1@xishan");
    let refusals = [
        (
            json!({ "msgtype": "text", "text": { "content": "茶".repeat(683) } }),
            45002,
        ),
        (
            json!({ "msgtype": "text", "text": { "content": "" } }),
            44004,
        ),
        (
            json!({ "msgtype": "news", "news": { "articles": [article, article] } }),
            45008,
        ),
        (
            json!({ "msgtype": "image", "image": { "media_id": "gone" } }),
            40007,
        ),
        (json!({ "msgtype": "link", "link": {} }), 40008),
    ];
    for (content, code) in refusals {
        assert_eq!(
            bench.write(&openid, content.clone()).await,
            code,
            "{content}"
        );
    }
    let escaped =
        format!(r#"{{"touser":"{openid}","msgtype":"text","text":{{"content":"\u8336"}}}}"#);
    let path = format!(
        "/cgi-bin/message/custom/send?access_token={}",
        bench.token()
    );
    let (_, _, answer) = bench.send(Method::POST, &path, "", escaped).await;
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!(answer["errcode"], 40033);
    assert!(
        answer["errmsg"]
            .as_str()
            .is_some_and(|words| words.contains(" rid: "))
    );
    let tapped = json!({ "customer": "a", "msgid": seen[7]["msgid"], "id": "102" });
    bench.forget();
    bench.sim("tap", tapped).await;
    let push = bench.pushes(1).await.remove(0);
    assert_eq!(
        (push.element("Content"), push.element("bizmsgmenuid")),
        ("不满意", "102")
    );
}

#[tokio::test]
async fn media_comes_back_as_bytes_and_a_video_as_an_address() {
    let bench = AppBench::official(Mode::Safe).await;
    let store = async |kind: &str, bytes: &'static [u8]| {
        let path = format!("/sim/media?appid={}&type={kind}&filename=f", bench.appid());
        let (_, _, stored) = bench.send(Method::POST, &path, "", bytes).await;
        let stored: Value = serde_json::from_slice(&stored).expect("JSON");
        stored["media_id"].as_str().expect("an id").to_owned()
    };
    let get = async |id: &str| {
        let path = format!(
            "/cgi-bin/media/get?access_token={}&media_id={id}",
            bench.token()
        );
        bench.send(Method::GET, &path, "", "").await
    };
    let picture = store("image", PNG).await;
    let (status, headers, bytes) = get(&picture).await;
    assert_eq!((status.as_u16(), &bytes[..]), (200, PNG));
    assert_eq!(headers["content-type"], "image/png");
    let clip = store("video", b"....ftypmp42....").await;
    let (_, _, told) = get(&clip).await;
    let told: Value = serde_json::from_slice(&told).expect("JSON");
    let url = told["video_url"].as_str().expect("an address");
    let path = url.strip_prefix(&bench.platform.base_url()).expect("here");
    let (_, _, bytes) = bench.send(Method::GET, path, "", "").await;
    assert_eq!(&bytes[..], b"....ftypmp42....");
    let (status, _, error) = get("nothing").await;
    let error: Value = serde_json::from_slice(&error).expect("JSON");
    assert_eq!((status.as_u16(), &error["errcode"]), (200, &json!(40007)));
    bench
        .bare("clock", json!({ "advance_s": 3 * 86_400 + 1 }))
        .await;
    bench.sign_in().await;
    assert_eq!(get(&picture).await.2[0], b'{', "three days");
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

#[tokio::test]
async fn typing_is_seen_for_a_while_and_has_its_own_refusals() {
    let bench = AppBench::official(Mode::Safe).await;
    let openid = bench.follower("a").await;
    let typing = async |command: &str| {
        let body = json!({ "touser": openid, "command": command });
        bench.api("cgi-bin/message/custom/typing", body).await["errcode"].clone()
    };
    bench
        .sim("say", json!({ "customer": "a", "text": "在吗" }))
        .await;
    assert_eq!(typing("Dancing").await, 45072);
    assert_eq!(typing("Typing").await, 0);
    assert_eq!(bench.chat("a").await["typing"], true);
    assert_eq!(typing("Typing").await, 45081);
    assert_eq!(bench.write_text(&openid, "在").await, 0);
    assert_eq!(bench.chat("a").await["typing"], false, "a message ends it");
    assert_eq!(typing("Typing").await, 0);
    assert_eq!(typing("CancelTyping").await, 0);
    bench.bare("clock", json!({ "advance_s": 31 })).await;
    assert_eq!(typing("Typing").await, 45080);
}

#[tokio::test]
async fn tokens_live_by_their_own_rules() {
    let bench = AppBench::official(Mode::Safe).await;
    let first = bench.token();
    assert_eq!(bench.stable(false).await["access_token"], first);
    let old = format!(
        "/cgi-bin/token?grant_type=client_credential&appid={}&secret={}",
        bench.appid(),
        bench.app.secret.as_deref().unwrap_or_default()
    );
    let one = bench.get(&old).await;
    let two = bench.get(&old).await;
    assert_eq!(two["expires_in"], 7_200);
    assert_ne!(one["access_token"], two["access_token"]);
    let alive = async |token: &Value| {
        let token = token.as_str().unwrap_or_default();
        let path = format!("/cgi-bin/getcallbackip?access_token={token}");
        bench.get(&path).await["errcode"].clone()
    };
    assert_eq!(
        alive(&one["access_token"]).await,
        0,
        "it lives five minutes more"
    );
    bench.bare("clock", json!({ "advance_s": 301 })).await;
    assert_eq!(alive(&one["access_token"]).await, 42001);
    assert_eq!(
        alive(&json!(first)).await,
        0,
        "the stable one is another matter"
    );
    assert_ne!(bench.stable(true).await["access_token"], first);
    assert_eq!(alive(&json!(first)).await, 40001);
    assert_eq!(
        bench.stable(true).await["errcode"],
        45011,
        "not within thirty seconds"
    );
    let wrong =
        json!({ "grant_type": "client_credential", "appid": bench.appid(), "secret": "no" });
    assert_eq!(
        bench.api("cgi-bin/stable_token", wrong).await["errcode"],
        40125
    );
    let strange = json!({ "grant_type": "client_credential", "appid": "wx", "secret": "no" });
    assert_eq!(
        bench.api("cgi-bin/stable_token", strange).await["errcode"],
        40013
    );
    let closed = AppSpec {
        appid: bench.app.appid.clone(),
        allowed_ips: Some(vec!["203.0.113.9".into()]),
        denied: Some(vec!["user/*".into()]),
        ..AppSpec::default()
    };
    bench.platform.set_up_app(closed).expect("a list");
    assert_eq!(bench.stable(false).await["errcode"], 40164);
    let token = two["access_token"].as_str().unwrap_or_default();
    let path = format!("/cgi-bin/user/info?access_token={token}&openid=o");
    assert_eq!(bench.get(&path).await["errcode"], 48001);
}

#[tokio::test]
async fn the_days_quota_ends_and_can_be_cleared() {
    let bench = AppBench::official(Mode::Safe).await;
    let openid = bench.follower("a").await;
    bench
        .sim("say", json!({ "customer": "a", "text": "在吗" }))
        .await;
    let limit = json!({ "path": "message/custom/send", "per_day": 1 });
    bench.bare("quota", limit).await;
    assert_eq!(bench.write_text(&openid, "一").await, 0);
    assert_eq!(bench.write_text(&openid, "二").await, 45009);
    let clear = async || {
        let body = json!({ "appid": bench.appid() });
        bench.api("cgi-bin/clear_quota", body).await["errcode"].clone()
    };
    assert_eq!(clear().await, 0);
    assert_eq!(bench.write_text(&openid, "三").await, 0);
    for _ in 0..9 {
        assert_eq!(clear().await, 0);
    }
    assert_eq!(clear().await, 48006, "ten a month");
    let fast = json!({ "path": "message/custom/send", "per_minute": 0, "per_day": 9 });
    bench.bare("quota", fast).await;
    assert_eq!(bench.write_text(&openid, "四").await, 45011);
}

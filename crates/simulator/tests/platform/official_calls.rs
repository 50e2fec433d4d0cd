//! What an official account may ask of the platform: sends and their credits, media, typing, tokens,
//! quotas.

use http::Method;
use kefu_simulator::{AppSpec, Mode};
use serde_json::{Value, json};

use crate::app_bench::AppBench;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n............";
const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0............";

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
async fn a_film_has_a_still_that_was_uploaded_as_one() {
    let bench = AppBench::official(Mode::Safe).await;
    let openid = bench.follower("a").await;
    let upload = async |kind: &str, bytes: &'static [u8]| {
        let path = format!("cgi-bin/media/upload?type={kind}");
        bench.form(&path, "media", "f", bytes, &[]).await
    };
    let film = upload("video", b"\0\0\0\x18ftypmp42........").await["media_id"].clone();
    let picture = upload("image", JPEG).await["media_id"].clone();
    let thumb = upload("thumb", JPEG).await["thumb_media_id"].clone();
    assert_eq!(upload("thumb", PNG).await["errcode"], 40005);
    static HUGE: [u8; (64 << 10) + 1] = [0xFF; (64 << 10) + 1];
    assert_eq!(upload("thumb", &HUGE).await["errcode"], 45001);
    for (still, code) in [(json!(null), 40007), (picture, 40007), (thumb, 0_i64)] {
        let video = json!({ "media_id": film, "thumb_media_id": still });
        let sent = json!({ "msgtype": "video", "video": video.clone() });
        assert_eq!(bench.write(&openid, sent).await, code, "{video}");
    }
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

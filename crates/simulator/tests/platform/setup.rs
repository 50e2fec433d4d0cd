//! Tokens, corps, accounts, links, limits: what stands before the first message.

use http::Method;
use kefu_simulator::{Config, CorpSpec, SimError, Simulator};
use serde_json::{Value, json};

use crate::bench::{Bench, KF};

#[tokio::test]
async fn it_listens_on_this_machine_only() {
    let listen = "0.0.0.0:0".parse().expect("an address");
    let refused = Simulator::start(Config {
        listen,
        ..Config::default()
    })
    .await;
    assert!(matches!(refused, Err(SimError::NotLoopback(_))));
    let bench = Bench::start().await;
    let spec = json!({ "callback_url": "http://192.0.2.1/cb" });
    assert_eq!(bench.refused("corp", spec).await, 400);
    for (name, value, status) in [
        ("origin", "https://example.com", 403),
        ("origin", "http://127.0.0.1:1", 200),
        ("host", "rebound.example.com", 403),
    ] {
        let request = http::Request::get(format!("{}/sim/people", bench.platform.base_url()))
            .header(name, value)
            .body("".into())
            .expect("a request");
        assert_eq!(bench.status(request).await, status, "{name}: {value}");
    }
}

#[tokio::test]
async fn tokens_are_given_kept_and_refused_by_number() {
    let bench = Bench::start().await;
    let corpid = bench.corp.corpid.clone().expect("a corpid");
    let secret = bench.corp.secret.clone().expect("a secret");
    let token = |query: String| {
        let bench = &bench;
        async move { bench.get(&format!("/cgi-bin/gettoken?{query}")).await }
    };
    assert_eq!(
        token(format!("corpsecret={secret}")).await["errcode"],
        41002
    );
    assert_eq!(token(format!("corpid={corpid}")).await["errcode"], 41004);
    assert_eq!(
        token(format!("corpid=wwno&corpsecret={secret}")).await["errcode"],
        40013
    );
    assert_eq!(
        token(format!("corpid={corpid}&corpsecret=no")).await["errcode"],
        40001
    );
    let other = bench.sim("corp", json!({ "name": "另一家" })).await;
    let foreign = other["secret"].as_str().expect("a secret");
    assert_eq!(
        token(format!("corpid={corpid}&corpsecret={foreign}")).await["errcode"],
        40091
    );

    let good = format!("corpid={corpid}&corpsecret={secret}");
    let first = token(good.clone()).await["access_token"].clone();
    assert_eq!(first, bench.token(), "the same token while it is fresh");
    assert_eq!(bench.get("/cgi-bin/getcallbackip").await["errcode"], 41001);
    assert_eq!(
        bench.get("/cgi-bin/getcallbackip?access_token=x").await["errcode"],
        40014
    );
    assert_eq!(
        bench.api_get("getcallbackip").await["ip_list"],
        json!(["127.0.0.1"])
    );

    bench.sim("clock", json!({ "advance_s": 7_150 })).await;
    assert_eq!(
        bench.api_get("getcallbackip").await["errcode"],
        0,
        "it lives for 7200 s"
    );
    assert_ne!(
        token(good.clone()).await["access_token"],
        first,
        "in the last minute a new one"
    );
    bench.sim("clock", json!({ "advance_s": 60 })).await;
    assert_eq!(bench.api_get("getcallbackip").await["errcode"], 42001);
    bench.sign_in().await;
    bench.sim("revoke", json!({ "code": 42001 })).await;
    assert_eq!(bench.api_get("getcallbackip").await["errcode"], 42001);
    bench.sign_in().await;
    assert_eq!(bench.api_get("getcallbackip").await["errcode"], 0);
}

#[tokio::test]
async fn a_wrong_secret_never_shows_in_the_list_of_calls() {
    let bench = Bench::start().await;
    bench
        .get("/cgi-bin/gettoken?corpid=ww1&corpsecret=hush-hush")
        .await;
    bench.api_get("kf/get_corp_qualification").await;
    let calls = bench.get("/sim/calls").await.to_string();
    assert!(
        !calls.contains("hush-hush") && !calls.contains(&bench.token()),
        "{calls}"
    );
}

#[tokio::test]
async fn accounts_are_made_changed_listed_and_removed() {
    let bench = Bench::start().await;
    let png = b"\x89PNG\r\n\x1a\n....";
    let face = bench.upload("image", "face.png", png).await["media_id"].clone();
    let made = bench
        .api(
            "kf/account/add",
            json!({ "name": "直播间客服", "media_id": face }),
        )
        .await;
    let id = made["open_kfid"].as_str().expect("an id").to_owned();
    assert_eq!(id.len(), 32);
    let long = "一二三四五六七八九十一二三四五六七";
    assert_eq!(
        bench
            .code("kf/account/add", json!({ "name": long, "media_id": face }))
            .await,
        95006
    );
    assert_eq!(
        bench
            .code("kf/account/add", json!({ "name": "x", "media_id": "no" }))
            .await,
        40007
    );
    let renamed = json!({ "open_kfid": id, "name": "夜班客服", "media_id": null });
    assert_eq!(bench.code("kf/account/update", renamed).await, 0);
    let by_post = bench
        .api("kf/account/list", json!({ "offset": 2, "limit": 10 }))
        .await;
    assert_eq!(by_post["account_list"][0]["name"], "夜班客服");
    let by_get = bench.api_get("kf/account/list").await;
    assert_eq!(by_get["account_list"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        bench.code("kf/account/list", json!({ "limit": 101 })).await,
        40058
    );
    assert_eq!(
        bench
            .code("kf/account/del", json!({ "open_kfid": id }))
            .await,
        0
    );
    assert_eq!(
        bench
            .code("kf/account/del", json!({ "open_kfid": id }))
            .await,
        95004
    );
    assert_eq!(bench.code("kf/account/del", json!({})).await, 95000);
    bench.sim("corp", json!({ "corpid": bench.corp.corpid, "accounts": [{ "open_kfid": KF, "managed": false }] })).await;
    assert_eq!(
        bench.code("kf/sync_msg", json!({ "open_kfid": KF })).await,
        48007
    );
}

#[tokio::test]
async fn servicers_are_added_listed_and_removed_one_by_one() {
    let bench = Bench::start().await;
    let ask = json!({ "open_kfid": KF, "userid_list": ["gunian", "linzhixia", "nobody"], "department_id_list": [2] });
    let added = bench.api("kf/servicer/add", ask).await;
    let results: Vec<(&Value, &Value)> = added["result_list"]
        .as_array()
        .expect("results")
        .iter()
        .map(|result| (&result["errcode"], &result["errmsg"]))
        .collect();
    assert_eq!(results[0], (&json!(0), &json!("success")));
    assert_eq!(results[1], (&json!(0), &json!("ignored")));
    assert_eq!(results[2].0, &json!(60111));
    assert_eq!(results[3].1, "success");
    bench
        .sim(
            "servicer",
            json!({ "userid": "gunian", "open_kfid": KF, "status": "suspended" }),
        )
        .await;
    let list = bench
        .api_get(&format!("kf/servicer/list?open_kfid={KF}"))
        .await;
    assert_eq!(
        list["servicer_list"][0],
        json!({ "userid": "linzhixia", "status": 0 })
    );
    assert_eq!(
        list["servicer_list"][1],
        json!({ "userid": "gunian", "status": 1, "stop_type": 1 })
    );
    assert_eq!(list["servicer_list"][2], json!({ "department_id": 2 }));
    let event = bench.pull().await.pop().expect("an event");
    assert_eq!(event["event"]["event_type"], "servicer_status_change");
    assert_eq!(event["event"]["status"], 2, "the event counts from one");
    assert_eq!(
        bench
            .code("kf/servicer/del", json!({ "open_kfid": KF }))
            .await,
        40058
    );
    let gone = bench
        .api(
            "kf/servicer/del",
            json!({ "open_kfid": KF, "userid_list": ["gunian"] }),
        )
        .await;
    assert_eq!(gone["result_list"][0]["errmsg"], "success");
}

#[tokio::test]
async fn a_scene_belongs_to_its_link() {
    let bench = Bench::start().await;
    let link = bench
        .api(
            "kf/add_contact_way",
            json!({ "open_kfid": KF, "scene": "waybill-7" }),
        )
        .await;
    let link = link["url"].as_str().expect("a link").to_owned();
    let entered = bench
        .sim(
            "enter",
            json!({ "customer": "a", "link": format!("{link}&scene_param=order%3D1%26x") }),
        )
        .await;
    assert_eq!(entered["open_kfid"], KF);
    let event = &bench.pull().await[0]["event"];
    assert_eq!(event["scene"], "waybill-7");
    assert_eq!(event["scene_param"], "order=1&x");

    let accounts = bench.api_get("kf/account/list").await;
    let other = accounts["account_list"][1]["open_kfid"].clone();
    let bare = bench
        .api("kf/add_contact_way", json!({ "open_kfid": other }))
        .await;
    let sealed = link.split_once('?').expect("a query").1;
    let moved = format!(
        "{}?{sealed}&scene_param=x",
        bare["url"].as_str().expect("a link")
    );
    bench
        .sim("enter", json!({ "customer": "b", "link": moved }))
        .await;
    let log = bench
        .api("kf/sync_msg", json!({ "open_kfid": other }))
        .await;
    let event = &log["msg_list"][0]["event"];
    assert_eq!(
        (&event["scene"], &event["scene_param"]),
        (&json!(""), &Value::Null)
    );
    let wrong = json!({ "open_kfid": KF, "scene": "空格" });
    assert_eq!(bench.code("kf/add_contact_way", wrong).await, 40058);
    assert_eq!(
        bench
            .refused(
                "enter",
                json!({ "customer": "c", "link": "https://x/kf/kfcno" })
            )
            .await,
        404
    );
}

#[tokio::test]
async fn the_wrong_verb_and_broken_json_are_answered_like_the_platform_does() {
    let bench = Bench::start().await;
    assert_eq!(bench.api_get("kf/send_msg").await["errcode"], 40058);
    let path = format!("/cgi-bin/kf/send_msg?access_token={}", bench.token());
    let (_, body) = bench.send(Method::POST, &path, "{not json").await;
    let answer: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(answer["errcode"], 40058);
    assert!(
        answer["errmsg"]
            .as_str()
            .expect("words")
            .contains("Warning: wrong json format.")
    );
    let (status, _) = bench.send(Method::POST, "/cgi-bin/kf/nothing", "{}").await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn limits_block_for_a_minute() {
    let bench = Bench::start().await;
    bench
        .sim(
            "quota",
            json!({ "path": "kf/get_corp_qualification", "per_minute": 2 }),
        )
        .await;
    for expected in [0, 0, 45009, 45009] {
        assert_eq!(
            bench.api_get("kf/get_corp_qualification").await["errcode"],
            expected
        );
    }
    bench.sim("clock", json!({ "advance_s": 61 })).await;
    assert_eq!(
        bench.api_get("kf/get_corp_qualification").await["errcode"],
        0
    );
    bench
        .sim(
            "quota",
            json!({ "path": "kf/get_corp_qualification", "concurrent": 0 }),
        )
        .await;
    assert_eq!(
        bench.api_get("kf/get_corp_qualification").await["errcode"],
        45033
    );
    bench.sim("quota", json!({ "reset": true })).await;
    assert_eq!(
        bench.api_get("kf/get_corp_qualification").await["wechat_channels_binding"],
        true
    );
    let limits = bench.get("/sim/quota").await;
    assert_eq!(limits["every_other_path"]["per_minute"], 10_000);
    for _ in 0..10 {
        assert_eq!(
            bench.code("kf/sync_msg", json!({ "open_kfid": KF })).await,
            0
        );
    }
    let eleventh = bench.code("kf/sync_msg", json!({ "open_kfid": KF })).await;
    assert_eq!(
        eleventh, 45009,
        "pulling without a bell's token is limited strictly"
    );
}

#[tokio::test]
async fn the_clock_moves_both_ways_and_the_list_of_verbs_is_served() {
    let bench = Bench::start().await;
    assert_eq!(
        bench.sim("clock", json!({ "set": 1_900_000_000 })).await["now"],
        1_900_000_000
    );
    let advanced = bench.sim("clock", json!({ "advance_s": -0.5 })).await;
    assert!(advanced["now_ms"].as_i64().expect("a number") < 1_900_000_000_500);
    assert_eq!(
        bench.sim("clock", json!({ "reset": true })).await["offset_s"],
        0
    );
    assert_eq!(bench.refused("clock", json!({})).await, 400);
    assert!(bench.get("/sim").await.as_array().expect("a list").len() > 20);
}

#[tokio::test]
async fn it_stops_when_told_even_with_a_watcher_on_the_line() {
    let bench = Bench::start().await;
    let addr = bench.platform.addr();
    let watcher = tokio::spawn(async move {
        let mut socket = tokio::net::TcpStream::connect(addr)
            .await
            .expect("a connection");
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        socket
            .write_all(b"GET /sim/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
            .await
            .expect("written");
        let mut all = Vec::new();
        socket.read_to_end(&mut all).await.expect("the stream ends");
        String::from_utf8_lossy(&all).into_owned()
    });
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    bench
        .sim("say", json!({ "customer": "zhou", "text": "在吗" }))
        .await;
    let Bench { platform, .. } = bench;
    let spec = CorpSpec::default();
    assert!(platform.set_up(spec).is_ok());
    tokio::time::timeout(std::time::Duration::from_secs(5), platform.shutdown())
        .await
        .expect("it stops in time");
    let hints = watcher.await.expect("the watcher is released");
    assert!(
        hints.contains(r#"{"kind":"screen","customer":"zhou"}"#),
        "{hints}"
    );
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}

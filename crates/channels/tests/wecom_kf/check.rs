//! The test of a connection says what is wrong, and what to do.

use kefu_channels::{Channel, Check};
use kefu_domain::setup::Connection;
use serde_json::json;

use crate::bench::{Bench, KF, OTHER_KF};

const URL: &str = "https://kefu.example.com/callback/wecom_kf/1";

async fn check(bench: &Bench, connection: &Connection, url: &str) -> Vec<Check> {
    let checks = bench.channel.test(connection, url).await;
    for check in &checks {
        assert!(
            !check.text_zh.is_empty() && !check.text_en.is_empty(),
            "{check:?}"
        );
        let shown = format!("{check:?}");
        assert!(
            !shown.contains(&connection.secret) && !shown.contains("access_token"),
            "{shown}"
        );
    }
    checks
}

/// The keys of what is wrong.
fn wrong(checks: &[Check]) -> Vec<&'static str> {
    checks
        .iter()
        .filter(|check| !check.ok)
        .map(|check| check.key)
        .collect()
}

#[tokio::test]
async fn a_good_connection_is_good_in_every_line() {
    let bench = Bench::start().await;
    let checks = check(&bench, &bench.connection, URL).await;
    let keys: Vec<&str> = checks.iter().map(|check| check.key).collect();
    assert_eq!(
        keys,
        [
            "callback_keys",
            "callback_url",
            "credentials",
            "trusted_ip",
            "kf_permission",
            "kf_accounts",
            "kf_customers",
            "contact_permission"
        ]
    );
    assert!(wrong(&checks).is_empty(), "{checks:#?}");
    // Without a video channel the platform bounds how many customers there may be.
    for (nickname, words) in [("", "10000"), ("溪山茶社", "没有上限")] {
        let corpid = &bench.connection.corpid;
        let corp = json!({ "corpid": corpid, "channels_nickname": nickname });
        bench.sim("corp", corp).await;
        let checks = check(&bench, &bench.connection, URL).await;
        let line = checks.iter().find(|check| check.key == "kf_customers");
        let line = line.unwrap();
        assert!(line.ok && line.text_zh.contains(words), "{line:?}");
    }
}

#[tokio::test]
async fn what_can_be_seen_without_the_platform_is_said_first() {
    let bench = Bench::start().await;
    let mut connection = bench.connection.clone();
    connection.encoding_aes_key = "short".into();
    for url in [
        "http://192.168.1.5/callback",
        "http://localhost:8080/callback",
        "http://kefu/",
    ] {
        let checks = check(&bench, &connection, url).await;
        assert_eq!(wrong(&checks), ["callback_keys", "callback_url"]);
    }
    assert_eq!(
        wrong(&check(&bench, &bench.connection, "").await),
        ["callback_url"]
    );
    let at_home = check(&bench, &bench.at_home(), "http://127.0.0.1:8080/callback").await;
    assert!(wrong(&at_home).is_empty(), "{at_home:#?}");
}

#[tokio::test]
async fn a_wrong_secret_ends_the_test_with_its_code() {
    let bench = Bench::start().await;
    let mut connection = bench.connection.clone();
    connection.secret = "guessed-wrong".into();
    let checks = check(&bench, &connection, URL).await;
    let last = checks.last().unwrap();
    assert_eq!((last.key, last.ok), ("credentials", false));
    assert!(last.text_zh.contains("40001"), "{last:?}");
}

#[tokio::test]
async fn an_address_that_is_not_trusted_is_named() {
    let bench = Bench::start().await;
    bench
        .fault(json!({ "kind": "errcode", "path": "kf/account/list", "code": 60020 }))
        .await;
    let checks = check(&bench, &bench.connection, URL).await;
    assert_eq!(wrong(&checks), ["trusted_ip"]);
    let line = checks.iter().find(|check| !check.ok).unwrap();
    assert!(
        line.text_zh.contains("127.0.0.1") && line.text_en.contains("127.0.0.1"),
        "{line:?}"
    );
}

#[tokio::test]
async fn missing_rights_are_told_apart() {
    let bench = Bench::start().await;
    let fault = |path: &str| json!({ "kind": "errcode", "path": path, "code": 48002 });
    bench.fault(fault("kf/account/list")).await;
    bench.fault(fault("externalcontact/groupchat/list")).await;
    let checks = check(&bench, &bench.connection, URL).await;
    assert_eq!(wrong(&checks), ["kf_permission", "contact_permission"]);

    for id in [KF, OTHER_KF] {
        let account = json!({ "open_kfid": id, "name": "茶", "managed": false });
        let corpid = &bench.connection.corpid;
        bench
            .sim("corp", json!({ "corpid": corpid, "accounts": [account] }))
            .await;
    }
    let checks = check(&bench, &bench.connection, URL).await;
    assert_eq!(wrong(&checks), ["kf_accounts"]);
}

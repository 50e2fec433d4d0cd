//! The test of a connection says in words what is wrong and what to do.

use kefu_channels::Check;
use kefu_domain::setup::Connection;
use kefu_simulator::{AppKind, AppSpec};

use crate::bench::Bench;

const URL: &str = "https://kefu.example.com/callback/official_account/1";

async fn test(bench: &Bench, connection: &Connection) -> Vec<Check> {
    bench.channel.test(connection, URL).await
}

fn of<'a>(checks: &'a [Check], key: &str) -> &'a Check {
    let found = checks.iter().find(|check| check.key == key);
    found.unwrap_or_else(|| panic!("{key}: {checks:?}"))
}

#[tokio::test]
async fn everything_right_is_said_to_be_right() {
    for kind in [
        AppKind::OfficialAccount,
        AppKind::MiniProgram,
        AppKind::Shop,
    ] {
        let bench = Bench::of(kind).await;
        let checks = test(&bench, &bench.connection).await;
        assert!(checks.iter().all(|check| check.ok), "{kind:?}: {checks:?}");
        assert!(of(&checks, "callback_url").text_zh.contains(URL));
    }
}

#[tokio::test]
async fn a_wrong_secret_and_a_wrong_appid_are_told_apart() {
    let bench = Bench::of(AppKind::OfficialAccount).await;
    let wrong = Connection {
        secret: "wrong".into(),
        ..bench.connection.clone()
    };
    let checks = test(&bench, &wrong).await;
    let line = of(&checks, "credentials");
    assert!(!line.ok && line.text_zh.contains("AppSecret"), "{line:?}");
    let wrong = Connection {
        corpid: "wx_nobody".into(),
        ..bench.connection.clone()
    };
    let checks = test(&bench, &wrong).await;
    let line = of(&checks, "credentials");
    assert!(!line.ok && line.text_zh.contains("AppID"), "{line:?}");
}

#[tokio::test]
async fn an_address_that_is_not_listed_and_an_api_that_is_not_granted_are_named() {
    let bench = Bench::with(AppSpec {
        kind: Some(AppKind::OfficialAccount),
        allowed_ips: Some(vec!["203.0.113.7".into()]),
        ..AppSpec::default()
    })
    .await;
    let checks = test(&bench, &bench.connection).await;
    let line = of(&checks, "trusted_ip");
    assert!(!line.ok && line.text_zh.contains("IP白名单"), "{line:?}");
    assert!(
        line.text_zh.contains("127.0.0.1"),
        "whose address: {line:?}"
    );
    let bench = Bench::with(AppSpec {
        kind: Some(AppKind::OfficialAccount),
        denied: Some(vec!["message/custom/typing".into()]),
        ..AppSpec::default()
    })
    .await;
    let checks = test(&bench, &bench.connection).await;
    let line = of(&checks, "kf_permission");
    assert!(!line.ok && line.text_zh.contains("48001"), "{line:?}");
}

//! The first start, and starts that cannot be.

use std::{os::unix::fs::PermissionsExt, sync::Arc, time::Duration};

use kefu_domain::{
    AgentId, BrandId,
    setup::{Agent, Brand, Role},
};
use kefu_store::{
    MaintenanceStore, Put, SetupStore,
    sqlite::{Options, Sqlite},
};

use serde_json::json;

use crate::{
    http,
    kefu::{Kefu, begin, run, words},
    shop::{Shop, first_admin},
};

#[tokio::test]
async fn the_first_start_makes_an_administrator_and_tells_only_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let kefu = Kefu::start(&data, &[]).await;
    let (account, password) = first_admin(&data);
    let told = format!("administrator account={account} password={password}");
    assert!(kefu.said().contains(&told), "{:?}", kefu.said());
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data.join("first-admin")), 0o600);
    assert_eq!(mode(&data), 0o700);
    assert!(!kefu.logged().contains(&password), "never in the log");
    Shop::again(&kefu, &data, "", "").await;
    drop(kefu);
    // Later starts make nobody.
    let again = Kefu::start(&data, &[]).await;
    let said = again.said();
    assert!(
        !said.iter().any(|line| line.contains("password")),
        "{said:?}"
    );
    Shop::again(&again, &data, "", "").await;
}

#[tokio::test]
async fn a_first_start_that_was_cut_off_is_made_good_by_the_next() {
    for left in ["a brand", "an administrator without a password"] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        half_way(&data, left == "a brand").await;
        let kefu = Kefu::start(&data, &[]).await;
        Shop::again(&kefu, &data, "", "").await;
        let (_, password) = first_admin(&data);
        let told = kefu.said().iter().any(|line| line.contains(&password));
        assert!(told, "{left}: {:?}", kefu.said());
    }
}

/// A data folder as a first start leaves it that ended after its first or second step.
async fn half_way(data: &std::path::Path, only_a_brand: bool) {
    std::fs::create_dir(data).unwrap();
    let options = Options {
        sink: Arc::new(kefu_reception::Feed::default()),
        on_fatal: Box::new(|error| panic!("{error}")),
        now: 1_790_000_000_000,
        seed: 7,
    };
    let store = Sqlite::open(data, options).unwrap();
    let brand = Brand {
        id: BrandId(1),
        slug: "default".to_owned(),
        name: "我的品牌".to_owned(),
        color: None,
        logo_media_id: None,
        identity_key: None,
    };
    store
        .put(Put::entry(brand.id, &brand, None, 1))
        .await
        .unwrap();
    if !only_a_brand {
        let admin = Agent::new(
            AgentId(2),
            "admin".to_owned(),
            "管理员".to_owned(),
            Role::Administrator,
        );
        store
            .put(Put::entry(brand.id, &admin, None, 1))
            .await
            .unwrap();
    }
    store.close().await;
}

#[tokio::test]
async fn a_first_start_may_be_killed_at_any_time() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for after_ms in (0..400).step_by(20) {
        let mut cut_off = begin(&data);
        tokio::time::sleep(Duration::from_millis(after_ms)).await;
        cut_off.kill().unwrap();
        cut_off.wait().unwrap();
    }
    let kefu = Kefu::start(&data, &[]).await;
    Shop::again(&kefu, &data, "", "").await;
}

#[tokio::test]
async fn a_second_start_on_a_folder_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let kefu = Kefu::start(&data, &[]).await;
    let path = data.to_str().unwrap();
    for command in [
        vec!["serve", "--listen", "127.0.0.1:0", "--data", path],
        vec!["admin", "--data", path, "reset-password", "admin"],
    ] {
        let second = run(&command);
        let said = words(&second);
        assert!(!second.status.success(), "{said}");
        assert!(said.contains("another process"), "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
    // The first one never noticed.
    Shop::again(&kefu, &data, "", "").await;
}

#[tokio::test]
async fn a_second_brand_is_made_by_one_command_and_signs_in_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    drop(Kefu::start(&data, &[]).await);
    let path = data.to_str().unwrap();
    let add = |slug| run(&["admin", "add-brand", slug, "--name", "别家", "--data", path]);
    let made = words(&add("other"));
    let mut lines = made.lines();
    let password = lines.find_map(|line| line.strip_prefix("brand=other account=admin password="));
    let password = password.unwrap_or_else(|| panic!("{made}")).to_owned();
    for (slug, why) in [
        ("other", "there is a brand"),
        ("Other", "short name"),
        ("", "short name"),
    ] {
        let refused = add(slug);
        assert!(!refused.status.success(), "{slug}");
        assert!(words(&refused).contains(why), "{slug}: {}", words(&refused));
    }
    let kefu = Kefu::start(&data, &[]).await;
    let login = async |brand: Option<&str>, password: &str| {
        let mut body = json!({ "account": "admin", "password": password });
        if let Some(brand) = brand {
            body["brand"] = json!(brand);
        }
        let json_type = ("content-type", "application/json");
        let body = body.to_string();
        http::send(
            kefu.addr,
            "POST",
            "/v1/login",
            &[json_type],
            body.as_bytes(),
        )
        .await
    };
    let inside = login(Some("other"), &password).await.json();
    assert_eq!(inside["brand"]["name"], "别家");
    assert_eq!(login(Some("default"), &password).await.status, 401);
    assert_eq!(login(None, &password).await.status, 401);
    // The first brand is as it was.
    let (_, first) = first_admin(&data);
    assert_eq!(login(Some("default"), &first).await.status, 200);
}

#[test]
fn a_configuration_that_cannot_be_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let wrong = [
        ("lisen = \"127.0.0.1:0\"", "lisen"),
        ("[limits]\nsocket = 5", "socket"),
        ("listen = 5", "listen"),
        ("listen = \"nonsense\"", "nonsense"),
        ("listen = \"127.0.0.1:0\"\nqueue = \"amqp://x\"", "queue"),
        ("trusted_proxies = [\"x\"]", "trusted_proxies"),
        ("this is no toml", "not a configuration"),
    ];
    for (text, word) in wrong {
        let file = folder.path().join("kefu.toml");
        std::fs::write(&file, text).unwrap();
        let output = run(&[
            "serve",
            "--data",
            data.to_str().unwrap(),
            "--config",
            file.to_str().unwrap(),
        ]);
        let said = words(&output);
        assert!(
            !output.status.success() && said.contains(word),
            "{text}: {said}"
        );
        assert!(!said.contains("panicked"), "{said}");
    }
    let output = run(&["serve", "--config", "/nowhere/kefu.toml"]);
    assert!(
        words(&output).contains("cannot be read"),
        "{}",
        words(&output)
    );
}

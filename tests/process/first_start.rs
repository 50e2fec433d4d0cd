//! The first start, and starts that cannot be.

use std::os::unix::fs::PermissionsExt;

use crate::{
    kefu::{Kefu, run, words},
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

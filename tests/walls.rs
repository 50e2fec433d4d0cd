//! The walls of the house: who may know whom, checked over the package graph and the source.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

/// Layers from the ground up; arrows point down only, and inside a layer nobody knows anybody.
const LAYERS: [&[&str]; 5] = [
    &["kefu-domain", "kefu-wechat", "kefu-web"],
    &[
        "kefu-store",
        "kefu-queue",
        "kefu-channels",
        "kefu-media",
        "kefu-notify",
    ],
    &["kefu-reception"],
    &["kefu-gateway", "kefu-simulator"],
    &["kefu"],
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Normal dependencies of each workspace package.
fn packages() -> BTreeMap<String, Vec<String>> {
    let out = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&out.stdout).expect("metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let name = package["name"].as_str().expect("a name").to_owned();
            let needs = package["dependencies"].as_array().expect("dependencies");
            let normal = needs.iter().filter(|one| one["kind"].is_null());
            (
                name,
                normal
                    .map(|one| one["name"].as_str().expect("a name").to_owned())
                    .collect(),
            )
        })
        .collect()
}

/// Rust sources below a folder, tests left out.
fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(
                name.as_str(),
                "target" | "node_modules" | "tests" | "examples" | "ui"
            ) {
                sources(&path, found);
            }
        } else if name.ends_with(".rs") && !name.contains("test") {
            found.push((path.clone(), std::fs::read_to_string(&path).expect("text")));
        }
    }
}

/// Code lines, without comments and test modules.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..end]
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
}

/// Folders of crates whose code says one of these words.
fn who_says(words: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    sources(&root().join("crates"), &mut all);
    sources(&root().join("src"), &mut all);
    let crates = root().join("crates");
    let mut named: Vec<String> = all
        .iter()
        .filter(|(_, text)| code(text).any(|line| words.iter().any(|word| line.contains(word))))
        .map(|(path, _)| match path.strip_prefix(&crates) {
            Ok(inside) => inside
                .components()
                .next()
                .map(|c| c.as_os_str().to_string_lossy().into_owned())
                .unwrap_or_default(),
            Err(_) => path
                .strip_prefix(root())
                .unwrap_or(path)
                .to_string_lossy()
                .into_owned(),
        })
        .collect();
    named.sort();
    named.dedup();
    named
}

#[test]
fn arrows_point_down_only() {
    let layer = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    for (package, needs) in packages() {
        if package == "kefu-load" {
            let insides: Vec<_> = needs
                .iter()
                .filter(|need| need.starts_with("kefu"))
                .collect();
            assert!(insides.is_empty(), "kefu-load knows {insides:?}");
            continue;
        }
        let own = layer(&package).unwrap_or_else(|| panic!("{package} has no layer"));
        for need in needs.iter().filter(|need| need.starts_with("kefu")) {
            let below = layer(need).unwrap_or_else(|| panic!("{need} has no layer"));
            // A channel speaks its platform's wire, which lies below it.
            assert!(below < own, "{package} must not know {need}");
        }
    }
}

#[test]
fn the_ground_floor_does_no_io() {
    let all = packages();
    for banned in ["tokio", "rusqlite", "redis", "reqwest", "axum", "hyper"] {
        assert!(
            !all["kefu-domain"].iter().any(|need| need == banned),
            "domain knows {banned}"
        );
    }
    for word in [
        "std::fs",
        "std::net",
        "SystemTime::now",
        "Instant::now",
        "std::env",
    ] {
        assert!(
            !who_says(&[word]).contains(&"domain".to_owned()),
            "domain says {word}"
        );
    }
}

#[test]
fn one_crate_names_each_outside_thing() {
    let all = packages();
    let knows = |need: &str| -> Vec<&str> {
        all.iter()
            .filter(|(_, needs)| needs.iter().any(|one| one == need))
            .map(|(name, _)| name.as_str())
            .collect()
    };
    assert_eq!(knows("rusqlite"), ["kefu-store"]);
    assert_eq!(knows("redis"), ["kefu-queue"]);
    assert_eq!(knows("kefu-wechat"), ["kefu", "kefu-channels"]);
}

#[test]
fn only_the_composition_names_backends_together() {
    let both: Vec<String> = who_says(&["Sqlite::", "sqlite::"])
        .into_iter()
        .filter(|name| who_says(&["Redis::"]).contains(name))
        .collect();
    assert_eq!(both, ["src/app.rs"]);
}

#[test]
fn only_wire_crates_know_wechats_own_field_names() {
    let said = who_says(&[
        "\"sync_msg",
        "kf/send_msg",
        "EncodingAESKey",
        "\"access_token",
        "msg_signature",
    ]);
    for name in said {
        assert!(
            ["wechat", "channels", "simulator"].contains(&name.as_str()),
            "{name} speaks WeChat"
        );
    }
}

#[test]
fn only_the_doors_choose_http_statuses() {
    let said = who_says(&["StatusCode"]);
    for name in said {
        let allowed = [
            "gateway",
            "simulator",
            "wechat",
            "channels",
            "load",
            "notify",
            "src/command/demo.rs",
        ];
        assert!(
            allowed.contains(&name.as_str()),
            "{name} chooses HTTP statuses"
        );
    }
}

#[test]
fn reception_asks_what_a_channel_can_do_not_what_it_is_called() {
    let said = who_says(&[
        "\"wecom_kf\"",
        "\"website\"",
        "\"app\"",
        "\"official_account\"",
    ]);
    assert!(
        !said.contains(&"reception".to_owned()),
        "reception names a channel"
    );
}

#[test]
fn nothing_is_called_common_or_utils() {
    for (package, _) in packages() {
        assert!(
            !package.contains("common") && !package.contains("util"),
            "{package}"
        );
    }
}

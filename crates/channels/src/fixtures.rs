//! How much was recorded of each channel, and what became of it. That each payload becomes just this
//! is for the channels' own tests; here it is counted, so that `fixtures/README.md` can say it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The payloads of a channel: files of these folders, and what each becomes in these lists.
const RECORDED: [(&str, &[(&str, &str)]); 4] = [
    ("official_account", &[("push", "items.json")]),
    ("mini_program", &[("push", "items.json")]),
    ("channels_shop", &[("push", "items.json")]),
    (
        "wecom_kf",
        &[("callback", "notices.json"), ("sync_msg", "items.json")],
    ),
];

/// Columns of the table.
const BECOMES: [&str; 5] = ["message", "event", "known", "unknown", "malformed"];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = files
        .map(|file| {
            let path = file.unwrap().path();
            path.file_stem().unwrap().to_string_lossy().into_owned()
        })
        .collect();
    names.sort();
    names
}

/// What a payload becomes: its last item decides, since where it was said comes before what was said.
fn becomes(expected: &Value) -> &'static str {
    let last = match expected {
        Value::Array(items) => items.last().unwrap(),
        one => one,
    };
    match (last["kept"].as_str(), last["message"]["msgtype"].as_str()) {
        (Some("malformed"), _) => "malformed",
        (Some("unknown"), _) | (_, Some("unsupported")) => "unknown",
        (Some(_), _) => "known",
        (_, Some(_)) => "message",
        _ if last.get("other").is_some() => "known",
        _ => "event",
    }
}

fn table() -> String {
    let mut table = String::from(
        "| channel | recorded | messages | events acted on | known, nothing to do | unknown, kept whole | malformed, kept whole |\n|---|---|---|---|---|---|---|\n",
    );
    for (channel, lists) in RECORDED {
        let folder = fixtures().join(channel);
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (payloads, list) in lists {
            let text = std::fs::read(folder.join(list)).unwrap();
            let expected: BTreeMap<String, Value> = serde_json::from_slice(&text).unwrap();
            let listed: Vec<&String> = expected.keys().collect();
            let there = names(&folder.join(payloads));
            assert_eq!(listed, there.iter().collect::<Vec<_>>(), "{channel}");
            for one in expected.values() {
                *counts.entry(becomes(one)).or_default() += 1;
            }
        }
        let all: usize = counts.values().sum();
        // Writing to a string never fails.
        let _ = write!(table, "| `{channel}` | {all} |");
        for column in BECOMES {
            let _ = write!(table, " {} |", counts.get(column).unwrap_or(&0));
        }
        table.push('\n');
        assert!(counts.contains_key("unknown"), "{channel}: nothing unknown");
        assert!(
            counts.contains_key("malformed"),
            "{channel}: nothing malformed"
        );
    }
    table
}

#[test]
fn the_page_of_fixtures_counts_them_right() {
    let page = std::fs::read_to_string(fixtures().join("README.md")).unwrap();
    let table = table();
    assert!(
        page.contains(&table),
        "fixtures/README.md has to say:\n{table}"
    );
    for folder in ["answers", "requests"] {
        let count = names(&fixtures().join("wecom_kf").join(folder)).len();
        let says = format!("{count} {folder}");
        assert!(
            page.contains(&says),
            "fixtures/README.md has to say: {says}"
        );
    }
}

//! `kill -9` under load, a hundred times in every test run; `make faults` leaves more time between.

use std::{path::Path, process::Command};

use serde_json::Value;

use crate::redis::Server;

/// Runs the campaign of the load tool against this program; its report. A process is let live for so
/// long at most.
fn crash(kills: u32, max_ms: u32, more: &[&str]) -> Value {
    let kefu = env!("CARGO_BIN_EXE_kefu");
    let tool = Path::new(kefu).with_file_name("kefu-load");
    assert!(
        tool.exists(),
        "kefu-load is not built: cargo build -p kefu-load, or test the workspace"
    );
    let output = Command::new(tool)
        .args([
            "crash",
            "--spawn",
            kefu,
            "--json",
            "--agents",
            "5",
            "--customers",
            "40",
        ])
        .args(["--rate", "100", "--min-ms", "50"])
        .args(["--max-ms", &max_ms.to_string()])
        .args(["--kills", &kills.to_string()])
        .args(more)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let report: Value = serde_json::from_str(&said).unwrap_or_else(|_| {
        panic!(
            "no report: {said} {}",
            String::from_utf8_lossy(&output.stderr)
        )
    });
    assert!(output.status.success(), "{report:#}");
    report
}

/// The checker's eight numbers, and that there was something to check.
fn eight_zeros(report: &Value, kills: u32) {
    for number in [
        "lost",
        "duplicated",
        "ghost",
        "gap",
        "reordered",
        "double_assigned",
        "stuck",
        "outbox_duplicates",
    ] {
        let value = report.get(number).or_else(|| report["verdict"].get(number));
        assert_eq!(value, Some(&Value::from(0)), "{number}: {report:#}");
    }
    assert_eq!(report["kills"], kills, "{report:#}");
    assert!(report["delivered"].as_u64() > Some(500), "{report:#}");
}

#[test]
fn a_hundred_kills_under_load_lose_and_double_nothing() {
    eight_zeros(&crash(100, 500, &[]), 100);
}

#[tokio::test]
async fn kills_with_a_redis_that_is_flushed_lose_and_double_nothing() {
    let redis = Server::start().await;
    eight_zeros(&crash(6, 1200, &["--redis", &redis.url(), "--flush"]), 6);
}

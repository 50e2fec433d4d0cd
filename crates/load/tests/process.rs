//! Runs against a stand-in in a process of its own. The fault campaign: one that writes everything
//! down comes through clean, one that forgets is caught. Idle sockets: counted and weighed.

mod fake;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use fake::Fault;
use kefu_load::bench::{Crowd, Target};
use kefu_load::clock::Stop;
use kefu_load::crash::{Campaign, Report, run};
use kefu_load::gateway::Launch;
use kefu_load::idle;

const DATA: &str = "KEFU_STAND_IN_DATA";
const FORGETS: &str = "KEFU_STAND_IN_FORGETS";

/// Not a test by itself: the process that the campaign kills.
#[test]
fn stand_in() {
    if let Ok(data) = std::env::var(DATA) {
        let forgets = std::env::var(FORGETS).is_ok_and(|value| value == "1");
        fake::be(Path::new(&data), forgets.then_some(Fault::Amnesia));
    }
}

fn launch(folder: &Path, forgets: u8) -> Target {
    let this = std::env::current_exe().expect("a test knows its own program");
    let program = folder.join("kefu");
    let script = format!(
        "#!/bin/sh\n{DATA}=\"$5\" {FORGETS}={forgets} exec {} --exact stand_in --nocapture\n",
        this.display()
    );
    std::fs::write(&program, script).expect("the folder is ours");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&program, executable).expect("the file is ours");
    let parent = Some(folder.to_path_buf());
    Target::Spawn(Launch {
        program,
        redis: None,
        config: None,
        parent,
        realtime: false,
    })
}

fn campaign(folder: &Path, forgets: u8) -> Report {
    let campaign = Campaign {
        target: launch(folder, forgets),
        crowd: Crowd {
            agents: 3,
            customers: 20,
        },
        burst: None,
        rate: 200.0,
        kills: 3,
        between: (Duration::from_millis(300), Duration::from_millis(900)),
        flush: None,
        patience: Duration::from_secs(if forgets == 1 { 4 } else { 30 }),
    };
    run(&campaign, &Stop::default()).expect("the stand-in comes back")
}

#[test]
fn one_that_writes_everything_down_comes_through_clean() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = campaign(folder.path(), 0);
    assert!(
        report.verdict.is_clean(),
        "{:?} {:?}",
        report.verdict,
        report.errors
    );
    assert_eq!(
        (report.kills, report.quiet),
        (3, true),
        "{:?}",
        report.unrest
    );
    assert!(report.resent > 0 && report.delivered > 300, "{report:?}");
}

#[test]
fn one_that_forgets_is_caught() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = campaign(folder.path(), 1);
    assert!(report.verdict.lost > 0, "{:?}", report.verdict);
}

#[test]
fn idle_sockets_are_counted_and_weighed() {
    let folder = tempfile::tempdir().expect("a folder");
    let settle = Duration::from_millis(300);
    let report = idle::run(&launch(folder.path(), 0), 300, settle, &Stop::default());
    let report = report.expect("300 sockets open");
    assert_eq!((report.connections, report.dropped), (300, 0));
    assert!(
        report.kib_per_socket > 0.0 && report.ready_ms > 0.0,
        "{report:?}"
    );
    assert!(report.connected_process_mib > report.idle_process_mib);
}

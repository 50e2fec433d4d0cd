//! A ledger that is left and opened again, and files that are none.

use std::sync::atomic::AtomicI64;

use super::*;

/// A clock that only the test moves, by seconds.
fn clock() -> (Arc<AtomicI64>, Clock) {
    let at = Arc::new(AtomicI64::new(1_790_000_000_000));
    let read = Arc::clone(&at);
    (at, Arc::new(move || read.load(Ordering::SeqCst)))
}

fn open(path: &Path, clock: &Clock) -> Arc<Ledger> {
    Arc::new(Ledger::open(path, Arc::clone(clock)).unwrap())
}

fn calls(line: &Line) -> [u32; 3] {
    [0, 1, 2].map(|window| line.past(window).iter().map(|(_, count)| count).sum())
}

#[test]
fn calls_are_known_after_a_kill_for_as_long_as_they_count() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls");
    let (at, clock) = clock();
    let ledger = open(&path, &clock);
    for (name, count) in [("kf ww1 send", 7), ("kf ww2 send", 2), ("kf ww1 pull", 1)] {
        let line = ledger.line(name).unwrap();
        (0..count).for_each(|_| line.count());
    }
    ledger
        .line("kf ww1 send")
        .unwrap()
        .close(Duration::from_secs(90), 2);
    // Whoever is killed closes nothing.
    std::mem::forget(ledger);
    let ledger = open(&path, &clock);
    let line = ledger.line("kf ww1 send").unwrap();
    assert_eq!(calls(&line), [7, 7, 7]);
    assert_eq!(line.closed(), Some((Duration::from_secs(90), 2)));
    let mut all: Vec<u32> = ledger
        .lines("kf", "send")
        .iter()
        .map(|line| calls(line)[0])
        .collect();
    all.sort_unstable();
    assert_eq!(all, [2, 7]);
    at.fetch_add(62_000, Ordering::SeqCst);
    line.count();
    std::mem::forget(ledger);
    let ledger = open(&path, &clock);
    let line = ledger.line("kf ww1 send").unwrap();
    assert_eq!(calls(&line), [1, 8, 8]);
    assert_eq!(line.closed(), Some((Duration::from_secs(28), 2)));
    at.fetch_add(2 * 86_400_000, Ordering::SeqCst);
    let length = |path: &Path| std::fs::metadata(path).unwrap().len() as usize;
    assert_eq!(length(&path), HEAD.len() + 3 * ROW);
    assert_eq!(
        calls(&open(&path, &clock).line("kf ww1 send").unwrap()),
        [0, 0, 0]
    );
    assert_eq!(
        length(&path),
        HEAD.len() + ROW,
        "a day later only the new one is there"
    );
}

#[test]
fn what_is_no_ledger_is_replaced_and_a_torn_one_loses_what_was_torn() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls");
    let (_, clock) = clock();
    let line = |name: &str| open(&path, &clock).line(name).unwrap();
    for foreign in [
        &b""[..],
        b"\0",
        b"kefu's calls, 2\n and more",
        &[0xff; 5_000],
    ] {
        std::fs::write(&path, foreign).unwrap();
        line("kf ww1 send").count();
        assert_eq!(calls(&line("kf ww1 send")), [1, 1, 1]);
    }
    line("kf ww2 send").count();
    let mut whole = std::fs::read(&path).unwrap();
    whole.truncate(whole.len() - 100);
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(calls(&line("kf ww1 send")), [1, 1, 1]);
    whole[HEAD.len()] = 0xff;
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(calls(&line("kf ww1 send")), [0, 0, 0]);
}

#[test]
fn a_clock_that_went_back_counts_too_much_rather_than_too_little() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls");
    let (at, clock) = clock();
    open(&path, &clock).line("kf ww1 send").unwrap().count();
    at.fetch_sub(600_000, Ordering::SeqCst);
    let line = open(&path, &clock).line("kf ww1 send").unwrap();
    assert_eq!(line.past(0), [(Duration::ZERO, 1)]);
}

#[test]
fn a_name_without_room_is_not_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let (_, clock) = clock();
    let ledger = open(&folder.path().join("calls"), &clock);
    assert!(ledger.line(&"长".repeat(54)).is_none());
    assert!(ledger.line(&"n".repeat(NAME)).is_some());
}

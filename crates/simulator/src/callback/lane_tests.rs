//! The line of callbacks without a network: order, coalescing, bounds, faults.

use super::*;

struct Bench {
    lane: Lane,
    faults: Faults,
    later: Later,
}

impl Bench {
    fn new(fault: Option<Kind>) -> Self {
        let mut faults = Faults::default();
        if let Some(kind) = fault {
            faults.switch_on(kind, 1);
        }
        Self {
            lane: Lane::new(4),
            faults,
            later: Later::default(),
        }
    }

    fn plain(&mut self, name: &str) {
        self.lane.push(Push::plain(name, String::new()));
    }

    /// Names of all that is sent now, each with its repetitions.
    fn sent(&mut self) -> Vec<(String, u64)> {
        let mut sent = Vec::new();
        loop {
            match self
                .lane
                .next(&mut self.faults, &mut self.later, "ww1", 1_000)
            {
                Next::Send(push, again) => sent.push((push.event().to_owned(), again.times)),
                Next::Swallowed(_) => {}
                Next::Idle => return sent,
            }
        }
    }

    fn names(&mut self) -> Vec<String> {
        self.sent().into_iter().map(|(name, _)| name).collect()
    }
}

#[test]
fn one_bell_stands_for_all_that_waits() {
    let mut bench = Bench::new(None);
    for _ in 0..3 {
        bench.lane.ring("wk1");
    }
    bench.lane.ring("wk2");
    assert_eq!(bench.names().len(), 2);
    bench.lane.ring("wk1");
    assert_eq!(
        bench.names().len(),
        1,
        "once it left, the next one rings again"
    );
    bench.lane.coalesce = false;
    bench.lane.ring("wk1");
    bench.lane.ring("wk1");
    assert_eq!(bench.names().len(), 2);
}

#[test]
fn a_full_line_loses_its_oldest_and_counts_it() {
    let mut bench = Bench::new(None);
    for name in ["1", "2", "3", "4", "5"] {
        bench.plain(name);
    }
    assert_eq!(bench.lane.dropped, 1);
    assert_eq!(bench.names(), ["2", "3", "4", "5"]);
}

#[test]
fn a_dropped_one_is_gone_and_the_next_is_not() {
    let mut bench = Bench::new(Some(Kind::CallbackDrop {}));
    bench.plain("1");
    bench.plain("2");
    assert_eq!(bench.names(), ["2"]);
}

#[test]
fn two_change_places() {
    let mut bench = Bench::new(Some(Kind::CallbackReorder {}));
    bench.plain("1");
    assert_eq!(
        bench.names(),
        [] as [&str; 0],
        "it waits for one that overtakes it"
    );
    bench.plain("2");
    bench.plain("3");
    assert_eq!(bench.names(), ["2", "1", "3"]);
}

#[test]
fn alone_it_goes_when_patience_ends() {
    let mut bench = Bench::new(Some(Kind::CallbackReorder {}));
    bench.plain("1");
    assert!(bench.names().is_empty());
    assert_eq!(bench.later.due(1_000 + SWAP_PATIENCE).len(), 1);
    bench.lane.release();
    assert_eq!(bench.names(), ["1"]);
}

#[test]
fn a_late_one_is_passed_by_others() {
    let mut bench = Bench::new(Some(Kind::CallbackLate { ms: 500 }));
    bench.plain("1");
    bench.plain("2");
    assert_eq!(bench.names(), ["2"]);
    assert!(bench.later.due(1_499).is_empty());
    let [Task::Callback { push, .. }] = &bench.later.due(1_500)[..] else {
        panic!("it is due")
    };
    bench.lane.push(push.clone());
    assert_eq!(bench.names(), ["1"]);
}

#[test]
fn a_repeated_one_says_how_often() {
    let mut bench = Bench::new(Some(Kind::CallbackRepeat {
        times: 2,
        identical: false,
    }));
    bench.plain("1");
    bench.plain("2");
    assert_eq!(bench.sent(), [("1".to_owned(), 2), ("2".to_owned(), 0)]);
}

//! K1 from end to end against the stand-in: a faithful one is clean, and each fault that it commits
//! shows in the number it breaks.

mod fake;

use std::time::Duration;

use fake::Fault;
use kefu_load::bench::{Crowd, Target};
use kefu_load::clock::Stop;
use kefu_load::k1::{K1, Report, run};
use kefu_load::play::Pace;
use kefu_load::search::{Bounds, highest};

fn plan(fault: Option<Fault>) -> K1 {
    K1 {
        target: Target::Url(format!("http://{}", fake::start(fault)), "kk_test".into()),
        crowd: Crowd {
            agents: 3,
            customers: 20,
        },
        pace: Pace {
            rate: 400.0,
            warmup_s: 0.3,
            seconds: 1.5,
        },
        watch: Vec::new(),
        patience: Duration::from_secs(3),
    }
}

fn k1(fault: Option<Fault>) -> Report {
    run(&plan(fault), &Stop::default()).expect("the stand-in can be driven")
}

fn broken(report: &Report) -> Vec<&'static str> {
    let numbers = report.verdict.numbers().into_iter();
    numbers
        .filter(|(_, count)| *count > 0)
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn a_faithful_gateway_is_clean_and_measured() {
    let report = k1(None);
    assert_eq!(
        broken(&report),
        Vec::<&str>::new(),
        "{:?}",
        report.verdict.examples
    );
    assert_eq!(report.offered_per_s, 400.0);
    // How much of it arrived in time depends on the machine; all of it must have arrived.
    assert_eq!(report.timings.customer_to_agent.count(), 600);
    assert!(report.delivered_per_s > 0.0);
    assert!(report.p50_ms > 0.0 && report.p50_ms <= report.p99_ms);
    assert!(report.timings.message_to_assigned.count() > 0);
    assert!(report.ack_p99_ms > 0.0 && report.generator_cpu_us_per_message >= 0.0);
    assert_eq!(
        (report.errors.len(), report.undelivered, report.fetched),
        (0, 0, 0)
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!((&json["lost"], &json["stuck"]), (&0.into(), &0.into()));
}

#[test]
fn every_broken_promise_shows_in_its_number() {
    let cases = [
        (Fault::Forget(50), "lost"),
        (Fault::Double(50), "duplicated"),
        (Fault::Invent(50), "ghost"),
        (Fault::Skip(50), "gap"),
        (Fault::TwoOwners(5), "double_assigned"),
        (Fault::Strand(9), "stuck"),
    ];
    std::thread::scope(|scope| {
        for (fault, number) in cases {
            scope.spawn(move || {
                let report = k1(Some(fault));
                assert!(
                    broken(&report).contains(&number),
                    "{fault:?}: {:?}",
                    broken(&report)
                );
            });
        }
    });
}

#[test]
fn refusals_and_cut_connections_cost_time_and_nothing_else() {
    for fault in [Fault::Overload(40), Fault::Cut(200)] {
        let report = k1(Some(fault));
        assert_eq!(
            broken(&report),
            Vec::<&str>::new(),
            "{fault:?} {:?}",
            report.verdict.examples
        );
        assert!(!report.errors.is_empty(), "{fault:?} struck");
        assert_eq!(report.undelivered, 0, "{fault:?}");
    }
}

#[test]
fn the_highest_rate_is_found_and_confirmed() {
    let plan = K1 {
        pace: Pace {
            rate: 0.0,
            warmup_s: 0.2,
            seconds: 1.0,
        },
        ..plan(None)
    };
    let bounds = Bounds {
        p99_ms: 200.0,
        start: 100.0,
        steps_within: Duration::from_secs(12),
    };
    let found = highest(&plan, bounds, &Stop::default()).unwrap();
    assert!(found.held, "{:?}", found.steps);
    assert!(found.report.delivered_per_s > 190.0);
    assert!(found.steps.len() >= 2);
}

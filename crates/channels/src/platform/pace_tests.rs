//! Pacing with a clock that stands still until somebody sleeps.

use kefu_wechat::request::Request;

use super::*;

const API: &str = "cgi-bin/kf/send_msg";
const OTHER: &str = "cgi-bin/kf/sync_msg";

fn pacer(change: impl FnOnce(&mut Pace)) -> Pacer {
    let mut pace = Pace::default();
    change(&mut pace);
    Pacer::new(pace)
}

fn failed(fault: Fault) -> Result<(), Failure> {
    Err(Failure {
        api: API,
        dialect: Default::default(),
        fault,
        code: None,
        detail: String::new(),
        retry_after: None,
    })
}

async fn call(pacer: &Pacer, answer: Result<(), Failure>) -> Result<(), Duration> {
    let pass = pacer.enter("ww1", API, Lane::Reply).await?;
    pass.settle(&answer);
    Ok(())
}

/// Calls as fast as it may for so long; answers when each call was made.
async fn storm(pacer: &Pacer, corps: &[&str], span: Duration) -> Vec<Duration> {
    let began = Instant::now();
    let mut made = Vec::new();
    while began.elapsed() < span {
        for corp in corps {
            match pacer.enter(corp, API, Lane::Reply).await {
                Ok(pass) => {
                    pass.settle(&Ok::<_, Failure>(()));
                    made.push(began.elapsed());
                }
                Err(wait) => sleep(wait).await,
            }
        }
    }
    made
}

/// The most calls in any span of `span`.
fn densest(made: &[Duration], span: Duration) -> usize {
    let until = |from: Duration| made.partition_point(|at| *at < from + span);
    let counts = made
        .iter()
        .enumerate()
        .map(|(first, from)| until(*from) - first);
    counts.max().unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn no_minute_and_no_hour_holds_more_than_its_limit() {
    let pacer = pacer(|pace| (pace.per_minute, pace.per_hour) = (20, 100));
    let made = storm(&pacer, &["ww1"], Duration::from_secs(2 * 3_600)).await;
    assert_eq!(densest(&made, Duration::from_secs(60)), 20);
    assert_eq!(densest(&made, Duration::from_secs(3_600)), 100);
    assert!(made.len() >= 195, "the limit is also used: {}", made.len());
}

#[tokio::test(start_paused = true)]
async fn all_corps_together_keep_the_limit_of_our_address() {
    let pacer = pacer(|pace| pace.address_per_minute = 30);
    let made = storm(&pacer, &["ww1", "ww2", "ww3"], Duration::from_secs(180)).await;
    assert_eq!(densest(&made, Duration::from_secs(60)), 30);
}

#[tokio::test(start_paused = true)]
async fn who_is_limited_stays_away_for_a_minute_and_then_for_an_hour() {
    let pacer = pacer(|_| {});
    for expected in [60, 60, 3_600, 3_600] {
        call(&pacer, failed(Fault::RateLimited)).await.unwrap();
        let wait = call(&pacer, Ok(())).await.unwrap_err();
        assert_eq!(wait, Duration::from_secs(expected));
        // Another API is not concerned.
        drop(pacer.enter("ww1", OTHER, Lane::Reply).await.unwrap());
        sleep(wait).await;
    }
    call(&pacer, Ok(())).await.unwrap();
    call(&pacer, failed(Fault::RateLimited)).await.unwrap();
    let wait = call(&pacer, Ok(())).await.unwrap_err();
    assert_eq!(wait, Duration::from_secs(60), "a success forgets");
}

#[tokio::test(start_paused = true)]
async fn calls_under_way_when_the_gate_closes_do_not_add_to_it() {
    let pacer = pacer(|_| {});
    let mut passes = Vec::new();
    for _ in 0..10 {
        passes.push(pacer.enter("ww1", API, Lane::Reply).await.unwrap());
    }
    for pass in passes {
        pass.settle(&failed(Fault::RateLimited));
    }
    let wait = call(&pacer, Ok(())).await.unwrap_err();
    assert_eq!(wait, Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn a_storm_is_met_with_one_call_at_a_time_and_fewer_of_them() {
    let pacer = pacer(|_| {});
    let began = Instant::now();
    let mut made = 0;
    while began.elapsed() < Duration::from_secs(300) {
        match call(&pacer, failed(Fault::Busy)).await {
            Ok(()) => made += 1,
            Err(wait) => sleep(wait).await,
        }
    }
    assert!((5..=20).contains(&made), "{made} calls in five minutes");
    // It is well again after the first success.
    while let Err(wait) = call(&pacer, Ok(())).await {
        assert!(wait <= Duration::from_secs(90));
        sleep(wait).await;
    }
    call(&pacer, Ok(())).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn while_one_tries_the_others_wait_and_a_cancelled_try_is_nobodys() {
    let pacer = pacer(|_| {});
    for _ in 0..TROUBLE {
        call(&pacer, failed(Fault::Unreachable)).await.unwrap();
    }
    sleep(call(&pacer, Ok(())).await.unwrap_err()).await;
    let trial = pacer.enter("ww1", API, Lane::Reply).await.unwrap();
    assert_eq!(call(&pacer, Ok(())).await, Err(SOON));
    drop(trial);
    call(&pacer, Ok(())).await.unwrap();
    call(&pacer, Ok(())).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_the_platform_asks_for_is_kept() {
    let pacer = pacer(|_| {});
    let asked = Duration::from_secs(7);
    let answer = failed(Fault::Busy).map_err(|failure| Failure {
        retry_after: Some(asked),
        ..failure
    });
    call(&pacer, answer).await.unwrap();
    assert_eq!(call(&pacer, Ok(())).await, Err(asked));
}

#[tokio::test(start_paused = true)]
async fn refusals_of_a_message_close_nothing() {
    let pacer = pacer(|_| {});
    for fault in [Fault::WindowClosed, Fault::Permanent, Fault::CodeSpent] {
        for _ in 0..10 {
            call(&pacer, failed(fault)).await.unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn replies_have_places_that_pulls_cannot_take() {
    let pacer = pacer(|pace| (pace.at_once, pace.background) = (4, 3));
    let mut pulls = Vec::new();
    for _ in 0..3 {
        pulls.push(pacer.enter("ww1", OTHER, Lane::Background).await.unwrap());
    }
    let waited = pacer.enter("ww1", OTHER, Lane::Background).await;
    assert_eq!(waited.err(), Some(SOON), "a fourth pull waits in vain");
    let reply = pacer.enter("ww1", API, Lane::Reply).await.unwrap();
    drop((reply, pulls));
}

#[tokio::test(start_paused = true)]
async fn the_line_is_bounded_and_its_places_come_back() {
    let pacer = Arc::new(pacer(|pace| (pace.at_once, pace.line) = (1, 2)));
    let first = pacer.enter("ww1", API, Lane::Reply).await.unwrap();
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let pacer = Arc::clone(&pacer);
            tokio::spawn(async move { pacer.enter("ww1", API, Lane::Reply).await.map(drop) })
        })
        .collect();
    tokio::task::yield_now().await;
    let began = Instant::now();
    assert_eq!(pacer.enter("ww1", API, Lane::Reply).await.err(), Some(SOON));
    assert_eq!(began.elapsed(), Duration::ZERO, "it is told at once");
    drop(first);
    for one in waiting {
        one.await.unwrap().unwrap();
    }
    drop(pacer.enter("ww1", API, Lane::Reply).await.unwrap());
}

#[test]
fn pauses_grow_to_a_minute_and_differ() {
    for (step, middle) in [
        (0, 1.0),
        (1, 2.0),
        (3, 8.0),
        (5, 32.0),
        (6, 60.0),
        (40, 60.0),
    ] {
        let seconds = growing(step).as_secs_f64();
        assert!(
            (0.5 * middle..=1.5 * middle).contains(&seconds),
            "{step}: {seconds}"
        );
    }
}

/// Replies asked for at once, as many as the outbox has places; each comes again when it was told to.
#[tokio::test(start_paused = true)]
async fn twelve_thousand_replies_in_a_minute_are_all_out_in_the_second_and_none_is_one_too_many() {
    let pacer = Arc::new(pacer(|_| ()));
    let began = Instant::now();
    let made = Arc::new(Mutex::new(Vec::new()));
    let mut replies = tokio::task::JoinSet::new();
    for _ in 0..12_000 {
        let (pacer, made) = (Arc::clone(&pacer), Arc::clone(&made));
        replies.spawn(async move {
            loop {
                match pacer.enter("ww1", API, Lane::Reply).await {
                    Ok(pass) => {
                        sleep(Duration::from_millis(20)).await;
                        made.lock().push(began.elapsed());
                        return pass.settle(&Ok::<_, Failure>(()));
                    }
                    Err(wait) => sleep(wait).await,
                }
            }
        });
    }
    while replies.join_next().await.is_some() {}
    let mut made = made.lock().clone();
    made.sort_unstable();
    assert_eq!(made.len(), 12_000);
    // The platform allows 10,000; what we keep below it is for others who share the app.
    assert!(densest(&made, Duration::from_secs(60)) <= 10_000);
    assert!(
        made.last().unwrap() <= &Duration::from_secs(120),
        "{:?}",
        made.last()
    );
}

#[tokio::test(start_paused = true)]
async fn pulls_of_a_corp_are_spread_whoever_rings() {
    let pacer = Arc::new(pacer(|_| ()));
    let began = Instant::now();
    let mut pulls = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let pacer = Arc::clone(&pacer);
        pulls.spawn(async move {
            let mut made = Vec::new();
            while began.elapsed() < Duration::from_secs(5) {
                match pacer.enter("ww1", OTHER, Lane::Background).await {
                    Ok(pass) => {
                        pass.settle(&Ok::<_, Failure>(()));
                        made.push(began.elapsed());
                    }
                    Err(wait) => sleep(wait).await,
                }
            }
            made
        });
    }
    let mut made: Vec<Duration> = Vec::new();
    while let Some(some) = pulls.join_next().await {
        made.extend(some.unwrap());
    }
    made.sort_unstable();
    assert!(densest(&made, Duration::from_secs(1)) <= 40);
    assert!(made.len() >= 190, "the limit is also used: {}", made.len());
}

#[tokio::test(start_paused = true)]
async fn the_use_of_a_limit_is_told_and_advice_given_when_it_is_too_small() {
    let pacer = pacer(|pace| (pace.per_minute, pace.per_hour) = (100, 100_000));
    assert_eq!(pacer.used("ww1"), Vec::new());
    for minute in 0..6 {
        for _ in 0..80 {
            call(&pacer, Ok(())).await.unwrap();
        }
        let quota = pacer.used("ww1").remove(0);
        assert_eq!((quota.api.as_str(), quota.per_minute), (API, 100));
        assert_eq!((quota.minute, quota.hour), (80, 80 * (minute + 1)));
        assert_eq!(
            quota.advice.is_some(),
            minute >= 4,
            "after {minute} minutes"
        );
        sleep(Duration::from_secs(62)).await;
    }
    call(&pacer, failed(Fault::RateLimited)).await.unwrap();
    let blocked = pacer.used("ww1").remove(0).blocked_ms;
    assert_eq!(blocked, Some(60_000));
    sleep(Duration::from_secs(3_700)).await;
    let quota = pacer.used("ww1").remove(0);
    assert_eq!(
        (quota.minute, quota.hour, quota.advice, quota.blocked_ms),
        (0, 0, None, None)
    );
}

#[tokio::test(start_paused = true)]
async fn a_days_limit_is_kept_and_one_that_is_used_up_is_said_to_be() {
    let account = Pace {
        per_day: &[(API, 150)],
        ..Pace::accounts()
    };
    let pacer = Pacer::new(account);
    let made = storm(&pacer, &["wx1"], Duration::from_secs(40 * 3_600)).await;
    assert_eq!(densest(&made, Duration::from_secs(24 * 3_600)), 150);
    assert!(made.len() >= 290, "the limit is also used: {}", made.len());
    let quota = pacer.used("wx1").remove(0);
    assert_eq!((quota.per_day, quota.advice), (Some(150), None));
    let spent = Err(Failure {
        dialect: Dialect::Mp,
        code: Some(45009),
        ..failed(Fault::RateLimited).unwrap_err()
    });
    call(&pacer, spent).await.unwrap();
    let advice = |pacer: &Pacer| pacer.used("ww1").remove(0).advice;
    assert_eq!(advice(&pacer).as_deref(), Some(DAY_IS_USED));
    sleep(Duration::from_secs(61)).await;
    call(&pacer, Ok(())).await.unwrap();
    assert_eq!(advice(&pacer), None, "it was given back");
}

#[tokio::test(start_paused = true)]
async fn what_an_administrator_has_to_mend_is_said_until_the_platform_answers_again() {
    let pacer = pacer(|_| {});
    let refused = |code| {
        Err(Failure {
            api: kefu_wechat::mp::CustomSend::PATH,
            dialect: Dialect::Mp,
            code: Some(code),
            ..failed(Fault::of_code(code)).unwrap_err()
        })
    };
    let advice = || pacer.used("ww1").remove(0).advice;
    for code in [48001, 48004, 40125] {
        call(&pacer, refused(code)).await.unwrap();
        let said = advice().unwrap();
        assert!(said.contains(&code.to_string()), "{said}");
        // That nobody answers changes nothing.
        call(&pacer, failed(Fault::Unreachable)).await.unwrap();
        assert_eq!(advice(), Some(said));
        call(&pacer, Ok(())).await.unwrap();
        assert_eq!(advice(), None, "it was mended");
    }
    // One customer's affair is not the connection's.
    for code in [43019, 48002, 50002] {
        call(&pacer, refused(48001)).await.unwrap();
        call(&pacer, refused(code)).await.unwrap();
        assert_eq!(advice(), None, "{code}");
    }
}

/// A gateway that is killed every few seconds in the middle of a storm.
#[tokio::test(start_paused = true)]
async fn restarts_spend_no_minute_and_no_hour_twice() {
    let folder = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let now = move || 1_790_000_000_000 + began.elapsed().as_millis() as i64;
    let start = || {
        let ledger = Ledger::open(&folder.path().join("calls"), Arc::new(now)).unwrap();
        let pacer = pacer(|pace| {
            (pace.per_minute, pace.per_hour, pace.address_per_minute) = (20, 100, 30);
        });
        pacer.remember("wecom_kf", Arc::new(ledger));
        pacer
    };
    let (mut made, mut both) = (Vec::new(), Vec::new());
    for seconds in [1, 7, 23, 60, 61, 200, 1_000, 2_200, 40, 3_700]
        .into_iter()
        .cycle()
        .take(20)
    {
        let (pacer, begins) = (start(), began.elapsed());
        let one = storm(&pacer, &["ww1"], Duration::from_secs(seconds)).await;
        made.extend(one.iter().map(|at| begins + *at));
        let begins = began.elapsed();
        let other = storm(&pacer, &["ww2"], Duration::from_secs(5)).await;
        both.extend(other.iter().map(|at| begins + *at));
        std::mem::forget(pacer);
    }
    assert_eq!(densest(&made, Duration::from_secs(60)), 20);
    assert_eq!(densest(&made, Duration::from_secs(3_600)), 100);
    let hours = began.elapsed().as_secs() / 3_600;
    assert!(
        made.len() as u64 >= 95 * hours,
        "the limit is also used: {} in {hours} h",
        made.len()
    );
    both.extend(made);
    both.sort_unstable();
    assert_eq!(
        densest(&both, Duration::from_secs(60)),
        30,
        "of our address"
    );
}

#[tokio::test(start_paused = true)]
async fn who_was_limited_is_still_limited_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let now = move || 1_790_000_000_000 + began.elapsed().as_millis() as i64;
    let start = || {
        let ledger = Ledger::open(&folder.path().join("calls"), Arc::new(now)).unwrap();
        let pacer = pacer(|_| {});
        pacer.remember("wecom_kf", Arc::new(ledger));
        pacer
    };
    call(&start(), failed(Fault::RateLimited)).await.unwrap();
    sleep(Duration::from_secs(20)).await;
    let pacer = start();
    let wait = call(&pacer, Ok(())).await.unwrap_err();
    assert_eq!(wait, Duration::from_secs(40));
    sleep(wait).await;
    call(&pacer, Ok(())).await.unwrap();
    call(&start(), Ok(())).await.unwrap();
}

//! Five and no more, as the platform counts them.

use proptest::prelude::*;

use super::*;

#[test]
fn five_go_out_and_the_sixth_waits_for_the_customer() {
    let mut credits = Credits::granted(KF_MESSAGE, 1_000);
    for _ in 0..5 {
        assert_eq!(credits.take(2_000), Ok(()));
    }
    assert_eq!(credits.take(2_000), Err(Closed::Used));
    credits.give_back();
    assert_eq!(credits.take(2_000), Ok(()));
}

#[test]
fn a_tap_on_a_menu_never_shortens_what_a_message_granted() {
    let said = Credits::granted(KF_MESSAGE, 0);
    assert_eq!(Credits::renewed(Some(said), GESTURE, 1_000, 0), said);
    let mut used = said;
    while used.take(2_000).is_ok() {}
    let tapped = Credits::granted(GESTURE, 3_000);
    assert_eq!(Credits::renewed(Some(used), GESTURE, 3_000, 0), tapped);
    assert_eq!(Credits::renewed(None, GESTURE, 3_000, 0), tapped);
    let written = Credits::granted(KF_MESSAGE, 4_000);
    assert_eq!(
        Credits::renewed(Some(tapped), KF_MESSAGE, 4_000, 0),
        written
    );
    assert_eq!(Credits::renewed(Some(said), KF_MESSAGE, 4_000, 0), written);
}

#[test]
fn what_the_platform_says_is_over_is_over() {
    let mut counted = Credits::granted(KF_MESSAGE, 0);
    counted.close(Closed::Used, 1_000);
    assert_eq!(counted.check(1_000), Err(Closed::Used));
    let mut gone = Credits::granted(KF_MESSAGE, 0);
    gone.close(Closed::Expired, 1_000);
    assert_eq!(gone.check(1_000), Err(Closed::Expired));
}

#[test]
fn who_left_is_written_to_again_when_they_come_back() {
    let mut credits = Credits::granted(KF_MESSAGE, 0);
    credits.close(Closed::Left, 1_000);
    credits.give_back();
    credits.close(Closed::Expired, 2_000);
    assert_eq!(credits.check(2_000), Err(Closed::Left));
    assert_eq!(Credits::of_who_left(0).check(0), Err(Closed::Left));
    let back = Credits::renewed(Some(credits), GESTURE, 3_000, 0);
    assert_eq!(back, Credits::granted(GESTURE, 3_000));
}

#[test]
fn the_window_closes_to_the_millisecond() {
    let credits = Credits::granted(KF_MESSAGE, 0);
    assert_eq!(credits.check(credits.expires_at - 1), Ok(()));
    assert_eq!(credits.check(credits.expires_at), Err(Closed::Expired));
}

#[test]
fn what_went_out_since_the_words_is_counted() {
    let mut credits = Credits::granted(KF_MESSAGE, 10_000);
    for _ in 0..3 {
        credits.take(11_000).unwrap();
    }
    let renewed = |at, sent| Credits::renewed(Some(credits), KF_MESSAGE, at, sent);
    assert_eq!((renewed(12_000, 0).left, renewed(12_000, 2).left), (5, 3));
    // Never more than was taken: the rest was somebody else's.
    assert_eq!(renewed(12_000, 9).left, 2);
    assert_eq!(Credits::renewed(None, KF_MESSAGE, 12_000, 1).left, 4);
    // The same second, and what was said before, grant nothing more.
    assert_eq!(renewed(10_000, 3), credits);
    assert_eq!(renewed(9_000, 3), credits);
    assert_eq!(
        (counted_from(12_999), counted_from(12_000)),
        (12_000, 12_000)
    );
}

/// The platform: it counts what it takes since the customer's last words.
#[derive(Default)]
struct Platform {
    wrote_at: Option<UnixMs>,
    taken: u32,
}

/// This side: what it believes, and every send with the time at which it learnt that it was taken.
#[derive(Default)]
struct Gateway {
    credits: Option<Credits>,
    sends: Vec<Option<UnixMs>>,
}

impl Gateway {
    fn hear(&mut self, said_at: UnixMs) {
        let from = counted_from(said_at);
        let counts = |taken: &&Option<UnixMs>| taken.is_none_or(|at| at >= from);
        let sent = self.sends.iter().filter(counts).count() as u32;
        // The platform tells whole seconds.
        let renewed = Credits::renewed(self.credits, KF_MESSAGE, from, sent);
        self.credits = Some(renewed);
    }
}

/// Something that happens after so many milliseconds.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// The customer writes.
    Write,
    /// One of the words that are not heard of yet is pulled, the newest or the oldest.
    Pull { newest: bool },
    /// The agent asks for an answer, and if there is a credit it goes on its way.
    Answer,
    /// The oldest answer under way arrives at the platform.
    Arrive,
    /// The gateway learns of the oldest arrival that it did not know of.
    Learn,
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let step = prop_oneof![
        2 => Just(Step::Write),
        2 => any::<bool>().prop_map(|newest| Step::Pull { newest }),
        6 => Just(Step::Answer),
        6 => Just(Step::Arrive),
        6 => Just(Step::Learn),
    ];
    proptest::collection::vec((0i64..700, step), 0..200)
}

proptest! {
    /// However late words are pulled and in whatever order, however long answers are on their way:
    /// what this side lets out, the platform takes.
    #[test]
    fn the_platform_never_counts_more_than_we_do(steps in steps()) {
        let (mut platform, mut gateway) = (Platform::default(), Gateway::default());
        let (mut unheard, mut under_way, mut arrived) = (Vec::new(), Vec::new(), Vec::new());
        let mut now = 1_700_000_000_000;
        for (passed, step) in steps {
            now += passed;
            match step {
                Step::Write => {
                    (platform.wrote_at, platform.taken) = (Some(now), 0);
                    unheard.push(now);
                }
                Step::Pull { newest } => {
                    if !unheard.is_empty() {
                        let place = if newest { unheard.len() - 1 } else { 0 };
                        gateway.hear(unheard.remove(place));
                    }
                }
                Step::Answer => {
                    if let Some(credits) = &mut gateway.credits && credits.take(now).is_ok() {
                        under_way.push(gateway.sends.len());
                        gateway.sends.push(None);
                    }
                }
                Step::Arrive => {
                    if !under_way.is_empty() {
                        platform.taken += 1;
                        prop_assert!(platform.wrote_at.is_some() && platform.taken <= 5);
                        arrived.push(under_way.remove(0));
                    }
                }
                Step::Learn => {
                    if !arrived.is_empty() {
                        gateway.sends[arrived.remove(0)] = Some(now);
                    }
                }
            }
        }
    }

    /// A customer who goes on writing is always answered in the end.
    #[test]
    fn words_of_a_quiet_second_grant_all_five(steps in steps()) {
        let mut gateway = Gateway::default();
        let mut now = 1_700_000_000_000;
        for (passed, step) in steps {
            now += passed;
            match step {
                Step::Write => gateway.hear(now),
                Step::Answer => {
                    let taken = gateway.credits.as_mut().is_some_and(|c| c.take(now).is_ok());
                    gateway.sends.extend(taken.then_some(Some(now)));
                }
                Step::Pull { .. } | Step::Arrive | Step::Learn => {}
            }
        }
        gateway.hear(now + 1_000);
        prop_assert_eq!(gateway.credits.map(|credits| credits.left), Some(5));
    }
}

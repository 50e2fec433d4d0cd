//! A clean run is clean, and each of the eight numbers rises when its promise is broken.

use super::*;
use crate::body::Found;

const AGENT: Sender = Sender::Agent(4);

fn fence(session: u64, fence: u64) -> Fence {
    Fence { session, fence }
}

fn grant(agent: u32, fence: Fence) -> Grant {
    Grant {
        conversation: 0,
        agent,
        fence,
    }
}

fn tenure(agent: u32, fence: Fence, from: i64, until: i64) -> Tenure {
    let until = Some(until);
    Tenure {
        fence,
        agent: Some(agent),
        period: Period { from, until },
    }
}

fn op(sender: Sender, seq: u32) -> Op {
    Op {
        sender,
        conversation: 0,
        // Questions 1 and 4 make two sessions, each with a first assignment.
        fence: match sender {
            Sender::Agent(_) if seq < 4 => fence(1, 1),
            Sender::Agent(_) => fence(2, 1),
            Sender::Customer(_) => Fence::default(),
        },
        intended_at: 1,
        sent_at: 2,
        acked_at: 3,
        seen_at: 4,
        seq,
        outcome: Outcome::Ok,
        delayed: false,
    }
}

fn seen(seq: u32, op: u32, by: SeenBy) -> Seen {
    Seen { seq, op, by }
}

fn message(seq: u32, origin: u8, found: Found) -> StoredMessage {
    StoredMessage {
        seq,
        origin,
        found,
        trouble: None,
    }
}

/// Two questions and their answers, each in a session of its own, a system message between; the same
/// agent has both, and everyone saw all.
fn clean() -> (History, Vec<Stored>) {
    use SeenBy::{Ack, Frame, Start};
    let customer = Sender::Customer(0);
    let ops = vec![op(customer, 1), op(AGENT, 3), op(customer, 4), op(AGENT, 5)];
    let views = vec![
        View {
            viewer: customer,
            conversation: 0,
            seen: vec![
                seen(0, Seen::NO_OP, Start),
                seen(1, 0, Ack),
                seen(2, Seen::NO_OP, Frame),
                seen(3, 1, Frame),
                seen(5, 3, Frame),
                seen(4, 2, Ack),
            ],
        },
        View {
            viewer: AGENT,
            conversation: 0,
            seen: vec![
                seen(1, 0, Frame),
                seen(3, 1, Ack),
                seen(4, 2, Frame),
                seen(5, 3, Ack),
            ],
        },
    ];
    let grants = vec![grant(4, fence(1, 1)), grant(4, fence(2, 1))];
    let stored = Stored {
        messages: vec![
            message(1, 3, Found::Op(0)),
            message(2, 4, Found::Foreign),
            message(3, 5, Found::Op(1)),
            message(4, 3, Found::Op(2)),
            message(5, 5, Found::Op(3)),
        ],
        sessions: vec![
            Period {
                from: 10,
                until: Some(20),
            },
            Period {
                from: 20,
                until: Some(30),
            },
        ],
        tenures: vec![
            tenure(4, fence(1, 1), 11, 20),
            tenure(4, fence(2, 1), 20, 30),
        ],
        state: Some(4),
        doubled: false,
    };
    (History { ops, views, grants }, vec![stored])
}

/// Runs the checker over a clean run after `spoil`, and returns the numbers that are not zero.
fn spoilt(spoil: impl FnOnce(&mut History, &mut Stored)) -> Vec<(&'static str, u64)> {
    let (mut history, mut stored) = clean();
    spoil(&mut history, &mut stored[0]);
    let verdict = check(&history, &stored, &[]);
    assert_eq!(verdict.is_clean(), verdict.examples.is_empty());
    verdict
        .numbers()
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .collect()
}

#[test]
fn a_clean_run_is_clean() {
    assert_eq!(spoilt(|_, _| {}), []);
}

#[test]
fn an_unknown_operation_may_be_stored_once_or_not_at_all() {
    assert_eq!(
        spoilt(|history, _| history.ops[3].outcome = Outcome::Unknown),
        []
    );
    let absent = spoilt(|history, stored| {
        history.ops[3].outcome = Outcome::Unknown;
        stored.messages.pop();
        for view in &mut history.views {
            view.seen.retain(|seen| seen.seq != 5);
        }
    });
    assert_eq!(absent, []);
}

#[test]
fn an_acknowledged_message_that_is_not_stored_is_lost() {
    let numbers = spoilt(|history, stored| {
        stored.messages.pop();
        for view in &mut history.views {
            view.seen.retain(|seen| seen.seq != 5);
        }
    });
    assert_eq!(numbers, [("lost", 1)]);
}

#[test]
fn a_message_shown_and_then_gone_is_lost() {
    let numbers = spoilt(|history, stored| {
        stored.messages.pop();
        history.ops[3].outcome = Outcome::Unknown;
        history.views.pop();
    });
    assert_eq!(numbers, [("lost", 1)]);
}

#[test]
fn a_stored_message_that_its_reader_never_saw_is_lost() {
    let customer = spoilt(|history, _| history.views[0].seen.retain(|seen| seen.seq != 3));
    assert_eq!(customer, [("lost", 1)]);
    for op in [2, 3] {
        let unseen = spoilt(|history, _| history.ops[op].seen_at = 0);
        assert_eq!(unseen, [("lost", 1)]);
    }
    // What a platform refused did not arrive, and its author knows.
    for trouble in [Trouble::Failed, Trouble::Doubtful] {
        let refused = spoilt(|history, stored| {
            history.ops[3].seen_at = 0;
            stored.messages[4].trouble = Some(trouble);
        });
        assert_eq!(refused, []);
    }
}

#[test]
fn what_a_platform_took_is_stored_once_under_any_number() {
    let taken = |history: &mut History| {
        history.ops[2].outcome = Outcome::Taken;
        history.ops[2].seq = 0;
    };
    assert_eq!(spoilt(|history, _| taken(history)), []);
    let numbers = spoilt(|history, stored| {
        taken(history);
        stored.messages[3].found = Found::Foreign;
        stored.messages[3].origin = 4;
        for view in &mut history.views {
            view.seen.retain(|seen| seen.seq != 4);
        }
        history.views[0]
            .seen
            .push(seen(4, Seen::NO_OP, SeenBy::Fetch));
    });
    assert_eq!(numbers, [("lost", 1)]);
}

#[test]
fn a_message_stored_twice_is_duplicated() {
    let numbers = spoilt(|history, stored| {
        stored.messages.push(message(6, 5, Found::Op(3)));
        history.views[0].seen.push(seen(6, 3, SeenBy::Frame));
    });
    assert_eq!(numbers, [("duplicated", 1)]);
    let numbers = spoilt(|_, stored| stored.messages.push(message(2, 4, Found::Foreign)));
    assert_eq!(numbers, [("duplicated", 1)]);
    assert_eq!(
        spoilt(|_, stored| stored.doubled = true),
        [("duplicated", 1)]
    );
}

#[test]
fn a_message_that_nobody_wrote_or_that_was_refused_is_a_ghost() {
    let foreign = spoilt(|history, stored| {
        stored.messages.push(message(6, 3, Found::Foreign));
        history.views[0]
            .seen
            .push(seen(6, Seen::NO_OP, SeenBy::Frame));
    });
    assert_eq!(foreign, [("ghost", 1)]);
    let refused = spoilt(|history, _| history.ops[3].outcome = Outcome::Failed);
    assert_eq!(refused, [("ghost", 1)]);
    let numbers = spoilt(|history, stored| {
        history.ops[0].outcome = Outcome::Unknown;
        stored.messages[0].found = Found::Altered(0);
    });
    assert_eq!(numbers, [("ghost", 1)]);
    assert_eq!(
        spoilt(|_, stored| stored.messages[2].origin = 3),
        [("ghost", 1)]
    );
}

#[test]
fn a_missing_number_is_a_gap() {
    let numbers = spoilt(|history, stored| {
        stored.messages.remove(1);
        history.views[0].seen.retain(|seen| seen.seq != 2);
    });
    assert_eq!(numbers, [("gap", 1)]);
}

#[test]
fn a_senders_later_message_before_an_earlier_one_is_reordered() {
    fn swap(history: &mut History, stored: &mut Stored) {
        // Customer's operations 0 and 2 change places everywhere.
        stored.messages[0].found = Found::Op(2);
        stored.messages[3].found = Found::Op(0);
        history.ops[0].seq = 4;
        history.ops[2].seq = 1;
        for seen in history.views.iter_mut().flat_map(|view| &mut view.seen) {
            seen.op = match seen.op {
                0 => 2,
                2 => 0,
                other => other,
            };
        }
    }
    assert_eq!(spoilt(swap), [("reordered", 1)]);
    let after_overload = spoilt(|history, stored| {
        swap(history, stored);
        history.ops[0].delayed = true;
    });
    assert_eq!(after_overload, []);
}

#[test]
fn a_late_frame_or_a_reader_who_disagrees_is_reordered() {
    let late = spoilt(|history, _| history.views[0].seen.swap(3, 4));
    assert_eq!(late, [("reordered", 1)]);
    let changed = spoilt(|history, _| {
        history.views[0].seen.swap(3, 4);
        history.views[0].seen[4].by = SeenBy::Change;
    });
    assert_eq!(changed, []);
    let resumed = spoilt(|history, _| {
        history.views[0].seen.swap(3, 4);
        history.views[0]
            .seen
            .insert(4, seen(2, Seen::NO_OP, SeenBy::Start));
    });
    assert_eq!(resumed, []);
    let other = spoilt(|history, _| history.views[1].seen[2].op = 0);
    assert_eq!(other, [("reordered", 1)]);
    assert_eq!(
        spoilt(|history, _| history.ops[3].seq = 9),
        [("reordered", 1)]
    );
}

#[test]
fn two_owners_are_double_assigned() {
    let one = [("double_assigned", 1)];
    let both = spoilt(|history, _| history.grants.push(grant(5, fence(1, 1))));
    assert_eq!(both, one);
    // The audit has one owner after the other, or two at once; of an offer that another took, the
    // agents need not have heard.
    let handed_on = |until| {
        spoilt(move |history, stored| {
            history.grants.push(grant(5, fence(2, 2)));
            stored.tenures[1].period.until = Some(until);
            stored.tenures.push(tenure(5, fence(2, 2), 25, 30));
        })
    };
    assert_eq!(handed_on(25), []);
    assert_eq!(handed_on(26), one);
    let for_ever = spoilt(|_, stored| stored.tenures[0].period.until = None);
    assert_eq!(for_ever, one);
    let across_sessions = spoilt(|_, stored| stored.tenures[0].period.until = Some(21));
    assert_eq!(across_sessions, one);
    let unknown = spoilt(|_, stored| stored.tenures.truncate(1));
    assert_eq!(unknown, one);
    let overlap = spoilt(|_, stored| stored.sessions[0].until = Some(21));
    assert_eq!(overlap, one);
}

#[test]
fn a_write_under_an_old_fence_is_double_assigned() {
    let one = [("double_assigned", 1)];
    assert_eq!(spoilt(|history, _| history.ops[1].fence.fence = 8), []);
    let same_session = spoilt(|history, _| {
        history.ops[1].fence = fence(2, 2);
    });
    assert_eq!(same_session, one);
    let past_session = spoilt(|history, _| {
        history.ops[1].fence = fence(2, 1);
        history.ops[3].fence = fence(1, 9);
    });
    assert_eq!(past_session, one);
}

#[test]
fn a_conversation_that_nobody_serves_is_stuck() {
    assert_eq!(spoilt(|_, stored| stored.state = Some(2)), [("stuck", 1)]);
    assert_eq!(spoilt(|_, stored| stored.state = Some(9)), [("stuck", 1)]);
    assert_eq!(spoilt(|_, stored| stored.state = None), [("stuck", 1)]);
    assert_eq!(
        spoilt(|_, stored| stored.sessions[1].until = None),
        [("stuck", 1)]
    );
}

#[test]
fn a_platform_that_took_a_message_twice_is_an_outbox_duplicate() {
    let (history, stored) = clean();
    let call = |msgid: &str, accepted| Call {
        msgid: msgid.into(),
        accepted,
    };
    let calls = [
        call("a", true),
        call("a", false),
        call("b", true),
        call("b", true),
    ];
    let verdict = check(&history, &stored, &calls);
    assert_eq!(verdict.outbox_duplicates, 1);
    assert!(!verdict.is_clean());
}

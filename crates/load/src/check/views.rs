//! Checks of what single viewers saw: order on each connection, agreement with the store, and
//! nothing missing once everything is quiet.

use std::collections::BTreeSet;

use super::history::{Seen, SeenBy, Sender, View};
use super::store::Stored;
use super::verdict::Verdict;
use crate::body::Found;

/// Checks one view against the conversation it looked at.
pub(super) fn check(view: &View, stored: &Stored, verdict: &mut Verdict) {
    order(view, verdict);
    agreement(view, stored, verdict);
    if matches!(view.viewer, Sender::Customer(_)) {
        completeness(view, stored, verdict);
    }
}

/// On one connection, frames of new messages come in rising `seq`. Frames of known messages are
/// repeats or changes, which a client drops or redraws in place.
fn order(view: &View, verdict: &mut Verdict) {
    let mut known = BTreeSet::new();
    let mut last = 0;
    for seen in &view.seen {
        match seen.by {
            SeenBy::Start => last = seen.seq,
            SeenBy::Frame => {
                if known.insert(seen.seq) {
                    if seen.seq < last {
                        verdict.reordered(format_args!(
                            "{:?} got seq {} of conversation {} after {last}",
                            view.viewer, seen.seq, view.conversation
                        ));
                    }
                    last = last.max(seen.seq);
                }
            }
            SeenBy::Ack | SeenBy::Change | SeenBy::Fetch => {
                known.insert(seen.seq);
            }
        }
    }
}

/// The same number is the same message for every reader.
fn agreement(view: &View, stored: &Stored, verdict: &mut Verdict) {
    for seen in view.seen.iter().filter(|seen| seen.by != SeenBy::Start) {
        let Some(message) = stored.at(seen.seq) else {
            verdict.lost(format_args!(
                "{:?} was shown seq {} of conversation {}, which the store does not hold",
                view.viewer, seen.seq, view.conversation
            ));
            continue;
        };
        let stored_op = match message.found {
            Found::Op(op) | Found::Altered(op) => op,
            Found::Foreign => Seen::NO_OP,
        };
        if stored_op != seen.op {
            verdict.reordered(format_args!(
                "seq {} of conversation {} is one message for {:?} and another in the store",
                seen.seq, view.conversation, view.viewer
            ));
        }
    }
}

/// A customer who stayed, or came back and resumed, has everything.
fn completeness(view: &View, stored: &Stored, verdict: &mut Verdict) {
    let known: BTreeSet<u32> = view
        .seen
        .iter()
        .filter(|seen| seen.by != SeenBy::Start)
        .map(|seen| seen.seq)
        .collect();
    let missed = stored
        .messages
        .iter()
        .filter(|message| !known.contains(&message.seq));
    for message in missed {
        verdict.lost(format_args!(
            "{:?} never saw seq {} of the conversation",
            view.viewer, message.seq
        ));
    }
}

//! The eight numbers and the rules behind them.

use std::collections::{HashMap, HashSet};
use std::fmt::Arguments;

use serde::Serialize;

use super::history::{Fence, History, Op, Outcome, Sender};
use super::store::{Call, Stored, StoredMessage};
use super::{owners, views};
use crate::body::Found;

/// How many violations are told in words; the rest is only counted.
const EXAMPLES: usize = 20;

/// The eight numbers; anything but zero in any of them is a broken promise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Acknowledged and not stored, or stored and never shown to whom it was meant for.
    pub lost: u64,
    /// Stored more than once.
    pub duplicated: u64,
    /// Stored, but never asked for, refused, altered, or in a foreign conversation.
    pub ghost: u64,
    /// Numbers missing from a conversation's `seq`.
    pub gap: u64,
    /// One sender's messages out of the order in which they were sent, or readers who disagree.
    pub reordered: u64,
    /// Two owners or two sessions at once, two agents under one fence, a write accepted under an old
    /// fence, an assignment that the audit does not know.
    pub double_assigned: u64,
    /// A conversation that nobody serves although everybody is there.
    pub stuck: u64,
    /// Messages that a platform outside took twice.
    pub outbox_duplicates: u64,
    /// The first violations in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
}

impl Verdict {
    /// All eight are zero.
    pub fn is_clean(&self) -> bool {
        self.numbers().iter().all(|(_, count)| *count == 0)
    }

    /// The eight with their names.
    pub fn numbers(&self) -> [(&'static str, u64); 8] {
        [
            ("lost", self.lost),
            ("duplicated", self.duplicated),
            ("ghost", self.ghost),
            ("gap", self.gap),
            ("reordered", self.reordered),
            ("double_assigned", self.double_assigned),
            ("stuck", self.stuck),
            ("outbox_duplicates", self.outbox_duplicates),
        ]
    }

    fn tell(&mut self, kind: &str, words: Arguments<'_>) {
        if self.examples.len() < EXAMPLES {
            self.examples.push(format!("{kind}: {words}"));
        }
    }

    pub(super) fn lost(&mut self, words: Arguments<'_>) {
        self.lost += 1;
        self.tell("lost", words);
    }

    pub(super) fn reordered(&mut self, words: Arguments<'_>) {
        self.reordered += 1;
        self.tell("reordered", words);
    }

    fn duplicated(&mut self, words: Arguments<'_>) {
        self.duplicated += 1;
        self.tell("duplicated", words);
    }

    fn ghost(&mut self, words: Arguments<'_>) {
        self.ghost += 1;
        self.tell("ghost", words);
    }

    pub(super) fn double_assigned(&mut self, words: Arguments<'_>) {
        self.double_assigned += 1;
        self.tell("double_assigned", words);
    }

    fn stuck(&mut self, words: Arguments<'_>) {
        self.stuck += 1;
        self.tell("stuck", words);
    }
}

/// Judges a run. `stored` is indexed by customer and was read after everything was healed and
/// quiet; `calls` are empty when no platform was attached.
pub fn check(history: &History, stored: &[Stored], calls: &[Call]) -> Verdict {
    let mut verdict = Verdict::default();
    let mut times_stored = vec![0u32; history.ops.len()];
    for (number, conversation) in stored.iter().enumerate() {
        let number = number as u32;
        messages(
            history,
            number,
            conversation,
            &mut times_stored,
            &mut verdict,
        );
        send_order(history, number, conversation, &mut verdict);
        fences(history, number, conversation, &mut verdict);
        sessions(number, conversation, &mut verdict);
    }
    for (key, (op, times)) in history.ops.iter().zip(&times_stored).enumerate() {
        operation(key, op, *times, &mut verdict);
    }
    let nothing = Stored::default();
    for view in &history.views {
        let conversation = stored.get(view.conversation as usize).unwrap_or(&nothing);
        views::check(view, conversation, &mut verdict);
    }
    owners::check(&history.grants, stored, &mut verdict);
    outbox(calls, &mut verdict);
    verdict
}

fn operation(key: usize, op: &Op, times: u32, verdict: &mut Verdict) {
    if matches!(op.outcome, Outcome::Ok | Outcome::Taken) && times == 0 {
        verdict.lost(format_args!(
            "{key} of {:?} was acknowledged and is not stored",
            op.sender
        ));
    }
    if times > 1 {
        verdict.duplicated += u64::from(times) - 1;
        verdict.tell("duplicated", format_args!("{key} is stored {times} times"));
    }
    if op.outcome == Outcome::Failed && times > 0 {
        verdict.ghost(format_args!(
            "{key} of {:?} was refused and is stored",
            op.sender
        ));
    }
}

fn messages(
    history: &History,
    number: u32,
    conversation: &Stored,
    times_stored: &mut [u32],
    verdict: &mut Verdict,
) {
    let mut seqs = HashSet::new();
    for message in &conversation.messages {
        if !seqs.insert(message.seq) {
            verdict.duplicated(format_args!(
                "conversation {number} has seq {} twice",
                message.seq
            ));
        }
        if matches!(message.origin, 3 | 5) {
            authored(history, number, message, times_stored, verdict);
        }
    }
    let highest = seqs.iter().copied().max().unwrap_or(0);
    let missing = u64::from(highest) - seqs.iter().filter(|seq| **seq > 0).count() as u64;
    if missing > 0 {
        verdict.gap += missing;
        verdict.tell(
            "gap",
            format_args!("conversation {number} lacks {missing} of {highest}"),
        );
    }
    if conversation.doubled {
        verdict.duplicated(format_args!(
            "customer {number} has more than one conversation"
        ));
    }
}

fn authored(
    history: &History,
    number: u32,
    message: &StoredMessage,
    times_stored: &mut [u32],
    verdict: &mut Verdict,
) {
    let known = match message.found {
        Found::Op(key) => history.ops.get(key as usize).map(|op| (key, op)),
        Found::Altered(_) | Found::Foreign => None,
    };
    let Some((key, op)) = known else {
        let seq = message.seq;
        verdict.ghost(format_args!(
            "seq {seq} of conversation {number} is nobody's message"
        ));
        return;
    };
    times_stored[key as usize] += 1;
    if op.seen_at == 0 && message.trouble.is_none() {
        verdict.lost(format_args!(
            "{key} of {:?} is stored and the other side never saw it",
            op.sender
        ));
    }
    let origin = if matches!(op.sender, Sender::Customer(_)) {
        3
    } else {
        5
    };
    if op.conversation != number || message.origin != origin {
        verdict.ghost(format_args!(
            "{key} of {:?} is stored as another's",
            op.sender
        ));
    } else if op.outcome == Outcome::Ok && op.seq != message.seq && times_stored[key as usize] == 1
    {
        verdict.reordered(format_args!(
            "{key} was acknowledged as seq {} and is stored as {}",
            op.seq, message.seq
        ));
    }
}

/// The messages of a conversation that are operations, in the order of their numbers.
fn in_seq_order<'a>(history: &'a History, stored: &Stored) -> Vec<(u32, u32, &'a Op)> {
    let mut ops: Vec<_> = stored
        .messages
        .iter()
        .filter_map(|message| match message.found {
            Found::Op(key) => Some((message.seq, key, history.ops.get(key as usize)?)),
            _ => None,
        })
        .collect();
    ops.sort_by_key(|(seq, ..)| *seq);
    ops
}

/// Keys rise in the order of the first sending, so within one sender they must rise with `seq`.
fn send_order(history: &History, number: u32, conversation: &Stored, verdict: &mut Verdict) {
    let mut newest: HashMap<Sender, u32> = HashMap::new();
    for (seq, key, op) in in_seq_order(history, conversation) {
        if op.delayed {
            continue;
        }
        let newest = newest.entry(op.sender).or_insert(key);
        if key < *newest {
            verdict.reordered(format_args!(
                "{key} of {:?} stands behind {newest} as seq {seq} of conversation {number}",
                op.sender
            ));
        }
        *newest = key.max(*newest);
    }
}

/// Agents' messages stand in the order of their fences: an old owner never writes after a new one.
fn fences(history: &History, number: u32, conversation: &Stored, verdict: &mut Verdict) {
    let mut highest = Fence::default();
    for (seq, _, op) in in_seq_order(history, conversation) {
        if matches!(op.sender, Sender::Agent(_)) {
            if op.fence < highest {
                verdict.double_assigned(format_args!(
                    "seq {seq} of conversation {number} was taken under {:?} after {highest:?}",
                    op.fence
                ));
            }
            highest = highest.max(op.fence);
        }
    }
}

fn sessions(number: u32, conversation: &Stored, verdict: &mut Verdict) {
    let mut periods = conversation.sessions.clone();
    periods.sort_by_key(|period| (period.from, period.until.unwrap_or(i64::MAX)));
    for pair in periods.windows(2) {
        if pair[0].until.is_none_or(|until| until > pair[1].from) {
            verdict.double_assigned(format_args!(
                "conversation {number} has two sessions at once"
            ));
        }
    }
    // Everybody is connected with room to spare: whoever still waits, waits for ever.
    if let Some(state) = conversation.state.filter(|state| !matches!(state, 3 | 4)) {
        verdict.stuck(format_args!("conversation {number} stays in state {state}"));
    }
    let open = periods.iter().any(|period| period.until.is_none());
    if open && conversation.state == Some(4) {
        verdict.stuck(format_args!(
            "conversation {number} ended with a session still open"
        ));
    }
    let written = conversation
        .messages
        .iter()
        .any(|message| message.origin == 3);
    if written && conversation.state.is_none() {
        verdict.stuck(format_args!(
            "conversation {number} has messages and no session"
        ));
    }
}

fn outbox(calls: &[Call], verdict: &mut Verdict) {
    let mut taken = HashSet::new();
    for call in calls.iter().filter(|call| call.accepted) {
        if !taken.insert(&call.msgid) {
            verdict.outbox_duplicates += 1;
            verdict.tell(
                "outbox_duplicates",
                format_args!("{} was taken twice", call.msgid),
            );
        }
    }
}

//! Which messages may have been taken by an earlier try.
//!
//! A message carries an id of ours, and the platform refuses the second one of an id. So after a try
//! without a trustworthy answer, or one that died with its process, "refused" may mean "sent". Only
//! where every earlier try was certainly without effect, a refusal is one.

use std::collections::{HashMap, VecDeque};

use kefu_domain::OutboxId;
use parking_lot::Mutex;

/// Messages that are remembered; a forgotten one counts as doubtful if it was tried before.
const ROOM: usize = 50_000;

#[derive(Default)]
pub(crate) struct Doubts(Mutex<Known>);

#[derive(Default)]
struct Known {
    tries: HashMap<OutboxId, Tries>,
    order: VecDeque<OutboxId>,
}

#[derive(Clone, Copy, Default)]
struct Tries {
    /// Certainly without effect.
    refused: u32,
    /// One may have been taken.
    doubtful: bool,
}

impl Doubts {
    /// May one of so many earlier tries have been taken?
    pub(crate) fn may_have_been_taken(&self, id: OutboxId, attempts: u32) -> bool {
        let known = self.0.lock();
        let tries = known.tries.get(&id).copied().unwrap_or_default();
        tries.doubtful || attempts > tries.refused
    }

    /// A try is over, and there will be another.
    pub(crate) fn note(&self, id: OutboxId, attempts: u32, certainly_not_done: bool) {
        let mut known = self.0.lock();
        if !known.tries.contains_key(&id) {
            while known.order.len() >= ROOM {
                if let Some(oldest) = known.order.pop_front() {
                    known.tries.remove(&oldest);
                }
            }
            known.order.push_back(id);
        }
        let tries = known.tries.entry(id).or_default();
        if !certainly_not_done {
            tries.doubtful = true;
        } else if tries.refused == attempts {
            tries.refused += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tries_that_were_seen_to_fail_leave_no_doubt() {
        let doubts = Doubts::default();
        let (a, b, c) = (OutboxId(1), OutboxId(2), OutboxId(3));
        assert!(!doubts.may_have_been_taken(a, 0), "never tried");
        assert!(
            doubts.may_have_been_taken(b, 1),
            "tried by a process that died"
        );
        doubts.note(a, 0, true);
        assert!(!doubts.may_have_been_taken(a, 1));
        assert!(
            doubts.may_have_been_taken(a, 2),
            "one try between was not seen"
        );
        doubts.note(c, 0, false);
        doubts.note(c, 1, true);
        assert!(doubts.may_have_been_taken(c, 2));
        assert!(doubts.may_have_been_taken(c, 0), "resent by a person");
    }

    #[test]
    fn the_memory_is_bounded() {
        let doubts = Doubts::default();
        for n in 0..ROOM as u128 + 10 {
            doubts.note(OutboxId(n), 0, true);
        }
        assert_eq!(doubts.0.lock().tries.len(), ROOM);
        assert!(
            doubts.may_have_been_taken(OutboxId(0), 1),
            "forgotten is doubtful"
        );
    }
}

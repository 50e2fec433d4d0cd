//! News: behind which doors something may wait that has not been pulled yet.
//!
//! To end the platform's session shuts out a customer who has written meanwhile: nothing more reaches
//! them until they write once more. So an end waits until the news of its door have been heard, for a
//! bounded time ([`LONGEST_MS`]). In memory: after a start nothing has been heard of any door.

use std::collections::HashMap;

use kefu_domain::{EntryPointId, UnixMs};
use parking_lot::Mutex;

/// An end waits so long at most, from when it was due; then it goes out all the same.
const LONGEST_MS: UnixMs = 10_000;
/// A bell brings a token that is good for ten minutes; after so long a newer one is written.
const FRESH_MS: UnixMs = 5_000;
/// Until it is looked at again.
pub(crate) const LOOK_MS: UnixMs = 200;

/// What is known of the doors that are pulled.
#[derive(Debug, Default)]
pub(crate) struct News {
    started_at: UnixMs,
    doors: Mutex<HashMap<EntryPointId, Door>>,
}

#[derive(Debug, Default)]
struct Door {
    /// Bells heard, and how many of them were answered.
    rung: u64,
    pulled: u64,
    /// When the last pull began that came to its end.
    began_at: UnixMs,
    /// Pulls that began.
    begun: u64,
    /// Since when a bell is on disk that no pull has begun to answer.
    unanswered: Option<UnixMs>,
}

impl News {
    /// From a start of the process.
    pub(crate) fn since(started_at: UnixMs) -> Self {
        Self {
            started_at,
            ..Self::default()
        }
    }

    /// A bell of this door is on disk.
    pub(crate) fn rang(&self, id: EntryPointId) {
        self.doors.lock().entry(id).or_default().rung += 1;
    }

    /// A bell rings. `None`: one is on disk that the next pull answers, and this one with it. Else it
    /// must be written, and what is answered goes to [`News::written`].
    pub(crate) fn hear(&self, id: EntryPointId, now: UnixMs) -> Option<u64> {
        let mut doors = self.doors.lock();
        let door = doors.entry(id).or_default();
        let fresh = |at: UnixMs| (at..at + FRESH_MS).contains(&now);
        if door.unanswered.is_some_and(fresh) {
            door.rung += 1;
            return None;
        }
        Some(door.begun)
    }

    /// A bell is on disk that was heard after so many pulls had begun. If another began meanwhile, it
    /// may be answered already.
    pub(crate) fn written(&self, id: EntryPointId, begun: u64, now: UnixMs) {
        let mut doors = self.doors.lock();
        let door = doors.entry(id).or_default();
        if door.begun == begun {
            door.unanswered = Some(now);
        }
    }

    /// A pull begins: it answers so many bells.
    pub(crate) fn begin(&self, id: EntryPointId) -> u64 {
        let mut doors = self.doors.lock();
        let door = doors.entry(id).or_default();
        door.begun += 1;
        door.unanswered = None;
        door.rung
    }

    /// The pull that began then, and answers so many bells, came to its end.
    pub(crate) fn pulled(&self, id: EntryPointId, bells: u64, began_at: UnixMs) {
        let mut doors = self.doors.lock();
        let door = doors.entry(id).or_default();
        door.pulled = door.pulled.max(bells);
        door.began_at = door.began_at.max(began_at);
    }

    /// Must what was due since then wait for news of this door?
    pub(crate) fn wait(&self, id: EntryPointId, since: UnixMs, now: UnixMs) -> bool {
        if now - since.max(self.started_at) >= LONGEST_MS {
            return false;
        }
        let doors = self.doors.lock();
        doors.get(&id).is_none_or(|door| {
            let quiet = door.rung > 0 && door.pulled == door.rung;
            !quiet && door.began_at < since
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_waits_for_a_pull_that_began_after_it_or_for_silence() {
        let (news, id) = (News::since(1000), EntryPointId(1));
        assert!(
            news.wait(id, 500, 1000),
            "nothing was heard since the start"
        );
        news.rang(id);
        let bells = news.begin(id);
        assert!(news.wait(id, 1100, 1100));
        news.pulled(id, bells, 1050);
        assert!(!news.wait(id, 1100, 1200), "it is quiet");
        news.rang(id);
        assert!(news.wait(id, 1300, 1300));
        // It goes on ringing, and yet everything was heard that was said before.
        let bells = news.begin(id);
        news.rang(id);
        news.pulled(id, bells, 1310);
        assert!(!news.wait(id, 1300, 1400));
        assert!(news.wait(id, 1350, 1400));
    }

    #[test]
    fn a_bell_joins_one_on_disk_until_a_pull_begins() {
        let (news, id) = (News::since(0), EntryPointId(1));
        let first = news.hear(id, 100).expect("nothing is on disk");
        assert!(news.hear(id, 101).is_some(), "nor while it is written");
        news.written(id, first, 110);
        news.rang(id);
        assert_eq!(news.hear(id, 120), None);
        assert_eq!(news.begin(id), 2, "a bell that joined is answered with it");
        let second = news
            .hear(id, 130)
            .expect("the pull may not see what it tells");
        // The next pull began while the bell was written, and may have answered it.
        news.begin(id);
        news.written(id, second, 140);
        assert!(news.hear(id, 150).is_some());
        let third = news.hear(id, 160).expect("still");
        news.written(id, third, 160);
        assert!(news.hear(id, 160 + FRESH_MS - 1).is_none());
        assert!(news.hear(id, 160 + FRESH_MS).is_some(), "for a newer token");
        assert!(news.hear(id, 159).is_some(), "the clock went back");
    }

    #[test]
    fn a_platform_that_tells_nothing_is_waited_for_ten_seconds() {
        let (news, id) = (News::since(60_000), EntryPointId(1));
        news.rang(id);
        assert!(news.wait(id, 100, 69_999));
        assert!(!news.wait(id, 100, 70_000));
        assert!(news.wait(id, 70_000, 79_999));
        assert!(!news.wait(id, 70_000, 80_000));
    }
}

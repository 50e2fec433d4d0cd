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
/// Until it is looked at again.
pub(crate) const LOOK_MS: UnixMs = 100;

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

    /// A pull begins: it answers so many bells.
    pub(crate) fn begin(&self, id: EntryPointId) -> u64 {
        self.doors.lock().entry(id).or_default().rung
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
    fn a_platform_that_tells_nothing_is_waited_for_ten_seconds() {
        let (news, id) = (News::since(60_000), EntryPointId(1));
        news.rang(id);
        assert!(news.wait(id, 100, 69_999));
        assert!(!news.wait(id, 100, 70_000));
        assert!(news.wait(id, 70_000, 79_999));
        assert!(!news.wait(id, 70_000, 80_000));
    }
}

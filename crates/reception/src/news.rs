//! News: behind which doors something may wait that has not been pulled yet.
//!
//! To end the platform's session shuts out a customer who has written meanwhile: nothing more reaches
//! them until they write once more. So an end waits until the news of its door have been heard, for a
//! bounded time ([`LONGEST_MS`]). In memory: after a start nothing has been heard of any door.
//!
//! A bell is a row on disk. A storm of them is written about once for each pull: what the next pull
//! answers anyway is not written again.

use std::collections::HashMap;

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use kefu_domain::{EntryPointId, UnixMs};
use kefu_store::StoreError;
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
    /// A bell that is being written.
    writing: Option<Writing>,
}

/// A bell on its way to the disk; whoever waits for it drives it.
type Write = Shared<BoxFuture<'static, Result<(), StoreError>>>;

/// The same, and what was so when it was heard.
#[derive(Debug, Clone)]
pub(crate) struct Writing {
    write: Write,
    begun: u64,
    at: UnixMs,
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

    /// A bell rings; when this returns, it is on disk, or another is that the next pull answers, and
    /// this one with it.
    pub(crate) async fn keep<W>(
        &self,
        id: EntryPointId,
        now: UnixMs,
        write: impl FnOnce() -> W,
    ) -> Result<(), StoreError>
    where
        W: Future<Output = Result<(), StoreError>> + Send + 'static,
    {
        let Some(writing) = self.hear(id, now, || write().boxed().shared()) else {
            return Ok(());
        };
        let kept = writing.write.clone().await;
        self.written(id, &writing, kept.is_ok());
        kept
    }

    /// What a bell waits for, if there is anything.
    fn hear(
        &self,
        id: EntryPointId,
        now: UnixMs,
        write: impl FnOnce() -> Write,
    ) -> Option<Writing> {
        let mut doors = self.doors.lock();
        let door = doors.entry(id).or_default();
        let fresh = |at: UnixMs| (at..at + FRESH_MS).contains(&now);
        if door.unanswered.is_some_and(fresh) {
            door.rung += 1;
            return None;
        }
        if let Some(writing) = door.writing.clone().filter(|writing| fresh(writing.at)) {
            door.rung += 1;
            return Some(writing);
        }
        let (begun, at) = (door.begun, now);
        let write = write();
        Some(door.writing.insert(Writing { write, begun, at }).clone())
    }

    /// A bell is on disk, or failed to be. If a pull began meanwhile, that may have answered it.
    fn written(&self, id: EntryPointId, writing: &Writing, kept: bool) {
        let mut doors = self.doors.lock();
        let door = doors.entry(id).or_default();
        let this = |other: &Writing| other.write.ptr_eq(&writing.write);
        if door.writing.as_ref().is_some_and(this) {
            door.writing = None;
            if kept && door.begun == writing.begun {
                door.unanswered = Some(writing.at);
            }
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

    /// Hears a bell; how many must be written for it?
    async fn ring(news: &News, at: UnixMs) -> u32 {
        let mut writes = 0;
        let write = || {
            writes += 1;
            std::future::ready(Ok(()))
        };
        news.keep(EntryPointId(1), at, write).await.unwrap();
        writes
    }

    #[tokio::test]
    async fn a_bell_joins_one_on_disk_until_a_pull_begins() {
        let (news, id) = (News::since(0), EntryPointId(1));
        assert_eq!(ring(&news, 100).await, 1);
        news.rang(id);
        assert_eq!(ring(&news, 120).await, 0);
        assert_eq!(news.begin(id), 2, "a bell that joined is answered with it");
        assert_eq!(ring(&news, 130).await, 1, "the pull may not see it");
        assert_eq!(ring(&news, 130 + FRESH_MS - 1).await, 0);
        assert_eq!(ring(&news, 130 + FRESH_MS).await, 1, "for a newer token");
        assert_eq!(ring(&news, 129).await, 1, "the clock went back");
    }

    #[tokio::test]
    async fn bells_share_what_is_being_written() {
        let (news, id) = (News::since(0), EntryPointId(1));
        let (disk, full) = tokio::sync::oneshot::channel();
        let first = news.keep(id, 100, || async { full.await.unwrap() });
        let second = news.keep(id, 110, || async { panic!("written twice") });
        let both = async { futures_util::future::join(first, second).await };
        // A pull begins before it is on disk, and may have answered it.
        let meanwhile = async {
            news.begin(id);
            disk.send(Ok(())).unwrap();
        };
        let (kept, ()) = futures_util::future::join(both, meanwhile).await;
        assert_eq!(kept, (Ok(()), Ok(())));
        assert_eq!(ring(&news, 120).await, 1);
        // What could not be written is nobody's success.
        news.begin(id);
        let refused = || std::future::ready(Err(StoreError::NoSpace));
        let refused = news.keep(id, 130, refused).await;
        assert_eq!(refused, Err(StoreError::NoSpace));
        assert_eq!(ring(&news, 131).await, 1);
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

//! Pull: a platform's bell was heard; its news are fetched page by page.
//!
//! At most one pull runs per door; a bell that rings meanwhile is answered by one more. A page and its
//! cursor are one transaction. What follows from a page is done while the next one is fetched, and no
//! door waits for another: see [`crate::places`]. After a refusal the door is pulled when its row is due
//! again.

use std::{sync::Arc, time::Duration};

use kefu_channels::{Class, Fault};
use kefu_domain::{EntryPointId, UnixMs};
use kefu_store::{CursorMove, Rung, StoreError};

use crate::{
    Error, Reception, Result,
    arrive::{Arrived, Door},
    places::Places,
};

/// Doors pulled at the same time. A page has at most a thousand messages, so this bounds what they
/// hold in memory.
const AT_ONCE: usize = 96;
/// Of one connection, which paces its pulls anyway.
const OF_ONE: usize = 12;
/// A quiet door is looked at without a bell.
const QUIET: Duration = Duration::from_secs(600);
/// The longest pause between two tries, also when the platform asks for more: asking costs nothing
/// while its gate is closed.
const LONGEST_MS: UnixMs = 60_000;

/// Why a pull did not come to its end.
#[derive(Debug, thiserror::Error)]
enum Missed {
    #[error("{0}")]
    Fault(#[from] Fault),
    #[error("{0}")]
    Here(#[from] Error),
    #[error("the door is closed")]
    Closed,
}

impl From<StoreError> for Missed {
    fn from(error: StoreError) -> Self {
        Self::Here(error.into())
    }
}

impl Reception {
    pub(crate) async fn pull_forever(self: Arc<Self>) {
        let mut quiet = tokio::time::interval(QUIET);
        let mut places = Places::new(AT_ONCE, OF_ONE);
        loop {
            let pause = match self.pull_rung(&mut places).await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::warn!(%error, "pulling waits for the store");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                _ = places.ended() => while places.ended_now().is_some() {},
                () = self.pull_due.notified() => (),
                () = tokio::time::sleep(pause) => (),
                _ = quiet.tick() => self.ring_all().await,
            }
        }
    }

    /// Marks every outside door as having news: at the start, and while it is quiet.
    async fn ring_all(&self) {
        for setup in self.directory.all() {
            for row in setup
                .entry_points
                .values()
                .filter(|row| row.entry.upstream_open_kfid.is_some() && !row.entry.paused)
            {
                if let Err(error) = self
                    .store
                    .ring(setup.brand.entry.id, row.entry.id, None, self.now())
                    .await
                {
                    tracing::warn!(%error, "a door could not be rung");
                }
            }
        }
    }

    /// Begins to pull doors that have news, as far as there are places; answers when to look again.
    async fn pull_rung(
        self: &Arc<Self>,
        places: &mut Places<EntryPointId, ()>,
    ) -> Result<Duration> {
        let now = self.now();
        let mut next = now + LONGEST_MS;
        for rung in self.store.rung().await? {
            if places.has(rung.entry_point) {
                continue;
            }
            if rung.next_at > now {
                next = next.min(rung.next_at);
                continue;
            }
            let whose = self.whose(rung.brand, rung.entry_point);
            if places.room(whose) > 0 {
                let reception = Arc::clone(self);
                places.start(whose, rung.entry_point, async move {
                    reception.answer_bell(rung).await;
                });
            }
        }
        Ok(Duration::from_millis(
            u64::try_from(next - now).unwrap_or(0),
        ))
    }

    async fn answer_bell(self: Arc<Self>, rung: Rung) {
        let id = rung.entry_point;
        let (bells, began_at) = (self.news.begin(id), self.now());
        let tries = rung.tries;
        let missed = match self.pull_door(rung).await {
            Ok(()) => return self.news.pulled(id, bells, began_at),
            Err(missed) => missed,
        };
        if !matches!(missed, Missed::Closed) {
            tracing::warn!(error = %missed, entry_point.id = %id, "a pull failed");
            metrics::counter!("kefu_pull_failures_total").increment(1);
        }
        let at = self.now() + wait(&missed, tries);
        if let Err(error) = self.store.pull_later(id, at).await {
            tracing::warn!(%error, entry_point.id = %id, "what became of a pull could not be kept");
            // The row still says that there is news: not at once, or it would be asked in a circle.
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    async fn pull_door(self: &Arc<Self>, mut rung: Rung) -> std::result::Result<(), Missed> {
        let (brand, id) = (rung.brand, rung.entry_point);
        let Some(door) = self.door(brand, id)? else {
            // News wait at the platform until a paused door is opened; one without an account has none.
            let setup = self.directory.brand(brand)?;
            return match setup.entry_point(id) {
                Ok(entry) if entry.connection.is_some() => Err(Missed::Closed),
                _ => Ok(self.store.pulled(id, rung.bell).await?),
            };
        };
        let door = Arc::new(door);
        let mut arrived = None;
        loop {
            let follow = async {
                if let Some(arrived) = arrived.take() {
                    self.follow_up(&door, arrived).await;
                }
            };
            let page = self.pull_page(&door, &mut rung);
            let ((), page) = futures_util::future::join(follow, page).await;
            let (filed, more) = page?;
            if !more {
                self.follow_up(&door, filed).await;
                self.learn_who_receives(&door).await;
                return Ok(());
            }
            arrived = Some(filed);
        }
    }

    /// Fetches and files one page; is there more?
    async fn pull_page(
        &self,
        door: &Door,
        rung: &mut Rung,
    ) -> std::result::Result<(Arrived, bool), Missed> {
        let pull = |token: Option<String>| {
            let (channel, cursor) = (Arc::clone(&door.channel), rung.cursor.clone());
            async move {
                let token = token.as_deref();
                channel
                    .pull(&door.connection, &door.entry, &cursor, token)
                    .await
            }
        };
        let mut page = pull(rung.token.clone()).await;
        // A token that lapsed meanwhile: without it the platform is stricter, but answers.
        if matches!(&page, Err(fault) if fault.failure.code == "95007")
            && rung.token.take().is_some()
        {
            page = pull(None).await;
        }
        let page = page?;
        let from = std::mem::replace(&mut rung.cursor, page.cursor.clone());
        let cursor = CursorMove {
            entry_point: rung.entry_point,
            from,
            to: page.cursor,
            answers: (!page.more).then_some(rung.bell),
        };
        let arrived = self.file_items(door, page.items, Some(cursor)).await?;
        Ok((arrived, page.more))
    }
}

/// How long a door is left alone after so many failures in a row.
fn wait(missed: &Missed, tries: u32) -> UnixMs {
    let class = match missed {
        Missed::Fault(fault) => fault.class,
        Missed::Here(_) => Class::Retry(1_000),
        Missed::Closed => Class::Permanent,
    };
    let wait = match class {
        Class::Retry(least) | Class::RetrySafely(least) | Class::Held(least) => {
            i64::try_from(least).ok()
        }
        // A wrong secret is not mended by asking more often: the platform would shut us out.
        Class::Permanent | Class::Unknown => Some(1_000 << tries.min(6)),
    };
    wait.map_or(LONGEST_MS, |wait| wait.min(LONGEST_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_secret_is_asked_about_ever_less_often() {
        let wrong = Missed::Fault(Fault::permanent("40001", "密钥不对", "the secret is wrong"));
        let waits: Vec<UnixMs> = (0..8).map(|tries| wait(&wrong, tries)).collect();
        assert_eq!(waits[..4], [1_000, 2_000, 4_000, 8_000]);
        assert_eq!(waits[6..], [60_000, 60_000]);
        // What passes comes again when the platform says so, and within a minute.
        let busy = |ms| Missed::Fault(Fault::later(ms, "-1", "繁忙", "busy"));
        assert_eq!(wait(&busy(700), 9), 700);
        assert_eq!(wait(&busy(3_600_000), 0), 60_000);
        assert_eq!(wait(&Missed::Here(Error::Unavailable), 5), 1_000);
    }
}

//! Pull: a platform's bell was heard; its news are fetched page by page.
//!
//! At most one pull runs per door. A page and its cursor are one transaction. What follows from a
//! page is done after it, and the next page does not wait for files.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use kefu_channels::Class;
use kefu_domain::{BrandId, EntryPointId};
use kefu_store::CursorMove;

use crate::{Reception, Result};

/// Doors pulled at the same time.
const AT_ONCE: usize = 16;
/// A quiet door is looked at without a bell.
const QUIET: Duration = Duration::from_secs(600);

impl Reception {
    pub(crate) async fn pull_forever(self: Arc<Self>) {
        let mut quiet = tokio::time::interval(QUIET);
        let mut retry = Duration::from_secs(1);
        loop {
            tokio::select! {
                () = self.pull_due.notified() => (),
                () = tokio::time::sleep(retry) => (),
                _ = quiet.tick() => self.ring_all().await,
            }
            retry = match self.pull_rung().await {
                Ok(true) => Duration::from_secs(1),
                Ok(false) => Duration::from_secs(60),
                Err(error) => {
                    tracing::warn!(%error, "pulling waits for the store");
                    Duration::from_secs(1)
                }
            };
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

    /// Pulls every door that has news; true if one has to be tried again soon.
    async fn pull_rung(&self) -> Result<bool> {
        let rung = self.store.rung().await?;
        let again = stream::iter(rung)
            .map(|(brand, door, token, bell)| async move {
                match self.pull_door(brand, door, token.as_deref()).await {
                    Ok(()) => {
                        let _ = self.store.pulled(door, bell).await;
                        false
                    }
                    Err(error) => {
                        tracing::warn!(%error, entry_point.id = %door, "a pull failed");
                        metrics::counter!("kefu_pull_failures_total").increment(1);
                        true
                    }
                }
            })
            .buffer_unordered(AT_ONCE)
            .fold(false, |again, one| async move { again | one })
            .await;
        Ok(again)
    }

    async fn pull_door(&self, brand: BrandId, id: EntryPointId, token: Option<&str>) -> Result<()> {
        let Some(door) = self.door(brand, id)? else {
            return Ok(());
        };
        let mut token = token.map(str::to_owned);
        loop {
            let cursor = self.store.cursor(id).await?;
            let page = match door
                .channel
                .pull(&door.connection, &door.entry, &cursor, token.as_deref())
                .await
            {
                Ok(page) => page,
                // A token that lapsed meanwhile: without it the platform is stricter, but answers.
                Err(fault) if token.is_some() && fault.failure.code == "95007" => {
                    token = None;
                    continue;
                }
                Err(fault) => {
                    if let Class::Retry(wait) | Class::RetrySafely(wait) = fault.class {
                        tokio::time::sleep(Duration::from_millis(wait.min(60_000))).await;
                    }
                    return Err(fault.into());
                }
            };
            let cursor = CursorMove {
                entry_point: id,
                from: cursor,
                to: page.cursor,
            };
            let arrived = self.file_items(&door, page.items, Some(cursor)).await?;
            self.follow_up(&door, arrived).await;
            if !page.more {
                return Ok(());
            }
        }
    }
}

//! Count: what platforms counted is fetched once a day, and caught up with after a pause.

use std::{sync::Arc, time::Duration};

use kefu_domain::{BrandId, ConnectionId, EntryPointId, UnixMs};
use kefu_store::UpstreamDay;

use crate::{Error, Reception, Result, arrive::Door};

/// How often it is looked whether a day is over.
const LOOK: Duration = Duration::from_secs(600);
const DAY: UnixMs = 86_400_000;
/// Days of one question.
const AT_ONCE: i64 = 31;
/// Days that are caught up with; the platform has no older ones.
const BACK: i64 = 179;

impl Reception {
    pub(crate) async fn count_forever(self: Arc<Self>) {
        let mut look = tokio::time::interval(LOOK);
        loop {
            look.tick().await;
            for setup in self.directory.all() {
                let brand = setup.brand.entry.id;
                for row in setup.entry_points.values() {
                    if let Err(error) = self.count(brand, row.entry.id).await {
                        tracing::info!(%error, entry_point.id = %row.entry.id, "what the platform counted comes later");
                    }
                }
            }
        }
    }

    /// Fetches the days of a door that are over and not here yet; answers how many.
    ///
    /// # Errors
    /// [`Error::Outside`] with the platform's reason; what was fetched before is kept.
    pub async fn count(&self, brand: BrandId, id: EntryPointId) -> Result<usize> {
        let Some(door) = self.door(brand, id)? else {
            return Ok(0);
        };
        let Some(last) = door.channel.last_counted_day(self.now()) else {
            return Ok(0);
        };
        let known = self.store.last_day(id).await?;
        // A new door begins with a month.
        let first = known.map_or(last - (AT_ONCE - 1) * DAY, |day| day + DAY);
        let mut from = first.max(last - BACK * DAY);
        let mut fetched = 0;
        while from <= last {
            let to = (from + (AT_ONCE - 1) * DAY).min(last);
            fetched += self.count_days(brand, &door, from, to).await?;
            from = to + DAY;
        }
        Ok(fetched)
    }

    async fn count_days(
        &self,
        brand: BrandId,
        door: &Door,
        from: UnixMs,
        to: UnixMs,
    ) -> Result<usize> {
        let counted = door
            .channel
            .counted(&door.connection, &door.entry, from, to)
            .await?;
        let at = self.now();
        let day = |one: kefu_channels::Counted| UpstreamDay {
            brand,
            entry_point: door.entry.id,
            day: one.day,
            userid: one.userid,
            numbers: serde_json::Value::Object(one.numbers).to_string(),
            at,
        };
        let days: Vec<UpstreamDay> = counted.into_iter().map(day).collect();
        let count = days.len();
        self.store.put_days(days).await?;
        Ok(count)
    }

    /// What the platform counted for a connection's doors, oldest day first.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn counted(
        &self,
        brand: BrandId,
        connection: ConnectionId,
        from: UnixMs,
        to: UnixMs,
    ) -> Result<Vec<UpstreamDay>> {
        let setup = self.directory.brand(brand)?;
        if !setup.connections.contains_key(&connection) {
            return Err(Error::NotFound);
        }
        let doors = setup.entry_points.values().map(|row| &row.entry);
        let doors = doors
            .filter(|door| door.connection == Some(connection))
            .map(|door| door.id);
        let days = self.store.days(brand, doors.collect(), from, to).await?;
        Ok(days)
    }
}

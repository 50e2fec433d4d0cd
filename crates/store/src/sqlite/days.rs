//! What platforms counted, by day.

use async_trait::async_trait;
use kefu_domain::{BrandId, EntryPointId, UnixMs};
use rusqlite::params;

use super::Sqlite;
use crate::{DayStore, Result, UpstreamDay};

/// Rows of one answer at most.
const MOST: usize = 10_000;

#[async_trait]
impl DayStore for Sqlite {
    async fn put_days(&self, days: Vec<UpstreamDay>) -> Result<()> {
        self.write(move |writer| {
            for day in days {
                let kept = writer
                    .connection
                    .prepare_cached(
                        "INSERT OR REPLACE INTO upstream_days (entry_point, day, userid, brand, numbers, at) VALUES (?1,?2,?3,?4,?5,?6)",
                    )
                    .and_then(|mut insert| {
                        insert.execute(params![
                            day.entry_point.bytes(), day.day, day.userid, day.brand.bytes(), day.numbers, day.at,
                        ])
                    });
                writer.broke(kept)?;
            }
            Ok(())
        })
        .await
    }

    async fn days(
        &self,
        brand: BrandId,
        entry_points: Vec<EntryPointId>,
        from: UnixMs,
        to: UnixMs,
    ) -> Result<Vec<UpstreamDay>> {
        self.read(move |connection| {
            let mut all = Vec::new();
            let mut query = connection.prepare_cached(
                "SELECT day, userid, numbers, at FROM upstream_days
                 WHERE entry_point = ?1 AND brand = ?2 AND day BETWEEN ?3 AND ?4 ORDER BY day, userid LIMIT ?5",
            )?;
            for entry_point in entry_points {
                let left = MOST.saturating_sub(all.len());
                let found = query.query_map(
                    params![entry_point.bytes(), brand.bytes(), from, to, left],
                    |row| {
                        Ok(UpstreamDay {
                            brand,
                            entry_point,
                            day: row.get(0)?,
                            userid: row.get(1)?,
                            numbers: row.get(2)?,
                            at: row.get(3)?,
                        })
                    },
                )?;
                for day in found {
                    all.push(day?);
                }
            }
            all.sort_by(|one, other| (one.day, &one.userid).cmp(&(other.day, &other.userid)));
            Ok(all)
        })
        .await
    }

    async fn last_day(&self, entry_point: EntryPointId) -> Result<Option<UnixMs>> {
        self.read(move |connection| {
            let last = connection
                .prepare_cached("SELECT max(day) FROM upstream_days WHERE entry_point = ?1")?
                .query_row([entry_point.bytes()], |row| row.get(0))?;
            Ok(last)
        })
        .await
    }
}

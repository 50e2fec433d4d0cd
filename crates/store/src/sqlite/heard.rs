//! What was heard of platforms, row by row.

use kefu_domain::{BrandId, ConnectionId};
use rusqlite::{Connection, params};

use super::writer::Writer;
use crate::{Heard, Result};

/// A brand's connections of whose platform something was heard.
pub(super) fn of(connection: &Connection, brand: BrandId) -> Result<Vec<(ConnectionId, Heard)>> {
    let mut query = connection.prepare_cached(
        "SELECT connection, verified_at, first_call_at, last_call_at, first_message_at, refused_at, refused_why
         FROM heard WHERE brand = ?1",
    )?;
    let found = query.query_map([brand.bytes()], |row| {
        let refused: (Option<i64>, Option<String>) = (row.get(5)?, row.get(6)?);
        Ok((
            ConnectionId::from_bytes(row.get(0)?),
            Heard {
                verified_at: row.get(1)?,
                first_call_at: row.get(2)?,
                last_call_at: row.get(3)?,
                first_message_at: row.get(4)?,
                refused: refused.0.zip(refused.1),
            },
        ))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

impl Writer {
    pub(super) fn keep_heard(
        &mut self,
        brand: BrandId,
        connection: ConnectionId,
        heard: &Heard,
    ) -> Result<()> {
        let (refused_at, why) = heard.refused.clone().unzip();
        let kept = self
            .connection
            .prepare_cached(
                "INSERT INTO heard (connection, brand, verified_at, first_call_at, last_call_at, first_message_at, refused_at, refused_why)
                 VALUES (?1,?2,?3,?4,?5,?6,?7,?8)
                 ON CONFLICT (connection) DO UPDATE SET verified_at = ?3, first_call_at = ?4, last_call_at = ?5,
                   first_message_at = ?6, refused_at = ?7, refused_why = ?8 WHERE brand = ?2",
            )
            .and_then(|mut insert| {
                insert.execute(params![
                    connection.bytes(), brand.bytes(), heard.verified_at, heard.first_call_at,
                    heard.last_call_at, heard.first_message_at, refused_at, why,
                ])
            });
        self.broke(kept).map(|_| ())
    }
}

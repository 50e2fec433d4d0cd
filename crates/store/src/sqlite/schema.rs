//! The schema and its changes.

use kefu_domain::{UnixMs, id};
use rusqlite::{Connection, TransactionBehavior, params};

use crate::{Result, StoreError};

/// Schema changes in order; the number of those applied is the file's `user_version`.
const MIGRATIONS: &[&str] = &[
    include_str!("0001_schema.sql"),
    include_str!("0002_told.sql"),
    include_str!("0003_desk.sql"),
    include_str!("0004_hooks.sql"),
    include_str!("0005_elsewhere.sql"),
    include_str!("0006_lapsing_offers.sql"),
    include_str!("0007_carry.sql"),
    include_str!("0008_days.sql"),
    include_str!("0009_waits.sql"),
    include_str!("0010_order.sql"),
    include_str!("0011_shares.sql"),
    include_str!("0012_codes.sql"),
    include_str!("0013_files.sql"),
    include_str!("0014_ended.sql"),
    include_str!("0015_places.sql"),
    include_str!("0016_carried.sql"),
    include_str!("0017_tries.sql"),
    include_str!("0018_offers.sql"),
    include_str!("0019_heard.sql"),
];

/// How many of the changes a file has.
fn version(connection: &Connection) -> Result<usize> {
    let version: usize = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > MIGRATIONS.len() {
        return Err(StoreError::Conflict(format!(
            "a newer version wrote this store (schema {version}, known {}): start that version",
            MIGRATIONS.len()
        )));
    }
    Ok(version)
}

/// Has a file all of them?
pub(super) fn is_current(connection: &Connection) -> Result<bool> {
    Ok(version(connection)? == MIGRATIONS.len())
}

/// Brings a file up to date, and gives a new one its first life.
pub(super) fn migrate(connection: &mut Connection, now: UnixMs, seed: u128) -> Result<()> {
    let version = version(connection)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (index, sql) in MIGRATIONS.iter().enumerate().skip(version) {
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", index + 1)?;
    }
    let fresh: bool =
        transaction.query_row("SELECT NOT EXISTS (SELECT 1 FROM store)", [], |row| {
            row.get(0)
        })?;
    if fresh {
        begin_life(&transaction, now, seed)?;
    }
    Ok(transaction.commit()?)
}

/// Gives the store another epoch; answers it.
pub(super) fn begin_life(connection: &Connection, now: UnixMs, seed: u128) -> Result<String> {
    let bits = id::v7(u64::try_from(now).unwrap_or(0), seed);
    let epoch = String::from_utf8_lossy(&id::encode(bits)).into_owned();
    connection.execute("DELETE FROM store", [])?;
    connection.execute(
        "INSERT INTO store (epoch, created_at) VALUES (?1, ?2)",
        params![epoch, now],
    )?;
    Ok(epoch)
}

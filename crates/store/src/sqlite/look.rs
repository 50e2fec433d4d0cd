//! A look at a store from beside: nothing is written, made or brought up to date, and whoever has the
//! folder open does not notice.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

use kefu_domain::{BrandId, ConnectionId};
use rusqlite::Connection;

use super::{FILE, LOCK, connect, heard, io, maintenance, schema, setup};
use crate::{Heard, RawRow, Result};

/// A store as it stands in its folder.
pub struct Look {
    path: PathBuf,
    connection: Connection,
    /// Another process has it open: a gateway that runs.
    pub held: bool,
    /// Of an earlier program: the next start brings it up to date.
    pub old: bool,
}

impl Look {
    /// Looks into a folder; `None` if there is no store in it yet.
    ///
    /// # Errors
    /// [`crate::StoreError::Corrupt`] and the like if the file is no store of ours, or of a later program.
    pub fn at(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let connection = connect(&path, false)?;
        let old = !schema::is_current(&connection)?;
        Ok(Some(Self {
            held: held(folder)?,
            path,
            connection,
            old,
        }))
    }

    /// Names the life of the store.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn epoch(&self) -> Result<String> {
        let found = self
            .connection
            .query_row("SELECT epoch FROM store", [], |row| row.get(0));
        Ok(found?)
    }

    /// The brands.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn brands(&self) -> Result<Vec<BrandId>> {
        setup::brands(&self.connection)
    }

    /// A brand's set-up.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn setup(&self, brand: BrandId) -> Result<Vec<RawRow>> {
        setup::rows(&self.connection, brand)
    }

    /// What was heard of the platforms of a brand's connections.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn heard(&self, brand: BrandId) -> Result<Vec<(ConnectionId, Heard)>> {
        heard::of(&self.connection, brand)
    }

    /// Reads every message and compares; as [`crate::MaintenanceStore::verify`]. Blocks.
    ///
    /// # Errors
    /// [`crate::StoreError::Corrupt`].
    pub fn verify(&self) -> Result<u64> {
        maintenance::verify(&self.path)
    }
}

fn held(folder: &Path) -> Result<bool> {
    let lock = match File::open(folder.join(LOCK)) {
        Ok(lock) => lock,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(io(&error)),
    };
    match lock.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(io(&error)),
    }
}

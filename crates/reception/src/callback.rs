//! Callbacks of platforms: verified, kept, and only then acknowledged.

use std::sync::Arc;

use kefu_channels::{Notice, Refused};
use kefu_domain::{
    BrandId, ConnectionId, EntryPointId, UnixMs,
    setup::{Connection, EntryPoint},
};

use crate::{Error, Reception, Result, heard::News, told};

/// How long the pair before a rotation is still taken after the newest was seen in use.
const OVERLAP_MS: UnixMs = 3_600_000;

/// Why a callback is not answered with success.
#[derive(Debug)]
pub enum CallbackError {
    /// It does not verify, or is none.
    Refused(Refused),
    /// It could not be kept: the platform is to try again.
    Kept(Error),
}

impl From<Error> for CallbackError {
    fn from(error: Error) -> Self {
        Self::Kept(error)
    }
}

impl Reception {
    fn connection(&self, channel: &str, id: ConnectionId) -> Result<(BrandId, Connection)> {
        let brand = self
            .directory
            .brand_of_connection(id)
            .ok_or(Error::NotFound)?;
        let setup = self.directory.brand(brand)?;
        let row = setup
            .connections
            .get(&id)
            .filter(|row| row.entry.channel == channel)
            .ok_or(Error::NotFound)?;
        Ok((brand, row.entry.clone()))
    }

    /// Answers a platform's URL verification.
    ///
    /// # Errors
    /// As it does not verify.
    pub async fn verify_callback(
        &self,
        channel: &str,
        id: ConnectionId,
        query: &str,
    ) -> std::result::Result<Vec<u8>, CallbackError> {
        let (brand, connection) = self.connection(channel, id)?;
        let door = self.channels.get(channel).ok_or(Error::NotFound)?;
        match door.verify(&connection, query) {
            Ok(answer) => {
                self.hear(brand, id, News::Verified).await;
                Ok(answer)
            }
            Err(why) => Err(self.refuse(brand, id, why).await),
        }
    }

    /// Is there a connection whose callbacks come here?
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn knows_callback(
        &self,
        channel: &str,
        id: ConnectionId,
    ) -> std::result::Result<(), CallbackError> {
        self.connection(channel, id)?;
        Ok(())
    }

    /// Takes a callback in. When it returns, what it tells is on disk.
    ///
    /// # Errors
    /// As it does not verify, or cannot be kept now.
    pub async fn callback(
        self: &Arc<Self>,
        channel: &str,
        id: ConnectionId,
        query: &str,
        body: &[u8],
    ) -> std::result::Result<(), CallbackError> {
        let (brand, connection) = self.connection(channel, id)?;
        let door = self.channels.get(channel).ok_or(Error::NotFound)?;
        let notices = match door.receive(&connection, query, body) {
            Ok(notices) => notices,
            Err(why) => return Err(self.refuse(brand, id, why).await),
        };
        self.hear(brand, id, News::Called).await;
        let alone = |alone: &Connection| door.receive(alone, query, body).is_ok();
        if let Err(error) = self.follow_rotation(brand, &connection, alone).await {
            tracing::warn!(%error, connection.id = %id, "that the platform uses the new key was not kept");
        }
        for notice in notices {
            self.notice(brand, &connection, notice).await?;
        }
        Ok(())
    }

    /// After a rotation: keeps that the platform uses the newest pair, and ends the one before when it
    /// has for [`OVERLAP_MS`].
    async fn follow_rotation(
        &self,
        brand: BrandId,
        connection: &Connection,
        opens: impl FnOnce(&Connection) -> bool,
    ) -> Result<()> {
        if connection.previous.is_none() {
            return Ok(());
        }
        let alone = Connection {
            previous: None,
            ..connection.clone()
        };
        let now = self.now();
        let changed = match connection.used_at {
            Some(at) if now - at < OVERLAP_MS => return Ok(()),
            Some(_) => alone,
            None if opens(&alone) => Connection {
                used_at: Some(now),
                ..connection.clone()
            },
            None => return Ok(()),
        };
        let setup = self.directory.brand(brand)?;
        let row = setup.connections.get(&connection.id);
        let row = row.filter(|row| row.entry == *connection);
        match row.map(|row| row.rev) {
            Some(rev) => self.put(brand, changed, Some(rev)).await.map(drop),
            None => Ok(()),
        }
    }

    async fn refuse(&self, brand: BrandId, id: ConnectionId, why: Refused) -> CallbackError {
        self.hear(brand, id, News::Refused(why.clone())).await;
        CallbackError::Refused(why)
    }

    async fn notice(
        self: &Arc<Self>,
        brand: BrandId,
        connection: &Connection,
        notice: Notice,
    ) -> Result<()> {
        let now = self.now();
        match notice {
            Notice::Bell { account, token } => {
                let mut heard = false;
                for door in self.doors_of(brand, connection.id)? {
                    if account.is_none() || door.upstream_open_kfid == account {
                        heard = true;
                        self.ring(brand, door.id, token.clone(), now).await?;
                    }
                }
                if !heard {
                    tracing::warn!(connection.id = %connection.id, "an account without an entry point rang");
                }
                Ok(())
            }
            Notice::Items(items) => {
                let first = self.doors_of(brand, connection.id)?.into_iter().next();
                // Without a door nothing can be kept: the platform comes again, and says so there.
                let id = first.ok_or(Error::NotFound)?.id;
                let door = self.door_or_paused(brand, id)?.ok_or(Error::NotFound)?;
                let arrived = self.file_items(&door, items, None).await?;
                let reception = Arc::clone(self);
                tokio::spawn(async move { reception.follow_up(&door, arrived).await });
                Ok(())
            }
            event => {
                let Some((kept, to_do)) = told::kept(event) else {
                    return Ok(());
                };
                let kind = kept.kind.clone();
                if self
                    .store
                    .tell(brand, connection.id, kept, now, to_do)
                    .await?
                {
                    metrics::counter!("kefu_events_told_total", "kind" => kind).increment(1);
                }
                Ok(())
            }
        }
    }

    /// Keeps that a door rang. A storm of bells is one row, written once for each pull.
    async fn ring(
        &self,
        brand: BrandId,
        door: EntryPointId,
        token: Option<String>,
        now: UnixMs,
    ) -> Result<()> {
        let store = Arc::clone(&self.store);
        let write = || async move { store.ring(brand, door, token, now).await };
        Ok(self.news.keep(door, now, write).await?)
    }

    /// The doors behind a connection.
    fn doors_of(&self, brand: BrandId, connection: ConnectionId) -> Result<Vec<EntryPoint>> {
        let setup = self.directory.brand(brand)?;
        Ok(setup
            .entry_points
            .values()
            .map(|row| &row.entry)
            .filter(|door| door.connection == Some(connection))
            .cloned()
            .collect())
    }
}

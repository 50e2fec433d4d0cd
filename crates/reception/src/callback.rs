//! Callbacks of platforms: verified, kept, and only then acknowledged.

use kefu_channels::{ContactChange, Notice, Refused};
use kefu_domain::{BrandId, ConnectionId, UnixMs, setup::Connection};

use crate::{Error, Reception, Result};

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
    pub fn verify_callback(
        &self,
        channel: &str,
        id: ConnectionId,
        query: &str,
    ) -> std::result::Result<Vec<u8>, CallbackError> {
        let (_, connection) = self.connection(channel, id)?;
        let door = self.channels.get(channel).ok_or(Error::NotFound)?;
        door.verify(&connection, query)
            .map_err(CallbackError::Refused)
    }

    /// Takes a callback in. When it returns, what it tells is on disk.
    ///
    /// # Errors
    /// As it does not verify, or cannot be kept now.
    pub async fn callback(
        &self,
        channel: &str,
        id: ConnectionId,
        query: &str,
        body: &[u8],
    ) -> std::result::Result<(), CallbackError> {
        let (brand, connection) = self.connection(channel, id)?;
        let door = self.channels.get(channel).ok_or(Error::NotFound)?;
        let notices = door
            .receive(&connection, query, body)
            .map_err(CallbackError::Refused)?;
        let now = self.now();
        for notice in notices {
            self.notice(brand, &connection, notice, now).await?;
        }
        Ok(())
    }

    async fn notice(
        &self,
        brand: BrandId,
        connection: &Connection,
        notice: Notice,
        now: UnixMs,
    ) -> Result<()> {
        match notice {
            Notice::Bell { account, token } => {
                let setup = self.directory.brand(brand)?;
                let doors = setup
                    .entry_points
                    .values()
                    .map(|row| &row.entry)
                    .filter(|door| {
                        door.connection == Some(connection.id)
                            && (account.is_none() || door.upstream_open_kfid == account)
                    });
                let mut heard = false;
                for door in doors {
                    heard = true;
                    self.store.ring(brand, door.id, token.clone(), now).await?;
                }
                if !heard {
                    tracing::warn!(connection.id = %connection.id, "an account without an entry point rang");
                }
                Ok(())
            }
            Notice::Contact {
                event_key,
                change,
                userid,
                address,
                state,
                welcome_code,
            } => {
                if !self
                    .store
                    .first_time(connection.id.bytes(), event_key, now)
                    .await?
                {
                    return Ok(());
                }
                if change == ContactChange::Added {
                    self.specialist_added(
                        brand,
                        connection,
                        &userid,
                        &address,
                        state.as_deref(),
                        welcome_code,
                    )
                    .await?;
                }
                Ok(())
            }
            Notice::Group {
                event_key,
                chat_id,
                joined,
                dismissed,
            } => {
                if !self
                    .store
                    .first_time(connection.id.bytes(), event_key, now)
                    .await?
                {
                    return Ok(());
                }
                self.group_changed(brand, connection, &chat_id, joined, dismissed)
                    .await
            }
            Notice::Other { event_key, raw } => {
                if self
                    .store
                    .first_time(connection.id.bytes(), event_key, now)
                    .await?
                {
                    tracing::info!(connection.id = %connection.id, bytes = raw.len(), "an event that we do not act on");
                    metrics::counter!("kefu_unknown_events_total").increment(1);
                }
                Ok(())
            }
            // Push channels arrive with their own work.
            Notice::Items(_) => Err(Error::NotSendable("items".to_owned())),
        }
    }
}

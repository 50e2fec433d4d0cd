//! Connect: what an administrator needs while a door is joined to an outside party.

use std::sync::Arc;

use kefu_channels::{
    AccountLook, Channel, Check, Quota, Receiver, ReceiverResult, UpstreamAccount,
};
use kefu_domain::{BrandId, ConnectionId, EntryPointId, setup::Connection};

use crate::{Error, Reception, Result};

impl Reception {
    fn connected(
        &self,
        brand: BrandId,
        id: ConnectionId,
    ) -> Result<(Arc<dyn Channel>, Connection)> {
        let setup = self.directory.brand(brand)?;
        let row = setup.connections.get(&id).ok_or(Error::NotFound)?;
        let channel = self.channels.get(&row.entry.channel);
        let channel = channel.ok_or(Error::NotFound)?;
        Ok((Arc::clone(channel), row.entry.clone()))
    }

    /// Checks where a connection's calls would go: as with webhooks, into the operator's own house only
    /// if they allow it, and never to where clouds keep secrets.
    ///
    /// # Errors
    /// [`Error::UrlForbidden`].
    pub async fn check_api_address(&self, url: &str) -> Result<()> {
        let checked = self.notifier.policy().check_name(url).await;
        checked.map_err(|forbidden| Error::UrlForbidden(forbidden.to_string()))
    }

    /// Where a connection's platform sends its callbacks.
    #[must_use]
    pub fn callback_url(&self, connection: &Connection) -> String {
        let (channel, id) = (&connection.channel, connection.id);
        format!("{}/callback/{channel}/{id}", self.public_url)
    }

    /// Asks the platform line by line whether a connection works.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn test_connection(&self, brand: BrandId, id: ConnectionId) -> Result<Vec<Check>> {
        let (channel, connection) = self.connected(brand, id)?;
        let url = self.callback_url(&connection);
        let mut checks = channel.test(&connection, &url).await;
        if !checks.is_empty() {
            checks.extend(self.heard_of(id));
        }
        Ok(checks)
    }

    /// Accounts at the platform that a connection can serve.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Outside`] with the platform's reason.
    pub async fn upstream_accounts(
        &self,
        brand: BrandId,
        id: ConnectionId,
    ) -> Result<Vec<UpstreamAccount>> {
        let (channel, connection) = self.connected(brand, id)?;
        Ok(channel.accounts(&connection).await?)
    }

    /// A platform's link into a door, carrying where it was put up.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Outside`] with the platform's reason.
    pub async fn entry_link(
        &self,
        brand: BrandId,
        id: EntryPointId,
        scene: &str,
        scene_param: Option<&str>,
        lasting: bool,
    ) -> Result<String> {
        let setup = self.directory.brand(brand)?;
        let door = setup.entry_point(id)?;
        let connection = door.connection.ok_or(Error::NotFound)?;
        let (channel, connection) = self.connected(brand, connection)?;
        let link = channel.link(&connection, door, scene, scene_param, lasting);
        Ok(link.await?)
    }

    /// How much of each platform's limits is used, by connection.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn quotas(&self, brand: BrandId) -> Result<Vec<(Connection, Vec<Quota>)>> {
        let setup = self.directory.brand(brand)?;
        let used = |row: &kefu_domain::setup::Row<Connection>| {
            let channel = self.channels.get(&row.entry.channel)?;
            Some((row.entry.clone(), channel.quotas(&row.entry)))
        };
        Ok(setup.connections.values().filter_map(used).collect())
    }

    /// Makes an account at the platform; answers its id there.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Outside`] with the platform's reason.
    pub async fn make_upstream_account(
        &self,
        brand: BrandId,
        id: ConnectionId,
        look: AccountLook,
    ) -> Result<String> {
        let (channel, connection) = self.connected(brand, id)?;
        Ok(channel.make_account(&connection, look).await?)
    }

    /// Changes an account at the platform.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Outside`] with the platform's reason.
    pub async fn change_upstream_account(
        &self,
        brand: BrandId,
        id: ConnectionId,
        account: &str,
        look: AccountLook,
    ) -> Result<()> {
        let (channel, connection) = self.connected(brand, id)?;
        Ok(channel.change_account(&connection, account, look).await?)
    }

    /// Removes an account at the platform, unless customers come to us through it.
    ///
    /// # Errors
    /// [`Error::Conflict`] while an entry point stands for it, [`Error::NotFound`],
    /// [`Error::Outside`] with the platform's reason.
    pub async fn remove_upstream_account(
        &self,
        brand: BrandId,
        id: ConnectionId,
        account: &str,
    ) -> Result<()> {
        let (channel, connection) = self.connected(brand, id)?;
        let setup = self.directory.brand(brand)?;
        let used = setup.entry_points.values().any(|row| {
            let door = &row.entry;
            door.connection == Some(id) && door.upstream_open_kfid.as_deref() == Some(account)
        });
        if used {
            let why = "an entry point stands for this account";
            return Err(Error::Conflict(why.to_owned()));
        }
        Ok(channel.remove_account(&connection, account).await?)
    }

    /// Who receives customers of an account in the platform's own client.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Outside`] with the platform's reason.
    pub async fn receivers(
        &self,
        brand: BrandId,
        id: ConnectionId,
        account: &str,
    ) -> Result<Vec<Receiver>> {
        let (channel, connection) = self.connected(brand, id)?;
        Ok(channel.receivers(&connection, account).await?)
    }

    /// Adds such people, or removes them; each has its own result.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Outside`] with the platform's reason.
    pub async fn change_receivers(
        &self,
        brand: BrandId,
        id: ConnectionId,
        account: &str,
        whom: &[Receiver],
        add: bool,
    ) -> Result<Vec<ReceiverResult>> {
        let (channel, connection) = self.connected(brand, id)?;
        let changed = channel.change_receivers(&connection, account, whom, add);
        Ok(changed.await?)
    }
}

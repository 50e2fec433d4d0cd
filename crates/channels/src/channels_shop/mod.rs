//! Shops of video channels (微信小店) in API mode: a Push. Replies carry an id of ours, so that one
//! whose answer was lost is sent again without harm.

mod about;
mod config;
mod outbound;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use kefu_domain::{
    Capabilities,
    setup::{Connection, EntryPoint},
};
use kefu_wechat::client::{Client, Dialect};
use kefu_wechat::mp::{ShopOutgoing, ShopSend};

use crate::platform::{Clock, Pace, secrets::callback_secrets};
use crate::push::{self, Accounts, Way};
use crate::{
    About, CallbackSecrets, Channel, Check, Fault, Fetched, Files, Notice, Parcel, Profile,
    Refused, SetupField,
};

/// See the module.
pub struct ChannelsShop {
    accounts: Accounts,
}

impl ChannelsShop {
    /// Speaks through this client's connections.
    #[must_use]
    pub fn new(client: &Client) -> Self {
        Self {
            accounts: push::usual(client.towards(Dialect::Mp)),
        }
    }

    /// With a pace and a clock of one's own.
    #[must_use]
    pub fn with(client: &Client, pace: Pace, clock: Clock) -> Self {
        Self {
            accounts: Accounts::new(client.towards(Dialect::Mp), pace, clock),
        }
    }
}

#[async_trait]
impl Channel for ChannelsShop {
    fn kind(&self) -> &'static str {
        config::KIND
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }

    fn capabilities(&self) -> &'static Capabilities {
        &config::CAN
    }

    fn fields(&self) -> &'static [SetupField] {
        &config::FIELDS
    }

    fn new_callback_secrets(&self) -> Option<CallbackSecrets> {
        Some(callback_secrets())
    }

    fn verify(&self, connection: &Connection, query: &str) -> Result<Vec<u8>, Refused> {
        push::verify(connection, query)
    }

    fn receive(
        &self,
        connection: &Connection,
        query: &str,
        body: &[u8],
    ) -> Result<Vec<Notice>, Refused> {
        let now = self.accounts.now_s();
        push::receive(&config::TRANSLATOR, connection, query, body, now)
    }

    async fn send(
        &self,
        connection: &Connection,
        _door: &EntryPoint,
        parcel: &Parcel,
        files: &dyn Files,
    ) -> Result<(), Fault> {
        push::only_messages(parcel)?;
        let draft = outbound::draft(&parcel.content)?;
        let way = Way {
            platform: &self.accounts.platform,
            connection,
            parcel,
            files,
        };
        outbound::send(way, draft).await
    }

    async fn fetch(
        &self,
        connection: &Connection,
        media_id: &str,
        limit: usize,
    ) -> Result<Fetched, Fault> {
        self.accounts.fetch(connection, media_id, limit).await
    }

    /// The platform tells nothing of who they are.
    async fn profiles(
        &self,
        _connection: &Connection,
        addresses: &[String],
    ) -> Result<Vec<Profile>, Fault> {
        let guest = |address: &String| push::guest(config::GUEST, address);
        Ok(addresses.iter().map(guest).collect())
    }

    async fn test(&self, connection: &Connection, callback_url: &str) -> Vec<Check> {
        // To nobody: only that it may be asked is to be seen.
        let ask = ShopSend {
            request_id: push::test::NOBODY.to_owned(),
            open_id: push::test::NOBODY.to_owned(),
            content: ShopOutgoing::Text(push::test::NOBODY.to_owned()),
        };
        push::test::test(
            &self.accounts,
            connection,
            callback_url,
            config::PLACE,
            &ask,
        )
        .await
    }
}

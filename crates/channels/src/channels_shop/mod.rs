//! Shops of video channels (微信小店) in API mode: a Push. Replies carry an id of ours, so that one
//! whose answer was lost is sent again without harm.

mod about;
mod config;
mod outbound;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use kefu_domain::setup::Connection;
use kefu_wechat::client::Client;
use kefu_wechat::mp::{ShopOutgoing, ShopSend};

use crate::Fault;
use crate::platform::Miss;
use crate::push::{self, Accounts, Acts, PushChannel, Way, test::NOBODY};

/// The channel; it speaks through this client's connections.
#[must_use]
pub fn channel(client: &Client) -> PushChannel {
    PushChannel::new(client, &config::TABLE, ChannelsShop)
}

struct ChannelsShop;

#[async_trait]
impl Acts for ChannelsShop {
    async fn send(&self, way: Way<'_>) -> Result<(), Fault> {
        let draft = outbound::draft(&way.parcel.content)?;
        outbound::send(way, draft).await
    }

    /// A message to nobody.
    async fn ask(&self, accounts: &Accounts, connection: &Connection) -> Result<(), Miss> {
        let nothing = ShopSend {
            request_id: NOBODY.to_owned(),
            open_id: NOBODY.to_owned(),
            content: ShopOutgoing::Text(NOBODY.to_owned()),
        };
        push::ask(accounts, connection, &nothing).await
    }
}

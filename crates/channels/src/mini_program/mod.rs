//! Mini-programs (小程序) with the platform's own contact button: a Push. Where the brand uses WeChat
//! kf instead, its link is handed out and customers arrive by that channel.

mod about;
mod config;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use kefu_domain::{
    Capabilities,
    setup::{Connection, EntryPoint},
};
use kefu_wechat::client::{Client, Dialect};
use kefu_wechat::mp::{BusinessTyping, Command, Typing};

use crate::platform::{Clock, Pace, secrets::callback_secrets};
use crate::push::{self, Accounts, Sender, Typists, Way};
use crate::{
    About, CallbackSecrets, Channel, Check, Fault, Fetched, Files, Notice, Parcel, Profile,
    Refused, SetupField,
};

/// See the module.
pub struct MiniProgram {
    accounts: Accounts,
    sender: Sender,
    typists: Typists,
}

impl MiniProgram {
    /// Speaks through this client's connections.
    #[must_use]
    pub fn new(client: &Client) -> Self {
        Self::over(push::usual(client.towards(Dialect::Mp)))
    }

    /// With a pace and a clock of one's own.
    #[must_use]
    pub fn with(client: &Client, pace: Pace, clock: Clock) -> Self {
        Self::over(Accounts::new(client.towards(Dialect::Mp), pace, clock))
    }

    fn over(accounts: Accounts) -> Self {
        Self {
            accounts,
            sender: Sender::default(),
            typists: Typists::default(),
        }
    }
}

#[async_trait]
impl Channel for MiniProgram {
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
        let draft = push::draft(&parcel.content, false)?;
        let way = Way {
            platform: &self.accounts.platform,
            connection,
            parcel,
            files,
        };
        self.sender.send(way, draft, config::fitting).await
    }

    /// By the path of the present page, or else by the older one that both kinds of account had.
    async fn typing(
        &self,
        connection: &Connection,
        _door: &EntryPoint,
        address: &str,
        on: bool,
    ) -> Result<(), Fault> {
        if !self.typists.tell(connection, address, on) {
            return Ok(());
        }
        let older = Typing {
            touser: address.to_owned(),
            command: Command::of(on),
        };
        let present = BusinessTyping(older.clone());
        let accounts = &self.accounts;
        let asked = match push::typing(accounts, connection, &present).await {
            Err(miss)
                if miss
                    .code()
                    .is_some_and(|code| config::NO_SUCH_PATH.contains(&code)) =>
            {
                push::typing(accounts, connection, &older).await
            }
            asked => asked,
        };
        asked.map_err(|miss| miss.fault(0))
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
        let ask = Typing {
            touser: push::test::NOBODY.to_owned(),
            command: Command::CancelTyping,
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

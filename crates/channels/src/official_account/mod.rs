//! Official accounts (公众号): a Push. Messages and events arrive at our address, replies go out by
//! `message/custom/send` within what the customer's last act grants, and nobody tells whether they
//! arrived.

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
use kefu_wechat::mp::{CodeKind, Command, CreateCode, GetUsers, Typing};

use crate::platform::{Clock, Lane, Pace, secrets::callback_secrets};
use crate::push::{self, Accounts, Sender, Typists, Way};
use crate::{
    About, CallbackSecrets, Channel, Check, Class, Fault, Fetched, Files, Notice, Parcel, Profile,
    Refused, SetupField,
};

/// See the module.
pub struct OfficialAccount {
    accounts: Accounts,
    sender: Sender,
    typists: Typists,
}

/// Followers of one look-up.
const PROFILES: usize = 100;
/// The platform's longest temporary code: thirty days.
const CODE_LIVES_S: u32 = 2_592_000;

impl OfficialAccount {
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
impl Channel for OfficialAccount {
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
        let draft = push::draft(&parcel.content, true)?;
        let way = Way {
            platform: &self.accounts.platform,
            connection,
            parcel,
            files,
        };
        self.sender.send(way, draft, config::fitting).await
    }

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
        let request = Typing {
            touser: address.to_owned(),
            command: Command::of(on),
        };
        let asked = push::typing(&self.accounts, connection, &request).await;
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

    /// Names and portraits are not told any more, so a follower is a guest unless the account's owner
    /// calls them something; who a person is over all accounts is told.
    async fn profiles(
        &self,
        connection: &Connection,
        addresses: &[String],
    ) -> Result<Vec<Profile>, Fault> {
        let mut profiles: Vec<Profile> = addresses
            .iter()
            .map(|address| push::guest(config::GUEST, address))
            .collect();
        for some in profiles.chunks_mut(PROFILES) {
            let openids: Vec<String> = some.iter().map(|one| one.address.clone()).collect();
            let request = GetUsers::of(&openids);
            let platform = &self.accounts.platform;
            let told = match platform.call(connection, Lane::Background, &request).await {
                Ok(told) => told.user_info_list,
                Err(miss) => match miss.fault(0) {
                    // An account that may not ask still has customers with something to call them by.
                    fault if fault.class == Class::Permanent => continue,
                    fault => return Err(fault),
                },
            };
            for user in told {
                if let Some(profile) = some.iter_mut().find(|one| one.address == user.openid) {
                    profile.unionid = user.unionid;
                    profile.name = user.remark.or(profile.name.take());
                }
            }
        }
        Ok(profiles)
    }

    /// What a code with this scene says; it lives for thirty days.
    async fn link(
        &self,
        connection: &Connection,
        _door: &EntryPoint,
        scene: &str,
        _scene_param: Option<&str>,
    ) -> Result<String, Fault> {
        if scene.is_empty() {
            return Err(Fault::permanent(
                "scene_missing",
                "公众号的二维码需要填写场景值",
                "A code of an official account needs a scene",
            ));
        }
        let request = CreateCode {
            scene: scene.to_owned(),
            kind: CodeKind::Temporary(CODE_LIVES_S),
        };
        let platform = &self.accounts.platform;
        let code = platform.call(connection, Lane::Reply, &request).await;
        code.map(|code| code.url).map_err(|miss| miss.fault(0))
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

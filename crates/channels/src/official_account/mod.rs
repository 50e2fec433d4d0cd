//! Official accounts (公众号): a Push. Messages and events arrive at our address, replies go out by
//! `message/custom/send` within what the customer's last act grants, and nobody tells whether they
//! arrived.

mod about;
mod config;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use kefu_domain::setup::Connection;
use kefu_wechat::client::Client;
use kefu_wechat::mp::{CodeKind, CreateCode, GetUsers};

use crate::platform::{Lane, Miss};
use crate::push::{self, Accounts, Acts, PushChannel, Sender, Way};
use crate::{Class, Fault, Profile};

/// The channel; it speaks through this client's connections.
#[must_use]
pub fn channel(client: &Client) -> PushChannel {
    PushChannel::new(client, &config::TABLE, OfficialAccount::default())
}

#[derive(Default)]
struct OfficialAccount {
    sender: Sender,
}

/// Followers of one look-up.
const PROFILES: usize = 100;
/// The platform's longest temporary code: thirty days.
const CODE_LIVES_S: u32 = 2_592_000;

#[async_trait]
impl Acts for OfficialAccount {
    async fn send(&self, way: Way<'_>) -> Result<(), Fault> {
        let draft = push::draft(&way.parcel.content, true)?;
        self.sender.send(way, draft, config::fitting).await
    }

    async fn typing(
        &self,
        accounts: &Accounts,
        connection: &Connection,
        address: &str,
        on: bool,
    ) -> Result<(), Miss> {
        push::typing(accounts, connection, &push::typist(address, on)).await
    }

    /// A follower is a guest unless the account's owner calls them something; who a person is over
    /// all accounts is told.
    async fn recognise(
        &self,
        accounts: &Accounts,
        connection: &Connection,
        guests: &mut [Profile],
    ) -> Result<(), Fault> {
        for some in guests.chunks_mut(PROFILES) {
            let openids: Vec<String> = some.iter().map(|one| one.address.clone()).collect();
            let request = GetUsers::of(&openids);
            let platform = &accounts.platform;
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
                    let scene = user.subscribe_scene.as_deref().unwrap_or_default();
                    let since = user.subscribe_time.saturating_mul(1_000);
                    profile.came_by = push::followed_by(scene, since);
                    profile.unionid = user.unionid;
                    profile.guest &= user.remark.is_none();
                    profile.name = user.remark.or(profile.name.take());
                }
            }
        }
        Ok(())
    }

    /// What a code with this scene says; it lives for thirty days, or for good, of which an account has
    /// 100,000.
    async fn code(
        &self,
        accounts: &Accounts,
        connection: &Connection,
        scene: &str,
        lasting: bool,
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
            kind: match lasting {
                true => CodeKind::Permanent,
                false => CodeKind::Temporary(CODE_LIVES_S),
            },
        };
        let code = accounts
            .platform
            .call(connection, Lane::Reply, &request)
            .await;
        code.map(|code| code.url).map_err(|miss| miss.fault(0))
    }

    async fn ask(&self, accounts: &Accounts, connection: &Connection) -> Result<(), Miss> {
        push::ask(
            accounts,
            connection,
            &push::typist(push::test::NOBODY, false),
        )
        .await
    }
}

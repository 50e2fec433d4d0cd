//! WeChat kf (微信客服), through a WeCom app: a Bell. News are pulled, replies sent by API within
//! credits.
//!
//! Where an account is served in our console, the platform's own session stays in its state 1, where
//! the API may send, while ours is queued, assigned and transferred; it is never moved to 2 or 3,
//! which lead nowhere back. The first reply moves it from 0 to 1 by itself. Where it is served in the
//! WeCom client, `pass` moves it to 3 or 2, and ours follows.

mod about;
mod admin;
mod check;
mod config;
mod counted;
mod handoff;
mod hurry;
mod inbound;
mod outbound;
mod pass;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kefu_domain::{
    Capabilities, UnixMs,
    setup::{Connection, EntryPoint},
};
use kefu_wechat::client::Client;
use kefu_wechat::kf::{AccountList, AddContactWay, BatchGet, SyncMsg};

pub use crate::platform::{Clock, Pace};

use crate::platform::{self, Found, Lane, PULL_UNBIDDEN, Pictures, Platform};
use crate::{
    About, AccountLook, CallbackSecrets, Channel, Check, Counted, Fault, Fetched, Files,
    HandoffCode, HandoffTo, Notice, Page, Parcel, Passed, Profile, Quota, Receiver, ReceiverResult,
    Refused, SetupField, Surroundings, UpstreamAccount,
};
use outbound::{Sender, Way};

/// See the module.
pub struct WecomKf {
    platform: Platform,
    sender: Sender,
    pictures: Pictures,
    clock: Clock,
}

/// The token of a bell is wrong or older than ten minutes.
const BELL_TOO_OLD: i64 = 95007;
/// A parameter is not valid; of a pull, only the cursor can be.
const BAD_PARAMETER: i64 = 40058;
/// Customers of one look-up.
const PROFILES: usize = 100;
/// Accounts of one page, and pages: a corp has at most 5,000.
const ACCOUNTS: u32 = 100;
const ACCOUNT_PAGES: u32 = 50;

impl WecomKf {
    /// Speaks through this client, at the platform's published pace.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self::at(client, Pace::default())
    }

    /// At a pace of one's own.
    #[must_use]
    pub fn at(client: Client, pace: Pace) -> Self {
        Self::with(client, pace, Arc::new(platform::now))
    }

    /// With a pace and a clock of one's own.
    #[must_use]
    pub fn with(client: Client, pace: Pace, clock: Clock) -> Self {
        Self {
            platform: Platform::new(client, pace),
            sender: Sender::default(),
            pictures: Pictures::default(),
            clock,
        }
    }
}

/// The account upstream that a door stands for.
fn upstream(door: &EntryPoint) -> Result<&str, Fault> {
    let id = door.upstream_open_kfid.as_deref();
    id.filter(|id| !id.is_empty()).ok_or_else(|| {
        Fault::permanent(
            "no_account",
            "接入点没有选择微信客服账号",
            "The entry point names no WeChat kf account",
        )
    })
}

#[async_trait]
impl Channel for WecomKf {
    fn kind(&self) -> &'static str {
        "wecom_kf"
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }

    fn settle_in(&self, here: &Surroundings) {
        self.platform.settle_in(self.kind(), here);
        if let Some(guard) = &here.guard {
            self.pictures.guard(guard.clone());
        }
    }

    fn capabilities(&self) -> &'static Capabilities {
        &config::KF
    }

    fn fields(&self) -> &'static [SetupField] {
        &config::FIELDS
    }

    fn has_accounts(&self) -> bool {
        true
    }

    fn new_callback_secrets(&self) -> Option<CallbackSecrets> {
        Some(platform::secrets::callback_secrets())
    }

    fn verify(&self, connection: &Connection, query: &str) -> Result<Vec<u8>, Refused> {
        inbound::verify(connection, query)
    }

    fn receive(
        &self,
        connection: &Connection,
        query: &str,
        body: &[u8],
    ) -> Result<Vec<Notice>, Refused> {
        inbound::receive(connection, query, body, (self.clock)() / 1_000)
    }

    async fn pull(
        &self,
        connection: &Connection,
        door: &EntryPoint,
        cursor: &str,
        token: Option<&str>,
    ) -> Result<Page, Fault> {
        let mut request = SyncMsg {
            cursor: Some(cursor.to_owned()).filter(|cursor| !cursor.is_empty()),
            token: token.filter(|token| !token.is_empty()).map(str::to_owned),
            open_kfid: upstream(door)?.to_owned(),
            ..SyncMsg::default()
        };
        let lane = Lane::Background;
        if request.token.is_some() {
            let page = self.platform.call(connection, lane, &request).await;
            match page {
                Err(miss) if miss.code() == Some(BELL_TOO_OLD) => request.token = None,
                // A cursor that the platform does not know (any more): everything it still has,
                // which is known by its ids.
                Err(miss) if miss.code() == Some(BAD_PARAMETER) && request.cursor.is_some() => {
                    tracing::warn!(entry_point.id = %door.id, "the cursor is unknown at the platform: reading from its beginning");
                    request.cursor = None;
                }
                page => return page.map(inbound::page).map_err(|miss| miss.fault(0)),
            }
        }
        let mut page = self
            .platform
            .call_as(PULL_UNBIDDEN, connection, lane, &request)
            .await;
        if matches!(&page, Err(miss) if miss.code() == Some(BAD_PARAMETER))
            && request.cursor.take().is_some()
        {
            page = self
                .platform
                .call_as(PULL_UNBIDDEN, connection, lane, &request)
                .await;
        }
        page.map(inbound::page).map_err(|miss| miss.fault(0))
    }

    async fn send(
        &self,
        connection: &Connection,
        door: &EntryPoint,
        parcel: &Parcel,
        files: &dyn Files,
    ) -> Result<(), Fault> {
        let way = Way {
            platform: &self.platform,
            connection,
            door,
            parcel,
            files,
            now: (self.clock)(),
        };
        self.sender.send(way).await
    }

    async fn pass(
        &self,
        connection: &Connection,
        door: &EntryPoint,
        address: &str,
        members: &[String],
    ) -> Result<Passed, Fault> {
        self.pass(connection, door, address, members).await
    }

    async fn pass_to(
        &self,
        connection: &Connection,
        door: &EntryPoint,
        address: &str,
        member: &str,
    ) -> Result<Passed, Fault> {
        self.pass_to(connection, door, address, member).await
    }

    async fn fetch(
        &self,
        connection: &Connection,
        media_id: &str,
        limit: usize,
    ) -> Result<Fetched, Fault> {
        let fetched = self.platform.download(connection, media_id, limit).await;
        match fetched.map_err(|miss| miss.fault(0))? {
            Found::File { name, bytes } => Ok(Fetched {
                bytes: bytes.into(),
                name,
            }),
            Found::Elsewhere(address) => self.fetch_picture(connection, &address, limit).await,
        }
    }

    async fn fetch_picture(
        &self,
        connection: &Connection,
        url: &str,
        limit: usize,
    ) -> Result<Fetched, Fault> {
        let home = connection.base_url.as_deref();
        let (bytes, _) = self.pictures.fetch(url, home, limit).await?;
        Ok(Fetched { bytes, name: None })
    }

    async fn profiles(
        &self,
        connection: &Connection,
        addresses: &[String],
    ) -> Result<Vec<Profile>, Fault> {
        let mut profiles = Vec::with_capacity(addresses.len());
        for some in addresses.chunks(PROFILES) {
            let request = BatchGet {
                external_userid_list: some.to_vec(),
                need_enter_session_context: 0,
            };
            let told = self
                .platform
                .call(connection, Lane::Background, &request)
                .await;
            let told = told.map_err(|miss| miss.fault(0))?;
            profiles.extend(told.customer_list.into_iter().map(|customer| Profile {
                address: customer.external_userid,
                name: Some(customer.nickname).filter(|name| !name.trim().is_empty()),
                guest: false,
                avatar_url: customer.avatar,
                unionid: customer.unionid,
                came_by: None,
            }));
        }
        Ok(profiles)
    }

    fn cards_are_bare(&self, connection: &Connection) -> bool {
        outbound::card_page(connection).is_none()
    }

    async fn handoff_code(
        &self,
        connection: &Connection,
        to: &HandoffTo,
        state: &str,
        remark: &str,
    ) -> Result<HandoffCode, Fault> {
        self.code(connection, to, state, remark).await
    }

    async fn withdraw_code(
        &self,
        connection: &Connection,
        to: &HandoffTo,
        config_id: &str,
    ) -> Result<(), Fault> {
        self.withdraw(connection, to, config_id).await
    }

    async fn greet(
        &self,
        connection: &Connection,
        welcome_code: &str,
        text: &str,
        until: UnixMs,
    ) -> Result<(), Fault> {
        let left = u64::try_from(until - (self.clock)()).unwrap_or_default();
        let until = tokio::time::Instant::now() + Duration::from_millis(left);
        self.welcome_contact(connection, welcome_code, text, until)
            .await
    }

    async fn group_members(
        &self,
        connection: &Connection,
        chat_id: &str,
    ) -> Result<Vec<(String, Option<String>)>, Fault> {
        self.members(connection, chat_id).await
    }

    async fn link(
        &self,
        connection: &Connection,
        door: &EntryPoint,
        scene: &str,
        scene_param: Option<&str>,
        _lasting: bool,
    ) -> Result<String, Fault> {
        let param = scene_param.filter(|param| !param.is_empty());
        if scene.is_empty() && param.is_some() {
            return Err(Fault::permanent(
                "scene_missing",
                "带参数的链接需要先填写场景值",
                "A link with a parameter needs a scene",
            ));
        }
        let request = AddContactWay {
            open_kfid: upstream(door)?.to_owned(),
            scene: Some(scene.to_owned()).filter(|scene| !scene.is_empty()),
        };
        let link = self.platform.call(connection, Lane::Reply, &request).await;
        let link = link.map_err(|miss| miss.fault(0))?;
        let Some(param) = param else {
            return Ok(link.url);
        };
        link.with_scene_param(param).map_err(|_| {
            Fault::permanent(
                "too_long",
                "链接参数最多128字节",
                "A link's parameter has at most 128 bytes",
            )
        })
    }

    async fn accounts(&self, connection: &Connection) -> Result<Vec<UpstreamAccount>, Fault> {
        let mut accounts = Vec::new();
        for page in 0..ACCOUNT_PAGES {
            let request = AccountList {
                offset: page * ACCOUNTS,
                limit: Some(ACCOUNTS),
            };
            let told = self.platform.call(connection, Lane::Reply, &request).await;
            let told = told.map_err(|miss| miss.fault(0))?.account_list;
            let last = told.len() < ACCOUNTS as usize;
            accounts.extend(told.into_iter().map(|account| UpstreamAccount {
                open_kfid: account.open_kfid,
                name: account.name,
                // Apps that are not told manage what they see.
                managed: account.manage_privilege != Some(false),
            }));
            if last {
                break;
            }
        }
        Ok(accounts)
    }

    fn last_counted_day(&self, now: UnixMs) -> Option<UnixMs> {
        Some(counted::last_day(now))
    }

    async fn counted(
        &self,
        connection: &Connection,
        door: &EntryPoint,
        from: UnixMs,
        to: UnixMs,
    ) -> Result<Vec<Counted>, Fault> {
        self.days(connection, door, from, to).await
    }

    fn quotas(&self, connection: &Connection) -> Vec<Quota> {
        self.platform.used(connection)
    }

    async fn make_account(
        &self,
        connection: &Connection,
        look: AccountLook,
    ) -> Result<String, Fault> {
        self.add_account(connection, look).await
    }

    async fn change_account(
        &self,
        connection: &Connection,
        account: &str,
        look: AccountLook,
    ) -> Result<(), Fault> {
        self.update_account(connection, account, look).await
    }

    async fn remove_account(&self, connection: &Connection, account: &str) -> Result<(), Fault> {
        self.del_account(connection, account).await
    }

    async fn receivers(
        &self,
        connection: &Connection,
        account: &str,
    ) -> Result<Vec<Receiver>, Fault> {
        self.servicers(connection, account).await
    }

    async fn change_receivers(
        &self,
        connection: &Connection,
        account: &str,
        whom: &[Receiver],
        add: bool,
    ) -> Result<Vec<ReceiverResult>, Fault> {
        self.change_servicers(connection, account, whom, add).await
    }

    async fn test(&self, connection: &Connection, callback_url: &str) -> Vec<Check> {
        self.check(connection, callback_url).await
    }
}

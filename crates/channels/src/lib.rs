#![doc = include_str!("../README.md")]

use std::sync::Arc;

mod about;
pub mod app;
mod channel;
pub mod channels_shop;
mod fault;
#[cfg(test)]
mod fixtures;
pub mod mini_program;
pub mod official_account;
mod platform;
mod push;
mod shapes;
mod surroundings;
pub mod website;
pub mod wecom_kf;

pub use about::{About, WindowWords, Words};
pub use channel::{Channel, Files, Form};
pub use fault::{Class, Fault};
pub use kefu_wechat::client::Guard;
pub use platform::{Clock, Ledger};
pub use push::PushChannel;
pub use shapes::{
    AccountLook, BY_CODE, CallbackSecrets, Check, Code, ContactChange, Counted, Fetched,
    HandoffCode, HandoffTo, Item, Kept, Notice, Page, Parcel, Passed, Picture, Profile, Quota,
    Receiver, ReceiverResult, Refused, SetupField, UpstreamAccount, Welcome, Why,
};

pub use surroundings::Surroundings;

/// All channels, by their stored name.
#[derive(Clone)]
pub struct Channels(Arc<[Arc<dyn Channel>]>);

impl Channels {
    /// Every channel there is, in the order in which people read of them. `client` is shared by those
    /// that speak with WeChat.
    #[must_use]
    pub fn all(client: kefu_wechat::client::Client) -> Self {
        Self::all_at(client, wecom_kf::Pace::default())
    }

    /// The same, with what WeCom takes of us.
    #[must_use]
    pub fn all_at(client: kefu_wechat::client::Client, pace: wecom_kf::Pace) -> Self {
        Self(Arc::new([
            Arc::new(website::Website),
            Arc::new(app::App),
            Arc::new(official_account::channel(&client)),
            Arc::new(mini_program::channel(&client)),
            Arc::new(channels_shop::channel(&client)),
            Arc::new(wecom_kf::WecomKf::at(client, pace)),
        ]))
    }

    /// The same, with one channel in place of the one of its name.
    #[must_use]
    pub fn with(self, channel: Arc<dyn Channel>) -> Self {
        let same = |one: &Arc<dyn Channel>| match one.kind() == channel.kind() {
            true => Arc::clone(&channel),
            false => Arc::clone(one),
        };
        Self(self.0.iter().map(same).collect())
    }

    /// Tells each of them where it runs.
    #[must_use]
    pub fn settled_in(self, here: &Surroundings) -> Self {
        self.iter().for_each(|channel| channel.settle_in(here));
        self
    }

    /// One channel.
    #[must_use]
    pub fn get(&self, kind: &str) -> Option<&Arc<dyn Channel>> {
        self.0.iter().find(|channel| channel.kind() == kind)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Channel> {
        self.0.iter().map(|channel| &**channel)
    }

    /// `CHANNELS.md`: all of them for people to read.
    #[must_use]
    pub fn markdown(&self) -> String {
        about::markdown(self.iter())
    }
}

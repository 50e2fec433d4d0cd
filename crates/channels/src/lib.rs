#![doc = include_str!("../README.md")]

use std::{collections::HashMap, sync::Arc};

pub mod app;
mod channel;
mod shapes;
pub mod website;
pub mod wecom_kf;

pub use channel::{Channel, Files};
pub use shapes::{
    CallbackSecrets, Check, Class, ContactChange, Fault, Fetched, HandoffCode, HandoffTo, Item,
    Kept, Notice, Page, Parcel, Profile, Refused, SetupField, UpstreamAccount, Welcome,
};

/// All channels, by their stored name.
#[derive(Clone)]
pub struct Channels(HashMap<&'static str, Arc<dyn Channel>>);

impl Channels {
    /// Every channel there is. `client` is shared by those that speak with WeChat.
    #[must_use]
    pub fn all(client: kefu_wechat::client::Client) -> Self {
        let channels: [Arc<dyn Channel>; 3] = [
            Arc::new(website::Website),
            Arc::new(app::App),
            Arc::new(wecom_kf::WecomKf::new(client)),
        ];
        Self(
            channels
                .into_iter()
                .map(|channel| (channel.kind(), channel))
                .collect(),
        )
    }

    /// One channel.
    #[must_use]
    pub fn get(&self, kind: &str) -> Option<&Arc<dyn Channel>> {
        self.0.get(kind)
    }
}

//! WeChat kf, through a WeCom app: a Bell. News are pulled, replies sent by API within credits.

use kefu_domain::Capabilities;
use kefu_wechat::client::Client;

use crate::Channel;

/// See the module.
pub struct WecomKf {
    #[expect(dead_code, reason = "the translator lands with its fixtures")]
    client: Client,
}

impl WecomKf {
    /// Speaks through this client.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self { client }
    }
}

const KF: Capabilities = Capabilities {
    outgoing: &[
        "text",
        "image",
        "voice",
        "video",
        "file",
        "location",
        "link",
        "miniprogram",
        "msgmenu",
        "handoff",
        "survey",
    ],
    outside: true,
    credits: Some(kefu_domain::credit::KF_MESSAGE),
    presence: false,
    recall: false,
    menu: true,
    text_bytes: Some(2048),
    live_status: false,
};

impl Channel for WecomKf {
    fn kind(&self) -> &'static str {
        "wecom_kf"
    }

    fn capabilities(&self) -> &'static Capabilities {
        &KF
    }
}

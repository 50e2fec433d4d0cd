//! What WeChat kf carries, what its set-up needs, and the limits we keep.

use std::time::Duration;

use kefu_domain::{Capabilities, credit};
use kefu_wechat::crypto::EncodingAesKey;
use secrecy::ExposeSecret;

use crate::{CallbackSecrets, SetupField};

/// Five messages by API within 48 hours of the customer's last; nothing can be taken back, and
/// nothing is told of typing and reading.
pub(super) const KF: Capabilities = Capabilities {
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
    credits: Some(credit::KF_MESSAGE),
    presence: false,
    recall: false,
    menu: true,
    text_bytes: Some(kefu_wechat::kf::MAX_TEXT),
    ends_upstream: true,
    own_client: true,
    live_status: false,
};

/// The form of a connection.
pub(super) const FIELDS: [SetupField; 5] = [
    SetupField {
        name: "corpid",
        secret: false,
        ours: false,
        switch: false,
        text_zh: "企业ID：企业微信管理后台 → 我的企业 → 企业信息最下方",
        text_en: "Corp ID: WeCom admin console, My Company, at the bottom of the page",
    },
    SetupField {
        name: "agentid",
        secret: false,
        ours: false,
        switch: false,
        text_zh: "AgentId：应用管理 → 自建应用的详情页",
        text_en: "AgentId: App Management, the page of your self-built app",
    },
    SetupField {
        name: "secret",
        secret: true,
        ours: false,
        switch: false,
        text_zh: "Secret：同一页面；该应用要在「微信客服 → 可调用接口的应用」中",
        text_en: "Secret: on the same page; the app must be listed under WeChat kf, apps that may call the API",
    },
    SetupField {
        name: "token",
        secret: false,
        ours: true,
        switch: false,
        text_zh: "Token：粘贴到应用的「接收消息 → API接收」",
        text_en: "Token: paste it into the app's Receive Messages, API settings",
    },
    SetupField {
        name: "encoding_aes_key",
        secret: false,
        ours: true,
        switch: false,
        text_zh: "EncodingAESKey：粘贴到同一处，共43个字符",
        text_en: "EncodingAESKey: paste it into the same place; it has 43 characters",
    },
];

/// A token of 32 letters and digits, the longest that the platform's form takes, and a key.
pub(super) fn callback_secrets() -> CallbackSecrets {
    let mut token = EncodingAesKey::generate(&mut rand::rng())
        .expose_secret()
        .to_owned();
    token.truncate(32);
    CallbackSecrets {
        token,
        encoding_aes_key: EncodingAesKey::generate(&mut rand::rng())
            .expose_secret()
            .to_owned(),
    }
}

/// The oldest callback that is believed. The platform retries for seconds; a proxy that was down
/// over a long weekend may still hand its backlog over, and dedupe keys live longer than this.
pub(super) const OLDEST_CALLBACK_S: i64 = 6 * 86_400;

/// How long an upload is used again; the platform keeps it for three days.
pub(super) const UPLOAD_LIVES: Duration = Duration::from_secs(60 * 3_600);

/// How many uploads are remembered; beyond, the oldest is uploaded again when needed.
pub(super) const UPLOADS: usize = 4_096;

/// How fast we call, so that the platform never has to stop us.
///
/// The published limits are 10,000 calls a minute and 150,000 an hour for one corp and one API,
/// and twice and four times that for one address of ours. A little is left to others who share the
/// app.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Calls of one corp and API in any minute.
    pub per_minute: u32,
    /// Calls of one corp and API in any hour.
    pub per_hour: u32,
    /// Calls of one API for all corps in any minute.
    pub address_per_minute: u32,
    /// Calls of one API for all corps in any hour.
    pub address_per_hour: u32,
    /// Calls of one corp at once.
    pub at_once: usize,
    /// How many of these may be pulls, fetches and look-ups, so that replies never wait for them.
    pub background: usize,
    /// Callers of one corp that may wait; more are told to come again.
    pub line: usize,
    /// How long one waits before it is told to come again.
    pub patience: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            per_minute: 9_800,
            per_hour: 147_000,
            address_per_minute: 19_600,
            address_per_hour: 588_000,
            at_once: 48,
            background: 32,
            line: 1_000,
            patience: Duration::from_secs(3),
        }
    }
}

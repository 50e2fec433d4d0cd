//! The doors of a face, and the credentials behind them.

use serde::{Deserialize, Serialize};

use crate::{ConnectionId, EntryPointId, KfAccountId, UnixMs, source::Place};

/// One configured door of a KfAccount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryPoint {
    /// Its id.
    pub id: EntryPointId,
    /// The face behind it.
    pub kf_account: KfAccountId,
    /// The kind: `website`, `wecom_kf`, `app`.
    pub channel: String,
    /// Through which credentials, if the door is not ours.
    #[serde(default)]
    pub connection: Option<ConnectionId>,
    /// Shown to agents.
    pub name: String,
    /// Website: which origins may embed the widget. Empty: only the hosted page.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
    /// Website: what the widget speaks, if the page does not say.
    #[serde(default)]
    pub locale: Option<String>,
    /// WeChat kf: the account upstream.
    #[serde(default)]
    pub upstream_open_kfid: Option<String>,
    /// Where its customers are answered.
    #[serde(default)]
    pub served_in: ServedIn,
    /// Where customers come from of whom the platform does not say; attribution only.
    #[serde(default)]
    pub unlabelled: Place,
    /// Asks nothing before the first message, whatever the face asks.
    #[serde(default)]
    pub prechat_off: bool,
    /// Closed for now; what is open goes on.
    #[serde(default)]
    pub paused: bool,
    /// Closed by this system, and why (`zh\u{1f}en`).
    #[serde(default)]
    pub paused_why: Option<String>,
}

/// Where the customers of a door are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServedIn {
    /// In our console.
    #[default]
    Console,
    /// In the platform's own client; our console follows.
    Client,
}

/// Credentials at one outside party.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// The kind: `wecom_kf`.
    pub channel: String,
    /// Shown to administrators.
    pub name: String,
    /// The party's id: corpid or appid.
    pub corpid: String,
    /// The app, where the party numbers them.
    #[serde(default)]
    pub agentid: Option<String>,
    /// The app's secret.
    pub secret: String,
    /// Callback token.
    pub token: String,
    /// Callback key, 43 characters.
    pub encoding_aes_key: String,
    /// The pair before the last rotation, still accepted.
    #[serde(default)]
    pub previous: Option<(String, String)>,
    /// When the platform was first seen to use the newest pair, since the last rotation.
    #[serde(default)]
    pub used_at: Option<UnixMs>,
    /// The platform pushes in plain text. Else what is not encrypted is refused.
    #[serde(default)]
    pub plain: bool,
    /// A mini-program of the brand in which handoff cards open.
    #[serde(default)]
    pub card_appid: Option<String>,
    /// Its page, opened with `url`: the address of what it is to show.
    #[serde(default)]
    pub card_page: Option<String>,
    /// Another API host, for tests and proxies.
    #[serde(default)]
    pub base_url: Option<String>,
    /// Nothing goes out and nothing is asked for now; what the platform delivers is filed.
    #[serde(default)]
    pub paused: bool,
}

impl std::fmt::Debug for Connection {
    /// Without any secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("id", &self.id)
            .field("channel", &self.channel)
            .field("corpid", &self.corpid)
            .finish_non_exhaustive()
    }
}

//! How a simulator is told what to be: where it listens, how much it may remember, and the corp
//! and the apps that are there from the start.

mod app;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use app::{AppKind, AppSpec, Format, MenuButton, Mode};

/// Finds a file of the phone page by its path (`phone/index.html`): its bytes and content type.
pub type Assets = Arc<dyn Fn(&str) -> Option<(Vec<u8>, String)> + Send + Sync>;

/// Everything [`crate::Simulator::start`] needs.
#[derive(Clone)]
pub struct Config {
    /// Where to listen; refused unless it is a loopback address. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The same seed gives the same ids and names again.
    pub seed: u64,
    /// The corp that is there from the start; `None` starts empty.
    pub corp: Option<CorpSpec>,
    /// Official accounts, mini-programs and shops that are there from the start.
    pub apps: Vec<AppSpec>,
    /// How much is remembered.
    pub bounds: Bounds,
    /// Times of the callbacks.
    pub delivery: Delivery,
    /// Where the phone page's files come from.
    pub assets: Assets,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: rand::random(),
            corp: Some(CorpSpec::demo()),
            apps: Vec::new(),
            bounds: Bounds::default(),
            delivery: Delivery::default(),
            assets: Arc::new(|_| None),
        }
    }
}

/// How callbacks are delivered, in real time.
#[derive(Debug, Clone, Copy)]
pub struct Delivery {
    /// How long the gateway may take to answer before the connection is dropped.
    pub timeout: Duration,
    /// How often a callback that failed is sent again.
    pub retries: u32,
    /// The pause before each of these.
    pub pause: Duration,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            retries: 3,
            pause: Duration::from_secs(1),
        }
    }
}

/// How much the simulator remembers, and what gives way.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Corps; more are refused.
    pub corps: usize,
    /// Official accounts, mini-programs and shops; more are refused.
    pub apps: usize,
    /// People; more are refused.
    pub people: usize,
    /// Lines a phone shows of one chat; the oldest go.
    pub lines_per_chat: usize,
    /// Messages one account's log holds beside its three days; the oldest go.
    pub log_per_account: usize,
    /// Callbacks waiting for one corp or app; the oldest go, and are counted as dropped.
    pub callbacks: usize,
    /// Calls and callbacks kept for `/sim/calls`; the oldest go.
    pub traffic: usize,
    /// Bytes of one body kept there; the rest is cut.
    pub traffic_body: usize,
    /// Bytes of all temporary media of a corp or app; the oldest go.
    pub media_bytes: usize,
    /// Ids remembered to refuse a second use (msgid, codes); the oldest go.
    pub remembered_ids: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            corps: 64,
            apps: 64,
            people: 500_000,
            lines_per_chat: 500,
            log_per_account: 500_000,
            callbacks: 10_000,
            traffic: 20_000,
            traffic_body: 4_096,
            media_bytes: 256 << 20,
            remembered_ids: 500_000,
        }
    }
}

/// A corp as it is set up; absent fields are generated, or stay as they were.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorpSpec {
    /// `ww…`, 18 characters.
    pub corpid: Option<String>,
    /// What a person reads on cards.
    pub name: Option<String>,
    /// Secret of the app that the gateway signs in with.
    pub secret: Option<String>,
    /// Number of that app.
    pub agentid: Option<u32>,
    /// Token of the callback configuration.
    pub token: Option<String>,
    /// EncodingAESKey of the callback configuration, 43 symbols.
    pub encoding_aes_key: Option<String>,
    /// Where callbacks go: `http://` on a loopback host. Empty switches them off.
    pub callback_url: Option<String>,
    /// Nickname of the video channel (视频号) bound to the corp; empty for none.
    pub channels_nickname: Option<String>,
    /// Whether a doorbell may stand for several new messages of one account.
    pub coalesce: Option<bool>,
    /// Customer-service accounts (客服账号) to add or change.
    pub accounts: Vec<AccountSpec>,
    /// Members (成员) to add or change: servicers and specialists.
    pub members: Vec<MemberSpec>,
    /// Customer groups (客户群) to add.
    pub groups: Vec<GroupSpec>,
}

/// One customer-service account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountSpec {
    /// `wk…`, 32 characters.
    pub open_kfid: Option<String>,
    /// Up to 16 characters.
    pub name: String,
    /// Whether the app may manage it (通过API管理); without it calls answer 48007.
    pub managed: Option<bool>,
    /// Members who receive customers in the platform's own client.
    pub servicers: Vec<String>,
}

/// One member of the corp.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MemberSpec {
    /// At most 64 bytes.
    pub userid: String,
    /// Shown on the card.
    pub name: String,
    /// Shown under the name.
    pub title: String,
    /// Whether the member ever signed in; `false` answers 95014 and 41054.
    pub active: Option<bool>,
    /// Whether the member is in the pool of 升级服务.
    pub upgrade: bool,
}

/// One customer group.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GroupSpec {
    /// `wr…`, 32 characters.
    pub chat_id: Option<String>,
    /// Name of the group.
    pub name: String,
    /// userid of the owner; the first member when absent.
    pub owner: Option<String>,
    /// How many may be in it, owner included; 200 when absent.
    pub limit: Option<usize>,
    /// Whether the group is in the pool of 升级服务.
    pub upgrade: bool,
}

impl CorpSpec {
    /// The tea house of the demo: two accounts, four members, two groups, a video channel.
    /// Secrets are generated when it is set up.
    pub fn demo() -> Self {
        let member = |userid: &str, name: &str, title: &str| MemberSpec {
            userid: userid.into(),
            name: name.into(),
            title: title.into(),
            upgrade: true,
            ..MemberSpec::default()
        };
        let account = |id: &str, name: &str| AccountSpec {
            open_kfid: Some(id.into()),
            name: name.into(),
            servicers: vec!["linzhixia".into()],
            ..AccountSpec::default()
        };
        let group = |id: &str, name: &str| GroupSpec {
            chat_id: Some(id.into()),
            name: name.into(),
            owner: Some("gunian".into()),
            upgrade: true,
            ..GroupSpec::default()
        };
        Self {
            corpid: Some("wwkefudemo00000001".into()),
            name: Some("溪山茶社".into()),
            channels_nickname: Some("溪山茶社".into()),
            accounts: vec![
                account("wkXishanPresales0000000000000001", "溪山茶社"),
                account("wkXishanAftersales00000000000002", "溪山茶社售后"),
            ],
            members: vec![
                member("gunian", "顾念", "茶艺顾问"),
                member("shenqiu", "沈秋", "门店主理人"),
                member("luhe", "陆禾", "会员顾问"),
                member("linzhixia", "林知夏", "客服"),
            ],
            groups: vec![
                group("wrXishanTeaFriends00000000000001", "溪山茶友群 1"),
                group("wrXishanTeaFriends00000000000002", "溪山茶友群 2"),
            ],
            ..Self::default()
        }
    }
}

//! What a brand sets up: agents, teams, kf accounts, entry points, connections, canned replies,
//! handoff targets. Few rows, read whole into memory, changed by administrators.

use serde::{Deserialize, Serialize};

use crate::{
    AgentId, ApiKeyId, BrandId, CannedReplyId, ConnectionId, EntryPointId, FanGroupId, KfAccountId,
    SpecialistId, TeamId, UnixMs, WebhookId,
    content::{CardLink, Menu, SurveyOption},
    hours::Hours,
};

/// One kind of set-up row: how it is named in the store, and what must be unique in a brand.
pub trait Entry: Serialize + serde::de::DeserializeOwned + Clone + Send + Sync + 'static {
    /// The stored kind.
    const KIND: &'static str;
    /// The row's id as 128 bits.
    fn raw_id(&self) -> u128;
    /// A text that no other row of this kind and brand may have.
    fn key(&self) -> Option<String> {
        None
    }
}

macro_rules! entries {
    ($($type:ident $kind:literal $key:expr),* $(,)?) => {$(
        impl Entry for $type {
            const KIND: &'static str = $kind;
            fn raw_id(&self) -> u128 {
                self.id.0
            }
            fn key(&self) -> Option<String> {
                let key: fn(&Self) -> Option<String> = $key;
                key(self)
            }
        }
    )*};
}

entries! {
    Brand "brand" |brand| Some(brand.slug.clone()),
    Agent "agent" |agent| Some(agent.account.to_lowercase()),
    Team "team" |team| Some(team.name.clone()),
    KfAccount "kf_account" |account| Some(account.name.clone()),
    EntryPoint "entry_point" |point| point.upstream_open_kfid.as_ref().map(|id| format!("{}/{id}", point.connection.unwrap_or_default())),
    Connection "connection" |connection| Some(connection.name.clone()),
    CannedReply "canned_reply" |_| None,
    ApiKey "api_key" |_| None,
    Webhook "webhook" |_| None,
    Specialist "specialist" |_| None,
    FanGroup "fan_group" |_| None,
    Prefs "prefs" |_| None,
}

/// The tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brand {
    /// Its id.
    pub id: BrandId,
    /// Short name for addresses and sign-in, `[a-z0-9-]{1,40}`, unique over all brands.
    pub slug: String,
    /// Shown.
    pub name: String,
    /// `#RRGGBB`, the widget's colour.
    #[serde(default)]
    pub color: Option<String>,
    /// Picture.
    #[serde(default)]
    pub logo_media_id: Option<String>,
    /// HS256 key for signed identities; never shown again after it was made.
    #[serde(default)]
    pub identity_key: Option<String>,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Answers customers.
    Agent,
    /// Also sees everyone's work, assigns, ends.
    Supervisor,
    /// Also sets everything up.
    Administrator,
}

/// A person who answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Their id.
    pub id: AgentId,
    /// Sign-in name.
    pub account: String,
    /// Shown to customers and colleagues.
    pub name: String,
    /// Shown under the name.
    #[serde(default)]
    pub title: String,
    /// What they may do.
    pub role: Role,
    /// Where they serve.
    #[serde(default)]
    pub team_ids: Vec<TeamId>,
    /// What they can do.
    #[serde(default)]
    pub skills: Vec<String>,
    /// What they speak, BCP 47.
    #[serde(default)]
    pub languages: Vec<String>,
    /// How many sessions at once, over all entry points (接待上限), offers included.
    pub limit: u32,
    /// Portrait.
    #[serde(default)]
    pub avatar_media_id: Option<String>,
    /// Who they are in WeCom, where they may answer too.
    #[serde(default)]
    pub wecom_userid: Option<String>,
    /// May not sign in; everything they did stays.
    #[serde(default)]
    pub disabled: bool,
}

/// A skill group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Shown.
    pub name: String,
    /// Where its customers go when nobody can take them.
    #[serde(default)]
    pub overflow: Vec<Overflow>,
}

/// One link of an overflow chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overflow {
    /// The team that takes over.
    pub team_id: TeamId,
    /// After this time of waiting.
    pub after_s: u32,
}

/// A face that customers talk to, with its rules of reception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KfAccount {
    /// Its id, `open_kfid`.
    pub id: KfAccountId,
    /// Shown.
    pub name: String,
    /// Picture.
    #[serde(default)]
    pub avatar_media_id: Option<String>,
    /// `#RRGGBB`; the brand's if not set.
    #[serde(default)]
    pub color: Option<String>,
    /// Who serves it.
    pub team_id: Option<TeamId>,
    /// When.
    #[serde(default)]
    pub hours: Hours,
    /// What it says.
    #[serde(default)]
    pub texts: Texts,
    /// What it offers to tap at the start.
    #[serde(default)]
    pub menu: Option<Menu>,
    /// How customers reach agents.
    #[serde(default)]
    pub rules: Rules,
    /// What it asks at the end.
    #[serde(default)]
    pub survey: SurveySetup,
}

/// What a KfAccount says by itself; an empty text says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Texts {
    /// On entering.
    pub welcome: String,
    /// On joining the queue; `{place}` and `{minutes}` are filled in.
    pub queue: String,
    /// On joining the queue with nobody ahead; `{minutes}` is filled in.
    pub queue_next: String,
    /// Outside hours: leave a message.
    pub off_hours: String,
    /// When the queue is full: leave a message.
    pub full: String,
    /// At the end.
    pub closing: String,
    /// Before silence ends the session; `{minutes}` is filled in.
    pub warn: String,
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            welcome: String::new(),
            queue: "前面还有 {place} 人，大约要 {minutes} 分钟，位置替您留着。".to_owned(),
            queue_next: "您是下一位，大约要 {minutes} 分钟。".to_owned(),
            off_hours: "现在不在服务时间，请留言，上班后第一时间回复您。".to_owned(),
            full: "排队的人较多，请先留言，有空位时自动为您排队。".to_owned(),
            closing: String::new(),
            warn: "您还在吗？{minutes} 分钟内没有新消息，这次接待会先结束，随时可以再来。"
                .to_owned(),
        }
    }
}

/// Agents are given customers, or asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignMode {
    /// Given at once.
    Auto,
    /// Asked; an offer uses capacity.
    Manual,
}

/// Among those who can take a customer, who does?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// 空闲优先: the smallest share of the limit in use.
    LeastBusy,
    /// 轮流: who was given one longest ago.
    RoundRobin,
    /// Who has been without a customer longest.
    LongestIdle,
}

/// Last agent first (熟客优先).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastAgent {
    /// In force.
    pub enabled: bool,
    /// How long to wait for them while they are online but full.
    pub wait_s: u32,
}

/// Rules of reception. Times of 0 switch a rule off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Given or asked.
    pub assign: AssignMode,
    /// Who.
    pub choice: Choice,
    /// The customer's owner first.
    pub prefer_owner: bool,
    /// The last agent first.
    pub last_agent: LastAgent,
    /// Time to accept an offer.
    pub accept_timeout_s: u32,
    /// No answer for so long: back to the queue.
    pub reply_timeout_s: u32,
    /// The promise that the console shows.
    pub reply_target_s: u32,
    /// The promise for waiting.
    pub wait_target_s: u32,
    /// Silence of the customer until the warning.
    pub silence_warn_s: u32,
    /// Silence after the warning until the end.
    pub silence_end_s: u32,
    /// Words that ask for a human.
    pub ask_human_words: Vec<String>,
    /// What an agent must be able to do.
    pub required_skills: Vec<String>,
    /// Customers in the queue at most; beyond, they may leave a message.
    pub max_waiting: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            assign: AssignMode::Auto,
            choice: Choice::LeastBusy,
            prefer_owner: true,
            last_agent: LastAgent {
                enabled: true,
                wait_s: 30,
            },
            accept_timeout_s: 30,
            reply_timeout_s: 0,
            reply_target_s: 120,
            wait_target_s: 300,
            silence_warn_s: 1800,
            silence_end_s: 600,
            ask_human_words: ["转人工", "人工", "人工客服", "真人", "human", "agent"]
                .map(str::to_owned)
                .to_vec(),
            required_skills: Vec::new(),
            max_waiting: 10_000,
        }
    }
}

/// The satisfaction survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SurveySetup {
    /// Asked at the end.
    pub enabled: bool,
    /// The question.
    pub question: String,
    /// The answers.
    pub options: Vec<SurveyOption>,
}

impl Default for SurveySetup {
    fn default() -> Self {
        let labels = ["很差", "不好", "一般", "满意", "很好"];
        let options = (1..).zip(labels).map(|(score, label)| SurveyOption {
            score,
            label: label.to_owned(),
        });
        Self {
            enabled: true,
            question: "这次帮到您了吗？".to_owned(),
            options: options.collect(),
        }
    }
}

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
    /// The platform pushes in plain text. Else what is not encrypted is refused.
    #[serde(default)]
    pub plain: bool,
    /// Another API host, for tests and proxies.
    #[serde(default)]
    pub base_url: Option<String>,
    /// No calls and no callbacks for now.
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

/// Who sees a canned reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everyone.
    Brand,
    /// A team.
    Team,
    /// Its author.
    Me,
}

/// A prepared answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CannedReply {
    /// Its id.
    pub id: CannedReplyId,
    /// Found by.
    pub title: String,
    /// Inserted.
    pub text: String,
    /// Typed after `/`.
    #[serde(default)]
    pub shortcut: String,
    /// Who sees it.
    pub scope: Scope,
    /// For [`Scope::Team`].
    #[serde(default)]
    pub team_id: Option<TeamId>,
    /// Its author.
    pub author: AgentId,
}

/// A key for the HTTP API; only its hash is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// SHA-256 of the key, hex.
    pub hash: String,
    /// Its first characters, to recognise it.
    pub prefix: String,
    /// What it may do.
    pub role: Role,
}

/// Where a brand's own systems are told what happened.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// What it is for.
    pub name: String,
    /// The receiver.
    pub url: String,
    /// The key of signatures; never shown again after it was made.
    pub secret: String,
    /// What it is told, of [`Webhook::EVENTS`].
    pub events: Vec<String>,
    /// Only of these doors; empty: of all.
    #[serde(default)]
    pub entry_points: Vec<EntryPointId>,
    /// `message.away`: seconds that words lie unread before it.
    pub away_s: u32,
    /// Told nothing for now.
    #[serde(default)]
    pub paused: bool,
}

impl Webhook {
    /// Everything that can be told.
    pub const EVENTS: [&'static str; 1] = ["message.away"];
    /// Usual [`Webhook::away_s`].
    pub const AWAY_S: u32 = 10;

    /// Is it to be told of this, at this door?
    #[must_use]
    pub fn wants(&self, event: &str, door: Option<EntryPointId>) -> bool {
        let here = door
            .is_none_or(|door| self.entry_points.is_empty() || self.entry_points.contains(&door));
        !self.paused && here && self.events.iter().any(|one| one == event)
    }
}

impl std::fmt::Debug for Webhook {
    /// Without the secret, and without an address that may hold one.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook")
            .field("id", &self.id)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}

/// A person whom customers can add (服务专员).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Specialist {
    /// Their id.
    pub id: SpecialistId,
    /// Shown on the card.
    pub name: String,
    /// Shown under the name.
    #[serde(default)]
    pub title: String,
    /// One line of words.
    #[serde(default)]
    pub line: String,
    /// The company.
    #[serde(default)]
    pub company: String,
    /// Portrait.
    #[serde(default)]
    pub avatar_media_id: Option<String>,
    /// Mall, booking, menu.
    #[serde(default)]
    pub links: Vec<CardLink>,
    /// New customers a day; 0: no limit.
    #[serde(default)]
    pub capacity_per_day: u32,
    /// Their member id at the connection, for codes that tell us who added.
    #[serde(default)]
    pub userid: Option<String>,
    /// The connection that makes those codes.
    #[serde(default)]
    pub connection: Option<ConnectionId>,
    /// Or a picture of a code, uploaded.
    #[serde(default)]
    pub qr_media_id: Option<String>,
    /// What is sent after the add.
    #[serde(default)]
    pub welcome: String,
    /// Not offered for now.
    #[serde(default)]
    pub disabled: bool,
}

/// A group that customers can join (粉丝群).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FanGroup {
    /// Its id.
    pub id: FanGroupId,
    /// Shown on the card.
    pub name: String,
    /// One line of words.
    #[serde(default)]
    pub line: String,
    /// Picture.
    #[serde(default)]
    pub avatar_media_id: Option<String>,
    /// Members at most; the next group in `order` takes over.
    pub capacity: u32,
    /// Members now, as far as we know.
    #[serde(default)]
    pub members: u32,
    /// Groups at the connection, up to five.
    #[serde(default)]
    pub chat_ids: Vec<String>,
    /// The connection that makes codes for them.
    #[serde(default)]
    pub connection: Option<ConnectionId>,
    /// Or a picture of a code, uploaded.
    #[serde(default)]
    pub qr_media_id: Option<String>,
    /// Rotation: smallest first.
    #[serde(default)]
    pub order: i32,
    /// Not offered for now.
    #[serde(default)]
    pub disabled: bool,
}

/// What an agent chose about their own screens; nothing here changes what anyone else sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prefs {
    /// The agent.
    pub id: AgentId,
    /// Language of the console, BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// `light`, `dark`, `system`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// A sound with new messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<bool>,
    /// A notice on the desktop with new messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desktop: Option<bool>,
    /// Which sound: `soft`, `bell` or `knock`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tone: Option<String>,
    /// Of what: `mine`, or `all` that waits for the agent's teams too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// A reply is held back for so many seconds, in which it can be taken back; 0: not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_s: Option<u8>,
    /// The key that sends: `enter` or `ctrl_enter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_key: Option<String>,
    /// Lists kept under a name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<Folder>,
}

/// A list of conversations kept under a name: what it shows and in which order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Folder {
    /// Its name.
    pub name: String,
    /// `mine`, `waiting`, `colleagues`, `all`.
    pub view: String,
    /// A channel, or empty for all.
    pub channel: String,
    /// A `service_state` in digits, or empty for all.
    pub state: String,
    /// A team, or empty for all.
    pub team_id: String,
    /// A mark (`vip`, `regular`, `new`), or empty for all.
    pub mark: String,
    /// Its order.
    pub sort: String,
}

/// A row of set-up as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<T> {
    /// The entry.
    pub entry: T,
    /// Grows with each change.
    pub rev: u64,
    /// When it was made.
    pub created_at: UnixMs,
}

//! A face that customers talk to, with its rules of reception.

use serde::{Deserialize, Serialize};

use crate::{
    KfAccountId, TeamId, content::Menu, content::SurveyOption, hours::Hours, prechat::PreChat,
};

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
    /// What it asks before the first message (询前信息).
    #[serde(default)]
    pub prechat: PreChat,
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
    /// To who is served in the platform's own client: somebody there has them now; `{name}` is filled
    /// in.
    pub picked_up: String,
    /// Outside hours: leave a message.
    pub off_hours: String,
    /// Outside hours: when an answer may be expected, shown beside the time of opening.
    pub promise: String,
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
            picked_up: "{name}为您服务。".to_owned(),
            off_hours: "现在不在服务时间，请留言，上班后第一时间回复您。".to_owned(),
            promise: String::new(),
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

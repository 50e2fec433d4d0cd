//! What set-up rows are made of.

use serde_json::Value;
use utoipa::ToSchema;

/// What a person may do: each role also does what the ones before it do.
#[derive(ToSchema)]
#[schema(as = Role, rename_all = "snake_case")]
pub(in crate::api) enum RoleWord {
    Agent,
    Supervisor,
    Administrator,
}

/// What an agent says about themselves.
#[derive(ToSchema)]
#[schema(as = AgentState, rename_all = "snake_case")]
pub(in crate::api) enum StateWord {
    Online,
    Busy,
    Break,
    Offline,
}

/// One link of an overflow chain.
#[derive(ToSchema)]
#[schema(as = Overflow)]
pub(in crate::api) struct OverflowShape {
    team_id: String,
    /// 1 to 604,800.
    after_s: u32,
}

/// Agents are given customers (`auto`), or asked (`manual`).
#[derive(ToSchema)]
#[schema(as = AssignMode, rename_all = "snake_case")]
pub(in crate::api) enum AssignWord {
    Auto,
    Manual,
}

/// Who among those who can take a customer: most room (空闲优先), their turn (轮流), idle longest.
#[derive(ToSchema)]
#[schema(as = Choice, rename_all = "snake_case")]
pub(in crate::api) enum ChoiceWord {
    LeastBusy,
    RoundRobin,
    LongestIdle,
}

/// Last agent first (熟客优先).
#[derive(ToSchema)]
#[schema(as = LastAgent)]
pub(in crate::api) struct LastAgentShape {
    enabled: bool,
    /// How long to wait for them while they are online but full.
    wait_s: u32,
}

/// One answer of a survey.
#[derive(ToSchema)]
#[schema(as = SurveyOption)]
pub(in crate::api) struct SurveyOptionShape {
    /// 1 to 5.
    score: u8,
    label: String,
}

/// When people are there. Without any span: always.
#[derive(ToSchema)]
#[schema(as = Hours)]
pub(in crate::api) struct HoursShape {
    /// IANA name; `Asia/Shanghai` if not given.
    timezone: Option<String>,
    week: Option<Vec<SpanShape>>,
    /// Whole days off, `YYYY-MM-DD`. A night shift that would begin on one does not come.
    holidays: Option<Vec<String>>,
    /// Days with spans of their own, instead of what the week and the days off say (调休).
    extra_days: Option<Vec<ExtraDayShape>>,
}

/// A span on one day; a day may have several. `to` before `from` runs past midnight.
#[derive(ToSchema)]
#[schema(as = ExtraDay)]
pub(in crate::api) struct ExtraDayShape {
    /// `YYYY-MM-DD`.
    date: String,
    /// `HH:MM`.
    from: String,
    /// `HH:MM`; `24:00` is the end of the day.
    to: String,
}

/// A span on some days of the week. `to` before `from` runs past midnight.
#[derive(ToSchema)]
#[schema(as = Span)]
pub(in crate::api) struct SpanShape {
    /// 1 Monday … 7 Sunday.
    days: Vec<i8>,
    /// `HH:MM`.
    from: String,
    /// `HH:MM`; `24:00` is the end of the day.
    to: String,
}

/// What a kf account says by itself.
#[derive(ToSchema)]
#[schema(as = Texts)]
pub(in crate::api) struct TextsShape {
    welcome: String,
    queue: String,
    queue_next: String,
    picked_up: String,
    off_hours: String,
    promise: String,
    full: String,
    closing: String,
    warn: String,
}

/// A menu of taps, in the shape of WeChat kf.
#[derive(ToSchema)]
#[schema(as = Menu)]
pub(in crate::api) struct MenuShape {
    head_content: Option<String>,
    /// `{"type":"click","click":{"id","content"}}`, `{"type":"view","view":{"url","content"}}`,
    /// `{"type":"miniprogram","miniprogram":{"appid","pagepath","content"}}`,
    /// `{"type":"text","text":{"content"}}`.
    list: Option<Vec<Value>>,
    tail_content: Option<String>,
}

/// Rules of reception.
#[derive(ToSchema)]
#[schema(as = Rules)]
pub(in crate::api) struct RulesShape {
    assign: AssignWord,
    choice: ChoiceWord,
    prefer_owner: bool,
    last_agent: LastAgentShape,
    accept_timeout_s: u32,
    reply_timeout_s: u32,
    reply_target_s: u32,
    wait_target_s: u32,
    silence_warn_s: u32,
    silence_end_s: u32,
    ask_human_words: Vec<String>,
    required_skills: Vec<String>,
    /// Beyond it, customers are told `texts.full` and queued once there is room.
    max_waiting: u32,
}

/// The satisfaction survey.
#[derive(ToSchema)]
#[schema(as = SurveySetup)]
pub(in crate::api) struct SurveySetupShape {
    enabled: bool,
    question: String,
    options: Vec<SurveyOptionShape>,
}

/// Who sees a canned reply: everyone, a team, its author.
#[derive(ToSchema)]
#[schema(as = Scope, rename_all = "snake_case")]
pub(in crate::api) enum ScopeWord {
    Brand,
    Team,
    Me,
}

/// A link on a card.
#[derive(ToSchema)]
#[schema(as = CardLink)]
pub(in crate::api) struct CardLinkShape {
    title: String,
    /// `http` or `https`.
    url: String,
}

//! Shapes that are only described here: domain values and what [`crate::view`] writes.
#![allow(dead_code, reason = "described for the OpenAPI document, never built")]

use serde_json::Value;
use utoipa::ToSchema;

/// What a person may do: each role also does what the ones before it do.
#[derive(ToSchema)]
#[schema(as = Role, rename_all = "snake_case")]
pub(super) enum RoleWord {
    Agent,
    Supervisor,
    Administrator,
}

/// What an agent says about themselves.
#[derive(ToSchema)]
#[schema(as = AgentState, rename_all = "snake_case")]
pub(super) enum StateWord {
    Online,
    Busy,
    Break,
    Offline,
}

/// One link of an overflow chain.
#[derive(ToSchema)]
#[schema(as = Overflow)]
pub(super) struct OverflowShape {
    team_id: String,
    /// 1 to 604,800.
    after_s: u32,
}

/// Agents are given customers (`auto`), or asked (`manual`).
#[derive(ToSchema)]
#[schema(as = AssignMode, rename_all = "snake_case")]
pub(super) enum AssignWord {
    Auto,
    Manual,
}

/// Who among those who can take a customer: most room (空闲优先), their turn (轮流), idle longest.
#[derive(ToSchema)]
#[schema(as = Choice, rename_all = "snake_case")]
pub(super) enum ChoiceWord {
    LeastBusy,
    RoundRobin,
    LongestIdle,
}

/// Last agent first (熟客优先).
#[derive(ToSchema)]
#[schema(as = LastAgent)]
pub(super) struct LastAgentShape {
    enabled: bool,
    /// How long to wait for them while they are online but full.
    wait_s: u32,
}

/// One answer of a survey.
#[derive(ToSchema)]
#[schema(as = SurveyOption)]
pub(super) struct SurveyOptionShape {
    /// 1 to 5.
    score: u8,
    label: String,
}

/// When people are there. Without any span: always.
#[derive(ToSchema)]
#[schema(as = Hours)]
pub(super) struct HoursShape {
    /// IANA name; `Asia/Shanghai` if not given.
    timezone: Option<String>,
    week: Option<Vec<SpanShape>>,
    /// Whole days off, `YYYY-MM-DD`.
    holidays: Option<Vec<String>>,
}

/// A span on some days of the week. `to` before `from` runs past midnight.
#[derive(ToSchema)]
#[schema(as = Span)]
pub(super) struct SpanShape {
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
pub(super) struct TextsShape {
    welcome: String,
    queue: String,
    queue_next: String,
    off_hours: String,
    promise: String,
    full: String,
    closing: String,
    warn: String,
}

/// A menu of taps, in the shape of WeChat kf.
#[derive(ToSchema)]
#[schema(as = Menu)]
pub(super) struct MenuShape {
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
pub(super) struct RulesShape {
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
pub(super) struct SurveySetupShape {
    enabled: bool,
    question: String,
    options: Vec<SurveyOptionShape>,
}

/// Where a customer came from.
#[derive(ToSchema)]
#[schema(as = Source)]
pub(super) struct SourceShape {
    /// `page`, `link`, `channels_live`, …
    kind: String,
    title: String,
    detail: Option<String>,
    url: Option<String>,
    at: i64,
}

/// A message; its content stands under the name in `msgtype`, in the shape of WeChat kf.
#[derive(ToSchema)]
#[schema(as = Message, example = json!({
    "msgid": "01JQ8W6ZK3V5T9M2C4D6E8F0AB-12", "conversation_id": "01JQ8W6ZK3V5T9M2C4D6E8F0AB", "seq": 12, "rev": 0,
    "origin": 3, "sent_at": 1_775_109_780_000_i64, "msgtype": "text", "text": {"content": "有检测报告吗？"},
    "entry_point_id": "01JQ8W6ZK3V5T9M2C4D6E8F0AC", "channel": "website",
}))]
pub(super) struct MessageShape {
    msgid: String,
    conversation_id: String,
    /// Its number in the conversation, from 1 without a gap.
    seq: u64,
    /// The conversation's `rev` at its last change; 0 if never changed.
    rev: u64,
    /// 3 customer, 4 system, 5 servicer, 6 assistant.
    origin: u8,
    sent_at: i64,
    msgtype: String,
    #[schema(nullable = false)]
    session_id: Option<String>,
    #[schema(nullable = false)]
    servicer_userid: Option<String>,
    #[schema(nullable = false)]
    name: Option<String>,
    #[schema(nullable = false)]
    client_msg_id: Option<String>,
    entry_point_id: String,
    #[schema(nullable = false)]
    channel: Option<String>,
    /// `pending`, `sent`, `delivered`, `read`, `failed`, `unknown`.
    #[schema(nullable = false)]
    delivery: Option<String>,
    #[schema(nullable = false)]
    failure: Option<FailureShape>,
    #[schema(nullable = false)]
    recalled: Option<bool>,
}

/// Why something did not arrive, or may not have.
#[derive(ToSchema)]
#[schema(as = Failure)]
pub(super) struct FailureShape {
    /// The platform's number or one of ours.
    code: String,
    /// In words.
    reason: String,
}

/// A private note or an inner line of a thread.
#[derive(ToSchema)]
#[schema(as = Line)]
pub(super) struct LineShape {
    conversation_id: String,
    /// Its own number, from 1, apart from `seq`.
    no: u64,
    /// It stands after this message.
    after_seq: u64,
    /// `note` or `system`.
    kind: String,
    text: String,
    sent_at: i64,
    #[schema(nullable = false)]
    servicer_userid: Option<String>,
    #[schema(nullable = false)]
    name: Option<String>,
    /// What happened, a stable word.
    #[schema(nullable = false)]
    event: Option<String>,
}

/// A conversation as a list card and header show it.
#[derive(ToSchema)]
#[schema(as = Conversation)]
pub(super) struct ConversationShape {
    conversation_id: String,
    open_kfid: String,
    kf_name: String,
    customer: CustomerCardShape,
    entry: EntryShape,
    /// The open session, else the last one.
    session: Option<SessionShape>,
    last: Option<LastShape>,
    seq: u64,
    rev: u64,
    unread: u32,
    customer_read_seq: u64,
    credits: Option<CreditsShape>,
    can_send: CanSendShape,
}

/// The customer of a conversation.
#[derive(ToSchema)]
#[schema(as = CustomerCard)]
pub(super) struct CustomerCardShape {
    external_userid: String,
    name: String,
    avatar_media_id: Option<String>,
    /// `vip`, `regular`, `new`.
    mark: Option<String>,
    blocked: bool,
    /// The agent whose customer this is.
    owner: Option<String>,
    owner_name: Option<String>,
}

/// The door of the customer's last message.
#[derive(ToSchema)]
#[schema(as = Entry)]
pub(super) struct EntryShape {
    entry_point_id: String,
    channel: String,
    name: String,
    source: Option<SourceShape>,
}

/// A session (接待).
#[derive(ToSchema)]
#[schema(as = Session)]
pub(super) struct SessionShape {
    session_id: String,
    no: u64,
    /// 0 new, 1 assistant, 2 waiting, 3 serving, 4 ended.
    service_state: u8,
    fence: u64,
    priority: i32,
    opened_at: i64,
    #[schema(nullable = false)]
    servicer_userid: Option<String>,
    #[schema(nullable = false)]
    servicer_name: Option<String>,
    #[schema(nullable = false)]
    team_id: Option<String>,
    #[schema(nullable = false)]
    team_name: Option<String>,
    #[schema(nullable = false)]
    enqueued_at: Option<i64>,
    /// The customer left the queue then and wants to be answered later; nobody has taken it yet.
    #[schema(nullable = false)]
    left_at: Option<i64>,
    #[schema(nullable = false)]
    assigned_at: Option<i64>,
    #[schema(nullable = false)]
    ended_at: Option<i64>,
    #[schema(nullable = false)]
    end_reason: Option<String>,
    /// It is served in the platform's own client and can only be read here.
    #[schema(nullable = false)]
    elsewhere: Option<Elsewhere>,
    #[schema(nullable = false)]
    offered_to: Option<String>,
    #[schema(nullable = false)]
    offer_expires_at: Option<i64>,
    /// Since when the customer has had no answer.
    #[schema(nullable = false)]
    turn_since_at: Option<i64>,
    #[schema(nullable = false)]
    reply_due_at: Option<i64>,
    #[schema(nullable = false)]
    reply_target_s: Option<u32>,
    #[schema(nullable = false)]
    wait_target_s: Option<u32>,
    /// Its agent put it off until then; a message of the customer, or an answer, ends that.
    #[schema(nullable = false)]
    snoozed_until: Option<i64>,
    /// The last routing decision in one line.
    #[schema(nullable = false)]
    why: Option<String>,
    #[schema(nullable = false)]
    score: Option<u8>,
}

/// A session in the platform's own client.
#[derive(ToSchema)]
pub(super) struct Elsewhere {
    /// The member who has it; empty: it waits for whoever picks it up.
    userid: String,
}

/// The newest message of a conversation.
#[derive(ToSchema)]
#[schema(as = Last)]
pub(super) struct LastShape {
    origin: u8,
    msgtype: String,
    preview: String,
    sent_at: i64,
    delivery: Option<String>,
}

/// What the platform still lets through.
#[derive(ToSchema)]
#[schema(as = Credits)]
pub(super) struct CreditsShape {
    left: u32,
    of: u32,
    expires_at: i64,
    /// The customer no longer follows: nothing reaches them until they come back.
    #[schema(required = false)]
    customer_left: Option<bool>,
}

/// Whether a reply can be sent now.
#[derive(ToSchema)]
#[schema(as = CanSend)]
pub(super) struct CanSendShape {
    ok: bool,
    #[schema(nullable = false)]
    code: Option<String>,
    #[schema(nullable = false)]
    reason: Option<String>,
}

/// Every refusal, as `application/problem+json`.
#[derive(ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "about:blank", "title": "Conflict", "status": 409, "code": "not_assigned",
    "detail": "the session is not assigned to you", "request_id": "a1b2c3d4e5f60718",
}))]
pub(super) struct ProblemShape {
    r#type: String,
    title: String,
    status: u16,
    /// Stable and never reused; see PROTOCOL.md §6.
    code: String,
    /// In words; names the field that is wrong.
    detail: String,
    request_id: String,
}

/// What a supervisor sees now.
#[derive(ToSchema)]
#[schema(as = Wall)]
pub(super) struct WallShape {
    now: i64,
    /// The team that it is of; `null`: the whole brand.
    team_id: Option<String>,
    /// `{"kind","text_zh","text_en","team_id","since_at"}`; kinds: `nobody`, `overdue`.
    alarms: Vec<Value>,
    /// `waiting`, `waiting_1h_ago`, `oldest_enqueued_at`, `oldest_team`, `promise_s`, `service_level`, `free_slots`,
    /// `total_slots`, `first_reply`: from the customer's first unanswered words to the first answer of
    /// their session, the queue included.
    #[schema(value_type = Object)]
    figures: Value,
    /// Up to 100, in the order of dispatch; the first 20 with their explanation.
    waiting: Vec<WallWaitingShape>,
    waiting_total: u32,
    agents: Vec<WallAgentShape>,
    /// Two hours in steps: `step_s`, `from_at`, and one list of numbers for each figure: `in`,
    /// `assigned`, `wait_p50_s`, `wait_p90_s`, `first_reply_p50_s`, `first_reply_p90_s`, `queue`,
    /// `oldest_s`, `handoffs_added`. Of a team, `in` counts who came to its queue.
    #[schema(value_type = Object)]
    series: Value,
    /// Of the last 24 hours.
    handoffs_today: super::handoffs::Counts,
}

/// Someone who waits.
#[derive(ToSchema)]
#[schema(as = WallWaiting)]
pub(super) struct WallWaitingShape {
    session_id: String,
    conversation_id: String,
    customer_name: String,
    mark: Option<String>,
    /// Whose customer it is.
    owner: Option<String>,
    owner_name: Option<String>,
    entry: EntryShape,
    team_id: Option<String>,
    team_name: Option<String>,
    /// `offered`, `owner_wait`, `assigning`, `off_hours`, `full`, `away`, `skill`, `no_agent`, `behind`,
    /// `elsewhere`: it waits in the platform's own client.
    stuck: String,
    stuck_text_zh: String,
    stuck_text_en: String,
    enqueued_at: i64,
    promise_s: u32,
    priority: i32,
    explanation: Option<super::explain::ExplanationRow>,
}

/// An agent on the wall.
#[derive(ToSchema)]
#[schema(as = WallAgent)]
pub(super) struct WallAgentShape {
    servicer_userid: String,
    name: String,
    team_names: Vec<String>,
    state: StateWord,
    reason: String,
    since_at: i64,
    load: u32,
    offers: u32,
    limit: u32,
    /// Sessions past the promised reply.
    overdue: u32,
    connected: bool,
}

/// Who sees a canned reply: everyone, a team, its author.
#[derive(ToSchema)]
#[schema(as = Scope, rename_all = "snake_case")]
pub(super) enum ScopeWord {
    Brand,
    Team,
    Me,
}

/// A link on a card.
#[derive(ToSchema)]
#[schema(as = CardLink)]
pub(super) struct CardLinkShape {
    title: String,
    /// `http` or `https`.
    url: String,
}

/// A stored file.
#[derive(ToSchema)]
#[schema(as = Media)]
pub(super) struct MediaShape {
    media_id: String,
    name: String,
    size: u64,
    /// Sniffed.
    mime: String,
    width: Option<u32>,
    height: Option<u32>,
}

/// Where an intent stands.
#[derive(ToSchema)]
#[schema(as = OutboxState, rename_all = "snake_case")]
pub(super) enum OutboxWord {
    Pending,
    Done,
    Dead,
    Unknown,
}

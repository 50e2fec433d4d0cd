//! What a supervisor sees.

use serde_json::Value;
use utoipa::ToSchema;

use super::{setup::StateWord, thread::EntryShape};

/// What a supervisor sees now.
#[derive(ToSchema)]
#[schema(as = Wall)]
pub(in crate::api) struct WallShape {
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
    /// Up to 500: who is there first, and of those who has least room.
    agents: Vec<WallAgentShape>,
    agents_total: u32,
    /// Of all of them, by state.
    #[schema(value_type = Object)]
    agents_by_state: Value,
    /// Two hours in steps: `step_s`, `from_at`, and one list of numbers for each figure: `in`,
    /// `assigned`, `wait_p50_s`, `wait_p90_s`, `first_reply_p50_s`, `first_reply_p90_s`, `queue`,
    /// `oldest_s`, `handoffs_added`. Of a team, `in` counts who came to its queue.
    #[schema(value_type = Object)]
    series: Value,
    /// Of the last 24 hours.
    handoffs_today: crate::api::handoffs::Counts,
}

/// Someone who waits.
#[derive(ToSchema)]
#[schema(as = WallWaiting)]
pub(in crate::api) struct WallWaitingShape {
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
    explanation: Option<crate::api::explain::ExplanationRow>,
}

/// An agent on the wall.
#[derive(ToSchema)]
#[schema(as = WallAgent)]
pub(in crate::api) struct WallAgentShape {
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

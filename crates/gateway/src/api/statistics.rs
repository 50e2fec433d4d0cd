//! What a platform counted, by day.

use std::sync::Arc;

use axum::{Json, extract::State};
use kefu_domain::{ConnectionId, EntryPointId, UnixMs};
use kefu_store::UpstreamDay;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{
    access::Caller,
    ask::{Ask, Id, Page},
};
use crate::{
    Gateway,
    problem::{Answer, Problem},
};

const DAY: UnixMs = 86_400_000;
/// Days of one answer at most: the platform keeps no more.
const DAYS: u16 = 180;

/// Which days.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DaysAsk {
    /// The last so many days, 1 to 180; 31 if not given.
    days: Option<u16>,
}

/// A day of an account or of one who serves it.
///
/// Numbers have the platform's names and definitions. `session_cnt`: sessions in which the customer
/// wrote and was given to somebody (passing on counts no new one); `customer_cnt`: customers, each
/// once; `customer_msg_cnt`: their messages; `reply_rate`, `first_reply_average_sec`: sessions with
/// an answer by a human, and how long the first took; `satisfaction_investgate_cnt` (so spelt by the
/// platform), `satisfaction_participation_rate`, `satisfied_rate`, `middling_rate`,
/// `dissatisfied_rate`: the platform's own survey, which is off while the API gives sessions out;
/// `upgrade_service_member_invite_cnt` and `…_customer_cnt`: cards of specialists sent, and customers
/// who added one; `upgrade_service_groupchat_invite_cnt` and `…_customer_cnt`: the same of groups;
/// `upgrade_service_customer_cnt`: customers who did either, each once; `msg_rejected_customer_cnt`:
/// customers who refuse messages; `ai_…`: the platform's own assistant. Rates go from 0 to 1.
#[derive(Serialize, ToSchema)]
pub(super) struct DayRow {
    #[schema(value_type = String)]
    entry_point_id: EntryPointId,
    /// When the day began in UTC+8.
    day: UnixMs,
    /// The member; without one, the account as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    userid: Option<String>,
    /// The agent of ours who is this member.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    servicer_userid: Option<String>,
    /// By the platform's names; empty if there was nothing.
    #[schema(value_type = std::collections::HashMap<String, f64>)]
    numbers: Value,
}

/// What the platform counted for a connection's accounts
///
/// Fetched once a day after 06:00 in UTC+8 for the day before, and caught up with after a pause.
#[utoipa::path(get, path = "/v1/connections/{id}/statistics", tag = "Connections", params(DaysAsk), responses((status = 200, body = Page<DayRow>)))]
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<ConnectionId>,
    Ask(ask): Ask<DaysAsk>,
) -> Answer<Json<Page<DayRow>>> {
    let days = ask.days.unwrap_or(31);
    if !(1..=DAYS).contains(&days) {
        return Err(Problem::bad("days: 1-180"));
    }
    let now = gateway.reception.now();
    let from = now - (UnixMs::from(days) + 1) * DAY;
    let days = gateway
        .reception
        .counted(caller.brand, id, from, now)
        .await?;
    let row = |one: UpstreamDay| {
        let agent = caller.setup.agent_of_member(&one.userid);
        DayRow {
            entry_point_id: one.entry_point,
            day: one.day,
            servicer_userid: agent.map(|id| id.to_string()),
            userid: Some(one.userid).filter(|userid| !userid.is_empty()),
            numbers: serde_json::from_str(&one.numbers).unwrap_or_default(),
        }
    };
    Ok(Json(Page {
        items: days.into_iter().map(row).collect(),
        next: None,
    }))
}

//! `get_corp_statistic` and `get_servicer_statistic`: finished days only, at most 31 of them, the
//! oldest 180 days back. A day without anything comes without its `statistic`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts::find;
use super::refusal::Refusal;
use super::{Answer, Params, Reply, given, read};
use crate::world::SECOND;
use crate::world::desk::Desk;
use crate::world::tally::{Tally, begins, day_of};

/// The most days of one answer.
const SPAN: i64 = 31;
/// How far back the days go.
const OLDEST: i64 = 180;

#[derive(Debug, Deserialize)]
struct Request {
    open_kfid: Option<String>,
    servicer_userid: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
}

impl Request {
    /// The days that are asked for, both included.
    fn days(&self, now: i64) -> Result<std::ops::RangeInclusive<i64>, Refusal> {
        let wrong =
            |name: &str| Refusal::because(40058, format!("invalid Request Parameter: {name}"));
        let day = |time: Option<i64>, name| {
            let time = time.filter(|time| *time > 0).ok_or_else(|| wrong(name))?;
            Ok(day_of(time.saturating_mul(SECOND)))
        };
        let (first, last) = (
            day(self.start_time, "start_time")?,
            day(self.end_time, "end_time")?,
        );
        let today = day_of(now);
        if first > last || last - first >= SPAN || first < today - OLDEST {
            return Err(wrong("start_time"));
        }
        if last >= today {
            return Err(wrong("end_time"));
        }
        Ok(first..=last)
    }
}

/// Of the whole corp, or of one account.
pub(super) fn of_corp(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Request = read(body)?;
    let days = request.days(desk.now)?;
    let one = given(&request.open_kfid);
    if one.is_some() {
        find(desk, one)?;
    }
    let corp = &*desk.corp;
    let list = days.map(|day| {
        let counted = corp
            .accounts
            .values()
            .filter(|account| account.managed && one.is_none_or(|id| id == account.open_kfid))
            .filter_map(|account| account.tallies.day(day, None));
        let all = counted.fold(None, |sum: Option<Tally>, tally| {
            let mut sum = sum.unwrap_or_default();
            sum.add(tally);
            Some(sum)
        });
        row(day, all.as_ref().map(corp_fields))
    });
    answer(list.collect())
}

/// Of one account, or of one of its servicers.
pub(super) fn of_servicer(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Request = read(body)?;
    let days = request.days(desk.now)?;
    let servicer = given(&request.servicer_userid);
    let account = find(desk, given(&request.open_kfid))?;
    let list = days.map(|day| {
        let tally = account.tallies.day(day, servicer);
        row(day, tally.map(servicer_fields))
    });
    answer(list.collect())
}

fn answer(list: Vec<Value>) -> Answer {
    let note = format!("{} days", list.len());
    Ok(Reply::from(json!({ "statistic_list": list })).note(note))
}

fn row(day: i64, statistic: Option<Value>) -> Value {
    let mut row = json!({ "stat_time": begins(day) / SECOND });
    if let Some(statistic) = statistic {
        row["statistic"] = statistic;
    }
    row
}

fn corp_fields(tally: &Tally) -> Value {
    json!({
        "session_cnt": tally.sessions,
        "customer_cnt": tally.customers.len(),
        "customer_msg_cnt": tally.messages,
        "upgrade_service_customer_cnt": tally.upgraded(),
        "ai_session_reply_cnt": tally.assistant_replies,
        "msg_rejected_customer_cnt": tally.rejected.len(),
    })
}

/// Rates are absent where nothing was answered, and 0 or 1 where they are whole.
fn servicer_fields(tally: &Tally) -> Value {
    let mut fields = json!({
        "session_cnt": tally.sessions,
        "customer_cnt": tally.customers.len(),
        "customer_msg_cnt": tally.messages,
        "upgrade_service_customer_cnt": tally.upgraded(),
        "msg_rejected_customer_cnt": tally.rejected.len(),
        "satisfaction_investgate_cnt": 0,
        "satisfaction_participation_rate": 0,
        "satisfied_rate": 0,
        "middling_rate": 0,
        "dissatisfied_rate": 0,
        "upgrade_service_member_invite_cnt": tally.member_invites,
        "upgrade_service_member_customer_cnt": tally.member_customers.len(),
        "upgrade_service_groupchat_invite_cnt": tally.group_invites,
        "upgrade_service_groupchat_customer_cnt": tally.group_customers.len(),
    });
    if tally.sessions > 0 {
        fields["reply_rate"] = ratio(tally.answered, tally.sessions);
    }
    if tally.answered > 0 {
        let seconds = tally.first_reply_ms as f64 / 1_000.0 / tally.answered as f64;
        fields["first_reply_average_sec"] = seconds.into();
    }
    fields
}

/// Whole numbers stay whole, as in the platform's own samples.
fn ratio(part: u64, whole: u64) -> Value {
    match part.min(whole) {
        0 => 0.into(),
        part if part == whole => 1.into(),
        part => (part as f64 / whole as f64).into(),
    }
}

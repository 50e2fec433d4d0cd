//! What the platform counted, by day. Its day begins at midnight in UTC+8, and its numbers are whole
//! from six in the morning after.

use std::collections::BTreeMap;

use kefu_domain::{
    UnixMs,
    setup::{Connection, EntryPoint},
};
use kefu_wechat::kf::{CorpStatistic, Day, ServicerStatistic};
use serde_json::{Map, Value};

use super::{WecomKf, upstream};
use crate::platform::Lane;
use crate::{Counted, Fault};

const DAY: UnixMs = 86_400_000;
/// The platform's clock is so far ahead of UTC.
const AHEAD: UnixMs = 8 * 3_600_000;
/// The numbers of a day are whole so long after its end.
const WHOLE_AFTER: UnixMs = 6 * 3_600_000;
/// Members who are asked about one by one; an account with more is told as a whole only.
const MEMBERS: usize = 200;

/// The newest day of which all numbers are there.
pub(super) fn last_day(now: UnixMs) -> UnixMs {
    let today = (now + AHEAD - WHOLE_AFTER).div_euclid(DAY) * DAY - AHEAD;
    today - DAY
}

impl WecomKf {
    /// The account's days, then those of its members.
    pub(super) async fn days(
        &self,
        connection: &Connection,
        door: &EntryPoint,
        from: UnixMs,
        to: UnixMs,
    ) -> Result<Vec<Counted>, Fault> {
        let open_kfid = upstream(door)?.to_owned();
        let (start_time, end_time) = (from / 1_000, to / 1_000);
        let lane = Lane::Background;
        let corp = CorpStatistic {
            open_kfid: open_kfid.clone(),
            start_time,
            end_time,
        };
        let told = self.platform.call(connection, lane, &corp).await;
        let mut whole = BTreeMap::new();
        add(
            &mut whole,
            told.map_err(|miss| miss.fault(0))?.statistic_list,
        );
        let mut request = ServicerStatistic {
            open_kfid: open_kfid.clone(),
            servicer_userid: None,
            start_time,
            end_time,
        };
        let told = self.platform.call(connection, lane, &request).await;
        add(
            &mut whole,
            told.map_err(|miss| miss.fault(0))?.statistic_list,
        );
        // A day of which nothing was told had nothing: it is not asked for again.
        whole.entry(to).or_default();
        let mut days = counted("", whole);
        let members = self.servicers(connection, &open_kfid).await?;
        let members: Vec<String> = members.into_iter().filter_map(|one| one.userid).collect();
        if members.len() > MEMBERS {
            tracing::info!(
                members = members.len(),
                "an account is counted as a whole only"
            );
            return Ok(days);
        }
        for userid in members {
            request.servicer_userid = Some(userid.clone());
            let told = self.platform.call(connection, lane, &request).await;
            let mut theirs = BTreeMap::new();
            add(
                &mut theirs,
                told.map_err(|miss| miss.fault(0))?.statistic_list,
            );
            theirs.retain(|_, numbers: &mut Map<String, Value>| !numbers.is_empty());
            days.extend(counted(&userid, theirs));
        }
        Ok(days)
    }
}

fn add(days: &mut BTreeMap<UnixMs, Map<String, Value>>, told: Vec<Day>) {
    for day in told {
        let numbers = days.entry(day.stat_time * 1_000).or_default();
        numbers.extend(day.statistic.unwrap_or_default());
    }
}

fn counted(userid: &str, days: BTreeMap<UnixMs, Map<String, Value>>) -> Vec<Counted> {
    let day = |(day, numbers)| Counted {
        day,
        userid: userid.to_owned(),
        numbers,
    };
    days.into_iter().map(day).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_whole_at_six_in_the_morning_after() {
        // 2026-03-02 00:00 in UTC+8.
        let second = 1_772_380_800_000;
        let six = second + DAY + WHOLE_AFTER;
        assert_eq!(last_day(six - 1), second - DAY);
        assert_eq!(last_day(six), second);
        assert_eq!(last_day(six + DAY - 1), second);
    }
}

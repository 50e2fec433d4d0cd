//! `get_corp_statistic` and `get_servicer_statistic`: what the platform counted, by day.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lenient;
use crate::limits::{Unfit, required};
use crate::request::Request;

/// Asks for an account's days. Both ends count; at most 31 days, none younger than yesterday.
#[derive(Debug, Clone, Serialize)]
pub struct CorpStatistic {
    /// The account.
    pub open_kfid: String,
    /// Unix seconds of the first day's start in UTC+8.
    pub start_time: i64,
    /// Unix seconds of the last day's start in UTC+8.
    pub end_time: i64,
}

impl Request for CorpStatistic {
    const PATH: &'static str = "cgi-bin/kf/get_corp_statistic";
    type Answer = Statistics;

    fn check(&self) -> Result<(), Unfit> {
        required("open_kfid", &self.open_kfid, 64)
    }
}

/// Asks for the days of an account's servicers.
#[derive(Debug, Clone, Serialize)]
pub struct ServicerStatistic {
    /// The account.
    pub open_kfid: String,
    /// The member; `None`: all of the account together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub servicer_userid: Option<String>,
    /// As in [`CorpStatistic`].
    pub start_time: i64,
    /// As in [`CorpStatistic`].
    pub end_time: i64,
}

impl Request for ServicerStatistic {
    const PATH: &'static str = "cgi-bin/kf/get_servicer_statistic";
    type Answer = Statistics;

    fn check(&self) -> Result<(), Unfit> {
        required("open_kfid", &self.open_kfid, 64)
    }
}

/// Some days.
#[derive(Debug, Clone, Deserialize)]
pub struct Statistics {
    /// One for each day.
    #[serde(default, deserialize_with = "lenient::list")]
    pub statistic_list: Vec<Day>,
}

/// One day.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Day {
    /// The day's start.
    #[serde(default, deserialize_with = "lenient::int")]
    pub stat_time: i64,
    /// Numbers by the platform's names; absent if there was nothing that day.
    #[serde(default)]
    pub statistic: Option<serde_json::Map<String, Value>>,
}

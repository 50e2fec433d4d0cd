//! The limits we keep, so that the platform never has to stop us.

use std::time::Duration;

/// How long an upload is used again; the platform keeps it for three days.
pub(crate) const UPLOAD_LIVES: Duration = Duration::from_secs(60 * 3_600);

/// How many uploads are remembered; beyond, the oldest is uploaded again when needed.
pub(crate) const UPLOADS: usize = 4_096;

/// Pulls without a bell's token, as they are paced: the platform limits them strictly and does not say
/// how; this is what is known to pass.
pub(crate) const PULL_UNBIDDEN: &str = "cgi-bin/kf/sync_msg without token";

/// How fast we call, so that the platform never has to stop us.
///
/// The published limits are 10,000 calls a minute and 150,000 an hour for one corp and one API,
/// and twice and four times that for one address of ours. A little is left to others who share the
/// app.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Calls of one corp and API in any minute.
    pub per_minute: u32,
    /// Calls of one corp and API in any hour.
    pub per_hour: u32,
    /// Calls of one API for all corps in any minute.
    pub address_per_minute: u32,
    /// Calls of one API for all corps in any hour.
    pub address_per_hour: u32,
    /// Pulls of one corp in any second; what comes meanwhile is in the next page.
    pub pulls_per_second: u32,
    /// Calls of one corp in any minute of an API that is limited more strictly.
    pub strict: &'static [(&'static str, u32)],
    /// Calls of one corp at once.
    pub at_once: usize,
    /// How many of these may be pulls, fetches and look-ups, so that replies never wait for them.
    pub background: usize,
    /// Callers of one corp that may wait; more are told to come again.
    pub line: usize,
    /// How long one waits before it is told to come again.
    pub patience: Duration,
    /// Calls of one account and API in any 24 hours, where the platform says how many.
    pub per_day: &'static [(&'static str, u32)],
    /// What to do when a limit is regularly too small, `zh\u{1f}en`.
    pub advice: &'static str,
}

/// WeCom counts by the corp, so more corps take more.
const MORE_CORPS: &str = "最近一小时经常用到上限的七成以上：把客服账号分到几个企业或应用，或向平台申请提高频率\u{1f}More than 70 % of the limit was used again and again in the last hour: spread the kf accounts over several corps or apps, or ask the platform for more";

/// An account's own limits stand in its console.
const MORE_ACCOUNTS: &str = "最近一小时经常用到上限的七成以上：把客户分到几个账号，或在平台的「接口权限」查看并申请提高上限\u{1f}More than 70 % of the limit was used again and again in the last hour: spread the customers over several accounts, or see the platform's list of APIs and ask for more";

/// What is said after 45009 of an account, whose limits are counted by the day.
pub(super) const DAY_IS_USED: &str = "平台说这个接口今天的调用次数已用完：零点恢复；可在平台的「接口权限」查看上限，每月可清零10次\u{1f}The platform says that this API's calls of today are used up: they come back at midnight in China; the platform's list of APIs shows the limit, and it can be reset ten times a month";

impl Default for Pace {
    fn default() -> Self {
        Self {
            per_minute: 9_800,
            per_hour: 147_000,
            address_per_minute: 19_600,
            address_per_hour: 588_000,
            pulls_per_second: 40,
            strict: &[(PULL_UNBIDDEN, 10)],
            at_once: 48,
            background: 32,
            line: 1_000,
            patience: Duration::from_secs(3),
            per_day: &[],
            advice: MORE_CORPS,
        }
    }
}

impl Pace {
    /// Of official accounts, mini-programs and shops. Their limits are counted by the day; only that
    /// of tokens is published for all, the others differ by account and stand in its console. What a
    /// minute and an hour may hold is what one address of ours should not exceed.
    #[must_use]
    pub fn accounts() -> Self {
        Self {
            per_day: &[("cgi-bin/stable_token", 490_000)],
            advice: MORE_ACCOUNTS,
            ..Self::default()
        }
    }

    /// The minute's limit of an API.
    pub(super) fn of_minute(&self, api: &str) -> u32 {
        let strict = self.strict.iter().find(|(name, _)| *name == api);
        strict.map_or(self.per_minute, |(_, limit)| self.per_minute.min(*limit))
    }

    /// The day's limit of an API, where there is one.
    pub(super) fn of_day(&self, api: &str) -> Option<u32> {
        let found = self.per_day.iter().find(|(name, _)| *name == api);
        found.map(|(_, limit)| *limit)
    }
}

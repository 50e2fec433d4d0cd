//! How often the gateway may call: so many a minute and an hour per corp and path, then nothing
//! for the rest of the same unit (45009); and so many at once (45033).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{DAY, HOUR, MINUTE};

/// Limits of one path, or of all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limit {
    pub(crate) per_minute: Option<u64>,
    pub(crate) per_hour: Option<u64>,
    /// Official accounts and their kin are counted by the day; it starts at midnight in China.
    pub(crate) per_day: Option<u64>,
    pub(crate) concurrent: Option<u64>,
}

impl Limit {
    /// What is not set here is taken from `other`.
    fn or(self, other: Self) -> Self {
        Self {
            per_minute: self.per_minute.or(other.per_minute),
            per_hour: self.per_hour.or(other.per_hour),
            per_day: self.per_day.or(other.per_day),
            concurrent: self.concurrent.or(other.concurrent),
        }
    }
}

/// What the platform documents, and a generous guess at the concurrency that it does not.
pub(crate) const DOCUMENTED: Limit = Limit {
    per_minute: Some(10_000),
    per_hour: Some(150_000),
    per_day: None,
    concurrent: Some(500),
};

/// Apps have daily figures of their own, which a script sets.
pub(crate) const APP_LIMITS: Limit = Limit {
    per_minute: None,
    per_hour: None,
    per_day: None,
    concurrent: Some(500),
};

/// `sync_msg` without a doorbell's token is limited strictly; the figure is not published.
pub(crate) const SYNC_WITHOUT_TOKEN: &str = "kf/sync_msg without token";

#[derive(Debug, Default, Clone, Copy)]
struct Window {
    start: i64,
    count: u64,
    blocked_until: i64,
}

impl Window {
    /// Counts one call; answers whether it is within the limit.
    fn take(&mut self, now: i64, length: i64, limit: u64) -> bool {
        if now < self.blocked_until {
            return false;
        }
        if now - self.start >= length || now < self.start {
            *self = Self {
                start: now,
                ..Self::default()
            };
        }
        self.count += 1;
        if self.count <= limit {
            return true;
        }
        self.blocked_until = now + length;
        false
    }
}

#[derive(Debug, Default)]
struct Usage {
    minute: Window,
    hour: Window,
    /// Number of the day, and calls in it.
    day: (i64, u64),
    inside: u64,
}

impl Usage {
    fn take_of_day(&mut self, now: i64, limit: u64) -> bool {
        let today = (now + 8 * HOUR).div_euclid(DAY);
        if self.day.0 != today {
            self.day = (today, 0);
        }
        self.day.1 += 1;
        self.day.1 <= limit
    }
}

/// All limits and what is used of them.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    all: Option<Limit>,
    by_path: HashMap<String, Limit>,
    used: HashMap<(String, String), Usage>,
}

/// Which limit was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Rate,
    Day,
    Concurrency,
}

impl Quotas {
    /// Sets the limits of a path, or of every path that has none of its own.
    pub(crate) fn set(&mut self, path: Option<&str>, limit: Limit) {
        match path {
            Some(path) => {
                self.by_path.insert(path.to_owned(), limit);
            }
            None => self.all = Some(limit),
        }
        // A new limit starts a new count, and lifts what was blocked under the old one.
        for usage in self.used.values_mut() {
            (usage.minute, usage.hour, usage.day) = Default::default();
        }
    }

    /// Forgets what one owner used, as clear_quota does.
    pub(crate) fn clear(&mut self, owner: &str) {
        let theirs = self.used.iter_mut().filter(|((id, _), _)| id == owner);
        for (_, usage) in theirs {
            (usage.minute, usage.hour, usage.day) = Default::default();
        }
    }

    /// Back to what the platform documents.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn limit(&self, path: &str) -> Limit {
        self.limit_or(path, DOCUMENTED)
    }

    fn limit_or(&self, path: &str, documented: Limit) -> Limit {
        let fallback = self.all.unwrap_or_default().or(documented);
        let special = match path {
            SYNC_WITHOUT_TOKEN => Limit {
                per_minute: Some(10),
                ..fallback
            },
            _ => fallback,
        };
        self.by_path
            .get(path)
            .copied()
            .unwrap_or_default()
            .or(special)
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &String> {
        self.by_path.keys()
    }

    /// Counts a call in. Pair every success with [`Quotas::leave`].
    pub(crate) fn enter(
        &mut self,
        owner: &str,
        path: &str,
        documented: Limit,
        now: i64,
    ) -> Result<(), Over> {
        let limit = self.limit_or(path, documented);
        let usage = self
            .used
            .entry((owner.to_owned(), path.to_owned()))
            .or_default();
        if limit.concurrent.is_some_and(|most| usage.inside >= most) {
            return Err(Over::Concurrency);
        }
        let minute = limit
            .per_minute
            .is_none_or(|most| usage.minute.take(now, MINUTE, most));
        let hour = limit
            .per_hour
            .is_none_or(|most| usage.hour.take(now, HOUR, most));
        if !(minute && hour) {
            return Err(Over::Rate);
        }
        if limit
            .per_day
            .is_some_and(|most| !usage.take_of_day(now, most))
        {
            return Err(Over::Day);
        }
        usage.inside += 1;
        Ok(())
    }

    pub(crate) fn leave(&mut self, corpid: &str, path: &str) {
        if let Some(usage) = self.used.get_mut(&(corpid.to_owned(), path.to_owned())) {
            usage.inside = usage.inside.saturating_sub(1);
        }
    }

    /// Calls counted in the running minute.
    pub(crate) fn used_this_minute(&self, corpid: &str, path: &str) -> u64 {
        self.used
            .get(&(corpid.to_owned(), path.to_owned()))
            .map_or(0, |usage| usage.minute.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(per_minute: u64) -> Quotas {
        let mut quotas = Quotas::default();
        quotas.set(
            Some("p"),
            Limit {
                per_minute: Some(per_minute),
                ..Limit::default()
            },
        );
        quotas
    }

    #[test]
    fn past_the_limit_the_rest_of_a_minute_is_blocked() {
        let mut quotas = limited(2);
        let mut enter = |owner, now| quotas.enter(owner, "p", DOCUMENTED, now);
        assert!(enter("c", 0).is_ok());
        assert!(enter("c", 50_000).is_ok());
        assert_eq!(enter("c", 59_000), Err(Over::Rate));
        assert_eq!(
            enter("c", 61_000),
            Err(Over::Rate),
            "blocked for a whole minute"
        );
        assert!(enter("c", 119_001).is_ok());
        assert!(
            enter("other", 59_000).is_ok(),
            "another corp has its own count"
        );
    }

    #[test]
    fn too_many_at_once_is_another_refusal() {
        let mut quotas = Quotas::default();
        quotas.set(
            None,
            Limit {
                concurrent: Some(1),
                ..Limit::default()
            },
        );
        assert!(quotas.enter("c", "p", DOCUMENTED, 0).is_ok());
        assert_eq!(
            quotas.enter("c", "p", DOCUMENTED, 0),
            Err(Over::Concurrency)
        );
        quotas.leave("c", "p");
        assert!(quotas.enter("c", "p", DOCUMENTED, 0).is_ok());
    }

    #[test]
    fn a_day_is_counted_from_midnight_in_china_and_can_be_cleared() {
        let mut quotas = Quotas::default();
        let limit = Limit {
            per_day: Some(1),
            ..Limit::default()
        };
        quotas.set(Some("p"), limit);
        let midnight = 16 * HOUR;
        assert!(quotas.enter("wx", "p", APP_LIMITS, midnight - 1).is_ok());
        assert_eq!(
            quotas.enter("wx", "p", APP_LIMITS, midnight - 1),
            Err(Over::Day)
        );
        assert!(quotas.enter("wx", "p", APP_LIMITS, midnight).is_ok());
        quotas.clear("wx");
        assert!(quotas.enter("wx", "p", APP_LIMITS, midnight).is_ok());
    }

    #[test]
    fn the_documented_limits_hold_until_told_otherwise() {
        let quotas = Quotas::default();
        assert_eq!(quotas.limit("kf/send_msg").per_minute, Some(10_000));
        assert_eq!(quotas.limit(SYNC_WITHOUT_TOKEN).per_minute, Some(10));
    }
}

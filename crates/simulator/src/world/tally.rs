//! What the platform counts at one account, by day and by servicer, for its statistics. A day
//! begins at midnight in China and is told when it is over.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::{DAY, HOUR};

/// Days before the running one that are kept.
const KEPT: i64 = 180;
/// China's time before that of the clock.
const EAST: i64 = 8 * HOUR;

/// What one day counted, for one servicer or for all of the account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Sessions in which the customer spoke and somebody got them; passing on makes no new one.
    pub(crate) sessions: u64,
    pub(crate) customers: HashSet<Arc<str>>,
    pub(crate) messages: u64,
    /// Messages that the API sent.
    pub(crate) assistant_replies: u64,
    /// Sessions that the servicer answered, and how long the first answers took in all.
    pub(crate) answered: u64,
    pub(crate) first_reply_ms: i64,
    /// Customers whose messages were rejected.
    pub(crate) rejected: HashSet<Arc<str>>,
    pub(crate) member_invites: u64,
    pub(crate) group_invites: u64,
    /// Customer and specialist, customer and group: each pair once.
    pub(crate) member_customers: HashSet<(Arc<str>, String)>,
    pub(crate) group_customers: HashSet<(Arc<str>, String)>,
}

#[derive(Debug, Default)]
struct Day {
    all: Tally,
    by_servicer: HashMap<String, Tally>,
}

/// The days of one account.
#[derive(Debug, Default)]
pub(crate) struct Tallies(BTreeMap<i64, Day>);

/// The number of the day.
pub(crate) fn day_of(now: i64) -> i64 {
    (now + EAST).div_euclid(DAY)
}

/// When a day begins, milliseconds.
pub(crate) fn begins(day: i64) -> i64 {
    day * DAY - EAST
}

impl Tallies {
    fn today(&mut self, now: i64) -> &mut Day {
        let today = day_of(now);
        if !self.0.contains_key(&today) {
            self.0 = self.0.split_off(&(today - KEPT));
        }
        self.0.entry(today).or_default()
    }

    /// Today of the whole account.
    pub(crate) fn all(&mut self, now: i64) -> &mut Tally {
        &mut self.today(now).all
    }

    /// Counts for the whole account, and for one servicer where there is one.
    pub(crate) fn count(&mut self, now: i64, servicer: Option<&str>, count: impl Fn(&mut Tally)) {
        let day = self.today(now);
        count(&mut day.all);
        if let Some(userid) = servicer {
            count(day.by_servicer.entry(userid.to_owned()).or_default());
        }
    }

    /// Today of one servicer.
    pub(crate) fn of(&mut self, now: i64, userid: &str) -> &mut Tally {
        let day = self.today(now);
        day.by_servicer.entry(userid.to_owned()).or_default()
    }

    /// One day of one servicer, or of the account.
    pub(crate) fn day(&self, day: i64, servicer: Option<&str>) -> Option<&Tally> {
        let day = self.0.get(&day)?;
        match servicer {
            None => Some(&day.all),
            Some(userid) => day.by_servicer.get(userid),
        }
    }
}

impl Tally {
    /// Adds what another account counted on the same day.
    pub(crate) fn add(&mut self, other: &Self) {
        self.sessions += other.sessions;
        self.messages += other.messages;
        self.assistant_replies += other.assistant_replies;
        self.answered += other.answered;
        self.first_reply_ms += other.first_reply_ms;
        self.member_invites += other.member_invites;
        self.group_invites += other.group_invites;
        self.customers.extend(other.customers.iter().cloned());
        self.rejected.extend(other.rejected.iter().cloned());
        self.member_customers
            .extend(other.member_customers.iter().cloned());
        self.group_customers
            .extend(other.group_customers.iter().cloned());
    }

    /// Customers who took a specialist or a group, each once.
    pub(crate) fn upgraded(&self) -> usize {
        let pairs = self.member_customers.iter().chain(&self.group_customers);
        pairs
            .map(|(customer, _)| customer)
            .collect::<HashSet<_>>()
            .len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_china() {
        let midnight = begins(day_of(1_760_000_000_000));
        assert_eq!(day_of(midnight), day_of(midnight + DAY - 1));
        assert_eq!(day_of(midnight - 1) + 1, day_of(midnight));
        assert_eq!((midnight + EAST) % DAY, 0);
    }

    #[test]
    fn days_older_than_half_a_year_are_gone() {
        let mut tallies = Tallies::default();
        tallies.count(0, Some("a"), |tally| tally.messages += 1);
        assert_eq!(
            tallies
                .day(day_of(0), Some("a"))
                .map(|tally| tally.messages),
            Some(1)
        );
        tallies.count(181 * DAY, None, |tally| tally.messages += 1);
        assert!(tallies.day(day_of(0), None).is_none());
    }
}

//! How many messages an app may still send to one person: every trigger opens a small budget of
//! its own that runs out by count or by time (下发条数限制).

use crate::config::AppKind;
use crate::world::{HOUR, MINUTE};

/// What a person did that lets the app write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// Wrote a message.
    Message,
    /// Tapped a CLICK item, or scanned through the menu.
    Menu,
    /// Followed the official account.
    Follow,
    /// Scanned its code with a scene.
    Scan,
    /// Opened the conversation of a mini-program.
    Enter,
}

impl Trigger {
    /// Messages, and milliseconds.
    fn budget(self) -> (u32, i64) {
        match self {
            Self::Message => (5, 48 * HOUR),
            Self::Menu | Self::Follow | Self::Scan => (3, MINUTE),
            Self::Enter => (2, MINUTE),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Grant {
    trigger: Trigger,
    left: u32,
    until: i64,
}

/// Why nothing more may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spent {
    /// The window is over, or was never open.
    Time,
    /// The window is open and its messages are used up.
    Count,
}

/// The budgets of one person at one app.
#[derive(Debug, Clone, Default)]
pub(crate) struct Credits(Vec<Grant>);

impl Credits {
    /// A trigger that comes again starts its budget afresh.
    pub(crate) fn open(&mut self, trigger: Trigger, now: i64) {
        let (left, life) = trigger.budget();
        self.0
            .retain(|grant| grant.trigger != trigger && now < grant.until);
        self.0.push(Grant {
            trigger,
            left,
            until: now + life,
        });
    }

    /// Whether one more message may go.
    pub(crate) fn check(&self, now: i64) -> Result<(), Spent> {
        let mut open = self.0.iter().filter(|grant| now < grant.until).peekable();
        if open.peek().is_none() {
            return Err(Spent::Time);
        }
        match open.any(|grant| grant.left > 0) {
            true => Ok(()),
            false => Err(Spent::Count),
        }
    }

    /// Takes one message from the budget that ends first.
    pub(crate) fn take(&mut self, now: i64) {
        let open = |grant: &&mut Grant| now < grant.until && grant.left > 0;
        let first = self
            .0
            .iter_mut()
            .filter(open)
            .min_by_key(|grant| grant.until);
        if let Some(grant) = first {
            grant.left -= 1;
        }
    }

    /// Ends every window, as unfollowing does.
    pub(crate) fn close(&mut self) {
        self.0.clear();
    }

    /// How many are left in all, and until when the longest lasts.
    pub(crate) fn left(&self, now: i64) -> (u32, Option<i64>) {
        let open = || self.0.iter().filter(|grant| now < grant.until);
        (
            open().map(|grant| grant.left).sum(),
            open().map(|grant| grant.until).max(),
        )
    }
}

/// Whether this kind of app counts a trigger at all.
pub(crate) fn counts(kind: AppKind, trigger: Trigger) -> bool {
    match trigger {
        Trigger::Message => true,
        Trigger::Menu | Trigger::Follow | Trigger::Scan => kind == AppKind::OfficialAccount,
        Trigger::Enter => kind == AppKind::MiniProgram,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_budget_is_spent_before_the_long_one() {
        let mut credits = Credits::default();
        assert_eq!(credits.check(0), Err(Spent::Time));
        credits.open(Trigger::Message, 0);
        credits.open(Trigger::Menu, 0);
        assert_eq!(credits.left(0), (8, Some(48 * HOUR)));
        (0..3).for_each(|_| credits.take(1));
        assert_eq!(
            credits.left(MINUTE).0,
            5,
            "the menu's three are gone by then anyway"
        );
        (0..5).for_each(|_| credits.take(1));
        assert_eq!(credits.check(2), Err(Spent::Count));
        assert_eq!(credits.check(48 * HOUR), Err(Spent::Time));
    }

    #[test]
    fn a_new_message_starts_the_five_again() {
        let mut credits = Credits::default();
        credits.open(Trigger::Message, 0);
        (0..5).for_each(|_| credits.take(0));
        credits.open(Trigger::Message, 10);
        assert_eq!(credits.left(10), (5, Some(10 + 48 * HOUR)));
    }
}

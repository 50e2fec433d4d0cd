//! Send windows as credits: how many messages may still go out to a customer, and until when.
//!
//! WeChat kf gives five messages for 48 hours with each message of the customer. A channel without
//! such a window has no credits at all (`None` where this type is optional).

use serde::{Deserialize, Serialize};

use crate::UnixMs;

/// What a customer's action grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Messages.
    pub messages: u32,
    /// Milliseconds from the action.
    pub lasts_ms: i64,
}

/// WeChat kf: five messages within 48 hours.
pub const KF_MESSAGE: Grant = Grant {
    messages: 5,
    lasts_ms: 48 * 3_600_000,
};

/// An official account: three within a minute, for tapping a menu, following, or scanning a code.
pub const GESTURE: Grant = Grant {
    messages: 3,
    lasts_ms: 60_000,
};

/// A mini-program: two within a minute, for entering the customer service.
pub const ENTERED: Grant = Grant {
    messages: 2,
    lasts_ms: 60_000,
};

/// What is left of the last grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credits {
    /// Messages left.
    pub left: u32,
    /// Messages granted.
    pub of: u32,
    /// When the window closes.
    pub expires_at: UnixMs,
    /// The customer left: they no longer follow, refuse messages, or may receive none. What they do next
    /// takes it back.
    #[serde(
        default,
        rename = "customer_left",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub gone: bool,
}

/// The time from which sends count against what words of `said_at` grant. Platforms tell the second
/// only: what went out in the same second may have gone before the words or after them, and counts.
#[must_use]
pub const fn counted_from(said_at: UnixMs) -> UnixMs {
    said_at - said_at.rem_euclid(1_000)
}

/// Why nothing may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// The time is over.
    #[error("the window has closed")]
    Expired,
    /// All messages are used.
    #[error("all messages are used")]
    Used,
    /// The customer left.
    #[error("the customer left")]
    Left,
}

impl Credits {
    /// A fresh grant; it replaces what was left, as on the platform.
    #[must_use]
    pub const fn granted(grant: Grant, at: UnixMs) -> Self {
        Self {
            left: grant.messages,
            of: grant.messages,
            expires_at: at + grant.lasts_ms,
            gone: false,
        }
    }

    /// What somebody has who left before anything was granted.
    #[must_use]
    pub const fn of_who_left(at: UnixMs) -> Self {
        Self {
            left: 0,
            of: 0,
            expires_at: at,
            gone: true,
        }
    }

    /// What a grant of `at` leaves a customer with who had `before`, where `sent` messages went out
    /// since [`counted_from`] that time, or are on their way.
    ///
    /// The platform counted these from the customer's words on, though we hear of the words only now.
    /// A short window never takes the place of a longer one that still has room; words that come late,
    /// or in the same second as those that granted what there is, grant nothing more; everything else
    /// begins anew.
    #[must_use]
    pub fn renewed(before: Option<Self>, grant: Grant, at: UnixMs, sent: u32) -> Self {
        let fresh = Self::granted(grant, at);
        let Some(open) = before else {
            return fresh.less(sent);
        };
        let shorter = open.check(at).is_ok()
            && open.expires_at > fresh.expires_at
            && grant.messages < open.of;
        let late = fresh.expires_at <= open.expires_at && grant.messages == open.of;
        if shorter || late {
            return open;
        }
        // Whatever went out before was taken from what there was.
        fresh.less(sent.min(open.of - open.left))
    }

    const fn less(self, sent: u32) -> Self {
        Self {
            left: self.left.saturating_sub(sent),
            ..self
        }
    }

    /// Whether anything was taken since the grant.
    #[must_use]
    pub const fn is_touched(&self) -> bool {
        self.left < self.of
    }

    /// May one more message go out now?
    ///
    /// # Errors
    /// Why not.
    pub const fn check(&self, now: UnixMs) -> Result<(), Closed> {
        if self.gone {
            Err(Closed::Left)
        } else if now >= self.expires_at {
            Err(Closed::Expired)
        } else if self.left == 0 {
            Err(Closed::Used)
        } else {
            Ok(())
        }
    }

    /// Takes one.
    ///
    /// # Errors
    /// As [`Credits::check`]; nothing is taken then.
    pub const fn take(&mut self, now: UnixMs) -> Result<(), Closed> {
        match self.check(now) {
            Ok(()) => {
                self.left -= 1;
                Ok(())
            }
            refused => refused,
        }
    }

    /// The platform says that nothing more goes out, whatever we counted.
    pub const fn close(&mut self, spent: Closed, now: UnixMs) {
        self.left = 0;
        if matches!(spent, Closed::Left) {
            self.gone = true;
        }
        if matches!(spent, Closed::Expired | Closed::Left) && now < self.expires_at {
            self.expires_at = now;
        }
    }

    /// Gives one back: the platform certainly did not take the message.
    pub const fn give_back(&mut self) {
        if self.left < self.of {
            self.left += 1;
        }
    }
}

#[cfg(test)]
mod tests;

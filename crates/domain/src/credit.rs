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
    /// The customer left: they no longer follow, or refuse messages. What they do next takes it back.
    #[serde(
        default,
        rename = "customer_left",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub gone: bool,
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

    /// What a grant leaves a customer with who had `before`: a short window never takes the place of
    /// a longer one that still has room, and everything else begins anew.
    #[must_use]
    pub fn renewed(before: Option<Self>, grant: Grant, at: UnixMs) -> Self {
        let fresh = Self::granted(grant, at);
        match before {
            Some(open)
                if open.check(at).is_ok()
                    && open.expires_at > fresh.expires_at
                    && grant.messages < open.of =>
            {
                open
            }
            _ => fresh,
        }
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
mod tests {
    use super::*;

    #[test]
    fn five_go_out_and_the_sixth_waits_for_the_customer() {
        let mut credits = Credits::granted(KF_MESSAGE, 1_000);
        for _ in 0..5 {
            assert_eq!(credits.take(2_000), Ok(()));
        }
        assert_eq!(credits.take(2_000), Err(Closed::Used));
        credits.give_back();
        assert_eq!(credits.take(2_000), Ok(()));
    }

    #[test]
    fn a_tap_on_a_menu_never_shortens_what_a_message_granted() {
        let said = Credits::granted(KF_MESSAGE, 0);
        assert_eq!(Credits::renewed(Some(said), GESTURE, 1_000), said);
        let mut used = said;
        while used.take(2_000).is_ok() {}
        let tapped = Credits::granted(GESTURE, 3_000);
        assert_eq!(Credits::renewed(Some(used), GESTURE, 3_000), tapped);
        assert_eq!(Credits::renewed(None, GESTURE, 3_000), tapped);
        let written = Credits::granted(KF_MESSAGE, 4_000);
        assert_eq!(Credits::renewed(Some(tapped), KF_MESSAGE, 4_000), written);
        assert_eq!(Credits::renewed(Some(said), KF_MESSAGE, 4_000), written);
    }

    #[test]
    fn what_the_platform_says_is_over_is_over() {
        let mut counted = Credits::granted(KF_MESSAGE, 0);
        counted.close(Closed::Used, 1_000);
        assert_eq!(counted.check(1_000), Err(Closed::Used));
        let mut gone = Credits::granted(KF_MESSAGE, 0);
        gone.close(Closed::Expired, 1_000);
        assert_eq!(gone.check(1_000), Err(Closed::Expired));
    }

    #[test]
    fn who_left_is_written_to_again_when_they_come_back() {
        let mut credits = Credits::granted(KF_MESSAGE, 0);
        credits.close(Closed::Left, 1_000);
        credits.give_back();
        credits.close(Closed::Expired, 2_000);
        assert_eq!(credits.check(2_000), Err(Closed::Left));
        assert_eq!(Credits::of_who_left(0).check(0), Err(Closed::Left));
        let back = Credits::renewed(Some(credits), GESTURE, 3_000);
        assert_eq!(back, Credits::granted(GESTURE, 3_000));
    }

    #[test]
    fn the_window_closes_to_the_millisecond() {
        let credits = Credits::granted(KF_MESSAGE, 0);
        assert_eq!(credits.check(credits.expires_at - 1), Ok(()));
        assert_eq!(credits.check(credits.expires_at), Err(Closed::Expired));
    }
}

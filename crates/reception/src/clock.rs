//! Time and ids, as arguments of everything else.

use std::{
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use kefu_domain::{UnixMs, id::v7};
use rand::RngExt;

/// What time it is.
pub trait Clock: Send + Sync {
    /// Wall clock, unix milliseconds: for what people see and absolute limits.
    fn now(&self) -> UnixMs;
}

/// The machine's clock, which never runs backwards here: a wall clock set back stands still until
/// time has caught up, so that order and leases do not suffer.
pub struct SystemClock {
    started: Instant,
    at_start: UnixMs,
    last: std::sync::atomic::AtomicI64,
}

impl Default for SystemClock {
    fn default() -> Self {
        let now = wall();
        Self {
            started: Instant::now(),
            at_start: now,
            last: now.into(),
        }
    }
}

fn wall() -> UnixMs {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixMs::try_from(since.as_millis()).unwrap_or(UnixMs::MAX)
}

impl Clock for SystemClock {
    fn now(&self) -> UnixMs {
        // A jump of the wall clock of more than a minute is not followed: the monotonic clock goes on.
        let steady =
            self.at_start + UnixMs::try_from(self.started.elapsed().as_millis()).unwrap_or(0);
        let seen = wall();
        let now = if (seen - steady).abs() > 60_000 {
            steady
        } else {
            seen
        };
        self.last
            .fetch_max(now, std::sync::atomic::Ordering::Relaxed)
            .max(now)
    }
}

/// Mints ids: time-ordered, with 74 random bits.
pub struct Ids(Arc<dyn Clock>);

impl Ids {
    /// Ids of this clock's time.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self(clock)
    }

    /// The bits of a new id; wrap them in the type that is meant.
    #[must_use]
    pub fn mint(&self) -> u128 {
        v7(
            u64::try_from(self.0.now()).unwrap_or(0),
            rand::rng().random(),
        )
    }

    /// 256 random bits.
    #[must_use]
    pub fn secret(&self) -> [u8; 32] {
        rand::rng().random()
    }
}

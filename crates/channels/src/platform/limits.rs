//! The limits we keep, so that the platform never has to stop us.

use std::time::Duration;

/// How long an upload is used again; the platform keeps it for three days.
pub(crate) const UPLOAD_LIVES: Duration = Duration::from_secs(60 * 3_600);

/// How many uploads are remembered; beyond, the oldest is uploaded again when needed.
pub(crate) const UPLOADS: usize = 4_096;

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
    /// Calls of one corp at once.
    pub at_once: usize,
    /// How many of these may be pulls, fetches and look-ups, so that replies never wait for them.
    pub background: usize,
    /// Callers of one corp that may wait; more are told to come again.
    pub line: usize,
    /// How long one waits before it is told to come again.
    pub patience: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            per_minute: 9_800,
            per_hour: 147_000,
            address_per_minute: 19_600,
            address_per_hour: 588_000,
            pulls_per_second: 40,
            at_once: 48,
            background: 32,
            line: 1_000,
            patience: Duration::from_secs(3),
        }
    }
}

//! The way to WeChat's platforms that all their channels share: which client and app, at which pace,
//! what a failure means, files that go there and come from there, secrets of callbacks, and the
//! lines of a test. It knows no channel.

mod calls;
pub(crate) mod check;
mod fault;
mod ledger;
mod limits;
mod pace;
mod picture;
pub(crate) mod secrets;
mod uploads;
mod window;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use kefu_domain::UnixMs;

pub(crate) use calls::{Found, Platform};
pub(crate) use fault::{Miss, code_words};
pub use ledger::Ledger;
pub(crate) use limits::PULL_UNBIDDEN;
pub use limits::Pace;
pub(crate) use pace::Lane;
pub(crate) use picture::Pictures;
pub(crate) use uploads::{Fitting, Sent, Uploads, file_gone};

/// Says what time it is, in unix milliseconds.
pub type Clock = Arc<dyn Fn() -> UnixMs + Send + Sync>;

/// The time of this machine.
pub(crate) fn now() -> UnixMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

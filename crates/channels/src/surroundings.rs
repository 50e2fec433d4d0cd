//! What a channel is told of the house that it runs in.

use std::sync::Arc;

use kefu_wechat::client::Guard;

use crate::platform::Ledger;

/// Where a channel runs. Without any of it, a channel starts with nothing called before, and calls any
/// host that a connection names.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// Where calls are remembered, so that a restart passes no limit.
    pub ledger: Option<Arc<Ledger>>,
    /// Where hosts that connections name may be.
    pub guard: Option<Guard>,
}

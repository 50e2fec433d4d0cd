//! What brands' own systems are to be told.

use async_trait::async_trait;
use kefu_domain::{BrandId, HookCallId, UnixMs, WebhookId};

use crate::{Away, HookCall, HookNext, HookTry, OutboxState, Result};

/// What brands' own systems are to be told (webhooks), and customers who may have left before they
/// read. An event is decided and its calls are written in one transaction.
#[async_trait]
pub trait HookStore: Send + Sync {
    /// Conversations to look at.
    async fn due_away(&self, now: UnixMs, limit: u32) -> Result<Vec<Away>>;
    /// Looks at one again later, or forgets it and writes what follows. False, and nothing changed, if
    /// newer words were filed since it was read.
    async fn settle_away(
        &self,
        away: Away,
        later: Option<UnixMs>,
        calls: Vec<HookCall>,
    ) -> Result<bool>;
    /// Writes calls.
    async fn put_hook_calls(&self, calls: Vec<HookCall>) -> Result<()>;
    /// Calls to make at `now`, leased until `lease`: of each webhook at most `each`, of `except` none.
    async fn take_hook_calls(
        &self,
        now: UnixMs,
        lease: UnixMs,
        except: Vec<WebhookId>,
        each: u32,
        limit: u32,
    ) -> Result<Vec<HookCall>>;
    /// What became of a try.
    async fn settle_hook_call(&self, id: HookCallId, tried: HookTry, next: HookNext) -> Result<()>;
    /// Makes a settled call pending again.
    async fn resend_hook_call(&self, brand: BrandId, id: HookCallId, at: UnixMs) -> Result<()>;
    /// Newest first.
    async fn hook_calls(
        &self,
        brand: BrandId,
        webhook: Option<WebhookId>,
        state: Option<OutboxState>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<HookCall>>;
    /// When there is something to look at or to call next.
    async fn next_hook(&self) -> Result<Option<UnixMs>>;
}

//! Offers to add a specialist or to join a group.

use async_trait::async_trait;
use kefu_domain::{BrandId, CustomerId, HandoffId, UnixMs};

use crate::{
    CodeStep, Handoff, HandoffStep, HandoffTally, HandoffTarget, HandoffsOf, HandoffsTo, Result,
};

/// Handoffs.
#[async_trait]
pub trait HandoffStore: Send + Sync {
    /// Keeps a new handoff; the same again changes nothing.
    async fn put_handoff(&self, handoff: Handoff) -> Result<()>;
    /// Changes it by what `step` says; backward steps change nothing. Answers the row.
    async fn advance_handoff(
        &self,
        brand: BrandId,
        id: HandoffId,
        step: HandoffStep,
        at: UnixMs,
    ) -> Result<Handoff>;
    /// Handoffs whose code is to be taken back at `now`, and how often that was tried: those that
    /// failed, those that were never filed ten minutes after their code was made, and all 90 days
    /// after their time.
    async fn codes_to_withdraw(&self, now: UnixMs, limit: u32) -> Result<Vec<(Handoff, u32)>>;
    /// A code was taken back, or not.
    async fn settle_code(&self, brand: BrandId, id: HandoffId, next: CodeStep) -> Result<()>;
    /// One handoff.
    async fn handoff(&self, brand: BrandId, id: HandoffId) -> Result<Handoff>;
    /// Whose a handoff is: its link names no brand.
    async fn whose_handoff(&self, id: HandoffId) -> Result<Option<BrandId>>;
    /// A customer's handoffs, newest first.
    async fn handoffs(&self, brand: BrandId, customer: CustomerId) -> Result<Vec<Handoff>>;
    /// What became of those offered since then, and of whom became a contact since then, by target.
    async fn handoffs_by_target(&self, brand: BrandId, since: UnixMs) -> Result<Vec<HandoffsTo>>;
    /// What became of those offered since then, by agent, in steps of `step_ms`.
    async fn handoffs_by_agent(
        &self,
        brand: BrandId,
        since: UnixMs,
        step_ms: i64,
    ) -> Result<Vec<HandoffsOf>>;
    /// Offers that still wait for their customer and whose time was over at `now`.
    async fn lapsed_handoffs(&self, now: UnixMs, limit: u32) -> Result<Vec<(BrandId, HandoffId)>>;
    /// How far each target's handoffs got, all of them.
    async fn handoff_tallies(&self, brand: BrandId) -> Result<Vec<(HandoffTarget, HandoffTally)>>;
}

//! Withdraw: a code whose card was never filed is taken back at its platform, where it would count in
//! the corp's quota and could still be scanned. A code that customers have stays good for a while after
//! its offer's time; then it is taken back too.
//!
//! That it is to be taken back stands in the handoff's own row, so it is tried until it is gone.

use std::{sync::Arc, time::Duration};

use futures_util::{TryStreamExt, stream};
use kefu_channels::{Channel, Class, Fault, HandoffTo};
use kefu_domain::{BrandId, UnixMs, setup::Connection};
use kefu_store::{CodeStep, Handoff, HandoffStatus, HandoffStep, HandoffTarget};

use crate::{Reception, Result};

/// Codes taken back at the same time.
const AT_ONCE: usize = 8;
/// Codes of one look.
const SOME: u32 = 200;
/// The longest time without a look.
const LOOK: Duration = Duration::from_secs(2);
/// Tries, over more than a day; then the code stays at its platform, and the log says so.
const TRIES: u32 = 20;
/// The longest pause between two of them.
const LONGEST_MS: UnixMs = 6 * 3_600_000;

/// Has it a code, and failed?
pub(crate) fn is_due(handoff: &Handoff) -> bool {
    handoff.status == HandoffStatus::Failed && handoff.config_id.is_some()
}

impl Reception {
    pub(crate) async fn withdraw_forever(self: Arc<Self>) {
        loop {
            if let Err(error) = self.withdraw_round().await {
                tracing::warn!(%error, "withdrawing waits for the store");
            }
            let _ = tokio::time::timeout(LOOK, self.withdraw_due.notified()).await;
        }
    }

    /// Takes back what is due.
    async fn withdraw_round(&self) -> Result<()> {
        let due = self.store.codes_to_withdraw(self.now(), SOME).await?;
        stream::iter(due.into_iter().map(Ok))
            .try_for_each_concurrent(AT_ONCE, |(handoff, tries)| {
                self.withdraw_code(handoff, tries)
            })
            .await
    }

    async fn withdraw_code(&self, handoff: Handoff, tries: u32) -> Result<()> {
        let (brand, id) = (handoff.brand, handoff.id);
        if handoff.status == HandoffStatus::Preparing {
            // This process, or an earlier one, ended between the code and its card.
            let failed = HandoffStep::Reached(HandoffStatus::Failed);
            let at = self.now();
            self.store.advance_handoff(brand, id, failed, at).await?;
        }
        let next = match self.take_back(&handoff).await {
            Ok(()) => CodeStep::Gone,
            Err(fault) if fault.class == Class::Permanent || tries >= TRIES => {
                tracing::warn!(%fault, handoff.id = %id, "a code stays at its platform");
                metrics::counter!("kefu_codes_left_total").increment(1);
                CodeStep::GivenUp
            }
            Err(fault) => {
                tracing::info!(%fault, handoff.id = %id, "a code is taken back later");
                let wait = (1_000 << tries.min(15)).min(LONGEST_MS);
                CodeStep::Later(self.now() + wait)
            }
        };
        Ok(self.store.settle_code(brand, id, next).await?)
    }

    async fn take_back(&self, handoff: &Handoff) -> std::result::Result<(), Fault> {
        let Some(config_id) = &handoff.config_id else {
            return Ok(());
        };
        let Some((connection, channel, to)) = self.maker(handoff.brand, handoff.target) else {
            return Err(Fault::permanent(
                "no_connection",
                "生成二维码的连接已经删除",
                "the connection that made the code is gone",
            ));
        };
        channel.withdraw_code(&connection, &to, config_id).await
    }

    /// Who made the codes of a target.
    fn maker(
        &self,
        brand: BrandId,
        target: HandoffTarget,
    ) -> Option<(Connection, Arc<dyn Channel>, HandoffTo)> {
        let setup = self.directory.brand(brand).ok()?;
        let (connection, to) = match target {
            HandoffTarget::Specialist(id) => {
                let one = &setup.specialists.get(&id)?.entry;
                let userid = one.userid.clone().unwrap_or_default();
                (one.connection?, HandoffTo::Member(userid))
            }
            HandoffTarget::FanGroup(id) => {
                let group = &setup.fan_groups.get(&id)?.entry;
                (group.connection?, HandoffTo::Groups(group.chat_ids.clone()))
            }
        };
        let connection = setup.connections.get(&connection)?.entry.clone();
        let channel = Arc::clone(self.channels.get(&connection.channel)?);
        Some((connection, channel, to))
    }
}

//! The backend for several nodes: Redis 7.0, Valkey 7.2 or later.
//!
//! Every check-and-take is one script, so that nodes cannot come between. All calls share one
//! multiplexed connection; news arrive on a second one. A call ends within [`CALL_TIMEOUT`] for
//! every 256 items it was given, and at once while the server is known to be down.
//!
//! Whatever is lost on the server is missing, never wrong: keys of a brand that do not belong
//! together any more are forgotten by the next script. The loss is told as [`News::Gap`], and
//! leases of this node are written again.
//!
//! [`CALL_TIMEOUT`]: crate::CALL_TIMEOUT
//! [`News::Gap`]: crate::News::Gap

mod bus;
mod frame;
mod inspect;
mod keys;
mod link;
mod presence;
mod queue;
mod script;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc};

use kefu_domain::BrandId;
use parking_lot::Mutex;

use crate::buffer::Buffer;
use bus::{Outbox, Wires};
use link::{Address, Link};

pub use inspect::{Finding, inspect};

/// The address of the server cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the Redis address cannot be used ({0}); it looks like redis://user:password@host:6379/0, \
     rediss:// for TLS, or redis+unix:///path/to/socket"
)]
pub struct BadAddress(String);

/// A node's way to the server. Dropping it ends its connections.
pub struct Redis {
    link: Arc<Link>,
    inbox: Arc<Buffer>,
    outbox: Arc<Outbox>,
    /// Listens and sends while this lives.
    _wires: Wires,
    /// The birth mark last seen on each brand's line; another one means that it was lost.
    births: Mutex<HashMap<BrandId, String>>,
    own: presence::Own,
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis")
            .field("up", &self.link.is_up())
            .finish_non_exhaustive()
    }
}

impl Redis {
    /// Starts to connect and waits, at most as long as a call does, for the first attempt to end.
    /// A server that is down is no error: calls answer unavailable until it is there.
    ///
    /// `node` is how `CLIENT LIST` names this node's connections.
    ///
    /// # Errors
    /// [`BadAddress`] for a URL that can never work.
    pub async fn connect(url: &str, node: &str) -> Result<Self, BadAddress> {
        let address = Address::parse(url, node).map_err(|error| BadAddress(error.to_string()))?;
        let link = Arc::new(Link::open(address.clone()));
        let inbox = Arc::new(Buffer::default());
        let outbox = Arc::new(Outbox::default());
        let wires = Wires::open(address, &link, &inbox, &outbox);
        link.tried().await;
        Ok(Self {
            link,
            inbox,
            outbox,
            _wires: wires,
            births: Mutex::default(),
            own: presence::Own::default(),
        })
    }

    /// Whether calls are sent at all, for readiness pages.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.link.is_up()
    }

    /// Tells of a line that is not the one this node wrote to before.
    fn saw_birth(&self, brand: BrandId, born: String) {
        let mut births = self.births.lock();
        match births.get_mut(&brand) {
            Some(known) if *known == born => return,
            Some(known) => *known = born,
            None => {
                births.insert(brand, born);
                return;
            }
        }
        drop(births);
        metrics::counter!("kefu_queue_contents_lost_total").increment(1);
        tracing::warn!(brand.id = %brand, "redis lost the waiting line; it is rebuilt from the store");
        self.inbox.gap();
    }
}

//! Callbacks to the gateway: one line per corp, in order, with the retries that the platform
//! makes. [`Lane`] is the line itself and knows no network; [`deliver`] is the runner that empties
//! it; [`post`] is one signed and encrypted request. [`app`] has what is different for official
//! accounts, mini-programs and shops.

pub(crate) mod app;
pub(crate) mod deliver;
pub(crate) mod post;
pub(crate) mod xml;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use tokio::sync::Notify;

use crate::callback::app::AppPush;
use crate::sim::Sim;
use crate::world::SECOND;
use crate::world::fault::{Faults, Kind};
use crate::world::later::{Later, Task};

/// One callback that waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Push {
    pub(crate) what: What,
    /// A fault was applied to it already; it is not applied twice.
    pub(crate) settled: bool,
}

/// What a callback says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// There is news in the log of an account; its token is made when it is sent.
    Bell { open_kfid: String },
    /// A finished plaintext.
    Plain { event: String, xml: String },
    /// A request that is wrong on purpose.
    Forged {
        event: String,
        xml: String,
        how: Forgery,
    },
    /// A push to an official account, a mini-program or a shop.
    App(AppPush),
}

/// Ways in which a request may be wrong. Where nothing is encrypted only the signature can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Forgery {
    /// The signature is that of other words.
    Signature,
    /// The frame is addressed to another corp.
    Receiver,
    /// The frame is encrypted with another key.
    Key,
    /// The ciphertext is cut short, and signed so.
    Cut,
    /// No encryption at all: the plaintext is the body, and signed so.
    Plain,
}

impl Push {
    pub(crate) fn plain(event: &str, xml: String) -> Self {
        Self {
            what: What::Plain {
                event: event.to_owned(),
                xml,
            },
            settled: false,
        }
    }

    /// What the traffic list calls it.
    pub(crate) fn event(&self) -> &str {
        match &self.what {
            What::Bell { .. } => "kf_msg_or_event",
            What::Plain { event, .. } | What::Forged { event, .. } => event,
            What::App(push) => &push.event,
        }
    }
}

/// What the runner should do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Send this, and again.
    Send(Push, Again),
    /// A fault swallowed this one; note it.
    Swallowed(Push),
    /// Nothing waits.
    Idle,
}

/// How often a callback comes again on purpose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Again {
    pub(crate) times: u64,
    /// Byte for byte the same; encrypted anew otherwise.
    pub(crate) identical: bool,
}

/// What makes two requests with the same words differ.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seal {
    pub(crate) random: [u8; 16],
    pub(crate) nonce: u64,
    /// Unix seconds.
    pub(crate) now: i64,
}

impl Seal {
    pub(crate) fn fresh(sim: &Sim) -> Self {
        let now = sim.clock.now_ms() / SECOND;
        sim.with(|world| Self {
            random: world.ids.random16(),
            nonce: world.ids.number() >> 32,
            now,
        })
    }
}

/// A held callback that nobody overtakes goes by itself after this time.
const SWAP_PATIENCE: i64 = 2 * SECOND;

/// The line of one corp or app: bounded, the oldest goes when it is full.
#[derive(Debug)]
pub(crate) struct Lane {
    queue: VecDeque<Push>,
    /// Accounts for which a bell is in the queue: one stands for all that is new.
    belled: HashSet<String>,
    swap: Option<Push>,
    room: usize,
    pub(crate) coalesce: bool,
    pub(crate) dropped: u64,
    pub(crate) wake: Arc<Notify>,
}

impl Lane {
    pub(crate) fn new(room: usize) -> Self {
        Self {
            queue: VecDeque::new(),
            belled: HashSet::new(),
            swap: None,
            room: room.max(1),
            coalesce: true,
            dropped: 0,
            wake: Arc::new(Notify::new()),
        }
    }

    /// Rings for an account, unless a bell that is still waiting says the same.
    pub(crate) fn ring(&mut self, open_kfid: &str) {
        if self.coalesce {
            if self.belled.contains(open_kfid) {
                return;
            }
            self.belled.insert(open_kfid.to_owned());
        }
        self.push(Push {
            what: What::Bell {
                open_kfid: open_kfid.to_owned(),
            },
            settled: false,
        });
    }

    pub(crate) fn push(&mut self, push: Push) {
        if self.queue.len() >= self.room {
            self.dropped += 1;
            if let Some(gone) = self.queue.pop_front() {
                self.leaves(&gone);
            }
        }
        self.queue.push_back(push);
        self.wake.notify_one();
    }

    fn leaves(&mut self, push: &Push) {
        if let What::Bell { open_kfid } = &push.what {
            self.belled.remove(open_kfid);
        }
    }

    pub(crate) fn waiting(&self) -> usize {
        self.queue.len() + usize::from(self.swap.is_some())
    }

    /// The next thing to do, after whatever faults are switched on.
    pub(crate) fn next(
        &mut self,
        faults: &mut Faults,
        later: &mut Later,
        owner: &str,
        now: i64,
    ) -> Next {
        while let Some(mut push) = self.queue.pop_front() {
            self.leaves(&push);
            if push.settled {
                return Next::Send(push, Again::default());
            }
            push.settled = true;
            if faults
                .strike(|kind| (*kind == Kind::CallbackDrop {}).then_some(()))
                .is_some()
            {
                return Next::Swallowed(push);
            }
            let late = faults.strike(|kind| match kind {
                Kind::CallbackLate { ms } => Some(*ms),
                _ => None,
            });
            if let Some(ms) = late {
                later.at(
                    now + ms,
                    Task::Callback {
                        owner: owner.to_owned(),
                        push,
                    },
                );
                continue;
            }
            // The one that overtakes goes first; the one that waited follows.
            if let Some(overtaken) = self.swap.take() {
                self.queue.push_front(overtaken);
            } else if faults
                .strike(|kind| (*kind == Kind::CallbackReorder {}).then_some(()))
                .is_some()
            {
                self.swap = Some(push);
                later.at(
                    now + SWAP_PATIENCE,
                    Task::Release {
                        owner: owner.to_owned(),
                    },
                );
                continue;
            }
            let again = faults.strike(|kind| match kind {
                Kind::CallbackRepeat { times, identical } => Some(Again {
                    times: (*times).min(100),
                    identical: *identical,
                }),
                _ => None,
            });
            return Next::Send(push, again.unwrap_or_default());
        }
        Next::Idle
    }

    /// Lets a held callback go that found nobody to change places with.
    pub(crate) fn release(&mut self) {
        if let Some(push) = self.swap.take() {
            self.queue.push_front(push);
            self.wake.notify_one();
        }
    }
}

#[cfg(test)]
#[path = "lane_tests.rs"]
mod tests;

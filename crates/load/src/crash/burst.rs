//! Bursts of messages to be pulled, and kills that fall in the middle of them. A thread of its own
//! watches and kills, so that the players go on meanwhile.

use std::net::SocketAddr;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;

use crate::clock::{Stop, pause};
use crate::error::Result;
use crate::platform::{Platform, Pulled, pulled};

/// A burst that nobody has begun to pull within this time is killed into all the same, and counts as
/// missed.
const BEGUN_WITHIN: Duration = Duration::from_secs(10);
/// Between two looks at what was pulled.
const LOOK: Duration = Duration::from_micros(300);
/// After the page at which it is aimed, a kill falls within this time: while the page is filed, while
/// the next is asked for, while answers go out.
const AFTER: Duration = Duration::from_millis(4);

/// Messages that the gateway pulls when it is killed.
#[derive(Debug, Clone, Copy)]
pub struct Burst {
    /// Corps that they are spread over.
    pub corps: usize,
    /// How many at once.
    pub messages: u32,
    /// How many the platform gives on one page at most.
    pub page: u32,
}

/// Where in the bursts the kills fell, by the platform's record of `sync_msg`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct InBursts {
    /// Bursts, one before each kill.
    pub bursts: u32,
    /// Messages of each.
    pub events_each: u32,
    /// Messages on a page at most.
    pub page: u32,
    /// Kills after a page that said there is more, so that the rest was still at the platform.
    pub kills_between_pages: u32,
    /// The least and the most that had been pulled of a burst when the kill fell.
    pub pulled_at_kill: Option<(u64, u64)>,
    /// Pages in all.
    pub pages: u64,
    /// Messages and events on them.
    pub events: u64,
}

/// The platform's side of a campaign.
pub(super) struct Bursts {
    platform: Platform,
    burst: Burst,
    /// Before the present burst.
    before: Pulled,
    found: InBursts,
}

impl Bursts {
    pub(super) fn new(mut platform: Platform, burst: Burst) -> Result<Self> {
        platform.shorten_pages(burst.page)?;
        Ok(Self {
            before: platform.pulled(Pulled::default())?,
            platform,
            burst,
            found: InBursts {
                events_each: burst.messages,
                page: burst.page,
                ..InBursts::default()
            },
        })
    }

    /// How many messages make a burst.
    pub(super) fn each(&self) -> u32 {
        self.burst.messages
    }

    /// Kills `pid` when some pages of the burst that was just written have been pulled, and not all.
    pub(super) fn aim(&mut self, pid: u32, stop: &Stop) -> Result<JoinHandle<Result<()>>> {
        let Burst { messages, page, .. } = self.burst;
        let last = messages.saturating_sub(page).max(page);
        let wanted = u64::from(rand::random_range(page..=last));
        self.before = self.platform.pulled(self.before)?;
        let (mut control, stop, from) = (self.platform.second_control(), stop.clone(), self.before);
        Ok(std::thread::spawn(move || {
            let (began, mut now) = (Instant::now(), from);
            while now.events - from.events < wanted && began.elapsed() < BEGUN_WITHIN {
                stop.check()?;
                pause(LOOK);
                now = pulled(&mut control, now)?;
            }
            pause(rand::random_range(Duration::ZERO..=AFTER));
            if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
                // Its parent has not waited for it, so the number is still its own.
                let _ = kill_process(pid, Signal::KILL);
            }
            Ok(())
        }))
    }

    /// Notes where a kill fell, before anybody pulls again.
    pub(super) fn hit(&mut self) -> Result<()> {
        let now = self.platform.pulled(self.before)?;
        let pulled = now.events - self.before.events;
        let (least, most) = self.found.pulled_at_kill.unwrap_or((pulled, pulled));
        self.found.pulled_at_kill = Some((least.min(pulled), most.max(pulled)));
        self.found.bursts += 1;
        self.found.kills_between_pages += u32::from(now.more);
        self.before = now;
        Ok(())
    }

    /// Tells the platform where the gateway is now.
    pub(super) fn follow(&mut self, gateway: SocketAddr) -> Result<()> {
        self.platform.follow(gateway)
    }

    /// What the platform recorded of it all.
    pub(super) fn found(&mut self) -> Result<InBursts> {
        let all = self.platform.pulled(self.before)?;
        Ok(InBursts {
            pages: all.pages,
            events: all.events,
            ..self.found.clone()
        })
    }
}

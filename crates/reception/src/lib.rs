#![doc = include_str!("../README.md")]

use std::sync::Arc;

use kefu_channels::Channels;
use kefu_domain::{BrandId, ConversationId, EntryPointId};
use kefu_media::Media;
use kefu_notify::Notifier;
use kefu_queue::{Bus, Presence, WaitingQueue};
use kefu_store::{Conversation, MESSAGE, Store, Way};
use tokio::sync::Notify;

mod accept;
mod after_filed;
mod agents;
mod arrive;
mod ask_human;
mod away;
mod bring_along;
mod by_code;
mod callback;
mod carry_over;
mod clock;
mod close;
mod connect;
mod count;
mod describe;
mod directory;
mod dispatch;
mod error;
mod estimate;
mod fetch;
mod file;
mod floor;
mod followed;
mod hand_off;
mod heard;
mod hooks;
mod move_there;
mod news;
mod note;
mod open;
mod outbox;
mod pace;
mod pass;
mod places;
mod prioritise;
mod profiles;
mod pull;
mod queues;
mod quote;
mod rate;
mod rebuild;
mod receiving;
mod redirect;
mod reply;
mod rights;
mod say;
mod seat;
mod setup;
mod snooze;
mod steps;
mod sweep;
mod tally;
mod told;
mod transfer;
mod typing;
mod upload;
mod wall;
mod withdraw;

pub use accept::verdict_words;
pub use after_filed::{FloorGauges, Followed};
pub use agents::{Console, Standing};
pub use away::Attendance;
pub use callback::CallbackError;
pub use carry_over::CarryOver;
pub use clock::{Clock, Ids, SystemClock};
pub use directory::{Directory, Setup};
pub use error::{Error, Result};
pub use estimate::Place;
pub use file::Incoming;
pub use hand_off::HandOff;
pub use heard::{FIRST_MESSAGE, heard_checks};
pub use open::{Opened, Signed, VisitorRequest, is_guest};
pub use reply::Reply;
pub use rights::Actor;
pub use transfer::To;
pub use upload::Upload;
pub use wall::{Figures, SeriesStep, WaitingView, Wall, WallAgent};

/// What reception works with.
pub struct Parts {
    /// The truth.
    pub store: Arc<dyn Store>,
    /// Hints.
    pub queue: Arc<dyn WaitingQueue>,
    /// News between nodes.
    pub bus: Arc<dyn Bus>,
    /// Who is here.
    pub presence: Arc<dyn Presence>,
    /// Doors.
    pub channels: Channels,
    /// Files.
    pub media: Media,
    /// Who calls brands' own systems.
    pub notifier: Notifier,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where this gateway is reached from outside, without a slash at the end.
    pub public_url: String,
}

/// Reception: shared by all doors.
pub struct Reception {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queue: Arc<dyn WaitingQueue>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) presence: Arc<dyn Presence>,
    pub(crate) channels: Channels,
    pub(crate) media: Media,
    /// Held for reading while a file is being kept, for writing while files are removed.
    pub(crate) files: tokio::sync::RwLock<()>,
    pub(crate) notifier: Notifier,
    pub(crate) attendance: std::sync::OnceLock<Arc<dyn Attendance>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Ids,
    pub(crate) public_url: String,
    pub(crate) directory: Directory,
    pub(crate) floor: Arc<floor::Floor>,
    pub(crate) queues: queues::Queues,
    pub(crate) outbox_due: Notify,
    /// Doors whose intents may wait for a pause to end.
    pub(crate) held: parking_lot::Mutex<std::collections::HashSet<kefu_domain::EntryPointId>>,
    pub(crate) hook_due: Notify,
    pub(crate) pull_due: Notify,
    pub(crate) ears: heard::Ears,
    pub(crate) offers: hand_off::UnderWay,
    pub(crate) news: news::News,
    pub(crate) receiving: receiving::Receiving,
    pub(crate) told_due: Notify,
    pub(crate) fetch_due: Notify,
    pub(crate) profiles: profiles::Profiles,
    pub(crate) typing: Arc<tokio::sync::Semaphore>,
    pub(crate) withdraw_due: Notify,
    pub(crate) wake: Arc<Notify>,
}

impl Reception {
    /// Puts the parts together. Nothing runs yet: see [`Reception::run`].
    #[must_use]
    pub fn new(parts: Parts, feed: &Feed) -> Arc<Self> {
        let wake = Arc::new(Notify::new());
        let floor = Arc::new(floor::Floor::new(
            Arc::clone(&wake),
            Arc::clone(&parts.clock),
        ));
        let news = news::News::since(parts.clock.now());
        let reception = Arc::new(Self {
            ids: Ids::new(Arc::clone(&parts.clock)),
            store: parts.store,
            queue: parts.queue,
            bus: parts.bus,
            presence: parts.presence,
            channels: parts.channels,
            media: parts.media,
            files: tokio::sync::RwLock::default(),
            notifier: parts.notifier,
            attendance: std::sync::OnceLock::new(),
            clock: parts.clock,
            public_url: parts.public_url,
            directory: Directory::default(),
            floor,
            queues: queues::Queues::default(),
            outbox_due: Notify::new(),
            held: parking_lot::Mutex::default(),
            hook_due: Notify::new(),
            pull_due: Notify::new(),
            ears: heard::Ears::default(),
            offers: hand_off::UnderWay::default(),
            news,
            receiving: receiving::Receiving::default(),
            told_due: Notify::new(),
            fetch_due: Notify::new(),
            profiles: profiles::Profiles::default(),
            typing: Arc::new(tokio::sync::Semaphore::new(typing::AT_ONCE)),
            withdraw_due: Notify::new(),
            wake,
        });
        feed.listen(Arc::new(Follow(Arc::downgrade(&reception))));
        reception
    }

    /// The truth, for reading.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Set-up in memory.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Doors.
    #[must_use]
    pub fn channels(&self) -> &Channels {
        &self.channels
    }

    /// Files.
    #[must_use]
    pub fn media(&self) -> &Media {
        &self.media
    }

    /// Time.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// New ids.
    #[must_use]
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// Where this gateway is reached from outside.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// The way out through a door.
    pub(crate) fn way(&self, brand: BrandId, entry_point: EntryPointId) -> Result<Way> {
        let capabilities = self.capabilities(brand, entry_point)?;
        Ok(Way {
            entry_point,
            outside: capabilities.outside,
            credits: capabilities.credits.is_some(),
            kind: MESSAGE,
        })
    }

    /// What a door can carry.
    pub fn capabilities(
        &self,
        brand: BrandId,
        entry_point: EntryPointId,
    ) -> Result<&'static kefu_domain::Capabilities> {
        let setup = self.directory.brand(brand)?;
        let door = setup
            .entry_points
            .get(&entry_point)
            .ok_or(Error::NotFound)?;
        let channel = self
            .channels
            .get(&door.entry.channel)
            .ok_or(Error::NotFound)?;
        Ok(channel.capabilities())
    }

    /// A conversation, exact to the last commit: asked of those who write.
    pub async fn conversation(
        &self,
        brand: BrandId,
        id: ConversationId,
    ) -> Result<Arc<Conversation>> {
        Ok(self.store.conversation(brand, id).await?)
    }

    /// A conversation whose session's state, holder and fence are exact to the last commit; what was said
    /// since it changed last, and when, may be missing. From memory while the session is open: the floor
    /// has heard of a commit before its caller did.
    pub async fn holding(&self, brand: BrandId, id: ConversationId) -> Result<Arc<Conversation>> {
        match self.floor.conversation(brand, id) {
            Some(whole) => Ok(whole),
            None => self.conversation(brand, id).await,
        }
    }
}

/// The store's feed: hears commits on the writing thread and passes them to those who follow.
#[derive(Default)]
pub struct Feed(arc_swap::ArcSwap<Vec<Arc<dyn kefu_store::ChangeSink>>>);

impl Feed {
    /// Adds a follower; it hears everything committed from now on.
    pub fn listen(&self, follower: Arc<dyn kefu_store::ChangeSink>) {
        self.0.rcu(|followers| {
            let mut all = Vec::clone(followers);
            all.push(Arc::clone(&follower));
            all
        });
    }
}

impl kefu_store::ChangeSink for Feed {
    fn changed(&self, changes: &[kefu_store::Change]) {
        for follower in self.0.load().iter() {
            follower.changed(changes);
        }
    }
}

/// Reception's own follower: keeps the floor, and wakes who has work.
struct Follow(std::sync::Weak<Reception>);

impl kefu_store::ChangeSink for Follow {
    fn changed(&self, changes: &[kefu_store::Change]) {
        let Some(reception) = self.0.upgrade() else {
            return;
        };
        reception.floor.follow(changes);
        for change in changes {
            match change {
                kefu_store::Change::Outbox { .. } => reception.outbox_due.notify_one(),
                kefu_store::Change::Hook => reception.hook_due.notify_one(),
                kefu_store::Change::Pull { entry_point } => {
                    reception.news.rang(*entry_point);
                    reception.pull_due.notify_one();
                }
                kefu_store::Change::Told => reception.told_due.notify_one(),
                kefu_store::Change::Handoff { handoff } if withdraw::is_due(handoff) => {
                    reception.withdraw_due.notify_one();
                }
                kefu_store::Change::Fetch => reception.fetch_due.notify_one(),
                kefu_store::Change::Setup { brand } => {
                    reception.directory.stale(*brand);
                    reception.wake.notify_one();
                }
                _ => (),
            }
        }
    }
}

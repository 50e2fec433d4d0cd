//! Arrive: what a platform told, pulled or pushed, becomes messages, and what follows from them.
//!
//! Filing is one transaction. What follows (welcome, survey answer, notices, profiles) is done after
//! it, is harmless to repeat, and never holds up who waits for the acknowledgement.

mod follow;
mod translate;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use futures_util::{StreamExt, stream};
use kefu_channels::{Channel, Item, Welcome};
use kefu_domain::{
    BrandId, ConversationId, EntryPointId, Source, UnixMs,
    setup::{Connection, EntryPoint, KfAccount},
};
use kefu_store::{Attribution, CursorMove, Enter, Filed, Incoming};

use crate::{Error, Reception, Result, Setup, places::Whose};

/// Conversations of one page whose items are followed at the same time.
const SIDE_BY_SIDE: usize = 64;

/// A door with its credentials.
pub(crate) struct Door {
    pub(crate) brand: BrandId,
    pub(crate) setup: Arc<Setup>,
    pub(crate) entry: EntryPoint,
    pub(crate) connection: Connection,
    pub(crate) channel: Arc<dyn Channel>,
}

impl Door {
    pub(crate) fn account(&self) -> Result<&KfAccount> {
        self.setup.kf_account(self.entry.kf_account)
    }

    /// Nothing goes out by it, and nothing is asked.
    const fn is_paused(&self) -> bool {
        self.entry.paused || self.connection.paused
    }
}

/// What is to be done after an item was filed.
enum Follow {
    Nothing,
    Welcome(Welcome, String),
    /// A message, and when it was said.
    Message(UnixMs),
    /// People in the platform's own client moved a session, and there is a code for a message.
    Moved {
        ended: bool,
        code: String,
        at: UnixMs,
    },
}

/// Items on their way: what is filed, what follows each, and whom they are from.
#[derive(Default)]
pub(crate) struct Arrivals {
    incoming: Vec<Option<Incoming>>,
    follow: Vec<Follow>,
    addresses: HashSet<String>,
}

/// Filed items and what is still to be done about them.
pub(crate) struct Arrived {
    follow: Vec<(Follow, Filed)>,
    addresses: HashSet<String>,
}

impl Reception {
    /// Files items in their order, and the cursor with them if they were pulled.
    pub(crate) async fn file_items(
        &self,
        door: &Door,
        items: Vec<Item>,
        cursor: Option<CursorMove>,
    ) -> Result<Arrived> {
        let now = self.now();
        let written = items
            .iter()
            .any(|item| matches!(item, Item::Message { .. }));
        let mut arrivals = Arrivals::default();
        for item in items {
            self.translate(door, item, now, &mut arrivals)?;
        }
        let Arrivals {
            incoming,
            follow,
            addresses,
        } = arrivals;
        // An item that is nothing to file keeps its place, so that answers line up.
        let (follow, incoming): (Vec<Follow>, Vec<Incoming>) = follow
            .into_iter()
            .zip(incoming)
            .filter_map(|(follow, incoming)| Some((follow, incoming?)))
            .unzip();
        let filed = self.store.file_page(incoming, cursor).await?;
        let new = filed
            .iter()
            .flatten()
            .filter(|one| !one.duplicate && one.seq > 0);
        metrics::counter!("kefu_filed_total").increment(new.count() as u64);
        if written {
            self.hear_message(door.brand, door.connection.id).await;
        }
        let follow = follow
            .into_iter()
            .zip(filed)
            .filter_map(|(follow, filed)| Some((follow, filed?)))
            .collect();
        Ok(Arrived { follow, addresses })
    }

    /// Files more of the way by which a customer came: told as often as they are asked about, it is
    /// filed once for each time they came.
    pub(crate) async fn learn_way(&self, door: &Door, address: String, way: Source) -> Result<()> {
        let key = format!("{address}-came-{}", way.at);
        let account = door.account()?.id;
        let (party, _) = self.stranger(&door.setup, account, address)?;
        let learnt = Enter {
            attribution: Attribution::Learnt,
            ..translate::entered(door, party, key, way, self.now())
        };
        let filed = self.store.file_page(vec![Incoming::Enter(learnt)], None);
        Ok(filed.await.map(drop)?)
    }

    /// Does what follows from filed items: in order within a conversation, and for many of them side
    /// by side.
    pub(crate) async fn follow_up(&self, door: &Door, arrived: Arrived) {
        if !door.is_paused() {
            self.profiles.ask(door, arrived.addresses, self.now());
        }
        let mut lanes: HashMap<ConversationId, Vec<(Follow, Filed)>> = HashMap::new();
        for (follow, filed) in arrived.follow {
            if !matches!(follow, Follow::Nothing) {
                let lane = lanes.entry(filed.conversation).or_default();
                lane.push((follow, filed));
            }
        }
        stream::iter(lanes.into_values())
            .for_each_concurrent(SIDE_BY_SIDE, |lane| async move {
                for (follow, filed) in lane {
                    self.follow(door, follow, filed).await;
                }
            })
            .await;
    }

    async fn follow(&self, door: &Door, follow: Follow, filed: Filed) {
        let conversation = filed.conversation;
        let done = match follow {
            Follow::Nothing => Ok(()),
            // What is for now is not said when the pause ends.
            Follow::Welcome(..) if filed.duplicate || door.is_paused() => Ok(()),
            Follow::Welcome(welcome, key) => self.welcome(door, welcome, &key, filed).await,
            Follow::Moved { .. } if door.is_paused() => Ok(()),
            Follow::Moved { ended, code, at } => self.moved(door, ended, code, at, filed).await,
            Follow::Message(said_at) => self.react(door, said_at, &filed).await,
        };
        if let Err(error) = done {
            tracing::warn!(%error, conversation.id = %conversation, "an item was filed, what follows it failed");
        }
    }

    /// Whose platform is behind a door.
    pub(crate) fn whose(&self, brand: BrandId, door: EntryPointId) -> Whose {
        let setup = self.directory.brand(brand).ok();
        let row = setup.as_ref().and_then(|s| s.entry_points.get(&door));
        (brand, row.and_then(|row| row.entry.connection))
    }

    /// A door with its credentials; nothing if it has none, or is paused.
    pub(crate) fn door(&self, brand: BrandId, id: EntryPointId) -> Result<Option<Door>> {
        let door = self.door_or_paused(brand, id)?;
        Ok(door.filter(|door| !door.is_paused()))
    }

    /// The same also if it is paused: what a platform delivers by itself is filed all the same.
    pub(crate) fn door_or_paused(&self, brand: BrandId, id: EntryPointId) -> Result<Option<Door>> {
        let setup = self.directory.brand(brand)?;
        let Ok(entry) = setup.entry_point(id).cloned() else {
            return Ok(None);
        };
        let Some(connection) = entry
            .connection
            .and_then(|id| setup.connections.get(&id))
            .map(|row| row.entry.clone())
        else {
            return Ok(None);
        };
        let channel = Arc::clone(self.channels.get(&entry.channel).ok_or(Error::NotFound)?);
        Ok(Some(Door {
            brand,
            setup,
            entry,
            connection,
            channel,
        }))
    }
}

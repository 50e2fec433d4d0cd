//! Profiles: names and portraits of customers are asked for once in a while, beside everything else.
//!
//! Who is to be asked about is kept in memory: after a crash they are asked about when they write
//! again. One look-up runs per connection, and takes everybody who came meanwhile.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use futures_util::{StreamExt, stream};
use kefu_channels::Profile;
use kefu_domain::{BrandId, CustomerId, EntryPointId, IdentityId, UnixMs};
use kefu_store::Called;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::{Reception, Upload, arrive::Door, places::Places};

/// Look-ups at the same time, one per connection.
const AT_ONCE: usize = 32;
/// Customers to be asked about; beyond, they are asked about when they write again.
const WAITING: usize = 20_000;
/// Customers who were asked about and are remembered; beyond, all are looked up in the store again.
const KNOWN: usize = 100_000;
/// For so long.
const KNOWN_MS: UnixMs = 3_600_000;
/// Portraits fetched at the same time by one look-up.
const PORTRAITS: usize = 8;
/// A portrait's bytes.
const AVATAR: usize = 1 << 20;
/// Names change; a customer who writes is asked about again after so long.
const PROFILE_MS: UnixMs = 7 * 86_400_000;

/// Whom to ask about.
#[derive(Default)]
pub(crate) struct Profiles {
    state: Mutex<State>,
    due: Notify,
}

#[derive(Default)]
struct State {
    waiting: HashMap<(BrandId, EntryPointId), HashSet<String>>,
    count: usize,
    known: HashMap<(EntryPointId, String), UnixMs>,
}

impl Profiles {
    /// Customers of a door wrote.
    pub(crate) fn ask(&self, door: &Door, addresses: HashSet<String>, now: UnixMs) {
        let mut state = self.state.lock();
        let State {
            waiting,
            count,
            known,
        } = &mut *state;
        if known.len() > KNOWN {
            known.clear();
        }
        let before = *count;
        for address in addresses {
            let key = (door.entry.id, address);
            if *count >= WAITING || known.get(&key).is_some_and(|at| now - at < KNOWN_MS) {
                continue;
            }
            known.insert(key.clone(), now);
            let of_door = waiting.entry((door.brand, door.entry.id)).or_default();
            *count += usize::from(of_door.insert(key.1));
        }
        if *count > before {
            self.due.notify_one();
        }
    }

    fn doors(&self) -> Vec<(BrandId, EntryPointId)> {
        self.state.lock().waiting.keys().copied().collect()
    }

    fn take(&self, door: (BrandId, EntryPointId)) -> Vec<String> {
        let mut state = self.state.lock();
        let taken = state.waiting.remove(&door).unwrap_or_default();
        state.count -= taken.len();
        taken.into_iter().collect()
    }

    /// The platform did not answer: they are asked about when they write again.
    fn forget(&self, door: EntryPointId, addresses: &[String]) {
        let mut state = self.state.lock();
        for address in addresses {
            state.known.remove(&(door, address.clone()));
        }
    }
}

impl Reception {
    pub(crate) async fn profiles_forever(self: Arc<Self>) {
        let mut places: Places<EntryPointId, ()> = Places::new(AT_ONCE, 1);
        loop {
            for (brand, id) in self.profiles.doors() {
                let whose = self.whose(brand, id);
                if places.room(whose) == 0 {
                    continue;
                }
                let addresses = self.profiles.take((brand, id));
                let reception = Arc::clone(&self);
                places.start(whose, id, async move {
                    if let Ok(Some(door)) = reception.door(brand, id) {
                        reception.learn_profiles(&door, addresses).await;
                    }
                });
            }
            tokio::select! {
                _ = places.ended() => (),
                () = self.profiles.due.notified() => (),
            }
        }
    }

    /// Names and portraits of customers whom the platform was not asked about lately.
    async fn learn_profiles(&self, door: &Door, addresses: Vec<String>) {
        let mut unknown = HashMap::new();
        let before = self.now() - PROFILE_MS;
        for address in addresses {
            match self
                .store
                .to_profile(door.brand, door.entry.id, &address, before)
                .await
            {
                Ok(Some(whose)) => {
                    unknown.insert(address, whose);
                }
                Ok(None) => (),
                Err(error) => tracing::warn!(%error, "who is to be asked about is not known"),
            }
        }
        let asked: Vec<String> = unknown.keys().cloned().collect();
        for some in asked.chunks(100) {
            let profiles = match door.channel.profiles(&door.connection, some).await {
                Ok(profiles) => profiles,
                Err(fault) => {
                    tracing::warn!(%fault, "profiles could not be read");
                    self.profiles.forget(door.entry.id, some);
                    continue;
                }
            };
            for (identity, _) in some.iter().filter_map(|address| unknown.get(address)) {
                if let Err(error) = self.store.profiled(*identity, self.now()).await {
                    tracing::warn!(%error, "that a profile was asked for could not be kept");
                }
            }
            let known = profiles.into_iter().filter_map(|profile| {
                let (_, customer) = unknown.get(&profile.address)?;
                Some((*customer, profile))
            });
            stream::iter(known)
                .for_each_concurrent(PORTRAITS, |(customer, profile)| async move {
                    self.keep_profile(door, customer, profile).await;
                })
                .await;
        }
    }

    async fn keep_profile(&self, door: &Door, customer: CustomerId, profile: Profile) {
        if let Some(way) = profile.came_by
            && let Err(error) = self.learn_way(door, profile.address, way).await
        {
            tracing::warn!(%error, "the way by which a customer came could not be kept");
        }
        let avatar = match &profile.avatar_url {
            Some(url) => self.fetch_avatar(door, url).await,
            None => None,
        };
        let unionid = profile
            .unionid
            .map(|id| (door.entry.id, IdentityId(self.ids.mint()), id));
        let name = profile.name.filter(|name| !name.trim().is_empty());
        let called = name.map(|name| match profile.guest {
            true => Called::Guest(name),
            false => Called::Name(name),
        });
        if let Err(error) = self
            .store
            .set_profile(door.brand, customer, called, avatar, unionid, self.now())
            .await
        {
            tracing::warn!(%error, "a profile could not be kept");
        }
    }

    async fn fetch_avatar(&self, door: &Door, url: &str) -> Option<String> {
        let fetched = door
            .channel
            .fetch_picture(&door.connection, url, AVATAR)
            .await
            .ok()?;
        let upload = Upload {
            brand: door.brand,
            conversation: None,
            name: "avatar".to_owned(),
            bytes: fetched.bytes,
            named: true,
        };
        self.upload(upload).await.ok().map(|row| row.id.to_string())
    }
}

//! Places: work that waits for parties outside runs as so many tasks at once, and nobody's slowness
//! is anybody else's.
//!
//! A connection gets no more places than an eighth of those that are free. So one whose platform hangs
//! holds an eighth of all, the next one a little less, and whoever comes then finds room at once; only
//! when dozens hang together are all places taken, until the first of their time-outs. Nothing waits
//! inside a place for a better time: that belongs to the row, which comes again when it is due.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

use kefu_domain::{BrandId, ConnectionId};
use tokio::task::{Id, JoinError, JoinSet};

/// Whose platform is asked: a brand's connection, or the brand itself where there is none.
pub(crate) type Whose = (BrandId, Option<ConnectionId>);

/// Of the free places, one in so many is a connection's.
const SHARE: usize = 8;

/// Tasks under way, each for another row or lane.
pub(crate) struct Places<K, T> {
    at_once: usize,
    of_one: usize,
    tasks: JoinSet<T>,
    held: HashMap<Whose, usize>,
    at_work: HashMap<Id, (Whose, K)>,
    keys: HashSet<K>,
}

impl<K: Copy + Eq + Hash, T: Send + 'static> Places<K, T> {
    /// At most `at_once` over all, and `of_one` for one connection however many are free.
    pub(crate) fn new(at_once: usize, of_one: usize) -> Self {
        Self {
            at_once,
            of_one,
            tasks: JoinSet::new(),
            held: HashMap::new(),
            at_work: HashMap::new(),
            keys: HashSet::new(),
        }
    }

    /// How many nobody has.
    pub(crate) fn free(&self) -> usize {
        self.at_once.saturating_sub(self.tasks.len())
    }

    /// Who has some, and may have no more.
    pub(crate) fn full(&self) -> impl Iterator<Item = Whose> {
        let held = self.held.keys().copied();
        held.filter(|whose| self.room(*whose) == 0)
    }

    /// How many more it may have.
    pub(crate) fn room(&self, whose: Whose) -> usize {
        self.room_after(whose, 0, 0)
    }

    /// How many more it may have once so many are promised to it, and to all.
    pub(crate) fn room_after(&self, whose: Whose, to_it: usize, to_all: usize) -> usize {
        let free = self.at_once.saturating_sub(self.tasks.len() + to_all);
        let fair = free.div_ceil(SHARE).min(self.of_one);
        let held = self.held.get(&whose).copied().unwrap_or(0) + to_it;
        fair.saturating_sub(held)
    }

    /// Is it under way?
    pub(crate) fn has(&self, key: K) -> bool {
        self.keys.contains(&key)
    }

    /// Starts a task.
    pub(crate) fn start(
        &mut self,
        whose: Whose,
        key: K,
        task: impl Future<Output = T> + Send + 'static,
    ) {
        let id = self.tasks.spawn(task).id();
        *self.held.entry(whose).or_default() += 1;
        self.at_work.insert(id, (whose, key));
        self.keys.insert(key);
    }

    /// Waits for a task to end: its key, and what it answers unless it panicked. Without tasks it
    /// waits for ever.
    pub(crate) async fn ended(&mut self) -> (K, Option<T>) {
        loop {
            match self.tasks.join_next_with_id().await {
                Some(joined) => {
                    if let Some(done) = self.give_back(joined) {
                        return done;
                    }
                }
                None => std::future::pending().await,
            }
        }
    }

    /// The next that has ended already.
    pub(crate) fn ended_now(&mut self) -> Option<(K, Option<T>)> {
        let joined = self.tasks.try_join_next_with_id()?;
        self.give_back(joined)
    }

    fn give_back(&mut self, joined: Result<(Id, T), JoinError>) -> Option<(K, Option<T>)> {
        let (id, done) = match joined {
            Ok((id, done)) => (id, Some(done)),
            Err(error) => {
                if error.is_panic() {
                    tracing::error!("a task of reception panicked");
                    metrics::counter!("kefu_task_panics_total").increment(1);
                }
                (error.id(), None)
            }
        };
        let (whose, key) = self.at_work.remove(&id)?;
        self.keys.remove(&key);
        if let Some(held) = self.held.get_mut(&whose) {
            *held -= 1;
            if *held == 0 {
                self.held.remove(&whose);
            }
        }
        Some((key, done))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whose(n: u128) -> Whose {
        (BrandId(1), Some(ConnectionId(n)))
    }

    #[tokio::test]
    async fn who_hangs_leaves_room_for_others() {
        let mut places: Places<u128, ()> = Places::new(256, 48);
        let mut key = 0;
        let mut hang = |places: &mut Places<u128, ()>, n| {
            let mut held = 0;
            while places.room(whose(n)) > 0 {
                key += 1;
                places.start(whose(n), key, std::future::pending());
                held += 1;
            }
            held
        };
        let first = hang(&mut places, 0);
        assert!((20..=48).contains(&first), "{first}");
        assert!(
            (1..24).all(|n| hang(&mut places, n) > 0),
            "each of 24 has room"
        );
        assert!(places.room(whose(24)) > 0, "and so has the next");
        assert_eq!(places.room(whose(0)), 0);
        // Who is promised something may have the less.
        let room = places.room(whose(24));
        assert_eq!(places.room_after(whose(24), room, 0), 0);
        assert_eq!(places.room_after(whose(24), 0, 256), 0, "all are promised");
    }

    #[tokio::test]
    async fn places_come_back_after_a_panic_too() {
        let mut places: Places<u8, u8> = Places::new(2, 2);
        places.start(whose(0), 1, async { panic!("on purpose") });
        assert!(places.has(1));
        assert_eq!(places.ended().await, (1, None));
        places.start(whose(0), 2, async { 7 });
        assert_eq!(places.ended().await, (2, Some(7)));
        assert!(!places.has(2));
        assert_eq!(places.ended_now(), None);
        assert_eq!(places.room(whose(0)), 1);
    }
}

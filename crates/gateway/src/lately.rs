//! What somebody did lately, summed up in a window of their own that begins with the first time.
//!
//! Two generations are kept and swapped when the elder one is over, so that nothing ever walks over
//! all of them. Each holds a bounded number; when more come at once than that, they are swapped
//! early, and whoever did nothing since the swap before begins anew.

use std::{
    collections::HashMap,
    hash::Hash,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// Somebodies in a generation at most.
const MOST: usize = 100_000;

/// Sums by key, each within a window of so long.
pub(crate) struct Lately<K> {
    lasts: Duration,
    most: usize,
    kept: Mutex<Kept<K>>,
}

struct Kept<K> {
    swapped: Option<Instant>,
    young: HashMap<K, Window>,
    old: HashMap<K, Window>,
}

#[derive(Clone, Copy)]
struct Window {
    since: Instant,
    sum: u64,
}

impl<K: Hash + Eq> Lately<K> {
    pub(crate) fn new(lasts: Duration) -> Self {
        Self {
            lasts,
            most: MOST,
            kept: Mutex::new(Kept {
                swapped: None,
                young: HashMap::new(),
                old: HashMap::new(),
            }),
        }
    }

    /// Adds to somebody's sum, which may reach `bound`; beyond it nothing is added, and the answer
    /// is after how long their window ends. Nothing added asks whether anything would be.
    pub(crate) fn add(
        &self,
        key: K,
        amount: u64,
        bound: u64,
        now: Instant,
    ) -> Result<(), Duration> {
        let mut kept = self.kept.lock();
        kept.swap(now, self.lasts, self.most);
        let fresh = Window { since: now, sum: 0 };
        let before = kept.young.get(&key).or_else(|| kept.old.get(&key)).copied();
        let age = |window: &Window| now.saturating_duration_since(window.since);
        let mut window = before.filter(|w| age(w) < self.lasts).unwrap_or(fresh);
        let sum = window.sum.saturating_add(amount.max(1));
        if sum > bound {
            return Err(self.lasts.saturating_sub(age(&window)));
        }
        window.sum += amount;
        kept.old.remove(&key);
        kept.young.insert(key, window);
        Ok(())
    }

    /// Begins a window, as if it were the first.
    pub(crate) fn begin(&self, key: K, now: Instant) {
        let mut kept = self.kept.lock();
        kept.swap(now, self.lasts, self.most);
        kept.young.insert(key, Window { since: now, sum: 0 });
    }

    /// Is somebody's window open?
    pub(crate) fn knows(&self, key: &K, now: Instant) -> bool {
        let kept = self.kept.lock();
        let window = kept.young.get(key).or_else(|| kept.old.get(key));
        window.is_some_and(|w| now.saturating_duration_since(w.since) < self.lasts)
    }

    /// Takes back what was added for nothing.
    pub(crate) fn take_back(&self, key: &K, amount: u64) {
        let mut kept = self.kept.lock();
        let Kept { young, old, .. } = &mut *kept;
        if let Some(window) = young.get_mut(key).or_else(|| old.get_mut(key)) {
            window.sum = window.sum.saturating_sub(amount);
        }
    }

    /// Begins anew with somebody.
    pub(crate) fn forget(&self, key: &K) {
        let mut kept = self.kept.lock();
        kept.young.remove(key);
        kept.old.remove(key);
    }
}

impl<K> Kept<K> {
    fn swap(&mut self, now: Instant, lasts: Duration, most: usize) {
        let age = now.saturating_duration_since(*self.swapped.get_or_insert(now));
        if age < lasts && self.young.len() < most {
            return;
        }
        self.swapped = Some(now);
        self.old = std::mem::take(&mut self.young);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_window_begins_with_the_first_time_and_ends_by_itself() {
        let (lately, start) = (Lately::new(MINUTE), Instant::now());
        lately.add("other", 1, 9, start).unwrap();
        // Its window reaches over the swap.
        let begun = start + seconds(50);
        assert_eq!(lately.add("one", 3, 5, begun), Ok(()));
        assert_eq!(lately.add("one", 2, 5, begun + seconds(30)), Ok(()));
        let late = begun + seconds(59);
        assert_eq!(lately.add("one", 1, 5, late), Err(seconds(1)));
        assert_eq!(lately.add("one", 0, 5, late), Err(seconds(1)), "asked");
        assert_eq!(lately.add("two", 1, 5, late), Ok(()));
        assert_eq!(lately.add("one", 5, 5, begun + MINUTE), Ok(()));
        lately.take_back(&"one", 2);
        assert_eq!(lately.add("one", 2, 5, begun + MINUTE), Ok(()));
        assert!(lately.add("one", 1, 5, begun + MINUTE).is_err());
        lately.forget(&"one");
        assert_eq!(lately.add("one", 5, 5, begun + MINUTE), Ok(()));
    }

    #[test]
    fn however_many_come_at_once_so_many_are_kept() {
        let mut lately = Lately::new(MINUTE);
        lately.most = 100;
        let now = Instant::now();
        for key in 0..1000 {
            lately.add(key, 1, 1, now).unwrap();
            let kept = lately.kept.lock();
            assert!(kept.young.len() + kept.old.len() <= 200);
        }
        // The last ones are known still, and what is over does not stay for ever.
        assert!(lately.add(999, 1, 1, now).is_err());
        for later in 1..=2 {
            lately.add(2000, 0, 1, now + MINUTE * later).unwrap();
        }
        assert_eq!(lately.kept.lock().young.len(), 1);
    }
}

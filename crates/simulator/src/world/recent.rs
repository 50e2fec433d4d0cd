//! A set that forgets its oldest member when it is full.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// At most `room` keys with their values; the oldest key goes first.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    room: usize,
    order: VecDeque<K>,
    values: HashMap<K, V>,
}

impl<K: Hash + Eq + Clone, V> Recent<K, V> {
    pub(crate) fn new(room: usize) -> Self {
        Self {
            room: room.max(1),
            order: VecDeque::new(),
            values: HashMap::new(),
        }
    }

    /// Remembers the key; answers whether it is new.
    pub(crate) fn insert(&mut self, key: K, value: V) -> bool {
        if self.values.insert(key.clone(), value).is_some() {
            return false;
        }
        if self.order.len() >= self.room
            && let Some(oldest) = self.order.pop_front()
        {
            self.values.remove(&oldest);
        }
        self.order.push_back(key);
        true
    }

    pub(crate) fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.values.get(key)
    }

    pub(crate) fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.values.get_mut(key)
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut recent = Recent::new(2);
        assert!(recent.insert("a", 1));
        assert!(!recent.insert("a", 2));
        assert!(recent.insert("b", 3));
        assert!(recent.insert("c", 4));
        assert_eq!(recent.get("a"), None);
        assert_eq!(recent.get("c"), Some(&4));
    }
}

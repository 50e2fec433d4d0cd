//! One team's line in order, with the place of anyone in it.
//!
//! A list of sorted chunks: finding is a binary search over chunks and then within one, a place is
//! the sum of the chunk lengths before it plus an offset. For 100,000 waiting that is some 400
//! additions over one contiguous array, less than a balanced tree spends on cache misses.

use kefu_domain::SessionId;

/// Who waits, by rank and then by id.
pub(super) type Key = (i64, SessionId);

/// A chunk that would grow beyond this splits.
const CHUNK: usize = 512;
/// Two neighbours that fit into this together become one.
const SPARSE: usize = CHUNK / 4;

/// Sorted keys without repeats. No chunk is ever empty.
#[derive(Debug, Default)]
pub(super) struct Line {
    chunks: Vec<Vec<Key>>,
    len: usize,
}

impl Line {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Key> {
        self.chunks.iter().flatten()
    }

    /// How many stand before this key; `None` if it is not here.
    pub(super) fn position(&self, key: &Key) -> Option<usize> {
        let at = self.chunk_of(key);
        let within = self.chunks.get(at)?.binary_search(key).ok()?;
        Some(self.chunks[..at].iter().map(Vec::len).sum::<usize>() + within)
    }

    /// False if it was here already.
    pub(super) fn insert(&mut self, key: Key) -> bool {
        // Nearly everyone joins at the end, with a rank that is the present time.
        let at = self.chunk_of(&key).min(self.chunks.len().saturating_sub(1));
        let is_last = at + 1 == self.chunks.len();
        let Some(chunk) = self.chunks.get_mut(at) else {
            self.chunks.push(vec![key]);
            self.len = 1;
            return true;
        };
        let Err(within) = chunk.binary_search(&key) else {
            return false;
        };
        self.len += 1;
        if chunk.len() < CHUNK {
            chunk.insert(within, key);
        } else if within == CHUNK && is_last {
            // Splitting in half at the end would leave every chunk of a growing line half full.
            self.chunks.push(vec![key]);
        } else {
            let mut upper = chunk.split_off(CHUNK / 2);
            match within.checked_sub(CHUNK / 2) {
                Some(within) if within > 0 => upper.insert(within, key),
                _ => chunk.insert(within, key),
            }
            self.chunks.insert(at + 1, upper);
        }
        true
    }

    /// False if it was not here.
    pub(super) fn remove(&mut self, key: &Key) -> bool {
        let at = self.chunk_of(key);
        let Some(chunk) = self.chunks.get_mut(at) else {
            return false;
        };
        let Ok(within) = chunk.binary_search(key) else {
            return false;
        };
        chunk.remove(within);
        self.len -= 1;
        let left = chunk.len();
        if left == 0 {
            self.chunks.remove(at);
        } else if let Some(next) = self.chunks.get(at + 1)
            && left + next.len() <= SPARSE
        {
            let next = self.chunks.remove(at + 1);
            self.chunks[at].extend(next);
        }
        true
    }

    /// The only chunk that may hold this key; one past the last if it is greater than all.
    fn chunk_of(&self, key: &Key) -> usize {
        self.chunks
            .partition_point(|chunk| chunk.last().is_some_and(|last| last < key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Whatever is done to it, it says what a sorted set says.
        #[test]
        fn it_is_a_sorted_set_that_knows_places(
            grow in prop::collection::vec((0i64..40, 0u128..200), 0..4_000),
            shrink in prop::collection::vec((0i64..40, 0u128..200), 0..4_000),
        ) {
            let (mut line, mut model) = (Line::default(), BTreeSet::new());
            for (rank, id) in grow {
                let key = (rank, SessionId(id));
                prop_assert_eq!(line.insert(key), model.insert(key));
            }
            for (rank, id) in shrink {
                let key = (rank, SessionId(id));
                prop_assert_eq!(line.remove(&key), model.remove(&key));
            }
            prop_assert_eq!(line.len(), model.len());
            prop_assert!(line.iter().eq(model.iter()));
            prop_assert!(line.chunks.iter().all(|c| !c.is_empty() && c.len() <= CHUNK));
            for (place, key) in model.iter().enumerate() {
                prop_assert_eq!(line.position(key), Some(place));
            }
            prop_assert_eq!(line.position(&(41, SessionId(0))), None);
        }
    }

    #[test]
    fn a_growing_line_stays_dense() {
        let mut line = Line::default();
        for n in 0..100_000 {
            line.insert((n, SessionId(n as u128)));
        }
        assert_eq!(line.chunks.len(), 100_000usize.div_ceil(CHUNK));
    }
}

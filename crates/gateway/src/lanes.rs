//! Lanes: what one client says in one conversation is filed in the order in which it was said.
//!
//! A picture's file and a quote are looked up before their message goes to the store; what is said
//! right after must not overtake them. Conversations do not wait for each other.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use kefu_domain::ConversationId;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Lanes kept before those that nobody uses are forgotten.
const KEPT: usize = 64;

/// One conversation's lane. Whoever asks first is first through.
#[derive(Clone, Default)]
pub(crate) struct Lane(Arc<Mutex<()>>);

impl Lane {
    /// Waits for one's turn, which lasts until the guard is dropped.
    pub(crate) async fn turn(self) -> OwnedMutexGuard<()> {
        self.0.lock_owned().await
    }
}

/// The lanes of a client with many conversations.
#[derive(Default)]
pub(crate) struct Lanes(HashMap<ConversationId, Weak<Mutex<()>>>);

impl Lanes {
    pub(crate) fn of(&mut self, conversation: ConversationId) -> Lane {
        if self.0.len() >= KEPT {
            self.0.retain(|_, lane| lane.strong_count() > 0);
        }
        let kept = self.0.entry(conversation).or_default();
        let lane = kept.upgrade().unwrap_or_default();
        *kept = Arc::downgrade(&lane);
        Lane(lane)
    }

    /// The lanes in which something is under way.
    pub(crate) fn in_use(&self) -> Vec<Lane> {
        let lanes = self.0.values().filter_map(Weak::upgrade);
        lanes.map(Lane).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::{StreamExt, future::BoxFuture, stream::FuturesOrdered};

    use super::*;

    /// The first takes longest to be looked up, and is filed first all the same.
    #[tokio::test]
    async fn what_takes_longer_is_not_overtaken() {
        let filed = Arc::new(parking_lot::Mutex::new(Vec::new()));
        let mut lanes = Lanes::default();
        let here = ConversationId::from_bytes([1; 16]);
        let there = ConversationId::from_bytes([2; 16]);
        let said = [(here, 0, 40), (here, 1, 20), (there, 2, 0), (here, 3, 0)];
        let mut under_way: FuturesOrdered<BoxFuture<'_, ()>> = said
            .into_iter()
            .map(|(conversation, number, takes_ms)| {
                let lane = lanes.of(conversation);
                let filed = Arc::clone(&filed);
                Box::pin(async move {
                    let _turn = lane.turn().await;
                    tokio::time::sleep(Duration::from_millis(takes_ms)).await;
                    filed.lock().push(number);
                }) as BoxFuture<'_, ()>
            })
            .collect();
        // Whoever waits for what is under way is behind all of it.
        let (before, ended) = (lanes.in_use(), Arc::clone(&filed));
        under_way.push_back(Box::pin(async move {
            for lane in before {
                drop(lane.turn().await);
            }
            ended.lock().push(4);
        }));
        while under_way.next().await.is_some() {}
        assert_eq!(*filed.lock(), [2, 0, 1, 3, 4]);
        assert!(lanes.in_use().is_empty());
        assert_eq!(lanes.0.len(), 2);
    }
}

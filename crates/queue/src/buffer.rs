//! News that waits to be read: bounded in number and bytes, the oldest is dropped when full.
//!
//! A dropped message leaves a [`News::Gap`], which is read first: whoever looks at the store then
//! has seen everything that was ever dropped, since what is published was committed before.

use std::collections::VecDeque;

use bytes::Bytes;
use kefu_domain::BrandId;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::News;

/// Messages at most.
pub(crate) const MESSAGES: usize = 8_192;
/// Bytes of payload at most.
pub(crate) const BYTES: usize = 32 << 20;

#[derive(Debug, Default)]
struct Inner {
    messages: VecDeque<(BrandId, Bytes)>,
    bytes: usize,
    gap: bool,
}

/// One node's unread news. Any number may write, one task reads.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    inner: Mutex<Inner>,
    filled: Notify,
}

impl Buffer {
    pub(crate) fn push(&self, brand: BrandId, payload: Bytes) {
        let mut inner = self.inner.lock();
        inner.bytes += payload.len();
        inner.messages.push_back((brand, payload));
        let mut dropped = 0;
        while inner.messages.len() > MESSAGES || inner.bytes > BYTES {
            let Some((_, oldest)) = inner.messages.pop_front() else {
                break;
            };
            inner.bytes -= oldest.len();
            dropped += 1;
        }
        inner.gap |= dropped > 0;
        drop(inner);
        if dropped > 0 {
            metrics::counter!("kefu_bus_dropped_total", "side" => "in").increment(dropped);
        }
        self.filled.notify_one();
    }

    /// Gaps that nobody has read yet are one.
    pub(crate) fn gap(&self) {
        self.inner.lock().gap = true;
        self.filled.notify_one();
    }

    pub(crate) async fn next(&self) -> News {
        loop {
            if let Some(news) = self.take() {
                return news;
            }
            self.filled.notified().await;
        }
    }

    fn take(&self) -> Option<News> {
        let mut inner = self.inner.lock();
        if std::mem::take(&mut inner.gap) {
            return Some(News::Gap);
        }
        let (brand, payload) = inner.messages.pop_front()?;
        inner.bytes -= payload.len();
        Some(News::Message { brand, payload })
    }
}

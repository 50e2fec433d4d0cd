//! News over one channel: sent in frames over the connection for calls, received on its own one.
//!
//! Publishing puts into a bounded box that one task empties, a frame at a time, so that a node's
//! messages stay in order and a burst shares round trips. What is dropped on the way leaves a hole
//! in the node's numbers, by which the others notice.

use std::{
    collections::VecDeque,
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};

use ::redis::{FromRedisValue, PushInfo, PushKind, RedisError, cmd};
use async_trait::async_trait;
use bytes::Bytes;
use kefu_domain::BrandId;
use parking_lot::Mutex;
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    Redis,
    frame::{self, BEAT, Heard},
    link::{Address, Link, pause},
    script::Call,
};
use crate::{
    Bus, CALL_TIMEOUT, News, QueueError,
    buffer::{BYTES, Buffer, MESSAGES},
};

/// Messages of one frame at most.
const FRAME: usize = 256;
/// Bytes of payload of one frame at most, unless one message alone is longer.
const FRAME_BYTES: usize = 256 << 10;
/// The longest payload; a longer one is not sent, and leaves a gap.
const PAYLOAD: usize = 1 << 20;

/// What waits to be sent: bounded like the receiving side, the oldest is dropped when full.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    inner: Mutex<Waiting>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    /// The number of the first in `messages`.
    first: u64,
    messages: VecDeque<(BrandId, Bytes)>,
    bytes: usize,
}

impl Waiting {
    fn pop(&mut self) -> Option<(BrandId, Bytes)> {
        let message = self.messages.pop_front()?;
        self.first += 1;
        self.bytes -= message.1.len();
        Some(message)
    }
}

impl Outbox {
    fn push(&self, brand: BrandId, payload: Bytes) {
        let mut inner = self.inner.lock();
        let mut dropped = 0;
        if payload.len() > PAYLOAD {
            // Its number, and those before it, go unsent.
            dropped = inner.messages.len() as u64 + 1;
            while inner.pop().is_some() {}
            inner.first += 1;
        } else {
            inner.bytes += payload.len();
            inner.messages.push_back((brand, payload));
            while inner.messages.len() > MESSAGES || inner.bytes > BYTES {
                inner.pop();
                dropped += 1;
            }
        }
        drop(inner);
        if dropped > 0 {
            metrics::counter!("kefu_bus_dropped_total", "side" => "out").increment(dropped);
        }
        self.filled.notify_one();
    }

    /// Numbers what waits, and one more message, as lost.
    pub(super) fn lose(&self) {
        let mut inner = self.inner.lock();
        while inner.pop().is_some() {}
        inner.first += 1;
    }

    /// The next frame of this node, a beat if nothing waits.
    fn frame(&self, node: u128) -> Vec<u8> {
        let mut inner = self.inner.lock();
        let first = inner.first;
        let mut messages = Vec::new();
        let mut bytes = 0;
        while messages.len() < FRAME && bytes < FRAME_BYTES {
            let Some(message) = inner.pop() else { break };
            bytes += message.1.len();
            messages.push(message);
        }
        drop(inner);
        frame::write(node, first, messages.iter())
    }

    fn is_empty(&self) -> bool {
        self.inner.lock().messages.is_empty()
    }
}

/// The two tasks of the bus; they end when this is dropped.
pub(super) struct Wires {
    _tasks: JoinSet<()>,
}

impl Wires {
    pub(super) fn open(
        address: Address,
        link: &Arc<Link>,
        inbox: &Arc<Buffer>,
        outbox: &Arc<Outbox>,
    ) -> Self {
        let channel = format!("kefu:bus:{}", address.database());
        let mut tasks = JoinSet::new();
        tasks.spawn(send(
            Arc::clone(link),
            Arc::clone(outbox),
            channel.clone(),
            address.instance,
        ));
        tasks.spawn(listen(address, Arc::clone(inbox), channel));
        Self { _tasks: tasks }
    }
}

async fn send(link: Arc<Link>, outbox: Arc<Outbox>, channel: String, node: u128) {
    loop {
        if outbox.is_empty() {
            // Either way a frame follows.
            let _ = timeout(BEAT, outbox.filled.notified()).await;
        }
        let call = Call::command("publish", "PUBLISH")
            .arg(&channel)
            .arg(outbox.frame(node))
            // What may have arrived is not sent again: at most once.
            .once();
        if link.call::<()>(&call).await.is_err() {
            // The hole in the numbers tells the others. No hurry while the link is down.
            sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn listen(address: Address, inbox: Arc<Buffer>, channel: String) {
    let mut attempts = 0;
    loop {
        if attempts > 0 {
            sleep(pause(attempts)).await;
        }
        let start = tokio::time::Instant::now();
        let error = subscribed(&address, &inbox, &channel).await;
        attempts = if start.elapsed() > BEAT {
            tracing::warn!(?error, "news from other nodes were interrupted");
            0
        } else {
            attempts + 1
        };
    }
}

/// Hears news until the subscription breaks, and tells a gap when it has begun.
async fn subscribed(
    address: &Address,
    inbox: &Arc<Buffer>,
    channel: &str,
) -> Result<(), RedisError> {
    let broken = Arc::new(Notify::new());
    let push = receiver(address.instance, Arc::downgrade(inbox), Arc::clone(&broken));
    let mut conn = timeout(BEAT, address.connect(push)).await.map_err(late)??;
    timeout(BEAT, conn.subscribe(channel))
        .await
        .map_err(late)??;
    inbox.gap();
    loop {
        if timeout(BEAT, broken.notified()).await.is_ok() {
            return Ok(());
        }
        // A subscription that died in silence looks like a quiet one.
        timeout(2 * CALL_TIMEOUT, cmd("PING").exec_async(&mut conn))
            .await
            .map_err(late)??;
    }
}

fn late(_: tokio::time::error::Elapsed) -> RedisError {
    RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut))
}

/// Takes what the server pushes. Runs on the connection's own task and never waits.
fn receiver(
    node: u128,
    inbox: Weak<Buffer>,
    broken: Arc<Notify>,
) -> impl Fn(PushInfo) -> Result<(), ::redis::aio::SendError> + Send + Sync + 'static {
    let heard: OnceLock<Mutex<Heard>> = OnceLock::new();
    move |info| {
        if info.kind == PushKind::Disconnection {
            broken.notify_one();
        }
        let (PushKind::Message, Some(inbox)) = (info.kind, inbox.upgrade()) else {
            return Ok(());
        };
        let payload = info
            .data
            .into_iter()
            .nth(1)
            .map(Vec::<u8>::from_redis_value);
        let frame = payload
            .and_then(Result::ok)
            .and_then(|p| frame::read(p.into()));
        match frame {
            // A node of another version, most likely.
            None => inbox.gap(),
            Some(frame) if frame.node == node => {}
            Some(frame) => {
                if heard
                    .get_or_init(|| Mutex::new(Heard::new()))
                    .lock()
                    .missed(&frame)
                {
                    inbox.gap();
                }
                for (brand, payload) in frame.messages {
                    inbox.push(brand, payload);
                }
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Bus for Redis {
    async fn publish(&self, brand: BrandId, payload: Bytes) -> Result<(), QueueError> {
        if !self.link.is_up() {
            self.outbox.lose();
            return Err(QueueError::Unavailable("not connected".into()));
        }
        self.outbox.push(brand, payload);
        Ok(())
    }

    async fn next(&self) -> News {
        self.inbox.next().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_box_drops_the_oldest_and_leaves_their_numbers_out() {
        let outbox = Outbox::default();
        for n in 0..MESSAGES + 3 {
            outbox.push(BrandId(1), Bytes::from(n.to_string()));
        }
        let frame = frame::read(outbox.frame(7).into()).unwrap();
        assert_eq!((frame.first, frame.messages.len()), (3, FRAME));
        assert_eq!(frame.messages[0].1, Bytes::from("3"));
        let next = frame::read(outbox.frame(7).into()).unwrap();
        assert_eq!(next.first, 3 + FRAME as u64);
    }

    #[test]
    fn a_payload_that_is_too_long_leaves_a_hole() {
        let outbox = Outbox::default();
        outbox.push(BrandId(1), Bytes::from(vec![0; PAYLOAD + 1]));
        let beat = frame::read(outbox.frame(7).into()).unwrap();
        assert_eq!((beat.first, beat.messages.len()), (1, 0));
    }
}

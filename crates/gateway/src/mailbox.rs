//! A socket's mailbox: bounded in events and bytes. What does not fit is dropped, and the socket knows
//! that it must be closed.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use tokio::sync::mpsc;

use crate::hub::Event;

/// Events a socket may lag behind.
const LAG: usize = 256;
/// Bytes of content a socket may lag behind.
const LAG_BYTES: usize = 1 << 20;

/// The sending end of a socket's mailbox.
#[derive(Clone)]
pub(crate) struct Mailbox {
    pub(crate) id: u64,
    sender: mpsc::Sender<Event>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    bytes: AtomicUsize,
    slow: AtomicBool,
}

/// The receiving end.
pub(crate) struct Inbox {
    receiver: mpsc::Receiver<Event>,
    state: Arc<State>,
}

impl Mailbox {
    pub(crate) fn new() -> (Self, Inbox) {
        static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
        let (sender, receiver) = mpsc::channel(LAG);
        let state = Arc::new(State::default());
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        (
            Self {
                id,
                sender,
                state: Arc::clone(&state),
            },
            Inbox { receiver, state },
        )
    }

    pub(crate) fn put(&self, event: Event) {
        let weight = event.weight();
        let queued = self.state.bytes.fetch_add(weight, Ordering::Relaxed);
        if queued + weight > LAG_BYTES || self.sender.try_send(event).is_err() {
            self.state.slow.store(true, Ordering::Release);
        }
    }
}

impl Inbox {
    pub(crate) async fn next(&mut self) -> Option<Event> {
        let event = self.receiver.recv().await?;
        self.state
            .bytes
            .fetch_sub(event.weight(), Ordering::Relaxed);
        Some(event)
    }

    pub(crate) fn try_next(&mut self) -> Option<Event> {
        let event = self.receiver.try_recv().ok()?;
        self.state
            .bytes
            .fetch_sub(event.weight(), Ordering::Relaxed);
        Some(event)
    }

    /// Something was dropped: the socket must be closed.
    pub(crate) fn slow(&self) -> bool {
        self.state.slow.load(Ordering::Acquire)
    }
}

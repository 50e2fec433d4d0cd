//! Hints for whoever watches (the phone page): something changed, look again. Nothing depends on
//! a hint arriving; a slow watcher loses some and is told so.

use serde::Serialize;
use tokio::sync::broadcast;

/// How many hints wait for a slow watcher; the oldest go.
const ROOM: usize = 1_024;

/// One hint.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Hint {
    /// A person's phone shows something new.
    Screen {
        /// The person's key.
        customer: String,
    },
    /// A call or a callback was recorded.
    Traffic,
    /// The clock was moved.
    Clock,
    /// Faults or limits were switched.
    Faults,
    /// A corp, a person, a group or an account came or changed.
    World,
}

#[derive(Debug, Clone)]
pub(crate) struct News(broadcast::Sender<Hint>);

impl Default for News {
    fn default() -> Self {
        Self(broadcast::Sender::new(ROOM))
    }
}

impl News {
    /// Tells the watchers; costs nothing while nobody watches.
    pub(crate) fn tell(&self, hint: impl FnOnce() -> Hint) {
        if self.0.receiver_count() > 0 {
            // Nobody listening any more is no error.
            let _ = self.0.send(hint());
        }
    }

    pub(crate) fn watch(&self) -> broadcast::Receiver<Hint> {
        self.0.subscribe()
    }
}

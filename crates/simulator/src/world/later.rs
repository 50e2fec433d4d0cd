//! What happens at a later time of the platform's clock. A timekeeper outside asks for what is
//! due; moving the clock makes things due at once.

use std::collections::BTreeMap;

/// Something that will happen.
#[derive(Debug, Clone)]
pub(crate) enum Task {
    /// A delayed callback joins the line of its corp or app.
    Callback {
        /// Whose line.
        owner: String,
        /// What to send.
        push: crate::callback::Push,
    },
    /// A message that was accepted turns out not to have arrived.
    SendFail {
        /// Whose account.
        corpid: String,
        /// Which account.
        open_kfid: String,
        /// To whom it was sent.
        external_userid: String,
        /// The id that was returned.
        msgid: String,
        /// The platform's number for the reason.
        fail_type: u32,
    },
    /// A held callback that found nobody to change places with goes now.
    Release {
        /// Whose line.
        owner: String,
    },
    /// A shop's push that failed is sent once more.
    Again {
        /// Whose.
        appid: String,
        /// What to send.
        push: crate::callback::Push,
    },
}

/// Tasks by their time, those of one time in their order.
#[derive(Debug, Default)]
pub(crate) struct Later {
    tasks: BTreeMap<(i64, u64), Task>,
    next: u64,
}

/// More than this many waiting tasks are a script gone wild; the farthest go.
const ROOM: usize = 100_000;

impl Later {
    pub(crate) fn at(&mut self, due: i64, task: Task) {
        self.next += 1;
        self.tasks.insert((due, self.next), task);
        if self.tasks.len() > ROOM {
            self.tasks.pop_last();
        }
    }

    /// Takes what is due.
    pub(crate) fn due(&mut self, now: i64) -> Vec<Task> {
        let rest = self.tasks.split_off(&(now + 1, 0));
        std::mem::replace(&mut self.tasks, rest)
            .into_values()
            .collect()
    }

    /// When the next task is due.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.tasks.keys().next().map(|(due, _)| *due)
    }

    /// Takes every delayed callback, due or not.
    pub(crate) fn take_callbacks(&mut self) -> Vec<Task> {
        let tasks = std::mem::take(&mut self.tasks);
        let (taken, kept): (BTreeMap<_, _>, BTreeMap<_, _>) = tasks
            .into_iter()
            .partition(|(_, task)| matches!(task, Task::Callback { .. }));
        self.tasks = kept;
        taken.into_values().collect()
    }
}

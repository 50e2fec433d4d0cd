//! The log of one account that `sync_msg` reads: append-only, numbered over the whole corp, three
//! days long. Knows nothing of what the entries say.

use std::collections::VecDeque;
use std::sync::Arc;

use super::DAY;

/// How long the platform keeps a message for pulling.
const RETENTION: i64 = 3 * DAY;

/// One message or event, as the text that `sync_msg` returns.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) seq: u64,
    pub(crate) at: i64,
    pub(crate) json: Arc<str>,
}

#[derive(Debug)]
pub(crate) struct Log {
    entries: VecDeque<Entry>,
    room: usize,
}

impl Log {
    pub(crate) fn new(room: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            room: room.max(1),
        }
    }

    pub(crate) fn append(&mut self, entry: Entry) {
        if self.entries.len() >= self.room {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// Drops what is older than three days.
    pub(crate) fn prune(&mut self, now: i64) {
        while self
            .entries
            .front()
            .is_some_and(|oldest| oldest.at + RETENTION < now)
        {
            self.entries.pop_front();
        }
    }

    /// Up to `limit` entries after `seq`, oldest first.
    pub(crate) fn after(&self, seq: u64, limit: usize) -> impl Iterator<Item = &Entry> {
        let from = self.entries.partition_point(|entry| entry.seq <= seq);
        self.entries.range(from..).take(limit)
    }

    /// The number to continue from so that the `count` entries up to `seq` come once more.
    pub(crate) fn rewind(&self, seq: u64, count: usize) -> u64 {
        let upto = self.entries.partition_point(|entry| entry.seq <= seq);
        match upto.checked_sub(count + 1) {
            Some(place) => self.entries[place].seq,
            None => 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(count: u64) -> Log {
        let mut log = Log::new(5);
        for seq in 1..=count {
            log.append(Entry {
                seq,
                at: seq as i64,
                json: "{}".into(),
            });
        }
        log
    }

    fn seqs(log: &Log, after: u64, limit: usize) -> Vec<u64> {
        log.after(after, limit).map(|entry| entry.seq).collect()
    }

    #[test]
    fn it_continues_where_the_cursor_stands_and_keeps_its_bound() {
        let log = log(7);
        assert_eq!(seqs(&log, 0, 10), [3, 4, 5, 6, 7]);
        assert_eq!(seqs(&log, 5, 1), [6]);
        assert_eq!(seqs(&log, 7, 10), [] as [u64; 0]);
    }

    #[test]
    fn it_goes_back_for_duplicates() {
        let log = log(5);
        assert_eq!(seqs(&log, log.rewind(4, 2), 10), [3, 4, 5]);
        assert_eq!(seqs(&log, log.rewind(1, 9), 10), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn after_three_days_a_message_is_gone() {
        let mut log = log(5);
        log.prune(RETENTION + 4);
        assert_eq!(seqs(&log, 0, 10), [4, 5]);
    }
}

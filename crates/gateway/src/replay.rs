//! How far a thread was told again to a client that was away: first what came, then what changed, so
//! that nothing changes unseen between the two.

use std::collections::HashSet;

use kefu_domain::Message;

use crate::frames::Cursor;

/// One thread's way from a client's cursor to now.
pub(crate) struct Replay {
    /// Everything up to here was told.
    pub(crate) seq: u64,
    /// Every change up to here was told, or need not be.
    pub(crate) rev: u64,
    told: HashSet<(u64, u64)>,
}

impl Replay {
    pub(crate) fn new(from: Cursor) -> Self {
        Self {
            seq: from.seq,
            rev: from.rev,
            told: HashSet::new(),
        }
    }

    /// A page of what came after [`Replay::seq`].
    pub(crate) fn came<'a>(&mut self, page: &'a [Message]) -> impl Iterator<Item = &'a Message> {
        for message in page {
            self.seq = self.seq.max(message.seq);
            self.told.insert((message.seq, message.rev));
        }
        page.iter()
    }

    /// Of a page of what changed after [`Replay::rev`]: what has to be told. What came since then is
    /// told as it came.
    pub(crate) fn changed<'a>(&mut self, page: &'a [Message]) -> impl Iterator<Item = &'a Message> {
        self.rev = page.last().map_or(self.rev, |last| last.rev);
        let (seq, told) = (self.seq, &self.told);
        page.iter()
            .filter(move |one| one.seq <= seq && !told.contains(&(one.seq, one.rev)))
    }
}

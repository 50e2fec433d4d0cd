//! What is on its way out of the house, kept in memory: each message is looked at twice more, when it is
//! taken and when its platform has answered, and words that grant ask what went out before them.
//!
//! All of it can be read from disk as well, and is whenever memory does not know.

use std::sync::Arc;

use kefu_domain::{BrandId, Message, MessageId, UnixMs};

use super::{cache::Entry, revising::Filing, writer::Writer};
use crate::{OutboxRow, OutboxState};

/// Messages kept of one conversation; of more, the rest is read from disk.
const KEPT: usize = 16;

/// A message that waits for its platform's answer.
pub(super) struct OnWay {
    pub(super) message: Arc<Message>,
    pub(super) filing: Filing,
}

/// The intents of a conversation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outward {
    /// Those that are not settled.
    pub(super) pending: u32,
    /// When the newest of the others was taken, or may have been.
    pub(super) taken_at: UnixMs,
}

impl Outward {
    /// Nothing was taken since a time, and nothing may be yet.
    pub(super) fn is_quiet_since(self, from: UnixMs) -> bool {
        self.pending == 0 && self.taken_at < from
    }
}

impl Entry {
    pub(super) fn keep_on_way(&mut self, message: &Arc<Message>, filing: Filing) {
        if self.on_way.len() < KEPT {
            let message = Arc::clone(message);
            self.on_way.push(OnWay { message, filing });
        }
    }

    /// The message as it is now.
    pub(super) fn revise_on_way(&mut self, message: &Arc<Message>) {
        let kept = |kept: &&mut OnWay| kept.message.seq == message.seq;
        if let Some(kept) = self.on_way.iter_mut().find(kept) {
            kept.message = Arc::clone(message);
        }
    }
}

impl Writer {
    /// A message that is on its way, if it is kept.
    pub(super) fn on_way(&self, brand: BrandId, id: MessageId) -> Option<(Message, Filing)> {
        let entry = self.cache.entries.get(&id.conversation)?;
        if entry.conversation.brand != brand {
            return None;
        }
        let kept = entry
            .on_way
            .iter()
            .find(|kept| kept.message.seq == id.seq)?;
        Some((Message::clone(&kept.message), kept.filing))
    }

    /// An intent was added.
    pub(super) fn goes_out(&mut self, row: &OutboxRow) {
        if let Some(outward) = self.outward(row) {
            outward.pending += 1;
        }
    }

    /// An intent was settled; its row is as it was before.
    pub(super) fn went_out(&mut self, row: &OutboxRow, state: OutboxState, at: UnixMs) {
        if let Some(outward) = self.outward(row) {
            if row.state == OutboxState::Pending {
                outward.pending = outward.pending.saturating_sub(1);
            }
            if state != OutboxState::Dead {
                outward.taken_at = outward.taken_at.max(at);
            }
        }
        if let Some(entry) = self.cache.entries.get_mut(&row.conversation) {
            entry.on_way.retain(|kept| kept.message.seq != row.seq);
        }
    }

    /// A row was changed by hand: its conversation's are counted anew when it matters.
    pub(super) fn forget_outward(&mut self, row: &OutboxRow) {
        if let Some(entry) = self.cache.entries.get_mut(&row.conversation) {
            entry.outward = None;
        }
    }

    fn outward(&mut self, row: &OutboxRow) -> Option<&mut Outward> {
        let entry = self.cache.entries.get_mut(&row.conversation)?;
        entry.outward.as_mut()
    }
}

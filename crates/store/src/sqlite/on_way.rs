//! What is on its way out of the house, kept in memory: each message is looked at twice more, when it is
//! taken and when its platform has answered, and words that grant ask what went out before them.
//!
//! All of it can be read from disk as well, and is whenever memory does not know.

use std::sync::Arc;

use kefu_domain::{BrandId, EntryPointId, Message, MessageId, OutboxId, UnixMs};

use super::{cache::Entry, revising::Filing, writer::Writer};
use crate::{MESSAGE, OutboxRow, OutboxState};

/// Messages kept of one conversation; of more, the rest is read from disk.
const KEPT: usize = 16;

/// A message that waits for its platform's answer.
pub(super) struct OnWay {
    pub(super) message: Arc<Message>,
    pub(super) filing: Filing,
}

/// Intents kept of one conversation: a window holds five, the rest is room for what was refused.
pub(super) const NEWEST: usize = 8;

/// The newest intents of a conversation that carry a message, newest first.
#[derive(Default)]
pub(super) struct Outward(Vec<Intent>);

/// What a window asks of an intent.
pub(super) struct Intent {
    pub(super) id: OutboxId,
    pub(super) seq: u64,
    pub(super) entry_point: EntryPointId,
    /// Is it an agent's message, which is paid for?
    pub(super) paid: bool,
    pub(super) state: OutboxState,
    /// When it was settled, if it is.
    pub(super) at: UnixMs,
}

impl Outward {
    pub(super) fn add(&mut self, intent: Intent) {
        let newer = |known: &Intent| known.seq > intent.seq;
        let place = self.0.partition_point(newer);
        self.0.insert(place, intent);
        self.0.truncate(NEWEST);
    }

    fn settle(&mut self, id: OutboxId, state: OutboxState, at: UnixMs) {
        if let Some(intent) = self.0.iter_mut().find(|intent| intent.id == id) {
            (intent.state, intent.at) = (state, at);
        }
    }

    /// How many through a door the platform took since a time, or may take yet.
    pub(super) fn counted(&self, door: EntryPointId, from: UnixMs) -> u32 {
        let counts = |intent: &&Intent| {
            let taken = match intent.state {
                OutboxState::Pending => true,
                OutboxState::Done | OutboxState::Unknown => intent.at >= from,
                OutboxState::Dead => false,
            };
            taken && intent.paid && intent.entry_point == door
        };
        self.0.iter().filter(counts).count() as u32
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
        if row.seq > 0
            && let Some(outward) = self.outward(row)
        {
            outward.add(Intent {
                id: row.id,
                seq: row.seq,
                entry_point: row.entry_point,
                paid: row.kind == MESSAGE,
                state: OutboxState::Pending,
                at: row.next_at,
            });
        }
    }

    /// An intent was settled.
    pub(super) fn went_out(&mut self, row: &OutboxRow, state: OutboxState, at: UnixMs) {
        if let Some(outward) = self.outward(row) {
            outward.settle(row.id, state, at);
        }
        if let Some(entry) = self.cache.entries.get_mut(&row.conversation) {
            entry.on_way.retain(|kept| kept.message.seq != row.seq);
        }
    }

    /// A row was changed by hand: its conversation's are read anew when it matters.
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

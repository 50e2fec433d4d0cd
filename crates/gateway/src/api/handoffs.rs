//! Handoffs (升级服务) on the wire.

use kefu_domain::MessageId;
use kefu_reception::Setup;
use kefu_store::{Handoff, HandoffStatus, HandoffTally, HandoffTarget};
use serde::Serialize;
use utoipa::ToSchema;

/// What counts as today: the last 24 hours.
pub(super) const DAY_MS: i64 = 86_400_000;

/// An offer of a specialist or a group, and how far it got.
#[derive(Serialize, ToSchema)]
pub(super) struct HandoffRow {
    handoff_id: String,
    /// `specialist` or `fan_group`.
    kind: &'static str,
    target_id: String,
    name: String,
    title: String,
    #[schema(value_type = HandoffStatusWord)]
    status: HandoffStatus,
    offered_at: i64,
    seen_at: Option<i64>,
    opened_at: Option<i64>,
    done_at: Option<i64>,
    expires_at: i64,
    servicer_name: String,
    conversation_id: String,
    /// The card, once it is in the thread.
    msgid: Option<String>,
}

/// How far a handoff got.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described; the store's own is what is written")]
#[schema(as = HandoffStatus, rename_all = "snake_case")]
enum HandoffStatusWord {
    Preparing,
    Offered,
    Seen,
    Opened,
    Added,
    Joined,
    Expired,
    Failed,
}

/// How many got how far.
#[derive(Debug, Default, Clone, Copy, Serialize, ToSchema)]
pub(super) struct Counts {
    offered: u32,
    seen: u32,
    opened: u32,
    added: u32,
    joined: u32,
}

impl From<HandoffTally> for Counts {
    fn from(tally: HandoffTally) -> Self {
        let HandoffTally {
            offered,
            seen,
            opened,
            added,
            joined,
        } = tally;
        Self {
            offered,
            seen,
            opened,
            added,
            joined,
        }
    }
}

impl Counts {
    fn add(&mut self, handoff: &Handoff) {
        if handoff.status == HandoffStatus::Failed || handoff.status == HandoffStatus::Preparing {
            return;
        }
        self.offered += 1;
        self.seen += u32::from(handoff.seen_at.is_some());
        self.opened += u32::from(handoff.opened_at.is_some());
        self.added += u32::from(handoff.status == HandoffStatus::Added);
        self.joined += u32::from(handoff.status == HandoffStatus::Joined);
    }

    pub(super) fn of<'a>(handoffs: impl IntoIterator<Item = &'a Handoff>) -> Self {
        let mut counts = Self::default();
        handoffs.into_iter().for_each(|one| counts.add(one));
        counts
    }

    /// What several tallies come to.
    pub(super) fn sum(tallies: impl IntoIterator<Item = HandoffTally>) -> Self {
        let mut counts = Self::default();
        for tally in tallies {
            counts.offered += tally.offered;
            counts.seen += tally.seen;
            counts.opened += tally.opened;
            counts.added += tally.added;
            counts.joined += tally.joined;
        }
        counts
    }
}

pub(super) fn view(setup: &Setup, handoff: &Handoff) -> HandoffRow {
    let (kind, target_id) = match handoff.target {
        HandoffTarget::Specialist(id) => ("specialist", id.to_string()),
        HandoffTarget::FanGroup(id) => ("fan_group", id.to_string()),
    };
    let card = MessageId {
        conversation: handoff.conversation,
        seq: handoff.seq,
    };
    HandoffRow {
        handoff_id: handoff.id.to_string(),
        kind,
        target_id,
        name: handoff.name.clone(),
        title: handoff.title.clone(),
        status: handoff.status,
        offered_at: handoff.offered_at,
        seen_at: handoff.seen_at,
        opened_at: handoff.opened_at,
        done_at: handoff.done_at,
        expires_at: handoff.expires_at,
        servicer_name: handoff
            .agent
            .map(|id| setup.agent_name(id).to_owned())
            .unwrap_or_default(),
        conversation_id: handoff.conversation.to_string(),
        msgid: (handoff.seq > 0).then(|| card.to_string()),
    }
}

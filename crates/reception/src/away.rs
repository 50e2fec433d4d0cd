//! Away: words that lie unread while their customer has no connection become an event.
//!
//! A message for a customer of ours leaves a note in its own transaction, if a webhook asks for it.
//! After some seconds the note is looked at: read, or the customer is here, or the brand is told.

use kefu_domain::{BrandId, ConversationId, EntryPointId, HookCallId, Message, Origin, UnixMs};
use kefu_store::{Away, Conversation, HookCall, OutboxState, Way};
use serde_json::json;

use crate::{Reception, Result, Setup};

/// The event.
pub(crate) const EVENT: &str = "message.away";
/// Notes looked at in one round.
const ROUND: u32 = 256;
/// A customer who is here and reads nothing for so long sees it when they look.
const PATIENCE_MS: UnixMs = 3_600_000;
/// A thread that could not be read is looked at again after so long.
const UNREADABLE_MS: UnixMs = 60_000;
/// Unread words that are counted.
const COUNTED: u32 = 100;
/// Characters of the newest.
const PREVIEW: usize = 80;

/// Who knows whether a visitor listens.
pub trait Attendance: Send + Sync {
    /// Has a visitor of this conversation a connection now?
    fn here(&self, conversation: ConversationId) -> bool;
}

impl Reception {
    /// Says who knows which visitors are here. Without anybody, nobody is.
    pub fn attend(&self, attendance: std::sync::Arc<dyn Attendance>) {
        // The first one stays: a process has one set of doors.
        let _ = self.attendance.set(attendance);
    }

    /// When words that go out by this way now are looked at, if a webhook wants to know.
    pub(crate) fn away_at(&self, brand: BrandId, way: Way) -> Option<UnixMs> {
        if way.outside {
            return None;
        }
        let setup = self.directory.brand(brand).ok()?;
        Some(self.now() + patience_ms(&setup, way.entry_point)?)
    }

    /// Looks at the notes that are due; answers how many.
    pub(crate) async fn away_round(&self) -> Result<usize> {
        let due = self.store.due_away(self.now(), ROUND).await?;
        let count = due.len();
        for away in due {
            let (later, calls) = match self.decide(away).await {
                Ok(decided) => decided,
                Err(crate::Error::NotFound) => (None, Vec::new()),
                Err(error) => {
                    // One thread that cannot be read holds up nobody else's webhooks.
                    tracing::warn!(%error, conversation.id = %away.conversation, "whether a customer is away is looked at later");
                    (Some(self.now() + UNREADABLE_MS), Vec::new())
                }
            };
            self.store.settle_away(away, later, calls).await?;
        }
        Ok(count)
    }

    async fn decide(&self, away: Away) -> Result<(Option<UnixMs>, Vec<HookCall>)> {
        let setup = self.directory.brand(away.brand)?;
        let conversation = self
            .store
            .conversation(away.brand, away.conversation)
            .await?;
        let read = conversation.customer_read_seq >= away.seq;
        let Some(patience) = patience_ms(&setup, conversation.entry_point).filter(|_| !read) else {
            return Ok((None, Vec::new()));
        };
        let now = self.now();
        let here = self
            .attendance
            .get()
            .is_some_and(|attendance| attendance.here(away.conversation));
        if here {
            let later = (now - away.since < PATIENCE_MS).then_some(now + patience);
            return Ok((later, Vec::new()));
        }
        Ok((None, self.away_calls(&setup, &conversation, now).await?))
    }

    async fn away_calls(
        &self,
        setup: &Setup,
        conversation: &Conversation,
        now: UnixMs,
    ) -> Result<Vec<HookCall>> {
        let (brand, after) = (conversation.brand, conversation.customer_read_seq);
        let mut unread = self
            .store
            .messages(brand, conversation.id, after, None, true, COUNTED)
            .await?;
        unread.retain(|message| {
            matches!(message.origin, Origin::Servicer | Origin::Assistant) && !message.recalled
        });
        let Some(newest) = unread.last() else {
            return Ok(Vec::new());
        };
        let identities = self
            .store
            .identities(brand, conversation.customer.id)
            .await?;
        let signed = identities.iter().find(|identity| identity.kind == "signed");
        let user = signed.map(|identity| identity.value.as_str());
        let wanting = setup
            .webhooks
            .values()
            .filter(|row| row.entry.wants(EVENT, Some(conversation.entry_point)));
        Ok(wanting
            .map(|row| {
                let id = HookCallId(self.ids.mint());
                let body = json!({
                    "event": EVENT, "event_id": id, "created_at": now, "brand": setup.brand.entry.slug,
                    "entry_point_id": conversation.entry_point, "conversation_id": conversation.id,
                    "external_userid": conversation.customer.id, "user_id": user,
                    "unread": unread.len(), "message": shown(setup, newest),
                });
                call(id, brand, row.entry.id, EVENT, &body, now)
            })
            .collect())
    }
}

/// A message as far as it belongs on a lock screen.
fn shown(setup: &Setup, message: &Message) -> serde_json::Value {
    json!({
        "msgid": message.id(), "seq": message.seq, "msgtype": message.content.msgtype(), "sent_at": message.sent_at,
        "name": message.agent.map_or("", |agent| setup.agent_name(agent)),
        "preview": message.content.preview(PREVIEW),
    })
}

/// How long the most impatient webhook of a door waits.
fn patience_ms(setup: &Setup, door: EntryPointId) -> Option<UnixMs> {
    let wanting = setup.webhooks.values();
    wanting
        .filter(|row| row.entry.wants(EVENT, Some(door)))
        .map(|row| UnixMs::from(row.entry.away_s) * 1000)
        .min()
}

/// A call that is due now.
pub(crate) fn call(
    id: HookCallId,
    brand: BrandId,
    webhook: kefu_domain::WebhookId,
    event: &str,
    body: &serde_json::Value,
    now: UnixMs,
) -> HookCall {
    HookCall {
        id,
        brand,
        webhook,
        event: event.to_owned(),
        body: body.to_string(),
        created_at: now,
        first_at: now,
        attempts: 0,
        state: OutboxState::Pending,
        due_at: Some(now),
        tries: Vec::new(),
        no: 0,
    }
}

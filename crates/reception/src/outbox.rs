//! The outbox worker: durable intents, one at a time per conversation, with patience.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use kefu_channels::{Class, Fault, Parcel};
use kefu_domain::{Content, Failure, Message, ServiceState, UnixMs};
use kefu_store::{Conversation, END, OutboxRow, Settled};
use rand::RngExt;

use crate::{Error, Reception, Result, pass::PASS, upload::StoredFiles};

/// Sends at the same time.
const AT_ONCE: usize = 64;
/// Nobody else takes a row for so long.
const LEASE_MS: UnixMs = 60_000;
/// Tries, then it is dead. Its age decides earlier but in a storm: a platform that is busy for minutes,
/// or has had its calls of the hour, is asked again once a minute.
const TRIES: u32 = 48;
/// Age, then it is dead.
const AGE_MS: UnixMs = 3_600_000;

impl Reception {
    pub(crate) async fn outbox_forever(self: Arc<Self>) {
        loop {
            match self.outbox_round().await {
                Ok(0) => {
                    let pause = match self.store.next_outbox().await {
                        Ok(Some(at)) => Duration::from_millis(
                            u64::try_from(at - self.now()).unwrap_or(0).clamp(5, 1000),
                        ),
                        _ => Duration::from_secs(1),
                    };
                    let _ = tokio::time::timeout(pause, self.outbox_due.notified()).await;
                }
                Ok(_) => (),
                Err(error) => {
                    tracing::warn!(%error, "the outbox waits for the store");
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        }
    }

    /// Takes what is due and sends it; answers how many.
    async fn outbox_round(&self) -> Result<usize> {
        let now = self.now();
        let taken = self.store.take_outbox(now, now + LEASE_MS, 256).await?;
        let count = taken.len();
        stream::iter(taken)
            .for_each_concurrent(AT_ONCE, |(row, message, conversation)| async move {
                let settled = self.deliver(&row, message, &conversation).await;
                if let Err(error) = self.store.settle(row.id, settled, self.now()).await {
                    // The lease runs out and it is tried again: the id upstream makes that harmless.
                    tracing::warn!(%error, outbox.id = %row.id, "a try could not be settled");
                }
            })
            .await;
        Ok(count)
    }

    async fn deliver(
        &self,
        row: &OutboxRow,
        message: Option<Message>,
        conversation: &Conversation,
    ) -> Settled {
        let now = self.now();
        if row.expires_at.is_some_and(|at| at <= now) {
            return Settled::Dead {
                failure: failure("expired", "过了时效，没有发出\u{1f}its time was over"),
                refund: true,
            };
        }
        if row.kind == PASS {
            return self.pass(row, conversation).await;
        }
        let resumed = conversation
            .session
            .as_ref()
            .is_some_and(|session| session.state != ServiceState::Ended);
        if row.kind == END && resumed {
            // The customer wrote again: ending the platform's session now would shut them out.
            return match message.as_ref().map(|message| &message.content) {
                None | Some(Content::Event(_)) => Settled::Sent,
                Some(_) => Settled::Dead {
                    failure: failure(
                        "resumed",
                        "客户又来信了，结束语没有发出\u{1f}the customer wrote again; the last words were not sent",
                    ),
                    refund: false,
                },
            };
        }
        let prepared = match self.parcel(row, message, conversation) {
            Ok(prepared) => prepared,
            Err(error) => {
                return Settled::Dead {
                    failure: failure(error.code(), &error.to_string()),
                    refund: true,
                };
            }
        };
        let (channel, connection, door, parcel) = prepared;
        let files = StoredFiles {
            reception: self,
            brand: row.brand,
        };
        let result = channel.send(&connection, &door, &parcel, &files).await;
        metrics::counter!("kefu_outbox_tries_total", "result" => if result.is_ok() { "ok" } else { "fault" }).increment(1);
        match result {
            Ok(()) => Settled::Sent,
            Err(fault) => after(&fault, row, now),
        }
    }

    fn parcel(
        &self,
        row: &OutboxRow,
        message: Option<Message>,
        conversation: &Conversation,
    ) -> Result<(
        Arc<dyn kefu_channels::Channel>,
        kefu_domain::setup::Connection,
        kefu_domain::setup::EntryPoint,
        Parcel,
    )> {
        let setup = self.directory.brand(row.brand)?;
        let door = setup.entry_point(row.entry_point)?.clone();
        let channel = self.channels.get(&door.channel).ok_or(Error::NotFound)?;
        let connection = door
            .connection
            .and_then(|id| setup.connections.get(&id))
            .ok_or(Error::NotFound)?;
        let parcel = Parcel {
            id: row.id,
            kind: row.kind.clone(),
            address: conversation.address.clone(),
            // No platform's API carries a quote.
            content: message.map_or_else(
                || Content::text(""),
                |message| message.content.quote_in_words(),
            ),
            payload: row.payload.clone(),
            // This very try was counted when the row was taken.
            attempts: row.attempts.saturating_sub(1),
        };
        Ok((Arc::clone(channel), connection.entry.clone(), door, parcel))
    }
}

pub(crate) fn failure(code: &str, reason: &str) -> Failure {
    Failure {
        code: code.to_owned(),
        reason: reason.to_owned(),
    }
}

/// What a fault means for its row.
pub(crate) fn after(fault: &Fault, row: &OutboxRow, now: UnixMs) -> Settled {
    let failure = fault.failure.clone();
    let spent = row.attempts >= TRIES || now - row.created_at >= AGE_MS;
    if let Some(spent) = fault.closes() {
        return Settled::Closed { failure, spent };
    }
    match fault.class {
        Class::Permanent => Settled::Dead {
            failure,
            refund: true,
        },
        Class::Unknown => Settled::Unknown { failure },
        Class::Retry(_) if spent => Settled::Dead {
            failure,
            refund: true,
        },
        Class::RetrySafely(_) if spent => Settled::Unknown { failure },
        Class::Retry(least) | Class::RetrySafely(least) => {
            // 1, 2, 4 … 60 s, each ± 50 %, and never before the platform allows it.
            let base = 1000u64 << row.attempts.saturating_sub(1).min(6);
            let wait = base.min(60_000);
            let jittered = wait / 2 + rand::rng().random_range(0..=wait);
            Settled::Retry {
                at: now + i64::try_from(jittered.max(least)).unwrap_or(60_000),
                failure,
            }
        }
    }
}

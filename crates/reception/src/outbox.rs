//! The outbox worker: durable intents, one at a time per conversation, with patience.
//!
//! Every send is a task of its own, and no platform's slowness is another brand's: see
//! [`crate::places`]. After a refusal an intent waits in its row.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::{FutureExt, future::join_all};
use kefu_channels::{BY_CODE, Class, Fault, Parcel};
use kefu_domain::{
    BrandId, Content, EntryPointId, Failure, Message, OutboxId, ServiceState, UnixMs,
};
use kefu_store::{Conversation, END, OutboxRow, Settled};
use rand::RngExt;

use crate::{
    Error, Reception, Result, by_code::outdated, news::LOOK_MS, pass::PASS, places::Places,
    upload::StoredFiles,
};

/// Sends at the same time.
const AT_ONCE: usize = 4096;
/// Of one connection; its pace is kept beyond that.
const OF_ONE: usize = 256;
/// Nobody else takes a row for so long.
const LEASE_MS: UnixMs = 60_000;
/// Tries, then it is dead. Its age decides earlier but in a storm: a platform that is busy for minutes,
/// or has had its calls of the hour, is asked again once a minute.
const TRIES: u32 = 48;
/// Age without the time it was kept back, then it is dead.
const AGE_MS: UnixMs = 3_600_000;
/// Age with it: by then every window of a customer is over.
const LONGEST_MS: UnixMs = 48 * 3_600_000;
/// Why something waits whose door or connection is paused.
const PAUSED: &str = "paused";
/// What waited for a pause is made due in portions of so many.
const RESUMED: u32 = 5_000;
/// The longest time without a look at what is due.
const LOOK: Duration = Duration::from_secs(1);
/// Two looks are so far apart at least: what comes due and what ends meanwhile shares the next.
const APART: Duration = Duration::from_millis(5);

impl Reception {
    pub(crate) async fn outbox_forever(self: Arc<Self>) {
        let mut places = Places::new(AT_ONCE, OF_ONE);
        // What was on its way when the last process ended is asked for again now, under the same ids.
        if let Err(error) = self.store.release_outbox().await {
            tracing::warn!(%error, "what was on its way goes out when its lease ends");
        }
        // Where a pause ended while nobody ran is not known.
        match self.store.outbox_doors(self.now(), 1).await {
            Ok(doors) => self
                .held
                .lock()
                .extend(doors.iter().map(|door| door.entry_point)),
            Err(error) => tracing::warn!(%error, "what waits for a pause may wait longer"),
        }
        loop {
            let (pause, crowded) = match self.send_due(&mut places).await {
                Ok(looked) => looked,
                Err(error) => {
                    tracing::warn!(%error, "the outbox waits for the store");
                    (Duration::from_millis(500), false)
                }
            };
            let apart = tokio::time::sleep(APART);
            let pause = tokio::time::sleep(pause);
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    _ = places.ended() => {
                        while places.ended_now().is_some() {}
                        // What follows in its lane is told like everything that is due.
                        if !crowded {
                            continue;
                        }
                    }
                    () = self.outbox_due.notified() => (),
                    () = &mut pause => (),
                }
                break;
            }
            apart.await;
        }
    }

    /// Begins to send what is due, as far as there are places; answers when to look again, and whether
    /// some of it was left for want of a place.
    async fn send_due(
        self: &Arc<Self>,
        places: &mut Places<OutboxId, ()>,
    ) -> Result<(Duration, bool)> {
        let now = self.now();
        self.resume(now).await?;
        let (mut next, mut crowded) = (None, false);
        let mut promised = 0;
        let mut to_whom = HashMap::new();
        let mut shares = Vec::new();
        for door in self.store.outbox_doors(now, OF_ONE as u32).await? {
            next = next.into_iter().chain(door.next_at).min();
            let whose = self.whose(door.brand, door.entry_point);
            let to_it = to_whom.entry(whose).or_insert(0);
            let share = places
                .room_after(whose, *to_it, promised)
                .min(door.due as usize);
            crowded |= share < door.due as usize || door.due == OF_ONE as u32;
            if share > 0 {
                (*to_it, promised) = (*to_it + share, promised + share);
                shares.push((door.entry_point, share as u32));
            }
        }
        if !shares.is_empty() {
            let lease = now + LEASE_MS;
            let mut too_early = Vec::new();
            let taken = self.store.take_outbox(now, lease, shares).await?;
            while places.ended_now().is_some() {}
            for (row, message, conversation) in taken {
                let id = row.id;
                if places.has(id) {
                    too_early.push(id);
                    continue;
                }
                let whose = self.whose(row.brand, row.entry_point);
                let sending = Arc::clone(self).send_one(row, message, conversation);
                places.start(whose, id, sending);
            }
            // Together: nobody else is served meanwhile.
            let later = too_early.into_iter().map(|id| self.try_later(id, now));
            join_all(later).await;
        }
        let until = next.map(|at| u64::try_from(at - now).unwrap_or(0));
        let pause = until.map_or(LOOK, |ms| Duration::from_millis(ms.max(5)).min(LOOK));
        Ok((pause, crowded))
    }

    /// Puts an intent back whose last try outlived its lease, or has settled it and not ended here yet:
    /// left to a lease that nobody works on, it would hold up its lane for a minute.
    async fn try_later(&self, id: OutboxId, now: UnixMs) {
        let later = Settled::Later { at: now + LOOK_MS };
        if let Err(error) = self.store.settle(id, later, now).await {
            tracing::warn!(%error, outbox.id = %id, "an intent could not be put back");
        }
    }

    /// Makes due what waited for a pause that is over.
    async fn resume(&self, now: UnixMs) -> Result<()> {
        let held: Vec<EntryPointId> = self.held.lock().iter().copied().collect();
        for door in held {
            let brand = self.directory.brand_of_door(door);
            if brand.is_some_and(|brand| self.is_paused(brand, door)) {
                continue;
            }
            // Before it is looked for: what is kept back meanwhile puts it here again.
            self.held.lock().remove(&door);
            let released = self.store.release_held(door, PAUSED, now, RESUMED).await;
            if !matches!(released, Ok(few) if few < RESUMED) {
                self.held.lock().insert(door);
            }
            released?;
        }
        Ok(())
    }

    async fn send_one(
        self: Arc<Self>,
        row: OutboxRow,
        message: Option<Message>,
        conversation: Arc<Conversation>,
    ) {
        let sent = AssertUnwindSafe(self.deliver(&row, message, &conversation)).catch_unwind();
        let settled = sent.await.unwrap_or_else(|_| {
            tracing::error!(outbox.id = %row.id, "a send panicked");
            metrics::counter!("kefu_task_panics_total").increment(1);
            Settled::Unknown {
                failure: failure(
                    "internal",
                    "发送时程序出错，不知道是否已经发出\u{1f}the program failed while sending; whether it went out is unknown",
                ),
            }
        });
        let paused = matches!(&settled, Settled::Held { failure, .. } if failure.code == PAUSED);
        let kept = self.store.settle(row.id, settled, self.now()).await;
        if paused {
            // Not before it is in its row, where the end of the pause looks for it.
            self.held.lock().insert(row.entry_point);
        }
        if let Err(error) = kept {
            // The lease runs out and it is tried again: the id upstream makes that harmless.
            tracing::warn!(%error, outbox.id = %row.id, "a try could not be settled");
        }
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
        if self.is_paused(row.brand, row.entry_point) {
            let why = failure(
                PAUSED,
                "接入点或连接已暂停，恢复后自动发送\u{1f}The entry point or its connection is paused; it goes out when that ends",
            );
            let longest = row.created_at + LONGEST_MS;
            return match now >= longest {
                true => given_up(row, true, &why),
                false => Settled::Held {
                    at: row.expires_at.map_or(longest, |at| at.min(longest)),
                    failure: why,
                },
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
        if row.kind == BY_CODE
            && let Some(settled) = outdated(row, conversation)
        {
            return settled;
        }
        if row.kind == END && self.news_wait(row, now) {
            return Settled::Later { at: now + LOOK_MS };
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

    /// Does nothing go out by this door, because it or its connection is paused?
    fn is_paused(&self, brand: BrandId, door: EntryPointId) -> bool {
        let Ok(setup) = self.directory.brand(brand) else {
            return false;
        };
        setup.entry_point(door).is_ok_and(|door| {
            let connection = door.connection.and_then(|id| setup.connections.get(&id));
            door.paused || connection.is_some_and(|row| row.entry.paused)
        })
    }

    /// May the customer have written again, and we did not hear of it yet?
    fn news_wait(&self, row: &OutboxRow, now: UnixMs) -> bool {
        let setup = self.directory.brand(row.brand);
        let pulled = setup.is_ok_and(|setup| {
            let door = setup.entry_point(row.entry_point);
            door.is_ok_and(|door| door.upstream_open_kfid.is_some() && !door.paused)
        });
        pulled && self.news.wait(row.entry_point, row.created_at, now)
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
            doubtful: row.is_doubtful(),
            again: row.tried.again,
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
    // How long this system itself kept it back says nothing about the platform.
    let age = now - row.created_at - row.tried.held_ms;
    let spent = row.attempts >= TRIES || age >= AGE_MS;
    if let Some(spent) = fault.closes() {
        return Settled::Closed { failure, spent };
    }
    match fault.class {
        Class::Permanent => Settled::Dead {
            failure,
            refund: true,
        },
        Class::Unknown => Settled::Unknown { failure },
        Class::Held(_) if now - row.created_at >= LONGEST_MS => given_up(row, true, &failure),
        Class::Held(least) => held(now, least, failure),
        Class::Retry(_) if spent => given_up(row, true, &failure),
        Class::RetrySafely(_) if spent => given_up(row, false, &failure),
        Class::Retry(least) | Class::RetrySafely(least) => {
            // 1, 2, 4 … 60 s, each ± 50 %, and never before the platform allows it.
            let base = 1000u64 << row.attempts.saturating_sub(1).min(6);
            let wait = base.min(60_000);
            let jittered = wait / 2 + rand::rng().random_range(0..=wait);
            Settled::Retry {
                at: now + i64::try_from(jittered.max(least)).unwrap_or(60_000),
                failure,
                certain: matches!(fault.class, Class::Retry(_)),
            }
        }
    }
}

/// Kept back by this system, so many milliseconds at least; many that wait for the same do not come
/// back together.
fn held(now: UnixMs, least: u64, failure: Failure) -> Settled {
    let wait = least.saturating_add(rand::rng().random_range(0..=1_000));
    Settled::Held {
        at: now + i64::try_from(wait).unwrap_or(60_000),
        failure,
    }
}

/// What is not tried any more says so: the words of its last try promised another.
fn given_up(row: &OutboxRow, certain: bool, last: &Failure) -> Settled {
    if certain && !row.is_doubtful() && !row.tried.again {
        return Settled::Dead {
            failure: failure(
                &last.code,
                "一直没能发出去，已停止自动发送；可以点重发\u{1f}It could not be sent for too long and is not tried any more by itself; it can be sent again",
            ),
            refund: true,
        };
    }
    Settled::Unknown {
        failure: failure(
            &last.code,
            "平台一直没有确认，可能已经送达；不再自动重发，请确认后再决定\u{1f}The platform never confirmed it; it may have arrived, and is not sent again by itself",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kefu_domain::ConversationId;
    use kefu_store::{MESSAGE, OutboxState, Tried};

    const HOUR: UnixMs = 3_600_000;

    fn row(attempts: u32, tried: Tried) -> OutboxRow {
        OutboxRow {
            id: OutboxId(1),
            brand: BrandId(1),
            conversation: ConversationId(1),
            entry_point: EntryPointId(1),
            seq: 1,
            kind: MESSAGE.to_owned(),
            payload: "{}".to_owned(),
            attempts,
            tried,
            created_at: 0,
            expires_at: None,
            next_at: 0,
            state: OutboxState::Pending,
            failure: None,
        }
    }

    fn fault(class: Class) -> Fault {
        Fault {
            class,
            ..Fault::later(
                0,
                "45009",
                "平台限制了调用频率，稍后会自动发送",
                "later by itself",
            )
        }
    }

    #[test]
    fn what_waited_for_an_hours_block_to_end_does_not_die_as_it_ends() {
        let waited = Tried {
            held_ms: HOUR,
            ..Tried::default()
        };
        let now = HOUR + 1_000;
        let soon = after(&fault(Class::Held(1_000)), &row(1, waited), now);
        assert!(
            matches!(soon, Settled::Held { at, .. } if (now + 1_000..=now + 2_000).contains(&at)),
            "{soon:?}"
        );
        // Nor at the first refusal after it.
        let busy = after(&fault(Class::Retry(0)), &row(1, waited), now);
        assert!(
            matches!(busy, Settled::Retry { certain: true, .. }),
            "{busy:?}"
        );
        let worn = after(&fault(Class::Retry(0)), &row(1, waited), 2 * HOUR);
        assert!(
            matches!(worn, Settled::Dead { refund: true, .. }),
            "{worn:?}"
        );
        // Held for ever is bounded too.
        let ever = after(&fault(Class::Held(0)), &row(1, waited), LONGEST_MS);
        assert!(matches!(ever, Settled::Dead { .. }), "{ever:?}");
    }

    #[test]
    fn what_is_given_up_promises_nothing() {
        let refused = Tried {
            refused: 4,
            ..Tried::default()
        };
        let dead = after(&fault(Class::Retry(0)), &row(5, refused), HOUR);
        let Settled::Dead { failure, .. } = dead else {
            panic!("{dead:?}");
        };
        assert_eq!(failure.code, "45009");
        assert!(
            failure.reason.contains("重发") && !failure.reason.contains("稍后"),
            "{failure:?}"
        );
        // An earlier try that may have been taken is remembered to the end.
        let doubtful = Tried {
            refused: 3,
            ..Tried::default()
        };
        let unknown = after(&fault(Class::Retry(0)), &row(5, doubtful), HOUR);
        assert!(matches!(unknown, Settled::Unknown { .. }), "{unknown:?}");
    }
}

//! The sweep: what time alone brings about, once a second, and the comparison of queue and store.

mod compare;
mod due;
mod soon;

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, stream};
use kefu_domain::{
    AgentId, BrandId, ConversationId, KfAccountId, ServiceState, SessionId, UnixMs,
    routing::Availability,
    session::{Clocks, Command, Reason},
};
use kefu_store::{Act, Conversation, Seen};
use parking_lot::ArcMutexGuard;

use crate::{Reception, Setup, file::fill};

use due::{Away, Due, Left, falls_due};
use soon::SOON_MS;
pub(crate) use soon::Soon;

/// Effects of one sweep and brand at most; the rest waits a second.
const PER_SWEEP: usize = 500;
/// Sessions looked at without letting go of the floor, which every commit needs.
const LOT: usize = 4096;
/// Effects under way together: they share the store's commits, and routing soon goes on.
const AT_ONCE: usize = 64;
/// Who let so many offers in a row lapse is not at their desk.
const LAPSES: u32 = 3;

impl Reception {
    /// Looks at every open session of every brand.
    pub(crate) async fn sweep(&self, now: UnixMs) {
        for brand in self.floor.brands() {
            let Ok(setup) = self.directory.brand(brand) else {
                continue;
            };
            let away = self.away(brand).await;
            let due = self.due(brand, &setup, &away, now);
            self.settle_all(brand, &setup, due).await;
            self.floor.brand(brand).measure(now);
        }
    }

    /// Agents who hold something and are not here.
    async fn away(&self, brand: BrandId) -> Away {
        let (held, left) = {
            let floor = self.floor.brand(brand);
            let mut held = Vec::new();
            let mut left = HashMap::new();
            for (agent, seat) in floor.seats.iter().filter(|(_, seat)| !seat.held.is_empty()) {
                if seat.availability == Availability::Offline {
                    left.insert(*agent, seat.since_at);
                }
                if !floor.consoles.contains_key(agent) {
                    held.push(*agent);
                }
            }
            (held, left)
        };
        let absent = if held.is_empty() {
            HashSet::new()
        } else {
            match self.presence.present(brand).await {
                Ok(present) => held
                    .into_iter()
                    .filter(|agent| !present.contains(agent))
                    .collect(),
                Err(_) => HashSet::new(),
            }
        };
        Away { absent, left }
    }

    fn due(&self, brand: BrandId, setup: &Setup, away: &Away, now: UnixMs) -> Vec<Due> {
        let mut ids: Vec<ConversationId> = self.floor.brand(brand).live.keys().copied().collect();
        // From anywhere: what cannot be settled must not stand before the rest each time.
        let from = rand::random_range(0..ids.len().max(1));
        ids.rotate_left(from);
        let (mut all, mut soon, mut left) = (Vec::new(), Vec::new(), Left::default());
        let mut opens = Vec::new();
        for lot in ids.chunks(LOT) {
            let floor = self.floor.brand(brand);
            for live in lot.iter().filter_map(|id| floor.live.get(id)) {
                left.note(live, setup, now);
                let Some((at, due)) = falls_due(live, setup, away, now) else {
                    continue;
                };
                if at > now {
                    soon.extend((at <= now + SOON_MS).then_some((at, live.conversation.id)));
                } else if let Due::Opens { .. } = due {
                    let came = live
                        .conversation
                        .session
                        .as_ref()
                        .map(|s| (s.opened_at, s.id));
                    opens.push((came, due));
                } else if all.len() < PER_SWEEP {
                    all.push(due);
                }
            }
            // Whoever commits waits for no more than a lot.
            ArcMutexGuard::unlock_fair(floor);
        }
        // Who came first is first in the queue, which is not filled beyond its bound.
        opens.sort_unstable_by_key(|(came, _)| *came);
        let mut floor = self.floor.brand(brand);
        floor.soon.set(soon);
        let mut queued: HashMap<KfAccountId, u32> = HashMap::new();
        let opens = opens.into_iter().filter_map(|(_, due)| {
            let Due::Opens { account: id, .. } = due else {
                return None;
            };
            let count = queued.entry(id).or_insert_with(|| floor.waiting_at(id));
            let most = setup.kf_account(id).map_or(0, |a| a.rules.max_waiting);
            let fits = *count < most;
            *count += u32::from(fits);
            fits.then_some(due)
        });
        let opens: Vec<_> = opens.take(PER_SWEEP).collect();
        left.due(&floor, setup)
            .chain(all)
            .chain(opens)
            .take(PER_SWEEP)
            .collect()
    }

    async fn settle_all(&self, brand: BrandId, setup: &Setup, due: Vec<Due>) {
        stream::iter(due)
            .for_each_concurrent(AT_ONCE, |one| self.settle_due(brand, setup, one))
            .await;
    }

    async fn settle_due(&self, brand: BrandId, setup: &Setup, due: Due) {
        let result = match due {
            Due::Lapsed {
                id,
                session,
                agent,
                fence,
            } => self.lapse(brand, id, session, agent, fence).await,
            Due::NoReply {
                session,
                fence,
                clocks,
            } => {
                let seen = Some(Seen::Clocks(clocks));
                self.put_back(brand, session, fence, Reason::ReplyTimeout, seen)
                    .await
            }
            Due::Gone {
                session,
                fence,
                clocks,
            } => {
                let seen = Some(Seen::Clocks(clocks));
                self.put_back(brand, session, fence, Reason::AgentGone, seen)
                    .await
            }
            Due::Silent { session, clocks } => {
                self.run_out(brand, session, Reason::Silence, clocks).await
            }
            Due::Warn {
                conversation,
                clocks,
            } => self.warn(brand, setup, &conversation, clocks).await,
            Due::Opens { id, at, .. } => self.enqueue_at(brand, id, Some("hours_opened"), at).await,
            Due::Answer { id } => self.enqueue(brand, id, Some("left_message_due")).await,
            Due::Pass { conversation } => self.pass_on(&conversation).await,
            Due::Forgotten { session, clocks } => {
                self.run_out(brand, session, Reason::Upstream, clocks).await
            }
        };
        if let Err(error) = result {
            tracing::debug!(%error, "what was due is settled already");
        }
    }

    /// An offer comes back. Who lets one after the other lapse is asked no more: set to busy, and told
    /// why, until they say that they are back.
    async fn lapse(
        &self,
        brand: BrandId,
        id: ConversationId,
        session: SessionId,
        agent: AgentId,
        fence: u64,
    ) -> crate::Result<()> {
        let absent_minded = {
            let mut floor = self.floor.brand(brand);
            let seat = floor.seat(agent);
            seat.lapses + 1 >= LAPSES && seat.availability == Availability::Online
        };
        if absent_minded {
            let why = format!("连续 {LAPSES} 次没有应答 · {LAPSES} offers missed");
            self.set_availability(brand, agent, Availability::Busy, why)
                .await?;
        }
        self.withdraw(brand, id, session, agent, fence, Reason::OfferTimeout)
            .await
    }

    /// A session ends by its clocks.
    async fn run_out(
        &self,
        brand: BrandId,
        session: SessionId,
        reason: Reason,
        clocks: Clocks,
    ) -> crate::Result<()> {
        let seen = Some(Seen::Clocks(clocks));
        self.end(brand, None, session, None, reason, seen).await?;
        Ok(())
    }

    async fn warn(
        &self,
        brand: BrandId,
        setup: &Setup,
        conversation: &Conversation,
        clocks: Clocks,
    ) -> crate::Result<()> {
        let Some(session) = &conversation.session else {
            return Ok(());
        };
        let account = setup.kf_account(session.kf_account)?;
        let way = self.way(brand, conversation.entry_point)?;
        let minutes = u64::from(account.rules.silence_end_s).div_ceil(60);
        let text = fill(&account.texts.warn, 0, minutes);
        let key = format!("warn-{}-{}", session.id, self.now());
        self.store
            .act(Act {
                seen: Some(Seen::Clocks(clocks)),
                say: self.words(key, &text, way).into_iter().collect(),
                ..Act::new(
                    brand,
                    conversation.id,
                    session.id,
                    Command::Warn,
                    self.now(),
                )
            })
            .await?;
        Ok(())
    }

    /// Sessions of an agent who is gone: those with an open turn go back, offers too.
    pub(crate) async fn release_agent(&self, brand: BrandId, agent: AgentId) {
        let held = self.held(brand, agent);
        for id in held {
            let live = self.floor.brand(brand).live.get(&id).cloned();
            let Some(live) = live else { continue };
            let Some(session) = &live.conversation.session else {
                continue;
            };
            let result = match session.offer {
                Some(offer) if offer.agent == agent => {
                    self.withdraw(
                        brand,
                        id,
                        session.id,
                        agent,
                        session.fence,
                        Reason::AgentGone,
                    )
                    .await
                }
                _ if session.state == ServiceState::Serving && live.turn_since.is_some() => {
                    let seen = Some(Seen::Clocks(live.clocks()));
                    self.put_back(brand, session.id, session.fence, Reason::AgentGone, seen)
                        .await
                }
                _ => Ok(()),
            };
            if let Err(error) = result {
                tracing::debug!(%error, "already moved on");
            }
        }
    }
}

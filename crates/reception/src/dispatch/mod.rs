//! Dispatch: the next customer to the right agent.
//!
//! Woken by every change that matters and by a sweep each second. A pass tells the queue what
//! changed, asks the domain for candidates for those at the head of each line, claims in the queue,
//! and confirms in the store. Only the store's answer counts.

use std::{borrow::Cow, collections::HashMap, sync::Arc, time::Duration};

use futures_util::future::join_all;
use kefu_domain::{
    AgentId, BrandId, ConversationId, Session, SessionId, TeamId, UnixMs,
    content::{Content, Event},
    routing::{self, Availability, Decision, Explanation, Waiting},
    session::Command,
    setup::Overflow,
};
use kefu_queue::{Claim, QueueError, Seat};
use kefu_store::{Act, Conversation, Say, StoreError};

use crate::{Reception, Setup, floor::Tell, say};

/// Sessions looked at per line and pass.
const HEAD: usize = 128;
/// And at most, while somebody is free whom none of those may have.
const DEEPEST: usize = 8192;
/// Passes without a pause; then others get their turn.
const PASSES: usize = 64;
/// The sweep: nobody waits longer for a missed wake-up.
const SWEEP: Duration = Duration::from_secs(1);

/// The dispatcher's memory of a brand's seats, so that a pass allocates nothing for them.
#[derive(Default)]
pub(crate) struct Desk {
    brands: HashMap<BrandId, (Arc<Setup>, Vec<routing::Seat>)>,
}

/// What a look at a line came to.
#[derive(Default)]
struct Look {
    claims: Vec<Claim>,
    pending: Vec<Pending>,
    overflow: Vec<(SessionId, Arc<Conversation>, TeamId)>,
    /// Somebody of the team could take one more.
    someone_free: bool,
}

/// A decision that waits for its claim.
struct Pending {
    session: SessionId,
    conversation: Arc<Conversation>,
    until: Option<UnixMs>,
    explanation: Explanation,
}

impl Reception {
    /// Runs until the process ends.
    pub(crate) async fn dispatch_forever(self: Arc<Self>) {
        let mut desk = Desk::default();
        let mut sweep = tokio::time::interval(SWEEP);
        sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.wake.notified() => (),
                () = self.until_an_offer_ends() => self.end_offers().await,
                _ = sweep.tick() => {
                    let now = self.now();
                    self.sweep(now).await;
                    for brand in self.floor.brands() {
                        self.floor.brand(brand).stirred = true;
                    }
                }
            }
            self.refresh().await;
            for brand in self.floor.stirred() {
                if let Err(error) = self.dispatch(&mut desk, brand).await {
                    tracing::warn!(%error, brand.id = %brand, "routing waits for the queue");
                    metrics::counter!("kefu_dispatch_failures_total").increment(1);
                }
            }
        }
    }

    /// Reads set-up that changed.
    pub(crate) async fn refresh(&self) {
        for brand in self.directory.take_stale() {
            if let Err(error) = self.directory.load(self.store.as_ref(), brand).await {
                tracing::warn!(%error, brand.id = %brand, "set-up could not be read");
                self.directory.stale(brand);
            }
            let mut floor = self.floor.brand(brand);
            floor.reseat = true;
            floor.stirred = true;
        }
    }

    async fn dispatch(&self, desk: &mut Desk, brand: BrandId) -> Result<(), QueueError> {
        let Ok(setup) = self.directory.brand(brand) else {
            return Ok(());
        };
        for _ in 0..PASSES {
            self.tell_queue(brand, &setup).await?;
            let teams = self.lines(brand);
            let mut moved = false;
            for team in teams {
                moved |= self.serve_line(desk, brand, &setup, team).await?;
            }
            if !moved {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
        self.floor.brand(brand).stirred = true;
        self.floor.wake();
        Ok(())
    }

    /// Tells the queue backend what the floor collected. What it does not take is kept.
    pub(crate) async fn tell_queue(&self, brand: BrandId, setup: &Setup) -> Result<(), QueueError> {
        let (tell, seats) = {
            let mut floor = self.floor.brand(brand);
            let seats = std::mem::take(&mut floor.reseat).then(|| seats_of(&floor.seats, setup));
            if seats.is_some() {
                floor.labels = self.queues.labels(setup);
            }
            (std::mem::take(&mut floor.tell), seats)
        };
        let result = self.tell_all(brand, &tell, seats.as_deref()).await;
        if result.is_err() {
            let mut floor = self.floor.brand(brand);
            floor.reseat |= seats.is_some();
            let later = std::mem::replace(&mut floor.tell, tell);
            floor.tell.extend(later);
        }
        result
    }

    async fn tell_all(
        &self,
        brand: BrandId,
        tell: &[Tell],
        seats: Option<&[Seat]>,
    ) -> Result<(), QueueError> {
        if let Some(seats) = seats {
            self.queue.seat(brand, seats).await?;
        }
        // Order matters between kinds, so only neighbours of one kind go together.
        for group in tell.chunk_by(|a, b| std::mem::discriminant(a) == std::mem::discriminant(b)) {
            match group[0] {
                Tell::Join(_) => {
                    let places: Vec<_> = group
                        .iter()
                        .filter_map(|t| {
                            if let Tell::Join(place) = t {
                                Some(*place)
                            } else {
                                None
                            }
                        })
                        .collect();
                    self.queue.join(brand, &places).await?;
                }
                Tell::Leave(_) => {
                    let gone: Vec<_> = group
                        .iter()
                        .filter_map(|t| {
                            if let Tell::Leave(id) = t {
                                Some(*id)
                            } else {
                                None
                            }
                        })
                        .collect();
                    self.queue.leave(brand, &gone).await?;
                }
                Tell::Hold(..) => {
                    let held: Vec<_> = group
                        .iter()
                        .filter_map(|t| {
                            if let Tell::Hold(session, agent) = t {
                                Some((*session, *agent))
                            } else {
                                None
                            }
                        })
                        .collect();
                    self.queue.hold(brand, &held).await?;
                }
                Tell::Release(_) => {
                    let free: Vec<_> = group
                        .iter()
                        .filter_map(|t| {
                            if let Tell::Release(id) = t {
                                Some(*id)
                            } else {
                                None
                            }
                        })
                        .collect();
                    self.queue.release(brand, &free).await?;
                }
            }
        }
        Ok(())
    }

    /// Teams with someone waiting who was not offered to anyone.
    fn lines(&self, brand: BrandId) -> Vec<TeamId> {
        let floor = self.floor.brand(brand);
        let mut teams: Vec<TeamId> = floor
            .waiting
            .values()
            .filter_map(|id| floor.live.get(id)?.conversation.session.as_ref())
            .filter(|session| session.offer.is_none())
            .filter_map(|session| session.team)
            .collect();
        teams.sort_unstable();
        teams.dedup();
        teams
    }

    /// One line: decides, claims, confirms. True if anything moved.
    async fn serve_line(
        &self,
        desk: &mut Desk,
        brand: BrandId,
        setup: &Arc<Setup>,
        team: TeamId,
    ) -> Result<bool, QueueError> {
        let mut depth = HEAD;
        // Those at the head may wait for somebody in particular; who comes after them does not.
        let look = loop {
            let head = self.queue.head(brand, team, depth).await?;
            let reached = head.len();
            let look = self.look(desk, brand, setup, team, head);
            let stuck = look.someone_free && look.claims.is_empty() && look.overflow.is_empty();
            if !stuck || reached < depth || depth >= DEEPEST {
                break look;
            }
            depth *= 4;
        };
        let Look {
            claims,
            pending,
            overflow,
            ..
        } = look;
        let mut moved = false;
        for (session, conversation, to) in overflow {
            moved |= self.overflow(brand, session, &conversation, to).await;
        }
        if claims.is_empty() {
            return Ok(moved);
        }
        let claimed = self.queue.claim(brand, &claims).await?;
        let confirm = claimed
            .into_iter()
            .zip(pending)
            .filter_map(|(agent, pending)| Some((agent?, pending)));
        let confirmed =
            join_all(confirm.map(|(agent, pending)| self.confirm(brand, setup, agent, pending)))
                .await;
        Ok(moved || confirmed.into_iter().any(|done| done))
    }

    /// Decides about those at the head of a line, in their order.
    fn look(
        &self,
        desk: &mut Desk,
        brand: BrandId,
        setup: &Arc<Setup>,
        team: TeamId,
        head: Vec<kefu_queue::Place>,
    ) -> Look {
        let now = self.now();
        let mut look = Look::default();
        let floor = self.floor.brand(brand);
        let seats = desk.seats(brand, setup, &floor);
        look.someone_free = seats.iter().any(|seat| seat.takes(team));
        for place in head {
            let Some(live) = floor
                .waiting
                .get(&place.session)
                .and_then(|id| floor.live.get(id))
            else {
                continue;
            };
            let Some(session) = live
                .conversation
                .session
                .as_ref()
                .filter(|s| s.id == place.session)
            else {
                continue;
            };
            let Ok(account) = setup.kf_account(session.kf_account) else {
                continue;
            };
            let chain = chain(setup, session, team);
            let ruling = routing::decide(
                &waiting_of(&live.conversation, team),
                seats,
                &account.rules,
                &chain,
                now,
            );
            let (candidates, until) = match ruling.decision {
                Decision::Assign(candidates) => (candidates, None),
                Decision::Offer(candidates, until) => (candidates, Some(until)),
                Decision::Overflow(to) => {
                    look.overflow
                        .push((place.session, Arc::clone(&live.conversation), to));
                    continue;
                }
                Decision::Wait(_) => continue,
            };
            // The next decision of this pass must see this one.
            if let Some(seat) = candidates
                .first()
                .and_then(|first| seats.iter_mut().find(|s| s.agent == *first))
            {
                seat.load += 1;
                seat.last_assigned_at = now;
            }
            let conversation = Arc::clone(&live.conversation);
            look.claims.push(Claim {
                session: place.session,
                team,
                candidates,
            });
            look.pending.push(Pending {
                session: place.session,
                conversation,
                until,
                explanation: ruling.explanation,
            });
        }
        look
    }

    /// The store decides; what it refuses goes back.
    async fn confirm(
        &self,
        brand: BrandId,
        setup: &Setup,
        agent: AgentId,
        pending: Pending,
    ) -> bool {
        let now = self.now();
        let Pending {
            session,
            conversation,
            until,
            explanation,
        } = pending;
        let limit = setup.agents.get(&agent).map_or(0, |row| row.entry.limit);
        let command = match until {
            Some(until) => Command::Offer { agent, until },
            None => Command::Assign { agent },
        };
        let say = if until.is_none() {
            vec![self.joined(setup, agent)]
        } else {
            Vec::new()
        };
        let why = say::why(setup, &explanation, agent);
        let result = self
            .store
            .act(Act {
                brand,
                session,
                conversation: conversation.id,
                command,
                at: now,
                limit: Some(limit),
                say,
                line: None,
                explanation: serde_json::to_string(&explanation).ok(),
                why: Some(why),
            })
            .await;
        match result {
            Ok(_) => true,
            Err(error) => {
                tracing::debug!(%error, session.id = %session, "a claim was not confirmed");
                metrics::counter!("kefu_claims_refused_total").increment(1);
                self.give_back(brand, session, conversation.id, &error)
                    .await;
                false
            }
        }
    }

    /// A claim that the store refused: the queue is set right by what the store says.
    async fn give_back(
        &self,
        brand: BrandId,
        session: SessionId,
        id: ConversationId,
        error: &StoreError,
    ) {
        let mut floor = self.floor.brand(brand);
        floor.tell.push(Tell::Release(session));
        let live = floor.live.get(&id).cloned();
        if let Some(current) = live
            .as_ref()
            .and_then(|live| live.conversation.session.as_ref())
            .filter(|s| s.id == session)
            && current.state == kefu_domain::ServiceState::Waiting
            && current.offer.is_none()
            && let Some(team) = current.team
        {
            let rank = routing::rank(current.enqueued_at.unwrap_or_default(), current.priority);
            floor.tell.push(Tell::Join(kefu_queue::Place {
                session,
                team,
                rank,
            }));
        }
        // The sweep tries again; at once would spin.
        if *error != StoreError::AtCapacity {
            floor.stirred = true;
        }
    }

    async fn overflow(
        &self,
        brand: BrandId,
        session: SessionId,
        conversation: &Conversation,
        to: TeamId,
    ) -> bool {
        let act = Act {
            brand,
            session,
            conversation: conversation.id,
            command: Command::Overflow { team: to },
            at: self.now(),
            limit: None,
            say: Vec::new(),
            line: Some(say::line("overflowed", None, &to.to_string())),
            explanation: None,
            why: None,
        };
        self.store.act(act).await.is_ok()
    }

    /// "… has joined", on our own surfaces.
    pub(crate) fn joined(&self, setup: &Setup, agent: AgentId) -> Say {
        let id = self.ids.mint();
        Say {
            key: format!("joined-{}", kefu_domain::OutboxId(id)),
            content: Content::Event(Event {
                event_type: "agent_joined".to_owned(),
                name: Some(setup.agent_name(agent).to_owned()),
                reason: None,
            }),
            way: None,
            outbox: kefu_domain::OutboxId(id),
        }
    }
}

/// A waiting session as routing sees it.
pub(crate) fn waiting_of(conversation: &Conversation, team: TeamId) -> Waiting {
    let session = conversation.session.as_ref();
    Waiting {
        session: session.map(|s| s.id).unwrap_or_default(),
        team,
        waiting_since: session.and_then(Session::waiting_since).unwrap_or_default(),
        joined_at: session
            .and_then(|s| {
                s.stops
                    .last()
                    .map_or(s.enqueued_at, |stop| Some(stop.since))
            })
            .unwrap_or_default(),
        visited: session
            .map(|s| s.stops.iter().map(|stop| stop.team).collect())
            .unwrap_or_default(),
        owner: conversation.customer.owner,
        last_agent: conversation.last_agent,
        declined: session.map(|s| s.declined.clone()).unwrap_or_default(),
        language: conversation.customer.language.clone(),
    }
}

/// Where a waiting session may go on to: its team's own links, then those of the team it first came
/// to, whose chain it still follows.
pub(crate) fn chain<'a>(setup: &'a Setup, session: &Session, team: TeamId) -> Cow<'a, [Overflow]> {
    let of = |team: TeamId| {
        let row = setup.teams.get(&team);
        row.map_or(&[][..], |row| row.entry.overflow.as_slice())
    };
    match session.stops.first() {
        Some(home) if home.team != team => Cow::Owned([of(team), of(home.team)].concat()),
        _ => Cow::Borrowed(of(team)),
    }
}

fn seats_of(seats: &HashMap<AgentId, crate::floor::SeatState>, setup: &Setup) -> Vec<Seat> {
    setup
        .agents
        .values()
        .map(|row| {
            let agent = &row.entry;
            let state = seats.get(&agent.id);
            let open = !agent.disabled
                && state.is_some_and(|seat| {
                    seat.connected && seat.availability == Availability::Online
                });
            Seat {
                agent: agent.id,
                open,
                limit: agent.limit,
            }
        })
        .collect()
}

impl Desk {
    /// A brand's seats with what they hold now.
    fn seats(
        &mut self,
        brand: BrandId,
        setup: &Arc<Setup>,
        floor: &crate::floor::BrandFloor,
    ) -> &mut Vec<routing::Seat> {
        let entry = self
            .brands
            .entry(brand)
            .or_insert_with(|| (Arc::clone(setup), fixed(setup)));
        if !Arc::ptr_eq(&entry.0, setup) {
            *entry = (Arc::clone(setup), fixed(setup));
        }
        for seat in &mut entry.1 {
            update(seat, floor.seats.get(&seat.agent));
        }
        &mut entry.1
    }
}

/// What set-up says of each agent's seat.
pub(crate) fn fixed(setup: &Setup) -> Vec<routing::Seat> {
    setup
        .agents
        .values()
        .filter(|row| !row.entry.disabled)
        .map(|row| routing::Seat {
            agent: row.entry.id,
            availability: Availability::Offline,
            connected: false,
            load: 0,
            limit: row.entry.limit,
            teams: row.entry.team_ids.clone(),
            skills: row.entry.skills.clone(),
            languages: row.entry.languages.clone(),
            last_assigned_at: 0,
            idle_since: 0,
        })
        .collect()
}

/// What the floor says of it now.
pub(crate) fn update(seat: &mut routing::Seat, state: Option<&crate::floor::SeatState>) {
    let Some(state) = state else {
        (seat.connected, seat.load) = (false, 0);
        return;
    };
    seat.availability = state.availability;
    seat.connected = state.connected;
    seat.load = u32::try_from(state.held.len()).unwrap_or(u32::MAX);
    seat.last_assigned_at = state.last_assigned_at;
    seat.idle_since = state.idle_since;
}

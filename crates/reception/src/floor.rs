//! The floor: open sessions and agents in memory, kept by the store's feed.
//!
//! It answers "who waits, who serves, who is late" without asking the store, and collects what the
//! queue backend must be told. It is rebuilt from the store at the start.

use std::{collections::HashMap, sync::Arc};

use kefu_domain::{
    AgentId, BrandId, ConversationId, KfAccountId, Origin, ServiceState, Session, SessionId,
    TeamId, UnixMs,
    routing::{Availability, rank},
    session::{Clocks, Effect, Reason},
};
use kefu_queue::Place;
use kefu_store::{Change, ChangeSink, Conversation};
use parking_lot::{ArcMutexGuard, Mutex, RawMutex, RwLock};
use tokio::sync::Notify;

use crate::{
    Clock, Setup,
    pace::Pace,
    queues::Labels,
    seat::SeatState,
    steps::{Step, Steps, sample},
    sweep::Soon,
    tally::Tallies,
};

/// An open session, its clocks kept by messages too.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    pub(crate) conversation: Arc<Conversation>,
    pub(crate) turn_since: Option<UnixMs>,
    pub(crate) last_customer_at: UnixMs,
    pub(crate) last_agent_at: Option<UnixMs>,
    pub(crate) warned_at: Option<UnixMs>,
    pub(crate) first_reply_at: Option<UnixMs>,
}

/// Something to tell the queue backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tell {
    Join(Place),
    Leave(SessionId),
    Hold(SessionId, AgentId),
    Release(SessionId),
}

/// One brand's floor.
#[derive(Debug, Default)]
pub(crate) struct BrandFloor {
    pub(crate) live: HashMap<ConversationId, Live>,
    /// Whose the open sessions are.
    pub(crate) open: HashMap<SessionId, ConversationId>,
    pub(crate) waiting: HashMap<SessionId, ConversationId>,
    /// What falls due before the next sweep.
    pub(crate) soon: Soon,
    /// In whose line each of them stands who was not offered to anyone, and how many stand in each.
    in_line: HashMap<SessionId, TeamId>,
    pub(crate) lines: HashMap<TeamId, u32>,
    /// How many of them wait for each account.
    waiting_at: HashMap<KfAccountId, u32>,
    pub(crate) seats: HashMap<AgentId, SeatState>,
    /// Consoles open at this node.
    pub(crate) consoles: HashMap<AgentId, u32>,
    pub(crate) tell: Vec<Tell>,
    pub(crate) pace: HashMap<TeamId, Pace>,
    /// What was counted lately.
    pub(crate) steps: Steps,
    /// What its queues are called in metrics.
    pub(crate) labels: Labels,
    /// What is counted for everybody who asks.
    pub(crate) tallies: Tallies,
    /// Once a sweep, lines are looked through beyond their heads for who may go on to another team.
    pub(crate) deep: bool,
    /// Something that matters to routing changed.
    pub(crate) stirred: bool,
    /// Seats must be told to the queue again.
    pub(crate) reseat: bool,
}

/// A brand's floor, locked.
pub(crate) type Locked = ArcMutexGuard<RawMutex, BrandFloor>;

/// All brands' floors, each with a lock of its own: a brand that takes long keeps no other waiting.
/// Whoever holds one asks for no other; only commits hold several, and ask in no order.
pub(crate) struct Floor {
    brands: RwLock<HashMap<BrandId, Arc<Mutex<BrandFloor>>>>,
    wake: Arc<Notify>,
    clock: Arc<dyn Clock>,
}

impl Floor {
    pub(crate) fn new(wake: Arc<Notify>, clock: Arc<dyn Clock>) -> Self {
        Self {
            brands: RwLock::default(),
            wake,
            clock,
        }
    }

    /// One brand's floor, locked: hold it briefly and never over an await.
    pub(crate) fn brand(&self, id: BrandId) -> Locked {
        match self.known(id) {
            Some(known) => known,
            None => Arc::clone(self.brands.write().entry(id).or_default()).lock_arc(),
        }
    }

    /// One brand's floor, locked, if there is one.
    fn known(&self, id: BrandId) -> Option<Locked> {
        let floor = self.brands.read().get(&id).map(Arc::clone);
        floor.map(|floor| floor.lock_arc())
    }

    fn all(&self) -> Vec<(BrandId, Arc<Mutex<BrandFloor>>)> {
        let brands = self.brands.read();
        let all = brands.iter().map(|(id, floor)| (*id, Arc::clone(floor)));
        all.collect()
    }

    /// When the first thing falls due at any of them.
    pub(crate) fn first_due(&self) -> Option<UnixMs> {
        let all = self.all().into_iter();
        all.filter_map(|(_, floor)| floor.lock().soon.first()).min()
    }

    /// A conversation with an open session, as it was committed last.
    pub(crate) fn conversation(
        &self,
        brand: BrandId,
        id: ConversationId,
    ) -> Option<Arc<Conversation>> {
        let floor = self.known(brand)?;
        let live = floor.live.get(&id)?;
        Some(Arc::clone(&live.conversation))
    }

    pub(crate) fn brands(&self) -> Vec<BrandId> {
        self.brands.read().keys().copied().collect()
    }

    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// The brands with work for the dispatcher; their mark is taken.
    pub(crate) fn stirred(&self) -> Vec<BrandId> {
        let taken = |floor: &Mutex<BrandFloor>| std::mem::take(&mut floor.lock().stirred);
        let all = self.all().into_iter();
        all.filter_map(|(id, floor)| taken(&floor).then_some(id))
            .collect()
    }
}

impl ChangeSink for Floor {
    fn changed(&self, changes: &[Change]) {
        self.follow(changes);
    }
}

impl Floor {
    /// Follows commits: what was committed together is seen together.
    pub(crate) fn follow(&self, changes: &[Change]) {
        let mut held: HashMap<BrandId, Locked> = HashMap::new();
        let mut stirred = false;
        for change in changes {
            match change {
                Change::Message { brand, message, .. } if message.rev == 0 => {
                    let floor = held.entry(*brand).or_insert_with(|| self.brand(*brand));
                    if !message.is_survey_answer() {
                        floor.message(message.conversation, message.origin, message.sent_at);
                    }
                }
                Change::Session {
                    conversation,
                    effects,
                    opened,
                    waited_for,
                } => {
                    let now = self.clock.now();
                    let brand = conversation.brand;
                    let floor = held.entry(brand).or_insert_with(|| self.brand(brand));
                    floor.session(conversation, effects, *opened, *waited_for, now);
                    stirred = true;
                }
                Change::Conversation { conversation } => {
                    let brand = conversation.brand;
                    let floor = held.entry(brand).or_insert_with(|| self.brand(brand));
                    if let Some(live) = floor.live.get_mut(&conversation.id) {
                        live.conversation = Arc::clone(conversation);
                    }
                }
                _ => (),
            }
        }
        drop(held);
        if stirred {
            self.wake.notify_one();
        }
    }
}

impl Live {
    /// What its times are counted from.
    pub(crate) const fn clocks(&self) -> Clocks {
        Clocks {
            turn_since: self.turn_since,
            last_customer_at: self.last_customer_at,
            last_agent_at: self.last_agent_at,
            warned_at: self.warned_at,
        }
    }
}

impl BrandFloor {
    fn message(&mut self, id: ConversationId, origin: Origin, at: UnixMs) {
        let Some(live) = self.live.get_mut(&id) else {
            return;
        };
        match origin {
            Origin::Customer => {
                live.last_customer_at = at;
                live.turn_since.get_or_insert(at);
                live.warned_at = None;
            }
            Origin::Servicer => {
                live.last_agent_at = Some(at);
                live.warned_at = None;
                if live.first_reply_at.is_none() {
                    live.first_reply_at = Some(at);
                    // A first reply counts from the customer's first unanswered words.
                    let asked = live.turn_since.unwrap_or(live.last_customer_at);
                    let session = live.conversation.session.as_ref();
                    let team = session.and_then(|session| session.team);
                    self.count(team, at, |step| {
                        sample(&mut step.first_replies_ms, at - asked)
                    });
                    metrics::histogram!("kefu_first_reply_seconds")
                        .record((at - asked) as f64 / 1000.0);
                } else {
                    live.turn_since = None;
                    return;
                }
                if let Some(live) = self.live.get_mut(&id) {
                    live.turn_since = None;
                }
            }
            Origin::System | Origin::Assistant => (),
        }
    }

    /// Counts for the brand, and for the queue that it is about.
    fn count(&mut self, team: Option<TeamId>, now: UnixMs, count: impl Fn(&mut Step)) {
        self.steps.count(now, &count);
        if let Some(team) = team {
            self.steps.count_of(team, now, count);
        }
    }

    /// Takes over a session as committed.
    pub(crate) fn session(
        &mut self,
        conversation: &Arc<Conversation>,
        effects: &[Effect],
        opened: bool,
        waited_for: Option<TeamId>,
        now: UnixMs,
    ) {
        let Some(session) = &conversation.session else {
            return;
        };
        self.stirred = true;
        if opened {
            self.steps.count(now, |step| step.arrived += 1);
        }
        let came_to = session
            .team
            .filter(|_| session.state == ServiceState::Waiting);
        if let Some(team) = came_to.filter(|_| came_to != waited_for) {
            self.steps.count_of(team, now, |step| step.arrived += 1);
        }
        for effect in effects {
            match *effect {
                Effect::Opened { agent, offer, .. } => {
                    let seat = self.seat(agent);
                    seat.held.insert(session.id);
                    seat.last_assigned_at = now;
                    self.tell.push(Tell::Hold(session.id, agent));
                    if !offer {
                        self.seat(agent).lapses = 0;
                        self.taken(waited_for, session, now);
                    }
                }
                Effect::Accepted { agent, .. } => {
                    self.seat(agent).lapses = 0;
                    self.taken(waited_for, session, now);
                }
                Effect::Closed { agent, reason, .. } => {
                    let seat = self.seat(agent);
                    seat.held.remove(&session.id);
                    if reason == Reason::OfferTimeout {
                        seat.lapses += 1;
                    }
                    if seat.held.is_empty() {
                        seat.idle_since = now;
                    }
                    self.tell.push(Tell::Release(session.id));
                }
            }
        }
        let waits = session.state == ServiceState::Waiting;
        match (waits, session.offer.is_some(), session.team) {
            (true, false, Some(team)) => {
                let rank = rank(session.enqueued_at.unwrap_or(now), session.priority);
                // Who stands in line keeps the better place, unless they leave it first.
                if self.priority_before(conversation) > session.priority {
                    self.tell.push(Tell::Leave(session.id));
                }
                self.tell.push(Tell::Join(Place {
                    session: session.id,
                    team,
                    rank,
                }));
            }
            _ if waited_for.is_some() => self.tell.push(Tell::Leave(session.id)),
            _ => (),
        }
        let line = session.team.filter(|_| waits && session.offer.is_none());
        self.stands(session.id, line);
        let moved = if waits {
            self.waiting.insert(session.id, conversation.id).is_none()
        } else {
            self.waiting.remove(&session.id).is_some()
        };
        if moved {
            let count = self.waiting_at.entry(session.kf_account).or_default();
            *count = if waits {
                *count + 1
            } else {
                count.saturating_sub(1)
            };
        }
        if session.state == ServiceState::Ended {
            let served = (session.team, session.assigned_at);
            if let (Some(team), Some(assigned)) = served
                && matches!(effects.last(), Some(Effect::Closed { .. }))
            {
                self.pace.entry(team).or_default().ended(assigned, now);
            }
            self.live.remove(&conversation.id);
            self.open.remove(&session.id);
            return;
        }
        let live = Live {
            turn_since: session.turn_since,
            last_customer_at: session.last_customer_at,
            last_agent_at: session.last_agent_at,
            warned_at: session.warned_at,
            first_reply_at: session.first_reply_at,
            conversation: Arc::clone(conversation),
        };
        self.live.insert(conversation.id, live);
        self.open.insert(session.id, conversation.id);
    }

    /// A session stands in this line now, or in none.
    fn stands(&mut self, session: SessionId, line: Option<TeamId>) {
        let before = match line {
            Some(team) => self.in_line.insert(session, team),
            None => self.in_line.remove(&session),
        };
        if before == line {
            return;
        }
        if let Some(team) = line {
            *self.lines.entry(team).or_default() += 1;
        }
        if let Some(team) = before
            && let Some(count) = self.lines.get_mut(&team)
        {
            *count -= 1;
            if *count == 0 {
                self.lines.remove(&team);
            }
        }
    }

    /// The priority of a conversation's session as it was known until now.
    fn priority_before(&self, conversation: &Conversation) -> i32 {
        let known = self.live.get(&conversation.id);
        known
            .and_then(|live| live.conversation.session.as_ref())
            .map_or(0, |session| session.priority)
    }

    /// How many wait for an account.
    pub(crate) fn waiting_at(&self, account: KfAccountId) -> u32 {
        self.waiting_at.get(&account).copied().unwrap_or(0)
    }

    /// Does anybody of the team have room for one more?
    pub(crate) fn someone_free(&self, setup: &Setup, team: TeamId) -> bool {
        setup.agents.values().any(|row| {
            let agent = &row.entry;
            agent.team_ids.contains(&team)
                && self.seats.get(&agent.id).is_some_and(|seat| {
                    seat.connected
                        && seat.availability == Availability::Online
                        && seat.held.len() < agent.limit as usize
                })
        })
    }

    fn taken(&mut self, team: Option<TeamId>, session: &Session, now: UnixMs) {
        let (Some(team), Some(since)) = (team, session.waiting_since()) else {
            return;
        };
        let joined = session.stops.last().map_or(since, |stop| stop.since);
        self.pace.entry(team).or_default().take(joined, now);
        self.count(Some(team), now, |step| {
            step.assigned += 1;
            sample(&mut step.waits_ms, now - since);
        });
        let (brand, queue) = (Arc::clone(&self.labels.brand), self.labels.queue(team));
        metrics::histogram!("kefu_wait_seconds", "brand" => brand, "queue" => queue)
            .record((now - since) as f64 / 1000.0);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> UnixMs {
            0
        }
    }

    #[test]
    fn one_brands_floor_keeps_no_other_waiting() {
        let floor = Arc::new(Floor::new(Arc::default(), Arc::new(Still)));
        let _mine = floor.brand(BrandId(1));
        let (done, seen) = std::sync::mpsc::channel();
        let theirs = Arc::clone(&floor);
        std::thread::spawn(move || {
            theirs.brand(BrandId(2)).stirred = true;
            done.send(theirs.brand(BrandId(2)).stirred)
        });
        assert_eq!(seen.recv_timeout(Duration::from_secs(5)), Ok(true));
    }
}

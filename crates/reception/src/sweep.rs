//! The sweep: what time alone brings about, once a second, and the comparison of queue and store.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt, stream};
use kefu_domain::{
    AgentId, BrandId, ConversationId, KfAccountId, ServiceState, SessionId, TeamId, UnixMs,
    routing::Availability,
    session::{Command, Reason},
    setup::ServedIn,
};
use kefu_store::{Act, Conversation};

use crate::{
    Reception, Setup,
    file::fill,
    floor::{BrandFloor, Live, Tell},
};

/// Something whose time has come.
enum Due {
    Lapsed {
        id: ConversationId,
        session: SessionId,
        agent: AgentId,
        fence: u64,
    },
    NoReply {
        session: SessionId,
        fence: u64,
    },
    Gone {
        session: SessionId,
        fence: u64,
    },
    Warn {
        conversation: Arc<Conversation>,
    },
    Silent {
        session: SessionId,
    },
    Opens {
        id: ConversationId,
        account: KfAccountId,
    },
    Pass {
        conversation: Arc<Conversation>,
    },
    Forgotten {
        session: SessionId,
    },
    Answer {
        id: ConversationId,
    },
}

/// Agents who hold something and are not here for it.
#[derive(Default)]
struct Away {
    /// No console holds a lease.
    absent: HashSet<AgentId>,
    /// They said that they are offline, then.
    left: HashMap<AgentId, UnixMs>,
}

impl Away {
    /// Is the one who got a session at that time away from it? Who took it while offline is not.
    fn from(&self, agent: AgentId, assigned_at: Option<UnixMs>) -> bool {
        let left = self.left.get(&agent);
        self.absent.contains(&agent)
            || left.is_some_and(|left| assigned_at.is_none_or(|at| at < *left))
    }
}

/// A session in the platform's own client of which nothing is heard for so long is over.
const ELSEWHERE_MS: UnixMs = 48 * 3_600_000;
/// Effects of one sweep and brand at most; the rest waits a second.
const PER_SWEEP: usize = 500;
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
            stream::iter(due)
                .for_each_concurrent(AT_ONCE, |one| self.settle_due(brand, &setup, one))
                .await;
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
        let floor = self.floor.brand(brand);
        // What opens now does not fill a queue beyond its bound.
        let mut queued: HashMap<KfAccountId, u32> = HashMap::new();
        let mut fits = |due: &Due| {
            let Due::Opens { account: id, .. } = due else {
                return true;
            };
            let count = queued.entry(*id).or_insert_with(|| floor.waiting_at(*id));
            let most = setup.kf_account(*id).map_or(0, |a| a.rules.max_waiting);
            let fits = *count < most;
            *count += u32::from(fits);
            fits
        };
        let left = left_messages(&floor, setup, now);
        left.into_iter()
            .chain(
                floor
                    .live
                    .values()
                    .filter_map(|live| due(live, setup, away, now))
                    .filter(|due| fits(due)),
            )
            .take(PER_SWEEP)
            .collect()
    }

    /// Returns when the first offer has ended; never without one.
    pub(crate) async fn until_an_offer_ends(&self) {
        let Some(ends) = self.floor.first_offer_ends() else {
            return std::future::pending().await;
        };
        let wait = u64::try_from(ends - self.now()).unwrap_or(0);
        // One that the store would not take back just now is tried again, in turn with the rest.
        tokio::time::sleep(Duration::from_millis(wait.max(10))).await;
    }

    /// Takes back the offers that have ended, without waiting for the next sweep.
    pub(crate) async fn end_offers(&self) {
        let now = self.now();
        let nobody = Away::default();
        for brand in self.floor.brands() {
            let Ok(setup) = self.directory.brand(brand) else {
                continue;
            };
            let ended: Vec<Due> = {
                let floor = self.floor.brand(brand);
                let ended = floor.offers.iter().filter(|(_, until)| **until <= now);
                let live = ended.filter_map(|(id, _)| floor.live.get(floor.waiting.get(id)?));
                live.filter_map(|live| due(live, &setup, &nobody, now))
                    .take(PER_SWEEP)
                    .collect()
            };
            for one in ended {
                self.settle_due(brand, &setup, one).await;
            }
        }
    }

    async fn settle_due(&self, brand: BrandId, setup: &Setup, due: Due) {
        let result = match due {
            Due::Lapsed {
                id,
                session,
                agent,
                fence,
            } => self.lapse(brand, id, session, agent, fence).await,
            Due::NoReply { session, fence } => {
                self.put_back(brand, session, fence, Reason::ReplyTimeout)
                    .await
            }
            Due::Gone { session, fence } => {
                self.put_back(brand, session, fence, Reason::AgentGone)
                    .await
            }
            Due::Silent { session } => self
                .end(brand, None, session, None, Reason::Silence)
                .await
                .map(|_| ()),
            Due::Warn { conversation } => self.warn(brand, setup, &conversation).await,
            Due::Opens { id, .. } => self.enqueue(brand, id, Some("hours_opened")).await,
            Due::Answer { id } => self.enqueue(brand, id, Some("left_message_due")).await,
            Due::Pass { conversation } => self.pass_on(&conversation).await,
            Due::Forgotten { session } => self
                .end(brand, None, session, None, Reason::Upstream)
                .await
                .map(|_| ()),
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
            self.floor.brand(brand).seat(agent).lapses = 0;
        }
        self.withdraw(brand, id, session, agent, fence, Reason::OfferTimeout)
            .await
    }

    async fn warn(
        &self,
        brand: BrandId,
        setup: &Setup,
        conversation: &Conversation,
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
                brand,
                session: session.id,
                conversation: conversation.id,
                command: Command::Warn,
                at: self.now(),
                limit: None,
                say: self.words(key, &text, way).into_iter().collect(),
                line: None,
                explanation: None,
                why: None,
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
                    self.put_back(brand, session.id, session.fence, Reason::AgentGone)
                        .await
                }
                _ => Ok(()),
            };
            if let Err(error) = result {
                tracing::debug!(%error, "already moved on");
            }
        }
    }

    /// Compares the queue backend with the floor, both ways, and sets the queue right.
    pub(crate) async fn compare(&self, brand: BrandId) -> Result<usize, kefu_queue::QueueError> {
        let contents = self.queue.contents(brand).await?;
        let mut floor = self.floor.brand(brand);
        let mut wanted = Vec::new();
        let mut held = Vec::new();
        for live in floor.live.values() {
            let Some(session) = &live.conversation.session else {
                continue;
            };
            match (session.state, session.offer, session.team) {
                (ServiceState::Waiting, None, Some(team)) => {
                    let rank = kefu_domain::routing::rank(
                        session.enqueued_at.unwrap_or(0),
                        session.priority,
                    );
                    wanted.push(kefu_queue::Place {
                        session: session.id,
                        team,
                        rank,
                    });
                }
                (ServiceState::Waiting, Some(offer), _) => held.push((session.id, offer.agent)),
                (ServiceState::Serving, ..) => {
                    held.extend(session.agent.map(|agent| (session.id, agent)))
                }
                _ => (),
            }
        }
        let mut tell = Vec::new();
        let there: std::collections::HashMap<_, _> = contents
            .waiting
            .iter()
            .map(|place| (place.session, *place))
            .collect();
        for place in &wanted {
            match there.get(&place.session) {
                Some(known) if known == place => continue,
                // Joining again would keep the better place.
                Some(known) if known.team == place.team && known.rank < place.rank => {
                    tell.push(Tell::Leave(place.session));
                }
                _ => (),
            }
            tell.push(Tell::Join(*place));
        }
        let wanted: HashSet<_> = wanted.iter().map(|place| place.session).collect();
        tell.extend(
            there
                .keys()
                .filter(|id| !wanted.contains(id))
                .map(|id| Tell::Leave(*id)),
        );
        let counted: HashSet<_> = contents.held.iter().copied().collect();
        tell.extend(
            held.iter()
                .filter(|pair| !counted.contains(pair))
                .map(|(id, agent)| Tell::Hold(*id, *agent)),
        );
        let held: HashSet<_> = held.iter().map(|(id, _)| *id).collect();
        tell.extend(
            counted
                .iter()
                .filter(|(id, _)| !held.contains(id))
                .map(|(id, _)| Tell::Release(*id)),
        );
        let mended = tell.len();
        if mended > 0 {
            floor.tell.extend(tell);
            floor.stirred = true;
            floor.reseat = true;
        }
        Ok(mended)
    }
}

/// Of each team where nobody waits and somebody has room, the message that was left first.
fn left_messages(floor: &BrandFloor, setup: &Setup, now: UnixMs) -> Vec<Due> {
    let mut first: HashMap<TeamId, (UnixMs, ConversationId)> = HashMap::new();
    let mut busy: HashSet<TeamId> = HashSet::new();
    for live in floor.live.values() {
        let Some(session) = &live.conversation.session else {
            continue;
        };
        let account = setup.kf_account(session.kf_account);
        let Some(team) = account.as_ref().ok().and_then(|account| account.team_id) else {
            continue;
        };
        if session.state == ServiceState::Waiting {
            busy.extend(session.team);
        }
        let open = account.is_ok_and(|account| account.hours.open(now));
        if let Some(left) = session.left_at.filter(|_| open) {
            let place = first.entry(team).or_insert((left, live.conversation.id));
            *place = (*place).min((left, live.conversation.id));
        }
    }
    first
        .into_iter()
        .filter(|(team, _)| !busy.contains(team) && floor.someone_free(setup, *team))
        .map(|(_, (_, id))| Due::Answer { id })
        .collect()
}

fn due(live: &Live, setup: &Setup, away: &Away, now: UnixMs) -> Option<Due> {
    let session = live.conversation.session.as_ref()?;
    let account = setup.kf_account(session.kf_account).ok()?;
    let rules = &account.rules;
    let over = |since: UnixMs, limit_s: u32| limit_s > 0 && now - since > i64::from(limit_s) * 1000;
    if session.elsewhere.is_some() {
        // The platform's people see to it; if nothing was told of its end, it ends with the time in
        // which the platform lets anyone answer.
        let last = live.last_customer_at.max(live.last_agent_at.unwrap_or(0));
        return (now - last > ELSEWHERE_MS).then_some(Due::Forgotten {
            session: session.id,
        });
    }
    match session.state {
        ServiceState::New => {
            let open = account.hours.open(now);
            let door = setup.entry_point(session.entry_point).ok();
            if door.is_some_and(|door| door.served_in == ServedIn::Client) {
                return open.then(|| Due::Pass {
                    conversation: Arc::clone(&live.conversation),
                });
            }
            let opens = account.team_id.is_some() && session.left_at.is_none() && open;
            opens.then(|| Due::Opens {
                id: live.conversation.id,
                account: account.id,
            })
        }
        ServiceState::Waiting => {
            let offer = session.offer?;
            let lapsed = offer.until <= now || away.from(offer.agent, None);
            lapsed.then_some(Due::Lapsed {
                id: live.conversation.id,
                session: session.id,
                agent: offer.agent,
                fence: session.fence,
            })
        }
        ServiceState::Serving => {
            let (id, fence) = (session.id, session.fence);
            let said_at = live.last_customer_at.max(live.last_agent_at.unwrap_or(0));
            // Put off: no clock runs before its time, and then from it.
            let resumed = live
                .conversation
                .snooze
                .filter(|snooze| snooze.stands_after(session, said_at))
                .map_or(0, |snooze| snooze.until);
            if resumed > now {
                return None;
            }
            if let Some(turn) = live.turn_since {
                let assigned_at = session.assigned_at;
                if session
                    .agent
                    .is_some_and(|agent| away.from(agent, assigned_at))
                {
                    return Some(Due::Gone { session: id, fence });
                }
                let since = turn.max(session.assigned_at.unwrap_or(turn)).max(resumed);
                return over(since, rules.reply_timeout_s)
                    .then_some(Due::NoReply { session: id, fence });
            }
            if let Some(warned) = live.warned_at.or(session.warned_at) {
                return over(warned.max(resumed), rules.silence_end_s.max(1))
                    .then_some(Due::Silent { session: id });
            }
            // Whoever got the session has its whole time, however long the customer waited before.
            let quiet_since = said_at.max(session.assigned_at.unwrap_or(0)).max(resumed);
            over(quiet_since, rules.silence_warn_s).then(|| Due::Warn {
                conversation: Arc::clone(&live.conversation),
            })
        }
        ServiceState::Assistant | ServiceState::Ended => None,
    }
}

//! A look at a line: what the domain decides about those at its head.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use kefu_domain::{
    AgentId, BrandId, KfAccountId, Session, SessionId, TeamId, UnixMs,
    routing::{self, Availability, Decision, Explanation, Waiting},
    setup::Overflow,
};
use kefu_queue::{Claim, Place};
use kefu_store::Conversation;

use crate::{Reception, Setup, floor::BrandFloor, seat::SeatState};

/// The dispatcher's memory of a brand's seats, so that a pass allocates nothing for them.
#[derive(Default)]
pub(super) struct Desk {
    brands: HashMap<BrandId, Seats>,
}

/// A brand's seats, as set-up has them.
struct Seats {
    setup: Arc<Setup>,
    all: Vec<routing::Seat>,
    /// Where an agent's is.
    of: HashMap<AgentId, usize>,
}

impl Seats {
    fn new(setup: &Arc<Setup>) -> Self {
        let all = fixed(setup);
        let of = all.iter().enumerate().map(|(n, seat)| (seat.agent, n));
        Self {
            setup: Arc::clone(setup),
            of: of.collect(),
            all,
        }
    }
}

/// What a look at a line came to.
#[derive(Default)]
pub(super) struct Look {
    pub(super) claims: Vec<Claim>,
    pub(super) pending: Vec<Pending>,
    pub(super) overflow: Vec<(SessionId, Arc<Conversation>, TeamId)>,
    /// When the first of those who wait on would be decided about otherwise.
    pub(super) again: Option<UnixMs>,
    /// Somebody of the team could take one more.
    pub(super) someone_free: bool,
}

/// A decision that waits for its claim.
pub(super) struct Pending {
    pub(super) session: SessionId,
    pub(super) conversation: Arc<Conversation>,
    pub(super) until: Option<UnixMs>,
    pub(super) explanation: Explanation,
}

impl Desk {
    /// A brand's seats with what they hold now.
    fn seats(&mut self, brand: BrandId, setup: &Arc<Setup>, floor: &BrandFloor) -> &mut Seats {
        let entry = self
            .brands
            .entry(brand)
            .or_insert_with(|| Seats::new(setup));
        if !Arc::ptr_eq(&entry.setup, setup) {
            *entry = Seats::new(setup);
        }
        for seat in &mut entry.all {
            update(seat, floor.seats.get(&seat.agent));
        }
        entry
    }
}

impl Reception {
    /// Decides about those at the head of a line, in their order.
    pub(super) fn look(
        &self,
        desk: &mut Desk,
        brand: BrandId,
        setup: &Arc<Setup>,
        team: TeamId,
        head: Vec<Place>,
    ) -> Look {
        let now = self.now();
        let mut look = Look::default();
        let floor = self.floor.brand(brand);
        let Seats { all, of, .. } = desk.seats(brand, setup, &floor);
        // Only they can be chosen, and they grow fewer with each decision of this pass.
        let mut free: Vec<usize> = (0..all.len()).filter(|n| all[*n].takes(team)).collect();
        look.someone_free = !free.is_empty();
        // Whose customers none of them may have: nobody is looked through twice for the same rules.
        let mut vain: HashSet<KfAccountId> = HashSet::new();
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
            let waiting = waiting_of(&live.conversation, team);
            let able = if vain.contains(&account.id) {
                &[][..]
            } else {
                &free[..]
            };
            let outcome = routing::outcome(
                &waiting,
                able.iter().map(|n| &all[*n]),
                |agent| of.get(&agent).map(|n| &all[*n]),
                &account.rules,
                &chain,
                now,
            );
            if outcome.nobody {
                vain.insert(account.id);
            }
            let (candidates, until) = match &outcome.decision {
                Decision::Assign(candidates) => (candidates.clone(), None),
                Decision::Offer(candidates, until) => (candidates.clone(), Some(*until)),
                Decision::Overflow(to) => {
                    look.overflow
                        .push((place.session, Arc::clone(&live.conversation), *to));
                    continue;
                }
                Decision::Wait(until) => {
                    look.again = look.again.into_iter().chain(*until).min();
                    continue;
                }
            };
            let explanation = routing::explain(&waiting, all, &account.rules, &outcome, now);
            // The next decision of this pass must see this one.
            if let Some(n) = candidates.first().and_then(|first| of.get(first)) {
                all[*n].load += 1;
                all[*n].last_assigned_at = now;
                if !all[*n].takes(team) {
                    free.retain(|other| other != n);
                }
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
                explanation,
            });
        }
        look
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
pub(crate) fn update(seat: &mut routing::Seat, state: Option<&SeatState>) {
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

//! A look at a line: what the domain decides about those at its head.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use kefu_domain::{
    BrandId, Session, SessionId, TeamId, UnixMs,
    routing::{self, Availability, Decision, Explanation, Waiting},
    setup::Overflow,
};
use kefu_queue::{Claim, Place};
use kefu_store::Conversation;

use crate::{
    Reception, Setup,
    floor::{BrandFloor, SeatState},
};

/// The dispatcher's memory of a brand's seats, so that a pass allocates nothing for them.
#[derive(Default)]
pub(super) struct Desk {
    brands: HashMap<BrandId, (Arc<Setup>, Vec<routing::Seat>)>,
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
    fn seats(
        &mut self,
        brand: BrandId,
        setup: &Arc<Setup>,
        floor: &BrandFloor,
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
                Decision::Wait(until) => {
                    look.again = look.again.into_iter().chain(until).min();
                    continue;
                }
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

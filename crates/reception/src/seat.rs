//! An agent's seat on the floor: who is there, and what they hold.

use std::collections::HashSet;

use kefu_domain::{AgentId, SessionId, UnixMs, routing::Availability};
use kefu_store::AgentState;

use crate::floor::BrandFloor;

/// An agent on the floor.
#[derive(Debug, Clone)]
pub(crate) struct SeatState {
    pub(crate) availability: Availability,
    pub(crate) reason: String,
    pub(crate) since_at: UnixMs,
    /// A console holds a lease.
    pub(crate) connected: bool,
    /// Sessions and offers.
    pub(crate) held: HashSet<SessionId>,
    pub(crate) last_assigned_at: UnixMs,
    pub(crate) idle_since: UnixMs,
    /// Offers in a row that they let lapse.
    pub(crate) lapses: u32,
}

impl BrandFloor {
    pub(crate) fn seat(&mut self, agent: AgentId) -> &mut SeatState {
        self.seats.entry(agent).or_insert_with(|| SeatState {
            availability: Availability::Offline,
            reason: String::new(),
            since_at: 0,
            connected: false,
            held: HashSet::new(),
            last_assigned_at: 0,
            idle_since: 0,
            lapses: 0,
        })
    }

    /// What an agent said about themselves.
    pub(crate) fn said(&mut self, state: &AgentState) {
        let seat = self.seat(state.agent);
        seat.availability = state.availability;
        seat.reason.clone_from(&state.reason);
        seat.since_at = state.since_at;
        if state.availability == Availability::Online {
            // They are back: what they missed before counts no more.
            seat.lapses = 0;
        }
        self.stirred = true;
        self.reseat = true;
    }
}

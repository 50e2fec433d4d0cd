//! Who gets the next customer: a pure decision with its explanation.
//!
//! It knows neither queue nor store: it ranks. The queue claims the first candidate that still has
//! room, the store confirms.

mod outcome;

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::{
    AgentId, SessionId, TeamId, UnixMs,
    setup::{Overflow, Rules},
};
pub use outcome::{CANDIDATES, Outcome, outcome};

/// What an agent says about themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Takes customers.
    Online,
    /// Works, but takes no new ones.
    Busy,
    /// Away for a while.
    Break,
    /// Not at work.
    Offline,
}

impl Availability {
    /// The stable word, as stored and as on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Busy => "busy",
            Self::Break => "break",
            Self::Offline => "offline",
        }
    }

    /// Reads [`Availability::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Online, Self::Busy, Self::Break, Self::Offline]
            .into_iter()
            .find(|one| one.word() == word)
    }
}

/// A head start in the queue per step of priority: five minutes.
pub const PRIORITY_HEAD_START_MS: i64 = 300_000;

/// The highest priority that a supervisor gives; the lowest is 0.
pub const PRIORITY_MOST: i32 = 9;

/// The priority with which sessions of customers marked `vip` open: as if they came 15 minutes earlier.
pub const VIP_PRIORITY: i32 = 3;

/// With which priority a session opens, by the mark of its customer.
#[must_use]
pub fn opening_priority(mark: Option<&str>) -> i32 {
    if mark == Some("vip") { VIP_PRIORITY } else { 0 }
}

/// The place in a queue: smaller goes first.
///
/// Priority is a head start, so everyone who waits long enough comes before any newcomer:
/// that is the ageing, in closed form, and a place never has to be computed again.
#[must_use]
pub const fn rank(enqueued_at: UnixMs, priority: i32) -> i64 {
    enqueued_at - priority as i64 * PRIORITY_HEAD_START_MS
}

/// A session that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The session.
    pub session: SessionId,
    /// The team it waits for.
    pub team: TeamId,
    /// Since when they wait; what they were promised counts from then.
    pub waiting_since: UnixMs,
    /// When they came to this team's queue; its overflow counts from then.
    pub joined_at: UnixMs,
    /// The teams in whose queue they stood during this wait, this one included.
    pub visited: Vec<TeamId>,
    /// Who owns the customer.
    pub owner: Option<AgentId>,
    /// Who served the customer last.
    pub last_agent: Option<AgentId>,
    /// Who declined or let it lie.
    pub declined: Vec<AgentId>,
    /// What the customer speaks, if known.
    pub language: Option<String>,
}

/// An agent as routing sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Who.
    pub agent: AgentId,
    /// What they say.
    pub availability: Availability,
    /// A console holds a lease.
    pub connected: bool,
    /// Sessions and offers now.
    pub load: u32,
    /// Sessions and offers at most.
    pub limit: u32,
    /// Where they serve.
    pub teams: Vec<TeamId>,
    /// What they can do.
    pub skills: Vec<String>,
    /// What they speak.
    pub languages: Vec<String>,
    /// When they were last given one.
    pub last_assigned_at: UnixMs,
    /// Since when they have had none.
    pub idle_since: UnixMs,
}

/// Why an agent was or was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Got it.
    Chosen,
    /// Could have.
    Eligible,
    /// Asked before, and did not.
    Declined,
    /// At the limit.
    Full,
    /// Says busy.
    Busy,
    /// On a break.
    Break,
    /// No console, or says offline.
    Offline,
    /// Lacks a skill.
    MissingSkill,
    /// Serves elsewhere.
    NotInTeam,
}

/// Why the first candidate is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Owns the customer.
    Owner,
    /// Served the customer last.
    LastAgent,
    /// Speaks the language.
    Language,
    /// Has most room.
    LeastBusy,
    /// It is their turn.
    RoundRobin,
    /// Has been idle longest.
    LongestIdle,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Give it to the first of these, [`CANDIDATES`] at most, who still has room.
    Assign(Vec<AgentId>),
    /// Ask the first of these who still has room, until then.
    Offer(Vec<AgentId>, UnixMs),
    /// Nobody now; look again at this time at the latest.
    Wait(Option<UnixMs>),
    /// To another team.
    Overflow(TeamId),
}

impl Decision {
    /// Who gets it if they still have room.
    #[must_use]
    pub fn first(&self) -> Option<AgentId> {
        match self {
            Self::Assign(agents) | Self::Offer(agents, _) => agents.first().copied(),
            Self::Wait(_) | Self::Overflow(_) => None,
        }
    }
}

/// One agent in an explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Considered {
    /// Who.
    pub agent: AgentId,
    /// Load at that time.
    pub load: u32,
    /// Limit at that time.
    pub limit: u32,
    /// The outcome.
    pub verdict: Verdict,
}

/// Who was considered, who was left out and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// When.
    pub decided_at: UnixMs,
    /// Why the chosen one.
    pub why: Option<Why>,
    /// How many were looked at.
    pub considered: u32,
    /// How many could not take it.
    pub excluded: u32,
    /// The nearest [`EXPLAINED`] of them: those of the team first, best verdict first.
    pub agents: Vec<Considered>,
    /// Waiting for a preferred agent until then.
    pub held_until: Option<UnixMs>,
    /// The next team, and when.
    pub overflow_at: Option<(TeamId, UnixMs)>,
}

/// How many agents an explanation names.
pub const EXPLAINED: usize = 12;

/// A decision and its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// What to do.
    pub decision: Decision,
    /// Why.
    pub explanation: Explanation,
}

impl Seat {
    /// May this agent take one more of a team's customers, whoever it is?
    #[must_use]
    pub fn takes(&self, team: TeamId) -> bool {
        self.teams.contains(&team)
            && self.connected
            && self.availability == Availability::Online
            && self.load < self.limit
    }
}

fn verdict(session: &Waiting, seat: &Seat, rules: &Rules) -> Verdict {
    if !seat.teams.contains(&session.team) {
        Verdict::NotInTeam
    } else if !rules
        .required_skills
        .iter()
        .all(|skill| seat.skills.contains(skill))
    {
        Verdict::MissingSkill
    } else if !seat.connected || seat.availability == Availability::Offline {
        Verdict::Offline
    } else if seat.availability == Availability::Busy {
        Verdict::Busy
    } else if seat.availability == Availability::Break {
        Verdict::Break
    } else if seat.load >= seat.limit {
        Verdict::Full
    } else if session.declined.contains(&seat.agent) {
        Verdict::Declined
    } else {
        Verdict::Eligible
    }
}

/// Decides about one waiting session, and tells of everybody who was considered.
///
/// `chain` is where they may go on to, in its order: the first link counts whose team they have not
/// stood in yet, so that teams which back each other up never send anyone round in a circle.
#[must_use]
pub fn decide(
    session: &Waiting,
    seats: &[Seat],
    rules: &Rules,
    chain: &[Overflow],
    now: UnixMs,
) -> Ruling {
    let of = |agent| seats.iter().find(|seat| seat.agent == agent);
    let outcome = outcome(session, seats.iter(), of, rules, chain, now);
    let explanation = explain(session, seats, rules, &outcome, now);
    Ruling {
        decision: outcome.decision,
        explanation,
    }
}

/// Tells of everybody who was considered for an outcome.
#[must_use]
pub fn explain(
    session: &Waiting,
    seats: &[Seat],
    rules: &Rules,
    outcome: &Outcome,
    now: UnixMs,
) -> Explanation {
    let chosen = outcome.decision.first();
    let mut judged: Vec<(Verdict, &Seat)> = seats
        .iter()
        .map(|seat| match verdict(session, seat, rules) {
            _ if Some(seat.agent) == chosen => (Verdict::Chosen, seat),
            verdict => (verdict, seat),
        })
        .collect();
    let considered = count(judged.len());
    let excluded = judged
        .iter()
        .filter(|(verdict, _)| *verdict > Verdict::Declined)
        .count();
    let order = |a: &(Verdict, &Seat), b: &(Verdict, &Seat)| {
        let key = |(verdict, seat): &(Verdict, &Seat)| (*verdict, seat.load, seat.agent);
        key(a).cmp(&key(b))
    };
    best(&mut judged, EXPLAINED, order);
    Explanation {
        decided_at: now,
        why: outcome.why,
        considered,
        excluded: count(excluded),
        agents: judged
            .iter()
            .map(|(verdict, seat)| Considered {
                agent: seat.agent,
                load: seat.load,
                limit: seat.limit,
                verdict: *verdict,
            })
            .collect(),
        held_until: outcome.held_until,
        overflow_at: outcome.overflow_at,
    }
}

/// Keeps the first few in their order. The others, who may be thousands, are not sorted.
fn best<T>(all: &mut Vec<T>, most: usize, order: impl Fn(&T, &T) -> Ordering) {
    if all.len() > most {
        all.select_nth_unstable_by(most - 1, &order);
        all.truncate(most);
    }
    all.sort_unstable_by(order);
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;

//! The decision itself, made from those who have room, however many others there are.

use std::cmp::Ordering;

use super::{Decision, Seat, Verdict, Waiting, Why, best, verdict};
use crate::{
    AgentId, TeamId, UnixMs,
    session::STOPS,
    setup::{AssignMode, Choice, Overflow, Rules},
};

/// So many are named to the queue at most: who follows them is asked when it comes to that.
pub const CANDIDATES: usize = 32;

/// What is decided about one waiting session, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What to do.
    pub decision: Decision,
    /// Why the first candidate is the first.
    pub why: Option<Why>,
    /// Waiting for a preferred agent until then.
    pub held_until: Option<UnixMs>,
    /// The next team, and when.
    pub overflow_at: Option<(TeamId, UnixMs)>,
    /// Nobody who has room may have anyone whom the same rules are for.
    pub nobody: bool,
}

/// Decides about one waiting session. `free` are those who take the team's customers
/// ([`Seat::takes`]); who else is among them changes nothing. `of` finds any agent's seat.
#[must_use]
pub fn outcome<'a>(
    session: &Waiting,
    free: impl Iterator<Item = &'a Seat>,
    of: impl Fn(AgentId) -> Option<&'a Seat>,
    rules: &Rules,
    chain: &[Overflow],
    now: UnixMs,
) -> Outcome {
    let next = next_team(session, chain, now);
    let mut outcome = Outcome {
        decision: Decision::Wait(next.map(|(_, at)| at)),
        why: None,
        held_until: None,
        overflow_at: next,
        nobody: false,
    };
    let (preferred, held_until) = prefer(session, of, rules, now);
    if held_until.is_some() {
        outcome.decision = Decision::Wait(held_until);
        outcome.held_until = held_until;
        return outcome;
    }
    // Those who declined are asked last, but they are asked: nobody waits beside a free agent.
    let room = |verdict: Verdict| matches!(verdict, Verdict::Eligible | Verdict::Declined);
    let mut able: Vec<&Seat> = free
        .filter(|seat| room(verdict(session, seat, rules)))
        .collect();
    outcome.nobody = able.is_empty();
    // Whoever has room has been asked already: then another team is the better hope.
    let asked = |seat: &Seat| session.declined.contains(&seat.agent);
    let due = next.filter(|(_, at)| *at <= now);
    if let Some((team, _)) = due.filter(|_| able.iter().all(|seat| asked(seat))) {
        outcome.decision = Decision::Overflow(team);
        return outcome;
    }
    let speaks = |seat: &Seat| {
        let language = session.language.as_ref();
        language.is_some_and(|language| seat.languages.contains(language))
    };
    let wanted = preferred.map(|(agent, _)| agent);
    best(&mut able, CANDIDATES, |a: &&Seat, b: &&Seat| {
        let key = |seat: &Seat| (Some(seat.agent) != wanted, asked(seat), !speaks(seat));
        key(a)
            .cmp(&key(b))
            .then_with(|| by_choice(a, b, rules.choice))
            .then(a.agent.cmp(&b.agent))
    });
    let Some(first) = able.first() else {
        return outcome;
    };
    outcome.why = Some(match preferred {
        Some((wanted, why)) if wanted == first.agent => why,
        _ if speaks(first) => Why::Language,
        _ => match rules.choice {
            Choice::LeastBusy => Why::LeastBusy,
            Choice::RoundRobin => Why::RoundRobin,
            Choice::LongestIdle => Why::LongestIdle,
        },
    });
    let candidates = able.iter().map(|seat| seat.agent).collect();
    outcome.decision = match rules.assign {
        AssignMode::Auto => Decision::Assign(candidates),
        AssignMode::Manual => {
            let until = now + i64::from(rules.accept_timeout_s.max(5)) * 1000;
            Decision::Offer(candidates, until)
        }
    };
    outcome
}

/// The first link that is due and leads to a team they have not stood in; if none is, the one that
/// will be due first.
fn next_team(session: &Waiting, chain: &[Overflow], now: UnixMs) -> Option<(TeamId, UnixMs)> {
    if session.visited.len() >= STOPS {
        return None;
    }
    let open = chain
        .iter()
        .filter(|link| link.team_id != session.team && !session.visited.contains(&link.team_id))
        .map(|link| {
            let at = session.joined_at + i64::from(link.after_s) * 1000;
            (link.team_id, at)
        });
    let due = open.clone().find(|(_, at)| *at <= now);
    due.or_else(|| open.min_by_key(|(_, at)| *at))
}

/// The owner or last agent: at once if they can, or a bounded wait while they are there but full.
fn prefer<'a>(
    session: &Waiting,
    of: impl Fn(AgentId) -> Option<&'a Seat>,
    rules: &Rules,
    now: UnixMs,
) -> (Option<(AgentId, Why)>, Option<UnixMs>) {
    let owner = session
        .owner
        .filter(|_| rules.prefer_owner)
        .map(|agent| (agent, Why::Owner));
    let last = session
        .last_agent
        .filter(|_| rules.last_agent.enabled)
        .map(|agent| (agent, Why::LastAgent));
    for (agent, why) in [owner, last].into_iter().flatten() {
        let until = session.waiting_since + i64::from(rules.last_agent.wait_s) * 1000;
        match of(agent).map(|seat| verdict(session, seat, rules)) {
            Some(Verdict::Eligible) => return (Some((agent, why)), None),
            Some(Verdict::Full) if now < until && !session.declined.contains(&agent) => {
                return (None, Some(until));
            }
            _ => (),
        }
    }
    (None, None)
}

fn by_choice(a: &Seat, b: &Seat, choice: Choice) -> Ordering {
    let turn = || a.last_assigned_at.cmp(&b.last_assigned_at);
    match choice {
        // Shares of the limit, compared without division.
        Choice::LeastBusy => (u64::from(a.load) * u64::from(b.limit.max(1)))
            .cmp(&(u64::from(b.load) * u64::from(a.limit.max(1))))
            .then_with(turn),
        Choice::RoundRobin => turn(),
        Choice::LongestIdle => (a.load > 0)
            .cmp(&(b.load > 0))
            .then(a.idle_since.cmp(&b.idle_since))
            .then_with(turn),
    }
}

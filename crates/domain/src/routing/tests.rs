use proptest::prelude::*;

use super::*;
use crate::setup::{AssignMode, Choice};

const TEAM: TeamId = TeamId(1);

fn seat(agent: u128, load: u32, limit: u32) -> Seat {
    Seat {
        agent: AgentId(agent),
        availability: Availability::Online,
        connected: true,
        load,
        limit,
        teams: vec![TEAM],
        skills: Vec::new(),
        languages: Vec::new(),
        last_assigned_at: 0,
        idle_since: 0,
    }
}

fn waiting() -> Waiting {
    Waiting {
        session: SessionId(1),
        team: TEAM,
        waiting_since: 1_000,
        joined_at: 1_000,
        visited: vec![TEAM],
        owner: None,
        last_agent: None,
        declined: Vec::new(),
        language: None,
    }
}

fn first(ruling: &Ruling) -> Option<AgentId> {
    match &ruling.decision {
        Decision::Assign(agents) | Decision::Offer(agents, _) => agents.first().copied(),
        _ => None,
    }
}

#[test]
fn the_least_busy_by_share_of_their_limit_is_first() {
    let ruling = decide(
        &waiting(),
        &[seat(1, 3, 4), seat(2, 4, 8), seat(3, 8, 8)],
        &Rules::default(),
        &[],
        2_000,
    );
    assert_eq!(first(&ruling), Some(AgentId(2)));
    assert_eq!(ruling.explanation.why, Some(Why::LeastBusy));
    assert_eq!(
        (ruling.explanation.considered, ruling.explanation.excluded),
        (3, 1)
    );
}

#[test]
fn round_robin_takes_turns() {
    let rules = Rules {
        choice: Choice::RoundRobin,
        ..Rules::default()
    };
    let seats = [
        Seat {
            last_assigned_at: 9,
            ..seat(1, 0, 8)
        },
        Seat {
            last_assigned_at: 5,
            ..seat(2, 7, 8)
        },
    ];
    assert_eq!(
        first(&decide(&waiting(), &seats, &rules, &[], 10)),
        Some(AgentId(2))
    );
}

#[test]
fn the_last_agent_is_waited_for_but_not_for_ever() {
    let session = Waiting {
        last_agent: Some(AgentId(1)),
        ..waiting()
    };
    let seats = [seat(1, 8, 8), seat(2, 0, 8)];
    let early = decide(&session, &seats, &Rules::default(), &[], 2_000);
    assert_eq!(early.decision, Decision::Wait(Some(31_000)));
    assert_eq!(
        first(&decide(&session, &seats, &Rules::default(), &[], 31_000)),
        Some(AgentId(2))
    );
    let free = [seat(1, 7, 8), seat(2, 0, 8)];
    let familiar = decide(&session, &free, &Rules::default(), &[], 2_000);
    assert_eq!(
        (first(&familiar), familiar.explanation.why),
        (Some(AgentId(1)), Some(Why::LastAgent))
    );
}

#[test]
fn who_declined_is_asked_last_but_asked() {
    let session = Waiting {
        declined: vec![AgentId(1)],
        ..waiting()
    };
    let both = decide(
        &session,
        &[seat(1, 0, 8), seat(2, 7, 8)],
        &Rules::default(),
        &[],
        2_000,
    );
    assert_eq!(first(&both), Some(AgentId(2)));
    let alone = decide(&session, &[seat(1, 0, 8)], &Rules::default(), &[], 2_000);
    assert_eq!(first(&alone), Some(AgentId(1)));
}

#[test]
fn overflow_comes_when_its_time_has_come_and_nobody_can() {
    let chain = [Overflow {
        team_id: TeamId(2),
        after_s: 60,
    }];
    let full = [seat(1, 8, 8)];
    let early = decide(&waiting(), &full, &Rules::default(), &chain, 2_000);
    assert_eq!(early.decision, Decision::Wait(Some(61_000)));
    let late = decide(&waiting(), &full, &Rules::default(), &chain, 61_000);
    assert_eq!(late.decision, Decision::Overflow(TeamId(2)));
}

#[test]
fn every_reason_for_leaving_someone_out_is_named() {
    let rules = Rules {
        required_skills: vec!["退换货".into()],
        ..Rules::default()
    };
    let able = |agent| Seat {
        skills: vec!["退换货".into()],
        ..seat(agent, 0, 8)
    };
    let seats = [
        Seat { load: 8, ..able(1) },
        Seat {
            availability: Availability::Busy,
            ..able(2)
        },
        Seat {
            availability: Availability::Break,
            ..able(3)
        },
        Seat {
            connected: false,
            ..able(4)
        },
        seat(5, 0, 8),
        Seat {
            teams: vec![],
            ..able(6)
        },
    ];
    let ruling = decide(&waiting(), &seats, &rules, &[], 2_000);
    assert_eq!(ruling.decision, Decision::Wait(None));
    let verdicts: Vec<Verdict> = ruling
        .explanation
        .agents
        .iter()
        .map(|one| one.verdict)
        .collect();
    use Verdict::{Break, Busy, Full, MissingSkill, NotInTeam, Offline};
    assert_eq!(
        verdicts,
        [Full, Busy, Break, Offline, MissingSkill, NotInTeam]
    );
}

#[test]
fn priority_is_a_head_start_that_time_overtakes() {
    assert!(rank(10_000, 1) < rank(0, 0));
    assert!(rank(0, 0) < rank(PRIORITY_HEAD_START_MS + 1, 1));
}

#[test]
fn a_vip_opens_fifteen_minutes_ahead_and_nobody_else_does() {
    let vip = opening_priority(Some("vip"));
    assert!((1..=PRIORITY_MOST).contains(&vip));
    assert_eq!(rank(0, 0) - rank(0, vip), 15 * 60_000);
    for mark in [None, Some("new"), Some("regular")] {
        assert_eq!(opening_priority(mark), 0);
    }
}

#[test]
fn who_all_declined_goes_on_to_the_next_team_when_it_is_due() {
    let chain = [Overflow {
        team_id: TeamId(2),
        after_s: 60,
    }];
    let rules = Rules {
        assign: AssignMode::Manual,
        ..Rules::default()
    };
    let session = Waiting {
        declined: vec![AgentId(1)],
        ..waiting()
    };
    let alone = [seat(1, 0, 8)];
    let early = decide(&session, &alone, &rules, &chain, 2_000);
    assert!(matches!(early.decision, Decision::Offer(..)));
    let late = decide(&session, &alone, &rules, &chain, 61_000);
    assert_eq!(late.decision, Decision::Overflow(TeamId(2)));
    // Someone who was not asked yet comes before another team.
    let two = [seat(1, 0, 8), seat(2, 7, 8)];
    let asked = decide(&session, &two, &rules, &chain, 61_000);
    assert_eq!(first(&asked), Some(AgentId(2)));
}

#[test]
fn a_chain_is_followed_in_its_order_and_counts_from_joining() {
    let link = |team, after_s| Overflow {
        team_id: TeamId(team),
        after_s,
    };
    let chain = [link(2, 60), link(3, 120)];
    let second = Waiting {
        team: TeamId(2),
        joined_at: 61_000,
        visited: vec![TEAM, TeamId(2)],
        ..waiting()
    };
    let early = decide(&second, &[], &Rules::default(), &chain, 121_500);
    assert_eq!(early.decision, Decision::Wait(Some(181_000)));
    let late = decide(&second, &[], &Rules::default(), &chain, 181_000);
    assert_eq!(late.decision, Decision::Overflow(TeamId(3)));
}

proptest! {
    /// Whatever teams send their customers on to whatever others: nobody is sent round in a circle,
    /// and where they stand at last, nobody who may take them is free.
    #[test]
    fn teams_that_back_each_other_up_send_on_each_customer_once(
        links in proptest::collection::vec((0u128..5, 0u128..5, 0u32..4), 0..20),
        seats in proptest::collection::vec((0u128..5, 0u32..3, any::<bool>()), 0..6),
    ) {
        let chain_of = |team: u128| -> Vec<Overflow> {
            links.iter().filter(|(from, ..)| *from == team)
                .map(|(_, to, after_s)| Overflow { team_id: TeamId(*to), after_s: *after_s }).collect()
        };
        let seats: Vec<Seat> = seats.iter().enumerate().map(|(n, (team, load, declined))| Seat {
            teams: vec![TeamId(*team)],
            ..seat(if *declined { 100 } else { 1 } + n as u128, *load, 2)
        }).collect();
        let mut session = Waiting {
            team: TeamId(0), visited: vec![TeamId(0)], waiting_since: 0, joined_at: 0,
            declined: seats.iter().map(|s| s.agent).filter(|a| a.0 >= 100).collect(), ..waiting()
        };
        let mut moves = 0;
        for now in (0..60_000).step_by(500) {
            let TeamId(team) = session.team;
            let chain = if team == 0 { chain_of(0) } else { [chain_of(team), chain_of(0)].concat() };
            let ruling = decide(&session, &seats, &Rules::default(), &chain, now);
            let free: Vec<&Seat> = seats.iter().filter(|s| s.takes(session.team)).collect();
            match ruling.decision {
                Decision::Overflow(to) => {
                    prop_assert!(!session.visited.contains(&to));
                    prop_assert!(free.iter().all(|s| session.declined.contains(&s.agent)));
                    moves += 1;
                    session.team = to;
                    session.joined_at = now;
                    session.visited.push(to);
                }
                Decision::Assign(agents) => { prop_assert_eq!(agents.len(), free.len()); break; }
                Decision::Wait(_) => prop_assert!(free.is_empty()),
                other => prop_assert!(false, "{:?}", other),
            }
        }
        prop_assert!(moves < 5, "{} moves among five teams", moves);
    }

    /// Who has no room changes no decision, whether they are looked at or not; and of however many who
    /// have, the best few are named in their order.
    #[test]
    fn it_is_enough_to_look_at_those_who_have_room(
        seats in proptest::collection::vec((0u32..4, 1u32..4, 0u8..4, any::<bool>(), any::<bool>(), 0i64..3), 0..90),
        last in proptest::option::of(0u128..90),
        declined in proptest::collection::vec(0u128..90, 0..4),
        now in 1_000i64..70_000,
        manual in any::<bool>(),
    ) {
        let seats: Vec<Seat> = seats.into_iter().enumerate().map(|(i, (load, limit, state, member, skilled, turn))| Seat {
            availability: [Availability::Online, Availability::Online, Availability::Busy, Availability::Offline][state as usize],
            teams: if member { vec![TEAM] } else { vec![] },
            skills: if skilled { vec!["退换货".into()] } else { vec![] },
            last_assigned_at: turn,
            ..seat(i as u128, load, limit)
        }).collect();
        let rules = Rules {
            required_skills: vec!["退换货".into()],
            assign: if manual { AssignMode::Manual } else { AssignMode::Auto },
            ..Rules::default()
        };
        let chain = [Overflow { team_id: TeamId(2), after_s: 30 }];
        let session = Waiting {
            last_agent: last.map(AgentId),
            declined: declined.into_iter().map(AgentId).collect(),
            ..waiting()
        };
        let whole = decide(&session, &seats, &rules, &chain, now);
        let of = |agent| seats.iter().find(|seat| seat.agent == agent);
        let free = seats.iter().filter(|seat| seat.takes(TEAM));
        let quick = outcome(&session, free.clone(), of, &rules, &chain, now);
        prop_assert_eq!(&quick.decision, &whole.decision);
        let able = free.filter(|seat| !seat.skills.is_empty()).count();
        prop_assert!(!quick.nobody || able == 0);
        if let Decision::Assign(agents) | Decision::Offer(agents, _) = &quick.decision {
            prop_assert_eq!(agents.len(), able.min(CANDIDATES));
            let mut alone = seats.clone();
            // Each is the first once those before them are gone.
            for agent in agents {
                let left = decide(&session, &alone, &rules, &[], now);
                if left.explanation.held_until.is_none() {
                    prop_assert_eq!(left.decision.first(), Some(*agent));
                }
                alone.retain(|seat| seat.agent != *agent);
            }
        }
    }

    /// Nobody waits while a permitted agent has room, unless they wait for their own agent; nobody
    /// without room is ever a candidate.
    #[test]
    fn a_free_permitted_agent_is_always_found(
        seats in proptest::collection::vec((0u32..4, 0u32..4, 0u8..4, any::<bool>(), any::<bool>()), 0..20),
        last in proptest::option::of(0u128..20),
    ) {
        let seats: Vec<Seat> = seats.into_iter().enumerate().map(|(i, (load, limit, state, connected, member))| Seat {
            availability: [Availability::Online, Availability::Busy, Availability::Break, Availability::Offline][state as usize],
            connected,
            teams: if member { vec![TEAM] } else { vec![] },
            ..seat(i as u128, load, limit)
        }).collect();
        let session = Waiting { last_agent: last.map(AgentId), ..waiting() };
        let ruling = decide(&session, &seats, &Rules::default(), &[], 2_000);
        let free = |seat: &Seat| seat.connected && seat.availability == Availability::Online
            && seat.teams.contains(&TEAM) && seat.load < seat.limit;
        match &ruling.decision {
            Decision::Assign(agents) => {
                prop_assert_eq!(agents.len(), seats.iter().filter(|s| free(s)).count());
                for agent in agents {
                    prop_assert!(seats.iter().any(|s| s.agent == *agent && free(s)));
                }
            }
            Decision::Wait(Some(_)) => prop_assert!(last.is_some()),
            Decision::Wait(None) => prop_assert!(!seats.iter().any(free)),
            other => prop_assert!(false, "{:?}", other),
        }
    }
}

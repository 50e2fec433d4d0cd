use proptest::prelude::*;

use super::*;

fn fresh() -> Session {
    Session {
        id: SessionId(1),
        brand: BrandId(1),
        conversation: ConversationId(1),
        kf_account: KfAccountId(1),
        entry_point: EntryPointId(1),
        no: 1,
        state: ServiceState::New,
        team: None,
        agent: None,
        fence: 0,
        offer: None,
        priority: 0,
        opened_at: 0,
        enqueued_at: None,
        stops: Vec::new(),
        left_at: None,
        assigned_at: None,
        first_reply_at: None,
        turn_since: None,
        last_customer_at: 0,
        last_agent_at: None,
        warned_at: None,
        ended_at: None,
        end_reason: None,
        declined: Vec::new(),
        score: None,
        comment: None,
        why: None,
        elsewhere: None,
    }
}

const ANN: AgentId = AgentId(10);
const BEN: AgentId = AgentId(11);
const TEAM: TeamId = TeamId(20);

fn waiting() -> Session {
    let mut session = fresh();
    session.apply(&Command::Enqueue { team: TEAM }, 5).unwrap();
    session
}

#[test]
fn an_offer_can_be_taken_by_the_one_who_was_asked_only() {
    let mut session = waiting();
    session
        .apply(
            &Command::Offer {
                agent: ANN,
                until: 30,
            },
            10,
        )
        .unwrap();
    assert_eq!(
        session.apply(&Command::Accept { agent: BEN }, 11),
        Err(Refusal::Taken)
    );
    let effects = session.apply(&Command::Accept { agent: ANN }, 12).unwrap();
    assert_eq!(
        effects,
        [Effect::Accepted {
            agent: ANN,
            fence: 1
        }]
    );
    assert_eq!(session.state, ServiceState::Serving);
}

#[test]
fn a_requeued_session_keeps_its_place() {
    let mut session = waiting();
    session.apply(&Command::Assign { agent: ANN }, 10).unwrap();
    session
        .apply(
            &Command::Requeue {
                fence: 1,
                reason: Reason::AgentGone,
            },
            900,
        )
        .unwrap();
    assert_eq!(
        (session.state, session.enqueued_at),
        (ServiceState::Waiting, Some(5))
    );
    let late = session.apply(
        &Command::AgentReplied {
            agent: ANN,
            fence: 1,
        },
        901,
    );
    assert_eq!(late, Err(Refusal::NotAssigned));
}

#[test]
fn an_old_fence_writes_nothing() {
    let mut session = waiting();
    session.apply(&Command::Assign { agent: ANN }, 10).unwrap();
    session
        .apply(
            &Command::Transfer {
                fence: 1,
                to: Target::Agent(BEN),
            },
            11,
        )
        .unwrap();
    let end = Command::End {
        fence: Some(1),
        reason: Reason::Agent,
    };
    assert_eq!(session.apply(&end, 12), Err(Refusal::NotAssigned));
    assert_eq!(session.agent, Some(BEN));
}

#[test]
fn a_supervisor_ends_what_waits_as_they_see_it_and_an_agent_does_not() {
    let end = |fence, reason| Command::End {
        fence: Some(fence),
        reason,
    };
    let mut session = waiting();
    let fence = session.fence;
    let by_agent = session.apply(&end(fence, Reason::Agent), 12);
    assert_eq!(by_agent, Err(Refusal::NotAssigned));
    let unseen = session.apply(&end(fence + 1, Reason::Administrator), 12);
    assert_eq!(unseen, Err(Refusal::NotAssigned));
    session
        .apply(&end(fence, Reason::Administrator), 13)
        .unwrap();
    assert_eq!(session.state, ServiceState::Ended);
    // Somebody got it since.
    let mut session = waiting();
    session.apply(&Command::Assign { agent: ANN }, 14).unwrap();
    let late = session.apply(&end(fence, Reason::Administrator), 15);
    assert_eq!(late, Err(Refusal::NotAssigned));
}

#[test]
fn every_open_state_can_be_ended_by_an_administrator() {
    let end = Command::End {
        fence: None,
        reason: Reason::Administrator,
    };
    let mut offered = waiting();
    offered
        .apply(
            &Command::Offer {
                agent: ANN,
                until: 30,
            },
            10,
        )
        .unwrap();
    let mut serving = waiting();
    serving.apply(&Command::Assign { agent: ANN }, 10).unwrap();
    for mut session in [fresh(), waiting(), offered, serving] {
        session.apply(&end, 20).unwrap();
        assert_eq!(session.state, ServiceState::Ended);
        assert_eq!(session.apply(&end, 21), Err(Refusal::Ended));
    }
}

#[test]
fn the_turn_starts_with_the_first_unanswered_message() {
    let mut session = waiting();
    session.apply(&Command::CustomerWrote, 7).unwrap();
    session.apply(&Command::CustomerWrote, 9).unwrap();
    assert_eq!(session.turn_since, Some(7));
    session.apply(&Command::Assign { agent: ANN }, 10).unwrap();
    session
        .apply(
            &Command::AgentReplied {
                agent: ANN,
                fence: 1,
            },
            11,
        )
        .unwrap();
    assert_eq!(
        (session.turn_since, session.first_reply_at),
        (None, Some(11))
    );
}

fn replied() -> Session {
    let mut session = waiting();
    session.apply(&Command::CustomerWrote, 7).unwrap();
    session.apply(&Command::Assign { agent: ANN }, 10).unwrap();
    let said = Command::AgentReplied {
        agent: ANN,
        fence: 1,
    };
    session.apply(&said, 11).unwrap();
    session
}

#[test]
fn what_was_answered_and_is_over_can_be_rated() {
    let rate = Command::Rate {
        score: 5,
        comment: None,
    };
    let end = Command::End {
        fence: None,
        reason: Reason::Administrator,
    };
    let mut unserved = waiting();
    unserved.apply(&end, 9).unwrap();
    for mut session in [fresh(), waiting(), replied(), unserved] {
        assert_eq!(session.apply(&rate, 50), Err(Refusal::Unserved));
        assert_eq!(session.score, None);
    }
    let mut over = replied();
    over.apply(&end, 50).unwrap();
    over.apply(&rate, 51).unwrap();
    assert_eq!(over.score, Some(5));
}

#[test]
fn whoever_gets_a_session_from_another_has_the_turn() {
    let hand_overs = [
        Command::Transfer {
            fence: 1,
            to: Target::Agent(BEN),
        },
        Command::Transfer {
            fence: 1,
            to: Target::Team(TeamId(21)),
        },
        Command::Requeue {
            fence: 1,
            reason: Reason::AgentGone,
        },
    ];
    for command in hand_overs {
        let mut session = replied();
        session.apply(&Command::Warn, 50).unwrap();
        session.apply(&command, 60).unwrap();
        assert_eq!(session.turn_since, Some(60), "{command:?}");
        if session.state == ServiceState::Waiting {
            session
                .apply(
                    &Command::Offer {
                        agent: BEN,
                        until: 90,
                    },
                    61,
                )
                .unwrap();
            session.apply(&Command::Accept { agent: BEN }, 62).unwrap();
        }
        assert_eq!(session.warned_at, None, "{command:?}");
    }
}

#[test]
fn a_new_wait_counts_from_its_beginning_and_each_queue_from_its_own() {
    let mut session = replied();
    let back = Command::Requeue {
        fence: 1,
        reason: Reason::AgentGone,
    };
    session.apply(&back, 900).unwrap();
    let other = TeamId(21);
    session
        .apply(&Command::Overflow { team: other }, 950)
        .unwrap();
    assert_eq!(
        (session.enqueued_at, session.waiting_since()),
        (Some(5), Some(900))
    );
    let stops = [(TEAM, 900), (other, 950)].map(|(team, since)| Stop { team, since });
    assert_eq!(session.stops, stops);
    // It is told when they are taken, too.
    session.apply(&Command::Assign { agent: BEN }, 960).unwrap();
    assert_eq!(session.waiting_since(), Some(900));
}

#[test]
fn a_left_message_is_out_of_the_queue_and_can_be_taken() {
    let mut session = waiting();
    let ask = Command::Offer {
        agent: ANN,
        until: 30,
    };
    session.apply(&ask, 10).unwrap();
    let effects = session.apply(&Command::LeaveWord, 12).unwrap();
    assert!(matches!(effects[..], [Effect::Closed { agent: ANN, .. }]));
    assert_eq!(
        (session.state, session.left_at),
        (ServiceState::New, Some(12))
    );
    let mut again = session.clone();
    again.apply(&Command::Enqueue { team: TEAM }, 40).unwrap();
    assert_eq!((again.enqueued_at, again.left_at), (Some(40), None));
    session.apply(&Command::Accept { agent: BEN }, 20).unwrap();
    assert_eq!(
        (session.agent, session.left_at, session.turn_since),
        (Some(BEN), None, Some(20))
    );
    // A session that nobody left is not there to be taken.
    assert_eq!(
        fresh().apply(&Command::Accept { agent: BEN }, 20),
        Err(Refusal::Taken)
    );
}

fn any_command() -> impl Strategy<Value = Command> {
    let agent = prop_oneof![Just(ANN), Just(BEN)];
    let team = prop_oneof![Just(TEAM), Just(TeamId(21))];
    let fence = 0u64..6;
    prop_oneof![
        Just(Command::CustomerWrote),
        team.clone().prop_map(|team| Command::Enqueue { team }),
        agent
            .clone()
            .prop_map(|agent| Command::Offer { agent, until: 1 }),
        agent.clone().prop_map(|agent| Command::Assign { agent }),
        agent.clone().prop_map(|agent| Command::Accept { agent }),
        (agent.clone(), fence.clone()).prop_map(|(agent, fence)| Command::Withdraw {
            agent,
            fence,
            reason: Reason::Declined
        }),
        fence.clone().prop_map(|fence| Command::Requeue {
            fence,
            reason: Reason::AgentGone
        }),
        (fence.clone(), agent.clone()).prop_map(|(fence, agent)| Command::Transfer {
            fence,
            to: Target::Agent(agent)
        }),
        (fence.clone(), team.clone()).prop_map(|(fence, team)| Command::Transfer {
            fence,
            to: Target::Team(team)
        }),
        team.prop_map(|team| Command::Overflow { team }),
        (agent, fence.clone()).prop_map(|(agent, fence)| Command::AgentReplied { agent, fence }),
        Just(Command::LeaveWord),
        (-2i32..3).prop_map(|priority| Command::Prioritise { priority }),
        Just(Command::Warn),
        proptest::option::of(fence).prop_map(|fence| Command::End {
            fence,
            reason: Reason::Agent
        }),
    ]
}

proptest! {
    /// Whatever happens in whatever order: one owner at most, fences only grow, a refusal changes
    /// nothing, and the effects alone tell who holds the session.
    #[test]
    fn at_most_one_agent_holds_it(commands in proptest::collection::vec(any_command(), 1..60)) {
        let mut session = fresh();
        let mut open: Option<(AgentId, u64)> = None;
        for (now, command) in commands.iter().enumerate() {
            let before = session.clone();
            match session.apply(command, now as UnixMs) {
                Err(_) => prop_assert_eq!(&session, &before),
                Ok(effects) => for effect in effects {
                    match effect {
                        Effect::Opened { agent, fence, .. } => {
                            prop_assert_eq!(open, None);
                            prop_assert!(fence > before.fence);
                            open = Some((agent, fence));
                        }
                        Effect::Accepted { agent, fence } => prop_assert_eq!(open, Some((agent, fence))),
                        Effect::Closed { agent, fence, .. } => {
                            prop_assert_eq!(open, Some((agent, fence)));
                            open = None;
                        }
                    }
                },
            }
            let held = match session.state {
                ServiceState::Serving => session.agent.map(|agent| (agent, session.fence)),
                _ => session.offer.map(|offer| (offer.agent, session.fence)),
            };
            prop_assert_eq!(held, open);
            prop_assert!(session.offer.is_none() || session.state == ServiceState::Waiting);
            prop_assert!(session.state != ServiceState::Waiting || session.enqueued_at.is_some());
        }
    }
}

#[test]
fn what_is_served_in_the_platforms_client_is_followed_and_not_moved_from_here() {
    let mut session = waiting();
    let go = |userid: Option<&str>, agent| Command::Elsewhere {
        userid: userid.map(str::to_owned),
        agent,
    };
    let offer = Command::Offer {
        agent: BEN,
        until: 30,
    };
    session.apply(&offer, 6).unwrap();
    let effects = session.apply(&go(None, None), 7).unwrap();
    assert!(
        matches!(effects[..], [Effect::Closed { agent: BEN, .. }]),
        "{effects:?}"
    );
    assert_eq!(
        (session.state, session.team),
        (ServiceState::Waiting, None),
        "no queue of ours"
    );
    for ours in [
        Command::Enqueue { team: TEAM },
        Command::Assign { agent: ANN },
        Command::Accept { agent: ANN },
        Command::Warn,
    ] {
        assert_eq!(session.apply(&ours, 8), Err(Refusal::Elsewhere));
    }
    session.apply(&go(Some("linzhixia"), Some(ANN)), 9).unwrap();
    assert_eq!(
        (session.state, session.agent),
        (ServiceState::Serving, Some(ANN))
    );
    // The same again changes nothing; another member takes it over.
    assert!(
        session
            .apply(&go(Some("linzhixia"), Some(ANN)), 10)
            .unwrap()
            .is_empty()
    );
    let effects = session.apply(&go(Some("stranger"), None), 11).unwrap();
    assert!(
        matches!(effects[..], [Effect::Closed { agent: ANN, .. }]),
        "{effects:?}"
    );
    assert_eq!(
        (session.agent, session.elsewhere.as_deref()),
        (None, Some("stranger"))
    );
    let end = Command::End {
        fence: None,
        reason: Reason::Upstream,
    };
    assert!(session.apply(&end, 12).unwrap().is_empty());
    assert_eq!(session.state, ServiceState::Ended);
}

//! Sessions and assignments: one open, one owner, no more than the limit.

use kefu_domain::{
    AgentId, ServiceState, SessionId, TeamId,
    session::{Command, Effect, Reason, Refusal, Target},
};

use super::{Guest, Place, World, opened_fence, to_agent};
use crate::{Act, Author, Seen, StoreError};

pub(crate) async fn one_session_is_open_at_a_time(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.guest().await;
    let mut ids = Vec::new();
    for round in 0..3u64 {
        world.say(guest, &format!("{round}-a")).await;
        world.say(guest, &format!("{round}-b")).await;
        let whole = world.whole(guest.conversation).await;
        let session = whole.session.clone().unwrap();
        assert_eq!((session.no, whole.sessions), (round + 1, round + 1));
        assert_eq!(session.state, ServiceState::New);
        ids.push(session.id);
        let end = Command::End {
            fence: None,
            reason: Reason::Customer,
        };
        world.apply(guest, session.id, end.clone()).await.unwrap();
        assert_eq!(
            world.apply(guest, session.id, end).await.unwrap_err(),
            StoreError::Refused(Refusal::Ended)
        );
    }
    // An ended session's id cannot be opened again.
    let mut reused = world.message(guest, "reused", "x");
    reused.opening.session = ids[0];
    let refused = world.store.file(reused).await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );
    // An older session takes no more commands, and an unknown one is not found.
    let enqueue = Command::Enqueue { team: world.team };
    let old = world.apply(guest, ids[0], enqueue.clone()).await;
    assert_eq!(old.unwrap_err(), StoreError::Refused(Refusal::Ended));
    let unknown = SessionId(world.id());
    let missing = world.apply(guest, unknown, enqueue).await;
    assert_eq!(missing.unwrap_err(), StoreError::NotFound);
    world.crash().await;
    let sessions = world
        .store
        .sessions(world.brand, guest.conversation, 10)
        .await
        .unwrap();
    let listed: Vec<_> = sessions.iter().rev().map(|row| row.session.id).collect();
    assert_eq!(listed, ids);
    assert!(sessions.iter().all(|row| row.messages == 2));
    let owner = world.store.session_conversation(world.brand, ids[1]).await;
    assert_eq!(owner, Ok(guest.conversation));
}

pub(crate) async fn nobody_gets_more_than_the_limit(place: &dyn Place) {
    let mut world = World::open(place).await;
    let agents = [world.agent(), world.agent(), world.agent()];
    let mut waiting = Vec::new();
    for _ in 0..100 {
        waiting.push(world.waiting().await);
    }
    // 1,000 tries at once: for each customer, ten of them.
    let tries: Vec<_> = (0..1000)
        .map(|n| {
            let (guest, session) = waiting[n % waiting.len()];
            let agent = agents[n % agents.len()];
            let command = match n % 2 {
                0 => Command::Assign { agent },
                _ => Command::Offer {
                    agent,
                    until: i64::MAX,
                },
            };
            let act = Act {
                limit: Some(8),
                ..world.act(guest, session, command)
            };
            let store = world.store.clone();
            tokio::spawn(async move { store.act(act).await })
        })
        .collect();
    let mut opened = 0i64;
    for one in tries {
        match one.await.unwrap() {
            Ok(acted) => {
                for effect in acted.effects {
                    opened += match effect {
                        Effect::Opened { .. } => 1,
                        Effect::Closed { .. } => -1,
                        Effect::Accepted { .. } => 0,
                    };
                }
            }
            Err(StoreError::AtCapacity | StoreError::Refused(_)) => (),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(opened, 24);
    world.crash().await;
    assert_eq!(active(&world, &waiting, &agents).await, [8, 8, 8]);
    // The limit holds on the next day as well, and one end makes room for one.
    let (guest, session, fence) = served(&world, &waiting, agents[0]).await;
    let (other, free) = not_served(&world, &waiting).await;
    let assign = |agent| Act {
        limit: Some(8),
        ..world.act(other, free, Command::Assign { agent })
    };
    assert_eq!(
        world.store.act(assign(agents[0])).await.unwrap_err(),
        StoreError::AtCapacity
    );
    let end = Command::End {
        fence: Some(fence),
        reason: Reason::Agent,
    };
    world.apply(guest, session, end).await.unwrap();
    world.store.act(assign(agents[0])).await.unwrap();
    assert_eq!(active(&world, &waiting, &agents).await, [8, 8, 8]);
}

/// Open assignments and offers per agent, from the log.
async fn active(world: &World<'_>, all: &[(Guest, SessionId)], agents: &[AgentId]) -> Vec<usize> {
    let mut counts = vec![0; agents.len()];
    for (_, session) in all {
        let log = world
            .store
            .assignments(world.brand, *session)
            .await
            .unwrap();
        let open: Vec<_> = log.iter().filter(|a| a.closed_at.is_none()).collect();
        assert!(open.len() <= 1);
        assert!(log.iter().map(|a| a.fence).eq(1..=log.len() as u64));
        for (count, agent) in counts.iter_mut().zip(agents) {
            *count += open.iter().filter(|a| a.agent == *agent).count();
        }
    }
    counts
}

async fn served(
    world: &World<'_>,
    all: &[(Guest, SessionId)],
    agent: AgentId,
) -> (Guest, SessionId, u64) {
    for (guest, id) in all {
        let whole = world.whole(guest.conversation).await;
        let session = whole.session.as_ref().unwrap();
        if session.state == ServiceState::Serving && session.agent == Some(agent) {
            return (*guest, *id, session.fence);
        }
    }
    panic!("nobody is served");
}

async fn not_served(world: &World<'_>, all: &[(Guest, SessionId)]) -> (Guest, SessionId) {
    for (guest, id) in all {
        let whole = world.whole(guest.conversation).await;
        let session = whole.session.as_ref().unwrap();
        if session.state == ServiceState::Waiting && session.offer.is_none() {
            return (*guest, *id);
        }
    }
    panic!("nobody waits");
}

pub(crate) async fn offers_are_taken_or_come_back(place: &dyn Place) {
    let mut world = World::open(place).await;
    let (first, second) = (world.agent(), world.agent());
    let (guest, session) = world.waiting().await;
    let offer = |agent| Command::Offer {
        agent,
        until: 1_900_000_000_000,
    };
    let acted = world.apply(guest, session, offer(first)).await.unwrap();
    let fence = opened_fence(&acted.effects);
    let taken = StoreError::Refused(Refusal::Taken);
    let again = world.apply(guest, session, offer(second)).await;
    assert_eq!(again.unwrap_err(), taken);
    let thief = Command::Accept { agent: second };
    assert_eq!(world.apply(guest, session, thief).await.unwrap_err(), taken);
    world.crash().await;
    let decline = |agent, fence| Command::Withdraw {
        agent,
        fence,
        reason: Reason::Declined,
    };
    let stale = world.apply(guest, session, decline(first, fence + 1)).await;
    assert_eq!(
        stale.unwrap_err(),
        StoreError::Refused(Refusal::NotAssigned)
    );
    let acted = world
        .apply(guest, session, decline(first, fence))
        .await
        .unwrap();
    let now = acted.conversation.session.clone().unwrap();
    assert_eq!(
        (now.state, now.declined),
        (ServiceState::Waiting, vec![first])
    );
    // An agent at the limit may still be given what was offered to them.
    let act = Act {
        limit: Some(1),
        ..world.act(guest, session, offer(second))
    };
    world.store.act(act).await.unwrap();
    let act = Act {
        limit: Some(1),
        ..world.act(guest, session, Command::Assign { agent: second })
    };
    let acted = world.store.act(act).await.unwrap();
    assert_eq!(acted.conversation.last_agent, Some(second));
    let (other, waiting) = world.waiting().await;
    world.apply(other, waiting, offer(first)).await.unwrap();
    let accept = Command::Accept { agent: first };
    let acted = world.apply(other, waiting, accept).await.unwrap();
    assert!(matches!(acted.effects[..], [Effect::Accepted { .. }]));
    world.crash().await;
    let log = world.store.assignments(world.brand, session).await.unwrap();
    let seen: Vec<_> = log
        .iter()
        .map(|a| (a.agent, a.fence, a.offered, a.reason.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [
            (first, 1, true, Some("declined")),
            (second, 2, true, Some("administrator")),
            (second, 3, false, None)
        ]
    );
    let closed_at = log[0].closed_at.unwrap();
    let log = world.store.assignments(world.brand, waiting).await.unwrap();
    assert!(log[0].accepted_at.is_some() && log[0].closed_at.is_none());
    let since = |at, after, limit| {
        let all = world.store.assignments_since(world.brand, at, after, limit);
        async move {
            let all = all.await.unwrap();
            all.iter().map(|a| (a.session, a.fence)).collect::<Vec<_>>()
        }
    };
    let mut all = vec![(session, 1), (session, 2), (session, 3), (waiting, 1)];
    all.sort_unstable();
    assert_eq!(since(0, None, 9).await, all);
    assert_eq!(since(0, None, 2).await, all[..2]);
    assert_eq!(since(0, Some(all[1]), 9).await, all[2..]);
    assert!(since(closed_at, None, 9).await.contains(&(session, 1)));
    let later = since(closed_at + 1_000_000, None, 9).await;
    assert_eq!(later, [(session, 3), (waiting, 1)]);
    assert_eq!(
        world.whole(other.conversation).await.last_agent,
        Some(first)
    );
}

pub(crate) async fn transfers_close_and_open(place: &dyn Place) {
    let mut world = World::open(place).await;
    let (first, second) = (world.agent(), world.agent());
    let (guest, session, fence) = world.serving(first).await;
    let (_, _, _) = world.serving(second).await;
    let transfer = |fence, to| Command::Transfer { fence, to };
    let full = Act {
        limit: Some(1),
        ..world.act(guest, session, transfer(fence, to_agent(second)))
    };
    assert_eq!(
        world.store.act(full).await.unwrap_err(),
        StoreError::AtCapacity
    );
    let mut act = world.act(guest, session, transfer(fence, to_agent(second)));
    act.explanation = Some(r#"{"reason":"manual"}"#.to_owned());
    act.why = Some("手动\u{1f}By hand".to_owned());
    let acted = world.store.act(act).await.unwrap();
    let newer = opened_fence(&acted.effects);
    let old = world
        .apply(guest, session, transfer(fence, to_agent(first)))
        .await;
    assert_eq!(old.unwrap_err(), StoreError::Refused(Refusal::NotAssigned));
    let team = TeamId(world.id());
    let acted = world
        .apply(guest, session, transfer(newer, Target::Team(team)))
        .await
        .unwrap();
    let now = acted.conversation.session.clone().unwrap();
    assert_eq!((now.state, now.team), (ServiceState::Waiting, Some(team)));
    world.crash().await;
    let whole = world.whole(guest.conversation).await;
    let now = whole.session.clone().unwrap();
    assert_eq!(now.why.as_deref(), Some("手动\u{1f}By hand"));
    assert_eq!(whole.last_agent, Some(second));
    let log = world.store.assignments(world.brand, session).await.unwrap();
    assert!(log.iter().all(|a| a.reason.as_deref() == Some("transfer")));
    assert_eq!(
        log[1].explanation.as_deref(),
        Some(r#"{"reason":"manual"}"#)
    );
}

pub(crate) async fn a_place_in_the_queue_is_kept(place: &dyn Place) {
    let mut world = World::open(place).await;
    let agent = world.agent();
    let (guest, session) = world.waiting().await;
    let whole = world.whole(guest.conversation).await;
    let enqueued_at = whole.session.as_ref().unwrap().enqueued_at;
    assert!(enqueued_at.is_some());
    for round in 0..3 {
        world.pass(60_000);
        let assign = Command::Assign { agent };
        let acted = world.apply(guest, session, assign).await.unwrap();
        let fence = opened_fence(&acted.effects);
        let back = match round {
            0 => Command::Requeue {
                fence,
                reason: Reason::AgentGone,
            },
            1 => Command::Transfer {
                fence,
                to: Target::Team(TeamId(7)),
            },
            _ => Command::Requeue {
                fence,
                reason: Reason::ReplyTimeout,
            },
        };
        world.apply(guest, session, back).await.unwrap();
        world.crash().await;
        let whole = world.whole(guest.conversation).await;
        let now = whole.session.as_ref().unwrap();
        assert_eq!(
            (now.state, now.enqueued_at),
            (ServiceState::Waiting, enqueued_at)
        );
    }
    // A message while waiting does not move the place either.
    let mut inbound = world.message(guest, "still here", "still here");
    inbound.opening.queue = Some(world.team);
    world.store.file(inbound).await.unwrap();
    let whole = world.whole(guest.conversation).await;
    let now = whole.session.as_ref().unwrap();
    assert_eq!((now.enqueued_at, now.team), (enqueued_at, Some(TeamId(7))));
    // Opened without a queue, the next message may bring it there.
    let late = world.guest().await;
    world.say(late, "just looking").await;
    let mut inbound = world.message(late, "human please", "human please");
    inbound.opening.queue = Some(world.team);
    let asked_at = inbound.at;
    world.store.file(inbound).await.unwrap();
    world.crash().await;
    let whole = world.whole(late.conversation).await;
    let now = whole.session.as_ref().unwrap();
    assert_eq!(
        (now.state, now.enqueued_at),
        (ServiceState::Waiting, Some(asked_at))
    );
}

pub(crate) async fn what_was_decided_on_an_old_look_does_not_happen(place: &dyn Place) {
    let world = World::open(place).await;
    let agent = world.agent();
    let (guest, session, fence) = world.serving(agent).await;
    let answer = async |key: &str| {
        world.pass(1000);
        let answer = world.reply(guest, Author::Agent { agent, fence: None }, key);
        world.store.send(answer).await.unwrap();
    };
    let clocks = async || {
        world
            .whole(guest.conversation)
            .await
            .session
            .as_ref()
            .unwrap()
            .clocks()
    };
    let act = async |command, seen| {
        let act = Act {
            seen: Some(seen),
            ..world.act(guest, session, command)
        };
        world.store.act(act).await
    };
    let moved = |seq| StoreError::ThreadMoved(seq);
    // The reply crosses the time-out.
    let turn = clocks().await;
    answer("a1").await;
    let back = Command::Requeue {
        fence,
        reason: Reason::ReplyTimeout,
    };
    let refused = act(back, Seen::Clocks(turn)).await.unwrap_err();
    assert_eq!(refused, moved(2));
    act(Command::Warn, Seen::Clocks(clocks().await))
        .await
        .unwrap();
    // Whoever serves speaks after the warning: it stands no more.
    let warned = clocks().await;
    answer("a2").await;
    let silence = || Command::End {
        fence: None,
        reason: Reason::Silence,
    };
    let refused = act(silence(), Seen::Clocks(warned)).await.unwrap_err();
    assert_eq!(refused, moved(3));
    assert_eq!(clocks().await.warned_at, None);
    // The question crosses the end.
    let quiet = clocks().await;
    world.say(guest, "wait").await;
    let refused = act(silence(), Seen::Clocks(quiet)).await.unwrap_err();
    assert_eq!(refused, moved(4));
    let close = || Command::End {
        fence: Some(fence),
        reason: Reason::Agent,
    };
    let refused = act(close(), Seen::Upto(3)).await.unwrap_err();
    assert_eq!(refused, moved(4));
    // Our own words since are no reason to go on.
    answer("a3").await;
    let acted = act(close(), Seen::Upto(4)).await.unwrap();
    let now = acted.conversation.session.as_ref().unwrap().state;
    assert_eq!(now, ServiceState::Ended);
}

pub(crate) async fn open_sessions_outlive_a_crash(place: &dyn Place) {
    let mut world = World::open(place).await;
    let agent = world.agent();
    let mut open = Vec::new();
    for n in 0..150 {
        let (guest, session, fence) = world.serving(agent).await;
        world.say(guest, "x").await;
        if n % 3 == 0 {
            let end = Command::End {
                fence: Some(fence),
                reason: Reason::Agent,
            };
            world.apply(guest, session, end).await.unwrap();
        } else {
            open.push(world.whole(guest.conversation).await);
        }
    }
    world.crash().await;
    let mut found = world.store.open_sessions(world.brand).await.unwrap();
    found.sort_by_key(|conversation| conversation.id);
    assert_eq!(found, open);
}

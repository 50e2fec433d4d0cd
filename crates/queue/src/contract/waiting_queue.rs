use std::{collections::HashSet, sync::Arc};

use kefu_domain::{AgentId, BrandId, SessionId, TeamId};

use super::brand;
use crate::{Claim, Contents, Place, Seat, WaitingQueue};

const ANSWERS: &str = "the backend answers";
const SALES: TeamId = TeamId(10);
const CARE: TeamId = TeamId(11);
const ANN: AgentId = AgentId(20);
const BOB: AgentId = AgentId(21);

/// Places, claims, counts, and races between all nodes.
///
/// # Panics
/// If the backend breaks its promises, or no node is given.
pub async fn waiting_queue(nodes: &[Arc<dyn WaitingQueue>]) {
    let queue = &*nodes[0];
    order_is_rank_then_id(queue).await;
    joining_twice_keeps_one_place(queue).await;
    who_leaves_and_joins_again_has_the_new_rank(queue).await;
    places_are_known(queue).await;
    claims_go_to_the_first_with_room(queue).await;
    counts_follow_the_sessions(queue).await;
    long_calls_are_whole(queue).await;
    brands_are_apart(queue).await;
    nobody_is_taken_twice(nodes).await;
}

async fn order_is_rank_then_id(queue: &dyn WaitingQueue) {
    let brand = brand();
    assert_eq!(head(queue, brand, SALES, 9).await, []);
    // A time of today, a head start that makes it negative, and ids that differ in the last and
    // in the first bit.
    let now = 1_775_109_780_123;
    let high = 1 << 127;
    let line = [(4, -5), (2, now), (3, now), (high, now), (1, now + 1)];
    join(queue, brand, SALES, &[line[3], line[0], line[4]]).await;
    join(queue, brand, SALES, &[line[2], line[1]]).await;
    assert_eq!(head(queue, brand, SALES, 9).await, line);
    assert_eq!(head(queue, brand, SALES, 2).await, line[..2]);
    assert_eq!(head(queue, brand, SALES, 0).await, []);
}

async fn joining_twice_keeps_one_place(queue: &dyn WaitingQueue) {
    let brand = brand();
    join(queue, brand, SALES, &[(1, 50), (2, 60), (1, 55)]).await;
    assert_eq!(
        head(queue, brand, SALES, 9).await,
        [(1, 50), (2, 60)],
        "the smaller rank stays"
    );
    join(queue, brand, SALES, &[(2, 40)]).await;
    assert_eq!(
        head(queue, brand, SALES, 9).await,
        [(2, 40), (1, 50)],
        "or comes"
    );
    join(queue, brand, CARE, &[(1, 70)]).await;
    assert_eq!(
        head(queue, brand, SALES, 9).await,
        [(2, 40)],
        "another team, another place"
    );
    assert_eq!(head(queue, brand, CARE, 9).await, [(1, 70)]);
    for _ in 0..2 {
        leave(queue, brand, &[1, 99]).await;
        assert_eq!(head(queue, brand, CARE, 9).await, []);
    }
    assert_eq!(depths(queue, brand).await, [(SALES, 1)]);
}

/// A priority may fall as well as rise.
async fn who_leaves_and_joins_again_has_the_new_rank(queue: &dyn WaitingQueue) {
    let brand = brand();
    join(queue, brand, SALES, &[(1, 50), (2, 60)]).await;
    join(queue, brand, SALES, &[(2, -840_000)]).await;
    assert_eq!(head(queue, brand, SALES, 1).await, [(2, -840_000)]);
    leave(queue, brand, &[2]).await;
    join(queue, brand, SALES, &[(2, 60)]).await;
    assert_eq!(head(queue, brand, SALES, 9).await, [(1, 50), (2, 60)]);
    let place = queue.position(brand, SALES, SessionId(2)).await;
    assert_eq!(place, Ok(Some(1)));
}

async fn places_are_known(queue: &dyn WaitingQueue) {
    let brand = brand();
    let line: Vec<_> = (0..2_000u32)
        .map(|n| (u128::from(n * 7 % 2_000), i64::from(n)))
        .collect();
    join(queue, brand, SALES, &line).await;
    join(queue, brand, CARE, &[(5_000, 0)]).await;
    assert_eq!(depths(queue, brand).await, [(SALES, 2_000), (CARE, 1)]);
    for (place, (session, _)) in line.iter().enumerate().step_by(97) {
        let found = queue.position(brand, SALES, SessionId(*session)).await;
        assert_eq!(found, Ok(Some(place as u64)));
    }
    let sessions: Vec<_> = line[..500].iter().map(|(session, _)| *session).collect();
    leave(queue, brand, &sessions).await;
    let position = async |team, id| queue.position(brand, team, SessionId(id)).await;
    assert_eq!(position(SALES, line[500].0).await, Ok(Some(0)));
    assert_eq!(position(SALES, line[499].0).await, Ok(None));
    assert_eq!(
        position(CARE, line[500].0).await,
        Ok(None),
        "in another team's line"
    );
    assert_eq!(
        position(TeamId(99), 1).await,
        Ok(None),
        "in a line that never was"
    );
}

async fn claims_go_to_the_first_with_room(queue: &dyn WaitingQueue) {
    let brand = brand();
    join(
        queue,
        brand,
        SALES,
        &[(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)],
    )
    .await;
    assert_eq!(
        claim(queue, brand, &[(1, &[ANN])]).await,
        [None],
        "nobody has a seat"
    );
    seat(queue, brand, ANN, true, 2).await;
    seat(queue, brand, BOB, false, 9).await;
    let both = &[BOB, ANN][..];
    let claims = [
        (9, both),
        (1, both),
        (1, both),
        (2, &[]),
        (2, both),
        (3, both),
    ];
    let taken = claim(queue, brand, &claims).await;
    assert_eq!(taken, [None, Some(ANN), None, None, Some(ANN), None]);
    assert_eq!(
        loads(queue, brand).await,
        [(ANN, true, 2, 2), (BOB, false, 9, 0)]
    );
    assert_eq!(head(queue, brand, SALES, 9).await, [(3, 3), (4, 4), (5, 5)]);

    seat(queue, brand, BOB, true, 1).await;
    assert_eq!(
        claim(queue, brand, &[(3, &[ANN, BOB]), (4, both)]).await,
        [Some(BOB), None]
    );
    seat(queue, brand, ANN, true, 1).await;
    release(queue, brand, &[1]).await;
    assert_eq!(
        claim(queue, brand, &[(4, both)]).await,
        [None],
        "a lowered limit holds"
    );
    join(queue, brand, CARE, &[(4, 4)]).await;
    release(queue, brand, &[2, 3]).await;
    assert_eq!(
        claim(queue, brand, &[(4, both)]).await,
        [None],
        "no longer in that line"
    );
    assert_eq!(claim(queue, brand, &[(5, both)]).await, [Some(BOB)]);
    assert_eq!(claim(queue, brand, &[]).await, []);
}

async fn counts_follow_the_sessions(queue: &dyn WaitingQueue) {
    let brand = brand();
    // Held before the seat is known, over the limit, twice.
    hold(queue, brand, &[(1, ANN), (2, ANN), (1, ANN)]).await;
    assert_eq!(loads(queue, brand).await, []);
    seat(queue, brand, ANN, true, 1).await;
    seat(queue, brand, BOB, true, 1).await;
    assert_eq!(
        loads(queue, brand).await,
        [(ANN, true, 1, 2), (BOB, true, 1, 0)]
    );

    join(queue, brand, SALES, &[(3, 3)]).await;
    hold(queue, brand, &[(2, BOB), (3, BOB)]).await;
    assert_eq!(
        head(queue, brand, SALES, 9).await,
        [],
        "who is held does not wait"
    );
    assert_eq!(
        loads(queue, brand).await,
        [(ANN, true, 1, 1), (BOB, true, 1, 2)]
    );
    let held = vec![
        (SessionId(1), ANN),
        (SessionId(2), BOB),
        (SessionId(3), BOB),
    ];
    assert_eq!(
        contents(queue, brand).await,
        Contents {
            waiting: vec![],
            held
        }
    );

    leave(queue, brand, &[1]).await;
    join(queue, brand, SALES, &[(2, 7)]).await;
    for _ in 0..2 {
        release(queue, brand, &[3, 2, 99]).await;
        assert_eq!(
            loads(queue, brand).await,
            [(ANN, true, 1, 1), (BOB, true, 1, 0)]
        );
        assert_eq!(
            head(queue, brand, SALES, 9).await,
            [(2, 7)],
            "who waits is not released"
        );
    }
    let waiting = vec![place(SALES, (2, 7))];
    let held = vec![(SessionId(1), ANN)];
    assert_eq!(contents(queue, brand).await, Contents { waiting, held });

    for _ in 0..2 {
        queue.clear(brand).await.expect(ANSWERS);
        assert_eq!(contents(queue, brand).await, Contents::default());
        assert_eq!(loads(queue, brand).await, []);
        assert_eq!(depths(queue, brand).await, []);
    }
    seat(queue, brand, ANN, true, 1).await;
    assert_eq!(
        loads(queue, brand).await,
        [(ANN, true, 1, 0)],
        "counts are forgotten too"
    );
}

async fn long_calls_are_whole(queue: &dyn WaitingQueue) {
    let brand = brand();
    let line: Vec<_> = (0..3_000u16)
        .map(|n| (u128::from(n), i64::from(n)))
        .collect();
    join(queue, brand, SALES, &line).await;
    seat(queue, brand, ANN, true, 2_000).await;
    // As many candidates as make one call too long for one step, most of them unknown.
    let crowd: Vec<_> = (0..9_000)
        .map(|n| AgentId(1_000 + n))
        .chain([ANN])
        .collect();
    assert_eq!(
        claim(queue, brand, &[(0, &crowd), (1, &crowd)]).await,
        [Some(ANN); 2]
    );
    let claims: Vec<_> = line
        .iter()
        .map(|(session, _)| (*session, &[ANN][..]))
        .collect();
    let taken = claim(queue, brand, &claims).await;
    let expected = |n| (2..2_000).contains(&n).then_some(ANN);
    assert!(taken.iter().copied().eq((0..3_000).map(expected)));
    let all = contents(queue, brand).await;
    assert_eq!((all.waiting.len(), all.held.len()), (1_000, 2_000));
    assert_eq!(head(queue, brand, SALES, usize::MAX).await.len(), 1_000);
    let held: Vec<_> = line.iter().map(|(session, _)| (*session, BOB)).collect();
    hold(queue, brand, &held).await;
    let all = contents(queue, brand).await;
    assert_eq!((all.waiting.len(), all.held.len()), (0, 3_000));
    release(
        queue,
        brand,
        &line.iter().map(|(session, _)| *session).collect::<Vec<_>>(),
    )
    .await;
    assert_eq!(contents(queue, brand).await, Contents::default());
}

async fn brands_are_apart(queue: &dyn WaitingQueue) {
    let (one, two) = (brand(), brand());
    join(queue, one, SALES, &[(1, 1)]).await;
    join(queue, two, SALES, &[(1, 2)]).await;
    seat(queue, one, ANN, true, 1).await;
    assert_eq!(claim(queue, two, &[(1, &[ANN])]).await, [None]);
    queue.clear(one).await.expect(ANSWERS);
    assert_eq!(head(queue, two, SALES, 9).await, [(1, 2)]);
}

/// 1,000 times 50 tasks on all nodes claim, and now and then let go, 8 sessions for 5 agents.
async fn nobody_is_taken_twice(nodes: &[Arc<dyn WaitingQueue>]) {
    const AGENTS: u128 = 5;
    let brand = brand();
    let queue = &*nodes[0];
    for agent in 0..AGENTS {
        seat(queue, brand, AgentId(agent), true, 1).await;
    }
    for round in 0..1_000i64 {
        let sessions: Vec<_> = (0..8).map(SessionId).collect();
        let line: Vec<_> = sessions.iter().map(|s| (s.0, round)).collect();
        join(queue, brand, SALES, &line).await;
        let mut tasks = tokio::task::JoinSet::new();
        for task in 0..50u128 {
            let queue = Arc::clone(&nodes[task as usize % nodes.len()]);
            tasks.spawn(async move {
                let session = SessionId(task % 8);
                let candidates = (0..AGENTS).map(|n| AgentId((task + n) % AGENTS)).collect();
                let claim = Claim {
                    session,
                    team: SALES,
                    candidates,
                };
                let taken = queue.claim(brand, &[claim]).await.expect(ANSWERS);
                taken[0].map(|agent| (session, agent))
            });
        }
        let won: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        let taken: HashSet<_> = won.iter().map(|(session, _)| session).collect();
        let busy: HashSet<_> = won.iter().map(|(_, agent)| agent).collect();
        assert_eq!(
            won.len(),
            AGENTS as usize,
            "all room is used in round {round}"
        );
        assert_eq!(taken.len(), won.len(), "no session twice in round {round}");
        assert_eq!(
            busy.len(),
            won.len(),
            "no agent over the limit in round {round}"
        );
        release(
            queue,
            brand,
            &sessions.iter().map(|s| s.0).collect::<Vec<_>>(),
        )
        .await;
    }
    let free = |load: &(AgentId, bool, u32, u32)| load.3 == 0;
    assert!(loads(queue, brand).await.iter().all(free));
}

fn place(team: TeamId, (session, rank): (u128, i64)) -> Place {
    let session = SessionId(session);
    Place {
        session,
        team,
        rank,
    }
}

async fn join(queue: &dyn WaitingQueue, brand: BrandId, team: TeamId, line: &[(u128, i64)]) {
    let places: Vec<_> = line.iter().map(|who| place(team, *who)).collect();
    queue.join(brand, &places).await.expect(ANSWERS);
}

async fn leave(queue: &dyn WaitingQueue, brand: BrandId, sessions: &[u128]) {
    let sessions: Vec<_> = sessions.iter().copied().map(SessionId).collect();
    queue.leave(brand, &sessions).await.expect(ANSWERS);
}

async fn release(queue: &dyn WaitingQueue, brand: BrandId, sessions: &[u128]) {
    let sessions: Vec<_> = sessions.iter().copied().map(SessionId).collect();
    queue.release(brand, &sessions).await.expect(ANSWERS);
}

async fn hold(queue: &dyn WaitingQueue, brand: BrandId, held: &[(u128, AgentId)]) {
    let held: Vec<_> = held
        .iter()
        .map(|(session, agent)| (SessionId(*session), *agent))
        .collect();
    queue.hold(brand, &held).await.expect(ANSWERS);
}

async fn seat(queue: &dyn WaitingQueue, brand: BrandId, agent: AgentId, open: bool, limit: u32) {
    queue
        .seat(brand, &[Seat { agent, open, limit }])
        .await
        .expect(ANSWERS);
}

/// Claims in the line of [`SALES`].
async fn claim(
    queue: &dyn WaitingQueue,
    brand: BrandId,
    claims: &[(u128, &[AgentId])],
) -> Vec<Option<AgentId>> {
    let claim = |(session, candidates): &(u128, &[AgentId])| Claim {
        session: SessionId(*session),
        team: SALES,
        candidates: candidates.to_vec(),
    };
    let claims: Vec<_> = claims.iter().map(claim).collect();
    queue.claim(brand, &claims).await.expect(ANSWERS)
}

async fn head(
    queue: &dyn WaitingQueue,
    brand: BrandId,
    team: TeamId,
    limit: usize,
) -> Vec<(u128, i64)> {
    let head = queue.head(brand, team, limit).await.expect(ANSWERS);
    assert!(head.iter().all(|place| place.team == team));
    head.iter()
        .map(|place| (place.session.0, place.rank))
        .collect()
}

async fn depths(queue: &dyn WaitingQueue, brand: BrandId) -> Vec<(TeamId, u64)> {
    let mut depths = queue.depths(brand).await.expect(ANSWERS);
    depths.sort();
    depths
}

async fn loads(queue: &dyn WaitingQueue, brand: BrandId) -> Vec<(AgentId, bool, u32, u32)> {
    let loads = queue.loads(brand).await.expect(ANSWERS);
    let mut loads: Vec<_> = loads
        .iter()
        .map(|load| (load.seat.agent, load.seat.open, load.seat.limit, load.held))
        .collect();
    loads.sort();
    loads
}

async fn contents(queue: &dyn WaitingQueue, brand: BrandId) -> Contents {
    let mut contents = queue.contents(brand).await.expect(ANSWERS);
    contents
        .waiting
        .sort_by_key(|place| (place.team, place.rank, place.session));
    contents.held.sort();
    contents
}

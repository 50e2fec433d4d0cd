//! How many preselections a second: 100,000 wait, 8,500 agents, each session is taken once.
//!
//! `cargo run --release -p kefu-queue --example preselections [redis://127.0.0.1:6379 [TASKS BATCH]]`

#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use kefu_domain::{AgentId, BrandId, SessionId, TeamId};
use kefu_queue::{Claim, Local, Place, Redis, Seat, WaitingQueue};

const WAITING: u128 = 100_000;
const AGENTS: u128 = 8_500;
/// Room for all, so that every claim succeeds.
const LIMIT: u32 = 12;
/// As many as dispatch would offer for one session.
const CANDIDATES: u128 = 8;
const BRAND: BrandId = BrandId(1);
const TEAM: TeamId = TeamId(1);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let queue: Arc<dyn WaitingQueue> = match args.first() {
        None => Arc::new(Local::new()),
        Some(url) => Arc::new(Redis::connect(url, "measure").await?),
    };
    let runs = match &args[..] {
        [_, tasks, batch] => vec![(tasks.parse()?, batch.parse()?)],
        _ => vec![
            (1, 1),
            (16, 1),
            (64, 1),
            (256, 1),
            (4, 16),
            (4, 64),
            (2, 256),
        ],
    };
    for (tasks, batch) in runs {
        measure(&queue, tasks, batch).await?;
    }
    Ok(())
}

async fn measure(
    queue: &Arc<dyn WaitingQueue>,
    tasks: u128,
    batch: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    queue.clear(BRAND).await?;
    let seats: Vec<_> = (0..AGENTS)
        .map(|n| Seat {
            agent: AgentId(n),
            open: true,
            limit: LIMIT,
        })
        .collect();
    queue.seat(BRAND, &seats).await?;
    let places: Vec<_> = (0..WAITING)
        .map(|n| Place {
            session: SessionId(n),
            team: TEAM,
            rank: 1_775_109_780_000 + n as i64,
        })
        .collect();
    let start = Instant::now();
    queue.join(BRAND, &places).await?;
    let joined = per_second(start);

    let start = Instant::now();
    let mut asking = tokio::task::JoinSet::new();
    for task in 0..tasks {
        let queue = Arc::clone(queue);
        asking.spawn(async move {
            for n in (task..WAITING).step_by(tasks as usize * 10) {
                queue.position(BRAND, TEAM, SessionId(n)).await?;
            }
            Ok::<_, kefu_queue::QueueError>(())
        });
    }
    while let Some(done) = asking.join_next().await {
        done??;
    }
    let places = per_second(start) / 10;

    let start = Instant::now();
    let mut taking = tokio::task::JoinSet::new();
    for task in 0..tasks {
        let queue = Arc::clone(queue);
        taking.spawn(async move {
            let (mut taken, mut times) = (Vec::new(), Vec::new());
            let sessions: Vec<_> = (task..WAITING).step_by(tasks as usize).collect();
            for part in sessions.chunks(batch) {
                let claims: Vec<_> = part.iter().map(|n| claim(*n)).collect();
                let start = Instant::now();
                let agents = queue.claim(BRAND, &claims).await?;
                times.push(start.elapsed());
                let pairs = part.iter().zip(agents);
                taken.extend(pairs.filter_map(|(n, agent)| Some((*n, agent?))));
            }
            Ok::<_, kefu_queue::QueueError>((taken, times))
        });
    }
    let (mut sessions, mut times) = (HashSet::new(), Vec::new());
    let mut all = 0;
    while let Some(done) = taking.join_next().await {
        let (taken, more) = done??;
        all += taken.len();
        sessions.extend(taken.into_iter().map(|(session, _)| session));
        times.extend(more);
    }
    let claimed = per_second(start);
    assert_eq!(
        (all, sessions.len()),
        (WAITING as usize, WAITING as usize),
        "each once"
    );
    times.sort();
    let at = |part: usize| times[(times.len() - 1) * part / 1_000];
    let [p50, p99, p999]: [Duration; 3] = [at(500), at(990), at(999)];
    println!(
        "{tasks:>4} tasks × {batch:>3} a call: {claimed:>9} preselections/s, \
         p50 {p50:>9.1?} p99 {p99:>9.1?} p99.9 {p999:>9.1?}; joins {joined:>9}/s, places {places:>9}/s"
    );
    Ok(())
}

fn claim(n: u128) -> Claim {
    // Spread, as the least busy agent differs from session to session.
    let first = n * 7_919;
    Claim {
        session: SessionId(n),
        team: TEAM,
        candidates: (0..CANDIDATES)
            .map(|c| AgentId((first + c) % AGENTS))
            .collect(),
    }
}

fn per_second(start: Instant) -> u64 {
    (WAITING as f64 / start.elapsed().as_secs_f64()) as u64
}

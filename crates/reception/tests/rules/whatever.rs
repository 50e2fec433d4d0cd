//! What users of other systems complain about most: somebody waits although somebody is free. Here
//! anything happens in any order, and after each of it that may not be so.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use kefu_domain::{
    AgentId, BrandId, ServiceState, Session, TeamId,
    routing::Availability,
    setup::{Agent, KfAccount},
};
use kefu_reception::{Actor, Console, To};
use kefu_store::{Conversation, Visitor};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use serde_json::json;

use crate::world::World;

/// Longer than a sweep, on a busy machine.
const SETTLED: Duration = Duration::from_secs(4);
const SUPERVISOR: Actor = Actor {
    agent: None,
    supervises: true,
};

/// An agent as the test made them.
struct Worker {
    id: AgentId,
    console: Option<Console>,
    availability: Availability,
    limit: u32,
    teams: Vec<TeamId>,
    skilled: bool,
}

struct Storm {
    world: World,
    rng: SmallRng,
    other: TeamId,
    workers: Vec<Worker>,
    guests: Vec<Visitor>,
    /// The face asks for a skill.
    asks: bool,
    /// What happened, for whoever reads of a failure.
    told: Vec<String>,
}

impl Storm {
    async fn begin(seed: u64) -> Self {
        let world = World::with(face(false)).await;
        let other = world.another_team(86_400).await;
        let mut storm = Self {
            rng: SmallRng::seed_from_u64(seed),
            other,
            workers: Vec::new(),
            guests: Vec::new(),
            asks: false,
            told: Vec::new(),
            world,
        };
        for n in 0..4 {
            let limit = 1 + n % 2;
            let (id, console) = storm
                .world
                .agent(&format!("a{n}"), storm.world.team, limit)
                .await;
            storm.workers.push(Worker {
                id,
                console: Some(console),
                availability: Availability::Online,
                limit,
                teams: vec![storm.world.team],
                skilled: n < 2,
            });
            storm.rewrite(n as usize).await;
        }
        for n in 0..10 {
            let guest = storm.world.customer(&format!("c{n}")).await;
            storm.guests.push(guest);
        }
        storm
    }

    /// An agent's row as the test has it now.
    async fn rewrite(&self, n: usize) {
        let worker = &self.workers[n];
        let skills: &[&str] = if worker.skilled { &["tea"] } else { &[] };
        let row: Agent = serde_json::from_value(json!({
            "id": worker.id, "account": format!("a{n}"), "name": format!("a{n}"), "role": "agent",
            "team_ids": worker.teams, "limit": worker.limit, "skills": skills,
        }))
        .unwrap();
        let put = self.world.reception.put_agent(self.world.brand, row, None);
        put.await.unwrap();
    }

    async fn sessions(&self) -> Vec<Session> {
        let mut all = Vec::new();
        for guest in &self.guests {
            let whole = self.world.whole(guest.conversation).await;
            all.extend(whole.session.clone().filter(|s| s.ended_at.is_none()));
        }
        all
    }

    /// Who waits although somebody permitted has room, if anybody does.
    async fn wronged(&self) -> Option<String> {
        let sessions = self.sessions().await;
        let mut load: HashMap<AgentId, u32> = HashMap::new();
        let served = |session: &&Session| session.state == ServiceState::Serving;
        for agent in sessions.iter().filter(served).filter_map(|one| one.agent) {
            *load.entry(agent).or_default() += 1;
        }
        let waiting = sessions.iter().filter(|s| s.state == ServiceState::Waiting);
        for session in waiting {
            let free = self.workers.iter().find(|worker| {
                worker.console.is_some()
                    && worker.availability == Availability::Online
                    && session
                        .team
                        .is_some_and(|team| worker.teams.contains(&team))
                    && (worker.skilled || !self.asks)
                    && load.get(&worker.id).copied().unwrap_or(0) < worker.limit
            });
            if let Some(worker) = free {
                return Some(format!("{session:?} waits, {:?} is free", worker.id));
            }
        }
        let doubtful = sessions.iter().find(|session| match session.state {
            ServiceState::Serving => session.agent.is_none(),
            ServiceState::Waiting => session.team.is_none(),
            _ => true,
        });
        doubtful.map(|session| format!("in no state: {session:?}"))
    }

    /// Who has a session by what stands in memory has it by what was committed last.
    async fn stands(&self) {
        let reception = &self.world.reception;
        for guest in &self.guests {
            let standing = async || {
                let whole = reception.holding(self.world.brand, guest.conversation);
                who(&whole.await.unwrap())
            };
            let before = standing().await;
            let exact = who(&*self.world.whole(guest.conversation).await);
            // Else something happened meanwhile.
            if before == standing().await {
                assert_eq!(before, exact, "after {:#?}", self.told);
            }
        }
        let nobody = BrandId::from_bytes([7; 16]);
        let theirs = reception.holding(nobody, self.guests[0].conversation);
        assert!(theirs.await.is_err(), "another brand's");
    }

    async fn settles(&self) {
        let deadline = Instant::now() + SETTLED;
        while let Some(wrong) = self.wronged().await {
            assert!(Instant::now() < deadline, "{wrong}\nafter {:#?}", self.told);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// One of the things that happen.
    async fn happens(&mut self) {
        let (brand, team) = (self.world.brand, self.world.team);
        let n = self.rng.random_range(0..self.workers.len());
        let guest = self.rng.random_range(0..self.guests.len());
        let verb = self.rng.random_range(0..11);
        self.told
            .push(format!("verb {verb}, worker {n}, guest {guest}"));
        let reception = std::sync::Arc::clone(&self.world.reception);
        let served = self
            .sessions()
            .await
            .into_iter()
            .find(|session| session.state == ServiceState::Serving);
        match verb {
            0 | 1 => self.world.write(self.guests[guest]).await,
            2 => {
                let said = [
                    Availability::Busy,
                    Availability::Break,
                    Availability::Online,
                ];
                let last = said[self.rng.random_range(0..3)];
                // Back and forth, as somebody does who is not sure.
                for availability in [Availability::Online, Availability::Break, last] {
                    self.world.says(self.workers[n].id, availability).await;
                }
                self.workers[n].availability = last;
            }
            3 => {
                self.workers[n].limit = self.rng.random_range(1..4);
                self.rewrite(n).await;
            }
            4 => {
                let teams = [vec![], vec![team], vec![self.other], vec![team, self.other]];
                self.workers[n].teams = teams[self.rng.random_range(0..4)].clone();
                self.rewrite(n).await;
            }
            5 => {
                self.workers[n].skilled ^= true;
                self.rewrite(n).await;
            }
            6 | 7 => {
                if let Some(session) = served {
                    let closed = reception.close(brand, SUPERVISOR, session.id, None, None);
                    closed.await.unwrap();
                }
            }
            8 => match self.workers[n].console.take() {
                Some(console) => reception.leave_console(console, true).await,
                None => {
                    let id = self.workers[n].id;
                    self.workers[n].console = Some(reception.enter_console(brand, id).await);
                    self.world.says(id, self.workers[n].availability).await;
                }
            },
            9 => {
                if let Some(session) = served {
                    let to = To::Team([team, self.other][self.rng.random_range(0..2)]);
                    let fence = Some(session.fence);
                    let moved = reception.transfer(brand, SUPERVISOR, session.id, fence, to, None);
                    moved.await.unwrap();
                }
            }
            _ => {
                self.asks ^= true;
                self.face(brand).await;
            }
        }
    }

    /// The face as it is now.
    async fn face(&self, brand: BrandId) {
        let setup = self.world.reception.directory().brand(brand).unwrap();
        let row = setup.kf_accounts.values().next().unwrap();
        let mut account: KfAccount = row.entry.clone();
        account.rules.required_skills = skills(self.asks);
        self.world
            .reception
            .put(brand, account, None)
            .await
            .unwrap();
    }
}

/// What of a session decides who may act on it.
fn who(whole: &Conversation) -> Option<(ServiceState, Option<AgentId>, Option<TeamId>, u64)> {
    let session = whole.session.as_ref()?;
    Some((session.state, session.agent, session.team, session.fence))
}

fn skills(asks: bool) -> Vec<String> {
    asks.then(|| "tea".to_owned()).into_iter().collect()
}

fn face(asks: bool) -> serde_json::Value {
    json!({ "rules": {
        "silence_warn_s": 0, "required_skills": skills(asks), "last_agent": { "enabled": false, "wait_s": 0 },
    } })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_nobody_waits_while_somebody_permitted_has_room() {
    for seed in 0..8 {
        let mut storm = Storm::begin(seed).await;
        storm.settles().await;
        for turn in 0..120 {
            storm.happens().await;
            // Sometimes the next thing happens before anything came of the last.
            if turn % 3 == 0 {
                storm.settles().await;
                storm.stands().await;
            }
        }
        storm.settles().await;
    }
}

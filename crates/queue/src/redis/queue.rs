//! The lines, as scripts on one brand's keys.

use std::collections::HashMap;

use ::redis::{FromRedisValue, Value};
use async_trait::async_trait;
use kefu_domain::{AgentId, BrandId, SessionId, TeamId, decode};

use super::{
    Redis, keys,
    script::{self, BATCH, Call, Script},
};
use crate::{Claim, Contents, Load, Place, QueueError, Seat, WaitingQueue};

/// Candidates of one script call at most, so that long lists do not hold up the server.
const CANDIDATES: usize = 4_096;
/// Entries asked for in one step of a scan.
const SCAN: usize = 1_000;
/// The largest whole number that a score holds exactly; no time comes near.
const MAX_RANK: i64 = 1 << 53;

impl Redis {
    /// A script on the line whose answer nobody needs.
    async fn change<T>(
        &self,
        brand: BrandId,
        op: &'static str,
        script: &'static Script,
        items: &[T],
        mut write: impl FnMut(&mut Call, &T) + Send,
    ) -> Result<(), QueueError>
    where
        T: Sync,
    {
        for batch in items.chunks(BATCH) {
            let mut call = Call::on_line(op, script, brand);
            batch.iter().for_each(|item| write(&mut call, item));
            let (born,): (String,) = self.link.call(&call).await?;
            self.saw_birth(brand, born);
        }
        Ok(())
    }

    /// All pairs of a hash or sorted set, over several calls: what stays meanwhile is in it, and
    /// maybe twice.
    async fn scan(
        &self,
        op: &'static str,
        key: Vec<u8>,
        mut each: impl FnMut(String, String) + Send,
    ) -> Result<(), QueueError> {
        let mut cursor = String::from("0");
        loop {
            let call = Call::command(op, op)
                .arg(&key)
                .arg(&cursor)
                .arg("COUNT")
                .arg(SCAN);
            let (next, pairs): (String, Vec<(String, String)>) = self.link.call(&call).await?;
            pairs
                .into_iter()
                .for_each(|(field, value)| each(field, value));
            if next == "0" {
                return Ok(());
            }
            cursor = next;
        }
    }

    /// Sessions said to wait in a line that did not show them: they moved meanwhile, or the line
    /// was evicted, and then they are forgotten.
    async fn mend(
        &self,
        brand: BrandId,
        sessions: &[SessionId],
        contents: &mut Contents,
    ) -> Result<(), QueueError> {
        for batch in sessions.chunks(BATCH) {
            let mut call = Call::on_line("mend", &script::MEND, brand);
            for session in batch {
                call.id(session.0);
            }
            let answer: Vec<String> = self.link.call(&call).await?;
            for (&session, now) in batch.iter().zip(answer.chunks(2)) {
                let [at, rank] = now else { continue };
                match Spot::read(at) {
                    Some(Spot::Held(agent)) => contents.held.push((session, agent)),
                    Some(Spot::Waiting(team)) => contents.waiting.push(Place {
                        session,
                        team,
                        rank: read_rank(rank),
                    }),
                    None => {}
                }
            }
        }
        Ok(())
    }
}

/// Where the hash `where` says a session is.
enum Spot {
    Waiting(TeamId),
    Held(AgentId),
}

impl Spot {
    fn read(at: &str) -> Option<Self> {
        if let Some(team) = at.strip_prefix('w') {
            return Some(Self::Waiting(TeamId(decode(team).ok()?)));
        }
        Some(Self::Held(AgentId(decode(at.strip_prefix('h')?).ok()?)))
    }
}

/// As many claims from the front as one script call takes, at least one.
fn one_call(claims: &[Claim]) -> &[Claim] {
    let mut candidates = 0;
    let fits = |claim: &&Claim| {
        candidates += claim.candidates.len();
        candidates <= CANDIDATES
    };
    let count = claims.iter().take(BATCH).take_while(fits).count();
    &claims[..count.max(1)]
}

/// The arguments of `claim.lua`.
fn ask(brand: BrandId, claims: &[Claim]) -> Call {
    let keys = [keys::where_is(brand), keys::desk(brand)];
    let mut call = Call::script("claim", &script::CLAIM, &keys)
        .arg(keys::lines(brand))
        .arg(claims.len())
        .once();
    for claim in claims {
        call.id(claim.session.0);
    }
    for claim in claims {
        match claim.candidates.first() {
            Some(agent) => call.id(agent.0),
            None => call.push("!"),
        };
    }
    for claim in claims {
        let further = claim.candidates.get(1..).unwrap_or_default();
        call.id(claim.team.0).push(further.len());
        for agent in further {
            call.id(agent.0);
        }
    }
    call
}

/// `state limit held`, as the scripts write it; `None` for an agent without a seat.
fn read_load(agent: &str, desk: &str) -> Option<Load> {
    let agent = AgentId(decode(agent).ok()?);
    let mut words = desk.split(' ');
    let open = match words.next()? {
        "1" => true,
        "0" => false,
        _ => return None,
    };
    let limit = words.next()?.parse().ok()?;
    let held = words.next()?.parse().ok()?;
    let seat = Seat { agent, open, limit };
    Some(Load { seat, held })
}

fn read_rank(score: &str) -> i64 {
    score.parse::<f64>().map_or(0, |rank| rank as i64)
}

#[async_trait]
impl WaitingQueue for Redis {
    async fn join(&self, brand: BrandId, places: &[Place]) -> Result<(), QueueError> {
        let write = |call: &mut Call, place: &Place| {
            let rank = place.rank.clamp(-MAX_RANK, MAX_RANK);
            call.id(place.session.0).id(place.team.0).push(rank);
        };
        self.change(brand, "join", &script::JOIN, places, write)
            .await
    }

    async fn leave(&self, brand: BrandId, sessions: &[SessionId]) -> Result<(), QueueError> {
        let write = |call: &mut Call, session: &SessionId| {
            call.id(session.0);
        };
        self.change(brand, "leave", &script::LEAVE, sessions, write)
            .await
    }

    async fn head(
        &self,
        brand: BrandId,
        team: TeamId,
        limit: usize,
    ) -> Result<Vec<Place>, QueueError> {
        // The index of the last: minus one would be everyone.
        let Some(last) = limit.checked_sub(1) else {
            return Ok(Vec::new());
        };
        let call = Call::command("head", "ZRANGE")
            .arg(keys::line(brand, team))
            .arg(0)
            .arg(last.min(isize::MAX as usize))
            .arg("WITHSCORES");
        let line: Vec<(String, f64)> = self.link.call(&call).await?;
        let place = |(session, rank): (String, f64)| {
            Some(Place {
                session: SessionId(decode(&session).ok()?),
                team,
                rank: rank as i64,
            })
        };
        Ok(line.into_iter().filter_map(place).collect())
    }

    async fn position(
        &self,
        brand: BrandId,
        team: TeamId,
        session: SessionId,
    ) -> Result<Option<u64>, QueueError> {
        let mut call = Call::command("position", "ZRANK").arg(keys::line(brand, team));
        call.id(session.0);
        self.link.call(&call).await
    }

    async fn depths(&self, brand: BrandId) -> Result<Vec<(TeamId, u64)>, QueueError> {
        let call =
            Call::script("depths", &script::DEPTHS, &[keys::teams(brand)]).arg(keys::lines(brand));
        let lines: Vec<(String, u64)> = self.link.call(&call).await?;
        let depth = |(team, depth): (String, u64)| Some((TeamId(decode(&team).ok()?), depth));
        Ok(lines.into_iter().filter_map(depth).collect())
    }

    async fn seat(&self, brand: BrandId, seats: &[Seat]) -> Result<(), QueueError> {
        let write = |call: &mut Call, seat: &Seat| {
            call.id(seat.agent.0)
                .push(u8::from(seat.open))
                .push(seat.limit);
        };
        self.change(brand, "seat", &script::SEAT, seats, write)
            .await
    }

    async fn loads(&self, brand: BrandId) -> Result<Vec<Load>, QueueError> {
        let call = Call::command("loads", "HGETALL").arg(keys::desk(brand));
        let desk: Vec<(String, String)> = self.link.call(&call).await?;
        Ok(desk
            .iter()
            .filter_map(|(agent, desk)| read_load(agent, desk))
            .collect())
    }

    async fn claim(
        &self,
        brand: BrandId,
        claims: &[Claim],
    ) -> Result<Vec<Option<AgentId>>, QueueError> {
        let mut taken = Vec::with_capacity(claims.len());
        while taken.len() < claims.len() {
            let batch = one_call(&claims[taken.len()..]);
            let answer: Vec<Value> = match self.link.call(&ask(brand, batch)).await {
                Ok(answer) => answer,
                Err(error) if taken.is_empty() => return Err(error),
                // What was taken must be told; the rest is as if nobody had room.
                Err(_) => {
                    taken.resize(claims.len(), None);
                    break;
                }
            };
            let mut answer = answer.into_iter();
            match answer.next().map(String::from_redis_value) {
                Some(Ok(born)) => self.saw_birth(brand, born),
                // Nobody waits in a line that is torn; any other script mends it.
                _ => self.leave(brand, &[SessionId(0)]).await?,
            }
            for claim in batch {
                let chosen = answer.next().and_then(|v| usize::from_redis_value(v).ok());
                let chosen = chosen.and_then(|n| n.checked_sub(1));
                taken.push(chosen.and_then(|n| claim.candidates.get(n).copied()));
            }
        }
        Ok(taken)
    }

    async fn hold(&self, brand: BrandId, held: &[(SessionId, AgentId)]) -> Result<(), QueueError> {
        let write = |call: &mut Call, (session, agent): &(SessionId, AgentId)| {
            call.id(session.0).id(agent.0);
        };
        self.change(brand, "hold", &script::HOLD, held, write).await
    }

    async fn release(&self, brand: BrandId, sessions: &[SessionId]) -> Result<(), QueueError> {
        let write = |call: &mut Call, session: &SessionId| {
            call.id(session.0);
        };
        self.change(brand, "release", &script::RELEASE, sessions, write)
            .await
    }

    async fn contents(&self, brand: BrandId) -> Result<Contents, QueueError> {
        // First where each is said to be, then the lines: who is in a line now is there, whatever
        // was said before.
        let mut spots = HashMap::new();
        self.scan("HSCAN", keys::where_is(brand), |session, at| {
            if let (Ok(session), Some(spot)) = (decode(&session), Spot::read(&at)) {
                spots.insert(SessionId(session), spot);
            }
        })
        .await?;
        let teams = Call::command("teams", "SMEMBERS").arg(keys::teams(brand));
        let teams: Vec<String> = self.link.call(&teams).await?;
        let mut waiting = HashMap::new();
        for team in teams
            .iter()
            .filter_map(|team| decode(team).ok())
            .map(TeamId)
        {
            self.scan("ZSCAN", keys::line(brand, team), |session, rank| {
                if let Ok(session) = decode(&session).map(SessionId) {
                    let rank = read_rank(&rank);
                    waiting.insert(
                        session,
                        Place {
                            session,
                            team,
                            rank,
                        },
                    );
                }
            })
            .await?;
        }
        let mut contents = Contents::default();
        let mut lost = Vec::new();
        for (session, spot) in spots {
            match spot {
                _ if waiting.contains_key(&session) => {}
                Spot::Held(agent) => contents.held.push((session, agent)),
                Spot::Waiting(_) => lost.push(session),
            }
        }
        contents.waiting = waiting.into_values().collect();
        self.mend(brand, &lost, &mut contents).await?;
        Ok(contents)
    }

    async fn clear(&self, brand: BrandId) -> Result<(), QueueError> {
        let call = Call::on_line("clear", &script::CLEAR, brand);
        let (born,): (String,) = self.link.call(&call).await?;
        self.saw_birth(brand, born);
        Ok(())
    }
}

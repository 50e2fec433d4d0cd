//! The wall: what a supervisor sees, second by second.

use std::{collections::HashMap, sync::Arc};

use kefu_domain::{
    AgentId, BrandId, ServiceState, Session, SessionId, TeamId, UnixMs,
    routing::{self, Availability, Explanation},
};
use kefu_store::Conversation;

use crate::{
    Error, Place, Reception, Result, Setup,
    dispatch::{chain, fixed, update, waiting_of},
    floor::BrandFloor,
    steps::{STEP_MS, Step},
};

/// Waiting customers shown at most.
const SHOWN: usize = 100;
/// Waiting customers explained at most.
const EXPLAINED: usize = 20;

/// Five figures.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// In the queue now.
    pub waiting: u32,
    /// An hour ago.
    pub waiting_1h_ago: u32,
    /// The longest wait began then.
    pub oldest_enqueued_at: Option<UnixMs>,
    /// In this team.
    pub oldest_team: Option<TeamId>,
    /// Shortest promise for waiting of all faces, seconds.
    pub promise_s: u32,
    /// Share of the last half hour's customers taken within 60 s, in percent.
    pub service_level: Option<f64>,
    /// Places free now with agents who take customers.
    pub free_slots: u32,
    /// Places of agents who take customers.
    pub total_slots: u32,
    /// First reply, median and 90th percentile of the last half hour, seconds: from the customer's
    /// first unanswered words to the first answer of their session, the queue included.
    pub first_reply_s: Option<(u32, u32)>,
}

/// Someone who waits.
#[derive(Debug, Clone)]
pub struct WaitingView {
    /// The conversation.
    pub conversation: Arc<Conversation>,
    /// The session.
    pub session: SessionId,
    /// The team.
    pub team: Option<TeamId>,
    /// Since when.
    pub enqueued_at: UnixMs,
    /// The promise, seconds.
    pub promise_s: u32,
    /// What holds them, and everyone considered; for the first of the line.
    pub explanation: Option<Explanation>,
    /// What they see.
    pub place: Option<Place>,
}

/// An agent on the wall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WallAgent {
    /// Who.
    pub agent: AgentId,
    /// What they say.
    pub availability: Availability,
    /// Of a break.
    pub reason: String,
    /// Since when.
    pub since_at: UnixMs,
    /// A console is open.
    pub connected: bool,
    /// Sessions.
    pub load: u32,
    /// Offers.
    pub offers: u32,
    /// At most.
    pub limit: u32,
    /// Sessions past the promised reply.
    pub overdue: u32,
}

/// One five-minute step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SeriesStep {
    /// Its begin.
    pub at: UnixMs,
    /// Sessions opened; of a team, customers who came to its queue.
    pub arrived: u32,
    /// Customers taken from the queue.
    pub assigned: u32,
    /// Wait, median, seconds.
    pub wait_p50_s: Option<u32>,
    /// Wait, 90th percentile, seconds.
    pub wait_p90_s: Option<u32>,
    /// First reply, median, seconds.
    pub first_reply_p50_s: Option<u32>,
    /// First reply, 90th percentile, seconds.
    pub first_reply_p90_s: Option<u32>,
    /// Longest queue.
    pub queue: u32,
    /// Longest wait, seconds.
    pub oldest_s: u32,
}

/// The whole wall.
#[derive(Debug, Clone)]
pub struct Wall {
    /// When.
    pub now: UnixMs,
    /// The figures.
    pub figures: Figures,
    /// Who waits, in the order of dispatch.
    pub waiting: Vec<WaitingView>,
    /// How many wait in all.
    pub waiting_total: u32,
    /// Everyone who can take customers.
    pub agents: Vec<WallAgent>,
    /// The last two hours.
    pub series: Vec<SeriesStep>,
}

impl Reception {
    /// The wall now, of the brand or of one team: its queue, its agents, its figures.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such brand, or no such team in it.
    pub async fn wall(&self, brand: BrandId, team: Option<TeamId>) -> Result<Wall> {
        let setup = self.directory.brand(brand)?;
        if team.is_some_and(|team| !setup.teams.contains_key(&team)) {
            return Err(Error::NotFound);
        }
        let now = self.now();
        let (mut waiting, agents, figures, series, total) = {
            let floor = self.floor.brand(brand);
            let agents = agents(&floor, &setup, team, now);
            let all = floor.waiting.values().filter_map(|id| {
                let conversation = &floor.live.get(id)?.conversation;
                let session = conversation.session.as_ref()?;
                (team.is_none() || session.team == team).then_some((session, conversation))
            });
            let since = |session: &Session| session.waiting_since().unwrap_or(now);
            let oldest = all.clone().min_by_key(|(session, _)| since(session));
            let oldest = oldest.map(|(session, _)| (since(session), session.team));
            let mut waiting: Vec<_> = all.collect();
            let total = waiting.len();
            // However many wait, only those who are shown are put in order.
            let order = |(session, _): &(&Session, _)| {
                let rank = routing::rank(session.enqueued_at.unwrap_or(now), session.priority);
                (rank, session.id)
            };
            if total > SHOWN {
                waiting.select_nth_unstable_by_key(SHOWN, order);
                waiting.truncate(SHOWN);
            }
            waiting.sort_unstable_by_key(order);
            let view = |(session, conversation): (&Session, &Arc<Conversation>)| WaitingView {
                session: session.id,
                team: session.team,
                enqueued_at: since(session),
                promise_s: setup
                    .kf_account(session.kf_account)
                    .map_or(300, |a| a.rules.wait_target_s),
                explanation: None,
                place: None,
                conversation: Arc::clone(conversation),
            };
            let mut waiting: Vec<WaitingView> = waiting.into_iter().map(view).collect();
            let figures = figures(&floor, &setup, team, (total, oldest), &agents, now);
            let series = floor.steps.of(team).map(series_step).collect::<Vec<_>>();
            let mut seats = fixed(&setup);
            for seat in &mut seats {
                update(seat, floor.seats.get(&seat.agent));
            }
            for view in waiting.iter_mut().take(EXPLAINED) {
                view.explanation = explain(&setup, view, &seats, now);
            }
            (waiting, agents, figures, series, total)
        };
        for view in waiting.iter_mut().take(EXPLAINED) {
            if let Some(team) = view.team {
                view.place = self.place(brand, team, view.session).await;
            }
        }
        let waiting_total = u32::try_from(total).unwrap_or(u32::MAX);
        Ok(Wall {
            now,
            figures,
            waiting,
            waiting_total,
            agents,
            series,
        })
    }

    /// Why a waiting session still waits.
    #[must_use]
    pub fn explain_waiting(
        &self,
        brand: BrandId,
        conversation: &Conversation,
    ) -> Option<Explanation> {
        let setup = self.directory.brand(brand).ok()?;
        let session = conversation
            .session
            .as_ref()
            .filter(|s| s.state == ServiceState::Waiting)?;
        let account = setup.kf_account(session.kf_account).ok()?;
        let team = session.team?;
        let mut seats = fixed(&setup);
        {
            let floor = self.floor.brand(brand);
            for seat in &mut seats {
                update(seat, floor.seats.get(&seat.agent));
            }
        }
        let chain = chain(&setup, session, team);
        Some(
            routing::decide(
                &waiting_of(conversation, team),
                &seats,
                &account.rules,
                &chain,
                self.now(),
            )
            .explanation,
        )
    }

    /// Counts for the tabs of a console: mine, waiting for my teams, colleagues', oldest wait.
    #[must_use]
    pub fn counts(&self, brand: BrandId, agent: AgentId) -> (u32, u32, u32, Option<UnixMs>) {
        let Ok(setup) = self.directory.brand(brand) else {
            return (0, 0, 0, None);
        };
        let teams = setup
            .agents
            .get(&agent)
            .map_or(&[][..], |row| &row.entry.team_ids);
        self.floor
            .brand(brand)
            .tally(self.now())
            .counts(agent, teams)
    }
}

fn explain(
    setup: &Setup,
    view: &WaitingView,
    seats: &[routing::Seat],
    now: UnixMs,
) -> Option<Explanation> {
    let session = view.conversation.session.as_ref()?;
    let account = setup.kf_account(session.kf_account).ok()?;
    let team = view.team?;
    let chain = chain(setup, session, team);
    Some(
        routing::decide(
            &waiting_of(&view.conversation, team),
            seats,
            &account.rules,
            &chain,
            now,
        )
        .explanation,
    )
}

fn agents(floor: &BrandFloor, setup: &Setup, team: Option<TeamId>, now: UnixMs) -> Vec<WallAgent> {
    let serves = |teams: &[TeamId]| match team {
        None => !teams.is_empty(),
        Some(team) => teams.contains(&team),
    };
    let mut all: Vec<WallAgent> = setup
        .agents
        .values()
        .filter(|row| !row.entry.disabled && serves(&row.entry.team_ids))
        .map(|row| {
            let seat = floor.seats.get(&row.entry.id);
            let held = seat.map_or(0, |seat| seat.held.len());
            let offers = seat.map_or(0, |seat| {
                seat.held
                    .iter()
                    .filter(|id| floor.waiting.contains_key(id))
                    .count()
            });
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            WallAgent {
                agent: row.entry.id,
                availability: seat.map_or(Availability::Offline, |seat| seat.availability),
                reason: seat.map(|seat| seat.reason.clone()).unwrap_or_default(),
                since_at: seat.map_or(0, |seat| seat.since_at),
                connected: seat.is_some_and(|seat| seat.connected),
                load: count(held - offers),
                offers: count(offers),
                limit: row.entry.limit,
                overdue: 0,
            }
        })
        .collect();
    let mut overdue: HashMap<AgentId, u32> = HashMap::new();
    for live in floor.live.values() {
        let Some(session) = live
            .conversation
            .session
            .as_ref()
            .filter(|s| s.state == ServiceState::Serving)
        else {
            continue;
        };
        let target = setup
            .kf_account(session.kf_account)
            .map_or(0, |a| a.rules.reply_target_s);
        let late = target > 0
            && live
                .turn_since
                .is_some_and(|turn| now - turn > i64::from(target) * 1000);
        if let (true, Some(agent)) = (late, session.agent) {
            *overdue.entry(agent).or_default() += 1;
        }
    }
    for one in &mut all {
        one.overdue = overdue.get(&one.agent).copied().unwrap_or(0);
    }
    all.sort_by_key(|one| {
        let away = !one.connected || one.availability == Availability::Offline;
        (
            away,
            one.availability != Availability::Online,
            one.limit.saturating_sub(one.load + one.offers),
            one.agent,
        )
    });
    all
}

fn figures(
    floor: &BrandFloor,
    setup: &Setup,
    team: Option<TeamId>,
    (waiting, oldest): (usize, Option<(UnixMs, Option<TeamId>)>),
    agents: &[WallAgent],
    now: UnixMs,
) -> Figures {
    let recent: Vec<&Step> = floor
        .steps
        .of(team)
        .filter(|step| step.at > now - 1_800_000 - STEP_MS)
        .collect();
    let waits: Vec<u32> = recent
        .iter()
        .flat_map(|step| step.waits_ms.iter().copied())
        .collect();
    let within = waits.iter().filter(|ms| **ms <= 60_000).count();
    let replies = recent
        .iter()
        .flat_map(|step| step.first_replies_ms.iter().copied())
        .collect();
    let open = agents
        .iter()
        .filter(|one| one.connected && one.availability == Availability::Online);
    let (free, total) = open.fold((0, 0), |(free, total), one| {
        (
            free + one.limit.saturating_sub(one.load + one.offers),
            total + one.limit,
        )
    });
    let hour_ago = (now - 3_600_000).div_euclid(STEP_MS) * STEP_MS;
    let hour_ago = floor.steps.of(team).find(|step| step.at == hour_ago);
    Figures {
        waiting: u32::try_from(waiting).unwrap_or(u32::MAX),
        waiting_1h_ago: hour_ago.map_or(0, |step| step.queue),
        oldest_enqueued_at: oldest.map(|(since, _)| since),
        oldest_team: oldest.and_then(|(_, team)| team),
        promise_s: setup
            .kf_accounts
            .values()
            .filter(|row| team.is_none() || row.entry.team_id == team)
            .map(|row| row.entry.rules.wait_target_s)
            .min()
            .unwrap_or(300),
        service_level: (!waits.is_empty()).then(|| within as f64 * 100.0 / waits.len() as f64),
        free_slots: free,
        total_slots: total,
        first_reply_s: percentiles(replies),
    }
}

/// Median and 90th percentile in seconds, rounded up.
fn percentiles(mut samples_ms: Vec<u32>) -> Option<(u32, u32)> {
    samples_ms.sort_unstable();
    let at = |share: usize| {
        samples_ms
            .get((samples_ms.len().max(1) - 1) * share / 100)
            .map(|ms| ms.div_ceil(1000))
    };
    at(50).zip(at(90))
}

fn series_step(step: &Step) -> SeriesStep {
    let waits = percentiles(step.waits_ms.clone());
    let replies = percentiles(step.first_replies_ms.clone());
    SeriesStep {
        at: step.at,
        arrived: step.arrived,
        assigned: step.assigned,
        wait_p50_s: waits.map(|(p50, _)| p50),
        wait_p90_s: waits.map(|(_, p90)| p90),
        first_reply_p50_s: replies.map(|(p50, _)| p50),
        first_reply_p90_s: replies.map(|(_, p90)| p90),
        queue: step.queue,
        oldest_s: step.oldest_s,
    }
}

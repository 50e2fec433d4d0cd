//! A routing decision in words, Chinese and English: what was decided and why, everyone who was
//! considered, what happens next, what the customer sees meanwhile.

use std::sync::Arc;

use axum::{Json, extract::State};
use kefu_domain::{
    AgentId, ServiceState, Session, SessionId, TeamId,
    routing::{Considered, Explanation, PRIORITY_HEAD_START_MS, Verdict, Why},
};
use kefu_reception::{Place, Setup, verdict_words};
use kefu_store::{Assignment, Conversation};
use serde::Serialize;
use utoipa::ToSchema;

use super::{access::Caller, ask::Id};
use crate::{Gateway, problem::Answer};

/// A routing decision.
#[derive(Serialize, ToSchema)]
pub(super) struct ExplanationRow {
    decided_at: i64,
    /// `assigned`, `offered`, `waiting`, `ended`.
    outcome: &'static str,
    chosen: Option<Chosen>,
    /// `owner`, `last_agent`, `language`, `least_busy`, `round_robin`, `longest_idle`, `manual`, or
    /// what holds someone who waits (see `stuck` of the wall).
    reason: &'static str,
    text_zh: String,
    text_en: String,
    /// Each step counts as five minutes that they came earlier.
    priority: i32,
    /// Agents looked at.
    considered: u32,
    /// Agents who could not take it.
    excluded: u32,
    /// The nearest of them, best first.
    candidates: Vec<Candidate>,
    next: Option<Next>,
    customer_sees: Option<CustomerSees>,
}

#[derive(Serialize, ToSchema)]
struct Chosen {
    servicer_userid: String,
    name: String,
}

/// One agent in a decision.
#[derive(Serialize, ToSchema)]
struct Candidate {
    servicer_userid: String,
    name: String,
    /// At that time.
    load: u32,
    limit: u32,
    /// The customer is theirs.
    owner: bool,
    /// `chosen`, `eligible`, `declined`, `full`, `busy`, `break`, `offline`, `missing_skill`, `not_in_team`.
    verdict: String,
    detail_zh: String,
    detail_en: String,
}

/// What happens next by itself.
#[derive(Serialize, ToSchema)]
struct Next {
    what_zh: String,
    what_en: String,
    at: Option<i64>,
}

/// What a waiting customer sees.
#[derive(Serialize, ToSchema)]
struct CustomerSees {
    /// From 1.
    place: u64,
    /// From and to, once the line has moved often enough to tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<u64>>, nullable = false)]
    estimate_s: Option<(u64, u64)>,
}

/// Why a session is where it is
#[utoipa::path(get, path = "/v1/sessions/{id}/explanation", tag = "Sessions", responses((status = 200, body = ExplanationRow)))]
pub(super) async fn explanation(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<SessionId>,
) -> Answer<Json<ExplanationRow>> {
    let reception = &gateway.reception;
    let store = reception.store();
    let conversation = store.session_conversation(caller.brand, id).await?;
    let conversation = reception.holding(caller.brand, conversation).await?;
    let open = conversation
        .session
        .as_ref()
        .filter(|session| session.id == id);
    if let Some(session) = open.filter(|session| session.state == ServiceState::Waiting) {
        let told = reception.explain_waiting(caller.brand, &conversation);
        let place = match session.team {
            Some(team) => reception.place(caller.brand, team, id).await,
            None => None,
        };
        return Ok(Json(waiting(
            &caller.setup,
            &conversation,
            session,
            told.as_ref(),
            place,
            reception.now(),
        )));
    }
    let log = store.assignments(caller.brand, id).await?;
    let owner = conversation.customer.owner;
    Ok(Json(past(&caller.setup, open, owner, log.last())))
}

/// The last decision about a session that does not wait.
fn past(
    setup: &Setup,
    session: Option<&Session>,
    owner: Option<AgentId>,
    last: Option<&Assignment>,
) -> ExplanationRow {
    let told = last.and_then(|one| one.explanation.as_deref());
    let told: Option<Explanation> = told.and_then(|json| serde_json::from_str(json).ok());
    let priority = session.map_or(0, |session| session.priority);
    let (why_zh, why_en) = both(
        session
            .and_then(|session| session.why.as_deref())
            .unwrap_or_default(),
    );
    let chosen = last.map(|one| Chosen {
        servicer_userid: one.agent.to_string(),
        name: setup.agent_name(one.agent).to_owned(),
    });
    let Some(told) = told else {
        let by_hand = match &chosen {
            Some(chosen) => (
                format!("{}接入，没有经过自动分配", chosen.name),
                format!("Taken by {}, not routed", chosen.name),
            ),
            None => ("还没有分配过".to_owned(), "Not assigned yet".to_owned()),
        };
        let said = !why_zh.is_empty();
        return ExplanationRow {
            decided_at: last.map_or(0, |one| one.opened_at),
            outcome: if last.is_some() {
                "assigned"
            } else {
                "waiting"
            },
            chosen,
            reason: "manual",
            text_zh: if said { why_zh } else { by_hand.0 },
            text_en: if said { why_en } else { by_hand.1 },
            priority,
            considered: 0,
            excluded: 0,
            candidates: Vec::new(),
            next: None,
            customer_sees: None,
        };
    };
    let name = chosen.as_ref().map_or("", |chosen| chosen.name.as_str());
    let (zh, en) = why_words(told.why);
    ExplanationRow {
        decided_at: told.decided_at,
        outcome: if last.is_some_and(|one| one.offered && one.accepted_at.is_none()) {
            "offered"
        } else {
            "assigned"
        },
        reason: told.why.map_or("manual", why_code),
        text_zh: format!(
            "分给{name}：{zh}。比较了 {} 人，排除 {} 人。",
            told.considered, told.excluded
        ),
        text_en: format!(
            "To {name}: {en}. {} considered, {} excluded.",
            told.considered, told.excluded
        ),
        priority,
        considered: told.considered,
        excluded: told.excluded,
        candidates: candidates(setup, owner, &told.agents),
        next: None,
        customer_sees: None,
        chosen,
    }
}

/// Why someone waits.
pub(super) fn waiting(
    setup: &Setup,
    conversation: &Conversation,
    session: &Session,
    told: Option<&Explanation>,
    place: Option<Place>,
    now: i64,
) -> ExplanationRow {
    let stuck = Stuck::of(setup, session, told, now);
    let (early_zh, early_en) = head_start(session.priority);
    let offered = session.offer.map(|offer| Chosen {
        servicer_userid: offer.agent.to_string(),
        name: setup.agent_name(offer.agent).to_owned(),
    });
    ExplanationRow {
        decided_at: told.map_or(now, |told| told.decided_at),
        outcome: if offered.is_some() {
            "offered"
        } else {
            "waiting"
        },
        chosen: offered,
        reason: stuck.code,
        text_zh: stuck.zh + &early_zh,
        text_en: stuck.en + &early_en,
        priority: session.priority,
        considered: told.map_or(0, |told| told.considered),
        excluded: told.map_or(0, |told| told.excluded),
        candidates: told
            .map(|told| candidates(setup, conversation.customer.owner, &told.agents))
            .unwrap_or_default(),
        next: next(setup, conversation, session, told),
        customer_sees: place.map(|place| CustomerSees {
            place: place.ahead + 1,
            estimate_s: place.estimate_s,
        }),
    }
}

/// What a priority does to a place in line; nothing for an ordinary one.
fn head_start(priority: i32) -> (String, String) {
    if priority == 0 {
        return (String::new(), String::new());
    }
    let minutes = i64::from(priority) * PRIORITY_HEAD_START_MS / 60_000;
    (
        format!("；优先级 {priority}，按早来 {minutes} 分钟排队"),
        format!("; priority {priority}, in line as if {minutes} min earlier"),
    )
}

fn candidates(setup: &Setup, owner: Option<AgentId>, agents: &[Considered]) -> Vec<Candidate> {
    let one = |seen: &Considered| {
        let (detail_zh, detail_en) = verdict_words(seen.verdict, seen.load, seen.limit);
        let verdict = serde_json::to_value(seen.verdict).ok();
        Candidate {
            servicer_userid: seen.agent.to_string(),
            name: setup.agent_name(seen.agent).to_owned(),
            load: seen.load,
            limit: seen.limit,
            owner: owner == Some(seen.agent),
            verdict: verdict
                .and_then(|word| word.as_str().map(str::to_owned))
                .unwrap_or_default(),
            detail_zh,
            detail_en,
        }
    };
    agents.iter().map(one).collect()
}

fn next(
    setup: &Setup,
    conversation: &Conversation,
    session: &Session,
    told: Option<&Explanation>,
) -> Option<Next> {
    let say = |zh: String, en: String, at: i64| {
        Some(Next {
            what_zh: zh,
            what_en: en,
            at: Some(at),
        })
    };
    if let Some(offer) = session.offer {
        let name = setup.agent_name(offer.agent);
        return say(
            format!("{name}不接，就问下一个人"),
            format!("if {name} does not take it, the next is asked"),
            offer.until,
        );
    }
    let told = told?;
    if let Some(until) = told.held_until {
        let wanted = conversation.customer.owner.or(conversation.last_agent);
        let name = wanted.map_or("", |id| setup.agent_name(id));
        return say(
            format!("{name}还没空，就分给别人"),
            format!("if {name} has no room by then, to someone else"),
            until,
        );
    }
    let (team, at) = told.overflow_at?;
    let team = team_name(setup, team);
    say(
        format!("没有人接，就转到{team}"),
        format!("if nobody takes it, to {team}"),
        at,
    )
}

fn team_name(setup: &Setup, id: TeamId) -> &str {
    setup
        .teams
        .get(&id)
        .map_or("", |row| row.entry.name.as_str())
}

/// What holds someone who waits.
pub(super) struct Stuck {
    /// Stable.
    pub(super) code: &'static str,
    pub(super) zh: String,
    pub(super) en: String,
}

impl Stuck {
    pub(super) fn of(
        setup: &Setup,
        session: &Session,
        told: Option<&Explanation>,
        now: i64,
    ) -> Self {
        let stuck = |code, zh: &str, en: &str| Self {
            code,
            zh: zh.to_owned(),
            en: en.to_owned(),
        };
        if let Some(offer) = session.offer {
            let name = setup.agent_name(offer.agent);
            return stuck(
                "offered",
                &format!("等{name}接受"),
                &format!("Offered to {name}"),
            );
        }
        if session.elsewhere.is_some() {
            return stuck(
                "elsewhere",
                "在平台自己的客户端里排队",
                "Waits in the platform's own client",
            );
        }
        let Some(told) = told else {
            return stuck("behind", "前面还有人", "Others come first");
        };
        if told.held_until.is_some() {
            return stuck("owner_wait", "等老客服有空", "Held for whom they know");
        }
        let has = |wanted: &[Verdict]| told.agents.iter().any(|one| wanted.contains(&one.verdict));
        if has(&[Verdict::Chosen, Verdict::Eligible, Verdict::Declined]) {
            return stuck("assigning", "正在分配", "Being assigned");
        }
        let closed = setup
            .kf_account(session.kf_account)
            .is_ok_and(|account| !account.hours.open(now));
        if closed {
            return stuck("off_hours", "现在不在服务时间", "Outside business hours");
        }
        if has(&[Verdict::Full]) {
            return stuck("full", "能接的人都满额", "Everyone who could is full");
        }
        if has(&[Verdict::Busy, Verdict::Break]) {
            return stuck(
                "away",
                "能接的人都忙碌或小休",
                "Everyone who could is busy or on a break",
            );
        }
        if has(&[Verdict::MissingSkill]) && !has(&[Verdict::Offline]) {
            return stuck(
                "skill",
                "组里没有人会所需技能",
                "Nobody in the team has the skill",
            );
        }
        stuck("no_agent", "没有人在线", "Nobody is online")
    }
}

/// The two languages of one string.
fn both(text: &str) -> (String, String) {
    let (zh, en) = text.split_once('\u{1f}').unwrap_or((text, text));
    (zh.to_owned(), en.to_owned())
}

pub(super) const fn why_code(why: Why) -> &'static str {
    match why {
        Why::Owner => "owner",
        Why::LastAgent => "last_agent",
        Why::Language => "language",
        Why::LeastBusy => "least_busy",
        Why::RoundRobin => "round_robin",
        Why::LongestIdle => "longest_idle",
    }
}

const fn why_words(why: Option<Why>) -> (&'static str, &'static str) {
    match why {
        Some(Why::Owner) => ("专属客户", "owner of the customer"),
        Some(Why::LastAgent) => ("熟客优先，上次由 TA 接待", "served this customer last"),
        Some(Why::Language) => ("会这种语言", "speaks the language"),
        Some(Why::RoundRobin) => ("轮流", "round robin"),
        Some(Why::LongestIdle) => ("空闲最久", "idle longest"),
        Some(Why::LeastBusy) => ("空闲优先", "least busy"),
        None => ("人工指定", "chosen by hand"),
    }
}

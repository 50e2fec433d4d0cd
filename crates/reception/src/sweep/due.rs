//! Whose time has come: read from a session as it stands, and nothing is done about it here.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use kefu_domain::{
    AgentId, ConversationId, KfAccountId, ServiceState, SessionId, TeamId, UnixMs, session::Clocks,
    setup::ServedIn,
};
use kefu_store::Conversation;

use crate::{
    Setup,
    floor::{BrandFloor, Live},
};

/// Something whose time has come, and by which clocks: what was said since undoes it.
pub(super) enum Due {
    Lapsed {
        id: ConversationId,
        session: SessionId,
        agent: AgentId,
        fence: u64,
    },
    NoReply {
        session: SessionId,
        fence: u64,
        clocks: Clocks,
    },
    Gone {
        session: SessionId,
        fence: u64,
        clocks: Clocks,
    },
    Warn {
        conversation: Arc<Conversation>,
        clocks: Clocks,
    },
    Silent {
        session: SessionId,
        clocks: Clocks,
    },
    Opens {
        id: ConversationId,
        account: KfAccountId,
        /// The same for all of a sweep, so that whoever came first is before the others.
        at: UnixMs,
    },
    Pass {
        conversation: Arc<Conversation>,
    },
    Forgotten {
        session: SessionId,
        clocks: Clocks,
    },
    Answer {
        id: ConversationId,
    },
}

/// Agents who hold something and are not here for it.
#[derive(Default)]
pub(super) struct Away {
    /// No console holds a lease.
    pub(super) absent: HashSet<AgentId>,
    /// They said that they are offline, then.
    pub(super) left: HashMap<AgentId, UnixMs>,
}

impl Away {
    /// Is the one who got a session at that time away from it? Who took it while offline is not.
    fn from(&self, agent: AgentId, assigned_at: Option<UnixMs>) -> bool {
        let left = self.left.get(&agent);
        self.absent.contains(&agent)
            || left.is_some_and(|left| assigned_at.is_none_or(|at| at < *left))
    }
}

/// A session in the platform's own client of which nothing is heard for so long is over.
const ELSEWHERE_MS: UnixMs = 48 * 3_600_000;

/// Of each team where nobody waits and somebody has room, the message that was left first.
#[derive(Default)]
pub(super) struct Left {
    first: HashMap<TeamId, (UnixMs, ConversationId)>,
    busy: HashSet<TeamId>,
}

impl Left {
    /// Looks at one open session.
    pub(super) fn note(&mut self, live: &Live, setup: &Setup, now: UnixMs) {
        let Some(session) = &live.conversation.session else {
            return;
        };
        if session.state == ServiceState::Waiting {
            self.busy.extend(session.team);
        }
        let Some(left) = session.left_at else {
            return;
        };
        let account = setup.kf_account(session.kf_account);
        let Some(account) = account.ok().filter(|account| account.hours.open(now)) else {
            return;
        };
        if let Some(team) = account.team_id {
            let place = (left, live.conversation.id);
            let first = self.first.entry(team).or_insert(place);
            *first = (*first).min(place);
        }
    }

    /// After all of them.
    pub(super) fn due(self, floor: &BrandFloor, setup: &Setup) -> impl Iterator<Item = Due> {
        let Self { first, busy } = self;
        first
            .into_iter()
            .filter(move |(team, _)| !busy.contains(team) && floor.someone_free(setup, *team))
            .map(|(_, (_, id))| Due::Answer { id })
    }
}

/// What is due of a session now.
pub(super) fn due(live: &Live, setup: &Setup, away: &Away, now: UnixMs) -> Option<Due> {
    falls_due(live, setup, away, now)
        .filter(|(at, _)| *at <= now)
        .map(|(_, due)| due)
}

/// What time brings about next for a session as it stands, and when.
pub(super) fn falls_due(
    live: &Live,
    setup: &Setup,
    away: &Away,
    now: UnixMs,
) -> Option<(UnixMs, Due)> {
    let session = live.conversation.session.as_ref()?;
    let clocks = live.clocks();
    let account = setup.kf_account(session.kf_account).ok()?;
    let rules = &account.rules;
    let after = |since: UnixMs, limit_s: u32| since + i64::from(limit_s) * 1000;
    if session.elsewhere.is_some() {
        // The platform's people see to it; if nothing was told of its end, it ends with the time in
        // which the platform lets anyone answer.
        let last = live.last_customer_at.max(live.last_agent_at.unwrap_or(0));
        let session = session.id;
        return Some((last + ELSEWHERE_MS, Due::Forgotten { session, clocks }));
    }
    match session.state {
        ServiceState::New => {
            let open = account.hours.open(now);
            let door = setup.entry_point(session.entry_point).ok();
            if door.is_some_and(|door| door.served_in == ServedIn::Client) {
                let conversation = Arc::clone(&live.conversation);
                return open.then_some((now, Due::Pass { conversation }));
            }
            let opens = account.team_id.is_some() && session.left_at.is_none() && open;
            let (id, account) = (live.conversation.id, account.id);
            let at = now;
            opens.then_some((now, Due::Opens { id, account, at }))
        }
        ServiceState::Waiting => {
            let offer = session.offer?;
            let left = away.from(offer.agent, None);
            let lapsed = Due::Lapsed {
                id: live.conversation.id,
                session: session.id,
                agent: offer.agent,
                fence: session.fence,
            };
            Some((if left { now } else { offer.until }, lapsed))
        }
        ServiceState::Serving => {
            let (id, fence) = (session.id, session.fence);
            let said_at = live.last_customer_at.max(live.last_agent_at.unwrap_or(0));
            // Put off: no clock runs before its time, and then from it.
            let resumed = live
                .conversation
                .snooze
                .filter(|snooze| snooze.stands_after(session, said_at))
                .map_or(0, |snooze| snooze.until);
            if resumed > now {
                return None;
            }
            if let Some(turn) = live.turn_since {
                let assigned_at = session.assigned_at;
                if session
                    .agent
                    .is_some_and(|agent| away.from(agent, assigned_at))
                {
                    let session = id;
                    let gone = Due::Gone {
                        session,
                        fence,
                        clocks,
                    };
                    return Some((now, gone));
                }
                let since = turn.max(session.assigned_at.unwrap_or(turn)).max(resumed);
                let at = after(since, rules.reply_timeout_s);
                let session = id;
                let no_reply = Due::NoReply {
                    session,
                    fence,
                    clocks,
                };
                return (rules.reply_timeout_s > 0).then_some((at, no_reply));
            }
            if let Some(warned) = live.warned_at {
                let at = after(warned.max(resumed), rules.silence_end_s.max(1));
                return Some((
                    at,
                    Due::Silent {
                        session: id,
                        clocks,
                    },
                ));
            }
            // Whoever got the session has its whole time, however long the customer waited before.
            let quiet_since = said_at.max(session.assigned_at.unwrap_or(0)).max(resumed);
            let at = after(quiet_since, rules.silence_warn_s);
            let conversation = Arc::clone(&live.conversation);
            (rules.silence_warn_s > 0).then_some((
                at,
                Due::Warn {
                    conversation,
                    clocks,
                },
            ))
        }
        ServiceState::Assistant | ServiceState::Ended => None,
    }
}

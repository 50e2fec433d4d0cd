//! A session (接待): one service episode, its states and who holds it.
//!
//! [`Session::apply`] is the whole table of what may happen. It changes the session in memory and
//! says what that means for assignments; the store writes both in one transaction.

use serde::{Deserialize, Serialize, Serializer};

use crate::{
    AgentId, BrandId, ConversationId, EntryPointId, KfAccountId, SessionId, TeamId, UnixMs,
};

/// Our states; the numbers are WeChat kf's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum ServiceState {
    /// Opened, nobody asked for a human yet, or the customer left a message outside hours.
    New = 0,
    /// A bot answers.
    Assistant = 1,
    /// In the queue; an offer to an agent is this state with a lease.
    Waiting = 2,
    /// An agent has it.
    Serving = 3,
    /// Over. The next message of the customer opens a new session.
    Ended = 4,
}

impl ServiceState {
    /// Reads the stored number.
    #[must_use]
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::New),
            1 => Some(Self::Assistant),
            2 => Some(Self::Waiting),
            3 => Some(Self::Serving),
            4 => Some(Self::Ended),
            _ => None,
        }
    }
}

impl Serialize for ServiceState {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u8(*self as u8)
    }
}

/// An agent was asked to take the session, and has until then to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Who was asked.
    pub agent: AgentId,
    /// When the offer lapses.
    pub until: UnixMs,
}

/// Queues of one wait that are remembered. Who has stood in so many stays in the last one.
pub const STOPS: usize = 16;

/// A team's queue in which the session stood, or stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// The team.
    pub team: TeamId,
    /// When it came there.
    pub since: UnixMs,
}

/// Why a session, or an assignment, came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The agent closed it.
    Agent,
    /// The customer left.
    Customer,
    /// The customer stayed silent after a warning.
    Silence,
    /// A supervisor, or an integration.
    Administrator,
    /// Handed to another agent or team.
    Transfer,
    /// The agent went away: signed out, lease over, account disabled.
    AgentGone,
    /// No answer in the time set.
    ReplyTimeout,
    /// The offer was not accepted in time.
    OfferTimeout,
    /// The agent said no.
    Declined,
    /// The customer was blocked.
    Blocked,
    /// Upstream says that it is over.
    Upstream,
}

impl Reason {
    /// The stable word, as stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Customer => "customer",
            Self::Silence => "silence",
            Self::Administrator => "administrator",
            Self::Transfer => "transfer",
            Self::AgentGone => "agent_gone",
            Self::ReplyTimeout => "reply_timeout",
            Self::OfferTimeout => "offer_timeout",
            Self::Declined => "declined",
            Self::Blocked => "blocked",
            Self::Upstream => "upstream",
        }
    }

    /// Reads [`Reason::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        use Reason as R;
        [
            R::Agent,
            R::Customer,
            R::Silence,
            R::Administrator,
            R::Transfer,
            R::AgentGone,
            R::ReplyTimeout,
            R::OfferTimeout,
            R::Declined,
            R::Blocked,
            R::Upstream,
        ]
        .into_iter()
        .find(|reason| reason.word() == word)
    }
}

/// One service episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The tenant.
    pub brand: BrandId,
    /// The conversation it is a segment of.
    pub conversation: ConversationId,
    /// The face it belongs to.
    pub kf_account: KfAccountId,
    /// The door that opened it.
    pub entry_point: EntryPointId,
    /// Its number in the conversation, from 1.
    pub no: u64,
    /// Where it stands.
    pub state: ServiceState,
    /// The team it waits for, or is served by.
    pub team: Option<TeamId>,
    /// Who has it now ([`ServiceState::Serving`]), or had it last.
    pub agent: Option<AgentId>,
    /// Number of the newest assignment; grows by one with each.
    pub fence: u64,
    /// An open offer; only while waiting.
    pub offer: Option<Offer>,
    /// Higher goes first, by a fixed head start (see [`crate::routing::rank`]).
    pub priority: i32,
    /// When it was opened.
    pub opened_at: UnixMs,
    /// Original time in the queue; kept when it comes back there.
    pub enqueued_at: Option<UnixMs>,
    /// The queues of the present or last wait, in their order; at most [`STOPS`].
    pub stops: Vec<Stop>,
    /// When the customer left the queue and asked to be answered later; until somebody takes it.
    pub left_at: Option<UnixMs>,
    /// When the present or last agent got it.
    pub assigned_at: Option<UnixMs>,
    /// First answer of a human.
    pub first_reply_at: Option<UnixMs>,
    /// Since when the customer waits for words of ours: their first message that nobody answered yet,
    /// or the handing over of a session to whoever has to go on with it.
    pub turn_since: Option<UnixMs>,
    /// Last customer message.
    pub last_customer_at: UnixMs,
    /// Last agent message.
    pub last_agent_at: Option<UnixMs>,
    /// The customer was warned that silence ends the session.
    pub warned_at: Option<UnixMs>,
    /// When it ended.
    pub ended_at: Option<UnixMs>,
    /// Why it ended.
    pub end_reason: Option<Reason>,
    /// Agents who declined, or let it lie; asked last.
    pub declined: Vec<AgentId>,
    /// Survey: 1–5.
    pub score: Option<u8>,
    /// Survey: words.
    pub comment: Option<String>,
    /// Of the last routing decision: one line for people, `zh\u{1f}en`.
    pub why: Option<String>,
    /// Served in the platform's own client: by this member; empty: it waits in the platform's pool.
    pub elsewhere: Option<String>,
}

/// Where a transfer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To this agent, at once.
    Agent(AgentId),
    /// Into this team's queue, at the original place.
    Team(TeamId),
}

/// What can happen to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The customer wrote.
    CustomerWrote,
    /// Into the queue of a team.
    Enqueue {
        /// The team.
        team: TeamId,
    },
    /// Ask an agent.
    Offer {
        /// Whom.
        agent: AgentId,
        /// Until when.
        until: UnixMs,
    },
    /// Give it to an agent.
    Assign {
        /// To whom.
        agent: AgentId,
    },
    /// An agent takes an offer, a waiting customer that was offered to nobody, or a left message.
    Accept {
        /// Who.
        agent: AgentId,
    },
    /// An offer comes back: declined or lapsed.
    Withdraw {
        /// From whom.
        agent: AgentId,
        /// The assignment's number.
        fence: u64,
        /// Why.
        reason: Reason,
    },
    /// Back to the queue, to the original place.
    Requeue {
        /// The assignment's number.
        fence: u64,
        /// Why.
        reason: Reason,
    },
    /// To another agent or team.
    Transfer {
        /// The assignment's number.
        fence: u64,
        /// Where to.
        to: Target,
    },
    /// While waiting: to another team, place kept.
    Overflow {
        /// Where to.
        team: TeamId,
    },
    /// An agent answered the customer.
    AgentReplied {
        /// Who.
        agent: AgentId,
        /// The assignment's number.
        fence: u64,
    },
    /// The customer leaves the queue and wants to be answered later.
    LeaveWord,
    /// A supervisor changes how early it comes.
    Prioritise {
        /// The new priority.
        priority: i32,
    },
    /// The customer was warned of the end.
    Warn,
    /// Over.
    End {
        /// Of the assignment, if an agent ends it; `None` from elsewhere.
        fence: Option<u64>,
        /// Why.
        reason: Reason,
    },
    /// It is served in the platform's own client now; what we know of it is followed, not decided.
    Elsewhere {
        /// By this member; `None`: it waits in the platform's pool.
        userid: Option<String>,
        /// The agent of ours who is this member.
        agent: Option<AgentId>,
    },
    /// The survey was answered; the last answer counts.
    Rate {
        /// 1–5.
        score: u8,
        /// Words.
        comment: Option<String>,
    },
}

/// What a command did to assignments, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// A new assignment, or an offer of one.
    Opened {
        /// To whom.
        agent: AgentId,
        /// Its number.
        fence: u64,
        /// Not accepted yet.
        offer: bool,
    },
    /// The offer was accepted.
    Accepted {
        /// By whom.
        agent: AgentId,
        /// Its number.
        fence: u64,
    },
    /// The assignment or offer is over.
    Closed {
        /// Whose it was.
        agent: AgentId,
        /// Its number.
        fence: u64,
        /// Why.
        reason: Reason,
    },
}

/// Why a command is refused. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The session is over.
    #[error("the session has ended")]
    Ended,
    /// The fence is old, or the agent does not have it.
    #[error("the session is not assigned to you")]
    NotAssigned,
    /// Someone else has it, or it is offered to someone else.
    #[error("someone else has taken it")]
    Taken,
    /// It is not waiting.
    #[error("the session is not waiting")]
    NotWaiting,
    /// It is served in the platform's own client, and nothing here changes that but its end.
    #[error("the session is served in the platform's own client")]
    Elsewhere,
    /// It already is so.
    #[error("nothing to do")]
    Nothing,
}

impl Session {
    /// Applies a command at `now`.
    ///
    /// # Errors
    /// A [`Refusal`]; the session is then unchanged.
    pub fn apply(&mut self, command: &Command, now: UnixMs) -> Result<Vec<Effect>, Refusal> {
        if let Command::Rate { score, comment } = command {
            self.score = Some(*score);
            self.comment.clone_from(comment);
            return Ok(Vec::new());
        }
        if self.state == ServiceState::Ended {
            return Err(Refusal::Ended);
        }
        let followed = matches!(
            command,
            Command::CustomerWrote | Command::Elsewhere { .. } | Command::End { .. }
        );
        if self.elsewhere.is_some() && !followed {
            return Err(Refusal::Elsewhere);
        }
        match command {
            Command::CustomerWrote => {
                self.last_customer_at = now;
                self.turn_since.get_or_insert(now);
                self.warned_at = None;
                Ok(Vec::new())
            }
            Command::Enqueue { team } => {
                if self.state >= ServiceState::Waiting {
                    return Err(Refusal::Nothing);
                }
                self.wait_for(*team, now);
                Ok(Vec::new())
            }
            Command::Offer { agent, until } => {
                self.must_wait()?;
                if self.offer.is_some() {
                    return Err(Refusal::Taken);
                }
                self.fence += 1;
                self.offer = Some(Offer {
                    agent: *agent,
                    until: *until,
                });
                Ok(vec![Effect::Opened {
                    agent: *agent,
                    fence: self.fence,
                    offer: true,
                }])
            }
            Command::Assign { agent } => {
                if self.left_at.is_none() {
                    self.must_wait()?;
                }
                let mut effects = self.drop_offer(Reason::Administrator);
                effects.push(self.give(*agent, now));
                Ok(effects)
            }
            Command::Accept { agent } => self.accept(*agent, now),
            Command::Withdraw {
                agent,
                fence,
                reason,
            } => {
                let offered = self.offer.is_some_and(|offer| offer.agent == *agent);
                if !offered || self.fence != *fence {
                    return Err(Refusal::NotAssigned);
                }
                self.remember_decline(*agent);
                Ok(self.drop_offer(*reason))
            }
            Command::Requeue { fence, reason } => {
                let agent = self.holder(*fence)?;
                // A session that was taken without ever having waited has no team yet.
                match self.team {
                    Some(team) => self.wait_for(team, now),
                    None => return Err(Refusal::NotWaiting),
                }
                self.turn_since.get_or_insert(now);
                self.remember_decline(agent);
                Ok(vec![Effect::Closed {
                    agent,
                    fence: *fence,
                    reason: *reason,
                }])
            }
            Command::Transfer { fence, to } => {
                let from = self.holder(*fence)?;
                if *to == Target::Agent(from) {
                    return Err(Refusal::Nothing);
                }
                let mut effects = vec![Effect::Closed {
                    agent: from,
                    fence: *fence,
                    reason: Reason::Transfer,
                }];
                match to {
                    Target::Agent(agent) => effects.push(self.give(*agent, now)),
                    Target::Team(team) => {
                        self.wait_for(*team, now);
                        self.declined.clear();
                        self.turn_since.get_or_insert(now);
                    }
                }
                Ok(effects)
            }
            Command::Overflow { team } => {
                self.must_wait()?;
                if self.team == Some(*team) {
                    return Err(Refusal::Nothing);
                }
                self.team = Some(*team);
                self.stop_at(*team, now);
                self.declined.clear();
                Ok(self.drop_offer(Reason::Transfer))
            }
            Command::AgentReplied { agent, fence } => {
                if self.holder(*fence)? != *agent {
                    return Err(Refusal::NotAssigned);
                }
                self.first_reply_at.get_or_insert(now);
                self.last_agent_at = Some(now);
                self.turn_since = None;
                Ok(Vec::new())
            }
            Command::LeaveWord => {
                self.must_wait()?;
                let effects = self.drop_offer(Reason::Customer);
                self.state = ServiceState::New;
                self.left_at = Some(now);
                self.enqueued_at = None;
                Ok(effects)
            }
            Command::Prioritise { priority } => {
                if self.priority == *priority {
                    return Err(Refusal::Nothing);
                }
                self.priority = *priority;
                Ok(Vec::new())
            }
            Command::Warn => {
                if self.state != ServiceState::Serving || self.warned_at.is_some() {
                    return Err(Refusal::Nothing);
                }
                self.warned_at = Some(now);
                Ok(Vec::new())
            }
            Command::End { fence, reason } => self.end(*fence, *reason, now),
            Command::Elsewhere { userid, agent } => {
                Ok(self.go_elsewhere(userid.as_deref(), *agent, now))
            }
            Command::Rate { .. } => Ok(Vec::new()),
        }
    }

    fn go_elsewhere(
        &mut self,
        userid: Option<&str>,
        agent: Option<AgentId>,
        now: UnixMs,
    ) -> Vec<Effect> {
        let held = self.agent.filter(|_| self.state == ServiceState::Serving);
        let to = agent.filter(|_| userid.is_some());
        let mut effects = self.drop_offer(Reason::Upstream);
        if let Some(from) = held.filter(|_| held != to) {
            effects.push(Effect::Closed {
                agent: from,
                fence: self.fence,
                reason: Reason::Transfer,
            });
        }
        self.elsewhere = Some(userid.unwrap_or_default().to_owned());
        self.team = None;
        self.stops.clear();
        self.left_at = None;
        match (userid, to) {
            (None, _) => {
                self.state = ServiceState::Waiting;
                self.agent = None;
                self.enqueued_at.get_or_insert(now);
            }
            (Some(_), Some(agent)) if held == Some(agent) => (),
            (Some(_), Some(agent)) => effects.push(self.give(agent, now)),
            (Some(_), None) => {
                self.state = ServiceState::Serving;
                self.agent = None;
                self.assigned_at = Some(now);
                self.warned_at = None;
            }
        }
        effects
    }

    fn must_wait(&self) -> Result<(), Refusal> {
        if self.state == ServiceState::Waiting {
            Ok(())
        } else {
            Err(Refusal::NotWaiting)
        }
    }

    /// The agent who has it under this fence.
    fn holder(&self, fence: u64) -> Result<AgentId, Refusal> {
        match self.agent {
            Some(agent) if self.state == ServiceState::Serving && self.fence == fence => Ok(agent),
            _ => Err(Refusal::NotAssigned),
        }
    }

    /// Into a queue, as the first of a new wait.
    fn wait_for(&mut self, team: TeamId, now: UnixMs) {
        self.state = ServiceState::Waiting;
        self.team = Some(team);
        self.enqueued_at.get_or_insert(now);
        self.left_at = None;
        self.stops.clear();
        self.stop_at(team, now);
    }

    /// The first stop tells since when they wait, and is kept.
    fn stop_at(&mut self, team: TeamId, now: UnixMs) {
        if self.stops.len() == STOPS {
            self.stops.remove(1);
        }
        self.stops.push(Stop { team, since: now });
    }

    /// Since when the customer waits, or waited last, without anybody who has the session.
    #[must_use]
    pub fn waiting_since(&self) -> Option<UnixMs> {
        self.stops
            .first()
            .map(|stop| stop.since)
            .or(self.enqueued_at)
    }

    /// The agent has it from now on, and it is for them to speak.
    fn serve(&mut self, agent: AgentId, now: UnixMs) {
        self.state = ServiceState::Serving;
        self.agent = Some(agent);
        self.assigned_at = Some(now);
        self.warned_at = None;
        self.left_at = None;
        self.turn_since.get_or_insert(now);
    }

    fn give(&mut self, agent: AgentId, now: UnixMs) -> Effect {
        self.fence += 1;
        self.serve(agent, now);
        Effect::Opened {
            agent,
            fence: self.fence,
            offer: false,
        }
    }

    fn accept(&mut self, agent: AgentId, now: UnixMs) -> Result<Vec<Effect>, Refusal> {
        match (self.state, self.offer) {
            (ServiceState::Waiting, Some(offer)) if offer.agent == agent => {
                self.offer = None;
                self.serve(agent, now);
                Ok(vec![Effect::Accepted {
                    agent,
                    fence: self.fence,
                }])
            }
            (ServiceState::Waiting, None) => Ok(vec![self.give(agent, now)]),
            (ServiceState::New, None) if self.left_at.is_some() => Ok(vec![self.give(agent, now)]),
            _ => Err(Refusal::Taken),
        }
    }

    fn drop_offer(&mut self, reason: Reason) -> Vec<Effect> {
        let fence = self.fence;
        self.offer
            .take()
            .map(|offer| Effect::Closed {
                agent: offer.agent,
                fence,
                reason,
            })
            .into_iter()
            .collect()
    }

    fn end(
        &mut self,
        fence: Option<u64>,
        reason: Reason,
        now: UnixMs,
    ) -> Result<Vec<Effect>, Refusal> {
        if let Some(fence) = fence {
            self.holder(fence)?;
        }
        let mut effects = self.drop_offer(reason);
        if let (ServiceState::Serving, Some(agent)) = (self.state, self.agent) {
            effects.push(Effect::Closed {
                agent,
                fence: self.fence,
                reason,
            });
        }
        self.state = ServiceState::Ended;
        self.ended_at = Some(now);
        self.end_reason = Some(reason);
        self.turn_since = None;
        Ok(effects)
    }

    /// Keeps the last eight, so that the row stays small.
    fn remember_decline(&mut self, agent: AgentId) {
        self.declined.retain(|other| *other != agent);
        if self.declined.len() == 8 {
            self.declined.remove(0);
        }
        self.declined.push(agent);
    }
}

#[cfg(test)]
mod tests;

//! The table of what may happen to a session, and what it does to one.

use super::{Command, Effect, Offer, Reason, Refusal, STOPS, ServiceState, Session, Stop, Target};
use crate::{AgentId, TeamId, UnixMs};

impl Session {
    /// Applies a command at `now`.
    ///
    /// # Errors
    /// A [`Refusal`]; the session is then unchanged.
    pub fn apply(&mut self, command: &Command, now: UnixMs) -> Result<Vec<Effect>, Refusal> {
        if let Command::Rate { score, comment } = command {
            if !self.can_be_rated() {
                return Err(Refusal::Unserved);
            }
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
                self.warned_at = None;
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
                self.must_wait()?;
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
        // What nobody has a supervisor ends as their card shows it.
        let shown = reason == Reason::Administrator && self.state != ServiceState::Serving;
        if let Some(fence) = fence
            && !(shown && self.fence == fence)
        {
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

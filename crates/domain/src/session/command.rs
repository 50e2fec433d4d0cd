//! What can happen to a session, what it does to assignments, and why it is refused.

use super::Reason;
use crate::{AgentId, TeamId, UnixMs};

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
        /// Of the assignment, if an agent ends it; the newest, if an administrator does who names it;
        /// `None` from elsewhere.
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
    /// It goes on, or ended without an answer: there is nothing to rate.
    #[error("the session cannot be rated")]
    Unserved,
    /// It already is so.
    #[error("nothing to do")]
    Nothing,
}

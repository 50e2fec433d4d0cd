//! Snooze (稍后): an agent puts a conversation off until a time.
//!
//! It belongs to one assignment, and whatever is said after it ends it: nothing has to be cleaned
//! up when the customer writes, the session ends or goes to somebody else.

use serde::{Deserialize, Serialize};

use crate::{ServiceState, Session, SessionId, UnixMs};

/// Longest time into the future: 30 days.
pub const LONGEST_MS: UnixMs = 30 * 24 * 3_600_000;

/// Put off, by whom and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snooze {
    /// When it is the agent's turn again.
    pub until: UnixMs,
    /// When it was put off.
    pub at: UnixMs,
    /// In which session.
    pub session: SessionId,
    /// Under which assignment.
    pub fence: u64,
}

impl Snooze {
    /// Does it still stand, its time over or not? The same agent has the session, and nobody wrote
    /// after it.
    #[must_use]
    pub fn stands(&self, session: &Session) -> bool {
        let said = session.last_agent_at.unwrap_or(0);
        self.stands_after(session, said.max(session.last_customer_at))
    }

    /// The same for whoever knows better when something was said last.
    #[must_use]
    pub fn stands_after(&self, session: &Session, said_at: UnixMs) -> bool {
        session.id == self.session
            && session.fence == self.fence
            && session.state == ServiceState::Serving
            && said_at <= self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AgentId, BrandId, ConversationId, EntryPointId, KfAccountId};

    fn serving() -> Session {
        Session {
            id: SessionId(1),
            brand: BrandId(1),
            conversation: ConversationId(1),
            kf_account: KfAccountId(1),
            entry_point: EntryPointId(1),
            no: 1,
            state: ServiceState::Serving,
            team: None,
            agent: Some(AgentId(1)),
            fence: 7,
            offer: None,
            priority: 0,
            opened_at: 0,
            enqueued_at: None,
            stops: Vec::new(),
            left_at: None,
            assigned_at: None,
            first_reply_at: None,
            turn_since: None,
            last_customer_at: 100,
            last_agent_at: None,
            warned_at: None,
            ended_at: None,
            end_reason: None,
            declined: Vec::new(),
            score: None,
            comment: None,
            why: None,
            elsewhere: None,
        }
    }

    #[test]
    fn whatever_is_said_or_decided_afterwards_ends_it() {
        let snooze = Snooze {
            until: 900,
            at: 200,
            session: SessionId(1),
            fence: 7,
        };
        let session = serving();
        assert!(snooze.stands(&session));
        let change = |change: fn(&mut Session)| {
            let mut session = session.clone();
            change(&mut session);
            snooze.stands(&session)
        };
        assert!(!change(|s| s.last_customer_at = 201));
        assert!(!change(|s| s.last_agent_at = Some(300)));
        assert!(!change(|s| s.fence = 8));
        assert!(!change(|s| s.state = ServiceState::Ended));
        assert!(!change(|s| s.id = SessionId(2)));
        // An answer given before it was put off does not.
        assert!(change(|s| s.last_agent_at = Some(150)));
    }
}

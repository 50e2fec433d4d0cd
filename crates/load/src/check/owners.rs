//! Checks of who had a conversation: what agents were told against the audit, and the audit against
//! itself.

use std::collections::HashMap;

use super::history::{Fence, Grant};
use super::store::{Stored, Tenure};
use super::verdict::Verdict;

/// Checks every assignment that an agent was told of, and every one in the audit.
pub(super) fn check(grants: &[Grant], stored: &[Stored], verdict: &mut Verdict) {
    told(grants, stored, verdict);
    for (number, conversation) in stored.iter().enumerate() {
        overlaps(number, &conversation.tenures, verdict);
    }
}

/// Under one fence there is one agent, and the audit names the same.
fn told(grants: &[Grant], stored: &[Stored], verdict: &mut Verdict) {
    let mut owner: HashMap<(u32, Fence), u32> = HashMap::new();
    for (number, conversation) in stored.iter().enumerate() {
        for tenure in &conversation.tenures {
            if let Some(agent) = tenure.agent {
                owner.insert((number as u32, tenure.fence), agent);
            }
        }
    }
    for grant in grants {
        let Grant {
            conversation,
            agent,
            fence,
        } = grant;
        match owner.get(&(*conversation, *fence)) {
            Some(first) if first == agent => {}
            Some(first) => verdict.double_assigned(format_args!(
                "agents {first} and {agent} both own conversation {conversation} under {fence:?}"
            )),
            None => verdict.double_assigned(format_args!(
                "agent {agent} was told of {fence:?} of conversation {conversation}, which the audit does not know"
            )),
        }
    }
}

/// One assignment ends before the next begins.
fn overlaps(number: usize, tenures: &[Tenure], verdict: &mut Verdict) {
    let mut tenures: Vec<&Tenure> = tenures.iter().collect();
    tenures.sort_by_key(|tenure| tenure.fence);
    for pair in tenures.windows(2) {
        let (first, next) = (pair[0], pair[1]);
        if first
            .period
            .until
            .is_none_or(|until| until > next.period.from)
        {
            verdict.double_assigned(format_args!(
                "conversation {number} has two owners at once: {:?} and {:?}",
                first.fence, next.fence
            ));
        }
    }
}

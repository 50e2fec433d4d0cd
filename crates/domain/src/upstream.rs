//! WeChat kf's own table of session states, kept apart from ours.
//!
//! A KfAccount served in our console leaves upstream in state 1, because only states 0 and 1 take
//! messages by API and nothing leads from 2 or 3 back to 1.

use crate::ServiceState;

/// May the API move an upstream session from one state to another?
#[must_use]
pub const fn may_move(from: ServiceState, to: ServiceState) -> bool {
    use ServiceState as S;
    match from {
        S::New => matches!(to, S::Assistant | S::Waiting | S::Serving | S::Ended),
        S::Assistant => matches!(to, S::Waiting | S::Serving | S::Ended),
        S::Waiting => matches!(to, S::Serving | S::Ended),
        // 3 → 3 hands over to another servicer.
        S::Serving => matches!(to, S::Serving | S::Ended),
        S::Ended => false,
    }
}

/// May a message be sent by API in this upstream state?
#[must_use]
pub const fn may_send(state: ServiceState) -> bool {
    matches!(state, ServiceState::New | ServiceState::Assistant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ServiceState::{Assistant, Ended, New, Serving, Waiting};

    #[test]
    fn nothing_leads_back_to_where_we_could_send() {
        for from in [Waiting, Serving, Ended] {
            for to in [New, Assistant] {
                assert!(!may_move(from, to), "{from:?} -> {to:?}");
            }
        }
        assert!(may_send(New) && may_send(Assistant));
        assert!(![Waiting, Serving, Ended].into_iter().any(may_send));
    }
}

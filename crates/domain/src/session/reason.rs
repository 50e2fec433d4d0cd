//! Why a session, or an assignment, came to its end.

use serde::{Deserialize, Serialize};

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

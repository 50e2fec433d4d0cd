//! A satisfaction survey, and events that the customer may see.

use serde::{Deserialize, Serialize};

use super::Content;
use crate::SessionId;

/// A satisfaction survey, and its answer once given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Survey {
    /// The session it asks about.
    pub session_id: String,
    /// Asked.
    pub question: String,
    /// Offered, best first or worst first as the brand set it up.
    pub options: Vec<SurveyOption>,
    /// Given: 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// Given, ≤ 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Survey {
    /// The id under which the survey about a session is filed.
    #[must_use]
    pub fn key(session: SessionId) -> String {
        format!("survey-{session}")
    }

    /// What the menu item of an answer is called where the survey is a menu.
    #[must_use]
    pub fn item(&self, score: u8) -> String {
        format!("survey:{}:{score}", self.session_id)
    }
}

impl Content {
    /// The session that a tapped item of a survey is about, and the score it gives (1–5): see
    /// [`Survey::item`].
    #[must_use]
    pub fn survey_answer(&self) -> Option<(SessionId, u8)> {
        let Self::Text(text) = self else { return None };
        let (session, score) = text
            .menu_id
            .as_deref()?
            .strip_prefix("survey:")?
            .split_once(':')?;
        let score = score.parse().ok().filter(|score| (1..=5).contains(score))?;
        Some((session.parse().ok()?, score))
    }
}

/// One answer on offer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SurveyOption {
    /// 1 to 5.
    pub score: u8,
    /// Shown.
    pub label: String,
}

/// Something that happened, as the customer may see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Event {
    /// `agent_joined`, `session_ended`, `queued`, `left_message`, `entered`.
    pub event_type: String,
    /// The agent's public name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why, a stable word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

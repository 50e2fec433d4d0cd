//! `service_state`: the platform's own table of session states, which is not ours.

use serde::{Deserialize, Serialize};

use crate::lenient;
use crate::limits::{Unfit, required};
use crate::request::Request;

/// A state of a session on the platform. The numbers are the wire's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "i64", try_from = "i64")]
pub enum ServiceState {
    /// 0: the customer wrote, nobody took it. The app may send.
    Unhandled,
    /// 1: with the app. It may send.
    Assistant,
    /// 2: in the pool. Nobody may send; 2 and 3 never lead back to 1.
    Waiting,
    /// 3: with a servicer in the WeCom client.
    Servicer,
    /// 4: ended, or not begun. Only the customer leads out of it.
    Ended,
}

impl From<ServiceState> for i64 {
    fn from(state: ServiceState) -> Self {
        state as i64
    }
}

impl TryFrom<i64> for ServiceState {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        [
            Self::Unhandled,
            Self::Assistant,
            Self::Waiting,
            Self::Servicer,
            Self::Ended,
        ]
        .into_iter()
        .find(|state| *state as i64 == number)
        .ok_or_else(|| format!("{number} is no service_state"))
    }
}

/// Asks for the state of a customer's session.
#[derive(Debug, Clone, Serialize)]
pub struct GetState {
    /// The account.
    pub open_kfid: String,
    /// The customer.
    pub external_userid: String,
}

impl Request for GetState {
    const PATH: &'static str = "cgi-bin/kf/service_state/get";
    type Answer = State;
}

/// The state of a session.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct State {
    /// The state.
    pub service_state: ServiceState,
    /// The servicer, in state 3.
    #[serde(
        default,
        alias = "service_userid",
        deserialize_with = "lenient::opt_text"
    )]
    pub servicer_userid: Option<String>,
}

/// Moves a session.
#[derive(Debug, Clone, Serialize)]
pub struct TransState {
    /// The account.
    pub open_kfid: String,
    /// The customer.
    pub external_userid: String,
    /// Where to; what the platform's table does not have is refused with 95016.
    pub service_state: ServiceState,
    /// To whom, for state 3 and only there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub servicer_userid: Option<String>,
}

impl Request for TransState {
    const PATH: &'static str = "cgi-bin/kf/service_state/trans";
    type Answer = Transferred;

    fn check(&self) -> Result<(), Unfit> {
        let servicer = self.servicer_userid.as_deref().unwrap_or_default();
        match self.service_state {
            ServiceState::Servicer => required("servicer_userid", servicer, 64),
            _ => Ok(()),
        }
    }
}

/// The session was moved.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Transferred {
    /// Good for one message on the event: after 2 or 3 within 48 hours, after 4 within 20 seconds.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub msg_code: Option<String>,
}

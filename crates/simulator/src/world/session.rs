//! One customer at one account: the session's state, and what the corp may still send.

use serde::{Deserialize, Serialize};

use super::{HOUR, SECOND};

/// How long a customer's message keeps a session, and the right to send, alive.
pub(crate) const CONSULTATION: i64 = 48 * HOUR;
/// How many messages may be sent per customer message.
pub(crate) const CREDITS: u32 = 5;
/// How long a welcome code, or a code for closing words, may be used.
pub(crate) const SHORT_CODE: i64 = 20 * SECOND;

/// Who answers now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum State {
    /// 0: a customer message opened the session; nobody took it yet.
    Fresh,
    /// 1: the API answers (智能助手).
    Assistant,
    /// 2: waits in the pool for a servicer.
    Waiting,
    /// 3: a servicer answers in the platform's own client.
    Human,
    /// 4: ended, or never begun.
    #[default]
    Ended,
}

impl State {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Fresh => 0,
            Self::Assistant => 1,
            Self::Waiting => 2,
            Self::Human => 3,
            Self::Ended => 4,
        }
    }

    pub(crate) fn from_number(number: i64) -> Option<Self> {
        [
            Self::Fresh,
            Self::Assistant,
            Self::Waiting,
            Self::Human,
            Self::Ended,
        ]
        .into_iter()
        .find(|state| i64::from(state.number()) == number)
    }

    /// Whether the API may move a session from here to `target`.
    pub(crate) fn may_become(self, target: Self) -> bool {
        use State::{Assistant, Ended, Fresh, Human, Waiting};
        match (self, target) {
            (Ended, _) | (_, Fresh) => false,
            (Fresh, _) | (_, Ended) => true,
            (Assistant, Assistant | Waiting | Human) => true,
            (Waiting, Waiting | Human) | (Human, Human) => true,
            (Waiting | Human, Assistant) | (Human, Waiting) => false,
        }
    }
}

/// Where in a video channel a customer came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChannelsEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shop_nickname: Option<String>,
    /// 1 profile page, 2 live room, 3 showcase, 4 shop product page, 5 shop order page.
    pub(crate) scene: u32,
}

/// How a customer came in.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Entrance {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scene: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scene_param: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wechat_channels: Option<ChannelsEntry>,
}

/// Why a message may not be sent now; the platform's codes are given by who answers the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsendable {
    /// The session is in a state in which the API does not speak.
    State,
    /// 48 hours have passed.
    Time,
    /// All messages of this window are used up.
    Count,
}

#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) state: State,
    pub(crate) servicer: Option<String>,
    pub(crate) last_customer: Option<i64>,
    pub(crate) sent: u32,
    pub(crate) last_welcome: Option<i64>,
    pub(crate) entered: Option<(i64, Entrance)>,
    /// The customer shut the account's messages off (fail_type 10).
    pub(crate) refusing: bool,
    /// Somebody got this session, so it is counted.
    pub(crate) counted: bool,
    /// When the servicer got it, until the first answer.
    pub(crate) unanswered: Option<i64>,
}

impl Session {
    /// The state, seen at `now`: after 48 quiet hours a session is over.
    pub(crate) fn state_at(&self, now: i64) -> State {
        if self.consulted(now) {
            self.state
        } else {
            State::Ended
        }
    }

    /// Whether the customer wrote in the last 48 hours.
    pub(crate) fn consulted(&self, now: i64) -> bool {
        self.last_customer.is_some_and(|at| now < at + CONSULTATION)
    }

    /// Whether the customer wrote or came in within the last 48 hours.
    pub(crate) fn present(&self, now: i64) -> bool {
        let entered = self
            .entered
            .as_ref()
            .is_some_and(|(at, _)| now < at + CONSULTATION);
        entered || self.consulted(now)
    }

    /// The customer wrote: an ended session opens afresh, and the window with it.
    pub(crate) fn customer_wrote(&mut self, now: i64) {
        if self.state_at(now) == State::Ended {
            self.state = State::Fresh;
            self.servicer = None;
            self.counted = false;
        }
        self.last_customer = Some(now);
        self.sent = 0;
    }

    /// Whether the corp may greet: no greeting and no customer message for 48 hours.
    pub(crate) fn may_welcome(&self, now: i64) -> bool {
        let greeted = self.last_welcome.is_some_and(|at| now < at + CONSULTATION);
        !greeted && !self.consulted(now)
    }

    /// State, then time, then count: the order of the platform's checks.
    pub(crate) fn may_send(&self, now: i64) -> Result<(), Unsendable> {
        if !matches!(self.state, State::Fresh | State::Assistant) {
            return Err(Unsendable::State);
        }
        if !self.consulted(now) {
            return Err(Unsendable::Time);
        }
        if self.sent >= CREDITS {
            return Err(Unsendable::Count);
        }
        Ok(())
    }

    /// A message was accepted: one credit less, and the assistant has the session.
    pub(crate) fn was_sent(&mut self) {
        self.sent += 1;
        if self.state == State::Fresh {
            self.state = State::Assistant;
        }
    }

    /// Credits left and the time at which they lapse.
    pub(crate) fn credits(&self, now: i64) -> (u32, Option<i64>) {
        match self.last_customer {
            Some(at) if self.consulted(now) => {
                (CREDITS.saturating_sub(self.sent), Some(at + CONSULTATION))
            }
            _ => (0, None),
        }
    }
}

/// What a code for `send_msg_on_event` was given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeKind {
    /// The customer came in: text or menu, 20 s.
    Welcome,
    /// The session waits in the pool or was taken by a servicer: text, 48 h.
    Reply,
    /// The session ended: text or menu, 20 s.
    Farewell,
}

/// One permission to send one message.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) kind: CodeKind,
    pub(crate) external_userid: String,
    pub(crate) expires: i64,
    pub(crate) used: bool,
    /// The state the session must still be in; none for a welcome.
    pub(crate) state: Option<State>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_moves() {
        // Rows are from, columns are to: 0 1 2 3 4.
        let table = [
            [false, true, true, true, true],
            [false, true, true, true, true],
            [false, false, true, true, true],
            [false, false, false, true, true],
            [false; 5],
        ];
        for (from, row) in table.iter().enumerate() {
            for (to, allowed) in row.iter().enumerate() {
                let state = |number: usize| State::from_number(number as i64).expect("0 to 4");
                assert_eq!(
                    state(from).may_become(state(to)),
                    *allowed,
                    "{from} to {to}"
                );
            }
        }
        assert_eq!(State::from_number(5), None);
    }

    #[test]
    fn five_messages_and_forty_eight_hours() {
        let mut session = Session::default();
        assert_eq!(
            session.may_send(0),
            Err(Unsendable::State),
            "nobody has written yet"
        );
        session.customer_wrote(1_000);
        assert_eq!(session.state, State::Fresh);
        for _ in 0..CREDITS {
            assert_eq!(session.may_send(2_000), Ok(()));
            session.was_sent();
        }
        assert_eq!(session.state, State::Assistant);
        assert_eq!(session.may_send(2_000), Err(Unsendable::Count));
        session.customer_wrote(3_000);
        assert_eq!(session.credits(3_000), (5, Some(3_000 + CONSULTATION)));
        assert_eq!(
            session.may_send(3_000 + CONSULTATION),
            Err(Unsendable::Time)
        );
        assert_eq!(session.state_at(3_000 + CONSULTATION), State::Ended);
        session.state = State::Human;
        assert_eq!(
            session.may_send(3_000 + CONSULTATION),
            Err(Unsendable::State)
        );
    }

    #[test]
    fn a_greeting_is_due_only_to_who_was_away() {
        let mut session = Session::default();
        assert!(session.may_welcome(0));
        session.last_welcome = Some(0);
        assert!(!session.may_welcome(CONSULTATION - 1));
        assert!(session.may_welcome(CONSULTATION));
        session.customer_wrote(CONSULTATION);
        assert!(!session.may_welcome(CONSULTATION + 1));
    }
}

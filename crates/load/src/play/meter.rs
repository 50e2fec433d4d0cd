//! What a measured window of time contained.

use serde::Serialize;

use crate::check::{Op, Sender};
use crate::stats::Timing;

/// Timings of the messages whose intended time lies in `[from, until)`, and deliveries that
/// happened in it. Times are nanoseconds of the run's clock.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Meter {
    /// Start of the window.
    #[serde(skip)]
    pub from: u64,
    /// End of the window.
    #[serde(skip)]
    pub until: u64,
    /// Customer messages that the schedule asked for.
    pub offered: u64,
    /// Customer messages that agents received.
    pub to_agents: u64,
    /// Answers that customers received.
    pub to_customers: u64,
    /// Intended sending to receipt by the agent.
    pub customer_to_agent: Timing,
    /// Receipt of the question to receipt of its answer by the customer.
    pub agent_to_customer: Timing,
    /// The same, from the instant of actual sending: what a closed-loop tool would have shown.
    pub customer_to_agent_from_sent: Timing,
    /// As above for answers.
    pub agent_to_customer_from_sent: Timing,
    /// Intended sending to ack, customers.
    pub customer_ack: Timing,
    /// Intended sending to ack, agents.
    pub agent_ack: Timing,
    /// Intended sending of the message that opened a session to its agent's knowledge of it.
    pub message_to_assigned: Timing,
    /// Intended sending of a question to receipt of its answer.
    pub question_to_answer: Timing,
}

impl Meter {
    /// An empty window.
    pub fn new(from: u64, until: u64) -> Self {
        Self {
            from,
            until,
            ..Self::default()
        }
    }

    fn covers(&self, at: u64) -> bool {
        (self.from..self.until).contains(&at)
    }

    /// A question was answered.
    pub(super) fn answered(&mut self, intended: u64, at: u64) {
        if self.covers(intended) {
            self.question_to_answer
                .record_ns(at.saturating_sub(intended));
        }
    }

    /// A customer message was scheduled for `at`.
    pub(super) fn offer(&mut self, at: u64) {
        self.offered += u64::from(self.covers(at));
    }

    /// The other side saw `op` for the first time.
    pub(super) fn seen(&mut self, op: &Op) {
        let customer = matches!(op.sender, Sender::Customer(_));
        if self.covers(op.seen_at) {
            *(if customer {
                &mut self.to_agents
            } else {
                &mut self.to_customers
            }) += 1;
        }
        if self.covers(op.intended_at) {
            let (intended, sent) = if customer {
                (
                    &mut self.customer_to_agent,
                    &mut self.customer_to_agent_from_sent,
                )
            } else {
                (
                    &mut self.agent_to_customer,
                    &mut self.agent_to_customer_from_sent,
                )
            };
            intended.record_ns(op.seen_at.saturating_sub(op.intended_at));
            sent.record_ns(op.seen_at.saturating_sub(op.sent_at));
        }
    }

    /// `op` was acknowledged.
    pub(super) fn acked(&mut self, op: &Op) {
        if self.covers(op.intended_at) {
            let customer = matches!(op.sender, Sender::Customer(_));
            let timing = if customer {
                &mut self.customer_ack
            } else {
                &mut self.agent_ack
            };
            timing.record_ns(op.acked_at.saturating_sub(op.intended_at));
        }
    }

    /// The session that a message of `intended_at` opened was assigned at `at`.
    pub(super) fn assigned(&mut self, intended_at: u64, at: u64) {
        if self.covers(intended_at) {
            self.message_to_assigned
                .record_ns(at.saturating_sub(intended_at));
        }
    }

    /// Messages delivered in both directions per second of the window.
    pub fn delivered_per_s(&self) -> f64 {
        let seconds = self.until.saturating_sub(self.from) as f64 / 1e9;
        (self.to_agents + self.to_customers) as f64 / seconds.max(1e-9)
    }

    /// The worse direction at `percent`, in milliseconds.
    pub fn worse_ms(&self, percent: f64) -> f64 {
        self.customer_to_agent
            .ms(percent)
            .max(self.agent_to_customer.ms(percent))
    }

    /// The worse side's ack at `percent`, in milliseconds.
    pub fn ack_ms(&self, percent: f64) -> f64 {
        self.customer_ack
            .ms(percent)
            .max(self.agent_ack.ms(percent))
    }

    /// Messages offered or answered in the window that had not arrived when it was read.
    pub fn missing(&self) -> u64 {
        self.offered.saturating_sub(self.customer_to_agent.count())
    }
}

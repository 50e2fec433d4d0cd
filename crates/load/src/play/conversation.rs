//! One customer's conversation as the agents together know it.

use std::collections::VecDeque;

use serde::Deserialize;

use crate::check::{Fence, Seen, SeenBy, Sender, View};

/// What a client knows of a conversation: everything up to `upto`, and single messages beyond.
#[derive(Debug, Clone, Default)]
pub(super) struct Cursor {
    /// Every message up to this number is known.
    pub(super) upto: u32,
    beyond: Vec<u32>,
}

impl Cursor {
    /// Starts after `seq`: what lies before is none of this client's business.
    pub(super) fn starting_after(seq: u32) -> Self {
        Self {
            upto: seq,
            beyond: Vec::new(),
        }
    }

    /// Takes note of `seq`; false when it was known.
    pub(super) fn note(&mut self, seq: u32) -> bool {
        if seq <= self.upto || self.beyond.contains(&seq) {
            return false;
        }
        if seq > self.upto + 1 {
            self.beyond.push(seq);
            return true;
        }
        self.upto = seq;
        while let Some(at) = self.beyond.iter().position(|known| *known == self.upto + 1) {
            self.beyond.swap_remove(at);
            self.upto += 1;
        }
        true
    }

    /// The highest number known.
    pub(super) fn highest(&self) -> u32 {
        self.beyond
            .iter()
            .copied()
            .max()
            .unwrap_or(0)
            .max(self.upto)
    }
}

/// A question that waits for the right to answer it, or for the answer before.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// The customer's operation.
    pub(super) op: u32,
    /// The session it was filed in.
    pub(super) session: String,
}

/// The shared state of one conversation.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    pub(super) id: String,
    pub(super) session: String,
    /// The sessions before, in their order; their last questions may still arrive.
    pub(super) past: Vec<String>,
    /// `session` is known to have ended.
    pub(super) ended: bool,
    pub(super) fence: Fence,
    /// The agent who has it now.
    pub(super) owner: Option<u32>,
    /// What the owner has seen since it was assigned; `None` before its first message.
    pub(super) cursor: Option<Cursor>,
    /// The number that the last card announced, and when.
    pub(super) announced: (u32, u64),
    /// Answers of this session that were acknowledged.
    pub(super) answered: u32,
    /// `close` was sent and not refused.
    pub(super) closing: bool,
    /// Up to where its owner had read when a `close` was refused, since the customer had gone on.
    pub(super) moved: Option<u32>,
    /// Questions seen and not yet answered.
    pub(super) waiting: VecDeque<Question>,
    views: Vec<(u32, Vec<Seen>)>,
}

impl Conversation {
    /// Adds to what `agent` saw.
    pub(super) fn saw(&mut self, agent: u32, seq: u32, op: u32, by: SeenBy) {
        let seen = Seen { seq, op, by };
        match self.views.iter_mut().find(|(viewer, _)| *viewer == agent) {
            Some((_, view)) => view.push(seen),
            None => self.views.push((agent, vec![seen])),
        }
        if by != SeenBy::Start && self.owner == Some(agent) {
            let cursor = self
                .cursor
                .get_or_insert_with(|| Cursor::starting_after(seq.saturating_sub(1)));
            cursor.note(seq);
        }
    }

    /// The owner lost it.
    pub(super) fn release(&mut self) {
        self.owner = None;
        self.cursor = None;
        self.moved = None;
    }

    /// The first question of the session that the owner has, or of one not told.
    fn first_question(&self) -> Option<usize> {
        let ours =
            |question: &Question| question.session == self.session || question.session.is_empty();
        self.waiting.iter().position(ours)
    }

    /// Has the owner a question to answer yet?
    pub(super) fn is_asked(&self) -> bool {
        self.first_question().is_some()
    }

    /// What the owner answers next.
    pub(super) fn next_question(&mut self) -> Option<Question> {
        let first = self.first_question()?;
        self.waiting.remove(first)
    }

    /// Whether nobody will answer a question of `session` any more.
    pub(super) fn is_over(&self, session: &str) -> bool {
        if session == self.session {
            return self.ended;
        }
        self.past.iter().rev().any(|past| past == session)
    }

    /// Drops the questions that nobody will answer any more; returns how many.
    pub(super) fn forget_questions(&mut self) -> u64 {
        let waiting = std::mem::take(&mut self.waiting);
        let before = waiting.len();
        self.waiting = waiting
            .into_iter()
            .filter(|q| !self.is_over(&q.session))
            .collect();
        (before - self.waiting.len()) as u64
    }

    /// Hands over every agent's view for the checker.
    pub(super) fn take_views(&mut self, number: u32) -> impl Iterator<Item = View> {
        std::mem::take(&mut self.views)
            .into_iter()
            .map(move |(agent, seen)| View {
                viewer: Sender::Agent(agent),
                conversation: number,
                seen,
            })
    }
}

/// A conversation card as agents receive it; only what a player needs.
#[derive(Debug, Deserialize)]
pub(super) struct Card<'a> {
    pub(super) conversation_id: &'a str,
    #[serde(borrow)]
    pub(super) customer: CardCustomer<'a>,
    #[serde(borrow)]
    pub(super) session: Option<CardSession<'a>>,
    #[serde(default)]
    pub(super) seq: u32,
}

/// Whose card it is.
#[derive(Debug, Deserialize)]
pub(super) struct CardCustomer<'a> {
    pub(super) external_userid: &'a str,
}

/// The session on a card.
#[derive(Debug, Deserialize)]
pub(super) struct CardSession<'a> {
    pub(super) session_id: &'a str,
    pub(super) service_state: u8,
    pub(super) servicer_userid: Option<&'a str>,
    no: u64,
    fence: u64,
}

impl CardSession<'_> {
    /// The assignment that it shows.
    pub(super) fn fence(&self) -> Fence {
        Fence {
            session: self.no,
            fence: self.fence,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_closes_holes_and_knows_repeats() {
        let mut cursor = Cursor::default();
        assert!(cursor.note(1));
        assert!(cursor.note(4) && cursor.note(3));
        assert_eq!((cursor.upto, cursor.highest()), (1, 4));
        assert!(!cursor.note(3) && !cursor.note(1));
        assert!(cursor.note(2));
        assert_eq!((cursor.upto, cursor.highest()), (4, 4));
    }
}

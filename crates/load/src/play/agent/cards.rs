//! Whose a conversation is: what cards say, and the end of a session.

use super::super::conversation::Card;
use super::super::fleet::Fleet;
use super::super::say;
use crate::check::{Fence, Grant, Seen, SeenBy};
use crate::wire::epoll::Net;
use crate::wire::scan;

impl Fleet {
    /// A card shows a conversation; ours is one in state 3 that names us.
    pub(super) fn card(&mut self, net: &mut Net, number: u32, card: &Card<'_>, at: u64) {
        let Some(place) = self.by_customer.get(card.customer.external_userid).copied() else {
            return;
        };
        let conversation = &mut self.conversations[place as usize];
        if conversation.id.is_empty() {
            conversation.id = card.conversation_id.to_owned();
            self.by_id.insert(conversation.id.clone(), place);
        } else if conversation.id != card.conversation_id {
            return self.count("second_conversation");
        }
        let Some(session) = &card.session else { return };
        let agent_id = &self.agents[number as usize].id;
        if session.service_state != 3 || session.servicer_userid != Some(agent_id.as_str()) {
            return;
        }
        conversation.announced = (card.seq, at);
        let fence = session.fence();
        let renewed = fence > conversation.fence;
        if !renewed && (fence < conversation.fence || conversation.owner == Some(number)) {
            return;
        }
        self.grants.push(Grant {
            conversation: place,
            agent: number,
            fence,
        });
        let fresh = conversation.session != session.session_id;
        conversation.release();
        conversation.owner = Some(number);
        conversation.fence = fence;
        conversation.closing = false;
        conversation.saw(number, 0, Seen::NO_OP, SeenBy::Start);
        if fresh {
            let session = session.session_id.to_owned();
            let before = std::mem::replace(&mut conversation.session, session);
            // First sessions are of every length, so that not all end at the same moment from then on.
            conversation.answered = match before.is_empty() {
                true => place % self.habits.answers_per_session,
                false => 0,
            };
            conversation
                .past
                .extend(Some(before).filter(|id| !id.is_empty()));
            conversation.ended = false;
            self.unanswered += conversation.forget_questions();
            if let Some(first) = self.customers[place as usize].unseen.front() {
                self.meter
                    .assigned(self.ops[*first as usize].intended_at, at);
            }
        }
        self.answer_waiting(net, number, place);
    }

    pub(super) fn gone(&mut self, number: u32, text: &[u8]) {
        let id = scan::field(text, b"conversation_id")
            .and_then(scan::string)
            .unwrap_or(b"");
        let session = scan::field(text, b"session_id").and_then(scan::string);
        let Some(place) = self.place_of(id) else {
            return;
        };
        let conversation = &mut self.conversations[place as usize];
        let same = session.is_none_or(|session| session == conversation.session.as_bytes());
        if conversation.owner == Some(number) && same {
            conversation.release();
            conversation.closing = false;
            if scan::field(text, b"reason").and_then(scan::string) == Some(b"ended") {
                conversation.ended = true;
                self.unanswered += conversation.forget_questions();
            }
        }
    }

    pub(super) fn place_of(&self, id: &[u8]) -> Option<u32> {
        self.by_id.get(std::str::from_utf8(id).ok()?).copied()
    }

    pub(super) fn close_if_done(&mut self, net: &mut Net, number: u32, place: u32) {
        let conversation = &mut self.conversations[place as usize];
        let done =
            conversation.answered >= self.habits.answers_per_session && !conversation.is_asked();
        if !done || conversation.closing || conversation.owner != Some(number) {
            return;
        }
        let agent = &self.agents[number as usize];
        let Some(conn) = agent.conn else {
            return;
        };
        let mut seen = None;
        if !self.habits.punctual {
            // Nor while an answer of their own is on its way.
            let mut answers = agent.unacked.iter();
            seen = conversation.cursor.as_ref().map(|cursor| cursor.upto);
            if answers.any(|key| self.ops[*key as usize].conversation == place)
                || seen.is_none()
                || seen == conversation.moved
            {
                return;
            }
        }
        conversation.closing = true;
        let Fence { session, fence } = conversation.fence;
        let id = format!("x{place}-{session}-{fence}");
        net.send(conn, |out| {
            say::close(out, &id, &conversation.session, fence, seen)
        });
    }

    /// The customer wrote before the `close` came: it comes again once that is read and answered.
    pub(super) fn not_yet(&mut self, net: &mut Net, number: u32, place: u32, fence: Fence) {
        let conversation = &mut self.conversations[place as usize];
        if conversation.fence == fence && conversation.closing {
            conversation.closing = false;
            conversation.moved = conversation.cursor.as_ref().map(|cursor| cursor.upto);
            self.answer_waiting(net, number, place);
        }
    }

    pub(super) fn closed(&mut self, place: u32, fence: Fence) {
        let Some(conversation) = self.conversations.get_mut(place as usize) else {
            return;
        };
        if conversation.fence == fence && conversation.closing {
            conversation.release();
            conversation.closing = false;
            conversation.ended = true;
            self.unanswered += conversation.forget_questions();
        }
    }
}

/// Reads the id of a `close`: the customer's number and the assignment.
pub(super) fn close_id(id: &[u8]) -> Option<(u32, Fence)> {
    let text = std::str::from_utf8(id).ok()?.strip_prefix('x')?;
    let mut numbers = text.split('-').map(str::parse::<u64>);
    let mut number = || numbers.next()?.ok();
    let place = u32::try_from(number()?).ok()?;
    let (session, fence) = (number()?, number()?);
    Some((place, Fence { session, fence }))
}

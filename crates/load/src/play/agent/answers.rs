//! Questions that arrive, their answers, and what becomes of those.

use super::super::conversation::Question;
use super::super::fleet::{Fleet, Message, NS_PER_S, read_ack, read_error, read_message};
use super::super::say;
use super::cards::close_id;
use crate::body;
use crate::check::{Op, Outcome, SeenBy, Sender};
use crate::wire::epoll::Net;

impl Fleet {
    pub(super) fn agent_message(&mut self, net: &mut Net, number: u32, text: &[u8], at: u64) {
        let message = read_message(self.run, text);
        let by = if message.rev > 0 {
            SeenBy::Change
        } else {
            SeenBy::Frame
        };
        self.take_message(net, number, &message, by, at);
    }

    /// Takes in one message, by frame or by HTTP.
    pub(in crate::play) fn take_message(
        &mut self,
        net: &mut Net,
        number: u32,
        message: &Message<'_>,
        by: SeenBy,
        at: u64,
    ) {
        let asked = self.ops.get(message.op as usize).map(|op| op.conversation);
        let place = match asked {
            Some(place)
                if self.conversations[place as usize].id.as_bytes() == message.conversation_id =>
            {
                place
            }
            _ => match self.place_of(message.conversation_id) {
                Some(place) => place,
                None => return self.learn(net, number, message, by, at),
            },
        };
        self.conversations[place as usize].saw(number, message.seq, message.op, by);
        if message.origin != 3 {
            return;
        }
        let Some(op) = self
            .ops
            .get_mut(message.op as usize)
            .filter(|op| op.seen_at == 0)
        else {
            return;
        };
        op.seen_at = at;
        self.meter.seen(op);
        let unseen = &mut self.customers[place as usize].unseen;
        if let Some(found) = unseen.iter().position(|key| *key == message.op) {
            unseen.remove(found);
        }
        let session = String::from_utf8_lossy(message.session_id).into_owned();
        let conversation = &mut self.conversations[place as usize];
        if conversation.is_over(&session) {
            self.unanswered += 1;
            return;
        }
        conversation.waiting.push_back(Question {
            op: message.op,
            session,
        });
        self.answer_waiting(net, number, place);
    }

    /// A message of a conversation that no card has shown yet: its text tells whose it is.
    fn learn(&mut self, net: &mut Net, number: u32, message: &Message<'_>, by: SeenBy, at: u64) {
        let op = self.ops.get(message.op as usize);
        let (Some(op), Ok(id)) = (op, std::str::from_utf8(message.conversation_id)) else {
            return self.count("message_of_unknown_conversation");
        };
        let place = op.conversation;
        if !self.conversations[place as usize].id.is_empty() || id.is_empty() {
            return self.count("message_in_foreign_conversation");
        }
        self.conversations[place as usize].id = id.to_owned();
        self.by_id.insert(id.to_owned(), place);
        self.take_message(net, number, message, by, at);
    }

    /// Answers the next waiting question of the session that `number` owns, as a console does: one
    /// message of a conversation after the other, so that a refusal lost with a connection puts
    /// nothing behind what came after it.
    pub(super) fn answer_waiting(&mut self, net: &mut Net, number: u32, place: u32) {
        let conversation = &mut self.conversations[place as usize];
        if self.habits.silent {
            return conversation.waiting.clear();
        }
        if conversation.owner != Some(number) || conversation.closing {
            return;
        }
        let mut unsettled = self.agents[number as usize].unacked.iter();
        if unsettled.any(|key| self.ops[*key as usize].conversation == place) {
            return;
        }
        let Some(question) = conversation.next_question() else {
            return;
        };
        let fence = conversation.fence;
        let key = self.new_op(Op {
            sender: Sender::Agent(number),
            conversation: place,
            fence,
            // However long it waited for the one before.
            intended_at: self.ops[question.op as usize].seen_at,
            sent_at: net.now(),
            acked_at: 0,
            seen_at: 0,
            seq: 0,
            outcome: Outcome::Unknown,
            delayed: false,
        });
        self.question_of[key as usize] = question.op;
        self.agents[number as usize].unacked.push_back(key);
        self.send_answer(net, number, key);
    }

    pub(super) fn send_answer(&mut self, net: &mut Net, number: u32, key: u32) {
        let agent = &self.agents[number as usize];
        let Some(conn) = agent.conn.filter(|_| agent.welcomed) else {
            return;
        };
        let op = &self.ops[key as usize];
        let id = &self.conversations[op.conversation as usize].id;
        net.send(conn, |out| {
            say::agent_send(out, self.run, key, id, op.fence.fence)
        });
    }

    pub(super) fn agent_ack(&mut self, net: &mut Net, number: u32, text: &[u8], at: u64) {
        let Some((key, seq, duplicate)) = read_ack(self.run, text) else {
            return self.control_done(number, text);
        };
        let agent = &mut self.agents[number as usize];
        let Some(index) = agent.unacked.iter().position(|sent| *sent == key) else {
            self.repeated_acks += 1;
            return;
        };
        agent.unacked.remove(index);
        self.acked(key, seq, at, duplicate);
        let op = &self.ops[key as usize];
        let (place, fence) = (op.conversation, op.fence);
        let conversation = &mut self.conversations[place as usize];
        conversation.saw(number, seq, key, SeenBy::Ack);
        if conversation.fence == fence {
            conversation.answered += 1;
        }
        self.answer_waiting(net, number, place);
        self.close_if_done(net, number, place);
    }

    pub(super) fn agent_error(&mut self, net: &mut Net, number: u32, text: &[u8], at: u64) {
        let error = read_error(text);
        if let Some((place, fence)) = error.id.and_then(close_id)
            && error.code == "thread_moved"
        {
            return self.not_yet(net, number, place, fence);
        }
        self.count(&error.code);
        let Some(id) = error.id else { return };
        if let Some((place, fence)) = close_id(id) {
            if error.passes {
                self.conversations[place as usize].closing = false;
            } else {
                self.closed(place, fence);
            }
            return;
        }
        let Some(key) = body::read_key(self.run, id) else {
            return;
        };
        let agent = &mut self.agents[number as usize];
        let Some(index) = agent.unacked.iter().position(|sent| *sent == key) else {
            return;
        };
        if error.passes {
            agent
                .refused
                .push((at + error.retry_after_s * NS_PER_S, key));
            return;
        }
        agent.unacked.remove(index);
        let place = self.ops[key as usize].conversation;
        self.answer_failed(key, &error.code);
        if let Some(owner) = self.conversations[place as usize].owner {
            self.answer_waiting(net, owner, place);
        }
    }

    /// The answer will never be stored. If the session lives on with another, the question waits
    /// for its new owner.
    fn answer_failed(&mut self, key: u32, code: &str) {
        let op = &mut self.ops[key as usize];
        op.outcome = Outcome::Failed;
        let place = op.conversation;
        let fence = op.fence;
        let question = self.question_of[key as usize];
        let conversation = &mut self.conversations[place as usize];
        let moved = code == "not_assigned"
            && conversation.fence >= fence
            && !conversation.closing
            && !conversation.ended;
        if !moved {
            self.unanswered += 1;
            return;
        }
        let session = conversation.session.clone();
        conversation.waiting.push_back(Question {
            op: question,
            session,
        });
        if conversation.fence == fence {
            // Not ours any more, though nobody has told us yet.
            conversation.release();
        }
    }
}

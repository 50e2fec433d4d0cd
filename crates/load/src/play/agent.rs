//! An agent: takes what is assigned, answers every question at once, ends the session after its
//! answers, and after a break resumes what is still its own.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::json;

use super::conversation::{Card, Question};
use super::fleet::{Fleet, Message, NS_PER_S};
use super::say;
use crate::body;
use crate::check::{Fence, Grant, Op, Outcome, Seen, SeenBy, Sender};
use crate::wire::epoll::{ConnId, Net};
use crate::wire::scan;

/// One agent's state.
pub(super) struct Agent {
    pub(super) id: String,
    pub(super) ticket: String,
    pub(super) conn: Option<ConnId>,
    /// Welcomed on this connection: what is to be repeated has been sent.
    pub(super) welcomed: bool,
    /// Availability was acknowledged on this connection.
    pub(super) online: bool,
    pub(super) reconnect_at: u64,
    pub(super) attempts: u32,
    pub(super) unacked: VecDeque<u32>,
    /// Operations refused for a while, and when to repeat them.
    refused: Vec<(u64, u32)>,
    epoch: String,
    /// Conversations to read over HTTP, by number.
    pub(super) to_fetch: Vec<u32>,
}

/// An agent's `welcome`.
#[derive(Deserialize)]
struct Welcome<'a> {
    epoch: &'a str,
    #[serde(borrow)]
    conversations: Vec<Card<'a>>,
}

/// A `conversation` frame.
#[derive(Deserialize)]
struct CardFrame<'a> {
    #[serde(borrow)]
    conversation: Card<'a>,
}

impl Agent {
    pub(super) fn new(id: String) -> Self {
        Self {
            id,
            ticket: String::new(),
            conn: None,
            welcomed: false,
            online: false,
            reconnect_at: 0,
            attempts: 0,
            unacked: VecDeque::new(),
            refused: Vec::new(),
            epoch: String::new(),
            to_fetch: Vec::new(),
        }
    }
}

impl Fleet {
    pub(super) fn agent_opened(&mut self, net: &mut Net, number: u32, conn: ConnId) {
        let agent = &self.agents[number as usize];
        let mut hello = json!({ "op": "hello", "ticket": agent.ticket, "tab": "load" });
        if !agent.epoch.is_empty() {
            let mine = self
                .conversations
                .iter_mut()
                .filter(|c| c.owner == Some(number));
            let cursors = mine.map(|conversation| {
                let seq = conversation.cursor.as_ref().map_or(0, |cursor| cursor.upto);
                conversation.saw(number, seq, Seen::NO_OP, SeenBy::Start);
                (conversation.id.clone(), json!({ "seq": seq, "rev": 0 }))
            });
            hello["cursors"] = cursors.collect::<serde_json::Map<_, _>>().into();
            hello["epoch"] = agent.epoch.as_str().into();
        }
        net.send(conn, |out| {
            out.extend_from_slice(hello.to_string().as_bytes())
        });
    }

    pub(super) fn agent_frame(&mut self, net: &mut Net, number: u32, text: &[u8], at: u64) {
        match scan::field(text, b"op").and_then(scan::string) {
            Some(b"message") => self.agent_message(net, number, text, at),
            Some(b"ack") => self.agent_ack(net, number, text, at),
            Some(b"conversation") => match serde_json::from_slice::<CardFrame<'_>>(text) {
                Ok(frame) => self.card(net, number, &frame.conversation, at),
                Err(error) => self.count(&format!("unreadable card: {error}")),
            },
            Some(b"gone") => self.gone(number, text),
            Some(b"welcome") => self.welcome(net, number, text, at),
            Some(b"error") => self.agent_error(net, number, text, at),
            Some(
                b"resumed" | b"presence" | b"counts" | b"line" | b"viewers" | b"typing" | b"read"
                | b"pong" | b"reconnect",
            ) => {}
            Some(b"resync") => self.count("resync"),
            _ => self.count("unknown_frame"),
        }
    }

    fn welcome(&mut self, net: &mut Net, number: u32, text: &[u8], at: u64) {
        let welcome = match serde_json::from_slice::<Welcome<'_>>(text) {
            Ok(welcome) => welcome,
            Err(error) => return self.count(&format!("unreadable welcome: {error}")),
        };
        let agent = &mut self.agents[number as usize];
        agent.epoch = welcome.epoch.to_owned();
        agent.attempts = 0;
        self.come_back(net, number);
        let mine: Vec<&str> = welcome
            .conversations
            .iter()
            .map(|card| card.conversation_id)
            .collect();
        let lost = self
            .conversations
            .iter_mut()
            .filter(|c| c.owner == Some(number));
        for conversation in lost.filter(|c| !mine.contains(&c.id.as_str())) {
            conversation.release();
            conversation.closing = false;
        }
        for card in &welcome.conversations {
            self.card(net, number, card, at);
            if let Some(place) = self.by_id.get(card.conversation_id).copied() {
                // A close may have been cut off with the connection.
                self.conversations[place as usize].closing = false;
                self.close_if_done(net, number, place);
                let conversation = &self.conversations[place as usize];
                if conversation.cursor.is_none() && card.seq > 0 {
                    self.agents[number as usize].to_fetch.push(place);
                }
            }
        }
    }

    /// Takes customers again, and repeats what was not answered before anything new is said.
    fn come_back(&mut self, net: &mut Net, number: u32) {
        let agent = &mut self.agents[number as usize];
        let Some(conn) = agent.conn else { return };
        agent.welcomed = true;
        let again: Vec<u32> = agent.unacked.iter().copied().collect();
        let online = br#"{"op":"state","id":"online","state":"online"}"#;
        net.send(conn, |out| out.extend_from_slice(online));
        self.resumed += 1;
        self.resent += again.len() as u64;
        for key in again {
            self.send_answer(net, number, key);
        }
    }

    /// A card shows a conversation; ours is one in state 3 that names us.
    fn card(&mut self, net: &mut Net, number: u32, card: &Card<'_>, at: u64) {
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
            conversation.previous = std::mem::replace(&mut conversation.session, session);
            conversation.ended = false;
            conversation.answered = 0;
            self.unanswered += conversation.forget_questions();
            if let Some(first) = self.customers[place as usize].unseen.front() {
                self.meter
                    .assigned(self.ops[*first as usize].intended_at, at);
            }
        }
        self.answer_waiting(net, number, place, at);
    }

    fn gone(&mut self, number: u32, text: &[u8]) {
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

    fn place_of(&self, id: &[u8]) -> Option<u32> {
        self.by_id.get(std::str::from_utf8(id).ok()?).copied()
    }

    fn agent_message(&mut self, net: &mut Net, number: u32, text: &[u8], at: u64) {
        let message = super::fleet::read_message(self.run, text);
        let by = if message.rev > 0 {
            SeenBy::Change
        } else {
            SeenBy::Frame
        };
        self.take_message(net, number, &message, by, at);
    }

    /// Takes in one message, by frame or by HTTP.
    pub(super) fn take_message(
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
        self.conversations[place as usize]
            .waiting
            .push_back(Question {
                op: message.op,
                session,
            });
        self.answer_waiting(net, number, place, at);
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

    /// Answers every waiting question of the session that `number` owns.
    fn answer_waiting(&mut self, net: &mut Net, number: u32, place: u32, at: u64) {
        if self.habits.silent {
            return self.conversations[place as usize].waiting.clear();
        }
        loop {
            let conversation = &mut self.conversations[place as usize];
            if conversation.owner != Some(number) || conversation.closing {
                return;
            }
            let session = &conversation.session;
            let ours =
                |question: &Question| question.session == *session || question.session.is_empty();
            let Some(index) = conversation.waiting.iter().position(ours) else {
                return;
            };
            let Some(question) = conversation.waiting.remove(index) else {
                return;
            };
            let fence = conversation.fence;
            let key = self.new_op(Op {
                sender: Sender::Agent(number),
                conversation: place,
                fence,
                intended_at: at,
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
    }

    fn send_answer(&mut self, net: &mut Net, number: u32, key: u32) {
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

    fn agent_ack(&mut self, net: &mut Net, number: u32, text: &[u8], at: u64) {
        let Some((key, seq, duplicate)) = super::fleet::read_ack(self.run, text) else {
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
            self.close_if_done(net, number, place);
        }
    }

    pub(super) fn close_if_done(&mut self, net: &mut Net, number: u32, place: u32) {
        let conversation = &mut self.conversations[place as usize];
        let done = conversation.answered >= self.habits.answers_per_session;
        if !done || conversation.closing || conversation.owner != Some(number) {
            return;
        }
        let Some(conn) = self.agents[number as usize].conn else {
            return;
        };
        conversation.closing = true;
        let Fence { session, fence } = conversation.fence;
        let id = format!("x{place}-{session}-{fence}");
        net.send(conn, |out| {
            say::close(out, &id, &conversation.session, fence)
        });
    }

    /// An ack without an operation's key: of `state`, or of a `close`.
    fn control_done(&mut self, number: u32, text: &[u8]) {
        let id = scan::field(text, b"id")
            .and_then(scan::string)
            .unwrap_or(b"");
        if id == b"online" {
            self.agents[number as usize].online = true;
        } else if let Some((place, fence)) = close_id(id) {
            self.closed(place, fence);
        } else {
            self.count("unknown_ack");
        }
    }

    fn closed(&mut self, place: u32, fence: Fence) {
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

    fn agent_error(&mut self, net: &mut Net, number: u32, text: &[u8], at: u64) {
        let error = super::fleet::read_error(text);
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
            self.ops[key as usize].delayed = true;
            agent
                .refused
                .push((at + error.retry_after_s * NS_PER_S, key));
            return;
        }
        agent.unacked.remove(index);
        self.answer_failed(net, key, &error.code, at);
    }

    /// The answer will never be stored. If the session lives on with another, the question waits
    /// for its new owner.
    fn answer_failed(&mut self, net: &mut Net, key: u32, code: &str, at: u64) {
        let op = &mut self.ops[key as usize];
        op.outcome = Outcome::Failed;
        let place = op.conversation;
        let fence = op.fence;
        let question = self.question_of[key as usize];
        let conversation = &mut self.conversations[place as usize];
        let moved = code == "not_assigned" && conversation.fence >= fence && !conversation.closing;
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
        } else if let Some(owner) = conversation.owner {
            self.answer_waiting(net, owner, place, at);
        }
    }

    /// Repeats what was refused and is due, closes what is done, and notes what must be fetched.
    pub(super) fn tend_agents(&mut self, net: &mut Net) {
        let now = net.now();
        for number in 0..self.agents.len() {
            let agent = &mut self.agents[number];
            if !agent.online {
                continue;
            }
            let (due, later) = agent.refused.drain(..).partition(|(at, _)| *at <= now);
            agent.refused = later;
            let due: Vec<(u64, u32)> = due;
            for (_, key) in due {
                self.send_answer(net, number as u32, key);
            }
        }
        for place in 0..self.conversations.len() {
            let conversation = &self.conversations[place];
            let Some(owner) = conversation.owner else {
                continue;
            };
            let known = conversation
                .cursor
                .as_ref()
                .map_or(0, |cursor| cursor.highest());
            let (announced, at) = conversation.announced;
            if announced > known && now > at + NS_PER_S / 2 {
                self.conversations[place].announced.1 = now;
                self.agents[owner as usize].to_fetch.push(place as u32);
            }
            self.close_if_done(net, owner, place as u32);
        }
    }
}

/// Reads the id of a `close`: the customer's number and the assignment.
fn close_id(id: &[u8]) -> Option<(u32, Fence)> {
    let text = std::str::from_utf8(id).ok()?.strip_prefix('x')?;
    let mut numbers = text.split('-').map(str::parse::<u64>);
    let mut number = || numbers.next()?.ok();
    let place = u32::try_from(number()?).ok()?;
    let (session, fence) = (number()?, number()?);
    Some((place, Fence { session, fence }))
}

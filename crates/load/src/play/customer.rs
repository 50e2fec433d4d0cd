//! A customer: writes when the schedule says so, keeps a bounded number of messages in flight,
//! repeats what was refused, and resumes after every break.

use std::collections::VecDeque;

use super::conversation::Cursor;
use super::fleet::{Fleet, NS_PER_S};
use super::say;
use crate::body;
use crate::check::{Fence, Op, Outcome, Seen, SeenBy, Sender};
use crate::site::Visitor;
use crate::wire::epoll::{ConnId, Net};
use crate::wire::scan;

/// Messages of one customer that may be unacknowledged at once; the rest waits with its intended
/// time, so that a slow gateway shows in the latency and not in a lower rate.
const IN_FLIGHT: usize = 16;

/// One customer's state.
pub(super) struct Customer {
    pub(super) visitor: Visitor,
    pub(super) conn: Option<ConnId>,
    /// `resumed` came on this connection.
    pub(super) live: bool,
    pub(super) reconnect_at: u64,
    pub(super) attempts: u32,
    pub(super) cursor: Cursor,
    rev: u64,
    backlog: VecDeque<u32>,
    pub(super) unacked: VecDeque<u32>,
    refused: Vec<u32>,
    pub(super) hold_until: u64,
    /// Sent and not yet seen by an agent.
    pub(super) unseen: VecDeque<u32>,
    pub(super) seen: Vec<Seen>,
}

impl Customer {
    pub(super) fn new(visitor: Visitor) -> Self {
        Self {
            visitor,
            conn: None,
            live: false,
            reconnect_at: 0,
            attempts: 0,
            cursor: Cursor::default(),
            rev: 0,
            backlog: VecDeque::new(),
            unacked: VecDeque::new(),
            refused: Vec::new(),
            hold_until: 0,
            unseen: VecDeque::new(),
            seen: Vec::new(),
        }
    }

    /// Nothing more to send or to hear of.
    pub(super) fn is_idle(&self) -> bool {
        self.backlog.is_empty() && self.unacked.is_empty() && self.unseen.is_empty()
    }
}

impl Fleet {
    /// The schedule wants a message of customer `number` sent at `intended`.
    pub(super) fn schedule(&mut self, net: &mut Net, number: u32, intended: u64) {
        if self.outside.is_some() {
            return self.ask_outside(number, intended);
        }
        let key = self.question(number, intended);
        self.customers[number as usize].backlog.push_back(key);
        self.pump(net, number);
    }

    /// A message of customer `number` that is to be sent at `intended`.
    pub(super) fn question(&mut self, number: u32, intended: u64) -> u32 {
        self.meter.offer(intended);
        self.new_op(Op {
            sender: Sender::Customer(number),
            conversation: number,
            fence: Fence::default(),
            intended_at: intended,
            sent_at: 0,
            acked_at: 0,
            seen_at: 0,
            seq: 0,
            outcome: Outcome::Unknown,
            delayed: false,
        })
    }

    /// Sends what may be sent now.
    fn pump(&mut self, net: &mut Net, number: u32) {
        let customer = &mut self.customers[number as usize];
        let Some(conn) = customer.conn.filter(|_| customer.live) else {
            return;
        };
        let now = net.now();
        if now < customer.hold_until {
            return;
        }
        for key in std::mem::take(&mut customer.refused) {
            net.send(conn, |out| say::visitor_send(out, self.run, key));
        }
        while customer.unacked.len() < IN_FLIGHT {
            let Some(key) = customer.backlog.pop_front() else {
                break;
            };
            customer.unacked.push_back(key);
            customer.unseen.push_back(key);
            self.ops[key as usize].sent_at = now;
            net.send(conn, |out| say::visitor_send(out, self.run, key));
        }
    }

    /// Wakes customers whose wait after a refusal is over.
    pub(super) fn pump_held_customers(&mut self, net: &mut Net) {
        let now = net.now();
        for number in 0..self.customers.len() {
            let customer = &mut self.customers[number];
            if customer.hold_until != 0 && customer.hold_until <= now {
                customer.hold_until = 0;
                self.pump(net, number as u32);
            }
        }
    }

    pub(super) fn customer_opened(&mut self, net: &mut Net, number: u32, conn: ConnId) {
        let customer = &mut self.customers[number as usize];
        let (visitor, seq, rev) = (&customer.visitor, customer.cursor.upto, customer.rev);
        customer.seen.push(Seen {
            seq,
            op: Seen::NO_OP,
            by: SeenBy::Start,
        });
        net.send(conn, |out| {
            say::visitor_hello(out, &visitor.token, &visitor.epoch, seq, rev);
        });
    }

    pub(super) fn customer_frame(&mut self, net: &mut Net, number: u32, text: &[u8], at: u64) {
        match scan::field(text, b"op").and_then(scan::string) {
            Some(b"message") => self.customer_message(number, text, at),
            Some(b"ack") => self.customer_ack(net, number, text, at),
            Some(b"resumed") => self.customer_resumed(net, number),
            Some(b"error") => self.customer_error(net, number, text, at),
            Some(b"resync") => {
                // Nothing here misses 500 messages, so the gateway forgot what it had told.
                self.count("resync");
                self.customers[number as usize].cursor = Cursor::default();
            }
            Some(b"welcome" | b"session" | b"typing" | b"read" | b"pong" | b"reconnect") => {}
            _ => self.count("unknown_frame"),
        }
    }

    fn customer_resumed(&mut self, net: &mut Net, number: u32) {
        let customer = &mut self.customers[number as usize];
        let Some(conn) = customer.conn else { return };
        customer.live = true;
        customer.attempts = 0;
        customer.refused.clear();
        let again: Vec<u32> = customer.unacked.iter().copied().collect();
        self.resumed += 1;
        self.resent += again.len() as u64;
        for key in again {
            net.send(conn, |out| say::visitor_send(out, self.run, key));
        }
        self.pump(net, number);
    }

    fn customer_message(&mut self, number: u32, text: &[u8], at: u64) {
        let message = super::fleet::read_message(self.run, text);
        let customer = &mut self.customers[number as usize];
        customer.rev = customer.rev.max(message.rev);
        customer.seen.push(Seen {
            seq: message.seq,
            op: message.op,
            by: SeenBy::Frame,
        });
        customer.cursor.note(message.seq);
        if message.origin != 5 {
            return;
        }
        self.answer_seen(message.op, at);
    }

    /// The customer has the answer `key`.
    pub(super) fn answer_seen(&mut self, key: u32, at: u64) {
        let Some(op) = self.ops.get_mut(key as usize).filter(|op| op.seen_at == 0) else {
            return;
        };
        op.seen_at = at;
        self.meter.seen(op);
        let question = self.question_of[key as usize];
        if let Some(question) = self.ops.get(question as usize) {
            self.meter.answered(question.intended_at, at);
        }
    }

    fn customer_ack(&mut self, net: &mut Net, number: u32, text: &[u8], at: u64) {
        let Some((key, seq, duplicate)) = super::fleet::read_ack(self.run, text) else {
            self.count("unknown_ack");
            return;
        };
        let customer = &mut self.customers[number as usize];
        let Some(place) = customer.unacked.iter().position(|sent| *sent == key) else {
            // The first sending and its repeat may both be answered.
            self.repeated_acks += 1;
            return;
        };
        customer.unacked.remove(place);
        customer.refused.retain(|refused| *refused != key);
        customer.seen.push(Seen {
            seq,
            op: key,
            by: SeenBy::Ack,
        });
        customer.cursor.note(seq);
        self.acked(key, seq, at, duplicate);
        self.pump(net, number);
    }

    fn customer_error(&mut self, net: &mut Net, number: u32, text: &[u8], at: u64) {
        let error = super::fleet::read_error(text);
        self.count(&error.code);
        let key = error.id.and_then(|id| body::read_key(self.run, id));
        let Some(key) = key else { return };
        let customer = &mut self.customers[number as usize];
        let Some(place) = customer.unacked.iter().position(|sent| *sent == key) else {
            return;
        };
        if error.passes {
            self.ops[key as usize].delayed = true;
            customer.refused.push(key);
            customer.hold_until = at + error.retry_after_s * NS_PER_S;
        } else {
            customer.unacked.remove(place);
            customer.unseen.retain(|unseen| *unseen != key);
            self.ops[key as usize].outcome = Outcome::Failed;
            self.pump(net, number);
        }
    }
}

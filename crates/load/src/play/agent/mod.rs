//! An agent: takes what is assigned, answers every question at once, ends the session after its
//! answers, and after a break resumes what is still its own.

mod answers;
mod cards;

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::json;

use cards::close_id;

use super::conversation::Card;
use super::fleet::{Fleet, NS_PER_S};
use crate::check::{Seen, SeenBy};
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
            Some(b"resync") => {
                let id = scan::field(text, b"conversation_id").and_then(scan::string);
                match id.and_then(|id| self.place_of(id)) {
                    // More was missed than a hello tells again: it is read over HTTP.
                    Some(place) => self.agents[number as usize].to_fetch.push(place),
                    None => self.count("resync"),
                }
            }
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

//! The stand-in's state: conversations, agents, who is connected, and the faults it commits.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use tokio::sync::mpsc::Sender;

/// A broken promise, committed on every `n`th customer message or answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "not every test file uses every fault")]
pub(crate) enum Fault {
    /// Acknowledges an answer and forgets it.
    Forget(u32),
    /// Stores a customer's message twice.
    Double(u32),
    /// Leaves a number out.
    Skip(u32),
    /// Puts a message of its own into a customer's mouth.
    Invent(u32),
    /// Tells two agents that they own the conversation.
    TwoOwners(u32),
    /// Leaves the customer waiting.
    Strand(u32),
    /// Refuses for a while, with `overloaded`; no promise is broken.
    Overload(u32),
    /// Writes nothing down, so that a kill loses what was acknowledged.
    Amnesia,
    /// Cuts the connection after storing; no promise is broken.
    Cut(u32),
}

#[derive(Default)]
pub(crate) struct Conversation {
    pub(crate) id: String,
    pub(crate) external: String,
    pub(crate) seq: u32,
    pub(crate) messages: Vec<Value>,
    pub(crate) sessions: Vec<Value>,
    pub(crate) state: u8,
    pub(crate) session: String,
    pub(crate) owner: Option<usize>,
    pub(crate) fence: u64,
    pub(crate) acks: HashMap<String, Value>,
}

pub(crate) struct Agent {
    pub(crate) id: String,
    pub(crate) wire: Option<Sender<String>>,
    pub(crate) online: bool,
    pub(crate) load: u32,
}

pub(crate) struct World {
    pub(crate) fault: Option<Fault>,
    pub(crate) count: u32,
    pub(crate) clock: i64,
    pub(crate) conversations: Vec<Conversation>,
    pub(crate) visitors: Vec<Option<Sender<String>>>,
    pub(crate) agents: Vec<Agent>,
    pub(crate) tickets: HashMap<String, usize>,
    pub(crate) audit: Vec<Value>,
    journal: Option<File>,
}

impl World {
    /// One that lives through kills: everything that happens is in `folder`, and is played again.
    pub(crate) fn recall(folder: &Path, fault: Option<Fault>) -> Self {
        let path = folder.join("journal");
        let mut world = Self::new(fault);
        let past = std::fs::read_to_string(&path).unwrap_or_default();
        // A kill may have cut the last line; its answer was never given.
        let whole = past.rfind('\n').map_or(0, |end| end + 1);
        for line in past[..whole].lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            let number = event["n"].as_u64().unwrap() as usize;
            match event["do"].as_str().unwrap() {
                "open" => drop(world.open_visitor()),
                "hire" => drop(world.hire()),
                "online" => world.online(number, event["frame"] == true),
                "visitor" => drop(world.visitor_send(number, &event["frame"])),
                "agent" => world.agent_frame(number, &event["frame"]),
                other => panic!("unexpected {other}"),
            }
        }
        for agent in &mut world.agents {
            agent.online = false;
        }
        if fault != Some(Fault::Amnesia) {
            let file = File::options()
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path);
            file.unwrap().set_len(whole as u64).unwrap();
        }
        let mut journal = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .unwrap();
        for number in 0..world.agents.len() {
            let gone = json!({ "do": "online", "n": number, "frame": false });
            writeln!(journal, "{gone}").unwrap();
        }
        world.journal = Some(journal);
        world
    }

    fn note(&mut self, what: &str, number: usize, frame: &Value) {
        let setting_up = matches!(what, "open" | "hire");
        if self.fault == Some(Fault::Amnesia) && !setting_up {
            return;
        }
        if let Some(journal) = &mut self.journal {
            let line = format!("{}\n", json!({ "do": what, "n": number, "frame": frame }));
            journal.write_all(line.as_bytes()).unwrap();
        }
    }

    pub(crate) fn hire(&mut self) -> String {
        self.note("hire", 0, &Value::Null);
        let id = format!("01AGENT{:019}", self.agents.len());
        self.agents.push(Agent {
            id: id.clone(),
            wire: None,
            online: false,
            load: 0,
        });
        id
    }

    pub(crate) fn online(&mut self, agent: usize, online: bool) {
        self.note("online", agent, &online.into());
        self.agents[agent].online = online;
        let waiting = |conversation: &Conversation| conversation.state == 2;
        let waiting: Vec<usize> = (0..self.conversations.len())
            .filter(|number| {
                online && self.fault.is_none() && waiting(&self.conversations[*number])
            })
            .collect();
        for number in waiting {
            self.assign(number);
            if let Some(owner) = self.conversations[number].owner {
                for message in self.conversations[number].messages.clone() {
                    self.push(&message, |world, frame| world.to_agent(owner, frame));
                }
            }
        }
    }

    pub(crate) fn new(fault: Option<Fault>) -> Self {
        Self {
            fault,
            count: 0,
            clock: 1,
            conversations: Vec::new(),
            visitors: Vec::new(),
            agents: Vec::new(),
            tickets: HashMap::new(),
            audit: Vec::new(),
            journal: None,
        }
    }

    fn strikes(&mut self, every: impl Fn(Fault) -> Option<u32>) -> bool {
        let Some(every) = self.fault.and_then(every) else {
            return false;
        };
        self.count += 1;
        self.count.is_multiple_of(every)
    }

    pub(crate) fn open_visitor(&mut self) -> usize {
        self.note("open", 0, &Value::Null);
        let number = self.conversations.len();
        self.visitors.push(None);
        self.conversations.push(Conversation {
            id: format!("01CONVERSATION{number:012}"),
            external: format!("01CUSTOMER{number:016}"),
            state: 0,
            ..Conversation::default()
        });
        number
    }

    fn to_visitor(&self, number: usize, frame: &Value) {
        if let Some(wire) = &self.visitors[number] {
            let _ = wire.try_send(frame.to_string());
        }
    }

    fn to_agent(&self, number: usize, frame: &Value) {
        if let Some(wire) = &self.agents[number].wire {
            let _ = wire.try_send(frame.to_string());
        }
    }

    pub(crate) fn card(&self, number: usize) -> Value {
        let conversation = &self.conversations[number];
        let owner = conversation
            .owner
            .map(|agent| self.agents[agent].id.clone());
        json!({
            "conversation_id": conversation.id, "open_kfid": "kf",
            "customer": { "external_userid": conversation.external, "name": "访客 {\"" },
            "session": if conversation.session.is_empty() { Value::Null } else { json!({
                "session_id": conversation.session, "service_state": conversation.state,
                "servicer_userid": owner, "fence": conversation.fence, "no": conversation.sessions.len(),
            }) },
            "seq": conversation.seq,
        })
    }

    fn append(&mut self, number: usize, origin: u8, content: &Value) -> Value {
        let conversation = &mut self.conversations[number];
        conversation.seq += 1;
        let message = json!({
            "msgid": format!("{}-{}", conversation.id, conversation.seq),
            "conversation_id": conversation.id, "seq": conversation.seq, "rev": 0,
            "origin": origin, "session_id": conversation.session,
            "msgtype": "text", "text": content,
        });
        conversation.messages.push(message.clone());
        message
    }

    fn ack(&self, number: usize, id: &str) -> Value {
        json!({ "op": "ack", "id": id, "seq": self.conversations[number].seq })
    }

    fn push(&self, message: &Value, to: impl Fn(&Self, &Value)) {
        let mut frame = message.clone();
        frame["op"] = "message".into();
        to(self, &frame);
    }

    /// A visitor's `send`; `None` cuts the connection.
    pub(crate) fn visitor_send(&mut self, number: usize, frame: &Value) -> Option<Value> {
        let id = frame["id"].as_str().unwrap().to_owned();
        if let Some(ack) = self.conversations[number].acks.get(&id) {
            let mut again = ack.clone();
            again["duplicate"] = true.into();
            return Some(again);
        }
        if self.strikes(|fault| {
            if let Fault::Overload(n) = fault {
                Some(n)
            } else {
                None
            }
        }) {
            return Some(json!({
                "op": "error", "id": id, "code": "overloaded", "detail": "", "retry_after_s": 0,
            }));
        }
        self.note("visitor", number, frame);
        self.clock += 1;
        let fresh = self.conversations[number].state != 3 && self.conversations[number].state != 2;
        if fresh {
            let clock = self.clock;
            let conversation = &mut self.conversations[number];
            conversation.session = format!("01SESSION{clock:017}");
            conversation.state = 2;
            conversation.sessions.push(json!({
                "session_id": conversation.session, "no": conversation.sessions.len() + 1,
                "opened_at": clock, "ended_at": null,
            }));
            conversation.fence = 0;
        }
        if self.strikes(|fault| {
            if let Fault::Skip(n) = fault {
                Some(n)
            } else {
                None
            }
        }) {
            self.conversations[number].seq += 1;
        }
        let message = self.append(number, 3, &frame["text"]);
        let ack = self.ack(number, &id);
        self.conversations[number].acks.insert(id, ack.clone());
        if self.strikes(|fault| {
            if let Fault::Double(n) = fault {
                Some(n)
            } else {
                None
            }
        }) {
            let again = self.append(number, 3, &frame["text"]);
            self.push(&again, |world, frame| world.to_visitor(number, frame));
        }
        if self.strikes(|fault| {
            if let Fault::Invent(n) = fault {
                Some(n)
            } else {
                None
            }
        }) {
            let ghost = self.append(number, 3, &json!({ "content": "我没说过" }));
            self.push(&ghost, |world, frame| world.to_visitor(number, frame));
        }
        let stranded = fresh
            && self.strikes(|f| {
                if let Fault::Strand(n) = f {
                    Some(n)
                } else {
                    None
                }
            });
        if fresh && !stranded {
            self.assign(number);
        }
        if let Some(owner) = self.conversations[number].owner {
            self.push(&message, |world, frame| world.to_agent(owner, frame));
        }
        let cut = self.strikes(|fault| {
            if let Fault::Cut(n) = fault {
                Some(n)
            } else {
                None
            }
        });
        if cut { None } else { Some(ack) }
    }

    fn assign(&mut self, number: usize) {
        let online = self
            .agents
            .iter()
            .enumerate()
            .filter(|(_, agent)| agent.online);
        let Some((agent, _)) = online.min_by_key(|(_, agent)| agent.load) else {
            return;
        };
        self.agents[agent].load += 1;
        let conversation = &mut self.conversations[number];
        conversation.state = 3;
        conversation.owner = Some(agent);
        conversation.fence += 1;
        self.audit.push(json!({
            "session_id": conversation.session, "servicer_userid": self.agents[agent].id,
            "fence": conversation.fence, "offered": false, "from_at": self.clock, "until_at": null,
        }));
        let frame = json!({ "op": "conversation", "conversation": self.card(number) });
        self.to_agent(agent, &frame);
        if self.strikes(|fault| {
            if let Fault::TwoOwners(n) = fault {
                Some(n)
            } else {
                None
            }
        }) {
            let other = (agent + 1) % self.agents.len();
            let mut frame = frame;
            frame["conversation"]["session"]["servicer_userid"] = json!(self.agents[other].id);
            self.to_agent(other, &frame);
        }
    }

    /// An agent's frame; answers go out by its wire.
    pub(crate) fn agent_frame(&mut self, agent: usize, frame: &Value) {
        if matches!(frame["op"].as_str(), Some("send" | "close")) {
            self.note("agent", agent, frame);
        }
        let id = frame["id"].as_str().unwrap_or_default().to_owned();
        let error = |code: &str| json!({ "op": "error", "id": id, "code": code, "detail": "" });
        let answer = match frame["op"].as_str().unwrap() {
            "state" => json!({ "op": "ack", "id": id }),
            "send" => {
                let wanted = &frame["conversation_id"];
                match self.conversations.iter().position(|c| *wanted == c.id) {
                    Some(number) => self.answer(agent, number, &id, frame),
                    None => error("not_found"),
                }
            }
            "close" => {
                let wanted = &frame["session_id"];
                let found = self.conversations.iter().position(|c| *wanted == c.session);
                match found.filter(|number| self.conversations[*number].owner == Some(agent)) {
                    Some(number) if self.wrote_after(number, &frame["seen_seq"]) => {
                        error("thread_moved")
                    }
                    Some(number) => self.close(agent, number, &id),
                    None => error("not_assigned"),
                }
            }
            "ping" => json!({ "op": "pong" }),
            other => panic!("unexpected {other}"),
        };
        self.to_agent(agent, &answer);
    }

    fn answer(&mut self, agent: usize, number: usize, id: &str, frame: &Value) -> Value {
        if let Some(ack) = self.conversations[number].acks.get(id) {
            let mut again = ack.clone();
            again["duplicate"] = true.into();
            return again;
        }
        let conversation = &self.conversations[number];
        if conversation.owner != Some(agent) || frame["fence"] != conversation.fence {
            return json!({ "op": "error", "id": id, "code": "not_assigned", "detail": "" });
        }
        let message = self.append(number, 5, &frame["text"]);
        let ack = self.ack(number, id);
        self.conversations[number]
            .acks
            .insert(id.to_owned(), ack.clone());
        if self.strikes(|fault| {
            if let Fault::Forget(n) = fault {
                Some(n)
            } else {
                None
            }
        }) {
            self.conversations[number].messages.pop();
            self.conversations[number].seq -= 1;
        } else {
            self.push(&message, |world, frame| world.to_visitor(number, frame));
        }
        ack
    }

    fn wrote_after(&self, number: usize, seen: &Value) -> bool {
        let Some(seen) = seen.as_u64() else {
            return false;
        };
        let mut newest = self.conversations[number].messages.iter().rev();
        let words = newest.find(|message| message["origin"] == 3);
        words.is_some_and(|message| message["seq"].as_u64() > Some(seen))
    }

    fn close(&mut self, agent: usize, number: usize, id: &str) -> Value {
        self.clock += 1;
        let clock = self.clock;
        let conversation = &mut self.conversations[number];
        conversation.state = 4;
        conversation.owner = None;
        conversation.sessions.last_mut().unwrap()["ended_at"] = clock.into();
        let mut rows = self.audit.iter_mut();
        let row = rows.find(|row| row["session_id"] == *conversation.session);
        row.unwrap()["until_at"] = clock.into();
        let gone = json!({
            "op": "gone", "conversation_id": conversation.id,
            "session_id": conversation.session, "reason": "ended",
        });
        self.agents[agent].load -= 1;
        let message = self.append(number, 4, &json!({ "content": "会话已结束" }));
        self.push(&message, |world, frame| world.to_visitor(number, frame));
        self.to_agent(agent, &gone);
        json!({ "op": "ack", "id": id })
    }
}

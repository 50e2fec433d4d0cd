//! All players of a run together, their shared book of operations, and the event loop's way in.

use std::collections::{BTreeMap, HashMap};

use super::agent::Agent;
use super::conversation::Conversation;
use super::customer::Customer;
use super::meter::Meter;
use super::outside::Outside;
use crate::body::{self, Found, Run};
use crate::check::{Grant, History, Op, Outcome, Seen, Sender, Trouble, View};
use crate::site::Visitor;
use crate::wire::epoll::{ConnId, Ending, Handler, Net};
use crate::wire::scan;

/// Nanoseconds in a second.
pub(super) const NS_PER_S: u64 = 1_000_000_000;
const AGENT_TAG: u64 = 1 << 32;

/// How players behave.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// Answers after which the agent ends the session.
    pub answers_per_session: u32,
    /// The longest wait before a new connection is tried; the protocol's 30 s would only prolong a
    /// fault campaign.
    pub longest_backoff_ms: u64,
    /// Agents only read: whoever writes has no platform that would take answers.
    pub silent: bool,
    /// Agents end a session right after that many answers, so that all are of one length, whatever the
    /// customer is just writing. Otherwise they end it with all of it read and answered, as people do.
    pub punctual: bool,
}

/// Every player and everything they did and saw.
pub struct Fleet {
    pub(super) run: Run,
    pub(super) habits: Habits,
    pub(super) customers: Vec<Customer>,
    pub(super) agents: Vec<Agent>,
    pub(super) conversations: Vec<Conversation>,
    pub(super) by_id: HashMap<String, u32>,
    pub(super) by_customer: HashMap<String, u32>,
    pub(super) ops: Vec<Op>,
    /// For each operation that is an answer, the operation that it answers.
    pub(super) question_of: Vec<u32>,
    pub(super) grants: Vec<Grant>,
    /// The platform through which the customers write; `None`: on sockets of ours.
    pub(super) outside: Option<Outside>,
    /// Answers that the gateway shows as failed or doubtful.
    pub(super) given_up: HashMap<u32, Trouble>,
    /// The current window.
    pub meter: Meter,
    /// Errors, closes and frames that should not be, by name.
    pub errors: BTreeMap<String, u64>,
    /// Connections that came back and resumed, the first ones included.
    pub resumed: u64,
    /// Operations sent again after a break.
    pub resent: u64,
    /// Acks that said `duplicate`: the first sending had been stored.
    pub duplicates_answered: u64,
    /// Acks of operations that were acknowledged already.
    pub repeated_acks: u64,
    /// Questions whose session had ended before the answer could be given.
    pub unanswered: u64,
    /// Conversations whose messages had to be read over HTTP after an assignment.
    pub fetched: u64,
}

/// The parts of a `message` frame that players look at.
pub(super) struct Message<'a> {
    pub(super) seq: u32,
    pub(super) rev: u64,
    pub(super) origin: u8,
    pub(super) op: u32,
    pub(super) conversation_id: &'a [u8],
    pub(super) session_id: &'a [u8],
}

/// The parts of an `error` frame.
pub(super) struct Refusal<'a> {
    pub(super) code: String,
    pub(super) id: Option<&'a [u8]>,
    /// It may be repeated with the same id.
    pub(super) passes: bool,
    pub(super) retry_after_s: u64,
}

impl Fleet {
    /// Players who are not connected yet. `agents` are their `servicer_userid`s.
    pub fn new(run: Run, habits: Habits, visitors: Vec<Visitor>, agents: Vec<String>) -> Self {
        let by_customer = visitors.iter().enumerate();
        let by_customer = by_customer
            .map(|(n, visitor)| (visitor.external_userid.clone(), n as u32))
            .collect();
        Self {
            run,
            habits,
            conversations: visitors.iter().map(|_| Conversation::default()).collect(),
            customers: visitors.into_iter().map(Customer::new).collect(),
            agents: agents.into_iter().map(Agent::new).collect(),
            by_id: HashMap::new(),
            by_customer,
            ops: Vec::new(),
            question_of: Vec::new(),
            grants: Vec::new(),
            outside: None,
            given_up: HashMap::new(),
            meter: Meter::default(),
            errors: BTreeMap::new(),
            resumed: 0,
            resent: 0,
            duplicates_answered: 0,
            repeated_acks: 0,
            unanswered: 0,
            fetched: 0,
        }
    }

    /// Everyone is connected, resumed and (agents) online.
    pub fn all_live(&self) -> bool {
        self.customers.iter().all(|customer| customer.live)
            && self.agents.iter().all(|agent| agent.online)
    }

    /// How many players are connected and resumed.
    pub fn live(&self) -> usize {
        self.customers
            .iter()
            .filter(|customer| customer.live)
            .count()
            + self.agents.iter().filter(|agent| agent.online).count()
    }

    /// Nothing is in flight, unseen or unanswered.
    pub fn is_quiet(&self) -> bool {
        self.customers.iter().all(Customer::is_idle)
            && self.agents.iter().all(|agent| agent.unacked.is_empty())
            && self.answers_unseen() == 0
            && self
                .conversations
                .iter()
                .all(|conversation| !conversation.closing && conversation.waiting.is_empty())
    }

    /// How many agents play.
    pub fn agent_count(&self) -> usize {
        self.agents.len()
    }

    /// How many customers play.
    pub fn customer_count(&self) -> usize {
        self.customers.len()
    }

    /// What keeps the fleet from being quiet, in words for an error or a log.
    pub fn unrest(&self) -> String {
        let busy = self
            .customers
            .iter()
            .filter(|customer| !customer.is_idle())
            .count();
        let unacked: usize = self.agents.iter().map(|agent| agent.unacked.len()).sum();
        let closing = self.conversations.iter().filter(|c| c.closing).count();
        let waiting: usize = self.conversations.iter().map(|c| c.waiting.len()).sum();
        let unseen = self.answers_unseen();
        let away = self.customers.len() + self.agents.len() - self.live();
        format!(
            "{away} players away, {busy} customers with messages under way, {unacked} answers without ack, {unseen} \
             answers unseen, {closing} sessions being closed, {waiting} questions waiting"
        )
    }

    /// Answers that were acknowledged and have reached nobody.
    pub(super) fn unseen_answers(&self) -> impl Iterator<Item = (u32, &Op)> {
        let recent = self.ops.len().saturating_sub(100_000);
        let unseen = |op: &Op| {
            matches!(op.sender, Sender::Agent(_)) && op.outcome == Outcome::Ok && op.seen_at == 0
        };
        let recent = (recent as u32..).zip(&self.ops[recent..]);
        recent.filter(move |(key, op)| unseen(op) && !self.given_up.contains_key(key))
    }

    fn answers_unseen(&self) -> usize {
        self.unseen_answers().count()
    }

    /// The visitors, for reading their conversations back.
    pub fn visitors(&self) -> Vec<Visitor> {
        self.customers
            .iter()
            .map(|customer| customer.visitor.clone())
            .collect()
    }

    /// The agents' `servicer_userid`s.
    pub fn agent_ids(&self) -> Vec<String> {
        self.agents.iter().map(|agent| agent.id.clone()).collect()
    }

    /// Per customer, whether anything of theirs was acknowledged.
    pub fn written(&self) -> Vec<bool> {
        let mut written = vec![false; self.customers.len()];
        for op in &self.ops {
            let by_customer = matches!(op.sender, Sender::Customer(_));
            written[op.conversation as usize] |=
                by_customer && matches!(op.outcome, Outcome::Ok | Outcome::Taken);
        }
        written
    }

    /// Hands everything to the checker; the players forget it, as it can be large.
    pub fn take_history(&mut self) -> History {
        // Who writes through a platform has no view of ours; its record of calls is judged instead.
        let on_sockets = if self.outside.is_some() {
            0
        } else {
            self.customers.len()
        };
        let customers =
            self.customers[..on_sockets]
                .iter_mut()
                .enumerate()
                .map(|(number, customer)| View {
                    viewer: Sender::Customer(number as u32),
                    conversation: number as u32,
                    seen: std::mem::take(&mut customer.seen),
                });
        let mut views: Vec<View> = customers.collect();
        for (number, conversation) in self.conversations.iter_mut().enumerate() {
            views.extend(conversation.take_views(number as u32));
        }
        let ops = std::mem::take(&mut self.ops);
        History {
            ops,
            views,
            grants: std::mem::take(&mut self.grants),
        }
    }

    /// How many operations there were.
    pub fn operations(&self) -> usize {
        self.ops.len()
    }

    /// How many of them were customers' messages.
    pub fn questions(&self) -> usize {
        let asked = |op: &&Op| matches!(op.sender, Sender::Customer(_));
        self.ops.iter().filter(asked).count()
    }

    /// How many operations are still without an answer.
    pub fn unknown(&self) -> usize {
        self.ops
            .iter()
            .filter(|op| op.outcome == Outcome::Unknown)
            .count()
    }

    pub(super) fn new_op(&mut self, op: Op) -> u32 {
        self.ops.push(op);
        self.question_of.push(Seen::NO_OP);
        (self.ops.len() - 1) as u32
    }

    pub(super) fn acked(&mut self, key: u32, seq: u32, at: u64, duplicate: bool) {
        self.duplicates_answered += u64::from(duplicate);
        let Some(op) = self.ops.get_mut(key as usize) else {
            return;
        };
        op.outcome = Outcome::Ok;
        op.seq = seq;
        op.acked_at = at;
        self.meter.acked(op);
    }

    pub(super) fn count(&mut self, name: &str) {
        match self.errors.get_mut(name) {
            Some(count) => *count += 1,
            None => {
                self.errors.insert(name.to_owned(), 1);
            }
        }
    }

    /// When to come back after `ending`, in milliseconds; `None`: never.
    fn comeback_ms(&self, ending: &Ending, attempts: u32) -> Option<u64> {
        let backoff = (500u64 << attempts.min(6)).min(self.habits.longest_backoff_ms);
        let jittered = backoff / 2 + rand::random_range(0..=backoff);
        match ending {
            Ending::Closed(4029 | 4400 | 4401 | 4403 | 1002 | 1003 | 1007 | 1009, _) => None,
            Ending::Closed(4008, _) => Some(0),
            Ending::Closed(1008, _) => Some(30_000),
            Ending::Closed(1013, words) => {
                let seconds = words
                    .split(|c: char| !c.is_ascii_digit())
                    .find_map(|w| w.parse().ok());
                Some(seconds.map_or(jittered, |seconds: u64| seconds * 1000))
            }
            Ending::Refused(_, Some(seconds)) => Some(seconds * 1000),
            _ => Some(jittered),
        }
    }
}

fn ending_name(ending: &Ending) -> String {
    match ending {
        Ending::Refused(status, _) => format!("upgrade_{status}"),
        Ending::Closed(code, _) => format!("close_{code}"),
        Ending::Lost => "connection_lost".into(),
        Ending::Broken(words) => format!("broken: {words}"),
    }
}

/// The tag by which the loop names customer `number`.
pub(super) fn customer_tag(number: usize) -> u64 {
    number as u64
}

/// The tag by which the loop names agent `number`.
pub(super) fn agent_tag(number: usize) -> u64 {
    AGENT_TAG | number as u64
}

impl Handler for Fleet {
    fn opened(&mut self, net: &mut Net, id: ConnId, tag: u64) {
        if tag & AGENT_TAG == 0 {
            self.customer_opened(net, tag as u32, id);
        } else {
            self.agent_opened(net, tag as u32, id);
        }
    }

    fn message(&mut self, net: &mut Net, tag: u64, text: &[u8], at: u64) {
        if tag & AGENT_TAG == 0 {
            self.customer_frame(net, tag as u32, text, at);
        } else {
            self.agent_frame(net, tag as u32, text, at);
        }
    }

    fn ended(&mut self, net: &mut Net, _: ConnId, tag: u64, ending: Ending) {
        self.count(&ending_name(&ending));
        let number = tag as u32 as usize;
        let now = net.now();
        let attempts = if tag & AGENT_TAG == 0 {
            self.customers[number].attempts
        } else {
            self.agents[number].attempts
        };
        let mut wait = self.comeback_ms(&ending, attempts);
        if tag & AGENT_TAG != 0 && matches!(ending, Ending::Closed(4401, _)) {
            // A ticket that lapsed on the way: the next one is fresh.
            wait = Some(500);
        }
        let reconnect_at = wait.map_or(u64::MAX, |ms| now + ms * 1_000_000);
        if tag & AGENT_TAG == 0 {
            let customer = &mut self.customers[number];
            customer.conn = None;
            customer.live = false;
            customer.attempts += 1;
            customer.reconnect_at = reconnect_at;
        } else {
            let agent = &mut self.agents[number];
            agent.conn = None;
            agent.welcomed = false;
            agent.online = false;
            agent.attempts += 1;
            agent.reconnect_at = reconnect_at;
        }
    }
}

/// Reads a `message` frame. Text that was changed on the way counts as nobody's.
pub(super) fn read_message(run: Run, text: &[u8]) -> Message<'_> {
    let mut message = Message {
        seq: 0,
        rev: 0,
        origin: 0,
        op: Seen::NO_OP,
        conversation_id: b"",
        session_id: b"",
    };
    for (name, value) in scan::fields(text) {
        match name {
            b"seq" => message.seq = scan::number(value).unwrap_or(0) as u32,
            b"rev" => message.rev = scan::number(value).unwrap_or(0),
            b"origin" => message.origin = scan::number(value).unwrap_or(0) as u8,
            b"conversation_id" => message.conversation_id = scan::string(value).unwrap_or(b""),
            b"session_id" => message.session_id = scan::string(value).unwrap_or(b""),
            b"text" => {
                let content = scan::field(value, b"content").and_then(scan::string);
                if let Some(Found::Op(key)) = content.map(|content| body::read(run, content)) {
                    message.op = key;
                }
            }
            _ => {}
        }
    }
    message
}

/// Reads an `ack` of an operation: its key, its `seq`, and whether it was a repeat.
pub(super) fn read_ack(run: Run, text: &[u8]) -> Option<(u32, u32, bool)> {
    let (mut key, mut seq, mut duplicate) = (None, 0, false);
    for (name, value) in scan::fields(text) {
        match name {
            b"id" => key = scan::string(value).and_then(|id| body::read_key(run, id)),
            b"seq" => seq = scan::number(value).unwrap_or(0) as u32,
            b"duplicate" => duplicate = value == b"true",
            _ => {}
        }
    }
    Some((key?, seq, duplicate))
}

/// Reads an `error` frame.
pub(super) fn read_error(text: &[u8]) -> Refusal<'_> {
    let field = |name: &[u8]| scan::field(text, name);
    let code = field(b"code").and_then(scan::string).unwrap_or(b"no_code");
    let code = String::from_utf8_lossy(code).into_owned();
    Refusal {
        passes: matches!(
            code.as_str(),
            "overloaded" | "store_unavailable" | "rate_limited"
        ),
        id: field(b"id").and_then(scan::string),
        retry_after_s: field(b"retry_after_s").and_then(scan::number).unwrap_or(1),
        code,
    }
}

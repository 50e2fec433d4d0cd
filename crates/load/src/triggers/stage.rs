//! A slow, scripted client: one step after the other, each waiting for the frame it needs. Used
//! where a trigger is timed, not where load is made.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::pace::Pace;
use crate::check::Fence;
use crate::clock::Stop;
use crate::error::{Error, Result};
use crate::site::{Rules, Site, Visitor};
use crate::wire::epoll::{ConnId, Ending, Handler, Net, source_address};

const AGENTS: u64 = 1 << 32;
/// The most frames kept for a later step; the oldest go first.
const KEPT: usize = 4096;

/// Who a frame came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Agent(usize),
    Visitor(usize),
}

#[derive(Default)]
struct Inbox {
    frames: VecDeque<(Who, u64, Value)>,
    ended: Vec<(Who, Ending)>,
    opened: Vec<Who>,
}

/// The assignment that a card shows.
fn held(session: &Value) -> Fence {
    Fence {
        session: session["no"].as_u64().unwrap_or(0),
        fence: session["fence"].as_u64().unwrap_or(0),
    }
}

fn who(tag: u64) -> Who {
    let number = tag as u32 as usize;
    if tag & AGENTS == 0 {
        Who::Visitor(number)
    } else {
        Who::Agent(number)
    }
}

impl Handler for Inbox {
    fn opened(&mut self, _: &mut Net, _: ConnId, tag: u64) {
        self.opened.push(who(tag));
    }

    fn message(&mut self, _: &mut Net, tag: u64, text: &[u8], at: u64) {
        if self.frames.len() == KEPT {
            self.frames.pop_front();
        }
        let frame = serde_json::from_slice(text).unwrap_or(Value::Null);
        self.frames.push_back((who(tag), at, frame));
    }

    fn ended(&mut self, _: &mut Net, _: ConnId, tag: u64, ending: Ending) {
        self.ended.push((who(tag), ending));
    }
}

/// An assignment or an offer as its agent was shown it.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) agent: usize,
    pub(super) visitor: usize,
    pub(super) at: u64,
    pub(super) session_id: String,
    pub(super) fence: u64,
    held: Fence,
    /// The server's times, in milliseconds: when it came into the queue, when its agent got it,
    pub(super) enqueued_at: i64,
    pub(super) assigned_at: i64,
    /// and when the offer ends.
    pub(super) offer_expires_at: Option<i64>,
}

/// One scenario's players.
pub(super) struct Stage<'a> {
    pub(super) site: &'a mut Site,
    pub(super) agents: Vec<String>,
    visitors: Vec<Visitor>,
    agent_conns: Vec<Option<ConnId>>,
    paces: Vec<Pace>,
    visitor_conns: Vec<ConnId>,
    net: Net,
    inbox: Inbox,
    stop: Stop,
    ids: u64,
    /// Per visitor, the last assignment and its session: cards may be repeated, and an
    /// old one must not be taken for news.
    past: Vec<(Fence, String)>,
    wall_start_ms: i64,
}

impl<'a> Stage<'a> {
    /// A new door with its own agents, all offline, and visitors, all connected.
    pub(super) fn set(
        site: &'a mut Site,
        rules: &Rules,
        agents: usize,
        limit: usize,
        visitors: usize,
        stop: &Stop,
    ) -> Result<Self> {
        site.new_door(rules)?;
        let agents: Result<Vec<String>> = (0..agents).map(|n| site.agent(n, limit)).collect();
        let agents = agents?;
        let visitors = site.visitors(0, visitors)?;
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let net = Net::new()?;
        let mut stage = Self {
            site,
            agent_conns: agents.iter().map(|_| None).collect(),
            paces: agents.iter().map(|_| Pace::default()).collect(),
            agents,
            visitor_conns: Vec::new(),
            past: visitors
                .iter()
                .map(|_| (Fence::default(), String::new()))
                .collect(),
            visitors,
            net,
            inbox: Inbox::default(),
            stop: stop.clone(),
            ids: 0,
            wall_start_ms: wall.as_millis() as i64,
        };
        for number in 0..stage.visitors.len() {
            let source = source_address(number);
            let conn = stage.net.connect(
                stage.site.target,
                source,
                "/v1/visitor/socket",
                number as u64,
            )?;
            stage.visitor_conns.push(conn);
            stage.until_opened(Who::Visitor(number))?;
            let Visitor { token, epoch, .. } = &stage.visitors[number];
            let hello =
                json!({ "op": "hello", "token": token, "epoch": epoch, "seq": 0, "rev": 0 });
            stage.say(Who::Visitor(number), &hello);
            stage.wait(Who::Visitor(number), |frame| frame["op"] == "resumed")?;
        }
        Ok(stage)
    }

    /// Connects an agent, if it is not connected, and sets its availability.
    pub(super) fn state(&mut self, agent: usize, state: &str) -> Result<u64> {
        if self.agent_conns[agent].is_none() {
            let ticket = self.site.ticket(&self.agents[agent])?;
            let source = source_address(10_000 + agent);
            let tag = AGENTS | agent as u64;
            let conn = self
                .net
                .connect(self.site.target, source, "/v1/agent/socket", tag)?;
            self.agent_conns[agent] = Some(conn);
            self.until_opened(Who::Agent(agent))?;
            self.say(
                Who::Agent(agent),
                &json!({ "op": "hello", "ticket": ticket, "tab": "load" }),
            );
            self.wait(Who::Agent(agent), |frame| frame["op"] == "welcome")?;
        }
        self.ask(agent, json!({ "op": "state", "state": state }))
    }

    /// Drops an agent's connection as a crashed console does.
    pub(super) fn crash(&mut self, agent: usize) -> u64 {
        if let Some(conn) = self.agent_conns[agent].take() {
            self.net.drop_now(conn);
        }
        self.net.now()
    }

    /// An agent's frame with an id of its own; waits for the ack, and returns when it was sent.
    pub(super) fn ask(&mut self, agent: usize, mut frame: Value) -> Result<u64> {
        self.ids += 1;
        let id = format!("t{}", self.ids);
        frame["id"] = id.clone().into();
        self.keep_pace(agent)?;
        let at = self.say(Who::Agent(agent), &frame);
        let (_, answer) = self.wait(Who::Agent(agent), |answer| answer["id"] == *id)?;
        if answer["op"] == "ack" {
            Ok(at)
        } else {
            Err(Error::Protocol(format!("{frame} was answered {answer}")))
        }
    }

    /// Waits until `agent` may say one thing more within this second.
    fn keep_pace(&mut self, agent: usize) -> Result<()> {
        let due = self.paces[agent].next_at(self.net.now());
        while self.net.now() < due {
            self.turn(u64::MAX)?;
        }
        self.paces[agent].said(self.net.now());
        Ok(())
    }

    /// Nanoseconds of this stage's clock.
    pub(super) fn now(&self) -> u64 {
        self.net.now()
    }

    /// A visitor writes; returns when it was sent, after the ack.
    pub(super) fn write(&mut self, visitor: usize) -> Result<u64> {
        self.ids += 1;
        let id = format!("t{}", self.ids);
        let text = json!({ "content": format!("你好，在吗？ {id}") });
        let frame = json!({ "op": "send", "id": id, "msgtype": "text", "text": text });
        let at = self.say(Who::Visitor(visitor), &frame);
        let (_, answer) = self.wait(Who::Visitor(visitor), |answer| answer["id"] == *id)?;
        if answer["op"] == "ack" {
            Ok(at)
        } else {
            Err(Error::Protocol(format!("a message was answered {answer}")))
        }
    }

    /// Waits until `agent` is shown `visitor`'s session as its own.
    pub(super) fn assigned(&mut self, agent: usize, visitor: usize) -> Result<Shown> {
        self.assigned_within(agent, visitor, Duration::from_secs(10))
    }

    /// The same with a wait of one's choice.
    pub(super) fn assigned_within(
        &mut self,
        agent: usize,
        visitor: usize,
        at_most: Duration,
    ) -> Result<Shown> {
        let id = self.agents[agent].clone();
        let (fence, _) = self.past[visitor];
        let shown = self.shown(&[agent], visitor, at_most, |session| {
            session["service_state"] == 3
                && session["servicer_userid"] == *id
                && held(session) > fence
        })?;
        self.past[visitor].0 = shown.held;
        Ok(shown)
    }

    /// Waits until one of `agents` is offered `visitor`'s session.
    pub(super) fn offered(&mut self, agents: &[usize], visitor: usize) -> Result<Shown> {
        let (_, ended) = self.past[visitor].clone();
        self.shown(agents, visitor, Duration::from_secs(30), |session| {
            session["service_state"] == 2
                && session["offer_expires_at"].is_i64()
                && session["session_id"] != *ended
        })
    }

    fn shown(
        &mut self,
        agents: &[usize],
        visitor: usize,
        at_most: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Shown> {
        let external = self.visitors[visitor].external_userid.clone();
        let matches = |who: Who, frame: &Value| {
            let Who::Agent(agent) = who else { return false };
            let card = &frame["conversation"];
            agents.contains(&agent)
                && frame["op"] == "conversation"
                && card["customer"]["external_userid"] == *external
                && wanted(&card["session"])
        };
        let (who, at, frame) = self.wait_any(at_most, matches)?;
        let session = &frame["conversation"]["session"];
        let Who::Agent(agent) = who else {
            return Err(Error::Protocol("a visitor was shown a card".into()));
        };
        Ok(Shown {
            agent,
            visitor,
            at,
            session_id: session["session_id"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            fence: held(session).fence,
            held: held(session),
            enqueued_at: session["enqueued_at"].as_i64().unwrap_or(0),
            assigned_at: session["assigned_at"].as_i64().unwrap_or(0),
            offer_expires_at: session["offer_expires_at"].as_i64(),
        })
    }

    /// Ends a session; returns when it was asked for.
    pub(super) fn close(&mut self, shown: &Shown) -> Result<u64> {
        let (session, fence) = (&shown.session_id, shown.fence);
        let close = json!({ "op": "close", "session_id": session, "fence": fence });
        let at = self.ask(shown.agent, close)?;
        self.past[shown.visitor].1.clone_from(session);
        Ok(at)
    }

    /// Changes an agent's row; returns when it was asked for.
    pub(super) fn change_agent(&mut self, agent: usize, change: &Value) -> Result<u64> {
        let at = self.net.now();
        self.site
            .admin
            .patch(&format!("/v1/agents/{}", self.agents[agent]), change)?;
        Ok(at)
    }

    /// The server's milliseconds since 1970 as nanoseconds of this stage's clock.
    pub(super) fn instant_of(&self, ms: i64) -> u64 {
        (ms - self.wall_start_ms).max(0) as u64 * 1_000_000
    }

    fn say(&mut self, who: Who, frame: &Value) -> u64 {
        let conn = match who {
            Who::Agent(number) => self.agent_conns[number],
            Who::Visitor(number) => self.visitor_conns.get(number).copied(),
        };
        let at = self.net.now();
        if let Some(conn) = conn {
            self.net.send(conn, |out| {
                out.extend_from_slice(frame.to_string().as_bytes())
            });
            self.net.flush(&mut self.inbox);
        }
        at
    }

    fn until_opened(&mut self, who: Who) -> Result<()> {
        let end = self.net.now() + 10_000_000_000;
        while !self.inbox.opened.contains(&who) {
            self.turn(end)?;
        }
        self.inbox.opened.retain(|opened| *opened != who);
        Ok(())
    }

    fn wait(&mut self, who: Who, wanted: impl Fn(&Value) -> bool) -> Result<(u64, Value)> {
        let found = self.wait_any(Duration::from_secs(10), |from, frame| {
            from == who && (wanted(frame) || (frame["op"] == "error" && frame["id"].is_null()))
        })?;
        if found.2["op"] == "error" && found.2["id"].is_null() {
            return Err(Error::Protocol(format!("{who:?} was told {}", found.2)));
        }
        Ok((found.1, found.2))
    }

    fn wait_any(
        &mut self,
        at_most: Duration,
        wanted: impl Fn(Who, &Value) -> bool,
    ) -> Result<(Who, u64, Value)> {
        let end = self.net.now() + at_most.as_nanos() as u64;
        loop {
            let place = self
                .inbox
                .frames
                .iter()
                .position(|(who, _, frame)| wanted(*who, frame));
            if let Some(found) = place.and_then(|place| self.inbox.frames.remove(place)) {
                return Ok(found);
            }
            self.turn(end)?;
        }
    }

    fn turn(&mut self, end: u64) -> Result<()> {
        self.stop.check()?;
        if let Some((who, ending)) = self.inbox.ended.first() {
            return Err(Error::Gateway(format!(
                "{who:?} lost its connection: {ending:?}"
            )));
        }
        if self.net.now() >= end {
            let last: Vec<String> = self
                .inbox
                .frames
                .iter()
                .rev()
                .take(4)
                .map(|(w, _, f)| format!("{w:?} {f}"))
                .collect();
            return Err(Error::Gateway(format!(
                "waited in vain; last frames: {}",
                last.join("; ")
            )));
        }
        let quiet = self.net.now().saturating_sub(12_000_000_000);
        for conn in self.net.silent_since(quiet) {
            self.net
                .send(conn, |out| out.extend_from_slice(br#"{"op":"ping"}"#));
        }
        self.net.turn(Duration::from_millis(50), &mut self.inbox)
    }
}

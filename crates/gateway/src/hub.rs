//! The hub: from commits to the sockets that must hear of them.
//!
//! It runs on the store's writing thread, so it only looks up and enqueues; frames are written by
//! the socket tasks. Every socket has a bounded mailbox. One that does not keep up is closed and
//! resumes by number; nobody waits for it.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use axum::extract::ws::Utf8Bytes;
use dashmap::DashMap;
use kefu_domain::{
    AgentId, BrandId, Content, ConversationId, Message, Origin, message::Line, session::Effect,
};
use kefu_store::{Change, ChangeSink, Conversation};

use crate::{frames::close, lately::Lately, mailbox::Mailbox};

/// Messages kept beside a session that nobody has yet, so that its agent gets them with it.
const KEPT: usize = 8;
/// And their bytes at most; with more, the agent's console fetches them.
const KEPT_BYTES: usize = 64 << 10;

/// A message on its way; each audience's frame is written once.
pub(crate) struct MessageEvent {
    pub(crate) brand: BrandId,
    pub(crate) message: Arc<Message>,
    weight: usize,
    visitor: OnceLock<Utf8Bytes>,
    agent: OnceLock<Utf8Bytes>,
}

impl MessageEvent {
    fn new(brand: BrandId, message: Arc<Message>) -> Self {
        let content = match &message.content {
            Content::Text(text) => text.content.len(),
            other => other.to_json().len(),
        };
        Self {
            brand,
            weight: content + 200,
            message,
            visitor: OnceLock::new(),
            agent: OnceLock::new(),
        }
    }

    pub(crate) fn for_visitor(&self, write: impl FnOnce(&Message) -> Utf8Bytes) -> Utf8Bytes {
        self.visitor.get_or_init(|| write(&self.message)).clone()
    }

    pub(crate) fn for_agent(&self, write: impl FnOnce(&Message) -> Utf8Bytes) -> Utf8Bytes {
        self.agent.get_or_init(|| write(&self.message)).clone()
    }
}

/// What a socket hears.
#[derive(Clone)]
pub(crate) enum Event {
    Message(Arc<MessageEvent>),
    Line(Arc<Line>),
    /// The customer goes on elsewhere: anonymous tokens are void.
    Carried,
    /// The conversation changed.
    Conversation(Arc<Conversation>),
    /// It is mine now, or offered to me; with messages of the session so far, if they are all here.
    Mine(Arc<Conversation>, Option<Arc<Vec<Arc<MessageEvent>>>>),
    /// It is not mine any more.
    Gone(Arc<Conversation>, &'static str),
    /// A frame that is ready.
    Frame(Utf8Bytes),
    /// Load or state of this agent changed.
    Standing,
    /// A sign-in ended: its sockets close.
    SignedOut([u8; 32]),
    /// All sign-ins ended but one: sockets of the others close.
    Renewed(Arc<Renewal>),
    /// Role, name or teams of this agent changed.
    Rights,
    /// Close with this code.
    Close(u16, &'static str),
}

/// The sign-in that goes on under another secret.
pub(crate) struct Renewal {
    pub(crate) was: Option<[u8; 32]>,
    pub(crate) is: [u8; 32],
}

/// A mailbox sets aside room for 32 events at once, so that each byte here is 32 at every idle socket.
const _: () = assert!(size_of::<Event>() <= 40);

impl Event {
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Message(event) => event.weight,
            Self::Line(line) => line.text.len() + 200,
            Self::Frame(frame) => frame.len(),
            _ => 500,
        }
    }
}

/// After one long poll, the next one is on its way.
const ON_ITS_WAY: Duration = Duration::from_secs(5);

/// An agent's socket, and the sign-in under which it is open.
struct Console {
    mailbox: Mailbox,
    login: Option<[u8; 32]>,
}

/// Who listens to what.
pub(crate) struct Hub {
    visitors: DashMap<ConversationId, Vec<Mailbox>>,
    agents: DashMap<AgentId, Vec<Console>>,
    viewers: DashMap<ConversationId, Vec<(AgentId, Mailbox)>>,
    /// Messages of sessions that nobody serves; `None` once there are too many.
    unserved: DashMap<ConversationId, Option<Vec<Arc<MessageEvent>>>>,
    /// Visitors whose poll was answered.
    polled: Lately<ConversationId>,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            visitors: DashMap::new(),
            agents: DashMap::new(),
            viewers: DashMap::new(),
            unserved: DashMap::new(),
            polled: Lately::new(ON_ITS_WAY),
        }
    }
}

impl kefu_reception::Attendance for Hub {
    fn here(&self, conversation: ConversationId) -> bool {
        self.visitors.contains_key(&conversation)
            || self.polled.knows(&conversation, Instant::now())
    }
}

impl Hub {
    /// A visitor's socket listens; the oldest beyond `most` is closed.
    pub(crate) fn join_visitor(&self, id: ConversationId, mailbox: Mailbox, most: usize) {
        let mut all = self.visitors.entry(id).or_default();
        if all.len() >= most {
            all.remove(0)
                .put(Event::Close(close::TOO_MANY, "too many connections"));
        }
        all.push(mailbox);
    }

    pub(crate) fn leave_visitor(&self, id: ConversationId, mailbox: &Mailbox) {
        self.visitors.alter(&id, |_, mut all| {
            all.retain(|one| one.id != mailbox.id);
            all
        });
        self.visitors.remove_if(&id, |_, all| all.is_empty());
    }

    /// A visitor's poll listens no more; the visitor is here for some seconds still.
    pub(crate) fn leave_poll(&self, id: ConversationId, mailbox: &Mailbox) {
        self.polled.begin(id, Instant::now());
        self.leave_visitor(id, mailbox);
    }

    /// An agent's socket listens, under a sign-in or a ticket; the oldest beyond `most` is closed.
    pub(crate) fn join_agent(
        &self,
        id: AgentId,
        mailbox: Mailbox,
        login: Option<[u8; 32]>,
        most: usize,
    ) {
        let mut all = self.agents.entry(id).or_default();
        if all.len() >= most {
            all.remove(0)
                .mailbox
                .put(Event::Close(close::TOO_MANY, "too many connections"));
        }
        all.push(Console { mailbox, login });
    }

    /// An agent's socket goes on under another sign-in.
    pub(crate) fn renewed(&self, id: AgentId, mailbox: &Mailbox, login: [u8; 32]) {
        if let Some(mut all) = self.agents.get_mut(&id) {
            let mine = all.iter_mut().filter(|one| one.mailbox.id == mailbox.id);
            mine.for_each(|one| one.login = Some(login));
        }
    }

    /// Is a socket of this agent open under another sign-in?
    pub(crate) fn elsewhere(&self, id: AgentId, login: [u8; 32]) -> bool {
        let all = self.agents.get(&id);
        all.is_some_and(|all| all.iter().any(|one| one.login != Some(login)))
    }

    pub(crate) fn leave_agent(&self, id: AgentId, mailbox: &Mailbox) {
        self.agents.alter(&id, |_, mut all| {
            all.retain(|one| one.mailbox.id != mailbox.id);
            all
        });
        self.agents.remove_if(&id, |_, all| all.is_empty());
    }

    /// Closes all sockets of an agent: signed out, disabled.
    pub(crate) fn close_agent(&self, id: AgentId, code: u16, reason: &'static str) {
        if let Some(all) = self.agents.get(&id) {
            for one in all.iter() {
                one.mailbox.put(Event::Close(code, reason));
            }
        }
    }

    /// An agent's socket shows a thread that may not be theirs; answers who shows it now.
    pub(crate) fn view(
        &self,
        id: ConversationId,
        agent: AgentId,
        mailbox: &Mailbox,
        on: bool,
    ) -> Vec<AgentId> {
        let mut all = self.viewers.entry(id).or_default();
        all.retain(|(_, one)| one.id != mailbox.id);
        if on {
            all.push((agent, mailbox.clone()));
        }
        let mut now: Vec<AgentId> = all.iter().map(|(agent, _)| *agent).collect();
        drop(all);
        self.viewers.remove_if(&id, |_, all| all.is_empty());
        now.sort_unstable();
        now.dedup();
        now
    }

    /// A frame for everyone who shows a thread.
    pub(crate) fn tell_viewers(&self, id: ConversationId, frame: &Utf8Bytes) {
        if let Some(all) = self.viewers.get(&id) {
            for (_, one) in all.iter() {
                one.put(Event::Frame(frame.clone()));
            }
        }
    }

    pub(crate) fn tell_agent(&self, id: AgentId, event: &Event) {
        if let Some(all) = self.agents.get(&id) {
            for one in all.iter() {
                one.mailbox.put(event.clone());
            }
        }
    }

    pub(crate) fn tell_visitor(&self, id: ConversationId, event: &Event) {
        if let Some(all) = self.visitors.get(&id) {
            for one in all.iter() {
                one.put(event.clone());
            }
        }
    }

    /// Something for every socket: the node goes away.
    pub(crate) fn tell_all(&self, event: impl Fn() -> Event) {
        for all in &self.visitors {
            all.iter().for_each(|one| one.put(event()));
        }
        for all in &self.agents {
            all.iter().for_each(|one| one.mailbox.put(event()));
        }
    }

    fn tell_others_who_view(&self, id: ConversationId, agent: Option<AgentId>, event: &Event) {
        if self.viewers.is_empty() {
            return;
        }
        if let Some(all) = self.viewers.get(&id) {
            for (_, one) in all.iter().filter(|(viewer, _)| Some(*viewer) != agent) {
                one.put(event.clone());
            }
        }
    }

    fn message(&self, brand: BrandId, message: &Arc<Message>, agent: Option<AgentId>) {
        let event = Arc::new(MessageEvent::new(brand, Arc::clone(message)));
        let id = message.conversation;
        if let (None, Origin::Customer, 0) = (agent, message.origin, message.rev) {
            let mut kept = self.unserved.entry(id).or_insert_with(|| Some(Vec::new()));
            keep(&mut kept, &event);
        }
        let event = Event::Message(event);
        self.tell_visitor(id, &event);
        if let Some(agent) = agent {
            self.tell_agent(agent, &event);
        }
        self.tell_others_who_view(id, agent, &event);
    }

    fn session(&self, conversation: &Arc<Conversation>, effects: &[Effect], opened: bool) {
        let id = conversation.id;
        let session = conversation.session.as_ref();
        let holder = session.and_then(|s| match s.state {
            kefu_domain::ServiceState::Serving => s.agent,
            _ => s.offer.map(|offer| offer.agent),
        });
        // Before its first message was told, a new session has nothing kept for it.
        let whole = opened || session.is_some_and(|s| s.no > 0);
        for effect in effects {
            match *effect {
                Effect::Opened { agent, .. } => {
                    let kept = self
                        .unserved
                        .get(&id)
                        .and_then(|kept| kept.clone())
                        .filter(|_| whole);
                    // Only if they are the session's messages from its first one on.
                    let kept =
                        kept.filter(|kept| session.is_some_and(|s| all_of(kept, s.opened_at)));
                    self.tell_agent(
                        agent,
                        &Event::Mine(Arc::clone(conversation), kept.map(Arc::new)),
                    );
                    self.tell_agent(agent, &Event::Standing);
                }
                Effect::Accepted { agent, .. } => {
                    self.tell_agent(agent, &Event::Conversation(Arc::clone(conversation)));
                    self.tell_agent(agent, &Event::Standing);
                }
                Effect::Closed { agent, reason, .. } => {
                    let word = match reason {
                        kefu_domain::session::Reason::Transfer => "transferred",
                        _ if session.is_some_and(|s| s.ended_at.is_some()) => "ended",
                        _ => "requeued",
                    };
                    if holder != Some(agent) {
                        self.tell_agent(agent, &Event::Gone(Arc::clone(conversation), word));
                    }
                    self.tell_agent(agent, &Event::Standing);
                }
            }
        }
        if holder.is_some() || session.is_none_or(|s| s.ended_at.is_some()) {
            self.unserved.remove(&id);
        }
        let event = Event::Conversation(Arc::clone(conversation));
        if effects.is_empty()
            && let Some(holder) = holder
        {
            self.tell_agent(holder, &event);
        }
        self.tell_visitor(id, &event);
        self.tell_others_who_view(id, holder, &event);
    }
}

/// Keeps one more, or nothing at all.
fn keep(kept: &mut Option<Vec<Arc<MessageEvent>>>, event: &Arc<MessageEvent>) {
    if let Some(some) = kept {
        let bytes: usize = some.iter().map(|one| one.weight).sum();
        if some.len() < KEPT && bytes + event.weight <= KEPT_BYTES {
            some.push(Arc::clone(event));
        } else {
            *kept = None;
        }
    }
}

/// Do these messages begin with the one that opened the session?
fn all_of(kept: &[Arc<MessageEvent>], opened_at: i64) -> bool {
    kept.first()
        .is_some_and(|first| first.message.sent_at == opened_at)
}

impl ChangeSink for Hub {
    fn changed(&self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Message {
                    brand,
                    message,
                    agent,
                } => self.message(*brand, message, *agent),
                Change::Line { line, agent, .. } => {
                    let event = Event::Line(Arc::clone(line));
                    if let Some(agent) = agent {
                        self.tell_agent(*agent, &event);
                    }
                    self.tell_others_who_view(line.conversation, *agent, &event);
                }
                Change::Session {
                    conversation,
                    effects,
                    opened,
                    ..
                } => self.session(conversation, effects, *opened),
                Change::Conversation { conversation } => {
                    let event = Event::Conversation(Arc::clone(conversation));
                    let session = conversation
                        .session
                        .as_ref()
                        .filter(|s| s.ended_at.is_none());
                    if let Some(agent) = session.and_then(|s| s.agent) {
                        self.tell_agent(agent, &event);
                    }
                    self.tell_visitor(conversation.id, &event);
                    self.tell_others_who_view(
                        conversation.id,
                        session.and_then(|s| s.agent),
                        &event,
                    );
                }
                Change::Carried { conversation } => {
                    self.tell_visitor(*conversation, &Event::Carried);
                }
                Change::Handoff { .. }
                | Change::Outbox { .. }
                | Change::Pull { .. }
                | Change::Told
                | Change::Fetch
                | Change::Hook
                | Change::Setup { .. } => (),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(content: Content) -> Arc<MessageEvent> {
        let message = Message {
            conversation: ConversationId(1),
            seq: 1,
            rev: 0,
            origin: Origin::Customer,
            agent: None,
            session: None,
            entry_point: kefu_domain::EntryPointId(1),
            sent_at: 0,
            client_msg_id: "m".to_owned(),
            content,
            delivery: None,
            failure: None,
            recalled: false,
        };
        Arc::new(MessageEvent::new(BrandId(1), Arc::new(message)))
    }

    #[test]
    fn what_nobody_serves_is_kept_up_to_so_many_messages_and_bytes() {
        let short = said(Content::text("好"));
        // Of what is not text, every string counts.
        let long = said(Content::Other {
            msgtype: "merged_msg".to_owned(),
            body: serde_json::json!({ "items": ["好".repeat(10_000)] }),
        });
        let kept_of = |event: &Arc<MessageEvent>, times: usize| {
            let mut kept = Some(Vec::new());
            (0..times).for_each(|_| keep(&mut kept, event));
            kept.map(|kept| kept.len())
        };
        assert_eq!(kept_of(&short, 8), Some(8));
        assert_eq!(kept_of(&short, 9), None);
        assert_eq!(kept_of(&long, 2), Some(2));
        assert_eq!(kept_of(&long, 3), None);
    }
}

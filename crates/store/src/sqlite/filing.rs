//! Filing: a customer's message finds its thread, opens a session and gets its number.

use std::sync::Arc;

use kefu_domain::{
    AgentId, BrandId, Content, ConversationId, Credits, CustomerId, Delivery, EntryPointId,
    Message, MessageId, Origin, ServiceState, Session, SessionId, UnixMs, credit::Closed,
    routing::opening_priority, session::Command,
};
use rusqlite::{ErrorCode, OptionalExtension, params};

use super::{
    cache::{Behind, Due},
    revising::Filing,
    rows::{self, Stands},
    summary::fold,
    visitors::Whose,
    writer::Writer,
};
use crate::{Change, Conversation, Filed, Inbound, Incoming, Opening, Party, Result, StoreError};

/// A conversation that was active so lately stands where lists look for it.
const NEAR_MS: i64 = 10_000;

/// A message about to be appended.
pub(super) struct Draft {
    pub(super) origin: Origin,
    pub(super) agent: Option<AgentId>,
    pub(super) session: Option<SessionId>,
    pub(super) entry_point: EntryPointId,
    pub(super) scope: [u8; 16],
    pub(super) key: String,
    pub(super) content: Content,
    pub(super) delivery: Option<Delivery>,
    pub(super) at: UnixMs,
}

/// A message was appended, or its key was used before.
pub(super) enum Appended {
    New(u64),
    Before(MessageId, Box<Content>),
}

impl Writer {
    /// Appends a message with the next number; the session is not touched.
    pub(super) fn append(
        &mut self,
        brand: BrandId,
        conversation: ConversationId,
        draft: Draft,
    ) -> Result<Appended> {
        let seq = self.entry(brand, conversation)?.conversation.last_seq + 1;
        let message = Message {
            conversation,
            seq,
            rev: 0,
            origin: draft.origin,
            agent: draft.agent,
            session: draft.session,
            entry_point: draft.entry_point,
            sent_at: draft.at,
            client_msg_id: draft.key,
            content: draft.content,
            delivery: draft.delivery,
            failure: None,
            recalled: false,
        };
        let filing = match self.insert_message(brand, draft.scope, &message) {
            Ok(filing) => filing,
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                // The statement alone was undone: the sender's id was used before.
                return match self.find_key(draft.scope, &message.client_msg_id)? {
                    Some(before) => Ok(Appended::Before(before, Box::new(message.content))),
                    None => self.distrust("an index holds what the rows do not"),
                };
            }
            Err(error) => return self.broke(Err(error)),
        };
        let entry = self.entry(brand, conversation)?;
        entry.chain = rows::link(entry.chain, conversation, seq, draft.at);
        fold(entry, &message);
        let agent = serving(&entry.conversation);
        entry.unplaced.push(filing.row);
        let first = entry.unplaced.len() == 1;
        let message = Arc::new(message);
        if message.delivery == Some(Delivery::Pending) {
            entry.keep_on_way(&message, filing);
        }
        self.unplaced.appended(conversation, filing.row, first);
        self.changes.push(Change::Message {
            brand,
            message,
            agent,
        });
        // Lists leave out who never said anything.
        let due = if seq == 1 { Due::Now } else { Due::Later };
        self.touch(conversation, due);
        Ok(Appended::New(seq))
    }

    fn insert_message(
        &mut self,
        brand: BrandId,
        scope: [u8; 16],
        message: &Message,
    ) -> rusqlite::Result<Filing> {
        let json = rows::write_json(&message.content, &mut self.json);
        let stands = Stands {
            brand,
            scope,
            said: rows::said(json),
            content: json,
            failure: None,
        };
        let checksum = stands.checksum(message, &mut self.scratch);
        self.connection
            .prepare_cached(
                "INSERT INTO messages (conversation, seq, brand, origin, agent, session, entry_point, sent_at, scope, client_key, content, delivery, said, checksum)
                 VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)",
            )?
            .execute(params![
                message.conversation.bytes(), message.seq, brand.bytes(), message.origin as u8,
                message.agent.map(AgentId::bytes), message.session.map(SessionId::bytes), message.entry_point.bytes(),
                message.sent_at, scope, message.client_msg_id, json, message.delivery.map(rows::delivery_number),
                stands.said, checksum,
            ])?;
        Ok(Filing {
            row: self.connection.last_insert_rowid(),
            scope,
            said: stands.said,
        })
    }

    /// The answer to a repeated id: the first one again, or a conflict.
    pub(super) fn repeated(
        &mut self,
        brand: BrandId,
        before: MessageId,
        content: &Content,
    ) -> Result<Filed> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT said, sent_at, content FROM messages WHERE id = ?1 AND brand = ?2",
            )?
            .query_row(params![self.row_of(before)?, brand.bytes()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?))
            })
            .optional()?;
        // Equal things may be written differently (the order of a map), so the words decide last.
        let same = |said: i64, stored: &str| {
            said == rows::said(&content.to_json())
                || Content::from_json(stored).as_ref() == Ok(content)
        };
        match found {
            Some((said, sent_at, stored)) if same(said, &stored) => Ok(Filed {
                conversation: before.conversation,
                seq: before.seq,
                sent_at,
                duplicate: true,
            }),
            _ => Err(StoreError::IdempotencyConflict),
        }
    }

    pub(super) fn file(&mut self, inbound: Inbound) -> Result<Filed> {
        let Inbound {
            brand,
            entry_point,
            party,
            key,
            content,
            at,
            grant,
            opening,
        } = inbound;
        let scope = match &party {
            Party::Known { identity, .. } => identity.bytes(),
            Party::Upstream { .. } => entry_point.bytes(),
        };
        let known = self.look_up(brand, entry_point, &party)?;
        let mut session = None;
        let blocked = match &known {
            Some(whose) => {
                let entry = self.entry(brand, whose.conversation)?;
                if entry.has_open_session() {
                    session = entry
                        .conversation
                        .session
                        .as_ref()
                        .map(|session| session.id);
                }
                entry.conversation.customer.blocked
            }
            None => self.is_blocked(brand, entry_point, &party)?,
        };
        let answer = self.answer(brand, known.as_ref(), &content)?;
        let fresh = session.is_none() && answer.is_none();
        // Whatever has to be made, or refused, must not be for a message that was filed before.
        if (fresh || blocked || answer.is_some())
            && let Some(before) = self.find_key(scope, &key)?
        {
            return self.repeated(brand, before, &content);
        }
        if blocked {
            return Err(StoreError::Blocked);
        }
        if fresh {
            self.check_new_session(opening.session)?;
        }
        let whose = match known {
            Some(whose) => whose,
            None => self.make(brand, entry_point, &party, at)?,
        };
        let conversation = whose.conversation;
        if fresh {
            self.open_session(brand, conversation, entry_point, opening, at)?;
        }
        let draft = Draft {
            origin: Origin::Customer,
            agent: None,
            session: Some(answer.map_or(session.unwrap_or(opening.session), |(about, _)| about)),
            entry_point,
            scope,
            key,
            content,
            delivery: None,
            at,
        };
        let elsewhere = draft.content.elsewhere().is_some();
        let seq = match self.append(brand, conversation, draft)? {
            Appended::New(seq) => seq,
            Appended::Before(before, content) => return self.repeated(brand, before, &content),
        };
        if elsewhere {
            self.due_fetch(brand, MessageId { conversation, seq }, entry_point, at)?;
        }
        if let Some((about, score)) = answer {
            self.rated(brand, conversation, about, score, at)?;
        }
        let sent = self.sent_since(brand, conversation, entry_point, grant)?;
        let entry = self.entry(brand, conversation)?;
        let moved = arrived_by(entry.edit(), entry_point, whose);
        let whole = entry.edit();
        if let Some((grant, since)) = grant {
            let before = whole.credits.filter(|_| !moved);
            whole.credits = Some(Credits::renewed(before, grant, since, sent));
        } else if moved {
            whole.credits = None;
        }
        let mut queued = false;
        let queue = opening.queue.filter(|_| answer.is_none());
        if let (Some(team), Some(session)) = (queue, whole.session.as_mut()) {
            queued = session.apply(&Command::Enqueue { team }, at).is_ok();
        }
        if queued {
            entry.session_behind(Behind::Whole);
        }
        if fresh || queued {
            let conversation = Arc::clone(&entry.conversation);
            self.changes.push(Change::Session {
                conversation,
                effects: Vec::new(),
                opened: fresh,
                waited_for: None,
            });
        }
        if moved {
            self.touch(conversation, Due::Now);
        } else if grant.is_some() {
            self.touch(conversation, Due::Credits);
        }
        if queued {
            self.touch(conversation, Due::Session);
        }
        Ok(Filed {
            conversation,
            seq,
            sent_at: at,
            duplicate: false,
        })
    }

    /// A session's id is used once, whoever chose it.
    pub(super) fn check_new_session(&mut self, id: SessionId) -> Result<()> {
        let taken = self
            .connection
            .prepare_cached("SELECT 1 FROM sessions WHERE id = ?1")?
            .exists([id.bytes()])?;
        if taken {
            Err(StoreError::Conflict("the session exists".to_owned()))
        } else {
            Ok(())
        }
    }

    pub(super) fn open_session(
        &mut self,
        brand: BrandId,
        id: ConversationId,
        entry_point: EntryPointId,
        opening: Opening,
        at: UnixMs,
    ) -> Result<()> {
        // The session before it may have ended in this very batch and not be written yet.
        self.entry(brand, id)?;
        self.write_session_back(id)?;
        let entry = self.entry(brand, id)?;
        // Lists find it where it stood; a moment later is soon enough for one that stands near.
        let near = entry.listed_at + NEAR_MS > at;
        // Clocks are read before the queue of the writer: of two doors, the later word may come first.
        let before = entry.conversation.session.as_ref();
        let opened_at = before
            .and_then(|s| s.ended_at)
            .map_or(at, |ended| ended.max(at));
        entry.first_seq = entry.conversation.last_seq + 1;
        entry.final_seq = entry.conversation.last_seq;
        entry.session = Behind::New;
        let whole = entry.edit();
        whole.sessions += 1;
        let customer = (whole.sessions > 1 && whole.customer.mark.as_deref() == Some("new"))
            .then_some(whole.customer.id);
        whole.session = Some(Session {
            id: opening.session,
            brand,
            conversation: id,
            kf_account: whole.kf_account,
            entry_point,
            no: whole.sessions,
            state: ServiceState::New,
            team: None,
            agent: None,
            fence: 0,
            offer: None,
            priority: opening_priority(whole.customer.mark.as_deref()),
            opened_at,
            enqueued_at: None,
            stops: Vec::new(),
            left_at: None,
            assigned_at: None,
            first_reply_at: None,
            turn_since: None,
            last_customer_at: at,
            last_agent_at: None,
            warned_at: None,
            ended_at: None,
            end_reason: None,
            declined: Vec::new(),
            score: None,
            comment: None,
            why: None,
            elsewhere: None,
        });
        self.touch(id, if near { Due::Session } else { Due::Now });
        customer.map_or(Ok(()), |customer| self.comes_again(brand, customer))
    }

    /// Who comes a second time is not new any more.
    fn comes_again(&mut self, brand: BrandId, customer: CustomerId) -> Result<()> {
        let marked = self
            .connection
            .prepare_cached("UPDATE customers SET mark = 'regular', rev = rev + 1 WHERE id = ?1 AND brand = ?2 AND mark = 'new'")
            .and_then(|mut update| update.execute(params![customer.bytes(), brand.bytes()]));
        if self.broke(marked)? > 0 {
            self.recard(brand, customer, |card| {
                card.mark = Some("regular".to_owned())
            })?;
        }
        Ok(())
    }

    /// One item of a page.
    pub(super) fn incoming(&mut self, item: Incoming) -> Result<Option<Filed>> {
        match item {
            Incoming::Message(inbound) => self.file(inbound).map(Some),
            Incoming::Enter(enter) => self.enter(enter).map(Some),
            Incoming::Left {
                brand,
                entry_point,
                party,
                key,
                left_at,
                at,
            } => {
                let Some(whose) = self.look_up(brand, entry_point, &party)? else {
                    return Ok(None);
                };
                if self.first_time(entry_point.bytes(), &key, at)? {
                    self.adjust(brand, whose.conversation, |whole| {
                        let came = whole.source.as_ref().map(|source| source.at);
                        let wrote = whole.session.as_ref().map(|s| s.last_customer_at);
                        // Platforms tell no more of the time than the second.
                        let back = came.max(wrote).is_some_and(|at| at >= left_at + 1_000);
                        let here = whole.entry_point == entry_point && !back;
                        if here {
                            let credits = whole.credits.get_or_insert(Credits::of_who_left(at));
                            credits.close(Closed::Left, at);
                        }
                        here
                    })?;
                }
                Ok(None)
            }
            Incoming::Failed {
                brand,
                outbox,
                failure,
            } => {
                self.fail_sent(brand, outbox, failure)?;
                Ok(None)
            }
            Incoming::Servicer(said) => self.said_elsewhere(said).map(Some),
            Incoming::Moved(moved) => self.moved_elsewhere(moved),
            Incoming::Told(told) => self.told_in_page(told).map(|()| None),
            Incoming::Recalled {
                brand,
                entry_point,
                key,
            } => {
                if let Some(id) = self.find_key(entry_point.bytes(), &key)? {
                    self.revise(brand, id, |message| {
                        !std::mem::replace(&mut message.recalled, true)
                    })?;
                }
                Ok(None)
            }
        }
    }
}

/// Replies go out by the door of the customer's last message; true if that is another one now.
pub(super) fn arrived_by(
    whole: &mut Conversation,
    entry_point: EntryPointId,
    whose: Whose,
) -> bool {
    let moved = whole.entry_point != entry_point || whole.identity != whose.identity;
    if moved {
        whole.entry_point = entry_point;
        whole.identity = whose.identity;
        whole.address = whose.address;
    }
    moved
}

/// The agent who has the session now.
pub(super) fn serving(conversation: &Conversation) -> Option<AgentId> {
    conversation
        .session
        .as_ref()
        .filter(|s| s.state == ServiceState::Serving)
        .and_then(|s| s.agent)
}

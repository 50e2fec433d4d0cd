//! Threads: filing, sending, noting, reading.

use std::sync::Arc;

use async_trait::async_trait;
use kefu_domain::{
    AgentId, BrandId, Content, ConversationId, Credits, Delivery, EntryPointId, Message, MessageId,
    Origin, ServiceState, Session, SessionId, UnixMs,
    message::Line,
    session::{Command, Refusal},
};
use rusqlite::{ErrorCode, OptionalExtension, params};

use super::{Sqlite, cache::fold, rows, writer::Writer};
use crate::{
    Author, Change, Conversation, CursorMove, Filed, Found, Inbound, Incoming, LineDraft,
    ListQuery, Outgoing, Party, Result, Source, StoreError, ThreadStore, Way,
};

/// A message about to be appended.
pub(super) struct Draft<'a> {
    pub(super) origin: Origin,
    pub(super) agent: Option<AgentId>,
    pub(super) session: Option<SessionId>,
    pub(super) entry_point: EntryPointId,
    pub(super) scope: [u8; 16],
    pub(super) key: &'a str,
    pub(super) content: Content,
    pub(super) delivery: Option<Delivery>,
    pub(super) at: UnixMs,
}

/// A message was appended, or its key was used before.
pub(super) enum Appended {
    New(u64),
    Before(MessageId),
}

impl Writer {
    /// Appends a message with the next number; the session is not touched.
    pub(super) fn append(
        &mut self,
        brand: BrandId,
        conversation: ConversationId,
        draft: Draft<'_>,
    ) -> Result<Appended> {
        let entry = self.entry(brand, conversation)?;
        let seq = entry.conversation.last_seq + 1;
        let json = draft.content.to_json();
        let checksum = rows::checksum(conversation, seq, draft.origin, draft.at, &json);
        let inserted = self.connection.prepare_cached(
            "INSERT INTO messages (conversation, seq, brand, origin, agent, session, entry_point, sent_at, scope, client_key, content, delivery, checksum)
             VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
        ).and_then(|mut insert| insert.execute(params![
            conversation.bytes(), seq, brand.bytes(), draft.origin as u8, draft.agent.map(AgentId::bytes),
            draft.session.map(SessionId::bytes), draft.entry_point.bytes(), draft.at, draft.scope, draft.key, json,
            draft.delivery.map(rows::delivery_number), checksum,
        ]));
        match inserted {
            Ok(_) => (),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                // The statement alone was undone. If it is not the sender's id, the number itself is
                // taken, and memory is wrong about this thread: fail the batch and read afresh.
                return match self.find_key(draft.scope, draft.key)? {
                    Some(before) => Ok(Appended::Before(before)),
                    None => self.broke(Err(error)),
                };
            }
            Err(error) => return self.broke(Err(error)),
        }
        let message = Message {
            conversation,
            seq,
            rev: 0,
            origin: draft.origin,
            agent: draft.agent,
            session: draft.session,
            entry_point: draft.entry_point,
            sent_at: draft.at,
            client_msg_id: draft.key.to_owned(),
            content: draft.content,
            delivery: draft.delivery,
            failure: None,
            recalled: false,
        };
        let entry = self.entry(brand, conversation)?;
        entry.chain = rows::link(entry.chain, conversation, seq, draft.at);
        let whole = entry.edit();
        whole.last_seq = seq;
        fold(whole, draft.origin, rows::last_of(&message), draft.at);
        let agent = serving(whole);
        self.changes.push(Change::Message {
            brand,
            message: Arc::new(message),
            agent,
        });
        self.touch(conversation, false);
        Ok(Appended::New(seq))
    }

    /// The answer to a repeated id: the first one again, or a conflict.
    pub(super) fn repeated(
        &mut self,
        brand: BrandId,
        before: MessageId,
        content: &Content,
    ) -> Result<Filed> {
        let (stored, sent_at): (String, UnixMs) = self
            .connection
            .prepare_cached("SELECT content, sent_at FROM messages WHERE conversation = ?1 AND seq = ?2 AND brand = ?3")?
            .query_row(params![before.conversation.bytes(), before.seq, brand.bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if Content::from_json(&stored).as_ref() != Ok(content) {
            return Err(StoreError::IdempotencyConflict);
        }
        Ok(Filed {
            conversation: before.conversation,
            seq: before.seq,
            sent_at,
            duplicate: true,
        })
    }

    fn file(&mut self, inbound: Inbound) -> Result<Filed> {
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
        let conversation = self.resolve(brand, entry_point, &party, at)?;
        let entry = self.entry(brand, conversation)?;
        if entry.conversation.customer.blocked {
            return Err(StoreError::Blocked);
        }
        let open = entry
            .conversation
            .session
            .as_ref()
            .filter(|s| s.state != ServiceState::Ended);
        let (session, fresh) = open.map_or((opening.session, true), |session| (session.id, false));
        let draft = Draft {
            origin: Origin::Customer,
            agent: None,
            session: Some(session),
            entry_point,
            scope,
            key: &key,
            content,
            delivery: None,
            at,
        };
        // A new session must be there before its first message is folded in, but must not be made
        // for a message that was filed before.
        if fresh {
            if let Some(before) = self.find_key(scope, &key)? {
                return self.repeated(brand, before, &draft.content);
            }
            self.open_session(
                brand,
                conversation,
                entry_point,
                opening.session,
                opening.priority,
                at,
            )?;
        }
        let seq = match self.append(
            brand,
            conversation,
            Draft {
                content: draft.content.clone(),
                ..draft
            },
        )? {
            Appended::New(seq) => seq,
            Appended::Before(before) => return self.repeated(brand, before, &draft.content),
        };
        let entry = self.entry(brand, conversation)?;
        let whole = entry.edit();
        let mut hard = fresh;
        if whole.entry_point != entry_point {
            whole.entry_point = entry_point;
            hard = true;
        }
        if let Party::Known { identity, .. } = party
            && whole.identity != identity
        {
            whole.identity = identity;
            whole.address = String::new();
            hard = true;
        }
        if let Some(grant) = grant {
            whole.credits = Some(Credits::granted(grant, at));
            hard = true;
        } else if whole.credits.is_some() && hard {
            whole.credits = None;
        }
        let mut queued = false;
        if let (Some(team), Some(session)) = (opening.queue, whole.session.as_mut()) {
            queued = session.apply(&Command::Enqueue { team }, at).is_ok();
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
        if hard || queued {
            self.touch(conversation, true);
        }
        Ok(Filed {
            conversation,
            seq,
            sent_at: at,
            duplicate: false,
        })
    }

    fn open_session(
        &mut self,
        brand: BrandId,
        id: ConversationId,
        entry_point: EntryPointId,
        session: SessionId,
        priority: i32,
        at: UnixMs,
    ) -> Result<()> {
        // The session before it may have ended in this very batch and not be written yet.
        let entry = self.entry(brand, id)?;
        if entry.hard || entry.new_session {
            let written = rows::write_conversation(
                &self.connection,
                self.cache.get(id).ok_or(StoreError::NotFound)?,
            );
            self.broke(written)?;
        }
        let entry = self.entry(brand, id)?;
        entry.new_session = true;
        entry.first_seq = entry.conversation.last_seq + 1;
        let whole = entry.edit();
        whole.sessions += 1;
        whole.session = Some(Session {
            id: session,
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
            priority,
            opened_at: at,
            enqueued_at: None,
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
        });
        self.touch(id, true);
        Ok(())
    }

    fn send(&mut self, outgoing: Outgoing) -> Result<Filed> {
        let Outgoing {
            brand,
            conversation,
            author,
            key,
            content,
            at,
            seen_seq,
            way,
            outbox,
        } = outgoing;
        let (origin, agent, scope) = match author {
            Author::Agent { agent, .. } => (Origin::Servicer, Some(agent), agent.bytes()),
            Author::System => (Origin::System, None, conversation.bytes()),
            Author::Assistant => (Origin::Assistant, None, conversation.bytes()),
        };
        self.entry(brand, conversation)?;
        if let Some(before) = self.find_key(scope, &key)? {
            let same = before.conversation == conversation;
            return if same {
                self.repeated(brand, before, &content)
            } else {
                Err(StoreError::IdempotencyConflict)
            };
        }
        let entry = self.entry(brand, conversation)?;
        let whole = &entry.conversation;
        let session = whole
            .session
            .as_ref()
            .filter(|s| s.state != ServiceState::Ended);
        if let Author::Agent { agent, fence } = author {
            let session = session.ok_or(Refusal::Ended)?;
            let mine = session.state == ServiceState::Serving && session.agent == Some(agent);
            if !mine || fence.is_some_and(|fence| fence != session.fence) {
                return Err(Refusal::NotAssigned.into());
            }
        }
        if let Some(seen) = seen_seq
            && whole
                .last
                .as_ref()
                .is_some_and(|last| last.origin == Origin::Customer)
            && whole.last_seq > seen
        {
            return Err(StoreError::ThreadMoved(whole.last_seq));
        }
        if whole.entry_point != way.entry_point {
            return Err(StoreError::EntryMoved);
        }
        let session = session.map(|session| session.id);
        self.pay(brand, conversation, way, at)?;
        let delivery = Some(if way.outside {
            Delivery::Pending
        } else {
            Delivery::Sent
        });
        let draft = Draft {
            origin,
            agent,
            session,
            entry_point: way.entry_point,
            scope,
            key: &key,
            content,
            delivery,
            at,
        };
        let seq = match self.append(brand, conversation, draft)? {
            Appended::New(seq) => seq,
            // Looked up above, and this thread alone writes.
            Appended::Before(_) => return Err(StoreError::IdempotencyConflict),
        };
        if way.outside {
            self.queue_outbox(brand, conversation, way.entry_point, seq, outbox, at)?;
        }
        Ok(Filed {
            conversation,
            seq,
            sent_at: at,
            duplicate: false,
        })
    }

    /// Takes a credit for one message, if the way needs one.
    pub(super) fn pay(
        &mut self,
        brand: BrandId,
        conversation: ConversationId,
        way: Way,
        at: UnixMs,
    ) -> Result<()> {
        if !way.credits {
            return Ok(());
        }
        let entry = self.entry(brand, conversation)?;
        let mut credits = entry
            .conversation
            .credits
            .ok_or(kefu_domain::credit::Closed::Expired)?;
        credits.take(at)?;
        entry.edit().credits = Some(credits);
        let conversation = Arc::clone(&entry.conversation);
        let id = conversation.id;
        self.changes.push(Change::Conversation { conversation });
        self.touch(id, true);
        Ok(())
    }

    pub(super) fn write_line(
        &mut self,
        brand: BrandId,
        conversation: ConversationId,
        key: Option<&str>,
        draft: LineDraft,
        at: UnixMs,
    ) -> Result<Line> {
        if let Some(key) = key {
            let sql = format!(
                "SELECT {} FROM lines WHERE conversation = ?1 AND client_key = ?2",
                rows::LINE
            );
            let before = self
                .connection
                .prepare_cached(&sql)?
                .query_row(params![conversation.bytes(), key], rows::line)
                .optional()?;
            if let Some(before) = before {
                return if before.text == draft.text {
                    Ok(before)
                } else {
                    Err(StoreError::IdempotencyConflict)
                };
            }
        }
        let entry = self.entry(brand, conversation)?;
        let whole = entry.edit();
        whole.last_line += 1;
        let line = Line {
            conversation,
            no: whole.last_line,
            after_seq: whole.last_seq,
            agent: draft.agent,
            event: draft.event,
            text: draft.text,
            sent_at: at,
        };
        let agent = serving(whole);
        let inserted = self.connection.prepare_cached(
            "INSERT INTO lines (conversation, no, brand, after_seq, agent, event, body, client_key, sent_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)",
        ).and_then(|mut insert| insert.execute(params![
            conversation.bytes(), line.no, brand.bytes(), line.after_seq, line.agent.map(AgentId::bytes), line.event, line.text, key, at,
        ]));
        self.broke(inserted)?;
        self.changes.push(Change::Line {
            brand,
            line: Arc::new(line.clone()),
            agent,
        });
        self.touch(conversation, false);
        Ok(line)
    }

    /// Changes a message in place: the next `rev`, told to everyone.
    pub(super) fn revise(
        &mut self,
        brand: BrandId,
        id: MessageId,
        change: impl FnOnce(&mut Message) -> bool,
    ) -> Result<()> {
        let sql = format!(
            "SELECT {} FROM messages WHERE conversation = ?1 AND seq = ?2 AND brand = ?3",
            rows::MESSAGE
        );
        let found = self
            .connection
            .prepare_cached(&sql)?
            .query_row(
                params![id.conversation.bytes(), id.seq, brand.bytes()],
                rows::message,
            )
            .optional()?;
        let mut message = found.ok_or(StoreError::NotFound)?;
        if !change(&mut message) {
            return Ok(());
        }
        let entry = self.entry(brand, id.conversation)?;
        let whole = entry.edit();
        whole.last_rev += 1;
        message.rev = whole.last_rev;
        if whole.last_seq == id.seq {
            whole.last = Some(rows::last_of(&message));
        }
        let agent = serving(whole);
        let json = message.content.to_json();
        let checksum = rows::checksum(
            id.conversation,
            id.seq,
            message.origin,
            message.sent_at,
            &json,
        );
        let updated = self.connection.prepare_cached(
            "UPDATE messages SET rev = ?4, content = ?5, delivery = ?6, failure = ?7, recalled = ?8, checksum = ?9
             WHERE conversation = ?1 AND seq = ?2 AND brand = ?3",
        ).and_then(|mut update| update.execute(params![
            id.conversation.bytes(), id.seq, brand.bytes(), message.rev, json, message.delivery.map(rows::delivery_number),
            rows::to_json(message.failure.as_ref()), message.recalled, checksum,
        ]));
        self.broke(updated)?;
        self.changes.push(Change::Message {
            brand,
            message: Arc::new(message),
            agent,
        });
        self.touch(id.conversation, false);
        Ok(())
    }

    /// Changes a conversation's summary by hand and tells it.
    pub(super) fn adjust(
        &mut self,
        brand: BrandId,
        id: ConversationId,
        hard: bool,
        change: impl FnOnce(&mut Conversation) -> bool,
    ) -> Result<()> {
        let entry = self.entry(brand, id)?;
        let mut whole = (*entry.conversation).clone();
        if !change(&mut whole) {
            return Ok(());
        }
        entry.conversation = Arc::new(whole);
        let conversation = Arc::clone(&entry.conversation);
        self.changes.push(Change::Conversation { conversation });
        self.touch(id, hard);
        Ok(())
    }

    fn incoming(&mut self, item: Incoming) -> Result<Option<Filed>> {
        match item {
            Incoming::Message(inbound) => self.file(inbound).map(Some),
            Incoming::Enter {
                brand,
                entry_point,
                party,
                source,
                at,
            } => {
                let conversation = self.resolve(brand, entry_point, &party, at)?;
                self.adjust(brand, conversation, true, |whole| {
                    whole.source = Some(source);
                    true
                })?;
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

/// The agent who has the session now.
pub(super) fn serving(conversation: &Conversation) -> Option<AgentId> {
    conversation
        .session
        .as_ref()
        .filter(|s| s.state == ServiceState::Serving)
        .and_then(|s| s.agent)
}

#[async_trait]
impl ThreadStore for Sqlite {
    async fn file(&self, inbound: Inbound) -> Result<Filed> {
        self.write(move |writer| writer.file(inbound)).await
    }

    async fn file_page(
        &self,
        items: Vec<Incoming>,
        cursor: Option<CursorMove>,
    ) -> Result<Vec<Option<Filed>>> {
        self.write(move |writer| {
            if let Some(cursor) = &cursor {
                writer.check_cursor(cursor)?;
            }
            let mut filed = Vec::with_capacity(items.len());
            for item in items {
                match writer.incoming(item) {
                    Ok(one) => filed.push(one),
                    Err(StoreError::Unavailable(why)) => return Err(StoreError::Unavailable(why)),
                    Err(StoreError::NoSpace) => return Err(StoreError::NoSpace),
                    Err(error) => {
                        tracing::warn!(%error, "an item of a page was skipped");
                        filed.push(None);
                    }
                }
            }
            if let Some(cursor) = cursor {
                writer.move_cursor(&cursor)?;
            }
            Ok(filed)
        })
        .await
    }

    async fn send(&self, outgoing: Outgoing) -> Result<Filed> {
        self.write(move |writer| writer.send(outgoing)).await
    }

    async fn note(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        key: Option<String>,
        draft: LineDraft,
        at: UnixMs,
    ) -> Result<Line> {
        self.write(move |writer| {
            writer.entry(brand, conversation)?;
            writer.write_line(brand, conversation, key.as_deref(), draft, at)
        })
        .await
    }

    async fn customer_read(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        seq: u64,
    ) -> Result<()> {
        self.write(move |writer| {
            writer.adjust(brand, conversation, false, |whole| {
                let to = seq.min(whole.last_seq);
                let forward = to > whole.customer_read_seq;
                if forward {
                    whole.customer_read_seq = to;
                }
                forward
            })
        })
        .await
    }

    async fn agent_read(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        seq: u64,
    ) -> Result<()> {
        self.write(move |writer| {
            let entry = writer.entry(brand, conversation)?;
            let to = seq.min(entry.conversation.last_seq);
            if to <= entry.conversation.agent_read_seq {
                return Ok(());
            }
            let unread: u32 = if to == entry.conversation.last_seq {
                0
            } else {
                writer
                    .connection
                    .prepare_cached("SELECT count(*) FROM messages WHERE conversation = ?1 AND seq > ?2 AND origin = 3")?
                    .query_row(params![conversation.bytes(), to], |row| row.get(0))?
            };
            writer.adjust(brand, conversation, false, |whole| {
                whole.agent_read_seq = to;
                whole.unread = unread;
                true
            })
        })
        .await
    }

    async fn recall(&self, brand: BrandId, id: MessageId, by: Option<AgentId>) -> Result<()> {
        self.write(move |writer| {
            let mut allowed = true;
            writer.revise(brand, id, |message| {
                allowed = by.is_none() || message.agent == by;
                allowed && !std::mem::replace(&mut message.recalled, true)
            })?;
            if allowed {
                Ok(())
            } else {
                Err(StoreError::NotFound)
            }
        })
        .await
    }

    async fn amend(&self, brand: BrandId, id: MessageId, content: Content) -> Result<()> {
        self.write(move |writer| {
            writer.revise(brand, id, |message| {
                let other = message.content != content;
                message.content = content;
                other
            })
        })
        .await
    }

    async fn set_source(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        source: Source,
    ) -> Result<()> {
        self.write(move |writer| {
            writer.adjust(brand, conversation, true, |whole| {
                whole.source = Some(source);
                true
            })
        })
        .await
    }

    async fn conversation(&self, brand: BrandId, id: ConversationId) -> Result<Arc<Conversation>> {
        self.write(move |writer| writer.snapshot(brand, id)).await
    }

    async fn conversations(
        &self,
        brand: BrandId,
        query: ListQuery,
    ) -> Result<Vec<Arc<Conversation>>> {
        let ids = self
            .read(move |connection| list(connection, brand, &query))
            .await?;
        self.write(move |writer| {
            ids.into_iter()
                .map(|id| writer.snapshot(brand, id))
                .collect()
        })
        .await
    }

    async fn messages(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        after: u64,
        before: Option<u64>,
        newest: bool,
        limit: u32,
    ) -> Result<Vec<Message>> {
        self.read(move |connection| {
            let order = if newest { "DESC" } else { "ASC" };
            let sql = format!(
                "SELECT {} FROM messages WHERE conversation = ?1 AND brand = ?2 AND seq > ?3 AND seq < ?4 ORDER BY seq {order} LIMIT ?5",
                rows::MESSAGE
            );
            let mut query = connection.prepare_cached(&sql)?;
            let upto = before.map_or(i64::MAX, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
            let found = query.query_map(params![conversation.bytes(), brand.bytes(), after, upto, limit], rows::message)?;
            let mut messages = found.collect::<rusqlite::Result<Vec<_>>>()?;
            if newest {
                messages.reverse();
            }
            Ok(messages)
        })
        .await
    }

    async fn changed(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        after_rev: u64,
        limit: u32,
    ) -> Result<Vec<Message>> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {} FROM messages WHERE conversation = ?1 AND brand = ?2 AND rev > ?3 AND rev > 0 ORDER BY rev LIMIT ?4",
                rows::MESSAGE
            );
            let mut query = connection.prepare_cached(&sql)?;
            let found = query.query_map(params![conversation.bytes(), brand.bytes(), after_rev, limit], rows::message)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn lines(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        from_seq: u64,
        to_seq: u64,
    ) -> Result<Vec<Line>> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {} FROM lines WHERE conversation = ?1 AND brand = ?2 AND after_seq BETWEEN ?3 AND ?4 ORDER BY no LIMIT 1000",
                rows::LINE
            );
            let mut query = connection.prepare_cached(&sql)?;
            let upto = i64::try_from(to_seq).unwrap_or(i64::MAX);
            let found = query.query_map(params![conversation.bytes(), brand.bytes(), from_seq, upto], rows::line)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn search(&self, brand: BrandId, words: &str, limit: u32) -> Result<Vec<Found>> {
        let words = words.to_owned();
        self.read(move |connection| super::search::find(connection, brand, &words, limit))
            .await
    }
}

/// Ids of a list's rows.
fn list(
    connection: &rusqlite::Connection,
    brand: BrandId,
    query: &ListQuery,
) -> Result<Vec<ConversationId>> {
    use rusqlite::types::Value;
    let mut sql = String::from(
        "SELECT v.id FROM conversations v LEFT JOIN sessions s ON s.conversation = v.id AND s.service_state < 4
         WHERE v.brand = ? AND v.last_seq > 0",
    );
    let blob = |bytes: [u8; 16]| Value::Blob(bytes.to_vec());
    let mut values = vec![blob(brand.bytes())];
    if let Some(agent) = query.agent {
        sql.push_str(" AND (s.agent = ? AND s.service_state = 3)");
        values.push(blob(agent.bytes()));
    }
    if let Some(agent) = query.not_agent {
        sql.push_str(" AND s.service_state = 3 AND s.agent <> ?");
        values.push(blob(agent.bytes()));
    }
    let mut among = |column: &str, wanted: Vec<Value>| {
        if !wanted.is_empty() {
            let marks = vec!["?"; wanted.len()].join(",");
            sql.push_str(&format!(" AND {column} IN ({marks})"));
            values.extend(wanted);
        }
    };
    let states: Vec<Value> = query
        .states
        .iter()
        .map(|state| Value::Integer(i64::from(*state)))
        .collect();
    among("coalesce(s.service_state, 4)", states);
    among(
        "s.team",
        query.teams.iter().map(|team| blob(team.bytes())).collect(),
    );
    among(
        "v.entry_point",
        query
            .entry_points
            .iter()
            .map(|point| blob(point.bytes()))
            .collect(),
    );
    among(
        "v.kf_account",
        query
            .kf_account
            .iter()
            .map(|account| blob(account.bytes()))
            .collect(),
    );
    among(
        "v.customer",
        query
            .customer
            .iter()
            .map(|customer| blob(customer.bytes()))
            .collect(),
    );
    let column = if query.by_waiting {
        "coalesce(s.enqueued_at, v.last_at)"
    } else {
        "v.last_at"
    };
    if let Some((at, id)) = query.before {
        let sign = if query.by_waiting { ">" } else { "<" };
        sql.push_str(&format!(" AND ({column}, v.id) {sign} (?, ?)"));
        values.extend([Value::Integer(at), blob(id.bytes())]);
    }
    let order = if query.by_waiting { "ASC" } else { "DESC" };
    sql.push_str(&format!(
        " ORDER BY {column} {order}, v.id {order} LIMIT {}",
        query.limit.clamp(1, 500)
    ));
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_map(rusqlite::params_from_iter(values), |row| {
        Ok(ConversationId::from_bytes(row.get(0)?))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

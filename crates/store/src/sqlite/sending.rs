//! Sending: to the customer, with a credit and an outbox row where the way needs them; and lines for
//! agents only.

use std::sync::Arc;

use kefu_domain::{
    AgentId, BrandId, ConversationId, Delivery, MessageId, Origin, ServiceState, SessionId, UnixMs,
    credit::Closed, message::Line, session::Refusal,
};
use rusqlite::{OptionalExtension, params};

use super::{
    cache::Due,
    filing::{Appended, Draft, serving},
    rows,
    writer::Writer,
};
use crate::{
    Author, Change, END, Filed, LineDraft, OutboxRow, Outgoing, Result, Say, StoreError, Way,
};

impl Writer {
    pub(super) fn send(&mut self, outgoing: Outgoing) -> Result<Filed> {
        self.send_as(outgoing, None)
    }

    /// Files a message, and how it goes out if that is not by its way.
    pub(super) fn send_as(
        &mut self,
        outgoing: Outgoing,
        intent: Option<OutboxRow>,
    ) -> Result<Filed> {
        let (brand, conversation, at) = (outgoing.brand, outgoing.conversation, outgoing.at);
        let (origin, agent, scope) = match outgoing.author {
            Author::Agent { agent, .. } => (Origin::Servicer, Some(agent), agent.bytes()),
            Author::System => (Origin::System, None, conversation.bytes()),
            Author::Assistant => (Origin::Assistant, None, conversation.bytes()),
        };
        let session = match self.may_send(&outgoing) {
            Ok(session) => session,
            // The first of two equal sends may have been the last that was allowed.
            Err(refusal) => {
                return match self.find_key(scope, &outgoing.key)? {
                    Some(before) if before.conversation == conversation => {
                        self.repeated(brand, before, &outgoing.content)
                    }
                    _ => Err(refusal),
                };
            }
        };
        let Outgoing {
            way,
            outbox,
            key,
            away_at,
            ..
        } = outgoing;
        let draft = Draft {
            origin,
            agent,
            session,
            entry_point: way.entry_point,
            scope,
            key,
            content: outgoing.content,
            delivery: Some(if way.outside || intent.is_some() {
                Delivery::Pending
            } else {
                Delivery::Sent
            }),
            at,
        };
        let seq = match self.append(brand, conversation, draft)? {
            Appended::New(seq) => seq,
            Appended::Before(before, content) if before.conversation == conversation => {
                return self.repeated(brand, before, &content);
            }
            Appended::Before(..) => return Err(StoreError::IdempotencyConflict),
        };
        self.pay(brand, conversation, way, at)?;
        if way.outside {
            self.queue_outbox(brand, conversation, way, seq, outbox, at)?;
        }
        if let Some(row) = intent {
            self.insert_outbox(&OutboxRow { seq, ..row })?;
        }
        if let Some(due_at) = away_at {
            self.may_be_away(brand, conversation, seq, at, due_at)?;
        }
        Ok(Filed {
            conversation,
            seq,
            sent_at: at,
            duplicate: false,
        })
    }

    /// Files all parts or none: what could stop one in the middle is looked at before the first is
    /// filed; the rest of what is asked of one is the same for all.
    pub(super) fn send_parts(&mut self, parts: Vec<Outgoing>) -> Result<Filed> {
        let first = parts.first().ok_or(StoreError::NotFound)?;
        let (brand, conversation, way, at) = (first.brand, first.conversation, first.way, first.at);
        if parts.len() > 1 {
            let scope = match first.author {
                Author::Agent { agent, .. } => agent.bytes(),
                Author::System | Author::Assistant => conversation.bytes(),
            };
            let before = parts.iter().map(|part| self.find_key(scope, &part.key));
            let before = before.collect::<Result<Vec<_>>>()?;
            if before.iter().any(Option::is_some) {
                return self.repeated_parts(&parts, before);
            }
            if way.credits {
                let credits = self.entry(brand, conversation)?.conversation.credits;
                let credits = credits.ok_or(Closed::Expired)?;
                credits.check(at)?;
                if (credits.left as usize) < parts.len() {
                    return Err(Closed::Used.into());
                }
            }
        }
        let mut filed = None;
        for part in parts {
            let one = self.send(part)?;
            filed.get_or_insert(one);
        }
        filed.ok_or(StoreError::NotFound)
    }

    /// What was paid for is answered as the first time, if it is the same whole; part of it under the
    /// same ids is something else.
    fn repeated_parts(
        &mut self,
        parts: &[Outgoing],
        before: Vec<Option<MessageId>>,
    ) -> Result<Filed> {
        let mut filed = None;
        for (part, before) in parts.iter().zip(before) {
            let before = before.filter(|before| before.conversation == part.conversation);
            let before = before.ok_or(StoreError::IdempotencyConflict)?;
            let one = self.repeated(part.brand, before, &part.content)?;
            filed.get_or_insert(one);
        }
        filed.ok_or(StoreError::NotFound)
    }

    /// May it go out? Answers the open session.
    fn may_send(&mut self, outgoing: &Outgoing) -> Result<Option<SessionId>> {
        let Outgoing { way, at, .. } = outgoing;
        let entry = self.entry(outgoing.brand, outgoing.conversation)?;
        let whole = Arc::clone(&entry.conversation);
        let session = whole
            .session
            .as_ref()
            .filter(|s| s.state != ServiceState::Ended);
        if way.outside && session.is_some_and(|session| session.elsewhere.is_some()) {
            // The platform takes nothing from us while its own people have the customer.
            return Err(Refusal::Elsewhere.into());
        }
        if let Author::Agent { agent, fence } = outgoing.author {
            let session = session.ok_or(Refusal::Ended)?;
            let mine = session.state == ServiceState::Serving && session.agent == Some(agent);
            if !mine || fence.is_some_and(|fence| fence != session.fence) {
                return Err(Refusal::NotAssigned.into());
            }
        }
        if let Some(seen) = outgoing.seen_seq
            && whole.last_seq > seen
            && self.customers_after(outgoing.brand, outgoing.conversation, seen)? > 0
        {
            return Err(StoreError::ThreadMoved(whole.last_seq));
        }
        if whole.entry_point != way.entry_point {
            return Err(StoreError::EntryMoved);
        }
        if way.credits {
            whole.credits.ok_or(Closed::Expired)?.check(*at)?;
        }
        Ok(session.map(|session| session.id))
    }

    /// Takes a credit for one message, if the way needs one.
    fn pay(
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
        let mut credits = entry.conversation.credits.ok_or(Closed::Expired)?;
        credits.take(at)?;
        entry.edit().credits = Some(credits);
        let whole = Arc::clone(&entry.conversation);
        self.changes.push(Change::Conversation {
            conversation: whole,
        });
        self.touch(conversation, Due::Credits);
        Ok(())
    }

    /// Files what this system says. A closed send window silences it outside, and that is all.
    pub(super) fn say_all(
        &mut self,
        brand: BrandId,
        conversation: ConversationId,
        session: SessionId,
        say: Vec<Say>,
        at: UnixMs,
    ) -> Result<()> {
        for say in say {
            let whole = Arc::clone(&self.entry(brand, conversation)?.conversation);
            let outside = say.way.filter(|way| way.outside);
            let away = whole.session.as_ref().is_some_and(|session| {
                session.elsewhere.is_some() && session.state != ServiceState::Ended
            });
            let open = outside.is_none_or(|way| {
                // The platform takes nothing from us while its own people have the customer, but
                // that it is over.
                if away && way.kind != END {
                    return false;
                }
                let paid = |credits: kefu_domain::Credits| credits.check(at).is_ok();
                way.entry_point == whole.entry_point
                    && (!way.credits || whole.credits.is_some_and(paid))
            });
            if !open {
                continue;
            }
            let draft = Draft {
                origin: Origin::System,
                agent: None,
                session: Some(session),
                entry_point: whole.entry_point,
                scope: conversation.bytes(),
                key: say.key,
                content: say.content,
                delivery: Some(if outside.is_some() {
                    Delivery::Pending
                } else {
                    Delivery::Sent
                }),
                at,
            };
            if let Appended::New(seq) = self.append(brand, conversation, draft)?
                && let Some(way) = outside
            {
                self.pay(brand, conversation, way, at)?;
                self.queue_outbox(brand, conversation, way, seq, say.outbox, at)?;
            }
        }
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
                let same = before.text == draft.text
                    && before.agent == draft.agent
                    && before.event == draft.event;
                return if same {
                    Ok(before)
                } else {
                    Err(StoreError::IdempotencyConflict)
                };
            }
        }
        let whole = &self.entry(brand, conversation)?.conversation;
        let line = Line {
            conversation,
            no: whole.last_line + 1,
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
        self.entry(brand, conversation)?.edit().last_line = line.no;
        self.changes.push(Change::Line {
            brand,
            line: Arc::new(line.clone()),
            agent,
        });
        self.touch(conversation, Due::Later);
        Ok(line)
    }
}

//! A claim brought to the store, whose answer counts, and what follows if it says no.

use kefu_domain::{
    AgentId, BrandId, ConversationId, OutboxId, ServiceState, SessionId, TeamId,
    content::{Content, Event},
    routing,
    session::Command,
};
use kefu_queue::Place;
use kefu_store::{Act, Conversation, Say, StoreError};

use super::look::Pending;
use crate::{Reception, Setup, floor::Tell, say};

impl Reception {
    /// The store decides; what it refuses goes back.
    pub(super) async fn confirm(
        &self,
        brand: BrandId,
        setup: &Setup,
        agent: AgentId,
        pending: Pending,
    ) -> bool {
        let now = self.now();
        let Pending {
            session,
            conversation,
            until,
            explanation,
        } = pending;
        let limit = setup.agents.get(&agent).map_or(0, |row| row.entry.limit);
        let command = match until {
            Some(until) => Command::Offer { agent, until },
            None => Command::Assign { agent },
        };
        let say = if until.is_none() {
            vec![self.joined(setup, agent)]
        } else {
            Vec::new()
        };
        let why = say::why(setup, &explanation, agent);
        let result = self
            .store
            .act(Act {
                limit: Some(limit),
                say,
                explanation: serde_json::to_string(&explanation).ok(),
                why: Some(why),
                ..Act::new(brand, conversation.id, session, command, now)
            })
            .await;
        match result {
            Ok(_) => true,
            Err(error) => {
                tracing::debug!(%error, session.id = %session, "a claim was not confirmed");
                metrics::counter!("kefu_claims_refused_total").increment(1);
                self.give_back(brand, session, conversation.id, &error)
                    .await;
                false
            }
        }
    }

    /// A claim that the store refused: the queue is set right by what the store says.
    async fn give_back(
        &self,
        brand: BrandId,
        session: SessionId,
        id: ConversationId,
        error: &StoreError,
    ) {
        let mut floor = self.floor.brand(brand);
        floor.tell.push(Tell::Release(session));
        let live = floor.live.get(&id).cloned();
        if let Some(current) = live
            .as_ref()
            .and_then(|live| live.conversation.session.as_ref())
            .filter(|s| s.id == session)
            && current.state == ServiceState::Waiting
            && current.offer.is_none()
            && let Some(team) = current.team
        {
            let rank = routing::rank(current.enqueued_at.unwrap_or_default(), current.priority);
            floor.tell.push(Tell::Join(Place {
                session,
                team,
                rank,
            }));
        }
        // The sweep tries again; at once would spin.
        if *error != StoreError::AtCapacity {
            floor.stirred = true;
        }
    }

    pub(super) async fn overflow(
        &self,
        brand: BrandId,
        session: SessionId,
        conversation: &Conversation,
        to: TeamId,
    ) -> bool {
        let act = Act {
            line: Some(say::line("overflowed", None, &to.to_string())),
            ..Act::new(
                brand,
                conversation.id,
                session,
                Command::Overflow { team: to },
                self.now(),
            )
        };
        self.store.act(act).await.is_ok()
    }

    /// "… has joined", on our own surfaces.
    pub(crate) fn joined(&self, setup: &Setup, agent: AgentId) -> Say {
        let id = self.ids.mint();
        Say {
            key: format!("joined-{}", OutboxId(id)),
            content: Content::Event(Event {
                event_type: "agent_joined".to_owned(),
                name: Some(setup.agent_name(agent).to_owned()),
                reason: None,
            }),
            way: None,
            outbox: OutboxId(id),
        }
    }
}

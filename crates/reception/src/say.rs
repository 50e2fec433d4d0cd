//! What reception says by itself: to customers, and in inner lines to agents.
//!
//! Two languages in one string are parted by U+001F: Chinese first.

use kefu_domain::{
    AgentId, BrandId, Capabilities, Content, ConversationId, OutboxId, Session,
    content::{Event, Survey},
    routing::{Explanation, Why},
    session::Reason,
    setup::KfAccount,
};
use kefu_store::{LineDraft, Say, Way};

use crate::{Reception, Setup};

/// Both languages in one string.
pub(crate) fn both(zh: impl AsRef<str>, en: impl AsRef<str>) -> String {
    format!("{}\u{1f}{}", zh.as_ref(), en.as_ref())
}

/// Why this agent got it, in one line.
pub(crate) fn why(setup: &Setup, explanation: &Explanation, agent: AgentId) -> String {
    let share = explanation
        .agents
        .iter()
        .find(|one| one.agent == agent)
        .map(|one| (one.load, one.limit))
        .unwrap_or_default();
    let (zh, en) = match explanation.why {
        Some(Why::Owner) => ("专属客户", "owner of the customer"),
        Some(Why::LastAgent) => ("熟客优先，上次由 TA 接待", "served this customer last"),
        Some(Why::Language) => ("会这种语言", "speaks the language"),
        Some(Why::RoundRobin) => ("轮流", "round robin"),
        Some(Why::LongestIdle) => ("空闲最久", "idle longest"),
        Some(Why::LeastBusy) | None => ("空闲优先", "least busy"),
    };
    let name = setup.agent_name(agent);
    let (load, limit) = share;
    let (seen, out) = (explanation.considered, explanation.excluded);
    both(
        format!("分给{name}：{zh}；当时接待 {load} / {limit}。比较了 {seen} 人，排除 {out} 人"),
        format!("To {name}: {en}; had {load} / {limit}. {seen} considered, {out} excluded"),
    )
}

/// An inner line about something that happened.
pub(crate) fn line(event: &str, agent: Option<AgentId>, text: &str) -> LineDraft {
    LineDraft {
        agent,
        event: Some(event.to_owned()),
        text: text.to_owned(),
    }
}

/// What is said at the end of a session that was polite: closing words, and the question.
#[derive(Default)]
pub(crate) struct Parting {
    closing: Option<String>,
    survey: Option<Survey>,
}

impl Parting {
    pub(crate) fn of(account: &KfAccount, session: &Session, can: &Capabilities) -> Self {
        let closing = account.texts.closing.trim();
        let asks = account.survey.enabled && session.first_reply_at.is_some();
        let survey = || Survey {
            session_id: session.id.to_string(),
            question: account.survey.question.clone(),
            options: account.survey.options.clone(),
            score: None,
            comment: None,
        };
        Self {
            closing: (!closing.is_empty()).then(|| closing.to_owned()),
            // Where an answer cannot be tapped, there is nothing to ask.
            survey: asks
                .then(survey)
                .filter(|survey| can.carries(&Content::Survey(survey.clone()))),
        }
    }

    /// All of it as one message, for where the end of the platform's session takes one.
    pub(crate) fn in_one(self) -> Option<Content> {
        match (self.closing, self.survey) {
            (Some(closing), Some(survey)) => {
                let question = format!("{closing}\n{}", survey.question);
                Some(Content::Survey(Survey { question, ..survey }))
            }
            (None, Some(survey)) => Some(Content::Survey(survey)),
            (Some(closing), None) => Some(Content::text(closing)),
            (None, None) => None,
        }
    }

    fn in_parts(self) -> Vec<Content> {
        let closing = self.closing.map(Content::text);
        closing
            .into_iter()
            .chain(self.survey.map(Content::Survey))
            .collect()
    }
}

/// Under which id a parting message is filed.
pub(crate) fn parting_key(session: &Session, content: &Content) -> String {
    match content {
        Content::Survey(_) => Survey::key(session.id),
        _ => format!("closing-{}", session.id),
    }
}

impl Reception {
    /// Words from set-up to the customer; nothing if they are empty.
    pub(crate) fn words(&self, key: String, text: &str, way: Way) -> Option<Say> {
        (!text.trim().is_empty()).then(|| Say {
            key,
            content: Content::text(text),
            way: Some(way),
            outbox: OutboxId(self.ids.mint()),
        })
    }

    /// What is said when a session ends: closing words, the survey, and that it ended. Where the
    /// platform ends a session of its own with it, all of it is one parcel, because such an end takes
    /// one message; it costs no credit.
    pub(crate) fn last_words(
        &self,
        account: &KfAccount,
        session: &Session,
        way: Way,
        can: &Capabilities,
        reason: Reason,
    ) -> Vec<Say> {
        // Who is blocked is told nothing, and who ended it at the platform knows.
        let polite = !matches!(reason, Reason::Blocked | Reason::Upstream);
        let ends_upstream = can.ends_upstream && reason != Reason::Upstream;
        let key = |what: &str| format!("{what}-{}", session.id);
        let one = |key, content, way| Say {
            key,
            content,
            way,
            outbox: OutboxId(self.ids.mint()),
        };
        let way = if ends_upstream { way.ending() } else { way };
        let parting = match polite {
            true => Parting::of(account, session, can),
            false => Parting::default(),
        };
        let said = if ends_upstream {
            Vec::from_iter(parting.in_one())
        } else {
            parting.in_parts()
        };
        let mut say: Vec<Say> = said
            .into_iter()
            .map(|content| one(parting_key(session, &content), content, Some(way)))
            .collect();
        if !polite && !ends_upstream {
            return say;
        }
        let event = Content::Event(Event {
            event_type: "session_ended".to_owned(),
            name: None,
            reason: Some(reason.word().to_owned()),
        });
        // Without words, it is the event that ends the platform's session.
        let silent = ends_upstream && say.is_empty();
        say.push(one(key("ended"), event, silent.then_some(way)));
        say
    }

    /// A system message on its own; a closed window silences it.
    pub(crate) async fn tell(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        key: String,
        content: Content,
        way: Way,
    ) {
        let outgoing = kefu_store::Outgoing {
            brand,
            conversation,
            author: kefu_store::Author::System,
            key,
            content,
            at: self.now(),
            seen_seq: None,
            way,
            outbox: OutboxId(self.ids.mint()),
            away_at: None,
        };
        if let Err(error) = self.store.send(outgoing).await {
            tracing::info!(%error, conversation.id = %conversation, "a notice was not sent");
        }
    }
}

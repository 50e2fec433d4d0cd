//! A conversation as a list card and header shows it. See PROTOCOL.md §4.
//!
//! With every message through a platform its agent is told of the credits, so the card is written
//! straight from what is borrowed.

use kefu_domain::{
    AgentId, ConversationId, CustomerId, Delivery, EntryPointId, KfAccountId, Origin, ServiceState,
    SessionId, Source, TeamId, UnixMs,
    credit::{Closed, Credits},
};
use kefu_reception::{Error, Reception, Setup};
use kefu_store::{Conversation, StoreError};
use serde::Serialize;

/// The card.
#[derive(Serialize)]
pub struct Card<'a> {
    conversation_id: ConversationId,
    open_kfid: KfAccountId,
    kf_name: &'a str,
    customer: Customer<'a>,
    entry: Entry<'a>,
    session: Option<Sitting<'a>>,
    last: Option<Newest<'a>>,
    seq: u64,
    rev: u64,
    unread: u32,
    customer_read_seq: u64,
    credits: Option<Credits>,
    can_send: CanSend,
}

#[derive(Serialize)]
struct Customer<'a> {
    external_userid: CustomerId,
    name: &'a str,
    avatar_media_id: Option<&'a str>,
    mark: Option<&'a str>,
    blocked: bool,
    owner: Option<AgentId>,
    owner_name: Option<&'a str>,
}

#[derive(Serialize)]
struct Entry<'a> {
    entry_point_id: EntryPointId,
    channel: &'a str,
    name: &'a str,
    source: &'a Option<Source>,
}

/// The session; what does not apply is left out.
#[derive(Serialize)]
struct Sitting<'a> {
    session_id: SessionId,
    no: u64,
    service_state: ServiceState,
    fence: u64,
    priority: i32,
    opened_at: UnixMs,
    #[serde(skip_serializing_if = "Option::is_none")]
    servicer_userid: Option<AgentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    servicer_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team_id: Option<TeamId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    elsewhere: Option<Elsewhere<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enqueued_at: Option<UnixMs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_at: Option<UnixMs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_at: Option<UnixMs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<UnixMs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offered_to: Option<AgentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offer_expires_at: Option<UnixMs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snoozed_until: Option<UnixMs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    turn_since_at: Option<UnixMs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_due_at: Option<UnixMs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_target_s: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait_target_s: Option<u32>,
}

/// What a list shows of the newest message.
#[derive(Serialize)]
struct Newest<'a> {
    origin: Origin,
    msgtype: &'a str,
    preview: &'a str,
    sent_at: UnixMs,
    delivery: Option<Delivery>,
}

#[derive(Serialize)]
struct Elsewhere<'a> {
    userid: &'a str,
}

/// May an agent write now, and if not, why.
#[derive(Serialize)]
struct CanSend {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl<'a> Card<'a> {
    /// The card as it is now.
    #[must_use]
    pub fn of(reception: &Reception, setup: &'a Setup, whole: &'a Conversation) -> Self {
        let door = setup.entry_points.get(&whole.entry_point);
        let door = door.map(|row| &row.entry);
        let account = setup.kf_account(whole.kf_account).ok();
        let channel = door.map_or("", |door| door.channel.as_str());
        let customer = &whole.customer;
        Self {
            conversation_id: whole.id,
            open_kfid: whole.kf_account,
            kf_name: account.map_or("", |account| account.name.as_str()),
            customer: Customer {
                external_userid: customer.id,
                name: &customer.name,
                avatar_media_id: customer.avatar_media_id.as_deref(),
                mark: customer.mark.as_deref(),
                blocked: customer.blocked,
                owner: customer.owner,
                owner_name: customer.owner.map(|id| setup.agent_name(id)),
            },
            entry: Entry {
                entry_point_id: whole.entry_point,
                channel,
                name: door.map_or("", |door| door.name.as_str()),
                source: &whole.source,
            },
            session: Sitting::of(setup, whole),
            last: whole.last.as_ref().map(|last| Newest {
                origin: last.origin,
                msgtype: &last.msgtype,
                preview: &last.preview,
                sent_at: last.sent_at,
                delivery: last.delivery,
            }),
            seq: whole.last_seq,
            rev: whole.last_rev,
            unread: whole.unread,
            customer_read_seq: whole.customer_read_seq,
            credits: whole.credits,
            can_send: CanSend::of(reception, channel, whole),
        }
    }
}

impl<'a> Sitting<'a> {
    fn of(setup: &'a Setup, whole: &'a Conversation) -> Option<Self> {
        let session = whole.session.as_ref()?;
        let account = setup.kf_account(session.kf_account).ok();
        let rules = account.map(|account| &account.rules);
        let sat = matches!(session.state, ServiceState::Serving | ServiceState::Ended);
        let agent = session.agent.filter(|_| sat);
        let team = session.team.and_then(|id| setup.teams.get(&id));
        let reply_due_at = session.turn_since.and_then(|turn| {
            let target = rules.map(|rules| rules.reply_target_s).filter(|s| *s > 0)?;
            let from = turn.max(session.assigned_at.unwrap_or(turn));
            Some(from + i64::from(target) * 1000)
        });
        let snooze = whole.snooze.filter(|snooze| snooze.stands(session));
        Some(Self {
            session_id: session.id,
            no: session.no,
            service_state: session.state,
            fence: session.fence,
            priority: session.priority,
            opened_at: session.opened_at,
            servicer_userid: agent,
            servicer_name: agent.map(|id| setup.agent_name(id)),
            team_id: session.team,
            team_name: team.map(|row| row.entry.name.as_str()),
            elsewhere: elsewhere(whole).map(|userid| Elsewhere { userid }),
            enqueued_at: session.enqueued_at,
            left_at: session.left_at,
            assigned_at: session.assigned_at,
            ended_at: session.ended_at,
            end_reason: session.end_reason.map(|reason| reason.word()),
            offered_to: session.offer.map(|offer| offer.agent),
            offer_expires_at: session.offer.map(|offer| offer.until),
            why: session.why.as_deref(),
            score: session.score,
            snoozed_until: snooze.map(|snooze| snooze.until),
            turn_since_at: session.turn_since,
            reply_due_at,
            reply_target_s: rules.map(|rules| rules.reply_target_s),
            wait_target_s: rules.map(|rules| rules.wait_target_s),
        })
    }
}

impl CanSend {
    /// `channel` is that of the conversation's door.
    fn of(reception: &Reception, channel: &str, whole: &Conversation) -> Self {
        if whole.customer.blocked {
            return Self::no(
                "blocked",
                "客户已拉黑\u{1f}the customer is blocked".to_owned(),
            );
        }
        if elsewhere(whole).is_some() {
            return Self::refused(&Error::ServedElsewhere);
        }
        let closed = match whole.credits {
            Some(credits) => credits.check(reception.now()).err(),
            // Where a window is needed, and nothing has been granted yet.
            None => reception
                .channels()
                .get(channel)
                .and_then(|channel| channel.capabilities().credits)
                .map(|_| Closed::Expired),
        };
        match closed {
            Some(closed) => Self::refused(&Error::from(StoreError::Window(closed))),
            None => Self {
                ok: true,
                code: None,
                reason: None,
            },
        }
    }

    fn refused(error: &Error) -> Self {
        Self::no(error.code(), error.to_string())
    }

    fn no(code: &'static str, reason: String) -> Self {
        Self {
            ok: false,
            code: Some(code),
            reason: Some(reason),
        }
    }
}

/// Where an open session is served in the platform's own client: the member, or nobody yet.
fn elsewhere(whole: &Conversation) -> Option<&str> {
    let session = whole.session.as_ref()?;
    let open = session.state != ServiceState::Ended;
    session.elsewhere.as_deref().filter(|_| open)
}

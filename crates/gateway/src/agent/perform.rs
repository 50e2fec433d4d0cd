//! What an agent's frames ask for, one verb of reception each.

use std::str::FromStr;

use axum::extract::ws::Utf8Bytes;
use kefu_domain::{ConversationId, routing::Availability, setup::Role};
use kefu_reception::{Actor, Console, Error, HandOff, Reply, Result, To};
use serde_json::json;

use crate::{
    Gateway,
    card::Card,
    frames::{self, AgentFrame},
    hub::Event,
    mentions,
};

fn need<T: FromStr>(text: Option<&str>, field: &str) -> Result<T> {
    let text = text.ok_or_else(|| Error::Bad(format!("{field}: missing")))?;
    text.parse()
        .map_err(|_| Error::Bad(format!("{field}: not an id")))
}

/// Typing and reading: nobody is answered.
pub(super) async fn mark(gateway: &Gateway, console: Console, name: &str, frame: &AgentFrame) {
    let Ok(id) = need::<ConversationId>(frame.conversation_id.as_deref(), "conversation_id") else {
        return;
    };
    if frame.op == "read" {
        if let Some(seq) = frame.seq {
            let Console { brand, agent, .. } = console;
            let _ = gateway.reception.agent_read(brand, agent, id, seq).await;
        }
        return;
    }
    let Ok(whole) = gateway.reception.holding(console.brand, id).await else {
        return;
    };
    let mine = whole
        .session
        .as_ref()
        .is_some_and(|s| s.agent == Some(console.agent) && s.ended_at.is_none());
    let on = frame.on.unwrap_or(true);
    if mine {
        let shown = json!({ "op": "typing", "on": on, "name": name });
        gateway
            .hub
            .tell_visitor(id, &Event::Frame(shown.to_string().into()));
        gateway.reception.show_typing(&whole, on);
    }
    let seen = json!({ "op": "viewers", "conversation_id": id, "agents": [{ "servicer_userid": console.agent, "name": name, "typing": on }] });
    gateway.hub.tell_viewers(id, &seen.to_string().into());
}

/// Every other operation; answers its `ack`.
pub(super) async fn command(
    gateway: &Gateway,
    console: Console,
    mut frame: AgentFrame,
) -> Result<Utf8Bytes> {
    let reception = &gateway.reception;
    let Console { brand, agent, .. } = console;
    let id = frame.id.take().unwrap_or_default();
    // Their role as it is now, not as it was when the socket opened.
    let setup = reception.directory().brand(brand)?;
    let row = setup.agents.get(&agent).ok_or(Error::NotFound)?;
    let actor = Actor {
        agent: Some(agent),
        supervises: row.entry.role >= Role::Supervisor,
    };
    let done = || Ok(frames::ack_with(&id, json!({})));
    match frame.op.as_str() {
        "send" => {
            let content = frame.content()?;
            let filed = reception
                .reply(Reply {
                    brand,
                    agent,
                    conversation: need(frame.conversation_id.as_deref(), "conversation_id")?,
                    fence: frame.fence,
                    seen_seq: frame.seen_seq,
                    client_msg_id: id.clone(),
                    content,
                })
                .await?;
            Ok(frames::ack(&id, &filed))
        }
        "note" => {
            let conversation = need(frame.conversation_id.as_deref(), "conversation_id")?;
            let text = frame.note_text()?;
            let named = frame.mentions.take().unwrap_or_default();
            let named = mentions::agents(&named)?;
            let line = reception
                .note(brand, agent, conversation, id.clone(), text, named.clone())
                .await?;
            mentions::tell(gateway, brand, &named, Some(agent)).await;
            Ok(frames::ack_with(
                &id,
                json!({ "no": line.no, "after_seq": line.after_seq, "sent_at": line.sent_at }),
            ))
        }
        "state" => {
            let availability = match frame.state.as_deref() {
                Some("online") => Availability::Online,
                Some("busy") => Availability::Busy,
                Some("break") => Availability::Break,
                Some("offline") => Availability::Offline,
                _ => {
                    return Err(Error::Bad(
                        "state: online, busy, break or offline".to_owned(),
                    ));
                }
            };
            reception
                .set_availability(brand, agent, availability, frame.reason.unwrap_or_default())
                .await?;
            gateway.hub.tell_agent(agent, &Event::Standing);
            done()
        }
        "accept" => {
            let session = need(frame.session_id.as_deref(), "session_id")?;
            let whole = reception.accept(brand, agent, session).await?;
            Ok(frames::ack_with(
                &id,
                json!({ "conversation": Card::of(reception, &setup, &whole) }),
            ))
        }
        "next" => {
            let whole = reception.accept_next(brand, agent).await?;
            Ok(frames::ack_with(
                &id,
                json!({ "conversation": Card::of(reception, &setup, &whole) }),
            ))
        }
        "decline" => {
            reception
                .decline(
                    brand,
                    agent,
                    need(frame.session_id.as_deref(), "session_id")?,
                )
                .await?;
            done()
        }
        "transfer" => {
            let session = need(frame.session_id.as_deref(), "session_id")?;
            let fence = frame
                .fence
                .ok_or_else(|| Error::Bad("fence: missing".to_owned()))?;
            let to = match (&frame.to_servicer_userid, &frame.to_team_id) {
                (Some(other), None) => To::Agent(need(Some(other), "to_servicer_userid")?),
                (None, Some(team)) => To::Team(need(Some(team), "to_team_id")?),
                _ => {
                    return Err(Error::Bad(
                        "to_servicer_userid or to_team_id: one of them".to_owned(),
                    ));
                }
            };
            reception
                .transfer(brand, actor, session, Some(fence), to, frame.note)
                .await?;
            done()
        }
        "close" => {
            let session = need(frame.session_id.as_deref(), "session_id")?;
            let fence = frame
                .fence
                .ok_or_else(|| Error::Bad("fence: missing".to_owned()))?;
            reception
                .close(brand, actor, session, Some(fence), frame.seen_seq)
                .await?;
            done()
        }
        "handoff" => {
            let group = match frame.kind.as_deref() {
                Some("specialist") => false,
                Some("fan_group") => true,
                _ => return Err(Error::Bad("kind: specialist or fan_group".to_owned())),
            };
            let target = frame
                .target_id
                .as_deref()
                .map(kefu_domain::id::decode)
                .transpose();
            let handoff = reception
                .hand_off(HandOff {
                    brand,
                    agent,
                    conversation: need(frame.conversation_id.as_deref(), "conversation_id")?,
                    fence: frame.fence,
                    client_msg_id: id.clone(),
                    group,
                    target: target.map_err(|_| Error::Bad("target_id: not an id".to_owned()))?,
                })
                .await?;
            Ok(frames::ack_with(
                &id,
                json!({ "handoff_id": handoff.id, "seq": handoff.seq }),
            ))
        }
        "snooze" => {
            let session = need(frame.session_id.as_deref(), "session_id")?;
            reception
                .snooze(brand, agent, session, frame.fence, frame.until_at)
                .await?;
            done()
        }
        "noticed" => {
            let conversation = need(frame.conversation_id.as_deref(), "conversation_id")?;
            reception
                .store()
                .mentions_seen(brand, agent, conversation)
                .await?;
            mentions::tell(gateway, brand, &[agent], None).await;
            done()
        }
        "recall" => {
            reception
                .recall(brand, agent, need(frame.msgid.as_deref(), "msgid")?)
                .await?;
            done()
        }
        "resend" => {
            reception
                .resend(brand, actor, need(frame.msgid.as_deref(), "msgid")?)
                .await?;
            done()
        }
        other => Err(Error::Bad(format!(
            "op: `{}` is unknown",
            other.chars().take(20).collect::<String>()
        ))),
    }
}

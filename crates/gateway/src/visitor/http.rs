//! The visitor door without a socket, and what both ways share.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json,
    body::Body,
    extract::{ConnectInfo, State},
    http::HeaderMap,
    response::Response,
};
use kefu_domain::{HandoffId, MediaId, Message, SessionId};
use kefu_reception::{Error, Incoming, Result, Upload};
use kefu_store::{Filed, Visitor};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{told, visitor};
use crate::{
    Gateway,
    api::ask::{Ask, Id},
    files::download,
    frames::VisitorFrame,
    hub::Event,
    problem::{Answer, JsonBody, Problem},
    view::{self, For},
};

/// Messages in one answer.
const PAGE: u32 = 100;

/// Files a message and what follows from its being the first of a session.
pub(super) async fn file(gateway: &Gateway, incoming: Incoming) -> Result<Filed> {
    let visitor = incoming.visitor;
    let filed = gateway.reception.file(incoming).await?;
    if !filed.duplicate {
        gateway.reception.after_filed(&visitor, &filed).await;
    }
    Ok(filed)
}

/// Why an operation did not happen.
pub(super) enum Refused {
    /// Too much at once; nothing was stored.
    Overloaded,
    /// Reception refused.
    Verb(Error),
}

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Verb(error.into())
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Overloaded => Self::overloaded(),
            Refused::Verb(error) => error.into(),
        }
    }
}

/// Does what a frame other than `send` asks for; fields of its `ack`, if it has one.
pub(super) async fn perform(
    gateway: &Gateway,
    visitor: &Visitor,
    frame: VisitorFrame,
) -> std::result::Result<Option<Value>, Refused> {
    let reception = &gateway.reception;
    let Visitor {
        brand,
        conversation,
        ..
    } = *visitor;
    let _place = gateway.shed.enter(brand).ok_or(Refused::Overloaded)?;
    match frame.op.as_str() {
        "read" => {
            let seq = frame
                .seq
                .ok_or_else(|| Error::Bad("seq: missing".to_owned()))?;
            reception.customer_read(brand, conversation, seq).await?;
            reception.handoffs_seen(brand, conversation, seq).await?;
            tell_agent(
                gateway,
                visitor,
                &json!({ "op": "read", "conversation_id": conversation, "seq": seq }),
            )
            .await;
            Ok(None)
        }
        "typing" => {
            let frame = json!({ "op": "typing", "conversation_id": conversation, "on": frame.on.unwrap_or(true) });
            tell_agent(gateway, visitor, &frame).await;
            Ok(None)
        }
        "human" => {
            reception.ask_human(visitor).await?;
            Ok(None)
        }
        "leave" => {
            reception.leave(visitor).await?;
            Ok(None)
        }
        "rate" => {
            let session: SessionId = parse(frame.session_id.as_deref(), "session_id")?;
            let score = frame
                .score
                .ok_or_else(|| Error::Bad("score: missing".to_owned()))?;
            reception
                .rate(visitor, session, score, frame.comment)
                .await?;
            Ok(Some(json!({})))
        }
        "opened" => {
            let id: HandoffId = parse(frame.handoff_id.as_deref(), "handoff_id")?;
            let handoff = reception.store().handoff(brand, id).await?;
            if handoff.conversation != conversation {
                return Err(Error::NotFound.into());
            }
            reception.handoff_opened(brand, id).await?;
            Ok(None)
        }
        "page" => {
            let page = frame
                .page
                .ok_or_else(|| Error::Bad("page: missing".to_owned()))?;
            let whole = reception.conversation(brand, conversation).await?;
            let brought = whole.source.as_ref();
            let campaign = brought.and_then(|source| source.campaign.as_deref());
            let source = page.source(campaign, reception.now()).after(brought);
            reception
                .store()
                .footstep(brand, visitor.customer, source.clone())
                .await?;
            reception
                .store()
                .set_source(brand, conversation, source)
                .await?;
            Ok(None)
        }
        "event" => {
            let event = frame
                .event
                .ok_or_else(|| Error::Bad("event: missing".to_owned()))?;
            told::event(gateway, visitor, &event).await?;
            Ok(None)
        }
        "tag" => {
            let (add, remove) = (
                frame.add.unwrap_or_default(),
                frame.remove.unwrap_or_default(),
            );
            told::tag(gateway, visitor, &add, &remove).await?;
            Ok(None)
        }
        other => {
            let op: String = other.chars().take(20).collect();
            Err(Error::Bad(format!("op: `{op}` is unknown")).into())
        }
    }
}

fn parse<T: std::str::FromStr>(text: Option<&str>, field: &str) -> Result<T> {
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| Error::Bad(format!("{field}: not an id")))
}

/// A frame for the agent who has the session, and for those who look.
async fn tell_agent(gateway: &Gateway, visitor: &Visitor, frame: &Value) {
    let frame: axum::extract::ws::Utf8Bytes = frame.to_string().into();
    if let Some(agent) = gateway
        .reception
        .serving(visitor.brand, visitor.conversation)
    {
        gateway.hub.tell_agent(agent, &Event::Frame(frame.clone()));
    }
    gateway.hub.tell_viewers(visitor.conversation, &frame);
}

pub(super) async fn send(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
    JsonBody(mut frame): JsonBody<VisitorFrame>,
) -> Answer<Json<Value>> {
    let visitor = visitor(&gateway, &headers).await?;
    let id = frame
        .client_msg_id
        .take()
        .or_else(|| frame.id.take())
        .unwrap_or_default();
    let content = frame.content()?;
    gateway.shed.message_of(visitor.customer)?;
    let _place = gateway
        .shed
        .enter(visitor.brand)
        .ok_or_else(Problem::overloaded)?;
    let filed = file(
        &gateway,
        Incoming {
            visitor,
            client_msg_id: id.clone(),
            content,
        },
    )
    .await?;
    let msgid = kefu_domain::MessageId {
        conversation: filed.conversation,
        seq: filed.seq,
    };
    Ok(Json(
        json!({ "id": id, "msgid": msgid, "seq": filed.seq, "sent_at": filed.sent_at, "duplicate": filed.duplicate }),
    ))
}

pub(super) async fn act(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
    JsonBody(frame): JsonBody<VisitorFrame>,
) -> Answer<Json<Value>> {
    let visitor = visitor(&gateway, &headers).await?;
    let fields = perform(&gateway, &visitor, frame).await?;
    Ok(Json(fields.unwrap_or_else(|| json!({}))))
}

pub(super) fn views(
    gateway: &Gateway,
    visitor: &Visitor,
    messages: &[Message],
) -> Answer<Vec<Value>> {
    let setup = gateway.reception.directory().brand(visitor.brand)?;
    Ok(messages
        .iter()
        .map(|message| view::message(&setup, message, For::Visitor))
        .collect())
}

#[derive(Deserialize)]
pub(super) struct HistoryQuery {
    before: Option<u64>,
    limit: Option<u32>,
}

pub(super) async fn history(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
    Ask(query): Ask<HistoryQuery>,
) -> Answer<Json<Value>> {
    let visitor = visitor(&gateway, &headers).await?;
    let limit = query.limit.unwrap_or(30).clamp(1, PAGE);
    let store = gateway.reception.store();
    let messages = store
        .messages(
            visitor.brand,
            visitor.conversation,
            0,
            query.before,
            true,
            limit,
        )
        .await?;
    // What was read may have been said after the token became void.
    self::visitor(&gateway, &headers).await?;
    let has_more = messages.first().is_some_and(|first| first.seq > 1);
    Ok(Json(
        json!({ "epoch": store.epoch(), "messages": views(&gateway, &visitor, &messages)?, "has_more": has_more }),
    ))
}

pub(super) async fn upload(
    State(gateway): State<Arc<Gateway>>,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    form: crate::files::Form,
) -> Answer<Json<Value>> {
    let visitor = visitor(&gateway, &headers).await?;
    let _place = gateway
        .shed
        .enter(visitor.brand)
        .ok_or_else(Problem::overloaded)?;
    let count = |bytes: u64| {
        let limits = &gateway.settings.limits;
        let (brand, customer) = (visitor.brand, visitor.customer);
        gateway.uploads.take(limits, brand, customer, bytes)
    };
    count(0)?;
    let _memory = gateway.uploads.enter(gateway.address(&peer, &headers))?;
    let (name, bytes) = crate::files::part(form).await?;
    gateway.settings.uploads.check(&name, &bytes)?;
    count(bytes.len() as u64)?;
    let upload = Upload {
        brand: visitor.brand,
        conversation: Some(visitor.conversation),
        name,
        bytes,
        named: false,
    };
    let row = gateway.reception.upload(upload).await?;
    Ok(Json(crate::files::describe(&row)))
}

pub(super) async fn media(
    State(gateway): State<Arc<Gateway>>,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Id(id): Id<MediaId>,
) -> Answer<Response<Body>> {
    let visitor = visitor(&gateway, &headers).await?;
    let place = gateway.download(&peer, &headers)?;
    let (row, file) = gateway
        .reception
        .file_in_pieces(visitor.brand, id, Some(visitor.conversation))
        .await?;
    Ok(download(&row, file, place, false, &headers))
}

/// A link on which the visitor goes on in a platform's own app, and its code as a picture.
pub(super) async fn carry_over(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let visitor = visitor(&gateway, &headers).await?;
    let _place = gateway
        .shed
        .enter(visitor.brand)
        .ok_or_else(Problem::overloaded)?;
    let over = gateway.reception.carry_over(visitor).await?;
    let picture = crate::api::qr_svg(&over.url)?;
    Ok(Json(
        json!({ "url": over.url, "qr_svg": picture, "expires_at": over.expires_at }),
    ))
}

//! What agents write: replies, notes, handoffs; and what is done to a message afterwards.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use kefu_domain::{
    Content, ConversationId, MessageId,
    content::{File, Link, Location, Menu, MiniProgram, Text},
};
use kefu_reception::{HandOff, Reply};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    access::Caller,
    ask::Id,
    handoffs::{self, HandoffRow},
    shapes::{LineShape, MenuShape},
};
use crate::{
    Gateway, mentions,
    problem::{Answer, JsonBody, Problem},
    view,
};

/// A reply. The object named by `msgtype` carries the content, and no other one may be there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_msg_id": "r1", "msgtype": "text", "text": {"content": "在的，我帮您看一下"}}))]
pub(super) struct SendBody {
    /// 1 to 64 of `[A-Za-z0-9_-]`, unique per sender: the same again is stored once.
    client_msg_id: String,
    /// The assignment; without it, the present one if it is mine.
    fence: Option<u64>,
    /// Refuse with `thread_moved` if the customer wrote after this message.
    seen_seq: Option<u64>,
    /// `text`, `image`, `voice`, `video`, `file`, `location`, `link`, `miniprogram`, `msgmenu`,
    /// `channels_shop_product`, `channels_shop_order`.
    msgtype: String,
    /// `{"content"}`, 1 to 4,096 characters; `{"quote":{"msgid"}}` answers an earlier message.
    #[schema(value_type = Option<Object>)]
    text: Option<Text>,
    /// `{"media_id"}`.
    #[schema(value_type = Option<Object>)]
    image: Option<File>,
    /// `{"media_id"}`.
    #[schema(value_type = Option<Object>)]
    voice: Option<File>,
    /// `{"media_id"}`.
    #[schema(value_type = Option<Object>)]
    video: Option<File>,
    /// `{"media_id"}`.
    #[schema(value_type = Option<Object>)]
    file: Option<File>,
    /// `{"latitude","longitude","name","address"}`.
    #[schema(value_type = Option<Object>)]
    location: Option<Location>,
    /// `{"title","desc","url"}`.
    #[schema(value_type = Option<Object>)]
    link: Option<Link>,
    /// `{"title","appid","pagepath","thumb_media_id"}`.
    #[schema(value_type = Option<Object>)]
    miniprogram: Option<MiniProgram>,
    #[schema(value_type = Option<MenuShape>)]
    msgmenu: Option<Menu>,
    /// `{"product_id","title"}`: a product of the shop by its number, in digits. Only colleagues read the
    /// title.
    #[schema(value_type = Option<Object>)]
    channels_shop_product: Option<Value>,
    /// `{"order_id","product_titles"}`: an order in the shop, likewise.
    #[schema(value_type = Option<Object>)]
    channels_shop_order: Option<Value>,
}

impl SendBody {
    /// The content that the type names, and nothing beside it.
    fn content(self) -> Answer<Content> {
        let card = |msgtype: &str, body: Option<Value>| {
            body.map(|body| Content::Other {
                msgtype: msgtype.to_owned(),
                body,
            })
        };
        let (product, order) = ("channels_shop_product", "channels_shop_order");
        let given = [
            ("text", self.text.map(Content::Text)),
            ("image", self.image.map(Content::Image)),
            ("voice", self.voice.map(Content::Voice)),
            ("video", self.video.map(Content::Video)),
            ("file", self.file.map(Content::File)),
            ("location", self.location.map(Content::Location)),
            ("link", self.link.map(Content::Link)),
            ("miniprogram", self.miniprogram.map(Content::MiniProgram)),
            ("msgmenu", self.msgmenu.map(Content::Menu)),
            (product, card(product, self.channels_shop_product)),
            (order, card(order, self.channels_shop_order)),
        ];
        let (mut named, mut beside) = (None, None);
        let mut known = false;
        for (msgtype, content) in given {
            if msgtype == self.msgtype {
                (named, known) = (content, true);
            } else if content.is_some() {
                beside = Some(msgtype);
            }
        }
        match (named, beside) {
            (_, Some(beside)) => Err(Problem::bad(format!(
                "{beside}: does not belong to this msgtype"
            ))),
            (Some(content), None) => Ok(content),
            (None, None) if known => Err(Problem::bad(format!("{}: is needed", self.msgtype))),
            (None, None) => Err(Problem::bad("msgtype: cannot be sent")),
        }
    }
}

/// A message is on disk, once, in order.
#[derive(Serialize, ToSchema)]
pub(super) struct Ack {
    msgid: String,
    seq: u64,
    sent_at: i64,
    /// It was there already: the first answer again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    duplicate: bool,
}

/// Reply to a customer
#[utoipa::path(post, path = "/v1/conversations/{id}/messages", tag = "Conversations", request_body = SendBody, responses((status = 200, body = Ack)))]
pub(super) async fn send(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(conversation): Id<ConversationId>,
    JsonBody(body): JsonBody<SendBody>,
) -> Answer<Json<Ack>> {
    let agent = caller.agent()?;
    let _place = gateway
        .shed
        .enter(caller.brand)
        .ok_or_else(Problem::overloaded)?;
    let filed = gateway
        .reception
        .reply(Reply {
            brand: caller.brand,
            agent,
            conversation,
            fence: body.fence,
            seen_seq: body.seen_seq,
            client_msg_id: body.client_msg_id.clone(),
            content: body.content()?,
        })
        .await?;
    let msgid = MessageId {
        conversation: filed.conversation,
        seq: filed.seq,
    };
    Ok(Json(Ack {
        msgid: msgid.to_string(),
        seq: filed.seq,
        sent_at: filed.sent_at,
        duplicate: filed.duplicate,
    }))
}

/// A private note.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoteBody {
    /// As of a message.
    client_msg_id: String,
    /// 1 to 4,096 characters.
    text: String,
    /// Colleagues it names, at most 20: they find it in their list until they look.
    #[serde(default)]
    mentions: Vec<String>,
}

/// Write a private note into a thread
#[utoipa::path(post, path = "/v1/conversations/{id}/notes", tag = "Conversations", request_body = NoteBody, responses((status = 200, body = LineShape)))]
pub(super) async fn note(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(conversation): Id<ConversationId>,
    JsonBody(body): JsonBody<NoteBody>,
) -> Answer<Json<Value>> {
    let agent = caller.agent()?;
    let _place = gateway
        .shed
        .enter(caller.brand)
        .ok_or_else(Problem::overloaded)?;
    let named = mentions::agents(&body.mentions)?;
    let note = gateway.reception.note(
        caller.brand,
        agent,
        conversation,
        body.client_msg_id,
        body.text,
        named.clone(),
    );
    let note = note.await?;
    mentions::tell(&gateway, caller.brand, &named, Some(agent)).await;
    Ok(Json(view::line(&caller.setup, &note, false)))
}

/// What is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum HandoffKind {
    /// A person (服务专员).
    Specialist,
    /// A group (粉丝群).
    FanGroup,
}

/// An offer of a specialist or a group.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_msg_id": "h1", "kind": "specialist"}))]
pub(super) struct HandoffBody {
    /// As of a message.
    client_msg_id: String,
    /// The assignment; without it, the present one if it is mine.
    fence: Option<u64>,
    kind: HandoffKind,
    /// Which one; without it, the rules choose.
    target_id: Option<String>,
}

/// Offer a specialist or a fan group
#[utoipa::path(post, path = "/v1/conversations/{id}/handoffs", tag = "Conversations", request_body = HandoffBody, responses((status = 201, body = HandoffRow)))]
pub(super) async fn hand_off(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(conversation): Id<ConversationId>,
    JsonBody(body): JsonBody<HandoffBody>,
) -> Answer<(StatusCode, Json<HandoffRow>)> {
    let target = match body.target_id.as_deref().filter(|id| !id.is_empty()) {
        None => None,
        Some(id) => Some(
            kefu_domain::id::decode(id).map_err(|_| Problem::bad("target_id: no such target"))?,
        ),
    };
    let ask = HandOff {
        brand: caller.brand,
        agent: caller.agent()?,
        conversation,
        fence: body.fence,
        client_msg_id: body.client_msg_id,
        group: body.kind == HandoffKind::FanGroup,
        target,
    };
    let handoff = gateway.reception.hand_off(ask).await?;
    Ok((
        StatusCode::CREATED,
        Json(handoffs::view(&caller.setup, &handoff)),
    ))
}

/// Take a message of mine back
#[utoipa::path(
    post, path = "/v1/messages/{msgid}/recall", tag = "Conversations",
    responses((status = 204, description = "Taken back, where the channel can.")),
)]
pub(super) async fn recall(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<MessageId>,
) -> Answer<StatusCode> {
    gateway
        .reception
        .recall(caller.brand, caller.agent()?, id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send a failed message once more
///
/// For whoever serves the conversation now, and for supervisors.
#[utoipa::path(
    post, path = "/v1/messages/{msgid}/resend", tag = "Conversations",
    responses((status = 204, description = "In the outbox again.")),
)]
pub(super) async fn resend(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<MessageId>,
) -> Answer<StatusCode> {
    let actor = caller.actor();
    gateway.reception.resend(caller.brand, actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

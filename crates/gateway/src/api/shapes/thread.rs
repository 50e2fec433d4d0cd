//! What threads are made of.

use utoipa::ToSchema;

/// Where a customer came from.
#[derive(ToSchema)]
#[schema(as = Source)]
pub(in crate::api) struct SourceShape {
    /// `page`, `link`, `channels_live`, …
    kind: String,
    title: String,
    detail: Option<String>,
    url: Option<String>,
    /// What brought them at first: the campaign, and the page of another site that led here.
    campaign: Option<String>,
    referrer: Option<String>,
    at: i64,
}

/// A message; its content stands under the name in `msgtype`, in the shape of WeChat kf.
#[derive(ToSchema)]
#[schema(as = Message, example = json!({
    "msgid": "01JQ8W6ZK3V5T9M2C4D6E8F0AB-12", "conversation_id": "01JQ8W6ZK3V5T9M2C4D6E8F0AB", "seq": 12, "rev": 0,
    "origin": 3, "sent_at": 1_775_109_780_000_i64, "msgtype": "text", "text": {"content": "有检测报告吗？"},
    "entry_point_id": "01JQ8W6ZK3V5T9M2C4D6E8F0AC", "channel": "website",
}))]
pub(in crate::api) struct MessageShape {
    msgid: String,
    conversation_id: String,
    /// Its number in the conversation, from 1 without a gap.
    seq: u64,
    /// The conversation's `rev` at its last change; 0 if never changed.
    rev: u64,
    /// 3 customer, 4 system, 5 servicer, 6 assistant.
    origin: u8,
    sent_at: i64,
    msgtype: String,
    #[schema(nullable = false)]
    session_id: Option<String>,
    #[schema(nullable = false)]
    servicer_userid: Option<String>,
    #[schema(nullable = false)]
    name: Option<String>,
    #[schema(nullable = false)]
    client_msg_id: Option<String>,
    entry_point_id: String,
    #[schema(nullable = false)]
    channel: Option<String>,
    /// `pending`, `sent`, `delivered`, `read`, `failed`, `unknown`.
    #[schema(nullable = false)]
    delivery: Option<String>,
    #[schema(nullable = false)]
    failure: Option<FailureShape>,
    #[schema(nullable = false)]
    recalled: Option<bool>,
}

/// Why something did not arrive, or may not have.
#[derive(ToSchema)]
#[schema(as = Failure)]
pub(in crate::api) struct FailureShape {
    /// The platform's number or one of ours.
    code: String,
    /// In words.
    reason: String,
}

/// A private note or an inner line of a thread.
#[derive(ToSchema)]
#[schema(as = Line)]
pub(in crate::api) struct LineShape {
    conversation_id: String,
    /// Its own number, from 1, apart from `seq`.
    no: u64,
    /// It stands after this message.
    after_seq: u64,
    /// `note` or `system`.
    kind: String,
    text: String,
    sent_at: i64,
    #[schema(nullable = false)]
    servicer_userid: Option<String>,
    #[schema(nullable = false)]
    name: Option<String>,
    /// What happened, a stable word.
    #[schema(nullable = false)]
    event: Option<String>,
}

/// A conversation as a list card and header show it.
#[derive(ToSchema)]
#[schema(as = Conversation)]
pub(in crate::api) struct ConversationShape {
    conversation_id: String,
    open_kfid: String,
    kf_name: String,
    customer: CustomerCardShape,
    entry: EntryShape,
    /// The open session, else the last one.
    session: Option<SessionShape>,
    last: Option<LastShape>,
    seq: u64,
    rev: u64,
    unread: u32,
    customer_read_seq: u64,
    credits: Option<CreditsShape>,
    can_send: CanSendShape,
}

/// The customer of a conversation.
#[derive(ToSchema)]
#[schema(as = CustomerCard)]
pub(in crate::api) struct CustomerCardShape {
    external_userid: String,
    name: String,
    avatar_media_id: Option<String>,
    /// `vip`, `regular`, `new`.
    mark: Option<String>,
    blocked: bool,
    /// The agent whose customer this is.
    owner: Option<String>,
    owner_name: Option<String>,
}

/// The door of the customer's last message.
#[derive(ToSchema)]
#[schema(as = Entry)]
pub(in crate::api) struct EntryShape {
    entry_point_id: String,
    channel: String,
    name: String,
    source: Option<SourceShape>,
}

/// A session (接待).
#[derive(ToSchema)]
#[schema(as = Session)]
pub(in crate::api) struct SessionShape {
    session_id: String,
    no: u64,
    /// 0 new, 1 assistant, 2 waiting, 3 serving, 4 ended.
    service_state: u8,
    fence: u64,
    priority: i32,
    opened_at: i64,
    #[schema(nullable = false)]
    servicer_userid: Option<String>,
    #[schema(nullable = false)]
    servicer_name: Option<String>,
    #[schema(nullable = false)]
    team_id: Option<String>,
    #[schema(nullable = false)]
    team_name: Option<String>,
    #[schema(nullable = false)]
    enqueued_at: Option<i64>,
    /// The customer left the queue then and wants to be answered later; nobody has taken it yet.
    #[schema(nullable = false)]
    left_at: Option<i64>,
    #[schema(nullable = false)]
    assigned_at: Option<i64>,
    #[schema(nullable = false)]
    ended_at: Option<i64>,
    #[schema(nullable = false)]
    end_reason: Option<String>,
    /// It is served in the platform's own client and can only be read here.
    #[schema(nullable = false)]
    elsewhere: Option<Elsewhere>,
    #[schema(nullable = false)]
    offered_to: Option<String>,
    #[schema(nullable = false)]
    offer_expires_at: Option<i64>,
    /// Since when the customer has had no answer.
    #[schema(nullable = false)]
    turn_since_at: Option<i64>,
    #[schema(nullable = false)]
    reply_due_at: Option<i64>,
    #[schema(nullable = false)]
    reply_target_s: Option<u32>,
    #[schema(nullable = false)]
    wait_target_s: Option<u32>,
    /// Its agent put it off until then; a message of the customer, or an answer, ends that.
    #[schema(nullable = false)]
    snoozed_until: Option<i64>,
    /// The last routing decision in one line.
    #[schema(nullable = false)]
    why: Option<String>,
    #[schema(nullable = false)]
    score: Option<u8>,
}

/// A session in the platform's own client.
#[derive(ToSchema)]
pub(in crate::api) struct Elsewhere {
    /// The member who has it; empty: it waits for whoever picks it up.
    userid: String,
}

/// The newest message of a conversation.
#[derive(ToSchema)]
#[schema(as = Last)]
pub(in crate::api) struct LastShape {
    origin: u8,
    msgtype: String,
    preview: String,
    sent_at: i64,
    delivery: Option<String>,
}

/// What the platform still lets through.
#[derive(ToSchema)]
#[schema(as = Credits)]
pub(in crate::api) struct CreditsShape {
    left: u32,
    of: u32,
    expires_at: i64,
    /// The customer no longer follows: nothing reaches them until they come back.
    #[schema(required = false)]
    customer_left: Option<bool>,
}

/// Whether a reply can be sent now.
#[derive(ToSchema)]
#[schema(as = CanSend)]
pub(in crate::api) struct CanSendShape {
    ok: bool,
    #[schema(nullable = false)]
    code: Option<String>,
    #[schema(nullable = false)]
    reason: Option<String>,
}

/// A stored file.
#[derive(ToSchema)]
#[schema(as = Media)]
pub(in crate::api) struct MediaShape {
    media_id: String,
    name: String,
    size: u64,
    /// Sniffed.
    mime: String,
    width: Option<u32>,
    height: Option<u32>,
}

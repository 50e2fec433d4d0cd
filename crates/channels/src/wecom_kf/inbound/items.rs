//! A page of news, entry by entry. Whatever an entry is, it comes out as one item.

use kefu_domain::{Failure, UnixMs};
use kefu_wechat::kf::{
    self, Content as Theirs, Event, EventKind, Message, SessionChange, fail_words, origin,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::content::{content, value};
use super::source::source;
use crate::{Item, Kept, Page, Welcome};

/// Translates a page. Entries without an id of their own come last and get one from their bytes,
/// so that the same entry read again has the same.
pub(in crate::wecom_kf) fn page(page: kf::Page) -> Page {
    let unreadable = page.unreadable.into_iter().map(|entry| {
        tracing::warn!(why = %entry.why, "an entry of sync_msg cannot be read and is kept");
        let raw = entry.raw.get();
        Item::Other {
            address: None,
            key: format!("raw-{}", fingerprint(raw)),
            why: Kept::Malformed,
            raw: value(raw),
        }
    });
    let unreadable: Vec<Item> = unreadable.collect();
    Page {
        items: page
            .messages
            .into_iter()
            .flat_map(items)
            .chain(unreadable)
            .collect(),
        cursor: page.next_cursor,
        more: page.has_more,
    }
}

fn fingerprint(raw: &str) -> String {
    let hash = Sha256::digest(raw.as_bytes());
    hash.iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The customer refuses messages, among the reasons of `msg_send_fail`.
const REFUSED_BY_CUSTOMER: i64 = 10;

/// An entry, and what it says beside: whoever refused one message is reached by none.
fn items(message: Message) -> impl Iterator<Item = Item> {
    let left = match (&message.content, &message.external_userid) {
        (Theirs::Event(event), Some(address)) if refused(&event.kind) => Some(Item::Left {
            address: address.clone(),
            key: format!("{}-left", message.msgid),
            at: message.send_time.saturating_mul(1_000),
        }),
        _ => None,
    };
    [item(message)].into_iter().chain(left)
}

fn refused(kind: &EventKind) -> bool {
    matches!(kind, EventKind::MsgSendFail { fail_type, .. } if *fail_type == REFUSED_BY_CUSTOMER)
}

fn item(message: Message) -> Item {
    let at = message.send_time.saturating_mul(1_000);
    match (message.content, message.external_userid) {
        (Theirs::Event(event), address) => happened(event, address, message.msgid, at),
        (said, Some(address)) if message.origin == origin::CUSTOMER => Item::Message {
            address,
            key: message.msgid,
            content: content(said),
            at,
        },
        (said, Some(address)) if message.origin == origin::SERVICER => Item::Servicer {
            address,
            key: message.msgid,
            userid: message.servicer_userid.unwrap_or_default(),
            content: content(said),
            at,
        },
        // From nobody, or from somebody that the platform has not told of yet.
        (said, address) => Item::Other {
            address,
            key: message.msgid,
            why: Kept::Unknown,
            raw: json!({ "origin": message.origin, "content": content(said) }),
        },
    }
}

fn happened(event: Event, address: Option<String>, key: String, at: UnixMs) -> Item {
    match (event.kind, address) {
        (EventKind::EnterSession(entered), Some(address)) => Item::Entered {
            address,
            key,
            source: source(&entered, at),
            welcome: entered.welcome_code.map(Welcome::Code),
            grant: None,
            at,
        },
        (
            EventKind::MsgSendFail {
                fail_msgid,
                fail_type,
            },
            _,
        ) => Item::NotDelivered {
            msgid: fail_msgid,
            failure: not_delivered(fail_type),
        },
        (EventKind::UserRecallMsg { recall_msgid }, _) => Item::Recalled {
            key: recall_msgid,
            by: None,
        },
        (EventKind::ServicerRecallMsg { recall_msgid }, _) => Item::Recalled {
            key: recall_msgid,
            by: event.servicer_userid,
        },
        (EventKind::SessionStatusChange(change), Some(address)) => {
            upstream(change, address, key, at)
        }
        (kind @ EventKind::ServicerStatusChange { status, .. }, _)
            if event.servicer_userid.is_some() =>
        {
            let userid = event.servicer_userid.unwrap_or_default();
            Item::Receives {
                receiving: status == RECEIVING,
                raw: kept(&event.open_kfid, Some(&userid), kind),
                userid,
                key,
            }
        }
        (kind, address) => Item::Other {
            why: match kind {
                EventKind::Unknown { .. } => Kept::Unknown,
                _ => Kept::Known,
            },
            raw: kept(&event.open_kfid, event.servicer_userid.as_deref(), kind),
            address,
            key,
        },
    }
}

fn not_delivered(fail_type: i64) -> Failure {
    let (zh, en) = fail_words(fail_type);
    Failure {
        code: format!("fail_{fail_type}"),
        reason: format!("{zh}\u{1f}{en}"),
    }
}

/// Receiving, in the event; a list of servicers says 0.
const RECEIVING: i64 = 1;

fn upstream(change: SessionChange, address: String, key: String, at: UnixMs) -> Item {
    Item::UpstreamSession {
        address,
        key,
        change: u8::try_from(change.change_type).unwrap_or_default(),
        userid: change.new_servicer_userid,
        code: change.msg_code,
        at,
    }
}

/// An event that we do not act on, in the platform's own words.
fn kept(open_kfid: &str, servicer: Option<&str>, kind: EventKind) -> Value {
    let (event_type, mut fields) = match kind {
        EventKind::Unknown { raw, .. } => return value(raw.get()),
        EventKind::ServicerStatusChange { status, stop_type } => (
            "servicer_status_change",
            json!({ "status": status, "stop_type": stop_type }),
        ),
        EventKind::RejectCustomerMsgSwitchChange { rejecting } => (
            "reject_customer_msg_switch_change",
            json!({ "reject_switch": u8::from(rejecting) }),
        ),
        // These two belong to a customer, and none was named.
        EventKind::EnterSession(entered) => (
            "enter_session",
            json!({ "scene": entered.scene, "scene_param": entered.scene_param }),
        ),
        EventKind::SessionStatusChange(change) => (
            "session_status_change",
            json!({
                "change_type": change.change_type,
                "old_servicer_userid": change.old_servicer_userid,
                "new_servicer_userid": change.new_servicer_userid,
            }),
        ),
        EventKind::MsgSendFail { fail_msgid, .. } => {
            ("msg_send_fail", json!({ "fail_msgid": fail_msgid }))
        }
        EventKind::UserRecallMsg { recall_msgid } => {
            ("user_recall_msg", json!({ "recall_msgid": recall_msgid }))
        }
        EventKind::ServicerRecallMsg { recall_msgid } => (
            "servicer_recall_msg",
            json!({ "recall_msgid": recall_msgid }),
        ),
    };
    fields["event_type"] = event_type.into();
    fields["open_kfid"] = open_kfid.into();
    if let Some(servicer) = servicer {
        fields["servicer_userid"] = servicer.into();
    }
    fields
}

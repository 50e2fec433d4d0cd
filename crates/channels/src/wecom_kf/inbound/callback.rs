//! Callbacks: who may ring, and what they ring for.

use kefu_domain::setup::Connection;
use kefu_wechat::callback::{self, ChatChange, ContactChange, Delivery, Event};

use crate::platform::secrets::{refused, secrets, too_old};
use crate::{ContactChange as Change, Kept, Notice, Refused};

/// Answers a URL verification.
pub(in crate::wecom_kf) fn verify(
    connection: &Connection,
    query: &str,
) -> Result<Vec<u8>, Refused> {
    callback::verify_url(&secrets(connection)?, query).map_err(refused)
}

/// Opens a callback. `now` is unix seconds.
pub(in crate::wecom_kf) fn receive(
    connection: &Connection,
    query: &str,
    body: &[u8],
    now: i64,
) -> Result<Vec<Notice>, Refused> {
    let delivery = callback::open(&secrets(connection)?, query, body).map_err(refused)?;
    too_old("wecom_kf", delivery.signed_at, now)?;
    if delivery.secret > 0 {
        metrics::counter!("kefu_callback_previous_key_total", "channel" => "wecom_kf").increment(1);
    }
    Ok(vec![notice(delivery)])
}

fn notice(delivery: Delivery) -> Notice {
    let Delivery {
        event,
        dedupe_key: event_key,
        raw,
        ..
    } = delivery;
    match event {
        Event::KfMsgOrEvent {
            open_kfid, token, ..
        } => Notice::Bell {
            account: open_kfid,
            token: Some(token),
        },
        Event::ExternalContact(contact) => match moved(&contact.change) {
            Some(change) => Notice::Contact {
                event_key,
                change,
                userid: contact.user_id,
                address: contact.external_user_id,
                state: contact.state,
                welcome_code: contact.welcome_code,
            },
            None => other(event_key, Kept::Known, &raw),
        },
        Event::ExternalChat(chat) => match chat.change {
            ChatChange::Updated(update) if members_changed(&update.detail) => Notice::Group {
                event_key,
                chat_id: chat.chat_id,
                joined: update.detail == JOINED,
                dismissed: false,
            },
            ChatChange::Dismissed => Notice::Group {
                event_key,
                chat_id: chat.chat_id,
                joined: false,
                dismissed: true,
            },
            _ => other(event_key, Kept::Known, &raw),
        },
        Event::Malformed { why } => {
            tracing::warn!(%why, "a signed callback is malformed and was kept");
            metrics::counter!("kefu_callback_malformed_total", "channel" => "wecom_kf")
                .increment(1);
            other(event_key, Kept::Malformed, &raw)
        }
        Event::KfAccountAuthChange { added, removed, .. } => Notice::Accounts {
            event_key,
            given: added,
            taken: removed,
        },
        Event::Unknown { .. } => other(event_key, Kept::Unknown, &raw),
    }
}

/// Members joined a group.
const JOINED: &str = "add_member";

/// Names, owners and notices of a group are its owner's affair.
fn members_changed(detail: &str) -> bool {
    matches!(detail, JOINED | "del_member")
}

/// Whether a customer came or went. Half added counts: the customer did their part.
fn moved(change: &ContactChange) -> Option<Change> {
    match change {
        ContactChange::Added | ContactChange::HalfAdded => Some(Change::Added),
        ContactChange::RemovedByCustomer => Some(Change::Removed),
        // Handed over to a colleague: the customer stays with the company.
        ContactChange::RemovedByMember { source }
            if source.as_deref() == Some("DELETE_BY_TRANSFER") =>
        {
            None
        }
        ContactChange::RemovedByMember { .. } => Some(Change::Removed),
        ContactChange::Edited
        | ContactChange::TransferFailed { .. }
        | ContactChange::ArchivingApproved => None,
    }
}

fn other(event_key: String, why: Kept, raw: &[u8]) -> Notice {
    Notice::Other {
        event_key,
        why,
        raw: String::from_utf8_lossy(raw).into_owned(),
    }
}

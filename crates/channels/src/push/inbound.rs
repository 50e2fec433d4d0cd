//! A push, opened and translated: one notice for each.

use super::Table;
use super::content::{content, unsupported};
use crate::platform::secrets::{refused, secrets, too_old};
use crate::{Item, Kept, Notice, Refused, Welcome};
use kefu_domain::setup::Connection;
use kefu_wechat::push::{self, Event, Message, Push, What};

/// Answers a URL verification.
pub(super) fn verify(connection: &Connection, query: &str) -> Result<Vec<u8>, Refused> {
    push::verify_url(&secrets(connection)?, query).map_err(refused)
}

/// Opens a push. `now` is unix seconds.
pub(super) fn receive(
    table: &Table,
    connection: &Connection,
    query: &str,
    body: &[u8],
    now: i64,
) -> Result<Vec<Notice>, Refused> {
    let (secrets, kind) = (secrets(connection)?, table.kind);
    let opened = push::open(&secrets, connection.plain, query, body);
    let delivery = opened.map_err(refused)?;
    too_old(kind, delivery.signed_at, now)?;
    if delivery.secret > 0 {
        metrics::counter!("kefu_callback_previous_key_total", "channel" => kind).increment(1);
    }
    Ok(vec![notice(table, delivery.push, &delivery.raw)])
}

fn notice(table: &Table, push: Push, raw: &[u8]) -> Notice {
    let Push {
        from,
        created_at,
        key,
        what,
        ..
    } = push;
    let at = created_at.saturating_mul(1_000);
    match what {
        What::Message(said) => Notice::Items(message(table, (from, key), said, at, raw)),
        What::UnknownMessage { msg_type } => Notice::Items(vec![Item::Message {
            address: from,
            key,
            content: unsupported(&msg_type, raw),
            at,
        }]),
        What::Event(event) => match happened(table, event, from, key.clone(), at) {
            Some(item) => Notice::Items(vec![item]),
            None => other(key, Kept::Known, raw),
        },
        What::Unknown { .. } => other(key, Kept::Unknown, raw),
        What::Malformed { why } => {
            tracing::warn!(%why, "a signed push is malformed and was kept");
            metrics::counter!("kefu_callback_malformed_total", "channel" => table.kind)
                .increment(1);
            other(key, Kept::Malformed, raw)
        }
    }
}

/// What was said, and before it where it was said from, if that is told with it.
fn message(
    table: &Table,
    (address, key): (String, String),
    said: Message,
    at: i64,
    raw: &[u8],
) -> Vec<Item> {
    let source = table.doors.of_message(&said, at);
    let entered = source.map(|source| Item::Entered {
        address: address.clone(),
        key: format!("{key}-from"),
        source,
        welcome: None,
        grant: None,
        at,
    });
    let said = Item::Message {
        address,
        key,
        content: content(said, raw),
        at,
    };
    entered.into_iter().chain([said]).collect()
}

fn happened(table: &Table, event: Event, address: String, key: String, at: i64) -> Option<Item> {
    let doors = &table.doors;
    Some(match event {
        Event::Subscribe { scene } => Item::Entered {
            source: doors.followed(scene.as_deref(), at),
            welcome: Some(Welcome::Message),
            grant: doors.gesture,
            address,
            key,
            at,
        },
        Event::Scan { scene } => Item::Entered {
            source: doors.scanned(&scene, at),
            welcome: None,
            grant: doors.gesture,
            address,
            key,
            at,
        },
        Event::EnterTempSession { session_from } => Item::Entered {
            source: doors.entered(session_from.as_deref(), at),
            welcome: Some(Welcome::Message),
            grant: doors.entering,
            address,
            key,
            at,
        },
        Event::Menu(menu) => Item::Tapped {
            source: doors.tapped(&menu, at),
            grant: doors.gesture.filter(|_| menu.opens()),
            item: menu.key,
            address,
            key,
            at,
        },
        Event::Opened(opened) => Item::Looked {
            source: doors.looked(&opened, at),
            address,
            key,
        },
        Event::Unsubscribe => Item::Left { address, key, at },
        Event::Noted { .. } => return None,
    })
}

fn other(event_key: String, why: Kept, raw: &[u8]) -> Notice {
    Notice::Other {
        event_key,
        why,
        raw: String::from_utf8_lossy(raw).into_owned(),
    }
}

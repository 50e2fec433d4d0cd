//! A push, opened and translated: one notice for each.

use super::Table;
use super::content::{content, place, unsupported};
use super::places::{Places, Telling, Which};
use super::source::Doors;
use crate::platform::secrets::{refused, secrets, too_old};
use crate::{Item, Kept, Notice, Refused, Welcome};
use kefu_domain::{ConnectionId, setup::Connection};
use kefu_wechat::push::{self, Event, Menu, Message, Push, What};

/// Answers a URL verification.
pub(super) fn verify(connection: &Connection, query: &str) -> Result<Vec<u8>, Refused> {
    push::verify_url(&secrets(connection)?, query).map_err(refused)
}

/// What stands around a push.
#[derive(Clone, Copy)]
struct Here<'a> {
    table: &'a Table,
    places: &'a Places,
    whose: ConnectionId,
}

/// Opens a push. `now` is unix seconds.
pub(super) fn receive(
    table: &Table,
    places: &Places,
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
    let here = Here {
        table,
        places,
        whose: connection.id,
    };
    Ok(vec![notice(here, delivery.push, &delivery.raw)])
}

fn notice(here: Here<'_>, push: Push, raw: &[u8]) -> Notice {
    let Push {
        from,
        created_at,
        key,
        what,
        ..
    } = push;
    let at = created_at.saturating_mul(1_000);
    match what {
        What::Message(said) => Notice::Items(message(here, (from, key), said, at, raw)),
        What::UnknownMessage { msg_type } => Notice::Items(vec![Item::Message {
            address: from,
            key,
            content: unsupported(&msg_type, raw),
            at,
        }]),
        What::Event(Event::Menu(menu)) => Notice::Items(tapped(here, menu, from, key, at)),
        What::Event(event) => match happened(&here.table.doors, event, from, key.clone(), at) {
            Some(item) => Notice::Items(vec![item]),
            None => other(key, Kept::Known, raw),
        },
        What::Unknown { .. } => other(key, Kept::Unknown, raw),
        What::Malformed { why } => {
            tracing::warn!(%why, "a signed push is malformed and was kept");
            metrics::counter!("kefu_callback_malformed_total", "channel" => here.table.kind)
                .increment(1);
            other(key, Kept::Malformed, raw)
        }
    }
}

/// What was said, and before it where it was said from, if that is told with it.
fn message(
    here: Here<'_>,
    (address, key): (String, String),
    said: Message,
    at: i64,
    raw: &[u8],
) -> Vec<Item> {
    if let Message::Location(place) = &said {
        let telling = Telling {
            key: &key,
            place,
            at: at / 1_000,
            tapped: None,
        };
        if let Which::Second(Some(source)) = here.places.hear(here.whose, &address, telling) {
            return vec![Item::Entered {
                address,
                key,
                source,
                welcome: None,
                grant: here.table.can.credits,
                at,
            }];
        }
    }
    let source = here.table.doors.of_message(&said, at);
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

/// A tap on the menu, and after it the place that was chosen by it, unless its message came before.
fn tapped(here: Here<'_>, menu: Menu, address: String, key: String, at: i64) -> Vec<Item> {
    let doors = &here.table.doors;
    let source = doors.tapped(&menu, at);
    let grant = doors.gesture.filter(|_| menu.opens());
    let chosen = menu.place.filter(|place| {
        let telling = Telling {
            key: &key,
            place,
            at: at / 1_000,
            tapped: Some(source.clone()),
        };
        here.places.hear(here.whose, &address, telling) == Which::First
    });
    let said = chosen.map(|chosen| Item::Message {
        address: address.clone(),
        key: format!("{key}-place"),
        content: place(chosen),
        at,
    });
    let tapped = Item::Tapped {
        source,
        grant,
        item: menu.key,
        address,
        key,
        at,
    };
    [tapped].into_iter().chain(said).collect()
}

fn happened(doors: &Doors, event: Event, address: String, key: String, at: i64) -> Option<Item> {
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
        // Its own, because it may say something.
        Event::Menu(_) | Event::Noted { .. } => return None,
        Event::Opened(opened) => Item::Looked {
            source: doors.looked(&opened, at),
            address,
            key,
        },
        Event::Unsubscribe => Item::Left { address, key, at },
    })
}

fn other(event_key: String, why: Kept, raw: &[u8]) -> Notice {
    Notice::Other {
        event_key,
        why,
        raw: String::from_utf8_lossy(raw).into_owned(),
    }
}

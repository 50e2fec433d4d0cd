//! From a tree to a [`Push`] and the key that its repetitions share.

use super::{Event, Push, What, event, message};
use crate::fields::{Wrong, key, maybe, number, text, trimmed};
use crate::xml::{Element, XmlError};

/// The event by which a shop tells of everything that its customers say.
const SHOP_MESSAGE: &str = "commkf_send_msg_to_kf";
/// A container platform asks whether we are there.
const SELF_TEST: &str = "CheckContainerPath";
/// Longest id of an account or a customer.
const MAX_NAME: usize = 128;

/// Reads what was verified; whatever it is, there is a push and a key for it.
pub(super) fn push(tree: Result<Element, XmlError>, raw: &[u8]) -> Push {
    let read = tree.map_err(Wrong::from).and_then(|tree| understand(&tree));
    match read {
        Ok(mut push) => {
            match push.what {
                What::Unknown { .. } => push.key = key("unknown", &[raw]),
                // What is only kept differs in fields that are not read: of two in one second about one
                // customer, neither is the other.
                What::Event(Event::Noted { .. }) => push.key = key("noted", &[raw]),
                _ => {}
            }
            push
        }
        Err(wrong) => Push {
            to: String::new(),
            from: String::new(),
            created_at: 0,
            key: key("malformed", &[raw]),
            what: What::Malformed {
                why: wrong.to_string(),
            },
        },
    }
}

fn understand(tree: &Element) -> Result<Push, Wrong> {
    if trimmed(tree, "action")? == Some(SELF_TEST) {
        return Ok(self_test());
    }
    let to = name(tree, "ToUserName")?;
    let from = name(tree, "FromUserName")?;
    let created_at = number(tree, "CreateTime")?.ok_or(Wrong::Missing("CreateTime"))?;
    let msg_type = text(tree, "MsgType")?;
    let (what, key) = match msg_type {
        "event" => happened(tree, &[&to, &from, &created_at.to_string()])?,
        _ => {
            let id = message_id(tree)?;
            let said = message::read(tree, msg_type)?;
            let what = said.map_or_else(
                || What::UnknownMessage {
                    msg_type: msg_type.to_owned(),
                },
                What::Message,
            );
            (what, id)
        }
    };
    Ok(Push {
        to,
        from,
        created_at,
        key,
        what,
    })
}

fn self_test() -> Push {
    Push {
        to: String::new(),
        from: String::new(),
        created_at: 0,
        key: key("self_test", &[]),
        what: What::Event(Event::Noted {
            name: SELF_TEST.to_owned(),
        }),
    }
}

fn happened(tree: &Element, head: &[&str]) -> Result<(What, String), Wrong> {
    let event = text(tree, "Event")?;
    if event == SHOP_MESSAGE {
        return Ok((What::Message(message::of_shop(tree)?), shop_id(tree)?));
    }
    let Some(read) = event::read(tree, event)? else {
        let event = event.to_owned();
        return Ok((What::Unknown { event }, String::new()));
    };
    // The platform's own practice is sender and second. Two taps within one differ in the item, two
    // scans in what was read, two notices in their number.
    let mut parts = head.to_vec();
    parts.push(event);
    let more = ["EventKey", "Ticket", "SessionFrom", "MsgID", "KfAccount"];
    let more: Vec<Option<String>> = more
        .into_iter()
        .map(|name| maybe(tree, name))
        .collect::<Result<_, _>>()?;
    parts.extend(more.iter().map(|part| part.as_deref().unwrap_or_default()));
    if let Event::Menu(menu) = &read
        && let Some(scanned) = &menu.scanned
    {
        parts.push(&scanned.result);
    }
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    let key = key("event", &parts);
    Ok((What::Event(read), key))
}

/// `MsgId`: digits that 64 bits hold, kept as they are written; or a word, which some pushes have.
fn message_id(tree: &Element) -> Result<String, Wrong> {
    let id = text(tree, "MsgId")?;
    match id.parse::<u64>() {
        Ok(number) => Ok(number.to_string()),
        // A number that lost digits names another message, or none.
        Err(_) if id.parse::<f64>().is_ok() => Err(Wrong::Number("MsgId")),
        Err(_) => word(id, "MsgId"),
    }
}

/// `msg_id` of a shop: a text that happens to be digits.
fn shop_id(tree: &Element) -> Result<String, Wrong> {
    word(text(tree, "msg_id")?, "msg_id")
}

/// An id of letters, digits and little else.
fn word(id: &str, field: &'static str) -> Result<String, Wrong> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    match id.len() <= 64 && id.bytes().all(plain) {
        true => Ok(id.to_owned()),
        false => Err(Wrong::Id(field)),
    }
}

fn name(tree: &Element, field: &'static str) -> Result<String, Wrong> {
    let name = text(tree, field)?;
    match name.len() <= MAX_NAME && name.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(name.to_owned()),
        false => Err(Wrong::Id(field)),
    }
}

//! What an outgoing message may hold: fields, byte limits, media that must exist. Titles that are
//! too long are cut where the platform cuts them, everything else is refused.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::world::desk::Desk;
use crate::world::media::Kind;

type Checked = Result<(), Refusal>;

fn wrong(name: &str) -> Refusal {
    Refusal::because(40058, format!("invalid Request Parameter: {name}"))
}

/// Checks the object of a `send_msg`, and cuts what the platform cuts.
pub(super) fn check(desk: &Desk<'_>, msgtype: &str, content: &mut Value) -> Checked {
    let object = content.as_object_mut().ok_or_else(|| wrong(msgtype))?;
    match msgtype {
        "text" => {
            let words = text(object, "content");
            match words.len() {
                0 => Err(Refusal::of(44004)),
                1..=2048 => Ok(()),
                _ => Err(Refusal::of(45002)),
            }
        }
        "image" => media(desk, object, "media_id", Kind::Image),
        "voice" => media(desk, object, "media_id", Kind::Voice),
        "video" => media(desk, object, "media_id", Kind::Video),
        "file" => media(desk, object, "media_id", Kind::File),
        "link" => {
            bytes(object, "title", 1, usize::MAX)?;
            cut(object, "title", 128);
            cut(object, "desc", 512);
            bytes(object, "url", 1, 2048)?;
            if !is_http(&text(object, "url")) {
                return Err(wrong("link.url"));
            }
            media(desk, object, "thumb_media_id", Kind::Image)
        }
        "miniprogram" => {
            bytes(object, "appid", 1, 32)?;
            bytes(object, "pagepath", 1, 1024)?;
            cut(object, "title", 64);
            media(desk, object, "thumb_media_id", Kind::Image)
        }
        "msgmenu" => menu(object),
        "location" => {
            let within = |name: &str, most: f64| {
                let at = object.get(name).and_then(Value::as_f64);
                at.filter(|at| at.abs() <= most)
                    .map(drop)
                    .ok_or_else(|| wrong(name))
            };
            within("latitude", 90.0)?;
            within("longitude", 180.0)
        }
        "ca_link" => {
            bytes(object, "link_url", 1, 2048)?;
            let ours = is_http(&text(object, "link_url"));
            if ours {
                Ok(())
            } else {
                Err(wrong("ca_link.link_url"))
            }
        }
        "business_card" => {
            let known = desk.corp.member(&text(object, "userid")).is_some();
            if known {
                Ok(())
            } else {
                Err(Refusal::of(60111))
            }
        }
        _ => Err(Refusal::of(40008)),
    }
}

/// A menu: at most 50 lines, ten of which can be tapped (95008), four kinds of them (95009).
fn menu(object: &Map<String, Value>) -> Checked {
    bytes(object, "head_content", 0, 1024)?;
    bytes(object, "tail_content", 0, 1024)?;
    let empty = Vec::new();
    let list = match object.get("list") {
        None | Some(Value::Null) => &empty,
        Some(list) => list.as_array().ok_or_else(|| wrong("msgmenu.list"))?,
    };
    if list.is_empty() && text(object, "head_content").is_empty() {
        return Err(Refusal::of(44004));
    }
    let tappable = list.iter().filter(|item| item["type"] != "text").count();
    if list.len() > 50 || tappable > 10 {
        return Err(Refusal::of(95008));
    }
    for item in list {
        let kind = item["type"].as_str().unwrap_or_default();
        if !matches!(kind, "click" | "view" | "miniprogram" | "text") {
            return Err(Refusal::of(95009));
        }
        let inner = item[kind].as_object().ok_or_else(|| wrong(kind))?;
        match kind {
            "click" => {
                bytes(inner, "id", 0, 128)?;
                bytes(inner, "content", 1, 128)?;
            }
            "view" => {
                bytes(inner, "url", 1, 2048)?;
                bytes(inner, "content", 1, 1024)?;
            }
            "miniprogram" => {
                bytes(inner, "appid", 1, 32)?;
                bytes(inner, "pagepath", 1, 1024)?;
                bytes(inner, "content", 1, 1024)?;
            }
            _ => bytes(inner, "content", 1, 256)?,
        }
    }
    Ok(())
}

fn text(object: &Map<String, Value>, name: &str) -> String {
    object
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn is_http(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// A text of so many bytes; absent counts as none.
fn bytes(object: &Map<String, Value>, name: &str, least: usize, most: usize) -> Checked {
    let length = match object.get(name) {
        None | Some(Value::Null) => 0,
        Some(Value::String(text)) => text.len(),
        Some(_) => return Err(wrong(name)),
    };
    if (least..=most).contains(&length) {
        Ok(())
    } else {
        Err(wrong(name))
    }
}

/// Cuts a text to so many bytes, at the border of a character.
fn cut(object: &mut Map<String, Value>, name: &str, most: usize) {
    if let Some(Value::String(text)) = object.get_mut(name) {
        text.truncate(text.floor_char_boundary(most));
    }
}

/// Media of the right kind that is not over three days old.
pub(super) fn media(
    desk: &Desk<'_>,
    object: &Map<String, Value>,
    name: &str,
    kind: Kind,
) -> Checked {
    let id = text(object, name);
    let found = desk
        .corp
        .media
        .get(&id, desk.now)
        .filter(|media| media.kind == kind);
    found.map(drop).ok_or_else(|| Refusal::of(40007))
}

/// The platform does not read `\uXXXX` in words that a customer sees.
pub(super) fn unescaped(body: &[u8]) -> Result<(), Refusal> {
    let wrong = body.windows(2).any(|pair| pair == b"\\u");
    match wrong {
        true => Err(Refusal::of(40033)),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(object) = value else {
            panic!("an object")
        };
        object
    }

    #[test]
    fn titles_are_cut_between_characters() {
        let mut link = object(json!({ "title": "茶".repeat(50) }));
        cut(&mut link, "title", 128);
        assert_eq!(
            text(&link, "title").chars().count(),
            42,
            "126 bytes, not 128"
        );
    }

    #[test]
    fn menus_are_counted() {
        let click =
            |n: usize| json!({"type": "click", "click": {"id": n.to_string(), "content": "x"}});
        let menu_of = |count| object(json!({ "list": (0..count).map(click).collect::<Vec<_>>() }));
        assert_eq!(menu(&menu_of(10)), Ok(()));
        assert_eq!(
            menu(&menu_of(11)).map_err(|refusal| refusal.code),
            Err(95008)
        );
        let strange = object(json!({ "list": [{"type": "wish", "wish": {}}] }));
        assert_eq!(menu(&strange).map_err(|refusal| refusal.code), Err(95009));
        let long =
            object(json!({ "list": [{"type": "click", "click": {"content": "x".repeat(129)}}] }));
        assert_eq!(menu(&long).map_err(|refusal| refusal.code), Err(40058));
        assert_eq!(
            menu(&Map::new()).map_err(|refusal| refusal.code),
            Err(44004)
        );
    }
}

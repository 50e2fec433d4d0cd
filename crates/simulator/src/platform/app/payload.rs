//! What an app may send: types by kind of app, fields, byte limits, media that must be there.

use serde_json::{Map, Value};

use crate::config::AppKind;
use crate::platform::refusal::Refusal;
use crate::world::app::desk::AppDesk;
use crate::world::media::Kind;

type Checked = Result<(), Refusal>;

/// Bytes of a text; more are refused.
const TEXT: usize = 2_048;

/// Checks the object of a send.
pub(super) fn check(desk: &AppDesk<'_>, msgtype: &str, content: &Value) -> Checked {
    let official = desk.app.kind == AppKind::OfficialAccount;
    let allowed = match msgtype {
        "text" | "image" | "miniprogrampage" => true,
        "voice" | "video" | "music" | "news" | "mpnews" | "mpnewsarticle" | "msgmenu"
        | "wxcard" => official,
        "link" => !official,
        _ => false,
    };
    if !allowed {
        return Err(Refusal::of(40008));
    }
    let object = content.as_object().ok_or_else(|| Refusal::of(44004))?;
    match msgtype {
        "text" => words(object, "content", TEXT),
        "image" => media(desk, object, "media_id", Kind::Image),
        "voice" => media(desk, object, "media_id", Kind::Voice),
        "video" => {
            media(desk, object, "media_id", Kind::Video)?;
            media(desk, object, "thumb_media_id", Kind::Thumb)
        }
        "music" => {
            needed(object, "musicurl")?;
            needed(object, "hqmusicurl")?;
            thumb(desk, object)
        }
        "news" => news(object),
        "mpnews" => needed(object, "media_id"),
        "mpnewsarticle" => needed(object, "article_id"),
        "msgmenu" => menu(object),
        "wxcard" => needed(object, "card_id"),
        "link" => {
            needed(object, "title")?;
            needed(object, "description")?;
            needed(object, "url")
        }
        _ => page(desk, object),
    }
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn needed(object: &Map<String, Value>, name: &str) -> Checked {
    match text(object, name) {
        "" => Err(Refusal::because(
            40035,
            format!("invalid parameter: {name}"),
        )),
        _ => Ok(()),
    }
}

/// A text of at least one byte and at most so many.
fn words(object: &Map<String, Value>, name: &str, most: usize) -> Checked {
    match text(object, name).len() {
        0 => Err(Refusal::of(44004)),
        length if length > most => Err(Refusal::of(45002)),
        _ => Ok(()),
    }
}

/// One article since 2018.
fn news(object: &Map<String, Value>) -> Checked {
    let articles = object.get("articles").and_then(Value::as_array);
    match articles.map(Vec::as_slice) {
        None | Some([]) => Err(Refusal::of(44003)),
        Some([one]) => match one["title"].as_str().unwrap_or_default() {
            "" => Err(Refusal::because(40035, "invalid parameter: title")),
            _ => Ok(()),
        },
        Some(_) => Err(Refusal::of(45008)),
    }
}

fn menu(object: &Map<String, Value>) -> Checked {
    let list = object.get("list").and_then(Value::as_array);
    let list = list.filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| Refusal::of(44004))?;
    let complete = list.iter().all(|item| {
        let id = &item["id"];
        let words = item["content"].as_str().unwrap_or_default();
        (id.is_string() || id.is_number()) && !words.is_empty()
    });
    let length = text(object, "head_content").len() + text(object, "tail_content").len();
    match complete {
        true if length <= TEXT => Ok(()),
        true => Err(Refusal::of(45002)),
        false => Err(Refusal::because(40035, "invalid parameter: msgmenu.list")),
    }
}

/// A mini-program's card: an official account names one that is linked to it, a mini-program
/// sends its own pages and names none.
fn page(desk: &AppDesk<'_>, object: &Map<String, Value>) -> Checked {
    needed(object, "title")?;
    needed(object, "pagepath")?;
    if desk.app.kind == AppKind::OfficialAccount {
        needed(object, "appid")?;
        let linked = &desk.app.linked;
        if !linked.is_empty() && !linked.iter().any(|known| known == text(object, "appid")) {
            return Err(Refusal::of(45064));
        }
    }
    thumb(desk, object)
}

/// The small picture of a card or a song: uploaded as thumb, or any picture.
fn thumb(desk: &AppDesk<'_>, object: &Map<String, Value>) -> Checked {
    let found = desk.app.media.get(text(object, "thumb_media_id"), desk.now);
    let fits = found.is_some_and(|media| matches!(media.kind, Kind::Thumb | Kind::Image));
    fits.then_some(()).ok_or_else(|| Refusal::of(40007))
}

/// Media of the right kind that is not over three days old.
fn media(desk: &AppDesk<'_>, object: &Map<String, Value>, name: &str, kind: Kind) -> Checked {
    let found = desk.app.media.get(text(object, name), desk.now);
    let fits = found.is_some_and(|media| media.kind == kind);
    fits.then_some(()).ok_or_else(|| Refusal::of(40007))
}

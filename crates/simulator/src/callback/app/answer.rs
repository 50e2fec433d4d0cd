//! What a gateway answered to a push: nothing to show, a passive reply (被动回复), or something the
//! platform cannot read, which counts as no answer at all.

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Value, json};

use crate::config::{AppKind, Format, Mode};
use crate::crypto;
use crate::world::app::PushTo;

/// What an answer means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// `success` or nothing at all.
    Silence,
    /// Words or a card for the customer, as `{"msgtype": …, …}`.
    Reply(Value),
    /// Over to the platform's own agents.
    Transfer,
    /// Not what the platform accepts.
    Garbage(String),
}

/// Reads an answer to a push to `openid`.
pub(crate) fn read(to: &PushTo, openid: &str, body: &str) -> Answer {
    let body = body.trim();
    if body.is_empty() || body == "success" {
        return Answer::Silence;
    }
    if to.kind == AppKind::Shop {
        return Answer::Garbage("a shop is answered success or nothing".into());
    }
    let opened = tree(to.format, body).and_then(|outer| open(to, outer));
    match opened.and_then(|reply| understand(to, openid, &reply)) {
        Ok(answer) => answer,
        Err(why) => Answer::Garbage(why),
    }
}

fn tree(format: Format, body: &str) -> Result<Value, String> {
    match format {
        Format::Xml => xml(body),
        Format::Json => serde_json::from_str(body).map_err(|error| error.to_string()),
    }
}

/// Takes the reply out of its frame; safe mode takes no other.
fn open(to: &PushTo, outer: Value) -> Result<Value, String> {
    let word = |name: &str| match &outer[name] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let sealed = word("Encrypt");
    if sealed.is_empty() {
        return match to.mode {
            Mode::Safe => Err("safe mode wants an encrypted reply".into()),
            _ => Ok(outer),
        };
    }
    let signed = [&*to.token, &word("TimeStamp"), &word("Nonce"), &sealed];
    if !crypto::signed_by(&signed, &word("MsgSignature")) {
        return Err("the MsgSignature of the reply does not match".into());
    }
    let plain = crypto::open(&to.key, &sealed, &to.appid).map_err(|error| error.to_string())?;
    tree(to.format, &String::from_utf8_lossy(&plain))
}

/// The reply as a line of the phone.
fn understand(to: &PushTo, openid: &str, reply: &Value) -> Result<Answer, String> {
    let word = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    if word(reply, "ToUserName") != openid || word(reply, "FromUserName") != to.original_id {
        return Err("the reply is not addressed back".into());
    }
    let msgtype = word(reply, "MsgType");
    let object = match msgtype.as_str() {
        "transfer_customer_service" => return Ok(Answer::Transfer),
        "text" => json!({ "content": word(reply, "Content") }),
        "image" => json!({ "media_id": word(&reply["Image"], "MediaId") }),
        "voice" => json!({ "media_id": word(&reply["Voice"], "MediaId") }),
        "video" => {
            let video = &reply["Video"];
            json!({ "media_id": word(video, "MediaId"), "title": word(video, "Title"), "description": word(video, "Description") })
        }
        "music" => {
            let music = &reply["Music"];
            json!({ "title": word(music, "Title"), "description": word(music, "Description"), "musicurl": word(music, "MusicUrl"), "hqmusicurl": word(music, "HQMusicUrl"), "thumb_media_id": word(music, "ThumbMediaId") })
        }
        "news" => {
            let items = match &reply["Articles"]["item"] {
                Value::Array(items) => items.clone(),
                Value::Null => return Err("news without articles".into()),
                one => vec![one.clone()],
            };
            let article = |item: &Value| json!({ "title": word(item, "Title"), "description": word(item, "Description"), "url": word(item, "Url"), "picurl": word(item, "PicUrl") });
            json!({ "articles": items.iter().map(article).collect::<Vec<_>>() })
        }
        other => return Err(format!("a reply of type {other:?}")),
    };
    Ok(Answer::Reply(
        json!({ "msgtype": msgtype, msgtype: object }),
    ))
}

/// An element that is not closed yet: its name, the elements in it, its text.
type Element = (String, Map<String, Value>, String);

fn say(open: &mut [Element], words: &str) {
    if let Some((.., text)) = open.last_mut() {
        text.push_str(words);
    }
}

/// A document as nested objects; an element that comes again becomes an array. Deeper than any
/// reply of the platform is refused.
fn xml(body: &str) -> Result<Value, String> {
    const DEEPEST: usize = 8;
    let mut reader = Reader::from_str(body);
    let mut open: Vec<Element> = Vec::new();
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                if open.len() >= DEEPEST {
                    return Err("nested too deep".into());
                }
                open.push((start.name().as_ref().to_owned(), Map::new(), String::new()));
            }
            Event::Text(text) => say(&mut open, &text),
            Event::CData(text) => say(&mut open, &text),
            Event::GeneralRef(name) => {
                let known = quick_xml::escape::resolve_predefined_entity(&name);
                say(&mut open, known.ok_or("an entity of its own")?);
            }
            Event::End(_) => {
                let (name, children, words) = open.pop().ok_or("an end without a start")?;
                let value = match children.is_empty() {
                    true => Value::String(words),
                    false => Value::Object(children),
                };
                let Some((_, parent, _)) = open.last_mut() else {
                    return Ok(value);
                };
                put(parent, name, value);
            }
            Event::Empty(empty) => {
                let name = empty.name().as_ref().to_owned();
                if let Some((_, parent, _)) = open.last_mut() {
                    put(parent, name, Value::String(String::new()));
                }
            }
            Event::DocType(_) => return Err("a document type of its own".into()),
            Event::Eof => return Err("not a whole XML document".into()),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
}

fn put(parent: &mut Map<String, Value>, name: String, value: Value) {
    match parent.get_mut(&name) {
        Some(Value::Array(list)) => list.push(value),
        Some(first) => {
            let before = first.take();
            *first = Value::Array(vec![before, value]);
        }
        None => {
            parent.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(mode: Mode) -> PushTo {
        PushTo {
            appid: "wx1".into(),
            original_id: "gh_1".into(),
            kind: AppKind::OfficialAccount,
            url: String::new(),
            token: "tok".into(),
            key: crypto::AesKey::read(&"a".repeat(43)).expect("a key"),
            mode,
            format: Format::Xml,
            numbers_as_strings: false,
        }
    }

    const WORDS: &str = "<xml><ToUserName><![CDATA[o1]]></ToUserName><FromUserName><![CDATA[gh_1]]></FromUserName><CreateTime>1</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[a]]]]><![CDATA[>b]]></Content></xml>";

    #[test]
    fn plain_words_are_read_whole() {
        let answer = read(&to(Mode::Plain), "o1", WORDS);
        let expected = json!({ "msgtype": "text", "text": { "content": "a]]>b" } });
        assert_eq!(answer, Answer::Reply(expected));
        assert_eq!(read(&to(Mode::Plain), "o1", " success\n"), Answer::Silence);
        assert_eq!(read(&to(Mode::Plain), "o1", ""), Answer::Silence);
    }

    #[test]
    fn what_the_platform_does_not_take_is_garbage() {
        let garbage = |mode, body: &str| matches!(read(&to(mode), "o1", body), Answer::Garbage(_));
        assert!(garbage(Mode::Safe, WORDS), "not encrypted");
        assert!(garbage(Mode::Plain, r#"{"errcode":0}"#));
        assert!(
            garbage(Mode::Plain, &WORDS.replace("o1", "o2")),
            "to somebody else"
        );
        assert!(garbage(Mode::Plain, "<xml><a>"));
    }

    #[test]
    fn a_safe_reply_must_be_signed_with_its_own_time() {
        let to = to(Mode::Safe);
        let sealed = crypto::seal(&to.key, [7; 16], WORDS.as_bytes(), "wx1");
        let envelope = |signature: &str| {
            format!(
                "<xml><Encrypt><![CDATA[{sealed}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature><TimeStamp>99</TimeStamp><Nonce><![CDATA[n1]]></Nonce></xml>"
            )
        };
        let signature = crypto::sign(&["tok", "99", "n1", &sealed]);
        assert!(matches!(
            read(&to, "o1", &envelope(&signature)),
            Answer::Reply(_)
        ));
        assert!(matches!(
            read(&to, "o1", &envelope("no")),
            Answer::Garbage(_)
        ));
    }
}

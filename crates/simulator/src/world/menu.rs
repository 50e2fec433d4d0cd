//! What happens when a person taps something in a message: a menu item posts a text of its own, a
//! link or a mini-program opens.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::desk::Desk;
use super::people::ChatKind;
use super::talk::Said;
use crate::error::SimError;

/// What a tap led to.
#[derive(Debug, Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub(crate) enum Tapped {
    /// A menu item: the customer said its words.
    Said(Said),
    /// A page opens in the browser.
    Open { url: String },
    /// A mini-program opens.
    Miniprogram { appid: String, pagepath: String },
    /// A picture opens; scan it to read a code in it.
    Picture { media_id: String },
}

/// Which item of a menu: its id, its words, or its place among those that can be tapped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item<'a> {
    pub(crate) id: Option<&'a str>,
    pub(crate) content: Option<&'a str>,
    pub(crate) index: usize,
}

impl Desk<'_> {
    /// Taps a message on a person's phone.
    pub(crate) fn tap(
        &mut self,
        customer: &str,
        kind: ChatKind,
        target: &str,
        msgid: &str,
        item: Item<'_>,
    ) -> Result<Tapped, SimError> {
        let (key, _) = self.customer(customer)?;
        let corpid = self.corp.corpid.clone();
        let line = self
            .people
            .find(&key)
            .map(|person| person.chat_mut(kind, &corpid, target))
            .and_then(|chat| chat.line_mut(msgid))
            .ok_or_else(|| SimError::unknown("message", msgid))?;
        let body: Value = serde_json::from_str(&line.body).unwrap_or_default();
        let msgtype = body["msgtype"].as_str().unwrap_or_default();
        let content = &body[msgtype];
        let word = |name: &str| content[name].as_str().unwrap_or_default().to_owned();
        match msgtype {
            "msgmenu" => {
                let chosen = choose(&content["list"], item)?;
                if let Some(opened) = opens(chosen) {
                    return Ok(opened);
                }
                let click = &chosen["click"];
                let words = click["content"].as_str().unwrap_or_default().to_owned();
                let id = click["id"].as_str().unwrap_or_default().to_owned();
                line.picked = Some(if id.is_empty() {
                    words.clone()
                } else {
                    id.clone()
                });
                let mut text = json!({ "content": words });
                if !id.is_empty() {
                    text["menu_id"] = id.into();
                }
                let mut said = Map::new();
                said.insert("msgtype".into(), "text".into());
                said.insert("text".into(), text);
                self.say(customer, target, &said).map(Tapped::Said)
            }
            "link" => Ok(Tapped::Open { url: word("url") }),
            "ca_link" => Ok(Tapped::Open {
                url: word("link_url"),
            }),
            "miniprogram" => {
                let page = if content["page"].is_string() {
                    "page"
                } else {
                    "pagepath"
                };
                Ok(Tapped::Miniprogram {
                    appid: word("appid"),
                    pagepath: word(page),
                })
            }
            "image" => Ok(Tapped::Picture {
                media_id: word("media_id"),
            }),
            other => Err(SimError::Refused(format!(
                "a message of type {other} cannot be tapped"
            ))),
        }
    }
}

fn choose<'a>(list: &'a Value, item: Item<'_>) -> Result<&'a Value, SimError> {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut tappable = items.iter().filter(|entry| entry["type"] != "text");
    let wanted = |entry: &&Value| {
        let click = &entry["click"];
        let kind = entry["type"].as_str().unwrap_or_default();
        match (item.id, item.content) {
            (Some(id), _) => click["id"] == id,
            (None, Some(words)) => entry[kind]["content"] == words,
            (None, None) => true,
        }
    };
    let by_place = item.id.is_none() && item.content.is_none();
    let found = if by_place {
        tappable.nth(item.index)
    } else {
        tappable.find(wanted)
    };
    found.ok_or_else(|| SimError::Refused("the menu has no such item".into()))
}

fn opens(item: &Value) -> Option<Tapped> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match item["type"].as_str()? {
        "view" => Some(Tapped::Open {
            url: word(&item["view"]["url"]),
        }),
        "miniprogram" => Some(Tapped::Miniprogram {
            appid: word(&item["miniprogram"]["appid"]),
            pagepath: word(&item["miniprogram"]["pagepath"]),
        }),
        _ => None,
    }
}

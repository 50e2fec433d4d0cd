//! Taps on what an app sent: an item of a menu is said, everything else opens something.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::desk::AppDesk;
use super::talk::SaidToApp;
use crate::error::SimError;
use crate::world::menu::{Item, Tapped};

/// What a tap led to.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Touched {
    /// An item of a menu: its words were said, with its id.
    Said {
        result: &'static str,
        #[serde(flatten)]
        said: SaidToApp,
    },
    /// Something opens.
    Other(Tapped),
}

impl AppDesk<'_> {
    /// Taps a message on a person's phone.
    pub(crate) fn tap_message(
        &mut self,
        customer: &str,
        msgid: &str,
        item: Item<'_>,
    ) -> Result<Touched, SimError> {
        let openid = self.openid(customer)?;
        let (kind, appid) = (self.app.chat(), self.app.appid.clone());
        let line = self
            .people
            .find(&openid)
            .map(|person| person.chat_mut(kind, &appid, &appid))
            .and_then(|chat| chat.line_mut(msgid))
            .ok_or_else(|| SimError::unknown("message", msgid))?;
        let body: Value = serde_json::from_str(&line.body).unwrap_or_default();
        let msgtype = body["msgtype"].as_str().unwrap_or_default();
        let content = &body[msgtype];
        let word = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let open = |url: String| Ok(Touched::Other(Tapped::Open { url }));
        match msgtype {
            "msgmenu" => {
                let chosen = choose(&content["list"], item)?;
                // An id may come as a number and goes back as text.
                let id = words(&chosen["id"]);
                line.picked = Some(id.clone());
                let text = json!({ "content": word(chosen, "content"), "menu_id": id });
                let said = Map::from_iter([
                    ("msgtype".to_owned(), "text".into()),
                    ("text".to_owned(), text),
                ]);
                Ok(Touched::Said {
                    result: "said",
                    said: self.say_to_app(customer, said)?,
                })
            }
            "news" => open(word(&content["articles"][item.index], "url")),
            "link" => open(word(content, "url")),
            "music" => open(word(content, "musicurl")),
            "miniprogrampage" => {
                let given = word(content, "appid");
                let appid = if given.is_empty() { appid } else { given };
                let pagepath = word(content, "pagepath");
                Ok(Touched::Other(Tapped::Miniprogram { appid, pagepath }))
            }
            "image" => {
                let media_id = match word(content, "media_id") {
                    id if id.is_empty() => {
                        let url = word(content, "cos_url");
                        url.rsplit('/').next().unwrap_or_default().to_owned()
                    }
                    id => id,
                };
                Ok(Touched::Other(Tapped::Picture { media_id }))
            }
            other => Err(SimError::Refused(format!(
                "a message of type {other} cannot be tapped"
            ))),
        }
    }
}

fn choose<'a>(list: &'a Value, item: Item<'_>) -> Result<&'a Value, SimError> {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let found = match (item.id, item.content) {
        (Some(id), _) => items.iter().find(|one| words(&one["id"]) == id),
        (None, Some(said)) => items.iter().find(|one| one["content"] == said),
        (None, None) => items.get(item.index),
    };
    found.ok_or_else(|| SimError::Refused("the menu has no such item".into()))
}

/// A text or a number, as text.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

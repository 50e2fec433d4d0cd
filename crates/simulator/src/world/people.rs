//! People and what their phones show. One person may be a customer of several corps, under an id
//! of its own at each.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::names;
use crate::error::SimError;
use crate::ids::Ids;

/// Which chat a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChatKind {
    /// With a customer-service account; the target is its open_kfid.
    Kf,
    /// With a member who was added as a contact; the target is the userid.
    Friend,
    /// A customer group; the target is its chat_id.
    Group,
    /// An official account (公众号); the target is its appid, as with the next two.
    OfficialAccount,
    /// A mini-program's customer service (小程序客服).
    MiniProgram,
    /// A shop's customer service (微信小店客服).
    Shop,
}

/// Who speaks in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    /// The person whose phone it is.
    Me,
    /// The other side.
    Them,
    /// The platform itself, in small grey letters.
    Tip,
}

#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) no: u64,
    pub(crate) at: i64,
    pub(crate) side: Side,
    /// Who wrote it, where that is not the chat's own face.
    pub(crate) by: Option<String>,
    pub(crate) msgid: Option<Arc<str>>,
    /// JSON with `msgtype` and the object of that name.
    pub(crate) body: Arc<str>,
    pub(crate) recalled: bool,
    /// The id of the menu item that was tapped.
    pub(crate) picked: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Chat {
    pub(crate) kind: ChatKind,
    pub(crate) corpid: String,
    pub(crate) target: String,
    pub(crate) lines: VecDeque<Line>,
}

#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) key: Arc<str>,
    pub(crate) name: String,
    /// 0 unknown, 1 male, 2 female.
    pub(crate) gender: u32,
    pub(crate) unionid: String,
    externals: Vec<(String, Arc<str>)>,
    pub(crate) chats: Vec<Chat>,
    next_line: u64,
    room: usize,
}

impl Person {
    /// The person's id at a corp.
    pub(crate) fn external_userid(&mut self, corpid: &str, ids: &Ids) -> Arc<str> {
        if let Some((_, id)) = self.externals.iter().find(|(corp, _)| corp == corpid) {
            return id.clone();
        }
        let id: Arc<str> = ids.derive("wm", &["external", corpid, &self.key]).into();
        self.externals.push((corpid.to_owned(), id.clone()));
        id
    }

    /// The person's id at an app: its openid.
    pub(crate) fn openid(&mut self, appid: &str, ids: &Ids) -> Arc<str> {
        if let Some(id) = self.known_as(appid) {
            return id.clone();
        }
        let words = ids.derive("o", &["openid", appid, &self.key]);
        let id: Arc<str> = words[..28].into();
        self.externals.push((appid.to_owned(), id.clone()));
        id
    }

    /// The person's id at a corp or an app, if they ever met.
    pub(crate) fn known_as(&self, corpid: &str) -> Option<&Arc<str>> {
        self.externals
            .iter()
            .find(|(corp, _)| corp == corpid)
            .map(|(_, id)| id)
    }

    pub(crate) fn chat(&self, kind: ChatKind, corpid: &str, target: &str) -> Option<&Chat> {
        self.chats.iter().find(|chat| chat.is(kind, corpid, target))
    }

    pub(crate) fn chat_mut(&mut self, kind: ChatKind, corpid: &str, target: &str) -> &mut Chat {
        let place = self
            .chats
            .iter()
            .position(|chat| chat.is(kind, corpid, target));
        let place = place.unwrap_or_else(|| {
            self.chats.push(Chat {
                kind,
                corpid: corpid.to_owned(),
                target: target.to_owned(),
                lines: VecDeque::new(),
            });
            self.chats.len() - 1
        });
        &mut self.chats[place]
    }

    /// Puts a line on the phone.
    pub(crate) fn show(&mut self, kind: ChatKind, corpid: &str, target: &str, mut line: Line) {
        self.next_line += 1;
        line.no = self.next_line;
        let room = self.room;
        let chat = self.chat_mut(kind, corpid, target);
        if chat.lines.len() >= room {
            chat.lines.pop_front();
        }
        chat.lines.push_back(line);
    }
}

impl Chat {
    fn is(&self, kind: ChatKind, corpid: &str, target: &str) -> bool {
        self.kind == kind && self.target == target && self.corpid == corpid
    }

    pub(crate) fn line_mut(&mut self, msgid: &str) -> Option<&mut Line> {
        self.lines
            .iter_mut()
            .rev()
            .find(|line| line.msgid.as_deref() == Some(msgid))
    }
}

impl Line {
    pub(crate) fn new(at: i64, side: Side, body: Arc<str>) -> Self {
        Self {
            no: 0,
            at,
            side,
            by: None,
            msgid: None,
            body,
            recalled: false,
            picked: None,
        }
    }

    /// A line of the platform itself.
    pub(crate) fn tip(at: i64, words: &str) -> Self {
        let body = serde_json::json!({"msgtype": "tip", "tip": {"content": words}}).to_string();
        Self::new(at, Side::Tip, body.into())
    }

    pub(crate) fn from(mut self, msgid: &str) -> Self {
        self.msgid = Some(msgid.into());
        self
    }
}

/// Everybody, by the name that scripts use.
#[derive(Debug)]
pub(crate) struct People {
    by_key: HashMap<Arc<str>, Person>,
    by_external: HashMap<Arc<str>, Arc<str>>,
    order: Vec<Arc<str>>,
    room: usize,
    lines: usize,
}

impl People {
    pub(crate) fn new(room: usize, lines: usize) -> Self {
        Self {
            by_key: HashMap::new(),
            by_external: HashMap::new(),
            order: Vec::new(),
            room,
            lines: lines.max(1),
        }
    }

    /// Finds a person by key or by external_userid.
    pub(crate) fn find(&mut self, name: &str) -> Option<&mut Person> {
        if self.by_key.contains_key(name) {
            return self.by_key.get_mut(name);
        }
        let key = self.by_external.get(name)?;
        self.by_key.get_mut(key)
    }

    /// Finds a person, or makes one with that key and a made-up nickname.
    pub(crate) fn meet(
        &mut self,
        name: &str,
        ids: &mut Ids,
    ) -> Result<(&mut Person, bool), SimError> {
        if name.is_empty() || name.len() > 64 {
            return Err(SimError::invalid("a customer's key has 1 to 64 bytes"));
        }
        let key = match self.by_external.get(name) {
            Some(key) => key.clone(),
            None => name.into(),
        };
        let fresh = !self.by_key.contains_key(&key);
        if fresh {
            if self.by_key.len() >= self.room {
                return Err(SimError::Full("people"));
            }
            let person = Person {
                key: key.clone(),
                name: names::nickname(ids),
                gender: (ids.number() % 3) as u32,
                unionid: ids
                    .derive("oU", &["union", name])
                    .chars()
                    .take(28)
                    .collect(),
                externals: Vec::new(),
                chats: Vec::new(),
                next_line: 0,
                room: self.lines,
            };
            self.order.push(key.clone());
            self.by_key.insert(key.clone(), person);
        }
        let person = self
            .by_key
            .get_mut(&key)
            .expect("the person is there by now");
        Ok((person, fresh))
    }

    /// Remembers under which id a corp knows a person.
    pub(crate) fn note_external(&mut self, external: &Arc<str>, key: &Arc<str>) {
        if !self.by_external.contains_key(external) {
            self.by_external.insert(external.clone(), key.clone());
        }
    }

    /// Everybody, in the order they came.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Person> {
        self.order.iter().filter_map(|key| self.by_key.get(key))
    }

    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }
}

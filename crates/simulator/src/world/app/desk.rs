//! The place where one app's affairs are handled: the app, and what it shares with others, lent
//! out together under the one lock.

use std::sync::Arc;

use super::{App, Contact, credits::Trigger, credits::counts};
use crate::callback::app::AppPush;
use crate::callback::app::packet::Packet;
use crate::callback::post::check_url;
use crate::callback::{Push, What};
use crate::config::{AppKind, AppSpec, Format};
use crate::crypto::AesKey;
use crate::error::SimError;
use crate::ids::Ids;
use crate::news::{Hint, News};
use crate::world::SECOND;
use crate::world::people::{Line, People};
use crate::world::quota::Quotas;

pub(crate) struct AppDesk<'a> {
    pub(crate) app: &'a mut App,
    pub(crate) people: &'a mut People,
    pub(crate) ids: &'a mut Ids,
    pub(crate) quotas: &'a mut Quotas,
    pub(crate) base: &'a str,
    pub(crate) news: &'a News,
    /// The platform's time, milliseconds.
    pub(crate) now: i64,
}

impl AppDesk<'_> {
    /// Unix seconds.
    pub(crate) fn seconds(&self) -> i64 {
        self.now / SECOND
    }

    /// Takes over what a spec says and leaves the rest.
    pub(crate) fn apply(&mut self, spec: AppSpec) -> Result<(), SimError> {
        let app = &mut *self.app;
        if spec.kind.is_some_and(|kind| kind != app.kind) {
            return Err(SimError::invalid("an app's kind cannot change"));
        }
        if app.kind == AppKind::OfficialAccount && spec.format == Some(Format::Json) {
            return Err(SimError::invalid("official accounts push XML only"));
        }
        if let Some(url) = spec.push_url {
            if !url.is_empty() {
                check_url(&url)?;
            }
            app.push_url = url;
        }
        if let Some(key) = spec.encoding_aes_key {
            AesKey::read(&key).map_err(|error| SimError::invalid(error.to_string()))?;
            app.encoding_aes_key = key;
        }
        if let Some(secret) = spec.secret.filter(|secret| *secret != app.secret) {
            app.secret = secret;
            (app.current_token, app.stable_token) = (None, None);
        }
        fn take<T>(place: &mut T, given: Option<T>) {
            if let Some(value) = given {
                *place = value;
            }
        }
        take(&mut app.original_id, spec.original_id);
        take(&mut app.name, spec.name);
        take(&mut app.token, spec.token);
        take(&mut app.mode, spec.mode);
        take(&mut app.format, spec.format);
        take(&mut app.numbers_as_strings, spec.numbers_as_strings);
        take(&mut app.recognition, spec.recognition);
        take(&mut app.unionid, spec.unionid);
        take(&mut app.menu, spec.menu);
        take(&mut app.denied, spec.denied);
        take(&mut app.allowed_ips, spec.allowed_ips);
        take(&mut app.linked, spec.linked);
        self.news.tell(|| Hint::World);
        Ok(())
    }

    /// The openid of a person, who is made up if nobody has that name.
    pub(crate) fn openid(&mut self, customer: &str) -> Result<Arc<str>, SimError> {
        let (person, fresh) = self.people.meet(customer, self.ids)?;
        let key = person.key.clone();
        let openid = person.openid(&self.app.appid, self.ids);
        self.people.note_external(&openid, &key);
        let known = self.app.contacts.contains_key(&openid);
        if !known {
            let contact = Contact {
                key,
                ..Contact::default()
            };
            self.app.contacts.insert(openid.clone(), contact);
        }
        if fresh || !known {
            self.news.tell(|| Hint::World);
        }
        Ok(openid)
    }

    /// A person who met the app before.
    pub(crate) fn contact(&mut self, openid: &str) -> Option<&mut Contact> {
        self.app.contacts.get_mut(openid)
    }

    /// The person did something that lets the app write.
    pub(crate) fn trigger(&mut self, openid: &str, trigger: Trigger) {
        let (now, kind) = (self.now, self.app.kind);
        if let Some(contact) = self.contact(openid) {
            contact.exchange = now;
            if counts(kind, trigger) {
                contact.credits.open(trigger, now);
            }
        }
    }

    /// Puts a line on a person's phone and tells who watches.
    pub(crate) fn show(&mut self, openid: &str, line: Line) {
        let (kind, appid) = (self.app.chat(), self.app.appid.clone());
        if let Some(person) = self.people.find(openid) {
            person.show(kind, &appid, &appid, line);
            self.news.tell(|| Hint::Screen {
                customer: person.key.to_string(),
            });
        }
    }

    pub(crate) fn tip(&mut self, openid: &str, words: &str) {
        self.show(openid, Line::tip(self.now, words));
    }

    /// The first elements of every push.
    pub(crate) fn head(&self, openid: &str, msgtype: &str) -> Packet {
        Packet::default()
            .text("ToUserName", &self.app.original_id)
            .text("FromUserName", openid)
            .number("CreateTime", self.seconds())
            .text("MsgType", msgtype)
    }

    /// An event's beginning.
    pub(crate) fn event(&self, openid: &str, event: &str) -> Packet {
        self.head(openid, "event").text("Event", event)
    }

    /// A push in line behind the others; nobody is told while no URL is set. `answered` says
    /// whether the customer waits for what the push leads to.
    pub(crate) fn push(&mut self, openid: &Arc<str>, name: &str, packet: Packet, answered: bool) {
        if self.app.push_url.is_empty() {
            return;
        }
        self.app.lane.push(Push {
            what: What::App(AppPush {
                event: name.to_owned(),
                openid: openid.clone(),
                packet,
                forgery: None,
                attempt: 1,
                answered,
            }),
            settled: false,
        });
    }
}

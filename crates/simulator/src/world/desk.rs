//! The place where one corp's affairs are handled: the corp, and what it shares with others, lent
//! out together under the one lock. Both sides work here, the platform's API and the scripts.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::SECOND;
use super::account::{Account, Servicer};
use super::corp::{Corp, Member};
use super::fault::Faults;
use super::group::Group;
use super::later::Later;
use super::log::Entry;
use super::people::{ChatKind, Line, People};
use super::quota::Quotas;
use super::session::{CONSULTATION, Code, CodeKind, SHORT_CODE, State};
use crate::callback::Push;
use crate::callback::post::check_url;
use crate::callback::xml::Doc;
use crate::config::{AccountSpec, Bounds, CorpSpec, GroupSpec, MemberSpec};
use crate::crypto::AesKey;
use crate::error::SimError;
use crate::ids::Ids;
use crate::news::{Hint, News};

pub(crate) struct Desk<'a> {
    pub(crate) corp: &'a mut Corp,
    pub(crate) people: &'a mut People,
    pub(crate) ids: &'a mut Ids,
    pub(crate) faults: &'a mut Faults,
    pub(crate) later: &'a mut Later,
    pub(crate) quotas: &'a mut Quotas,
    pub(crate) bounds: &'a Bounds,
    pub(crate) base: &'a str,
    pub(crate) news: &'a News,
    /// The platform's time, milliseconds.
    pub(crate) now: i64,
}

/// Who sends what a log entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin<'a> {
    /// 3
    Customer,
    /// 5, with the servicer's userid
    Servicer(&'a str),
}

impl Desk<'_> {
    /// Unix seconds.
    pub(crate) fn seconds(&self) -> i64 {
        self.now / SECOND
    }

    /// Takes over what a spec says and leaves the rest.
    pub(crate) fn apply(&mut self, spec: CorpSpec) -> Result<(), SimError> {
        let corp = &mut *self.corp;
        if let Some(url) = spec.callback_url {
            if !url.is_empty() {
                check_url(&url)?;
            }
            corp.callback_url = url;
        }
        if let Some(key) = spec.encoding_aes_key {
            AesKey::read(&key).map_err(|error| SimError::invalid(error.to_string()))?;
            corp.encoding_aes_key = key;
        }
        corp.name = spec.name.unwrap_or_else(|| corp.name.clone());
        if let Some(secret) = spec.secret.filter(|secret| *secret != corp.secret) {
            corp.secret = secret;
            corp.current_token = None;
        }
        corp.agentid = spec.agentid.unwrap_or(corp.agentid);
        corp.token = spec.token.unwrap_or_else(|| corp.token.clone());
        corp.channels_nickname = spec
            .channels_nickname
            .unwrap_or_else(|| corp.channels_nickname.clone());
        corp.lane.coalesce = spec.coalesce.unwrap_or(corp.lane.coalesce);
        spec.members
            .into_iter()
            .for_each(|member| self.apply_member(member));
        for account in spec.accounts {
            self.apply_account(account)?;
        }
        for group in &spec.groups {
            self.apply_group(group)?;
        }
        self.news.tell(|| Hint::World);
        Ok(())
    }

    fn apply_member(&mut self, spec: MemberSpec) {
        let member = Member {
            name: if spec.name.is_empty() {
                spec.userid.clone()
            } else {
                spec.name
            },
            userid: spec.userid,
            title: spec.title,
            active: spec.active.unwrap_or(true),
            upgrade: spec.upgrade,
        };
        match self
            .corp
            .members
            .iter_mut()
            .find(|known| known.userid == member.userid)
        {
            Some(known) => *known = member,
            None => self.corp.members.push(member),
        }
    }

    fn apply_account(&mut self, spec: AccountSpec) -> Result<(), SimError> {
        let id = spec.open_kfid.unwrap_or_else(|| self.ids.make("wk", 32));
        if !self.corp.accounts.contains_key(&id) {
            self.open_account(&id, &spec.name)?;
        }
        let account = self.account(&id)?;
        if !spec.name.is_empty() {
            account.name = spec.name;
        }
        account.managed = spec.managed.unwrap_or(account.managed);
        for userid in spec.servicers {
            if account.servicer(&userid).is_none() {
                account.servicers.push(Servicer {
                    userid,
                    stopped: None,
                });
            }
        }
        Ok(())
    }

    /// Makes an account; the platform allows 5,000.
    pub(crate) fn open_account(&mut self, id: &str, name: &str) -> Result<(), SimError> {
        if self.corp.accounts.len() >= 5_000 {
            return Err(SimError::Full("accounts"));
        }
        let code = self.ids.derive("kfc", &["link", &self.corp.corpid, id]);
        let made = self
            .corp
            .accounts
            .values()
            .map(|account| account.made + 1)
            .max()
            .unwrap_or(0);
        let link = code.chars().take(19).collect();
        let mut account = Account::new(id, name, made, link, self.bounds);
        account.avatar = format!("{}/avatar/{id}.png", self.base);
        self.corp.accounts.insert(id.to_owned(), account);
        Ok(())
    }

    fn apply_group(&mut self, spec: &GroupSpec) -> Result<(), SimError> {
        let owner = match &spec.owner {
            Some(owner) => owner.clone(),
            None => self
                .corp
                .members
                .first()
                .map(|member| member.userid.clone())
                .unwrap_or_default(),
        };
        let known = spec
            .chat_id
            .as_ref()
            .and_then(|id| self.corp.groups.get_mut(id));
        let chat_id = match known {
            Some(group) => {
                if !spec.name.is_empty() {
                    group.name.clone_from(&spec.name);
                }
                group.limit = spec.limit.unwrap_or(group.limit);
                group.owner = owner;
                group.chat_id.clone()
            }
            None => {
                let group = Group::new(spec, owner, self.now, self.ids);
                let id = group.chat_id.clone();
                self.corp.groups.insert(id.clone(), group);
                id
            }
        };
        if spec.upgrade && !self.corp.upgrade_groups.contains(&chat_id) {
            self.corp.upgrade_groups.push(chat_id);
        }
        Ok(())
    }

    pub(crate) fn account(&mut self, open_kfid: &str) -> Result<&mut Account, SimError> {
        self.corp
            .accounts
            .get_mut(open_kfid)
            .ok_or_else(|| SimError::unknown("account", open_kfid))
    }

    /// Key and external_userid of a person, who is made up if nobody has that name.
    pub(crate) fn customer(&mut self, name: &str) -> Result<(Arc<str>, Arc<str>), SimError> {
        let (person, fresh) = self.people.meet(name, self.ids)?;
        let key = person.key.clone();
        let met = person.known_as(&self.corp.corpid).is_some();
        let external = person.external_userid(&self.corp.corpid, self.ids);
        if fresh || !met {
            self.people.note_external(&external, &key);
            self.news.tell(|| Hint::World);
        }
        Ok((key, external))
    }

    /// Puts a line on a person's phone and tells who watches.
    pub(crate) fn show(&mut self, key: &str, kind: ChatKind, target: &str, line: Line) {
        if let Some(person) = self.people.find(key) {
            person.show(kind, &self.corp.corpid, target, line);
            self.news.tell(|| Hint::Screen {
                customer: person.key.to_string(),
            });
        }
    }

    /// A message in an account's log, and a doorbell for it. Answers its msgid and its text.
    pub(crate) fn log_message(
        &mut self,
        open_kfid: &str,
        external: &str,
        origin: Origin<'_>,
        content: &Map<String, Value>,
    ) -> Result<(String, Arc<str>), SimError> {
        #[derive(serde::Serialize)]
        struct Posted<'a> {
            msgid: &'a str,
            open_kfid: &'a str,
            external_userid: &'a str,
            send_time: i64,
            origin: u8,
            #[serde(skip_serializing_if = "Option::is_none")]
            servicer_userid: Option<&'a str>,
            #[serde(flatten)]
            content: &'a Map<String, Value>,
        }
        let msgid = self.ids.make("", 32);
        let (origin, servicer_userid) = match origin {
            Origin::Customer => (3, None),
            Origin::Servicer(userid) => (5, Some(userid)),
        };
        let posted = Posted {
            msgid: &msgid,
            open_kfid,
            external_userid: external,
            send_time: self.seconds(),
            origin,
            servicer_userid,
            content,
        };
        let json: Arc<str> = serde_json::to_string(&posted)
            .map_err(|error| SimError::invalid(error.to_string()))?
            .into();
        self.append(open_kfid, json.clone())?;
        Ok((msgid, json))
    }

    /// An event in an account's log, and a doorbell for it. `event` holds all but the account.
    pub(crate) fn log_event(
        &mut self,
        open_kfid: &str,
        mut event: Value,
    ) -> Result<String, SimError> {
        event["open_kfid"] = open_kfid.into();
        let msgid = self.ids.make("", 32);
        let json = json!({
            "msgid": msgid,
            "send_time": self.seconds(),
            "origin": 4,
            "msgtype": "event",
            "event": event,
        });
        self.append(open_kfid, json.to_string().into())?;
        Ok(msgid)
    }

    fn append(&mut self, open_kfid: &str, json: Arc<str>) -> Result<(), SimError> {
        self.corp.seq += 1;
        let entry = Entry {
            seq: self.corp.seq,
            at: self.now,
            json,
        };
        self.account(open_kfid)?.log.append(entry);
        if !self.corp.callback_url.is_empty() {
            self.corp.lane.ring(open_kfid);
        }
        Ok(())
    }

    /// A code for one message outside the quota.
    pub(crate) fn give_code(
        &mut self,
        open_kfid: &str,
        external: &str,
        kind: CodeKind,
        state: Option<State>,
    ) -> Result<String, SimError> {
        let life = if kind == CodeKind::Reply {
            CONSULTATION
        } else {
            SHORT_CODE
        };
        let name = self.ids.make("ENC", 48);
        let code = Code {
            kind,
            external_userid: external.to_owned(),
            expires: self.now + life,
            used: false,
            state,
        };
        self.account(open_kfid)?.codes.insert(name.clone(), code);
        Ok(name)
    }

    /// Counts a session that the assistant or a servicer got; passing it on makes no new one.
    pub(crate) fn allocated(
        &mut self,
        open_kfid: &str,
        external: &str,
        servicer: Option<&str>,
    ) -> Result<(), SimError> {
        let now = self.now;
        let account = self.account(open_kfid)?;
        let session = account.session(external);
        let fresh = !std::mem::replace(&mut session.counted, true);
        session.unanswered = servicer.map(|_| now);
        let customer: Arc<str> = external.into();
        if fresh {
            let all = account.tallies.all(now);
            all.sessions += 1;
            all.customers.insert(customer.clone());
        }
        if let Some(userid) = servicer {
            let theirs = account.tallies.of(now, userid);
            theirs.sessions += 1;
            theirs.customers.insert(customer);
        }
        Ok(())
    }

    /// Counts a customer who took what was recommended: a specialist or a group.
    pub(crate) fn took(&mut self, external: &Arc<str>, target: &str, group: bool) {
        let now = self.now;
        let offers = self.corp.recommendations.iter();
        let of = offers.filter(|((_, customer), offer)| {
            customer.as_str() == &**external && offer.target == target
        });
        let accounts: Vec<String> = of.map(|((open_kfid, _), _)| open_kfid.clone()).collect();
        for open_kfid in accounts {
            let Ok(account) = self.account(&open_kfid) else {
                continue;
            };
            let servicer = account.session(external).servicer.clone();
            account.tallies.count(now, servicer.as_deref(), |tally| {
                let pair = (external.clone(), target.to_owned());
                match group {
                    true => tally.group_customers.insert(pair),
                    false => tally.member_customers.insert(pair),
                };
            });
        }
    }

    /// A callback that carries its own content, in line behind the others.
    pub(crate) fn push(&mut self, event: &str, doc: Doc) {
        if !self.corp.callback_url.is_empty() {
            self.corp.lane.push(Push::plain(event, doc.finish()));
        }
    }

    /// The beginning of a system event's plaintext.
    pub(crate) fn system_event(&self, event: &str, change: &str) -> Doc {
        Doc::default()
            .text("ToUserName", &self.corp.corpid)
            .text("FromUserName", "sys")
            .number("CreateTime", self.seconds())
            .text("MsgType", "event")
            .text("Event", event)
            .text("ChangeType", change)
    }
}

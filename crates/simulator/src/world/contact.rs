//! Members as contacts (客户联系): the codes a customer scans to add one, who added whom, and the
//! welcome that may follow.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::SECOND;
use super::desk::Desk;
use super::people::{ChatKind, Line};
use crate::callback::xml::Doc;
use crate::error::SimError;
use crate::news::Hint;

/// How long a welcome code may be used.
pub(crate) const WELCOME_LIFE: i64 = 20 * SECOND;

/// A contact way (联系我): the object behind a QR that adds a member.
#[derive(Debug, Clone, Default)]
pub(crate) struct ContactWay {
    pub(crate) config_id: String,
    /// 1 one member, 2 several.
    pub(crate) kind: u32,
    /// 1 mini-program button, 2 QR.
    pub(crate) scene: u32,
    pub(crate) style: Option<u32>,
    pub(crate) remark: String,
    pub(crate) skip_verify: bool,
    pub(crate) state: String,
    pub(crate) users: Vec<String>,
    pub(crate) parties: Vec<u64>,
    pub(crate) is_temp: bool,
    pub(crate) expires_in: Option<i64>,
    pub(crate) chat_expires_in: Option<i64>,
    pub(crate) unionid: String,
    pub(crate) is_exclusive: bool,
    pub(crate) conclusions: Option<Value>,
    pub(crate) made: i64,
    /// Whose turn it is among several.
    pub(crate) turn: usize,
    /// Who keeps which member, where the way is exclusive.
    pub(crate) kept: HashMap<Arc<str>, String>,
}

/// A customer and a member who added each other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Friend {
    pub(crate) state: String,
    pub(crate) remark: String,
    pub(crate) description: String,
    pub(crate) remark_mobiles: Vec<String>,
    /// 1 by QR, as `externalcontact/get` reports it.
    pub(crate) add_way: u32,
    pub(crate) made: i64,
    /// The member still has to accept.
    pub(crate) half: bool,
    /// The customer removed the member; the member still sees the customer.
    pub(crate) left: bool,
    /// Either side has spoken, so a welcome comes too late (41051).
    pub(crate) chatting: bool,
}

/// Permission to send one welcome.
#[derive(Debug, Clone)]
pub(crate) struct WelcomeCode {
    pub(crate) external_userid: Arc<str>,
    pub(crate) userid: String,
    pub(crate) expires: i64,
    pub(crate) used: bool,
}

/// What became of an attempt to add a member.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Added {
    pub(crate) external_userid: Arc<str>,
    pub(crate) userid: String,
    pub(crate) name: String,
    pub(crate) state: String,
    /// They were contacts before; nothing happened.
    pub(crate) already: bool,
    /// The member has yet to accept.
    pub(crate) half: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) welcome_code: Option<String>,
}

impl Desk<'_> {
    /// A customer adds a member through a contact way. `accept` overrules skip_verify.
    pub(crate) fn add_by_way(
        &mut self,
        customer: &str,
        config_id: &str,
        accept: Option<bool>,
    ) -> Result<Added, SimError> {
        let (key, external) = self.customer(customer)?;
        let unionid = self
            .people
            .find(&key)
            .map(|person| person.unionid.clone())
            .unwrap_or_default();
        let now = self.now;
        let way = self
            .corp
            .contact_ways
            .get_mut(config_id)
            .ok_or_else(|| SimError::unknown("contact way", config_id))?;
        if way.is_temp
            && way
                .expires_in
                .is_some_and(|life| now > way.made + life * SECOND)
        {
            return Err(SimError::Refused("二维码已过期".into()));
        }
        if !way.unionid.is_empty() && way.unionid != unionid {
            return Err(SimError::Refused("这个二维码只给另一位客户使用".into()));
        }
        let userid = match way.kept.get(&external) {
            Some(userid) => userid.clone(),
            None => {
                let userid = way
                    .users
                    .get(way.turn % way.users.len().max(1))
                    .cloned()
                    .ok_or_else(|| SimError::Refused("这个联系方式里没有成员".into()))?;
                way.turn += 1;
                if way.is_exclusive {
                    way.kept.insert(external, userid.clone());
                }
                userid
            }
        };
        let (state, accept) = (way.state.clone(), accept.unwrap_or(way.skip_verify));
        if way.is_temp {
            self.corp.contact_ways.remove(config_id);
        }
        self.befriend(&key, &userid, &state, accept)
    }

    /// Makes the two contacts, tells the gateway, and shows it on the phone.
    pub(crate) fn befriend(
        &mut self,
        customer: &str,
        userid: &str,
        state: &str,
        accept: bool,
    ) -> Result<Added, SimError> {
        let (key, external) = self.customer(customer)?;
        let member = self
            .corp
            .member(userid)
            .ok_or_else(|| SimError::unknown("member", userid))?
            .clone();
        let before = self
            .corp
            .friends
            .get(&(external.clone(), userid.to_owned()))
            .cloned();
        let mut added = Added {
            external_userid: external.clone(),
            userid: userid.to_owned(),
            name: member.name.clone(),
            state: state.to_owned(),
            already: false,
            half: !accept,
            welcome_code: None,
        };
        let accepting = match &before {
            Some(friend) if !friend.left && (!friend.half || !accept) => {
                added.already = true;
                added.half = friend.half;
                added.state.clone_from(&friend.state);
                return Ok(added);
            }
            Some(friend) => friend.half && !friend.left,
            None => false,
        };
        let kept = before.unwrap_or_default();
        let state = if accepting {
            kept.state.clone()
        } else {
            state.to_owned()
        };
        let friend = Friend {
            state: state.clone(),
            add_way: 1,
            made: self.now,
            half: !accept,
            left: false,
            chatting: false,
            ..kept
        };
        self.corp
            .friends
            .insert((external.clone(), userid.to_owned()), friend);
        // One code per adding, with whichever event comes first.
        let code = (!accepting).then(|| self.ids.make("CALLBACK-", 48));
        if let Some(code) = &code {
            let welcome = WelcomeCode {
                external_userid: external.clone(),
                userid: userid.to_owned(),
                expires: self.now + WELCOME_LIFE,
                used: false,
            };
            self.corp.welcome_codes.insert(code.clone(), welcome);
        }
        if !accepting {
            self.took(&external, userid, false);
        }
        let tip = if accept {
            format!("你已添加了{}，现在可以开始聊天了。", member.name)
        } else {
            format!("已向{}发送好友申请，等待对方通过。", member.name)
        };
        self.show(&key, ChatKind::Friend, userid, Line::tip(self.now, &tip));
        let change = if accept {
            "add_external_contact"
        } else {
            "add_half_external_contact"
        };
        let mut doc = self.contact_event(change, userid, &external);
        if !state.is_empty() {
            doc = doc.text("State", &state);
        }
        if let Some(code) = &code {
            doc = doc.text("WelcomeCode", code);
        }
        self.push(&format!("change_external_contact {change}"), doc);
        self.news.tell(|| Hint::World);
        added.state = state;
        added.welcome_code = code;
        Ok(added)
    }

    /// One side removes the other.
    pub(crate) fn part(
        &mut self,
        customer: &str,
        userid: &str,
        by_member: bool,
    ) -> Result<(), SimError> {
        let (key, external) = self.customer(customer)?;
        let pair = (external.clone(), userid.to_owned());
        let friend = self
            .corp
            .friends
            .get_mut(&pair)
            .ok_or_else(|| SimError::unknown("contact", userid))?;
        let doc = if by_member {
            self.corp.friends.remove(&pair);
            self.contact_event("del_external_contact", userid, &external)
        } else {
            if friend.left {
                return Err(SimError::Refused("这位成员已经删除过了".into()));
            }
            friend.left = true;
            self.contact_event("del_follow_user", userid, &external)
        };
        let change = if by_member {
            "del_external_contact"
        } else {
            "del_follow_user"
        };
        self.push(&format!("change_external_contact {change}"), doc);
        if !by_member {
            self.show(
                &key,
                ChatKind::Friend,
                userid,
                Line::tip(self.now, "你已删除该联系人。"),
            );
        }
        Ok(())
    }

    fn contact_event(&self, change: &str, userid: &str, external: &str) -> Doc {
        self.system_event("change_external_contact", change)
            .text("UserID", userid)
            .text("ExternalUserID", external)
    }
}

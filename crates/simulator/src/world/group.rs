//! Customer groups (客户群) and the codes that lead into them.

use std::sync::Arc;

use serde::Serialize;

use super::desk::Desk;
use super::people::{ChatKind, Line};
use crate::callback::xml::Doc;
use crate::config::GroupSpec;
use crate::error::SimError;
use crate::ids::Ids;

/// How many fit into a group when nothing else is said.
const USUAL_LIMIT: usize = 200;

/// One customer in a group.
#[derive(Debug, Clone)]
pub(crate) struct Joined {
    pub(crate) external_userid: Arc<str>,
    pub(crate) at: i64,
    pub(crate) state: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) chat_id: String,
    pub(crate) name: String,
    pub(crate) owner: String,
    pub(crate) notice: String,
    pub(crate) limit: usize,
    pub(crate) made: i64,
    pub(crate) customers: Vec<Joined>,
    /// Changes with every change of the members.
    pub(crate) version: String,
}

impl Group {
    pub(crate) fn new(spec: &GroupSpec, owner: String, now: i64, ids: &mut Ids) -> Self {
        Self {
            chat_id: spec.chat_id.clone().unwrap_or_else(|| ids.make("wr", 32)),
            name: spec.name.clone(),
            owner,
            notice: String::new(),
            limit: spec.limit.unwrap_or(USUAL_LIMIT).max(2),
            made: now,
            customers: Vec::new(),
            version: ids.make("", 32),
        }
    }

    /// The owner takes a place too.
    pub(crate) fn is_full(&self) -> bool {
        self.customers.len() + 1 >= self.limit
    }

    pub(crate) fn holds(&self, external_userid: &str) -> bool {
        self.customers
            .iter()
            .any(|joined| &*joined.external_userid == external_userid)
    }
}

/// A join way (加入群聊): the object behind a QR that leads into the first group with room.
#[derive(Debug, Clone, Default)]
pub(crate) struct JoinWay {
    pub(crate) config_id: String,
    pub(crate) scene: u32,
    pub(crate) remark: String,
    pub(crate) auto_create_room: bool,
    pub(crate) room_base_name: String,
    pub(crate) room_base_id: u64,
    pub(crate) chat_ids: Vec<String>,
    pub(crate) state: String,
}

/// What became of an attempt to join.
#[derive(Debug, Serialize)]
pub(crate) struct Entered {
    pub(crate) external_userid: Arc<str>,
    pub(crate) chat_id: String,
    pub(crate) name: String,
    pub(crate) state: String,
    /// Was in it before; nothing happened.
    pub(crate) already: bool,
    /// A group was made because the others were full.
    pub(crate) made: bool,
}

impl Desk<'_> {
    /// The group a join way leads to now.
    pub(crate) fn group_ahead(&self, way: &JoinWay) -> Option<&Group> {
        let groups = || {
            way.chat_ids
                .iter()
                .filter_map(|id| self.corp.groups.get(id))
        };
        groups()
            .find(|group| !group.is_full())
            .or_else(|| groups().next_back())
    }

    /// A customer joins through a join way; a full row of groups grows by one if it may.
    pub(crate) fn join_by_way(
        &mut self,
        customer: &str,
        config_id: &str,
    ) -> Result<Entered, SimError> {
        let (key, external) = self.customer(customer)?;
        let way = self
            .corp
            .join_ways
            .get(config_id)
            .ok_or_else(|| SimError::unknown("join way", config_id))?
            .clone();
        let groups = || {
            way.chat_ids
                .iter()
                .filter_map(|id| self.corp.groups.get(id))
        };
        if let Some(group) = groups().find(|group| group.holds(&external)) {
            return Ok(Entered {
                external_userid: external,
                chat_id: group.chat_id.clone(),
                name: group.name.clone(),
                state: way.state,
                already: true,
                made: false,
            });
        }
        let open = groups()
            .find(|group| !group.is_full())
            .map(|group| group.chat_id.clone());
        let (chat_id, made) = match open {
            Some(id) => (id, false),
            None if way.auto_create_room => (self.next_room(&way)?, true),
            None => return Err(SimError::Refused("群聊人数已满（-3009）".into())),
        };
        let (name, _) = self.seat(&key, &external, &chat_id, &way.state)?;
        self.took(&external, &chat_id, true);
        let state = way.state;
        Ok(Entered {
            external_userid: external,
            chat_id,
            name,
            state,
            already: false,
            made,
        })
    }

    /// Puts a customer into a group and tells the gateway.
    fn seat(
        &mut self,
        key: &str,
        external: &Arc<str>,
        chat_id: &str,
        state: &str,
    ) -> Result<(String, usize), SimError> {
        let version = self.ids.make("", 32);
        let now = self.now;
        let group = self
            .corp
            .groups
            .get_mut(chat_id)
            .ok_or_else(|| SimError::unknown("group", chat_id))?;
        group.customers.push(Joined {
            external_userid: external.clone(),
            at: now,
            state: state.to_owned(),
        });
        let last = std::mem::replace(&mut group.version, version.clone());
        let (name, size) = (group.name.clone(), group.customers.len() + 1);
        let doc = self
            .chat_event("update", chat_id)
            .text("UpdateDetail", "add_member")
            .number("JoinScene", 3)
            .number("QuitScene", 0)
            .number("MemChangeCnt", 1)
            .list("MemChangeList", "Item", &[external])
            .text("LastMemVer", &last)
            .text("CurMemVer", &version);
        self.push("change_external_chat add_member", doc);
        let tip = format!("你通过扫描二维码加入了群聊「{name}」，群里有 {size} 人。");
        self.show(key, ChatKind::Group, chat_id, Line::tip(now, &tip));
        Ok((name, size))
    }

    /// Makes the next group of a row, and lets the join way lead there too.
    fn next_room(&mut self, way: &JoinWay) -> Result<String, SimError> {
        let last = way
            .chat_ids
            .iter()
            .rev()
            .find_map(|id| self.corp.groups.get(id));
        let owner = last
            .map(|group| group.owner.clone())
            .or_else(|| {
                self.corp
                    .members
                    .first()
                    .map(|member| member.userid.clone())
            })
            .ok_or_else(|| SimError::Refused("没有可以当群主的成员".into()))?;
        let base = match (way.room_base_name.as_str(), last) {
            ("", Some(group)) => group.name.trim_end_matches(char::is_numeric).to_owned(),
            (name, _) => name.to_owned(),
        };
        let name = format!("{base}{}", way.room_base_id);
        let limit = last.map(|group| group.limit);
        let spec = GroupSpec {
            name,
            limit,
            ..GroupSpec::default()
        };
        let chat_id = self.make_group(&spec, owner);
        if let Some(way) = self.corp.join_ways.get_mut(&way.config_id) {
            way.room_base_id += 1;
            way.chat_ids.push(chat_id.clone());
        }
        Ok(chat_id)
    }

    /// Makes a group and tells the gateway, as when its owner makes it in the client.
    pub(crate) fn make_group(&mut self, spec: &GroupSpec, owner: String) -> String {
        let group = Group::new(spec, owner, self.now, self.ids);
        let chat_id = group.chat_id.clone();
        self.corp.groups.insert(chat_id.clone(), group);
        let doc = self.chat_event("create", &chat_id);
        self.push("change_external_chat create", doc);
        chat_id
    }

    /// A customer leaves a group, or is removed from it.
    pub(crate) fn leave_group(
        &mut self,
        customer: &str,
        chat_id: &str,
        removed: bool,
    ) -> Result<(), SimError> {
        let (key, external) = self.customer(customer)?;
        let version = self.ids.make("", 32);
        let group = self
            .corp
            .groups
            .get_mut(chat_id)
            .ok_or_else(|| SimError::unknown("group", chat_id))?;
        if !group.holds(&external) {
            return Err(SimError::Refused("不在这个群里".into()));
        }
        group
            .customers
            .retain(|joined| joined.external_userid != external);
        let last = std::mem::replace(&mut group.version, version.clone());
        let doc = self
            .chat_event("update", chat_id)
            .text("UpdateDetail", "del_member")
            .number("JoinScene", 0)
            .number("QuitScene", if removed { 2 } else { 1 })
            .number("MemChangeCnt", 1)
            .list("MemChangeList", "Item", &[&external])
            .text("LastMemVer", &last)
            .text("CurMemVer", &version);
        self.push("change_external_chat del_member", doc);
        let tip = if removed {
            "你被移出了群聊。"
        } else {
            "你已退出群聊。"
        };
        self.show(&key, ChatKind::Group, chat_id, Line::tip(self.now, tip));
        Ok(())
    }

    /// Its owner dismisses a group.
    pub(crate) fn dismiss_group(&mut self, chat_id: &str) -> Result<(), SimError> {
        self.corp
            .groups
            .remove(chat_id)
            .ok_or_else(|| SimError::unknown("group", chat_id))?;
        let doc = self.chat_event("dismiss", chat_id);
        self.push("change_external_chat dismiss", doc);
        Ok(())
    }

    fn chat_event(&self, change: &str, chat_id: &str) -> Doc {
        self.system_event("change_external_chat", change)
            .text("ChatId", chat_id)
    }
}

//! What customers do with an account: come in, say something, take it back. Each becomes an entry
//! of the account's log and a line on the phone.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::MINUTE;
use super::desk::{Desk, Origin};
use super::people::{ChatKind, Line, Side};
use super::session::{ChannelsEntry, CodeKind, Entrance};
use crate::error::SimError;

/// How long a message can be taken back.
const RECALL: i64 = 2 * MINUTE;

/// A message that a customer sent.
#[derive(Debug, Serialize)]
pub(crate) struct Said {
    pub(crate) msgid: String,
    pub(crate) external_userid: Arc<str>,
    pub(crate) open_kfid: String,
}

/// A customer who came in.
#[derive(Debug, Serialize)]
pub(crate) struct CameIn {
    pub(crate) customer: Arc<str>,
    pub(crate) name: String,
    pub(crate) external_userid: Arc<str>,
    pub(crate) open_kfid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) welcome_code: Option<String>,
    pub(crate) msgid: String,
}

impl Desk<'_> {
    /// A customer opens the chat with an account.
    pub(crate) fn enter(
        &mut self,
        customer: &str,
        open_kfid: &str,
        entrance: Entrance,
    ) -> Result<CameIn, SimError> {
        let (key, external) = self.customer(customer)?;
        let now = self.now;
        let session = self.account(open_kfid)?.session(&external);
        let welcome = session.may_welcome(now);
        session.entered = Some((now, entrance.clone()));
        let mut event = json!({
            "event_type": "enter_session",
            "external_userid": &*external,
            "scene": entrance.scene.as_deref().unwrap_or_default(),
        });
        if let Some(param) = &entrance.scene_param {
            event["scene_param"] = param.as_str().into();
        }
        if let Some(channels) = &entrance.wechat_channels {
            event["wechat_channels"] = json!(channels);
        }
        let mut code = None;
        if welcome {
            let given = self.give_code(open_kfid, &external, CodeKind::Welcome, None)?;
            event["welcome_code"] = given.as_str().into();
            code = Some(given);
        }
        let msgid = self.log_event(open_kfid, event)?;
        let tip = came_from(entrance.wechat_channels.as_ref(), entrance.scene.as_deref());
        self.show(&key, ChatKind::Kf, open_kfid, Line::tip(now, &tip));
        let name = self
            .people
            .find(&key)
            .map(|person| person.name.clone())
            .unwrap_or_default();
        Ok(CameIn {
            customer: key,
            name,
            external_userid: external,
            open_kfid: open_kfid.to_owned(),
            welcome_code: code,
            msgid,
        })
    }

    /// A customer writes to an account. `content` holds msgtype and the object of that name.
    pub(crate) fn say(
        &mut self,
        customer: &str,
        open_kfid: &str,
        content: &Map<String, Value>,
    ) -> Result<Said, SimError> {
        let (key, external) = self.customer(customer)?;
        let now = self.now;
        let account = self.account(open_kfid)?;
        let session = account.session(&external);
        session.customer_wrote(now);
        let servicer = session.servicer.clone();
        account
            .tallies
            .count(now, servicer.as_deref(), |tally| tally.messages += 1);
        let (msgid, json) = self.log_message(open_kfid, &external, Origin::Customer, content)?;
        let line = Line::new(now, Side::Me, json).from(&msgid);
        self.show(&key, ChatKind::Kf, open_kfid, line);
        Ok(Said {
            msgid,
            external_userid: external,
            open_kfid: open_kfid.to_owned(),
        })
    }

    /// A customer takes a message back, within two minutes.
    pub(crate) fn recall(
        &mut self,
        customer: &str,
        open_kfid: &str,
        msgid: &str,
    ) -> Result<(), SimError> {
        let (key, external) = self.customer(customer)?;
        let (now, corpid) = (self.now, self.corp.corpid.clone());
        let line = self
            .people
            .find(&key)
            .map(|person| person.chat_mut(ChatKind::Kf, &corpid, open_kfid))
            .and_then(|chat| chat.line_mut(msgid))
            .filter(|line| line.side == Side::Me && !line.recalled)
            .ok_or_else(|| SimError::unknown("message of one's own", msgid))?;
        if now > line.at + RECALL {
            return Err(SimError::Refused("超过 2 分钟的消息不能撤回".into()));
        }
        line.recalled = true;
        self.show(
            &key,
            ChatKind::Kf,
            open_kfid,
            Line::tip(now, "你撤回了一条消息"),
        );
        self.log_event(
            open_kfid,
            json!({
                "event_type": "user_recall_msg",
                "external_userid": &*external,
                "recall_msgid": msgid,
            }),
        )?;
        Ok(())
    }

    /// A customer writes to a contact or into a group: seen on the phone, told to nobody (the
    /// platform keeps such talk from apps).
    pub(crate) fn say_privately(
        &mut self,
        customer: &str,
        kind: ChatKind,
        target: &str,
        content: &Map<String, Value>,
    ) -> Result<Said, SimError> {
        let (key, external) = self.customer(customer)?;
        match kind {
            ChatKind::Friend => {
                let pair = (external.clone(), target.to_owned());
                let friend = self.corp.friends.get_mut(&pair);
                friend
                    .ok_or_else(|| SimError::unknown("contact", target))?
                    .chatting = true;
            }
            ChatKind::Group => {
                let group = self.corp.groups.get(target);
                if !group.is_some_and(|group| group.holds(&external)) {
                    return Err(SimError::unknown("group of this person", target));
                }
            }
            ChatKind::Kf => return self.say(customer, target, content),
            ChatKind::OfficialAccount | ChatKind::MiniProgram | ChatKind::Shop => {
                return Err(SimError::invalid("an app is not a matter of a corp's desk"));
            }
        }
        let msgid = self.ids.make("", 32);
        let body = Value::Object(content.clone()).to_string();
        let line = Line::new(self.now, Side::Me, body.into()).from(&msgid);
        self.show(&key, kind, target, line);
        Ok(Said {
            msgid,
            external_userid: external,
            open_kfid: target.to_owned(),
        })
    }
}

fn came_from(channels: Option<&ChannelsEntry>, scene: Option<&str>) -> String {
    let place = match channels.map(|entry| entry.scene) {
        Some(1) => "视频号主页",
        Some(2) => "视频号直播间",
        Some(3) => "视频号橱窗",
        Some(4) => "小店商品页",
        Some(5) => "小店订单页",
        Some(_) => "视频号",
        None => match scene.unwrap_or_default() {
            "" => "客服入口",
            scene => return format!("从客服链接进入（{scene}）"),
        },
    };
    match channels.and_then(|entry| entry.nickname.as_ref().or(entry.shop_nickname.as_ref())) {
        Some(nickname) => format!("从{place}「{nickname}」进入"),
        None => format!("从{place}进入"),
    }
}

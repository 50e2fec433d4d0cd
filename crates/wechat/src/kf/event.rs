//! What an event of `sync_msg` says.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::lenient;

/// Something that happened on an account.
#[derive(Debug, Clone)]
pub struct Event {
    /// The account.
    pub open_kfid: String,
    /// The customer, where one is concerned.
    pub external_userid: Option<String>,
    /// The servicer, where one is concerned.
    pub servicer_userid: Option<String>,
    /// What happened.
    pub kind: EventKind,
}

/// What happened, by `event_type`.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// `enter_session`: a customer opened the chat.
    EnterSession(EnterSession),
    /// `msg_send_fail`: a message that was accepted did not arrive.
    MsgSendFail {
        /// The `msgid` it was sent with.
        fail_msgid: String,
        /// Why: see [`fail_words`].
        fail_type: i64,
    },
    /// `servicer_status_change`: a servicer began or stopped receiving in the WeCom client.
    ServicerStatusChange {
        /// 1 receiving, 2 stopped. Not the numbers of `servicer/list`.
        status: i64,
        /// Once stopped: 0 stopped, 1 for a while.
        stop_type: Option<i64>,
    },
    /// `session_status_change`: a servicer moved a session in the WeCom client.
    SessionStatusChange(SessionChange),
    /// `user_recall_msg`: the customer took a message back.
    UserRecallMsg {
        /// The message.
        recall_msgid: String,
    },
    /// `servicer_recall_msg`: a servicer took a message back.
    ServicerRecallMsg {
        /// The message.
        recall_msgid: String,
    },
    /// `reject_customer_msg_switch_change`: a servicer refuses a customer's messages, or no longer.
    RejectCustomerMsgSwitchChange {
        /// Whether they are refused from now on.
        rejecting: bool,
    },
    /// An event without words here, or a known one that is not of its shape.
    Unknown {
        /// `event_type`.
        event_type: String,
        /// The event.
        raw: Box<RawValue>,
    },
}

/// How a customer came in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct EnterSession {
    /// `scene` of the link.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub scene: Option<String>,
    /// What the caller appended to the link, decoded.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub scene_param: Option<String>,
    /// Good for one welcome within 20 seconds. Absent for those who were welcomed or wrote within
    /// 48 hours.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub welcome_code: Option<String>,
    /// The Channels (视频号) account they came from.
    #[serde(default)]
    pub wechat_channels: Option<ChannelsEntry>,
}

/// The place in Channels (视频号) where a customer came in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ChannelsEntry {
    /// The account, for scenes 1 to 3.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub nickname: Option<String>,
    /// The shop, for scenes 4 and 5.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub shop_nickname: Option<String>,
    /// 1 profile page, 2 product list of a live room, 3 showcase, 4 product page of the shop, 5
    /// order page of the shop.
    #[serde(default, deserialize_with = "lenient::int")]
    pub scene: i64,
}

/// A session that a servicer moved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct SessionChange {
    /// 1 picked up from the pool, 2 transferred, 3 ended, 4 opened again.
    #[serde(default, deserialize_with = "lenient::int")]
    pub change_type: i64,
    /// Who had it, for 2, 3 and 4.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub old_servicer_userid: Option<String>,
    /// Who has it, for 1, 2 and 4.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub new_servicer_userid: Option<String>,
    /// Good for one message on the event: after 1 within 48 hours, after 3 within 20 seconds.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub msg_code: Option<String>,
}

#[derive(Deserialize)]
struct Head {
    #[serde(default, deserialize_with = "lenient::text")]
    event_type: String,
    #[serde(default, deserialize_with = "lenient::text")]
    open_kfid: String,
    #[serde(default, deserialize_with = "lenient::opt_text")]
    external_userid: Option<String>,
    #[serde(default, deserialize_with = "lenient::opt_text")]
    servicer_userid: Option<String>,
}

#[derive(Deserialize)]
struct SendFail {
    #[serde(deserialize_with = "lenient::text")]
    fail_msgid: String,
    #[serde(default, deserialize_with = "lenient::int")]
    fail_type: i64,
}

#[derive(Deserialize)]
struct ServicerStatus {
    #[serde(deserialize_with = "lenient::int")]
    status: i64,
    #[serde(default, deserialize_with = "lenient::opt_int")]
    stop_type: Option<i64>,
}

#[derive(Deserialize)]
struct Recall {
    #[serde(deserialize_with = "lenient::text")]
    recall_msgid: String,
}

#[derive(Deserialize)]
struct RejectSwitch {
    #[serde(deserialize_with = "lenient::flag")]
    reject_switch: bool,
}

impl Event {
    /// Reads an event; `None` if it is no object or has no usable head.
    pub(super) fn read(raw: &RawValue) -> Option<Self> {
        let head: Head = serde_json::from_str(raw.get()).ok()?;
        let kind = EventKind::read(&head.event_type, raw).unwrap_or_else(|| EventKind::Unknown {
            event_type: head.event_type,
            raw: raw.to_owned(),
        });
        let Head {
            open_kfid,
            external_userid,
            servicer_userid,
            ..
        } = head;
        Some(Self {
            open_kfid,
            external_userid,
            servicer_userid,
            kind,
        })
    }
}

impl EventKind {
    fn read(event_type: &str, raw: &RawValue) -> Option<Self> {
        Some(match event_type {
            "enter_session" => Self::EnterSession(fields(raw)?),
            "msg_send_fail" => {
                let SendFail {
                    fail_msgid,
                    fail_type,
                } = fields(raw)?;
                Self::MsgSendFail {
                    fail_msgid,
                    fail_type,
                }
            }
            "servicer_status_change" => {
                let ServicerStatus { status, stop_type } = fields(raw)?;
                Self::ServicerStatusChange { status, stop_type }
            }
            "session_status_change" => Self::SessionStatusChange(fields(raw)?),
            "user_recall_msg" => Self::UserRecallMsg {
                recall_msgid: fields::<Recall>(raw)?.recall_msgid,
            },
            "servicer_recall_msg" => Self::ServicerRecallMsg {
                recall_msgid: fields::<Recall>(raw)?.recall_msgid,
            },
            "reject_customer_msg_switch_change" => Self::RejectCustomerMsgSwitchChange {
                rejecting: fields::<RejectSwitch>(raw)?.reject_switch,
            },
            _ => return None,
        })
    }
}

fn fields<T: DeserializeOwned>(raw: &RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

/// Says a `fail_type` in words for an agent, in Chinese and English.
pub fn fail_words(fail_type: i64) -> (&'static str, &'static str) {
    match fail_type {
        1 => ("客服账号已被删除", "The kf account was deleted"),
        2 => ("应用已关闭", "The WeCom app is closed"),
        4 => (
            "会话已过期，超过48小时",
            "The session expired: more than 48 hours have passed",
        ),
        5 => ("会话已关闭", "The session was closed"),
        6 => (
            "超过5条消息的限制，需等客户再次发言",
            "Five messages were sent already; the customer must write first",
        ),
        7 => ("企业未绑定视频号", "The corp has bound no Channels account"),
        8 => ("企业未完成认证", "The corp is not verified"),
        9 => (
            "企业未绑定视频号且未认证",
            "The corp is not verified and has bound no Channels account",
        ),
        10 => ("客户拒收消息", "The customer refuses messages"),
        11 => (
            "企业没有成员登录过企业微信",
            "No member of the corp has ever signed in to WeCom",
        ),
        12 => (
            "客服组件不支持该消息类型",
            "The kf component forbids this type of message",
        ),
        13 => ("安全限制", "A security restriction of the platform"),
        _ => (
            "发送失败，平台未说明原因",
            "It failed, and the platform does not say why",
        ),
    }
}

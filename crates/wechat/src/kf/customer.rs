//! `customer/batchget`: who the customers are.

use serde::{Deserialize, Serialize};

use super::event::ChannelsEntry;
use crate::lenient;
use crate::limits::{Unfit, at_most};
use crate::request::Request;

/// Asks for customers who entered or wrote within the last 48 hours.
#[derive(Debug, Clone, Serialize)]
pub struct BatchGet {
    /// 1 to 100 customers.
    pub external_userid_list: Vec<String>,
    /// 1: tell how they came in last.
    pub need_enter_session_context: u8,
}

impl Request for BatchGet {
    const PATH: &'static str = "cgi-bin/kf/customer/batchget";
    type Answer = Customers;

    fn check(&self) -> Result<(), Unfit> {
        at_most("external_userid_list", self.external_userid_list.len(), 100)
    }
}

/// What the platform tells of them.
#[derive(Debug, Clone, Deserialize)]
pub struct Customers {
    /// Those it told of.
    #[serde(default, deserialize_with = "lenient::list")]
    pub customer_list: Vec<Customer>,
    /// Those it does not know, or who have been silent for 48 hours.
    #[serde(default, deserialize_with = "lenient::list")]
    pub invalid_external_userid: Vec<String>,
}

/// One customer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Customer {
    /// The customer.
    #[serde(deserialize_with = "lenient::text")]
    pub external_userid: String,
    /// Their name in WeChat.
    #[serde(default, deserialize_with = "lenient::text")]
    pub nickname: String,
    /// Address of their picture; not told to all kinds of apps.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub avatar: Option<String>,
    /// 0 unknown, 1 male, 2 female.
    #[serde(default, deserialize_with = "lenient::int")]
    pub gender: i64,
    /// Joins them over all apps of one Open Platform account, where one is bound.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub unionid: Option<String>,
    /// How they came in last, within 48 hours, if it was asked.
    #[serde(default)]
    pub enter_session_context: Option<EnterSessionContext>,
}

/// How a customer came in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct EnterSessionContext {
    /// `scene` of the link.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub scene: Option<String>,
    /// What the caller appended to the link.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub scene_param: Option<String>,
    /// The Channels (视频号) account they came from.
    #[serde(default)]
    pub wechat_channels: Option<ChannelsEntry>,
}

//! `externalcontact/get`: who a customer is, and which members have them.

use serde::{Deserialize, Serialize};

use crate::lenient;
use crate::request::{Request, Verb};

/// Asks for a customer whom at least one member has added. Others are refused with 84061.
#[derive(Debug, Clone, Serialize)]
pub struct GetContact {
    /// The customer.
    pub external_userid: String,
    /// `next_cursor` of the page before, for customers whom more than 500 members have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl Request for GetContact {
    const PATH: &'static str = "cgi-bin/externalcontact/get";
    const VERB: Verb = Verb::Get;
    type Answer = Contact;
}

/// The answer to [`GetContact`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Contact {
    /// The customer.
    pub external_contact: ExternalContact,
    /// The members who have them.
    #[serde(default, deserialize_with = "lenient::list")]
    pub follow_user: Vec<FollowUser>,
    /// Where the next page begins; absent on the last.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub next_cursor: Option<String>,
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ExternalContact {
    /// The customer.
    #[serde(default, deserialize_with = "lenient::text")]
    pub external_userid: String,
    /// Their name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: String,
    /// Address of their picture.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub avatar: Option<String>,
    /// 1 WeChat, 2 WeCom.
    #[serde(default, deserialize_with = "lenient::int")]
    pub r#type: i64,
    /// 0 unknown, 1 male, 2 female.
    #[serde(default, deserialize_with = "lenient::int")]
    pub gender: i64,
    /// Joins them over all apps of one Open Platform account, where one is bound.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub unionid: Option<String>,
    /// Their corp, for those of WeCom.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub corp_name: Option<String>,
}

/// A member who has a customer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FollowUser {
    /// The member.
    #[serde(default, deserialize_with = "lenient::text")]
    pub userid: String,
    /// What the member calls the customer.
    #[serde(default, deserialize_with = "lenient::text")]
    pub remark: String,
    /// What the member notes of them.
    #[serde(default, deserialize_with = "lenient::text")]
    pub description: String,
    /// Unix seconds.
    #[serde(default, deserialize_with = "lenient::int")]
    pub createtime: i64,
    /// The member's tags of them.
    #[serde(default, deserialize_with = "lenient::list")]
    pub tags: Vec<Tag>,
    /// How they came: 1 QR code, 3 card, 4 group, 10 Channels, 16 acquisition link, 201 shared, 202
    /// assigned; there are more.
    #[serde(default, deserialize_with = "lenient::int")]
    pub add_way: i64,
    /// `state` of the contact way they came through.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub state: Option<String>,
}

/// A tag on a customer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Tag {
    /// Its group.
    #[serde(default, deserialize_with = "lenient::text")]
    pub group_name: String,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub tag_name: String,
    /// 1 of the corp, 2 of the member, 3 of a rule.
    #[serde(default, deserialize_with = "lenient::int")]
    pub r#type: i64,
    /// Its id, for those of the corp.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub tag_id: Option<String>,
}

//! Customer groups (客户群): ways to join them, and who is in them. No call makes a group or pulls
//! anybody in.

use serde::{Deserialize, Serialize};

use super::check_state;
use crate::lenient;
use crate::limits::{Problem, Unfit, at_most};
use crate::request::{Done, Request};

/// Makes a way to join the first of some groups that has room (`scene` 2, a QR code).
#[derive(Debug, Clone, Serialize)]
pub struct AddJoinWay {
    scene: u8,
    /// A memo; the platform cuts it at 30 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// 1: a new group is opened when all are full.
    pub auto_create_room: u8,
    /// Name of opened groups, at most 40 characters; a running number follows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_base_name: Option<String>,
    /// The first running number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_base_id: Option<u32>,
    /// 1 to 5 groups.
    pub chat_id_list: Vec<String>,
    /// Comes back on the member who joined, in [`GetGroup`]: at most
    /// [`super::MAX_STATE_CHARS`] characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

impl AddJoinWay {
    /// A way into `groups`, in this order.
    pub fn into_groups(groups: Vec<String>, state: Option<String>) -> Self {
        Self {
            scene: 2,
            remark: None,
            auto_create_room: 1,
            room_base_name: None,
            room_base_id: None,
            chat_id_list: groups,
            state,
        }
    }
}

impl Request for AddJoinWay {
    const PATH: &'static str = "cgi-bin/externalcontact/groupchat/add_join_way";
    type Answer = JoinWayId;

    fn check(&self) -> Result<(), Unfit> {
        if self.chat_id_list.is_empty() {
            return Err(Unfit {
                field: "chat_id_list",
                problem: Problem::Empty,
            });
        }
        at_most("chat_id_list", self.chat_id_list.len(), 5)?;
        let name = self.room_base_name.as_deref().unwrap_or_default();
        at_most("room_base_name", name.chars().count(), 40)?;
        check_state(self.state.as_deref())
    }
}

/// A join way was made. Its picture has to be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct JoinWayId {
    /// The only handle to it.
    #[serde(deserialize_with = "lenient::text")]
    pub config_id: String,
}

/// Asks for a join way.
#[derive(Debug, Clone, Serialize)]
pub struct GetJoinWay {
    /// The way.
    pub config_id: String,
}

impl Request for GetJoinWay {
    const PATH: &'static str = "cgi-bin/externalcontact/groupchat/get_join_way";
    type Answer = JoinWayDetail;
}

/// The answer to [`GetJoinWay`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct JoinWayDetail {
    /// The way.
    pub join_way: JoinWay,
}

/// A way to join groups.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct JoinWay {
    /// Its handle.
    #[serde(default, deserialize_with = "lenient::text")]
    pub config_id: String,
    /// The memo.
    #[serde(default, deserialize_with = "lenient::text")]
    pub remark: String,
    /// Whether a new group is opened when all are full.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub auto_create_room: bool,
    /// The groups; those that were opened since are among them.
    #[serde(default, deserialize_with = "lenient::list")]
    pub chat_id_list: Vec<String>,
    /// Address of the QR code.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub qr_code: Option<String>,
    /// What comes back on the member who joined.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub state: Option<String>,
}

/// Removes a join way; its QR code leads nowhere from then on.
#[derive(Debug, Clone, Serialize)]
pub struct DelJoinWay {
    /// The way.
    pub config_id: String,
}

impl Request for DelJoinWay {
    const PATH: &'static str = "cgi-bin/externalcontact/groupchat/del_join_way";
    type Answer = Done;
}

/// Asks for groups.
#[derive(Debug, Clone, Default, Serialize)]
pub struct GroupList {
    /// 0 all, 1 owner resigned, 2 being taken over, 3 taken over.
    pub status_filter: u8,
    /// Whose groups; without it those of at most 1,000 owners.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_filter: Option<OwnerFilter>,
    /// `next_cursor` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// 1 to 1,000.
    pub limit: u32,
}

/// Whose groups.
#[derive(Debug, Clone, Default, Serialize)]
pub struct OwnerFilter {
    /// At most 100 members.
    pub userid_list: Vec<String>,
}

impl Request for GroupList {
    const PATH: &'static str = "cgi-bin/externalcontact/groupchat/list";
    type Answer = GroupPage;

    fn check(&self) -> Result<(), Unfit> {
        let owners = self
            .owner_filter
            .as_ref()
            .map_or(0, |filter| filter.userid_list.len());
        at_most("owner_filter.userid_list", owners, 100)?;
        at_most("limit", self.limit as usize, 1_000)
    }
}

/// One page of groups.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GroupPage {
    /// The groups.
    #[serde(default, deserialize_with = "lenient::list")]
    pub group_chat_list: Vec<GroupRow>,
    /// Where the next page begins; absent on the last.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub next_cursor: Option<String>,
}

/// A group in a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GroupRow {
    /// The group.
    #[serde(deserialize_with = "lenient::text")]
    pub chat_id: String,
    /// 0 well, 1 owner resigned, 2 being taken over, 3 taken over.
    #[serde(default, deserialize_with = "lenient::int")]
    pub status: i64,
}

/// Asks for a group and its members.
#[derive(Debug, Clone, Serialize)]
pub struct GetGroup {
    /// The group.
    pub chat_id: String,
    /// 1: tell the members' names.
    pub need_name: u8,
}

impl Request for GetGroup {
    const PATH: &'static str = "cgi-bin/externalcontact/groupchat/get";
    type Answer = GroupDetail;
}

/// The answer to [`GetGroup`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GroupDetail {
    /// The group.
    pub group_chat: Group,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Group {
    /// Its id.
    #[serde(deserialize_with = "lenient::text")]
    pub chat_id: String,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: String,
    /// The member who owns it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub owner: String,
    /// Unix seconds.
    #[serde(default, deserialize_with = "lenient::int")]
    pub create_time: i64,
    /// Its notice.
    #[serde(default, deserialize_with = "lenient::text")]
    pub notice: String,
    /// Everyone in it.
    #[serde(default, deserialize_with = "lenient::list")]
    pub member_list: Vec<GroupMember>,
    /// Its administrators.
    #[serde(default, deserialize_with = "lenient::list")]
    pub admin_list: Vec<UserRow>,
    /// Version of the list of members.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub member_version: Option<String>,
}

/// Somebody in a group.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GroupMember {
    /// `userid` or `external_userid`, by the type.
    #[serde(default, deserialize_with = "lenient::text")]
    pub userid: String,
    /// 1 member of the corp, 2 outsider.
    #[serde(default, deserialize_with = "lenient::int")]
    pub r#type: i64,
    /// Of an outsider, where an Open Platform account is bound.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub unionid: Option<String>,
    /// Unix seconds.
    #[serde(default, deserialize_with = "lenient::int")]
    pub join_time: i64,
    /// 1 invited, 2 by link, 3 by QR code.
    #[serde(default, deserialize_with = "lenient::int")]
    pub join_scene: i64,
    /// Who invited them.
    #[serde(default)]
    pub invitor: Option<Invitor>,
    /// Their name, if it was asked.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub name: Option<String>,
    /// `state` of the join way they came through.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub state: Option<String>,
}

/// Who invited somebody.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Invitor {
    /// The member.
    #[serde(default, deserialize_with = "lenient::text")]
    pub userid: String,
}

/// A member in a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UserRow {
    /// The member.
    #[serde(default, deserialize_with = "lenient::text")]
    pub userid: String,
}

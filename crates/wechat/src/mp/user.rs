//! Who follows an account. Names and portraits are not told any more.

use serde::{Deserialize, Serialize};

use crate::lenient;
use crate::limits::{Unfit, at_most};
use crate::request::Request;

/// Followers of one question.
const MAX_USERS: usize = 100;

/// Asks about up to a hundred followers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GetUsers {
    user_list: Vec<OneUser>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
struct OneUser {
    openid: String,
    lang: &'static str,
}

impl GetUsers {
    /// About these.
    pub fn of(openids: &[String]) -> Self {
        let one = |openid: &String| OneUser {
            openid: openid.clone(),
            lang: "zh_CN",
        };
        Self {
            user_list: openids.iter().map(one).collect(),
        }
    }
}

impl Request for GetUsers {
    const PATH: &'static str = "cgi-bin/user/info/batchget";
    type Answer = Users;

    fn check(&self) -> Result<(), Unfit> {
        at_most("user_list", self.user_list.len(), MAX_USERS)
    }
}

/// What is told of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Users {
    /// Each who is known.
    #[serde(default, deserialize_with = "lenient::list")]
    pub user_info_list: Vec<UserInfo>,
}

/// A follower.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct UserInfo {
    /// Whether they follow; of others nothing else is told.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub subscribe: bool,
    /// Who.
    #[serde(default, deserialize_with = "lenient::text")]
    pub openid: String,
    /// The person over all accounts of one open-platform account.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub unionid: Option<String>,
    /// What the account's owner calls them.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub remark: Option<String>,
    /// How they came to follow: `ADD_SCENE_QR_CODE` and others.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub subscribe_scene: Option<String>,
    /// Since when they follow, unix seconds.
    #[serde(default, deserialize_with = "lenient::int")]
    pub subscribe_time: i64,
}

//! Contact ways: QR codes with which a customer adds a member.

use serde::{Deserialize, Serialize};

use super::check_state;
use crate::lenient;
use crate::limits::{Problem, Unfit, at_most};
use crate::request::{Done, Request};

/// Makes a contact way with a QR code (`scene` 2).
#[derive(Debug, Clone, Serialize)]
pub struct AddContactWay {
    /// 1 one member, 2 any of several.
    r#type: u8,
    scene: u8,
    /// A memo for administrators, at most 30 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Whether the member becomes a friend at once.
    pub skip_verify: bool,
    /// Comes back in the callback of whoever adds through it: at most
    /// [`super::MAX_STATE_CHARS`] characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The members.
    user: Vec<String>,
    /// Whether a customer gets the same of several members each time.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_exclusive: bool,
}

impl AddContactWay {
    /// A way to one member, or to any of several (at most 100).
    pub fn to(members: Vec<String>, state: Option<String>) -> Self {
        Self {
            r#type: if members.len() == 1 { 1 } else { 2 },
            scene: 2,
            remark: None,
            skip_verify: true,
            state,
            user: members,
            is_exclusive: false,
        }
    }
}

impl Request for AddContactWay {
    const PATH: &'static str = "cgi-bin/externalcontact/add_contact_way";
    type Answer = NewContactWay;

    fn check(&self) -> Result<(), Unfit> {
        if self.user.is_empty() {
            return Err(Unfit {
                field: "user",
                problem: Problem::Empty,
            });
        }
        at_most("user", self.user.len(), 100)?;
        at_most(
            "remark",
            self.remark.as_deref().unwrap_or_default().chars().count(),
            30,
        )?;
        check_state(self.state.as_deref())
    }
}

/// A contact way was made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NewContactWay {
    /// The only handle to it.
    #[serde(deserialize_with = "lenient::text")]
    pub config_id: String,
    /// Address of the QR code.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub qr_code: Option<String>,
}

/// Asks for a contact way.
#[derive(Debug, Clone, Serialize)]
pub struct GetContactWay {
    /// The way.
    pub config_id: String,
}

impl Request for GetContactWay {
    const PATH: &'static str = "cgi-bin/externalcontact/get_contact_way";
    type Answer = ContactWayDetail;
}

/// The answer to [`GetContactWay`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ContactWayDetail {
    /// The way.
    pub contact_way: ContactWay,
}

/// A contact way.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ContactWay {
    /// Its handle.
    #[serde(default, deserialize_with = "lenient::text")]
    pub config_id: String,
    /// 1 one member, 2 several.
    #[serde(default, deserialize_with = "lenient::int")]
    pub r#type: i64,
    /// The memo.
    #[serde(default, deserialize_with = "lenient::text")]
    pub remark: String,
    /// What comes back with whoever adds through it.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub state: Option<String>,
    /// Address of the QR code.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub qr_code: Option<String>,
    /// The members.
    #[serde(default, deserialize_with = "lenient::list")]
    pub user: Vec<String>,
}

/// Removes a contact way; its QR code leads nowhere from then on.
#[derive(Debug, Clone, Serialize)]
pub struct DelContactWay {
    /// The way.
    pub config_id: String,
}

impl Request for DelContactWay {
    const PATH: &'static str = "cgi-bin/externalcontact/del_contact_way";
    type Answer = Done;
}

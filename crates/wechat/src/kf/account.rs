//! Accounts (客服账号) and the links that lead to them.

use serde::{Deserialize, Serialize};

use crate::lenient;
use crate::limits::{Unfit, at_most, plain_id, required};
use crate::request::{Done, Request, Verb};

/// Asks for the accounts that the app sees.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AccountList {
    /// How many to skip.
    pub offset: u32,
    /// 1 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl Request for AccountList {
    const PATH: &'static str = "cgi-bin/kf/account/list";
    type Answer = Accounts;

    fn check(&self) -> Result<(), Unfit> {
        at_most("limit", self.limit.unwrap_or_default() as usize, 100)
    }
}

/// One page of accounts; an empty one is the last.
#[derive(Debug, Clone, Deserialize)]
pub struct Accounts {
    /// The accounts.
    #[serde(default, deserialize_with = "lenient::list")]
    pub account_list: Vec<Account>,
}

/// A face that customers talk to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// Its id.
    #[serde(deserialize_with = "lenient::text")]
    pub open_kfid: String,
    /// Its name, at most 16 characters.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: String,
    /// Address of its picture.
    #[serde(default, deserialize_with = "lenient::text")]
    pub avatar: String,
    /// Whether the app may send and receive for it. Not told to all kinds of apps.
    pub manage_privilege: Option<bool>,
}

/// Characters of an account's name.
pub const MAX_ACCOUNT_NAME: usize = 16;

/// Makes an account.
#[derive(Debug, Clone, Serialize)]
pub struct AddAccount {
    /// Its name, 1 to 16 characters.
    pub name: String,
    /// Its picture, uploaded before.
    pub media_id: String,
}

impl Request for AddAccount {
    const PATH: &'static str = "cgi-bin/kf/account/add";
    type Answer = AddedAccount;

    fn check(&self) -> Result<(), Unfit> {
        required("name", &self.name, MAX_ACCOUNT_NAME * 4)?;
        at_most("name", self.name.chars().count(), MAX_ACCOUNT_NAME)?;
        required("media_id", &self.media_id, 128)
    }
}

/// An account was made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AddedAccount {
    /// Its id.
    #[serde(deserialize_with = "lenient::text")]
    pub open_kfid: String,
}

/// Changes an account's name or picture.
#[derive(Debug, Clone, Serialize)]
pub struct UpdateAccount {
    /// The account.
    pub open_kfid: String,
    /// Its new name, 1 to 16 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its new picture, uploaded before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_id: Option<String>,
}

impl Request for UpdateAccount {
    const PATH: &'static str = "cgi-bin/kf/account/update";
    type Answer = Done;

    fn check(&self) -> Result<(), Unfit> {
        required("open_kfid", &self.open_kfid, 64)?;
        let name = self.name.as_deref().unwrap_or_default();
        at_most("name", name.chars().count(), MAX_ACCOUNT_NAME)
    }
}

/// Removes an account for good.
#[derive(Debug, Clone, Serialize)]
pub struct DelAccount {
    /// The account.
    pub open_kfid: String,
}

impl Request for DelAccount {
    const PATH: &'static str = "cgi-bin/kf/account/del";
    type Answer = Done;

    fn check(&self) -> Result<(), Unfit> {
        required("open_kfid", &self.open_kfid, 64)
    }
}

/// Asks how far the corp is qualified.
#[derive(Debug, Clone, Serialize)]
pub struct GetQualification {}

impl Request for GetQualification {
    const PATH: &'static str = "cgi-bin/kf/get_corp_qualification";
    const VERB: Verb = Verb::Get;
    type Answer = Qualification;
}

/// How far a corp is qualified: who is bound to no Channels (视频号) account may serve fewer customers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Qualification {
    /// A Channels account is bound and confirmed.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub wechat_channels_binding: bool,
}

/// Makes a link that opens a chat with an account.
#[derive(Debug, Clone, Serialize)]
pub struct AddContactWay {
    /// The account.
    pub open_kfid: String,
    /// Comes back in `enter_session`; at most 32 bytes out of `[0-9a-zA-Z_-]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene: Option<String>,
}

impl Request for AddContactWay {
    const PATH: &'static str = "cgi-bin/kf/add_contact_way";
    type Answer = EntryLink;

    fn check(&self) -> Result<(), Unfit> {
        required("open_kfid", &self.open_kfid, 64)?;
        plain_id("scene", self.scene.as_deref().unwrap_or_default(), 32)
    }
}

/// A link that opens a chat. Any number of customers may use it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EntryLink {
    /// The link; its parameters belong to it and fit no other.
    #[serde(deserialize_with = "lenient::text")]
    pub url: String,
}

impl EntryLink {
    /// The link with words of our own, which come back in `enter_session` as `scene_param`. The
    /// link must have been made with a scene.
    ///
    /// # Errors
    /// [`Unfit`] beyond 128 bytes, measured before the encoding.
    pub fn with_scene_param(&self, param: &str) -> Result<String, Unfit> {
        at_most("scene_param", param.len(), 128)?;
        let mut url = format!("{}&scene_param=", self.url);
        for byte in param.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                url.push(char::from(byte));
            } else {
                url.push_str(&format!("%{byte:02X}"));
            }
        }
        Ok(url)
    }
}

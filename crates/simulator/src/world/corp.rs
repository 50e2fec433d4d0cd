//! One corp (企业): its app, its callback configuration, and everything that belongs to it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::account::Account;
use super::acquire::Link;
use super::contact::{ContactWay, Friend, WelcomeCode};
use super::group::{Group, JoinWay};
use super::knowledge::Knowledge;
use super::media::MediaBox;
use super::recent::Recent;
use crate::callback::Lane;
use crate::config::{Bounds, CorpSpec};
use crate::crypto::AesKey;
use crate::ids::Ids;

/// A member (成员) of the corp.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) userid: String,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) active: bool,
    /// In the pool of 升级服务.
    pub(crate) upgrade: bool,
}

/// The callback configuration, once it is complete.
#[derive(Debug, Clone)]
pub(crate) struct Callback {
    pub(crate) url: String,
    pub(crate) token: String,
    pub(crate) key: AesKey,
}

/// An access_token that was given out.
#[derive(Debug, Clone)]
pub(crate) struct AccessToken {
    pub(crate) expires: i64,
    /// Taken back early, and what callers are told (40014, 42001 or 40001).
    pub(crate) revoked: Option<i64>,
}

/// What a servicer's client would offer to one customer (`upgrade_service`).
#[derive(Debug, Clone)]
pub(crate) struct Recommendation {
    pub(crate) target: String,
    pub(crate) wording: String,
}

pub(crate) struct Corp {
    pub(crate) corpid: String,
    pub(crate) made: u64,
    pub(crate) name: String,
    pub(crate) secret: String,
    pub(crate) agentid: u32,
    pub(crate) token: String,
    pub(crate) encoding_aes_key: String,
    pub(crate) callback_url: String,
    pub(crate) channels_nickname: String,
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) members: Vec<Member>,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) upgrade_groups: Vec<String>,
    pub(crate) recommendations: HashMap<(String, String), Recommendation>,
    pub(crate) contact_ways: BTreeMap<String, ContactWay>,
    pub(crate) join_ways: BTreeMap<String, JoinWay>,
    /// Customer-acquisition links.
    pub(crate) links: BTreeMap<String, Link>,
    /// Who added whom: (external_userid, userid).
    pub(crate) friends: HashMap<(Arc<str>, String), Friend>,
    pub(crate) knowledge: Knowledge,
    pub(crate) welcome_codes: Recent<String, WelcomeCode>,
    pub(crate) media: MediaBox,
    pub(crate) tokens: Recent<String, AccessToken>,
    pub(crate) current_token: Option<String>,
    /// Number of the last message in any of the corp's logs.
    pub(crate) seq: u64,
    pub(crate) lane: Lane,
}

impl Corp {
    pub(crate) fn new(corpid: &str, made: u64, ids: &mut Ids, bounds: &Bounds) -> Self {
        Self {
            corpid: corpid.to_owned(),
            made,
            name: "示例企业".to_owned(),
            secret: ids.make("", 43),
            agentid: 1_000_002,
            token: ids.make("", 24),
            encoding_aes_key: ids.make("", 43),
            callback_url: String::new(),
            channels_nickname: String::new(),
            accounts: BTreeMap::new(),
            members: Vec::new(),
            groups: BTreeMap::new(),
            upgrade_groups: Vec::new(),
            recommendations: HashMap::new(),
            contact_ways: BTreeMap::new(),
            join_ways: BTreeMap::new(),
            links: BTreeMap::new(),
            friends: HashMap::new(),
            knowledge: Knowledge::default(),
            welcome_codes: Recent::new(bounds.remembered_ids),
            media: MediaBox::new(bounds.media_bytes),
            tokens: Recent::new(1_000),
            current_token: None,
            seq: 0,
            lane: Lane::new(bounds.callbacks),
        }
    }

    /// What a gateway has to know to work with the corp.
    pub(crate) fn credentials(&self) -> CorpSpec {
        CorpSpec {
            corpid: Some(self.corpid.clone()),
            name: Some(self.name.clone()),
            secret: Some(self.secret.clone()),
            agentid: Some(self.agentid),
            token: Some(self.token.clone()),
            encoding_aes_key: Some(self.encoding_aes_key.clone()),
            callback_url: Some(self.callback_url.clone()),
            channels_nickname: Some(self.channels_nickname.clone()),
            coalesce: Some(self.lane.coalesce),
            ..CorpSpec::default()
        }
    }

    /// The callback configuration; nothing while no URL is set.
    pub(crate) fn callback(&self) -> Option<Callback> {
        if self.callback_url.is_empty() {
            return None;
        }
        Some(Callback {
            url: self.callback_url.clone(),
            token: self.token.clone(),
            key: AesKey::read(&self.encoding_aes_key).ok()?,
        })
    }

    pub(crate) fn member(&self, userid: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.userid == userid)
    }

    /// Accounts in the order they were made.
    pub(crate) fn accounts_in_order(&self) -> Vec<&Account> {
        let mut accounts: Vec<&Account> = self.accounts.values().collect();
        accounts.sort_by_key(|account| account.made);
        accounts
    }
}

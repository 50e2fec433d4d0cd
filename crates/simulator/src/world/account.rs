//! One customer-service account (客服账号): its log, its sessions, its servicers.

use std::collections::HashMap;
use std::sync::Arc;

use super::log::Log;
use super::recent::Recent;
use super::session::{Code, Session};
use super::tally::Tallies;
use crate::config::Bounds;

/// A member or a department that receives customers.
#[derive(Debug, Clone)]
pub(crate) struct Servicer {
    pub(crate) userid: String,
    /// Receiving, or stopped with the platform's stop_type (0 stopped, 1 suspended).
    pub(crate) stopped: Option<u32>,
}

#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) open_kfid: String,
    pub(crate) name: String,
    pub(crate) avatar: String,
    /// Whether the app may manage it; calls for it answer 48007 otherwise.
    pub(crate) managed: bool,
    /// Order of making, for lists.
    pub(crate) made: u64,
    /// The `kfc…` of its links.
    pub(crate) link: String,
    pub(crate) log: Log,
    pub(crate) sessions: HashMap<Arc<str>, Session>,
    pub(crate) servicers: Vec<Servicer>,
    pub(crate) departments: Vec<u64>,
    /// Ids of messages sent by the API, with whom they went to.
    pub(crate) sent: Recent<String, String>,
    pub(crate) codes: Recent<String, Code>,
    /// What the statistics count.
    pub(crate) tallies: Tallies,
}

impl Account {
    pub(crate) fn new(
        open_kfid: &str,
        name: &str,
        made: u64,
        link: String,
        bounds: &Bounds,
    ) -> Self {
        Self {
            open_kfid: open_kfid.to_owned(),
            name: name.to_owned(),
            avatar: String::new(),
            managed: true,
            made,
            link,
            log: Log::new(bounds.log_per_account),
            sessions: HashMap::new(),
            servicers: Vec::new(),
            departments: Vec::new(),
            sent: Recent::new(bounds.remembered_ids),
            codes: Recent::new(bounds.remembered_ids),
            tallies: Tallies::default(),
        }
    }

    pub(crate) fn servicer(&mut self, userid: &str) -> Option<&mut Servicer> {
        self.servicers
            .iter_mut()
            .find(|servicer| servicer.userid == userid)
    }

    /// The session of a customer, begun if there was none.
    pub(crate) fn session(&mut self, external_userid: &str) -> &mut Session {
        if !self.sessions.contains_key(external_userid) {
            self.sessions
                .insert(external_userid.into(), Session::default());
        }
        self.sessions
            .get_mut(external_userid)
            .expect("the session was put there just now")
    }
}

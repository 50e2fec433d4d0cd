//! Customer-acquisition links (获客链接): addresses that can be tapped in a chat and lead to a member
//! who can be added. What is appended as `customer_channel` becomes the contact's state.

use super::desk::Desk;
use crate::error::SimError;

/// One link.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) link_id: String,
    pub(crate) name: String,
    pub(crate) users: Vec<String>,
    pub(crate) skip_verify: bool,
    /// Platform milliseconds.
    pub(crate) made: i64,
    /// Whose turn it is among several.
    pub(crate) turn: usize,
}

/// The most bytes of a customer_channel.
const CHANNEL: usize = 64;

/// Where a link leads just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leads {
    pub(crate) link_id: String,
    pub(crate) userid: String,
    pub(crate) state: String,
    pub(crate) skip_verify: bool,
}

impl Desk<'_> {
    pub(crate) fn link_url(&self, link_id: &str) -> String {
        format!("{}/ca/{link_id}", self.base)
    }

    /// What an address of a link says; nothing for any other address.
    pub(crate) fn follow_link(&self, payload: &str) -> Option<Result<Leads, SimError>> {
        let (_, rest) = payload.split_once("/ca/")?;
        let (id, query) = rest.split_once('?').unwrap_or((rest, ""));
        let link = match self.corp.links.get(id) {
            Some(link) => link,
            None => return Some(Err(SimError::unknown("acquisition link", id))),
        };
        let channel = form_urlencoded::parse(query.as_bytes())
            .find(|(name, value)| name == "customer_channel" && value.len() <= CHANNEL);
        let userid = link.users.get(link.turn % link.users.len().max(1));
        Some(match userid {
            Some(userid) => Ok(Leads {
                link_id: id.to_owned(),
                userid: userid.clone(),
                state: channel
                    .map(|(_, value)| value.into_owned())
                    .unwrap_or_default(),
                skip_verify: link.skip_verify,
            }),
            None => Err(SimError::Refused("这个链接里没有成员".into())),
        })
    }
}

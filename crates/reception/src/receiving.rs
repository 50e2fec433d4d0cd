//! Receiving: which members receive customers in the platform's own client now. They switch it there;
//! the platform tells each change, and all of them when it is asked. In memory, because it can be asked
//! again: that is done once after a start for each door that is served there.

use std::collections::HashMap;

use kefu_channels::Receiver;
use kefu_domain::{AgentId, BrandId, EntryPointId, setup::ServedIn};
use parking_lot::Mutex;

use crate::{Reception, Result, arrive::Door};

/// Members of one door who are remembered: an account has no more.
const MEMBERS: usize = 2_000;

/// By door, then by member.
#[derive(Default)]
pub(crate) struct Receiving(Mutex<HashMap<EntryPointId, HashMap<String, bool>>>);

impl Receiving {
    /// One of them changed.
    pub(crate) fn heard(&self, door: EntryPointId, userid: &str, receiving: bool) {
        let mut doors = self.0.lock();
        let members = doors.entry(door).or_default();
        if members.len() < MEMBERS || members.contains_key(userid) {
            members.insert(userid.to_owned(), receiving);
        }
    }

    /// All of them, as the platform lists them.
    pub(crate) fn listed(&self, door: EntryPointId, all: &[Receiver]) {
        let told = all.iter().take(MEMBERS).filter_map(|one| {
            let userid = one.userid.clone()?;
            Some((userid, one.receiving?))
        });
        self.0.lock().insert(door, told.collect());
    }

    fn knows(&self, door: EntryPointId) -> bool {
        self.0.lock().contains_key(&door)
    }

    /// At any of these doors; `None` where nothing was told.
    fn at(&self, doors: impl Iterator<Item = EntryPointId>, userid: &str) -> Option<bool> {
        let known = self.0.lock();
        doors
            .filter_map(|door| known.get(&door)?.get(userid).copied())
            .reduce(|one, other| one || other)
    }
}

impl Reception {
    /// Does an agent receive customers in the platform's own client? `None` if they are no member
    /// there, or nothing was told.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub fn receives(&self, brand: BrandId, agent: AgentId) -> Result<Option<bool>> {
        let setup = self.directory.brand(brand)?;
        let row = setup.agents.get(&agent);
        let Some(userid) = row.and_then(|row| row.entry.wecom_userid.as_deref()) else {
            return Ok(None);
        };
        let doors = setup.entry_points.values().map(|row| &row.entry);
        let theirs = doors.filter(|door| door.served_in == ServedIn::Client);
        Ok(self.receiving.at(theirs.map(|door| door.id), userid))
    }

    /// Asks once who receives at a door that is served there.
    pub(crate) async fn learn_who_receives(&self, door: &Door) {
        let account = door.entry.upstream_open_kfid.as_deref();
        let (ServedIn::Client, Some(account)) = (door.entry.served_in, account) else {
            return;
        };
        if self.receiving.knows(door.entry.id) {
            return;
        }
        match door.channel.receivers(&door.connection, account).await {
            Ok(all) => self.receiving.listed(door.entry.id, &all),
            Err(fault) => {
                tracing::info!(%fault, entry_point.id = %door.entry.id, "who receives there is not known yet");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_any_door_counts() {
        let receiving = Receiving::default();
        let (one, other) = (EntryPointId(1), EntryPointId(2));
        let at = |doors: &[EntryPointId]| receiving.at(doors.iter().copied(), "mei");
        assert_eq!(at(&[one]), None);
        let stopped = Receiver {
            userid: Some("mei".to_owned()),
            receiving: Some(false),
            ..Receiver::default()
        };
        receiving.listed(one, &[stopped]);
        assert_eq!(at(&[one, other]), Some(false));
        receiving.heard(other, "mei", true);
        assert_eq!(at(&[one, other]), Some(true));
        receiving.heard(other, "mei", false);
        assert_eq!(at(&[one, other]), Some(false));
    }
}

//! What a platform said, in the words of the store.

use kefu_channels::Item;
use kefu_domain::{
    Content, Source, UnixMs, content::Text, credit::Grant, message::outside_key, setup::ServedIn,
};
use kefu_store::{Attribution, Enter, Inbound, Incoming, Moved, Party, Servicer, ToldInPage};

use super::{Arrivals, Door, Follow};
use crate::{
    Reception, Result, ask_human,
    carry_over::{self, sha256},
    say, told,
};

/// The platform's session ended, among its changes.
const ENDED_UPSTREAM: u8 = 3;

impl Reception {
    pub(super) fn translate(
        &self,
        door: &Door,
        item: Item,
        now: UnixMs,
        arrivals: &mut Arrivals,
    ) -> Result<()> {
        let brand = door.brand;
        let entry_point = door.entry.id;
        let account = door.account()?;
        let mut follow = Follow::Nothing;
        let mut heard_from = |address: &str| {
            arrivals.addresses.insert(address.to_owned());
        };
        let incoming = match item {
            Item::Message {
                address,
                key,
                content,
                at,
            } => {
                heard_from(&address);
                follow = Follow::Message(at);
                let grant = door.channel.capabilities().credits;
                let grant = grant.map(|grant| (grant, at.min(now)));
                Some(self.message(door, address, key, content, grant, now)?)
            }
            Item::Tapped {
                address,
                key,
                item,
                source,
                grant,
                at,
            } => {
                heard_from(&address);
                let content = Content::Text(Text {
                    content: source.title.clone(),
                    menu_id: Some(item),
                    quote: None,
                });
                let grant = grant.map(|grant| (grant, at.min(now)));
                if ask_human::asks(account, &content) {
                    follow = Follow::Message(at);
                    Some(self.message(door, address, key, content, grant, now)?)
                } else {
                    let (party, _) = self.stranger(&door.setup, account.id, address)?;
                    let tapped = entered(door, party, key, source, now);
                    Some(Incoming::Enter(Enter { grant, ..tapped }))
                }
            }
            Item::Entered {
                address,
                key,
                source,
                welcome,
                grant,
                at,
            } => {
                heard_from(&address);
                if let Some(welcome) = welcome {
                    follow = Follow::Welcome(welcome, key.clone());
                }
                let (party, _) = self.stranger(&door.setup, account.id, address)?;
                let (source, code) = carry_over::taken_out(source);
                let source = source.or_at(door.entry.unlabelled);
                Some(Incoming::Enter(Enter {
                    carried: code.map(|code| sha256(&code)),
                    grant: grant.map(|grant| (grant, at.min(now))),
                    ..entered(door, party, key, source, now)
                }))
            }
            Item::Looked {
                address,
                key,
                source,
            } => {
                heard_from(&address);
                let (party, _) = self.stranger(&door.setup, account.id, address)?;
                Some(Incoming::Enter(Enter {
                    attribution: Attribution::Looked,
                    ..entered(door, party, key, source, now)
                }))
            }
            Item::Left { address, key, at } => {
                let (party, _) = self.stranger(&door.setup, account.id, address)?;
                Some(Incoming::Left {
                    brand,
                    entry_point,
                    party,
                    key,
                    left_at: at.min(now),
                    at: now,
                })
            }
            Item::NotDelivered { msgid, failure } => {
                msgid.parse().ok().map(|outbox| Incoming::Failed {
                    brand,
                    outbox,
                    failure,
                })
            }
            Item::Recalled { key, by } => Some(Incoming::Recalled {
                brand,
                entry_point,
                key: by.map_or(key.clone(), |userid| outside_key(&key, &userid)),
            }),
            Item::Servicer {
                address,
                key,
                userid,
                content,
                at,
            } => {
                heard_from(&address);
                let (party, opening) = self.stranger(&door.setup, account.id, address)?;
                Some(Incoming::Servicer(Servicer {
                    brand,
                    entry_point,
                    party,
                    key: outside_key(&key, &userid),
                    agent: door.setup.agent_of_member(&userid),
                    userid,
                    content,
                    said_at: at.min(now),
                    session: opening.session,
                    at: now,
                }))
            }
            Item::UpstreamSession {
                address,
                key,
                change,
                userid,
                code,
                at,
            } => {
                let to = match (change, userid) {
                    (ENDED_UPSTREAM, _) => Some(None),
                    (_, Some(userid)) => {
                        let agent = door.setup.agent_of_member(&userid);
                        Some(Some((userid, agent)))
                    }
                    // Moved, and nobody said to whom: there is nothing to follow.
                    _ => None,
                };
                if let Some(code) = code {
                    let ended = change == ENDED_UPSTREAM;
                    follow = Follow::Moved { ended, code, at };
                }
                let (party, opening) = self.stranger(&door.setup, account.id, address)?;
                to.map(|to| {
                    Incoming::Moved(Moved {
                        brand,
                        entry_point,
                        party,
                        key,
                        to,
                        session: opening.session,
                        at: now,
                    })
                })
            }
            Item::Receives {
                userid,
                receiving,
                key,
                raw,
            } => {
                self.receiving.heard(entry_point, &userid, receiving);
                Some(Incoming::Told(ToldInPage {
                    brand,
                    connection: door.connection.id,
                    entry_point,
                    kept: told::only_kept(key, kefu_channels::Kept::Known, raw.to_string()),
                    about: None,
                    at: now,
                }))
            }
            Item::Other {
                address,
                key,
                why,
                raw,
            } => {
                let word = raw["event_type"].as_str().unwrap_or("unsupported");
                let line = say::line("platform_event", None, word);
                let about = match address {
                    Some(address) => {
                        let (party, _) = self.stranger(&door.setup, account.id, address)?;
                        Some((party, line))
                    }
                    None => None,
                };
                Some(Incoming::Told(ToldInPage {
                    brand,
                    connection: door.connection.id,
                    entry_point,
                    kept: told::only_kept(key, why, raw.to_string()),
                    about,
                    at: now,
                }))
            }
        };
        arrivals.incoming.push(incoming);
        arrivals.follow.push(follow);
        Ok(())
    }

    fn message(
        &self,
        door: &Door,
        address: String,
        key: String,
        content: Content,
        grant: Option<(Grant, UnixMs)>,
        now: UnixMs,
    ) -> Result<Incoming> {
        let account = door.account()?;
        let (party, mut opening) = self.stranger(&door.setup, account.id, address)?;
        if door.entry.served_in == ServedIn::Client {
            // Its own people answer in the platform's client: no queue of ours.
            opening.queue = None;
        } else if ask_human::asks(account, &content) {
            // Whoever asks for a human is queued by the same transaction, at any hour.
            opening.queue = account
                .team_id
                .filter(|_| self.has_room(door.brand, account));
        }
        Ok(Incoming::Message(Inbound {
            brand: door.brand,
            entry_point: door.entry.id,
            party,
            key,
            content,
            at: now,
            grant,
            opening,
        }))
    }
}

/// A customer came in by a place.
pub(super) fn entered(
    door: &Door,
    party: Party,
    key: String,
    source: Source,
    now: UnixMs,
) -> Enter {
    Enter {
        brand: door.brand,
        entry_point: door.entry.id,
        party,
        key,
        source: Source { at: now, ..source },
        attribution: Attribution::Came,
        carried: None,
        grant: None,
        at: now,
    }
}

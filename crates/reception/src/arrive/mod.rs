//! Arrive: what a platform told, pulled or pushed, becomes messages, and what follows from them.
//!
//! Filing is one transaction. What follows (welcome, survey answer, notices, profiles) is done after
//! it, is harmless to repeat, and never holds up who waits for the acknowledgement.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use futures_util::{StreamExt, stream};
use kefu_channels::{Channel, Item, Welcome};
use kefu_domain::{
    BrandId, Content, ConversationId, EntryPointId, OutboxId, Source, UnixMs,
    content::{Menu, Text},
    message::outside_key,
    setup::{Connection, EntryPoint, KfAccount, ServedIn},
};
use kefu_store::{
    CursorMove, Enter, Filed, Inbound, Incoming, MESSAGE, Moved, OutboxRow, OutboxState, Outgoing,
    Servicer, Way,
};

use crate::{
    Error, Reception, Result, Setup, ask_human, carry_over, carry_over::sha256, places::Whose, say,
};

/// A welcome code lives 20 s; leave a little for the way.
pub(crate) const WELCOME_MS: UnixMs = 19_000;
/// The platform's session ended, among its changes.
const ENDED_UPSTREAM: u8 = 3;
/// Who hears of it later than this is told when it was said.
const LATE_MS: UnixMs = 60_000;
/// Conversations of one page whose items are followed at the same time.
const SIDE_BY_SIDE: usize = 64;

/// A door with its credentials.
pub(crate) struct Door {
    pub(crate) brand: BrandId,
    pub(crate) setup: Arc<Setup>,
    pub(crate) entry: EntryPoint,
    pub(crate) connection: Connection,
    pub(crate) channel: Arc<dyn Channel>,
}

impl Door {
    fn account(&self) -> Result<&KfAccount> {
        self.setup.kf_account(self.entry.kf_account)
    }
}

/// What is to be done after an item was filed.
enum Follow {
    Nothing,
    Welcome(Welcome, String),
    Message(Box<Content>, UnixMs),
}

/// Items on their way: what is filed, what follows each, and whom they are from.
#[derive(Default)]
pub(crate) struct Arrivals {
    incoming: Vec<Option<Incoming>>,
    follow: Vec<Follow>,
    addresses: HashSet<String>,
}

/// Filed items and what is still to be done about them.
pub(crate) struct Arrived {
    follow: Vec<(Follow, Filed)>,
    addresses: HashSet<String>,
}

impl Reception {
    /// Files items in their order, and the cursor with them if they were pulled.
    pub(crate) async fn file_items(
        &self,
        door: &Door,
        items: Vec<Item>,
        cursor: Option<CursorMove>,
    ) -> Result<Arrived> {
        let now = self.now();
        let mut arrivals = Arrivals::default();
        for item in items {
            self.translate(door, item, now, &mut arrivals)?;
        }
        let Arrivals {
            incoming,
            follow,
            addresses,
        } = arrivals;
        // An item that is nothing to file keeps its place, so that answers line up.
        let (follow, incoming): (Vec<Follow>, Vec<Incoming>) = follow
            .into_iter()
            .zip(incoming)
            .filter_map(|(follow, incoming)| Some((follow, incoming?)))
            .unzip();
        let filed = self.store.file_page(incoming, cursor).await?;
        let new = filed
            .iter()
            .flatten()
            .filter(|one| !one.duplicate && one.seq > 0);
        metrics::counter!("kefu_filed_total").increment(new.count() as u64);
        let follow = follow
            .into_iter()
            .zip(filed)
            .filter_map(|(follow, filed)| Some((follow, filed?)))
            .collect();
        Ok(Arrived { follow, addresses })
    }

    /// Does what follows from filed items: in order within a conversation, and for many of them side
    /// by side.
    pub(crate) async fn follow_up(&self, door: &Door, arrived: Arrived) {
        self.profiles.ask(door, arrived.addresses, self.now());
        let mut lanes: HashMap<ConversationId, Vec<(Follow, Filed)>> = HashMap::new();
        for (follow, filed) in arrived.follow {
            if !matches!(follow, Follow::Nothing) {
                let lane = lanes.entry(filed.conversation).or_default();
                lane.push((follow, filed));
            }
        }
        stream::iter(lanes.into_values())
            .for_each_concurrent(SIDE_BY_SIDE, |lane| async move {
                for (follow, filed) in lane {
                    self.follow(door, follow, filed).await;
                }
            })
            .await;
    }

    async fn follow(&self, door: &Door, follow: Follow, filed: Filed) {
        let conversation = filed.conversation;
        let done = match follow {
            Follow::Nothing => Ok(()),
            Follow::Welcome(..) if filed.duplicate => Ok(()),
            Follow::Welcome(welcome, key) => self.welcome(door, welcome, &key, filed).await,
            Follow::Message(content, said_at) => self.react(door, &content, said_at, &filed).await,
        };
        if let Err(error) = done {
            tracing::warn!(%error, conversation.id = %conversation, "an item was filed, what follows it failed");
        }
    }

    fn translate(
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
                follow = Follow::Message(Box::new(content.clone()), at);
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
                    follow = Follow::Message(Box::new(content.clone()), at);
                    Some(self.message(door, address, key, content, grant, now)?)
                } else {
                    let (party, _) = self.stranger(&door.setup, account.id, address)?;
                    Some(Incoming::Enter(Enter {
                        brand,
                        entry_point,
                        party,
                        key,
                        source: Source { at: now, ..source },
                        carried: None,
                        grant,
                        at: now,
                    }))
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
                Some(Incoming::Enter(Enter {
                    brand,
                    entry_point,
                    party,
                    key,
                    source: Source { at: now, ..source },
                    carried: code.map(|code| sha256(&code)),
                    grant: grant.map(|grant| (grant, at.min(now))),
                    at: now,
                }))
            }
            Item::Left { address, key, .. } => {
                let (party, _) = self.stranger(&door.setup, account.id, address)?;
                Some(Incoming::Left {
                    brand,
                    entry_point,
                    party,
                    key,
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
            Item::Other {
                address: Some(address),
                key,
                raw,
            } => {
                let content = Content::Other {
                    msgtype: "unsupported".to_owned(),
                    body: raw,
                };
                Some(self.message(door, address, key, content, None, now)?)
            }
            Item::Other { .. } => None,
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
        grant: Option<(kefu_domain::credit::Grant, UnixMs)>,
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

    async fn react(
        &self,
        door: &Door,
        content: &Content,
        said_at: UnixMs,
        filed: &Filed,
    ) -> Result<()> {
        if let Content::Text(text) = content
            && let Some((session, score)) = text.menu_id.as_deref().and_then(survey_answer)
        {
            self.keep_rating(door.brand, filed.conversation, session, score, None)
                .await?;
        }
        if filed.duplicate {
            return Ok(());
        }
        if filed.sent_at - said_at > LATE_MS {
            let line = say::line("came_late", None, &said_at.to_string());
            let key = Some(format!("late-{}", filed.seq));
            let (brand, conversation) = (door.brand, filed.conversation);
            self.store
                .note(brand, conversation, key, line, self.now())
                .await?;
        }
        // The floor has heard of the commit before its caller did.
        let conversation = match self.floor.conversation(door.brand, filed.conversation) {
            Some(conversation) => conversation,
            None => {
                let whole = self.store.conversation(door.brand, filed.conversation);
                whole.await?
            }
        };
        let in_client = door.entry.served_in == ServedIn::Client;
        if in_client && door.account()?.hours.open(self.now()) {
            return self.pass_on(&conversation).await;
        }
        // The message that opened the session asks for a notice; its key makes it go out once.
        if conversation
            .session
            .as_ref()
            .is_some_and(|session| session.opened_at == filed.sent_at)
        {
            self.say_opened(&conversation).await;
        }
        Ok(())
    }

    /// Welcome text and menu: by the code that lives 20 s, or by a message of the fresh credits.
    async fn welcome(&self, door: &Door, welcome: Welcome, key: &str, filed: Filed) -> Result<()> {
        let account = door.account()?;
        let content = match &account.menu {
            Some(menu) if !menu.list.is_empty() && door.channel.capabilities().menu => {
                Content::Menu(Menu {
                    head_content: if menu.head_content.is_empty() {
                        account.texts.welcome.clone()
                    } else {
                        menu.head_content.clone()
                    },
                    ..menu.clone()
                })
            }
            _ if account.texts.welcome.trim().is_empty() => return Ok(()),
            _ => Content::text(&account.texts.welcome),
        };
        let (brand, conversation) = (door.brand, filed.conversation);
        let Welcome::Code(code) = welcome else {
            let way = self.way(brand, door.entry.id)?;
            self.tell(brand, conversation, format!("welcome-{key}"), content, way)
                .await;
            return Ok(());
        };
        let id = OutboxId(self.ids.mint());
        let now = self.now();
        // Whoever came over from another door is welcomed here, and answered there until they write.
        let standing = self.store.conversation(brand, conversation).await?;
        let way = Way {
            entry_point: standing.entry_point,
            outside: false,
            credits: false,
            kind: MESSAGE,
        };
        let outgoing = Outgoing {
            brand,
            conversation,
            author: kefu_store::Author::System,
            key: format!("welcome-{key}"),
            content,
            at: now,
            seen_seq: None,
            way,
            outbox: id,
            away_at: None,
        };
        let row = OutboxRow {
            id,
            brand,
            conversation,
            entry_point: door.entry.id,
            seq: 0,
            kind: "welcome".to_owned(),
            payload: serde_json::json!({ "code": code, "expires_at": now + WELCOME_MS })
                .to_string(),
            attempts: 0,
            created_at: now,
            expires_at: Some(now + WELCOME_MS),
            next_at: now,
            state: OutboxState::Pending,
            failure: None,
        };
        self.store.send_as(outgoing, row).await?;
        Ok(())
    }

    /// Whose platform is behind a door.
    pub(crate) fn whose(&self, brand: BrandId, door: EntryPointId) -> Whose {
        let setup = self.directory.brand(brand).ok();
        let row = setup.as_ref().and_then(|s| s.entry_points.get(&door));
        (brand, row.and_then(|row| row.entry.connection))
    }

    /// A door with its credentials; nothing if it has none, or is paused.
    pub(crate) fn door(&self, brand: BrandId, id: EntryPointId) -> Result<Option<Door>> {
        let setup = self.directory.brand(brand)?;
        let Ok(entry) = setup.entry_point(id).cloned() else {
            return Ok(None);
        };
        let Some(connection) = entry
            .connection
            .and_then(|id| setup.connections.get(&id))
            .map(|row| row.entry.clone())
        else {
            return Ok(None);
        };
        if entry.paused || connection.paused {
            return Ok(None);
        }
        let channel = Arc::clone(self.channels.get(&entry.channel).ok_or(Error::NotFound)?);
        Ok(Some(Door {
            brand,
            setup,
            entry,
            connection,
            channel,
        }))
    }
}

/// `survey:<session>:<score>`, as a menu item of ours carries it back.
fn survey_answer(menu_id: &str) -> Option<(kefu_domain::SessionId, u8)> {
    let (session, score) = menu_id.strip_prefix("survey:")?.split_once(':')?;
    Some((session.parse().ok()?, score.parse().ok()?))
}

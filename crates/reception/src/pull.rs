//! Pull: a platform's bell was heard; its news become messages.
//!
//! At most one pull runs per door. A page and its cursor are one transaction. What follows from a
//! page (welcome, files, profiles) is done after it and never holds the next page up.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt, stream};
use kefu_channels::{Channel, Class, Item, Page};
use kefu_domain::{
    BrandId, Content, ConversationId, EntryPointId, IdentityId, KfAccountId, MessageId, OutboxId,
    Source, UnixMs,
    content::{File, Menu},
    setup::{Connection, EntryPoint},
};
use kefu_store::{CursorMove, Filed, Inbound, Incoming, OutboxRow, OutboxState, Outgoing};

use crate::{Error, Reception, Result, Setup, Upload, ask_human, upload::file_of};

/// Doors pulled at the same time.
const AT_ONCE: usize = 16;
/// A quiet door is looked at without a bell.
const QUIET: Duration = Duration::from_secs(600);
/// A welcome code lives 20 s; leave a little for the way.
const WELCOME_MS: UnixMs = 19_000;

/// A door with its credentials.
struct Line {
    brand: BrandId,
    setup: Arc<Setup>,
    door: EntryPoint,
    connection: Connection,
    channel: Arc<dyn Channel>,
}

impl Reception {
    pub(crate) async fn pull_forever(self: Arc<Self>) {
        let mut quiet = tokio::time::interval(QUIET);
        let mut retry = Duration::from_secs(1);
        loop {
            tokio::select! {
                () = self.pull_due.notified() => (),
                () = tokio::time::sleep(retry) => (),
                _ = quiet.tick() => self.ring_all().await,
            }
            retry = match self.pull_rung().await {
                Ok(true) => Duration::from_secs(1),
                Ok(false) => Duration::from_secs(60),
                Err(error) => {
                    tracing::warn!(%error, "pulling waits for the store");
                    Duration::from_secs(1)
                }
            };
        }
    }

    /// Marks every outside door as having news: at the start, and while it is quiet.
    async fn ring_all(&self) {
        for setup in self.directory.all() {
            for row in setup
                .entry_points
                .values()
                .filter(|row| row.entry.upstream_open_kfid.is_some() && !row.entry.paused)
            {
                if let Err(error) = self
                    .store
                    .ring(setup.brand.entry.id, row.entry.id, None, self.now())
                    .await
                {
                    tracing::warn!(%error, "a door could not be rung");
                }
            }
        }
    }

    /// Pulls every door that has news; true if one has to be tried again soon.
    async fn pull_rung(&self) -> Result<bool> {
        let rung = self.store.rung().await?;
        let again = stream::iter(rung)
            .map(|(brand, door, token, bell)| async move {
                match self.pull_door(brand, door, token.as_deref()).await {
                    Ok(()) => {
                        let _ = self.store.pulled(door, bell).await;
                        false
                    }
                    Err(error) => {
                        tracing::warn!(%error, entry_point.id = %door, "a pull failed");
                        metrics::counter!("kefu_pull_failures_total").increment(1);
                        true
                    }
                }
            })
            .buffer_unordered(AT_ONCE)
            .fold(false, |again, one| async move { again | one })
            .await;
        Ok(again)
    }

    async fn pull_door(&self, brand: BrandId, id: EntryPointId, token: Option<&str>) -> Result<()> {
        let setup = self.directory.brand(brand)?;
        let Ok(door) = setup.entry_point(id).cloned() else {
            return Ok(());
        };
        let Some(connection) = door
            .connection
            .and_then(|id| setup.connections.get(&id))
            .map(|row| row.entry.clone())
        else {
            return Ok(());
        };
        if door.paused || connection.paused {
            return Ok(());
        }
        let channel = Arc::clone(self.channels.get(&door.channel).ok_or(Error::NotFound)?);
        let line = Line {
            brand,
            setup,
            door,
            connection,
            channel,
        };
        let mut token = token.map(str::to_owned);
        loop {
            let cursor = self.store.cursor(id).await?;
            let page = match line
                .channel
                .pull(&line.connection, &line.door, &cursor, token.as_deref())
                .await
            {
                Ok(page) => page,
                // A token that lapsed meanwhile: without it the platform is stricter, but answers.
                Err(fault) if token.is_some() && fault.failure.code == "95007" => {
                    token = None;
                    continue;
                }
                Err(fault) => {
                    if let Class::Retry(wait) | Class::RetrySafely(wait) = fault.class {
                        tokio::time::sleep(Duration::from_millis(wait.min(60_000))).await;
                    }
                    return Err(fault.into());
                }
            };
            let more = page.more;
            self.file_pulled(&line, cursor, page).await?;
            if !more {
                return Ok(());
            }
        }
    }

    async fn file_pulled(&self, line: &Line, from: String, page: Page) -> Result<()> {
        let account = line.setup.kf_account(line.door.kf_account)?;
        let now = self.now();
        let mut incoming = Vec::with_capacity(page.items.len());
        let mut follow = Vec::new();
        for item in page.items {
            follow.push(Follow::of(&item));
            incoming.push(self.translate(line, account.id, item, now)?);
        }
        // An item that is nothing to file keeps its place, so that answers line up.
        let wanted: Vec<usize> = incoming
            .iter()
            .enumerate()
            .filter(|(_, one)| one.is_some())
            .map(|(i, _)| i)
            .collect();
        let items: Vec<Incoming> = incoming.into_iter().flatten().collect();
        let cursor = CursorMove {
            entry_point: line.door.id,
            from,
            to: page.cursor,
        };
        let filed = self.store.file_page(items, Some(cursor)).await?;
        metrics::counter!("kefu_filed_total")
            .increment(filed.iter().flatten().filter(|one| !one.duplicate).count() as u64);
        let mut strangers = HashSet::new();
        for (index, filed) in wanted.into_iter().zip(filed) {
            self.follow_up(line, &follow[index], filed, &mut strangers)
                .await;
        }
        self.learn_profiles(line, strangers).await;
        Ok(())
    }

    fn translate(
        &self,
        line: &Line,
        account: KfAccountId,
        item: Item,
        now: UnixMs,
    ) -> Result<Option<Incoming>> {
        let brand = line.brand;
        let entry_point = line.door.id;
        let party = |address: String| self.stranger(&line.setup, account, address);
        Ok(match item {
            Item::Message {
                address,
                key,
                content,
                ..
            } => {
                let (party, opening) = party(address)?;
                let grant = line.channel.capabilities().credits;
                Some(Incoming::Message(Inbound {
                    brand,
                    entry_point,
                    party,
                    key,
                    content,
                    at: now,
                    grant,
                    opening,
                }))
            }
            Item::Entered {
                address, source, ..
            } => {
                let (party, _) = party(address)?;
                Some(Incoming::Enter {
                    brand,
                    entry_point,
                    party,
                    source: Source { at: now, ..source },
                    at: now,
                })
            }
            Item::NotDelivered { msgid, failure } => match msgid.parse() {
                Ok(outbox) => Some(Incoming::Failed {
                    brand,
                    outbox,
                    failure,
                }),
                Err(_) => None,
            },
            Item::Recalled { key } => Some(Incoming::Recalled {
                brand,
                entry_point,
                key,
            }),
            Item::Other {
                address: Some(address),
                key,
                raw,
            } => {
                let (party, opening) = party(address)?;
                let content = Content::Other {
                    msgtype: "unsupported".to_owned(),
                    body: raw,
                };
                Some(Incoming::Message(Inbound {
                    brand,
                    entry_point,
                    party,
                    key,
                    content,
                    at: now,
                    grant: None,
                    opening,
                }))
            }
            Item::Servicer { .. } | Item::UpstreamSession { .. } | Item::Other { .. } => None,
        })
    }

    /// What a filed item asks for.
    async fn follow_up(
        &self,
        line: &Line,
        follow: &Follow,
        filed: Option<Filed>,
        strangers: &mut HashSet<String>,
    ) {
        match follow {
            Follow::Nothing => (),
            Follow::Welcome { address, code } => {
                strangers.insert(address.clone());
                if let Err(error) = self.welcome(line, address, code).await {
                    tracing::warn!(%error, "a welcome was not sent");
                }
            }
            Follow::Message { address, content } => {
                let Some(filed) = filed.filter(|filed| !filed.duplicate) else {
                    return;
                };
                strangers.insert(address.clone());
                if let Err(error) = self.react(line, content, &filed).await {
                    tracing::warn!(%error, conversation.id = %filed.conversation, "a message was filed, what follows it failed");
                }
            }
        }
    }

    async fn react(&self, line: &Line, content: &Content, filed: &Filed) -> Result<()> {
        if let Content::Image(file)
        | Content::Voice(file)
        | Content::Video(file)
        | Content::File(file) = content
        {
            self.fetch_file(
                line,
                content,
                file,
                MessageId {
                    conversation: filed.conversation,
                    seq: filed.seq,
                },
            )
            .await?;
        }
        if let Content::Text(text) = content
            && let Some((session, score)) = text.menu_id.as_deref().and_then(survey_answer)
        {
            self.keep_rating(line.brand, filed.conversation, session, score, None)
                .await?;
        }
        let account = line.setup.kf_account(line.door.kf_account)?;
        if ask_human::asks(account, content) {
            match self.enqueue(line.brand, filed.conversation).await {
                Ok(()) | Err(Error::Ended) => (),
                Err(error) => return Err(error),
            }
        }
        let conversation = self
            .store
            .conversation(line.brand, filed.conversation)
            .await?;
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

    /// Welcome text and menu, by the code that lives 20 s.
    async fn welcome(&self, line: &Line, address: &str, code: &str) -> Result<()> {
        let account = line.setup.kf_account(line.door.kf_account)?;
        let content = match &account.menu {
            Some(menu) if !menu.list.is_empty() => Content::Menu(Menu {
                head_content: if menu.head_content.is_empty() {
                    account.texts.welcome.clone()
                } else {
                    menu.head_content.clone()
                },
                ..menu.clone()
            }),
            _ if account.texts.welcome.trim().is_empty() => return Ok(()),
            _ => Content::text(&account.texts.welcome),
        };
        let identity = self
            .store
            .identity(line.brand, line.door.id, "upstream", address)
            .await?
            .ok_or(Error::NotFound)?;
        let query = kefu_store::ListQuery {
            customer: Some(identity.customer),
            kf_account: Some(account.id),
            limit: 1,
            ..Default::default()
        };
        let conversation = match self.store.conversations(line.brand, query).await?.first() {
            Some(conversation) => conversation.id,
            None => self.quiet_conversation(line, address).await?,
        };
        let way = kefu_store::Way {
            entry_point: line.door.id,
            outside: false,
            credits: false,
        };
        let id = OutboxId(self.ids.mint());
        let now = self.now();
        let filed = self
            .store
            .send(Outgoing {
                brand: line.brand,
                conversation,
                author: kefu_store::Author::System,
                key: format!("welcome-{id}"),
                content,
                at: now,
                seen_seq: None,
                way,
                outbox: id,
            })
            .await?;
        self.store
            .put_outbox(OutboxRow {
                id,
                brand: line.brand,
                conversation,
                entry_point: line.door.id,
                seq: filed.seq,
                kind: "welcome".to_owned(),
                payload: serde_json::json!({ "code": code }).to_string(),
                attempts: 0,
                created_at: now,
                expires_at: Some(now + WELCOME_MS),
                next_at: now,
                state: OutboxState::Pending,
                failure: None,
            })
            .await?;
        Ok(())
    }

    /// A conversation that has no message yet is in no list; entering made it.
    async fn quiet_conversation(&self, line: &Line, address: &str) -> Result<ConversationId> {
        let (party, _) = self.stranger(&line.setup, line.door.kf_account, address.to_owned())?;
        Ok(self
            .store
            .resolve(line.brand, line.door.id, party, self.now())
            .await?)
    }

    /// Fetches a file while the platform still has it, and puts it into its message.
    async fn fetch_file(
        &self,
        line: &Line,
        content: &Content,
        file: &File,
        id: MessageId,
    ) -> Result<()> {
        let Some(media_id) = file.upstream_media_id.as_deref() else {
            return Ok(());
        };
        let fetched = line
            .channel
            .fetch(&line.connection, media_id, crate::upload::LIMIT)
            .await?;
        let name = fetched
            .name
            .or_else(|| file.name.clone())
            .unwrap_or_default();
        let row = self
            .upload(Upload {
                brand: line.brand,
                conversation: Some(id.conversation),
                name,
                bytes: fetched.bytes,
            })
            .await?;
        let kept = File {
            upstream_media_id: Some(media_id.to_owned()),
            ..file_of(&row)
        };
        let content = match content {
            Content::Image(_) => Content::Image(kept),
            Content::Voice(_) => Content::Voice(kept),
            Content::Video(_) => Content::Video(kept),
            _ => Content::File(kept),
        };
        Ok(self.store.amend(line.brand, id, content).await?)
    }

    /// Names and portraits of customers we do not know yet.
    async fn learn_profiles(&self, line: &Line, addresses: HashSet<String>) {
        let mut unknown = HashMap::new();
        for address in addresses {
            if let Ok(Some(identity)) = self
                .store
                .identity(line.brand, line.door.id, "upstream", &address)
                .await
                && let Ok(customer) = self.store.customer(line.brand, identity.customer).await
                && customer.card.name.is_empty()
            {
                unknown.insert(address, identity.customer);
            }
        }
        let asked: Vec<String> = unknown.keys().cloned().collect();
        for some in asked.chunks(100) {
            let profiles = match line.channel.profiles(&line.connection, some).await {
                Ok(profiles) => profiles,
                Err(fault) => {
                    tracing::warn!(%fault, "profiles could not be read");
                    continue;
                }
            };
            for profile in profiles {
                let Some(customer) = unknown.get(&profile.address) else {
                    continue;
                };
                let avatar = match &profile.avatar_url {
                    Some(url) => self.fetch_avatar(line, url).await,
                    None => None,
                };
                let unionid = profile
                    .unionid
                    .map(|id| (line.door.id, IdentityId(self.ids.mint()), id));
                let name = profile.name.filter(|name| !name.trim().is_empty());
                if let Err(error) = self
                    .store
                    .set_profile(line.brand, *customer, name, avatar, unionid, self.now())
                    .await
                {
                    tracing::warn!(%error, "a profile could not be kept");
                }
            }
        }
    }

    async fn fetch_avatar(&self, line: &Line, url: &str) -> Option<String> {
        let fetched = line
            .channel
            .fetch_picture(&line.connection, url, 1 << 20)
            .await
            .ok()?;
        let upload = Upload {
            brand: line.brand,
            conversation: None,
            name: "avatar".to_owned(),
            bytes: fetched.bytes,
        };
        self.upload(upload).await.ok().map(|row| row.id.to_string())
    }
}

/// What is to be done after an item was filed.
enum Follow {
    Nothing,
    Welcome {
        address: String,
        code: String,
    },
    Message {
        address: String,
        content: Box<Content>,
    },
}

impl Follow {
    fn of(item: &Item) -> Self {
        match item {
            Item::Message {
                address, content, ..
            } => Self::Message {
                address: address.clone(),
                content: Box::new(content.clone()),
            },
            Item::Entered {
                address,
                welcome_code: Some(code),
                ..
            } => Self::Welcome {
                address: address.clone(),
                code: code.clone(),
            },
            _ => Self::Nothing,
        }
    }
}

/// `survey:<session>:<score>`, as a menu item of ours carries it back.
fn survey_answer(menu_id: &str) -> Option<(kefu_domain::SessionId, u8)> {
    let (session, score) = menu_id.strip_prefix("survey:")?.split_once(':')?;
    Some((session.parse().ok()?, score.parse().ok()?))
}

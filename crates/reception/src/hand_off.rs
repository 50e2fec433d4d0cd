//! Hand off: a one-off contact becomes a lasting one. A specialist is offered, or a fan group. How far
//! the offer got is followed elsewhere (`followed`), and its code is taken back when it failed
//! (`withdraw`).

use std::{collections::HashMap, sync::Arc};

use kefu_channels::HandoffTo;
use kefu_domain::{
    AgentId, BrandId, ConnectionId, Content, ConversationId, FanGroupId, HandoffId, OutboxId,
    ServiceState, SpecialistId, UnixMs,
    content::{CardLink, HandoffCard},
    credit::Closed,
    setup::{FanGroup, Specialist},
};
use kefu_store::{
    Author, Conversation, Handoff, HandoffStatus, HandoffStep, HandoffTarget, HandoffsTo, Outgoing,
    StoreError,
};
use parking_lot::Mutex;

use crate::{Error, Reception, Result, Setup, Upload, file::check_key};

/// An offer lapses after a week.
const LASTS_MS: UnixMs = 7 * DAY_MS;
/// What a specialist's capacity is counted over.
const DAY_MS: UnixMs = 86_400_000;

/// An offer as a door understood it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOff {
    /// The tenant.
    pub brand: BrandId,
    /// Who offers.
    pub agent: AgentId,
    /// Where.
    pub conversation: ConversationId,
    /// Under which assignment.
    pub fence: Option<u64>,
    /// The agent's id for it.
    pub client_msg_id: String,
    /// `true`: a fan group; `false`: a specialist.
    pub group: bool,
    /// Which one; `None`: the best.
    pub target: Option<u128>,
}

/// Is this what was asked for, so that the same again is it? A full group has given way to another.
fn asks_for(ask: &HandOff, given: HandoffTarget) -> bool {
    match given {
        HandoffTarget::FanGroup(_) => ask.group,
        HandoffTarget::Specialist(id) => !ask.group && ask.target.is_none_or(|one| one == id.0),
    }
}

/// What goes onto the card.
struct Offer {
    target: HandoffTarget,
    to: Option<(ConnectionId, HandoffTo)>,
    card: HandoffCard,
}

/// What specialists were offered within the day, and who added them.
struct Today(HashMap<HandoffTarget, HandoffsTo>);

impl Today {
    fn of(&self, id: SpecialistId) -> Option<&HandoffsTo> {
        self.0.get(&HandoffTarget::Specialist(id))
    }

    /// How many became contacts of a specialist, whenever they were offered.
    fn added(&self, id: SpecialistId) -> u32 {
        self.of(id).map_or(0, |theirs| theirs.added)
    }

    /// How many were offered and may still become contacts.
    fn living(&self, id: SpecialistId) -> u32 {
        self.of(id).map_or(0, |theirs| theirs.living)
    }

    /// May a specialist be offered once more?
    fn has_room(&self, one: &Specialist) -> bool {
        let taken = self.added(one.id) + self.living(one.id);
        one.capacity_per_day == 0 || taken < one.capacity_per_day
    }
}

/// Offers that are being made: the same again waits for the first, and is that one.
#[derive(Default)]
pub(crate) struct UnderWay(Mutex<HashMap<(AgentId, String), Turn>>);

/// Held by whoever makes an offer.
type Turn = Arc<tokio::sync::Mutex<()>>;

impl UnderWay {
    fn turn(&self, agent: AgentId, key: &str) -> Turn {
        let mut turns = self.0.lock();
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(turns.entry((agent, key.to_owned())).or_default())
    }
}

/// What a customer is told beside a code, which says nothing to the eye.
fn introduction(card: &HandoffCard) -> String {
    let words = match card.kind.as_str() {
        "fan_group" => format!("长按识别上面的二维码，加入「{}」", card.name),
        _ if card.title.trim().is_empty() => {
            format!("长按识别上面的二维码，添加{}", card.name)
        }
        _ => format!("长按识别上面的二维码，添加{}（{}）", card.name, card.title),
    };
    match card.line.trim() {
        "" => words,
        line => format!("{words}\n{line}"),
    }
}

impl Reception {
    /// Offers a specialist or a fan group in the thread.
    ///
    /// # Errors
    /// [`Error::TargetGone`], [`Error::TargetFull`], [`Error::NotAssigned`], [`Error::Outside`] if
    /// the platform makes no code.
    pub async fn hand_off(&self, ask: HandOff) -> Result<Handoff> {
        check_key(&ask.client_msg_id)?;
        let turn = self.offers.turn(ask.agent, &ask.client_msg_id);
        let _alone = turn.lock().await;
        let setup = self.directory.brand(ask.brand)?;
        let conversation = self.store.conversation(ask.brand, ask.conversation).await?;
        // A repeated offer is the one it was, and makes no second code.
        let before = self
            .store
            .said(ask.brand, ask.agent, &ask.client_msg_id)
            .await?;
        if let Some(card) = before {
            let known = self
                .store
                .handoffs(ask.brand, conversation.customer.id)
                .await?;
            return known
                .into_iter()
                .find(|one| one.conversation == card.conversation && one.seq == card.seq)
                .filter(|one| one.conversation == ask.conversation && asks_for(&ask, one.target))
                .ok_or(Error::IdempotencyConflict);
        }
        self.may_hand_off(&conversation, &ask)?;
        let Offer {
            target,
            to,
            mut card,
        } = self.choose(&setup, &conversation, &ask).await?;
        let now = self.now();
        let id = HandoffId(self.ids.mint());
        let handoff = Handoff {
            id,
            brand: ask.brand,
            conversation: ask.conversation,
            customer: conversation.customer.id,
            target,
            name: card.name.clone(),
            title: card.title.clone(),
            agent: Some(ask.agent),
            seq: 0,
            config_id: None,
            status: HandoffStatus::Preparing,
            offered_at: now,
            seen_at: None,
            opened_at: None,
            done_at: None,
            expires_at: now + LASTS_MS,
        };
        // The row is there before the code: whoever scans it first is recognised.
        self.store.put_handoff(handoff.clone()).await?;
        if let Some((connection, to)) = to
            && let Err(error) = self.make_code(&setup, &mut card, connection, &to, id).await
        {
            let failed = HandoffStep::Reached(HandoffStatus::Failed);
            self.store
                .advance_handoff(ask.brand, id, failed, self.now())
                .await?;
            return Err(error);
        }
        card.handoff_id = id.to_string();
        card.status = "offered".to_owned();
        card.url = card
            .url
            .or_else(|| Some(format!("{}/h/{id}", self.public_url)));
        let way = self.way(ask.brand, conversation.entry_point)?;
        // A picture of a code goes out bare: who it is about is said with it, if there is leave.
        let bare = way.outside
            && card.qr_media_id.as_ref().is_some_and(|id| !id.is_empty())
            && self
                .door_or_paused(ask.brand, conversation.entry_point)?
                .is_none_or(|door| door.channel.cards_are_bare(&door.connection));
        let words = bare.then(|| Content::text(introduction(&card)));
        let one = |key, content| Outgoing {
            brand: ask.brand,
            conversation: ask.conversation,
            author: Author::Agent {
                agent: ask.agent,
                fence: ask.fence,
            },
            key,
            content,
            at: self.now(),
            seen_seq: None,
            way,
            outbox: OutboxId(self.ids.mint()),
            away_at: self.away_at(ask.brand, way),
        };
        let key = ask.client_msg_id.clone();
        let said = words.map(|words| one(format!("{key}.1"), words));
        let card = one(key, Content::Handoff(card));
        let parts = std::iter::once(card.clone()).chain(said).collect();
        let filed = match self.store.send_parts(parts).await {
            Err(StoreError::Window(Closed::Used)) => self.store.send(card).await,
            filed => filed,
        };
        match filed {
            Ok(filed) => Ok(self
                .store
                .advance_handoff(
                    ask.brand,
                    id,
                    HandoffStep::Carded { seq: filed.seq },
                    self.now(),
                )
                .await?),
            // The code is withdrawn with it: see `withdraw`.
            Err(error) => {
                self.store
                    .advance_handoff(
                        ask.brand,
                        id,
                        HandoffStep::Reached(HandoffStatus::Failed),
                        self.now(),
                    )
                    .await?;
                Err(error.into())
            }
        }
    }

    /// What would be refused in the end is refused before anybody outside is asked for a code.
    fn may_hand_off(&self, conversation: &Conversation, ask: &HandOff) -> Result<()> {
        let holds = conversation.session.as_ref().is_some_and(|session| {
            session.state == ServiceState::Serving
                && session.agent == Some(ask.agent)
                && ask.fence.is_none_or(|fence| fence == session.fence)
        });
        if !holds {
            return Err(Error::NotAssigned);
        }
        let session = conversation.session.as_ref();
        if session.is_some_and(|session| session.elsewhere.is_some()) {
            return Err(Error::ServedElsewhere);
        }
        if self.way(ask.brand, conversation.entry_point)?.credits {
            let credits = conversation.credits.ok_or(Error::WindowClosed)?;
            credits.check(self.now()).map_err(StoreError::from)?;
        }
        Ok(())
    }

    /// What was offered of late: an offer lasts for days, and counts on the day of its add.
    async fn today(&self, brand: BrandId) -> Result<Today> {
        let since = self.now() - DAY_MS;
        let theirs = self.store.handoffs_by_target(brand, since).await?;
        let by_target = theirs.into_iter().map(|one| (one.target, one));
        Ok(Today(by_target.collect()))
    }

    async fn choose(
        &self,
        setup: &Setup,
        conversation: &Conversation,
        ask: &HandOff,
    ) -> Result<Offer> {
        if ask.group {
            let mut groups: Vec<&FanGroup> = setup
                .fan_groups
                .values()
                .map(|row| &row.entry)
                .filter(|g| !g.disabled)
                .collect();
            groups.sort_by_key(|group| (group.order, group.id));
            let wanted = ask.target.map(FanGroupId);
            let mut some = groups
                .iter()
                .filter(|group| wanted.is_none_or(|id| group.id == id))
                .peekable();
            if some.peek().is_none() {
                return Err(Error::TargetGone);
            }
            // A full group gives way to the next one.
            let room = |group: &&&FanGroup| group.members < group.capacity;
            let group = some.find(room).or_else(|| groups.iter().find(room));
            return group
                .map(|group| group_offer(setup, group))
                .ok_or(Error::TargetFull);
        }
        let people: Vec<&Specialist> = setup
            .specialists
            .values()
            .map(|row| &row.entry)
            .filter(|s| !s.disabled)
            .collect();
        if let Some(id) = ask.target.map(SpecialistId) {
            let one = people
                .iter()
                .find(|one| one.id == id)
                .ok_or(Error::TargetGone)?;
            if !self.today(ask.brand).await?.has_room(one) {
                return Err(Error::TargetFull);
            }
            return Ok(specialist_offer(setup, one));
        }
        // The one who owns the customer, else the one they were offered before, else the one with the
        // fewest adds today.
        let earlier = self
            .store
            .handoffs(ask.brand, conversation.customer.id)
            .await?;
        let today = self.today(ask.brand).await?;
        let known = earlier.iter().find_map(|handoff| match handoff.target {
            HandoffTarget::Specialist(id) => people
                .iter()
                .find(|one| one.id == id && today.has_room(one)),
            HandoffTarget::FanGroup(_) => None,
        });
        let owner = conversation.customer.owner.and_then(|owner| {
            let theirs = people.iter().find(|one| one.agent == Some(owner));
            theirs.filter(|one| today.has_room(one))
        });
        if let Some(one) = owner.or(known) {
            return Ok(specialist_offer(setup, one));
        }
        people
            .iter()
            .filter(|one| today.has_room(one))
            .min_by_key(|one| (today.added(one.id), today.living(one.id), one.id))
            .map(|one| specialist_offer(setup, one))
            .ok_or(if people.is_empty() {
                Error::TargetGone
            } else {
                Error::TargetFull
            })
    }

    /// Makes a code and puts it onto the card. The handoff knows it before anything else is done, so
    /// that it can be withdrawn.
    async fn make_code(
        &self,
        setup: &Setup,
        card: &mut HandoffCard,
        connection: ConnectionId,
        to: &HandoffTo,
        id: HandoffId,
    ) -> Result<()> {
        let connection = &setup
            .connections
            .get(&connection)
            .ok_or(Error::TargetGone)?
            .entry;
        let channel = self
            .channels
            .get(&connection.channel)
            .ok_or(Error::NotFound)?;
        let code = channel
            .handoff_code(connection, to, &format!("h_{id}"), &card.name)
            .await?;
        let brand = setup.brand.entry.id;
        let config_id = code.config_id;
        self.store
            .advance_handoff(brand, id, HandoffStep::Prepared { config_id }, self.now())
            .await?;
        let picture = code.picture?;
        let ext = if picture.mime == "image/jpeg" {
            "jpg"
        } else {
            "png"
        };
        let upload = Upload {
            brand,
            conversation: None,
            name: format!("qr.{ext}"),
            bytes: picture.bytes.into(),
            named: true,
        };
        card.qr_media_id = Some(self.upload(upload).await?.id.to_string());
        card.url = code.url;
        Ok(())
    }
}

fn specialist_offer(setup: &Setup, one: &Specialist) -> Offer {
    let company = if one.company.is_empty() {
        setup.brand.entry.name.clone()
    } else {
        one.company.clone()
    };
    Offer {
        target: HandoffTarget::Specialist(one.id),
        to: one
            .connection
            .zip(one.userid.clone())
            .map(|(connection, userid)| (connection, HandoffTo::Member(userid))),
        card: HandoffCard {
            kind: "specialist".to_owned(),
            name: one.name.clone(),
            title: one.title.clone(),
            line: one.line.clone(),
            company,
            avatar_media_id: one.avatar_media_id.clone(),
            qr_media_id: one.qr_media_id.clone(),
            links: one
                .links
                .iter()
                .map(|link| CardLink {
                    title: link.title.clone(),
                    url: link.url.clone(),
                })
                .collect(),
            ..HandoffCard::default()
        },
    }
}

fn group_offer(setup: &Setup, group: &FanGroup) -> Offer {
    let chats = group.chat_ids.clone();
    Offer {
        target: HandoffTarget::FanGroup(group.id),
        to: group
            .connection
            .filter(|_| !chats.is_empty())
            .map(|connection| (connection, HandoffTo::Groups(chats))),
        card: HandoffCard {
            kind: "fan_group".to_owned(),
            name: group.name.clone(),
            title: format!("{} / {}", group.members, group.capacity),
            line: group.line.clone(),
            company: setup.brand.entry.name.clone(),
            avatar_media_id: group.avatar_media_id.clone(),
            qr_media_id: group.qr_media_id.clone(),
            ..HandoffCard::default()
        },
    }
}

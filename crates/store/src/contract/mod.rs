//! What every backend must keep: one suite per entity, run by each backend's tests.
//!
//! A backend brings a [`Place`]: somewhere a store can be opened, ended tidily or as a crash ends it,
//! and opened again. The suites speak to `&dyn Store` alone.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use async_trait::async_trait;
use kefu_domain::{
    AgentId, BrandId, Content, ConversationId, CustomerId, EntryPointId, IdentityId, KfAccountId,
    OutboxId, SessionId, TeamId, UnixMs, credit,
    session::{Command, Effect, Target},
};
use parking_lot::Mutex;

use crate::{
    Act, Acted, Attribution, Author, Change, ChangeSink, Conversation, Enter, Filed, Fresh,
    Inbound, MESSAGE, Opening, Outgoing, Party, Result, Say, Source, Store, VisitorOpen, Way,
};

pub(crate) mod access;
pub(crate) mod carry;
pub(crate) mod changes;
pub(crate) mod customers;
pub(crate) mod days;
pub(crate) mod elsewhere;
pub(crate) mod handoffs;
pub(crate) mod hooks;
pub(crate) mod isolation;
pub(crate) mod maintenance;
pub(crate) mod media;
pub(crate) mod mentions;
pub(crate) mod model;
pub(crate) mod outbox;
pub(crate) mod pages;
pub(crate) mod pulls;
pub(crate) mod reading;
pub(crate) mod sending;
pub(crate) mod sessions;
pub(crate) mod setup;
pub(crate) mod surveys;
pub(crate) mod threads;
pub(crate) mod told;
pub(crate) mod tries;
pub(crate) mod window;

/// Somewhere a store lives.
#[async_trait]
pub(crate) trait Place: Send + Sync {
    /// Opens the store, which must be closed, or makes it.
    async fn open(&self, sink: Arc<dyn ChangeSink>) -> Arc<dyn Store>;
    /// Ends the open store as `kill -9` would: nothing is tidied up.
    async fn crash(&self);
    /// An empty folder beside it, and a store opened from a copy in one.
    fn folder(&self, name: &str) -> std::path::PathBuf;
    /// Opens the copy that lies in such a folder.
    async fn open_copy(&self, folder: &std::path::Path) -> Arc<dyn Store>;
}

/// Keeps what it hears.
#[derive(Default)]
pub(crate) struct Ears(Mutex<Vec<Change>>);

impl Ears {
    /// What was heard since the last call.
    pub(crate) fn heard(&self) -> Vec<Change> {
        std::mem::take(&mut self.0.lock())
    }
}

impl ChangeSink for Ears {
    fn changed(&self, changes: &[Change]) {
        self.0.lock().extend_from_slice(changes);
    }
}

/// A store with a brand in it, ids and a clock.
pub(crate) struct World<'a> {
    place: &'a dyn Place,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) ears: Arc<Ears>,
    ids: Arc<AtomicU64>,
    clock: Arc<AtomicI64>,
    pub(crate) brand: BrandId,
    pub(crate) kf_account: KfAccountId,
    /// A website.
    pub(crate) site: EntryPointId,
    /// A platform account with a send window.
    pub(crate) platform: EntryPointId,
    pub(crate) team: TeamId,
}

/// A customer with a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Guest {
    pub(crate) conversation: ConversationId,
    pub(crate) identity: IdentityId,
    pub(crate) customer: CustomerId,
}

impl<'a> World<'a> {
    pub(crate) async fn open(place: &'a dyn Place) -> Self {
        let ears = Arc::new(Ears::default());
        let store = place.open(ears.clone()).await;
        let ids = Arc::new(AtomicU64::new(1));
        let next = || scatter(ids.fetch_add(1, Ordering::Relaxed));
        Self {
            brand: BrandId(next()),
            kf_account: KfAccountId(next()),
            site: EntryPointId(next()),
            platform: EntryPointId(next()),
            team: TeamId(next()),
            place,
            store,
            ears,
            ids,
            clock: Arc::new(AtomicI64::new(1_790_000_000_000)),
        }
    }

    /// Another tenant in the same store.
    pub(crate) fn neighbour(&self) -> Self {
        Self {
            place: self.place,
            store: self.store.clone(),
            ears: self.ears.clone(),
            ids: self.ids.clone(),
            clock: self.clock.clone(),
            brand: BrandId(self.id()),
            kf_account: KfAccountId(self.id()),
            site: EntryPointId(self.id()),
            platform: EntryPointId(self.id()),
            team: TeamId(self.id()),
        }
    }

    /// Ends the store without tidying up, and opens it again.
    pub(crate) async fn crash(&mut self) {
        self.place.crash().await;
        self.store = self.place.open(self.ears.clone()).await;
    }

    /// Closes the store and opens it again.
    pub(crate) async fn reopen(&mut self) {
        self.store.close().await;
        self.store = self.place.open(self.ears.clone()).await;
    }

    /// A fresh id.
    pub(crate) fn id(&self) -> u128 {
        scatter(self.ids.fetch_add(1, Ordering::Relaxed))
    }

    /// The next millisecond.
    pub(crate) fn now(&self) -> UnixMs {
        self.clock.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) fn fresh(&self) -> Fresh {
        Fresh {
            customer: CustomerId(self.id()),
            identity: IdentityId(self.id()),
            conversation: ConversationId(self.id()),
        }
    }

    pub(crate) fn opening(&self) -> Opening {
        Opening {
            session: SessionId(self.id()),
            queue: None,
        }
    }

    /// A visitor of the website.
    pub(crate) fn visitor_open(&self, token: u8) -> VisitorOpen {
        VisitorOpen {
            brand: self.brand,
            kf_account: self.kf_account,
            entry_point: self.site,
            token_hash: [token; 32],
            expires_at: self.now() + 86_400_000,
            signed: None,
            unionid: None,
            previous: None,
            name: String::new(),
            name_is_proven: false,
            language: None,
            source: None,
            fresh: self.fresh(),
            at: self.now(),
        }
    }

    /// A new visitor with a thread.
    pub(crate) async fn guest(&self) -> Guest {
        let mut token_hash = [9; 32];
        token_hash[..16].copy_from_slice(&self.id().to_le_bytes());
        let open = VisitorOpen {
            token_hash,
            ..self.visitor_open(0)
        };
        let visitor = self.store.open_visitor(open).await.unwrap();
        Guest {
            conversation: visitor.conversation,
            identity: visitor.identity,
            customer: visitor.customer,
        }
    }

    /// A message of a visitor.
    pub(crate) fn message(&self, guest: Guest, key: &str, text: &str) -> Inbound {
        Inbound {
            brand: self.brand,
            entry_point: self.site,
            party: Party::Known {
                conversation: guest.conversation,
                identity: guest.identity,
            },
            key: key.to_owned(),
            content: Content::text(text),
            at: self.now(),
            grant: None,
            opening: self.opening(),
        }
    }

    /// A message of a user of the platform.
    pub(crate) fn upstream(&self, address: &str, key: &str, text: &str) -> Inbound {
        let at = self.now();
        Inbound {
            brand: self.brand,
            entry_point: self.platform,
            party: Party::Upstream {
                kf_account: self.kf_account,
                address: address.to_owned(),
                fresh: self.fresh(),
            },
            key: key.to_owned(),
            content: Content::text(text),
            at,
            grant: Some((credit::KF_MESSAGE, at)),
            opening: self.opening(),
        }
    }

    /// A user of the platform enters.
    pub(crate) fn enter(
        &self,
        address: &str,
        key: &str,
        source: Source,
        grant: Option<credit::Grant>,
    ) -> Enter {
        let at = self.now();
        Enter {
            brand: self.brand,
            entry_point: self.platform,
            party: self.upstream(address, "", "").party,
            key: key.to_owned(),
            source,
            attribution: Attribution::Came,
            carried: None,
            grant: grant.map(|grant| (grant, at)),
            at,
        }
    }

    /// A visitor says something.
    pub(crate) async fn say(&self, guest: Guest, key: &str) -> Filed {
        let inbound = self.message(guest, key, key);
        self.store.file(inbound).await.unwrap()
    }

    /// A visitor who waits in the queue.
    pub(crate) async fn waiting(&self) -> (Guest, SessionId) {
        let guest = self.guest().await;
        let mut inbound = self.message(guest, "hello", "hello");
        inbound.opening.queue = Some(self.team);
        let session = inbound.opening.session;
        self.store.file(inbound).await.unwrap();
        (guest, session)
    }

    pub(crate) fn act(&self, guest: Guest, session: SessionId, command: Command) -> Act {
        Act::new(self.brand, guest.conversation, session, command, self.now())
    }

    pub(crate) async fn apply(
        &self,
        guest: Guest,
        session: SessionId,
        command: Command,
    ) -> Result<Acted> {
        self.store.act(self.act(guest, session, command)).await
    }

    /// A visitor who is served; answers the fence too.
    pub(crate) async fn serving(&self, agent: AgentId) -> (Guest, SessionId, u64) {
        let (guest, session) = self.waiting().await;
        let acted = self
            .apply(guest, session, Command::Assign { agent })
            .await
            .unwrap();
        (guest, session, opened_fence(&acted.effects))
    }

    /// A reply by the website.
    pub(crate) fn reply(&self, guest: Guest, author: Author, key: &str) -> Outgoing {
        Outgoing {
            brand: self.brand,
            conversation: guest.conversation,
            author,
            key: key.to_owned(),
            content: Content::text(key),
            at: self.now(),
            seen_seq: None,
            way: Way {
                entry_point: self.site,
                outside: false,
                credits: false,
                kind: MESSAGE,
            },
            outbox: OutboxId(self.id()),
            away_at: None,
        }
    }

    /// The way out to a user of the platform.
    pub(crate) fn way_outside(&self) -> Way {
        Way {
            entry_point: self.platform,
            outside: true,
            credits: true,
            kind: MESSAGE,
        }
    }

    /// A user of the platform who wrote once.
    pub(crate) async fn follower(&self, address: &str) -> Guest {
        let inbound = self.upstream(address, &format!("first of {address}"), "hi");
        let filed = self.store.file(inbound).await.unwrap();
        let whole = self.whole(filed.conversation).await;
        Guest {
            conversation: whole.id,
            identity: whole.identity,
            customer: whole.customer.id,
        }
    }

    /// Words of this system by a way.
    pub(crate) fn system_says(&self, key: &str, way: Option<Way>) -> Say {
        Say {
            key: key.to_owned(),
            content: Content::text(key),
            way,
            outbox: OutboxId(self.id()),
        }
    }

    pub(crate) async fn whole(&self, id: ConversationId) -> Arc<Conversation> {
        self.store.conversation(self.brand, id).await.unwrap()
    }

    pub(crate) fn agent(&self) -> AgentId {
        AgentId(self.id())
    }
}

/// Ids ordered by time, as real ones are, and apart in their low bits.
fn scatter(n: u64) -> u128 {
    kefu_domain::id::v7(
        1_790_000_000_000 + n,
        u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 9,
    )
}

/// The fence of the assignment that a command opened.
pub(crate) fn opened_fence(effects: &[Effect]) -> u64 {
    effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Opened { fence, .. } => Some(*fence),
            _ => None,
        })
        .unwrap()
}

/// To an agent.
pub(crate) fn to_agent(agent: AgentId) -> Target {
    Target::Agent(agent)
}

/// A small generator of numbers: the same seed, the same run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

/// Runs every suite, each in a place of its own.
macro_rules! suites {
    ($($module:ident: $($suite:ident),+ $(,)?;)+) => {
        /// Makes one test per suite for a backend.
        macro_rules! contract {
            ($make:path) => {$($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $suite() {
                    crate::contract::$module::$suite(&$make()).await;
                }
            )+)+};
        }
        pub(crate) use contract;
    };
}

suites! {
    threads: parallel_first_messages_make_one_thread, equal_repeats_are_told_and_others_refused,
        numbers_go_on_after_a_crash, a_blocked_customer_is_refused, the_door_of_the_last_message_counts,
        recalls_and_amendments_raise_the_revision, a_file_is_shown_by_what_was_said_to_the_customer, lines_hang_after_messages, lists_show_words_before_events;
    reading: read_marks_only_go_forward, ranges_and_pages_of_messages, lists_show_what_they_are_asked_for,
        nothing_is_listed_twice_while_messages_pour_in,
        two_characters_are_found;
    pages: a_page_and_its_cursor_are_one, bad_items_do_not_hold_a_page_up;
    sending: the_one_who_serves_may_write, a_thread_that_moved_on_is_told, credits_are_counted, parts_go_out_all_or_none,
        the_ids_of_parts_are_not_used_for_others, what_the_system_says_is_said_once;
    sessions: one_session_is_open_at_a_time, nobody_gets_more_than_the_limit, offers_are_taken_or_come_back,
        transfers_close_and_open, a_place_in_the_queue_is_kept,
        what_was_decided_on_an_old_look_does_not_happen, open_sessions_outlive_a_crash;
    outbox: a_lane_goes_out_in_order, a_window_that_the_platform_closed_is_closed, leases_retries_and_the_dead,
        what_goes_out_again_is_paid_again, each_door_has_its_share, a_message_and_its_intent_are_one,
        intents_without_a_message;
    tries: what_is_known_of_tries_outlives_a_crash, what_was_sent_may_fail_later,
        two_who_take_at_once_share_and_never_both_have_one, what_was_kept_back_is_due_when_its_reason_ends;
    surveys: an_answer_to_a_survey_opens_nothing, ratings_come_late, what_nobody_answered_is_not_rated;
    days: days_are_kept_and_replaced;
    elsewhere: sessions_follow_the_platforms_client;
    handoffs: steps_go_forward_only, a_days_offers_are_counted_by_target, codes_are_taken_back_until_they_are_gone,
        a_card_that_did_not_arrive_is_no_offer;
    access: tickets_work_once, sign_ins_lapse, visitors_come_back, signed_people_are_one_and_never_two,
        tokens_are_replaced;
    customers: cards_follow_everywhere, profiles_do_not_overwrite_people, notes_and_footsteps;
    setup: rows_are_kept_and_conflicts_told, rows_are_written_together_or_not_at_all;
    pulls: a_refused_door_is_left_alone, bells_are_kept_until_pulled, events_happen_once;
    carry: whoever_brings_a_code_goes_on_in_the_same_thread_once, whoever_is_known_already_stays_and_a_late_code_is_nothing,
        whoever_showed_a_code_reads_on_only_signed_in;
    hooks: words_that_may_be_unseen_are_one_row_and_decided_once, a_call_is_made_until_it_is_taken_or_given_up,
        a_busy_webhook_keeps_nobody_else_waiting;
    told: an_event_is_kept_once_and_due_until_settled, a_file_at_a_platform_is_due_until_it_is_here,
        a_file_that_is_lost_says_so, entering_happens_once_and_grants_its_own,
        what_is_looked_at_or_learnt_displaces_nothing,
        a_profile_is_asked_for_once_in_a_while, what_a_page_tells_besides_is_kept_and_opens_nothing,
        what_was_heard_of_a_platform_outlives_a_crash;
    media: files_rows_are_kept, a_file_that_nothing_names_goes_and_its_bytes_if_nobody_has_them;
    mentions: who_is_named_finds_it_until_they_look, what_is_put_off_stays_so_and_is_told;
    window: words_heard_of_late_grant_what_the_platform_left, another_customer_counts_for_themselves;
    changes: every_commit_is_told_in_order;
    isolation: another_brand_sees_nothing;
    maintenance: copies_are_equal_and_lives_differ, nothing_is_accepted_after_the_end;
    model: random_histories_hold_the_invariants;
}

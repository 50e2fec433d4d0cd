//! A brand with one face and its team, whose time stands still until it is moved or let go.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use kefu_channels::Channels;
use kefu_domain::{
    AgentId, BrandId, Content, ConversationId, EntryPointId, ServiceState, Session, TeamId, UnixMs,
    routing::Availability,
    setup::{Agent, Brand, Entry, EntryPoint, KfAccount, Team},
};
use kefu_media::Media;
use kefu_notify::{Notifier, Policy};
use kefu_queue::Local;
use kefu_reception::{
    Clock, Console, Feed, Incoming, Parts, Reception, Reply, Signed, VisitorRequest,
};
use kefu_store::{
    Conversation, Store, Visitor,
    sqlite::{Options, Sqlite},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// Midday in Shanghai, a Wednesday.
const START: UnixMs = 1_790_136_000_000;
/// Nothing takes longer: the sweep comes every second.
const PATIENCE: Duration = Duration::from_secs(10);

/// A clock that stands still until it is moved, or let go.
struct Hand {
    shows: AtomicI64,
    runs: OnceLock<Instant>,
}

impl Clock for Hand {
    fn now(&self) -> UnixMs {
        let gone = self.runs.get().map_or(0, |since| {
            UnixMs::try_from(since.elapsed().as_millis()).unwrap()
        });
        self.shows.load(Ordering::SeqCst) + gone
    }
}

pub(crate) struct World {
    pub(crate) reception: Arc<Reception>,
    pub(crate) brand: BrandId,
    pub(crate) team: TeamId,
    pub(crate) door: EntryPointId,
    clock: Arc<Hand>,
    _tasks: JoinSet<()>,
    _folder: tempfile::TempDir,
}

fn entry<T: Entry>(body: Value) -> T {
    serde_json::from_value(body).unwrap()
}

impl World {
    /// With these words about the face.
    pub(crate) async fn with(face: Value) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let feed = Arc::new(Feed::default());
        let clock = Arc::new(Hand {
            shows: AtomicI64::new(START),
            runs: OnceLock::new(),
        });
        let options = Options {
            sink: Arc::clone(&feed) as _,
            on_fatal: Box::new(|error| panic!("{error}")),
            now: START,
            seed: 7,
        };
        let store: Arc<dyn Store> = Arc::new(Sqlite::open(folder.path(), options).unwrap());
        let line = Arc::new(Local::new());
        let wechat = kefu_wechat::client::Client::new(Default::default(), Arc::new(Instant::now));
        let parts = Parts {
            store,
            queue: Arc::clone(&line) as _,
            bus: Arc::clone(&line) as _,
            presence: line,
            channels: Channels::all(wechat.unwrap()),
            media: Media::open(&folder.path().join("media")).unwrap(),
            notifier: Notifier::new(Policy {
                private_addresses: false,
            })
            .unwrap(),
            clock: Arc::clone(&clock) as _,
            public_url: "http://127.0.0.1".to_owned(),
        };
        let reception = Reception::new(parts, &feed);
        let mint = || TeamId(reception.ids().mint()).to_string();
        let (team, account) = (mint(), mint());
        let brand = json!({ "id": mint(), "slug": "b", "name": "b" });
        let brand: Brand = entry(brand);
        let id = brand.id;
        reception.put(id, brand, None).await.unwrap();
        let door =
            json!({ "id": mint(), "kf_account": account, "channel": "website", "name": "d" });
        let door: EntryPoint = entry(door);
        let mut whole =
            json!({ "id": account, "name": "f", "team_id": team, "survey": { "enabled": false } });
        for (key, value) in face.as_object().unwrap() {
            whole[key] = value.clone();
        }
        let (door_id, team) = (door.id, team.parse().unwrap());
        let row: Team = entry(json!({ "id": team, "name": "t" }));
        reception.put(id, row, None).await.unwrap();
        let face: KfAccount = entry(whole);
        reception.put(id, face, None).await.unwrap();
        reception.put(id, door, None).await.unwrap();
        let tasks = reception.run();
        Self {
            brand: id,
            team,
            door: door_id,
            clock,
            reception,
            _tasks: tasks,
            _folder: folder,
        }
    }

    /// The face's queue holds so many from now on.
    pub(crate) async fn queue_of(&self, most: u32) {
        let setup = self.reception.directory().brand(self.brand).unwrap();
        let door = setup.entry_point(self.door).unwrap();
        let mut face = setup.kf_account(door.kf_account).unwrap().clone();
        face.rules.max_waiting = most;
        self.reception.put(self.brand, face, None).await.unwrap();
    }

    /// An id that nobody used.
    fn key(&self) -> String {
        TeamId(self.reception.ids().mint()).to_string()
    }

    /// Some time goes by.
    pub(crate) fn later(&self, seconds: i64) {
        self.clock.shows.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    /// Time goes by of itself from now on.
    pub(crate) fn let_go(&self) {
        self.clock.runs.set(Instant::now()).unwrap();
    }

    /// A team whose customers may go on to the next, in this order.
    pub(crate) async fn another_team(&self, after_s: u32) -> TeamId {
        let id = TeamId(self.reception.ids().mint());
        let row: Team = entry(json!({ "id": id, "name": "t2" }));
        self.reception.put(self.brand, row, None).await.unwrap();
        let overflow = json!([{ "team_id": id, "after_s": after_s }]);
        let row: Team = entry(json!({ "id": self.team, "name": "t", "overflow": overflow }));
        self.reception.put(self.brand, row, None).await.unwrap();
        id
    }

    /// A visitor nobody knows, at the door.
    pub(crate) async fn guest(&self) -> (Visitor, [u8; 32]) {
        let token = self.reception.ids().secret();
        let request = VisitorRequest {
            entry_point: self.door,
            ..VisitorRequest::default()
        };
        let opened = self.reception.open(request, token).await.unwrap();
        (opened.visitor, token)
    }

    /// Somebody of a team who is online at a console.
    pub(crate) async fn agent(&self, name: &str, team: TeamId, limit: u32) -> (AgentId, Console) {
        let id = AgentId(self.reception.ids().mint());
        let row: Agent = entry(json!({
            "id": id, "account": name, "name": name, "role": "agent", "team_ids": [team], "limit": limit,
        }));
        self.reception
            .put_agent(self.brand, row, None)
            .await
            .unwrap();
        let console = self.reception.enter_console(self.brand, id).await;
        self.says(id, Availability::Online).await;
        (id, console)
    }

    pub(crate) async fn says(&self, agent: AgentId, availability: Availability) {
        self.reception
            .set_availability(self.brand, agent, availability, String::new())
            .await
            .unwrap();
    }

    /// A customer of this name, who writes.
    pub(crate) async fn customer(&self, name: &str) -> Visitor {
        let request = VisitorRequest {
            entry_point: self.door,
            signed: Some(Signed {
                sub: name.to_owned(),
                name: None,
                unionid: None,
            }),
            ..VisitorRequest::default()
        };
        let token = self.reception.ids().secret();
        let visitor = self.reception.open(request, token).await.unwrap().visitor;
        self.write(visitor).await;
        visitor
    }

    /// The customer writes.
    pub(crate) async fn write(&self, visitor: Visitor) {
        let incoming = Incoming {
            visitor,
            client_msg_id: self.key(),
            content: Content::text("在吗"),
        };
        let filed = self.reception.file(incoming).await.unwrap();
        self.reception.after_filed(&visitor, &filed).await;
    }

    /// The agent answers.
    pub(crate) async fn answer(&self, agent: AgentId, conversation: ConversationId) {
        let reply = Reply {
            brand: self.brand,
            agent,
            conversation,
            fence: None,
            seen_seq: None,
            client_msg_id: self.key(),
            content: Content::text("在"),
        };
        self.reception.reply(reply).await.unwrap();
    }

    pub(crate) async fn whole(&self, id: ConversationId) -> Arc<Conversation> {
        self.reception.conversation(self.brand, id).await.unwrap()
    }

    pub(crate) async fn session(&self, id: ConversationId) -> Session {
        self.whole(id).await.session.clone().unwrap()
    }

    /// Waits until the session is so.
    pub(crate) async fn until(&self, id: ConversationId, so: impl Fn(&Session) -> bool) -> Session {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let session = self.session(id).await;
            if so(&session) {
                return session;
            }
            assert!(Instant::now() < deadline, "never: {session:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until an agent serves it.
    pub(crate) async fn served(&self, id: ConversationId, by: AgentId) -> Session {
        let serves = |s: &Session| s.state == ServiceState::Serving && s.agent == Some(by);
        self.until(id, serves).await
    }

    /// Two sweeps, in which nothing may happen.
    pub(crate) async fn for_a_while(&self) {
        tokio::time::sleep(Duration::from_millis(2200)).await;
    }
}

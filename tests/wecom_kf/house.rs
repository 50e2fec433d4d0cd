//! A gateway with one brand, joined to a simulated corp with one account.

use std::{sync::Arc, time::Duration};

use kefu_channels::{
    Channels,
    wecom_kf::{Pace, WecomKf},
};
use kefu_domain::{
    AgentId, BrandId, ConnectionId, Content, ConversationId, EntryPointId, KfAccountId, Origin,
    ServiceState, TeamId,
    setup::{Agent, Brand, Connection, EntryPoint, KfAccount, Role, Team},
};
use kefu_gateway::{Gateway, Limits, Server, Settings};
use kefu_media::Media;
use kefu_notify::{Notifier, Policy};
use kefu_queue::Local;
use kefu_reception::{Actor, Clock, Feed, Parts, Reception, Reply, SystemClock};
use kefu_simulator::{AccountSpec, Config, CorpSpec, Delivery, Handle, MemberSpec, Simulator};
use kefu_store::{
    Conversation, ListQuery, Store,
    sqlite::{Options, Sqlite},
};
use kefu_wechat::client::{Client, Settings as Wire};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet, time::Instant};

pub(crate) const KF: &str = "wkTeaHousePresales00000000000001";
/// Longest wait for what happens by itself.
const SOON: Duration = Duration::from_secs(15);

pub(crate) struct House {
    pub(crate) platform: Handle,
    pub(crate) reception: Arc<Reception>,
    pub(crate) brand: BrandId,
    pub(crate) door: EntryPointId,
    pub(crate) connection: ConnectionId,
    /// 林知夏, a member `linzhixia` at the platform too.
    pub(crate) lin: AgentId,
    /// 顾念, a member `gunian`.
    pub(crate) gu: AgentId,
    http: reqwest::Client,
    /// What ends with the house; of a neighbour, nothing.
    _gateway: Option<(Server, JoinSet<()>, tempfile::TempDir)>,
}

/// The corp that stories play in.
fn tea_house() -> CorpSpec {
    let member = |userid: &str, name: &str| MemberSpec {
        userid: userid.into(),
        name: name.into(),
        ..MemberSpec::default()
    };
    CorpSpec {
        name: Some("溪山茶社".into()),
        accounts: vec![AccountSpec {
            open_kfid: Some(KF.into()),
            name: "溪山茶社".into(),
            servicers: vec!["linzhixia".into(), "gunian".into(), "wangnan".into()],
            ..AccountSpec::default()
        }],
        members: vec![
            member("gunian", "顾念"),
            member("linzhixia", "林知夏"),
            member("wangnan", "王楠"),
        ],
        ..CorpSpec::default()
    }
}

async fn open_platform(seed: u64) -> Handle {
    let config = Config {
        seed,
        delivery: Delivery {
            pause: Duration::from_millis(50),
            ..Delivery::default()
        },
        corp: Some(tea_house()),
        ..Config::default()
    };
    Simulator::start(config).await.unwrap()
}

impl House {
    /// Who may act on everybody's sessions.
    pub(crate) fn supervisor(&self) -> Actor {
        Actor {
            agent: Some(self.lin),
            supervises: true,
        }
    }

    pub(crate) async fn open() -> Self {
        Self::with(|_, _| ()).await
    }

    /// Opens with a change of the account and the entry point.
    pub(crate) async fn with(change: impl FnOnce(&mut KfAccount, &mut EntryPoint)) -> Self {
        Self::paced(Pace::default(), change).await
    }

    pub(crate) async fn paced(
        pace: Pace,
        change: impl FnOnce(&mut KfAccount, &mut EntryPoint),
    ) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let platform = open_platform(7).await;
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (gateway, reception) = put_together(folder.path(), &url, &platform, pace);
        let stage = Stage::set(&reception, &platform, "xishan", change).await;
        reception.rebuild().await.unwrap();
        let tasks = reception.run();
        let server = kefu_gateway::serve(listener, gateway).unwrap();
        let mut house = Self::join(platform, reception, stage).await;
        house._gateway = Some((server, tasks, folder));
        house
    }

    /// Another brand at the same gateway, with a platform of its own.
    pub(crate) async fn neighbour(&self) -> Self {
        let platform = open_platform(8).await;
        let reception = Arc::clone(&self.reception);
        let stage = Stage::set(&reception, &platform, "yunwu", |_, _| ()).await;
        Self::join(platform, reception, stage).await
    }

    /// The platform learns where to call.
    async fn join(platform: Handle, reception: Arc<Reception>, stage: Stage) -> Self {
        let Stage {
            brand,
            door,
            connection,
            lin,
            gu,
        } = stage;
        reception.enter_console(brand, lin).await;
        let callback_url = Some(reception.callback_url(&connection));
        let corpid = Some(connection.corpid.clone());
        let spec = CorpSpec {
            corpid,
            callback_url,
            ..CorpSpec::default()
        };
        platform.set_up(spec).unwrap();
        Self {
            platform,
            reception,
            brand,
            door,
            connection: connection.id,
            lin,
            gu,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            _gateway: None,
        }
    }

    /// A verb of the platform's control API.
    pub(crate) async fn sim(&self, verb: &str, body: Value) -> Value {
        let url = format!("{}/sim/{verb}", self.platform.base_url());
        let response = self.http.post(url).json(&body).send().await.unwrap();
        let good = response.status().is_success();
        let answer: Value = response.json().await.unwrap();
        assert!(good, "{verb}: {answer}");
        answer
    }

    pub(crate) async fn look(&self, path: &str) -> Value {
        let url = format!("{}/sim/{path}", self.platform.base_url());
        let response = self.http.get(url).send().await.unwrap();
        response.json().await.unwrap()
    }

    /// Writes from the customer's phone; answers the platform's id of it.
    pub(crate) async fn says(&self, customer: &str, words: &str) -> Value {
        let body = json!({ "customer": customer, "open_kfid": KF, "text": words });
        self.sim("say", body).await["msgid"].clone()
    }

    /// What customers wrote in a thread, in its order.
    pub(crate) async fn written(&self, id: ConversationId) -> Vec<String> {
        let thread = self.thread(id).await;
        let theirs = thread.into_iter().filter(|m| m.origin == Origin::Customer);
        let words = theirs.filter_map(|message| match message.content {
            Content::Text(text) => Some(text.content),
            _ => None,
        });
        words.collect()
    }

    /// The customer's chat with the account, as the phone has it.
    async fn chat(&self, customer: &str) -> Value {
        let screen = self.look(&format!("screen?customer={customer}")).await;
        let chats = screen["chats"].as_array().unwrap();
        let chat = chats.iter().find(|chat| chat["target"] == KF);
        chat.cloned().unwrap_or_default()
    }

    /// What the customer sees from the account, oldest first.
    pub(crate) async fn shown(&self, customer: &str) -> Vec<Value> {
        let chat = self.chat(customer).await;
        let lines = chat["lines"].as_array().into_iter().flatten();
        lines
            .filter(|line| line["side"] == "them")
            .cloned()
            .collect()
    }

    /// The platform's state of the customer's session.
    pub(crate) async fn upstream(&self, customer: &str) -> Value {
        self.chat(customer).await["service_state"].clone()
    }

    /// Calls of one path with their bodies.
    pub(crate) async fn calls(&self, path: &str) -> Vec<Value> {
        let path = format!("calls?way=call&limit=10000&path={path}");
        self.look(&path).await["calls"].as_array().unwrap().clone()
    }

    /// Waits until something is there.
    pub(crate) async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let deadline = Instant::now() + SOON;
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(Instant::now() < deadline, "never: {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The newest conversation, once it satisfies a wish.
    pub(crate) async fn conversation(
        &self,
        what: &str,
        wish: impl Fn(&Conversation) -> bool,
    ) -> Arc<Conversation> {
        let query = || ListQuery {
            limit: 1,
            ..ListQuery::default()
        };
        self.until(what, async || {
            let store = self.reception.store();
            let rows = store.conversations(self.brand, query()).await.unwrap();
            let newest = rows.into_iter().next()?;
            let whole = store.conversation(self.brand, newest.id).await.unwrap();
            wish(&whole).then_some(whole)
        })
        .await
    }

    /// The newest conversation, once its session is in a state.
    pub(crate) async fn in_state(&self, state: ServiceState) -> Arc<Conversation> {
        self.conversation(&format!("a session in {state:?}"), |whole| {
            whole.session.as_ref().is_some_and(|s| s.state == state)
        })
        .await
    }

    /// All messages of a thread.
    pub(crate) async fn thread(&self, id: ConversationId) -> Vec<kefu_domain::Message> {
        let store = self.reception.store();
        let messages = store.messages(self.brand, id, 0, None, false, 1_000).await;
        messages.unwrap()
    }

    /// A customer wrote, was given to 林知夏 and answered once.
    pub(crate) async fn answered(&self) -> Arc<Conversation> {
        self.says("xu", "转人工").await;
        let waiting = self.in_state(ServiceState::Waiting).await;
        let session = waiting.session.as_ref().unwrap().id;
        let given = self
            .reception
            .assign(self.brand, self.supervisor(), session, self.lin);
        let serving = given.await.unwrap();
        self.answer(&serving, "a1", "您好，我是林知夏").await;
        self.until("the answer on the phone", async || {
            let shown = self.shown("xu").await;
            (shown.len() == 1).then_some(())
        })
        .await;
        self.in_state(ServiceState::Serving).await
    }

    pub(crate) async fn answer(&self, conversation: &Conversation, key: &str, words: &str) {
        let reply = Reply {
            brand: self.brand,
            agent: self.lin,
            conversation: conversation.id,
            fence: None,
            seen_seq: None,
            client_msg_id: key.to_owned(),
            content: Content::text(words),
        };
        self.reception.reply(reply).await.unwrap();
    }
}

struct Stage {
    brand: BrandId,
    door: EntryPointId,
    connection: Connection,
    lin: AgentId,
    gu: AgentId,
}

impl Stage {
    async fn set(
        reception: &Reception,
        platform: &Handle,
        slug: &str,
        change: impl FnOnce(&mut KfAccount, &mut EntryPoint),
    ) -> Self {
        let mint = || reception.ids().mint();
        let brand = BrandId(mint());
        let row: Brand = entry(json!({ "id": brand, "slug": slug, "name": "溪山" }));
        reception.put(brand, row, None).await.unwrap();
        let team = TeamId(mint());
        let row: Team = entry(json!({ "id": team, "name": "售前组" }));
        reception.put(brand, row, None).await.unwrap();
        let (lin, gu) = (AgentId(mint()), AgentId(mint()));
        for (id, account, name) in [(lin, "linzhixia", "林知夏"), (gu, "gunian", "顾念")] {
            let row: Agent = entry(json!({
                "id": id, "account": account, "name": name, "role": Role::Agent,
                "team_ids": [team], "limit": 8, "wecom_userid": account,
            }));
            reception.put(brand, row, None).await.unwrap();
        }
        let mut account: KfAccount = entry(json!({
            "id": KfAccountId(mint()), "name": "溪山茶社客服", "team_id": team,
            "texts": { "closing": "祝您喝茶愉快。", "queue": "", "queue_next": "", "picked_up": "" },
        }));
        let corp = platform.corp().unwrap();
        let connection: Connection = entry(json!({
            "id": ConnectionId(mint()), "channel": "wecom_kf", "name": "溪山",
            "corpid": corp.corpid, "secret": corp.secret, "token": corp.token,
            "encoding_aes_key": corp.encoding_aes_key, "base_url": platform.base_url(),
        }));
        let mut door: EntryPoint = entry(json!({
            "id": EntryPointId(mint()), "kf_account": account.id,
            "channel": "wecom_kf", "connection": connection.id, "name": "微信客服",
            "upstream_open_kfid": KF,
        }));
        change(&mut account, &mut door);
        reception.put(brand, account, None).await.unwrap();
        reception
            .put(brand, connection.clone(), None)
            .await
            .unwrap();
        let id = door.id;
        reception.put(brand, door, None).await.unwrap();
        Self {
            brand,
            door: id,
            connection,
            lin,
            gu,
        }
    }
}

/// A row of set-up as it is stored.
pub(crate) fn entry<T: kefu_domain::setup::Entry>(body: Value) -> T {
    serde_json::from_value(body).unwrap()
}

fn put_together(
    folder: &std::path::Path,
    public_url: &str,
    platform: &Handle,
    pace: Pace,
) -> (Arc<Gateway>, Arc<Reception>) {
    let feed = Arc::new(Feed::default());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let options = Options {
        sink: Arc::clone(&feed) as _,
        on_fatal: Box::new(|error| panic!("{error}")),
        now: clock.now(),
        seed: 7,
    };
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(folder, options).unwrap());
    let line = Arc::new(Local::new());
    let client = || {
        let wire = Wire {
            base: platform.base_url(),
            ..Wire::default()
        };
        Client::new(wire, Arc::new(std::time::Instant::now)).unwrap()
    };
    let now = Arc::clone(&clock);
    let kf = WecomKf::with(client(), pace, Arc::new(move || now.now()));
    let channels = Channels::all(client()).with(Arc::new(kf));
    let parts = Parts {
        store,
        queue: Arc::clone(&line) as _,
        bus: Arc::clone(&line) as _,
        presence: line,
        channels,
        media: Media::open(&folder.join("media")).unwrap(),
        notifier: Notifier::new(Policy {
            private_addresses: true,
        })
        .unwrap(),
        clock,
        public_url: public_url.to_owned(),
    };
    let reception = Reception::new(parts, &feed);
    let settings = Settings {
        public_url: public_url.to_owned(),
        console_origins: Vec::new(),
        trusted_proxies: Vec::new(),
        limits: Limits::default(),
        uploads: kefu_gateway::UploadTypes::default(),
        demo: false,
        metrics_token: None,
        version: "0.0.0-test",
    };
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new()
        .build_recorder()
        .handle();
    let gateway = Gateway::new(Arc::clone(&reception), &feed, settings, metrics);
    (gateway, reception)
}

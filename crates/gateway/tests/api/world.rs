//! A gateway on loopback with two brands, and people of every role in each.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use kefu_channels::Channels;
use kefu_domain::{
    AgentId, BrandId,
    setup::{Agent, Brand, Role},
};
use kefu_gateway::{Gateway, Limits, Server, Settings, UploadTypes, auth};
use kefu_media::Media;
use kefu_notify::{Notifier, Policy};
use kefu_queue::Local;
use kefu_reception::{Clock, Feed, Parts, Reception, SystemClock};
use kefu_store::{
    Store,
    sqlite::{Options, Sqlite},
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    http::{self, Reply},
    schema,
};

pub(crate) const PASSWORD: &str = "correct horse 电池";
/// An id that names nothing.
pub(crate) const NOTHING: &str = "01JQ8W6ZK3V5T9M2C4D6E8F0AB";

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum As {
    Nobody,
    Agent,
    Supervisor,
    Admin,
    /// The administrator of the other brand.
    Stranger,
}

pub(crate) struct World {
    pub(crate) addr: SocketAddr,
    pub(crate) doc: Value,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) brand: BrandId,
    pub(crate) other: BrandId,
    pub(crate) ids: HashMap<As, AgentId>,
    cookies: HashMap<As, String>,
    _server: Server,
    _tasks: JoinSet<()>,
    folder: tempfile::TempDir,
}

fn stored_password() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| auth::hash_password(PASSWORD).unwrap())
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(|_| ()).await
    }

    /// A world whose gateway is run otherwise.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::of(true, change).await
    }

    /// A world whose operator keeps everybody out of the own house.
    pub(crate) async fn strict() -> Self {
        Self::of(false, |_| ()).await
    }

    async fn of(private_addresses: bool, change: impl FnOnce(&mut Settings)) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (gateway, reception) = put_together(folder.path(), addr, private_addresses, change);
        let (brand, other) = (
            make_brand(&reception, "xishan").await,
            make_brand(&reception, "yunhe").await,
        );
        let mut ids = HashMap::new();
        let people = [
            (As::Agent, brand, "xiaolin", Role::Agent),
            (As::Supervisor, brand, "laozhou", Role::Supervisor),
            (As::Admin, brand, "admin", Role::Administrator),
            (As::Stranger, other, "admin", Role::Administrator),
        ];
        for (who, brand, account, role) in people {
            ids.insert(who, make_agent(&reception, brand, account, role).await);
        }
        reception.rebuild().await.unwrap();
        let tasks = reception.run();
        let server = kefu_gateway::serve(listener, Arc::clone(&gateway)).unwrap();
        let mut world = Self {
            addr,
            doc: schema::document(),
            gateway,
            brand,
            other,
            ids,
            cookies: HashMap::new(),
            _server: server,
            _tasks: tasks,
            folder,
        };
        for (who, brand, account, _) in people {
            let slug = if brand == world.brand {
                "xishan"
            } else {
                "yunhe"
            };
            let cookie = world
                .sign_in(slug, account, PASSWORD)
                .await
                .cookie()
                .unwrap();
            world.cookies.insert(who, cookie);
        }
        world
    }

    /// Somebody has a console open, so that what they hold is not taken from them as from one who left.
    pub(crate) async fn at_console(&self, who: As) {
        let (brand, agent) = (self.brand, self.ids[&who]);
        self.gateway.reception.enter_console(brand, agent).await;
    }

    /// Its data folder.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub(crate) fn cookie(&self, who: As) -> &str {
        &self.cookies[&who]
    }

    pub(crate) async fn sign_in(&self, brand: &str, account: &str, password: &str) -> Reply {
        let body = json!({ "brand": brand, "account": account, "password": password });
        self.raw(
            "POST",
            "/v1/login",
            &[("content-type", "application/json")],
            body.to_string().as_bytes(),
        )
        .await
    }

    /// One request as it is; the answer is compared with the document.
    pub(crate) async fn raw(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let reply = http::send(self.addr, method, target, headers, body).await;
        self.compare(method, target, &reply);
        reply
    }

    pub(crate) async fn call(&self, who: As, method: &str, target: &str, body: Value) -> Reply {
        let origin = self.origin();
        let mut headers = vec![("origin", origin.as_str())];
        if let Some(cookie) = self.cookies.get(&who) {
            headers.push(("cookie", cookie));
        }
        let body = if method == "GET" || body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        self.raw(method, target, &headers, body.as_bytes()).await
    }

    /// A call that must succeed; its answer.
    pub(crate) async fn done(&self, who: As, method: &str, target: &str, body: Value) -> Value {
        let reply = self.call(who, method, target, body).await;
        assert!(
            (200..300).contains(&reply.status),
            "{method} {target}: {} {}",
            reply.status,
            reply.json()
        );
        reply.json()
    }

    pub(crate) async fn get(&self, who: As, target: &str) -> Value {
        self.done(who, "GET", target, Value::Null).await
    }

    /// Asks until the answer is as wanted, ten seconds at most; the answer.
    pub(crate) async fn until(
        &self,
        who: As,
        target: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        for _ in 0..200 {
            let seen = self.get(who, target).await;
            if wanted(&seen) {
                return seen;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{target} stayed {}", self.get(who, target).await);
    }

    fn compare(&self, method: &str, target: &str, reply: &Reply) {
        let Some(path) = schema::template(&self.doc, target) else {
            return;
        };
        let operation = &self.doc["paths"][&path][method.to_lowercase()];
        if operation.is_null() {
            return;
        }
        let described = &operation["responses"][reply.status.to_string()];
        assert!(
            described.is_object(),
            "{method} {path}: {} is not described: {}",
            reply.status,
            reply.json()
        );
        let kind = reply.header("content-type").unwrap_or_default();
        if !kind.contains("json") {
            return;
        }
        let content = &described["content"][kind.split(';').next().unwrap_or_default()];
        let bad = schema::misfit(&self.doc, &content["schema"], &reply.json(), "answer");
        assert_eq!(
            bad,
            None,
            "{method} {path} {}: {}",
            reply.status,
            reply.json()
        );
    }

    /// After whatever it was, the next one is served.
    pub(crate) async fn is_well(&self) {
        let reply = self.raw("GET", "/v1/bootstrap", &[], b"").await;
        assert_eq!(reply.status, 200);
    }

    /// A team, an account and a website door of the brand, served by the agent.
    pub(crate) async fn shop(&self) -> Shop {
        let agent = self.ids[&As::Agent];
        let team = self
            .done(
                As::Admin,
                "POST",
                "/v1/teams",
                json!({ "name": "售前组", "agent_ids": [agent] }),
            )
            .await;
        let account = json!({
            "name": "溪山茶社客服", "team_id": team["id"],
            "rules": { "assign": "manual", "silence_warn_s": 0 }, "survey": { "enabled": false },
        });
        let account = self
            .done(As::Admin, "POST", "/v1/kf-accounts", account)
            .await;
        let door = json!({
            "open_kfid": account["id"], "channel": "website", "name": "官网",
            "website": { "allowed_origins": ["https://shop.example"] },
        });
        let door = self.done(As::Admin, "POST", "/v1/entry-points", door).await;
        let id = |row: &Value| row["id"].as_str().unwrap().to_owned();
        Shop {
            team: id(&team),
            account: id(&account),
            door: id(&door),
        }
    }

    /// A visitor writes once more.
    pub(crate) async fn says(&self, guest: &Guest, id: &str, text: &str) {
        let bearer = format!("Bearer {}", guest.token);
        let headers = [
            ("content-type", "application/json"),
            ("authorization", bearer.as_str()),
        ];
        let body = json!({ "client_msg_id": id, "msgtype": "text", "text": { "content": text } });
        let body = body.to_string();
        let target = "/v1/visitor/messages";
        let sent = http::send(self.addr, "POST", target, &headers, body.as_bytes()).await;
        assert_eq!(sent.status, 200, "{}", sent.json());
    }

    /// A visitor who wrote; their token, customer and conversation.
    pub(crate) async fn visitor(&self, shop: &Shop, text: &str) -> Guest {
        let json_type = ("content-type", "application/json");
        let body = json!({ "entry_point_id": shop.door, "page": { "url": "https://shop.example/tea", "title": "龙井" } });
        let opened = http::send(
            self.addr,
            "POST",
            "/v1/visitor/open",
            &[json_type],
            body.to_string().as_bytes(),
        )
        .await;
        assert_eq!(opened.status, 200, "{}", opened.json());
        let opened = opened.json();
        let token = opened["token"].as_str().unwrap().to_owned();
        let bearer = format!("Bearer {token}");
        let body = json!({ "client_msg_id": "m1", "msgtype": "text", "text": { "content": text } })
            .to_string();
        let headers = [json_type, ("authorization", bearer.as_str())];
        let sent = http::send(
            self.addr,
            "POST",
            "/v1/visitor/messages",
            &headers,
            body.as_bytes(),
        )
        .await;
        assert_eq!(sent.status, 200, "{}", sent.json());
        let customer = opened["external_userid"].as_str().unwrap().to_owned();
        let list = self
            .get(As::Admin, &format!("/v1/conversations?q={customer}"))
            .await;
        let card = &list["items"][0];
        Guest {
            token,
            customer,
            conversation: card["conversation_id"].as_str().unwrap().to_owned(),
            session: card["session"]["session_id"].as_str().unwrap().to_owned(),
        }
    }
}

pub(crate) struct Shop {
    pub(crate) team: String,
    pub(crate) account: String,
    pub(crate) door: String,
}

pub(crate) struct Guest {
    pub(crate) token: String,
    pub(crate) customer: String,
    pub(crate) conversation: String,
    pub(crate) session: String,
}

fn put_together(
    folder: &std::path::Path,
    addr: SocketAddr,
    private_addresses: bool,
    change: impl FnOnce(&mut Settings),
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
    let wechat =
        kefu_wechat::client::Client::new(Default::default(), Arc::new(std::time::Instant::now))
            .unwrap();
    let public_url = format!("http://{addr}");
    let parts = Parts {
        store,
        queue: Arc::clone(&line) as _,
        bus: Arc::clone(&line) as _,
        presence: line,
        channels: Channels::all(wechat),
        media: Media::open(&folder.join("media")).unwrap(),
        notifier: Notifier::new(Policy { private_addresses }).unwrap(),
        clock,
        public_url: public_url.clone(),
    };
    let reception = Reception::new(parts, &feed);
    let mut settings = Settings {
        public_url,
        console_origins: Vec::new(),
        trusted_proxies: Vec::new(),
        limits: Limits::default(),
        uploads: UploadTypes::default(),
        demo: false,
        version: "0.0.0-test",
        metrics_token: None,
    };
    change(&mut settings);
    (
        Gateway::new(Arc::clone(&reception), &feed, settings, metrics()),
        reception,
    )
}

/// What this process counts, for all of its worlds.
fn metrics() -> PrometheusHandle {
    static COUNTED: OnceLock<PrometheusHandle> = OnceLock::new();
    let install = || PrometheusBuilder::new().install_recorder().unwrap();
    COUNTED.get_or_init(install).clone()
}

async fn make_brand(reception: &Reception, slug: &str) -> BrandId {
    let id = BrandId(reception.ids().mint());
    let brand = Brand {
        id,
        slug: slug.to_owned(),
        name: format!("{slug} 品牌"),
        color: None,
        logo_media_id: None,
        identity_key: None,
    };
    reception.put(id, brand, None).await.unwrap();
    id
}

async fn make_agent(reception: &Reception, brand: BrandId, account: &str, role: Role) -> AgentId {
    let id = AgentId(reception.ids().mint());
    let agent = Agent::new(id, account.to_owned(), account.to_owned(), role);
    reception.put(brand, agent, None).await.unwrap();
    reception
        .store()
        .set_password(brand, id, stored_password().to_owned(), false)
        .await
        .unwrap();
    id
}

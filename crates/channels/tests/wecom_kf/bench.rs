//! A platform, a door that takes its callbacks, and the channel between them.

use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use kefu_channels::wecom_kf::{Pace, WecomKf};
use kefu_channels::{Channel, Fault, Item, Notice, Parcel};
use kefu_domain::Content;
use kefu_domain::setup::{Connection, EntryPoint};
use kefu_simulator::{
    AccountSpec, Config, CorpSpec, Delivery, GroupSpec, Handle, MemberSpec, Simulator,
};
use kefu_wechat::client::{Client, Settings};
use serde_json::{Value, json};

use crate::kit::{Script, Shelf, parcel};

pub(crate) const KF: &str = "wkTeaHousePresales00000000000001";
pub(crate) const OTHER_KF: &str = "wkTeaHouseAftersales000000000002";
pub(crate) const GROUP: &str = "wrTeaHouseFriends000000000000001";

/// Longest wait for what happens by itself.
const SOON: Duration = Duration::from_secs(10);

pub(crate) struct Bench {
    pub(crate) platform: Handle,
    pub(crate) channel: WecomKf,
    /// Calls the client's own base, which is the platform here.
    pub(crate) connection: Connection,
    pub(crate) door: EntryPoint,
    pub(crate) files: Shelf,
    notices: Arc<Mutex<Vec<Notice>>>,
    script: Script,
}

type Post = (WecomKf, Connection, Arc<Mutex<Vec<Notice>>>);

async fn verify(State(door): State<Arc<OnceLock<Post>>>, RawQuery(query): RawQuery) -> Response {
    let (channel, connection, _) = door.get().unwrap();
    match channel.verify(connection, &query.unwrap_or_default()) {
        Ok(body) => body.into_response(),
        Err(_) => StatusCode::FORBIDDEN.into_response(),
    }
}

async fn post(
    State(door): State<Arc<OnceLock<Post>>>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> StatusCode {
    let (channel, connection, notices) = door.get().unwrap();
    match channel.receive(connection, &query.unwrap_or_default(), &body) {
        Ok(told) => {
            notices.lock().unwrap().extend(told);
            StatusCode::OK
        }
        Err(_) => StatusCode::FORBIDDEN,
    }
}

/// The corp that tests play with.
fn tea_house() -> CorpSpec {
    let account = |id: &str, name: &str| AccountSpec {
        open_kfid: Some(id.into()),
        name: name.into(),
        servicers: vec!["linzhixia".into()],
        ..AccountSpec::default()
    };
    let member = |userid: &str, name: &str| MemberSpec {
        userid: userid.into(),
        name: name.into(),
        ..MemberSpec::default()
    };
    CorpSpec {
        name: Some("溪山茶社".into()),
        channels_nickname: Some("溪山茶社".into()),
        accounts: vec![account(KF, "溪山茶社"), account(OTHER_KF, "溪山茶社售后")],
        members: vec![member("gunian", "顾念"), member("linzhixia", "林知夏")],
        groups: vec![GroupSpec {
            chat_id: Some(GROUP.into()),
            name: "溪山茶友群".into(),
            ..GroupSpec::default()
        }],
        ..CorpSpec::default()
    }
}

pub(crate) fn client(base: String) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = Settings {
        base,
        timeout: Duration::from_millis(1_500),
        ..Settings::default()
    };
    Client::new(settings, Arc::new(Instant::now)).unwrap()
}

impl Deref for Bench {
    type Target = Script;

    fn deref(&self) -> &Script {
        &self.script
    }
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::paced(Pace::default()).await
    }

    pub(crate) async fn paced(pace: Pace) -> Self {
        let delivery = Delivery {
            pause: Duration::from_millis(50),
            ..Delivery::default()
        };
        let config = Config {
            seed: 7,
            delivery,
            corp: Some(tea_house()),
            ..Config::default()
        };
        let platform = Simulator::start(config).await.unwrap();
        let door: Arc<OnceLock<Post>> = Arc::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/callback", listener.local_addr().unwrap());
        let routes = axum::Router::new()
            .route("/callback", axum::routing::get(verify).post(post))
            .with_state(Arc::clone(&door));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let spec = CorpSpec {
            corpid: platform.corpid().map(str::to_owned),
            callback_url: Some(url),
            ..CorpSpec::default()
        };
        platform.set_up(spec).unwrap();
        let corp = platform.corp().unwrap();
        let connection = Connection {
            id: Default::default(),
            channel: "wecom_kf".into(),
            name: "溪山茶社".into(),
            corpid: corp.corpid.unwrap(),
            agentid: None,
            secret: corp.secret.unwrap(),
            token: corp.token.unwrap(),
            encoding_aes_key: corp.encoding_aes_key.unwrap(),
            previous: None,
            used_at: None,
            plain: false,
            card_appid: None,
            card_page: None,
            base_url: None,
            paused: false,
        };
        let notices: Arc<Mutex<Vec<Notice>>> = Arc::default();
        let at_door = WecomKf::new(client(platform.base_url()));
        let post = (at_door, connection.clone(), Arc::clone(&notices));
        assert!(door.set(post).is_ok());
        let clock: kefu_channels::wecom_kf::Clock = Arc::new(|| 1_800_000_000_000);
        Self {
            channel: WecomKf::with(client(platform.base_url()), pace, clock),
            connection,
            door: door_of(KF),
            files: Shelf::default(),
            notices,
            script: Script::of(&platform),
            platform,
        }
    }

    /// The connection as one names its own API host, which may then hand out pictures.
    pub(crate) fn at_home(&self) -> Connection {
        Connection {
            base_url: Some(self.platform.base_url()),
            ..self.connection.clone()
        }
    }

    /// A channel that remembers nothing: the process began anew.
    pub(crate) fn restarted(&mut self) {
        self.channel = WecomKf::new(client(self.platform.base_url()));
    }

    pub(crate) async fn scan(&self, png: &[u8]) -> Value {
        self.bring("scan", "image/png", png).await
    }

    pub(crate) async fn upload(&self, kind: &str, name: &str, bytes: &'static [u8]) -> String {
        let verb = format!("media?type={kind}&filename={name}");
        let answer = self.bring(&verb, "application/octet-stream", bytes).await;
        answer["media_id"].as_str().unwrap().to_owned()
    }

    /// The customer's address, after they wrote.
    pub(crate) async fn says(&self, customer: &str, words: &str) -> String {
        let said = self
            .sim("say", json!({ "customer": customer, "text": words }))
            .await;
        said["external_userid"].as_str().unwrap().to_owned()
    }

    /// What the phone shows of the chat with the account, without the customer's own and tips.
    pub(crate) async fn shown(&self, customer: &str) -> Vec<Value> {
        self.heard(customer, |chat| chat["target"] == KF).await
    }

    /// The first notice that fits; waits for it.
    pub(crate) async fn notice<T>(&self, fits: impl Fn(&Notice) -> Option<T>) -> T {
        let deadline = Instant::now() + SOON;
        loop {
            let found = self.notices.lock().unwrap().iter().find_map(&fits);
            if let Some(found) = found {
                return found;
            }
            assert!(
                Instant::now() < deadline,
                "no such notice: {:?}",
                self.notices
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The token of the last bell; waits for the first.
    pub(crate) async fn bell(&self) -> String {
        self.notice(|notice| match notice {
            Notice::Bell { account, token } => {
                assert_eq!(account.as_deref(), Some(KF));
                token.clone()
            }
            _ => None,
        })
        .await
    }

    /// Everything from a cursor on, and the next cursor.
    pub(crate) async fn pull(&self, cursor: &str) -> (Vec<Item>, String) {
        let (mut items, mut cursor) = (Vec::new(), cursor.to_owned());
        let token = self.bell().await;
        loop {
            let pulled = self
                .channel
                .pull(&self.connection, &self.door, &cursor, Some(&token));
            let page = pulled.await.unwrap();
            items.extend(page.items);
            cursor = page.cursor;
            if !page.more {
                return (items, cursor);
            }
        }
    }

    pub(crate) async fn send(&self, parcel: &Parcel) -> Result<(), Fault> {
        self.channel
            .send(&self.connection, &self.door, parcel, &self.files)
            .await
    }

    pub(crate) async fn text(&self, id: u128, address: &str, words: &str) -> Result<(), Fault> {
        self.send(&parcel(id, address, Content::text(words))).await
    }
}

pub(crate) fn door_of(open_kfid: &str) -> EntryPoint {
    EntryPoint {
        id: Default::default(),
        kf_account: Default::default(),
        channel: "wecom_kf".into(),
        connection: None,
        name: "微信客服".into(),
        allowed_origins: Vec::new(),
        locale: None,
        upstream_open_kfid: Some(open_kfid.into()),
        served_in: Default::default(),
        unlabelled: Default::default(),
        prechat_off: false,
        paused: false,
        paused_why: None,
    }
}

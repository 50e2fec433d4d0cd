//! A platform with one account, and the channel that speaks for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use kefu_channels::{Channel, Fault, Files, Parcel, channels_shop, mini_program, official_account};
use kefu_domain::setup::{Connection, EntryPoint};
use kefu_domain::{Content, OutboxId};
use kefu_simulator::{AppKind, AppSpec, Config, Handle, Simulator};
use kefu_wechat::client::{Client, Settings};
use serde_json::{Value, json};

pub(crate) const PNG: &[u8] = include_bytes!("../../src/platform/card.png");

pub(crate) struct Bench {
    pub(crate) platform: Handle,
    pub(crate) channel: Arc<dyn Channel>,
    pub(crate) connection: Connection,
    pub(crate) files: Shelf,
    pub(crate) appid: String,
    http: reqwest::Client,
}

/// Files of ours by their id.
#[derive(Default)]
pub(crate) struct Shelf(pub(crate) HashMap<String, (Bytes, String, String)>);

#[async_trait]
impl Files for Shelf {
    async fn read(&self, media_id: &str) -> Option<(Bytes, String, String)> {
        self.0.get(media_id).cloned()
    }
}

impl Bench {
    pub(crate) async fn of(kind: AppKind) -> Self {
        let spec = AppSpec {
            kind: Some(kind),
            unionid: Some(true),
            ..AppSpec::default()
        };
        Self::with(spec).await
    }

    pub(crate) async fn with(spec: AppSpec) -> Self {
        let config = Config {
            seed: 7,
            corp: None,
            ..Config::default()
        };
        let platform = Simulator::start(config).await.unwrap();
        let appid = platform.set_up_app(spec).unwrap();
        let app = platform.app(&appid).unwrap();
        let connection = Connection {
            id: Default::default(),
            channel: String::new(),
            name: "溪山茶社".into(),
            corpid: appid.clone(),
            agentid: None,
            secret: app.secret.unwrap(),
            token: app.token.unwrap(),
            encoding_aes_key: app.encoding_aes_key.unwrap(),
            previous: None,
            plain: false,
            base_url: Some(platform.base_url()),
            paused: false,
        };
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::new(Settings::default(), Arc::new(Instant::now)).unwrap();
        let channel: Arc<dyn Channel> = Arc::new(match app.kind.unwrap() {
            AppKind::OfficialAccount => official_account::channel(&client),
            AppKind::MiniProgram => mini_program::channel(&client),
            AppKind::Shop => channels_shop::channel(&client),
        });
        let mut files = Shelf::default();
        let mut shelve = |id: &str, bytes: &'static [u8], mime: &str| {
            let file = (Bytes::from_static(bytes), format!("{id}.bin"), mime.into());
            files.0.insert(id.into(), file);
        };
        shelve("png", PNG, "image/png");
        shelve("amr", b"#!AMR\n..........", "audio/amr");
        shelve("mp4", b"\0\0\0\x18ftypmp42........", "video/mp4");
        shelve("webp", b"RIFF....WEBP....", "image/webp");
        shelve("pdf", b"%PDF-1.7 ........", "application/pdf");
        Self {
            platform,
            channel,
            connection,
            files,
            appid,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

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

    /// A customer who wrote; their address.
    pub(crate) async fn writer(&self, customer: &str) -> String {
        let app = self.platform.app(&self.appid).unwrap();
        if app.kind == Some(AppKind::OfficialAccount) {
            self.sim(
                "follow",
                json!({ "appid": self.appid, "customer": customer }),
            )
            .await;
        }
        let words = json!({ "appid": self.appid, "customer": customer, "text": "在吗" });
        let said = self.sim("say", words).await;
        said["openid"].as_str().unwrap().to_owned()
    }

    /// A customer's file at the platform.
    pub(crate) async fn theirs(&self, kind: &str, bytes: &'static [u8]) -> String {
        let base = self.platform.base_url();
        let appid = &self.appid;
        let url = format!("{base}/sim/media?type={kind}&filename=a.bin&appid={appid}");
        let response = self.http.post(url).body(bytes).send().await.unwrap();
        let answer: Value = response.json().await.unwrap();
        answer["media_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn fault(&self, fault: Value) {
        self.sim("fault", fault).await;
    }

    pub(crate) async fn asked(&self, path: &str) -> usize {
        let calls = self
            .look(&format!("calls?way=call&limit=10000&path={path}"))
            .await;
        calls["calls"].as_array().unwrap().len()
    }

    /// What the account said on a phone.
    pub(crate) async fn shown(&self, customer: &str) -> Vec<Value> {
        let screen = self.look(&format!("screen?customer={customer}")).await;
        let chats = screen["chats"].as_array().unwrap().iter();
        let lines = chats.flat_map(|chat| chat["lines"].as_array()).flatten();
        let theirs = lines.filter(|line| line["side"] == "them");
        theirs.cloned().collect()
    }

    pub(crate) async fn send(&self, parcel: &Parcel) -> Result<(), Fault> {
        let door = door();
        let sent = self
            .channel
            .send(&self.connection, &door, parcel, &self.files);
        sent.await
    }

    pub(crate) async fn say(&self, id: u128, to: &str, content: Content) -> Result<(), Fault> {
        self.send(&parcel(id, to, content)).await
    }
}

pub(crate) fn parcel(id: u128, to: &str, content: Content) -> Parcel {
    Parcel {
        id: OutboxId(id),
        kind: "message".into(),
        address: to.into(),
        content,
        payload: String::new(),
        attempts: 0,
    }
}

pub(crate) fn door() -> EntryPoint {
    EntryPoint {
        id: Default::default(),
        kf_account: Default::default(),
        channel: String::new(),
        connection: None,
        name: "溪山茶社".into(),
        allowed_origins: Vec::new(),
        locale: None,
        upstream_open_kfid: None,
        served_in: Default::default(),
        prechat_off: false,
        paused: false,
        paused_why: None,
    }
}

pub(crate) fn content(msgtype: &str, body: Value) -> Content {
    Content::from_parts(msgtype, body).unwrap()
}

/// So long a call may take that a test lets hang.
pub(crate) const HANG: Duration = Duration::from_millis(200);

//! A platform with one account, and the channel that speaks for it.

use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use kefu_channels::{Channel, Fault, Parcel, channels_shop, mini_program, official_account};
use kefu_domain::Content;
use kefu_domain::setup::{Connection, EntryPoint};
use kefu_simulator::{AppKind, AppSpec, Config, Handle, Simulator};
use kefu_wechat::client::{Client, Settings};
use serde_json::{Value, json};

use crate::kit::{PNG, Script, Shelf, parcel};

pub(crate) struct Bench {
    pub(crate) platform: Handle,
    pub(crate) channel: Arc<dyn Channel>,
    pub(crate) connection: Connection,
    pub(crate) files: Shelf,
    pub(crate) appid: String,
    script: Script,
}

impl Deref for Bench {
    type Target = Script;

    fn deref(&self) -> &Script {
        &self.script
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
            used_at: None,
            plain: false,
            card_appid: None,
            card_page: None,
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
        let script = Script::of(&platform);
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
            script,
        }
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
        let verb = format!("media?type={kind}&filename=a.bin&appid={}", self.appid);
        let answer = self.bring(&verb, "application/octet-stream", bytes).await;
        answer["media_id"].as_str().unwrap().to_owned()
    }

    /// What the account said on a phone.
    pub(crate) async fn shown(&self, customer: &str) -> Vec<Value> {
        self.heard(customer, |_| true).await
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
        unlabelled: Default::default(),
        prechat_off: false,
        paused: false,
        paused_why: None,
    }
}

/// So long a call may take that a test lets hang.
pub(crate) const HANG: Duration = Duration::from_millis(200);

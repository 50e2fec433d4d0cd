//! One account at the platform, set up at a gateway as an administrator does it.

use std::time::Duration;

use kefu_simulator::{AppKind, AppSpec, Config, Handle, MenuButton, Mode, Simulator};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    http,
    kefu::Kefu,
    shop::{Shop, Socket},
};

/// Longest wait for what happens by itself.
const SOON: Duration = Duration::from_secs(20);

pub(crate) struct Stage {
    pub(crate) platform: Handle,
    pub(crate) kefu: Kefu,
    pub(crate) shop: Shop,
    pub(crate) appid: String,
    pub(crate) connection: Value,
    open_kfid: Value,
    pub(crate) folder: tempfile::TempDir,
}

fn rows(list: &Value) -> Vec<Value> {
    list.as_array().unwrap().clone()
}

/// What a channel and the platform call the same thing.
pub(crate) fn channel(kind: AppKind) -> &'static str {
    match kind {
        AppKind::OfficialAccount => "official_account",
        AppKind::MiniProgram => "mini_program",
        AppKind::Shop => "channels_shop",
    }
}

impl Stage {
    pub(crate) async fn set(kind: AppKind, mode: Mode) -> Self {
        let config = Config {
            seed: 7,
            corp: None,
            ..Config::default()
        };
        let platform = Simulator::start(config).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let kefu = Kefu::start(&data, &[]).await;
        let rules = json!({ "assign": "auto", "silence_warn_s": 0 });
        let shop = Shop::open(&kefu, &data, rules).await;
        let aftersales = MenuButton {
            name: "售后".into(),
            r#type: "click".into(),
            key: "aftersales".into(),
            ..MenuButton::default()
        };
        let mall = MenuButton {
            name: "商城".into(),
            r#type: "view".into(),
            key: "mall".into(),
            url: "https://shop.example/mall".into(),
            ..MenuButton::default()
        };
        let store = MenuButton {
            name: "发送门店位置".into(),
            r#type: "location_select".into(),
            key: "store".into(),
            ..MenuButton::default()
        };
        let menu = vec![aftersales, mall, store];
        let spec = AppSpec {
            kind: Some(kind),
            name: Some("溪山茶社".into()),
            unionid: Some(true),
            recognition: Some(true),
            menu: Some(menu).filter(|_| kind == AppKind::OfficialAccount),
            ..AppSpec::default()
        };
        let appid = platform.set_up_app(spec).unwrap();
        let secret = platform.app(&appid).unwrap().secret.unwrap();
        let connection = json!({
            "channel": channel(kind), "name": "溪山茶社", "corpid": appid, "secret": secret,
            "base_url": platform.base_url(), "plain": mode == Mode::Plain,
        });
        let made = shop.call("POST", "/v1/connections", &connection).await;
        assert_eq!(made.status, 201, "{}", made.json());
        let connection = made.json();
        let word = |name: &str| connection[name].as_str().map(str::to_owned);
        let spec = AppSpec {
            appid: Some(appid.clone()),
            token: word("token"),
            encoding_aes_key: word("encoding_aes_key"),
            push_url: word("callback_url"),
            mode: Some(mode),
            ..AppSpec::default()
        };
        platform.set_up_app(spec).unwrap();
        let accounts = shop.get("/v1/kf-accounts").await;
        let open_kfid = accounts["items"][0]["id"].clone();
        let door = json!({
            "open_kfid": open_kfid, "channel": channel(kind), "name": "溪山茶社",
            "connection_id": connection["id"],
        });
        let made = shop.call("POST", "/v1/entry-points", &door).await;
        assert_eq!(made.status, 201, "{}", made.json());
        let twice = shop.call("POST", "/v1/entry-points", &door).await;
        assert_eq!(twice.status, 409, "one connection has one entry point");
        Self {
            platform,
            kefu,
            shop,
            appid,
            connection,
            open_kfid,
            folder,
        }
    }

    /// The gateway dies and starts again, on another port.
    pub(crate) async fn restart(&mut self) {
        let data = self.folder.path().join("data");
        self.kefu.signal(rustix::process::Signal::KILL);
        self.kefu.ended(SOON).await;
        self.kefu = Kefu::start(&data, &[]).await;
        let (door, agent) = (self.shop.door.clone(), self.shop.agent.clone());
        self.shop = Shop::again(&self.kefu, &data, &door, &agent).await;
    }

    /// Pauses the connection, or ends that.
    pub(crate) async fn pause(&self, paused: bool) {
        let connection = format!(
            "/v1/connections/{}",
            self.connection["id"].as_str().unwrap()
        );
        let body = json!({ "paused": paused });
        let changed = self.shop.call("PATCH", &connection, &body).await;
        assert_eq!(changed.status, 200, "{}", changed.json());
    }

    /// Where the account that customers talk to is changed.
    pub(crate) fn account(&self) -> String {
        format!("/v1/kf-accounts/{}", self.open_kfid.as_str().unwrap())
    }

    /// A verb of the platform's script door.
    pub(crate) async fn sim(&self, verb: &str, mut body: Value) -> Value {
        body["appid"] = self.appid.as_str().into();
        self.act(verb, body).await
    }

    /// One that is about no account.
    pub(crate) async fn act(&self, verb: &str, body: Value) -> Value {
        let addr = self.platform.base_url().replace("http://", "");
        let json = ("content-type", "application/json");
        let target = format!("/sim/{verb}");
        let body = body.to_string();
        let reply = http::send(
            addr.parse().unwrap(),
            "POST",
            &target,
            &[json],
            body.as_bytes(),
        )
        .await;
        assert_eq!(reply.status, 200, "{verb}: {}", reply.json());
        reply.json()
    }

    /// A file of a customer, at the platform.
    pub(crate) async fn media(&self, kind: &str, bytes: &[u8]) -> String {
        let addr = self.platform.base_url().replace("http://", "");
        let target = format!("/sim/media?appid={}&type={kind}&filename=a.bin", self.appid);
        let stored = http::send(addr.parse().unwrap(), "POST", &target, &[], bytes).await;
        assert_eq!(stored.status, 200, "{}", stored.json());
        stored.json()["media_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn fault(&self, fault: Value) {
        self.act("fault", fault).await;
    }

    /// Ends all faults.
    pub(crate) async fn no_fault(&self) {
        let addr = self.platform.base_url().replace("http://", "");
        let cleared = http::send(addr.parse().unwrap(), "DELETE", "/sim/fault", &[], b"").await;
        assert_eq!(cleared.status, 200);
    }

    pub(crate) async fn look(&self, path: &str) -> Value {
        let addr = self.platform.base_url().replace("http://", "");
        let target = format!("/sim/{path}");
        http::send(addr.parse().unwrap(), "GET", &target, &[], b"")
            .await
            .json()
    }

    /// How often the platform was asked for a path.
    pub(crate) async fn asked(&self, path: &str) -> usize {
        let calls = self
            .look(&format!("calls?way=call&limit=10000&path={path}"))
            .await;
        calls["calls"].as_array().unwrap().len()
    }

    /// What the account said on a customer's phone, once there are so many; waits for it.
    pub(crate) async fn shown(&self, customer: &str, count: usize) -> Vec<Value> {
        let deadline = Instant::now() + SOON;
        loop {
            let screen = self.look(&format!("screen?customer={customer}")).await;
            let chats = screen["chats"].as_array().cloned().unwrap_or_default();
            let lines = chats.iter().flat_map(|chat| chat["lines"].as_array());
            let theirs = lines.flatten().filter(|line| line["side"] == "them");
            let shown: Vec<Value> = theirs.map(|line| line["content"].clone()).collect();
            if shown.len() >= count {
                return shown;
            }
            let log = self.kefu.logged();
            assert!(Instant::now() < deadline, "{count} awaited: {screen} {log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The platform's id of what the account said last on a customer's phone.
    pub(crate) async fn newest(&self, customer: &str) -> Value {
        let screen = self.look(&format!("screen?customer={customer}")).await;
        let chats = screen["chats"].as_array().cloned().unwrap_or_default();
        let lines = chats.iter().flat_map(|chat| chat["lines"].as_array());
        let mut theirs = lines.flatten().filter(|line| line["side"] == "them");
        theirs
            .next_back()
            .map(|line| line["msgid"].clone())
            .unwrap()
    }

    /// Waits for another second: platforms tell no more of the time than that, and what went out in the
    /// same second counts against what is said in it.
    pub(crate) async fn another_second(&self) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }

    pub(crate) async fn says(&self, customer: &str, words: &str) -> Value {
        self.sim("say", json!({ "customer": customer, "text": words }))
            .await
    }

    /// Comes in as one does there: follows, opens the customer service, or nothing.
    pub(crate) async fn comes(&self, kind: AppKind, customer: &str) {
        let customer = json!({ "customer": customer });
        match kind {
            AppKind::OfficialAccount => drop(self.sim("follow", customer).await),
            AppKind::MiniProgram => {
                let mut enter = customer;
                enter["session_from"] = "order:8812".into();
                self.sim("enter", enter).await;
            }
            AppKind::Shop => (),
        }
    }

    /// The newest thread, or the one that says this; waits until the test holds.
    pub(crate) async fn thread(&self, fits: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + SOON;
        loop {
            let list = self.shop.get("/v1/conversations").await;
            let items = list["items"].as_array().cloned().unwrap_or_default();
            if let Some(found) = items.into_iter().find(|row| fits(row)) {
                return found;
            }
            let log = self.kefu.logged();
            assert!(Instant::now() < deadline, "{list} {log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// All messages of a thread.
    pub(crate) async fn messages(&self, conversation: &Value) -> Vec<Value> {
        rows(&self.page(conversation).await["messages"])
    }

    /// The inner lines of one event, once there are so many; waits for them.
    pub(crate) async fn lines(&self, thread: &Value, event: &str, count: usize) -> Vec<Value> {
        let deadline = Instant::now() + SOON;
        loop {
            let mut lines = rows(&self.page(thread).await["lines"]);
            lines.retain(|line| line["event"] == event);
            if lines.len() >= count {
                return lines;
            }
            assert!(Instant::now() < deadline, "{count} {event}: {lines:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn page(&self, conversation: &Value) -> Value {
        let id = conversation["conversation_id"].as_str().unwrap();
        let target = format!("/v1/conversations/{id}/messages?limit=200");
        self.shop.get(&target).await
    }

    /// The first message that fits; waits for it.
    pub(crate) async fn message(
        &self,
        conversation: &Value,
        fits: impl Fn(&Value) -> bool,
    ) -> Value {
        let deadline = Instant::now() + SOON;
        loop {
            let all = self.messages(conversation).await;
            if let Some(found) = all.iter().find(|message| fits(message)) {
                return found.clone();
            }
            let log = self.kefu.logged();
            assert!(Instant::now() < deadline, "{all:?} {log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What the agent answers; waits until it is accepted.
    pub(crate) async fn reply(&self, desk: &mut Socket, card: &Value, id: &str, words: &str) {
        desk.say(json!({
            "op": "send", "id": id, "conversation_id": card["conversation_id"],
            "fence": card["session"]["fence"], "msgtype": "text", "text": { "content": words },
        }))
        .await;
        desk.hear("ack").await;
    }
}

impl Stage {
    /// The agent types; waits until the customer's phone shows it.
    pub(crate) async fn types(&self, desk: &mut Socket, card: &Value, customer: &str) {
        desk.say(json!({ "op": "typing", "conversation_id": card["conversation_id"], "on": true }))
            .await;
        let deadline = Instant::now() + SOON;
        loop {
            let screen = self.look(&format!("screen?customer={customer}")).await;
            let chats = screen["chats"].as_array().cloned().unwrap_or_default();
            if chats.iter().any(|chat| chat["typing"] == true) {
                return;
            }
            assert!(Instant::now() < deadline, "nobody types: {screen}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// So many customers ask, and one agent is given all of them.
    pub(crate) async fn crowd(&self, kind: AppKind, desk: &mut Socket, count: usize) -> Vec<Value> {
        let mut cards: Vec<Value> = Vec::new();
        for n in 0..count {
            let customer = format!("c{n}");
            self.comes(kind, &customer).await;
            self.says(&customer, "在吗").await;
            while cards.len() == n {
                let card = given(desk).await;
                let id = &card["conversation_id"];
                if cards.iter().all(|known| known["conversation_id"] != *id) {
                    cards.push(card);
                }
            }
        }
        cards
    }
}

/// The thread that an agent was given, when its session is theirs.
pub(crate) async fn given(desk: &mut Socket) -> Value {
    loop {
        let card = desk.hear("conversation").await["conversation"].clone();
        if card["session"]["service_state"] == 3 {
            return card;
        }
    }
}

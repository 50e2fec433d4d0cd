//! A brand that is set up through the API, and the people at both ends of it.

use std::{net::SocketAddr, path::Path, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::Instant};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

use crate::{
    http::{self, Reply},
    kefu::Kefu,
};

const JSON: (&str, &str) = ("content-type", "application/json");

/// The administrator's view of a gateway.
pub(crate) struct Shop {
    pub(crate) addr: SocketAddr,
    cookie: String,
    pub(crate) door: String,
    pub(crate) agent: String,
}

/// The login that the first start left.
pub(crate) fn first_admin(data: &Path) -> (String, String) {
    let text = std::fs::read_to_string(data.join("first-admin")).unwrap();
    let of = |key: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(key))
            .unwrap()
            .to_owned()
    };
    (of("account="), of("password="))
}

impl Shop {
    /// Signs in, and sets up a team of one agent and a website door.
    pub(crate) async fn open(kefu: &Kefu, data: &Path, rules: Value) -> Self {
        let mut shop = Self::again(kefu, data, "", "").await;
        let team = shop.make("/v1/teams", json!({ "name": "售前组" })).await;
        let agent =
            json!({ "account": "xiaolin", "name": "小林", "team_ids": [team], "limit": 1000 });
        shop.agent = shop.make("/v1/agents", agent).await;
        let account = json!({
            "name": "溪山茶社客服", "team_id": team, "rules": rules, "survey": { "enabled": false },
        });
        let account = shop.make("/v1/kf-accounts", account).await;
        let door = json!({ "open_kfid": account, "channel": "website", "name": "官网" });
        shop.door = shop.make("/v1/entry-points", door).await;
        shop
    }

    /// Signs in to a gateway that is set up.
    pub(crate) async fn again(kefu: &Kefu, data: &Path, door: &str, agent: &str) -> Self {
        let (account, password) = first_admin(data);
        let body = json!({ "account": account, "password": password }).to_string();
        let reply = http::send(kefu.addr, "POST", "/v1/login", &[JSON], body.as_bytes()).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        Self {
            addr: kefu.addr,
            cookie: reply.cookie().unwrap(),
            door: door.to_owned(),
            agent: agent.to_owned(),
        }
    }

    pub(crate) async fn call(&self, method: &str, target: &str, body: &Value) -> Reply {
        let origin = format!("http://{}", self.addr);
        let headers = [("cookie", self.cookie.as_str()), ("origin", &origin), JSON];
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        http::send(self.addr, method, target, &headers, body.as_bytes()).await
    }

    pub(crate) async fn get(&self, target: &str) -> Value {
        let reply = self.call("GET", target, &Value::Null).await;
        assert_eq!(reply.status, 200, "{target}: {}", reply.json());
        reply.json()
    }

    /// Makes a row; its id.
    pub(crate) async fn make(&self, target: &str, body: Value) -> String {
        let reply = self.call("POST", target, &body).await;
        assert_eq!(reply.status, 201, "{target}: {}", reply.json());
        let row = reply.json();
        let id = row["id"].as_str().or_else(|| row["agent"]["id"].as_str());
        id.unwrap_or_else(|| panic!("{row}")).to_owned()
    }

    /// The agent's socket after its hello with a position.
    pub(crate) async fn agent_socket(&self, position: Value) -> Socket {
        let target = format!("/v1/agents/{}/tickets", self.agent);
        let reply = self.call("POST", &target, &json!({})).await;
        let mut hello = json!({ "op": "hello", "ticket": reply.json()["ticket"] });
        for (key, value) in position.as_object().into_iter().flatten() {
            hello[key] = value.clone();
        }
        let mut socket = Socket::open(self.addr, "/v1/agent/socket").await;
        socket.say(hello).await;
        socket
    }

    /// The agent at their desk, online.
    pub(crate) async fn desk(&self) -> Socket {
        let mut socket = self.agent_socket(json!({})).await;
        socket.hear("resumed").await;
        socket
            .say(json!({ "op": "state", "id": "on", "state": "online" }))
            .await;
        socket.hear("ack").await;
        socket
    }

    /// A new visitor.
    pub(crate) async fn visitor(&self) -> Visitor {
        let body = json!({ "entry_point_id": self.door }).to_string();
        let reply = http::send(
            self.addr,
            "POST",
            "/v1/visitor/open",
            &[JSON],
            body.as_bytes(),
        )
        .await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        let opened = reply.json();
        Visitor {
            addr: self.addr,
            token: opened["token"].as_str().unwrap().to_owned(),
            customer: opened["external_userid"].as_str().unwrap().to_owned(),
        }
    }

    /// All assignments there ever were, as session, fence and time, in the order of time.
    pub(crate) async fn assignments(&self) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self
                .get(&format!("/v1/audit/assignments?limit=200&cursor={cursor}"))
                .await;
            all.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        all.sort_by_key(|row| row["from_at"].as_i64());
        all
    }
}

/// Somebody on the website.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) addr: SocketAddr,
    pub(crate) token: String,
    pub(crate) customer: String,
}

impl Visitor {
    pub(crate) async fn ask(&self, method: &str, target: &str, body: &Value) -> Reply {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("authorization", bearer.as_str()), JSON];
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        http::send(self.addr, method, target, &headers, body.as_bytes()).await
    }

    /// Writes; how long the acceptance took.
    pub(crate) async fn write(&self, id: &str, text: &str) -> (Reply, Duration) {
        let body = json!({ "client_msg_id": id, "msgtype": "text", "text": { "content": text } });
        let began = Instant::now();
        let reply = self.ask("POST", "/v1/visitor/messages", &body).await;
        (reply, began.elapsed())
    }

    /// What the reception looks like to them.
    pub(crate) async fn session(&self) -> Value {
        let reply = self.ask("GET", "/v1/visitor/poll", &Value::Null).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        reply.json()["session"].clone()
    }

    pub(crate) async fn socket(&self, position: Value) -> Socket {
        let mut socket = Socket::open(self.addr, "/v1/visitor/socket").await;
        let mut hello = json!({ "op": "hello", "token": self.token });
        for (key, value) in position.as_object().into_iter().flatten() {
            hello[key] = value.clone();
        }
        socket.say(hello).await;
        socket
    }
}

/// A socket as a client has it.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(addr: SocketAddr, path: &str) -> Self {
        let url = format!("ws://{addr}{path}");
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        Self(socket)
    }

    pub(crate) async fn say(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The next frame, or the code it was closed with.
    pub(crate) async fn next(&mut self) -> Result<Value, u16> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(close))) => {
                    return Err(close.map_or(1005, |close| close.code.into()));
                }
                Some(Ok(_)) => (),
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    /// The next frame of an operation, in time.
    pub(crate) async fn hear(&mut self, op: &str) -> Value {
        let heard = async {
            loop {
                match self.next().await {
                    Ok(frame) if frame["op"] == op => return frame,
                    Ok(_) => (),
                    Err(code) => panic!("`{op}` awaited, closed with {code}"),
                }
            }
        };
        let heard = tokio::time::timeout(Duration::from_secs(60), heard).await;
        heard.unwrap_or_else(|_| panic!("no `{op}` in time"))
    }

    /// The code it is closed with.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }
}

//! A platform with one official account, mini-program or shop, and a gateway that records what is
//! pushed to it and answers what a test wants.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use kefu_simulator::crypto::{self, AesKey};
use kefu_simulator::{AppSpec, Config, Delivery, Format, Handle, Mode, Simulator};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::bench::element;
use crate::wire::{Answer, Inbox, Wire, serve};

pub(crate) type Params = std::collections::HashMap<String, String>;

/// One push as it came.
#[derive(Debug, Clone)]
pub(crate) struct Pushed {
    pub(crate) query: Params,
    pub(crate) content_type: String,
    pub(crate) body: String,
    /// `signature` belongs to token, timestamp and nonce.
    pub(crate) signed: bool,
    /// `msg_signature` belongs to the frame too.
    pub(crate) sealed: bool,
    /// What was said, decrypted where it was encrypted.
    pub(crate) plain: Result<String, String>,
}

impl Pushed {
    pub(crate) fn element(&self, name: &str) -> &str {
        element(self.plain.as_deref().unwrap_or_default(), name)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.plain.as_deref().unwrap_or_default()).expect("JSON")
    }
}

#[derive(Default)]
struct Gateway {
    /// What is answered is a status and a body; 200 and `success` if none was chosen.
    inbox: Inbox<Pushed, (u16, String)>,
    app: Mutex<AppSpec>,
}

pub(crate) struct AppBench {
    pub(crate) platform: Handle,
    gateway: Arc<Gateway>,
    wire: Wire,
    pub(crate) app: AppSpec,
}

impl Deref for AppBench {
    type Target = Wire;

    fn deref(&self) -> &Wire {
        &self.wire
    }
}

impl AppBench {
    pub(crate) async fn official(mode: Mode) -> Self {
        Self::start(AppSpec {
            mode: Some(mode),
            ..AppSpec::demo().swap_remove(0)
        })
        .await
    }

    pub(crate) async fn mini(mode: Mode, format: Format) -> Self {
        Self::start(AppSpec {
            mode: Some(mode),
            format: Some(format),
            ..AppSpec::demo().swap_remove(1)
        })
        .await
    }

    pub(crate) async fn shop(format: Format) -> Self {
        Self::start(AppSpec {
            format: Some(format),
            ..AppSpec::demo().swap_remove(2)
        })
        .await
    }

    /// A platform with this app and nothing else.
    pub(crate) async fn start(spec: AppSpec) -> Self {
        let gateway = Arc::new(Gateway::default());
        let url = serve("/push", get(echo).post(pushed), gateway.clone()).await;
        let platform = Simulator::start(Config {
            seed: 7,
            corp: None,
            delivery: Delivery {
                timeout: Duration::from_millis(400),
                ..Delivery::default()
            },
            ..Config::default()
        })
        .await
        .expect("a platform");
        let appid = platform
            .set_up_app(AppSpec {
                push_url: Some(url),
                ..spec
            })
            .expect("an app");
        let app = platform.app(&appid).expect("the app");
        *gateway.app.lock() = app.clone();
        let bench = Self {
            wire: Wire::to(platform.base_url()),
            platform,
            gateway,
            app,
        };
        bench.sign_in().await;
        bench
    }

    pub(crate) fn appid(&self) -> &str {
        self.app.appid.as_deref().expect("an appid")
    }

    pub(crate) fn original_id(&self) -> &str {
        self.app.original_id.as_deref().expect("an original id")
    }

    /// What `stable_token` answers.
    pub(crate) async fn stable(&self, force: bool) -> Value {
        let body = json!({
            "grant_type": "client_credential",
            "appid": self.app.appid,
            "secret": self.app.secret,
            "force_refresh": force,
        });
        self.post("/cgi-bin/stable_token", body).await
    }

    pub(crate) async fn sign_in(&self) {
        let answer = self.stable(false).await;
        self.signed_in(&answer);
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: impl Into<Bytes>,
    ) -> Answer {
        self.ask(method, path, kind, body).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (_, _, bytes) = self
            .send(Method::POST, path, "application/json", body.to_string())
            .await;
        serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("{path}: {bytes:?}"))
    }

    /// A verb of the control API, with the app's id.
    pub(crate) async fn sim(&self, verb: &str, mut body: Value) -> Value {
        body["appid"] = self.appid().into();
        self.bare(verb, body).await
    }

    /// A verb that is not about the app.
    pub(crate) async fn bare(&self, verb: &str, body: Value) -> Value {
        self.verb(verb, body).await
    }

    /// A verb that must be refused; answers the status.
    pub(crate) async fn refused(&self, verb: &str, mut body: Value) -> u16 {
        body["appid"] = self.appid().into();
        self.refused_verb(verb, body).await
    }

    /// A call of the platform's API below the root.
    pub(crate) async fn api(&self, path: &str, body: Value) -> Value {
        let path = format!("/{path}?access_token={}", self.token());
        self.post(&path, body).await
    }

    /// Whether a call's answer breaks off.
    pub(crate) async fn broken(&self, path: &str, body: Value) -> bool {
        let path = format!("/{path}?access_token={}", self.token());
        let request = self.request(Method::POST, &path, "", body.to_string());
        self.exchange(request).await.is_err()
    }

    pub(crate) async fn api_get(&self, path: &str) -> Value {
        let separator = if path.contains('?') { '&' } else { '?' };
        self.get(&format!("/{path}{separator}access_token={}", self.token()))
            .await
    }

    /// The errcode of `message/custom/send`.
    pub(crate) async fn write(&self, to: &str, content: Value) -> i64 {
        let mut body = content;
        body["touser"] = to.into();
        let answer = self.api("cgi-bin/message/custom/send", body).await;
        answer["errcode"].as_i64().expect("an errcode")
    }

    pub(crate) async fn write_text(&self, to: &str, words: &str) -> i64 {
        let text = json!({ "msgtype": "text", "text": { "content": words } });
        self.write(to, text).await
    }

    /// Follows, and forgets the push of it.
    pub(crate) async fn follower(&self, customer: &str) -> String {
        let arrived = self.sim("follow", json!({ "customer": customer })).await;
        self.pushes(1).await;
        self.forget();
        arrived["openid"].as_str().expect("an openid").to_owned()
    }

    /// A form with one file and some words.
    pub(crate) async fn form(
        &self,
        path: &str,
        part: &str,
        name: &str,
        bytes: &[u8],
        words: &[(&str, &str)],
    ) -> Value {
        let mut body = Vec::new();
        for (field, value) in words {
            body.extend_from_slice(
                format!(
                    "--x\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
                )
                .as_bytes(),
            );
        }
        body.extend_from_slice(
            format!(
                "--x\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{name}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--x--\r\n");
        let separator = if path.contains('?') { '&' } else { '?' };
        let path = format!("/{path}{separator}access_token={}", self.token());
        let kind = "multipart/form-data; boundary=x";
        let (_, _, bytes) = self.send(Method::POST, &path, kind, body).await;
        serde_json::from_slice(&bytes).expect("JSON")
    }

    /// The lines of the app's chat on a phone.
    pub(crate) async fn lines(&self, customer: &str) -> Vec<Value> {
        let chat = self.chat(customer).await;
        chat["lines"].as_array().cloned().unwrap_or_default()
    }

    pub(crate) async fn chat(&self, customer: &str) -> Value {
        let screen = self.get(&format!("/sim/screen?customer={customer}")).await;
        let chats = screen["chats"].as_array().cloned().unwrap_or_default();
        let of = |chat: &Value| chat["target"] == self.appid();
        chats.into_iter().find(of).unwrap_or_default()
    }

    /// The next answers of the gateway.
    pub(crate) fn answer_with(&self, answers: &[(u16, &str)]) {
        let answers = answers.iter();
        let answers = answers.map(|(status, body)| (*status, (*body).to_owned()));
        self.gateway.inbox.answer_with(answers);
    }

    pub(crate) fn answer_slowly(&self, by: Duration) {
        self.gateway.inbox.answer_slowly(by);
    }

    pub(crate) fn got(&self) -> Vec<Pushed> {
        self.gateway.inbox.got()
    }

    pub(crate) fn forget(&self) {
        self.gateway.inbox.forget();
    }

    /// Waits until so many pushes have come.
    pub(crate) async fn pushes(&self, count: usize) -> Vec<Pushed> {
        self.gateway.inbox.wait(count).await
    }

    /// Waits until the phone shows so many lines.
    pub(crate) async fn shows(&self, customer: &str, count: usize) -> Vec<Value> {
        for _ in 0..200 {
            let lines = self.lines(customer).await;
            if lines.len() >= count {
                return lines;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{count} lines wanted: {:#?}", self.lines(customer).await)
    }

    /// Long enough for anything that should not come to come.
    pub(crate) async fn quiet(&self) {
        self.gateway.inbox.quiet().await;
    }
}

fn word<'a>(params: &'a Params, name: &str) -> &'a str {
    params.get(name).map(String::as_str).unwrap_or_default()
}

fn signed(app: &AppSpec, params: &Params, more: Option<&str>, name: &str) -> bool {
    let token = app.token.as_deref().unwrap_or_default();
    let mut words = vec![token, word(params, "timestamp"), word(params, "nonce")];
    words.extend(more);
    crypto::signed_by(&words, word(params, name))
}

async fn echo(State(gateway): State<Arc<Gateway>>, Query(params): Query<Params>) -> String {
    match signed(&gateway.app.lock(), &params, None, "signature") {
        true => word(&params, "echostr").to_owned(),
        false => "no".into(),
    }
}

async fn pushed(
    State(gateway): State<Arc<Gateway>>,
    Query(query): Query<Params>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, String) {
    let app = gateway.app.lock().clone();
    let encrypt = match app.format {
        Some(Format::Json) => serde_json::from_str::<Value>(&body)
            .ok()
            .and_then(|all| all["Encrypt"].as_str().map(str::to_owned))
            .unwrap_or_default(),
        _ => element(&body, "Encrypt").to_owned(),
    };
    let key = AesKey::read(app.encoding_aes_key.as_deref().unwrap_or_default()).expect("a key");
    let plain = match encrypt.as_str() {
        "" => Ok(body.clone()),
        sealed => crypto::open(&key, sealed, app.appid.as_deref().unwrap_or_default())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .map_err(|error| error.to_string()),
    };
    let push = Pushed {
        signed: signed(&app, &query, None, "signature"),
        sealed: signed(&app, &query, Some(&encrypt), "msg_signature"),
        content_type: headers
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
        query,
        body,
        plain,
    };
    let answer = gateway.inbox.take(push).await;
    let (status, body) = answer.unwrap_or((200, "success".into()));
    (StatusCode::from_u16(status).expect("a status"), body)
}

//! A platform and a gateway that records what reaches it, for the stories beside this file.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use kefu_simulator::crypto::{self, AesKey};
use kefu_simulator::{Config, CorpSpec, Delivery, Handle, Simulator};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::wire::{Inbox, Wire, serve};

pub(crate) const KF: &str = "wkXishanPresales0000000000000001";

/// What the gateway got: the request as it was, and the plaintext if it could be opened.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) signed: bool,
    pub(crate) plain: Result<String, String>,
    pub(crate) body: String,
}

#[derive(Default)]
struct Gateway {
    /// What is answered is a status, 200 if none was chosen.
    inbox: Inbox<Got, u16>,
    corp: Mutex<CorpSpec>,
}

pub(crate) struct Bench {
    pub(crate) platform: Handle,
    gateway: Arc<Gateway>,
    wire: Wire,
    pub(crate) corp: CorpSpec,
}

impl Deref for Bench {
    type Target = Wire;

    fn deref(&self) -> &Wire {
        &self.wire
    }
}

impl Bench {
    /// A platform with the demo corp whose callbacks come here.
    pub(crate) async fn start() -> Self {
        Self::with(Delivery {
            timeout: Duration::from_millis(400),
            retries: 3,
            pause: Duration::from_millis(20),
        })
        .await
    }

    pub(crate) async fn with(delivery: Delivery) -> Self {
        let gateway = Arc::new(Gateway::default());
        let url = serve("/cb", get(echo).post(callback), gateway.clone()).await;
        let config = Config {
            delivery,
            seed: 7,
            ..Config::default()
        };
        let platform = Simulator::start(config).await.expect("a platform");
        let corp = platform.corp().expect("the demo corp");
        *gateway.corp.lock() = corp.clone();
        platform
            .set_up(CorpSpec {
                corpid: corp.corpid.clone(),
                callback_url: Some(url),
                ..CorpSpec::default()
            })
            .expect("the callback URL is taken");
        let bench = Self {
            wire: Wire::to(platform.base_url()),
            platform,
            gateway,
            corp,
        };
        bench.sign_in().await;
        bench
    }

    pub(crate) async fn sign_in(&self) {
        let query = format!(
            "corpid={}&corpsecret={}",
            self.corp.corpid.as_deref().unwrap_or_default(),
            self.corp.secret.as_deref().unwrap_or_default()
        );
        let answer = self.get(&format!("/cgi-bin/gettoken?{query}")).await;
        assert_eq!(answer["errcode"], 0, "{answer}");
        self.signed_in(&answer);
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
    ) -> (StatusCode, Bytes) {
        self.try_send(method, path, body).await.expect("an answer")
    }

    pub(crate) async fn try_send(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
    ) -> Result<(StatusCode, Bytes), String> {
        let request = self.request(method, path, "", body);
        let (status, _, body) = self.exchange(request).await?;
        Ok((status, body))
    }

    /// The bytes behind one of the platform's own addresses.
    pub(crate) async fn picture(&self, url: &Value) -> Vec<u8> {
        let url = url.as_str().expect("a URL");
        let path = url
            .strip_prefix(&self.platform.base_url())
            .expect("an address here");
        let (status, bytes) = self.send(Method::GET, path, "").await;
        assert_eq!(status, 200);
        bytes.to_vec()
    }

    /// A request with a content type of its own.
    pub(crate) async fn send_as(&self, kind: &str, path: &str, body: impl Into<Bytes>) -> Value {
        let (_, _, body) = self.ask(Method::POST, path, kind, body).await;
        serde_json::from_slice(&body).expect("JSON")
    }

    /// The status of any request.
    pub(crate) async fn status(&self, request: Request<Full<Bytes>>) -> u16 {
        let (status, _, _) = self.exchange(request).await.expect("an answer");
        status.as_u16()
    }

    /// A verb of the control API.
    pub(crate) async fn sim(&self, verb: &str, body: Value) -> Value {
        self.verb(verb, body).await
    }

    /// A verb that must be refused; answers the status.
    pub(crate) async fn refused(&self, verb: &str, body: Value) -> u16 {
        self.refused_verb(verb, body).await
    }

    /// A call of the platform's API.
    pub(crate) async fn api(&self, path: &str, body: Value) -> Value {
        let path = format!("/cgi-bin/{path}?access_token={}", self.token());
        let (_, bytes) = self.send(Method::POST, &path, body.to_string()).await;
        serde_json::from_slice(&bytes).expect("JSON")
    }

    /// The errcode of a call.
    pub(crate) async fn code(&self, path: &str, body: Value) -> i64 {
        self.api(path, body).await["errcode"]
            .as_i64()
            .expect("an errcode")
    }

    pub(crate) async fn api_get(&self, path: &str) -> Value {
        let separator = if path.contains('?') { '&' } else { '?' };
        self.get(&format!(
            "/cgi-bin/{path}{separator}access_token={}",
            self.token()
        ))
        .await
    }

    /// All messages of the account from the beginning.
    pub(crate) async fn pull(&self) -> Vec<Value> {
        let answer = self.api("kf/sync_msg", json!({ "open_kfid": KF })).await;
        assert_eq!(answer["errcode"], 0, "{answer}");
        answer["msg_list"].as_array().expect("a list").clone()
    }

    pub(crate) async fn send_text(&self, to: &str, words: &str) -> Value {
        let body = json!({
            "touser": to, "open_kfid": KF, "msgtype": "text", "text": { "content": words },
        });
        self.api("kf/send_msg", body).await
    }

    /// A customer writes to the account; answers who that is.
    pub(crate) async fn wrote(&self, customer: &str) -> String {
        let said = json!({ "customer": customer, "open_kfid": KF, "text": "在吗" });
        let said = self.sim("say", said).await;
        said["external_userid"].as_str().expect("an id").to_owned()
    }

    /// The lines of one chat on a phone.
    pub(crate) async fn lines(&self, customer: &str, kind: &str) -> Vec<Value> {
        let screen = self.get(&format!("/sim/screen?customer={customer}")).await;
        let chats = screen["chats"].as_array().expect("chats").clone();
        let chat = chats
            .into_iter()
            .find(|chat| chat["kind"] == kind)
            .unwrap_or_default();
        chat["lines"].as_array().cloned().unwrap_or_default()
    }

    /// Puts a small picture into the platform and answers its media_id.
    pub(crate) async fn upload(&self, kind: &str, name: &str, bytes: &[u8]) -> Value {
        let mut body = format!(
            "--x\r\nContent-Disposition: form-data; name=\"media\"; filename=\"{name}\"; \
             filelength={}\r\nContent-Type: application/octet-stream\r\n\r\n",
            bytes.len()
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--x--\r\n");
        let path = format!(
            "/cgi-bin/media/upload?access_token={}&type={kind}",
            self.token()
        );
        self.send_as("multipart/form-data; boundary=x", &path, body)
            .await
    }

    pub(crate) fn answer_with(&self, statuses: &[u16]) {
        self.gateway.inbox.answer_with(statuses.iter().copied());
    }

    pub(crate) fn answer_slowly(&self, by: Duration) {
        self.gateway.inbox.answer_slowly(by);
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.gateway.inbox.got()
    }

    pub(crate) fn forget(&self) {
        self.gateway.inbox.forget();
    }

    /// Waits until so many callbacks have come, and answers their plaintexts.
    pub(crate) async fn callbacks(&self, count: usize) -> Vec<String> {
        let got = self.gateway.inbox.wait(count).await;
        got.into_iter()
            .map(|got| got.plain.unwrap_or_default())
            .collect()
    }

    /// Long enough for anything that should not come to come.
    pub(crate) async fn quiet(&self) {
        self.gateway.inbox.quiet().await;
    }
}

/// The text of an element.
pub(crate) fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let inner = |xml: &'a str| {
        xml.split_once(&format!("<{name}>"))?
            .1
            .split_once("</")
            .map(|it| it.0)
    };
    let text = inner(xml).unwrap_or_default();
    text.strip_prefix("<![CDATA[")
        .and_then(|text| text.strip_suffix("]]>"))
        .unwrap_or(text)
}

type Params = std::collections::HashMap<String, String>;

impl Gateway {
    fn open(&self, params: &Params, sealed: &str) -> (bool, Result<String, String>) {
        let word = |name: &str| params.get(name).map(String::as_str).unwrap_or_default();
        let corp = self.corp.lock().clone();
        let of = |word: Option<String>| word.expect("the corp has it");
        let token = of(corp.token);
        let words = [token.as_str(), word("timestamp"), word("nonce"), sealed];
        let signed = crypto::signed_by(&words, word("msg_signature"));
        let key = AesKey::read(&of(corp.encoding_aes_key)).expect("a key");
        let plain = crypto::open(&key, sealed, &of(corp.corpid));
        let plain = plain.map_err(|error| error.to_string());
        (
            signed,
            plain.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        )
    }
}

async fn echo(State(gateway): State<Arc<Gateway>>, Query(params): Query<Params>) -> String {
    let sealed = params.get("echostr").cloned().unwrap_or_default();
    match gateway.open(&params, &sealed) {
        (true, Ok(plain)) => plain,
        _ => "no".into(),
    }
}

async fn callback(
    State(gateway): State<Arc<Gateway>>,
    Query(params): Query<Params>,
    body: String,
) -> impl IntoResponse {
    let (signed, plain) = gateway.open(&params, element(&body, "Encrypt"));
    let got = Got {
        signed,
        plain,
        body,
    };
    let status = gateway.inbox.take(got).await.unwrap_or(200);
    StatusCode::from_u16(status).expect("a status")
}

//! A platform and a gateway that records what reaches it, for the stories beside this file.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kefu_simulator::crypto::{self, AesKey};
use kefu_simulator::{Config, CorpSpec, Delivery, Handle, Simulator};
use parking_lot::Mutex;
use serde_json::{Value, json};

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
    got: Mutex<Vec<Got>>,
    /// Statuses to answer with before 200.
    answers: Mutex<Vec<u16>>,
    /// How long each answer takes.
    slow: Mutex<Duration>,
    token: Mutex<String>,
    key: Mutex<String>,
    corpid: Mutex<String>,
}

pub(crate) struct Bench {
    pub(crate) platform: Handle,
    gateway: Arc<Gateway>,
    client: Client<HttpConnector, Full<Bytes>>,
    token: Mutex<String>,
    pub(crate) corp: CorpSpec,
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
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let addr = listener.local_addr().expect("an address");
        let routes = Router::new()
            .route("/cb", get(echo).post(callback))
            .with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let config = Config {
            delivery,
            seed: 7,
            ..Config::default()
        };
        let platform = Simulator::start(config).await.expect("a platform");
        let corp = platform.corp().expect("the demo corp");
        *gateway.token.lock() = corp.token.clone().expect("a token");
        *gateway.key.lock() = corp.encoding_aes_key.clone().expect("a key");
        *gateway.corpid.lock() = corp.corpid.clone().expect("a corpid");
        platform
            .set_up(CorpSpec {
                corpid: corp.corpid.clone(),
                callback_url: Some(format!("http://{addr}/cb")),
                ..CorpSpec::default()
            })
            .expect("the callback URL is taken");
        let client = Client::builder(TokioExecutor::new()).build_http();
        let bench = Self {
            platform,
            gateway,
            client,
            token: Mutex::default(),
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
        *self.token.lock() = answer["access_token"].as_str().expect("a token").to_owned();
    }

    pub(crate) fn token(&self) -> String {
        self.token.lock().clone()
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
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.platform.base_url()))
            .body(Full::from(body.into()))
            .expect("a request");
        let answer = self
            .client
            .request(request)
            .await
            .map_err(|error| error.to_string())?;
        let status = answer.status();
        let body = answer
            .into_body()
            .collect()
            .await
            .map_err(|error| error.to_string())?;
        Ok((status, body.to_bytes()))
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (_, body) = self.send(Method::GET, path, "").await;
        serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{path}: {body:?}"))
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
        let request = Request::post(format!("{}{path}", self.platform.base_url()))
            .header("content-type", kind)
            .body(Full::from(body.into()))
            .expect("a request");
        let answer = self.client.request(request).await.expect("an answer");
        let body = answer
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes();
        serde_json::from_slice(&body).expect("JSON")
    }

    /// The status of any request.
    pub(crate) async fn status(&self, request: Request<Full<Bytes>>) -> u16 {
        self.client
            .request(request)
            .await
            .expect("an answer")
            .status()
            .as_u16()
    }

    /// A verb of the control API.
    pub(crate) async fn sim(&self, verb: &str, body: Value) -> Value {
        let (status, bytes) = self
            .send(Method::POST, &format!("/sim/{verb}"), body.to_string())
            .await;
        let answer: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert!(status.is_success(), "{verb} {body}: {answer}");
        answer
    }

    /// A verb that must be refused; answers the status.
    pub(crate) async fn refused(&self, verb: &str, body: Value) -> u16 {
        let (status, bytes) = self
            .send(Method::POST, &format!("/sim/{verb}"), body.to_string())
            .await;
        let answer: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert!(answer["error"].is_string(), "{verb}: {answer}");
        status.as_u16()
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
        let mut answers = statuses.to_vec();
        answers.reverse();
        *self.gateway.answers.lock() = answers;
    }

    pub(crate) fn answer_slowly(&self, by: Duration) {
        *self.gateway.slow.lock() = by;
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.gateway.got.lock().clone()
    }

    pub(crate) fn forget(&self) {
        self.gateway.got.lock().clear();
    }

    /// Waits until so many callbacks have come, and answers their plaintexts.
    pub(crate) async fn callbacks(&self, count: usize) -> Vec<String> {
        for _ in 0..400 {
            if self.got().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let got = self.got();
        assert!(got.len() >= count, "{count} callbacks wanted, {got:?}");
        got.into_iter()
            .map(|got| got.plain.unwrap_or_default())
            .collect()
    }

    /// Long enough for anything that should not come to come.
    pub(crate) async fn quiet(&self) {
        tokio::time::sleep(Duration::from_millis(150)).await;
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
        let token = self.token.lock().clone();
        let words = [token.as_str(), word("timestamp"), word("nonce"), sealed];
        let signed = crypto::signed_by(&words, word("msg_signature"));
        let key = AesKey::read(&self.key.lock()).expect("a key");
        let plain = crypto::open(&key, sealed, &self.corpid.lock());
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
    gateway.got.lock().push(Got {
        signed,
        plain,
        body,
    });
    let slow = *gateway.slow.lock();
    tokio::time::sleep(slow).await;
    let status = gateway.answers.lock().pop().unwrap_or(200);
    StatusCode::from_u16(status).expect("a status")
}

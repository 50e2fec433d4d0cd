//! One request to the gateway: signed, encrypted, sent, with its time-out. Also the check of a
//! callback URL that an administrator makes when saving the configuration.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::xml::Doc;
use super::{Forgery, Seal, app};
use crate::crypto::{self, AesKey};
use crate::error::SimError;
use crate::world::app::PushTo;
use crate::world::corp::Callback;

/// How long a gateway may take to prove that a callback URL is its own.
const VERIFY_TIMEOUT: Duration = Duration::from_secs(1);
/// More than this of an answer is not read.
const ANSWER_LIMIT: usize = 64 << 10;

/// Sends callbacks; keeps connections.
#[derive(Debug, Clone)]
pub(crate) struct Poster {
    client: Client<HttpConnector, Full<Bytes>>,
    timeout: Duration,
}

/// How an attempt ended.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// The HTTP status, if there was an answer.
    pub(crate) status: Option<u16>,
    /// Why there was none.
    pub(crate) error: Option<String>,
    pub(crate) took: Duration,
    pub(crate) body: String,
}

impl Outcome {
    pub(crate) fn is_ok(&self) -> bool {
        self.status == Some(200)
    }
}

/// What goes on the wire, and what stands beside it in the query.
pub(crate) struct Sealed<'a> {
    pub(crate) corpid: &'a str,
    pub(crate) agentid: u32,
    pub(crate) plain: &'a str,
    pub(crate) seal: Seal,
    pub(crate) forgery: Option<Forgery>,
}

impl Poster {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            timeout,
        }
    }

    /// Sends one callback and waits for the answer as long as the platform does.
    pub(crate) async fn post(&self, to: &Callback, sealed: Sealed<'_>) -> Outcome {
        let (query, body) = sealed.request(to);
        let uri = format!("{}{}{query}", to.url, separator(&to.url));
        let request = Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(header::CONTENT_TYPE, "text/xml; charset=utf-8")
            .header(header::USER_AGENT, "Mozilla/4.0")
            .body(Full::from(body));
        self.send(request, self.timeout).await
    }

    /// Sends one push of an app.
    pub(crate) async fn push(&self, push: app::request::Request) -> Outcome {
        let request = Request::builder()
            .method(Method::POST)
            .uri(push.uri)
            .header(header::CONTENT_TYPE, push.content_type)
            .header(header::USER_AGENT, "Mozilla/4.0")
            .body(Full::from(push.body));
        self.send(request, self.timeout).await
    }

    /// Asks the gateway to prove that it holds an app's token: it must echo the words as they are.
    pub(crate) async fn verify_app(
        &self,
        to: &PushTo,
        random: [u8; 16],
        now: i64,
    ) -> Result<Outcome, SimError> {
        let words = u64::from_be_bytes(random[..8].try_into().expect("eight of sixteen bytes"));
        let (echo, timestamp) = (words.to_string(), now.to_string());
        let nonce = (words >> 32).to_string();
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("signature", &crypto::sign(&[&to.token, &timestamp, &nonce]))
            .append_pair("echostr", &echo)
            .append_pair("timestamp", &timestamp)
            .append_pair("nonce", &nonce)
            .finish();
        let uri = format!("{}{}{query}", to.url, separator(&to.url));
        let request = Request::builder().uri(uri).body(Full::default());
        let outcome = self.send(request, self.timeout).await;
        match (&outcome.error, outcome.is_ok() && outcome.body == echo) {
            (Some(error), _) => Err(SimError::Refused(format!("请求URL超时：{error}"))),
            (None, false) => Err(SimError::Refused(
                "token验证失败：回答的不是 echostr 原文；请核对 Token".into(),
            )),
            (None, true) => Ok(outcome),
        }
    }

    /// Asks the gateway to prove that it holds token and key: it must echo a decrypted number.
    pub(crate) async fn verify(
        &self,
        to: &Callback,
        corpid: &str,
        random: [u8; 16],
        now: i64,
    ) -> Result<Outcome, SimError> {
        let words = u64::from_be_bytes(random[..8].try_into().expect("eight of sixteen bytes"));
        let echo = words.to_string();
        let sealed = crypto::seal(&to.key, random, echo.as_bytes(), corpid);
        let (timestamp, nonce) = (now.to_string(), (words >> 32).to_string());
        let signature = crypto::sign(&[&to.token, &timestamp, &nonce, &sealed]);
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("msg_signature", &signature)
            .append_pair("timestamp", &timestamp)
            .append_pair("nonce", &nonce)
            .append_pair("echostr", &sealed)
            .finish();
        let uri = format!("{}{}{query}", to.url, separator(&to.url));
        let request = Request::builder().uri(uri).body(Full::default());
        let outcome = self.send(request, VERIFY_TIMEOUT).await;
        match (&outcome.error, outcome.is_ok(), outcome.body == echo) {
            (Some(error), ..) => Err(SimError::Refused(format!("回调地址没有回答：{error}"))),
            (None, false, _) => Err(SimError::Refused(format!(
                "回调地址回答了 HTTP {}，应为 200",
                outcome.status.unwrap_or_default()
            ))),
            (None, true, false) => Err(SimError::Refused(
                "回调地址回答的不是解密后的 echostr；请核对 Token 与 EncodingAESKey".into(),
            )),
            (None, true, true) => Ok(outcome),
        }
    }

    async fn send(
        &self,
        request: http::Result<Request<Full<Bytes>>>,
        timeout: Duration,
    ) -> Outcome {
        let start = Instant::now();
        let exchange = async {
            let request = request.map_err(|error| error.to_string())?;
            let answer = self.client.request(request).await.map_err(|error| {
                // The outer error only says that sending failed; its cause says why.
                std::error::Error::source(&error).map_or(error.to_string(), ToString::to_string)
            })?;
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), ANSWER_LIMIT)
                .collect()
                .await;
            let body = body.map_err(|error| error.to_string())?.to_bytes();
            Ok::<_, String>((status, String::from_utf8_lossy(&body).into_owned()))
        };
        let result = match tokio::time::timeout(timeout, exchange).await {
            Ok(result) => result,
            Err(_) => Err(format!("no answer within {} ms", timeout.as_millis())),
        };
        let took = start.elapsed();
        match result {
            Ok((status, body)) => Outcome {
                status: Some(status),
                error: None,
                took,
                body,
            },
            Err(error) => Outcome {
                status: None,
                error: Some(error),
                took,
                body: String::new(),
            },
        }
    }
}

impl Sealed<'_> {
    /// Query and body of the request.
    fn request(&self, to: &Callback) -> (String, String) {
        let receiver = match self.forgery {
            Some(Forgery::Receiver) => "ww_somebody_else",
            _ => self.corpid,
        };
        let key = match self.forgery {
            // Some other key of the right length.
            Some(Forgery::Key) => AesKey::read(&"k".repeat(43)).unwrap_or(to.key.clone()),
            _ => to.key.clone(),
        };
        let mut encrypt = crypto::seal(&key, self.seal.random, self.plain.as_bytes(), receiver);
        if self.forgery == Some(Forgery::Cut) {
            encrypt.truncate((encrypt.len() / 2) | 1);
        }
        let (timestamp, nonce) = (self.seal.now.to_string(), self.seal.nonce.to_string());
        let mut signature = crypto::sign(&[&to.token, &timestamp, &nonce, &encrypt]);
        if self.forgery == Some(Forgery::Signature) {
            signature = crypto::sign(&["somebody", "else"]);
        }
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("msg_signature", &signature)
            .append_pair("timestamp", &timestamp)
            .append_pair("nonce", &nonce)
            .finish();
        let body = match self.forgery {
            Some(Forgery::Plain) => self.plain.to_owned(),
            _ => Doc::default()
                .text("ToUserName", self.corpid)
                .text("Encrypt", &encrypt)
                .text("AgentID", &self.agentid.to_string())
                .finish(),
        };
        (query, body)
    }
}

/// Refuses callback addresses outside this machine.
pub(crate) fn check_url(url: &str) -> Result<(), SimError> {
    let wrong = || SimError::invalid(format!("callback_url {url:?}: http:// on a loopback host"));
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let loopback = host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback());
    if uri.scheme_str() == Some("http") && loopback {
        Ok(())
    } else {
        Err(wrong())
    }
}

fn separator(url: &str) -> char {
    if url.contains('?') { '&' } else { '?' }
}

#[cfg(test)]
mod tests {
    use super::check_url;

    #[test]
    fn callbacks_stay_on_this_machine() {
        for url in [
            "http://127.0.0.1:80/cb",
            "http://localhost:1/x?y=1",
            "http://[::1]:9/",
        ] {
            assert!(check_url(url).is_ok(), "{url}");
        }
        for url in [
            "https://127.0.0.1/",
            "http://10.0.0.1/",
            "http://example.com/",
            "cb",
            "",
        ] {
            assert!(check_url(url).is_err(), "{url}");
        }
    }
}

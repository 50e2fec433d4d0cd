//! What both benches have: a client of the platform, and an inbox of what the platform sent.

use std::sync::Arc;
use std::time::Duration;

use axum::routing::MethodRouter;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use parking_lot::Mutex;
use serde_json::Value;

/// Status, headers and body.
pub(crate) type Answer = (StatusCode, HeaderMap, Bytes);

/// A client of one platform with a token.
pub(crate) struct Wire {
    pub(crate) base: String,
    http: Client<HttpConnector, Full<Bytes>>,
    token: Mutex<String>,
}

impl Wire {
    pub(crate) fn to(base: String) -> Self {
        Self {
            base,
            http: Client::builder(TokioExecutor::new()).build_http(),
            token: Mutex::default(),
        }
    }

    pub(crate) fn token(&self) -> String {
        self.token.lock().clone()
    }

    /// Keeps the token of an answer.
    pub(crate) fn signed_in(&self, answer: &Value) {
        let token = answer["access_token"].as_str();
        *self.token.lock() = token.unwrap_or_else(|| panic!("{answer}")).to_owned();
    }

    /// Any request, or why its answer did not come whole.
    pub(crate) async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, String> {
        let answer = self.http.request(request).await;
        let answer = answer.map_err(|error| error.to_string())?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.into_body().collect().await;
        let body = body.map_err(|error| error.to_string())?;
        Ok((status, headers, body.to_bytes()))
    }

    pub(crate) fn request(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: impl Into<Bytes>,
    ) -> Request<Full<Bytes>> {
        Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("content-type", kind)
            .body(Full::from(body.into()))
            .expect("a request")
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: impl Into<Bytes>,
    ) -> Answer {
        let request = self.request(method, path, kind, body);
        self.exchange(request).await.expect("an answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (_, _, body) = self.ask(Method::GET, path, "", "").await;
        serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{path}: {body:?}"))
    }

    /// A verb of the control API.
    pub(crate) async fn verb(&self, verb: &str, body: Value) -> Value {
        let (status, answer) = self.control(verb, &body).await;
        assert!(status.is_success(), "{verb} {body}: {answer}");
        answer
    }

    /// A verb that must be refused; answers the status.
    pub(crate) async fn refused_verb(&self, verb: &str, body: Value) -> u16 {
        let (status, answer) = self.control(verb, &body).await;
        assert!(answer["error"].is_string(), "{verb}: {answer}");
        status.as_u16()
    }

    async fn control(&self, verb: &str, body: &Value) -> (StatusCode, Value) {
        let path = format!("/sim/{verb}");
        let (status, _, bytes) = self.ask(Method::POST, &path, "", body.to_string()).await;
        (status, serde_json::from_slice(&bytes).expect("JSON"))
    }
}

/// Where the platform's callbacks arrive: what came, and what is answered.
pub(crate) struct Inbox<T, A> {
    got: Mutex<Vec<T>>,
    /// The next answers, the first one last.
    answers: Mutex<Vec<A>>,
    /// How long each answer takes.
    slow: Mutex<Duration>,
}

impl<T, A> Default for Inbox<T, A> {
    fn default() -> Self {
        Self {
            got: Mutex::default(),
            answers: Mutex::default(),
            slow: Mutex::default(),
        }
    }
}

impl<T: Clone + std::fmt::Debug, A> Inbox<T, A> {
    /// Takes one in, and says what is answered to it, if anything was chosen.
    pub(crate) async fn take(&self, one: T) -> Option<A> {
        self.got.lock().push(one);
        let slow = *self.slow.lock();
        tokio::time::sleep(slow).await;
        self.answers.lock().pop()
    }

    /// The next answers.
    pub(crate) fn answer_with(&self, answers: impl IntoIterator<Item = A>) {
        let mut answers: Vec<A> = answers.into_iter().collect();
        answers.reverse();
        *self.answers.lock() = answers;
    }

    pub(crate) fn answer_slowly(&self, by: Duration) {
        *self.slow.lock() = by;
    }

    pub(crate) fn got(&self) -> Vec<T> {
        self.got.lock().clone()
    }

    pub(crate) fn forget(&self) {
        self.got.lock().clear();
    }

    /// Waits until so many have come.
    pub(crate) async fn wait(&self, count: usize) -> Vec<T> {
        for _ in 0..400 {
            if self.got().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let got = self.got();
        assert!(got.len() >= count, "{count} wanted, {got:#?}");
        got
    }

    /// Long enough for anything that should not come to come.
    pub(crate) async fn quiet(&self) {
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
}

/// Serves one route on a free port; answers its address.
pub(crate) async fn serve<S>(path: &str, route: MethodRouter<Arc<S>>, state: Arc<S>) -> String
where
    S: Send + Sync + 'static,
{
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a free port");
    let addr = listener.local_addr().expect("an address");
    let routes = axum::Router::new().route(path, route).with_state(state);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{addr}{path}")
}

//! Starting and stopping: the listener, the routes, the files of the phone page.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, OriginalUri, Path, Query, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::{AppSpec, Config, CorpSpec};
use crate::error::SimError;
use crate::sim::Sim;
use crate::world::corp::Corp;
use crate::{control, platform, qr};

/// The most bytes of one request: a file of 30 MB and what wraps it.
const BODY_LIMIT: usize = 32 << 20;

/// The WeChat platform on loopback.
#[derive(Debug)]
pub struct Simulator;

/// A running simulator; it stops when this is dropped, or by [`Handle::shutdown`].
pub struct Handle {
    addr: SocketAddr,
    corpid: Option<String>,
    stop: watch::Sender<bool>,
    sim: Arc<Sim>,
    server: JoinHandle<()>,
}

/// How long open requests may still take when the simulator stops.
const DRAIN: Duration = Duration::from_secs(2);

impl Simulator {
    /// Opens the port and begins to serve. Fails when the address is not loopback, the port is
    /// taken, or the first corp is set up wrongly.
    pub async fn start(config: Config) -> Result<Handle, SimError> {
        if !config.listen.ip().is_loopback() {
            return Err(SimError::NotLoopback(config.listen.to_string()));
        }
        let failed = |source| SimError::Listen {
            address: config.listen.to_string(),
            source,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        let sim = Sim::new(&config, format!("http://{addr}"));
        let corpid = config.corp.map(|spec| sim.set_up(spec)).transpose()?;
        for spec in config.apps {
            sim.set_up_app(spec)?;
        }
        sim.keep_time();
        let (stop, stopped) = watch::channel(false);
        let routes = router(sim.clone(), stopped.clone());
        let server = tokio::spawn(async move {
            let served = axum::serve(listener, routes).with_graceful_shutdown(wait(stopped));
            if let Err(error) = served.await {
                tracing::error!(%error, "the simulator stopped serving");
            }
        });
        tracing::info!(%addr, "the simulator listens");
        Ok(Handle {
            addr,
            corpid,
            stop,
            sim,
            server,
        })
    }
}

impl Handle {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:port`: what a gateway takes as the base of the platform's API.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The corp that was there from the start.
    pub fn corpid(&self) -> Option<&str> {
        self.corpid.as_deref()
    }

    /// Id, secret, token and key of the corp that was there from the start, as they are now.
    pub fn corp(&self) -> Option<CorpSpec> {
        let corpid = self.corpid.as_deref()?;
        self.sim
            .with(|world| world.corps.get(corpid).map(Corp::credentials))
    }

    /// Makes or changes a corp; answers its corpid. Call it from within the runtime.
    pub fn set_up(&self, spec: CorpSpec) -> Result<String, SimError> {
        self.sim.set_up(spec)
    }

    /// An app as it is now, by appid or original id: all that a gateway has to know.
    pub fn app(&self, appid: &str) -> Option<AppSpec> {
        let now = self.sim.clock.now_ms();
        self.sim.with(|world| {
            let desk = world.app_desk(Some(appid), now).ok()?;
            Some(desk.app.credentials())
        })
    }

    /// Makes or changes an official account, a mini-program or a shop; answers its appid. Call it
    /// from within the runtime.
    pub fn set_up_app(&self, spec: AppSpec) -> Result<String, SimError> {
        self.sim.set_up_app(spec)
    }

    /// Stops listening, ends open streams and callbacks, and waits a little until that is done.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        self.sim.close();
        if tokio::time::timeout(DRAIN, &mut self.server).await.is_err() {
            self.server.abort();
        }
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle")
            .field("addr", &self.addr)
            .finish_non_exhaustive()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.sim.close();
    }
}

/// Resolves when the simulator is told to stop.
pub(crate) async fn wait(mut stopped: watch::Receiver<bool>) {
    // An error means that the handle is gone, which is the same.
    let _ = stopped.wait_for(|stop| *stop).await;
}

fn router(sim: Arc<Sim>, stopped: watch::Receiver<bool>) -> Router {
    Router::new()
        .merge(platform::routes())
        .merge(control::routes(stopped))
        .route("/", get(|| async { Redirect::temporary("/phone/") }))
        .route("/qr.png", get(picture))
        .route("/avatar/{file}", get(avatar))
        .route("/goods/{file}", get(goods))
        .route("/q/{kind}/{id}", get(scanned))
        .route("/kf/{code}", get(scanned))
        .route("/ca/{id}", get(scanned))
        .route("/phone", get(|| async { Redirect::temporary("/phone/") }))
        .route("/phone/", get(page))
        .route("/phone/{*file}", get(file))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(neighbours_only))
        .with_state(sim)
}

/// Nothing here asks for a password, so a page from elsewhere that happens to be open in the same
/// browser must not reach it, neither directly (Origin) nor by a name that it made point here (Host).
async fn neighbours_only(request: Request, next: Next) -> Response {
    if from_here(request.headers()) {
        return next.run(request).await;
    }
    (
        StatusCode::FORBIDDEN,
        "the simulator serves pages and programs of this machine only",
    )
        .into_response()
}

fn from_here(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = |origin: &str| origin.strip_prefix("http://").is_some_and(is_loopback);
    text(header::HOST).is_none_or(is_loopback) && text(header::ORIGIN).is_none_or(origin)
}

/// Whether `host` or `host:port` names this machine.
fn is_loopback(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<http::uri::Authority>() else {
        return false;
    };
    let host = authority.host().trim_matches(['[', ']']);
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

#[derive(Deserialize)]
struct Words {
    text: String,
}

/// Any words as a QR picture; `qr_code` fields point here.
async fn picture(Query(words): Query<Words>) -> Response {
    match qr::draw(&words.text) {
        Ok(png) => ([(header::CONTENT_TYPE, "image/png")], png).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

async fn avatar(Path(file): Path<String>) -> Response {
    match qr::avatar(file.trim_end_matches(".png")) {
        Ok(png) => ([(header::CONTENT_TYPE, "image/png")], png).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

/// The picture of something on sale: a tin in the colours of its name.
async fn goods(Path(file): Path<String>) -> Response {
    let svg = qr::goods(file.trim_end_matches(".svg"));
    ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response()
}

/// Whoever opens the link of a QR in a browser is led to the phone page, which scans it.
async fn scanned(State(sim): State<Arc<Sim>>, OriginalUri(uri): OriginalUri) -> Redirect {
    let link = format!("{}{uri}", sim.base);
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("scan", &link)
        .finish();
    Redirect::temporary(&format!("/phone/?{query}"))
}

async fn page(State(sim): State<Arc<Sim>>) -> Response {
    serve(&sim, "phone/index.html").unwrap_or_else(|| {
        let words = "The phone page is not built into this program. Build the front end \
                     (crates/web/ui) and compile again; scripts use /sim meanwhile.";
        (StatusCode::NOT_FOUND, words).into_response()
    })
}

async fn file(State(sim): State<Arc<Sim>>, Path(file): Path<String>) -> Response {
    serve(&sim, &format!("phone/{file}")).unwrap_or_else(missing)
}

fn missing() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

fn serve(sim: &Sim, path: &str) -> Option<Response> {
    let (bytes, content_type) = (sim.assets)(path)?;
    Some(([(header::CONTENT_TYPE, content_type)], bytes).into_response())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn this_machine_has_these_names() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:80",
            "127.8.0.1:1",
            "localhost:9",
            "[::1]:9",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "example.com",
            "10.0.0.1:80",
            "127.0.0.1.example.com",
            "",
            "localhost.evil",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}

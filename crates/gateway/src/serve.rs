//! Accepting connections, and going away without losing anyone.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use rand::RngExt;
use serde_json::json;
use tokio::{net::TcpListener, sync::Semaphore};
use tower::ServiceExt;

use crate::{Gateway, hub::Event};

/// Headers must be there by then.
const HEADERS: Duration = Duration::from_secs(10);
/// What is under way may take so long at the end.
const DRAIN: Duration = Duration::from_secs(10);

/// A gateway that accepts connections.
pub struct Server {
    /// Where it listens.
    pub addr: SocketAddr,
    stop: tokio::sync::oneshot::Sender<()>,
    done: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Stops accepting, asks sockets to reconnect elsewhere, lets what is under way finish.
    pub async fn drain(self) {
        let _ = self.stop.send(());
        let _ = self.done.await;
    }
}

/// Serves a gateway on a listener.
///
/// # Errors
/// If the listener has no address.
pub fn serve(listener: TcpListener, gateway: Arc<Gateway>) -> std::io::Result<Server> {
    let addr = listener.local_addr()?;
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let done = tokio::spawn(accept(listener, gateway, stopped));
    Ok(Server { addr, stop, done })
}

async fn accept(
    listener: TcpListener,
    gateway: Arc<Gateway>,
    mut stopped: tokio::sync::oneshot::Receiver<()>,
) {
    let router = gateway.router();
    let open = Arc::new(AtomicUsize::new(0));
    let room = Arc::new(Semaphore::new(gateway.settings.limits.connections));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopped => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, most likely: wait for some to come back instead of spinning.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            metrics::counter!("kefu_shed_total").increment(1);
            continue;
        };
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
            let router = router.clone();
            async move {
                let mut request: Request = request.map(axum::body::Body::new);
                request.extensions_mut().insert(ConnectInfo(peer));
                Ok::<_, Infallible>(
                    router
                        .oneshot(request)
                        .await
                        .unwrap_or_else(|never| match never {}),
                )
            }
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS)
            .max_headers(100)
            .max_buf_size(32 << 10)
            .keep_alive(true)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut draining = gateway.draining.subscribe();
        let open = Arc::clone(&open);
        open.fetch_add(1, Ordering::AcqRel);
        tokio::spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                _ = draining.changed() => {
                    // The request under way is answered; no other is taken.
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended");
            }
            open.fetch_sub(1, Ordering::AcqRel);
            drop(place);
        });
    }
    drop(listener);
    drain(&gateway, &open).await;
}

async fn drain(gateway: &Gateway, open: &AtomicUsize) {
    gateway.draining.send_replace(true);
    let after_ms: u64 = rand::rng().random_range(0..5000);
    let frame = json!({ "op": "reconnect", "after_ms": after_ms }).to_string();
    gateway.hub.tell_all(&Event::Frame(frame.into()));
    let under_way = async {
        while gateway.shed.depth() > 0 || open.load(Ordering::Acquire) > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let _ = tokio::time::timeout(DRAIN, under_way).await;
    gateway.hub.tell_all(&Event::Close(1001, "going away"));
    tokio::time::sleep(Duration::from_millis(200)).await;
}

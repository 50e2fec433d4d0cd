//! Accepting connections, and going away without losing anyone.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use rand::RngExt;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tower::ServiceExt;

use crate::{Gateway, frames::close, hub::Event, paced::Patient};

/// Bytes read ahead of a request. A head has twice that at most: what is here already, and one read.
const AHEAD: usize = 16 << 10;
/// Refusals under way at once; beyond them a connection is dropped without a word.
const REFUSALS: usize = 64;
/// A refused client may take so long over its question and our answer.
const REFUSAL: Duration = Duration::from_secs(1);
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
    let limits = &gateway.settings.limits;
    let room = Arc::new(Semaphore::new(limits.connections));
    let refusals = Arc::new(Semaphore::new(REFUSALS));
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
            gateway.shed.count();
            if let Ok(turn) = Arc::clone(&refusals).try_acquire_owned() {
                tokio::spawn(async move {
                    let _ = tokio::time::timeout(REFUSAL, refuse(stream)).await;
                    drop(turn);
                });
            }
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
            .header_read_timeout(limits.patience.headers)
            .max_headers(100)
            .max_buf_size(AHEAD)
            .keep_alive(true)
            .serve_connection(
                TokioIo::new(Patient::new(stream, limits.patience.answer)),
                service,
            )
            .with_upgrades();
        let mut draining = gateway.draining.subscribe();
        tokio::spawn(async move {
            // Given back however this ends, by a panic too.
            let _place = place;
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
        });
    }
    drop(listener);
    drain(&gateway, &room).await;
}

/// Tells a client beyond the bound to come back; its question is read, so that the answer arrives.
async fn refuse(mut stream: TcpStream) -> std::io::Result<()> {
    const ANSWER: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\n\
        content-length: 0\r\nconnection: close\r\n\r\n";
    let mut question = [0; 4096];
    let _ = stream.read(&mut question).await?;
    stream.write_all(ANSWER).await?;
    stream.shutdown().await?;
    while stream.read(&mut question).await? > 0 {}
    Ok(())
}

async fn drain(gateway: &Gateway, room: &Semaphore) {
    gateway.draining.send_replace(true);
    // Each at a time of its own, so that they do not all come back at once.
    gateway.hub.tell_all(|| {
        let after_ms: u64 = rand::rng().random_range(0..5000);
        let frame = json!({ "op": "reconnect", "after_ms": after_ms }).to_string();
        Event::Frame(frame.into())
    });
    let under_way = async {
        let all = gateway.settings.limits.connections;
        let open = || room.available_permits() < all;
        while gateway.shed.depth() > 0 || open() || gateway.shed.seats.taken() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let _ = tokio::time::timeout(DRAIN, under_way).await;
    gateway
        .hub
        .tell_all(|| Event::Close(close::GOING_AWAY, "going away"));
    tokio::time::sleep(Duration::from_millis(200)).await;
}

//! What operators and machines look at: `/healthz`, `/readyz`, `/metrics`.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
    routing::get,
};
use parking_lot::Mutex;
use subtle::ConstantTimeEq;

use crate::{
    Gateway, Settings,
    problem::{Answer, Problem},
};

/// A readiness answer is good for so long, so that asking costs nothing.
const FRESH: Duration = Duration::from_millis(500);

/// What the store answered last, and when.
#[derive(Default)]
pub(crate) struct Readiness(Mutex<Option<(Instant, bool)>>);

pub(crate) fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics_page))
}

async fn ready(State(gateway): State<Arc<Gateway>>) -> Response {
    let not = |why| (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "2")], why).into_response();
    if *gateway.draining.borrow() {
        return not("draining\n");
    }
    let known = gateway
        .readiness
        .0
        .lock()
        .filter(|(at, _)| at.elapsed() < FRESH)
        .map(|(_, ok)| ok);
    let ok = match known {
        Some(ok) => ok,
        None => {
            let ask = gateway.reception.store().ready();
            let ok = tokio::time::timeout(Duration::from_secs(1), ask)
                .await
                .is_ok_and(|answer| answer.is_ok());
            *gateway.readiness.0.lock() = Some((Instant::now(), ok));
            ok
        }
    };
    if ok {
        (StatusCode::OK, "ready\n").into_response()
    } else {
        not("the store takes nothing\n")
    }
}

async fn metrics_page(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Answer<impl IntoResponse> {
    if !may_watch(&gateway.settings, peer.ip(), &headers) {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "metrics are for this machine, or for who has the token",
        ));
    }
    gateway.gauges().await;
    Ok((
        [("content-type", "text/plain; version=0.0.4; charset=utf-8")],
        gateway.metrics.render(),
    ))
}

/// Metrics name brands and count their customers: they are shown to programs of this machine that
/// ask directly, and to those who have the token.
fn may_watch(settings: &Settings, peer: IpAddr, headers: &HeaderMap) -> bool {
    let by_token = settings.metrics_token.as_deref().is_some_and(|token| {
        crate::auth::bearer(headers)
            .is_some_and(|given| given.as_bytes().ct_eq(token.as_bytes()).into())
    });
    let through_proxy = ["x-forwarded-for", "forwarded", "x-real-ip"]
        .iter()
        .any(|name| headers.contains_key(*name));
    by_token || (peer.is_loopback() && !through_proxy)
}

impl Gateway {
    /// Keeps histograms from growing between scrapes; runs for ever.
    pub async fn upkeep(&self) {
        let mut tick = tokio::time::interval(Duration::from_secs(5));
        loop {
            tick.tick().await;
            self.metrics.run_upkeep();
        }
    }

    /// Sets the gauges that are read rather than counted.
    async fn gauges(&self) {
        metrics::gauge!("kefu_sockets").set(self.shed.seats.taken() as f64);
        metrics::gauge!("kefu_in_flight").set(self.shed.depth() as f64);
        if let Ok((pending, dead)) = self.reception.store().outbox_depth().await {
            metrics::gauge!("kefu_outbox_pending").set(pending as f64);
            metrics::gauge!("kefu_outbox_dead").set(dead as f64);
        }
        for (brand, floor) in self.reception.gauges() {
            let label = brand.clone();
            for (queue, waiting, oldest_s) in floor.queues {
                metrics::gauge!("kefu_queue_depth", "brand" => label.clone(), "queue" => Arc::clone(&queue))
                    .set(f64::from(waiting));
                metrics::gauge!("kefu_oldest_wait_seconds", "brand" => label.clone(), "queue" => queue)
                    .set(oldest_s);
            }
            metrics::gauge!("kefu_free_capacity", "brand" => label.clone())
                .set(f64::from(floor.free));
            for (state, count) in floor.agents {
                metrics::gauge!("kefu_agents", "brand" => label.clone(), "state" => state)
                    .set(f64::from(count));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_see_no_metrics_and_a_token_opens_them() {
        let settings = |token: Option<&str>| Settings {
            public_url: String::new(),
            console_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            limits: crate::Limits::default(),
            uploads: crate::UploadTypes::default(),
            demo: false,
            version: "",
            metrics_token: token.map(str::to_owned),
        };
        let headers = |pairs: &[(&'static str, &str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in pairs {
                map.insert(*name, value.parse().unwrap());
            }
            map
        };
        let here: IpAddr = "127.0.0.1".parse().unwrap();
        let away: IpAddr = "192.0.2.7".parse().unwrap();
        let asks = |token, peer, pairs: &[_]| may_watch(&settings(token), peer, &headers(pairs));
        assert!(asks(None, here, &[]));
        assert!(!asks(None, here, &[("x-forwarded-for", "192.0.2.7")]));
        assert!(!asks(None, away, &[]));
        assert!(!asks(None, away, &[("authorization", "Bearer ")]));
        assert!(asks(Some("s3"), away, &[("authorization", "Bearer s3")]));
        assert!(!asks(Some("s3"), away, &[("authorization", "Bearer s4")]));
    }
}

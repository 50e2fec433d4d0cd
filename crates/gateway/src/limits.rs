//! Bounds at the door: how much at once, from whom, how large. Over a bound the answer is 503 or 429
//! with `Retry-After`, and nothing was stored.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use dashmap::DashMap;
use kefu_domain::BrandId;

use crate::{Gateway, Peer, problem::Problem};

/// Configurable bounds.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Messages on their way to the disk at once.
    pub in_flight: usize,
    /// HTTP requests at once.
    pub requests: usize,
    /// Sockets in all.
    pub sockets: usize,
    /// Sockets from one address (an IPv6 network).
    pub sockets_per_address: usize,
    /// Sockets of one visitor.
    pub sockets_per_visitor: usize,
    /// Sockets of one agent.
    pub sockets_per_agent: usize,
    /// New visitors per minute from one address.
    pub opens_per_minute: u32,
    /// TCP connections.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_flight: 8192,
            requests: 1024,
            sockets: 60_000,
            sockets_per_address: 2000,
            sockets_per_visitor: 10,
            sockets_per_agent: 20,
            opens_per_minute: 600,
            connections: 65_000,
        }
    }
}

/// Counts what is under way.
pub(crate) struct Shed {
    most: usize,
    in_flight: AtomicUsize,
    brands: DashMap<BrandId, Arc<AtomicUsize>>,
    requests: AtomicUsize,
    most_requests: usize,
    addresses: DashMap<IpAddr, usize>,
    opens: DashMap<IpAddr, (u32, std::time::Instant)>,
}

/// A place taken; dropping it gives it back.
pub(crate) struct Place<'a> {
    shed: &'a Shed,
    brand: Arc<AtomicUsize>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shed.in_flight.fetch_sub(1, Ordering::AcqRel);
        self.brand.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Shed {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            most: limits.in_flight,
            in_flight: AtomicUsize::new(0),
            brands: DashMap::new(),
            requests: AtomicUsize::new(0),
            most_requests: limits.requests,
            addresses: DashMap::new(),
            opens: DashMap::new(),
        }
    }

    /// A place for one message, or none. When more than half is taken, no brand gets more than its
    /// share of the brands that are busy.
    pub(crate) fn enter(&self, brand: BrandId) -> Option<Place<'_>> {
        let of_brand = match self.brands.get(&brand) {
            Some(count) => Arc::clone(&count),
            None => Arc::clone(&self.brands.entry(brand).or_default()),
        };
        let all = self.in_flight.fetch_add(1, Ordering::AcqRel) + 1;
        let mine = of_brand.fetch_add(1, Ordering::AcqRel) + 1;
        let place = Place {
            shed: self,
            brand: of_brand,
        };
        if all > self.most {
            return self.refuse(place);
        }
        if all > self.most / 2 && self.brands.len() > 1 {
            let busy = self
                .brands
                .iter()
                .filter(|count| count.load(Ordering::Relaxed) > 0)
                .count()
                .max(1);
            if mine > self.most / busy {
                return self.refuse(place);
            }
        }
        Some(place)
    }

    #[expect(clippy::unused_self, reason = "reads as what the shed does")]
    fn refuse<'a>(&self, place: Place<'a>) -> Option<Place<'a>> {
        drop(place);
        metrics::counter!("kefu_shed_total").increment(1);
        None
    }

    pub(crate) fn depth(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// A socket from an address; false if it has too many.
    pub(crate) fn socket_from(&self, address: IpAddr, most: usize) -> bool {
        let mut count = self
            .addresses
            .entry(crate::auth::network(address))
            .or_default();
        if *count >= most {
            return false;
        }
        *count += 1;
        true
    }

    pub(crate) fn socket_gone(&self, address: IpAddr) {
        let key = crate::auth::network(address);
        if let Some(mut count) = self.addresses.get_mut(&key) {
            *count = count.saturating_sub(1);
        }
        self.addresses.remove_if(&key, |_, count| *count == 0);
    }

    /// A new visitor from an address; false if there were too many this minute.
    pub(crate) fn open_from(&self, address: IpAddr, most: u32) -> bool {
        if self.opens.len() > 100_000 {
            self.opens
                .retain(|_, (_, since)| since.elapsed().as_secs() < 60);
        }
        let mut entry = self
            .opens
            .entry(crate::auth::network(address))
            .or_insert((0, std::time::Instant::now()));
        if entry.1.elapsed().as_secs() >= 60 {
            *entry = (0, std::time::Instant::now());
        }
        entry.0 += 1;
        entry.0 <= most
    }
}

/// The address a request comes from: the peer's, or what a trusted proxy says.
pub(crate) fn address(gateway: &Gateway, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    if !gateway.settings.trusted_proxies.contains(&peer) {
        return peer;
    }
    let forwarded = headers
        .get("x-forwarded-for")
        .and_then(|value| value.to_str().ok());
    // The nearest entry that is not a proxy of ours.
    forwarded
        .into_iter()
        .flat_map(|list| list.rsplit(','))
        .filter_map(|one| one.trim().parse().ok())
        .find(|one| !gateway.settings.trusted_proxies.contains(one))
        .unwrap_or(peer)
}

/// Lets a request in or sheds it, and puts the same headers on every answer.
pub(crate) async fn admit(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(_peer): ConnectInfo<std::net::SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let watch = request.uri().path();
    let ops = matches!(watch, "/healthz" | "/readyz" | "/metrics");
    let under_way = gateway.shed.requests.fetch_add(1, Ordering::AcqRel);
    let mut response = if !ops && under_way >= gateway.shed.most_requests {
        metrics::counter!("kefu_shed_total").increment(1);
        Problem::overloaded().into_response()
    } else {
        next.run(request).await
    };
    gateway.shed.requests.fetch_sub(1, Ordering::AcqRel);
    let headers = response.headers_mut();
    headers.insert(
        "x-content-type-options",
        HeaderValue::from_static("nosniff"),
    );
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("strict-origin-when-cross-origin"));
    if gateway.settings.public_url.starts_with("https://") {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    response
}

/// The peer of a request, for handlers.
pub(crate) fn peer(info: &ConnectInfo<std::net::SocketAddr>) -> Peer {
    Peer(info.0)
}

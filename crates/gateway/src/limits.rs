//! Bounds at the door: how much at once, from whom, how large. Over a bound the answer is 503 or 429
//! with `Retry-After`, and nothing was stored.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    body::HttpBody,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Version, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use dashmap::DashMap;
use kefu_domain::{BrandId, CustomerId};
use kefu_reception::Error;

use crate::{
    Gateway,
    lately::Lately,
    paced::{held, paced},
    places::{BrandSeats, Full, Places, Sits, Taken},
    problem::Problem,
    proxies::address,
};

/// Bytes of the largest body of all: a form with a file.
const LARGEST: u64 = crate::files::FORM as u64;

/// Configurable bounds.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Messages on their way to the disk at once.
    pub in_flight: usize,
    /// HTTP requests at once, until their answers are taken.
    pub requests: usize,
    /// HTTP requests from one address (an IPv6 network).
    pub requests_per_address: usize,
    /// Files on their way out at once.
    pub downloads: usize,
    /// Files on their way out to one address.
    pub downloads_per_address: usize,
    /// Sockets and polls that wait, in all.
    pub sockets: usize,
    /// Sockets and polls from one address.
    pub sockets_per_address: usize,
    /// Sockets of one visitor.
    pub sockets_per_visitor: usize,
    /// Sockets of one agent.
    pub sockets_per_agent: usize,
    /// New visitors per minute from one address; who comes back is not one.
    pub opens_per_minute: u32,
    /// Messages of one customer, by whatever sockets and requests, in ten seconds.
    pub messages_per_10_s: u32,
    /// Bytes of files that one visitor uploads in an hour.
    pub upload_bytes_per_visitor_hour: u64,
    /// Bytes of files that all visitors of a brand upload in a day.
    pub upload_bytes_per_brand_day: u64,
    /// TCP connections.
    pub connections: usize,
    /// How long clients may take.
    pub patience: Patience,
}

/// How long the doors wait for a client before they close on it.
#[derive(Debug, Clone)]
pub struct Patience {
    /// For a request's headers, and for the next request of a connection.
    pub headers: Duration,
    /// For a body to begin; every [`Patience::PACE`] bytes of it buy another second.
    pub body: Duration,
    /// For a client to take any byte of its answer.
    pub answer: Duration,
    /// For a sign of life on a socket.
    pub silence: Duration,
}

impl Patience {
    /// Bytes of a body that buy a second: slower than any telephone line.
    pub const PACE: u64 = 4096;
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            headers: Duration::from_secs(10),
            body: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            silence: Duration::from_secs(45),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_flight: 8192,
            requests: 1024,
            requests_per_address: 256,
            downloads: 512,
            downloads_per_address: 64,
            sockets: 60_000,
            sockets_per_address: 2000,
            sockets_per_visitor: 10,
            sockets_per_agent: 20,
            opens_per_minute: 600,
            messages_per_10_s: 400,
            upload_bytes_per_visitor_hour: 100 << 20,
            upload_bytes_per_brand_day: 10 << 30,
            connections: 65_000,
            patience: Patience::default(),
        }
    }
}

/// A brand counts as busy for so long after its last message.
const BUSY: Duration = Duration::from_secs(10);
/// New visitors are counted over so long.
const MINUTE: Duration = Duration::from_secs(60);
/// So often in that time may one visitor come back, from wherever.
const RETURNS: u64 = 60;
/// A customer's messages are counted over so long.
const MESSAGES: Duration = Duration::from_secs(10);
/// The busy brands are counted anew so often.
const COUNTED: Duration = Duration::from_millis(100);

/// Counts what is under way.
pub(crate) struct Shed {
    most: usize,
    in_flight: AtomicUsize,
    brands: DashMap<BrandId, Arc<Line>>,
    began: Instant,
    busy: AtomicUsize,
    counted_ms: AtomicU64,
    requests: Arc<Places>,
    /// Requests more than the usual number, which only platforms' callbacks may be.
    reserve: usize,
    /// Sockets, and visitors who wait for news without one.
    pub(crate) seats: Arc<Places>,
    /// Files on their way out.
    pub(crate) downloads: Arc<Places>,
    opens: Lately<IpAddr>,
    most_opens: u32,
    returns: Lately<CustomerId>,
    messages: Lately<CustomerId>,
    most_messages: u32,
    brand_seats: Arc<BrandSeats>,
}

/// What one brand has under way.
#[derive(Default)]
struct Line {
    under_way: AtomicUsize,
    seen_ms: AtomicU64,
}

/// A place taken; dropping it gives it back.
pub(crate) struct Place<'a> {
    shed: &'a Shed,
    line: Arc<Line>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shed.in_flight.fetch_sub(1, Ordering::AcqRel);
        self.line.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Shed {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            most: limits.in_flight,
            in_flight: AtomicUsize::new(0),
            brands: DashMap::new(),
            began: Instant::now(),
            busy: AtomicUsize::new(1),
            counted_ms: AtomicU64::new(0),
            requests: Places::new(limits.requests, limits.requests_per_address),
            reserve: limits.requests.div_ceil(4),
            seats: Places::new(limits.sockets, limits.sockets_per_address),
            downloads: Places::new(limits.downloads, limits.downloads_per_address),
            opens: Lately::new(MINUTE),
            most_opens: limits.opens_per_minute,
            returns: Lately::new(MINUTE),
            messages: Lately::new(MESSAGES),
            most_messages: limits.messages_per_10_s,
            brand_seats: BrandSeats::new(limits.sockets),
        }
    }

    /// A place for one message, or none. When more than half is taken, no brand gets more than one
    /// share of as many as there are busy brands and one more, so that whoever comes next finds room.
    /// A gateway with a single brand shares with nobody.
    pub(crate) fn enter(&self, brand: BrandId) -> Option<Place<'_>> {
        let line = match self.brands.get(&brand) {
            Some(line) => Arc::clone(&line),
            None => Arc::clone(&self.brands.entry(brand).or_default()),
        };
        let now_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        line.seen_ms.store(now_ms, Ordering::Relaxed);
        let all = self.in_flight.fetch_add(1, Ordering::AcqRel) + 1;
        let mine = line.under_way.fetch_add(1, Ordering::AcqRel) + 1;
        let place = Place { shed: self, line };
        if all > self.most {
            return self.refuse(place);
        }
        let crowded = all > self.most / 2 && self.brands.len() > 1;
        if crowded && mine > (self.most / (self.busy(now_ms) + 1)).max(1) {
            return self.refuse(place);
        }
        Some(place)
    }

    /// Brands that sent something lately.
    fn busy(&self, now_ms: u64) -> usize {
        let old = |at: u64, age: Duration| u128::from(now_ms.saturating_sub(at)) > age.as_millis();
        let counted = self.counted_ms.load(Ordering::Relaxed);
        if counted == 0 || old(counted, COUNTED) {
            let lines = self.brands.iter();
            let lately = lines.filter(|line| !old(line.seen_ms.load(Ordering::Relaxed), BUSY));
            self.busy.store(lately.count().max(1), Ordering::Relaxed);
            self.counted_ms.store(now_ms.max(1), Ordering::Relaxed);
        }
        self.busy.load(Ordering::Relaxed)
    }

    fn refuse<'a>(&self, place: Place<'a>) -> Option<Place<'a>> {
        drop(place);
        self.count();
        None
    }

    /// Something was shed.
    #[expect(clippy::unused_self, reason = "reads as what the shed does")]
    pub(crate) fn count(&self) {
        metrics::counter!("kefu_shed_total").increment(1);
    }

    pub(crate) fn depth(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// One more message of a customer.
    ///
    /// # Errors
    /// [`Error::RateLimited`] with the time until their next window begins.
    pub(crate) fn message_of(&self, customer: CustomerId) -> Result<(), Error> {
        let most = self.most_messages.into();
        let counted = self.messages.add(customer, 1, most, Instant::now());
        counted.map_err(|left| self.too_often(left))
    }

    /// A visitor comes in. Who was here before counts for themselves, so that many of them behind one
    /// address do not keep each other out; whoever is new counts for the address.
    ///
    /// # Errors
    /// [`Error::RateLimited`] with the time until the window is over.
    pub(crate) fn open(&self, back: Option<CustomerId>, from: IpAddr) -> Result<(), Error> {
        let now = Instant::now();
        let counted = match back {
            Some(customer) => self.returns.add(customer, 1, RETURNS, now),
            None => {
                let network = crate::auth::network(from);
                self.opens.add(network, 1, self.most_opens.into(), now)
            }
        };
        counted.map_err(|left| self.too_often(left))
    }

    fn too_often(&self, left: Duration) -> Error {
        self.count();
        let after_s = u32::try_from(left.as_secs() + 1).unwrap_or(u32::MAX);
        Error::RateLimited { after_s }
    }

    /// A seat of a brand's, for a socket or a poll that has one already.
    pub(crate) fn sit(&self, brand: BrandId) -> Option<Sits> {
        let sits = self.brand_seats.take(brand, self.seats.taken());
        if sits.is_none() {
            self.count();
        }
        sits
    }
}

impl Shed {
    /// A place for a request. Polls wait, and take a seat as sockets do; platforms' callbacks come in
    /// when nothing else does.
    fn request(&self, path: &str, from: IpAddr) -> Result<Option<Taken>, Full> {
        match path {
            "/v1/visitor/poll" | "/healthz" | "/readyz" | "/metrics" => Ok(None),
            _ if path.starts_with("/callback/") => self.requests.take(from, self.reserve).map(Some),
            _ => self.requests.take(from, 0).map(Some),
        }
    }
}

/// Lets a request in or sheds it, and puts the same headers on every answer.
pub(crate) async fn admit(
    State(gateway): State<Arc<Gateway>>,
    peer: ConnectInfo<std::net::SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    let from = gateway.address(&peer, request.headers());
    let place = gateway.shed.request(request.uri().path(), from);
    let (request, late) = paced(request, &gateway.settings.limits.patience);
    let (mut response, place) = match place {
        Err(full) => (Problem::from(full).into_response(), None),
        Ok(place) => match plain(&request) {
            Err(problem) => (problem.into_response(), place),
            Ok(()) => (next.run(request).await, place),
        },
    };
    let late = late.is_some_and(|late| late.load(Ordering::Acquire));
    if late {
        response = Problem::late().into_response();
    }
    let headers = response.headers_mut();
    if late || chunked {
        // Whatever a proxy before us takes for the next request is not read as one.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
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
    match place {
        // Whoever does not take the answer keeps the place.
        Some(place) => response.map(|body| held(body, place)),
        None => response,
    }
}

/// Refuses requests that two readers could understand in two ways, and bodies that are packed:
/// every bound is on bytes as they arrive.
fn plain(request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    let hosts = headers.get_all(header::HOST).iter().count();
    if hosts > 1 || (hosts == 0 && request.version() >= Version::HTTP_11) {
        return Err(Problem::bad("Host: exactly one"));
    }
    if headers.contains_key(header::TRANSFER_ENCODING)
        && headers.contains_key(header::CONTENT_LENGTH)
    {
        return Err(Problem::bad(
            "Content-Length and Transfer-Encoding exclude each other",
        ));
    }
    if request.body().size_hint().lower() > LARGEST {
        return Err(Problem::too_large("the body is too large"));
    }
    if headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|coding| coding != "identity")
    {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_type",
            "Content-Encoding: bodies are taken as they are",
        ));
    }
    Ok(())
}

impl Gateway {
    /// The address that a request counts for.
    pub(crate) fn address(
        &self,
        peer: &ConnectInfo<std::net::SocketAddr>,
        headers: &HeaderMap,
    ) -> IpAddr {
        address(&self.settings.trusted_proxies, peer.ip(), headers)
    }

    /// A place for a file on its way out.
    ///
    /// # Errors
    /// 503 or 429; see [`Full`].
    pub(crate) fn download(
        &self,
        peer: &ConnectInfo<std::net::SocketAddr>,
        headers: &HeaderMap,
    ) -> Result<Taken, Full> {
        self.shed.downloads.take(self.address(peer, headers), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shed(in_flight: usize) -> Shed {
        Shed::new(&Limits {
            in_flight,
            ..Limits::default()
        })
    }

    #[test]
    fn a_brand_alone_has_all_places_and_gives_them_back() {
        let shed = shed(8);
        let places: Vec<_> = (0..8).filter_map(|_| shed.enter(BrandId(1))).collect();
        assert_eq!((places.len(), shed.depth()), (8, 8));
        assert!(shed.enter(BrandId(1)).is_none());
        assert_eq!(shed.depth(), 8, "a refusal takes no place");
        drop(places);
        assert_eq!(shed.depth(), 0);
    }

    #[test]
    fn a_brand_at_its_share_leaves_room_for_whoever_comes_next() {
        let shed = shed(12);
        drop(shed.enter(BrandId(2)));
        let rush: Vec<_> = (0..100).filter_map(|_| shed.enter(BrandId(1))).collect();
        assert!((4..=6).contains(&rush.len()), "{}", rush.len());
        let calm: Vec<_> = (0..4).filter_map(|_| shed.enter(BrandId(2))).collect();
        assert_eq!(calm.len(), 4, "the other one is not refused");
        let new: Vec<_> = (0..100).filter_map(|_| shed.enter(BrandId(3))).collect();
        assert!(!new.is_empty(), "nor is one that nobody knew");
    }

    #[test]
    fn the_share_is_what_the_busy_leave() {
        let shed = shed(100);
        let mut places = Vec::new();
        for _ in 0..100 {
            for brand in 1..=4 {
                places.extend(shed.enter(BrandId(brand)));
            }
        }
        // Half is free for all; beyond it each of four gets a fifth.
        assert!(
            places.len() <= 100 && places.len() >= 80,
            "{}",
            places.len()
        );
        assert!(shed.enter(BrandId(5)).is_some());
    }
}

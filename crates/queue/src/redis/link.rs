//! One multiplexed connection, kept: time-out, breaker, reconnection.
//!
//! A keeper task owns the connection's life. Callers see one of three states: *up*, they send;
//! *mending*, the connection just broke and the first attempt at a new one is under way, they wait
//! for it within their time; *down*, they are refused at once. Some time-outs in a row, or one
//! answer that says the server cannot serve, open the breaker, which is the state *down*: callers
//! stay away while the keeper probes in the background with a connection of its own, and is closed
//! by the first probe that could write.
//!
//! The connection manager of the client library is not used: it keeps a connection that hangs
//! without being closed, and lets callers wait for an attempt to connect.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use ::redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, FromRedisValue, ProtocolVersion,
    PushInfo, PushKind, RedisError, ServerErrorKind,
    aio::{MultiplexedConnection, SendError},
    cmd,
};
use tokio::{
    sync::watch,
    task::AbortHandle,
    time::{Instant, sleep, timeout},
};

use super::script::{self, Call};
use crate::{CALL_TIMEOUT, QueueError};

/// Time-outs in a row that open the breaker.
const FAILURES: u32 = 3;
/// How often a link without news is asked whether it is alive.
const BEAT: Duration = Duration::from_secs(1);
/// The longest an attempt to connect, and to be ready, may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The longest pause between two attempts.
const MAX_PAUSE: Duration = Duration::from_millis(500);
/// Commands on their way at most; further ones wait within their time.
const IN_FLIGHT: usize = 4_096;

/// Reads an address. Opens nothing yet.
pub(super) fn client(url: &str, protocol: ProtocolVersion) -> Result<Client, RedisError> {
    let info = Client::open(url)?.get_connection_info().clone();
    if matches!(info.addr(), ConnectionAddr::TcpTls { .. }) {
        // Without one the client library panics. If there is one already, that one stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let settings = info.redis_settings().clone().set_protocol(protocol);
    Client::open(info.set_redis_settings(settings))
}

/// How to reach the server, and under which name.
#[derive(Clone)]
pub(super) struct Address {
    client: Client,
    /// As `CLIENT LIST` shows it: printable, without spaces.
    name: String,
    /// Unique per process, also if two nodes were given the same name.
    pub(super) instance: u128,
}

impl Address {
    pub(super) fn parse(url: &str, node: &str) -> Result<Self, RedisError> {
        let client = client(url, ProtocolVersion::RESP3)?;
        let tame = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let node: String = node.chars().filter(|c| tame(*c)).take(48).collect();
        Ok(Self {
            client,
            name: format!("kefu:{node}"),
            instance: rand::random(),
        })
    }

    /// Pub/sub ignores the number of the database, so channels carry it.
    pub(super) fn database(&self) -> i64 {
        self.client.get_connection_info().redis_settings().db()
    }

    /// A connection that hands what the server pushes to `push`.
    pub(super) async fn connect(
        &self,
        push: impl Fn(PushInfo) -> Result<(), SendError> + Send + Sync + 'static,
    ) -> Result<MultiplexedConnection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            // Each call has its own, which also covers waiting for a place.
            .set_response_timeout(None)
            .set_pipeline_buffer_size(IN_FLIGHT)
            .set_concurrency_limit(IN_FLIGHT)
            .set_push_sender(push);
        let mut conn = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        let mut named = cmd("CLIENT");
        named.arg("SETNAME").arg(&self.name);
        named.exec_async(&mut conn).await?;
        Ok(conn)
    }
}

enum State {
    Up(MultiplexedConnection, u64),
    Mending,
    Down(String),
}

struct Shared {
    address: Address,
    state: watch::Sender<State>,
    failures: AtomicU32,
}

/// The connection for calls. Dropping it ends the keeper and the connection.
pub(super) struct Link {
    shared: Arc<Shared>,
    keeper: AbortHandle,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Link {
    /// Starts to connect; must be called on a runtime.
    pub(super) fn open(address: Address) -> Self {
        let shared = Arc::new(Shared {
            address,
            state: watch::Sender::new(State::Mending),
            failures: AtomicU32::new(0),
        });
        let keeper = tokio::spawn(keep(Arc::clone(&shared))).abort_handle();
        Self { shared, keeper }
    }

    /// Waits until the first attempt to connect has ended, whichever way.
    pub(super) async fn tried(&self) {
        let mut state = self.shared.state.subscribe();
        // Fails only if the sender is gone, which `self` holds.
        let _ = state.wait_for(|s| !matches!(s, State::Mending)).await;
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(*self.shared.state.borrow(), State::Up(..))
    }

    /// Sends a command and waits for its answer, [`CALL_TIMEOUT`] in all.
    pub(super) async fn call<T: FromRedisValue>(&self, call: &Call) -> Result<T, QueueError> {
        // A caller that repeats a refused call without a pause must not starve the keeper.
        tokio::task::consume_budget().await;
        let start = Instant::now();
        let mut age = None;
        let result = match timeout(CALL_TIMEOUT, self.attempt(call, &mut age)).await {
            Ok(result) => result,
            Err(_) => {
                if let Some(age) = age {
                    self.shared.failed(age, "no answer in time");
                }
                Err(Failure::new("timeout", "no answer in time"))
            }
        };
        metrics::histogram!("kefu_queue_call_seconds", "op" => call.op)
            .record(start.elapsed().as_secs_f64());
        result.map_err(|failure| {
            metrics::counter!("kefu_queue_failures_total", "op" => call.op, "kind" => failure.kind)
                .increment(1);
            QueueError::Unavailable(failure.text)
        })
    }

    async fn attempt<T: FromRedisValue>(
        &self,
        call: &Call,
        age: &mut Option<u64>,
    ) -> Result<T, Failure> {
        let mut repeats = call.repeats;
        loop {
            let (mut conn, born) = self.shared.up().await?;
            *age = Some(born);
            let error = match call.send(&mut conn).await {
                Ok(answer) => {
                    self.shared.succeeded();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            if error.is_unrecoverable_error() || error.is_io_error() {
                self.shared.lost(born);
                *age = None;
                if std::mem::take(&mut repeats) {
                    continue;
                }
                return Err(Failure::new("lost", error));
            }
            if means_down(&error) {
                self.shared.give_up(born, &error.to_string());
                return Err(Failure::new("refused", error));
            }
            // The server is well and says no: memory is exhausted, or a key is not ours.
            self.shared.succeeded();
            return Err(Failure::new("error", error));
        }
    }
}

struct Failure {
    kind: &'static str,
    text: String,
}

impl Failure {
    fn new(kind: &'static str, text: impl ToString) -> Self {
        Self {
            kind,
            text: text.to_string(),
        }
    }
}

/// Refusals that another connection, later, may not meet.
fn means_down(error: &RedisError) -> bool {
    use ServerErrorKind::{
        Ask, BusyLoading, ClusterDown, MasterDown, Moved, NoPerm, ReadOnly, TryAgain,
    };
    match error.kind() {
        ErrorKind::Server(kind) => matches!(
            kind,
            Ask | BusyLoading | ClusterDown | MasterDown | Moved | NoPerm | ReadOnly | TryAgain
        ),
        ErrorKind::AuthenticationFailed => true,
        _ => matches!(
            error.code(),
            Some("MISCONF" | "NOREPLICAS" | "NOAUTH" | "BUSY" | "UNKILLABLE")
        ),
    }
}

impl Shared {
    async fn up(&self) -> Result<(MultiplexedConnection, u64), Failure> {
        if let State::Up(conn, age) = &*self.state.borrow() {
            return Ok((conn.clone(), *age));
        }
        let mut state = self.state.subscribe();
        loop {
            match &*state.borrow_and_update() {
                State::Up(conn, age) => return Ok((conn.clone(), *age)),
                State::Down(reason) => return Err(Failure::new("down", reason)),
                State::Mending => {}
            }
            if state.changed().await.is_err() {
                return Err(Failure::new("down", "closed"));
            }
        }
    }

    fn succeeded(&self) {
        if self.failures.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
    }

    /// The connection of this age is gone.
    fn lost(&self, age: u64) {
        self.leave_up(age, || State::Mending);
    }

    /// The connection of this age did not do what it was asked.
    fn failed(&self, age: u64, why: &str) {
        if self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= FAILURES {
            self.give_up(age, why);
        }
    }

    /// Opens the breaker. Until a probe succeeds nobody is sent to the server.
    fn give_up(&self, age: u64, why: &str) {
        if self.leave_up(age, || State::Down(format!("left alone for now: {why}"))) {
            metrics::counter!("kefu_queue_breaker_opened_total").increment(1);
            tracing::warn!(reason = why, "redis is left alone until a probe succeeds");
        }
    }

    fn leave_up(&self, age: u64, next: impl FnOnce() -> State) -> bool {
        self.state.send_if_modified(|state| {
            let current = matches!(state, State::Up(_, at) if *at == age);
            if current {
                *state = next();
            }
            current
        })
    }

    /// A connection that is ready for every call: named, with all scripts, and able to write.
    async fn connect(this: &Arc<Self>, age: u64) -> Result<MultiplexedConnection, RedisError> {
        // Weak, since the connection is kept in here.
        let weak: Weak<Self> = Arc::downgrade(this);
        let push = move |info: PushInfo| {
            if info.kind == PushKind::Disconnection
                && let Some(shared) = weak.upgrade()
            {
                shared.lost(age);
            }
            Ok(())
        };
        let mut conn = this.address.connect(push).await?;
        let mut probe = cmd("SET");
        probe
            .arg(format!("kefu:probe:{:032x}", this.address.instance))
            .arg("")
            .arg("PX")
            .arg(1_000);
        match probe.exec_async(&mut conn).await {
            // Without memory it can still tell, and let go.
            Err(error) if error.code() != Some("OOM") => return Err(error),
            _ => {}
        }
        script::load(&mut conn).await?;
        Ok(conn)
    }
}

async fn keep(shared: Arc<Shared>) {
    let mut state = shared.state.subscribe();
    let mut attempts = 0u32;
    for age in 0u64.. {
        if attempts > 0 {
            sleep(pause(attempts)).await;
        }
        let error = match connect(&shared, age).await {
            Ok(conn) => {
                shared.failures.store(0, Ordering::Relaxed);
                let start = Instant::now();
                shared.state.send_replace(State::Up(conn.clone(), age));
                tell(true);
                watch_over(&shared, &mut state, conn, age).await;
                tell(false);
                // A link that broke after it had worked is mended at once. One that the breaker
                // gave up soon after a good probe is not, or the two would spin.
                let broke = matches!(*shared.state.borrow(), State::Mending);
                let worked = Duration::from_millis(if broke { 20 } else { 1_000 });
                attempts = if start.elapsed() >= worked {
                    0
                } else {
                    attempts + 1
                };
                if broke && attempts > 2 {
                    let why = "the connection breaks again and again";
                    shared.state.send_replace(State::Down(why.into()));
                }
                continue;
            }
            Err(error) => error,
        };
        if attempts == 0 {
            tracing::warn!(%error, "redis cannot be reached");
        }
        attempts = attempts.saturating_add(1);
        shared.state.send_replace(State::Down(error));
    }
}

/// One attempt. Callers that wait for it are told when it takes longer than they may.
async fn connect(shared: &Arc<Shared>, age: u64) -> Result<MultiplexedConnection, String> {
    const LATE: &str = "no connection in time";
    let attempt = timeout(CONNECT_TIMEOUT, Shared::connect(shared, age));
    tokio::pin!(attempt);
    let connected = match timeout(CALL_TIMEOUT, &mut attempt).await {
        Ok(connected) => connected,
        Err(_) => {
            shared.state.send_replace(State::Down(LATE.to_owned()));
            attempt.await
        }
    };
    match connected {
        Ok(connected) => connected.map_err(|error| error.to_string()),
        Err(_) => Err(LATE.to_owned()),
    }
}

/// Until the connection is up no longer. Asks it now and then whether it lives, so that one
/// that died in silence is found before a call needs it.
async fn watch_over(
    shared: &Shared,
    state: &mut watch::Receiver<State>,
    mut conn: MultiplexedConnection,
    age: u64,
) {
    loop {
        let left = state.wait_for(|s| !matches!(s, State::Up(_, at) if *at == age));
        if timeout(BEAT, left).await.is_ok() {
            return;
        }
        match timeout(CALL_TIMEOUT, cmd("PING").exec_async(&mut conn)).await {
            Ok(Ok(())) => shared.succeeded(),
            Ok(Err(error)) if error.is_io_error() => shared.lost(age),
            Ok(Err(error)) => shared.give_up(age, &error.to_string()),
            Err(_) => shared.failed(age, "no answer in time"),
        }
    }
}

fn tell(up: bool) {
    metrics::gauge!("kefu_queue_up").set(f64::from(u8::from(up)));
    if up {
        metrics::counter!("kefu_queue_connects_total").increment(1);
        tracing::info!("redis is connected");
    }
}

/// Grows from 10 ms to [`MAX_PAUSE`], half of it by chance, so that nodes do not come together.
pub(super) fn pause(attempts: u32) -> Duration {
    let longest = Duration::from_millis(10 << attempts.min(6)).min(MAX_PAUSE);
    longest.mul_f64(rand::random_range(0.5..1.0))
}

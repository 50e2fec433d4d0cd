//! Pacing: nobody calls faster than the platform allows, and nobody calls on while it says no.
//!
//! For each corp and API a gate counts the calls of the last minute and the last hour exactly. It
//! closes when the platform limits us (45009), and after several failures in a row; then one call
//! at a time tries whether it is well again. Replies have places that pulls and look-ups cannot
//! take. A caller waits a little, in a bounded line, and is then told when to come again: nothing
//! was sent. What was called before a restart counts, as far as a ledger knows it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use kefu_wechat::client::{Dialect, Failure, Fault};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout_at};

use super::fault::of_the_set_up;
use super::ledger::{Ledger, Line};
use super::limits::{DAY_IS_USED, Pace};
use super::window::Window;
use crate::Quota;

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// A customer waits for it.
    Reply,
    /// Pulls, fetches and look-ups.
    Background,
}

/// The API of pulls, under whichever name it is paced.
const PULL: &str = "cgi-bin/kf/sync_msg";
/// A minute with more than so many hundredths of its limit is a full one.
const FULL: u32 = 70;
/// Full minutes of the last hour from which on a brand has outgrown its limit.
const OFTEN: u32 = 5;
/// Failures in a row that close a gate.
const TROUBLE: u32 = 3;
/// What a caller is told who meets a full line or a try that is under way.
const SOON: Duration = Duration::from_secs(1);
/// Corps that are remembered; beyond, those without a call under way are forgotten.
const CORPS: usize = 10_000;

pub(crate) struct Pacer {
    pace: Pace,
    corps: Mutex<HashMap<String, Arc<Corp>>>,
    address: Mutex<HashMap<&'static str, Windows>>,
    /// The channel's name there, and the ledger.
    memory: OnceLock<(&'static str, Arc<Ledger>)>,
}

struct Corp {
    all: Arc<Semaphore>,
    background: Arc<Semaphore>,
    waiting: AtomicUsize,
    gates: Mutex<HashMap<&'static str, Arc<Gate>>>,
}

struct Windows {
    minute: Window,
    hour: Window,
    day: Window,
}

/// One corp and one API.
struct Gate {
    api: &'static str,
    corp: String,
    state: Mutex<State>,
}

struct State {
    windows: Windows,
    closed_until: Option<Instant>,
    /// Not before, for pulls.
    next: Instant,
    /// Full minutes of the last hour.
    full: Window,
    /// The minute that was counted as a full one last.
    full_at: Option<Instant>,
    /// Failures in a row that say nothing about the request.
    failures: u32,
    /// Answers of 45009 without a success between.
    limited: u32,
    /// The last of them said that a day's calls are used.
    day_used: bool,
    /// What only an administrator mends, in words, as long as nothing else was answered.
    set_up: Option<String>,
    /// After trouble, one call tries.
    trying: bool,
    /// Where calls are remembered.
    line: Option<Line>,
}

/// Leave to make one call. Says afterwards what became of it.
pub(crate) struct Pass {
    gate: Arc<Gate>,
    trial: bool,
    settled: bool,
    _permits: (Option<OwnedSemaphorePermit>, OwnedSemaphorePermit),
}

impl Pacer {
    pub(crate) fn new(pace: Pace) -> Self {
        Self {
            pace,
            corps: Mutex::default(),
            address: Mutex::default(),
            memory: OnceLock::new(),
        }
    }

    /// From now on calls are remembered in `ledger`, and what it knows counts; told once.
    pub(super) fn remember(&self, kind: &'static str, ledger: Arc<Ledger>) {
        let _ = self.memory.set((kind, ledger));
    }

    /// Waits for leave to call `api`; else says how long to stay away.
    pub(crate) async fn enter(
        &self,
        corpid: &str,
        api: &'static str,
        lane: Lane,
    ) -> Result<Pass, Duration> {
        let corp = self.corp(corpid);
        let gate = corp.gate(corpid, api, self);
        gate.state.lock().open(Instant::now())?;
        let _place = corp.line(self.pace.line)?;
        let deadline = Instant::now() + self.pace.patience;
        let permits = timeout_at(deadline, corp.permits(lane))
            .await
            .map_err(|_elapsed| SOON)?
            .ok_or(SOON)?;
        loop {
            match self.take(&gate) {
                Ok(trial) => {
                    return Ok(Pass {
                        gate,
                        trial,
                        settled: false,
                        _permits: permits,
                    });
                }
                Err(wait) if Instant::now() + wait > deadline => return Err(wait),
                Err(wait) => sleep(wait).await,
            }
        }
    }

    /// Counts one call; answers whether it is a trial.
    fn take(&self, gate: &Gate) -> Result<bool, Duration> {
        let now = Instant::now();
        let mut state = gate.state.lock();
        state.open(now)?;
        let mut address = self.address.lock();
        let shared = address.entry(gate.api).or_insert_with(|| {
            let (minute, hour) = (self.pace.address_per_minute, self.pace.address_per_hour);
            Windows::new(minute, hour, None, now).after(&self.past(gate.api), now)
        });
        if let Some(wait) = state.windows.wait(now).max(shared.wait(now)) {
            return Err(wait);
        }
        if gate.api.starts_with(PULL) {
            if now < state.next {
                return Err(state.next - now);
            }
            state.next = now + Duration::from_secs(1) / self.pace.pulls_per_second.max(1);
        }
        shared.take(now);
        state.windows.take(now);
        if let Some(line) = &state.line {
            line.count();
        }
        let per_minute = self.pace.of_minute(gate.api);
        state.count_full(per_minute, now);
        let (minute, hour) = (state.windows.minute.used(), state.windows.hour.used());
        state.trying = state.failures >= TROUBLE || state.limited > 0;
        let trial = state.trying;
        drop((state, address));
        gate.show("minute", minute, per_minute);
        gate.show("hour", hour, self.pace.per_hour);
        Ok(trial)
    }

    /// What is remembered of an API, of all corps.
    fn past(&self, api: &str) -> Vec<Line> {
        let memory = self.memory.get();
        memory.map_or_else(Vec::new, |(kind, ledger)| ledger.lines(kind, api))
    }

    /// How much of each limit a corp uses now, by API.
    pub(super) fn used(&self, corpid: &str) -> Vec<Quota> {
        let Some(corp) = self.corps.lock().get(corpid).cloned() else {
            return Vec::new();
        };
        let gates: Vec<Arc<Gate>> = corp.gates.lock().values().cloned().collect();
        let now = Instant::now();
        let mut quotas: Vec<Quota> = gates
            .iter()
            .map(|gate| gate.quota(&self.pace, now))
            .collect();
        quotas.sort_by(|one, other| one.api.cmp(&other.api));
        quotas
    }

    fn corp(&self, corpid: &str) -> Arc<Corp> {
        let mut corps = self.corps.lock();
        if let Some(corp) = corps.get(corpid) {
            return Arc::clone(corp);
        }
        if corps.len() >= CORPS {
            corps.retain(|_, corp| Arc::strong_count(corp) > 1);
        }
        let corp = Arc::new(Corp {
            all: Arc::new(Semaphore::new(self.pace.at_once.max(1))),
            background: Arc::new(Semaphore::new(self.pace.background.max(1))),
            waiting: AtomicUsize::new(0),
            gates: Mutex::default(),
        });
        corps.insert(corpid.to_owned(), Arc::clone(&corp));
        corp
    }
}

/// A place in the line, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Corp {
    fn gate(&self, corpid: &str, api: &'static str, pacer: &Pacer) -> Arc<Gate> {
        let mut gates = self.gates.lock();
        let gate = gates.entry(api).or_insert_with(|| {
            let memory = pacer.memory.get();
            let line =
                memory.and_then(|(kind, ledger)| ledger.line(&format!("{kind} {corpid} {api}")));
            Arc::new(Gate {
                api,
                corp: corpid.to_owned(),
                state: Mutex::new(State::new(&pacer.pace, api, line)),
            })
        });
        Arc::clone(gate)
    }

    fn line(&self, longest: usize) -> Result<Place<'_>, Duration> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Place(&self.waiting);
        if before >= longest {
            Err(SOON)
        } else {
            Ok(place)
        }
    }

    /// Background calls need a place of their kind first, so the rest is left to replies. `None`
    /// never happens: the semaphores are not closed.
    async fn permits(
        &self,
        lane: Lane,
    ) -> Option<(Option<OwnedSemaphorePermit>, OwnedSemaphorePermit)> {
        let background = match lane {
            Lane::Reply => None,
            Lane::Background => Some(Arc::clone(&self.background).acquire_owned().await.ok()?),
        };
        let one = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some((background, one))
    }
}

impl Windows {
    fn new(per_minute: u32, per_hour: u32, per_day: Option<u32>, now: Instant) -> Self {
        let minutes = |slot, limit| Window::new(Duration::from_secs(slot), limit, now);
        Self {
            minute: minutes(1, per_minute),
            hour: minutes(60, per_hour),
            day: minutes(24 * 60, per_day.unwrap_or(u32::MAX)),
        }
    }

    /// The same after what was called before, in all of these lines together.
    fn after(mut self, lines: &[Line], now: Instant) -> Self {
        for (number, window) in self.each().into_iter().enumerate() {
            let calls: Vec<_> = lines.iter().flat_map(|line| line.past(number)).collect();
            if !calls.is_empty() {
                window.recall(&calls, now);
            }
        }
        self
    }

    fn each(&mut self) -> [&mut Window; 3] {
        [&mut self.minute, &mut self.hour, &mut self.day]
    }

    fn wait(&mut self, now: Instant) -> Option<Duration> {
        self.each()
            .into_iter()
            .filter_map(|one| one.wait(now))
            .max()
    }

    fn take(&mut self, now: Instant) {
        for one in self.each() {
            one.take(now);
        }
    }
}

impl Gate {
    fn quota(&self, pace: &Pace, now: Instant) -> Quota {
        let mut state = self.state.lock();
        // Looking at the room turns the windows to now.
        let _ = (state.windows.wait(now), state.full.wait(now));
        let windows = &state.windows;
        let (minute, hour) = (windows.minute.used(), windows.hour.used());
        let day = windows.day.used();
        let outgrown = state.full.used() >= OFTEN || hour > pace.per_hour / 100 * FULL;
        let blocked = state
            .closed_until
            .and_then(|until| until.checked_duration_since(now));
        let blocked = blocked.filter(|left| !left.is_zero());
        Quota {
            api: self.api.to_owned(),
            minute,
            per_minute: pace.of_minute(self.api),
            hour,
            per_hour: pace.per_hour,
            day,
            per_day: pace.of_day(self.api),
            blocked_ms: blocked.map(|left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX)),
            advice: match (&state.set_up, state.day_used) {
                (Some(refused), _) => Some(refused.clone()),
                (None, true) => Some(DAY_IS_USED.to_owned()),
                (None, false) => outgrown.then(|| pace.advice.to_owned()),
            },
        }
    }

    fn show(&self, window: &'static str, used: u32, limit: u32) {
        metrics::gauge!(
            "kefu_platform_quota_used_ratio",
            "corp" => self.corp.clone(), "api" => self.api, "window" => window,
        )
        .set(f64::from(used) / f64::from(limit.max(1)));
    }
}

impl State {
    /// Of a gate that nobody passed yet in this process.
    fn new(pace: &Pace, api: &str, line: Option<Line>) -> Self {
        let now = Instant::now();
        let windows = Windows::new(pace.of_minute(api), pace.per_hour, pace.of_day(api), now);
        let closed = line.as_ref().and_then(Line::closed);
        Self {
            windows: windows.after(line.as_slice(), now),
            closed_until: closed.map(|(left, _)| now + left),
            next: now,
            full: Window::new(Duration::from_secs(60), u32::MAX, now),
            full_at: None,
            failures: 0,
            limited: closed.map_or(0, |(_, times)| times),
            day_used: false,
            set_up: None,
            trying: false,
            line,
        }
    }

    /// Counts a minute once that is fuller than it should regularly be.
    fn count_full(&mut self, per_minute: u32, now: Instant) {
        let full = self.windows.minute.used() > per_minute / 100 * FULL;
        let counted = self
            .full_at
            .is_some_and(|at| now - at < Duration::from_secs(60));
        if full && !counted {
            self.full.take(now);
            self.full_at = Some(now);
        }
    }

    fn open(&self, now: Instant) -> Result<(), Duration> {
        match self.closed_until {
            Some(until) if now < until => Err(until - now),
            // Others wait for what the trial finds out.
            _ if self.trying => Err(SOON),
            _ => Ok(()),
        }
    }

    fn settle(&mut self, failure: Option<&Failure>, now: Instant) {
        self.trying = false;
        if failure.is_none_or(is_answer) {
            self.set_up = failure.and_then(of_the_set_up);
        }
        if self.closed_until.is_some_and(|until| now < until) && failure.is_some() {
            // It was under way when another one closed the gate: the same trouble, not more of it.
            return;
        }
        self.day_used &= failure.is_some();
        let before = self.limited;
        match failure.map(|failure| (failure.fault, failure.retry_after)) {
            Some((Fault::RateLimited, asked)) => {
                self.limited += 1;
                self.day_used |= failure.is_some_and(says_the_day_is_used);
                self.closed_until = Some(now + asked.unwrap_or(penalty(self.limited)));
            }
            Some((Fault::Busy | Fault::Unreachable | Fault::Forbidden | Fault::Unknown, asked)) => {
                self.failures += 1;
                let pause = (self.failures >= TROUBLE).then(|| growing(self.failures - TROUBLE));
                let pause = pause.max(asked);
                self.closed_until = pause.map(|pause| now + pause);
            }
            // An answer, whatever it says: the platform is there.
            _ => (self.failures, self.limited) = (0, 0),
        }
        if let Some(line) = self.line.as_ref().filter(|_| self.limited != before) {
            let left = self
                .closed_until
                .map_or(Duration::ZERO, |until| until - now);
            line.close(left, self.limited);
        }
    }
}

impl Pass {
    /// Says what became of the call.
    pub(crate) fn settle<T>(mut self, result: &Result<T, Failure>) {
        let failure = result.as_ref().err();
        self.settled = true;
        let answer = match failure {
            None => "ok".to_owned(),
            Some(failure) => failure.code.map_or_else(
                || format!("{:?}", failure.fault).to_lowercase(),
                |code| match failure.dialect.knows(code) {
                    true => code.to_string(),
                    false => "other".to_owned(),
                },
            ),
        };
        metrics::counter!("kefu_platform_calls_total", "api" => self.gate.api, "answer" => answer)
            .increment(1);
        self.gate.state.lock().settle(failure, Instant::now());
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        // The caller was cancelled: somebody else may try.
        if self.trial && !self.settled {
            self.gate.state.lock().trying = false;
        }
    }
}

/// Whether the platform looked at the call: what is late, busy or limited says nothing of it.
fn is_answer(failure: &Failure) -> bool {
    failure.code.is_some() && !matches!(failure.fault, Fault::Busy | Fault::RateLimited)
}

/// 45009 is a minute's or an hour's limit of a corp, and a day's of an account.
fn says_the_day_is_used(failure: &Failure) -> bool {
    failure.dialect == Dialect::Mp && failure.code == Some(45009)
}

/// A minute's block ends after a minute, but its clock is not ours; who is still refused after two
/// is in the hour's.
fn penalty(times: u32) -> Duration {
    Duration::from_secs(if times <= 2 { 60 } else { 3_600 })
}

/// 1, 2, 4 … 60 s, half more or less, so that many callers do not come back together.
pub(crate) fn growing(step: u32) -> Duration {
    let seconds = 1_u64 << step.min(6);
    let spread = 0.5 + rand::random::<f64>();
    Duration::from_secs(seconds.min(60)).mul_f64(spread)
}

#[cfg(test)]
#[path = "pace_tests.rs"]
mod tests;

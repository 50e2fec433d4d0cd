//! Customers who write through a platform outside: what they say goes to the simulator in bundles,
//! and what it was asked to send is what reached them.
//!
//! Two threads speak HTTP, so that the loop never waits for it. Both queues are bounded; a platform
//! that does not keep up shows in the latency, since messages keep their intended time.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::fleet::Fleet;
use super::pushes::Pusher;
use crate::body::{self, Run};
use crate::check::{Call, Op, Outcome, Trouble};
use crate::clock::pause;
use crate::error::{Error, Result};
use crate::platform::{Account, Corp, SentOut, sent_out};
use crate::rung::Rung;
use crate::wire::epoll::source_address;
use crate::wire::http::Client;

/// Bundles that may wait for the platform.
const BUNDLES: usize = 64;
/// Messages in one bundle at most.
const BUNDLE: usize = 2_000;
/// Answers to pushes that may wait for the loop's next look.
const PUSHED: usize = 16_384;
/// Between two looks at what was sent.
const LOOK: Duration = Duration::from_millis(50);

/// An operation, and why the platform did not take it, if it did not.
pub(super) type Took = (u32, Option<String>);

/// What a customer is to say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    pub(super) op: u32,
    pub(super) customer: u32,
    /// When, by the loop's clock.
    pub(super) intended: u64,
}

/// The platform as the players use it.
pub struct Outside {
    corps: usize,
    pending: Vec<Word>,
    mouth: SyncSender<Vec<Word>>,
    took: Receiver<Result<Vec<Took>>>,
    sent: Receiver<Result<Vec<SentOut>>>,
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    /// Everything the platform was asked to send.
    pub(super) calls: Vec<Call>,
    /// Answers of the platform other than 0, by number.
    refused: BTreeMap<String, u64>,
    /// The ids of what it took.
    taken: HashSet<String>,
    /// Of what was refused: sends under an id that it had taken before.
    repeated: BTreeMap<String, u64>,
    /// When each send was accepted, in milliseconds since 1970.
    pub sent_at_ms: Vec<i64>,
    wall_ms: f64,
}

impl Outside {
    /// Starts both threads. Customer `n` writes to corp `n % corps.len()`. `now` is the loop's clock.
    pub fn start(control: SocketAddr, corps: &[Corp], run: Run, now: u64) -> Self {
        let (tell_sent, sent) = sync_channel(BUNDLES);
        let all = corps.to_vec();
        let mut outside = Self::spoken_by(corps.len(), now, sent, BUNDLES, move |words, took| {
            speak(control, &all, run, &words, &took)
        });
        let end = Arc::clone(&outside.over);
        let hearing = std::thread::spawn(move || hear(control, run, &end, &tell_sent));
        outside.threads.push(hearing);
        outside
    }

    /// Customers of one account, whose words are pushed at `target` by this tool itself; `rung` hears
    /// what was answered. Nothing goes back to them.
    pub fn pushing(
        target: SocketAddr,
        account: &Account,
        run: Run,
        now: u64,
        rung: Arc<Mutex<Rung>>,
    ) -> Self {
        let pusher = Pusher {
            account: account.clone(),
            target,
            run,
            clock: (Instant::now(), now),
            rung,
        };
        let (_, sent) = sync_channel(1);
        Self::spoken_by(1, now, sent, PUSHED, move |words, took| {
            pusher.push(&words, &took)
        })
    }

    /// With a thread that speaks, and as many of its reports as may wait for the loop.
    fn spoken_by(
        corps: usize,
        now: u64,
        sent: Receiver<Result<Vec<SentOut>>>,
        reports: usize,
        speak: impl FnOnce(Receiver<Vec<Word>>, SyncSender<Result<Vec<Took>>>) + Send + 'static,
    ) -> Self {
        let (mouth, words) = sync_channel(BUNDLES);
        let (tell_took, took) = sync_channel(reports);
        let speaking = std::thread::spawn(move || speak(words, tell_took));
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            corps,
            pending: Vec::new(),
            mouth,
            took,
            sent,
            over: Arc::new(AtomicBool::new(false)),
            threads: vec![speaking],
            calls: Vec::new(),
            refused: BTreeMap::new(),
            taken: HashSet::new(),
            repeated: BTreeMap::new(),
            sent_at_ms: Vec::new(),
            wall_ms: wall.as_secs_f64() * 1e3 - now as f64 / 1e6,
        }
    }

    /// Answers of the platform other than 0, by number, to what it had not taken before.
    pub fn refused(&self) -> BTreeMap<String, u64> {
        self.refused.clone()
    }

    /// The same for what it had taken before: who does not know whether it was asks again under the
    /// same id, and no such answer is a loss. The platform looks at the window before it looks at the
    /// id, so the fifth answer is refused as one too many.
    pub fn repeated(&self) -> BTreeMap<String, u64> {
        self.repeated.clone()
    }

    /// A wall-clock time as nanoseconds of the loop's clock. The wall clock has whole milliseconds;
    /// the end of the one it names is meant.
    fn instant(&self, at_ms: i64) -> u64 {
        ((at_ms as f64 + 1.0 - self.wall_ms).max(0.0) * 1e6) as u64
    }

    fn flush(&mut self) {
        while !self.pending.is_empty() {
            let some = self.pending.len().min(BUNDLE);
            let bundle: Vec<_> = self.pending.drain(..some).collect();
            match self.mouth.try_send(bundle) {
                Ok(()) => {}
                Err(TrySendError::Full(bundle) | TrySendError::Disconnected(bundle)) => {
                    self.pending.splice(..0, bundle);
                    return;
                }
            }
        }
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Without its queue the speaking thread ends; what it tells goes nowhere.
        let (mouth, _) = sync_channel(1);
        self.mouth = mouth;
        let (_, took) = sync_channel(1);
        self.took = took;
        let (_, sent) = sync_channel(1);
        self.sent = sent;
        for thread in self.threads.drain(..) {
            // A panic there has shown as a failed run already.
            let _ = thread.join();
        }
    }
}

fn speak(
    control: SocketAddr,
    corps: &[Corp],
    run: Run,
    words: &Receiver<Vec<Word>>,
    took: &SyncSender<Result<Vec<Took>>>,
) {
    let mut client = Client::new(control, source_address(2));
    while let Ok(bundle) = words.recv() {
        let said = bundle.iter().map(|word| {
            let corp = &corps[word.customer as usize % corps.len()];
            let mut text = Vec::new();
            body::write(run, word.op, &mut text);
            json!({
                "corpid": corp.corpid, "open_kfid": corp.open_kfid,
                "customer": customer_key(run, word.customer),
                "text": String::from_utf8_lossy(&text),
            })
        });
        let answer = client.post("/sim/say", &Value::Array(said.collect()));
        let told = answer.and_then(|answer| {
            let list = answer.as_array().filter(|list| list.len() == bundle.len());
            let list =
                list.ok_or_else(|| Error::Protocol(format!("/sim/say answered {answer}")))?;
            let each = bundle.iter().zip(list);
            Ok(each
                .map(|(word, said)| (word.op, said["error"].as_str().map(str::to_owned)))
                .collect())
        });
        if took.send(told).is_err() {
            return;
        }
    }
}

fn hear(control: SocketAddr, run: Run, over: &AtomicBool, sent: &SyncSender<Result<Vec<SentOut>>>) {
    let mut client = Client::new(control, source_address(3));
    let mut after = 0;
    while !over.load(Ordering::Relaxed) {
        let page = sent_out(&mut client, run, after);
        let found = page.map(|(found, next)| {
            after = next;
            found
        });
        let some = found.as_ref().is_ok_and(|found| !found.is_empty());
        if (some || found.is_err()) && sent.send(found).is_err() {
            return;
        }
        pause(LOOK);
    }
}

/// What the simulator calls customer `number`.
pub(crate) fn customer_key(run: Run, number: u32) -> String {
    format!("load-{:08x}-{number}", run.0)
}

impl Fleet {
    /// Lets the customers write through `outside` from now on, instead of on sockets.
    pub fn go_outside(&mut self, outside: Outside) {
        for customer in &mut self.customers {
            customer.live = true;
            customer.reconnect_at = u64::MAX;
        }
        self.outside = Some(outside);
    }

    /// The platform.
    pub fn outside(&self) -> Option<&Outside> {
        self.outside.as_ref()
    }

    /// Every customer writes one message now.
    pub fn introduce(&mut self, now: u64) {
        for number in 0..self.customers.len() as u32 {
            self.ask_outside(number, now);
        }
        self.speak_outside();
    }

    /// `count` messages at once, spread over the customers from `first` on.
    pub fn burst(&mut self, first: u32, count: u32, now: u64) {
        let customers = self.customers.len() as u32;
        for n in 0..count {
            self.ask_outside((first + n) % customers, now);
        }
        self.speak_outside();
    }

    pub(super) fn ask_outside(&mut self, number: u32, intended: u64) {
        let key = self.question(number, intended);
        self.ops[key as usize].sent_at = intended;
        self.customers[number as usize].unseen.push_back(key);
        if let Some(outside) = &mut self.outside {
            outside.pending.push(Word {
                op: key,
                customer: number,
                intended,
            });
        }
    }

    /// Hands on what was written.
    pub(super) fn speak_outside(&mut self) {
        if let Some(outside) = &mut self.outside {
            outside.flush();
        }
    }

    /// Takes in what the platform took, and what it was asked to send.
    ///
    /// # Errors
    /// When the platform cannot be reached.
    pub fn hear_outside(&mut self, now: u64) -> Result<()> {
        let Some(mut outside) = self.outside.take() else {
            return Ok(());
        };
        let heard = self.hear(&mut outside, now);
        self.outside = Some(outside);
        self.speak_outside();
        heard
    }

    fn hear(&mut self, outside: &mut Outside, now: u64) -> Result<()> {
        while let Ok(took) = outside.took.try_recv() {
            for (key, refused) in took? {
                let op = &mut self.ops[key as usize];
                op.acked_at = now;
                op.outcome = Outcome::Taken;
                if let Some(why) = refused {
                    op.outcome = Outcome::Failed;
                    let number = op.conversation as usize;
                    self.customers[number].unseen.retain(|one| *one != key);
                    self.count(&format!("platform: {why}"));
                }
            }
        }
        while let Ok(sent) = outside.sent.try_recv() {
            for call in sent? {
                let accepted = call.errcode == Some(0);
                if accepted {
                    outside.taken.insert(call.msgid.clone());
                    outside.sent_at_ms.push(call.at_ms);
                    if let Some(key) = call.op {
                        self.answer_seen(key, outside.instant(call.at_ms));
                    }
                } else {
                    let name = call.errcode.map_or("none".into(), |code| code.to_string());
                    let again = outside.taken.contains(&call.msgid);
                    let counts = if again {
                        &mut outside.repeated
                    } else {
                        &mut outside.refused
                    };
                    *counts.entry(name).or_default() += 1;
                }
                // One text under two ids reaches the customer twice as well.
                let msgid = call.op.map_or(call.msgid, |op| format!("operation {op}"));
                outside.calls.push(Call { msgid, accepted });
            }
        }
        Ok(())
    }

    /// The conversations with answers that have reached nobody.
    pub fn unheard(&self) -> BTreeSet<String> {
        let id = |op: &Op| self.conversations[op.conversation as usize].id.clone();
        self.unseen_answers().map(|(_, op)| id(op)).collect()
    }

    /// The gateway shows these answers so: nobody waits for them any more.
    pub fn give_up(&mut self, told: impl IntoIterator<Item = (u32, Trouble)>) {
        self.given_up.extend(told);
    }

    /// How many answers that reached nobody the gateway shows so, as far as anybody asked.
    pub fn told(&self, trouble: Trouble) -> usize {
        let unseen = |key: &u32| self.ops[*key as usize].seen_at == 0;
        let shown = self.given_up.iter();
        shown
            .filter(|(key, told)| **told == trouble && unseen(key))
            .count()
    }

    /// Says which customer of the gateway each player is.
    pub fn identify(&mut self, number: u32, external_userid: String) {
        self.by_customer.insert(external_userid.clone(), number);
        self.customers[number as usize].visitor.external_userid = external_userid;
    }

    /// Hands the platform's record to the checker.
    pub(crate) fn take_calls(&mut self) -> Vec<Call> {
        let outside = self.outside.as_mut();
        outside.map_or_else(Vec::new, |outside| std::mem::take(&mut outside.calls))
    }

    /// Which corp a customer writes to.
    pub fn corp_of(&self, customer: u32) -> usize {
        let corps = self.outside.as_ref().map_or(1, |outside| outside.corps);
        customer as usize % corps
    }
}

//! Customers of official accounts, mini-programs and shops. What they say is pushed at the gateway by
//! this tool itself, signed and encrypted as the platform does it; each customer's words go one after
//! the other, each when the one before was answered.

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::outside::{Took, Word, customer_key};
use crate::body::{self, Run};
use crate::error::{Error, Result};
use crate::platform::Account;
use crate::rung::Rung;
use crate::wire::envelope::Envelope;
use crate::wire::epoll::source_address;
use crate::wire::http::Client;

/// Connections that push, each one message at a time.
const LANES: usize = 16;
/// Words that may wait in one lane; beyond, all wait, and keep their intended time.
const WAITING: usize = 4_096;

/// Whom the platform's customers write to.
const ORIGINAL_ID: &str = "gh_load";

/// What pushes at the gateway.
#[derive(Clone)]
pub(super) struct Pusher {
    pub(super) account: Account,
    pub(super) target: SocketAddr,
    pub(super) run: Run,
    /// The loop's clock at this instant.
    pub(super) clock: (Instant, u64),
    pub(super) rung: Arc<Mutex<Rung>>,
}

impl Pusher {
    /// Pushes until there are no more words; tells what was answered `success`. Of anything else
    /// nothing is known: it may have been filed.
    pub(super) fn push(&self, words: &Receiver<Vec<Word>>, took: &SyncSender<Result<Vec<Took>>>) {
        let (mut lanes, mut threads) = (Vec::new(), Vec::new());
        for lane in 0..LANES {
            let (tell, hear) = sync_channel(WAITING);
            let (pusher, took) = (self.clone(), took.clone());
            lanes.push(tell);
            threads.push(std::thread::spawn(move || {
                if let Err(error) = pusher.lane(lane, &hear, &took) {
                    // Nobody listens any more when the run is over.
                    let _ = took.send(Err(error));
                }
            }));
        }
        while let Ok(bundle) = words.recv() {
            for word in bundle {
                let lane = word.customer as usize % LANES;
                if lanes[lane].send(word).is_err() {
                    return;
                }
            }
        }
        drop(lanes);
        for thread in threads {
            // A panic there has shown as a failed run already.
            let _ = thread.join();
        }
    }

    fn lane(
        &self,
        lane: usize,
        words: &Receiver<Word>,
        took: &SyncSender<Result<Vec<Took>>>,
    ) -> Result<()> {
        let Account {
            appid,
            token,
            encoding_aes_key,
            callback_path,
            ..
        } = &self.account;
        let envelope = Envelope::new(token, encoding_aes_key, appid)?.addressed(ORIGINAL_ID);
        let mut client = Client::new(self.target, source_address(20_000 + lane));
        while let Ok(word) = words.recv() {
            let now = unix_s();
            let message = self.message(&word, now);
            let sealed = envelope.seal(&message, now, rand::random(), rand::random());
            let path = format!("{callback_path}?{}&encrypt_type=aes", sealed.query);
            let answer = client.post_xml(&path, &sealed.body);
            let (began, at) = self.clock;
            let done = Duration::from_nanos(at) + began.elapsed();
            let late = done.saturating_sub(Duration::from_nanos(word.intended));
            let mut rung = self.rung.lock().map_err(|_| broken())?;
            let success = rung.hear(late, &answer);
            drop(rung);
            if success && took.send(Ok(vec![(word.op, None)])).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// A text as the platform pushes it.
    fn message(&self, word: &Word, now: u64) -> String {
        let mut text = Vec::new();
        body::write(self.run, word.op, &mut text);
        let text = String::from_utf8_lossy(&text);
        let from = customer_key(self.run, word.customer);
        // A number of its own in every run, and growing.
        let id = u64::from(self.run.0) << 32 | u64::from(word.op);
        let said = match self.account.channel {
            "channels_shop" => format!(
                "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[commkf_send_msg_to_kf]]></Event><msg_id><![CDATA[{id}]]></msg_id><msg_type><![CDATA[text]]></msg_type><msg_event><![CDATA[EVENT_TYPE_SEND_MSG]]></msg_event><text><content><![CDATA[{text}]]></content></text>"
            ),
            _ => format!(
                "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content><MsgId>{id}</MsgId>"
            ),
        };
        format!(
            "<xml><ToUserName><![CDATA[{ORIGINAL_ID}]]></ToUserName><FromUserName><![CDATA[{from}]]></FromUserName><CreateTime>{now}</CreateTime>{said}</xml>"
        )
    }
}

fn broken() -> Error {
    Error::Gateway("a lane panicked".into())
}

fn unix_s() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

//! The WeChat platform of a run: the simulator as a process of its own, driven by its control API
//! (`crates/simulator/README.md`), and what it recorded of the gateway's calls.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::body::{self, Run};
use crate::clock::{Stop, pause};
use crate::error::{Error, Result};
use crate::gateway::listening_address;
use crate::site::{Site, text};
use crate::wire::epoll::source_address;
use crate::wire::http::Client;

const UP_WITHIN: Duration = Duration::from_secs(30);

/// A running simulator. Dropping it ends it.
pub struct Platform {
    child: Child,
    _folder: tempfile::TempDir,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its control API.
    pub control: Client,
    /// Its corps, in the order in which they were joined to the gateway.
    pub corps: Vec<Corp>,
}

/// A corp of the platform with one customer-service account.
#[derive(Debug, Clone)]
pub struct Corp {
    /// Its id.
    pub corpid: String,
    /// The account's id upstream.
    pub open_kfid: String,
    /// Token of its callbacks.
    pub token: String,
    /// Key of its callbacks.
    pub encoding_aes_key: String,
    /// Path of its callbacks at the gateway.
    pub callback_path: String,
}

/// An official account, a mini-program or a shop of the platform.
#[derive(Debug, Clone)]
pub struct Account {
    /// The gateway's name for what it is.
    pub channel: &'static str,
    /// Its id.
    pub appid: String,
    /// Token of its pushes.
    pub token: String,
    /// Key of its pushes.
    pub encoding_aes_key: String,
    /// Path of its pushes at the gateway.
    pub callback_path: String,
}

/// A message that the gateway asked the platform to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentOut {
    /// The operation in its text, if it is one of this run.
    pub op: Option<u32>,
    /// The id that the gateway gave it.
    pub msgid: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What the platform answered; `None` for no answer.
    pub errcode: Option<i64>,
}

impl Platform {
    /// Starts `program simulate` on a free loopback port.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(program: &PathBuf, realtime: bool, stop: &Stop) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("kefu-load-")
            .tempdir()
            .map_err(Error::io("make a throw-away folder"))?;
        let log = folder.path().join("stdout");
        let file = |path: &PathBuf| {
            fs::File::create(path).map_err(Error::io(format!("create {}", path.display())))
        };
        let mut command = if realtime {
            let mut command = Command::new("chrt");
            command.args(["-r", "1"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command
            .args(["simulate", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(file(&log)?)
            .stderr(file(&folder.path().join("stderr"))?);
        let child = command
            .spawn()
            .map_err(Error::io(format!("start {}", program.display())))?;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut platform = Self {
            child,
            _folder: folder,
            address: nowhere,
            control: Client::new(nowhere, source_address(0)),
            corps: Vec::new(),
        };
        let began = Instant::now();
        loop {
            stop.check()?;
            let printed = fs::read_to_string(&log).unwrap_or_default();
            if let Some(address) = listening_address(&printed) {
                platform.address = address;
                platform.control = Client::new(address, source_address(1));
                // The published limits of one corp are far below what is measured here.
                let plenty = 1_000_000_000;
                let unlimited = json!({ "per_minute": plenty, "per_hour": plenty, "per_day": plenty, "concurrent": plenty });
                platform.control.post("/sim/quota", &unlimited)?;
                return Ok(platform);
            }
            if began.elapsed() > UP_WITHIN {
                return Err(Error::Gateway("the simulator does not come up".into()));
            }
            pause(Duration::from_millis(5));
        }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Makes `count` corps and joins each to the gateway: a connection, a door, the callback.
    ///
    /// # Errors
    /// When either side refuses.
    pub fn join(&mut self, site: &mut Site, count: usize) -> Result<()> {
        for number in 0..count {
            let corpid = format!("ww{:08x}{number:08x}", site.run.0);
            let open_kfid = format!("wk{:08x}{number:022x}", site.run.0);
            let secret = format!("{:016x}{:016x}", rand::random::<u64>(), number);
            let name = format!("load {:08x} corp {number}", site.run.0);
            let connection = json!({
                "channel": "wecom_kf", "name": name, "corpid": corpid, "agentid": "1000002",
                "secret": secret, "base_url": format!("http://{}", self.address),
            });
            let made = site.admin.post("/v1/connections", &connection)?;
            let connection_id = text(&made, "id")?;
            let callback = text(&made, "callback_url")?;
            let corp = Corp {
                corpid,
                open_kfid,
                token: text(&made, "token")?,
                encoding_aes_key: text(&made, "encoding_aes_key")?,
                callback_path: path_of(&callback),
            };
            let spec = json!({
                "corpid": corp.corpid, "secret": secret, "agentid": 1_000_002,
                "token": corp.token, "encoding_aes_key": corp.encoding_aes_key, "coalesce": true,
                "accounts": [{ "open_kfid": corp.open_kfid, "name": "load", "managed": true }],
                "callback_url": format!("http://{}{}", site.target, corp.callback_path),
            });
            self.control.post("/sim/corp", &spec)?;
            let door = json!({
                "open_kfid": site.open_kfid, "channel": "wecom_kf", "name": name,
                "connection_id": connection_id,
                "wecom_kf": { "upstream_open_kfid": corp.open_kfid },
            });
            site.admin.post("/v1/entry-points", &door)?;
            self.corps.push(corp);
        }
        Ok(())
    }

    /// Makes an account and joins it to the gateway. The platform is told no address: whoever pushes
    /// for it does so alone.
    ///
    /// # Errors
    /// When either side refuses.
    pub fn join_account(&mut self, site: &mut Site, channel: &'static str) -> Result<Account> {
        let appid = format!("wx{:016x}", u64::from(site.run.0));
        let secret = format!("{:016x}{:016x}", rand::random::<u64>(), 0);
        let kind = channel.trim_start_matches("channels_");
        let app = json!({ "appid": appid, "kind": kind, "secret": secret, "name": "load" });
        self.control.post("/sim/app", &app)?;
        let name = format!("load {:08x} {channel}", site.run.0);
        let connection = json!({
            "channel": channel, "name": name, "corpid": appid, "secret": secret,
            "base_url": format!("http://{}", self.address),
        });
        let made = site.admin.post("/v1/connections", &connection)?;
        let door = json!({
            "open_kfid": site.open_kfid, "channel": channel, "name": name,
            "connection_id": text(&made, "id")?,
        });
        site.admin.post("/v1/entry-points", &door)?;
        Ok(Account {
            channel,
            appid,
            token: text(&made, "token")?,
            encoding_aes_key: text(&made, "encoding_aes_key")?,
            callback_path: path_of(&text(&made, "callback_url")?),
        })
    }

    /// Tells every corp where the gateway is now.
    ///
    /// # Errors
    /// When the simulator refuses.
    pub fn follow(&mut self, gateway: SocketAddr) -> Result<()> {
        for corp in &self.corps {
            let url = format!("http://{gateway}{}", corp.callback_path);
            let moved = json!({ "corpid": corp.corpid, "callback_url": url });
            self.control.post("/sim/corp", &moved)?;
        }
        Ok(())
    }

    /// Lets every page of `sync_msg` hold so many messages at most.
    ///
    /// # Errors
    /// When the simulator refuses.
    pub fn shorten_pages(&mut self, count: u32) -> Result<()> {
        let fault = json!({ "kind": "short_pages", "count": count, "calls": 0 });
        self.control.post("/sim/fault", &fault).map(drop)
    }

    /// A second client of the control API, for a thread of its own.
    pub(crate) fn second_control(&self) -> Client {
        Client::new(self.address, source_address(4))
    }

    /// What was pulled since `before`.
    ///
    /// # Errors
    /// When the simulator cannot be asked.
    pub fn pulled(&mut self, before: Pulled) -> Result<Pulled> {
        pulled(&mut self.control, before)
    }

    /// How often each answer was given to calls of `path`.
    ///
    /// # Errors
    /// When the simulator cannot be asked.
    pub fn answers(&mut self, path: &str) -> Result<BTreeMap<String, u64>> {
        let summary = self.control.get("/sim/calls?summary=1")?;
        let counts = summary["counts"][path].as_object();
        let counts = counts.into_iter().flatten();
        Ok(counts
            .map(|(answer, count)| (answer.clone(), count.as_u64().unwrap_or(0)))
            .collect())
    }
}

/// What `sync_msg` gave since some call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Pages.
    pub pages: u64,
    /// Messages and events on them.
    pub events: u64,
    /// The last page said that there is more.
    pub more: bool,
    /// The number of the last call.
    pub last: u64,
}

/// What the platform was asked to send after `after`, and where to go on.
///
/// # Errors
/// When the simulator cannot be asked.
pub fn sent_out(control: &mut Client, run: Run, after: u64) -> Result<(Vec<SentOut>, u64)> {
    let path = format!("/sim/calls?path=kf/send_msg&after={after}&limit=10000");
    let page = control.get(&path)?;
    let calls = page["calls"].as_array();
    let calls = calls.ok_or_else(|| Error::Protocol(format!("{path} is no list")))?;
    let next = calls.last().and_then(|call| call["no"].as_u64());
    Ok((
        calls.iter().map(|call| read_call(run, call)).collect(),
        next.unwrap_or(after),
    ))
}

fn read_call(run: Run, call: &Value) -> SentOut {
    let body = call["body"].as_str().unwrap_or_default();
    let body: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    let words = body["text"]["content"].as_str().unwrap_or_default();
    SentOut {
        op: body::read_key(run, words.as_bytes()),
        msgid: body["msgid"].as_str().unwrap_or_default().to_owned(),
        at_ms: call["at"].as_i64().unwrap_or(0),
        errcode: call["errcode"].as_i64(),
    }
}

pub(crate) fn pulled(control: &mut Client, before: Pulled) -> Result<Pulled> {
    let after = before.last;
    let path = format!("/sim/calls?path=kf/sync_msg&after={after}&limit=10000");
    let page = control.get(&path)?;
    let calls = page["calls"].as_array();
    let calls = calls.ok_or_else(|| Error::Protocol(format!("{path} is no list")))?;
    Ok(calls.iter().fold(before, read_pull))
}

fn read_pull(before: Pulled, call: &Value) -> Pulled {
    let note = call["note"].as_str().unwrap_or_default();
    let digits = note.split(' ').next().unwrap_or_default();
    let last = call["no"].as_u64().unwrap_or(before.last);
    match digits.parse::<u64>() {
        Ok(events) => Pulled {
            pages: before.pages + 1,
            events: before.events + events,
            more: note.ends_with("more"),
            last,
        },
        // Refused, or not answered yet.
        Err(_) => Pulled { last, ..before },
    }
}

fn path_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/')
        .map_or_else(String::new, |at| rest[at..].to_owned())
}

impl Drop for Platform {
    fn drop(&mut self) {
        // Errors only mean that it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_call_tells_its_operation() {
        let run = Run(7);
        let mut words = Vec::new();
        body::write(run, 9, &mut words);
        let sent = json!({
            "touser": "wm1", "open_kfid": "wk1", "msgid": "01J", "msgtype": "text",
            "text": { "content": String::from_utf8(words).unwrap() },
        });
        let call = json!({ "no": 4, "at": 1_700, "errcode": 0, "body": sent.to_string() });
        let read = read_call(run, &call);
        assert_eq!((read.op, read.msgid.as_str()), (Some(9), "01J"));
        assert_eq!((read.at_ms, read.errcode), (1_700, Some(0)));
        assert_eq!(read_call(Run(8), &call).op, None);
    }

    #[test]
    fn pages_are_counted_by_what_they_held() {
        let call = |no: u64, note: &str| json!({ "no": no, "note": note });
        let calls = [
            call(3, "100 messages, and more"),
            call(5, ""),
            call(7, "40 messages"),
        ];
        let first = read_pull(Pulled::default(), &calls[0]);
        assert!(first.more && first.events == 100);
        let all = calls.iter().fold(Pulled::default(), read_pull);
        let expected = Pulled {
            pages: 2,
            events: 140,
            more: false,
            last: 7,
        };
        assert_eq!(all, expected);
    }

    #[test]
    fn a_callbacks_path_is_found() {
        assert_eq!(path_of("http://127.0.0.1:1/callback/a/b"), "/callback/a/b");
        assert_eq!(path_of("http://127.0.0.1:1"), "");
    }
}

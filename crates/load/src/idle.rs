//! What a connected and silent visitor costs: memory per socket, and how fast sockets open.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;

use crate::bench::{PLAIN, Target};
use crate::clock::{Stop, pause};
use crate::error::{Error, Result};
use crate::gateway::Gateway;
use crate::machine;
use crate::site::{Login, Site, Visitor};
use crate::wire::epoll::{ConnId, Ending, Handler, Net, source_address};
use crate::wire::scan;

/// From ready to idle.
const QUIET: Duration = Duration::from_secs(5);
/// Handshakes under way at once.
const OPENING: usize = 64;

/// What the idle run found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Always `idle`.
    pub workload: &'static str,
    /// The gateway's version, as it tells it.
    pub version: Option<String>,
    /// Sockets that were open and resumed at the end.
    pub connections: usize,
    /// Growth of the gateway's resident memory by them, in KiB each.
    pub kib_per_socket: f64,
    /// Resident memory of the gateway a while after it was ready, in MiB.
    pub idle_process_mib: f64,
    /// The same with all sockets open.
    pub connected_process_mib: f64,
    /// Spawn to ready.
    pub ready_ms: f64,
    /// Sockets opened and resumed per second.
    pub opened_per_s: f64,
    /// CPU of the gateway while all sockets were silent, in percent of one core.
    pub idle_cpu_pct: f64,
    /// Sockets that ended although nobody wanted it.
    pub dropped: usize,
}

struct Crowd {
    visitors: Vec<Visitor>,
    opening: usize,
    live: usize,
    dropped: usize,
    why: Option<String>,
}

impl Handler for Crowd {
    fn opened(&mut self, net: &mut Net, id: ConnId, tag: u64) {
        let Visitor { token, epoch, .. } = &self.visitors[tag as usize];
        let hello = json!({ "op": "hello", "token": token, "epoch": epoch, "seq": 0, "rev": 0 });
        net.send(id, |out| {
            out.extend_from_slice(hello.to_string().as_bytes())
        });
    }

    fn message(&mut self, _: &mut Net, _: u64, text: &[u8], _: u64) {
        match scan::field(text, b"op").and_then(scan::string) {
            Some(b"resumed") => {
                self.opening -= 1;
                self.live += 1;
            }
            Some(b"error") => self.why = Some(String::from_utf8_lossy(text).into_owned()),
            _ => {}
        }
    }

    fn ended(&mut self, _: &mut Net, _: ConnId, _: u64, ending: Ending) {
        self.dropped += 1;
        self.why = Some(format!("{ending:?}"));
    }
}

/// Opens `connections` visitor sockets against a gateway of our own, waits `settle`, and measures.
///
/// # Errors
/// When the target is not one of our own, the descriptor limit is too low, or not all sockets open.
pub fn run(target: &Target, connections: usize, settle: Duration, stop: &Stop) -> Result<Report> {
    machine::make_room_for(connections)?;
    let Target::Spawn(launch) = target else {
        return Err(Error::Usage(
            "idle measures a process of its own: give --spawn".into(),
        ));
    };
    let gateway = Gateway::start(launch.clone(), stop)?;
    // What a first start needs once (a password is hashed in 19 MiB) has been given back by then.
    pause(QUIET);
    let idle_rss_kib = machine::rss_kib(gateway.pid()).unwrap_or(0);
    let login = Login::First(gateway.first_admin()?);
    let site = Site::prepare(gateway.address, login, &PLAIN)?;
    let rss = || machine::rss_kib(gateway.pid()).unwrap_or(0) as f64;
    let visitors = site.visitors(0, connections)?;
    // What preparing needed (a password hash, say) is not the sockets' cost.
    let before = rss();
    let mut net = Net::new()?;
    let mut crowd = Crowd {
        visitors,
        opening: 0,
        live: 0,
        dropped: 0,
        why: None,
    };
    let began = Instant::now();
    let mut next = 0;
    while crowd.live < connections {
        stop.check()?;
        while next < connections && crowd.opening < OPENING {
            net.connect(
                site.target,
                source_address(next),
                "/v1/visitor/socket",
                next as u64,
            )?;
            crowd.opening += 1;
            next += 1;
        }
        net.turn(Duration::from_millis(20), &mut crowd)?;
        if crowd.dropped > 0 || began.elapsed() > Duration::from_secs(120) {
            let (live, why) = (crowd.live, crowd.why);
            return Err(Error::Gateway(format!(
                "only {live} sockets opened: {why:?}"
            )));
        }
    }
    let opened_per_s = connections as f64 / began.elapsed().as_secs_f64();
    let cpu_before = machine::cpu_us(gateway.pid()).unwrap_or(0);
    let silent = Instant::now();
    while silent.elapsed() < settle {
        stop.check()?;
        net.turn(Duration::from_millis(100), &mut crowd)?;
        let long_ago = net.now().saturating_sub(12_000_000_000);
        for conn in net.silent_since(long_ago) {
            net.send(conn, |out| out.extend_from_slice(br#"{"op":"ping"}"#));
        }
    }
    let cpu = machine::cpu_us(gateway.pid()).unwrap_or(0) - cpu_before;
    let after = rss();
    Ok(Report {
        workload: "idle",
        version: site.version.clone(),
        connections: crowd.live - crowd.dropped,
        kib_per_socket: (after - before) / connections as f64,
        idle_process_mib: idle_rss_kib as f64 / 1024.0,
        connected_process_mib: after / 1024.0,
        ready_ms: gateway.ready.as_secs_f64() * 1e3,
        opened_per_s,
        idle_cpu_pct: cpu as f64 / silent.elapsed().as_micros() as f64 * 100.0,
        dropped: crowd.dropped,
    })
}

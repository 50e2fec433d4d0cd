//! Signed and encrypted callbacks straight at the gateway, made by this tool itself: how soon each is
//! answered `success`. Those of WeChat kf ring for messages that are pulled, filed and answered
//! meanwhile; those of official accounts, mini-programs and shops bring the messages themselves.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::json;

use crate::bench::{Bench, Crowd};
use crate::check::Verdict;
use crate::clock::{Stop, pause};
use crate::error::{Error, Result};
use crate::gateway::Launch;
use crate::k2::{self, UNPACED};
use crate::machine;
use crate::platform::{Corp, Platform};
use crate::play::{Habits, Outside, Pace, drive};
use crate::rung::Rung;
use crate::wire::envelope::Envelope;
use crate::wire::epoll::source_address;
use crate::wire::http::Client;

/// Connections that ring, each one callback at a time.
const LANES: usize = 16;

/// Channels with callbacks.
pub const CHANNELS: [&str; 4] = [
    WECOM_KF,
    "official_account",
    "mini_program",
    "channels_shop",
];

/// Whose callbacks are bells.
const WECOM_KF: &str = "wecom_kf";

/// What to run.
#[derive(Debug, Clone)]
pub struct Callbacks {
    /// A gateway of our own.
    pub launch: Launch,
    /// With how many players.
    pub crowd: Crowd,
    /// Whose callbacks; one of [`CHANNELS`].
    pub channel: &'static str,
    /// Callbacks, and customer messages, a second.
    pub rate: f64,
    /// For how long.
    pub seconds: f64,
}

/// What the run found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Always `callbacks`.
    pub workload: &'static str,
    /// Which channel's.
    pub channel: &'static str,
    /// The gateway's version, as it tells it.
    pub version: Option<String>,
    /// Callbacks that were answered `success`, per second.
    pub answered_per_s: f64,
    /// Callbacks that were answered anything else, or not at all.
    pub refused: u64,
    /// Median from the intended sending to `success`.
    pub p50_ms: f64,
    /// 99th percentile of the same.
    pub p99_ms: f64,
    /// 99.9th percentile of the same.
    pub p999_ms: f64,
    /// The slowest.
    pub max_ms: f64,
    /// Customer messages that agents received meanwhile, per second.
    pub customer_messages_per_s: f64,
    /// The eight numbers.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// 1-minute load average at the end.
    pub load_average: f64,
}

/// Runs it and judges it.
///
/// # Errors
/// When it cannot be prepared, or on interrupt.
pub fn run(plan: &Callbacks, habits: Habits, stop: &Stop) -> Result<Report> {
    let rung = Arc::new(Mutex::new(Rung::default()));
    let pace = Pace {
        rate: plan.rate,
        warmup_s: 0.0,
        seconds: plan.seconds,
    };
    match plan.channel {
        WECOM_KF => bells(plan, pace, habits, &rung, stop),
        _ => pushes(plan, pace, habits, &rung, stop),
    }
}

/// The messages come by themselves, pushed by the players.
fn pushes(
    plan: &Callbacks,
    pace: Pace,
    habits: Habits,
    rung: &Arc<Mutex<Rung>>,
    stop: &Stop,
) -> Result<Report> {
    let habits = Habits {
        silent: true,
        ..habits
    };
    let (launch, crowd) = (&plan.launch, plan.crowd);
    let prepared = k2::prepare_by(launch, crowd, habits, stop, |platform, site, net| {
        let account = platform.join_account(site, plan.channel)?;
        let (target, run, now) = (site.target, site.run, net.now());
        Ok(Outside::pushing(
            target,
            &account,
            run,
            now,
            Arc::clone(rung),
        ))
    });
    let (mut bench, _platform) = prepared?;
    // Everybody's first words are not measured.
    *rung.lock().map_err(|_| panicked())? = Rung::default();
    let (net, fleet, site) = (&mut bench.net, &mut bench.fleet, &mut bench.site);
    drive(net, fleet, site, pace, stop, |_, _, _| Ok(true))?;
    report(plan, bench, rung)
}

/// The messages are pulled when this tool rings.
fn bells(
    plan: &Callbacks,
    pace: Pace,
    habits: Habits,
    rung: &Arc<Mutex<Rung>>,
    stop: &Stop,
) -> Result<Report> {
    let (mut bench, mut platform) = k2::prepare(&plan.launch, plan.crowd, 1, habits, stop)?;
    let corp = platform.corps[0].clone();
    let token = last_token(&mut platform)?;
    // From now on it is this tool that rings, and nobody else.
    let silent = json!({ "corpid": corp.corpid, "callback_url": "" });
    platform.control.post("/sim/corp", &silent)?;
    let bells = Bells {
        corp,
        token,
        rate: plan.rate / LANES as f64,
        until: Duration::from_secs_f64(plan.seconds),
        over: Arc::new(AtomicBool::new(false)),
        rung: Arc::clone(rung),
    };
    let began = Instant::now();
    let lanes: Vec<_> = (0..LANES)
        .map(|lane| {
            let bells = bells.clone();
            let target = bench.site.target;
            let client = Client::new(target, source_address(20_000 + lane));
            std::thread::spawn(move || bells.ring(lane, client, began))
        })
        .collect();
    let (net, fleet, site) = (&mut bench.net, &mut bench.fleet, &mut bench.site);
    let driven = drive(net, fleet, site, pace, stop, |_, _, _| Ok(true));
    if driven.is_err() {
        bells.over.store(true, Ordering::Relaxed);
    }
    for lane in lanes {
        lane.join().map_err(|_| panicked())??;
    }
    driven?;
    // The last messages may have been said after the last bell.
    platform.follow(bench.site.target)?;
    report(plan, bench, rung)
}

fn report(plan: &Callbacks, mut bench: Bench, rung: &Mutex<Rung>) -> Result<Report> {
    let verdict = bench.judge(Duration::from_secs(20))?;
    // What came while everything grew quiet counts as well.
    let to_agents = bench.fleet.meter.to_agents;
    let rung = rung.lock().map_err(|_| panicked())?;
    if let Some(why) = rung.why.as_ref().filter(|_| rung.timing.count() == 0) {
        return Err(Error::Gateway(format!("no callback was taken: {why}")));
    }
    Ok(Report {
        workload: "callbacks",
        channel: plan.channel,
        version: bench.site.version.clone(),
        answered_per_s: rung.timing.count() as f64 / plan.seconds,
        refused: rung.refused,
        p50_ms: rung.timing.ms(50.0),
        p99_ms: rung.timing.ms(99.0),
        p999_ms: rung.timing.ms(99.9),
        max_ms: rung.timing.max_ms(),
        customer_messages_per_s: to_agents as f64 / plan.seconds,
        verdict,
        load_average: machine::load_average(),
    })
}

fn panicked() -> Error {
    Error::Gateway("a lane panicked".into())
}

/// How to start the gateway for it: its pace must not be what is measured.
pub const CONFIG: &str = UNPACED;

/// The token of the platform's last doorbell, good for ten minutes of pulls.
fn last_token(platform: &mut Platform) -> Result<String> {
    let page = platform
        .control
        .get("/sim/calls?path=kf_msg_or_event&order=newest&limit=1")?;
    let body = page["calls"][0]["body"].as_str().unwrap_or_default();
    let token = body
        .split_once("<Token><![CDATA[")
        .and_then(|(_, rest)| rest.split_once("]]>"));
    let token = token.map(|(token, _)| token.to_owned());
    token.ok_or_else(|| Error::Protocol(format!("no doorbell with a token: {page}")))
}

#[derive(Clone)]
struct Bells {
    corp: Corp,
    token: String,
    rate: f64,
    until: Duration,
    over: Arc<AtomicBool>,
    rung: Arc<Mutex<Rung>>,
}

impl Bells {
    /// Rings by an open-loop schedule; a late answer delays the next in the lane, and counts for it.
    fn ring(&self, lane: usize, mut client: Client, began: Instant) -> Result<()> {
        let corp = &self.corp;
        let envelope = Envelope::new(&corp.token, &corp.encoding_aes_key, &corp.corpid)?;
        let mut mine = Rung::default();
        let first = lane as f64 / LANES as f64;
        for number in 0u32.. {
            let intended = Duration::from_secs_f64((f64::from(number) + first) / self.rate);
            if intended >= self.until || self.over.load(Ordering::Relaxed) {
                break;
            }
            pause(intended.saturating_sub(began.elapsed()));
            let sealed = envelope.seal(&self.bell(), unix_s(), rand::random(), rand::random());
            let path = format!("{}?{}", corp.callback_path, sealed.query);
            let answer = client.post_xml(&path, &sealed.body);
            let took = began.elapsed().saturating_sub(intended);
            mine.hear(took, &answer);
        }
        self.rung.lock().map_err(|_| panicked())?.add(mine);
        Ok(())
    }

    fn bell(&self) -> String {
        format!(
            "<xml><ToUserName><![CDATA[{}]]></ToUserName><CreateTime>{}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[kf_msg_or_event]]></Event><Token><![CDATA[{}]]></Token><OpenKfId><![CDATA[{}]]></OpenKfId></xml>",
            self.corp.corpid,
            unix_s(),
            self.token,
            self.corp.open_kfid
        )
    }
}

fn unix_s() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

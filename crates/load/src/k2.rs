//! Workload K2: the same players, but the customers write in WeChat. Encrypted callbacks ring, pages
//! are pulled by `sync_msg`, and answers go out by `send_msg`, all through the simulator as a process
//! of its own. Then the checker, with what the platform recorded.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::bench::{Bench, Crowd, PLAIN, Target, reach};
use crate::clock::{Stop, pause};
use crate::error::{Error, Result};
use crate::gateway::Launch;
use crate::k1::{self, K1};
use crate::machine;
use crate::platform::Platform;
use crate::play::{Fleet, Habits, Outside, Pace};
use crate::site::{Site, Visitor};
use crate::wire::epoll::Net;

/// How long everyone's first message may take to be filed.
const INTRODUCED_WITHIN: u32 = 60;

/// What to run.
#[derive(Debug, Clone)]
pub struct K2 {
    /// A gateway of our own; the simulator comes from the same binary.
    pub launch: Launch,
    /// With how many players.
    pub crowd: Crowd,
    /// Corps, each with an account of its own.
    pub corps: usize,
    /// How fast, how long.
    pub pace: Pace,
    /// How long to wait, after the schedule's end, until nothing is under way.
    pub patience: Duration,
}

/// What a K2 run found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Corps.
    pub corps: usize,
    /// Customer messages that agents received, per second.
    pub customer_messages_per_s: f64,
    /// Median from a customer's writing to the acceptance of its answer by the platform.
    pub round_p50_ms: f64,
    /// 99th percentile of the same.
    pub round_p99_ms: f64,
    /// 99.9th percentile of the same.
    pub round_p999_ms: f64,
    /// Calls of `sync_msg` per second and corp.
    pub pulls_per_s_per_corp: f64,
    /// Answers of the platform to `send_msg` other than 0, by number.
    pub refused: BTreeMap<String, u64>,
    /// Everything that K1 tells; latencies of the worse direction.
    #[serde(flatten)]
    pub k1: k1::Report,
}

/// A configuration whose pace is no bound; the simulator's limits are lifted as well.
pub const UNPACED: &str = "[wecom]\nper_minute = 100000000\nper_hour = 1000000000\naddress_per_minute = 100000000\naddress_per_hour = 1000000000\n";

/// Starts gateway and platform, joins them, and brings everyone online; every customer has written
/// once, so that each is known by name.
///
/// # Errors
/// When either cannot be prepared.
pub fn prepare(
    launch: &Launch,
    crowd: Crowd,
    corps: usize,
    habits: Habits,
    stop: &Stop,
) -> Result<(Bench, Platform)> {
    prepare_by(launch, crowd, habits, stop, |platform, site, net| {
        platform.join(site, corps)?;
        let (address, corps) = (platform.address, &platform.corps);
        Ok(Outside::start(address, corps, site.run, net.now()))
    })
}

/// The same with customers who write in a way of their own: `join` makes it known to both sides.
///
/// # Errors
/// When either cannot be prepared.
pub fn prepare_by(
    launch: &Launch,
    crowd: Crowd,
    habits: Habits,
    stop: &Stop,
    join: impl FnOnce(&mut Platform, &mut Site, &Net) -> Result<Outside>,
) -> Result<(Bench, Platform)> {
    machine::make_room_for(crowd.agents + crowd.customers)?;
    let (gateway, mut site) = reach(&Target::Spawn(launch.clone()), &PLAIN, stop)?;
    let mut platform = Platform::start(&launch.program, launch.realtime, stop)?;
    let limit = 2 * crowd.customers.div_ceil(crowd.agents) + 8;
    let agents: Result<Vec<String>> = (0..crowd.agents)
        .map(|number| site.agent(number, limit))
        .collect();
    let nobody = || Visitor {
        token: String::new(),
        external_userid: String::new(),
        epoch: String::new(),
    };
    let visitors = (0..crowd.customers).map(|_| nobody()).collect();
    let net = Net::new()?;
    let mut fleet = Fleet::new(site.run, habits, visitors, agents?);
    let outside = join(&mut platform, &mut site, &net)?;
    fleet.go_outside(outside);
    fleet.introduce(net.now());
    let mut bench = Bench {
        gateway,
        site,
        net,
        fleet,
        stop: stop.clone(),
    };
    acquaint(&mut bench, crowd.customers)?;
    let quiet = |fleet: &Fleet| fleet.all_live() && fleet.is_quiet();
    if !bench.drain(Duration::from_secs(60), quiet)? {
        let (unrest, errors) = (bench.fleet.unrest(), &bench.fleet.errors);
        return Err(Error::Gateway(format!(
            "no quiet start: {unrest}, {errors:?}"
        )));
    }
    Ok((bench, platform))
}

/// Waits until the gateway lists everyone by their first message.
fn acquaint(bench: &mut Bench, customers: usize) -> Result<()> {
    let mut known = 0;
    for _ in 0..INTRODUCED_WITHIN {
        bench.stop.check()?;
        bench.fleet.hear_outside(bench.net.now())?;
        let found = bench.site.acquaintances()?;
        known = found.len();
        if known == customers {
            for (op, external_userid) in found {
                // The first operations are the introductions, in order.
                bench.fleet.identify(op, external_userid);
            }
            return Ok(());
        }
        pause(Duration::from_secs(1));
    }
    Err(Error::Gateway(format!(
        "only {known} of {customers} customers arrived: {:?} {}",
        bench.fleet.errors,
        bench.last_words()
    )))
}

/// Runs K2 and judges it.
///
/// # Errors
/// When it cannot be prepared, or on interrupt.
pub fn run(plan: &K2, habits: Habits, stop: &Stop) -> Result<Report> {
    let (mut bench, mut platform) = prepare(&plan.launch, plan.crowd, plan.corps, habits, stop)?;
    let sync = crate::bench::fdatasync_p50_us(&bench.folder());
    let as_k1 = K1 {
        target: Target::Spawn(plan.launch.clone()),
        crowd: plan.crowd,
        pace: plan.pace,
        watch: vec![platform.pid()],
        patience: plan.patience,
    };
    let pulls = |platform: &mut Platform| -> Result<u64> {
        Ok(platform.answers("kf/sync_msg")?.values().sum())
    };
    let before = pulls(&mut platform)?;
    let window = k1::window(&mut bench, &as_k1)?;
    let pulled = pulls(&mut platform)? - before;
    let driven = plan.pace.warmup_s + plan.pace.seconds;
    let mut k1 = k1::report(&mut bench, &as_k1, window, sync)?;
    k1.workload = "k2";
    let round = &k1.timings.question_to_answer;
    let refused = bench.fleet.outside().map(Outside::refused);
    Ok(Report {
        corps: plan.corps,
        customer_messages_per_s: k1.timings.to_agents as f64 / plan.pace.seconds,
        round_p50_ms: round.ms(50.0),
        round_p99_ms: round.ms(99.0),
        round_p999_ms: round.ms(99.9),
        pulls_per_s_per_corp: pulled as f64 / driven / plan.corps as f64,
        refused: refused.unwrap_or_default(),
        k1,
    })
}

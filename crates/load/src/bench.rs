//! A gateway, prepared and full of connected players: what every workload starts from.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::check::{Stored, Verdict, check};
use crate::clock::Stop;
use crate::error::{Error, Result};
use crate::gateway::{Gateway, Launch};
use crate::machine;
use crate::play::{Fleet, Habits, drain};
use crate::site::{Login, Rules, Site};
use crate::wire::epoll::Net;

/// Which gateway to drive.
#[derive(Debug, Clone)]
pub enum Target {
    /// One of our own, thrown away afterwards.
    Spawn(Launch),
    /// One that is up already: `http://host:port` and an administrator's API key.
    Url(String, String),
}

/// How many players.
#[derive(Debug, Clone, Copy)]
pub struct Crowd {
    /// Agents.
    pub agents: usize,
    /// Customers.
    pub customers: usize,
}

/// Everything a run needs, connected and ready. Dropping it ends a spawned gateway.
pub struct Bench {
    /// Our own gateway, if it is ours.
    pub gateway: Option<Gateway>,
    /// The administrator's view.
    pub site: Site,
    /// The event loop.
    pub net: Net,
    /// The players.
    pub fleet: Fleet,
    /// Ctrl-C.
    pub stop: Stop,
}

/// Quiet rules: assigned at once, no skills asked for.
pub const PLAIN: Rules = Rules {
    accept_timeout_s: None,
    required_skills: Vec::new(),
    reply_timeout_s: None,
    last_agent_wait_s: None,
};

/// Starts or finds the gateway and signs in.
///
/// # Errors
/// When it cannot be started, reached or prepared.
pub fn reach(target: &Target, rules: &Rules, stop: &Stop) -> Result<(Option<Gateway>, Site)> {
    match target {
        Target::Spawn(launch) => {
            let gateway = Gateway::start(launch.clone(), stop)?;
            let login = Login::First(gateway.first_admin()?);
            let site = Site::prepare(gateway.address, login, rules)?;
            Ok((Some(gateway), site))
        }
        Target::Url(url, key) => {
            let site = Site::prepare(resolve(url)?, Login::Key(key.clone()), rules)?;
            Ok((None, site))
        }
    }
}

impl Bench {
    /// Brings everyone online.
    ///
    /// # Errors
    /// When the gateway cannot be prepared or not everyone is connected within a minute.
    pub fn prepare(target: &Target, crowd: Crowd, habits: Habits, stop: &Stop) -> Result<Self> {
        machine::make_room_for(crowd.agents + crowd.customers)?;
        let (gateway, mut site) = reach(target, &PLAIN, stop)?;
        // Twice the even share and some: the limit must never be what holds a customer up.
        let limit = 2 * crowd.customers.div_ceil(crowd.agents) + 8;
        let agents: Result<Vec<String>> = (0..crowd.agents)
            .map(|number| site.agent(number, limit))
            .collect();
        let agents = agents?;
        let visitors = site.visitors(0, crowd.customers)?;
        let fleet = Fleet::new(site.run, habits, visitors, agents);
        let mut bench = Self {
            gateway,
            site,
            net: Net::new()?,
            fleet,
            stop: stop.clone(),
        };
        if !bench.drain(Duration::from_secs(60), Fleet::all_live)? {
            let (live, errors) = (bench.fleet.live(), &bench.fleet.errors);
            return Err(Error::Gateway(format!(
                "only {live} players came online: {errors:?}"
            )));
        }
        Ok(bench)
    }

    /// Lets the network run without new messages; see [`drain`].
    ///
    /// # Errors
    /// When interrupted.
    pub fn drain(&mut self, at_most: Duration, done: impl Fn(&Fleet) -> bool) -> Result<bool> {
        let stop = self.stop.clone();
        drain(
            &mut self.net,
            &mut self.fleet,
            &mut self.site,
            at_most,
            &stop,
            done,
        )
    }

    /// Asks the gateway about answers that have reached nobody: what it shows as failed or doubtful is
    /// settled.
    ///
    /// # Errors
    /// When a conversation cannot be read.
    pub fn hear_failures(&mut self) -> Result<()> {
        for conversation in self.fleet.unheard() {
            self.stop.check()?;
            let told = self.site.in_trouble(&conversation)?;
            self.fleet.give_up(told);
        }
        Ok(())
    }

    /// Waits until everything is healed and quiet, reads the store back, and judges. The players'
    /// history is used up by it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn judge(&mut self, quiet_within: Duration) -> Result<Verdict> {
        self.drain(quiet_within, |fleet| fleet.all_live() && fleet.is_quiet())?;
        let (visitors, agents) = (self.fleet.visitors(), self.fleet.agent_ids());
        let written = self.fleet.written();
        let mut stored = self.site.stored(&visitors, &agents, |n| written[n])?;
        if stored.iter().any(waits) {
            // The sweep has its second; what waits longer is stuck.
            self.drain(Duration::from_secs(5), |_| false)?;
            stored = self.site.stored(&visitors, &agents, |n| written[n])?;
        }
        let calls = self.fleet.take_calls();
        Ok(check(&self.fleet.take_history(), &stored, &calls))
    }

    /// What a gateway of our own wrote last, for an error's text.
    pub fn last_words(&self) -> String {
        let gateway = self.gateway.as_ref();
        gateway.map_or_else(String::new, Gateway::last_words)
    }

    /// The folder to measure the disk in.
    pub fn folder(&self) -> PathBuf {
        self.gateway
            .as_ref()
            .map_or_else(std::env::temp_dir, Gateway::data)
    }
}

fn waits(stored: &Stored) -> bool {
    stored.state.is_some_and(|state| state < 3)
}

/// The p50 of `fdatasync` in `folder`, in microseconds; `None` where it cannot be measured.
pub fn fdatasync_p50_us(folder: &Path) -> Option<u64> {
    machine::fdatasync(folder)
        .ok()
        .map(|timing| timing.us(50.0))
}

fn resolve(url: &str) -> Result<SocketAddr> {
    let wrong = || {
        Error::Usage(format!(
            "{url} is not http://host:port (TLS is not spoken here)"
        ))
    };
    let rest = url.strip_prefix("http://").ok_or_else(wrong)?;
    let host = rest.split('/').next().unwrap_or_default();
    let host = if host.contains(':') {
        host.to_owned()
    } else {
        format!("{host}:80")
    };
    host.to_socket_addrs()
        .map_err(Error::io(format!("resolve {host}")))?
        .next()
        .ok_or_else(wrong)
}
